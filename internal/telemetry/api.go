package telemetry

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/metric"
)

// API measures the HTTP API.
type API struct {
	requests    *distribution
	active      metric.Int64UpDownCounter
	activeOnes  *sets
	rateLimited *counter
	posts       *counter
}

// What can become of a provider's post.
//
//nolint:gochecknoglobals // constant lists
var (
	hooks        = []string{"sendgrid", "sendgrid/inbound", "twilio", "twilio/inbound"}
	hookOutcomes = []string{"taken", "forged", "stale", "unknown", "kept_unknown", "unreadable", "too_large", "not_configured", "failed"}
)

// API makes the recorder of an API process.
func (t *Telemetry) API() (*API, error) {
	if t == nil {
		return nil, nil //nolint:nilnil // a nil recorder records nothing
	}
	m := &maker{meter: t.meter}
	a := &API{
		requests: m.distribution("http.server.request.duration", "How long the API took to answer, by route.", requests,
			"http.request.method", "http.route", "http.response.status_code"),
		activeOnes:  newSets([]string{"http.request.method"}),
		rateLimited: m.counter("maan.api.rate_limited.requests", "Requests refused because their key sent too many."),
		posts:       m.counter("maan.api.provider.posts", "Posts of providers to their webhooks, by what became of them.", "hook", "outcome"),
	}
	var err error
	a.active, err = m.meter.Int64UpDownCounter("http.server.active_requests", metric.WithDescription("Requests that are being answered."))
	m.note(err)
	if err := m.err(); err != nil {
		return nil, err
	}
	a.rateLimited.start()
	for _, hook := range hooks {
		for _, outcome := range hookOutcomes {
			a.posts.start(hook, outcome)
		}
	}
	return a, nil
}

// Began notes that a request is being answered; the function that it returns, that it was. The
// route is a template, empty for a path that has none.
func (a *API) Began(ctx context.Context, method string) (ended func(route string, status int)) {
	if a == nil {
		return func(string, int) {}
	}
	ctx, began := context.WithoutCancel(ctx), time.Now()
	method = knownMethod(method)
	one := a.activeOnes.of(method)
	a.active.Add(ctx, 1, one)
	return func(route string, status int) {
		a.active.Add(ctx, -1, one)
		if route == "" {
			route = "unmatched"
		}
		a.requests.record(ctx, time.Since(began), method, route, strconv.Itoa(status))
	}
}

// knownMethod keeps what a client may write there out of the labels.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "_OTHER"
}

// RateLimited notes that a request was refused because its key sent too many.
func (a *API) RateLimited(ctx context.Context) {
	if a != nil {
		a.rateLimited.add(ctx, 1)
	}
}

// ProviderPost notes what became of a provider's post to a webhook.
func (a *API) ProviderPost(ctx context.Context, hook, outcome string) {
	if a != nil {
		a.posts.add(ctx, 1, hook, outcome)
	}
}

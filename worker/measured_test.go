package worker_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/clock"
	"maan/internal/provider"
	"maan/internal/telemetry"
)

// scraped is a recorder and what Prometheus would read of it.
func scraped(t *testing.T) (*telemetry.Worker, func() string) {
	t.Helper()
	made, err := telemetry.New("worker", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	recorder, err := made.Worker()
	require.NoError(t, err)
	return recorder, func() string {
		page := httptest.NewRecorder()
		made.Handler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		return page.Body.String()
	}
}

func TestWatch_ShowsTheAlarmThatItRaises(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	recorder, scrape := scraped(t)
	w.watch.Metrics = recorder
	w.attempt("1")
	w.pass(time.Minute)
	w.mail.refuse = &provider.Error{Fate: provider.NotSent, Code: "refused"}
	w.attempt("2")
	w.pass(time.Minute)
	text := scrape()
	for _, line := range []string{
		`maan_alarm_open{condition="provider_errors",severity="alarm",subject="email"} 1`,
		`maan_alarm_open{condition="provider_errors",severity="alarm",subject="sms"} 0`,
		`maan_alarm_changes_total{change="raised",condition="provider_errors"} 1`,
		`maan_health_found{condition="provider_errors",subject="email"} 1`,
		`maan_steps_waiting{reason="provider_down"} 1`,
		`maan_outbox_undelivered 0`,
	} {
		require.Contains(t, text, line+"\n")
	}
	for _, secret := range []string{"acme", "Secret", "buyer.example", "Petra"} {
		require.NotContains(t, text, secret)
	}
}

// Whoever holds the watch next shows the numbers: two processes must not.
func TestWatch_ShowsNothingOnceItHasStopped(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	recorder, scrape := scraped(t)
	w.watch.Metrics = recorder
	businessTime, err := clock.New(t.Context(), w.store.Pool(), false)
	require.NoError(t, err)
	w.watch.Clock = businessTime
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.watch.Run(ctx) }()
	require.Eventually(t, func() bool { return shows(scrape()) }, 20*time.Second, 20*time.Millisecond)
	cancel()
	<-ended
	require.False(t, shows(scrape()))
}

func shows(text string) bool {
	return strings.Contains(text, "maan_watch_last_look_timestamp_seconds ") || strings.Contains(text, "maan_health_found{")
}

func TestWebhooks_EveryAttemptIsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	recorder, scrape := scraped(t)
	w.hooks.Metrics = recorder
	status := http.StatusServiceUnavailable
	other := httptest.NewServer(http.HandlerFunc(func(r http.ResponseWriter, _ *http.Request) { r.WriteHeader(status) }))
	t.Cleanup(other.Close)
	e := w.webhook(other.URL)
	w.invoice("acme", "1")
	w.deliver(e)
	require.Contains(t, scrape(), `maan_webhook_deliveries_total{code="status_503",outcome="not_taken"} 1`)
	status = http.StatusNoContent
	w.exec(`update webhook_endpoint set next_attempt_at = now()`)
	w.deliver(e)
	require.Contains(t, scrape(), `maan_webhook_deliveries_total{code="",outcome="taken"} 1`)
}

package api_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/api"
	"maan/internal/telemetry"
)

// measured is a world whose API is measured.
func measured(t *testing.T) (w *world, scrape func() string, recorder *telemetry.API) {
	t.Helper()
	made, err := telemetry.New("api", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	recorder, err = made.API()
	require.NoError(t, err)
	w = newWorld(t, func(c *api.Config) { c.Metrics = recorder })
	scrape = func() string {
		page := httptest.NewRecorder()
		made.Handler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		return page.Body.String()
	}
	return w, scrape, recorder
}

func TestRequestsAreMeasuredByTheirRoute(t *testing.T) {
	t.Parallel()
	w, scrape, _ := measured(t)
	customer := w.newCustomer(acme, "C-1")
	w.newInvoice(acme, "C-1", "2026-1")
	w.mustDo(http.StatusOK, "GET", "/v1/customers/"+customer, w.finance(), nil)
	w.mustDo(http.StatusNotFound, "GET", "/jan@buyer.example", w.finance(), nil)
	w.mustDo(http.StatusMethodNotAllowed, "PUT", "/healthz", "", nil)
	w.do("POST", "/webhooks/twilio", "", nil)
	text := scrape()
	for _, line := range []string{
		`http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="200",http_route="/v1/customers/:id"} 1`,
		`http_server_request_duration_seconds_count{http_request_method="POST",http_response_status_code="201",http_route="/v1/invoices"} 1`,
		`http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="404",http_route="unmatched"} 1`,
		`http_server_request_duration_seconds_count{http_request_method="PUT",http_response_status_code="405",http_route="unmatched"} 1`,
		`http_server_active_requests{http_request_method="POST"} 0`,
		`maan_api_provider_posts_total{hook="twilio",outcome="forged"} 1`,
		`maan_api_provider_posts_total{hook="sendgrid",outcome="taken"} 0`,
	} {
		require.Contains(t, text, line+"\n")
	}
	for _, secret := range []string{customer, "buyer.example", "Buyer", "Adams", "C-1", "2026-1", acme, "+316"} {
		require.NotContains(t, text, secret)
	}
	require.NotContains(t, string(w.do("GET", "/metrics", "", nil).body), "http_server", "the API's own address, which is public, shows none")
}

func TestRequestsOverTheRateAreCounted(t *testing.T) {
	t.Parallel()
	w, scrape, recorder := measured(t)
	require.Contains(t, scrape(), "maan_api_rate_limited_requests_total 0\n")
	w.serve(func(c *api.Config) { c.Metrics, c.RequestsPerSecond = recorder, 0.001 })
	w.mustDo(http.StatusOK, "GET", "/v1/invoices", w.finance(), nil)
	w.mustDo(http.StatusTooManyRequests, "GET", "/v1/invoices", w.finance(), nil)
	require.Contains(t, scrape(), "maan_api_rate_limited_requests_total 1\n")
}

package telemetry_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
	"maan/internal/health"
	"maan/internal/provider"
	"maan/internal/store"
	"maan/internal/telemetry"
)

func newTelemetry(t *testing.T, process string) *telemetry.Telemetry {
	t.Helper()
	made, err := telemetry.New(process, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return made
}

func newWorker(t *testing.T) (*telemetry.Telemetry, *telemetry.Worker) {
	t.Helper()
	made := newTelemetry(t, "worker")
	w, err := made.Worker()
	require.NoError(t, err)
	return made, w
}

// scrape is what Prometheus would read.
func scrape(t *testing.T, made *telemetry.Telemetry) string {
	t.Helper()
	w := httptest.NewRecorder()
	made.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, w.Code)
	return w.Body.String()
}

func TestEachTelemetryHasMetricsOfItsOwn(t *testing.T) {
	t.Parallel()
	one, recorder := newWorker(t)
	other, _ := newWorker(t)
	recorder.Swept(t.Context(), 3)
	require.Contains(t, scrape(t, one), "maan_sweep_settled_messages_total 3\n")
	require.Contains(t, scrape(t, other), "maan_sweep_settled_messages_total 0\n")
	require.NotContains(t, scrape(t, newTelemetry(t, "api")), "maan_sweep")
	for _, name := range []string{"go_goroutines", "go_build_info", "process_cpu_seconds_total", `target_info{service_name="maan-worker"} 1`} {
		require.Contains(t, scrape(t, one), name)
	}
}

func TestCountersExistBeforeTheyMove(t *testing.T) {
	t.Parallel()
	made, _ := newWorker(t)
	api, err := made.API()
	require.NoError(t, err)
	require.NotNil(t, api)
	text := scrape(t, made)
	for _, line := range []string{
		`maan_messages_sent_total{channel="sms",kind="reminder"} 0`,
		`maan_messages_unsent_total{channel="email",code="timeout",outcome="uncertain"} 0`,
		`maan_provider_requests_total{channel="email",code="status_429",outcome="not_sent"} 0`,
		`maan_steps_total{activity="SendMessage",answer="wait",reason="provider_down"} 0`,
		`maan_steps_total{activity="SendMessage",answer="done",reason=""} 0`,
		`maan_outbox_messages_total{code="temporal_unavailable",outcome="put_off"} 0`,
		`maan_loop_failures_total{loop="watch"} 0`,
		`maan_loop_held{loop="watch"} 0`,
		`maan_alarm_changes_total{change="raised",condition="provider_errors"} 0`,
		`maan_webhook_deliveries_total{code="",outcome="taken"} 0`,
		`maan_api_provider_posts_total{hook="twilio",outcome="forged"} 0`,
		`maan_api_rate_limited_requests_total 0`,
	} {
		require.Contains(t, text, line+"\n")
	}
}

// A word that is added elsewhere is known here from the start too.
func TestEveryWordOfTheCodeIsStarted(t *testing.T) {
	t.Parallel()
	made, w := newWorker(t)
	_, err := made.API()
	require.NoError(t, err)
	w.Looked(telemetry.Look{})
	text := scrape(t, made)
	for path, form := range map[string]string{
		"../dunning/answer.go":     ` Reason = "(\w+)"`,
		"../health/check.go":       ` Condition = "(\w+)"`,
		"../message/message.go":    ` Template = "(\w+)"`,
		"../provider/error.go":     `Code\w+ += "(\w+)"`,
		"../email/message.go":      `Code\w+ += "(\w+)"`,
		"../sms/message.go":        `Code\w+ += "(\w+)"`,
		"../webhook/sender.go":     `Code\w+ += "(\w+)"`,
		"../../api/webhooks.go":    `refuseHook\(c, "(\w+)"`,
		"../../api/replies.go":     `refuseHook\(c, "(\w+)"`,
		"../../api/hookgate.go":    `return "(\w+)"`,
		"../../worker/errors.go":   `return "(\w+)"`,
		"../../worker/worker.go":   `alone\(ctx, d, "(\w+)"`,
		"../../workflows/names.go": `Act\w+ += "(\w+)"`,
	} {
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		words := regexp.MustCompile(form).FindAllStringSubmatch(string(source), -1)
		require.NotEmpty(t, words, path)
		for _, word := range words {
			if word[1] != "no_worker" && word[1] != "ImportFile" { // told by the API alone; no step
				require.Contains(t, text, `="`+word[1]+`"`, path)
			}
		}
	}
}

func TestNilRecordsNothing(t *testing.T) {
	t.Parallel()
	var none *telemetry.Telemetry
	w, err := none.Worker()
	require.NoError(t, err)
	a, err := none.API()
	require.NoError(t, err)
	require.Nil(t, none.Temporal())
	ctx := t.Context()
	a.Began(ctx, "GET")("/x", 200)
	a.RateLimited(ctx)
	a.ProviderPost(ctx, "twilio", "taken")
	w.Claimed(ctx, "email", "reminder")
	w.HandedOver(ctx, "email", "reminder", nil)
	w.Requested(ctx, "email", nil, time.Second)
	w.Waited(ctx, "email", nil, time.Second)
	w.Step(ctx, "SendMessage", &dunning.ActResult{})
	w.StepFailed(ctx, "SendMessage", "x")
	w.Relayed(ctx, 1, []string{"x"})
	w.Swept(ctx, 1)
	w.Reconciled(ctx, "started", 1)
	w.Published(ctx, 1)
	w.Posted(ctx, "", time.Second)
	w.WebhookDisabled(ctx)
	w.LoopFailed(ctx, "watch")
	w.Holds("watch")()
	w.Looked(telemetry.Look{})
	w.Blind()
	w.AlarmChanged(ctx, store.AlarmChange{})
	worked := false
	require.NoError(t, none.During(ctx, "", func(context.Context) error { worked = true; return nil }))
	require.True(t, worked)
}

// What others write becomes a label only if it is known.
func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	made, w := newWorker(t)
	api, err := made.API()
	require.NoError(t, err)
	ctx := t.Context()
	for code, label := range map[string]string{
		"status_418": "status_4xx", "status_599": "status_5xx", "status_302": "status_other", "21211": "provider_code", "smtp_451": "smtp_4xx",
		"Jan Jansen <jan@buyer.example>": "other", "status_429": "status_429", "postgres_40P01": "postgres",
	} {
		w.HandedOver(ctx, dunning.ChannelEmail, "reminder", &provider.Error{Fate: provider.Rejected, Code: code})
		require.Contains(t, scrape(t, made), `maan_messages_unsent_total{channel="email",code="`+label+`",outcome="rejected"} 1`, code)
	}
	w.StepFailed(ctx, "SendMessage", "refused_invalid")
	require.Contains(t, scrape(t, made), `{activity="SendMessage",answer="error",reason="refusal"} 1`)
	api.Began(ctx, "jan@buyer.example")("", 404)
	require.Contains(t, scrape(t, made), `{http_request_method="_OTHER",http_response_status_code="404",http_route="unmatched"`)
	require.NotContains(t, scrape(t, made), "buyer.example")
}

func TestARequestIsActiveUntilItEnds(t *testing.T) {
	t.Parallel()
	made := newTelemetry(t, "api")
	api, err := made.API()
	require.NoError(t, err)
	ended := api.Began(t.Context(), "GET")
	require.Contains(t, scrape(t, made), `http_server_active_requests{http_request_method="GET"} 1`)
	ended("/v1/invoices/:id", 200)
	text := scrape(t, made)
	require.Contains(t, text, `http_server_active_requests{http_request_method="GET"} 0`)
	require.Contains(t, text, `http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="200",http_route="/v1/invoices/:id"} 1`)
}

func TestTheLookIsShownWhileItIsFresh(t *testing.T) {
	t.Parallel()
	made, w := newWorker(t)
	gauges := []string{
		"maan_watch_last_look_timestamp_seconds", "maan_health_found", "maan_alarm_open", "maan_provider_circuit_open", "maan_steps_waiting",
		"maan_outbox_undelivered", "maan_outbox_oldest_age_seconds", "maan_events_unpublished",
	}
	absent := func() {
		for _, name := range gauges {
			require.NotContains(t, scrape(t, made), name)
		}
	}
	absent()
	w.Looked(telemetry.Look{
		At:       time.UnixMilli(1_700_000_000_500),
		Checks:   []health.Check{{Condition: health.ProviderErrors, Subject: "email", Severity: health.Alarm, Count: 7}, {Condition: health.NoWorker}},
		Alarms:   []store.Alarm{{Condition: "provider_errors", Subject: "email", Severity: "alarm"}},
		Circuits: []store.ProviderState{{Channel: dunning.ChannelEmail}},
		Waits:    map[dunning.Reason]int{dunning.ReasonHeld: 2},
		Backlog:  store.Backlog{Undelivered: 4, Oldest: 90 * time.Second, Unpublished: 5},
	})
	text := scrape(t, made)
	for _, line := range []string{
		`maan_watch_last_look_timestamp_seconds 1.7000000005e+09`,
		`maan_health_found{condition="provider_errors",subject="email"} 7`,
		`maan_alarm_open{condition="provider_errors",severity="alarm",subject="email"} 1`,
		`maan_alarm_open{condition="provider_errors",severity="warning",subject="email"} 0`,
		`maan_provider_circuit_open{channel="email"} 1`, `maan_provider_circuit_open{channel="sms"} 0`,
		`maan_steps_waiting{reason="held"} 2`, `maan_steps_waiting{reason="disputed"} 0`,
		`maan_outbox_undelivered 4`, `maan_outbox_oldest_age_seconds 90`, `maan_events_unpublished 5`,
	} {
		require.Contains(t, text, line+"\n")
	}
	require.NotContains(t, text, "no_worker")
	w.Blind()
	absent()
}

func TestALoopIsHeldByOneProcess(t *testing.T) {
	t.Parallel()
	made, w := newWorker(t)
	lost := w.Holds("relay")
	require.Contains(t, scrape(t, made), `maan_loop_held{loop="relay"} 1`)
	lost()
	require.Contains(t, scrape(t, made), `maan_loop_held{loop="relay"} 0`)
}

// Statements and their parameters hold names and addresses.
func TestTheDatabaseIsMeasuredWithoutSQL(t *testing.T) {
	t.Parallel()
	made := newTelemetry(t, "worker")
	d, err := made.Database()
	require.NoError(t, err)
	ctx := d.TraceQueryStart(t.Context(), nil, pgx.TraceQueryStartData{SQL: "select 'jan@buyer.example'", Args: []any{"Jan Jansen"}})
	d.TraceQueryEnd(ctx, nil, pgx.TraceQueryEndData{Err: &pgconn.PgError{Code: "23505", Message: "jan@buyer.example"}})
	for _, err := range []error{context.Canceled, context.DeadlineExceeded, errors.New("jan@buyer.example")} {
		d.TraceBatchEnd(d.TraceBatchStart(t.Context(), nil, pgx.TraceBatchStartData{}), nil, pgx.TraceBatchEndData{Err: err})
	}
	text := scrape(t, made)
	require.NotContains(t, text, "buyer.example")
	require.NotContains(t, text, "Jansen")
	require.Contains(t, text, `db_client_operation_duration_seconds_count{db_operation_name="statement",error_type="23505"} 1`)
	for _, kind := range []string{"canceled", "timeout", "connection"} {
		require.Contains(t, text, `db_client_operation_duration_seconds_count{db_operation_name="batch",error_type="`+kind+`"} 1`)
	}
}

func TestTemporalsMetricsAreInSeconds(t *testing.T) {
	t.Parallel()
	made := newTelemetry(t, "worker")
	h := made.Temporal().WithTags(map[string]string{"namespace": "maan"})
	for range 2 {
		h.Counter("temporal_request").Inc(1)
		h.Timer("temporal_request_latency").Record(20 * time.Millisecond)
		h.Gauge("temporal_num_pollers").Update(2)
	}
	text := scrape(t, made)
	require.Contains(t, text, `temporal_request_total{namespace="maan"} 2`)
	require.Contains(t, text, `temporal_request_latency_seconds_bucket{namespace="maan",le="0.025"} 2`)
	require.Contains(t, text, `temporal_num_pollers{namespace="maan"} 2`)
}

func TestMetricsAreServedWhileWorkLasts(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	made, err := telemetry.New("worker", slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var base string
	err = made.During(ctx, "127.0.0.1:0", func(working context.Context) error {
		found := regexp.MustCompile(`address=(127\.0\.0\.1:\d+)`).FindStringSubmatch(log.String())
		require.Len(t, found, 2, "the log says on which port")
		base = "http://" + found[1]
		require.Contains(t, get(t, base+"/metrics", http.StatusOK), "go_goroutines")
		get(t, base+"/", http.StatusNotFound)
		cancel()
		<-working.Done()
		get(t, base+"/metrics", http.StatusOK) // what it finishes is measured too
		return errors.New("the work's own")
	})
	require.EqualError(t, err, "the work's own")
	res, err := http.Get(base + "/metrics")
	if err == nil {
		_ = res.Body.Close()
	}
	require.Error(t, err)
}

func TestATakenAddressIsAnErrorAtTheStart(t *testing.T) {
	t.Parallel()
	taken := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(taken.Close)
	err := newTelemetry(t, "api").During(t.Context(), taken.Listener.Addr().String(), func(context.Context) error {
		require.Fail(t, "nothing is begun")
		return nil
	})
	require.ErrorContains(t, err, "MAAN_METRICS_ADDRESS")
}

func get(t *testing.T, url string, status int) string {
	t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, url, nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, res.Body.Close()) }()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, status, res.StatusCode)
	return string(text)
}

package worker_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata" // the same answer on a machine without a zone database

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/clock"
	"maan/internal/collection"
	"maan/internal/devstack/postgres/pgtest"
	"maan/internal/feed"
	"maan/internal/money"
	"maan/internal/store"
	"maan/internal/webhook"
	"maan/worker"
)

var today = time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC)

// world is a database with two creditors and a customer of each, and the loop under test.
type world struct {
	t        *testing.T
	store    *store.Store
	cases    *collection.Service
	hooks    *worker.Webhooks
	logs     *syncBuffer
	customer map[string]uuid.UUID
}

type syncBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func migrate(ctx context.Context, url string) error {
	if err := store.Migrate(ctx, url); err != nil {
		return err
	}
	s, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	defer s.Close()
	return collection.New(s, collection.Settings{}).PublishShipped(ctx, today)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	key, err := store.SchemaHash()
	require.NoError(t, err)
	s, err := store.Open(t.Context(), pgtest.Database(t, "worker "+key, migrate))
	require.NoError(t, err)
	t.Cleanup(s.Close)
	businessTime, err := clock.New(t.Context(), s.Pool(), false)
	require.NoError(t, err)
	w := &world{t: t, store: s, cases: collection.New(s, collection.Settings{}), logs: &syncBuffer{}, customer: map[string]uuid.UUID{}}
	w.hooks = &worker.Webhooks{Cases: w.cases, Clock: businessTime, Sender: webhook.NewSender(true), Logger: slog.New(slog.NewJSONHandler(w.logs, nil))}
	for _, creditor := range []string{"acme", "other"} {
		id := store.NewID()
		w.customer[creditor] = id
		w.exec(`insert into creditor (id, name, country, zone, language, sender_name, sender_email, reply_to, phone, contact_name, created_at)
			values ($1, 'Acme', 'NL', 'Europe/Amsterdam', 'nl', 'Acme', 'a@acme.example', 'b@acme.example', '1', 'C', $2)`, creditor, today)
		w.exec(`insert into customer (id, creditor_id, number, legal_name, kind, language, country, created_at)
			values ($1, $2, 'C-1', 'Secret Buyer', 'business', 'nl', 'NL', $3)`, id, creditor, today)
	}
	return w
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	_, err := w.store.Pool().Exec(w.t.Context(), sql, args...)
	require.NoError(w.t, err)
}

// invoice takes an invoice in, which writes two events: its entry and its arrival.
func (w *world) invoice(creditor, number string) uuid.UUID {
	w.t.Helper()
	day := calendar.DateOf(today)
	done, err := w.cases.StartInvoice(w.t.Context(), store.Everything, today, "person-1", collection.NewInvoice{
		CreditorID: creditor, CustomerID: w.customer[creditor], Number: number, IssueDate: day, DueDate: day.AddDays(30), DueDateAgreed: true,
		Amount: money.New(121000, "EUR"), Source: "api",
	})
	require.NoError(w.t, err)
	w.publish()
	return done.ID
}

func (w *world) publish() {
	w.t.Helper()
	_, err := w.store.PublishEvents(w.t.Context(), 1000)
	require.NoError(w.t, err)
}

// webhook adds an endpoint from the beginning of the feed on.
func (w *world) webhook(url string, types ...string) store.WebhookEndpoint {
	w.t.Helper()
	e := store.WebhookEndpoint{
		ID: store.NewID(), CreditorID: "acme", URL: url, Secret: "whsec_test", Types: append([]string{}, types...), CreatedBy: "person-1", CreatedAt: today,
	}
	require.NoError(w.t, w.cases.CreateWebhook(w.t.Context(), store.Everything, today, "person-1", e, &store.FeedMark{}))
	return e
}

// deliver makes one attempt.
func (w *world) deliver(e store.WebhookEndpoint) bool {
	w.t.Helper()
	again, err := w.hooks.Deliver(w.t.Context(), e.ID)
	require.NoError(w.t, err)
	return again
}

// due lets an endpoint be tried again at once.
func (w *world) due() { w.exec(`update webhook_endpoint set next_attempt_at = now()`) }

func (w *world) look(e store.WebhookEndpoint) (store.WebhookEndpoint, []store.WebhookDelivery) {
	w.t.Helper()
	found, err := w.store.FindWebhook(w.t.Context(), store.Everything, e.ID)
	require.NoError(w.t, err)
	deliveries, err := w.store.FindDeliveries(w.t.Context(), e.ID)
	require.NoError(w.t, err)
	return found, deliveries
}

// post is a delivery as an ERP gets it.
type post struct {
	header http.Header
	body   []byte

	Delivery uuid.UUID    `json:"delivery"`
	Webhook  uuid.UUID    `json:"webhook"`
	Test     bool         `json:"test"`
	Events   []feed.Event `json:"events"`
	Cursor   string       `json:"cursor"`
}

func (p post) types() []string {
	types := []string{}
	for _, e := range p.Events {
		types = append(types, e.InvoiceNumber+" "+string(e.Type))
	}
	return types
}

// erp takes deliveries; answer decides about each, nil takes all.
type erp struct {
	t      *testing.T
	url    string
	mu     sync.Mutex
	posts  []post
	answer func(http.ResponseWriter, *http.Request, int)
}

func newERP(t *testing.T, answer func(http.ResponseWriter, *http.Request, int)) *erp {
	t.Helper()
	e := &erp{t: t, answer: answer}
	s := httptest.NewServer(e)
	t.Cleanup(s.Close)
	e.url = s.URL + "/maan"
	return e
}

// ServeHTTP implements http.Handler.
func (e *erp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p := post{header: r.Header.Clone()}
	p.body, _ = io.ReadAll(r.Body)
	if err := json.Unmarshal(p.body, &p); err != nil {
		panic(err)
	}
	e.mu.Lock()
	e.posts = append(e.posts, p)
	n := len(e.posts)
	e.mu.Unlock()
	if e.answer != nil {
		e.answer(w, r, n)
	}
}

func (e *erp) got() []post {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]post{}, e.posts...)
}

func fail(statuses ...int) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, _ *http.Request, n int) {
		if n <= len(statuses) && statuses[n-1] == 0 {
			panic(http.ErrAbortHandler) // the connection breaks
		}
		if n <= len(statuses) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(statuses[n-1])
		}
	}
}

// verify is what docs/events.md tells receivers to do.
func verify(t *testing.T, p post, secret string) {
	t.Helper()
	stamp, signature, ok := strings.Cut(p.header.Get("Maan-Signature"), ",")
	require.True(t, ok)
	stamp = strings.TrimPrefix(stamp, "t=")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(p.body)
	require.Equal(t, "v1="+hex.EncodeToString(mac.Sum(nil)), signature)
	var seconds int64
	_, err := fmt.Sscan(stamp, &seconds)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), time.Unix(seconds, 0), time.Minute)
	require.Equal(t, p.Delivery.String(), p.header.Get("Maan-Delivery"))
}

func TestWebhooks_PostSignedEventsOfTheirCreditorInOrder(t *testing.T) {
	t.Parallel()
	w, erp := newWorld(t), newERP(t, nil)
	e := w.webhook(erp.url)
	w.invoice("acme", "1")
	w.invoice("other", "9")
	w.invoice("acme", "2")
	require.True(t, w.deliver(e))
	require.False(t, w.deliver(e), "nothing is left")
	posts := erp.got()
	require.Len(t, posts, 1)
	verify(t, posts[0], "whsec_test")
	require.Equal(t, e.ID, posts[0].Webhook)
	require.Equal(t, []string{"1 ledger.booked", "1 invoice.received", "2 ledger.booked", "2 invoice.received"}, posts[0].types())
	require.NotContains(t, string(posts[0].body), "Secret")
	found, deliveries := w.look(e)
	require.Equal(t, posts[0].Cursor, feed.Cursor(found.Mark()))
	require.Len(t, deliveries, 1)
	require.Equal(t, "delivered", deliveries[0].State)
	require.Equal(t, 4, deliveries[0].Events)
	require.Equal(t, posts[0].Events[0].ID, deliveries[0].FirstEvent)
	require.Equal(t, posts[0].Events[3].ID, deliveries[0].LastEvent)
	require.Equal(t, 200, deliveries[0].StatusCode)
}

func TestWebhooks_PostTheSameDeliveryUntilItIsTakenAndOnlyThenTheNext(t *testing.T) {
	t.Parallel()
	w, erp := newWorld(t), newERP(t, fail(500, 302, 0, 404))
	e := w.webhook(erp.url)
	w.invoice("acme", "1")
	for n, code := range []string{"status_500", "redirect", "connection_lost", "status_404"} {
		require.False(t, w.deliver(e))
		w.invoice("acme", fmt.Sprint("late-", n)) // comes after, and waits
		found, deliveries := w.look(e)
		require.Equal(t, n+1, found.Failures)
		require.Equal(t, code, found.LastError)
		require.NotNil(t, found.FailingSince)
		require.WithinDuration(t, time.Now().Add(5*time.Second<<n), found.NextAttemptAt, 4*time.Second)
		require.Equal(t, "open", deliveries[0].State)
		require.Equal(t, n+1, deliveries[0].Attempts)
		require.False(t, w.deliver(e), "not before its time")
		w.due()
	}
	require.True(t, w.deliver(e))
	require.True(t, w.deliver(e))
	posts := erp.got()
	require.Len(t, posts, 6)
	for _, p := range posts[:5] {
		verify(t, p, "whsec_test")
		require.Equal(t, string(posts[0].body), string(p.body), "the same delivery and events")
	}
	require.Equal(t, []string{"1 ledger.booked", "1 invoice.received"}, posts[4].types())
	require.Equal(t, "late-0 ledger.booked", posts[5].types()[0])
	require.Len(t, posts[5].Events, 8)
	found, _ := w.look(e)
	require.Zero(t, found.Failures)
	require.Nil(t, found.FailingSince)
	require.Empty(t, found.LastError)
	require.NotContains(t, w.logs.String(), "127.0.0.1", "addresses are not logged")
}

func TestWebhooks_WaitLongerEachTimeUpToAnHour(t *testing.T) {
	t.Parallel()
	w, erp := newWorld(t), newERP(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusServiceUnavailable) })
	e := w.webhook(erp.url)
	w.invoice("acme", "1")
	for _, failures := range []int{9, 10, 500} {
		w.exec(`update webhook_endpoint set failures = $1, next_attempt_at = now()`, failures)
		w.deliver(e)
		found, _ := w.look(e)
		require.WithinDuration(t, time.Now().Add(min(5*time.Second<<min(failures, 20), time.Hour)), found.NextAttemptAt, 4*time.Second)
	}
}

// A worker that dies after the other side has taken a delivery, and before it could note
// that, loses nothing: the delivery comes once more under its id.
func TestWebhooks_LoseNothingWhenAWorkerDiesInTheMiddle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, kill := context.WithCancel(t.Context())
	erp := newERP(t, func(_ http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			kill()
			<-r.Context().Done()
		}
	})
	e := w.webhook(erp.url)
	w.invoice("acme", "1")
	_, err := w.hooks.Deliver(ctx, e.ID)
	require.ErrorIs(t, err, context.Canceled)
	found, deliveries := w.look(e)
	require.Zero(t, found.Position)
	require.Equal(t, "open", deliveries[0].State)
	w.invoice("acme", "2")
	for w.deliver(e) {
	}
	posts := erp.got()
	require.Len(t, posts, 3)
	require.Equal(t, string(posts[0].body), string(posts[1].body))
	require.Equal(t, []string{"2 ledger.booked", "2 invoice.received"}, posts[2].types())
}

func TestWebhooks_SplitWhatIsMoreThanOnePostHolds(t *testing.T) {
	t.Parallel()
	w, erp := newWorld(t), newERP(t, nil)
	e := w.webhook(erp.url)
	for n := range 63 { // two events each
		w.invoice("acme", fmt.Sprint(n))
	}
	for w.deliver(e) {
	}
	posts := erp.got()
	require.Len(t, posts, 2)
	require.Len(t, posts[0].Events, 100)
	require.Len(t, posts[1].Events, 26)
	seen := map[string]bool{}
	for _, e := range append(posts[0].Events, posts[1].Events...) {
		require.False(t, seen[e.ID])
		seen[e.ID] = true
	}
}

func TestWebhooks_PassOverWhatTheyDidNotAskFor(t *testing.T) {
	t.Parallel()
	w, erp := newWorld(t), newERP(t, nil)
	e := w.webhook(erp.url, "dispute.opened")
	id := w.invoice("acme", "1")
	require.False(t, w.deliver(e))
	found, deliveries := w.look(e)
	require.Positive(t, found.Position, "its place moves on")
	require.Empty(t, deliveries)
	due, err := w.store.DueWebhooks(t.Context())
	require.NoError(t, err)
	require.Empty(t, due)
	_, err = w.cases.OpenDispute(t.Context(), store.Everything, today, "person-1", id, "quality", "a note with Secret words")
	require.NoError(t, err)
	w.publish()
	for w.deliver(e) {
	}
	require.Len(t, erp.got(), 1)
	require.Equal(t, []string{"1 dispute.opened"}, erp.got()[0].types())
}

func TestWebhooks_ReplayFromAnyPlace(t *testing.T) {
	t.Parallel()
	w, erp := newWorld(t), newERP(t, fail(200, 500))
	e := w.webhook(erp.url)
	w.invoice("acme", "1")
	require.True(t, w.deliver(e))
	w.invoice("acme", "2")
	require.False(t, w.deliver(e), "it fails and is open")
	require.NoError(t, w.cases.ReplayWebhook(t.Context(), store.Everything, today, "person-1", e.ID, store.FeedMark{}))
	for w.deliver(e) {
	}
	posts := erp.got()
	require.Len(t, posts, 3)
	require.Len(t, posts[2].Events, 4)
	require.Equal(t, posts[0].Events[0].ID, posts[2].Events[0].ID, "an event has the same id each time")
	_, deliveries := w.look(e)
	states := []string{}
	for _, d := range deliveries {
		states = append(states, d.State)
	}
	require.Equal(t, []string{"delivered", "superseded", "delivered"}, states)
}

func TestWebhooks_AnAnswerToASupersededDeliveryMovesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var e store.WebhookEndpoint
	erp := newERP(t, func(http.ResponseWriter, *http.Request, int) {
		if err := w.cases.ReplayWebhook(context.Background(), store.Everything, today, "person-1", e.ID, store.FeedMark{}); err != nil {
			panic(err)
		}
	})
	e = w.webhook(erp.url)
	w.invoice("acme", "1")
	require.True(t, w.deliver(e))
	found, deliveries := w.look(e)
	require.Zero(t, found.Position)
	require.Equal(t, "superseded", deliveries[0].State)
}

func TestWebhooks_TestsAreTriedOnceAndDisturbNothing(t *testing.T) {
	t.Parallel()
	w, erp := newWorld(t), newERP(t, fail(500))
	e := w.webhook(erp.url)
	w.exec(`update webhook_endpoint set status = 'disabled'`)
	w.invoice("acme", "1")
	require.False(t, w.deliver(e), "it is disabled")
	test, err := w.cases.TestWebhook(t.Context(), store.Everything, e.ID)
	require.NoError(t, err)
	same, err := w.cases.TestWebhook(t.Context(), store.Everything, e.ID)
	require.NoError(t, err)
	require.Equal(t, test.ID, same.ID)
	due, err := w.store.DueWebhooks(t.Context())
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{e.ID}, due)
	w.deliver(e)
	require.False(t, w.deliver(e))
	found, deliveries := w.look(e)
	require.Equal(t, "failed", deliveries[0].State)
	require.Equal(t, 500, deliveries[0].StatusCode)
	require.Zero(t, found.Failures)
	_, err = w.cases.TestWebhook(t.Context(), store.Everything, e.ID)
	require.NoError(t, err)
	require.True(t, w.deliver(e))
	_, deliveries = w.look(e)
	require.Equal(t, "delivered", deliveries[0].State)
	posts := erp.got()
	require.Len(t, posts, 2)
	require.True(t, posts[1].Test)
	require.NotNil(t, posts[1].Events)
	require.Empty(t, posts[1].Events)
	verify(t, posts[1], "whsec_test")
}

func TestWebhooks_DeletedOnesAreLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var e store.WebhookEndpoint
	erp := newERP(t, func(http.ResponseWriter, *http.Request, int) {
		if err := w.cases.DeleteWebhook(context.Background(), store.Everything, today, "person-1", e.ID); err != nil {
			panic(err)
		}
	})
	e = w.webhook(erp.url)
	w.invoice("acme", "1")
	w.deliver(e)
	require.False(t, w.deliver(e))
	require.Len(t, erp.got(), 1)
}

func TestWebhooks_KeepTheNewestHundredDeliveries(t *testing.T) {
	t.Parallel()
	w, erp := newWorld(t), newERP(t, nil)
	e := w.webhook(erp.url)
	for range 120 {
		w.exec(`insert into webhook_delivery (id, endpoint_id, test, state) values ($1, $2, false, 'delivered')`, store.NewID(), e.ID)
	}
	w.invoice("acme", "1")
	w.deliver(e)
	var kept int
	require.NoError(t, w.store.Pool().QueryRow(t.Context(), `select count(*) from webhook_delivery`).Scan(&kept))
	require.Equal(t, 100, kept)
}

// run runs the loops until the condition holds.
func (w *world) run(until func() bool) {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	var loops sync.WaitGroup
	errs := make([]error, 2)
	loops.Go(func() { errs[0] = (&worker.Publisher{Store: w.store}).Run(ctx) })
	loops.Go(func() { errs[1] = w.hooks.Run(ctx) })
	require.Eventually(w.t, until, 20*time.Second, 20*time.Millisecond)
	stop()
	loops.Wait()
	for _, err := range errs {
		if err != nil {
			require.ErrorIs(w.t, err, context.Canceled)
		}
	}
}

func TestWebhooks_AnEndpointThatFailedForThreeDaysIsDisabledAndGoesOnWhenEnabled(t *testing.T) {
	t.Parallel()
	w, erp := newWorld(t), newERP(t, fail(500))
	e, healthy := w.webhook(erp.url), w.webhook(newERP(t, nil).url)
	w.invoice("acme", "1")
	require.False(t, w.deliver(e))
	w.exec(`update webhook_endpoint set failing_since = now() - interval '72 hours' + interval '1 minute' where id = $1`, e.ID)
	w.run(func() bool { f, _ := w.look(healthy); return f.Position > 0 })
	found, _ := w.look(e)
	require.Equal(t, store.WebhookActive, found.Status, "not yet three days")
	w.exec(`update webhook_endpoint set failing_since = now() - interval '72 hours' where id = $1`, e.ID)
	w.run(func() bool { f, _ := w.look(e); return f.Status == store.WebhookDisabled })
	require.Contains(t, w.logs.String(), `"level":"ERROR","msg":"webhook disabled","webhook":"`+e.ID.String())
	var actor string
	require.NoError(t, w.store.Pool().QueryRow(t.Context(), `select actor from creditor_event where kind = 'webhook_disabled' and reason = $1`,
		e.ID.String()).Scan(&actor))
	require.Equal(t, "system", actor)
	w.due()
	require.False(t, w.deliver(e))
	require.Len(t, erp.got(), 1, "a disabled endpoint is left alone")
	require.NoError(t, w.cases.EnableWebhook(t.Context(), store.Everything, today, "person-1", e.ID))
	require.True(t, w.deliver(e))
	require.Equal(t, string(erp.got()[0].body), string(erp.got()[1].body), "it goes on where it stopped")
}

func TestLoops_BringAFactToAnotherSystemByThemselves(t *testing.T) {
	t.Parallel()
	w, slow := newWorld(t), make(chan struct{})
	hanging := newERP(t, func(_ http.ResponseWriter, r *http.Request, _ int) {
		select {
		case <-slow:
		case <-r.Context().Done():
		}
	})
	good := newERP(t, nil)
	w.webhook(hanging.url)
	w.webhook(good.url)
	done, err := w.cases.StartInvoice(t.Context(), store.Everything, today, "person-1", collection.NewInvoice{
		CreditorID: "acme", CustomerID: w.customer["acme"], Number: "1", IssueDate: calendar.DateOf(today), DueDate: calendar.DateOf(today).AddDays(30),
		Amount: money.New(100, "EUR"), Source: "api",
	})
	require.NoError(t, err)
	w.run(func() bool { return len(hanging.got()) == 1 && len(good.got()) == 1 })
	close(slow)
	require.Equal(t, done.ID, good.got()[0].Events[0].InvoiceID)
}

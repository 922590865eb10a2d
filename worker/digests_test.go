package worker_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/digest"
	"maan/internal/provider"
	"maan/internal/store"
	"maan/worker"
)

// digests is a watched world whose creditor acme wants a digest.
type digests struct {
	*watched

	loop *worker.Digests
	box  *mailbox
}

func newDigests(t *testing.T) *digests {
	t.Helper()
	w := &digests{watched: newWatched(t), box: &mailbox{}}
	w.exec(`update creditor set digest_email = 'finance@acme.example' where id = 'acme'`)
	w.loop = &worker.Digests{
		Digest: digest.New(w.store, w.watch.Health), Store: w.store, Logger: w.watch.Logger, Mail: w.box, Pace: provider.NewLimiter(nil, "email", 0),
		PublicURL: "https://maan.example.com",
	}
	return w
}

// at is an hour of a day in Amsterdam.
func at(day string, hour, minute int) time.Time {
	d, err := calendar.ParseDate(day)
	if err != nil {
		panic(err)
	}
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		panic(err)
	}
	return d.In(zone, hour, minute)
}

func (w *digests) send(now time.Time) int {
	w.t.Helper()
	w.now = now
	n, err := w.loop.Send(w.t.Context(), now)
	require.NoError(w.t, err)
	return n
}

func (w *digests) facts(day string) digest.Facts {
	w.t.Helper()
	cr, err := w.store.FindCreditor(w.t.Context(), store.Everything, "acme")
	require.NoError(w.t, err)
	d, err := calendar.ParseDate(day)
	require.NoError(w.t, err)
	f, err := w.loop.Digest.Of(w.t.Context(), cr, d, w.now)
	require.NoError(w.t, err)
	return f
}

func TestDigest_OnceForEachBusinessDay(t *testing.T) {
	t.Parallel()
	w := newDigests(t)
	require.Zero(t, w.send(at("2026-06-02", 19, 14)), "the day has not ended, and the one before is long over")
	require.Equal(t, 1, w.send(at("2026-06-02", 19, 15)))
	require.Zero(t, w.send(at("2026-06-02", 19, 30)))
	require.Zero(t, w.send(at("2026-06-03", 8, 0)))
	require.Equal(t, 1, w.send(at("2026-06-05", 19, 15)), "Friday")
	require.Zero(t, w.send(at("2026-06-06", 19, 15)), "Saturday")
	require.Zero(t, w.send(at("2026-06-07", 19, 15)), "Sunday")
	require.Equal(t, 1, w.send(at("2026-06-08", 20, 0)))
	require.Len(t, w.box.taken, 3)
	require.Equal(t, "finance@acme.example", w.box.taken[0].To)
	require.Contains(t, w.box.taken[0].Subject, "2 juni 2026")
}

func TestDigest_NeverTwiceAndNeverBlindly(t *testing.T) {
	t.Parallel()
	w := newDigests(t)
	w.box.refuse = down()
	evening := at("2026-06-02", 19, 15)
	require.Zero(t, w.send(evening))
	require.Zero(t, w.send(evening.Add(time.Minute)))
	require.Equal(t, 1, w.box.tried, "the provider is left alone")
	w.box.refuse = nil
	require.Equal(t, 1, w.send(evening.Add(11*time.Minute)), "it certainly had not left, so it follows")
	require.Zero(t, w.send(evening.Add(time.Hour)))

	w.box.refuse = &provider.Error{Fate: provider.Uncertain, Code: "timeout"}
	next := at("2026-06-03", 19, 15)
	require.Zero(t, w.send(next))
	w.box.refuse = nil
	require.Zero(t, w.send(next.Add(time.Hour)), "it may have left")

	day, err := calendar.ParseDate("2026-06-04")
	require.NoError(t, err)
	claimed, err := w.store.ClaimDigest(t.Context(), store.Digest{CreditorID: "acme", Day: day, MailID: store.NewID(), ClaimedAt: at("2026-06-04", 19, 15)}, w.now)
	require.NoError(t, err)
	require.True(t, claimed, "and then the worker died")
	require.Zero(t, w.send(at("2026-06-04", 20, 0)))
	require.Len(t, w.box.taken, 1)
}

func down() *provider.Error { return &provider.Error{Fate: provider.NotSent, Code: "refused"} }

func TestDigest_TellsTheTruth(t *testing.T) {
	t.Parallel()
	w := newDigests(t)
	w.attempt("S-1")
	w.attempt("S-2")
	disputed, held, tooLate, paid := w.invoice("acme", "D-1"), w.invoice("acme", "H-1"), w.invoice("acme", "L-1"), w.invoice("acme", "P-1")
	w.exec(`insert into dispute (id, invoice_id, reason, opened_by, opened_at) values (gen_random_uuid(), $1, 'quality', 'p', now())`, disputed)
	w.exec(`update plan_step set state = 'waiting', reason = 'not_released', not_before = $2 where invoice_id = $1 and step = 'invoice'`, held, at("2026-06-03", 8, 0))
	w.exec(`update plan_step set state = 'failed', reason = 'too_late', done_at = $2 where invoice_id = $1 and step = 'invoice'`, tooLate, at("2026-06-02", 18, 0))
	w.exec(`update plan_step set state = 'skipped', reason = 'paid', done_at = $2 where invoice_id = $1`, paid, at("2026-06-02", 18, 0))
	w.exec(`update invoice set closed_outcome = 'paid' where id = $1`, paid)
	w.exec(`insert into task (id, creditor_id, customer_id, kind, role, status, created_at) values (gen_random_uuid(), 'acme', $1, 'approval', 'finance', 'open', $2)`,
		w.customer["acme"], today)
	w.exec(`insert into task (id, creditor_id, customer_id, kind, role, status, created_at) values (gen_random_uuid(), 'acme', $1, 'mend_contact', 'collector', 'open', $2)`,
		w.customer["acme"], today)
	w.mail.refuse = down()
	w.now = today.Add(time.Minute)
	w.attempt("W-1")
	w.exec(`update message set delivery = 'bounced' where id = (select message_id from message_item j join invoice i on i.id = j.invoice_id where i.number = 'S-2')`)
	w.invoice("other", "O-1")
	w.exec(`update workflow_message set delivered_at = now()`)

	w.now = at("2026-06-02", 19, 15)
	f := w.facts("2026-06-02")
	require.Equal(t, []store.SentLine{{Template: "invoice", Channel: "email", Sent: 2, Delivered: 1, Bounced: 1, NotTaken: 1}}, f.Sent)
	require.Equal(t, []store.UnsentLine{
		{State: "waiting", Reason: "disputed", Count: 1, Invoices: []string{"D-1"}},
		{State: "waiting", Reason: "not_released", Count: 1, Invoices: []string{"H-1"}},
		{State: "waiting", Reason: "provider_down", Count: 1, Invoices: []string{"W-1"}},
		{State: "failed", Reason: "too_late", Count: 1, Invoices: []string{"L-1"}},
		{State: "skipped", Reason: "paid", Count: 1, Invoices: []string{"P-1"}},
	}, f.Unsent)
	require.Len(t, f.Tasks, 1)
	require.Equal(t, "approval", f.Tasks[0].Kind)
	coming := 0
	for _, l := range f.Coming {
		coming += l.Count
	}
	require.Equal(t, 2, coming, "the one to be released and the one that was not taken: %+v", f.Coming)
	require.Contains(t, amiss(f), "provider_errors email", "the provider is down, and the digest says so")

	for _, language := range []string{"nl", "fr", "de", "en", "sv"} {
		f.Creditor.Language = language
		mail, err := digest.Render(f, "https://maan.example.com")
		require.NoError(t, err)
		require.NotContains(t, mail.HTML+mail.Text+mail.Subject, "%!")
		for _, number := range []string{"D-1", "H-1", "W-1", "L-1", "P-1"} {
			require.Contains(t, mail.Text, number)
			require.Contains(t, mail.HTML, number)
		}
		keepPage(t, "digest-"+language, mail.HTML)
	}

	w.exec(`update creditor set stopped = true where id = 'acme'`)
	f = w.facts("2026-06-02")
	require.Empty(t, f.Coming)
	require.Equal(t, "stopped", f.Unsent[0].Reason)
	w.now = at("2026-06-03", 19, 15)
	require.Empty(t, w.facts("2026-06-03").Sent, "yesterday's messages are yesterday's")
}

func amiss(f digest.Facts) []string {
	var list []string
	for _, c := range f.Amiss {
		list = append(list, string(c.Condition)+" "+c.Subject)
	}
	return list
}

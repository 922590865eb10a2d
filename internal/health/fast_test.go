package health_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/store"
)

// TestContact_StaysFast measures every look at 200,000 open invoices of 50,000 customers, with
// 5 % of the cases paused on the way and a week of messages.
func TestContact_StaysFast(t *testing.T) {
	t.Parallel()
	if os.Getenv("MAAN_TEST_FULL") == "" {
		t.Skip("set MAAN_TEST_FULL=1: it fills a database for a minute")
	}
	w := newWorld(t)
	w.crowd()
	before, today := w.now.Add(-time.Hour), calendar.DateOf(w.now)
	at := store.SendingMoments{Since: w.now.Add(-5 * 24 * time.Hour), RejectedSince: before, ReportedUntil: w.now.Add(-30 * time.Minute)}
	all := store.Everything
	looks := map[string]func() error{
		"overdue steps":       func() error { _, err := w.store.OverdueSteps(t.Context(), all, before, today); return err },
		"uncertain sends":     func() error { _, err := w.store.UncertainSends(t.Context(), all, before); return err },
		"providers":           func() error { _, err := w.store.SendingByChannel(t.Context(), all, at); return err },
		"waits":               func() error { _, err := w.store.Waits(t.Context(), all); return err },
		"payment data":        func() error { _, err := w.store.PaymentDataOf(t.Context(), all, today); return err },
		"stuck outbox":        func() error { _, err := w.store.UnheardFacts(t.Context(), all, time.Minute); return err },
		"stuck webhooks":      func() error { _, err := w.store.UntakenEvents(t.Context(), all, time.Minute); return err },
		"missing cases":       func() error { _, err := w.store.CasesWithoutWorkflow(t.Context(), all); return err },
		"unreachable":         func() error { _, err := w.store.UnreachableCustomers(t.Context(), all); return err },
		"everything together": func() error { _, err := w.health.Contact(t.Context(), all, w.now); return err },
	}
	for name, look := range looks {
		var took []time.Duration
		for range 7 {
			began := time.Now()
			require.NoError(t, look())
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		t.Logf("%-20s median %8.2f ms, worst %8.2f ms", name, took[3].Seconds()*1000, took[6].Seconds()*1000)
	}
}

// crowd fills the database.
func (w *world) crowd() {
	w.t.Helper()
	w.exec(`insert into customer (id, creditor_id, number, legal_name, kind, language, country, created_at)
		select md5('c' || n)::uuid, 'acme', 'X' || n, 'Buyer', 'business', 'nl', 'NL', $1 from generate_series(1, 50000) n`, monday)
	w.exec(`insert into contact (id, customer_id, role, email, mobile, email_failed_at, created_at)
		select gen_random_uuid(), md5('c' || n)::uuid, 'general', 'a' || n || '@buyer.example', '', case when n % 1000 = 0 then $1::timestamptz end, $1
		from generate_series(1, 50000) n`, monday)
	w.exec(`insert into invoice (id, creditor_id, customer_id, number, issue_date, due_date, currency, amount_minor, delivery, sending, policy_version_id, source,
			content_hash, arrived_at, open_minor)
		select md5('i' || n)::uuid, 'acme', md5('c' || n % 50000 + 1)::uuid, 'X' || n, '2026-05-01', '2026-05-31', 'EUR', 100, 'not_applicable', 'send_here',
			(select id from policy_version limit 1), 'api', '', $1, 100 from generate_series(1, 200000) n`, monday)
	w.exec(`insert into collection_run (invoice_id, run_no, workflow_id, reason, opened_at)
		select id, 1, 'invoice:acme:' || number, 'new', arrived_at from invoice where number like 'X%'`)
	w.exec(`insert into plan_step (invoice_id, run_no, step, position, stage, action, at, local_date, state, reason, done_at)
		select md5('i' || n)::uuid, 1, 's' || p, p, 'reminder', 'message',
			$1::timestamptz + make_interval(days => 5 * (p - 3), secs => n % 400000 + 60), '2026-06-01',
			case when p < 3 or (p = 3 and n % 20 > 0) then case when p = 2 then 'skipped' else 'done' end when p = 3 and n % 40 = 20 then 'waiting' else 'pending' end,
			case when p = 3 and n % 40 = 20 then 'held' else '' end, case when p < 3 then $1::timestamptz end
		from generate_series(1, 200000) n cross join generate_series(1, 6) p`, w.now.Add(-5*24*time.Hour))
	w.exec(`insert into dispute (id, invoice_id, reason, opened_by, opened_at) select gen_random_uuid(), md5('i' || n)::uuid, 'q', 'p', $1
		from generate_series(20, 200000, 20) n`, monday)
	w.exec(`insert into message (id, creditor_id, customer_id, audience, channel, template, template_version, language, body_sha256, status, delivery, claimed_at)
		select gen_random_uuid(), 'acme', md5('c' || n % 50000 + 1)::uuid, 'customer', 'email', 'reminder', '1', 'nl', '', 'sent', 'delivered',
			$1::timestamptz - make_interval(secs => n * 3) from generate_series(1, 200000) n`, w.now)
	w.exec(`insert into workflow_message (invoice_id, run_no, workflow_id, name, facts_seq, payload, delivered_at)
		select id, 1, number, 'start', 1, '{}', now() from invoice where number like 'X%'`)
	w.exec(`vacuum analyze`)
}

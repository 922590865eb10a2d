package health_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
	"maan/internal/health"
	"maan/internal/provider"
	"maan/internal/store"
)

func TestContact_AllIsWellInAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	report, err := w.health.Contact(t.Context(), store.Everything, w.now)
	require.NoError(t, err)
	require.Equal(t, health.OK, report.Overall())
	require.Len(t, report.Checks, 13, "every condition, those of providers for each channel")
	for _, c := range report.Checks {
		require.NotEmpty(t, c.Condition.Text().What, c.Condition)
		require.NotEmpty(t, c.Condition.Text().ToDo, c.Condition)
	}
}

func TestOverdueSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.invoice("acme", "1")
	var at time.Time
	require.NoError(t, w.store.Pool().QueryRow(t.Context(), `select at from plan_step where invoice_id = $1 and step = 'invoice'`, id).Scan(&at))
	w.now = at.Add(59 * time.Minute)
	w.is(health.OverdueSteps, "", health.OK, 0)
	w.now = at.Add(61 * time.Minute)
	c := w.is(health.OverdueSteps, "", health.Alarm, 1)
	require.True(t, c.Oldest.Equal(at))

	t.Run("waits for a stated reason", func(t *testing.T) { //nolint:paralleltest // they share the case
		w.exec(`update plan_step set state = 'waiting', reason = 'not_released', not_before = $2 where invoice_id = $1 and step = 'invoice'`, id, w.now.Add(time.Hour))
		w.is(health.OverdueSteps, "", health.OK, 0)
		w.exec(`update plan_step set not_before = null where invoice_id = $1 and step = 'invoice'`, id)
		w.is(health.OverdueSteps, "", health.OK, 0)
	})
	t.Run("nobody came back after the wait", func(t *testing.T) { //nolint:paralleltest // they share the case
		w.exec(`update plan_step set not_before = $2 where invoice_id = $1 and step = 'invoice'`, id, w.now.Add(-2*time.Hour))
		w.is(health.OverdueSteps, "", health.Alarm, 1)
	})
	for name, pause := range map[string]string{
		"disputed":      `insert into dispute (id, invoice_id, reason, opened_by, opened_at) values (gen_random_uuid(), $1, 'quality', 'p', now())`,
		"held":          `insert into hold (id, creditor_id, customer_id, reason, placed_by, placed_at) select gen_random_uuid(), creditor_id, customer_id, 'x', 'p', now() from invoice where id = $1`,
		"promised":      `insert into promise (id, invoice_id, promised_on, holds_until, made_at, actor) values (gen_random_uuid(), $1, '2026-06-20', '2026-06-23', now(), 'p')`,
		"not chased":    `update customer set no_chase_reason = 'insolvent', no_chase_by = 'p', no_chase_review_on = '2027-01-01' where id = (select customer_id from invoice where id = $1)`,
		"stopped":       `update creditor set stopped = true where id = (select creditor_id from invoice where id = $1)`,
		"closed":        `update invoice set closed_outcome = 'paid' where id = $1`,
		"of an old run": `update invoice set current_run = 2 where id = $1`,
	} {
		t.Run(name, func(t *testing.T) { //nolint:paralleltest // they share the case
			w.exec(pause, id)
			require.Equal(t, 0, w.look(health.OverdueSteps, "").Count)
			w.exec(`delete from dispute`)
			w.exec(`delete from hold`)
			w.exec(`delete from promise`)
			w.exec(`update customer set no_chase_reason = null`)
			w.exec(`update creditor set stopped = false`)
			w.exec(`update invoice set closed_outcome = null, current_run = 1`)
			require.Equal(t, 1, w.look(health.OverdueSteps, "").Count)
		})
	}
}

func TestUncertainSends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.attempt(w.invoice("acme", "1"), &provider.Error{Fate: provider.Uncertain, Code: "timeout"})
	w.wait(15 * time.Minute)
	w.is(health.UncertainSends, "", health.OK, 0)
	w.wait(3 * time.Minute)
	c := w.is(health.UncertainSends, "", health.Alarm, 1)
	require.True(t, c.Oldest.Equal(monday))
	w.exec(`update message set delivery = 'processed'`)
	w.is(health.UncertainSends, "", health.OK, 0)
}

func TestProviderErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.attempt(w.invoice("acme", "0"), nil)
	w.wait(time.Minute)
	w.attempt(w.invoice("acme", "1"), down)
	w.is(health.ProviderErrors, "email", health.OK, 0) // one that failed just now
	w.wait(31 * time.Second)
	c := w.is(health.ProviderErrors, "email", health.Alarm, 1) // and nothing was taken since
	require.True(t, c.Oldest.Equal(monday.Add(time.Minute)))
	w.is(health.ProviderErrors, "sms", health.OK, 0)
	w.wait(6 * time.Hour) // the step still waits: it lasts
	w.is(health.ProviderErrors, "email", health.Alarm, 1)
	w.exec(`update plan_step set state = 'skipped', reason = 'paid' where state = 'waiting'`)
	w.is(health.ProviderErrors, "email", health.OK, 0) // nobody waits, and it is long ago
	w.attempt(w.invoice("acme", "2"), down)
	w.wait(time.Minute)
	w.is(health.ProviderErrors, "email", health.Alarm, 2)
	w.attempt(w.invoice("acme", "3"), nil)
	w.is(health.ProviderErrors, "email", health.OK, 0)
}

func TestProviderErrors_SeveralAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 3 {
		w.attempt(w.invoice("acme", fmt.Sprint(n)), &provider.Error{Fate: provider.Uncertain, Code: "status_503"})
	}
	w.is(health.ProviderErrors, "email", health.Alarm, 3)
}

func TestProviderErrors_AnOpenCircuitIsOneAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`update provider_state set failures = 5, failing_since = $1, opened_at = $2, probe_at = $2 where channel = 'sms'`,
		monday.Add(-2*time.Minute), monday)
	for _, creditors := range [][]string{nil, {"acme"}, {"other"}} { // it is everybody's
		c := w.look(health.ProviderErrors, "sms", creditors...)
		require.Equal(t, health.Alarm, c.Severity)
		require.Equal(t, 5, c.Count)
		require.True(t, c.Oldest.Equal(monday.Add(-2*time.Minute)))
	}
	w.is(health.ProviderErrors, "email", health.OK, 0)
	require.Equal(t, []string{"raised provider_errors sms alarm"}, w.watch())
	w.exec(`update provider_state set failures = 0, failing_since = null, opened_at = null, probe_at = null`)
	w.is(health.ProviderErrors, "sms", health.OK, 0)
	require.Empty(t, w.watch())
	w.wait(time.Minute)
	require.Equal(t, []string{"cleared provider_errors sms alarm"}, w.watch())
}

// What the messages show and the circuit that they open are one alarm.
func TestProviderErrors_FailuresAndTheirCircuitAreOneAlarm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range store.CircuitFailures {
		w.attempt(w.invoice("acme", fmt.Sprint(n)), &provider.Error{Fate: provider.NotSent, Code: "refused", Health: provider.Down})
		if n == 2 {
			require.Equal(t, []string{"raised provider_errors email alarm"}, w.watch())
		}
	}
	open, err := w.store.OpenCircuits(t.Context())
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.Empty(t, w.watch())
	require.Equal(t, store.CircuitFailures, w.look(health.ProviderErrors, "email").Count)
}

func TestProviderErrors_RefusedForGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 5 {
		require.Equal(t, health.OK, w.look(health.ProviderErrors, "email").Severity)
		w.attempt(w.invoice("acme", fmt.Sprint(n)), provider.Reject("bad_address"))
		w.exec(`update contact set email_failed_at = null`)
	}
	w.is(health.ProviderErrors, "email", health.Warning, 5)
	w.wait(2 * time.Hour)
	w.is(health.ProviderErrors, "email", health.OK, 0)
}

func TestMissingReports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.attempt(w.invoice("acme", "0"), nil)
	w.exec(`update message set delivery = 'delivered'`)
	w.wait(time.Minute)
	for n := range 3 {
		w.attempt(w.invoice("acme", fmt.Sprint(n+1)), nil)
	}
	w.wait(29 * time.Minute)
	w.is(health.MissingReports, "email", health.OK, 0)
	w.wait(2 * time.Minute)
	c := w.is(health.MissingReports, "email", health.Alarm, 3)
	require.True(t, c.Oldest.Equal(monday.Add(time.Minute)))
	w.wait(2 * 24 * time.Hour) // over the weekend nothing is sent, and it is no better
	w.is(health.MissingReports, "email", health.Alarm, 3)
	w.exec(`update message set delivery = 'processed' where id = (select max(id::text)::uuid from message)`)
	w.is(health.MissingReports, "email", health.OK, 0)
	w.exec(`update message set delivery = ''`)
	silent := health.New(w.store, health.Settings{Unsettled: w.UnsettledFor(), Unreported: []dunning.Channel{dunning.ChannelEmail}})
	report, err := silent.Contact(t.Context(), store.Everything, w.now)
	require.NoError(t, err)
	require.Len(t, report.Checks, 12, "a provider without reports is not asked for them")
}

func TestStaleBankData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invoice("acme", "1")
	w.exec(`update creditor set fresh_payments_required = true, payments_known_until = '2026-05-29' where id = 'acme'`)
	w.wait(40 * 24 * time.Hour) // overdue
	c := w.is(health.StaleBankData, "", health.Warning, 1)
	require.Equal(t, "2026-05-29", c.Oldest.Format(time.DateOnly))
	w.exec(`update plan_step set state = 'waiting', reason = 'bank_data_stale' where step = 'reminder'`)
	w.is(health.StaleBankData, "", health.Alarm, 1)
	w.exec(`update creditor set payments_known_until = $1 where id = 'acme'`, w.now)
	w.is(health.StaleBankData, "", health.Warning, 1) // a step waits all the same
	w.exec(`update plan_step set state = 'pending', reason = '' where step = 'reminder'`)
	w.is(health.StaleBankData, "", health.OK, 0)
}

func TestStuckOutbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invoice("acme", "1")
	w.exec(`update workflow_message set delivered_at = null, created_at = now() - interval '9 minutes'`)
	w.is(health.StuckOutbox, "", health.OK, 0)
	w.exec(`update workflow_message set created_at = now() - interval '11 minutes'`)
	w.is(health.StuckOutbox, "", health.Alarm, 1)
	w.told()
	w.is(health.StuckOutbox, "", health.OK, 0)
}

func TestStuckWebhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`insert into webhook_endpoint (id, creditor_id, url, secret, types, position, created_by, created_at)
		values (gen_random_uuid(), 'acme', 'https://erp.example.com', 's', '{}', 0, 'p', now())`)
	w.exec(`insert into webhook_delivery (id, endpoint_id, test, created_at) select gen_random_uuid(), id, false, now() - interval '59 minutes' from webhook_endpoint`)
	w.is(health.StuckWebhooks, "", health.OK, 0)
	w.exec(`update webhook_delivery set created_at = now() - interval '61 minutes'`)
	w.is(health.StuckWebhooks, "", health.Warning, 1)
	w.exec(`update webhook_delivery set state = 'delivered'`)
	w.is(health.StuckWebhooks, "", health.OK, 0)
	w.exec(`update webhook_endpoint set status = 'disabled', disabled_at = now()`)
	w.is(health.StuckWebhooks, "", health.Warning, 1)
}

func TestCasesWithoutWorkflow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := store.OpenRun{InvoiceID: w.invoice("acme", "1"), RunNo: 1}
	w.is(health.MissingCases, "", health.OK, 0)
	require.NoError(t, w.AskAboutEndedRun(t.Context(), w.now, run, "Terminated"))
	w.wait(24 * time.Hour)
	require.NoError(t, w.AskAboutEndedRun(t.Context(), w.now, run, "Terminated"))
	c := w.is(health.MissingCases, "", health.Alarm, 1)
	require.True(t, c.Oldest.Equal(monday), "from the first time on")
	require.NoError(t, w.store.MarkFound(t.Context(), run))
	w.is(health.MissingCases, "", health.OK, 0)
}

func TestCustomersWithoutAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`update contact set email_failed_at = now(), mobile_failed_at = now() where customer_id = $1`, w.customer["acme"])
	w.is(health.NoAddress, "", health.OK, 0) // it owes nothing
	id := w.invoice("acme", "1")
	w.is(health.NoAddress, "", health.Warning, 1)
	w.exec(`update contact set mobile_failed_at = null`)
	w.is(health.NoAddress, "", health.OK, 0)
	w.exec(`update contact set mobile_billing = false`)
	w.is(health.NoAddress, "", health.Warning, 1)
	w.exec(`update contact set email_failed_at = null`)
	w.is(health.NoAddress, "", health.OK, 0)
	w.exec(`insert into channel_silence (id, customer_id, channel, reason, silenced_at, silenced_by) values (gen_random_uuid(), $1, 'email', 'complaint', now(), 'p')`,
		w.customer["acme"])
	w.is(health.NoAddress, "", health.Warning, 1)
	w.exec(`update contact set mobile_billing = true`)
	w.is(health.NoAddress, "", health.OK, 0)
	w.exec(`insert into channel_silence (id, customer_id, channel, reason, silenced_at, silenced_by) values (gen_random_uuid(), $1, 'sms', 'stop', now(), 'p')`,
		w.customer["acme"])
	w.is(health.NoAddress, "", health.Warning, 1)
	w.exec(`update invoice set closed_outcome = 'paid' where id = $1`, id)
	w.is(health.NoAddress, "", health.OK, 0)
}

func TestWorkers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`update loop_mark set marked_at = now() - interval '4 minutes' where name = 'watch'`)
	require.Equal(t, health.Alarm, w.look(health.NoWorker, "").Severity)
	require.NoError(t, w.store.MarkLoop(t.Context(), health.LoopWatch))
	require.Equal(t, health.OK, w.look(health.NoWorker, "").Severity)
	w.exec(`update loop_mark set marked_at = now() - interval '27 hours' where name = 'reconcile'`)
	require.Equal(t, health.Warning, w.look(health.LateReconcile, "").Severity)
	w.exec(`delete from loop_mark`)
	require.Equal(t, health.Alarm, w.look(health.NoWorker, "").Severity)
}

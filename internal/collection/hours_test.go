package collection_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
)

// keepHours publishes the standard policy with contact hours.
func (w *world) keepHours(hours string) {
	w.t.Helper()
	source, err := dunning.Shipped(dunning.PolicyStandard)
	require.NoError(w.t, err)
	_, _, err = w.Publish(w.t.Context(), w.now, anna, append(source, "\ncontact_hours:\n  "+hours+"\n"...))
	require.NoError(w.t, err)
}

func clockOf(c *testCase) string { return c.current().At.In(zone).Format("15:04") }

// inFirstHour holds for a message that presses for payment: its customer's share of the first hour, and
// ten minutes in which a customer's invoices follow each other.
func inFirstHour(t *testing.T, opens string, c *testCase, why string) {
	t.Helper()
	from, err := time.Parse("15:04", opens)
	require.NoError(t, err)
	at := clockOf(c)
	require.GreaterOrEqual(t, at, opens, why)
	require.Less(t, at, from.Add(70*time.Minute).Format("15:04"), why)
}

func TestContactHours_PlanAndClaimKeepThoseOfTheCustomersCountry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keepHours(`NL: {call: ["10:00-11:00", "15:00-16:00"], email: ["10:00-16:00"], sms: ["14:00-16:30"]}`)
	w.exec(`update customer set country = 'BE' where number = 'C-1'`)
	standard := w.start(w.invoice("B-1"))
	require.Contains(t, []string{"08", "09"}, clockOf(standard)[:2], "Belgium keeps the standard")

	w.customer, _ = w.newCustomer("C-2")
	c := w.begin()
	act := c.act()
	require.Equal(t, "10", clockOf(c)[:2])
	w.now = amsterdam("2026-06-02 09:30")
	require.Equal(t, "wait(outside_window)", outcome(c.perform(act, dunning.DoSendInvoice)))
	require.Equal(t, "10", clockOf(c)[:2])
	require.Equal(t, "done", outcome(c.next()))

	c.until("courtesy_call")
	require.Equal(t, "10", clockOf(c)[:2])
	w.now = amsterdam("2026-06-24 11:00")
	require.Equal(t, "wait(outside_window)", outcome(c.perform(c.act(), dunning.DoCall)))
	require.Equal(t, "15", clockOf(c)[:2])

	c.until(friendly)
	inFirstHour(t, "14:00", c, "by both channels when both may")
	c.next()
	c.until(formal)
	inFirstHour(t, "14:00", c, "and by e-mail no earlier, so that a day's messages go together")
	w.intact()
}

func TestContactHours_InvoicesThatAreDueTogetherGoTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keepHours(`default: {email: ["08:00-12:00", "13:00-17:00"], sms: ["11:30-15:00"]}`)
	a := w.start(w.invoice("A-1"))
	b := w.start(w.invoice("A-2", func(n *collection.NewInvoice) { n.DueDate = date("2026-06-23") })) // its stricter reminder is by e-mail alone
	for _, c := range []*testCase{b, a} {
		w.now = amsterdam("2026-06-01 08:30")
		c.until(friendly)
	}
	w.now = b.current().At
	require.Equal(t, "done", outcome(b.next()))
	require.Equal(t, formal, b.current().Step)
	require.Equal(t, "2026-07-07", day(b.current().At))
	w.exec(`update plan_step set local_date = '2026-07-07', at = $1 where invoice_id = $2 and step = $3`, b.current().At, a.id, friendly)
	w.now = b.current().At
	before := len(w.provider.sent)
	require.Equal(t, "done", outcome(b.next()))
	require.Len(t, w.provider.sent, before+2, "one e-mail about both, and the reminder's SMS")
	require.Equal(t, "done", a.row(friendly))
}

func TestContactHours_AreThoseOfTheCasesVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	w.keepHours(`NL: {email: ["15:00-17:00"]}`)
	require.Contains(t, []string{"08", "09"}, clockOf(c)[:2], "a new version changes nothing for an open case")
	_, err := w.MigratePolicy(t.Context(), store.Everything, w.now, anna, c.id, dunning.PolicyStandard, "afternoons only")
	require.NoError(t, err)
	require.Equal(t, "15", clockOf(c)[:2], "unless somebody migrates it")
	require.Equal(t, "done", outcome(c.next()))
}

func TestContactHours_ACallThatNobodyAnsweredComesBackInThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keepHours(`NL: {call: ["10:30-12:00"]}`)
	c := w.begin(func(n *collection.NewInvoice) { n.Amount.Minor = 600000 })
	act := c.until("courtesy_call")
	require.Equal(t, "done", outcome(c.perform(act, dunning.DoCall)))
	task := w.task(collection.TaskCall)
	w.closeTask(task, collection.TaskOutcome{Code: "no_answer"})
	require.Equal(t, "10:30", read[string](w, `select to_char(not_before at time zone 'Europe/Amsterdam', 'HH24:MI') from task where id = $1`, task))
}

func TestContactHours_AreThePreviewsToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keepHours(`NL: {email: ["15:00-17:00"]}`)
	c := w.begin()
	p, err := w.Preview(t.Context(), store.Everything, w.now, c.id, collection.PreviewQuery{})
	require.NoError(t, err)
	require.True(t, p.WouldSend, p.Code)
	require.Equal(t, 15, p.At.In(zone).Hour())
}

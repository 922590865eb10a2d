package collection_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/store"
)

// pauses lists what the history says of pauses, oldest first: "reason until" each, or
// "resumed".
func (c *testCase) pauses() []string {
	return c.w.column(`select case kind when 'resumed' then kind else (select string_agg(concat_ws(' ', p->>'reason', p->>'why', p->>'until'), ', ')
		from jsonb_array_elements(data->'pauses') p) end from case_event where kind in ('paused', 'resumed') and invoice_id = '` + c.id.String() + `' order by seq`)
}

func TestHistory_SaysWhatPausesTheCaseWheneverThatChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	require.Empty(t, c.pauses(), "nothing pauses a new case")
	c.dispute()
	hold, err := w.PlaceHold(t.Context(), store.Everything, w.now, anna, c.id, collection.HoldRequest{Reason: "talks", Until: datePtr("2026-06-05")})
	require.NoError(t, err)
	c.resolve(collection.Resolution{})
	_, err = w.ReleaseHold(t.Context(), store.Everything, w.now, anna, hold.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"disputed quality", "disputed quality, held talks 2026-06-05", "held talks 2026-06-05", "resumed"}, c.pauses())
	w.intact()
}

func TestHistory_CountsNoHoldWhoseDayHasPassed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	_, err := w.PlaceHold(t.Context(), store.Everything, w.now, anna, c.id, collection.HoldRequest{Reason: "talks", Until: datePtr("2026-06-05")})
	require.NoError(t, err)
	w.now = amsterdam("2026-06-08 09:00")
	c.dispute()
	require.Equal(t, []string{"held talks 2026-06-05", "disputed quality"}, c.pauses())
}

func TestHistory_APromisePausesUntilItsGraceIsOver(t *testing.T) {
	t.Parallel()
	w, c, task := called(t)
	w.closeTask(task, collection.TaskOutcome{Code: "will_pay", Date: datePtr("2026-07-10")})
	w.now = amsterdam("2026-07-15 08:00")
	_, err := w.BreakPromises(t.Context(), w.now)
	require.NoError(t, err)
	require.Equal(t, []string{"promise_pending 2026-07-14", "resumed"}, c.pauses())
	require.Equal(t, 1, c.events("promise_broken"))
	w.intact()
}

func TestHistory_TellsThatAPromiseWasReplaced(t *testing.T) {
	t.Parallel()
	w, c, task := called(t)
	w.closeTask(task, collection.TaskOutcome{Code: "will_pay", Date: datePtr("2026-07-20")})
	w.exec(`insert into task (id, creditor_id, customer_id, kind, role, status, created_at) values ($1, 'acme', $2, 'call', 'collector', 'open', $3)`,
		uuid.New(), w.customer, w.now)
	again := w.task(collection.TaskCall)
	w.exec(`insert into task_item (task_id, invoice_id, run_no, step) values ($1, $2, 1, 'overdue_call')`, again, c.id)
	w.closeTask(again, collection.TaskOutcome{Code: "will_pay", Date: datePtr("2026-07-10")})
	require.Equal(t, 1, c.events("promise_replaced"))
	require.Equal(t, []string{"promise_pending 2026-07-22", "promise_pending 2026-07-14"}, c.pauses())
	w.intact()
}

func TestHistory_AClosedCaseIsNotPausedAndOneThatReopensMayBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin(func(n *collection.NewInvoice) { n.Blocked = "factored" })
	require.Equal(t, []string{"do_not_chase"}, c.pauses())
	paid := c.pay("p-1", 121000)
	require.Equal(t, []string{"do_not_chase"}, c.pauses(), "closing ends no pause")
	w.reverse(paid.ID)
	require.Equal(t, []string{"do_not_chase", "do_not_chase"}, c.pauses())
	w.intact()
}

func TestHistory_ACustomersHoldIsToldInEachOpenCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.begin()
	id, _, err := w.HoldCustomer(t.Context(), store.Everything, w.now, anna, w.customer, collection.HoldRequest{Reason: "talks"})
	require.NoError(t, err)
	two := w.start(w.invoice("2026-002"))
	_, err = w.ReleaseHold(t.Context(), store.Everything, w.now, anna, id)
	require.NoError(t, err)
	for _, c := range []*testCase{one, two} {
		require.Equal(t, []string{"held talks", "resumed"}, c.pauses())
	}
	require.Equal(t, []string{"customer"}, w.column(`select data->>'scope' from case_event where kind = 'hold_placed'`))
	w.intact()
}

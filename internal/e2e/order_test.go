package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
)

// TestMessagesLateDoubledAndInEveryOrder: a dispute, its resolution and a payment are
// committed in Postgres in their order, while their messages reach the workflow late,
// twice and in every order. The end is the same every time.
func TestMessagesLateDoubledAndInEveryOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testWorld(t))
	orders := [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
	ids := make([]string, len(orders))
	for i := range orders {
		ids[i] = h.invoice(h.customer())
	}
	h.runUntilStep(ids[0], "reminder", 60)
	h.run(1)
	require.NoError(t, h.StopWorkers()) // the relay is down: messages are late
	for i, order := range orders {
		id := ids[i]
		h.post("/v1/invoices/"+id+"/disputes", object{"reason": "quality"}, nil)
		h.post("/v1/invoices/"+id+"/disputes/resolve", object{"resolution": "rejected"}, nil)
		h.pay(id, "1210.00")
		states := h.outbox(id)
		require.Len(t, states, 3)
		for range 2 {
			for _, n := range order {
				h.signal(id, states[n].Name, states[n].State)
			}
		}
	}
	require.NoError(t, h.StartWorker())
	h.run(40)
	first := h.outcomes(ids[0])
	for _, id := range ids {
		r := h.result(id)
		require.EqualValues(t, "paid", r.Outcome)
		require.Equal(t, first, h.outcomes(id))
		for _, s := range r.Steps[3:] {
			require.Equal(t, "skipped paid", string(s.Outcome)+" "+string(s.Reason), "nothing was done after the payment")
		}
	}
	h.noMessageAfterPayment()
}

type outboxRow struct {
	Name  string
	State dunning.State
}

func (h *house) outbox(invoice string) []outboxRow {
	h.t.Helper()
	rows, err := h.Pool.Query(h.ctx, `select name, payload from workflow_message where invoice_id = $1 and delivered_at is null order by id`, invoice)
	require.NoError(h.t, err)
	defer rows.Close()
	var out []outboxRow
	for rows.Next() {
		var r outboxRow
		require.NoError(h.t, rows.Scan(&r.Name, &r.State))
		out = append(out, r)
	}
	require.NoError(h.t, rows.Err())
	return out
}

// signal delivers a state by hand, as the relay does.
func (h *house) signal(invoice, name string, s dunning.State) {
	h.t.Helper()
	require.NoError(h.t, h.Temporal.SignalWorkflow(h.ctx, h.workflowID(invoice), "", name, s))
}

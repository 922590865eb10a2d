package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"golang.org/x/sync/errgroup"

	"maan/internal/devstack/world"
)

// TestChaos_WorkerKilledWhileSending is the test that matters: the worker is killed with
// -9 in the middle of sending reminders to 200 customers and started again. All 200
// reminders are accepted by the provider, none of them twice.
func TestChaos_WorkerKilledWhileSending(t *testing.T) {
	const customers = 200
	h := newHouse(t, testWorld(t))
	ids := make([]string, customers)
	for i := range ids {
		ids[i] = h.invoice(h.customer(func(c object) {
			c["contacts"] = []object{{"role": "accounts_payable", "name": "Jan", "email": "x" + suffix() + "@customer.example"}}
		}), alreadySent)
	}
	require.NoError(t, h.Clock.Quiet(h.ctx))
	reminderDay := h.dueAt(ids[0], "reminder")
	require.NoError(t, h.Clock.Run(h.ctx, reminderDay.Add(-4*time.Hour)))
	h.behave(object{"mode": "slow", "delay_ms": 60})
	var g errgroup.Group
	g.Go(func() error { return h.Clock.Run(h.ctx, reminderDay.Add(3*time.Hour)) })
	require.Eventually(t, func() bool { n, _ := h.counts(); return n >= customers/4 }, time.Minute, 5*time.Millisecond)
	require.NoError(t, h.KillWorkers())
	n, _ := h.counts()
	t.Logf("killed after %d of %d were accepted", n, customers)
	require.Less(t, n, customers, "the kill came too late to mean anything")
	h.behave(object{"mode": "ok"})
	require.NoError(t, h.StartWorker())
	require.NoError(t, g.Wait())
	for _, id := range ids {
		require.Equal(t, "done", h.step(id, "reminder").State, h.outcomes(id))
	}
	total, doubled := h.counts()
	require.Equal(t, customers, total, "one for each customer")
	require.Zero(t, doubled)
	h.none(`select count(*) from (select invoice_id from message_item mi join message m on m.id = mi.message_id
		where mi.step = 'reminder' and m.status = 'sent' group by 1 having count(*) <> 1) x`)
}

// alreadySent leaves stage 1 to the ERP, so that only reminders are counted.
func alreadySent(i object) {
	i["already_sent"] = object{"channel": "erp", "on": i["issue_date"], "proof": "erp-1"}
	i["amount"] = object{"amount": "250.00", "currency": "EUR"}
}

func (h *house) dueAt(invoice, step string) time.Time {
	h.t.Helper()
	var at time.Time
	require.NoError(h.t, h.Pool.QueryRow(h.ctx, `select at from plan_step where invoice_id = $1 and step = $2`, invoice, step).Scan(&at))
	return at
}

func TestResetByAnOperatorSendsNothingAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testWorld(t))
	id := h.invoice(h.customer())
	h.runUntilStep(id, "reminder", 60)
	before, _ := h.counts()
	h.reset(id, 4)
	h.run(2)
	after, doubled := h.counts()
	require.Equal(t, before, after, "a reset run sends nothing again")
	require.Zero(t, doubled)
	h.runUntilStep(id, "stricter_reminder", 30)
	h.pay(id, "1210.00")
	r := h.result(id)
	require.EqualValues(t, "paid", r.Outcome)
	require.EqualValues(t, "done", r.Steps[0].Outcome)
}

func TestTemporalDown_FactsAreAcceptedAndCaughtUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	temporal, err := startTemporal(dir, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = temporal.kill() })
	h := newHouse(t, testWorld(t, func(o *world.Options) { o.TemporalAddress = temporal.Temporal }))
	var paid []string
	for range 10 {
		paid = append(paid, h.invoice(h.customer()))
	}
	h.run(1)
	require.NoError(t, temporal.kill())
	var late []string
	for range 50 {
		late = append(late, h.invoice(h.customer()))
	}
	for _, id := range paid {
		h.pay(id, "1210.00")
	}
	temporal, err = startTemporal(dir, portOf(t, temporal.Temporal))
	require.NoError(t, err)
	h.run(1)
	for _, id := range paid {
		require.EqualValues(t, "paid", h.result(id).Outcome)
	}
	for _, id := range late {
		d, err := h.Temporal.DescribeWorkflowExecution(h.ctx, h.workflowID(id), "")
		require.NoError(t, err)
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, d.GetWorkflowExecutionInfo().GetStatus())
	}
	h.noMessageAfterPayment()
}

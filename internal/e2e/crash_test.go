package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"maan/internal/devstack/world"
)

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
	temporal, err := world.StartTemporal(binary("devstack"), t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { _ = temporal.Kill() })
	h := newHouse(t, testWorld(t, func(o *world.Options) { o.TemporalAddress = temporal.Address }))
	var paid []string
	for range 10 {
		paid = append(paid, h.invoice(h.customer()))
	}
	h.run(1)
	require.NoError(t, temporal.Kill())
	var late []string
	for range 50 {
		late = append(late, h.invoice(h.customer()))
	}
	for _, id := range paid {
		h.pay(id, "1210.00")
	}
	require.NoError(t, temporal.Start())
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

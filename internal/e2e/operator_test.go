package e2e_test

import (
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// reset does what an operator's `temporal workflow reset` does: the run is replayed to
// an early workflow task and goes on from there as a new run of the same id.
func (h *house) reset(invoice string, event int64) {
	h.t.Helper()
	_, err := h.Temporal.ResetWorkflowExecution(h.ctx, &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: "default", WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: h.workflowID(invoice)},
		Reason: "test of a reset", WorkflowTaskFinishEventId: event, RequestId: uuid.NewString(),
	})
	require.NoError(h.t, err)
}

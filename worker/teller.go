package worker

import (
	"context"
	"strconv"
	"time"

	"go.temporal.io/sdk/client"

	"maan/internal/collection"
	"maan/internal/store"
	"maan/workflows"
)

// Teller delivers a message as an update while a person waits: the fast path of the
// outbox. What it cannot deliver in time the relay delivers.
type Teller struct {
	Temporal client.Client
	Store    *store.Store
}

// personWaits is how long a person is kept waiting for the workflow's answer.
const personWaits = 2 * time.Second

// Tell delivers the message and waits until the workflow has taken it.
func (t *Teller) Tell(ctx context.Context, m *collection.Told) error {
	ctx, cancel := context.WithTimeout(ctx, personWaits)
	defer cancel()
	h, err := t.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		UpdateID: strconv.FormatInt(m.MessageID, 10), WorkflowID: m.WorkflowID, UpdateName: m.Name, Args: []any{m.State},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return err
	}
	var ack workflows.Ack
	if err := h.Get(ctx, &ack); err != nil {
		return err
	}
	return t.Store.MarkDelivered(ctx, m.MessageID)
}

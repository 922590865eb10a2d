package api

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"maan/internal/collection"
)

const (
	workflowTold    Workflow = "told"
	workflowPending Workflow = "pending"
)

// tell tells the workflows of a change at once, for the person who waits for the
// answer. The start of a workflow is the relay's, and what the relay must deliver
// anyway stays pending.
func (s *server) tell(ctx context.Context, told ...*collection.Told) Workflow {
	state := workflowTold
	for _, t := range told {
		switch {
		case t == nil: // nothing that a workflow must know
		case s.teller == nil, t.Name == collection.MessageStart, state == workflowPending:
			state = workflowPending
		default:
			if err := s.teller.Tell(ctx, t); err != nil {
				s.log.LogAttrs(ctx, slog.LevelInfo, "workflow told later", slog.Int64("message", t.MessageID), slog.String("name", t.Name))
				state = workflowPending
			}
		}
	}
	return state
}

// changed is the answer to a change of a case.
func (s *server) changed(ctx context.Context, d collection.Done, state Workflow) (Change, error) {
	row, err := s.store.InvoiceRow(ctx, callerOf(ctx).scope, d.InvoiceID)
	if err != nil {
		return Change{}, err
	}
	return Change{
		InvoiceID: &d.InvoiceID, ID: some(d.ID), Existed: d.Existed, Open: moneyOf(row.OpenMinor, row.Currency), Closed: string(value(row.ClosedOutcome)),
		TaskID: d.TaskID, Workflow: state, Leaving: append([]uuid.UUID{}, d.Leaving...),
	}, nil
}

// toldChange is changed after telling the workflow at once.
func (s *server) toldChange(ctx context.Context, d collection.Done, err error) (Change, error) {
	if err != nil {
		return Change{}, err
	}
	return s.changed(ctx, d, s.tell(ctx, d.Told))
}

// laterChange is changed where the relay tells the workflow: starts and payments, which
// come in bulk.
func (s *server) laterChange(ctx context.Context, d collection.Done, err error) (Change, error) {
	if err != nil {
		return Change{}, err
	}
	state := workflowTold
	if d.Told != nil {
		state = workflowPending
	}
	return s.changed(ctx, d, state)
}

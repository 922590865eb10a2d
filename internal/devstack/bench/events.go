package bench

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"

	"maan/internal/collection"
	"maan/internal/dunning"
)

// scenario is a life of one invoice whose events are counted.
type scenario struct {
	name string
	bar  float64
	live func(context.Context, uuid.UUID) error
}

// scenarios: a human decision may cost 5 events, so opening and resolving a dispute 10.
func (r *rig) scenarios() []scenario {
	return []scenario{
		{"events, full ladder to the hand-off", 110, r.ladderToHandOff},
		{"events, ladder with a dispute opened and resolved", 120, r.ladderWithDispute},
		{"events, paid before the courtesy call", 20, r.paidBeforeCall},
		{"events, paid after a recorded call", 36, r.paidAfterCall},
	}
}

// lifeEvents lives a scenario with a new invoice and counts the events of its history.
func (r *rig) lifeEvents(ctx context.Context, s scenario) (Figure, error) {
	f := Figure{Name: s.name, Unit: "events", Bar: s.bar, Most: true}
	ids, err := r.batch(ctx, 1, morning)
	if err != nil {
		return f, fmt.Errorf("%s: %w", s.name, err)
	}
	waits, err := r.waitsForMonday(ctx, ids[0])
	if err != nil {
		return f, err
	}
	if waits {
		f.Bar += timerEvents
		f.Note = "no business day: the invoice waits for the next one"
	}
	if err := s.live(ctx, ids[0]); err != nil {
		return f, fmt.Errorf("%s: %w", s.name, err)
	}
	f.Value, err = r.events(ctx, ids[0])
	return f, err
}

// timerEvents are those of one more timer: started, fired, and a workflow task.
const timerEvents = 5

// waitsForMonday reports whether the invoice does not leave at once. The bars are set for
// one that arrives in contact hours.
func (r *rig) waitsForMonday(ctx context.Context, id uuid.UUID) (waits bool, err error) {
	err = r.Pool.QueryRow(ctx, `select exists (select 1 from plan_step where invoice_id = $1 and step = 'invoice' and state = 'pending')`, id).Scan(&waits)
	if err != nil {
		return false, fmt.Errorf("look at the invoice step: %w", err)
	}
	return waits, nil
}

// events counts a history's events without those of the development clock.
func (r *rig) events(ctx context.Context, invoice uuid.UUID) (float64, error) {
	if err := r.idle(ctx, invoice); err != nil {
		return 0, err
	}
	workflow, err := r.workflowOf(ctx, invoice)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	n := 0
	it := r.Temporal.GetWorkflowHistory(ctx, workflow, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		e, err := it.Next()
		if err != nil {
			return 0, fmt.Errorf("read the history: %w", err)
		}
		switch e.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED:
		default:
			n++
		}
	}
	return float64(n), nil
}

func (r *rig) ladderToHandOff(ctx context.Context, id uuid.UUID) error {
	if err := r.goTo(ctx, "final_notice", id); err != nil {
		return err
	}
	if err := r.approve(ctx, id); err != nil {
		return err
	}
	if err := r.goTo(ctx, "agency_hand_off", id); err != nil {
		return err
	}
	return r.allDone(ctx, "agency_hand_off", []uuid.UUID{id})
}

func (r *rig) ladderWithDispute(ctx context.Context, id uuid.UUID) error {
	if err := r.goTo(ctx, "reminder", id); err != nil {
		return err
	}
	if err := r.disputeAndResolve(ctx, id); err != nil {
		return err
	}
	return r.ladderToHandOff(ctx, id)
}

func (r *rig) paidBeforeCall(ctx context.Context, id uuid.UUID) error {
	if err := r.goTo(ctx, "invoice", id); err != nil {
		return err
	}
	if err := r.allDone(ctx, "invoice", []uuid.UUID{id}); err != nil {
		return err
	}
	if err := r.idle(ctx, id); err != nil { // as days before the call, not while the invoice leaves
		return err
	}
	return r.payAndEnd(ctx, id)
}

func (r *rig) paidAfterCall(ctx context.Context, id uuid.UUID) error {
	if err := r.goTo(ctx, "courtesy_call", id); err != nil {
		return err
	}
	if err := r.idle(ctx, id); err != nil {
		return err
	}
	if err := r.closeTasks(ctx, collection.TaskCall, dunning.RoleCollector, "right_party", id); err != nil {
		return err
	}
	return r.payAndEnd(ctx, id)
}

// failureEvents counts what it costs that a reminder bounces which counted as sent.
func (r *rig) failureEvents(ctx context.Context) (Figure, error) {
	f := Figure{Name: "events, a recorded failure (the reminder bounces)", Unit: "events", Bar: 4, Most: true}
	ids, err := r.batch(ctx, 1, morning)
	if err != nil {
		return f, err
	}
	id := ids[0]
	if err := r.mailOnly(ctx, id); err != nil {
		return f, err
	}
	if err := r.goTo(ctx, "reminder", id); err != nil {
		return f, err
	}
	if err := r.allDone(ctx, "reminder", ids); err != nil {
		return f, err
	}
	before, err := r.events(ctx, id)
	if err != nil {
		return f, err
	}
	if err := r.bounce(ctx, id, "reminder"); err != nil {
		return f, err
	}
	if err := r.until(ctx, "the bounce is recorded", stepNot("reminder", "failed"), ids, nil); err != nil {
		return f, err
	}
	after, err := r.events(ctx, id)
	f.Value = after - before
	return f, err
}

package bench

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/devstack/world"
	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/store"
)

// Options say how much is measured.
type Options struct {
	Rounds  int // alternating rounds of the throughput figure; 5
	Ladders int // ladders in each; 40
}

// Run measures every figure and prints it. ok is false if one is short.
func Run(ctx context.Context, w *world.World, out io.Writer, o Options) (ok bool, err error) {
	if o.Rounds == 0 {
		o.Rounds = 5
	}
	if o.Ladders == 0 {
		o.Ladders = 40
	}
	r, err := newRig(ctx, w)
	if err != nil {
		return false, err
	}
	defer r.close()
	figures, err := r.eventCounts(ctx)
	if err != nil {
		return false, err
	}
	ratio, err := r.throughput(ctx, o)
	if err != nil {
		return false, err
	}
	return Print(out, append(figures, ratio))
}

// events counts a history's events without those of the development clock.
func (r *rig) events(ctx context.Context, invoice uuid.UUID) (float64, error) {
	ids, err := r.workflowOf(ctx, invoice)
	if err != nil {
		return 0, err
	}
	n := 0
	it := r.Temporal.GetWorkflowHistory(ctx, ids, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		e, err := it.Next()
		if err != nil {
			return 0, err
		}
		switch e.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED:
		default:
			n++
		}
	}
	return float64(n), nil
}

func (r *rig) workflowOf(ctx context.Context, invoice uuid.UUID) (id string, err error) {
	err = r.Pool.QueryRow(ctx, `select workflow_id from collection_run where invoice_id = $1 and run_no = 1`, invoice).Scan(&id)
	return id, err
}

// scenario is a life of one invoice whose events are counted.
type scenario struct {
	name string
	bar  float64
	live func(ctx context.Context, id uuid.UUID, workflow string) error
}

func (r *rig) eventCounts(ctx context.Context) ([]Figure, error) {
	ladder := func(ctx context.Context, id uuid.UUID, w string) error {
		if err := r.goTo(ctx, id, w, "final_notice", toFinalNotice); err != nil {
			return err
		}
		if err := r.approve(ctx, []uuid.UUID{id}); err != nil {
			return err
		}
		return r.goTo(ctx, id, w, "agency_hand_off", toHandOff)
	}
	scenarios := []scenario{
		{"events, full ladder to the hand-off", 110, ladder},
		{"events, ladder with a dispute opened and resolved", 120, func(ctx context.Context, id uuid.UUID, w string) error {
			if err := r.goTo(ctx, id, w, "reminder", 38*24*time.Hour); err != nil {
				return err
			}
			if err := r.disputeAndResolve(ctx, id); err != nil {
				return err
			}
			return ladder(ctx, id, w)
		}},
		{"events, paid before the courtesy call", 20, func(ctx context.Context, id uuid.UUID, w string) error {
			if err := r.goTo(ctx, id, w, "invoice", 4*24*time.Hour); err != nil {
				return err
			}
			return r.payAndEnd(ctx, id, w)
		}},
		{"events, paid after a recorded call", 36, func(ctx context.Context, id uuid.UUID, w string) error {
			if err := r.goTo(ctx, id, w, "courtesy_call", 27*24*time.Hour); err != nil {
				return err
			}
			if err := r.recordCall(ctx, id); err != nil {
				return err
			}
			return r.payAndEnd(ctx, id, w)
		}},
	}
	var figures []Figure
	for _, s := range scenarios {
		ids, err := r.batch(ctx, 1)
		if err != nil {
			return nil, err
		}
		w, err := r.workflowOf(ctx, ids[0])
		if err != nil {
			return nil, err
		}
		if err := s.live(ctx, ids[0], w); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		n, err := r.events(ctx, ids[0])
		if err != nil {
			return nil, err
		}
		figures = append(figures, Figure{Name: s.name, Value: n, Unit: "events", Bar: s.bar, Most: true})
	}
	return figures, nil
}

func (r *rig) goTo(ctx context.Context, id uuid.UUID, workflow string, step dunning.StepID, d time.Duration) error {
	if err := r.forward(ctx, d, workflow); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return r.until(ctx, stepDone(step), []uuid.UUID{id})
}

// told waits until the workflow has heard everything.
func (r *rig) told(ctx context.Context, id uuid.UUID) error {
	return r.until(ctx, `select count(*) = 0 from workflow_message where invoice_id = any($1) and delivered_at is null`, []uuid.UUID{id})
}

func (r *rig) now(ctx context.Context, id uuid.UUID) (time.Time, error) {
	w, err := r.workflowOf(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	return r.skip.Now(ctx, w)
}

func (r *rig) disputeAndResolve(ctx context.Context, id uuid.UUID) error {
	now, err := r.now(ctx, id)
	if err != nil {
		return err
	}
	if _, err := r.cases.OpenDispute(ctx, store.Everything, now, "bench", id, "quality", ""); err != nil {
		return err
	}
	if err := r.told(ctx, id); err != nil {
		return err
	}
	if _, err := r.cases.ResolveDispute(ctx, store.Everything, now, "bench", id, collection.Resolution{}); err != nil {
		return err
	}
	return r.told(ctx, id)
}

func (r *rig) recordCall(ctx context.Context, id uuid.UUID) error {
	now, err := r.now(ctx, id)
	if err != nil {
		return err
	}
	var task uuid.UUID
	err = r.Pool.QueryRow(ctx, `select t.id from task t join task_item i on i.task_id = t.id where i.invoice_id = $1 and t.kind = 'call'`, id).Scan(&task)
	if err != nil {
		return err
	}
	if _, err := r.cases.CloseTask(ctx, store.Everything, now, "bench", dunning.RoleCollector, task, collection.TaskOutcome{Code: "right_party"}); err != nil {
		return err
	}
	return r.told(ctx, id)
}

func (r *rig) payAndEnd(ctx context.Context, id uuid.UUID, workflow string) error {
	now, err := r.now(ctx, id)
	if err != nil {
		return err
	}
	_, err = r.cases.Receive(ctx, store.Everything, now, "bench", id, collection.Receipt{
		Kind: collection.EntryPayment, ExternalID: id.String(), Amount: money.New(121000, "EUR"), On: calendar.DateOf(now),
	})
	if err != nil {
		return err
	}
	return r.Temporal.GetWorkflow(ctx, workflow, "").Get(ctx, nil)
}

// throughput compares whole ladders a second with the bare workflow's, in alternating
// rounds.
func (r *rig) throughput(ctx context.Context, o Options) (Figure, error) {
	steps, err := r.bareSteps(ctx)
	if err != nil {
		return Figure{}, err
	}
	var ratios, ours, bares []float64
	for round := range o.Rounds + 1 {
		bare, err := r.bareLadders(ctx, o.Ladders, steps, len(steps)-1)
		if err != nil {
			return Figure{}, err
		}
		own, err := r.ladders(ctx, o.Ladders)
		if err != nil {
			return Figure{}, err
		}
		if round == 0 {
			continue // the first round warms both sides up
		}
		ratios = append(ratios, bare.Seconds()/own.Seconds())
		ours = append(ours, float64(o.Ladders)/own.Seconds())
		bares = append(bares, float64(o.Ladders)/bare.Seconds())
	}
	mid, least, most := median(ratios)
	own, _, _ := median(ours)
	bare, _, _ := median(bares)
	return Figure{
		Name: "full-ladder throughput against the bare workflow", Value: mid, Unit: "ratio", Bar: 0.7,
		Note: fmt.Sprintf("spread %.2f-%.2f over %d rounds of %d; ours %.1f/s, bare %.1f/s", least, most, o.Rounds, o.Ladders, own, bare),
	}, nil
}

// bareSteps copies the commands of a real ladder: its waits, and an upsert at each
// change of stage.
func (r *rig) bareSteps(ctx context.Context) ([]bareStep, error) {
	ids, err := r.batch(ctx, 1)
	if err != nil {
		return nil, err
	}
	rows, err := r.Pool.Query(ctx, `select at, stage from plan_step where invoice_id = $1 order by position`, ids[0])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var (
		steps    []bareStep
		previous = time.Now()
		stage    = string(dunning.StageInvoice)
	)
	for rows.Next() {
		var (
			at time.Time
			to string
		)
		if err := rows.Scan(&at, &to); err != nil {
			return nil, err
		}
		s := bareStep{Wait: max(0, at.Sub(previous))}
		if to != stage {
			s.Stage, stage = to, to
		}
		previous = at
		steps = append(steps, s)
	}
	return steps, rows.Err()
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/worker"
)

// throughput compares whole ladders a second with the bare workflow's, in alternating
// rounds.
func (r *rig) throughput(ctx context.Context, o Options) (Figure, error) {
	f := Figure{Name: "full-ladder throughput against the bare workflow", Unit: "ratio", Bar: 0.7}
	like, err := r.batch(ctx, 1, evening)
	if err != nil {
		return f, err
	}
	steps, err := r.bareSteps(ctx, like[0])
	if err != nil {
		return f, err
	}
	var ratios, ours, bares []float64
	if _, _, err := r.bothLadders(ctx, o.Ladders/2, steps, true); err != nil { // warms both sides up
		return f, err
	}
	for round := range o.Rounds {
		own, bare, err := r.bothOrders(ctx, o.Ladders, steps)
		if err != nil {
			return f, err
		}
		n, ratio := 2*float64(o.Ladders), bare.Seconds()/own.Seconds()
		r.progress("round %d of %d: ours %.1f ladders/s, bare %.1f/s, ratio %.2f", round+1, o.Rounds, n/own.Seconds(), n/bare.Seconds(), ratio)
		ratios, ours, bares = append(ratios, ratio), append(ours, n/own.Seconds()), append(bares, n/bare.Seconds())
	}
	mid, least, most := median(ratios)
	own, _, _ := median(ours)
	bare, _, _ := median(bares)
	f.Value = mid
	f.Note = fmt.Sprintf("spread %.2f-%.2f over %d rounds of %d; ours %.1f/s, bare %.1f/s", least, most, o.Rounds, 2*o.Ladders, own, bare)
	return f, nil
}

// bothOrders is a round: one half in which the bare side goes first, and one in which ours does, so
// that what the first leaves behind for the second weighs on both alike.
func (r *rig) bothOrders(ctx context.Context, n int, steps []bareStep) (own, bare time.Duration, err error) {
	for _, oursFirst := range []bool{false, true} {
		o, b, err := r.bothLadders(ctx, n, steps, oursFirst)
		if err != nil {
			return 0, 0, err
		}
		own, bare = own+o, bare+b
	}
	return own, bare, nil
}

// bothLadders takes a batch of each side through the whole ladder, in two stretches, each
// measured for one side right after the other: to the final notice, and, after the approvals, to the
// hand-off. It answers how long the two took.
func (r *rig) bothLadders(ctx context.Context, n int, steps []bareStep, oursFirst bool) (own, bare time.Duration, err error) {
	bares, err := r.startBareLadders(ctx, n, steps)
	if err != nil {
		return 0, 0, err
	}
	ids, err := r.batch(ctx, n, evening)
	if err != nil {
		return 0, 0, err
	}
	if err := r.quiet(ctx); err != nil {
		return 0, 0, err
	}
	if err := outlive(ctx); err != nil {
		return 0, 0, err
	}
	last := len(steps) - 1
	r.done.Store(0)
	stretches := []struct {
		to   dunning.StepID
		bare []bareStep
	}{{"final_notice", steps[:last]}, {"agency_hand_off", steps}}
	for i, s := range stretches {
		if i > 0 {
			if err := r.approve(ctx, ids...); err != nil {
				return 0, 0, err
			}
		}
		sides := []func() error{
			func() error {
				took, err := r.bareStretch(ctx, bares, total(s.bare), n*len(s.bare))
				bare += took
				return err
			},
			func() error {
				took, err := r.stretch(ctx, s.to, ids)
				own += took
				return err
			},
		}
		if oursFirst {
			slices.Reverse(sides)
		}
		for _, side := range sides {
			if err := side(); err != nil {
				return 0, 0, err
			}
		}
	}
	return own, bare, errors.Join(r.allDone(ctx, "agency_hand_off", ids), r.endBareLadders(ctx, bares))
}

// stretch measures how long the cases take to a step. How far each has to go is found
// out before.
func (r *rig) stretch(ctx context.Context, step dunning.StepID, ids []uuid.UUID) (time.Duration, error) {
	moves, err := r.moves(ctx, step, ids)
	if err != nil {
		return 0, err
	}
	if len(moves) != len(ids) {
		return 0, fmt.Errorf("%d of %d cases still have step %s before them; the first case: %s", len(moves), len(ids), step, r.describe(ids[0]))
	}
	begin := time.Now()
	err = r.bring(ctx, step, ids, moves)
	return time.Since(begin), err
}

// startBareLadders starts executions of the bare workflow, with the same search attributes and title
// as cases, and waits until they rest.
func (r *rig) startBareLadders(ctx context.Context, n int, steps []bareStep) ([]string, error) {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = "bare:" + uuid.NewString()
		in := dunning.Case{
			InvoiceRef: r.creditor + ":" + ids[i], CustomerRef: uuid.NewString(), AmountMinor: 121000, Currency: "EUR",
			State: dunning.State{DueDate: calendar.DateOf(time.Now()), Plan: []dunning.PlannedStep{{Stage: dunning.StageInvoice, At: time.Now()}}},
		}
		if _, err := r.Temporal.ExecuteWorkflow(ctx, worker.StartOptions(ids[i], r.queue, in), bareType, steps); err != nil {
			return nil, fmt.Errorf("start a bare workflow: %w", err)
		}
	}
	for _, id := range ids {
		if err := r.atRest(ctx, id, func() string { return id }); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func (r *rig) endBareLadders(ctx context.Context, ids []string) error {
	for _, id := range ids {
		if err := r.Temporal.SignalWorkflow(ctx, id, "", bareEnd, nil); err != nil {
			return fmt.Errorf("end a bare workflow: %w", err)
		}
	}
	return nil
}

// total is how long steps take in virtual time.
func total(steps []bareStep) (sum time.Duration) {
	for _, s := range steps {
		sum += s.Wait
	}
	return sum
}

// bareStretch measures how long the executions take to a moment of their own time and to
// so many activities in all.
func (r *rig) bareStretch(ctx context.Context, ids []string, moment time.Duration, activities int) (time.Duration, error) {
	moves := make([]move, len(ids))
	for i, id := range ids {
		d, err := r.Temporal.DescribeWorkflowExecution(ctx, id, "")
		if err != nil {
			return 0, fmt.Errorf("describe a bare workflow: %w", err)
		}
		now, err := r.skip.Now(ctx, id)
		if err != nil {
			return 0, err
		}
		moves[i] = move{workflow: id, by: d.GetWorkflowExecutionInfo().GetStartTime().AsTime().Add(moment + past).Sub(now)}
	}
	begin := time.Now()
	if err := r.carryOut(ctx, moves); err != nil {
		return 0, err
	}
	err := poll(ctx, func(context.Context) (bool, error) { return r.done.Load() >= int64(activities), nil }, func() error {
		return fmt.Errorf("not in time: the bare ladders have done %d of %d activities", r.done.Load(), activities)
	})
	return time.Since(begin), err
}

// bareSteps copies the commands of a case whose workflow has just begun: its waits, and an
// upsert at each change of stage.
func (r *rig) bareSteps(ctx context.Context, like uuid.UUID) ([]bareStep, error) {
	rows, err := r.Pool.Query(ctx, `select at, stage, step from plan_step where invoice_id = $1 order by position`, like)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	defer rows.Close()
	var (
		steps    []bareStep
		previous = time.Now()
		stage    = string(dunning.StageInvoice)
	)
	for rows.Next() {
		var (
			at       time.Time
			to, step string
		)
		if err := rows.Scan(&at, &to, &step); err != nil {
			return nil, fmt.Errorf("read the plan: %w", err)
		}
		s := bareStep{Wait: max(0, at.Sub(previous).Round(time.Minute)), Label: strings.ReplaceAll(step, "_", " ")}
		if to != stage {
			s.Stage, stage = to, to
		}
		previous = at
		steps = append(steps, s)
	}
	return steps, rows.Err()
}

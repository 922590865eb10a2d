package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"maan/internal/dunning"
)

const (
	// movedAtOnce is how many executions the clock moves at a time, on both sides.
	movedAtOnce = 16
	// past is how far beyond a step's instant its execution is brought: real time does not
	// catch up with the target while the step is being done, and no other step is due before.
	// A target far beyond is no shortcut: it may end at night or at a weekend, and a step that
	// came due late would then wait for its next contact window in real time.
	past = time.Hour
	// lookAgain is how often the plan is read for a step that moved.
	lookAgain = 5 * time.Second
)

// move is how far an execution's clock is to be moved, and for which instant.
type move struct {
	workflow string
	by       time.Duration
	due      time.Time
}

// moves are what brings each case past the instant of a step that has no outcome yet.
func (r *rig) moves(ctx context.Context, step dunning.StepID, ids []uuid.UUID) ([]move, error) {
	rows, err := r.Pool.Query(ctx, `select c.workflow_id, p.at from plan_step p join collection_run c using (invoice_id, run_no)
		where p.invoice_id = any($1) and p.step = $2 and p.state in ('pending', 'waiting') and p.at is not null`, ids, step)
	if err != nil {
		return nil, fmt.Errorf("when step %s is due: %w", step, err)
	}
	type due struct {
		WorkflowID string
		At         time.Time
	}
	steps, err := pgx.CollectRows(rows, pgx.RowToStructByPos[due])
	if err != nil {
		return nil, fmt.Errorf("when step %s is due: %w", step, err)
	}
	var moves []move
	for _, s := range steps {
		now, err := r.skip.Now(ctx, s.WorkflowID)
		if err != nil {
			return nil, err
		}
		if s.At.After(now) {
			moves = append(moves, move{workflow: s.WorkflowID, by: s.At.Add(past).Sub(now), due: s.At})
		}
	}
	return moves, nil
}

// carryOut moves the clocks and returns when the server has taken all moves.
func (r *rig) carryOut(ctx context.Context, moves []move) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(movedAtOnce)
	for _, m := range moves {
		g.Go(func() error { _, err := r.skip.Forward(ctx, m.workflow, m.by); return err })
	}
	return g.Wait()
}

// bring carries out the moves to a step and waits until it has an outcome everywhere.
// Where the step was planned anew for later, the clock follows; a case that is merely
// slow is left alone.
func (r *rig) bring(ctx context.Context, step dunning.StepID, ids []uuid.UUID, moves []move) error {
	if err := r.carryOut(ctx, moves); err != nil {
		return err
	}
	broughtTo := make(map[string]time.Time, len(moves))
	for _, m := range moves {
		broughtTo[m.workflow] = m.due
	}
	looked := time.Now()
	return r.until(ctx, "step "+string(step)+" has an outcome", stepOpen(step), ids, func(ctx context.Context) error {
		if time.Since(looked) < lookAgain {
			return nil
		}
		looked = time.Now()
		return r.follow(ctx, step, ids, broughtTo)
	})
}

// follow moves the clocks of those cases whose step was planned anew for later.
func (r *rig) follow(ctx context.Context, step dunning.StepID, ids []uuid.UUID, broughtTo map[string]time.Time) error {
	moves, err := r.moves(ctx, step, ids)
	if err != nil {
		return err
	}
	var later []move
	for _, m := range moves {
		if m.due.After(broughtTo[m.workflow].Add(past / 2)) {
			broughtTo[m.workflow] = m.due
			later = append(later, m)
		}
	}
	if len(later) == 0 {
		return nil
	}
	r.progress("step %s was planned anew for later in %d cases", step, len(later))
	return r.carryOut(ctx, later)
}

// goTo lives cases up to a step and past it.
func (r *rig) goTo(ctx context.Context, step dunning.StepID, ids ...uuid.UUID) error {
	if err := r.idle(ctx, ids...); err != nil {
		return err
	}
	moves, err := r.moves(ctx, step, ids)
	if err != nil {
		return err
	}
	return r.bring(ctx, step, ids, moves)
}

// now is a case's own time.
func (r *rig) now(ctx context.Context, id uuid.UUID) (time.Time, error) {
	w, err := r.workflowOf(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	return r.skip.Now(ctx, w)
}

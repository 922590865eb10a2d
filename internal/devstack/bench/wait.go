package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/dunning"
)

const (
	patience = 3 * time.Minute // no single wait of a healthy run takes longer, even on a busy machine
	pause    = 25 * time.Millisecond
)

// poll asks until ready answers true; late words the error after the patience is over.
func poll(ctx context.Context, ready func(context.Context) (bool, error), late func() error) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		ok, err := ready(limited)
		switch {
		case ctx.Err() != nil:
			return errors.Join(ctx.Err(), late())
		case limited.Err() != nil:
			return late()
		case err != nil || ok:
			return err
		}
		select {
		case <-limited.Done():
		case <-time.After(pause):
		}
	}
}

// until waits until there is no invoice left, called wanted, for which a condition holds.
// It calls each, if given, every time that it has looked in vain. It looks at one invoice until
// that one is done, and only then at all, so that watching costs little of what is measured.
func (r *rig) until(ctx context.Context, what, left string, ids []uuid.UUID, each func(context.Context) error) error {
	var (
		pool  = r.db.Pool()
		last  uuid.UUID
		still bool
	)
	return poll(ctx, func(ctx context.Context) (bool, error) {
		if still {
			if err := pool.QueryRow(ctx, `select `+left+` from (select $1::uuid as wanted) one`, last).Scan(&still); err != nil {
				return false, fmt.Errorf("wait until %s: %w", what, err)
			}
		}
		if !still {
			err := pool.QueryRow(ctx, `select wanted from unnest($1::uuid[]) wanted where `+left+` limit 1`, ids).Scan(&last)
			if errors.Is(err, pgx.ErrNoRows) {
				return true, nil
			}
			if err != nil {
				return false, fmt.Errorf("wait until %s: %w", what, err)
			}
			still = true
		}
		if each == nil {
			return false, nil
		}
		return false, each(ctx)
	}, func() error { return fmt.Errorf("not in time: %s; a case that is left: %s", what, r.describe(last)) })
}

// told waits until the workflows have heard everything.
func (r *rig) told(ctx context.Context, ids ...uuid.UUID) error {
	return r.until(ctx, "the workflow is told",
		`exists (select 1 from workflow_message m where m.invoice_id = wanted and m.delivered_at is null)`, ids, nil)
}

// stepOpen holds for a case whose step has no outcome.
func stepOpen(step dunning.StepID) string {
	return `not exists (select 1 from plan_step p where p.invoice_id = wanted and p.step = '` + string(step) + `' and p.state in ('done', 'skipped', 'failed'))`
}

// stepNot holds for a case whose step is in another state.
func stepNot(step dunning.StepID, state string) string {
	return `not exists (select 1 from plan_step p where p.invoice_id = wanted and p.step = '` + string(step) + `' and p.state = '` + state + `')`
}

// allDone fails unless the step is done, not skipped or failed, in every case.
func (r *rig) allDone(ctx context.Context, step dunning.StepID, ids []uuid.UUID) error {
	var id uuid.UUID
	err := r.Pool.QueryRow(ctx, `select wanted from unnest($1::uuid[]) wanted where `+stepNot(step, "done")+` limit 1`, ids).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at step %s: %w", step, err)
	}
	return fmt.Errorf("step %s is not done: %s", step, r.describe(id))
}

// idle waits until the workflows of cases have nothing to do but wait, so that their
// histories are whole.
func (r *rig) idle(ctx context.Context, ids ...uuid.UUID) error {
	for _, id := range ids {
		workflow, err := r.workflowOf(ctx, id)
		if err != nil {
			return err
		}
		if err := r.atRest(ctx, workflow, func() string { return r.describe(id) }); err != nil {
			return err
		}
	}
	return nil
}

// atRest waits until a workflow has nothing to do but wait.
func (r *rig) atRest(ctx context.Context, workflow string, describe func() string) error {
	return poll(ctx, func(ctx context.Context) (bool, error) {
		return r.AtRest(ctx, workflow)
	}, func() error { return fmt.Errorf("not in time: the workflow comes to rest: %s", describe()) })
}

// quiet waits until the providers have reported on every message, so that what one
// round left behind does not slow the next.
func (r *rig) quiet(ctx context.Context) error {
	queued := 0
	return poll(ctx, func(ctx context.Context) (bool, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.Providers.URL()+"/control/queue", nil)
		if err != nil {
			return false, err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false, fmt.Errorf("ask the providers: %w", err)
		}
		defer func() { _ = res.Body.Close() }()
		var q struct {
			Queued int `json:"queued"`
		}
		err = json.NewDecoder(res.Body).Decode(&q)
		queued = q.Queued
		return err == nil && queued == 0, err
	}, func() error { return fmt.Errorf("not in time: the providers report; %d reports are left", queued) })
}

// outlive waits until the timeouts of every task done so far are over. Temporal keeps one for each
// workflow task (10 s) and each activity (30 s) although it ended long before, and works through
// them when they are due: what one side leaves behind must not be the other's to pay.
func outlive(ctx context.Context) error {
	const longest = 31 * time.Second
	select {
	case <-time.After(longest):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *rig) workflowOf(ctx context.Context, invoice uuid.UUID) (id string, err error) {
	err = r.Pool.QueryRow(ctx, `select workflow_id from collection_run where invoice_id = $1 and run_no = 1`, invoice).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("workflow of invoice %s: %w", invoice, err)
	}
	return id, nil
}

// describe says where a case stands, in Postgres and in Temporal, for an error.
func (r *rig) describe(id uuid.UUID) string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var text strings.Builder
	var steps string
	var unheard int
	err := r.Pool.QueryRow(ctx, `select coalesce(string_agg(concat_ws(' ', step, state, reason, at, not_before), ', ' order by position), 'no steps'),
		(select count(*) from workflow_message where invoice_id = $1 and delivered_at is null) from plan_step where invoice_id = $1`, id).Scan(&steps, &unheard)
	if err != nil {
		return err.Error()
	}
	fmt.Fprintf(&text, "%s: [%s], %d messages not delivered", id, steps, unheard)
	workflow, err := r.workflowOf(ctx, id)
	if err != nil {
		return text.String() + ", " + err.Error()
	}
	d, err := r.Temporal.DescribeWorkflowExecution(ctx, workflow, "")
	if err != nil {
		return text.String() + ", " + err.Error()
	}
	fmt.Fprintf(&text, "; workflow %s, %d events, clock %s, workflow task %t", d.GetWorkflowExecutionInfo().GetStatus(),
		d.GetWorkflowExecutionInfo().GetHistoryLength(), d.GetWorkflowExtendedInfo().GetTimeSkippingInfo().GetCurrentTime().AsTime().Format(time.RFC3339),
		d.GetPendingWorkflowTask() != nil)
	for _, a := range d.GetPendingActivities() {
		fmt.Fprintf(&text, ", %s attempt %d: %s", a.GetActivityType().GetName(), a.GetAttempt(), a.GetLastFailure().GetMessage())
	}
	return text.String()
}

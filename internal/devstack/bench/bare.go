package bench

import (
	"context"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"maan/workflows"
)

// bareStep is a command of the bare ladder: a timer, an activity and, where the stage
// changes, an upsert.
type bareStep struct {
	Wait  time.Duration
	Stage string // "": no upsert before the next timer
	Label string // as the product's timers and activities carry it
}

const (
	bareType     = "BareLadder"
	bareActivity = "Nothing"
	bareEnd      = "end"
)

// bareLadder issues the same commands as a collection, with the same words on them: for each
// step a timer, an activity with an empty body, and an upsert where the stage changes. Then
// it waits for its end.
func bareLadder(ctx workflow.Context, steps []bareStep) error {
	for _, s := range steps {
		if s.Stage != "" {
			if err := workflow.UpsertTypedSearchAttributes(ctx, workflows.AttrStage.ValueSet(s.Stage), workflows.AttrPaused.ValueSet(false),
				workflows.AttrNextAction.ValueSet(workflow.Now(ctx).Add(s.Wait))); err != nil {
				return err
			}
		}
		if s.Wait > 0 {
			timer := workflow.NewTimerWithOptions(ctx, s.Wait, workflow.TimerOptions{Summary: "Until " + s.Label})
			if err := timer.Get(ctx, nil); err != nil {
				return err
			}
		}
		ctx := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: 30 * time.Second, RetryPolicy: &temporal.RetryPolicy{InitialInterval: 2 * time.Second}, Summary: "Nothing · " + s.Label,
		})
		if err := workflow.ExecuteActivity(ctx, bareActivity).Get(ctx, nil); err != nil {
			return err
		}
	}
	workflow.GetSignalChannel(ctx, bareEnd).Receive(ctx, nil)
	return nil
}

// registerBare adds the bare ladder to a worker; done counts its activities.
func registerBare(w worker.Worker, done *atomic.Int64) {
	w.RegisterWorkflowWithOptions(bareLadder, workflow.RegisterOptions{Name: bareType})
	w.RegisterActivityWithOptions(func(context.Context) error { done.Add(1); return nil }, activity.RegisterOptions{Name: bareActivity})
}

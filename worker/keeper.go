package worker

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"maan/internal/clock"
	"maan/internal/collection"
	"maan/internal/health"
	"maan/internal/store"
	"maan/internal/telemetry"
)

// Keeper settles old messages each minute and compares Postgres with Temporal once a
// day.
type Keeper struct {
	Cases    *collection.Service
	Clock    *clock.Clock
	Temporal client.Client
	Logger   *slog.Logger
	Metrics  *telemetry.Worker // nil: nothing is measured
}

const (
	sweepEvery     = time.Minute
	reconcileEvery = 24 * time.Hour
	runsPerPage    = 500
	answersKept    = 3 * 24 * time.Hour // how long a request can be repeated under its Idempotency-Key
)

// Run keeps until the context ends.
func (k *Keeper) Run(ctx context.Context) error {
	next := time.Now().Add(sweepEvery) // the first reconcile soon after a start: something may have been missed
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now, err := k.Clock.Now(ctx)
		if err != nil {
			return err
		}
		if n, err := k.Cases.Sweep(ctx, now); err != nil {
			return err
		} else if n > 0 {
			k.Logger.Info("old messages settled", "count", n)
			k.Metrics.Swept(ctx, n)
		}
		if err := k.forget(ctx, now); err != nil {
			return err
		}
		if time.Now().Before(next) {
			continue
		}
		report, err := k.Reconcile(ctx)
		if err != nil {
			return err
		}
		k.measure(ctx, report)
		if _, err := k.Cases.Store().ForgetRequestsBefore(ctx, time.Now().Add(-answersKept)); err != nil {
			return err
		}
		next = time.Now().Add(reconcileEvery)
	}
}

// forget deletes what nobody claimed in time.
func (k *Keeper) forget(ctx context.Context, now time.Time) error {
	n, err := k.Cases.ForgetReplies(ctx, now)
	if n > 0 {
		k.Logger.Info("unassigned replies deleted", "count", n)
	}
	return err
}

// Report is what a reconcile found.
type Report struct {
	Open       int `json:"open"`       // runs that Postgres holds open
	Started    int `json:"started"`    // had no execution and were started
	Terminated int `json:"terminated"` // ended by hand while open: a person was asked
	Retold     int `json:"retold"`     // running although closed in Postgres: told again
	Reset      int `json:"reset"`      // running again after an operator's reset
	Reviews    int `json:"reviews"`    // do-not-chase whose day of review has come
	Promises   int `json:"promises"`   // promises whose grace is over
}

func (k *Keeper) measure(ctx context.Context, r Report) {
	for finding, n := range map[string]int{
		"started": r.Started, "terminated": r.Terminated, "retold": r.Retold, "reset": r.Reset, "review": r.Reviews, "promise": r.Promises,
	} {
		k.Metrics.Reconciled(ctx, finding, n)
	}
}

// Reconcile compares the open runs in Postgres with the executions in Temporal, starts
// or tells what is missing, and reports what was ended by hand.
func (k *Keeper) Reconcile(ctx context.Context) (Report, error) {
	var report Report
	now, err := k.Clock.Now(ctx)
	if err != nil {
		return report, err
	}
	if report.Promises, err = k.Cases.BreakPromises(ctx, now); err != nil {
		return report, err
	}
	if report.Reviews, err = k.Cases.ReviewNoChase(ctx, now); err != nil {
		return report, err
	}
	after := uuid.Nil
	for {
		runs, err := k.Cases.Store().OpenRuns(ctx, after, runsPerPage)
		if err != nil {
			return report, err
		}
		for _, run := range runs {
			if err := k.check(ctx, now, run, &report); err != nil {
				return report, err
			}
			after = run.InvoiceID
		}
		if len(runs) < runsPerPage {
			break
		}
	}
	if err := k.retellClosed(ctx, now, &report); err != nil {
		return report, err
	}
	k.Logger.Info("reconciled", "open", report.Open, "started", report.Started, "terminated", report.Terminated, "retold", report.Retold)
	return report, k.Cases.Store().MarkLoop(ctx, health.LoopReconcile)
}

func (k *Keeper) check(ctx context.Context, now time.Time, run store.OpenRun, report *Report) error {
	report.Open++
	d, err := k.Temporal.DescribeWorkflowExecution(ctx, run.WorkflowID, "")
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &missing):
		report.Started++
		return k.Cases.Retell(ctx, now, run.InvoiceID, collection.MessageStart, "no_execution")
	case err != nil:
		return err
	}
	info := d.GetWorkflowExecutionInfo()
	if info.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		if first := info.GetFirstRunId(); first != "" && first != info.GetExecution().GetRunId() {
			report.Reset++
			k.Logger.Warn("run was reset by hand", "invoice_id", run.InvoiceID.String(), "workflow_id", run.WorkflowID)
		}
		if run.Missing {
			return k.Cases.Store().MarkFound(ctx, run)
		}
		return nil
	}
	report.Terminated++
	status := info.GetStatus().String()
	k.Logger.Error("open invoice without a running case", "invoice_id", run.InvoiceID.String(), "workflow_id", run.WorkflowID, "status", status)
	return k.Cases.AskAboutEndedRun(ctx, now, run, status)
}

// retellClosed tells runs that still run although Postgres has closed them.
func (k *Keeper) retellClosed(ctx context.Context, now time.Time, report *Report) error {
	runs, err := k.Cases.Store().ClosedRunsSince(ctx, now.Add(-2*reconcileEvery))
	if err != nil {
		return err
	}
	for _, run := range runs {
		d, err := k.Temporal.DescribeWorkflowExecution(ctx, run.WorkflowID, "")
		if _, ok := errors.AsType[*serviceerror.NotFound](err); ok {
			continue
		}
		if err != nil {
			return err
		}
		if d.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
			continue
		}
		report.Retold++
		if err := k.Cases.Retell(ctx, now, run.InvoiceID, collection.MessageReconciled, "still_running"); err != nil {
			return err
		}
	}
	return nil
}

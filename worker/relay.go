package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/sync/errgroup"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/store"
	"maan/internal/telemetry"
	"maan/workflows"
)

// Relay delivers the outbox to the workflows.
type Relay struct {
	Store     *store.Store
	Temporal  client.Client
	TaskQueue string
	Logger    *slog.Logger
	Metrics   *telemetry.Worker // nil: nothing is measured
}

const (
	relayBatch   = 200
	relayAtOnce  = 16
	relayPoll    = time.Second
	stuckAfter   = 10 // attempts after which a message is an alarm
	callDeadline = 10 * time.Second
)

// Run delivers until the context ends: at once when a fact is written, else each second.
func (r *Relay) Run(ctx context.Context) error {
	conn, err := r.Store.Pool().Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `listen workflow_message`); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for ctx.Err() == nil {
		n, err := r.Deliver(ctx)
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		wait, cancel := context.WithTimeout(ctx, relayPoll)
		_, err = conn.Conn().WaitForNotification(wait)
		cancel()
		if err != nil && conn.Conn().IsClosed() {
			return fmt.Errorf("listen: %w", err)
		}
	}
	return nil
}

// Deliver hands over one batch and answers how many messages got through. Messages stay
// locked while they are handed over, so no other relay takes them.
func (r *Relay) Deliver(ctx context.Context) (delivered int, err error) {
	var putOff []string
	err = r.Store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		batch, err := tx.TakePending(ctx, relayBatch)
		if err != nil || len(batch) == 0 {
			return err
		}
		errs := make([]error, len(batch))
		var g errgroup.Group
		g.SetLimit(relayAtOnce)
		for i, m := range batch {
			g.Go(func() error { errs[i] = r.deliver(ctx, m); return nil })
		}
		_ = g.Wait() // the functions return no errors: each message has its own
		var done []int64
		putOff = nil
		for i, m := range batch {
			if errs[i] == nil {
				done = append(done, m.ID)
				continue
			}
			code := errorCode(errs[i])
			putOff = append(putOff, code)
			if err := r.putOff(ctx, tx, m, code); err != nil {
				return err
			}
		}
		delivered = len(done)
		return tx.Delivered(ctx, done)
	})
	if err == nil {
		r.Metrics.Relayed(ctx, delivered, putOff)
	}
	return delivered, err
}

func (r *Relay) putOff(ctx context.Context, tx *store.Tx, m store.Pending, code string) error {
	if m.Attempts+1 >= stuckAfter {
		r.Logger.Error("outbox message stuck", "message", m.ID, "name", m.Name, "invoice_id", m.InvoiceID.String(), "attempts", m.Attempts+1, "code", code)
	}
	wait := min(time.Second<<min(m.Attempts, 6), time.Minute)
	return tx.Undelivered(ctx, m.ID, code, wait)
}

func (r *Relay) deliver(ctx context.Context, m store.Pending) error {
	ctx, cancel := context.WithTimeout(ctx, callDeadline)
	defer cancel()
	if m.Name == collection.MessageStart {
		return r.start(ctx, m)
	}
	var state dunning.State
	if err := json.Unmarshal(m.Payload, &state); err != nil {
		return fmt.Errorf("read message %d: %w", m.ID, err)
	}
	err := r.Temporal.SignalWorkflow(ctx, m.WorkflowID, "", m.Name, state)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) && m.RunClosed {
		return nil // the run is over, as Postgres knows
	}
	return err
}

// start begins the run of a case. A run that is there already is the same run.
func (r *Relay) start(ctx context.Context, m store.Pending) error {
	var in dunning.Case
	if err := json.Unmarshal(m.Payload, &in); err != nil {
		return fmt.Errorf("read message %d: %w", m.ID, err)
	}
	_, err := r.Temporal.ExecuteWorkflow(ctx, StartOptions(m.WorkflowID, r.TaskQueue, in), workflows.TypeName, in)
	if _, ok := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); ok {
		return nil
	}
	return err
}

// StartOptions are how a run is started: what its list entry and its title in the Temporal UI show.
func StartOptions(id, queue string, in dunning.Case) client.StartWorkflowOptions {
	attrs := []temporal.SearchAttributeUpdate{
		workflows.AttrInvoiceRef.ValueSet(in.InvoiceRef), workflows.AttrCustomerRef.ValueSet(in.CustomerRef),
		workflows.AttrDueDate.ValueSet(in.State.DueDate.In(time.UTC, 0, 0)), workflows.AttrAmount.ValueSet(in.AmountMinor),
		workflows.AttrCurrency.ValueSet(in.Currency), workflows.AttrPaused.ValueSet(len(in.State.Paused) > 0),
	}
	if s, ok := in.State.Current(); ok {
		attrs = append(attrs, workflows.AttrStage.ValueSet(string(s.Stage)), workflows.AttrNextAction.ValueSet(s.At))
	}
	return client.StartWorkflowOptions{
		ID: id, TaskQueue: queue,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		TypedSearchAttributes:    temporal.NewSearchAttributes(attrs...),
		StaticSummary:            summary(in),
	}
}

// summary is the title of a run in the Temporal UI.
func summary(in dunning.Case) string {
	text := fmt.Sprintf("%s · %s · due %s", in.InvoiceRef, money.New(in.AmountMinor, money.Currency(in.Currency)), in.State.DueDate)
	if in.RunNo > 1 {
		text += fmt.Sprintf(" · run %d", in.RunNo)
	}
	return text
}

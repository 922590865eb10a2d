package bench

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/store"
)

// actor is who does what people do here.
const actor collection.Actor = "bench"

// tell tells the workflow at once, as the API does for a person who waits, and waits
// until it has heard everything.
func (r *rig) tell(ctx context.Context, id uuid.UUID, told ...*collection.Told) error {
	for _, t := range told {
		if t != nil {
			_ = r.teller.Tell(ctx, t) // what it does not deliver the relay does
		}
	}
	return r.told(ctx, id)
}

// closeTasks closes the open task of a kind that each case has, on behalf of a role.
func (r *rig) closeTasks(ctx context.Context, kind string, role dunning.Role, outcome string, ids ...uuid.UUID) error {
	rows, err := r.Pool.Query(ctx, `select distinct t.id, i.invoice_id from task t join task_item i on i.task_id = t.id
		where i.invoice_id = any($1) and t.kind = $2 and t.status = 'open'`, ids, kind)
	if err != nil {
		return fmt.Errorf("find the tasks: %w", err)
	}
	type task struct{ ID, Invoice uuid.UUID }
	tasks, err := pgx.CollectRows(rows, pgx.RowToStructByPos[task])
	if err != nil {
		return fmt.Errorf("find the tasks: %w", err)
	}
	if len(tasks) != len(ids) {
		return fmt.Errorf("%d open tasks of kind %s for %d cases; the first case: %s", len(tasks), kind, len(ids), r.describe(ids[0]))
	}
	for _, t := range tasks {
		now, err := r.now(ctx, t.Invoice)
		if err != nil {
			return err
		}
		told, err := r.cases.CloseTask(ctx, store.Everything, now, actor, role, t.ID, collection.TaskOutcome{Code: outcome})
		if err != nil {
			return fmt.Errorf("close the task of kind %s: %w", kind, err)
		}
		if err := r.tell(ctx, t.Invoice, told...); err != nil {
			return err
		}
	}
	return nil
}

// approve approves the hand-offs before they are due.
func (r *rig) approve(ctx context.Context, ids ...uuid.UUID) error {
	return r.closeTasks(ctx, collection.TaskApproval, dunning.RoleFinance, "approved", ids...)
}

func (r *rig) disputeAndResolve(ctx context.Context, id uuid.UUID) error {
	now, err := r.now(ctx, id)
	if err != nil {
		return err
	}
	done, err := r.cases.OpenDispute(ctx, store.Everything, now, actor, id, "quality", "")
	if err != nil {
		return fmt.Errorf("open a dispute: %w", err)
	}
	if err := r.tell(ctx, id, done.Told); err != nil {
		return err
	}
	done, err = r.cases.ResolveDispute(ctx, store.Everything, now, actor, id, collection.Resolution{})
	if err != nil {
		return fmt.Errorf("resolve the dispute: %w", err)
	}
	return r.tell(ctx, id, done.Told)
}

// payAndEnd pays in full and waits for the end of the workflow.
func (r *rig) payAndEnd(ctx context.Context, id uuid.UUID) error {
	now, err := r.now(ctx, id)
	if err != nil {
		return err
	}
	_, err = r.cases.Receive(ctx, store.Everything, now, actor, id, collection.Receipt{
		Kind: collection.EntryPayment, ExternalID: id.String(), Amount: money.New(121000, "EUR"), On: calendar.DateOf(now),
	})
	if err != nil {
		return fmt.Errorf("pay: %w", err)
	}
	workflow, err := r.workflowOf(ctx, id)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := r.Temporal.GetWorkflow(limited, workflow, "").Get(limited, nil); err != nil {
		return fmt.Errorf("the end of the workflow: %w: %s", err, r.describe(id))
	}
	return nil
}

// mailOnly takes the customer's mobile away.
func (r *rig) mailOnly(ctx context.Context, id uuid.UUID) error {
	_, err := r.Pool.Exec(ctx, `update contact set mobile = '' where customer_id = (select customer_id from invoice where id = $1)`, id)
	if err != nil {
		return fmt.Errorf("take the mobile away: %w", err)
	}
	return nil
}

// bounce reports that the mail of a step came back, as the provider's webhook does.
func (r *rig) bounce(ctx context.Context, id uuid.UUID, step dunning.StepID) error {
	now, err := r.now(ctx, id)
	if err != nil {
		return err
	}
	var message uuid.UUID
	err = r.Pool.QueryRow(ctx, `select message_id from message_item where invoice_id = $1 and step = $2 and channel = 'email'`, id, step).Scan(&message)
	if err != nil {
		return fmt.Errorf("find the mail of step %s: %w", step, err)
	}
	err = r.cases.SettleReports(ctx, now, []collection.Report{{
		Provider: "sendgrid", EventKey: uuid.NewString(), MessageID: message, Kind: "bounced", Code: "550", At: now,
	}})
	if err != nil {
		return fmt.Errorf("report the bounce: %w", err)
	}
	return r.told(ctx, id)
}

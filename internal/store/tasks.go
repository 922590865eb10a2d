package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/calendar"
)

// Task asks a person to do something about one customer's invoices.
type Task struct {
	ID           uuid.UUID
	CreditorID   string
	CustomerID   uuid.UUID
	Kind         string
	Role         string
	Reason       string
	Status       string
	CreatedAt    time.Time
	DueOn        *calendar.Date
	ExpiresOn    *calendar.Date
	NotBefore    *time.Time
	Attempt      int
	ClaimedBy    *string
	ClaimedUntil *time.Time
	Outcome      string
	ClosedBy     *string
	ClosedAt     *time.Time
}

const taskColumns = `id, creditor_id, customer_id, kind, role, reason, status, created_at, due_on, expires_on, not_before, attempt, claimed_by,
	claimed_until, outcome, closed_by, closed_at`

// TaskItem is an invoice that a task is about.
type TaskItem struct {
	TaskID    uuid.UUID
	InvoiceID uuid.UUID
	RunNo     int
	Step      string
	LapsedAt  *time.Time
}

// AddTask adds a task.
func AddTask(t Task) Write {
	return statement(`insert into task (`+taskColumns+`)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`, t.ID, t.CreditorID, t.CustomerID, t.Kind, t.Role,
		t.Reason, t.Status, t.CreatedAt, t.DueOn, t.ExpiresOn, t.NotBefore, t.Attempt, t.ClaimedBy, t.ClaimedUntil, t.Outcome, t.ClosedBy, t.ClosedAt)
}

// AddTaskItem adds an invoice to a task; twice is once.
func AddTaskItem(task, invoice uuid.UUID, run int, step string) Write {
	return statement(`insert into task_item (task_id, invoice_id, run_no, step) values ($1, $2, $3, $4)
		on conflict (task_id, invoice_id, step) do update set lapsed_at = null, run_no = excluded.run_no`, task, invoice, run, step)
}

// LockTask locks the task's customer and then the task.
func (tx *Tx) LockTask(ctx context.Context, id uuid.UUID) (*Task, error) {
	if err := tx.exec(ctx, "lock customer of task", `select 1 from customer where id = (select customer_id from task where id = $1) for update`, id); err != nil {
		return nil, err
	}
	t, err := one[Task](ctx, tx, `select `+taskColumns+` from task where id = $1 for update`, id)
	return &t, err
}

// SaveTask writes what can change of a task.
func (tx *Tx) SaveTask(ctx context.Context, t *Task) error {
	return tx.exec(ctx, "save task", `update task set status = $2, claimed_by = $3, claimed_until = $4, outcome = $5, closed_by = $6, closed_at = $7,
		not_before = $8, attempt = $9 where id = $1`, t.ID, t.Status, t.ClaimedBy, t.ClaimedUntil, t.Outcome, t.ClosedBy, t.ClosedAt, t.NotBefore, t.Attempt)
}

// TaskItems lists the invoices of a task in lock order, one line each.
func (tx *Tx) TaskItems(ctx context.Context, task uuid.UUID) ([]TaskItem, error) {
	return list[TaskItem](ctx, tx, `select distinct on (invoice_id) task_id, invoice_id, run_no, step, lapsed_at from task_item
		where task_id = $1 order by invoice_id, lapsed_at nulls first`, task)
}

// OpenTask finds an open task of a kind, role and reason about an invoice; nil if there is none.
// The subquery stands by itself, so that an invoice's few tasks are looked at and not a creditor's many.
func (tx *Tx) OpenTask(ctx context.Context, invoice uuid.UUID, kind, role, reason string) (*uuid.UUID, error) {
	return maybeID(tx.QueryRow(ctx, `select t.id from (select task_id from task_item where invoice_id = $1 offset 0) i join task t on t.id = i.task_id
		where t.kind = $2 and t.role = $3 and t.reason = $4 and t.status in ('open', 'claimed') limit 1`,
		invoice, kind, role, reason))
}

// OpenCallTask finds the customer's open call task; nil if there is none.
func (tx *Tx) OpenCallTask(ctx context.Context, customer uuid.UUID) (*uuid.UUID, error) {
	return maybeID(tx.QueryRow(ctx, `select id from task where customer_id = $1 and kind = 'call' and status in ('open', 'claimed')`, customer))
}

// OpenCustomerTask finds an open task of a kind and reason about a customer; nil if there is none.
func (tx *Tx) OpenCustomerTask(ctx context.Context, customer uuid.UUID, kind, reason string) (*uuid.UUID, error) {
	return maybeID(tx.QueryRow(ctx, `select id from task where customer_id = $1 and kind = $2 and reason = $3 and status in ('open', 'claimed')
		order by id limit 1`, customer, kind, reason))
}

func maybeID(row pgx.Row) (*uuid.UUID, error) {
	var id uuid.UUID
	err := row.Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // none
	}
	return &id, err
}

// RunTasks lists the tasks of a kind about a run, closed ones too.
func (tx *Tx) RunTasks(ctx context.Context, invoice uuid.UUID, run int, kind string) ([]Task, error) {
	return list[Task](ctx, tx, `select distinct on (t.id) `+qualified("t", taskColumns)+` from task t join task_item i on i.task_id = t.id
		where i.invoice_id = $1 and i.run_no = $2 and t.kind = $3 order by t.id`, invoice, run, kind)
}

// LapseTaskItems takes an invoice off the open tasks of some kinds, but for those of the
// given step (empty: none is spared); a task without invoices left lapses as a whole.
func LapseTaskItems(invoice uuid.UUID, kinds []string, exceptStep string, at time.Time, outcome string) Write {
	return statement(`with gone as (
			update task_item i set lapsed_at = $3 from task t
			where t.id = i.task_id and i.invoice_id = $1 and ($2 = '' or i.step <> $2) and i.lapsed_at is null and t.kind = any($5) and t.status in ('open', 'claimed')
			returning i.task_id)
		update task t set status = 'lapsed', outcome = $4, closed_at = $3 where t.id in (select task_id from gone)
			and not exists (select 1 from task_item o where o.task_id = t.id and o.lapsed_at is null and (o.invoice_id <> $1 or ($2 <> '' and o.step = $2)))`,
		invoice, exceptStep, at, outcome, kinds)
}

// LapseExpiredTasks takes tasks off the list that nobody did in time and nobody works on.
func (s *Store) LapseExpiredTasks(ctx context.Context, today calendar.Date, now time.Time) error {
	_, err := s.pool.Exec(ctx, `update task set status = 'lapsed', outcome = 'not_called', closed_at = $2 where id in (
		select id from task where status in ('open', 'claimed') and expires_on < $1 and (claimed_until is null or claimed_until < $2)
		for update skip locked)`, today, now)
	if err != nil {
		return fmt.Errorf("lapse expired tasks: %w", err)
	}
	return nil
}

// CloseTasks closes a customer's open tasks of a kind.
func (tx *Tx) CloseTasks(ctx context.Context, customer uuid.UUID, kind string, at time.Time, by, outcome string) error {
	return tx.exec(ctx, "close tasks", `update task set status = 'done', outcome = $5, closed_by = $4, closed_at = $3
		where customer_id = $1 and kind = $2 and status in ('open', 'claimed')`, customer, kind, at, by, outcome)
}

// TaskSilent reports whether no invoice of a task is one about which anybody may call.
func (tx *Tx) TaskSilent(ctx context.Context, task uuid.UUID, today calendar.Date) (silent bool, err error) {
	err = tx.QueryRow(ctx, `select not exists (`+callableItem+`)`, task, today).Scan(&silent)
	return silent, err
}

// callableItem selects an invoice of task $1 about which the customer may be called on day $2:
// one that the rules for a message would not silence either.
const callableItem = `select 1 from task_item ti join invoice i on i.id = ti.invoice_id join customer c on c.id = i.customer_id
	join creditor cr on cr.id = i.creditor_id
	where ti.task_id = $1 and ti.lapsed_at is null and i.closed_outcome is null and i.no_chase_reason is null and c.no_chase_reason is null
	and not cr.stopped
	and not exists (select 1 from dispute d where d.invoice_id = i.id and d.resolved_at is null)
	and not exists (select 1 from promise p where p.invoice_id = i.id and p.status = 'open' and p.holds_until >= $2)
	and not exists (select 1 from hold h where h.customer_id = i.customer_id and h.released_at is null
		and (h.invoice_id is null or h.invoice_id = i.id) and (h.until_day is null or h.until_day >= $2))
	and not ` + covered

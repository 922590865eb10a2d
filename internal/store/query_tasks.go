package store

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
)

// TaskView is a task as the worklist shows it.
type TaskView struct {
	ID             uuid.UUID
	CreditorID     string
	CustomerID     uuid.UUID
	CustomerNumber string
	CustomerName   string
	Kind           string
	Role           string
	Reason         string
	Status         string
	CreatedAt      time.Time
	DueOn          *calendar.Date
	ExpiresOn      *calendar.Date
	NotBefore      *time.Time
	Attempt        int
	ClaimedBy      *string
	ClaimedUntil   *time.Time
	Outcome        string
	ClosedBy       *string
	ClosedAt       *time.Time
	Invoices       int
}

const taskView = `select t.id, t.creditor_id, t.customer_id, c.number as customer_number, c.legal_name as customer_name, t.kind, t.role, t.reason,
		t.status, t.created_at, t.due_on, t.expires_on, t.not_before, t.attempt, t.claimed_by, t.claimed_until, t.outcome, t.closed_by, t.closed_at,
		(select count(distinct invoice_id) from task_item ti where ti.task_id = t.id)::int as invoices
	from task t join customer c on c.id = t.customer_id`

// TaskFilter selects tasks; zero values select all.
type TaskFilter struct {
	Creditor string
	Customer uuid.UUID
	Kind     string
	Role     dunning.Role
	Status   string // empty: what can be worked now
}

// FindTasks lists tasks, oldest first. Without a status it shows the worklist: no task
// that is to be tried again later, and no call that nobody may make now.
func (s *Store) FindTasks(ctx context.Context, scope Scope, now time.Time, f TaskFilter, p Page) ([]TaskView, error) {
	w := &where{}
	w.scope("t.creditor_id", scope)
	if f.Creditor != "" {
		w.add("t.creditor_id = $%d", f.Creditor)
	}
	if f.Customer != uuid.Nil {
		w.add("t.customer_id = $%d", f.Customer)
	}
	if f.Kind != "" {
		w.add("t.kind = $%d", f.Kind)
	}
	if f.Role != "" {
		w.add("t.role = $%d", f.Role)
	}
	if f.Status != "" {
		w.add("t.status = $%d", f.Status)
	} else {
		w.conditions = append(w.conditions, "t.status in ('open', 'claimed')")
		w.add("(t.not_before is null or t.not_before <= $%d)", now)
		callable := strings.NewReplacer("$1", "t.id", "$2", "$%d").Replace(callableItem)
		w.add("(t.kind <> 'call' or exists ("+callable+"))", calendar.DateOf(now.UTC()))
	}
	w.page("t.id", p)
	return list[TaskView](ctx, s.pool, taskView+w.sql()+" order by t.id"+w.limit(p.Limit), w.args...)
}

// FindTask reads a task.
func (s *Store) FindTask(ctx context.Context, scope Scope, id uuid.UUID) (TaskView, error) {
	return one[TaskView](ctx, s.pool, taskView+` where t.id = $1 and ($2::text[] is null or t.creditor_id = any($2))`, id, scope.filter())
}

// TaskInvoice is an invoice that a task is about.
type TaskInvoice struct {
	InvoiceID        uuid.UUID
	Number           string
	Step             string
	IssueDate        calendar.Date
	DueDate          calendar.Date
	Currency         money.Currency
	AmountMinor      int64
	OpenMinor        int64
	PurchaseOrder    string
	PaymentReference string
	Status           string
	Lapsed           bool
	PlannedAt        *time.Time // when the task's step was to be done; nil: no step of the run is meant
	FirstTriedAt     *time.Time // when it was first tried; nil: nobody tried it
}

// TaskInvoices lists them, those that are due longest first.
func (s *Store) TaskInvoices(ctx context.Context, task uuid.UUID, today calendar.Date) ([]TaskInvoice, error) {
	return list[TaskInvoice](ctx, s.pool, `select ti.invoice_id, v.number, ti.step, v.issue_date, v.due_date, v.currency, v.amount_minor, v.open_minor,
			i.purchase_order, i.payment_reference, v.status, ti.lapsed_at is not null as lapsed,
			p.at as planned_at, p.first_tried_at
		from (`+invoiceView+` where v.id in (select invoice_id from task_item where task_id = $2)) v
		join task_item ti on ti.invoice_id = v.id and ti.task_id = $2 join invoice i on i.id = v.id
		left join plan_step p on p.invoice_id = ti.invoice_id and p.run_no = ti.run_no and p.step = ti.step
		order by v.due_date, v.id, ti.step`, today, task)
}

// TaskNotes lists what people wrote about a task and its invoices, oldest first.
func (s *Store) TaskNotes(ctx context.Context, task uuid.UUID) ([]Note, error) {
	return list[Note](ctx, s.pool, `select id, customer_id, invoice_id, task_id, subject, body, actor, business_at from note
		where task_id = $1 or invoice_id in (select invoice_id from task_item where task_id = $1) order by business_at, id limit 200`, task)
}

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
)

// InvoiceView is an invoice as lists show it: its balance, where its case stands, what
// pauses it and what comes next.
type InvoiceView struct {
	ID             uuid.UUID
	CreditorID     string
	CustomerID     uuid.UUID
	CustomerNumber string
	CustomerName   string
	Number         string
	IssueDate      calendar.Date
	DueDate        calendar.Date
	Currency       money.Currency
	AmountMinor    int64
	OpenMinor      int64
	ClosedOutcome  *dunning.Reason
	ArrivedAt      time.Time
	Paused         []string // disputed, do_not_chase, held, promise_pending, stopped
	Status         string   // open, paused, closed
	Stage          dunning.Stage
	NextStep       string
	NextAt         *time.Time // nil while paused or closed
}

// invoiceView takes the day as $1. The stage is that of the step to come, else of the
// last one that is over.
const invoiceView = `select v.id, v.creditor_id, v.customer_id, v.customer_number, v.customer_name, v.number, v.issue_date, v.due_date,
		v.currency, v.amount_minor, v.open_minor, v.closed_outcome, v.arrived_at, v.paused, v.status, v.stage,
		v.next_step, case when v.status = 'open' then v.next_at end as next_at
	from (select i.id, i.creditor_id, i.customer_id, c.number as customer_number, c.legal_name as customer_name, i.number, i.issue_date,
			i.due_date, i.currency, i.amount_minor, i.open_minor, i.closed_outcome, i.arrived_at, p.paused,
			case when i.closed_outcome is not null then 'closed' when cardinality(p.paused) > 0 then 'paused' else 'open' end as status,
			case when i.closed_outcome is not null then 'closed' else coalesce(n.stage, l.stage, 'invoice') end as stage,
			coalesce(n.step, '') as next_step, n.at as next_at
		from invoice i
		join customer c on c.id = i.customer_id
		join creditor cr on cr.id = i.creditor_id
		cross join lateral (select case when i.closed_outcome is not null then '{}'::text[] else array_remove(array[
			case when exists (select 1 from dispute d where d.invoice_id = i.id and d.resolved_at is null) then 'disputed' end,
			case when i.no_chase_reason is not null or c.no_chase_reason is not null then 'do_not_chase' end,
			case when exists (select 1 from hold h where h.customer_id = i.customer_id and h.released_at is null
				and (h.invoice_id is null or h.invoice_id = i.id) and (h.until_day is null or h.until_day >= $1)) then 'held' end,
			case when exists (select 1 from promise pr where pr.invoice_id = i.id and pr.status = 'open' and pr.holds_until >= $1)
				then 'promise_pending' end,
			case when cr.stopped then 'stopped' end], null) end as paused) p
		left join lateral (select s.step, s.stage, coalesce(s.not_before, s.at) as at from plan_step s
			where s.invoice_id = i.id and s.run_no = i.current_run and s.state in ('pending', 'waiting')
			order by s.position limit 1) n on i.closed_outcome is null
		left join lateral (select s.stage from plan_step s
			where s.invoice_id = i.id and s.run_no = i.current_run and s.state not in ('pending', 'waiting')
			order by s.position desc limit 1) l on i.closed_outcome is null and n.step is null) v`

// InvoiceFilter selects invoices; zero values select all.
type InvoiceFilter struct {
	Creditor  string
	Customer  uuid.UUID
	Number    string
	Status    string
	Stage     dunning.Stage
	DueBefore calendar.Date
	DueAfter  calendar.Date
	Overdue   *bool // open and due before today
}

func (f InvoiceFilter) where(scope Scope, today calendar.Date) *where {
	w := &where{args: []any{today}}
	w.scope("v.creditor_id", scope)
	if f.Creditor != "" {
		w.add("v.creditor_id = $%d", f.Creditor)
	}
	if f.Customer != uuid.Nil {
		w.add("v.customer_id = $%d", f.Customer)
	}
	if f.Number != "" {
		w.add("v.number = $%d", f.Number)
	}
	if f.Status != "" {
		w.add("v.status = $%d", f.Status)
	}
	if f.Stage != "" {
		w.add("v.stage = $%d", f.Stage)
	}
	if !f.DueBefore.IsZero() {
		w.add("v.due_date < $%d", f.DueBefore)
	}
	if !f.DueAfter.IsZero() {
		w.add("v.due_date > $%d", f.DueAfter)
	}
	if f.Overdue != nil {
		w.add("(v.closed_outcome is null and v.due_date < $1) = $%d", *f.Overdue)
	}
	return w
}

// FindInvoices lists invoices in the order of their arrival.
func (s *Store) FindInvoices(ctx context.Context, scope Scope, today calendar.Date, f InvoiceFilter, p Page) ([]InvoiceView, error) {
	w := f.where(scope, today)
	w.page("v.id", p)
	sql := invoiceView + w.sql() + " order by v.id" + w.limit(p.Limit)
	return list[InvoiceView](ctx, s.pool, sql, w.args...)
}

// EachInvoice hands the selection to fn row by row, for exports that do not fit in
// memory. It stops at limit rows or at the first error of fn.
func (s *Store) EachInvoice(ctx context.Context, scope Scope, today calendar.Date, f InvoiceFilter, limit int, fn func(*InvoiceView) error) error {
	w := f.where(scope, today)
	sql := invoiceView + w.sql() + " order by v.id" + w.limit(limit)
	rows, err := s.pool.Query(ctx, sql, w.args...)
	if err != nil {
		return fmt.Errorf("export invoices: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		v, err := pgx.RowToStructByName[InvoiceView](rows)
		if err != nil {
			return fmt.Errorf("export invoices: %w", err)
		}
		if err := fn(&v); err != nil {
			return err
		}
	}
	return rows.Err()
}

// FindInvoice reads one invoice as lists show it.
func (s *Store) FindInvoice(ctx context.Context, scope Scope, today calendar.Date, id uuid.UUID) (InvoiceView, error) {
	w := &where{args: []any{today}}
	w.add("v.id = $%d", id)
	w.scope("v.creditor_id", scope)
	return one[InvoiceView](ctx, s.pool, invoiceView+w.sql(), w.args...)
}

// InvoiceRow reads the invoice's own row.
func (s *Store) InvoiceRow(ctx context.Context, scope Scope, id uuid.UUID) (Invoice, error) {
	return one[Invoice](ctx, s.pool, `select `+invoiceColumns+` from invoice where id = $1 and ($2::text[] is null or creditor_id = any($2))`,
		id, scope.filter())
}

// FindInvoiceID finds an invoice by its natural key; creditor and number.
func (s *Store) FindInvoiceID(ctx context.Context, scope Scope, creditor, number string) (uuid.UUID, error) {
	row, err := one[struct{ ID uuid.UUID }](ctx, s.pool,
		`select id from invoice where creditor_id = $1 and number = $2 and ($3::text[] is null or creditor_id = any($3))`, creditor, number, scope.filter())
	return row.ID, err
}

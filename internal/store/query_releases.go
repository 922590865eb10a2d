package store

import (
	"context"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/money"
)

// InvoiceLine names an invoice and its customer for a reader.
type InvoiceLine struct {
	ID              uuid.UUID
	Number          string
	CustomerID      uuid.UUID
	CustomerName    string
	Currency        money.Currency
	OpenMinor       int64
	PolicyVersionID uuid.UUID
}

// InvoiceLines reads the lines of the given invoices of a creditor.
func (s *Store) InvoiceLines(ctx context.Context, creditor string, ids []uuid.UUID) (map[uuid.UUID]InvoiceLine, error) {
	rows, err := list[InvoiceLine](ctx, s.pool, `select i.id, i.number, i.customer_id, c.legal_name as customer_name, i.currency, i.open_minor,
			i.policy_version_id
		from invoice i join customer c on c.id = i.customer_id where i.creditor_id = $1 and i.id = any($2)`, creditor, ids)
	lines := make(map[uuid.UUID]InvoiceLine, len(rows))
	for _, r := range rows {
		lines[r.ID] = r
	}
	return lines, err
}

// PlannedDays says on which customer's day the given steps were planned.
func (s *Store) PlannedDays(ctx context.Context, items []ReleaseItem) (map[uuid.UUID]calendar.Date, error) {
	ids := make([]uuid.UUID, len(items))
	for n, i := range items {
		ids[n] = i.InvoiceID
	}
	rows, err := list[struct {
		InvoiceID uuid.UUID
		LocalDate *calendar.Date
	}](ctx, s.pool, `select distinct on (p.invoice_id) p.invoice_id, p.local_date from plan_step p
		join invoice i on i.id = p.invoice_id and i.current_run = p.run_no
		where p.invoice_id = any($1) and p.state in ('pending', 'waiting') order by p.invoice_id, p.position`, ids)
	days := make(map[uuid.UUID]calendar.Date, len(rows))
	for _, r := range rows {
		if r.LocalDate != nil {
			days[r.InvoiceID] = *r.LocalDate
		}
	}
	return days, err
}

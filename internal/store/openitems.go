package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/calendar"
	"maan/internal/money"
)

// Alone runs fn while no other process does so for the same creditor and purpose; others
// wait. The lock goes with its connection, so a process that dies leaves none behind. The
// connection is none of the pool's: those who wait must not take what fn needs.
func (s *Store) Alone(ctx context.Context, purpose, creditor string, fn func(context.Context) error) (err error) {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return fmt.Errorf("lock %s: %w", purpose, err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, `select pg_advisory_lock(hashtext($1))`, "maan "+purpose+" "+creditor); err != nil {
		return fmt.Errorf("lock %s: %w", purpose, err)
	}
	return fn(ctx)
}

// ItemsTaken is the day of the newest complete list of open items that another upload
// brought; nil if there is none.
func (s *Store) ItemsTaken(ctx context.Context, creditor string, upload uuid.UUID) (newest *calendar.Date, err error) {
	err = s.pool.QueryRow(ctx, `select max(as_of) from open_items_taken where creditor_id = $1 and upload_id <> $2`, creditor, upload).Scan(&newest)
	if err != nil {
		return nil, fmt.Errorf("newest open items: %w", err)
	}
	return newest, nil
}

// TakeItems records that a complete list of open items is being taken in.
func (s *Store) TakeItems(ctx context.Context, creditor string, asOf calendar.Date, upload uuid.UUID, at time.Time) error {
	_, err := s.pool.Exec(ctx, `insert into open_items_taken (creditor_id, as_of, upload_id, taken_at) values ($1, $2, $3, $4)
		on conflict (creditor_id, as_of) do nothing`, creditor, asOf, upload, at)
	if err != nil {
		return fmt.Errorf("take open items: %w", err)
	}
	return nil
}

// BookedInvoice is what the product holds of an invoice that a list of open items names,
// or does not name any more.
type BookedInvoice struct {
	ID             uuid.UUID
	Number         string
	CustomerNumber string
	IssueDate      calendar.Date
	DueDate        calendar.Date
	PurchaseOrder  string
	Currency       money.Currency
	AmountMinor    int64
	OpenMinor      int64
	Closed         bool
	Source         string
	ArrivedAt      time.Time
}

// BookedInvoices reads all open invoices of a creditor, and the closed ones among numbers.
func (s *Store) BookedInvoices(ctx context.Context, creditor string, numbers []string) ([]BookedInvoice, error) {
	return list[BookedInvoice](ctx, s.pool, `select i.id, i.number, c.number as customer_number, i.issue_date, i.due_date, i.purchase_order, i.currency,
			i.amount_minor, i.open_minor, i.closed_outcome is not null as closed, i.source, i.arrived_at
		from invoice i join customer c on c.id = i.customer_id
		where i.creditor_id = $1 and (i.closed_outcome is null or i.number = any($2)) order by i.id`, creditor, numbers)
}

// SetPurchaseOrder changes the customer's order number of an invoice.
func SetPurchaseOrder(invoice uuid.UUID, number string) Write {
	return statement(`update invoice set purchase_order = $2 where id = $1`, invoice, number)
}

// notOfTheBooks selects entries that a creditor's list of a day cannot know: of a later
// day, and not booked from such a list.
const notOfTheBooks = `e.value_date > $2 and e.reference not like 'erp:%'`

// BookedAfter is what was booked on an invoice after a day, and not from a list of open items.
func (tx *Tx) BookedAfter(ctx context.Context, invoice uuid.UUID, day calendar.Date) (minor int64, err error) {
	err = tx.QueryRow(ctx, `select coalesce(sum(amount_minor), 0)::bigint from ledger_entry e
		where e.invoice_id = $1 and e.bucket = 'principal' and e.kind <> 'invoice' and `+notOfTheBooks, invoice, day).Scan(&minor)
	if err != nil {
		return 0, fmt.Errorf("booked after a day: %w", err)
	}
	return minor, nil
}

// CreditItem is what is left of a receipt as a customer's credit in a currency.
type CreditItem struct {
	ReceiptID  uuid.UUID
	Kind       string
	ExternalID string
	Currency   money.Currency
	LeftMinor  int64
}

// CreditItems lists a customer's receipts that are, or were, credit of its own: what a
// list of a day can know of them.
func (tx *Tx) CreditItems(ctx context.Context, customer uuid.UUID, day calendar.Date) ([]CreditItem, error) {
	return list[CreditItem](ctx, tx, `select r.id as receipt_id, r.kind, r.external_id, e.currency, (-sum(e.amount_minor))::bigint as left_minor
		from ledger_entry e join receipt r on r.id = e.receipt_id
		where e.customer_id = $1 and e.invoice_id is null and not (`+notOfTheBooks+`) group by r.id, e.currency order by r.id, e.currency`, customer, day)
}

// CustomersWithCredit lists the numbers of a creditor's customers that have credit.
func (s *Store) CustomersWithCredit(ctx context.Context, creditor string) ([]string, error) {
	rows, err := s.pool.Query(ctx, `select c.number from customer c where c.creditor_id = $1 and exists (select 1 from ledger_entry e
		where e.customer_id = c.id and e.invoice_id is null group by e.currency having sum(e.amount_minor) <> 0) order by c.number`, creditor)
	if err != nil {
		return nil, fmt.Errorf("customers with credit: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// OpenTotal is what a creditor's customers owe in a currency, and what they have to their
// credit.
type OpenTotal struct {
	Currency    money.Currency
	OpenMinor   int64
	CreditMinor int64
}

// OpenTotals adds up a creditor's open invoices and its customers' credit.
func (s *Store) OpenTotals(ctx context.Context, creditor string) ([]OpenTotal, error) {
	return list[OpenTotal](ctx, s.pool, `select currency, sum(open_minor)::bigint as open_minor, sum(credit_minor)::bigint as credit_minor from (
			select currency, open_minor, 0 as credit_minor from invoice where creditor_id = $1 and closed_outcome is null
			union all
			select e.currency, 0, -e.amount_minor from ledger_entry e join customer c on c.id = e.customer_id where c.creditor_id = $1 and e.invoice_id is null
		) t group by currency order by currency`, creditor)
}

// ReceiptExists reports whether a creditor has a receipt of a kind under a reference.
func (s *Store) ReceiptExists(ctx context.Context, creditor, kind, reference string) (exists bool, err error) {
	err = s.pool.QueryRow(ctx, `select exists (select 1 from receipt where creditor_id = $1 and kind = $2 and external_id = $3)`, creditor, kind, reference).
		Scan(&exists)
	return exists, err
}

package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Account is what a customer and its creditor owe each other.
type Account struct {
	Customer Customer
	Creditor Creditor
	Invoices []Invoice     // of which something is open: the invoice itself, or interest and costs
	Entries  []LedgerEntry // of these, and of the customer's credit; oldest first
	Disputed []uuid.UUID   // which of the invoices are disputed
}

// AccountOf reads a customer's account within the scope, without locks.
func (s *Store) AccountOf(ctx context.Context, scope Scope, customer uuid.UUID) (*Account, error) {
	return account(ctx, s.pool, scope, customer)
}

// AccountOf reads a customer's account.
func (tx *Tx) AccountOf(ctx context.Context, customer uuid.UUID) (*Account, error) {
	return account(ctx, tx, Everything, customer)
}

const accountInvoices = `(select i.id from invoice i where i.customer_id = $1 and (i.open_minor > 0 or exists (select 1 from ledger_entry e
	where e.invoice_id = i.id and e.bucket <> 'principal' group by e.invoice_id having sum(e.amount_minor) <> 0)))`

func account(ctx context.Context, q batcher, scope Scope, customer uuid.UUID) (*Account, error) {
	a := &Account{}
	found := false
	b := &pgx.Batch{}
	b.Queue(`select `+customerColumns+` from customer where id = $1 and ($2::text[] is null or creditor_id = any($2))`, customer, scope.filter()).
		Query(into(&a.Customer, &found))
	b.Queue(`select `+qualified("c", creditorColumns)+` from creditor c join customer u on u.creditor_id = c.id where u.id = $1`, customer).
		Query(into(&a.Creditor, nil))
	b.Queue(`select `+invoiceColumns+` from invoice where id in `+accountInvoices+` order by due_date, id`, customer).Query(all(&a.Invoices))
	b.Queue(`select `+ledgerColumns+` from ledger_entry where customer_id = $1 and (invoice_id is null or invoice_id in `+accountInvoices+`)
		order by value_date, id`, customer).Query(all(&a.Entries))
	b.Queue(`select coalesce(array_agg(d.invoice_id), '{}') from dispute d join invoice i on i.id = d.invoice_id
		where i.customer_id = $1 and d.resolved_at is null`, customer).QueryRow(func(row pgx.Row) error { return row.Scan(&a.Disputed) })
	if err := q.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("read account of customer %s: %w", customer, err)
	}
	if !found {
		return nil, ErrNotFound
	}
	return a, nil
}

// IsClaim reports whether an entry belongs to what a letter asked beside the principal.
func (e *LedgerEntry) IsClaim() bool {
	return e.Bucket == "interest" || (e.Bucket == "cost" && (e.Kind != "cost" || strings.HasPrefix(e.Reference, ClaimReference)))
}

// InvoiceDocument reads the newest PDF that was uploaded of an invoice.
func (s *Store) InvoiceDocument(ctx context.Context, invoice uuid.UUID) (Document, error) {
	return one[Document](ctx, s.pool, `select `+documentColumns+` from document where invoice_id = $1 and kind = 'invoice_pdf' order by id desc limit 1`, invoice)
}

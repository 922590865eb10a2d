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

// LedgerEntry is a line of the ledger.
type LedgerEntry struct {
	ID          uuid.UUID
	CreditorID  string
	CustomerID  uuid.UUID
	InvoiceID   *uuid.UUID
	Seq         int
	Kind        string
	AmountMinor int64
	Currency    money.Currency
	ValueDate   calendar.Date
	ReceiptID   *uuid.UUID
	Reference   string
	Reverses    *uuid.UUID
	Actor       string
	BusinessAt  time.Time
	Bucket      string // principal, interest, cost; empty counts as principal
}

const ledgerColumns = `id, creditor_id, customer_id, invoice_id, seq, kind, amount_minor, currency, value_date, receipt_id, reference, reverses, actor, business_at, bucket`

// BucketPrincipal is what the invoice itself is about; only it decides whether it is open.
const BucketPrincipal = "principal"

// InsertLedgerEntry appends to the ledger.
func (tx *Tx) InsertLedgerEntry(ctx context.Context, e LedgerEntry) error {
	return tx.exec(ctx, "insert ledger entry", `insert into ledger_entry (`+ledgerColumns+`)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`, entryRow(&e)...)
}

// Balance is what an invoice itself still owes: the sum of its principal entries.
func (tx *Tx) Balance(ctx context.Context, invoice uuid.UUID) (minor int64, err error) {
	err = tx.QueryRow(ctx, `select coalesce(sum(amount_minor), 0)::bigint from ledger_entry where invoice_id = $1 and bucket = 'principal'`, invoice).Scan(&minor)
	if err != nil {
		return 0, fmt.Errorf("balance of invoice %s: %w", invoice, err)
	}
	return minor, nil
}

// EntriesOfReceipt lists what a receipt booked.
func (tx *Tx) EntriesOfReceipt(ctx context.Context, receipt uuid.UUID) ([]LedgerEntry, error) {
	return list[LedgerEntry](ctx, tx, `select `+ledgerColumns+` from ledger_entry where receipt_id = $1 and kind <> 'reversal' order by id`, receipt)
}

// Receipt is money or a credit note that came in.
type Receipt struct {
	ID           uuid.UUID
	CreditorID   string
	CustomerID   uuid.UUID
	InvoiceID    *uuid.UUID
	Kind         string
	ExternalID   string
	AmountMinor  int64
	ChargesMinor int64
	Currency     money.Currency
	ValueDate    calendar.Date
	Status       string
	ContentHash  string
	Actor        string
	BusinessAt   time.Time
	BankEntryID  *uuid.UUID // the movement on the bank account that it is part of
}

const receiptColumns = `id, creditor_id, customer_id, invoice_id, kind, external_id, amount_minor, charges_minor, currency, value_date, status, content_hash, actor, business_at, bank_entry_id`

// InsertReceipt adds a receipt.
func (tx *Tx) InsertReceipt(ctx context.Context, r Receipt) error {
	if err := tx.Do(ctx, AddReceipt(r)); err != nil {
		return fmt.Errorf("insert receipt: %w", err)
	}
	return nil
}

// AddReceipt adds a receipt with other writes.
func AddReceipt(r Receipt) Write {
	return statement(`insert into receipt (`+receiptColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		r.ID, r.CreditorID, r.CustomerID, r.InvoiceID, r.Kind, r.ExternalID, r.AmountMinor, r.ChargesMinor, r.Currency, r.ValueDate, r.Status,
		r.ContentHash, r.Actor, r.BusinessAt, r.BankEntryID)
}

// ReceiptByReference finds a receipt by the payer's reference; nil if there is none.
func (tx *Tx) ReceiptByReference(ctx context.Context, creditor, kind, reference string) (*Receipt, error) {
	r, err := one[Receipt](ctx, tx, `select `+receiptColumns+` from receipt where creditor_id = $1 and kind = $2 and external_id = $3`, creditor, kind, reference)
	if errors.Is(err, ErrNotFound) {
		return nil, nil //nolint:nilnil // not known yet
	}
	return &r, err
}

// CreditLeft tells what is left of a receipt as a customer's credit in a currency, and what
// was already used of it under a reference. The customer is locked.
func (tx *Tx) CreditLeft(ctx context.Context, receipt, customer uuid.UUID, currency money.Currency, reference string) (left, used int64, err error) {
	err = tx.QueryRow(ctx, `select -coalesce(sum(amount_minor), 0)::bigint,
			coalesce(sum(amount_minor) filter (where amount_minor > 0 and reference = $4), 0)::bigint
		from ledger_entry where receipt_id = $1 and customer_id = $2 and currency = $3 and invoice_id is null`,
		receipt, customer, currency, reference).Scan(&left, &used)
	if err != nil {
		return 0, 0, fmt.Errorf("credit left of receipt %s: %w", receipt, err)
	}
	return left, used, nil
}

// HasEntry reports whether an invoice has an entry of a kind under a reference.
func (tx *Tx) HasEntry(ctx context.Context, invoice uuid.UUID, kind, reference string) (has bool, err error) {
	err = tx.QueryRow(ctx, `select exists (select 1 from ledger_entry where invoice_id = $1 and kind = $2 and reference = $3)`, invoice, kind, reference).Scan(&has)
	return has, err
}

// ReceiptInvoice is the invoice that a receipt came in for.
func (s *Store) ReceiptInvoice(ctx context.Context, receipt uuid.UUID) (invoice uuid.UUID, err error) {
	err = s.pool.QueryRow(ctx, `select invoice_id from receipt where id = $1 and invoice_id is not null`, receipt).Scan(&invoice)
	if errors.Is(err, pgx.ErrNoRows) {
		return invoice, ErrNotFound
	}
	return invoice, err
}

// LockReceipt locks a receipt and tells its status.
func (tx *Tx) LockReceipt(ctx context.Context, id uuid.UUID) (status string, err error) {
	err = tx.QueryRow(ctx, `select status from receipt where id = $1 for update`, id).Scan(&status)
	return status, err
}

// MarkReceiptReversed marks a receipt whose entries were taken back.
func (tx *Tx) MarkReceiptReversed(ctx context.Context, id uuid.UUID) error {
	return tx.exec(ctx, "reverse receipt", `update receipt set status = 'reversed' where id = $1`, id)
}

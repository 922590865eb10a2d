package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
)

// exec runs a statement; what names it in an error.
func (tx *Tx) exec(ctx context.Context, what, sql string, args ...any) error {
	if _, err := tx.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// LockCustomer locks a customer and reads it with its creditor and the creditor's
// holidays for its country.
func (tx *Tx) LockCustomer(ctx context.Context, id uuid.UUID) (*Customer, *Creditor, []calendar.Override, error) {
	var (
		cu        Customer
		cr        Creditor
		overrides []calendar.Override
		found     bool
	)
	b := &pgx.Batch{}
	b.Queue(`select `+customerColumns+` from customer where id = $1 for update`, id).Query(into(&cu, &found))
	b.Queue(`select `+qualified("c", creditorColumns)+` from creditor c join customer u on u.creditor_id = c.id where u.id = $1`, id).
		Query(into(&cr, nil))
	b.Queue(`select h.day as date, h.holiday, h.name from creditor_holiday h join customer u on u.creditor_id = h.creditor_id
		where u.id = $1 and h.country = u.country`, id).Query(all(&overrides))
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, nil, nil, fmt.Errorf("lock customer %s: %w", id, err)
	}
	if !found {
		return nil, nil, nil, ErrNotFound
	}
	return &cu, &cr, overrides, nil
}

// OpenInvoices lists the open invoices of a customer in lock order.
func (tx *Tx) OpenInvoices(ctx context.Context, customer uuid.UUID) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, `select id from invoice where customer_id = $1 and closed_outcome is null order by id`, customer)
	if err != nil {
		return nil, fmt.Errorf("open invoices: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// NewestPolicy is the newest published version of a policy.
func (tx *Tx) NewestPolicy(ctx context.Context, name string) (uuid.UUID, *dunning.Policy, error) {
	var (
		id     uuid.UUID
		source string
	)
	err := tx.QueryRow(ctx, `select id, source from policy_version where policy = $1 order by version desc limit 1`, name).Scan(&id, &source)
	if errors.Is(err, pgx.ErrNoRows) {
		return id, nil, ErrNotFound
	}
	if err != nil {
		return id, nil, fmt.Errorf("newest version of policy %q: %w", name, err)
	}
	p, err := tx.store.policy(id.String(), func() (string, error) { return source, nil })
	return id, p, err
}

// PublishPolicy adds a version of a policy unless the newest one says the same. It
// answers the version number.
func (tx *Tx) PublishPolicy(ctx context.Context, name, hash, source, by string, at time.Time) (version int, err error) {
	if err := tx.exec(ctx, "lock policies", `select pg_advisory_xact_lock(hashtext('maan policy ' || $1))`, name); err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, `select version from policy_version where policy = $1 and content_hash = $2`, name, hash).Scan(&version)
	if err == nil || !errors.Is(err, pgx.ErrNoRows) {
		return version, err
	}
	err = tx.QueryRow(ctx, `insert into policy_version (id, policy, version, content_hash, source, published_by, published_at)
		values ($1, $2, coalesce((select max(version) from policy_version where policy = $2), 0) + 1, $3, $4, $5, $6) returning version`,
		NewID(), name, hash, source, by, at).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("publish policy %q: %w", name, err)
	}
	return version, nil
}

// AddDelivery adds a delivery.
func AddDelivery(id, invoice uuid.UUID, on calendar.Date, proof string, last bool, actor string, at time.Time) Write {
	return statement(`insert into delivery (id, invoice_id, delivered_on, proof, last, actor, business_at)
		values ($1, $2, $3, $4, $5, $6, $7)`, id, invoice, on, proof, last, actor, at)
}

// Document is a file of a case.
type Document struct {
	ID          uuid.UUID
	InvoiceID   uuid.UUID
	Kind        string
	ContentType string
	Content     []byte
	SHA256      string `db:"sha256"`
	BusinessAt  time.Time
	Name        string `db:"-"` // of the file in a mail that has several of the kind
}

const documentColumns = `id, invoice_id, kind, content_type, content, sha256, business_at`

// AddDocument adds a document; the same file twice is one.
func AddDocument(d Document) Write {
	return statement(`insert into document (`+documentColumns+`) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (invoice_id, kind, sha256) do nothing`, d.ID, d.InvoiceID, d.Kind, d.ContentType, d.Content, d.SHA256, d.BusinessAt)
}

// Documents lists the files of a case but earlier dossiers.
func (tx *Tx) Documents(ctx context.Context, invoice uuid.UUID) ([]Document, error) {
	return list[Document](ctx, tx, `select `+documentColumns+` from document where invoice_id = $1 and kind <> 'dossier' order by id`, invoice)
}

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

// Occurrences tells how often each step of an invoice was sent.
func (tx *Tx) Occurrences(ctx context.Context, invoice uuid.UUID) (map[dunning.StepID]int, error) {
	rows, err := tx.Query(ctx, `select step, max(occurrence) from message_item where invoice_id = $1 group by step`, invoice)
	if err != nil {
		return nil, fmt.Errorf("occurrences: %w", err)
	}
	sent := map[dunning.StepID]int{}
	var (
		step dunning.StepID
		n    int
	)
	_, err = pgx.ForEachRow(rows, []any{&step, &n}, func() error { sent[step] = n; return nil })
	return sent, err
}

// InsertDispute adds a dispute.
func (tx *Tx) InsertDispute(ctx context.Context, d Dispute) error {
	return tx.exec(ctx, "insert dispute", `insert into dispute (id, invoice_id, reason, opened_by, opened_at) values ($1, $2, $3, $4, $5)`,
		d.ID, d.InvoiceID, d.Reason, d.OpenedBy, d.OpenedAt)
}

// ResolveDispute ends a dispute.
func (tx *Tx) ResolveDispute(ctx context.Context, id uuid.UUID, at time.Time, resolution, by string) error {
	return tx.exec(ctx, "resolve dispute", `update dispute set resolved_at = $2, resolution = $3, resolved_by = $4 where id = $1`, id, at, resolution, by)
}

// Disputes counts the disputes there were on an invoice.
func (tx *Tx) Disputes(ctx context.Context, invoice uuid.UUID) (n int, err error) {
	err = tx.QueryRow(ctx, `select count(*) from dispute where invoice_id = $1`, invoice).Scan(&n)
	return n, err
}

// InsertHold adds a hold.
func (tx *Tx) InsertHold(ctx context.Context, h Hold) error {
	if err := tx.Do(ctx, AddHold(h)); err != nil {
		return fmt.Errorf("insert hold: %w", err)
	}
	return nil
}

// AddHold adds a hold with other writes.
func AddHold(h Hold) Write {
	return statement(`insert into hold (id, creditor_id, customer_id, invoice_id, reason, until_day, placed_by, placed_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, h.ID, h.CreditorID, h.CustomerID, h.InvoiceID, h.Reason, h.UntilDay, h.PlacedBy, h.PlacedAt)
}

// Hold reads a hold within the scope.
func (s *Store) Hold(ctx context.Context, scope Scope, id uuid.UUID) (Hold, error) {
	return one[Hold](ctx, s.pool, `select `+holdColumns+` from hold where id = $1 and ($2::text[] is null or creditor_id = any($2))`, id, scope.filter())
}

// ReleaseHold ends a hold; one that has ended is not found.
func (tx *Tx) ReleaseHold(ctx context.Context, id uuid.UUID, at time.Time, by string) error {
	tag, err := tx.Exec(ctx, `update hold set released_at = $2, released_by = $3 where id = $1 and released_at is null`, id, at, by)
	if err != nil {
		return fmt.Errorf("release hold: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return ErrNotFound
	}
	return nil
}

// SetCustomerNoChase sets or lifts do-not-chase on a customer.
func (tx *Tx) SetCustomerNoChase(ctx context.Context, id uuid.UUID, reason *string, by string, review *calendar.Date) error {
	return tx.exec(ctx, "do-not-chase", `update customer set no_chase_reason = $2, no_chase_by = $3, no_chase_review_on = $4 where id = $1`,
		id, reason, by, review)
}

// InsertPromise adds a promise.
func (tx *Tx) InsertPromise(ctx context.Context, p Promise) error {
	return tx.exec(ctx, "insert promise", `insert into promise (id, invoice_id, promised_on, holds_until, made_at, actor, status)
		values ($1, $2, $3, $4, $5, $6, $7)`, p.ID, p.InvoiceID, p.PromisedOn, p.HoldsUntil, p.MadeAt, p.Actor, p.Status)
}

// SettlePromise says what became of a promise.
func (tx *Tx) SettlePromise(ctx context.Context, id uuid.UUID, status string, at time.Time) error {
	return tx.exec(ctx, "settle promise", `update promise set status = $2, settled_at = $3 where id = $1`, id, status, at)
}

// Agency is a collection agency.
type Agency struct {
	ID                 uuid.UUID
	Name               string
	Country            string
	RegistrationNumber string
	Email              string
	Language           string
	CreatedAt          time.Time
}

const agencyColumns = `id, name, country, registration_number, email, language, created_at`

// Agency reads an agency.
func (tx *Tx) Agency(ctx context.Context, id uuid.UUID) (*Agency, error) {
	a, err := one[Agency](ctx, tx, `select `+agencyColumns+` from agency where id = $1`, id)
	return &a, err
}

// AccountManager is the colleague who knows a customer.
type AccountManager struct {
	ID           uuid.UUID
	CreditorID   string
	Name         string
	Email        string
	Phone        string
	SubstituteID *uuid.UUID
	AbsentFrom   *calendar.Date
	AbsentUntil  *calendar.Date
	CreatedAt    time.Time
}

const accountManagerColumns = `id, creditor_id, name, email, phone, substitute_id, absent_from, absent_until, created_at`

// Absent reports whether the colleague is away on a day.
func (m *AccountManager) Absent(day calendar.Date) bool {
	return m.AbsentFrom != nil && !day.Before(*m.AbsentFrom) && (m.AbsentUntil == nil || !day.After(*m.AbsentUntil))
}

// AccountManager reads a colleague.
func (tx *Tx) AccountManager(ctx context.Context, id uuid.UUID) (*AccountManager, error) {
	m, err := one[AccountManager](ctx, tx, `select `+accountManagerColumns+` from account_manager where id = $1`, id)
	return &m, err
}

// SaveContact adds or changes a contact; a new address is worth trying again.
func (tx *Tx) SaveContact(ctx context.Context, c Contact) error {
	if err := tx.Do(ctx, PutContact(c)); err != nil {
		return fmt.Errorf("save contact: %w", err)
	}
	return nil
}

// PutContact adds or changes a contact with other writes.
func PutContact(c Contact) Write {
	return statement(`insert into contact (id, customer_id, role, name, first_name, email, phone, mobile, mobile_billing, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (id) do update set role = excluded.role, name = excluded.name, first_name = excluded.first_name, phone = excluded.phone,
			email_failed_at = case when contact.email = excluded.email then contact.email_failed_at end,
			mobile_failed_at = case when contact.mobile = excluded.mobile then contact.mobile_failed_at end,
			email = excluded.email, mobile = excluded.mobile, mobile_billing = excluded.mobile_billing
		where contact.customer_id = excluded.customer_id`,
		c.ID, c.CustomerID, c.Role, c.Name, c.FirstName, c.Email, c.Phone, c.Mobile, c.MobileBilling, c.CreatedAt)
}

// AddInvoiceContact adds whom an invoice names itself. An address that is known to be dead
// stays so.
func AddInvoiceContact(c Contact) Write {
	return statement(`insert into contact (id, customer_id, invoice_id, role, name, email, email_failed_at, created_at)
		values ($1, $2, $3, $4, $5, $6, (select max(email_failed_at) from contact where customer_id = $2 and lower(email) = lower($6)), $7)`,
		c.ID, c.CustomerID, c.InvoiceID, c.Role, c.Name, c.Email, c.CreatedAt)
}

// Note is free text of a person; it can be erased.
type Note struct {
	ID         uuid.UUID
	CustomerID uuid.UUID
	InvoiceID  *uuid.UUID
	TaskID     *uuid.UUID
	Subject    string
	Body       string
	Actor      string
	BusinessAt time.Time
}

// InsertNote adds a note.
func (tx *Tx) InsertNote(ctx context.Context, n Note) error {
	return tx.exec(ctx, "insert note", `insert into note (id, customer_id, invoice_id, task_id, subject, body, actor, business_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, n.ID, n.CustomerID, n.InvoiceID, n.TaskID, n.Subject, n.Body, n.Actor, n.BusinessAt)
}

// DossierFacts are what only the agency's dossier states.
type DossierFacts struct {
	PaidMinor     int64 // sum of payments, their reversals and adjustments, negative
	CreditedMinor int64 // sum of credit notes and their reversals, negative
	Promises      []Promise
	Disputes      []Dispute
	ApprovedBy    []string
	ApprovedAt    *time.Time
}

// DossierFacts reads them.
func (tx *Tx) DossierFacts(ctx context.Context, invoice uuid.UUID, run int) (DossierFacts, error) {
	var f DossierFacts
	b := &pgx.Batch{}
	b.Queue(`select coalesce(sum(e.amount_minor) filter (where coalesce(r.kind, e.kind) in ('payment', 'adjustment')), 0)::bigint,
			coalesce(sum(e.amount_minor) filter (where coalesce(r.kind, e.kind) = 'credit_note'), 0)::bigint
		from ledger_entry e left join ledger_entry r on r.id = e.reverses where e.invoice_id = $1 and e.bucket = 'principal'`, invoice).
		QueryRow(func(row pgx.Row) error { return row.Scan(&f.PaidMinor, &f.CreditedMinor) })
	b.Queue(`select `+promiseColumns+` from promise where invoice_id = $1 order by made_at`, invoice).Query(all(&f.Promises))
	b.Queue(`select `+disputeColumns+` from dispute where invoice_id = $1 order by opened_at`, invoice).Query(all(&f.Disputes))
	b.Queue(`select coalesce(array_agg(t.closed_by order by t.closed_at), '{}'), max(t.closed_at) from task t join task_item i on i.task_id = t.id
		where i.invoice_id = $1 and i.run_no = $2 and t.kind = 'approval' and t.outcome = 'approved'`, invoice, run).
		QueryRow(func(row pgx.Row) error { return row.Scan(&f.ApprovedBy, &f.ApprovedAt) })
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return f, fmt.Errorf("read dossier of case %s: %w", invoice, err)
	}
	return f, nil
}

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

// BankStatement is one statement of an account that was taken in.
type BankStatement struct {
	ID           uuid.UUID
	CreditorID   string
	UploadID     uuid.UUID
	Account      string
	StatementID  string
	Sequence     int64
	Currency     money.Currency
	OpeningMinor *int64
	ClosingMinor *int64
	CheckResult  string
	CoversUntil  calendar.Date
	Entries      int
	BusinessAt   time.Time
}

const bankStatementColumns = `id, creditor_id, upload_id, account, statement_id, sequence, currency, opening_minor, closing_minor, check_result,
	covers_until, entries, business_at`

// BankEntry is one movement of money, with what became of it.
type BankEntry struct {
	ID          uuid.UUID
	CreditorID  string
	StatementID uuid.UUID
	Key         string
	AmountMinor int64
	Currency    money.Currency
	BookingDate calendar.Date
	ValueDate   calendar.Date
	Status      string // see the migration
	Rule        string
	Reasons     []string
	Flags       []string
	Evidence    []BankEvidence
	CustomerID  *uuid.UUID
	CreditMinor int64
	FeeMinor    int64
	ReturnOf    *uuid.UUID // the bank entry that is taken back, else its receipt
	DecidedBy   string
	DecidedAt   time.Time
	Decision    int // counts from 1; a decision that could not be booked makes room for the next
}

// BankEvidence is a fact that speaks for a match; it repeats nothing that the payer wrote.
type BankEvidence struct {
	Code   string `json:"code"`
	Item   string `json:"item,omitempty"`
	Number string `json:"number,omitempty"`
}

const bankEntryColumns = `id, creditor_id, statement_id, key, amount_minor, currency, booking_date, value_date, status, rule, reasons, flags,
	evidence, customer_id, credit_minor, fee_minor, return_of, decided_by, decided_at, decision`

// BankEntryItem is what a part of the money is for: an invoice, or a credit note that is used up.
type BankEntryItem struct {
	EntryID       uuid.UUID
	Position      int
	InvoiceID     *uuid.UUID
	CreditNoteID  *uuid.UUID
	AmountMinor   int64
	DiscountMinor int64
	RoundingMinor int64
}

const bankEntryItemColumns = `entry_id, position, invoice_id, credit_note_id, amount_minor, discount_minor, rounding_minor`

// BankEntryText is who paid and what they wrote; it can be erased.
type BankEntryText struct {
	EntryID      uuid.UUID
	PayerName    string
	PayerAccount string
	EndToEndID   string
	Text         string
}

// StatementsCover is the last day of which the statements of all of the accounts say everything;
// nil while one of them has none.
func (s *Store) StatementsCover(ctx context.Context, creditor string, accounts []string) (until *calendar.Date, err error) {
	err = s.pool.QueryRow(ctx, `select case when count(until) = count(*) then min(until) end from (
		select (select max(covers_until) from bank_statement where creditor_id = $1 and account = own) as until from unnest($2::text[]) own) accounts`,
		creditor, accounts).Scan(&until)
	return until, err
}

// InsertBankStatement adds a statement; the same one of the same file is there once.
func (s *Store) InsertBankStatement(ctx context.Context, b BankStatement) (id uuid.UUID, err error) {
	err = s.pool.QueryRow(ctx, `insert into bank_statement (`+bankStatementColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		on conflict (upload_id, statement_id, account) do update set entries = excluded.entries returning id`,
		b.ID, b.CreditorID, b.UploadID, b.Account, b.StatementID, b.Sequence, b.Currency, b.OpeningMinor, b.ClosingMinor, b.CheckResult, b.CoversUntil,
		b.Entries, b.BusinessAt).Scan(&id)
	if err != nil {
		return id, fmt.Errorf("insert bank statement: %w", err)
	}
	return id, nil
}

// ForgetPending drops what an account's earlier statements said was reserved: a newer one says
// it anew, or says that it was booked.
func (s *Store) ForgetPending(ctx context.Context, creditor, account string) error {
	_, err := s.pool.Exec(ctx, `with gone as (
			select e.id from bank_entry e join bank_statement b on b.id = e.statement_id
			where e.creditor_id = $1 and b.account = $2 and e.status = 'pending'),
		texts as (delete from bank_entry_text where entry_id in (select id from gone)),
		items as (delete from bank_entry_item where entry_id in (select id from gone))
		delete from bank_entry where id in (select id from gone)`, creditor, account)
	return err
}

// KnownEntries reads which of the keys were taken in before, by key.
func (s *Store) KnownEntries(ctx context.Context, creditor string, keys []string) (map[string]BankEntry, error) {
	rows, err := list[BankEntry](ctx, s.pool, `select `+bankEntryColumns+` from bank_entry where creditor_id = $1 and key = any($2)`, creditor, keys)
	known := make(map[string]BankEntry, len(rows))
	for _, r := range rows {
		known[r.Key] = r
	}
	return known, err
}

// DecideEntry writes down a movement with the decision about it, before anything is booked; false
// if its key was taken in meanwhile.
func (s *Store) DecideEntry(ctx context.Context, e BankEntry, items []BankEntryItem, text BankEntryText) (fresh bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		tag, err := tx.Exec(ctx, `insert into bank_entry (`+bankEntryColumns+`)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) on conflict (creditor_id, key) do nothing`,
			e.ID, e.CreditorID, e.StatementID, e.Key, e.AmountMinor, e.Currency, e.BookingDate, e.ValueDate, e.Status, e.Rule, e.Reasons, e.Flags,
			e.Evidence, e.CustomerID, e.CreditMinor, e.FeeMinor, e.ReturnOf, e.DecidedBy, e.DecidedAt, e.Decision)
		if err != nil {
			return fmt.Errorf("insert bank entry: %w", err)
		}
		if fresh = tag.RowsAffected() == 1; !fresh {
			return nil
		}
		writes := append(addEntryItems(e.ID, items), statement(`insert into bank_entry_text (entry_id, payer_name, payer_account, end_to_end_id, text)
			values ($1, $2, $3, $4, $5)`, e.ID, text.PayerName, text.PayerAccount, text.EndToEndID, text.Text))
		return tx.Do(ctx, writes...)
	})
	return fresh, err
}

func addEntryItems(entry uuid.UUID, items []BankEntryItem) []Write {
	var writes []Write
	for i, it := range items {
		writes = append(writes, statement(`insert into bank_entry_item (`+bankEntryItemColumns+`) values ($1, $2, $3, $4, $5, $6, $7)`,
			entry, i+1, it.InvoiceID, it.CreditNoteID, it.AmountMinor, it.DiscountMinor, it.RoundingMinor))
	}
	return writes
}

// RedecideEntry writes a person's decision over a proposal; false if somebody decided it meanwhile.
func (s *Store) RedecideEntry(ctx context.Context, e BankEntry, items []BankEntryItem) (done bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		tag, err := tx.Exec(ctx, `update bank_entry set status = $2, customer_id = $3, credit_minor = $4, decided_by = $5, decided_at = $6, reasons = $7
			where id = $1 and status in ('proposed', 'unmatched')`, e.ID, e.Status, e.CustomerID, e.CreditMinor, e.DecidedBy, e.DecidedAt, e.Reasons)
		if err != nil {
			return fmt.Errorf("decide bank entry: %w", err)
		}
		if done = tag.RowsAffected() == 1; !done {
			return nil
		}
		writes := append([]Write{statement(`delete from bank_entry_item where entry_id = $1`, e.ID)}, addEntryItems(e.ID, items)...)
		return tx.Do(ctx, writes...)
	})
	return done, err
}

// SettleEntry says what became of a movement that was being booked, and remembers the account
// from which its customer paid.
func (s *Store) SettleEntry(ctx context.Context, e *BankEntry, status string, learn bool) error {
	return s.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		writes := []Write{statement(`update bank_entry set status = $2 where id = $1 and status = 'applying'`, e.ID, status)}
		if learn && e.CustomerID != nil {
			writes = append(writes, statement(`insert into payer_account (creditor_id, account, customer_id, first_seen_at)
				select $1, payer_account, $2, $3 from bank_entry_text where entry_id = $4 and payer_account <> '' on conflict do nothing`,
				e.CreditorID, *e.CustomerID, e.DecidedAt, e.ID))
		}
		return tx.Do(ctx, writes...)
	})
}

// AskAboutEntry puts a movement that could not be booked to a person, whose decision will be
// another one.
func (s *Store) AskAboutEntry(ctx context.Context, id uuid.UUID, reason string) error {
	_, err := s.pool.Exec(ctx, `update bank_entry set status = 'proposed', decision = decision + 1, reasons = array_append(array_remove(reasons, $2), $2)
		where id = $1 and status = 'applying'`, id, reason)
	return err
}

// Proposed reports whether the history of an invoice notes that a movement may be for it.
func (tx *Tx) Proposed(ctx context.Context, invoice, entry uuid.UUID) (noted bool, err error) {
	err = tx.QueryRow(ctx, `select exists (select 1 from case_event where invoice_id = $1 and kind = 'allocation_proposed' and data->>'bank_entry_id' = $2)`,
		invoice, entry.String()).Scan(&noted)
	return noted, err
}

// EntryItems lists what a movement is for, in order.
func (s *Store) EntryItems(ctx context.Context, entry uuid.UUID) ([]BankEntryItem, error) {
	return list[BankEntryItem](ctx, s.pool, `select `+bankEntryItemColumns+` from bank_entry_item where entry_id = $1 order by position`, entry)
}

// FindEntry reads a movement within the scope.
func (s *Store) FindEntry(ctx context.Context, scope Scope, id uuid.UUID) (BankEntry, error) {
	return one[BankEntry](ctx, s.pool, `select `+bankEntryColumns+` from bank_entry where id = $1 and ($2::text[] is null or creditor_id = any($2))`, id, scope.filter())
}

// EntryText reads who paid and what they wrote; the zero value once it was erased.
func (s *Store) EntryText(ctx context.Context, id uuid.UUID) (BankEntryText, error) {
	t, err := one[BankEntryText](ctx, s.pool, `select entry_id, payer_name, payer_account, end_to_end_id, text from bank_entry_text where entry_id = $1`, id)
	if errors.Is(err, ErrNotFound) {
		return BankEntryText{EntryID: id}, nil
	}
	return t, err
}

// EntryFilter selects movements; zero values select all.
type EntryFilter struct {
	Creditor string
	Customer uuid.UUID
	Status   string
}

// FindEntries lists movements, oldest first.
func (s *Store) FindEntries(ctx context.Context, scope Scope, f EntryFilter, p Page) ([]BankEntry, error) {
	w := &where{}
	w.scope("creditor_id", scope)
	if f.Creditor != "" {
		w.add("creditor_id = $%d", f.Creditor)
	}
	if f.Customer != uuid.Nil {
		w.add("customer_id = $%d", f.Customer)
	}
	if f.Status != "" {
		w.add("status = $%d", f.Status)
	}
	w.page("id", p)
	return list[BankEntry](ctx, s.pool, `select `+bankEntryColumns+` from bank_entry`+w.sql()+` order by id`+w.limit(p.Limit), w.args...)
}

// FindStatements lists statements, newest first; the page continues before its last id.
func (s *Store) FindStatements(ctx context.Context, scope Scope, creditor string, p Page) ([]BankStatement, error) {
	w := &where{}
	w.scope("creditor_id", scope)
	if creditor != "" {
		w.add("creditor_id = $%d", creditor)
	}
	if p.After != uuid.Nil {
		w.add("id < $%d", p.After)
	}
	return list[BankStatement](ctx, s.pool, `select `+bankStatementColumns+` from bank_statement`+w.sql()+` order by id desc`+w.limit(p.Limit), w.args...)
}

// Undecided lists movements of a creditor that are being booked: an import that died left them.
func (s *Store) Undecided(ctx context.Context, creditor string) ([]BankEntry, error) {
	return list[BankEntry](ctx, s.pool, `select `+bankEntryColumns+` from bank_entry where creditor_id = $1 and status = 'applying' order by id`, creditor)
}

// MatchItem is a document that a payment may be about.
type MatchItem struct {
	ID               uuid.UUID
	CustomerID       uuid.UUID
	Number           string
	Kind             string // invoice, credit_note
	OpenMinor        int64
	Currency         money.Currency
	PaymentReference string
	IssueDate        calendar.Date
	DueDate          calendar.Date
	Closed           bool
	DiscountPoints   int
	DiscountUntil    *calendar.Date
}

// MatchItems reads a creditor's open invoices, those closed since a day, and the credit notes of
// which something is left.
func (s *Store) MatchItems(ctx context.Context, creditor string, closedSince time.Time) ([]MatchItem, error) {
	return list[MatchItem](ctx, s.pool, `select i.id, i.customer_id, i.number, 'invoice' as kind, greatest(i.open_minor, 0) as open_minor, i.currency,
			i.payment_reference, i.issue_date, i.due_date, i.closed_outcome is not null as closed,
			case when i.open_minor = i.amount_minor then i.discount_points else 0 end as discount_points, i.discount_until
		from invoice i left join collection_run r on r.invoice_id = i.id and r.run_no = i.current_run
		where i.creditor_id = $1 and (i.closed_outcome is null or r.closed_at >= $2)
		union all
		select r.id, r.customer_id, r.external_id, 'credit_note', -sum(e.amount_minor)::bigint, r.currency, '', r.value_date, r.value_date, false, 0, null
		from receipt r join ledger_entry e on e.receipt_id = r.id and e.invoice_id is null
		where r.creditor_id = $1 and r.kind = 'credit_note' and r.status = 'booked'
		group by r.id having -sum(e.amount_minor) > 0`, creditor, closedSince)
}

// MatchReceipt is the part of a received payment that was booked on an invoice.
type MatchReceipt struct {
	InvoiceID     uuid.UUID
	PaymentID     uuid.UUID // the bank entry, else the receipt
	EndToEndID    string
	TotalMinor    int64
	CreditMinor   int64 // of the whole payment
	AmountMinor   int64
	DiscountMinor int64
	RoundingMinor int64
	Currency      money.Currency
}

// MatchReceipts reads the payments since a day that stand and were booked on invoices.
func (s *Store) MatchReceipts(ctx context.Context, creditor string, since time.Time) ([]MatchReceipt, error) {
	return list[MatchReceipt](ctx, s.pool, `with parts as (
			select r.id, r.invoice_id, coalesce(r.bank_entry_id, r.id) as payment_id, r.bank_entry_id, r.currency, r.amount_minor,
				-coalesce(sum(e.amount_minor) filter (where e.kind = 'payment'), 0)::bigint as booked,
				-coalesce(sum(e.amount_minor) filter (where e.kind = 'discount'), 0)::bigint as discount,
				-coalesce(sum(e.amount_minor) filter (where e.kind = 'rounding'), 0)::bigint as rounding,
				-coalesce(sum(e.amount_minor) filter (where e.kind = 'unallocated_credit'), 0)::bigint as credit
			from receipt r left join ledger_entry e on e.receipt_id = r.id
			where r.creditor_id = $1 and r.kind = 'payment' and r.status = 'booked' and r.business_at >= $2
			group by r.id)
		select p.invoice_id, p.payment_id, coalesce(t.end_to_end_id, '') as end_to_end_id,
			sum(p.amount_minor) over (partition by p.payment_id)::bigint as total_minor,
			sum(p.credit) over (partition by p.payment_id)::bigint as credit_minor,
			p.booked as amount_minor, p.discount as discount_minor, p.rounding as rounding_minor, p.currency
		from parts p left join bank_entry_text t on t.entry_id = p.bank_entry_id where p.invoice_id is not null`, creditor, since)
}

// PayerAccounts reads from which accounts a creditor's customers have paid.
func (s *Store) PayerAccounts(ctx context.Context, creditor string) (map[string][]uuid.UUID, error) {
	type row struct {
		Account    string
		CustomerID uuid.UUID
	}
	rows, err := list[row](ctx, s.pool, `select account, customer_id from payer_account where creditor_id = $1`, creditor)
	payers := map[string][]uuid.UUID{}
	for _, r := range rows {
		payers[r.Account] = append(payers[r.Account], r.CustomerID)
	}
	return payers, err
}

// ReceiptsOfEntry lists the receipts that a movement was booked as and that stand.
func (s *Store) ReceiptsOfEntry(ctx context.Context, entry uuid.UUID) ([]Receipt, error) {
	return list[Receipt](ctx, s.pool, `select `+receiptColumns+` from receipt where (bank_entry_id = $1 or id = $1) and status = 'booked' order by id`, entry)
}

// InvoiceCustomer is whose an invoice is, within the scope.
func (s *Store) InvoiceCustomer(ctx context.Context, scope Scope, invoice uuid.UUID) (customer uuid.UUID, err error) {
	err = s.pool.QueryRow(ctx, `select customer_id from invoice where id = $1 and ($2::text[] is null or creditor_id = any($2))`, invoice, scope.filter()).Scan(&customer)
	if errors.Is(err, pgx.ErrNoRows) {
		return customer, ErrNotFound
	}
	return customer, err
}

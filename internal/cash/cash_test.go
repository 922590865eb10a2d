package cash_test

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement/statementtest"
	"maan/internal/calendar"
	"maan/internal/cash"
	"maan/internal/collection"
	"maan/internal/devstack/postgres/pgtest"
	"maan/internal/imports"
	"maan/internal/money"
	"maan/internal/store"
)

const (
	acme  = "acme"
	iban  = "NL91ABNA0417164300"
	payer = "BE68539007547034"
)

// desk is a creditor on a database of its own, with two customers.
type desk struct {
	t        *testing.T
	db       *store.Store
	cases    *collection.Service
	cash     *cash.Service
	imports  *imports.Service
	now      time.Time
	customer map[string]uuid.UUID
	files    int
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	schema, err := store.SchemaHash()
	require.NoError(t, err)
	db, err := store.Open(t.Context(), pgtest.Database(t, schema, store.Migrate))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	cases := collection.New(db, collection.Settings{})
	d := &desk{
		t: t, db: db, cases: cases, cash: cash.New(db, cases), now: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC), customer: map[string]uuid.UUID{},
	}
	d.imports = imports.New(db, map[string]imports.Importer{imports.KindBankStatement: d.cash})
	require.NoError(t, cases.PublishShipped(t.Context(), d.now))
	d.exec(`insert into creditor (id, name, country, zone, language, sender_name, sender_email, reply_to, phone, contact_name, iban, account_name, mode, payments_by, created_at)
		values ('acme', 'Acme BV', 'NL', 'Europe/Amsterdam', 'nl', 'Acme', 'a@acme.example', 'a@acme.example', '1', 'A', $1, 'Acme BV', 'automatic', 'bank', now())`, iban)
	for _, number := range []string{"C-1", "C-2"} {
		id := store.NewID()
		d.customer[number] = id
		d.exec(`insert into customer (id, creditor_id, number, legal_name, kind, language, country, created_at) values ($1, 'acme', $2, 'Buyer', 'business', 'nl', 'NL', now())`, id, number)
	}
	return d
}

func (d *desk) exec(sql string, args ...any) {
	d.t.Helper()
	_, err := d.db.Pool().Exec(context.Background(), sql, args...)
	require.NoError(d.t, err)
}

func euro(minor int64) money.Amount { return money.New(minor, "EUR") }

func (d *desk) invoice(customer, number string, minor int64, reference string) uuid.UUID {
	d.t.Helper()
	done, err := d.cases.StartInvoice(d.t.Context(), store.Everything, d.now, "u1", collection.NewInvoice{
		CreditorID: acme, CustomerID: d.customer[customer], Number: number, IssueDate: calendar.NewDate(2026, 8, 1), DueDate: calendar.NewDate(2026, 8, 31),
		Amount: euro(minor), PaymentReference: reference, Source: "api",
	})
	require.NoError(d.t, err)
	return done.InvoiceID
}

// A payment that takes the agreed discount in time closes the invoice; too late it is partial.
func TestImport_CashDiscount(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	start := func(number string) uuid.UUID {
		done, err := d.cases.StartInvoice(t.Context(), store.Everything, d.now, "u1", collection.NewInvoice{
			CreditorID: acme, CustomerID: d.customer["C-1"], Number: number, IssueDate: calendar.NewDate(2026, 8, 25), DueDate: calendar.NewDate(2026, 9, 24),
			Amount: euro(121000), Source: "api", Discount: collection.CashDiscount{Points: 300, Until: calendar.NewDate(2026, 9, 4)},
		})
		require.NoError(t, err)
		return done.InvoiceID
	}
	early, late := start("2026-0300"), start("2026-0301")
	u := d.file(statement(september, statementtest.Entry{Amount: euro(117370), Text: "factuur 2026-0300 min 3% korting", BankRef: "B1"}))
	require.Equal(t, 1, u.Result["matched"], u.Result)
	require.Equal(t, "0.00 paid", d.open(early))
	var discount int64
	require.NoError(t, d.db.Pool().QueryRow(t.Context(), `select -sum(amount_minor) from ledger_entry where invoice_id = $1 and kind = 'discount'`, early).Scan(&discount))
	require.Equal(t, int64(3630), discount)
	u = d.file(statement(september.AddDays(9), statementtest.Entry{Amount: euro(117370), Text: "factuur 2026-0301 min 3% korting", BankRef: "B2"}))
	require.Equal(t, 1, u.Result["proposed"], u.Result)
	require.Equal(t, "1210.00 open", d.open(late))
}

func (d *desk) creditNote(customer, number string, minor int64) {
	d.t.Helper()
	_, err := d.cases.CreditCustomer(d.t.Context(), store.Everything, d.now, "u1", d.customer[customer], collection.Receipt{
		Kind: collection.EntryCreditNote, ExternalID: number, Amount: euro(minor), On: calendar.NewDate(2026, 8, 20),
	})
	require.NoError(d.t, err)
}

func statement(date calendar.Date, entries ...statementtest.Entry) statementtest.Spec {
	return statementtest.Spec{Account: iban, Date: date, Opening: euro(100000), Entries: entries}
}

// file takes a statement in as the product does, and answers what became of it.
func (d *desk) file(spec statementtest.Spec, options ...string) store.Upload {
	d.t.Helper()
	var text bytes.Buffer
	d.files++
	spec.Sequence = int64(d.files)
	require.NoError(d.t, statementtest.Write(&text, spec))
	return d.take(text.Bytes(), options...)
}

func (d *desk) take(content []byte, options ...string) store.Upload {
	d.t.Helper()
	f := imports.File{CreditorID: acme, Kind: imports.KindBankStatement, Content: content, Options: map[string]string{}}
	for _, o := range options {
		if o == "dry" {
			f.DryRun = true
			continue
		}
		f.Options[o] = "true"
	}
	u, _, err := d.imports.Take(d.t.Context(), store.Everything, d.now, "u1", f)
	require.NoError(d.t, err)
	u, err = d.imports.Run(d.t.Context(), u, d.now, func(int, int) {})
	require.NoError(d.t, err)
	return u
}

// open is what an invoice still owes, and how it was closed.
func (d *desk) open(id uuid.UUID) string {
	d.t.Helper()
	var minor int64
	var outcome string
	require.NoError(d.t, d.db.Pool().QueryRow(d.t.Context(), `select open_minor, coalesce(closed_outcome, 'open') from invoice where id = $1`, id).Scan(&minor, &outcome))
	return fmt.Sprintf("%d.%02d %s", minor/100, minor%100, outcome)
}

// credit is what we owe a customer.
func (d *desk) credit(customer string) (minor int64) {
	d.t.Helper()
	require.NoError(d.t, d.db.Pool().QueryRow(d.t.Context(), `select -coalesce(sum(amount_minor), 0) from ledger_entry where customer_id = $1 and invoice_id is null`,
		d.customer[customer]).Scan(&minor))
	return minor
}

func (d *desk) entries(status string) []store.BankEntry {
	d.t.Helper()
	rows, err := d.db.FindEntries(d.t.Context(), store.Everything, store.EntryFilter{Status: status}, store.Page{Limit: 100})
	require.NoError(d.t, err)
	return rows
}

var september = calendar.NewDate(2026, 9, 1)

// The worked examples of the field: exact, partial, several with a credit note, double payment,
// a known account, and the same movement in a second file.
func TestImport_WorkedExamples(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	exact := d.invoice("C-1", "2026-0090", 121000, "010806817183")
	partial := d.invoice("C-1", "2026-0091", 121000, "312401398067")
	first, second := d.invoice("C-2", "2026-0101", 100000, ""), d.invoice("C-2", "2026-0107", 60000, "")
	d.creditNote("C-2", "CN-12", 10000)

	u := d.file(statement(september,
		statementtest.Entry{Amount: euro(121000), Reference: "010806817183", BankRef: "B1", IBAN: payer},
		statementtest.Entry{Amount: euro(120000), Reference: "312401398067", BankRef: "B2", IBAN: payer},
		statementtest.Entry{Amount: euro(150000), Text: "Fact 2026-0101 en 2026-0107 min creditnota CN-12", BankRef: "B3"},
		statementtest.Entry{Amount: euro(-5000), Text: "huur", BankRef: "B4"},
		statementtest.Entry{Amount: euro(7700), Text: "geen idee", BankRef: "B5"},
	))
	require.Equal(t, "done", u.Status)
	require.Equal(t, map[string]int{"matched": 3, "outgoing": 1, "unmatched": 1, "warnings": 0, "woken": 0}, u.Result)
	require.Equal(t, "0.00 paid", d.open(exact))
	require.Equal(t, "10.00 open", d.open(partial), "a small balance is proposed for writing off")
	require.Equal(t, "0.00 paid", d.open(first))
	require.Equal(t, "0.00 paid", d.open(second))
	require.Zero(t, d.credit("C-2"), "the credit note is used up")

	again := d.file(statement(september,
		statementtest.Entry{Amount: euro(121000), Reference: "010806817183", BankRef: "B1", IBAN: payer},
		statementtest.Entry{Amount: euro(242000), Reference: "010806817183", BankRef: "B6", IBAN: payer},
	))
	require.Equal(t, 1, again.Result["known"], "the same movement in another file counts once")
	require.Equal(t, int64(242000), d.credit("C-1"), "a double payment is credit")
	require.Equal(t, "0.00 paid", d.open(exact))
}

func TestImport_KnownAccountIsProposedAndAPersonDecides(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.invoice("C-1", "2026-0100", 5000, "010806817183")
	d.file(statement(september, statementtest.Entry{Amount: euro(5000), Reference: "010806817183", BankRef: "B1", IBAN: payer}))
	one, two := d.invoice("C-1", "2026-0101", 100000, ""), d.invoice("C-1", "2026-0107", 60000, "")
	u := d.file(statement(september, statementtest.Entry{Amount: euro(160000), BankRef: "B2", IBAN: payer, Text: "bedankt"}))
	require.Equal(t, 1, u.Result["proposed"])
	require.Equal(t, "1000.00 open", d.open(one))
	proposed := d.entries("proposed")
	require.Len(t, proposed, 1)
	require.Equal(t, "known_iban_subset", proposed[0].Rule)

	e, err := d.cash.Allocate(t.Context(), store.Everything, d.now, "person-1", proposed[0].ID, cash.Decision{})
	require.NoError(t, err)
	require.Equal(t, "matched", e.Status)
	require.Equal(t, "0.00 paid", d.open(one))
	require.Equal(t, "0.00 paid", d.open(two))
	_, err = d.cash.Allocate(t.Context(), store.Everything, d.now, "person-2", proposed[0].ID, cash.Decision{})
	r, ok := collection.AsRefusal(err)
	require.True(t, ok)
	require.Equal(t, "decided", r.Faults[0].Code)
}

func TestAllocate_PartsAndTheRest(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	mine, foreign := d.invoice("C-1", "2026-0101", 100000, ""), d.invoice("C-2", "2026-0102", 100000, "")
	d.file(statement(september, statementtest.Entry{Amount: euro(130000), BankRef: "B1", Text: "?"}, statementtest.Entry{Amount: euro(500), BankRef: "B2", Text: "?"}))
	unmatched := d.entries("unmatched")
	require.Len(t, unmatched, 2)
	for code, decision := range map[string]cash.Decision{
		"missing":        {},
		"other_customer": {Parts: []cash.Part{{mine, 100}, {foreign, 100}}},
		"out_of_range":   {Parts: []cash.Part{{mine, 130001}}},
	} {
		_, err := d.cash.Allocate(t.Context(), store.Everything, d.now, "p", unmatched[0].ID, decision)
		r, ok := collection.AsRefusal(err)
		require.True(t, ok, code)
		require.Equal(t, code, r.Faults[0].Code)
	}
	_, err := d.cash.Allocate(t.Context(), store.Everything, d.now, "p", unmatched[0].ID, cash.Decision{Parts: []cash.Part{{mine, 100000}}})
	require.NoError(t, err)
	require.Equal(t, "0.00 paid", d.open(mine))
	require.Equal(t, int64(30000), d.credit("C-1"))
	_, err = d.cash.Ignore(t.Context(), store.Everything, d.now, "p", unmatched[1].ID)
	require.NoError(t, err)
	require.Len(t, d.entries("ignored"), 1)
}

func TestImport_AReturnOpensTheInvoiceAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.invoice("C-1", "INV-2026-0055", 37000, "")
	d.file(statement(september, statementtest.Entry{Amount: euro(37000), EndToEndID: "E2E-55", Invoices: []string{"INV-2026-0055"}, BankRef: "B1", IBAN: payer}))
	require.Equal(t, "0.00 paid", d.open(id))
	u := d.file(statement(september.AddDays(9), statementtest.Entry{
		Amount: euro(-37050), Reversal: true, ReturnCode: "MD06", EndToEndID: "E2E-55", Text: "INV-2026-0055", BankRef: "B2", IBAN: payer,
		Charges: euro(50), Original: euro(37000),
	}))
	require.Equal(t, 1, u.Result["returned"], u.Result)
	require.Equal(t, "370.00 open", d.open(id), "the fee is a cost of its own")
	var fee, run int64
	require.NoError(t, d.db.Pool().QueryRow(t.Context(), `select coalesce(sum(amount_minor), 0) from ledger_entry where invoice_id = $1 and bucket = 'cost'`, id).Scan(&fee))
	require.NoError(t, d.db.Pool().QueryRow(t.Context(), `select current_run from invoice where id = $1`, id).Scan(&run))
	require.Equal(t, int64(50), fee)
	require.Equal(t, int64(2), run)
}

func TestImport_RefusesWhatIsNotOursOrDoesNotAddUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.invoice("C-1", "2026-0101", 100000, "010806817183")
	pay := statementtest.Entry{Amount: euro(100000), Reference: "010806817183", BankRef: "B1"}
	foreign := statement(september, pay)
	foreign.Account = "NL20INGB0001234567"
	off := statement(september, pay)
	closing := euro(1)
	off.Closing = &closing
	for code, spec := range map[string]statementtest.Spec{"account_not_ours": foreign, "unbalanced": off} {
		u := d.file(spec)
		require.Equal(t, "refused", u.Status, code)
		faults, err := d.db.UploadFaults(t.Context(), u.ID)
		require.NoError(t, err)
		require.Equal(t, code, faults[0].Code)
	}
	u := d.take([]byte("<Document/>"))
	require.Equal(t, "refused", u.Status)
	require.NotZero(t, u.Faults)
	require.Equal(t, "1000.00 open", d.open(id), "nothing was booked")

	u = d.file(off, cash.OptionConfirmUnbalanced)
	require.Equal(t, "done", u.Status)
	require.Equal(t, "0.00 paid", d.open(id))
}

func TestImport_DryRunWritesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.invoice("C-1", "2026-0101", 100000, "010806817183")
	spec := statement(september, statementtest.Entry{Amount: euro(100000), Reference: "010806817183", BankRef: "B1"})
	require.Equal(t, 1, d.file(spec, "dry").Result["matched"])
	require.Equal(t, "1000.00 open", d.open(id))
	require.Empty(t, d.entries(""))
	require.Equal(t, 1, d.file(spec).Result["matched"])
	require.Equal(t, "0.00 paid", d.open(id))
}

// Two imports at once of files that share movements: each movement counts once.
func TestImport_TwoAtOnceCountEachMovementOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var entries []statementtest.Entry
	var ids []uuid.UUID
	for i := range 12 {
		number := fmt.Sprintf("2026-%04d", 200+i)
		ids = append(ids, d.invoice("C-1", number, 10000, ""))
		entries = append(entries, statementtest.Entry{Amount: euro(10000), Text: "factuur " + number, BankRef: "B" + number})
	}
	var group sync.WaitGroup
	for i := range 2 {
		var text bytes.Buffer
		spec := statement(september, entries...)
		spec.Sequence = int64(i + 1)
		require.NoError(t, statementtest.Write(&text, spec))
		u, _, err := d.imports.Take(t.Context(), store.Everything, d.now, "u1", imports.File{CreditorID: acme, Kind: imports.KindBankStatement, Content: text.Bytes()})
		require.NoError(t, err)
		group.Go(func() {
			_, err := d.imports.Run(context.Background(), u, d.now, func(int, int) {})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, id := range ids {
		require.Equal(t, "0.00 paid", d.open(id))
	}
	require.Zero(t, d.credit("C-1"))
	require.Len(t, d.entries("matched"), 12)
}

// An import that died between its decision and the booking goes on with that decision.
func TestImport_GoesOnWithWhatWasDecided(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.invoice("C-1", "2026-0101", 100000, "010806817183")
	pay := statementtest.Entry{Amount: euro(100000), Reference: "010806817183", BankRef: "B1"}
	d.file(statement(september, pay))
	d.exec(`update bank_entry set status = 'applying'`)
	u := d.file(statement(september, pay, statementtest.Entry{Amount: euro(-100), BankRef: "B2", Text: "kosten"}))
	require.Equal(t, 1, u.Result["known"])
	require.Equal(t, "0.00 paid", d.open(id))
	require.Zero(t, d.credit("C-1"), "nothing was booked twice")
	require.Len(t, d.entries("matched"), 1)
}

// A decision that the facts overtook is put to a person, and the rest of the file goes on.
func TestImport_WhatCannotBeBookedIsAPersonsQuestion(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first, second := d.invoice("C-1", "2026-0101", 100000, "010806817183"), d.invoice("C-1", "2026-0102", 100000, "312401398067")
	d.file(statement(september, statementtest.Entry{Amount: euro(100000), Reference: "010806817183", BankRef: "B1"}))
	d.exec(`update bank_entry set status = 'applying'`)
	d.exec(`update receipt set content_hash = 'another'`) // as if somebody had booked another payment under its reference
	u := d.file(statement(september, statementtest.Entry{Amount: euro(100000), Reference: "312401398067", BankRef: "B2"}))
	require.Equal(t, "done", u.Status)
	proposed := d.entries("proposed")
	require.Len(t, proposed, 1)
	require.Equal(t, []string{"not_booked"}, proposed[0].Reasons)
	require.Equal(t, "0.00 paid", d.open(first))
	require.Equal(t, "0.00 paid", d.open(second))
}

// What is reserved and not booked counts as the customer's credit until the next statement.
func TestImport_PendingMoneyIsBookedOnceItIsBooked(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.invoice("C-1", "2026-0101", 100000, "010806817183")
	pay := statementtest.Entry{Amount: euro(100000), Reference: "010806817183", BankRef: "B1", Pending: true}
	u := d.file(statement(september, pay))
	require.Equal(t, 1, u.Result["pending"])
	require.Equal(t, "1000.00 open", d.open(id))
	require.Len(t, d.entries("pending"), 1)
	pay.Pending = false
	d.file(statement(september.AddDays(1), pay))
	require.Equal(t, "0.00 paid", d.open(id))
	require.Empty(t, d.entries("pending"))
}

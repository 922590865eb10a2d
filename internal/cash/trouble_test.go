package cash_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement/statementtest"
	"maan/internal/cash"
	"maan/internal/collection"
	"maan/internal/store"
)

func code(t *testing.T, err error) string {
	t.Helper()
	r, refused := collection.AsRefusal(err)
	require.True(t, refused, "%v", err)
	return r.Faults[0].Code
}

// A payment that finance booked by hand came with no statement; its return comes with one.
func TestImport_TakesBackWhatWasBookedByHand(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.invoice("C-1", "2026-0101", 37000, "010806817183")
	_, err := d.cases.Receive(t.Context(), store.Everything, d.now, "u1", id, collection.Receipt{
		Kind: collection.EntryPayment, ExternalID: "by-hand-1", Amount: euro(37000), On: september,
	})
	require.NoError(t, err)
	require.Equal(t, "0.00 paid", d.open(id))
	u := d.file(statement(september.AddDays(3), statementtest.Entry{
		Amount: euro(-37000), Reversal: true, ReturnCode: "MD06", Reference: "010806817183", BankRef: "B1", IBAN: payer,
	}))
	require.Equal(t, 1, u.Result["returned"], u.Result)
	require.Equal(t, "370.00 open", d.open(id))
}

func TestImport_RefusesACreditorWhoseERPReportsPayments(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.invoice("C-1", "2026-0101", 100000, "010806817183")
	d.exec(`update creditor set payments_by = 'erp'`)
	u := d.file(statement(september, statementtest.Entry{Amount: euro(100000), Reference: "010806817183", BankRef: "B1"}))
	require.Equal(t, "refused", u.Status)
	faults, err := d.db.UploadFaults(t.Context(), u.ID)
	require.NoError(t, err)
	require.Equal(t, "payments_by_erp", faults[0].Code)
	require.Equal(t, "1000.00 open", d.open(id))
}

// Payments are known only as far as the statements of all accounts reach.
func TestImport_KnowsPaymentsOnceEveryAccountIsCovered(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const second = "NL20INGB0001234567"
	d.exec(`update creditor set bank_accounts = array[$1]`, second)
	known := func() string {
		c, err := d.db.FindCreditor(t.Context(), store.Everything, acme)
		require.NoError(t, err)
		if c.PaymentsKnownUntil == nil {
			return ""
		}
		return c.PaymentsKnownUntil.String()
	}
	fee := func(ref string) statementtest.Entry {
		return statementtest.Entry{Amount: euro(-100), BankRef: ref, Text: "kosten"}
	}
	d.file(statement(september.AddDays(3), fee("B1")))
	require.Empty(t, known(), "the other account was never looked at")
	other := statement(september, fee("B2"))
	other.Account = second
	d.file(other)
	require.Equal(t, "2026-09-01", known())
	d.file(statement(september.AddDays(4), fee("B3")))
	require.Equal(t, "2026-09-01", known(), "the other account is not known further")
	other = statement(september.AddDays(9), fee("B4"))
	other.Account = second
	d.file(other)
	require.Equal(t, "2026-09-05", known())
}

// What one movement could not pay is still open for the next one of the same file.
func TestImport_WhatWasNotBookedPaysNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.invoice("C-1", "2026-0101", 100000, "010806817183")
	pay := statementtest.Entry{Amount: euro(100000), Reference: "010806817183", BankRef: "B1"}
	taken := d.invoice("C-2", "2026-0102", 500, "")
	d.occupy(pay, taken)
	again := pay
	again.BankRef = "B2"
	u := d.file(statement(september, pay, again))
	require.Equal(t, "done", u.Status)
	require.Equal(t, "0.00 paid", d.open(id))
	require.Zero(t, d.credit("C-1"), "the second movement paid the invoice")
	require.Len(t, d.entries("proposed"), 1)
	var noted int
	require.NoError(t, d.db.Pool().QueryRow(t.Context(), `select count(*) from case_event where kind = 'allocation_proposed' and invoice_id = $1`, id).Scan(&noted))
	require.Equal(t, 1, noted)
	d.file(statement(september, pay))
	require.NoError(t, d.db.Pool().QueryRow(t.Context(), `select count(*) from case_event where kind = 'allocation_proposed' and invoice_id = $1`, id).Scan(&noted))
	require.Equal(t, 1, noted, "a proposal is noted once")
}

// occupy books a payment on another invoice under the reference that the movement will want.
func (d *desk) occupy(e statementtest.Entry, other uuid.UUID) {
	d.t.Helper()
	twin := newDesk(d.t)
	twin.invoice("C-1", "2026-0101", e.Amount.Minor, e.Reference)
	twin.file(statement(september, e))
	_, err := d.cases.Receive(d.t.Context(), store.Everything, d.now, "u1", other, collection.Receipt{
		Kind: collection.EntryPayment, ExternalID: "bank:" + twin.entries("")[0].Key, Amount: euro(100), On: september,
	})
	require.NoError(d.t, err)
}

// A movement of which a part is booked is not decided anew over it: the part is taken back first,
// and then the whole is booked once.
func TestAllocate_AfterAPartWasBooked(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	one, two := d.invoice("C-1", "2026-0101", 100000, ""), d.invoice("C-1", "2026-0107", 60000, "")
	d.file(statement(september, statementtest.Entry{Amount: euro(160000), BankRef: "B1", Text: "Fact 2026-0101 en 2026-0107"}))
	require.Equal(t, "0.00 paid", d.open(two))
	entry := d.entries("matched")[0]
	d.exec(`update bank_entry set status = 'applying'`)
	d.exec(`update receipt set content_hash = 'another' where invoice_id = $1`, two) // as if its second part could not be booked
	d.file(statement(september.AddDays(1), statementtest.Entry{Amount: euro(-100), BankRef: "B2", Text: "kosten"}))
	require.Len(t, d.entries("proposed"), 1)

	_, err := d.cash.Ignore(t.Context(), store.Everything, d.now, "p", entry.ID)
	require.Equal(t, "partly_booked", code(t, err))
	_, err = d.cash.Allocate(t.Context(), store.Everything, d.now, "p", entry.ID, cash.Decision{Parts: []cash.Part{{one, 160000}}})
	require.Equal(t, "partly_booked", code(t, err))
	standing, err := d.db.ReceiptsOfEntry(t.Context(), entry.ID)
	require.NoError(t, err)
	for _, r := range standing {
		_, err := d.cases.Reverse(t.Context(), store.Everything, d.now, "p", r.ID, "wrong split")
		require.NoError(t, err)
	}
	require.Equal(t, "1000.00 open", d.open(one))
	e, err := d.cash.Allocate(t.Context(), store.Everything, d.now, "p", entry.ID, cash.Decision{Parts: []cash.Part{{one, 100000}, {two, 60000}}})
	require.NoError(t, err)
	require.Equal(t, "matched", e.Status)
	require.Equal(t, "0.00 paid", d.open(one))
	require.Equal(t, "0.00 paid", d.open(two))
	require.Zero(t, d.credit("C-1"))
}

// A person's decision that the facts do not allow stays a person's question.
func TestAllocate_WhatCannotBeBookedCanBeDecidedAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.invoice("C-1", "2026-0101", 100000, "")
	d.file(statement(september, statementtest.Entry{Amount: euro(100000), BankRef: "B1", Text: "?"}))
	entry := d.entries("unmatched")[0]
	taken := d.invoice("C-2", "2026-0102", 500, "")
	_, err := d.cases.Receive(t.Context(), store.Everything, d.now, "u1", taken, collection.Receipt{
		Kind: collection.EntryPayment, ExternalID: "bank:" + entry.Key, Amount: euro(100), On: september,
	})
	require.NoError(t, err)
	parts := cash.Decision{Parts: []cash.Part{{id, 100000}}}
	_, err = d.cash.Allocate(t.Context(), store.Everything, d.now, "p", entry.ID, parts)
	require.Equal(t, "reference_taken", code(t, err))
	require.Len(t, d.entries("proposed"), 1, "it keeps the customer's cases silent")
	_, err = d.cash.Allocate(t.Context(), store.Everything, d.now, "p", entry.ID, parts)
	require.NoError(t, err)
	require.Equal(t, "0.00 paid", d.open(id))
}

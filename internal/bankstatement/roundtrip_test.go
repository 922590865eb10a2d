package bankstatement_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/bankstatement"
	"maan/internal/bankstatement/statementtest"
	"maan/internal/money"
)

// What the writer of the tests writes, in either version, is what is read.
func TestRead_ReadsWhatWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		var b bytes.Buffer
		require.NoError(t, statementtest.Write(&b, spec))
		doc, err := bankstatement.Read(&b, bankstatement.Options{})
		require.NoError(t, err)
		st := doc.Statements[0]
		require.Equal(t, spec.Version, doc.Version)
		require.Equal(t, bankstatement.Balanced, st.Check.Result)
		require.Equal(t, spec.Account, st.Account.IBAN)
		require.Len(t, st.Entries, len(spec.Entries))
		for i, e := range st.Entries {
			want := spec.Entries[i]
			require.Equal(t, want.Reversal, e.Reversal)
			require.Equal(t, want.Pending, e.Status == bankstatement.Pending)
			require.Equal(t, want.BankRef, e.BankRef)
			payments := want.Batch
			if len(payments) == 0 {
				require.Equal(t, want.Amount, e.Amount)
				payments = []statementtest.Entry{want}
			}
			require.Len(t, e.Transactions, len(payments))
			for j, tr := range e.Transactions {
				requirePayment(t, payments[j], tr)
			}
		}
	})
}

func requirePayment(t require.TestingT, want statementtest.Entry, got bankstatement.Transaction) {
	require.Equal(t, want.Amount, got.Amount)
	require.Equal(t, want.Text, got.Text)
	require.Equal(t, want.EndToEndID, got.EndToEndID)
	require.Equal(t, want.MandateID, got.MandateID)
	require.Equal(t, bankstatement.Counterparty{Name: want.Name, IBAN: want.IBAN, Ultimate: want.Ultimate}, got.Counterparty)
	require.Equal(t, want.ReturnCode, got.ReturnReason)
	require.Equal(t, want.Charges, got.Charges)
	require.ElementsMatch(t, want.Invoices, got.InvoiceNumbers)
	if want.Reference == "" {
		require.Empty(t, got.References)
	} else {
		require.Equal(t, want.Reference, got.References[0].Value)
	}
}

func drawSpec(t *rapid.T) statementtest.Spec {
	spec := statementtest.Spec{
		Version: rapid.SampledFrom([]string{statementtest.Version02, statementtest.Version08}).Draw(t, "version"),
		Account: ownIBAN, Date: day(2026, 8, 31), Opening: eur(rapid.Int64Range(-1_000_000, 1_000_000).Draw(t, "opening")),
	}
	for i := range rapid.IntRange(0, 5).Draw(t, "entries") {
		e := drawPayment(t)
		e.BankRef = fmt.Sprintf("B-%d", i)
		e.Reversal = rapid.Bool().Draw(t, "reversal")
		e.Pending = rapid.Bool().Draw(t, "pending")
		if rapid.Bool().Draw(t, "batch") {
			e = statementtest.Entry{BankRef: e.BankRef, Reversal: e.Reversal, Pending: e.Pending}
			for range rapid.IntRange(2, 4).Draw(t, "payments") {
				p := drawPayment(t)
				p.Amount = eur(max(p.Amount.Minor, -p.Amount.Minor))
				e.Batch = append(e.Batch, p)
			}
		}
		spec.Entries = append(spec.Entries, e)
	}
	return spec
}

func drawPayment(t *rapid.T) statementtest.Entry {
	sometimes := func(name string, values ...string) string { return rapid.SampledFrom(append(values, "")).Draw(t, name) }
	amount := rapid.Int64Range(1, 1_000_000_00).Draw(t, "amount")
	if rapid.Bool().Draw(t, "debit") {
		amount = -amount
	}
	p := statementtest.Entry{
		Amount: eur(amount), EndToEndID: sometimes("e2e", "E-1"), MandateID: sometimes("mandate", "M-1"),
		Name: sometimes("name", "Bakker & Zn <BV>", "Schmidt GmbH"), IBAN: sometimes("iban", "BE68539007547034"), Ultimate: sometimes("ultimate", "Dupont"),
		Reference: sometimes("reference", "010806817183", "RF18539007547034", "5000056789012345", "OWN-1"),
		Text:      sometimes("text", "invoice 2026-0101", "één \"twee\""), ReturnCode: sometimes("return", "MD06"),
	}
	if rapid.Bool().Draw(t, "charges") {
		p.Charges = eur(50)
	}
	if rapid.Bool().Draw(t, "invoices") {
		p.Invoices = []string{"2026-0101", "2026-0107"}
	}
	return p
}

func TestWrite_ClosingBalanceAsSaid(t *testing.T) {
	t.Parallel()
	closing := eur(1)
	spec := statementtest.Spec{Account: ownIBAN, Date: day(2026, 8, 31), Opening: eur(0), Closing: &closing, Entries: []statementtest.Entry{{Amount: eur(5), Bare: true, Text: "cash"}}}
	doc := read(t, string(written(t, spec)))
	require.Equal(t, bankstatement.Check{Result: bankstatement.Unbalanced, Difference: eur(-4)}, doc.Statements[0].Check)
	require.Equal(t, "cash", doc.Statements[0].Entries[0].Transactions[0].Text)
}

func TestWrite_RefusesTwoCurrencies(t *testing.T) {
	t.Parallel()
	err := statementtest.Write(new(bytes.Buffer), statementtest.Spec{Opening: eur(0), Entries: []statementtest.Entry{{Amount: money.New(1, "USD")}}})
	require.ErrorIs(t, err, money.ErrCurrencyMismatch)
}

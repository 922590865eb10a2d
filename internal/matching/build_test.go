package matching_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/matching"
	"maan/internal/money"
)

const (
	klant = "BE68539007547034" // the account of customer c1
	ogm   = "010806817183"
)

func eur(t require.TestingT, amount string) money.Amount {
	a, err := money.Parse(amount, "EUR")
	require.NoError(t, err)
	return a
}

func date(t require.TestingT, s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	require.NoError(t, err)
	return d
}

// invoice is an open invoice of customer c1; its id is its number.
func invoice(t require.TestingT, number, open string) matching.Item {
	return matching.Item{ID: number, CustomerID: "c1", Number: number, Kind: matching.Invoice, Open: eur(t, open), DueDate: date(t, "2026-08-01")}
}

func creditNote(t require.TestingT, number, open string) matching.Item {
	it := invoice(t, number, open)
	it.Kind = matching.CreditNote
	return it
}

func of(customer string, it matching.Item) matching.Item {
	it.CustomerID = customer
	return it
}

func referenced(reference string, it matching.Item) matching.Item {
	it.PaymentReference = reference
	return it
}

// paid closes the item with one payment, under an end-to-end id.
func paid(payment, endToEnd string, it matching.Item) matching.Item {
	it.Receipts = append(it.Receipts, matching.Receipt{PaymentID: payment, EndToEndID: endToEnd, Total: it.Open, Amount: it.Open})
	it.Open, it.Closed = money.New(0, it.Open.Currency), true
	return it
}

func index(t require.TestingT, policy matching.Policy, items ...matching.Item) *matching.Index {
	ix, err := matching.NewIndex(items, []matching.Payer{{IBAN: klant, CustomerID: "c1"}}, policy)
	require.NoError(t, err)
	return ix
}

// ledger is the open list of the worked examples.
func ledger(t require.TestingT) []matching.Item {
	return []matching.Item{
		invoice(t, "2026-0101", "1000.00"),
		invoice(t, "2026-0107", "600.00"),
		creditNote(t, "CN-12", "100.00"),
		paid("p-55", "INV-2026-0055", of("c2", invoice(t, "2026-0055", "370.00"))),
		of("c3", referenced(ogm, invoice(t, "2026-0123", "1210.00"))),
	}
}

func text(t require.TestingT, amount, text string) matching.Payment {
	return matching.Payment{ID: "p", Amount: eur(t, amount), ValueDate: date(t, "2026-08-31"), Text: text}
}

func byReference(t require.TestingT, amount, reference string) matching.Payment {
	p := text(t, amount, "")
	p.References = []matching.Reference{{Value: reference}}
	return p
}

// booked is what an outcome allocates, as "item amount".
func booked(o matching.Outcome) map[string]string {
	m := map[string]string{}
	for _, a := range o.Allocations {
		m[a.ItemID] = a.Amount.Decimal()
	}
	return m
}

func evidence(o matching.Outcome, code matching.EvidenceCode) []string {
	var ids []string
	for _, e := range o.Evidence {
		if e.Code == code {
			ids = append(ids, e.ItemID)
		}
	}
	return ids
}

// requireWhole checks what holds for every outcome of a payment.
func requireWhole(t require.TestingT, p matching.Payment, o matching.Outcome) {
	sum := o.Unallocated.Minor - o.Fee.Minor
	for _, a := range o.Allocations {
		sum += a.Amount.Minor
	}
	require.Equal(t, p.Amount.Minor, sum, "not a cent is lost")
	require.Equal(t, p.Amount.Currency, o.Unallocated.Currency)
	require.NotEmpty(t, o.Rule)
	if o.Decision == matching.Auto || o.Decision == matching.Return {
		require.Empty(t, o.Reasons)
		require.NotEmpty(t, o.Evidence)
		require.NotEmpty(t, o.CustomerID)
	} else {
		require.NotEmpty(t, o.Reasons, "a person is told why")
		require.Zero(t, o.Fee.Minor)
	}
}

// match is Match with the checks of requireWhole.
func match(t *testing.T, ix *matching.Index, p matching.Payment) matching.Outcome {
	t.Helper()
	o := ix.Match(p)
	requireWhole(t, p, o)
	return o
}

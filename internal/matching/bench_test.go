package matching_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/matching"
	"maan/internal/money"
	"maan/internal/reference"
)

const (
	manyItems    = 50_000
	manyPayments = 10_000
)

// bulk is a creditor with 50,000 documents of 5,000 customers, and 10,000
// payments of all kinds.
func bulk(tb testing.TB) ([]matching.Item, []matching.Payer, []matching.Payment) {
	items := make([]matching.Item, manyItems)
	for i := range items {
		ref, err := reference.MakeOGM(fmt.Sprint(i + 1))
		require.NoError(tb, err)
		items[i] = matching.Item{
			ID: fmt.Sprintf("id-%d", i), CustomerID: fmt.Sprintf("c%d", i/10), Number: fmt.Sprintf("2026-%06d", i), Kind: matching.Invoice,
			Open: money.New(int64(10_000+i*37%90_000), "EUR"), PaymentReference: ref, EndToEndIDs: []string{fmt.Sprintf("DD-%d", i)},
			DueDate: date(tb, "2026-01-01").AddDays(i % 200),
		}
	}
	payers := make([]matching.Payer, manyItems/10)
	for c := range payers {
		payers[c] = matching.Payer{IBAN: fmt.Sprintf("NL00BANK%010d", c), CustomerID: fmt.Sprintf("c%d", c)}
	}
	payments := make([]matching.Payment, manyPayments)
	for n := range payments {
		i := n * 5 % manyItems
		it := items[i]
		p := matching.Payment{ID: fmt.Sprint(n), Amount: it.Open, ValueDate: date(tb, "2026-08-31"), EndToEndID: "NOTPROVIDED"}
		switch n % 5 {
		case 0:
			p.References = []matching.Reference{{Scheme: reference.OGM, Value: it.PaymentReference}}
		case 1:
			p.Text = "Betaling factuur " + it.Number + " dd 31-08-2026, bedrag EUR " + it.Open.Decimal() + " rek NL91 ABNA 0417 1643 00"
		case 2:
			p.EndToEndID = it.EndToEndIDs[0]
		case 3:
			other := items[i+1]
			p.Amount.Minor += other.Open.Minor
			p.Text = it.Number + "/" + other.Number
		default:
			p.Amount.Minor++ // no document has it: all sums of ten are tried
			p.PayerIBAN = payers[i/10].IBAN
		}
		payments[n] = p
	}
	return items, payers, payments
}

func matchAll(tb testing.TB, ix *matching.Index, payments []matching.Payment) (booked int) {
	for _, p := range payments {
		o := ix.Match(p)
		if o.Decision == matching.Auto {
			booked++
		}
		require.NoError(tb, ix.Apply(p, o))
	}
	return booked
}

func TestBulk_FindsWhatThereIs(t *testing.T) {
	t.Parallel()
	items, payers, payments := bulk(t)
	ix, err := matching.NewIndex(items, payers, matching.Policy{})
	require.NoError(t, err)
	require.Equal(t, manyPayments*4/5, matchAll(t, ix, payments))
}

func BenchmarkStatement(b *testing.B) {
	items, payers, payments := bulk(b)
	b.ReportAllocs()
	for b.Loop() {
		ix, err := matching.NewIndex(items, payers, matching.Policy{})
		require.NoError(b, err)
		matchAll(b, ix, payments)
	}
}

func BenchmarkNewIndex(b *testing.B) {
	items, payers, _ := bulk(b)
	b.ReportAllocs()
	for b.Loop() {
		_, err := matching.NewIndex(items, payers, matching.Policy{})
		require.NoError(b, err)
	}
}

// The worst a text can be: nothing but short groups.
func BenchmarkHostileText(b *testing.B) {
	ix := index(b, matching.Policy{}, invoice(b, "2026-0101", "1.00"))
	for name, group := range map[string]string{"digits": "01 ", "tight": "1-", "mixed": "a 1 ", "rf": "RF1 "} {
		p := matching.Payment{Amount: eur(b, "1.00"), Text: strings.Repeat(group, 2000)}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ix.Match(p)
			}
		})
	}
}

package matching_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/calendar"
	"maan/internal/matching"
	"maan/internal/money"
	"maan/internal/reference"
)

var customers = []string{"c1", "c2", "c3"}

// references that drawn items share now and then.
var references = []string{"", "", ogm, "312401398067", "RF18539007547034", "RF712348231", "271234567", "1234567", "klant 77"}

func drawDate(t *rapid.T, name string) calendar.Date {
	return date(t, "2026-07-01").AddDays(rapid.IntRange(0, 90).Draw(t, name))
}

// drawAmount draws few different amounts, so that sums meet.
func drawAmount(t *rapid.T, name string) money.Amount {
	currency := money.Currency(rapid.SampledFrom([]string{"EUR", "EUR", "EUR", "EUR", "USD"}).Draw(t, name+" currency"))
	return money.New(rapid.OneOf(rapid.Int64Range(1, 12), rapid.Int64Range(1, 100_000)).Draw(t, name), currency)
}

func drawItem(t *rapid.T, i int) matching.Item {
	it := matching.Item{
		ID: fmt.Sprintf("i%d", i), CustomerID: rapid.SampledFrom(customers).Draw(t, "customer"),
		Number: rapid.SampledFrom([]string{"2026-%04d", "A%d/2026", "CN-%d", "%08d"}).Draw(t, "pattern"),
		Kind:   rapid.SampledFrom([]matching.Kind{matching.Invoice, matching.Invoice, matching.CreditNote}).Draw(t, "kind"),
		Open:   drawAmount(t, "open"), PaymentReference: rapid.SampledFrom(references).Draw(t, "reference"),
		IssueDate: drawDate(t, "issued"), DueDate: drawDate(t, "due"),
	}
	it.Number = fmt.Sprintf(it.Number, rapid.IntRange(1, 12).Draw(t, "number"))
	if rapid.Bool().Draw(t, "collected") {
		it.EndToEndIDs = []string{fmt.Sprintf("DD-%d", rapid.IntRange(1, 10).Draw(t, "id"))}
	}
	if rapid.IntRange(0, 3).Draw(t, "discount") == 0 {
		it.Discount = &matching.Discount{BasisPoints: rapid.IntRange(1, 9999).Draw(t, "points"), Until: drawDate(t, "until")}
	}
	if rapid.IntRange(0, 3).Draw(t, "closed") == 0 {
		it = paid(fmt.Sprintf("p%d", rapid.IntRange(1, 30).Draw(t, "payment")), fmt.Sprintf("DD-%d", rapid.IntRange(1, 10).Draw(t, "paid under")), it)
		if it.Kind == matching.CreditNote {
			it.Receipts = nil
		}
	}
	return it
}

func drawItems(t *rapid.T) []matching.Item {
	items := make([]matching.Item, rapid.IntRange(0, 14).Draw(t, "items"))
	for i := range items {
		items[i] = drawItem(t, i)
	}
	return items
}

func drawPolicy(t *rapid.T) matching.Policy {
	return matching.Policy{
		AutoKnownIBAN: rapid.Bool().Draw(t, "auto"), OldestFirst: rapid.Bool().Draw(t, "oldest first"),
		RoundingTolerance: money.New(rapid.SampledFrom([]int64{0, 5}).Draw(t, "tolerance"), "EUR"),
		SmallBalance:      money.New(1500, "EUR"), MaxReturnFee: money.New(rapid.SampledFrom([]int64{0, 500}).Draw(t, "fee"), "EUR"),
	}
}

// drawPayment draws a payment that mostly is about some of the items.
func drawPayment(t *rapid.T, items []matching.Item, id string) matching.Payment {
	p := matching.Payment{ID: id, Amount: drawAmount(t, "amount"), ValueDate: drawDate(t, "value date")}
	sum := int64(0)
	for range rapid.IntRange(0, 3).Draw(t, "about") {
		if len(items) == 0 {
			break
		}
		it := rapid.SampledFrom(items).Draw(t, "item")
		if it.Kind == matching.CreditNote {
			sum -= it.Open.Minor
		} else {
			sum += it.Open.Minor
		}
		switch rapid.IntRange(0, 4).Draw(t, "named by") {
		case 0:
			p.References = append(p.References, matching.Reference{Scheme: reference.Betalingskenmerk, Value: it.PaymentReference})
		case 1:
			p.InvoiceNumbers = append(p.InvoiceNumbers, it.Number)
		case 2:
			p.EndToEndID = fmt.Sprintf("DD-%d", rapid.IntRange(1, 12).Draw(t, "end to end"))
		case 3:
			p.Text += " " + it.PaymentReference
		default:
			p.Text += " factuur " + it.Number
		}
	}
	if sum > 0 && rapid.Bool().Draw(t, "of the sum") {
		p.Amount.Minor = max(1, sum+rapid.Int64Range(-6, 6).Draw(t, "off by"))
	}
	if rapid.Bool().Draw(t, "account") {
		p.PayerIBAN = rapid.SampledFrom([]string{klant, "NL91ABNA0417164300"}).Draw(t, "iban")
	}
	if rapid.IntRange(0, 3).Draw(t, "back") == 0 {
		p.Reversal, p.Amount = true, p.Amount.Neg()
		p.Charges = money.New(rapid.SampledFrom([]int64{0, 0, 50}).Draw(t, "charges"), p.Amount.Currency)
	}
	return p
}

func drawIndex(t *rapid.T, items []matching.Item, policy matching.Policy) *matching.Index {
	payers := []matching.Payer{{klant, "c1"}, {"NL91ABNA0417164300", "c2"}, {"NL91ABNA0417164300", "c3"}}
	ix, err := matching.NewIndex(items, payers, policy)
	require.NoError(t, err)
	return ix
}

// A whole statement, entry by entry: no cent is lost or invented, nothing is
// allocated beyond what is open, and nothing is booked over two customers.
func TestProperty_MoneyIsKept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items := drawItems(t)
		ix := drawIndex(t, items, drawPolicy(t))
		open, byID := map[string]int64{}, map[string]matching.Item{}
		for _, it := range items {
			open[it.ID], byID[it.ID] = it.Open.Minor, it
		}
		for n := range rapid.IntRange(1, 6).Draw(t, "payments") {
			p := drawPayment(t, items, fmt.Sprintf("new%d", n))
			o := ix.Match(p)
			require.Equal(t, o, ix.Match(p), "matching changes nothing and is deterministic")
			requireWhole(t, p, o)
			if o.Decision != matching.Return {
				require.False(t, p.Reversal && len(o.Allocations) > 0)
				require.GreaterOrEqual(t, o.Unallocated.Minor, min(p.Amount.Minor, 0))
				require.LessOrEqual(t, o.Unallocated.Minor, max(p.Amount.Minor, 0))
			}
			left := map[string]int64{}
			for _, a := range o.Allocations {
				it := byID[a.ItemID]
				require.Equal(t, o.CustomerID, it.CustomerID)
				require.Equal(t, p.Amount.Currency, it.Open.Currency)
				require.NotContains(t, left, a.ItemID)
				cleared := a.Amount.Minor + a.Discount.Minor + a.Rounding.Minor
				if it.Kind == matching.CreditNote {
					cleared = -cleared
				}
				require.Equal(t, o.Decision == matching.Return, cleared < 0, "a payment closes, a return opens")
				require.Equal(t, open[a.ItemID]-cleared, a.Left.Minor)
				require.GreaterOrEqual(t, a.Left.Minor, int64(0), "never more than is open")
				left[a.ItemID] = a.Left.Minor
			}
			require.NoError(t, ix.Apply(p, o))
			if o.Decision == matching.Auto || o.Decision == matching.Return {
				maps.Copy(open, left)
			}
		}
	})
}

// Neither the order of the items nor what nobody speaks of makes a difference.
func TestProperty_UnrelatedItemsDoNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items, policy := drawItems(t), drawPolicy(t)
		p := drawPayment(t, items, "new")
		o := drawIndex(t, items, policy).Match(p)
		more := slices.Clone(items)
		for i := range rapid.IntRange(0, 5).Draw(t, "more") {
			it := matching.Item{
				ID: fmt.Sprintf("other%d", i), CustomerID: "c9", Number: fmt.Sprintf("ZZ-2031-%d", i), Kind: matching.Invoice,
				Open: money.New(max(p.Amount.Minor, 1), p.Amount.Currency), DueDate: drawDate(t, "other due"),
			}
			more = append(more, it)
		}
		require.Equal(t, o, drawIndex(t, rapid.Permutation(more).Draw(t, "order"), policy).Match(p))
	})
}

// Auto never rests on a key that two customers share.
func TestProperty_SharedKeysAreNeverAuto(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items, policy := drawItems(t), drawPolicy(t)
		it := drawItem(t, 100)
		twin := it
		twin.ID, twin.CustomerID = "twin", "c9"
		twin.EndToEndIDs = slices.Clone(it.EndToEndIDs)
		p := drawPayment(t, []matching.Item{it}, "new")
		p.PayerIBAN = ""
		ix := drawIndex(t, append([]matching.Item{it, twin}, items...), policy)
		o := ix.Match(p)
		if o.Decision != matching.Auto {
			return
		}
		for _, a := range o.Allocations {
			if (a.ItemID == it.ID || a.ItemID == "twin") && !slices.Contains(o.Flags, matching.FlagOldestFirst) {
				t.Fatalf("booked on one of two invoices with the same number, reference and id")
			}
		}
	})
}

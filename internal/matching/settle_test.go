package matching_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/matching"
	"maan/internal/money"
)

func TestRounding(t *testing.T) {
	t.Parallel()
	items := []matching.Item{invoice(t, "A-2026-1", "100.00"), referenced(ogm, invoice(t, "A-2026-2", "60.00"))}
	tolerant := matching.Policy{RoundingTolerance: eur(t, "0.05")}
	for name, tt := range map[string]struct {
		amount, text string
		decision     matching.Decision
		rounding     string
		over         string
	}{
		"Short":        {"159.95", "A-2026-1 A-2026-2", matching.Auto, "0.05", "0.00"},
		"TooShort":     {"159.94", "A-2026-1 A-2026-2", matching.Propose, "", ""},
		"Over":         {"160.05", "A-2026-1 A-2026-2", matching.Auto, "0.00", "0.05"},
		"TooMuch":      {"160.06", "A-2026-1 A-2026-2", matching.Propose, "", ""},
		"OneReference": {"59.96", ogm, matching.Auto, "0.04", "0.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ix := index(t, tolerant, items...)
			p := text(t, tt.amount, tt.text)
			o := match(t, ix, p)
			require.Equal(t, tt.decision, o.Decision)
			if o.Decision != matching.Auto {
				return
			}
			require.Equal(t, tt.over, o.Unallocated.Decimal())
			require.Equal(t, tt.rounding, o.Allocations[0].Rounding.Decimal())
			require.Len(t, evidence(o, matching.EvidenceRounding), 1)
			for _, a := range o.Allocations {
				require.Zero(t, a.Left.Minor)
			}
			require.NoError(t, ix.Apply(p, o))
		})
	}
	t.Run("OnTheLargestInvoice", func(t *testing.T) {
		t.Parallel()
		ix := index(t, tolerant, invoice(t, "A-2026-1", "1.00"), invoice(t, "A-2026-2", "60.00"), invoice(t, "A-2026-3", "2.00"))
		o := match(t, ix, text(t, "62.96", "A-2026-1 A-2026-2 A-2026-3"))
		require.Equal(t, map[string]string{"A-2026-1": "1.00", "A-2026-2": "59.96", "A-2026-3": "2.00"}, booked(o))
	})
	t.Run("NotBelowNothing", func(t *testing.T) {
		t.Parallel()
		cents := index(t, tolerant, invoice(t, "A-2026-1", "0.03"), invoice(t, "A-2026-2", "0.03"), creditNote(t, "CN-2026-1", "0.06"))
		require.Equal(t, matching.Propose, match(t, cents, text(t, "0.01", "A-2026-1 A-2026-2")).Decision)
		require.Equal(t, matching.Propose, match(t, cents, text(t, "0.03", "A-2026-1 A-2026-2 CN-2026-1")).Decision, "there was nothing to pay")
	})
	t.Run("NotInAnotherCurrency", func(t *testing.T) {
		t.Parallel()
		ix := index(t, matching.Policy{RoundingTolerance: money.New(5, "USD")}, items...)
		require.Equal(t, matching.Propose, match(t, ix, text(t, "99.96", "A-2026-1")).Decision)
	})
}

func TestDiscount(t *testing.T) {
	t.Parallel()
	with := matching.Discount{BasisPoints: 200, Until: date(t, "2026-08-31")}
	one, two := invoice(t, "A-2026-1", "100.00"), invoice(t, "A-2026-2", "50.25")
	one.Discount, two.Discount = &with, &with
	note := creditNote(t, "CN-2026-1", "10.00")
	note.Discount = &with // means nothing on a credit note
	plain := invoice(t, "A-2026-3", "10.00")
	for name, tt := range map[string]struct {
		amount, text, on string
		decision         matching.Decision
		discounts        []string
	}{
		"LastDay":          {"98.00", "A-2026-1", "2026-08-31", matching.Auto, []string{"2.00"}},
		"DayAfter":         {"98.00", "A-2026-1", "2026-09-01", matching.Propose, []string{"0.00"}},
		"HalfUp":           {"49.24", "A-2026-2", "2026-08-31", matching.Auto, []string{"1.01"}},
		"CentBeyond":       {"97.99", "A-2026-1", "2026-08-31", matching.Propose, []string{"0.00"}},
		"LessThanAllowed":  {"98.50", "A-2026-1", "2026-08-31", matching.Propose, []string{"0.00"}},
		"BothOfTwo":        {"147.24", "A-2026-1 A-2026-2", "2026-08-31", matching.Auto, []string{"2.00", "1.01"}},
		"OneHasNone":       {"108.00", "A-2026-1 A-2026-3", "2026-08-31", matching.Auto, []string{"2.00", "0.00"}},
		"WithACreditNote":  {"88.00", "A-2026-1 CN-2026-1", "2026-08-31", matching.Auto, []string{"2.00", "0.00"}},
		"FullPriceIsFine":  {"100.00", "A-2026-1", "2026-08-31", matching.Auto, []string{"0.00"}},
		"WithoutAnyDayNot": {"98.00", "A-2026-1", "", matching.Propose, []string{"0.00"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := text(t, tt.amount, tt.text)
			p.ValueDate = matching.Payment{}.ValueDate
			if tt.on != "" {
				p.ValueDate = date(t, tt.on)
			}
			o := match(t, index(t, matching.Policy{}, one, two, note, plain), p)
			require.Equal(t, tt.decision, o.Decision)
			var got []string
			for _, a := range o.Allocations {
				got = append(got, a.Discount.Decimal())
			}
			require.Equal(t, tt.discounts, got)
		})
	}
	t.Run("RoundedByThePayer", func(t *testing.T) {
		t.Parallel()
		ix := index(t, matching.Policy{RoundingTolerance: eur(t, "0.05")}, one)
		o := match(t, ix, text(t, "97.96", "A-2026-1"))
		require.Equal(t, matching.RuleCashDiscount, o.Rule)
		require.Equal(t, "2.04", o.Allocations[0].Discount.Decimal())
		require.Zero(t, o.Allocations[0].Left.Minor)
	})
	t.Run("RoundedOnTheLargest", func(t *testing.T) {
		t.Parallel()
		ix := index(t, matching.Policy{RoundingTolerance: eur(t, "0.05")}, two, one)
		o := match(t, ix, text(t, "147.20", "A-2026-1 A-2026-2"))
		require.Equal(t, map[string]string{"A-2026-1": "97.96", "A-2026-2": "49.24"}, booked(o))
		other := invoice(t, "A-2026-0", "1.00")
		other.Discount = &with
		o = match(t, index(t, matching.Policy{RoundingTolerance: eur(t, "0.05")}, other, one), text(t, "98.94", "A-2026-0 A-2026-1"))
		require.Equal(t, map[string]string{"A-2026-0": "0.98", "A-2026-1": "97.96"}, booked(o))
	})
	t.Run("NoDiscountBelowNothing", func(t *testing.T) {
		t.Parallel()
		var items []matching.Item
		p := text(t, "5.93", "")
		for i := range 12 {
			it := invoice(t, fmt.Sprintf("A-2026-%d", i), "0.50")
			it.Discount = &with
			items = append(items, it)
			p.Text += " " + it.Number
		}
		ix := index(t, matching.Policy{RoundingTolerance: eur(t, "0.05")}, items...)
		require.Equal(t, matching.Propose, match(t, ix, p).Decision, "five cents do not fit in a discount of one")
		p.Amount = eur(t, "5.88")
		require.Equal(t, matching.RuleCashDiscount, match(t, ix, p).Rule)
	})
	t.Run("IsGoneOncePartlyPaid", func(t *testing.T) {
		t.Parallel()
		ref := referenced(ogm, one)
		ix := index(t, matching.Policy{}, ref)
		p := byReference(t, "50.00", ogm)
		require.NoError(t, ix.Apply(p, ix.Match(p)))
		o := match(t, ix, byReference(t, "49.00", ogm))
		require.Equal(t, matching.RuleStructuredReferencePartial, o.Rule)
	})
}

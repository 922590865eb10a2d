package matching_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/matching"
	"maan/internal/reference"
)

// The worked examples of the domain: receipts against one open list.
func TestWorkedExamples(t *testing.T) {
	t.Parallel()
	small := matching.Policy{SmallBalance: eur(t, "15.00")}

	t.Run("EqualReferenceClosesTheInvoice", func(t *testing.T) {
		t.Parallel()
		o := match(t, index(t, small, ledger(t)...), byReference(t, "1210.00", ogm))
		require.Equal(t, matching.Auto, o.Decision)
		require.Equal(t, matching.RuleStructuredReference, o.Rule)
		require.Equal(t, map[string]string{"2026-0123": "1210.00"}, booked(o))
		require.Zero(t, o.Allocations[0].Left.Minor)
		require.Zero(t, o.Unallocated.Minor)
		require.Equal(t, "c3", o.CustomerID)
		require.Empty(t, o.Flags)
		require.Equal(t, []matching.Evidence{
			{Code: matching.EvidenceReference, ItemID: "2026-0123", Number: "2026-0123"},
			{Code: matching.EvidenceAmountEqual},
		}, o.Evidence)
	})
	t.Run("LowerAmountLeavesASmallBalance", func(t *testing.T) {
		t.Parallel()
		o := match(t, index(t, small, ledger(t)...), byReference(t, "1200.00", ogm))
		require.Equal(t, matching.Auto, o.Decision)
		require.Equal(t, matching.RuleStructuredReferencePartial, o.Rule)
		require.Equal(t, map[string]string{"2026-0123": "1200.00"}, booked(o))
		require.Equal(t, "10.00", o.Allocations[0].Left.Decimal())
		require.Equal(t, []matching.Flag{matching.FlagPartial, matching.FlagSmallBalance}, o.Flags)
	})
	t.Run("TwoInvoicesLessACreditNote", func(t *testing.T) {
		t.Parallel()
		o := match(t, index(t, small, ledger(t)...), text(t, "1500.00", "Fact 2026-0101 en 2026-0107 min creditnota CN-12"))
		require.Equal(t, matching.Auto, o.Decision)
		require.Equal(t, matching.RuleInvoiceNumbersSum, o.Rule)
		require.Equal(t, map[string]string{"2026-0101": "1000.00", "2026-0107": "600.00", "CN-12": "-100.00"}, booked(o))
		for _, a := range o.Allocations {
			require.Zero(t, a.Left.Minor, "three items closed")
		}
		require.ElementsMatch(t, []string{"2026-0101", "2026-0107", "CN-12"}, evidence(o, matching.EvidenceNumberText))
	})
	t.Run("KnownAccountWithAUniqueSumIsProposed", func(t *testing.T) {
		t.Parallel()
		p := text(t, "1600.00", "")
		p.PayerIBAN = klant
		o := match(t, index(t, small, ledger(t)...), p)
		require.Equal(t, matching.Propose, o.Decision)
		require.Equal(t, matching.RuleKnownIBANSubset, o.Rule)
		require.Equal(t, map[string]string{"2026-0101": "1000.00", "2026-0107": "600.00"}, booked(o))
		require.Equal(t, []matching.Reason{matching.ReasonKnownIBANOnly}, o.Reasons)
	})
	t.Run("TwiceTheAmountIsADoublePayment", func(t *testing.T) {
		t.Parallel()
		o := match(t, index(t, small, ledger(t)...), byReference(t, "2420.00", ogm))
		require.Equal(t, matching.Auto, o.Decision)
		require.Equal(t, matching.RuleStructuredReferenceOver, o.Rule)
		require.Equal(t, map[string]string{"2026-0123": "1210.00"}, booked(o))
		require.Equal(t, "1210.00", o.Unallocated.Decimal())
		require.Equal(t, []matching.Flag{matching.FlagOverpaid, matching.FlagDoublePayment}, o.Flags)
	})
	t.Run("ReturnReopensTheInvoiceAndTheFeeStaysApart", func(t *testing.T) {
		t.Parallel()
		p := matching.Payment{
			ID: "p", Amount: eur(t, "-370.50"), ValueDate: date(t, "2026-08-31"), EndToEndID: "INV-2026-0055",
			Reversal: true, ReturnReason: "MD06", OriginalAmount: eur(t, "370.00"), Charges: eur(t, "0.50"), PayerIBAN: "BE72000000001616",
		}
		o := match(t, index(t, small, ledger(t)...), p)
		require.Equal(t, matching.Return, o.Decision)
		require.Equal(t, matching.RuleReturnOfPayment, o.Rule)
		require.Equal(t, map[string]string{"2026-0055": "-370.00"}, booked(o))
		require.Equal(t, "370.00", o.Allocations[0].Left.Decimal())
		require.Equal(t, "0.50", o.Fee.Decimal())
		require.Zero(t, o.Unallocated.Minor)
		require.Equal(t, "p-55", o.ReturnOf)
		require.Equal(t, "c2", o.CustomerID)
	})
	t.Run("AgreedDiscountInItsWindowClosesTheInvoice", func(t *testing.T) {
		t.Parallel()
		items := ledger(t)
		items[4].Discount = &matching.Discount{BasisPoints: 300, Until: date(t, "2026-08-31")}
		o := match(t, index(t, small, items...), byReference(t, "1173.70", ogm))
		require.Equal(t, matching.Auto, o.Decision)
		require.Equal(t, matching.RuleCashDiscount, o.Rule)
		require.Equal(t, map[string]string{"2026-0123": "1173.70"}, booked(o))
		require.Equal(t, "36.30", o.Allocations[0].Discount.Decimal())
		require.Zero(t, o.Allocations[0].Left.Minor)
		require.Equal(t, []string{"2026-0123"}, evidence(o, matching.EvidenceDiscount))
	})
}

// The three entries of a bank statement, applied one after the other.
func TestStatement_EntryByEntry(t *testing.T) {
	t.Parallel()
	items := append(ledger(t), of("c4", referenced("RF18 5390 0754 7034", invoice(t, "2026-0200", "500.00"))))
	ix := index(t, matching.Policy{}, items...)
	take := func(p matching.Payment) matching.Outcome {
		o := match(t, ix, p)
		require.NoError(t, ix.Apply(p, o))
		return o
	}
	first := byReference(t, "1210.00", ogm)
	first.ID, first.References[0].Scheme = "bank-1", reference.OGM
	require.Equal(t, matching.RuleStructuredReference, take(first).Rule)

	second := text(t, "1500.00", "Fact 2026-0101 en 2026-0107 min creditnota CN-12")
	second.ID, second.EndToEndID = "bank-2", "PAY-77"
	require.Equal(t, matching.RuleInvoiceNumbersSum, take(second).Rule)

	third := byReference(t, "500.00", "rf18539007547034")
	third.ID = "bank-3"
	require.Equal(t, "c4", take(third).CustomerID)

	// Paid already: the second transfer is credit, and no other invoice of anyone.
	again := first
	again.ID = "bank-4"
	o := take(again)
	require.Equal(t, matching.Auto, o.Decision)
	require.Empty(t, o.Allocations)
	require.Equal(t, "1210.00", o.Unallocated.Decimal())
	require.Contains(t, o.Flags, matching.FlagDoublePayment)
	require.Equal(t, []string{"2026-0123"}, o.Candidates)

	// The whole of PAY-77 comes back: all three items reopen.
	back := matching.Payment{ID: "bank-5", Amount: eur(t, "-1500.00"), EndToEndID: "PAY-77", Reversal: true}
	o = take(back)
	require.Equal(t, matching.Return, o.Decision)
	require.Equal(t, "bank-2", o.ReturnOf)
	require.Equal(t, map[string]string{"2026-0101": "-1000.00", "2026-0107": "-600.00", "CN-12": "100.00"}, booked(o))
	second.ID = "bank-6"
	require.Equal(t, matching.RuleInvoiceNumbersSum, take(second).Rule, "open again, and paid again")
}

package matching_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/matching"
)

func back(t require.TestingT, amount string) matching.Payment {
	return matching.Payment{ID: "r", Amount: eur(t, amount), ValueDate: date(t, "2026-09-01"), Reversal: true}
}

func TestReturn_FindsThePayment(t *testing.T) {
	t.Parallel()
	collected := invoice(t, "A-2026-1", "370.00")
	collected.EndToEndIDs = []string{"DD-1"}
	ix := index(t, matching.Policy{},
		paid("p1", "payer-1", referenced(ogm, collected)), paid("p2", "same", invoice(t, "A-2026-2", "50.00")),
		paid("p3", "same", of("c2", invoice(t, "A-2026-3", "50.00"))), invoice(t, "A-2026-4", "70.00"))
	for name, tt := range map[string]struct {
		change   func(*matching.Payment)
		decision matching.Decision
		reason   matching.Reason
	}{
		"ByTheIDOfTheReceipt":  {func(p *matching.Payment) { p.EndToEndID = "payer-1" }, matching.Return, ""},
		"ByOurOwnID":           {func(p *matching.Payment) { p.EndToEndID = "DD-1" }, matching.Return, ""},
		"ByTheOriginalID":      {func(p *matching.Payment) { p.EndToEndID, p.OriginalReference = "NOTPROVIDED", "DD-1" }, matching.Return, ""},
		"ByTheOriginalRef":     {func(p *matching.Payment) { p.OriginalReference = "+++010/8068/17183+++" }, matching.Return, ""},
		"ByTheReference":       {func(p *matching.Payment) { p.References = []matching.Reference{{Value: ogm}} }, matching.Return, ""},
		"ByTheNumber":          {func(p *matching.Payment) { p.InvoiceNumbers = []string{"A-2026-1"} }, matching.Return, ""},
		"ByTheNumberInText":    {func(p *matching.Payment) { p.Text = "storno A-2026-1" }, matching.Return, ""},
		"ByTheOriginalNumber":  {func(p *matching.Payment) { p.OriginalReference = "A-2026-1" }, matching.Return, ""},
		"AReturnIsNoReversal":  {func(p *matching.Payment) { p.Text, p.Reversal, p.ReturnReason = "A-2026-1", false, "MS03" }, matching.Return, ""},
		"AFitBeatsAnUnfitID":   {func(p *matching.Payment) { p.EndToEndID, p.Text = "same", "A-2026-1" }, matching.Return, ""},
		"AnUnfitID":            {func(p *matching.Payment) { p.EndToEndID = "same" }, matching.Propose, matching.ReasonAmountDiffers},
		"NothingKnown":         {func(p *matching.Payment) { p.EndToEndID = "DD-2" }, matching.None, matching.ReasonNothingFound},
		"NothingPaid":          {func(p *matching.Payment) { p.Text = "A-2026-4" }, matching.Propose, matching.ReasonNoReceipt},
		"AnotherCurrency":      {func(p *matching.Payment) { p.Text, p.Amount.Currency = "A-2026-1", "USD" }, matching.Propose, matching.ReasonCurrencyDiffers},
		"TheAccountIsNoReason": {func(p *matching.Payment) { p.PayerIBAN = klant }, matching.None, matching.ReasonNothingFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := back(t, "-370.00")
			tt.change(&p)
			o := match(t, ix, p)
			require.Equal(t, tt.decision, o.Decision)
			if tt.decision != matching.Return {
				require.Equal(t, []matching.Reason{tt.reason}, o.Reasons)
				require.Empty(t, o.Allocations)
				return
			}
			require.Equal(t, "p1", o.ReturnOf)
			require.Equal(t, map[string]string{"A-2026-1": "-370.00"}, booked(o))
			require.Equal(t, []string{"A-2026-1"}, evidence(o, matching.EvidenceReceipt))
			require.Zero(t, o.Fee.Minor)
		})
	}
	t.Run("TwoPaymentsUnderOneID", func(t *testing.T) {
		t.Parallel()
		p := back(t, "-50.00")
		p.EndToEndID = "same"
		o := match(t, ix, p)
		require.Equal(t, matching.Propose, o.Decision)
		require.Equal(t, []matching.Reason{matching.ReasonAmbiguousReceipt}, o.Reasons)
		require.Equal(t, []string{"A-2026-2", "A-2026-3"}, o.Candidates)
	})
}

func TestReturn_TheFeeIsWhatTheBankSays(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		amount, original, charges, allowed string
		fee                                string // empty: a person decides
	}{
		"None":                    {"-370.00", "0.00", "0.00", "0.00", "0.00"},
		"Charges":                 {"-370.50", "0.00", "0.50", "0.00", "0.50"},
		"Original":                {"-370.50", "370.00", "0.00", "0.00", "0.50"},
		"OriginalWithASign":       {"-370.50", "-370.00", "-0.50", "0.00", "0.50"},
		"ChargesBookedApart":      {"-370.00", "0.00", "0.50", "0.00", "0.00"},
		"Unnamed":                 {"-370.50", "0.00", "0.00", "0.00", ""},
		"UnnamedWithinThePolicy":  {"-370.50", "0.00", "0.00", "5.00", "0.50"},
		"UnnamedBeyondThePolicy":  {"-375.01", "0.00", "0.00", "5.00", ""},
		"ChargesOfAnotherSum":     {"-370.50", "0.00", "0.40", "5.00", ""},
		"OriginalOfAnotherSum":    {"-370.50", "300.00", "0.50", "5.00", ""},
		"LessThanThePaymentNever": {"-369.00", "0.00", "0.00", "5.00", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ix := index(t, matching.Policy{MaxReturnFee: eur(t, tt.allowed)}, paid("p1", "e1", invoice(t, "A-2026-1", "370.00")))
			p := back(t, tt.amount)
			p.EndToEndID, p.OriginalAmount, p.Charges = "e1", eur(t, tt.original), eur(t, tt.charges)
			o := match(t, ix, p)
			if tt.fee == "" {
				require.Equal(t, matching.Propose, o.Decision)
				require.Equal(t, []matching.Reason{matching.ReasonAmountDiffers}, o.Reasons)
				return
			}
			require.Equal(t, matching.Return, o.Decision)
			require.Equal(t, tt.fee, o.Fee.Decimal())
			require.Equal(t, map[string]string{"A-2026-1": "-370.00"}, booked(o))
		})
	}
}

// What is only partly known is not taken back by halves.
func TestReturn_OfAPaymentThatIsNotWhollyKnown(t *testing.T) {
	t.Parallel()
	part := func(payment, total, unallocated string, it matching.Item) matching.Item {
		it = paid(payment, payment, it)
		it.Receipts[0].Total, it.Receipts[0].Unallocated = eur(t, total), eur(t, unallocated)
		return it
	}
	ix := index(t, matching.Policy{},
		part("p1", "500.00", "0.00", invoice(t, "A-2026-1", "370.00")), part("p2", "500.00", "130.00", invoice(t, "A-2026-2", "370.00")),
		part("p3", "300.00", "0.00", invoice(t, "A-2026-3", "370.00")),
		part("p4", "100.00", "0.00", invoice(t, "A-2026-4", "60.00")), part("p4", "100.00", "0.00", of("c2", invoice(t, "A-2026-5", "40.00"))))
	for name, tt := range map[string]struct {
		id, amount string
		reasons    []matching.Reason
	}{
		"AnItemIsMissing":       {"p1", "-500.00", []matching.Reason{matching.ReasonIncomplete}},
		"TheRestWasCredit":      {"p2", "-500.00", nil},
		"ACreditNoteIsMissing":  {"p3", "-300.00", []matching.Reason{matching.ReasonIncomplete}},
		"SplitOverTwoCustomers": {"p4", "-100.00", []matching.Reason{matching.ReasonTwoCustomers}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := back(t, tt.amount)
			p.EndToEndID = tt.id
			o := match(t, ix, p)
			require.Equal(t, tt.reasons, o.Reasons)
			require.Equal(t, tt.reasons == nil, o.Decision == matching.Return)
			if tt.reasons != nil {
				require.Empty(t, o.Allocations)
				require.Empty(t, o.ReturnOf)
			}
		})
	}
}

// Whatever a payment did is undone by its return, to the cent.
func TestReturn_UndoesThePayment(t *testing.T) {
	t.Parallel()
	items := func() []matching.Item {
		discounted := referenced("RF18539007547034", invoice(t, "A-2026-2", "100.00"))
		discounted.Discount = &matching.Discount{BasisPoints: 200, Until: date(t, "2026-08-31")}
		return []matching.Item{referenced(ogm, invoice(t, "A-2026-1", "370.00")), discounted}
	}
	for name, tt := range map[string]struct {
		p           matching.Payment
		open        map[string]string
		unallocated string
	}{
		"Partial":  {byReference(t, "100.00", ogm), map[string]string{"A-2026-1": "370.00"}, "0.00"},
		"Over":     {byReference(t, "400.00", ogm), map[string]string{"A-2026-1": "370.00"}, "-30.00"},
		"Discount": {byReference(t, "98.00", "RF18539007547034"), map[string]string{"A-2026-2": "100.00"}, "0.00"},
		"Rounded":  {byReference(t, "369.98", ogm), map[string]string{"A-2026-1": "370.00"}, "0.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ix := index(t, matching.Policy{RoundingTolerance: eur(t, "0.05")}, items()...)
			tt.p.EndToEndID = "e1"
			require.NoError(t, ix.Apply(tt.p, match(t, ix, tt.p)))
			r := back(t, tt.p.Amount.Neg().Decimal())
			r.EndToEndID = "e1"
			o := match(t, ix, r)
			require.Equal(t, matching.Return, o.Decision)
			require.Equal(t, tt.unallocated, o.Unallocated.Decimal())
			left := map[string]string{}
			for _, a := range o.Allocations {
				left[a.ItemID] = a.Left.Decimal()
			}
			require.Equal(t, tt.open, left)
			require.NoError(t, ix.Apply(r, o))
			require.Equal(t, matching.None, match(t, ix, r).Decision, "it comes back once only")
		})
	}
	t.Run("OfTheSecondOfTwoPayments", func(t *testing.T) {
		t.Parallel()
		ix := index(t, matching.Policy{}, items()...)
		for _, id := range []string{"e1", "e2"} {
			p := byReference(t, "370.00", ogm)
			p.ID, p.EndToEndID = id, id
			require.NoError(t, ix.Apply(p, match(t, ix, p)))
		}
		r := back(t, "-370.00")
		r.References = []matching.Reference{{Value: ogm}}
		require.Equal(t, []matching.Reason{matching.ReasonAmbiguousReceipt}, match(t, ix, r).Reasons)
		r.EndToEndID = "e2"
		o := match(t, ix, r)
		require.Equal(t, matching.Return, o.Decision)
		require.Empty(t, o.Allocations, "the invoice stays paid")
		require.Equal(t, "-370.00", o.Unallocated.Decimal())
		require.NoError(t, ix.Apply(r, o))
		r.EndToEndID = ""
		require.Equal(t, "e1", match(t, ix, r).ReturnOf)
	})
}

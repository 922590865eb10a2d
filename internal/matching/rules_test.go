package matching_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/matching"
	"maan/internal/money"
)

func TestNumbers_CountOnlyWithTheAmount(t *testing.T) {
	t.Parallel()
	closed := paid("p1", "", invoice(t, "A-2026-4", "70.00"))
	ix := index(t, matching.Policy{SmallBalance: eur(t, "5.00")},
		invoice(t, "A-2026-1", "100.00"), invoice(t, "A-2026-2", "60.00"), of("c2", invoice(t, "B-2026-3", "60.00")), closed,
		creditNote(t, "CN-2026-1", "10.00"), invoice(t, "123", "9.00"))
	for name, tt := range map[string]struct {
		amount, text string
		decision     matching.Decision
		rule         matching.Rule
		booked       map[string]string
		reasons      []matching.Reason
	}{
		"One":               {"100.00", "A-2026-1", matching.Auto, matching.RuleInvoiceNumber, map[string]string{"A-2026-1": "100.00"}, nil},
		"Lower":             {"98.00", "A-2026-1", matching.Propose, matching.RuleInvoiceNumber, map[string]string{"A-2026-1": "98.00"}, []matching.Reason{matching.ReasonAmountDiffers}},
		"Higher":            {"102.00", "A-2026-1", matching.Propose, matching.RuleInvoiceNumber, map[string]string{"A-2026-1": "100.00"}, []matching.Reason{matching.ReasonAmountDiffers}},
		"CentShort":         {"159.99", "A-2026-1, A-2026-2", matching.Propose, matching.RuleInvoiceNumbersSum, map[string]string{}, []matching.Reason{matching.ReasonAmountDiffers}},
		"CentOver":          {"160.01", "A-2026-1, A-2026-2", matching.Propose, matching.RuleInvoiceNumbersSum, map[string]string{"A-2026-1": "100.00", "A-2026-2": "60.00"}, []matching.Reason{matching.ReasonAmountDiffers}},
		"TwoCustomers":      {"160.00", "A-2026-1, B-2026-3", matching.Propose, matching.RuleInvoiceNumbersSum, map[string]string{}, []matching.Reason{matching.ReasonTwoCustomers}},
		"WithAClosedOne":    {"60.00", "A-2026-4 A-2026-2", matching.Auto, matching.RuleInvoiceNumber, map[string]string{"A-2026-2": "60.00"}, nil},
		"OnlyAClosedOne":    {"70.00", "A-2026-4", matching.Propose, matching.RuleInvoiceNumber, map[string]string{}, []matching.Reason{matching.ReasonClosed}},
		"LessACredit":       {"90.00", "A-2026-1 - CN-2026-1", matching.Auto, matching.RuleInvoiceNumbersSum, map[string]string{"A-2026-1": "100.00", "CN-2026-1": "-10.00"}, nil},
		"OnlyACredit":       {"10.00", "CN-2026-1", matching.Propose, matching.RuleInvoiceNumber, map[string]string{}, []matching.Reason{matching.ReasonCreditNote}},
		"NamedTwice":        {"100.00", "A-2026-1 a 2026 1", matching.Auto, matching.RuleInvoiceNumber, map[string]string{"A-2026-1": "100.00"}, nil},
		"ShortOneIsIgnored": {"9.00", "factuur 123", matching.None, matching.RuleNone, map[string]string{}, []matching.Reason{matching.ReasonNothingFound}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := match(t, ix, text(t, tt.amount, tt.text))
			require.Equal(t, tt.decision, o.Decision)
			require.Equal(t, tt.rule, o.Rule)
			require.Equal(t, tt.booked, booked(o))
			require.Equal(t, tt.reasons, o.Reasons)
		})
	}
	t.Run("InTheBanksField", func(t *testing.T) {
		t.Parallel()
		p := text(t, "109.00", "")
		p.InvoiceNumbers = []string{"A-2026-1", "123"}
		o := match(t, ix, p)
		require.Equal(t, matching.Auto, o.Decision, "a short number counts beside a long one")
		require.ElementsMatch(t, []string{"A-2026-1", "123"}, evidence(o, matching.EvidenceNumber))
	})
	t.Run("AShortOneAloneIsProposed", func(t *testing.T) {
		t.Parallel()
		p := text(t, "9.00", "")
		p.InvoiceNumbers = []string{"123", ""}
		o := match(t, ix, p)
		require.Equal(t, matching.Propose, o.Decision)
		require.Equal(t, []matching.Reason{matching.ReasonShortNumber}, o.Reasons)
		require.Equal(t, map[string]string{"123": "9.00"}, booked(o))
	})
	t.Run("SmallRestOfAProposal", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []matching.Flag{matching.FlagPartial, matching.FlagSmallBalance}, match(t, ix, text(t, "98.00", "A-2026-1")).Flags)
	})
}

func TestNumbers_OfTwoCustomersAreNeverAuto(t *testing.T) {
	t.Parallel()
	ix := index(t, matching.Policy{AutoKnownIBAN: true}, invoice(t, "2026-0101", "100.00"), of("c2", matching.Item{
		ID: "other", Number: "20260101", Kind: matching.Invoice, Open: eur(t, "60.00"),
	}))
	p := text(t, "100.00", "factuur 2026-0101")
	p.PayerIBAN = klant
	o := match(t, ix, p)
	require.Equal(t, matching.Propose, o.Decision)
	require.Empty(t, o.Allocations)
	require.Empty(t, o.CustomerID)
	require.Equal(t, []matching.Reason{matching.ReasonAmbiguousNumber}, o.Reasons)
	require.Equal(t, []matching.Flag{matching.FlagAmbiguous}, o.Flags)
	require.ElementsMatch(t, []string{"2026-0101", "other"}, o.Candidates)
}

func TestOtherCurrency_IsNeverAuto(t *testing.T) {
	t.Parallel()
	it := referenced(ogm, invoice(t, "A-2026-1", "100.00"))
	it.EndToEndIDs = []string{"DD-1"}
	ix := index(t, matching.Policy{AutoKnownIBAN: true}, it)
	usd := money.New(10000, "USD")
	for name, p := range map[string]matching.Payment{
		"Reference":  {Amount: usd, References: []matching.Reference{{Value: ogm}}},
		"EndToEndID": {Amount: usd, EndToEndID: "DD-1"},
		"Number":     {Amount: usd, Text: "A-2026-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := match(t, ix, p)
			require.Equal(t, matching.Propose, o.Decision)
			require.Empty(t, o.Allocations)
			require.Equal(t, []matching.Reason{matching.ReasonCurrencyDiffers}, o.Reasons)
			require.Equal(t, []string{"A-2026-1"}, o.Candidates)
		})
	}
	t.Run("Account", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, matching.None, match(t, ix, matching.Payment{Amount: usd, PayerIBAN: klant}).Decision)
	})
}

func TestNotAReceipt(t *testing.T) {
	t.Parallel()
	ix := index(t, matching.Policy{}, ledger(t)...)
	for name, tt := range map[string]struct {
		p      matching.Payment
		reason matching.Reason
	}{
		"Nothing":           {matching.Payment{Amount: eur(t, "0.00"), Text: ogm}, matching.ReasonNotReceived},
		"WePaid":            {matching.Payment{Amount: eur(t, "-1210.00"), Text: ogm}, matching.ReasonNotReceived},
		"OurRefundCameBack": {matching.Payment{Amount: eur(t, "1210.00"), Text: ogm, ReturnReason: "AC04"}, matching.ReasonNotReceived},
		"OurDebitReversed":  {matching.Payment{Amount: eur(t, "1210.00"), Text: ogm, Reversal: true}, matching.ReasonNotReceived},
		"Absurd":            {matching.Payment{Amount: money.New(1<<62, "EUR"), Text: ogm}, matching.ReasonOutOfRange},
		"AbsurdlyBelow":     {matching.Payment{Amount: money.New(-1<<62, "EUR"), Text: ogm, Reversal: true}, matching.ReasonOutOfRange},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := match(t, ix, tt.p)
			require.Equal(t, matching.None, o.Decision)
			require.Equal(t, []matching.Reason{tt.reason}, o.Reasons)
			require.Empty(t, o.Allocations)
		})
	}
}

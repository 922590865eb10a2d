package matching_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/matching"
	"maan/internal/reference"
)

func TestReference_FoundHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ ours, value, text string }{
		"OGMInTheBanksField":     {ogm, "+++010/8068/17183+++", ""},
		"OGMWithStars":           {ogm, "", "***010/8068/17183***"},
		"OGMInText":              {"+++010/8068/17183+++", "", "mededeling +++010/8068/17183+++"},
		"OGMInTextWithSpaces":    {ogm, "", "+++ 010 / 8068 / 17183 +++"},
		"OGMAsDigitsInText":      {ogm, "", "ref 010806817183 dank"},
		"RFInGroups":             {"RF18539007547034", "RF18 5390 0754 7034", ""},
		"RFInText":               {"RF18539007547034", "", "betreft rf18 5390 0754 7034, bedankt"},
		"Betalingskenmerk":       {"5000056789012345", "5000056789012345", ""},
		"BetalingskenmerkGroups": {"5000056789012345", "", "5000 0567 8901 2345"},
		"BetalingskenmerkShort":  {"271234567", "", "kenmerk 271234567"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := text(t, "40.00", tt.text)
			if tt.value != "" {
				p.References = []matching.Reference{{Value: tt.value}}
			}
			o := match(t, index(t, matching.Policy{}, referenced(tt.ours, invoice(t, "A-2026-1", "100.00"))), p)
			require.Equal(t, matching.Auto, o.Decision)
			require.Equal(t, matching.RuleStructuredReferencePartial, o.Rule)
			require.Equal(t, map[string]string{"A-2026-1": "40.00"}, booked(o))
		})
	}
}

func TestReference_SevenDigitsOnlyInTheBanksField(t *testing.T) {
	t.Parallel()
	ix := index(t, matching.Policy{}, referenced("1234567", invoice(t, "A-2026-1", "100.00")))
	p := byReference(t, "40.00", "1234567")
	require.Equal(t, matching.Propose, match(t, ix, p).Decision, "without a scheme it is a number, which needs the amount")
	p.References[0].Scheme = reference.Betalingskenmerk
	require.Equal(t, matching.Auto, match(t, ix, p).Decision)
}

// A mistyped reference is free text: it proves nothing by itself, and its parts
// prove nothing either.
func TestReference_WrongCheckDigitsAreText(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"OGM":         "+++010/8068/17184+++",
		"Tutorial":    "+++123/4567/89012+++",
		"Stars":       "***120/2345/12348***",
		"RF":          "RF68539007547034",
		"Transposed":  "RF18539007547043",
		"Kenmerk":     "5000056789012346",
		"PlainDigits": "010806817184",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ix := index(t, matching.Policy{},
				referenced(ogm, invoice(t, "A-2026-1", "50.00")), referenced("RF18539007547034", invoice(t, "A-2026-2", "60.00")),
				referenced("5000056789012345", invoice(t, "A-2026-3", "70.00")),
				invoice(t, "89012", "40.00"), invoice(t, "4567", "40.00"), invoice(t, "17184", "40.00"), invoice(t, "8068", "40.00"), invoice(t, "7034", "40.00"))
			for _, p := range []matching.Payment{byReference(t, "40.00", value), text(t, "40.00", value)} {
				o := match(t, ix, p)
				require.Equal(t, matching.None, o.Decision)
				require.Equal(t, []matching.Reason{matching.ReasonNothingFound}, o.Reasons)
			}
		})
	}
	t.Run("ButAFreeReferenceIsASecondNumber", func(t *testing.T) {
		t.Parallel()
		ix := index(t, matching.Policy{}, referenced("+++123/4567/89012+++", invoice(t, "A-2026-1", "50.00")))
		o := match(t, ix, byReference(t, "50.00", "123/4567/89012"))
		require.Equal(t, matching.Auto, o.Decision)
		require.Equal(t, matching.RuleInvoiceNumber, o.Rule, "never as a structured reference")
		require.Equal(t, matching.Propose, match(t, ix, byReference(t, "49.00", "123/4567/89012")).Decision)
	})
}

func TestReference_SharedIsNeverAuto(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]string{"OfTwoCustomers": "c2", "OfOneCustomer": "c1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ix := index(t, matching.Policy{OldestFirst: true, AutoKnownIBAN: true},
				referenced(ogm, invoice(t, "A-2026-1", "50.00")), of(other, referenced(ogm, invoice(t, "A-2026-2", "60.00"))))
			p := byReference(t, "60.00", ogm)
			p.PayerIBAN = klant
			o := match(t, ix, p)
			require.Equal(t, matching.Propose, o.Decision)
			require.Empty(t, o.Allocations)
			require.Equal(t, []matching.Flag{matching.FlagAmbiguous}, o.Flags)
			require.Equal(t, []matching.Reason{matching.ReasonAmbiguousReference}, o.Reasons)
			require.Equal(t, []string{"A-2026-1", "A-2026-2"}, o.Candidates)
		})
	}
	t.Run("ButAClosedOneOfTheSameCustomerGivesWay", func(t *testing.T) {
		t.Parallel()
		ix := index(t, matching.Policy{}, paid("p1", "", referenced(ogm, invoice(t, "A-2026-1", "60.00"))), referenced(ogm, invoice(t, "A-2026-2", "60.00")))
		o := match(t, ix, byReference(t, "60.00", ogm))
		require.Equal(t, matching.Auto, o.Decision)
		require.Equal(t, map[string]string{"A-2026-2": "60.00"}, booked(o))
	})
	t.Run("AClosedOneOfAnotherCustomerDoesNot", func(t *testing.T) {
		t.Parallel()
		ix := index(t, matching.Policy{}, paid("p1", "", of("c2", referenced(ogm, invoice(t, "A-2026-1", "60.00")))), referenced(ogm, invoice(t, "A-2026-2", "60.00")))
		require.Equal(t, matching.Propose, match(t, ix, byReference(t, "60.00", ogm)).Decision)
	})
}

func TestReference_OverIsCreditUnlessOldestFirst(t *testing.T) {
	t.Parallel()
	old, older := invoice(t, "A-2026-1", "300.00"), invoice(t, "A-2026-2", "50.00")
	older.DueDate = date(t, "2026-05-01")
	note, dollars := creditNote(t, "CN-2026-1", "10.00"), invoice(t, "A-2026-5", "7.00")
	note.DueDate, dollars.DueDate, dollars.Open.Currency = date(t, "2026-01-01"), date(t, "2026-01-01"), "USD"
	items := []matching.Item{
		old, older, referenced(ogm, invoice(t, "A-2026-3", "100.00")), note, dollars, of("c2", invoice(t, "A-2026-4", "5.00")),
	}
	p := byReference(t, "400.00", ogm)

	o := match(t, index(t, matching.Policy{}, items...), p)
	require.Equal(t, matching.RuleStructuredReferenceOver, o.Rule)
	require.Equal(t, map[string]string{"A-2026-3": "100.00"}, booked(o))
	require.Equal(t, "300.00", o.Unallocated.Decimal(), "though another invoice is open for just that")
	require.Equal(t, []matching.Flag{matching.FlagOverpaid}, o.Flags)

	o = match(t, index(t, matching.Policy{OldestFirst: true}, items...), p)
	require.Equal(t, matching.Auto, o.Decision)
	require.Equal(t, map[string]string{"A-2026-3": "100.00", "A-2026-2": "50.00", "A-2026-1": "250.00"}, booked(o))
	require.Equal(t, []matching.Flag{matching.FlagOldestFirst, matching.FlagPartial}, o.Flags)
}

func TestReference_WithOtherNumbers(t *testing.T) {
	t.Parallel()
	items := []matching.Item{
		referenced(ogm, invoice(t, "A-2026-1", "100.00")), invoice(t, "A-2026-2", "60.00"),
		of("c2", invoice(t, "A-2026-3", "60.00")), invoice(t, "SH-2026", "1.00"), invoice(t, "SH 2026", "2.00"),
		paid("p1", "", referenced("RF18539007547034", invoice(t, "A-2026-4", "70.00"))),
	}
	for name, tt := range map[string]struct {
		amount, text string
		decision     matching.Decision
		rule         matching.Rule
		booked       map[string]string
	}{
		"EqualToTheReferenceIsTrusted":  {"100.00", ogm + " A-2026-2", matching.Auto, matching.RuleStructuredReference, map[string]string{"A-2026-1": "100.00"}},
		"TheSumOfBothIsBoth":            {"160.00", ogm + " A-2026-2", matching.Auto, matching.RuleInvoiceNumbersSum, map[string]string{"A-2026-1": "100.00", "A-2026-2": "60.00"}},
		"OwnNumberSaysNothingNew":       {"40.00", ogm + " A-2026-1", matching.Auto, matching.RuleStructuredReferencePartial, map[string]string{"A-2026-1": "40.00"}},
		"TheOtherAloneContradicts":      {"60.00", ogm + " A-2026-2", matching.Propose, matching.RuleInvoiceNumber, map[string]string{"A-2026-2": "60.00"}},
		"NeitherFits":                   {"75.00", ogm + " A-2026-2", matching.Propose, matching.RuleStructuredReference, map[string]string{}},
		"AnotherCustomersIsNotAddedUp":  {"160.00", ogm + " A-2026-3", matching.Propose, matching.RuleStructuredReference, map[string]string{}},
		"AnOldReferenceOnANewPayment":   {"60.00", "RF18539007547034 A-2026-2", matching.Propose, matching.RuleInvoiceNumber, map[string]string{"A-2026-2": "60.00"}},
		"TwoReferencesAddUp":            {"100.00", ogm + " RF18539007547034", matching.Auto, matching.RuleStructuredReference, map[string]string{"A-2026-1": "100.00"}},
		"ClosedAloneIsADoublePayment":   {"70.00", "RF18539007547034", matching.Auto, matching.RuleStructuredReference, map[string]string{}},
		"ClosedAndAnyAmountIsAllCredit": {"12.34", "RF18539007547034", matching.Auto, matching.RuleStructuredReference, map[string]string{}},
		"ClosedIsNotSpreadOldestFirst":  {"60.00", "RF18539007547034", matching.Auto, matching.RuleStructuredReference, map[string]string{}},
		"AnotherNumberIsShared":         {"160.00", ogm + " A-2026-2 SH-2026", matching.Propose, matching.RuleStructuredReference, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := match(t, index(t, matching.Policy{OldestFirst: true}, items...), text(t, tt.amount, tt.text))
			require.Equal(t, tt.decision, o.Decision)
			require.Equal(t, tt.rule, o.Rule)
			require.Equal(t, tt.booked, booked(o))
			if tt.decision == matching.Propose {
				require.Equal(t, []matching.Reason{matching.ReasonConflict}, o.Reasons)
			}
		})
	}
}

func TestReference_TwoThatDoNotAddUpAreProposed(t *testing.T) {
	t.Parallel()
	ix := index(t, matching.Policy{}, referenced(ogm, invoice(t, "A-2026-1", "100.00")), referenced("312401398067", invoice(t, "A-2026-2", "60.00")))
	for amount, want := range map[string]map[string]string{
		"150.00": {}, "170.00": {"A-2026-1": "100.00", "A-2026-2": "60.00"},
	} {
		o := match(t, ix, text(t, amount, ogm+" 312401398067"))
		require.Equal(t, matching.Propose, o.Decision)
		require.Equal(t, []matching.Reason{matching.ReasonAmountDiffers}, o.Reasons)
		require.Equal(t, want, booked(o))
	}
	o := match(t, ix, text(t, "160.00", ogm+" 312401398067"))
	require.Equal(t, matching.Auto, o.Decision)
	require.Len(t, o.Allocations, 2)
}

func TestEndToEndID_IsOurs(t *testing.T) {
	t.Parallel()
	it := invoice(t, "A-2026-1", "100.00")
	it.EndToEndIDs = []string{"DD-7", "DD-8", "NOTPROVIDED", ""}
	ix := index(t, matching.Policy{}, it, paid("p1", "", matching.Item{
		ID: "x", CustomerID: "c1", Number: "A-2026-2", Kind: matching.Invoice, Open: eur(t, "5.00"), EndToEndIDs: []string{"DD-9"},
	}))
	for name, tt := range map[string]struct {
		id, amount string
		decision   matching.Decision
		booked     map[string]string
		flags      []matching.Flag
	}{
		"Equal":       {"DD-8", "100.00", matching.Auto, map[string]string{"A-2026-1": "100.00"}, nil},
		"Spaces":      {" DD-7 ", "100.00", matching.Auto, map[string]string{"A-2026-1": "100.00"}, nil},
		"Lower":       {"DD-7", "30.00", matching.Auto, map[string]string{"A-2026-1": "30.00"}, []matching.Flag{matching.FlagPartial}},
		"Higher":      {"DD-7", "130.00", matching.Auto, map[string]string{"A-2026-1": "100.00"}, []matching.Flag{matching.FlagOverpaid}},
		"Closed":      {"DD-9", "5.00", matching.Auto, map[string]string{}, []matching.Flag{matching.FlagOverpaid, matching.FlagDoublePayment}},
		"NotProvided": {"notprovided", "100.00", matching.None, map[string]string{}, nil},
		"Unknown":     {"DD-10", "100.00", matching.None, map[string]string{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := text(t, tt.amount, "")
			p.EndToEndID = tt.id
			o := match(t, ix, p)
			require.Equal(t, tt.decision, o.Decision)
			require.Equal(t, tt.booked, booked(o))
			require.Equal(t, tt.flags, o.Flags)
			if o.Decision == matching.Auto {
				require.Equal(t, matching.RuleEndToEndID, o.Rule)
			}
		})
	}
	t.Run("AForeignOneMayHoldANumber", func(t *testing.T) {
		t.Parallel()
		p := text(t, "100.00", "")
		p.EndToEndID = "PAY/A-2026-1"
		require.Equal(t, matching.None, match(t, ix, p).Decision, "PAY may be a part of the number")
		p.EndToEndID = "INV/A-2026-1"
		require.Equal(t, matching.RuleInvoiceNumber, match(t, ix, p).Rule)
	})
}

package collection

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/document"
	"maan/internal/dunning"
	"maan/internal/law"
	"maan/internal/store"
)

func on(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// An invoice states what the law would let the creditor claim on the day after its due date,
// 1 July 2026, when the rates change. Nothing is said where Law is empty.
func TestLateTerms_SayWhatWouldBeClaimed(t *testing.T) {
	t.Parallel()
	agreed := func(rate law.Rate, accepted string) []store.ContractTerm {
		c := store.ContractTerm{ValidFrom: on("2026-01-01"), AnnualRate: &rate}
		if accepted != "" {
			c.AcceptedOn = new(on(accepted))
		}
		return []store.ContractTerm{c}
	}
	for name, tt := range map[string]struct {
		country string
		kind    dunning.DebtorKind
		terms   []store.ContractTerm
		due     string // "": 30 June 2026
		change  func(*store.Creditor, *store.Invoice)
		want    document.LateTerms
	}{
		"RateOfTheDayAfterTheDueDate":      {country: "NL", kind: dunning.KindBusiness, want: document.LateTerms{Law: "NL", Rate: "10.40"}},
		"AndNotOfTheDayOfIssue":            {country: "NL", kind: dunning.KindBusiness, due: "2026-06-29", want: document.LateTerms{Law: "NL", Rate: "10.15"}},
		"NoRateThatIsNotKnown":             {country: "NL", kind: dunning.KindBusiness, due: "2026-12-31", want: document.LateTerms{Law: "NL"}},
		"FranceWantsOneAllTheSame":         {country: "FR", kind: dunning.KindBusiness, due: "2026-12-31", want: document.LateTerms{Law: "FR", Rate: "12.40"}},
		"NothingForADebtorOfUnknownKind":   {country: "NL", kind: dunning.KindUnknown},
		"NothingForASoleTrader":            {country: "FR", kind: dunning.KindSoleTrader},
		"NothingInAnotherCurrency":         {country: "NL", kind: dunning.KindBusiness, change: func(_ *store.Creditor, in *store.Invoice) { in.Currency = "USD" }},
		"NothingWithoutRules":              {country: "GB", kind: dunning.KindBusiness},
		"NothingWhereTheDateIsNoDay":       {country: "NL", kind: dunning.KindBusiness, due: "1900-01-01"},
		"FrenchPublicBodyIsNotUnderL44110": {country: "FR", kind: dunning.KindPublicBody, want: document.LateTerms{Rate: "10.40"}},
		"DutchPublicBodyIsNotUnder6119a":   {country: "NL", kind: dunning.KindPublicBody, want: document.LateTerms{Rate: "10.40"}},
		"BelgianPublicBodyIsAsABusiness":   {country: "BE", kind: dunning.KindPublicBody, want: document.LateTerms{Law: "BE", Rate: "10.50"}},
		"AgreedRateIsNotTheStatutes":       {country: "NL", kind: dunning.KindBusiness, terms: agreed(6_0000, "2026-06-30"), want: document.LateTerms{Rate: "6.00"}},
		"AcceptedTooLateItDoesNotCount":    {country: "NL", kind: dunning.KindBusiness, terms: agreed(6_0000, "2026-07-01"), want: document.LateTerms{Law: "NL", Rate: "10.40"}},
		"NorWithoutProof":                  {country: "NL", kind: dunning.KindBusiness, terms: agreed(6_0000, ""), want: document.LateTerms{Law: "NL", Rate: "10.40"}},
		"FrenchLawStatesAnAgreedRate":      {country: "FR", kind: dunning.KindBusiness, terms: agreed(9_0000, "2026-06-30"), want: document.LateTerms{Law: "FR", Rate: "9.00"}},
		"RaisedToItsFloor":                 {country: "FR", kind: dunning.KindBusiness, terms: agreed(6_0000, "2026-06-30"), want: document.LateTerms{Law: "FR", Rate: "7.86"}},
		"ReceiptNeedNotBeKnown": {
			country: "NL", kind: dunning.KindBusiness, change: func(_ *store.Creditor, in *store.Invoice) { in.DueDateAgreed = false },
			want: document.LateTerms{Law: "NL", Rate: "10.40"},
		},
		"ConsumersAreToldTheLaw": {country: "NL", kind: dunning.KindConsumer, want: document.LateTerms{Law: "NL", Consumer: true}},
		"AndTheRateThatIsClaimed": {
			country: "NL", kind: dunning.KindConsumer, change: func(cr *store.Creditor, _ *store.Invoice) { cr.NLConsumerRules = true },
			want: document.LateTerms{Law: "NL", Consumer: true, Rate: "4.00"},
		},
		"WhateverTheTermsSay": {
			country: "DE", kind: dunning.KindConsumer, terms: agreed(9_0000, "2026-06-30"), want: document.LateTerms{Law: "DE", Consumer: true, Rate: "6.52"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := store.Invoice{IssueDate: on("2026-06-01"), DueDate: on("2026-06-30"), DueDateAgreed: true, AmountMinor: 121000, OpenMinor: 121000, Currency: "EUR"}
			if tt.due != "" {
				in.DueDate = on(tt.due)
			}
			cr := store.Creditor{Country: tt.country}
			if tt.change != nil {
				tt.change(&cr, &in)
			}
			got := lateTerms(&cr, &store.Customer{Kind: tt.kind, Country: tt.country}, &in, &store.ClaimFacts{Terms: tt.terms})
			require.Equal(t, tt.want, got)
		})
	}
}

// A letter cites the law by which its interest was computed.
func TestInterest_IsCitedAsItWasComputed(t *testing.T) {
	t.Parallel()
	rate := law.Rate(9_0000)
	contract := []store.ContractTerm{{ValidFrom: on("2026-01-01"), AnnualRate: &rate, AcceptedOn: new(on("2026-01-01"))}}
	for name, tt := range map[string]struct {
		country        string
		kind           dunning.DebtorKind
		terms          []store.ContractTerm
		article, words string
	}{
		"Dutch":          {"NL", dunning.KindBusiness, nil, "interest_nl", "NL"},
		"DutchPublic":    {"NL", dunning.KindPublicBody, nil, "interest_nl_public", ""},
		"Belgian":        {"BE", dunning.KindPublicBody, nil, "interest_be", "BE"},
		"French":         {"FR", dunning.KindBusiness, nil, "interest_fr", "FR"},
		"FrenchPublic":   {"FR", dunning.KindPublicBody, nil, "interest_eu", ""},
		"German":         {"DE", dunning.KindBusiness, nil, "interest_de", "DE"},
		"Other":          {"AT", dunning.KindBusiness, nil, "interest_eu", ""},
		"Agreed":         {"BE", dunning.KindBusiness, contract, "contract", ""},
		"AgreedInFrance": {"FR", dunning.KindBusiness, contract, "contract", "FR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := store.Invoice{IssueDate: on("2026-06-01"), DueDate: on("2026-06-30"), DueDateAgreed: true, AmountMinor: 121000, Currency: "EUR"}
			facts := store.ClaimFacts{Invoices: []store.Invoice{in}, Terms: tt.terms}
			owed, err := owedOn(&store.Creditor{Country: tt.country}, &store.Customer{Kind: tt.kind}, &facts, on("2026-07-15"))
			require.NoError(t, err)
			require.True(t, owed.Invoices[0].Interest.Total.IsPositive())
			require.Equal(t, tt.article, interestArticle(&owed.Invoices[0]))
			require.Equal(t, tt.words, lawInWords(&owed.Invoices[0]))
		})
	}
}

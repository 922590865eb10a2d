package law_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/law"
	"maan/internal/money"
)

type part struct {
	days   int
	rate   string
	base   string
	amount string // rounded to six decimals; "": not checked
}

func TestInterest(t *testing.T) {
	t.Parallel()
	consumer := claim("DE", "10000.00", "2025-11-30", "2026-08-31")
	consumer.Debtor = dunning.KindConsumer
	actual := claim("BE", "2000.00", "2024-05-31", "2025-02-28")
	actual.DayCount = law.ActAct
	public := claim("NL", "12100.00", "2026-05-31", "2026-08-15")
	public.Debtor = dunning.KindPublicBody
	frenchPublic := claim("FR", "1000.00", "2026-06-30", "2026-07-10")
	frenchPublic.Debtor = dunning.KindPublicBody
	dutchConsumer := claim("NL", "1000.00", "2024-12-31", "2026-01-01")
	dutchConsumer.Debtor, dutchConsumer.Packs.NLConsumer = dunning.KindConsumer, true

	tests := []struct {
		name   string
		claim  law.Claim
		regime law.Regime
		law    string
		parts  []part
		total  string
	}{
		{
			"DutchHalfYear", claim("NL", "5000.00", "2026-01-01", "2026-04-01"), law.NLTrade, "art. 6:119a BW",
			[]part{{90, "10.15", "5000.00", ""}},
			"125.14",
		},
		{
			"DutchClaimSpansTheChangeOfRates", claim("NL", "12100.00", "2026-05-31", "2026-08-15"), law.NLTrade, "art. 6:119a BW",
			[]part{{30, "10.15", "12100.00", "100.943836"}, {46, "10.40", "12100.00", "158.592877"}},
			"259.54",
		},
		{
			"DutchPublicBodyOwesTheSameByAnotherArticle", public, law.NLTrade, "art. 6:119b BW",
			[]part{{30, "10.15", "12100.00", "100.943836"}, {46, "10.40", "12100.00", "158.592877"}},
			"259.54",
		},
		{"DutchInterestCompoundsOnTheAnniversary", claim("NL", "10000.00", "2024-03-31", "2026-06-30"), law.NLTrade, "art. 6:119a BW", []part{
			{91, "12.50", "10000.00", ""},
			{184, "12.25", "10000.00", ""},
			{90, "11.15", "10000.00", ""},
			{91, "11.15", "11204.109589", ""},
			{274, "10.15", "11204.109589", ""},
			{91, "10.15", "12369.260246", "313.010061"},
		}, "2682.27"},
		{
			"GermanBusiness", claim("DE", "10000.00", "2025-11-30", "2026-08-31"), law.DETrade, "§ 288(2) BGB",
			[]part{{212, "10.27", "10000.00", "596.504110"}, {62, "10.52", "10000.00", "178.695890"}},
			"775.20",
		},
		{
			"GermanConsumer", consumer, law.DEConsumer, "§ 288(1) BGB",
			[]part{{212, "6.27", "10000.00", ""}, {62, "6.52", "10000.00", ""}},
			"474.93",
		},
		{
			"GermanFewDays", claim("DE", "1190.00", "2026-06-15", "2026-07-15"), law.DETrade, "§ 288(2) BGB",
			[]part{{15, "10.27", "1190.00", ""}, {15, "10.52", "1190.00", ""}},
			"10.17",
		},
		{
			"BelgianRateThatDidNotChangeIsOneSegment", claim("BE", "2000.00", "2024-05-31", "2025-02-28"), law.BETrade,
			"law of 2 August 2002, art. 5",
			[]part{{214, "12.50", "2000.00", ""}, {59, "11.50", "2000.00", ""}},
			"183.75",
		},
		{
			"BelgianByTheDaysOfTheYear", actual, law.BETrade, "law of 2 August 2002, art. 5",
			[]part{{214, "12.50", "2000.00", ""}, {59, "11.50", "2000.00", ""}},
			"183.35",
		},
		{
			"DutchDay", claim("NL", "10000.00", "2026-06-30", "2026-07-01"), law.NLTrade, "art. 6:119a BW",
			[]part{{1, "10.40", "10000.00", ""}},
			"2.85",
		},
		{
			"DutchDossierFirstInvoice", claim("NL", "2420.00", "2026-04-30", "2026-08-15"), law.NLTrade, "art. 6:119a BW",
			[]part{{61, "10.15", "2420.00", ""}, {46, "10.40", "2420.00", ""}},
			"72.77",
		},
		{
			"DutchDossierSecondInvoice", claim("NL", "1210.00", "2026-05-31", "2026-08-15"), law.NLTrade, "art. 6:119a BW",
			[]part{{30, "10.15", "1210.00", ""}, {46, "10.40", "1210.00", ""}},
			"25.95",
		},
		{
			"FrenchBusiness", claim("FR", "1000.00", "2026-06-30", "2026-07-10"), law.FRTrade, "Code de commerce, art. L441-10 II",
			[]part{{10, "12.40", "1000.00", "3.397260"}},
			"3.40",
		},
		{
			"FrenchPublicBodyOwesTheDirectivesMinimum", frenchPublic, law.EUDirective, "Directive 2011/7/EU, art. 2(6), 3 and 4",
			[]part{{10, "10.40", "1000.00", ""}},
			"2.85",
		},
		{
			"OtherEuroCountryHasTheDirectivesMinimum", claim("ES", "1000.00", "2026-06-30", "2026-07-10"), law.EUDirective,
			"Directive 2011/7/EU, art. 2(6), 3 and 4",
			[]part{{10, "10.40", "1000.00", ""}},
			"2.85",
		},
		{
			"DutchConsumerCompoundsToo", dutchConsumer, law.NLConsumer, "art. 6:119 BW",
			[]part{{365, "6.00", "1000.00", ""}, {1, "4.00", "1060.000000", ""}},
			"60.12",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := interest(t, tt.claim)
			require.Equal(t, tt.regime, out.Regime)
			require.Equal(t, tt.law, out.Law)
			require.Empty(t, out.Reason)
			require.Len(t, out.Segments, len(tt.parts))
			for i, want := range tt.parts {
				got := out.Segments[i]
				require.Equal(t, want.days, got.Days)
				require.Equal(t, want.rate, got.Rate.String())
				require.Equal(t, decimals(t, want.base, 6), decimals(t, got.Base, 6))
				if want.amount != "" {
					require.Equal(t, want.amount, decimals(t, got.Amount, 6))
				}
			}
			require.Equal(t, "EUR "+tt.total, out.Total.String())
			require.Equal(t, tt.total, sumOf(t, out))
			require.Equal(t, law.Shipped().Version(), out.RateTableVersion)
		})
	}
}

func TestInterestMustNot(t *testing.T) {
	t.Parallel()
	t.Run("LeaveOutDutchCompounding", func(t *testing.T) {
		t.Parallel()
		require.NotEqual(t, "EUR 2497.10", interest(t, claim("NL", "10000.00", "2024-03-31", "2026-06-30")).Total.String())
	})
	for _, country := range []string{"DE", "BE", "FR"} {
		t.Run("CompoundIn"+country, func(t *testing.T) {
			t.Parallel()
			out := interest(t, claim(country, "10000.00", "2023-12-31", "2026-03-31"))
			require.Equal(t, law.Simple, out.Compounding)
			for _, s := range out.Segments {
				require.Equal(t, "10000.00", s.Base)
			}
		})
	}
	t.Run("TakeTwelvePercentInTheNetherlandsFromJanuary2023", func(t *testing.T) {
		t.Parallel()
		got, known := law.Shipped().RateOn(law.NLTrade, date("2023-01-01"))
		require.True(t, known)
		require.Equal(t, "10.50", got.String())
	})
	t.Run("AddTenPointsToTheFrenchLegalRate", func(t *testing.T) {
		t.Parallel()
		for _, day := range []string{"2023-01-01", "2023-07-01", "2024-01-01", "2024-07-01", "2025-01-01", "2025-07-01", "2026-01-01"} {
			legal, _ := law.Shipped().RateOn(law.FRLegal, date(day))
			got, _ := law.Shipped().RateOn(law.FRTrade, date(day))
			require.NotEqual(t, legal+rate("10"), got, day)
		}
	})
	t.Run("AddEightPointsToTheGermanBaseRate", func(t *testing.T) {
		t.Parallel()
		base, _ := law.Shipped().RateOn(law.DEBase, date("2026-07-01"))
		got, _ := law.Shipped().RateOn(law.DETrade, date("2026-07-01"))
		require.Equal(t, base+rate("9"), got)
		require.NotEqual(t, base+rate("8"), got)
	})
}

func TestPartialPayment(t *testing.T) {
	t.Parallel()
	paidOn := claim("NL", "10000.00", "2026-04-30", "2026-07-01")

	t.Run("PrincipalFirst", func(t *testing.T) {
		t.Parallel()
		c := claim("NL", "10000.00", "2026-04-30", "2026-09-03")
		c.Payments = []law.Payment{{On: date("2026-07-01"), Amount: euro("4000.00")}}
		out := interest(t, c)
		require.Equal(t, "EUR 281.89", out.Total.String())
		require.Equal(t, "6000.00", out.Segments[len(out.Segments)-1].Base)
		total, err := euro("6000.00").Add(out.Total.Amount)
		require.NoError(t, err)
		require.Equal(t, euro("6281.89"), total)
	})
	for name, tt := range map[string]struct{ costs, principal, more, total string }{
		"StatutoryWithoutCosts": {"0.00", "6172.48", "112.56", "6285.04"},
		"StatutoryWithCosts":    {"875.00", "7047.48", "128.52", "7176.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := interest(t, paidOn)
			require.Equal(t, "EUR 172.48", before.Total.String())
			order, known := law.StatutoryOrder("NL")
			require.True(t, known)
			a, err := law.Allocate(order, law.Balances{
				Costs: law.Money{Amount: euro(tt.costs)}, Interest: before.Total, Principal: before.Principal,
			}, euro("4000.00"))
			require.NoError(t, err)
			require.Equal(t, euro(tt.principal), a.Left.Principal.Amount)
			require.True(t, a.Left.Interest.IsZero() && a.Left.Costs.IsZero() && a.Surplus.IsZero())
			after := interest(t, claim("NL", tt.principal, "2026-07-01", "2026-09-03"))
			require.Equal(t, euro(tt.more), after.Total.Amount)
			total, err := a.Left.Principal.Add(after.Total.Amount)
			require.NoError(t, err)
			require.Equal(t, euro(tt.total), total)
		})
	}
	t.Run("LaterPaymentsChangeNothing", func(t *testing.T) {
		t.Parallel()
		c := paidOn
		c.Payments = []law.Payment{{On: date("2026-07-01"), Amount: euro("4000.00")}, {On: date("2027-01-01"), Amount: euro("1.00")}}
		require.Equal(t, "EUR 172.48", interest(t, c).Total.String())
	})
	t.Run("InterestEndsOnTheDayOfFullPayment", func(t *testing.T) {
		t.Parallel()
		c := claim("NL", "10000.00", "2026-04-30", "2026-12-31")
		c.Payments = []law.Payment{{On: date("2026-07-01"), Amount: euro("12000.00")}}
		out := interest(t, c)
		require.Equal(t, "EUR 172.48", out.Total.String())
		require.Equal(t, date("2026-07-01"), out.Segments[len(out.Segments)-1].To)
	})
	t.Run("PaidOnTheLastDayOwesNothing", func(t *testing.T) {
		t.Parallel()
		c := claim("NL", "10000.00", "2026-04-30", "2026-12-31")
		c.Payments = []law.Payment{{On: date("2026-04-30"), Amount: euro("10000.00")}}
		out := interest(t, c)
		require.Equal(t, law.ReasonPaidInTime, out.Reason)
		require.True(t, out.Total.IsZero())
	})
}

func TestFirstInterestDay(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		edit func(*law.Claim)
		want string
		why  law.Reason
	}{
		{"AgreedDate", func(c *law.Claim) { c.Due, c.DueDateAgreed = date("2026-05-31"), true }, "2026-06-01", ""},
		{"DutchTermOfLaw", func(c *law.Claim) { c.Received = date("2026-06-01") }, "2026-07-02", ""},
		{"BelgianTermOfLaw", func(c *law.Claim) { c.Country, c.Received = "BE", date("2026-06-01") }, "2026-07-02", ""},
		{"GermanTermOfLaw", func(c *law.Claim) { c.Country, c.Received = "DE", date("2026-06-01") }, "2026-07-02", ""},
		{"FrenchTermOfLaw", func(c *law.Claim) { c.Country, c.Received = "FR", date("2026-06-01") }, "2026-07-02", ""},
		{"DirectivesTerm", func(c *law.Claim) { c.Country, c.Received = "IT", date("2026-06-01") }, "2026-07-02", ""},
		{"LaterDateOnTheInvoiceBindsTheCreditor", func(c *law.Claim) { c.Received, c.Due = date("2026-06-01"), date("2026-07-31") }, "2026-08-01", ""},
		{"EarlierDateOnTheInvoiceDoesNotBindTheDebtor", func(c *law.Claim) { c.Received, c.Due = date("2026-06-01"), date("2026-06-15") }, "2026-07-02", ""},
		{"FrenchDateOnTheInvoiceCounts", func(c *law.Claim) { c.Country, c.Received, c.Due = "FR", date("2026-06-01"), date("2026-06-15") }, "2026-06-16", ""},
		{"GermanDaysCountFromDueAndReceipt", func(c *law.Claim) { c.Country, c.Received, c.Due = "DE", date("2026-06-01"), date("2026-06-15") }, "2026-07-16", ""},
		{"GermanDaysCountFromALateReceipt", func(c *law.Claim) { c.Country, c.Received, c.Due = "DE", date("2026-06-20"), date("2026-06-15") }, "2026-07-21", ""},
		{"GermanReminderIsFaster", func(c *law.Claim) {
			c.Country, c.Received, c.Due, c.NoticeTermEnd = "DE", date("2026-06-01"), date("2026-06-15"), date("2026-06-30")
		}, "2026-07-01", ""},
		{"GermanReminderWithoutReceipt", func(c *law.Claim) {
			c.Country, c.Due, c.NoticeTermEnd = "DE", date("2026-06-15"), date("2026-06-30")
		}, "2026-07-01", ""},
		{"GermanReceiptUnknown", func(c *law.Claim) { c.Country, c.Due = "DE", date("2026-06-15") }, "", law.ReasonReceiptUnknown},
		{"DutchReceiptUnknown", func(c *law.Claim) { c.Due = date("2026-06-15") }, "", law.ReasonReceiptUnknown},
		{"GermanConsumerWithoutNotice", func(c *law.Claim) {
			c.Country, c.Debtor, c.Due, c.Received = "DE", dunning.KindConsumer, date("2026-06-15"), date("2026-06-01")
		}, "", law.ReasonNoticeNeeded},
		{"GermanConsumerAfterNotice", func(c *law.Claim) {
			c.Country, c.Debtor, c.Due, c.NoticeTermEnd = "DE", dunning.KindConsumer, date("2026-06-15"), date("2026-06-30")
		}, "2026-07-01", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := law.Claim{Country: "NL", Debtor: dunning.KindBusiness, Principal: euro("1000.00"), Until: date("2026-12-31")}
			tt.edit(&c)
			out := interest(t, c)
			require.Equal(t, tt.want, out.FirstInterestDay.String())
			require.Equal(t, tt.why, out.Reason)
			require.Equal(t, tt.why == "", out.Total.IsPositive())
		})
	}
}

func TestNothingIsClaimed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		edit func(*law.Claim)
		want law.Reason
	}{
		{"DebtorUnknown", func(c *law.Claim) { c.Debtor = dunning.KindUnknown }, law.ReasonDebtorUnclear},
		{"SoleTrader", func(c *law.Claim) { c.Debtor = dunning.KindSoleTrader }, law.ReasonDebtorUnclear},
		{"GreatBritain", func(c *law.Claim) { c.Country = "GB" }, law.ReasonNoRules},
		{"OutsideTheEuro", func(c *law.Claim) { c.Country = "PL" }, law.ReasonNoRules},
		{"OtherCurrency", func(c *law.Claim) { c.Principal.Currency = "USD" }, law.ReasonCurrency},
		{"DutchConsumerPackOff", func(c *law.Claim) { c.Debtor = dunning.KindConsumer }, law.ReasonConsumerPackOff},
		{"BelgianConsumerPackOff", func(c *law.Claim) {
			c.Country, c.Debtor, c.Packs.NLConsumer = "BE", dunning.KindConsumer, true
		}, law.ReasonConsumerPackOff},
		{"BelgianConsumerWithoutReminder", func(c *law.Claim) {
			c.Country, c.Debtor, c.Packs.BEConsumer = "BE", dunning.KindConsumer, true
		}, law.ReasonNoticeNeeded},
		{"BelgianConsumerWithoutClause", func(c *law.Claim) {
			c.Country, c.Debtor, c.Packs.BEConsumer, c.NoticeTermEnd = "BE", dunning.KindConsumer, true, date("2026-06-20")
		}, law.ReasonClauseNeeded},
		{"FrenchConsumer", func(c *law.Claim) { c.Country, c.Debtor = "FR", dunning.KindConsumer }, law.ReasonNoConsumerRules},
		{"NotDue", func(c *law.Claim) { c.Until = c.Due }, law.ReasonNotInDefault},
		{"NoRateThatFarBack", func(c *law.Claim) { c.Due, c.Until = date("2010-01-01"), date("2010-12-31") }, law.ReasonNoRateKnown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := claim("NL", "1000.00", "2026-05-31", "2026-08-15")
			tt.edit(&c)
			out := interest(t, c)
			require.Equal(t, tt.want, out.Reason)
			require.NotEmpty(t, out.Explanation)
			require.True(t, out.Total.IsZero())
			require.Equal(t, c.Principal.Currency, out.Total.Currency)
			require.Empty(t, out.Segments)
		})
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	with := func(c law.Claim, k law.Contract) law.Claim { c.Contract = &k; return c }
	accepted := date("2025-01-15")
	belgian := claim("BE", "1000.00", "2026-05-31", "2026-08-15")
	belgian.Debtor, belgian.Packs.BEConsumer, belgian.NoticeTermEnd = dunning.KindConsumer, true, date("2026-06-20")
	german := claim("DE", "1000.00", "2026-05-31", "2026-08-15")
	german.Debtor = dunning.KindConsumer

	tests := []struct {
		name     string
		claim    law.Claim
		rates    []string
		basis    law.RateBasis
		warnings []string
	}{
		{
			"RateOfTheContract", with(claim("NL", "1000.00", "2026-05-31", "2026-08-15"), law.Contract{AnnualRate: rate("6.5"), AcceptedOn: accepted}),
			[]string{"6.50"},
			law.Contractual, nil,
		},
		{
			"AcceptanceNotProved", with(claim("NL", "1000.00", "2026-05-31", "2026-08-15"), law.Contract{AnnualRate: rate("15")}),
			[]string{"10.15", "10.40"},
			law.Statutory,
			[]string{"clause_unproven"},
		},
		{
			"AcceptedAfterTheDueDate", with(claim("NL", "1000.00", "2026-05-31", "2026-08-15"), law.Contract{AnnualRate: rate("15"), AcceptedOn: date("2026-06-01")}),
			[]string{"10.15", "10.40"},
			law.Statutory,
			[]string{"clause_unproven"},
		},
		{
			"GermanContractDoesNotCompound", with(claim("DE", "1000.00", "2023-12-31", "2025-03-31"),
				law.Contract{AnnualRate: rate("12"), Compounding: law.Yearly, AcceptedOn: date("2023-01-01")}),
			[]string{"12.00"},
			law.Contractual,
			[]string{"compounding_not_allowed"},
		},
		{
			"DutchContractCompoundsWhereItSaysSo", with(claim("NL", "1000.00", "2023-12-31", "2025-03-31"),
				law.Contract{AnnualRate: rate("12"), Compounding: law.Yearly, AcceptedOn: date("2023-01-01")}),
			[]string{"12.00", "12.00"},
			law.Contractual, nil,
		},
		{
			"DutchContractElseDoesNot", with(claim("NL", "1000.00", "2023-12-31", "2025-03-31"),
				law.Contract{AnnualRate: rate("12"), AcceptedOn: date("2023-01-01")}),
			[]string{"12.00"},
			law.Contractual, nil,
		},
		{
			"FrenchFloorAboveTheDefaultRate", with(claim("FR", "1000.00", "2023-12-31", "2024-08-31"),
				law.Contract{AnnualRate: rate("14.90"), AcceptedOn: date("2023-01-01")}),
			[]string{"15.21", "14.90"},
			law.Contractual,
			[]string{"rate_raised_to_floor 2024-01-01"},
		},
		{
			"FrenchFloorNotKnown", with(claim("FR", "1000.00", "2026-05-31", "2026-08-15"), law.Contract{AnnualRate: rate("6.5"), AcceptedOn: accepted}),
			[]string{"7.86"},
			law.Contractual,
			[]string{"rate_unknown_after 2026-06-30", "rate_raised_to_floor 2026-06-01"},
		},
		{
			"BelgianConsumerCap", with(belgian, law.Contract{AnnualRate: rate("12"), AcceptedOn: accepted}),
			[]string{"10.50"},
			law.Contractual,
			[]string{"rate_lowered_to_cap 2026-06-21"},
		},
		{
			"GermanConsumerIsNotHeldToAClause", with(german, law.Contract{AnnualRate: rate("12"), AcceptedOn: accepted}),
			[]string{"6.27", "6.52"},
			law.Statutory,
			[]string{"clause_not_used_for_consumers"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := interest(t, tt.claim)
			var rates []string
			for _, s := range out.Segments {
				rates = append(rates, s.Rate.String())
			}
			require.Equal(t, tt.rates, rates)
			require.Equal(t, tt.basis, out.RateBasis)
			require.Equal(t, tt.warnings, warnings(out))
		})
	}
}

func TestRatesThatAreNotKnown(t *testing.T) {
	t.Parallel()
	t.Run("PastTheLastHalfYearIsAWarning", func(t *testing.T) {
		t.Parallel()
		out := interest(t, claim("NL", "1000.00", "2026-11-30", "2027-01-01"))
		require.Equal(t, []string{"rate_unknown_after 2026-12-31"}, warnings(out))
		require.Equal(t, "EUR 9.12", out.Total.String())
		require.Empty(t, interest(t, claim("NL", "1000.00", "2026-11-30", "2026-12-31")).Warnings)
	})
	t.Run("AnAddedRowEndsTheWarning", func(t *testing.T) {
		t.Parallel()
		table, err := law.Shipped().With(law.Row{
			Regime: law.NLTrade, ValidFrom: date("2027-01-01"), Rate: rate("10.65"), Status: law.Official, Source: "Staatscourant",
		})
		require.NoError(t, err)
		out, err := law.Interest(table, claim("NL", "1000.00", "2026-11-30", "2027-01-31"))
		require.NoError(t, err)
		require.Empty(t, out.Warnings)
		require.Equal(t, "10.65", out.Segments[1].Rate.String())
		require.Equal(t, table.Version(), out.RateTableVersion)
	})
	t.Run("AForgottenHalfYearIsAWarning", func(t *testing.T) {
		t.Parallel()
		table, err := law.Shipped().With(law.Row{
			Regime: law.NLTrade, ValidFrom: date("2027-07-01"), Rate: rate("10.65"), Status: law.Official, Source: "Staatscourant",
		})
		require.NoError(t, err)
		out, err := law.Interest(table, claim("NL", "1000.00", "2026-11-30", "2027-09-30"))
		require.NoError(t, err)
		require.Equal(t, []string{"rate_unknown_after 2026-12-31"}, warnings(out))
	})
	t.Run("DaysBeforeTheTableBearNothingAndAreNamed", func(t *testing.T) {
		t.Parallel()
		out := interest(t, claim("FR", "1000.00", "2016-05-31", "2016-07-10"))
		require.Equal(t, []string{"rate_unknown_before 2016-07-01"}, warnings(out))
		require.Equal(t, date("2016-07-01"), out.Segments[0].From)
		require.Equal(t, date("2016-06-01"), out.FirstInterestDay)
	})
	t.Run("DirectiveMinimumSaysSo", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []string{"directive_minimum"}, warnings(interest(t, claim("AT", "1000.00", "2026-05-31", "2026-06-15"))))
	})
}

func TestAnniversaryOfLeapDay(t *testing.T) {
	t.Parallel()
	out := interest(t, claim("NL", "1000.00", "2024-02-28", "2025-03-05"))
	require.Equal(t, date("2024-02-29"), out.FirstInterestDay)
	last := out.Segments[len(out.Segments)-1]
	require.Equal(t, date("2025-03-01"), last.From)
	require.NotEqual(t, "1000.00", last.Base)
}

func TestActActCutsAtLeapYears(t *testing.T) {
	t.Parallel()
	c := claim("DE", "1000.00", "2023-11-30", "2024-01-31")
	c.DayCount = law.ActAct
	out := interest(t, c)
	require.Equal(t, []int{365, 366}, []int{out.Segments[0].YearDays, out.Segments[1].YearDays})
	c.Due, c.Until = date("2025-11-30"), date("2026-01-31")
	require.Len(t, interest(t, c).Segments, 1)
}

func TestEveryFaultOfAClaimIsNamed(t *testing.T) {
	t.Parallel()
	_, err := law.Interest(law.Shipped(), law.Claim{
		Country: "nl", Debtor: "firm", Principal: money.New(-1, "EURO"), Until: calendar.Date{Year: 2026, Month: 2, Day: 30},
		Payments: []law.Payment{{On: date("2026-01-01"), Amount: money.New(0, "EUR")}}, DayCount: "30/360",
		Contract: &law.Contract{AnnualRate: -1, Compounding: "daily"}, DueDateAgreed: true,
	})
	for _, place := range []string{
		"country:", "kind:", "principal: the currency", "principal: write", "until:", "due:",
		"payment 1: amount", "payment 1: the currency", "day count:", "contract rate:", "contract compounding:",
	} {
		require.ErrorContains(t, err, place)
	}
	_, err = law.Interest(nil, claim("NL", "1.00", "2026-01-01", "2026-02-01"))
	require.ErrorContains(t, err, "rate table")
}

func TestBoundsOfAClaim(t *testing.T) {
	t.Parallel()
	_, err := law.Interest(law.Shipped(), claim("NL", "1.00", "2000-01-01", "2061-01-01"))
	require.ErrorContains(t, err, "until: the day lies more than 60 years after the due date")
	many := claim("NL", "1.00", "2026-01-01", "2026-02-01")
	many.Payments = make([]law.Payment, 10_001)
	_, err = law.Interest(law.Shipped(), many)
	require.ErrorContains(t, err, "payments: there are 10001; 10000 are allowed")
	huge := claim("NL", "92233720368547758.07", "2016-12-31", "2036-12-31")
	_, err = law.Interest(law.Shipped(), huge)
	require.ErrorContains(t, err, "too large")
	huge.Until = date("2017-01-31")
	require.Equal(t, "EUR 626683908257529.97", interest(t, huge).Total.String())
}

func TestComputationInJSON(t *testing.T) {
	t.Parallel()
	out := interest(t, claim("NL", "12100.00", "2026-05-31", "2026-08-15"))
	text, err := json.Marshal(out)
	require.NoError(t, err)
	require.JSONEq(t, `{
		"regime": "NL_6_119a", "law": "art. 6:119a BW", "rate_basis": "statutory", "convention": "ACT/365", "compounding": "yearly",
		"first_interest_day": "2026-06-01", "until": "2026-08-15", "principal": {"amount": "12100.00", "currency": "EUR"},
		"segments": [
			{"from": "2026-06-01", "to": "2026-06-30", "days": 30, "year_days": 365, "rate": "10.15", "base": "12100.00", "amount": "100.9438356164"},
			{"from": "2026-07-01", "to": "2026-08-15", "days": 46, "year_days": 365, "rate": "10.40", "base": "12100.00", "amount": "158.5928767123"}
		],
		"total": {"amount": "259.54", "currency": "EUR"}, "rate_table_version": "`+law.Shipped().Version()+`", "warnings": []
	}`, string(text))
	var back law.Computation
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, out, back)
	require.Error(t, json.Unmarshal([]byte(`{"amount":"1,00","currency":"EUR"}`), &back.Total))
}

func BenchmarkInterest(b *testing.B) {
	c := claim("NL", "10000.00", "2024-03-31", "2026-06-30")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := law.Interest(law.Shipped(), c); err != nil {
			b.Fatal(err)
		}
	}
}

package law_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
	"maan/internal/law"
	"maan/internal/money"
)

// letter claims costs from a business, two months after its default.
func letter(country string, principals ...string) law.Letter {
	l := law.Letter{Country: country, Debtor: dunning.KindBusiness, DefaultSince: date("2026-06-01"), On: date("2026-08-15")}
	for _, p := range principals {
		l.Principals = append(l.Principals, euro(p))
	}
	return l
}

func consumerLetter(country string, principals ...string) law.Letter {
	l := letter(country, principals...)
	l.Debtor, l.Packs = dunning.KindConsumer, law.Packs{NLConsumer: true, BEConsumer: true}
	l.NoticeTermEnd, l.ClauseAcceptedOn = date("2026-07-20"), date("2026-01-05")
	return l
}

func collection(t *testing.T, l law.Letter) law.Costs {
	t.Helper()
	out, err := law.CollectionCosts(l)
	require.NoError(t, err)
	return out
}

func fixed(t *testing.T, l law.Letter) law.Costs {
	t.Helper()
	out, err := law.FixedSum(l)
	require.NoError(t, err)
	return out
}

func TestDutchCollectionCosts(t *testing.T) {
	t.Parallel()
	for principal, want := range map[string]string{
		"50": "40.00", "100": "40.00", "266.66": "40.00", "266.67": "40.00", "266.70": "40.01", "300": "45.00", "1000": "150.00",
		"2500": "375.00", "2500.01": "375.00", "3000": "425.00", "5000": "625.00", "7500": "750.00", "10000": "875.00",
		"25000": "1025.00", "50000": "1275.00", "100000": "1775.00", "200000": "2775.00", "1000000": "6775.00", "2000000": "6775.00",
	} {
		for _, l := range []law.Letter{letter("NL", principal), consumerLetter("NL", principal)} {
			out := collection(t, l)
			require.Equal(t, euro(want), out.Total.Amount, principal)
			require.Equal(t, out.Amount, out.Total)
			require.Equal(t, law.CostWIK, out.Kind)
			require.Contains(t, out.Law, "art. 2 Besluit BIK")
			require.Empty(t, out.Reason)
		}
	}
}

func TestDutchCostsAreOverTheSumOfALetter(t *testing.T) {
	t.Parallel()
	out := collection(t, letter("NL", "100", "150", "200"))
	require.Equal(t, euro("67.50"), out.Total.Amount)
	require.NotEqual(t, euro("120.00"), out.Total.Amount)
	require.Equal(t, euro("450.00"), out.Base.Amount)
	require.Equal(t, 3, out.Count)

	out = collection(t, letter("NL", "2420", "1210"))
	require.Equal(t, euro("488.00"), out.Total.Amount)
	require.NotEqual(t, euro("544.50"), out.Total.Amount)
	fifteen, ten := rate("15"), rate("10")
	require.Equal(t, []law.Slice{
		{Over: "0.00", Rate: &fifteen, Base: "2500.00", Amount: "375.00"},
		{Over: "2500.00", Rate: &ten, Base: "1130.00", Amount: "113.00"},
	}, out.Slices)
}

func TestDutchMinimumIsNamed(t *testing.T) {
	t.Parallel()
	require.True(t, collection(t, letter("NL", "100")).Minimum)
	require.False(t, collection(t, letter("NL", "266.70")).Minimum)
	require.Equal(t, law.ReasonInOtherCosts, fixed(t, letter("NL", "100", "200")).Reason)
}

func TestDossierTotal(t *testing.T) {
	t.Parallel()
	total := euro("3630.00")
	for _, a := range []money.Amount{
		interest(t, claim("NL", "2420.00", "2026-04-30", "2026-08-15")).Total.Amount,
		interest(t, claim("NL", "1210.00", "2026-05-31", "2026-08-15")).Total.Amount,
		collection(t, letter("NL", "2420.00", "1210.00")).Total.Amount,
	} {
		var err error
		total, err = total.Add(a)
		require.NoError(t, err)
	}
	require.Equal(t, euro("4216.72"), total)
}

func TestVATOnDutchCosts(t *testing.T) {
	t.Parallel()
	for principal, want := range map[string]string{"2500": "453.75", "10000": "1058.75"} {
		l := letter("NL", principal)
		l.VAT = &law.VAT{Rate: rate("21"), CannotDeduct: true, Stated: true}
		out := collection(t, l)
		require.Equal(t, euro(want), out.Total.Amount)
		require.Contains(t, out.Law, "VAT: art. 2(3)")
		sum, err := out.Amount.Add(out.VAT.Amount)
		require.NoError(t, err)
		require.Equal(t, out.Total.Amount, sum)
	}
	for _, vat := range []law.VAT{{Rate: rate("21")}, {Rate: rate("21"), CannotDeduct: true}, {Rate: rate("21"), Stated: true}} {
		l := letter("NL", "2500")
		l.VAT = &vat
		out := collection(t, l)
		require.Equal(t, euro("375.00"), out.Total.Amount)
		require.True(t, out.VAT.IsZero())
		require.Equal(t, law.WarnVATNeedsStatements, out.Warnings[0].Code)
	}
}

func TestBelgianConsumerCosts(t *testing.T) {
	t.Parallel()
	for principal, want := range map[string]string{
		"100": "20.00", "150": "20.00", "150.01": "30.00", "300": "45.00", "500": "65.00", "500.01": "65.00",
		"1000": "90.00", "5000": "290.00", "39200": "2000.00", "50000": "2000.00",
	} {
		out := collection(t, consumerLetter("BE", principal))
		require.Equal(t, euro(want), out.Total.Amount, principal)
		require.Equal(t, law.CostXIX4, out.Kind)
	}
	l := consumerLetter("BE", "300")
	l.VAT = &law.VAT{Rate: rate("21"), CannotDeduct: true, Stated: true}
	out := collection(t, l)
	require.True(t, out.VAT.IsZero())
	require.Equal(t, law.WarnVATNotApplicable, out.Warnings[0].Code)
	require.Nil(t, out.Slices[0].Rate)
	require.Equal(t, "30.00", out.Slices[0].Amount)
}

func TestFixedSum(t *testing.T) {
	t.Parallel()
	for country, want := range map[string]string{
		"BE": "law of 2 August 2002, art. 6", "FR": "Code de commerce, art. L441-10 II and D441-5",
		"DE": "§ 288(5) BGB", "ES": "Directive 2011/7/EU, art. 6(1)",
	} {
		out := fixed(t, letter(country, "100", "150", "200"))
		require.Equal(t, euro("120.00"), out.Total.Amount, country)
		require.Equal(t, want, out.Law)
		require.Equal(t, 3, out.Count)
		require.True(t, out.VAT.IsZero())
		require.Equal(t, country == "DE", out.PartOfHigherCosts)
		require.Equal(t, law.ReasonProofNeeded, collection(t, letter(country, "100")).Reason)
	}
	for _, c := range []struct{ country, due, until string }{{"DE", "2025-11-30", "2026-08-31"}, {"BE", "2024-05-31", "2025-02-28"}} {
		l := letter(c.country, "10000.00")
		l.DefaultSince = interest(t, claim(c.country, "10000.00", c.due, c.until)).FirstInterestDay
		require.Equal(t, euro("40.00"), fixed(t, l).Total.Amount)
	}
	consumer := letter("DE", "10000.00")
	consumer.Debtor = dunning.KindConsumer
	require.Equal(t, law.ReasonNotFromConsumers, fixed(t, consumer).Reason)
}

func TestNoCosts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		from law.Letter
		edit func(*law.Letter)
		want law.Reason
	}{
		{"DebtorUnknown", letter("NL", "100"), func(l *law.Letter) { l.Debtor = dunning.KindUnknown }, law.ReasonDebtorUnclear},
		{"SoleTrader", letter("NL", "100"), func(l *law.Letter) { l.Debtor = dunning.KindSoleTrader }, law.ReasonDebtorUnclear},
		{"GreatBritain", letter("GB", "100"), func(*law.Letter) {}, law.ReasonNoRules},
		{"OtherCurrency", letter("NL", "100"), func(l *law.Letter) { l.Principals[0].Currency = "USD" }, law.ReasonCurrency},
		{"NotInDefault", letter("NL", "100"), func(l *law.Letter) { l.On = date("2026-05-31") }, law.ReasonNotInDefault},
		{"DutchPackOff", consumerLetter("NL", "100"), func(l *law.Letter) { l.Packs = law.Packs{} }, law.ReasonConsumerPackOff},
		{"DutchConsumerWithoutLetter", consumerLetter("NL", "100"), func(l *law.Letter) { l.NoticeTermEnd = date("") }, law.ReasonNoticeNeeded},
		{"DutchConsumerOnTheLastDay", consumerLetter("NL", "100"), func(l *law.Letter) { l.On = l.NoticeTermEnd }, law.ReasonNoticeRuns},
		{"BelgianPackOff", consumerLetter("BE", "100"), func(l *law.Letter) { l.Packs = law.Packs{NLConsumer: true} }, law.ReasonConsumerPackOff},
		{"BelgianConsumerWithoutClause", consumerLetter("BE", "100"), func(l *law.Letter) { l.ClauseAcceptedOn = date("") }, law.ReasonClauseNeeded},
		{"BelgianConsumerWithoutReminder", consumerLetter("BE", "100"), func(l *law.Letter) { l.NoticeTermEnd = date("") }, law.ReasonNoticeNeeded},
		{"FrenchConsumer", consumerLetter("FR", "100"), func(*law.Letter) {}, law.ReasonNotFromConsumers},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.edit(&tt.from)
			out := collection(t, tt.from)
			require.Equal(t, tt.want, out.Reason)
			require.NotEmpty(t, out.Explanation)
			require.True(t, out.Total.IsZero() && out.Amount.IsZero() && out.VAT.IsZero())
		})
	}
	for name, l := range map[string]law.Letter{"BE": letter("BE", "100"), "GB": letter("GB", "100")} {
		l.On = date("2026-05-01")
		require.True(t, fixed(t, l).Total.IsZero(), name)
	}
	unclear := letter("BE", "100")
	unclear.Debtor = dunning.KindSoleTrader
	require.Equal(t, law.ReasonDebtorUnclear, fixed(t, unclear).Reason)
}

func TestEveryFaultOfALetterIsNamed(t *testing.T) {
	t.Parallel()
	bad := law.Letter{
		Country: "N", Debtor: "", Principals: []money.Amount{euro("1"), money.New(0, "USD")},
		VAT: &law.VAT{Rate: rate("31")},
	}
	for _, compute := range []func(law.Letter) (law.Costs, error){law.FixedSum, law.CollectionCosts} {
		_, err := compute(bad)
		for _, place := range []string{
			"country:", "kind:", "in default since:", "claimed on:", "principal 2: write", "principal 2: the currency", "vat:",
		} {
			require.ErrorContains(t, err, place)
		}
		_, err = compute(letter("NL"))
		require.ErrorContains(t, err, "between 1 and 1000 amounts; there are 0")
		huge := letter("NL", "1", "1")
		huge.Principals[0].Minor, huge.Principals[1].Minor = math.MaxInt64-1, math.MaxInt64-1
		_, err = compute(huge)
		require.ErrorIs(t, err, money.ErrOverflow)
	}
}

func TestCostsInJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(collection(t, letter("NL", "100")))
	require.NoError(t, err)
	require.JSONEq(t, `{
		"kind": "WIK", "law": "art. 6:96(4) BW, art. 2 Besluit BIK", "base": {"amount": "100.00", "currency": "EUR"}, "count": 1,
		"slices": [{"over": "0.00", "rate": "15.00", "base": "100.00", "amount": "15.00"}], "minimum": true,
		"amount": {"amount": "40.00", "currency": "EUR"}, "vat": {"amount": "0.00", "currency": "EUR"},
		"total": {"amount": "40.00", "currency": "EUR"}, "warnings": []
	}`, string(text))
}

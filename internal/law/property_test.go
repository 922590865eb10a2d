package law_test

import (
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/law"
	"maan/internal/money"
)

func drawClaim(t *rapid.T) law.Claim {
	due := date("2012-01-01").AddDays(rapid.IntRange(0, 6000).Draw(t, "due"))
	c := law.Claim{
		Country:   rapid.SampledFrom([]string{"NL", "BE", "FR", "DE", "IT"}).Draw(t, "country"),
		Debtor:    rapid.SampledFrom([]dunning.DebtorKind{dunning.KindBusiness, dunning.KindPublicBody, dunning.KindConsumer}).Draw(t, "kind"),
		Principal: money.New(rapid.Int64Range(1, 100_000_000_00).Draw(t, "principal"), "EUR"),
		Due:       due, DueDateAgreed: true, NoticeTermEnd: due.AddDays(20),
		Until:    due.AddDays(rapid.IntRange(0, 2500).Draw(t, "days")),
		DayCount: rapid.SampledFrom([]law.DayCount{"", law.Act365, law.ActAct}).Draw(t, "day count"),
		Packs:    law.Packs{NLConsumer: true, BEConsumer: true},
	}
	if rapid.Bool().Draw(t, "contract") {
		c.Contract = &law.Contract{
			AnnualRate: law.Rate(rapid.Int64Range(0, 200_000).Draw(t, "rate")), AcceptedOn: due,
			Compounding: rapid.SampledFrom([]law.Compounding{"", law.Yearly}).Draw(t, "compounding"),
		}
	}
	for range rapid.IntRange(0, 5).Draw(t, "payments") {
		c.Payments = append(c.Payments, law.Payment{
			On:     due.AddDays(rapid.IntRange(-20, 2500).Draw(t, "paid on")),
			Amount: money.New(rapid.Int64Range(1, c.Principal.Minor).Draw(t, "paid"), "EUR"),
		})
	}
	return c
}

func compute(t require.TestingT, c law.Claim) law.Computation {
	out, err := law.Interest(law.Shipped(), c)
	require.NoError(t, err)
	return out
}

func TestSegmentsAddUpAndFollowEachOther(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawClaim(t)
		out := compute(t, c)
		require.Equal(t, out.Total.Decimal(), sumOf(t, out))
		require.Equal(t, len(out.Segments) == 0, out.Reason != "")
		for i, s := range out.Segments {
			require.Equal(t, s.Days, s.To.DaysSince(s.From)+1)
			require.Positive(t, s.Days)
			if i > 0 {
				require.Equal(t, out.Segments[i-1].To.AddDays(1), s.From)
			}
			require.False(t, s.To.After(c.Until))
			require.False(t, s.From.Before(out.FirstInterestDay))
		}
	})
}

// dayByDay counts the interest of one day after the other, in units of 1e-15 euro.
func dayByDay(c law.Claim, out law.Computation) *big.Int {
	total, thisYear, grown := new(big.Int), new(big.Int), new(big.Int)
	first := out.FirstInterestDay
	for day := first; !day.After(c.Until); day = day.AddDays(1) {
		open := c.Principal.Minor
		for _, p := range c.Payments {
			if p.On.Before(day) {
				open -= p.Amount.Minor
			}
		}
		if open <= 0 {
			break
		}
		birthday := calendar.NewDate(day.Year, first.Month, first.Day)
		if out.Compounding == law.Yearly && day == birthday && day != first {
			grown.Add(grown, thisYear)
			thisYear = new(big.Int)
		}
		yearDays := int64(365)
		if c.DayCount == law.ActAct && calendar.NewDate(day.Year, 2, 29).Month == 2 {
			yearDays = 366
		}
		r, _ := law.Shipped().RateOn(out.Regime, day)
		interest := new(big.Int).Mul(big.NewInt(open), big.NewInt(1e13))
		interest.Mul(interest.Add(interest, grown), big.NewInt(int64(r)))
		interest.Div(interest, big.NewInt(1_000_000*yearDays))
		thisYear.Add(thisYear, interest)
		total.Add(total, interest)
	}
	return total
}

func TestSegmentsAgreeWithCountingDays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawClaim(t)
		c.Contract = nil
		out := compute(t, c)
		if out.Reason == law.ReasonNoConsumerRules || out.Reason == law.ReasonClauseNeeded {
			return
		}
		difference := new(big.Rat).SetFrac(dayByDay(c, out), big.NewInt(1e15))
		for _, s := range out.Segments {
			amount, _ := new(big.Rat).SetString(s.Amount)
			difference.Sub(difference, amount)
		}
		require.Equal(t, "0.0000000", strings.TrimPrefix(difference.FloatString(7), "-"))
	})
}

func TestInterestNeverFallsWithTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawClaim(t)
		before := compute(t, c)
		c.Until = c.Until.AddDays(rapid.IntRange(1, 400).Draw(t, "later"))
		require.GreaterOrEqual(t, compute(t, c).Total.Minor, before.Total.Minor)
	})
}

func TestOrderOfPaymentsMakesNoDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawClaim(t)
		for i := range c.Payments {
			if i%2 == 1 {
				c.Payments[i].On = c.Payments[i-1].On
			}
		}
		want := compute(t, c)
		shuffled := append([]law.Payment(nil), c.Payments...)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)).Shuffle(len(shuffled), func(i, j int) {
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		})
		c.Payments = shuffled
		require.Equal(t, want, compute(t, c))
	})
}

func TestAPaymentNeverAddsInterest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawClaim(t)
		before := compute(t, c)
		c.Payments = append(c.Payments, law.Payment{On: c.Due.AddDays(rapid.IntRange(0, 1000).Draw(t, "on")), Amount: euro("1.00")})
		require.LessOrEqual(t, compute(t, c).Total.Minor, before.Total.Minor)
	})
}

func TestAllocationLosesNoCent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := func(name string) law.Money {
			return law.Money{Amount: money.New(rapid.Int64Range(0, 1_000_000).Draw(t, name), "EUR")}
		}
		owed := law.Balances{Costs: amount("costs"), Interest: amount("interest"), Principal: amount("principal")}
		payment := money.New(rapid.Int64Range(1, 4_000_000).Draw(t, "payment"), "EUR")
		order, _ := law.StatutoryOrder(rapid.SampledFrom([]string{"NL", "DE", "FR", "BE", "IT"}).Draw(t, "country"))
		a, err := law.Allocate(order, owed, payment)
		require.NoError(t, err)
		require.Equal(t, payment.Minor, a.Paid.Costs.Minor+a.Paid.Interest.Minor+a.Paid.Principal.Minor+a.Surplus.Minor)
		for _, b := range [][3]int64{
			{owed.Costs.Minor, a.Paid.Costs.Minor, a.Left.Costs.Minor},
			{owed.Interest.Minor, a.Paid.Interest.Minor, a.Left.Interest.Minor},
			{owed.Principal.Minor, a.Paid.Principal.Minor, a.Left.Principal.Minor},
		} {
			require.Equal(t, b[0], b[1]+b[2])
			require.GreaterOrEqual(t, b[1], int64(0))
			require.GreaterOrEqual(t, b[2], int64(0))
			if a.Surplus.IsPositive() {
				require.Zero(t, b[2])
			}
		}
	})
}

func TestAllocate(t *testing.T) {
	t.Parallel()
	owed := law.Balances{
		Costs: law.Money{Amount: euro("100")}, Interest: law.Money{Amount: euro("50")}, Principal: law.Money{Amount: euro("1000")},
	}
	for country, want := range map[string][3]string{ // costs, interest, principal
		"NL": {"100.00", "20.00", "0.00"}, "DE": {"100.00", "20.00", "0.00"}, "FR": {"0.00", "50.00", "70.00"},
		"BE": {"0.00", "0.00", "120.00"},
	} {
		order, known := law.StatutoryOrder(country)
		require.True(t, known)
		a, err := law.Allocate(order, owed, euro("120"))
		require.NoError(t, err)
		require.Equal(t, want, [3]string{a.Paid.Costs.Decimal(), a.Paid.Interest.Decimal(), a.Paid.Principal.Decimal()}, country)
	}
	order, known := law.StatutoryOrder("GB")
	require.False(t, known)
	require.Equal(t, law.PrincipalFirst, order)

	owed.Interest.Currency, owed.Principal.Minor = "USD", -1
	_, err := law.Allocate(order, owed, euro("120"))
	require.ErrorContains(t, err, "interest: the currency")
	require.ErrorContains(t, err, "principal: the balance is below zero")
	_, err = law.Allocate(law.Order{Buckets: [3]law.Bucket{law.BucketCosts, law.BucketCosts, "fees"}}, owed, euro("120"))
	require.ErrorContains(t, err, "order: a part stands in it twice")
	require.ErrorContains(t, err, "order: write each of")
}

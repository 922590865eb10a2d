package law_test

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/law"
	"maan/internal/money"
)

func date(s string) calendar.Date {
	if s == "" {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func euro(s string) money.Amount {
	a, err := money.Parse(s, "EUR")
	if err != nil {
		panic(err)
	}
	return a
}

func rate(s string) law.Rate {
	r, err := law.ParseRate(s)
	if err != nil {
		panic(err)
	}
	return r
}

// claim is a claim on a business with an agreed due date.
func claim(country, principal, due, until string) law.Claim {
	return law.Claim{
		Country: country, Debtor: dunning.KindBusiness, Principal: euro(principal),
		Due: date(due), DueDateAgreed: true, Until: date(until),
	}
}

func interest(t *testing.T, c law.Claim) law.Computation {
	t.Helper()
	out, err := law.Interest(law.Shipped(), c)
	require.NoError(t, err)
	return out
}

// decimals reads a plain decimal and rounds it.
func decimals(t require.TestingT, s string, digits int) string {
	r, ok := new(big.Rat).SetString(s)
	require.True(t, ok, "decimal %s", s)
	return r.FloatString(digits)
}

// sumOf adds the shown amounts of the segments and rounds them to the cent.
func sumOf(t require.TestingT, out law.Computation) string {
	sum := new(big.Rat)
	for _, s := range out.Segments {
		r, ok := new(big.Rat).SetString(s.Amount)
		require.True(t, ok)
		sum.Add(sum, r)
	}
	return sum.FloatString(2)
}

func warnings(out law.Computation) []string {
	var all []string
	for _, w := range out.Warnings {
		all = append(all, w.String())
	}
	return all
}

package money_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/money"
)

func TestAmount_Decimal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		minor    int64
		currency money.Currency
		decimal  string
		text     string
	}{
		{121000, "EUR", "1210.00", "EUR 1210.00"},
		{5, "EUR", "0.05", "EUR 0.05"},
		{-5, "EUR", "-0.05", "EUR -0.05"},
		{0, "EUR", "0.00", "EUR 0.00"},
		{500, "JPY", "500", "JPY 500"},
		{0, "JPY", "0", "JPY 0"},
		{1250, "BHD", "1.250", "BHD 1.250"},
		{-1, "CLF", "-0.0001", "CLF -0.0001"},
		{math.MaxInt64, "EUR", "92233720368547758.07", "EUR 92233720368547758.07"},
		{math.MinInt64, "EUR", "-92233720368547758.08", "EUR -92233720368547758.08"},
		{1234, "ZZZ", "1234", "ZZZ 1234"},
		{0, "", "0", "0"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			a := money.New(tt.minor, tt.currency)
			require.Equal(t, tt.decimal, a.Decimal())
			require.Equal(t, tt.text, a.String())
		})
	}
}

func TestAmount_JSONKeepsItsFieldNames(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(money.New(-121000, "EUR"))
	require.NoError(t, err)
	require.JSONEq(t, `{"minor":-121000,"currency":"EUR"}`, string(text))
}

func TestAmount_Add(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		a, b       money.Amount
		sum        money.Amount
		difference money.Amount
	}{
		{"Plain", money.New(1000, "EUR"), money.New(210, "EUR"), money.New(1210, "EUR"), money.New(790, "EUR")},
		{"BelowZero", money.New(10, "EUR"), money.New(-30, "EUR"), money.New(-20, "EUR"), money.New(40, "EUR")},
		{"Zero", money.New(7, "JPY"), money.New(0, "JPY"), money.New(7, "JPY"), money.New(7, "JPY")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sum, err := tt.a.Add(tt.b)
			require.NoError(t, err)
			require.Equal(t, tt.sum, sum)
			difference, err := tt.a.Sub(tt.b)
			require.NoError(t, err)
			require.Equal(t, tt.difference, difference)
		})
	}
}

func TestAmount_AddRefusesAnotherCurrency(t *testing.T) {
	t.Parallel()
	_, err := money.New(1, "EUR").Add(money.New(1, "GBP"))
	require.ErrorIs(t, err, money.ErrCurrencyMismatch)
	_, err = money.New(1, "EUR").Sub(money.Amount{})
	require.ErrorIs(t, err, money.ErrCurrencyMismatch)
}

func TestAmount_AddRefusesOverflow(t *testing.T) {
	t.Parallel()
	most, least := money.New(math.MaxInt64, "EUR"), money.New(-math.MaxInt64, "EUR")
	one := money.New(1, "EUR")

	_, err := most.Add(one)
	require.ErrorIs(t, err, money.ErrOverflow)
	_, err = least.Add(one.Neg())
	require.ErrorIs(t, err, money.ErrOverflow, "the lowest integer has no negative")
	_, err = least.Sub(one)
	require.ErrorIs(t, err, money.ErrOverflow)
	_, err = most.Sub(least)
	require.ErrorIs(t, err, money.ErrOverflow)
	_, err = one.Sub(money.New(math.MinInt64, "EUR"))
	require.ErrorIs(t, err, money.ErrOverflow)

	sum, err := most.Add(least)
	require.NoError(t, err)
	require.True(t, sum.IsZero())
}

func TestAmount_Sign(t *testing.T) {
	t.Parallel()
	a := money.New(5, "EUR")
	require.True(t, a.IsPositive())
	require.True(t, a.Neg().IsNegative())
	require.False(t, a.Neg().IsPositive())
	require.True(t, money.Amount{}.IsZero())
	require.False(t, money.Amount{}.IsPositive())
	require.False(t, money.Amount{}.IsNegative())
	require.Equal(t, money.New(math.MaxInt64, "EUR"), money.New(math.MinInt64, "EUR").Neg())
}

func TestAmount_SubUndoesAdd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := money.New(rapid.Int64Min(-math.MaxInt64).Draw(t, "a"), "EUR")
		b := money.New(rapid.Int64Min(-math.MaxInt64).Draw(t, "b"), "EUR")
		sum, err := a.Add(b)
		if err != nil {
			require.ErrorIs(t, err, money.ErrOverflow)
			return
		}
		back, err := sum.Sub(b)
		require.NoError(t, err)
		require.Equal(t, a, back)
		mirrored, err := b.Neg().Sub(a)
		require.NoError(t, err)
		require.Equal(t, sum.Neg(), mirrored)
	})
}

func TestCurrency_Digits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		currency money.Currency
		digits   int
		known    bool
	}{
		{"EUR", 2, true},
		{"GBP", 2, true},
		{"CHF", 2, true},
		{"HUF", 2, true},
		{"MGA", 2, true},
		{"XCG", 2, true},
		{"ZWG", 2, true},
		{"SLE", 2, true},
		{"JPY", 0, true},
		{"ISK", 0, true},
		{"UGX", 0, true},
		{"XPF", 0, true},
		{"BHD", 3, true},
		{"TND", 3, true},
		{"KWD", 3, true},
		{"CLF", 4, true},
		{"UYW", 4, true},
		{"HRK", 0, false},
		{"BGN", 0, false},
		{"ANG", 0, false},
		{"DEM", 0, false},
		{"XAU", 0, false},
		{"XXX", 0, false},
		{"eur", 0, false},
		{"", 0, false},
	}
	for _, tt := range tests {
		t.Run(string(tt.currency), func(t *testing.T) {
			t.Parallel()
			digits, known := tt.currency.Digits()
			require.Equal(t, tt.known, known)
			require.Equal(t, tt.digits, digits)
		})
	}
}

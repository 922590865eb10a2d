package money_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/money"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		amount, currency string
		minor            int64
	}{
		{"1210.00", "EUR", 121000},
		{"1210", "EUR", 121000},
		{"12.5", "EUR", 1250},
		{"-0.05", "EUR", -5},
		{"-0", "EUR", 0},
		{"007", "EUR", 700},
		{"500", "JPY", 500},
		{"1.25", "BHD", 1250},
		{"0.0001", "CLF", 1},
		{"92233720368547758.07", "EUR", math.MaxInt64},
		{"-92233720368547758.07", "EUR", -math.MaxInt64},
		{strings.Repeat("0", 50) + "1.00", "EUR", 100},
	}
	for _, tt := range tests {
		t.Run(tt.currency+tt.amount, func(t *testing.T) {
			t.Parallel()
			a, err := money.Parse(tt.amount, tt.currency)
			require.NoError(t, err)
			require.Equal(t, money.New(tt.minor, money.Currency(tt.currency)), a)
		})
	}
}

func TestParse_Refuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		amount, currency string
		code             money.ParseCode
		says             string
	}{
		{"1.00", "", money.UnknownCurrency, "currency is not an active ISO 4217 code: write three capitals, such as EUR"},
		{"1.00", "eur", money.UnknownCurrency, `currency "eur" is not`},
		{"1.00", "DEM", money.UnknownCurrency, `currency "DEM" is not`},
		{"1.00", "EURO", money.UnknownCurrency, "three capitals"},
		{"1.00", "€", money.UnknownCurrency, "currency is not"},
		{"", "EUR", money.NotANumber, "empty"},
		{"-", "EUR", money.NotANumber, "empty"},
		{".", "EUR", money.NotANumber, "both sides"},
		{".50", "EUR", money.NotANumber, "both sides"},
		{"5.", "EUR", money.NotANumber, "both sides"},
		{"1.210,00", "EUR", money.NotANumber, "comma"},
		{"1,210.00", "EUR", money.NotANumber, "comma"},
		{"1 210.00", "EUR", money.NotANumber, "other than digits"},
		{"1.2.3", "EUR", money.NotANumber, "one dot"},
		{"+1.00", "EUR", money.NotANumber, "leading minus"},
		{"--1", "EUR", money.NotANumber, "leading minus"},
		{"1e3", "EUR", money.NotANumber, "other than digits"},
		{"0x10", "EUR", money.NotANumber, "other than digits"},
		{"١٢", "EUR", money.NotANumber, "other than digits"},
		{"NaN", "EUR", money.NotANumber, "other than digits"},
		{"1.210", "EUR", money.TooManyDecimals, "amount has 3 decimals, EUR has 2"},
		{"500.00", "JPY", money.TooManyDecimals, "amount has 2 decimals, JPY has 0"},
		{"92233720368547758.08", "EUR", money.OutOfRange, "the most is EUR 92233720368547758.07"},
		{"-92233720368547758.08", "EUR", money.OutOfRange, "too large"},
		{strings.Repeat("9", 400), "EUR", money.OutOfRange, "too large"},
	}
	for _, tt := range tests {
		t.Run(tt.currency+tt.amount, func(t *testing.T) {
			t.Parallel()
			a, err := money.Parse(tt.amount, tt.currency)
			var fault *money.ParseError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, tt.code, fault.Code)
			require.ErrorContains(t, err, tt.says)
			require.Equal(t, money.Amount{}, a)
		})
	}
}

func TestParse_ErrorsRepeatNothingOfTheInput(t *testing.T) {
	t.Parallel()
	const name = "Jane Roe"
	_, err := money.Parse(name, "EUR")
	require.NotContains(t, err.Error(), name)
	_, err = money.Parse("1.00", name)
	require.NotContains(t, err.Error(), name)
}

func TestParse_ReadsWhatDecimalWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := money.New(
			rapid.Int64Min(-math.MaxInt64).Draw(t, "minor"),
			rapid.SampledFrom([]money.Currency{"EUR", "JPY", "BHD", "CLF"}).Draw(t, "currency"),
		)
		back, err := money.Parse(a.Decimal(), string(a.Currency))
		require.NoError(t, err)
		require.Equal(t, a, back)
	})
}

func FuzzParse(f *testing.F) {
	f.Add("1210.00", "EUR")
	f.Add("-0.001", "BHD")
	f.Add("1.234,50", "EUR")
	f.Fuzz(func(t *testing.T, amount, currency string) {
		a, err := money.Parse(amount, currency)
		if err != nil {
			var fault *money.ParseError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, money.Amount{}, a)
			return
		}
		back, err := money.Parse(a.Decimal(), string(a.Currency))
		require.NoError(t, err)
		require.Equal(t, a, back)
	})
}

package money_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/money"
)

// visible shows the spaces that look alike.
var visible = strings.NewReplacer("\u00a0", "<A0>", "\u202f", "<202F>")

// The expected texts are the output of ICU 78.2, save that dollars and yen
// show their code where ICU has a symbol of its own making ("$US", "JP¥").
func TestAmount_Format(t *testing.T) {
	t.Parallel()
	tests := []struct {
		language string
		amount   money.Amount
		want     string
	}{
		{"nl", money.New(123456750, "EUR"), "€<A0>1.234.567,50"},
		{"nl", money.New(-123450, "EUR"), "€<A0>-1.234,50"},
		{"nl-BE", money.New(123450, "EUR"), "€<A0>1.234,50"},
		{"nl", money.New(-123450, "GBP"), "£<A0>-1.234,50"},
		{"nl", money.New(-123450, "USD"), "USD<A0>-1.234,50"},
		{"nl", money.New(1234567500, "BHD"), "BHD<A0>1.234.567,500"},
		{"fr", money.New(123456750, "EUR"), "1<202F>234<202F>567,50<A0>€"},
		{"fr-BE", money.New(123456750, "EUR"), "1<202F>234<202F>567,50<A0>€"},
		{"fr", money.New(-123450, "EUR"), "-1<202F>234,50<A0>€"},
		{"fr", money.New(123456750, "CHF"), "1<202F>234<202F>567,50<A0>CHF"},
		{"de", money.New(123456750, "EUR"), "1.234.567,50<A0>€"},
		{"de", money.New(-123450, "EUR"), "-1.234,50<A0>€"},
		{"de-CH", money.New(123450, "EUR"), "1.234,50<A0>€"},
		{"de", money.New(1234568, "JPY"), "1.234.568<A0>JPY"},
		{"de-AT", money.New(123450, "EUR"), "€<A0>1.234,50"},
		{"de_at", money.New(-123450, "EUR"), "-€<A0>1.234,50"},
		{"de-AT", money.New(-123450, "CHF"), "-CHF<A0>1.234,50"},
		{"en-GB", money.New(123450, "EUR"), "€1,234.50"},
		{"en-GB", money.New(-123450, "EUR"), "-€1,234.50"},
		{"EN", money.New(123456750, "GBP"), "£1,234,567.50"},
		{"en-GB", money.New(123450, "USD"), "USD<A0>1,234.50"},
		{"en", money.New(-123450, "USD"), "-USD<A0>1,234.50"},
		{"en-US", money.New(-123450, "USD"), "-$1,234.50"},
		{"en", money.New(1234568, "JPY"), "JPY<A0>1,234,568"},
		{"", money.New(100, "EUR"), "€1.00"},
		{"es", money.New(0, "EUR"), "€0.00"},
		{"nl", money.New(99999, "EUR"), "€<A0>999,99"},
		{"fr", money.New(1, "EUR"), "0,01<A0>€"},
	}
	for _, tt := range tests {
		t.Run(tt.language+tt.amount.String(), func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, visible.Replace(tt.amount.Format(tt.language)))
		})
	}
}

func TestAmount_FormatSMS(t *testing.T) {
	t.Parallel()
	tests := []struct {
		language string
		amount   money.Amount
		want     string
	}{
		{"nl", money.New(123450, "EUR"), "EUR 1234,50"},
		{"fr-BE", money.New(123456750, "EUR"), "EUR 1234567,50"},
		{"de-AT", money.New(-5, "EUR"), "EUR -0,05"},
		{"en-GB", money.New(123450, "EUR"), "EUR 1234.50"},
		{"pl", money.New(123450, "PLN"), "PLN 1234.50"},
		{"nl", money.New(1234, "JPY"), "JPY 1234"},
	}
	for _, tt := range tests {
		t.Run(tt.language, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, tt.amount.FormatSMS(tt.language))
		})
	}
}

func TestAmount_FormatSMSStaysInGSM(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := money.New(rapid.Int64().Draw(t, "minor"), "EUR")
		language := rapid.SampledFrom([]string{"nl", "fr", "de", "en", "de-AT", "xx"}).Draw(t, "language")
		require.Empty(t, strings.Trim(a.FormatSMS(language), "EUR 0123456789.,-"))
	})
}

// Whatever the language, the digits of the amount are all there, in order.
func TestAmount_FormatKeepsTheDigits(t *testing.T) {
	t.Parallel()
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, s)
	}
	rapid.Check(t, func(t *rapid.T) {
		a := money.New(rapid.Int64().Draw(t, "minor"),
			rapid.SampledFrom([]money.Currency{"EUR", "JPY", "BHD"}).Draw(t, "currency"))
		language := rapid.SampledFrom([]string{"nl", "fr", "de", "en", "de-AT", "xx"}).Draw(t, "language")
		require.Equal(t, digits(a.Decimal()), digits(a.Format(language)))
	})
}

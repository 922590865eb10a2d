package einvoice_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/einvoice"
)

func TestMatchesSupplier(t *testing.T) {
	t.Parallel()
	vat := func(number, country string) einvoice.Party {
		return einvoice.Party{VATNumber: number, Country: country}
	}
	tests := []struct {
		name     string
		supplier einvoice.Party
		ids      einvoice.SupplierIDs
		want     bool
	}{
		{"NothingKnown", einvoice.Party{}, einvoice.SupplierIDs{}, false},
		{"OnlySeparators", einvoice.Party{VATNumber: " . ", RegistrationNumber: "-"}, einvoice.SupplierIDs{VATNumber: "-", RegistrationNumber: ". "}, false},
		{"Endpoint", einvoice.Party{EndpointScheme: "0208", EndpointID: "0566988259"}, einvoice.SupplierIDs{EndpointScheme: "0208", EndpointID: "0566.988.259"}, true},
		{"EndpointOfOtherScheme", einvoice.Party{EndpointScheme: "0106", EndpointID: "0566988259"}, einvoice.SupplierIDs{EndpointScheme: "0208", EndpointID: "0566988259"}, false},
		{"EndpointWithoutScheme", einvoice.Party{EndpointID: "0566988259"}, einvoice.SupplierIDs{EndpointID: "0566988259"}, false},
		{"Registration", einvoice.Party{RegistrationNumber: "0566.988.259"}, einvoice.SupplierIDs{RegistrationNumber: "0566988259"}, true},
		{"OtherRegistration", einvoice.Party{RegistrationNumber: "0566988258"}, einvoice.SupplierIDs{RegistrationNumber: "0566988259"}, false},
		{"RegistrationIsNotVAT", einvoice.Party{RegistrationNumber: "NL123456789B01"}, einvoice.SupplierIDs{VATNumber: "NL123456789B01"}, false},
		{"OneOfThreeIsEnough", einvoice.Party{EndpointScheme: "0106", EndpointID: "1", VATNumber: "NL1", RegistrationNumber: "12345678"}, einvoice.SupplierIDs{EndpointScheme: "0106", EndpointID: "2", VATNumber: "NL2", RegistrationNumber: "12345678"}, true},

		{"VAT", vat("nl 1234.56.789.b01", "NL"), einvoice.SupplierIDs{VATNumber: "NL123456789B01"}, true},
		{"VATOfOtherCountry", vat("DE123456789", "DE"), einvoice.SupplierIDs{VATNumber: "LT123456789"}, false},
		{"VATWithoutPrefixInDocument", vat("123456789B01", "NL"), einvoice.SupplierIDs{VATNumber: "NL123456789B01"}, true},
		{"VATWithoutPrefixAtHome", vat("BE0566988259", "BE"), einvoice.SupplierIDs{VATNumber: "0566.988.259"}, true},
		{"VATWithoutPrefixOfOtherCountry", vat("123456789", "LT"), einvoice.SupplierIDs{VATNumber: "DE123456789"}, false},
		{"VATWithoutPrefixCountryUnknown", vat("123456789B01", ""), einvoice.SupplierIDs{VATNumber: "NL123456789B01"}, false},
		{"VATWithoutPrefixTooShort", vat("1234567", "DE"), einvoice.SupplierIDs{VATNumber: "DE1234567"}, false},
		{"VATBothWithoutPrefix", vat("123456789B01", "NL"), einvoice.SupplierIDs{VATNumber: "123456789b01"}, true},
		{"GreeceIsELForVAT", vat("123456789", "GR"), einvoice.SupplierIDs{VATNumber: "EL123456789"}, true},
		{"GreekPrefixes", vat("GR123456789", "GR"), einvoice.SupplierIDs{VATNumber: "EL123456789"}, true},
		{"PrefixAlone", vat("NL", "NL"), einvoice.SupplierIDs{VATNumber: "NL"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, einvoice.MatchesSupplier(tt.supplier, tt.ids))
		})
	}
}

// However a number is spelt, it matches itself, and another never does.
func TestMatchesSupplier_SpellingDoesNotCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`[A-Z0-9]{1,14}`).Draw(t, "number")
		other := rapid.StringMatching(`[A-Z0-9]{1,14}`).Filter(func(s string) bool { return s != number }).Draw(t, "other")
		spelt := strings.ToLower(number[:1]) + rapid.SampledFrom([]string{"", " ", ".", "-", ". "}).Draw(t, "separator") + number[1:]
		supplier := einvoice.Party{RegistrationNumber: spelt}
		require.True(t, einvoice.MatchesSupplier(supplier, einvoice.SupplierIDs{RegistrationNumber: number}))
		require.False(t, einvoice.MatchesSupplier(supplier, einvoice.SupplierIDs{RegistrationNumber: other}))
	})
}

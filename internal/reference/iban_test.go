package reference_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/reference"
)

var validIBANs = []string{
	"NL91ABNA0417164300", "BE68539007547034", "BE72000000001616", "DE89370400440532013000",
	"FR1420041010050500013M02606", "GB82WEST12345698765432", "LU280019400644750000",
	"AT611904300234573201", "NL20INGB0001234567",
	// The examples of the SWIFT IBAN registry for the other SEPA countries.
	"AD1200012030200359100100", "AL47212110090000000235698741", "BG80BNBG96611020345678",
	"CH9300762011623852957", "CY17002001280000001200527600", "CZ6508000000192000145399",
	"DK5000400440116243", "EE382200221020145685", "ES9121000418450200051332", "FI2112345600000785",
	"GI75NWBK000000007099453", "GR1601101250000000012300695", "HR1210010051863000160",
	"HU42117730161111101800000000", "IE29AIBK93115212345678", "IS140159260076545510730339",
	"IT60X0542811101000000123456", "LI21088100002324013AA", "LT121000011101001000",
	"LV80BANK0000435195001", "MC5811222000010123456789030", "MD24AG000225100013104168",
	"ME25505000012345678951", "MK07250120000058984", "MT84MALT011000012345MTLCAST001S",
	"NO9386011117947", "PL61109010140000071219812874", "PT50000201231234567890154",
	"RO49AAAA1B31007593840000", "RS35260005601001611379", "SE4550000000058398257466",
	"SI56191000000123438", "SK3112000000198742637541", "SM86U0322509800000000270100",
	"VA59001123000012345678",
}

func TestCheckIBAN(t *testing.T) {
	t.Parallel()
	for _, iban := range validIBANs {
		t.Run(iban, func(t *testing.T) {
			t.Parallel()
			canonical, err := reference.CheckIBAN(iban)
			require.NoError(t, err)
			require.Equal(t, iban, canonical)
			canonical, err = reference.CheckIBAN(" " + strings.ToLower(reference.FormatIBAN(iban)) + "\u00a0")
			require.NoError(t, err)
			require.Equal(t, iban, canonical)
		})
	}
}

func TestCheckIBAN_Refuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		input string
		code  reference.Code
	}{
		{"NL91ABNA0417164301", reference.BadCheckDigits},
		{"NL02RABO0123456789", reference.BadCheckDigits},
		{"BE68539007547035", reference.BadCheckDigits},
		{"BE41539007547035", reference.BadCheckDigits}, // IBAN sum right, Belgian sum wrong
		{"", reference.BadLength},
		{"NL9", reference.BadLength},
		{"NL91ABNA041716430", reference.BadLength},
		{"NL91ABNA04171643000", reference.BadLength},
		{"US91ABNA0417164300", reference.BadCountry},
		{"RF18539007547034", reference.BadCountry},
		{"0417164300", reference.BadCountry},
		{"NLX1ABNA0417164300", reference.BadCharacter},
		{"NL91-ABNA-0417-1643-00", reference.BadCharacter},
		{"ＮＬ91ABNA0417164300", reference.BadCharacter},
	}
	for _, tt := range tests {
		t.Run(tt.input, func(t *testing.T) {
			t.Parallel()
			canonical, err := reference.CheckIBAN(tt.input)
			requireRefusal(t, err, reference.IBAN, tt.code, tt.input)
			require.Empty(t, canonical)
		})
	}
}

// The check digits of every example come out of its country and account alone.
func TestMakeIBAN(t *testing.T) {
	t.Parallel()
	for _, iban := range validIBANs {
		for _, base := range []string{iban[:2] + iban[4:], iban[:2] + "00" + strings.ToLower(iban[4:])} {
			made, err := reference.MakeIBAN(base)
			require.NoError(t, err, base)
			require.Equal(t, iban, made)
		}
	}
	made, err := reference.MakeIBAN("be 5390 0754 7034")
	require.NoError(t, err)
	require.Equal(t, "BE68539007547034", made)
}

func TestMakeIBAN_Refuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		base string
		code reference.Code
	}{
		{"", reference.BadCountry},
		{"N", reference.BadCountry},
		{"0417164300", reference.BadCountry},
		{"USABNA0417164300", reference.BadCountry},
		{"NLABNA041716430", reference.BadLength},
		{"NLABNA041716430000", reference.BadCheckDigits}, // as long as a whole IBAN
		{"NLABNA04171643000000", reference.BadLength},
		{"NL", reference.BadLength},
		{"NL91ABNA0417164300", reference.BadCheckDigits},
		{"NL-ABNA-0417164300", reference.BadCharacter},
		{"BE539007547035", reference.BadCheckDigits}, // the Belgian sum is wrong
	}
	for _, tt := range tests {
		t.Run(tt.base, func(t *testing.T) {
			t.Parallel()
			made, err := reference.MakeIBAN(tt.base)
			requireRefusal(t, err, reference.IBAN, tt.code, tt.base)
			require.Empty(t, made)
		})
	}
}

func TestPassesElfproef(t *testing.T) {
	t.Parallel()
	for iban, passes := range map[string]bool{
		"NL91ABNA0417164300":          true,
		"nl91 abna 0417 1643 00":      true,
		"NL20INGB0001234567":          false, // a valid IBAN of ING all the same
		"BE68539007547034":            true,
		"FR1420041010050500013M02606": true,
		"NL91ABNA0417164301":          false,
		"no iban":                     false,
	} {
		require.Equal(t, passes, reference.PassesElfproef(iban), iban)
	}
}

func TestFormatIBAN(t *testing.T) {
	t.Parallel()
	require.Equal(t, "NL91 ABNA 0417 1643 00", reference.FormatIBAN("NL91ABNA0417164300"))
	require.Equal(t, "FR14 2004 1010 0505 0001 3M02 606", reference.FormatIBAN("FR1420041010050500013M02606"))
	require.Equal(t, "no iban", reference.FormatIBAN("no iban"))
}

func TestCheckIBAN_DetectsOneChangedDigit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		changed := withOneDigitChanged(t, rapid.SampledFrom(validIBANs).Draw(t, "iban"))
		_, err := reference.CheckIBAN(changed)
		require.Error(t, err)
	})
}

func FuzzCheckIBAN(f *testing.F) {
	f.Add("NL91 ABNA 0417 1643 00")
	f.Add("BE68539007547034")
	f.Add("NL91ABNA0417164301")
	f.Fuzz(func(t *testing.T, s string) {
		canonical, err := reference.CheckIBAN(s)
		if err != nil {
			var fault *reference.Error
			require.ErrorAs(t, err, &fault)
			require.Empty(t, canonical)
			require.Equal(t, s, reference.FormatIBAN(s))
			return
		}
		again, err := reference.CheckIBAN(reference.FormatIBAN(canonical))
		require.NoError(t, err)
		require.Equal(t, canonical, again)
		require.GreaterOrEqual(t, len(canonical), 15)
		require.LessOrEqual(t, len(canonical), 31)
	})
}

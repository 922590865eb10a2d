package reference_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/reference"
)

func TestMakeAndCheck_EveryScheme(t *testing.T) {
	t.Parallel()
	tests := []struct {
		scheme                   reference.Scheme
		base, canonical, printed string
	}{
		{reference.OGM, "3124013980", "312401398067", "+++312/4013/98067+++"},
		{reference.OGM, "1", "000000000101", "+++000/0000/00101+++"},
		{reference.RF, "2348231", "RF712348231", "RF71 2348 231"},
		{reference.RF, "000000000000000000001", "RF74000000000000000000001", "RF74 0000 0000 0000 0000 0000 1"},
		{reference.Betalingskenmerk, "234534622567", "12234534622567", "12 2345 3462 2567"},
		{reference.Betalingskenmerk, "000056789012345", "5000056789012345", "5000 0567 8901 2345"},
		{reference.IBAN, "NL00ABNA0417164300", "NL91ABNA0417164300", "NL91 ABNA 0417 1643 00"},
		{reference.IBAN, "GBWEST12345698765432", "GB82WEST12345698765432", "GB82 WEST 1234 5698 7654 32"},
	}
	for _, tt := range tests {
		t.Run(tt.canonical, func(t *testing.T) {
			t.Parallel()
			made, err := reference.Make(tt.scheme, tt.base)
			require.NoError(t, err)
			require.Equal(t, tt.canonical, made)
			require.Equal(t, tt.printed, reference.Format(tt.scheme, made))
			canonical, faults := reference.Check(tt.scheme, tt.printed)
			require.Empty(t, faults)
			require.Equal(t, tt.canonical, canonical)
		})
	}
}

// The vectors of the other tests give one fault each; here several are told at
// once, and none that follows from another.
func TestCheck_TellsEveryFault(t *testing.T) {
	t.Parallel()
	const (
		character, length, check = reference.BadCharacter, reference.BadLength, reference.BadCheckDigits
	)
	tests := []struct {
		scheme reference.Scheme
		value  string
		want   []reference.Code
	}{
		{reference.OGM, "010-8068-17183", []reference.Code{character}},
		{reference.OGM, "010-8068-17184", []reference.Code{character, check}},
		{reference.OGM, "010-8068-1718", []reference.Code{character, length}},
		{reference.OGM, "01080681718A", []reference.Code{character}},
		{reference.OGM, "000-0000-00097", []reference.Code{character, reference.AllZero}},
		{reference.RF, "539007547034", []reference.Code{reference.BadPrefix}},
		{reference.RF, "5390-0754-7034/5390-0754-7034/5390", []reference.Code{reference.BadPrefix, character, length}},
		{reference.RF, "RF-1", []reference.Code{character, length}},
		{reference.RF, "RFA8539007547034", []reference.Code{character}},
		{reference.RF, "RF18539007547043", []reference.Code{check}},
		{reference.Betalingskenmerk, "12.345.678", []reference.Code{character, length}},
		{reference.Betalingskenmerk, "13234534622567", []reference.Code{reference.BadLengthCode, check}},
		{reference.Betalingskenmerk, "5000056789012346", []reference.Code{check}},
		{reference.IBAN, "NL91ABNA0417164301", []reference.Code{check}},
		{reference.IBAN, "BE68539007547035", []reference.Code{check, check}}, // of the IBAN and of the Belgian account
		{reference.IBAN, "BE41539007547035", []reference.Code{check}},
		{reference.IBAN, "NLX1-ABNA-041716430", []reference.Code{character, length, character}},
		{reference.IBAN, "US91ABNA0417164300", []reference.Code{reference.BadCountry}},
		{reference.IBAN, "ＮＬ91ABNA0417164300", []reference.Code{character}},
		{"vcs", "010806817183", []reference.Code{reference.UnknownScheme}},
	}
	for _, tt := range tests {
		t.Run(tt.value, func(t *testing.T) {
			t.Parallel()
			canonical, faults := reference.Check(tt.scheme, tt.value)
			require.Empty(t, canonical)
			var codes []reference.Code
			for _, fault := range faults {
				require.Equal(t, tt.scheme, fault.Scheme)
				require.NotContains(t, fault.Error(), tt.value)
				codes = append(codes, fault.Code)
			}
			require.Equal(t, tt.want, codes)
		})
	}
}

func TestMake_UnknownScheme(t *testing.T) {
	t.Parallel()
	_, err := reference.Make("vcs", "1")
	requireRefusal(t, err, "vcs", reference.UnknownScheme, "1")
	require.ErrorContains(t, err, "use ogm, rf, betalingskenmerk or iban")
	require.Equal(t, "010806817183", reference.Format("vcs", "010806817183"))
}

func TestOthers(t *testing.T) {
	t.Parallel()
	require.Equal(t, []reference.Scheme{reference.RF}, reference.Others(reference.OGM, "RF18539007547034"))
	require.Equal(t, []reference.Scheme{reference.IBAN}, reference.Others(reference.RF, "NL91ABNA0417164300"))
	require.Empty(t, reference.Others(reference.RF, "RF18539007547034"), "not the scheme itself")
	require.Empty(t, reference.Others(reference.OGM, "2026-0123"))
}

// A value is valid exactly where there is no fault, and what is printed is read
// back, in every scheme.
func TestCheck_AgreesWithPrinting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		scheme := rapid.SampledFrom(reference.Schemes()).Draw(t, "scheme")
		value := rapid.OneOf(
			rapid.StringMatching(`[+*]{0,3}[0-9/ ]{5,18}[+*]{0,3}`), rapid.StringMatching(`(RF|NL|BE)?[0-9]{2}[0-9A-Za-z -]{0,22}`), rapid.String(),
		).Draw(t, "value")
		canonical, faults := reference.Check(scheme, value)
		require.Equal(t, canonical == "", len(faults) > 0)
		if canonical == "" {
			require.Equal(t, value, reference.Format(scheme, value))
			return
		}
		again, faults := reference.Check(scheme, reference.Format(scheme, value))
		require.Empty(t, faults)
		require.Equal(t, canonical, again)
		require.Equal(t, strings.ToUpper(canonical), canonical)
	})
}

package reference_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/reference"
)

func TestMakeRF(t *testing.T) {
	t.Parallel()
	tests := []struct{ base, want string }{
		{"539007547034", "RF18539007547034"},
		{"2348231", "RF712348231"},
		{"1234567890", "RF471234567890"},
		{"A", "RF25A"},
		{"a", "RF25A"},
		{"000000000000000000001", "RF74000000000000000000001"},
		{"5390 0754 7034", "RF18539007547034"},
	}
	for _, tt := range tests {
		t.Run(tt.base, func(t *testing.T) {
			t.Parallel()
			made, err := reference.MakeRF(tt.base)
			require.NoError(t, err)
			require.Equal(t, tt.want, made)
		})
	}
}

func TestMakeRF_Refuses(t *testing.T) {
	t.Parallel()
	_, err := reference.MakeRF("")
	requireRefusal(t, err, reference.RF, reference.BadLength, "")
	_, err = reference.MakeRF(strings.Repeat("1", 22))
	requireRefusal(t, err, reference.RF, reference.BadLength, strings.Repeat("1", 22))
	_, err = reference.MakeRF("2026-0123")
	requireRefusal(t, err, reference.RF, reference.BadCharacter, "2026-0123")
	_, err = reference.MakeRF("ſ1") // must not become S by capitals
	requireRefusal(t, err, reference.RF, reference.BadCharacter, "ſ1")
}

func TestCheckRF(t *testing.T) {
	t.Parallel()
	for _, input := range []string{
		"RF18539007547034", "RF18 5390 0754 7034", "rf18 5390 0754 7034", "\tRF18\u00a05390 0754\u202f7034\n",
	} {
		t.Run(input, func(t *testing.T) {
			t.Parallel()
			canonical, err := reference.CheckRF(input)
			require.NoError(t, err)
			require.Equal(t, "RF18539007547034", canonical)
		})
	}
}

func TestCheckRF_Refuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		input string
		code  reference.Code
	}{
		{"RF68539007547034", reference.BadCheckDigits},
		{"RF18539007547043", reference.BadCheckDigits},
		{"", reference.BadPrefix},
		{"539007547034", reference.BadPrefix},
		{"NL91ABNA0417164300", reference.BadPrefix},
		{"RF18", reference.BadLength},
		{"RF18" + strings.Repeat("0", 22), reference.BadLength},
		{"RF18-5390", reference.BadCharacter},
		{"RFA8539007547034", reference.BadCharacter},
		{"RF18５３９", reference.BadCharacter},
	}
	for _, tt := range tests {
		t.Run(tt.input, func(t *testing.T) {
			t.Parallel()
			canonical, err := reference.CheckRF(tt.input)
			requireRefusal(t, err, reference.RF, tt.code, tt.input)
			require.Empty(t, canonical)
		})
	}
}

func TestFormatRF(t *testing.T) {
	t.Parallel()
	require.Equal(t, "RF18 5390 0754 7034", reference.FormatRF("rf18539007547034"))
	require.Equal(t, "RF25 A", reference.FormatRF("RF25A"))
	require.Equal(t, "RF00", reference.FormatRF("RF00"))
}

func TestRF_RoundTripAndOneChangedDigit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		made, err := reference.MakeRF(rapid.StringMatching(`[0-9A-Z]{1,21}`).Draw(t, "base"))
		require.NoError(t, err)
		canonical, err := reference.CheckRF(reference.FormatRF(made))
		require.NoError(t, err)
		require.Equal(t, made, canonical)
		_, err = reference.CheckRF(withOneDigitChanged(t, made))
		require.Error(t, err)
	})
}

package reference_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/reference"
)

func TestMakeBetalingskenmerk(t *testing.T) {
	t.Parallel()
	tests := []struct{ base, want string }{
		{"000056789012345", "5000056789012345"},
		{"234534622567", "12234534622567"},
		{"1234567", "271234567"},
		{"12345678", "4812345678"},
		{"123456789", "09123456789"},
		{"1234567890", "701234567890"},
		{"12345678901", "8112345678901"},
		{"000000000000006", "1000000000000006"}, // remainder 1: check 10 is written 1
		// 15 digits is the only length above 12: zeros fill up to it.
		{"0056789012345", "5000056789012345"},
		{"00056789012345", "5000056789012345"},
	}
	for _, tt := range tests {
		t.Run(tt.base, func(t *testing.T) {
			t.Parallel()
			made, err := reference.MakeBetalingskenmerk(tt.base)
			require.NoError(t, err)
			require.Equal(t, tt.want, made)
			canonical, err := reference.CheckBetalingskenmerk(made)
			require.NoError(t, err)
			require.Equal(t, made, canonical)
		})
	}
}

func TestMakeBetalingskenmerk_Refuses(t *testing.T) {
	t.Parallel()
	for _, length := range []int{0, 1, 6, 16, 17} {
		base := strings.Repeat("7", length)
		_, err := reference.MakeBetalingskenmerk(base)
		requireRefusal(t, err, reference.Betalingskenmerk, reference.BadLength, base)
	}
	_, err := reference.MakeBetalingskenmerk("1234-567")
	requireRefusal(t, err, reference.Betalingskenmerk, reference.BadCharacter, "1234-567")
	_, err = reference.MakeBetalingskenmerk("0000000")
	requireRefusal(t, err, reference.Betalingskenmerk, reference.AllZero, "0000000")
}

func TestCheckBetalingskenmerk(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"12 2345 3462 2567":   "12234534622567",
		"5000 0567 8901 2345": "5000056789012345",
		"1234567":             "1234567", // seven digits have no check
	} {
		canonical, err := reference.CheckBetalingskenmerk(input)
		require.NoError(t, err)
		require.Equal(t, want, canonical)
	}
}

// Seven, 9 to 14 and 16 digits are references; no other length is one, whatever
// its digits.
func TestCheckBetalingskenmerk_Lengths(t *testing.T) {
	t.Parallel()
	made := map[int]string{7: "1234567"}
	for _, length := range []int{7, 8, 9, 10, 11, 12, 13, 14, 15} {
		canonical, err := reference.MakeBetalingskenmerk(strings.Repeat("7", length))
		require.NoError(t, err)
		made[len(canonical)] = canonical
	}
	for length := range 21 {
		value, exists := made[length]
		if !exists {
			value = strings.Repeat("7", length)
		}
		_, err := reference.CheckBetalingskenmerk(value)
		switch length {
		case 7, 9, 10, 11, 12, 13, 14, 16:
			require.True(t, exists, length)
			require.NoError(t, err, length)
		default:
			require.False(t, exists, length)
			requireRefusal(t, err, reference.Betalingskenmerk, reference.BadLength, value)
		}
	}
}

func TestFormatBetalingskenmerk(t *testing.T) {
	t.Parallel()
	for value, printed := range map[string]string{
		"12234534622567":   "12 2345 3462 2567",
		"5000056789012345": "5000 0567 8901 2345",
		"271234567":        "2 7123 4567",
		"1234567":          "123 4567",
		"2026-0123":        "2026-0123",
	} {
		require.Equal(t, printed, reference.FormatBetalingskenmerk(value))
	}
}

func TestCheckBetalingskenmerk_Refuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		input string
		code  reference.Code
	}{
		{"", reference.BadLength},
		{"123456", reference.BadLength},
		{"12345678", reference.BadLength},
		{"000056789012345", reference.BadLength},
		{"50000567890123450", reference.BadLength},
		{"5000056789012346", reference.BadCheckDigits},
		{"13234534622567", reference.BadLengthCode},
		{"22234534622567", reference.BadCheckDigits},
		{"0000000", reference.AllZero},
		{"0000000000000000", reference.AllZero},
		{"12.2345.3462.2567", reference.BadCharacter},
	}
	for _, tt := range tests {
		t.Run(tt.input, func(t *testing.T) {
			t.Parallel()
			canonical, err := reference.CheckBetalingskenmerk(tt.input)
			requireRefusal(t, err, reference.Betalingskenmerk, tt.code, tt.input)
			require.Empty(t, canonical)
		})
	}
}

// One changed digit is detected, unless the check digit is 1: remainders 1 and
// 10 share it by the standard.
func TestBetalingskenmerk_RoundTripAndOneChangedDigit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.SampledFrom([]int{7, 8, 9, 10, 11, 12, 13, 14, 15}).Draw(t, "length")
		base := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), length-1, length-1, -1).Draw(t, "base") + "3"
		made, err := reference.MakeBetalingskenmerk(base)
		require.NoError(t, err)
		canonical, err := reference.CheckBetalingskenmerk(made)
		require.NoError(t, err)
		require.Equal(t, made, canonical)
		require.True(t, strings.HasSuffix(made, base))
		changed := withOneDigitChanged(t, made)
		if _, err = reference.CheckBetalingskenmerk(changed); err == nil {
			require.Equal(t, "1", changed[:1])
		}
	})
}

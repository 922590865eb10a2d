package reference_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/reference"
)

func TestMakeOGM(t *testing.T) {
	t.Parallel()
	tests := []struct{ base, want string }{
		{"0108068171", "010806817183"},
		{"108068171", "010806817183"},
		{"3124013980", "312401398067"},
		{"1234567890", "123456789002"},
		{"9999999999", "999999999948"},
		{"97", "000000009797"}, // remainder 0 is written 97
		{"1", "000000000101"},
	}
	for _, tt := range tests {
		t.Run(tt.base, func(t *testing.T) {
			t.Parallel()
			made, err := reference.MakeOGM(tt.base)
			require.NoError(t, err)
			require.Equal(t, tt.want, made)
		})
	}
}

func TestMakeOGM_Refuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		base string
		code reference.Code
	}{
		{"", reference.BadLength},
		{"12345678901", reference.BadLength},
		{"2026-0123", reference.BadCharacter},
		{"١٢٣", reference.BadCharacter},
		{"0000000000", reference.AllZero},
		{"0", reference.AllZero},
	}
	for _, tt := range tests {
		t.Run(tt.base, func(t *testing.T) {
			t.Parallel()
			_, err := reference.MakeOGM(tt.base)
			requireRefusal(t, err, reference.OGM, tt.code, tt.base)
		})
	}
}

func TestCheckOGM(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"+++010/8068/17183+++":       "010806817183",
		"+++090/9337/55493+++":       "090933755493",
		"***090/9337/55493***":       "090933755493",
		"+++ 090 / 9337 / 55493 +++": "090933755493",
		"090/9337/55493":             "090933755493",
		"312401398067":               "312401398067",
		" 3124 0139 8067\u00a0":      "312401398067",
	} {
		t.Run(input, func(t *testing.T) {
			t.Parallel()
			canonical, err := reference.CheckOGM(input)
			require.NoError(t, err)
			require.Equal(t, want, canonical)
		})
	}
}

func TestCheckOGM_Refuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		input string
		code  reference.Code
	}{
		{"***120/2345/12348***", reference.BadCheckDigits},
		{"+++123/4567/89012+++", reference.BadCheckDigits},
		{"000000000000", reference.AllZero},
		{"000000000097", reference.AllZero},
		{"", reference.BadLength},
		{"01080681718", reference.BadLength},
		{"0108068171830", reference.BadLength},
		{"+++010/8068/17183", reference.BadCharacter},
		{"+++010/8068/17183***", reference.BadCharacter},
		{"0108/068/17183", reference.BadCharacter},
		{"010-8068-17183", reference.BadCharacter},
		{"01080681718A", reference.BadCharacter},
		{"+++", reference.BadCharacter},
		{"++++", reference.BadCharacter},
	}
	for _, tt := range tests {
		t.Run(tt.input, func(t *testing.T) {
			t.Parallel()
			canonical, err := reference.CheckOGM(tt.input)
			requireRefusal(t, err, reference.OGM, tt.code, tt.input)
			require.Empty(t, canonical)
		})
	}
}

func TestFormatOGM(t *testing.T) {
	t.Parallel()
	require.Equal(t, "+++010/8068/17183+++", reference.FormatOGM("010806817183"))
	require.Equal(t, "+++010/8068/17183+++", reference.FormatOGM("***010/8068/17183***"))
	require.Equal(t, "2026-0123", reference.FormatOGM("2026-0123"), "anything else stays as it is")
}

func TestOGM_RoundTripAndOneChangedDigit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		made, err := reference.MakeOGM(rapid.StringMatching(`[0-9]{0,9}[1-9]`).Draw(t, "base"))
		require.NoError(t, err)
		canonical, err := reference.CheckOGM(reference.FormatOGM(made))
		require.NoError(t, err)
		require.Equal(t, made, canonical)
		_, err = reference.CheckOGM(withOneDigitChanged(t, made))
		require.Error(t, err)
	})
}

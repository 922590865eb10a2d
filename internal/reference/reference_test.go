package reference_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/reference"
)

// requireRefusal checks the code, and that the text repeats nothing of a value
// long enough to tell.
func requireRefusal(t *testing.T, err error, scheme reference.Scheme, code reference.Code, value string) {
	t.Helper()
	var fault *reference.Error
	require.ErrorAs(t, err, &fault)
	require.Equal(t, code, fault.Code, fault.Detail)
	require.Equal(t, scheme, fault.Scheme)
	if len(value) > 5 {
		require.NotContains(t, err.Error(), value)
	}
}

// withOneDigitChanged returns s with the digit at a drawn place replaced.
func withOneDigitChanged(t *rapid.T, s string) string {
	var places []int
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			places = append(places, i)
		}
	}
	i := rapid.SampledFrom(places).Draw(t, "place")
	other := rapid.IntRange(1, 9).Draw(t, "other")
	digit := byte('0' + (int(s[i]-'0')+other)%10)
	return s[:i] + string(digit) + s[i+1:]
}

func TestDetect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		input     string
		scheme    reference.Scheme
		canonical string
	}{
		{"+++010/8068/17183+++", reference.OGM, "010806817183"},
		{"***312/4013/98067***", reference.OGM, "312401398067"},
		{"312401398067", reference.OGM, "312401398067"},
		{" rf18 5390 0754 7034 ", reference.RF, "RF18539007547034"},
		{"RF25A", reference.RF, "RF25A"},
		{"5000056789012345", reference.Betalingskenmerk, "5000056789012345"},
		{"12 2345 3462 2567", reference.Betalingskenmerk, "12234534622567"},
	}
	for _, tt := range tests {
		t.Run(tt.input, func(t *testing.T) {
			t.Parallel()
			scheme, canonical, ok := reference.Detect(tt.input)
			require.True(t, ok)
			require.Equal(t, tt.scheme, scheme)
			require.Equal(t, tt.canonical, canonical)
		})
	}
}

func TestDetect_LeavesFreeTextAlone(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "2026-0123", "Factuur 2026-0123", "1234567", "RF68539007547034", "RF18539007547043",
		"***120/2345/12348***", "+++123/4567/89012+++", "000000000000", "000000000097",
		"NL91ABNA0417164300", "0000000000000000", "+++", "RF",
	} {
		t.Run(s, func(t *testing.T) {
			t.Parallel()
			scheme, canonical, ok := reference.Detect(s)
			require.False(t, ok)
			require.Empty(t, scheme)
			require.Empty(t, canonical)
		})
	}
}

func TestDetect_FindsWhatTheMakersMake(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rf, err := reference.MakeRF(rapid.StringMatching(`[0-9A-Za-z]{1,21}`).Draw(t, "rf"))
		require.NoError(t, err)
		scheme, canonical, ok := reference.Detect(reference.FormatRF(rf))
		require.True(t, ok)
		require.Equal(t, reference.RF, scheme)
		require.Equal(t, rf, canonical)

		ogm, err := reference.MakeOGM(rapid.StringMatching(`[1-9][0-9]{0,9}`).Draw(t, "ogm"))
		require.NoError(t, err)
		scheme, canonical, ok = reference.Detect(reference.FormatOGM(ogm))
		require.True(t, ok)
		require.Equal(t, reference.OGM, scheme)
		require.Equal(t, ogm, canonical)
	})
}

func FuzzDetect(f *testing.F) {
	f.Add("+++010/8068/17183+++")
	f.Add("RF18 5390 0754 7034")
	f.Add("5000056789012345")
	f.Fuzz(func(t *testing.T, s string) {
		scheme, canonical, ok := reference.Detect(s)
		if !ok {
			require.Empty(t, canonical)
			return
		}
		again, same, ok := reference.Detect(canonical)
		require.True(t, ok)
		require.Equal(t, scheme, again)
		require.Equal(t, canonical, same)
		require.LessOrEqual(t, len(canonical), 25)
	})
}

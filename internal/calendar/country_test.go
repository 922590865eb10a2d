package calendar_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
)

func TestIsCountry(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"NL", "BE", "FR", "DE", "GB", "AD", "ZW", "XK"} {
		require.True(t, calendar.IsCountry(code), code)
	}
	for _, code := range []string{"", "N", "nl", "UK", "EU", "XX", "NLD", "L ", " N", "D A", "AE AF"} {
		require.False(t, calendar.IsCountry(code), "%q", code)
	}
	n := 0
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if calendar.IsCountry(string([]rune{a, b})) {
				n++
			}
		}
	}
	require.Equal(t, 250, n)
}

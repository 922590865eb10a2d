package bankstatement_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement"
)

func TestLookupReturn(t *testing.T) {
	t.Parallel()
	stops := map[string]bool{
		"AC01": true, "AC04": true, "AC06": false, "AC13": true, "AG01": true, "AM04": false, "MD01": true,
		"MD06": false, "MD07": true, "MS02": false, "MS03": false, "SL01": false,
	}
	for code, stop := range stops {
		r, ok := bankstatement.LookupReturn(code)
		require.True(t, ok, code)
		require.Equal(t, code, r.Code)
		require.NotEmpty(t, r.Meaning, code)
		require.Equal(t, stop, r.StopsDebits, code)
		require.Equal(t, code == "MD01", r.Unauthorised, code)
	}
	r, ok := bankstatement.LookupReturn("ZZ99")
	require.False(t, ok)
	require.Equal(t, bankstatement.Return{Code: "ZZ99"}, r)
}

package sheet_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/sheet"
)

func TestNeutral(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"": "", "plain": "plain", "1-2": "1-2", "=1+1": "'=1+1", "+31": "'+31", "-5": "'-5", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1",
	} {
		require.Equal(t, want, sheet.Neutral(cell))
	}
}

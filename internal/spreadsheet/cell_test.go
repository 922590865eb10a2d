package spreadsheet_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/spreadsheet"
)

func TestCells(t *testing.T) {
	t.Parallel()
	given := []string{"", "F-1", "=1+1", "+31", "-5", "@x", "\tx", "\rx", "a=b", "é", "'=1"}
	want := []string{"", "F-1", "'=1+1", "'+31", "'-5", "'@x", "'\tx", "'\rx", "a=b", "é", "'=1"}
	require.Equal(t, want, spreadsheet.Cells(given))
}

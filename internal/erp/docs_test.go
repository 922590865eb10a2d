package erp_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/imports"
)

// What the documentation shows is what is taken in.
func TestDocumentation_ItsExamplesWork(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "imports.md"))
	require.NoError(t, err)
	var examples []string
	for _, part := range strings.Split(string(text), "```csv\n")[1:] {
		example, _, _ := strings.Cut(part, "```")
		examples = append(examples, example)
	}
	require.Len(t, examples, 2)

	w := newWorld(t)
	bulk := w.rehearsed(imports.KindInvoices, []byte(examples[0]))
	require.Empty(t, bulk.texts)
	require.Equal(t, map[string]int{"started": 2, "partly_paid": 1, "customers_created": 1}, bulk.Result)

	w = newWorld(t)
	night := w.rehearsed(imports.KindOpenItems, []byte(examples[1]), "as_of", "2026-05-31")
	require.Empty(t, night.texts)
	require.Equal(t, map[string]int{"invoices": 1, "started": 1, "partly_paid": 1, "customers_created": 1, "credit_changed": 1}, night.Result)
}

package workflows_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/workflows"
)

// What the product tells is what a run takes: every message name of package collection
// but the start, which starts the run.
func TestMessageNamesAreThoseOfTheProduct(t *testing.T) {
	t.Parallel()
	told := messageConstants(t, "../internal/collection/messages.go")
	require.Contains(t, told, collection.MessageStart)
	var want []string
	for _, name := range told {
		if name != collection.MessageStart {
			want = append(want, name)
		}
	}
	require.ElementsMatch(t, want, workflows.MessageNames)
}

// messageConstants reads the constants from the source, so that a new one is not forgotten.
func messageConstants(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	var names []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for _, value := range spec.Values {
				name, err := strconv.Unquote(value.(*ast.BasicLit).Value)
				require.NoError(t, err)
				names = append(names, name)
			}
		}
		return true
	})
	return names
}

// Names stand in histories for years: a change here breaks the runs that are open.
func TestNamesNeverChange(t *testing.T) {
	t.Parallel()
	require.Equal(t, "InvoiceCollection", workflows.TypeName)
	require.Equal(t, []string{"SendMessage", "CreateCallTask", "CreateTask", "EscalateToSales", "HandOffToAgency", "RecallFromAgency"}, []string{
		workflows.ActSendMessage, workflows.ActCallTask, workflows.ActTask, workflows.ActEscalate, workflows.ActHandOff, workflows.ActRecall,
	})
	require.Equal(t, []string{"InvoiceRef", "CustomerRef", "CollectionStage", "Paused", "NextActionAt", "DueDate", "AmountMinor", "Currency"}, []string{
		workflows.AttrInvoiceRef.GetName(), workflows.AttrCustomerRef.GetName(), workflows.AttrStage.GetName(), workflows.AttrPaused.GetName(),
		workflows.AttrNextAction.GetName(), workflows.AttrDueDate.GetName(), workflows.AttrAmount.GetName(), workflows.AttrCurrency.GetName(),
	})
}

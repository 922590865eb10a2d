package intake_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/intake"
	"maan/internal/sheet"
)

// A file that nobody of this project wrote: 2,466 invoices with American dates.
func TestInvoices_IBMLatePaymentHistories(t *testing.T) {
	t.Parallel()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "samples", "receivables", "ibm-late-payment-histories.csv"))
	if os.IsNotExist(err) {
		t.Skip("the samples are not there")
	}
	require.NoError(t, err)
	defer file.Close()
	mapping, err := sheet.ParseMapping([]byte("columns: {country: []}\ndefaults: {currency: USD, sending: send_here}\n"))
	require.NoError(t, err)
	invoices, err := intake.Invoices(file, intake.InvoiceOptions{Mapping: mapping})
	require.NoError(t, err)
	require.Equal(t, 2466, invoices.Len())
	require.Contains(t, invoices.Notes(), sheet.Note{Code: sheet.NoteDates, Message: "dates are read as mm/dd/yyyy"})
	customers := map[string]bool{}
	first, last := day("9999-01-01"), day("0001-01-01")
	for row, err := range invoices.Invoices() {
		require.NoError(t, err)
		require.Empty(t, row.Faults)
		customers[row.Invoice.Customer.Number] = true
		if d := row.Invoice.IssueDate; d.Before(first) {
			first = d
		}
		if d := row.Invoice.IssueDate; d.After(last) {
			last = d
		}
	}
	require.Len(t, customers, 100)
	require.Equal(t, day("2012-01-03"), first)
	require.Equal(t, day("2013-12-02"), last)
}

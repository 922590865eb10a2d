package einvoice_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"maan/internal/einvoice"
)

// FuzzRead checks what must hold for any bytes: no panic, a document exactly
// where there is no error, findings that a log can take, and a document that
// keeps its promises.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.xml"))
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Add([]byte(billionLaughs()))
	f.Add([]byte(inRoot("<cbc:ID>&#0;</cbc:ID>")))
	f.Add([]byte("\xff\xfe<\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, findings, err := einvoice.Read(bytes.NewReader(data), einvoice.Limits{MaxBytes: 1 << 20, MaxLines: 50})
		require.NoError(t, err)
		require.Less(t, len(findings), 100)
		errorsFound := 0
		for _, finding := range findings {
			require.NotEmpty(t, finding.Code)
			require.True(t, strings.HasPrefix(finding.Path, "/"))
			require.False(t, strings.ContainsFunc(finding.Path+finding.Message, unicode.IsControl))
			if finding.Severity == einvoice.SeverityError {
				errorsFound++
			}
		}
		require.Equal(t, errorsFound == 0, doc != nil)
		if doc != nil {
			requireSound(t, doc)
		}
	})
}

func requireSound(t *testing.T, d *einvoice.Document) {
	t.Helper()
	require.NotEmpty(t, d.Number)
	require.LessOrEqual(t, utf8.RuneCountInString(d.Number), 100)
	require.False(t, strings.ContainsFunc(d.Number, unicode.IsControl))
	require.False(t, d.IssueDate.IsZero())
	if !d.DueDate.IsZero() && d.Kind == einvoice.KindInvoice {
		require.False(t, d.DueDate.Before(d.IssueDate))
	}
	require.Equal(t, d.Currency, d.Payable.Currency)
	require.False(t, d.Payable.IsNegative())
	require.False(t, d.Kind == einvoice.KindInvoice && d.Payable.IsZero())
	require.LessOrEqual(t, d.Lines, 50)
	for _, v := range []string{
		d.Supplier.LegalName, d.Buyer.LegalName, d.Buyer.Contact.Email, d.PaymentID, d.IBAN, d.AccountName, d.OrderRef,
	} {
		require.False(t, strings.ContainsFunc(v, unicode.IsControl))
	}
	require.NotEmpty(t, d.Supplier.LegalName)
	require.NotEmpty(t, d.Buyer.LegalName)
	require.Len(t, d.Buyer.Country, 2)
}

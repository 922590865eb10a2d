package document_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/document"
)

func BenchmarkInvoice(b *testing.B) {
	d := invoiceCopy("nl")
	for b.Loop() {
		_, err := document.Invoice(d)
		require.NoError(b, err)
	}
}

func BenchmarkReminder(b *testing.B) {
	d := claiming("fr")
	for b.Loop() {
		_, err := document.Reminder(d)
		require.NoError(b, err)
	}
}

func BenchmarkReminderWestern(b *testing.B) {
	d := claiming("fr")
	d.Customer.LegalName = western
	for b.Loop() {
		_, err := document.Reminder(d)
		require.NoError(b, err)
	}
}

func BenchmarkStatement(b *testing.B) {
	for _, items := range []int{10, 3000} {
		b.Run(strconv.Itoa(items), func(b *testing.B) {
			d := ledger("de", items)
			for b.Loop() {
				pdf, err := document.Statement(d)
				require.NoError(b, err)
				b.ReportMetric(float64(len(pdf))/1024, "KiB")
			}
		})
	}
}

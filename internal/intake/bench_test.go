package intake_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/intake"
)

// manyInvoices is a file as a Dutch ERP writes it: semicolons, decimal commas, an own
// mobile number for every customer, which is the slowest to check.
func manyInvoices(rows, customers int) string {
	var b strings.Builder
	b.WriteString("Klantnummer;Klantnaam;Klantsoort;Land;Taal;E-mailadres;Mobiel;Factuurnummer;Factuurdatum;Vervaldatum;Factuurbedrag;Openstaand;Valuta;" +
		"Inkooporder;Betalingskenmerk;IBAN;Geleverd op;Verzending;Verzonden via;Verzonden op\r\n")
	for i := range rows {
		c := i % customers
		fmt.Fprintf(&b, "K%05d;Bedrijf %d B.V.;zakelijk;NL;nl;administratie@bedrijf%d.example;06-1%07d;2026-%06d;%02d-03-2026;%02d-04-2026;1.%03d,50;%d,25;EUR;"+
			"PO-%d;;NL02ABNA0123456789;%02d-03-2026;reeds verzonden;peppol;%02d-03-2026\r\n",
			c, c, c, c, i, i%28+1, i%28+1, i%1000, i%1000+1, i, i%28+1, i%28+1)
	}
	return b.String()
}

// Ten thousand invoices: aim for less than half a second.
func BenchmarkInvoices(b *testing.B) {
	for _, customers := range []int{1000, 10_000} {
		b.Run(fmt.Sprintf("10000Of%dCustomers", customers), func(b *testing.B) {
			text := manyInvoices(10_000, customers)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				f, err := intake.Invoices(strings.NewReader(text), intake.InvoiceOptions{Today: day("2026-06-01")})
				require.NoError(b, err)
				good := 0
				for row, err := range f.Invoices() {
					require.NoError(b, err)
					if row.Invoice != nil {
						good++
					}
				}
				require.Equal(b, 10_000, good)
			}
		})
	}
}

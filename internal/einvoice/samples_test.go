package einvoice_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/einvoice"
	"maan/internal/money"
)

// openPeppol is the folder of OpenPEPPOL's own examples, which the project
// does not ship.
var openPeppol = filepath.Join("..", "..", "..", "shared", "samples", "einvoice")

func sample(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(openPeppol, name))
	if os.IsNotExist(err) {
		t.Skipf("the OpenPEPPOL examples are not in %s", openPeppol)
	}
	require.NoError(t, err)
	return string(data)
}

// The examples name an account that only looks like an IBAN.
var ibanWarning = []string{"warning iban_invalid"}

func TestRead_OpenPeppolExamples(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file      string
		findings  []string
		kind      einvoice.Kind
		due       calendar.Date
		payable   int64
		lines     int
		preceding []string
	}{
		{"base-example.xml", ibanWarning, einvoice.KindInvoice, day(2017, 12, 1), 165625, 2, nil},
		{"Allowance-example.xml", ibanWarning, einvoice.KindInvoice, day(2017, 12, 1), 612500, 3, nil},
		{"Vat-category-S.xml", ibanWarning, einvoice.KindInvoice, day(2017, 12, 1), 855000, 3, nil},
		{"sales-order-example.xml", ibanWarning, einvoice.KindInvoice, day(2017, 12, 1), 165625, 2, nil},
		{"base-creditnote-correction.xml", ibanWarning, einvoice.KindCreditNote, calendar.Date{}, 165625, 2, []string{"Snippet1"}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			doc, findings := read(t, sample(t, tt.file))
			require.Equal(t, tt.findings, codes(findings))
			require.Equal(t, tt.kind, doc.Kind)
			require.Equal(t, "Snippet1", doc.Number)
			require.Equal(t, day(2017, 11, 13), doc.IssueDate)
			require.Equal(t, tt.due, doc.DueDate)
			require.Equal(t, eur(tt.payable), doc.Payable)
			require.Equal(t, tt.lines, doc.Lines)
			require.Equal(t, tt.preceding, doc.Preceding)
			require.Equal(t, einvoice.NotBlocked, doc.Blocked)
		})
	}
}

func TestRead_OpenPeppolBaseExample(t *testing.T) {
	t.Parallel()
	doc, _ := read(t, sample(t, "base-example.xml"))
	require.Equal(t, money.Currency("EUR"), doc.Currency)
	require.Equal(t, eur(165625), doc.TaxInclusive)
	require.Equal(t, eur(132500), doc.TaxExclusive)
	require.Equal(t, "SupplierOfficialName Ltd", doc.Supplier.LegalName)
	require.Equal(t, einvoice.Party{
		LegalName: "Buyer Official Name", TradeName: "BuyerTradingName AS",
		EndpointID: "FR23342", EndpointScheme: "0002", VATNumber: "SE4598375937",
		RegistrationNumber: "39937423947", RegistrationScheme: "0183",
		Street: "Hovedgatan 32", City: "Stockholm", Postcode: "456 34", Country: "SE",
		Contact: einvoice.Contact{Name: "Lisa Johnson", Phone: "23434234", Email: "lj@buyer.se"},
	}, doc.Buyer)
	require.Equal(t, "30", doc.PaymentMeansCode)
	require.Equal(t, "Snippet1", doc.PaymentID)
	require.Equal(t, "IBAN32423940", doc.IBAN)
	require.False(t, doc.IBANValid)
	require.Equal(t, "BIC324098", doc.BIC)
	require.Equal(t, day(2017, 11, 1), doc.DeliveryDate)
	require.Empty(t, doc.DespatchRef)
	require.Empty(t, doc.ReceiptRef)
	require.Equal(t, "0150abc", doc.BuyerRef)
}

func TestRead_OpenPeppolNegativeInvoiceIsRefused(t *testing.T) {
	t.Parallel()
	doc, findings := read(t, sample(t, "base-negative-inv-correction.xml"))
	require.Nil(t, doc)
	require.Equal(t, []string{"warning iban_invalid", "error not_positive"}, codes(findings))
	require.Contains(t, findings[1].Message, "send a credit note instead")
	require.Equal(t, "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount", findings[1].Path)
}

package einvoice_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/einvoice"
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

// asInBaseExample is what most of the examples say.
func asInBaseExample() *einvoice.Document {
	return &einvoice.Document{
		Kind: einvoice.KindInvoice, TypeCode: "380", Number: "Snippet1",
		IssueDate: day(2017, 11, 13), DueDate: day(2017, 12, 1),
		Currency: "EUR", Payable: eur(165625), TaxInclusive: eur(165625), TaxExclusive: eur(132500),
		Supplier: einvoice.Party{
			LegalName: "SupplierOfficialName Ltd", TradeName: "SupplierTradingName Ltd.",
			EndpointID: "9482348239847239874", EndpointScheme: "0088", VATNumber: "GB1232434", RegistrationNumber: "GB983294",
			Street: "Main street 1", City: "London", Postcode: "GB 123 EW", Country: "GB",
		},
		Buyer: einvoice.Party{
			LegalName: "Buyer Official Name", TradeName: "BuyerTradingName AS",
			EndpointID: "FR23342", EndpointScheme: "0002", VATNumber: "SE4598375937",
			RegistrationNumber: "39937423947", RegistrationScheme: "0183",
			Street: "Hovedgatan 32", City: "Stockholm", Postcode: "456 34", Country: "SE",
			Contact: einvoice.Contact{Name: "Lisa Johnson", Phone: "23434234", Email: "lj@buyer.se"},
		},
		PaymentMeansCode: "30", PaymentID: "Snippet1", IBAN: "IBAN32423940", AccountName: "AccountName", BIC: "BIC324098",
		PaymentTerms: "Payment within 10 days, 2% discount",
		Discount:     einvoice.CashDiscount{BasisPoints: 200, Days: 10, Until: day(2017, 11, 23)},
		DeliveryDate: day(2017, 11, 1), DeliveryParty: "Delivery party Name",
		DeliveryPlace: einvoice.Place{ID: "9483759475923478", Street: "Delivery street 2", City: "Stockholm", Postcode: "21234", Country: "SE"},
		BuyerRef:      "0150abc", Lines: 2,
	}
}

// Every example is read whole: amounts and their signs, references, parties.
func TestRead_OpenPeppolExamples(t *testing.T) {
	t.Parallel()
	gln := func(d *einvoice.Document) {
		d.Supplier.EndpointID, d.DeliveryPlace.ID = "7300010000001", "7300010000001"
	}
	tests := []struct {
		file     string
		change   func(*einvoice.Document)
		findings []string // besides that of the account, which only looks like an IBAN
	}{
		{"base-example.xml", func(*einvoice.Document) {}, nil},
		{"Allowance-example.xml", func(d *einvoice.Document) {
			gln(d)
			d.Payable, d.TaxInclusive, d.TaxExclusive, d.Prepaid = eur(612500), eur(712500), eur(590000), eur(100000)
			d.Buyer.EndpointID, d.ContractRef, d.Lines = "4598375937", "framework no 1", 3
		}, nil},
		{"Vat-category-S.xml", func(d *einvoice.Document) {
			gln(d)
			d.Payable, d.TaxInclusive, d.TaxExclusive, d.Lines = eur(855000), eur(855000), eur(700000), 3
			d.Supplier.Contact = einvoice.Contact{Name: "John Doe", Phone: "9384203984", Email: "john.doe@foo.bar"}
			d.Buyer.Contact = einvoice.Contact{}
		}, []string{"warning contact_missing"}},
		// Its order reference is NA, which means that there is none.
		{"sales-order-example.xml", func(*einvoice.Document) {}, nil},
		{"base-creditnote-correction.xml", func(d *einvoice.Document) {
			d.Kind, d.TypeCode, d.DueDate, d.Discount = einvoice.KindCreditNote, "381", calendar.Date{}, einvoice.CashDiscount{}
			d.Preceding = []string{"Snippet1"}
		}, nil},
		{"base-negative-inv-correction.xml", nil, []string{"error not_positive"}},
	}
	files, err := filepath.Glob(filepath.Join(openPeppol, "*.xml"))
	require.NoError(t, err)
	if len(files) > 0 {
		require.Len(t, files, len(tests), "every example stands in the table")
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			doc, findings := read(t, sample(t, tt.file))
			require.Equal(t, append([]string{"warning iban_invalid"}, tt.findings...), codes(findings))
			if tt.change == nil {
				require.Nil(t, doc)
				return
			}
			want := asInBaseExample()
			tt.change(want)
			require.Equal(t, want, doc)
		})
	}
}

func TestRead_OpenPeppolNegativeInvoiceIsRefused(t *testing.T) {
	t.Parallel()
	doc, findings := read(t, sample(t, "base-negative-inv-correction.xml"))
	require.Nil(t, doc)
	require.Equal(t, "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount", findings[1].Path)
	require.Contains(t, findings[1].Message, "EUR -1656.25")
	require.Contains(t, findings[1].Message, "send a credit note instead")
}

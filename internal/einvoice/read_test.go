package einvoice_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/einvoice"
	"maan/internal/money"
)

func day(year int, month time.Month, d int) calendar.Date {
	return calendar.NewDate(year, month, d)
}

func eur(minor int64) money.Amount {
	return money.Amount{Minor: minor, Currency: "EUR"}
}

// own returns one of our own sample documents.
func own(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(data)
}

// read reads a document that the reader itself delivers without fault.
func read(t testing.TB, text string) (*einvoice.Document, []einvoice.Finding) {
	t.Helper()
	doc, findings, err := einvoice.Read(strings.NewReader(text), einvoice.DefaultLimits)
	require.NoError(t, err)
	return doc, findings
}

// codes lists "severity code" of each finding.
func codes(findings []einvoice.Finding) []string {
	list := make([]string, 0, len(findings))
	for _, f := range findings {
		list = append(list, string(f.Severity)+" "+string(f.Code))
	}
	return list
}

func TestRead_DutchInvoiceIsReadWhole(t *testing.T) {
	t.Parallel()
	doc, findings := read(t, own(t, "invoice-nl.xml"))
	require.Empty(t, findings)
	require.Equal(t, &einvoice.Document{
		Kind: einvoice.KindInvoice, TypeCode: "380", Number: "2026-0123",
		IssueDate: day(2026, 10, 1), DueDate: day(2026, 10, 31),
		Currency: "EUR", Payable: eur(111005), TaxInclusive: eur(121000), TaxExclusive: eur(100000), Prepaid: eur(10000),
		Supplier: einvoice.Party{
			LegalName: "Voorbeeld Leverancier BV", TradeName: "Voorbeeld",
			EndpointID: "12345678", EndpointScheme: "0106", VATNumber: "NL123456789B01",
			RegistrationNumber: "12345678", RegistrationScheme: "0106",
			Street: "Keizersgracht 1", City: "Amsterdam", Postcode: "1015 AA", Country: "NL",
		},
		Buyer: einvoice.Party{
			LegalName: "Proefklant Bouw BV", TradeName: "Proefklant",
			EndpointID: "87654321", EndpointScheme: "0106", VATNumber: "NL987654321B01",
			RegistrationNumber: "87654321", RegistrationScheme: "0106",
			Street: "Coolsingel 2", City: "Rotterdam", Postcode: "3011 AD", Country: "NL",
			Contact: einvoice.Contact{Name: "Crediteurenadministratie", Phone: "+31 10 000 0000", Email: "facturen@proefklant.example"},
		},
		PaymentMeansCode: "58", PaymentID: "RF18539007547034",
		IBAN: "NL91ABNA0417164300", IBANValid: true, AccountName: "Voorbeeld Leverancier BV", BIC: "ABNANL2A",
		PaymentTerms: "Betaling binnen 30 dagen", DeliveryDate: day(2026, 9, 30),
		DeliveryParty: "Proefklant Magazijn",
		DeliveryPlace: einvoice.Place{ID: "8712345000004", Street: "Maasvlakteweg 5", City: "Rotterdam", Postcode: "3199 LZ", Country: "NL"},
		DespatchRef:   "DES-88", ReceiptRef: "REC-99", OrderRef: "PO-4711", ContractRef: "RC-2026",
		Lines: 1,
	}, doc)
}

func TestRead_BelgianInvoiceWithStructuredReference(t *testing.T) {
	t.Parallel()
	doc, findings := read(t, own(t, "invoice-be.xml"))
	require.Equal(t, []string{"warning contact_missing"}, codes(findings))
	require.Equal(t, "VF/2026/77", doc.Number)
	require.Equal(t, "+++010/8068/17183+++", doc.PaymentID)
	require.Equal(t, "BE68539007547034", doc.IBAN)
	require.True(t, doc.IBANValid)
	require.Equal(t, "Voorbeeld Leverancier België BV", doc.Supplier.LegalName)
	require.Equal(t, "0208", doc.Buyer.EndpointScheme)
	require.Empty(t, doc.Buyer.Contact)
	require.Equal(t, "Dossier 12", doc.BuyerRef)
	require.Equal(t, 2, doc.Lines)
	require.Equal(t, money.Amount{}, doc.Prepaid)
}

func TestRead_CreditNote(t *testing.T) {
	t.Parallel()
	doc, findings := read(t, own(t, "creditnote-nl.xml"))
	require.Empty(t, findings)
	require.Equal(t, einvoice.KindCreditNote, doc.Kind)
	require.Equal(t, "381", doc.TypeCode)
	require.Equal(t, eur(12100), doc.Payable)
	require.Equal(t, []string{"2026-0123", "2026-0124"}, doc.Preceding)
	require.Equal(t, day(2026, 11, 9), doc.DueDate)
	require.Equal(t, 1, doc.Lines)
}

func TestRead_FactoredInvoiceIsBlocked(t *testing.T) {
	t.Parallel()
	doc, findings := read(t, own(t, "invoice-factored.xml"))
	require.Empty(t, findings)
	require.Equal(t, einvoice.BlockedFactored, doc.Blocked)
	require.Equal(t, "Voorbeeld Factoring NV", doc.Payee)
}

func TestRead_DirectDebitIsBlocked(t *testing.T) {
	t.Parallel()
	doc, findings := read(t, own(t, "invoice-direct-debit.xml"))
	require.Empty(t, findings)
	require.Equal(t, einvoice.BlockedDirectDebit, doc.Blocked)
	require.Equal(t, "MANDAAT-5", doc.Mandate)
	require.Empty(t, doc.IBAN)
}

func TestRead_DueDateIsAssumedFromTerms(t *testing.T) {
	t.Parallel()
	doc, findings := read(t, own(t, "invoice-terms-only.xml"))
	require.Equal(t, []string{"warning due_date_missing", "warning due_date_assumed"}, codes(findings))
	require.Equal(t, day(2026, 10, 31), doc.DueDate)
	require.Contains(t, findings[1].Message, "2026-10-31: 30 days")
	require.Contains(t, findings[1].Message, "after the issue date 2026-10-01")
}

func TestRead_NamespacesCountAndPrefixesDoNot(t *testing.T) {
	t.Parallel()
	doc, findings := read(t, own(t, "invoice-latin1-other-prefixes.xml"))
	require.Empty(t, findings)
	require.Equal(t, "2026-0127", doc.Number)
	require.Equal(t, "Königstraße 1", doc.Supplier.Street)
	require.Equal(t, 1, doc.Lines)
}

func TestRead_FaultOfTheReaderIsAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	doc, findings, err := einvoice.Read(iotest.ErrReader(broken), einvoice.DefaultLimits)
	require.ErrorIs(t, err, broken)
	require.Nil(t, doc)
	require.Nil(t, findings)
}

func TestRead_ZeroLimitsAreTheDefaults(t *testing.T) {
	t.Parallel()
	doc, findings, err := einvoice.Read(iotest.OneByteReader(strings.NewReader(own(t, "invoice-nl.xml"))), einvoice.Limits{})
	require.NoError(t, err)
	require.Empty(t, findings)
	require.Equal(t, "2026-0123", doc.Number)
}

func TestRead_TakesNoMoreThanTheLimitFromTheReader(t *testing.T) {
	t.Parallel()
	r := bytes.NewReader(make([]byte, 1000))
	_, findings, err := einvoice.Read(r, einvoice.Limits{MaxBytes: 100})
	require.NoError(t, err)
	require.Equal(t, []string{"error too_large"}, codes(findings))
	require.Equal(t, 899, r.Len())
}

package einvoice_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/einvoice"
)

func TestRead_WhoIsBlocked(t *testing.T) {
	t.Parallel()
	const supplierReg = `<cbc:CompanyID schemeID="0106">11223344</cbc:CompanyID>`
	tests := []struct {
		name, file string
		changes    []change
		want       einvoice.BlockReason
		payee      string
		findings   []string
	}{
		{"TypeAlone", "invoice-nl.xml", []change{{">380<", ">393<"}}, einvoice.BlockedFactored, "", []string{}},
		{"PayeeAlone", "invoice-factored.xml", []change{{">393<", ">380<"}}, einvoice.BlockedFactored, "Voorbeeld Factoring NV", []string{}},
		{"PayeeIsSupplierByNumber", "invoice-factored.xml", []change{{">393<", ">380<"}, {"11223344", "1234.5678"}}, einvoice.NotBlocked, "", []string{}},
		{"PayeeIsSupplierByName", "invoice-factored.xml", []change{{">393<", ">380<"}, {supplierReg, ""}, {"<cbc:Name>Voorbeeld Factoring NV</cbc:Name>\n    </cac:PartyName>", "<cbc:Name>VOORBEELD leverancier BV</cbc:Name></cac:PartyName>"}}, einvoice.NotBlocked, "", []string{}},
		{"SameNameOtherNumber", "invoice-factored.xml", []change{{">393<", ">380<"}, {"<cbc:Name>Voorbeeld Factoring NV</cbc:Name>\n    </cac:PartyName>", "<cbc:Name>Voorbeeld</cbc:Name></cac:PartyName>"}}, einvoice.BlockedFactored, "Voorbeeld", []string{}},
		{"FactoredCreditNote", "creditnote-nl.xml", []change{{">381<", ">396<"}}, einvoice.BlockedFactored, "", []string{}},
		{"DirectDebit49", "invoice-direct-debit.xml", []change{{">59<", ">49<"}}, einvoice.BlockedDirectDebit, "", []string{}},
		{"FactoredBeforeDirectDebit", "invoice-direct-debit.xml", []change{{">380<", ">393<"}}, einvoice.BlockedFactored, "", []string{}},
		{"StandingAgreement", "invoice-nl.xml", []change{{"<cbc:PaymentMeansCode>58<", "<cbc:PaymentMeansCode>57<"}}, einvoice.NotBlocked, "", []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc, findings := read(t, edit(t, own(t, tt.file), tt.changes...))
			require.Equal(t, tt.findings, codes(findings))
			require.Equal(t, tt.want, doc.Blocked)
			require.Equal(t, tt.payee, doc.Payee)
		})
	}
}

func means(code, id, account string) string {
	return "<cac:PaymentMeans><cbc:PaymentMeansCode>" + code + "</cbc:PaymentMeansCode><cbc:PaymentID>" + id +
		"</cbc:PaymentID><cac:PayeeFinancialAccount><cbc:ID>" + account + "</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>"
}

func TestRead_SeveralPaymentMeans(t *testing.T) {
	t.Parallel()
	const valid = "BE68539007547034"
	debit := "<cac:PaymentMeans><cbc:PaymentMeansCode>59</cbc:PaymentMeansCode><cac:PaymentMandate><cbc:ID>M-1</cbc:ID></cac:PaymentMandate></cac:PaymentMeans>"
	tests := []struct {
		name, means string
		iban, ref   string
		path        string
		blocked     einvoice.BlockReason
		mandate     string
	}{
		{"FirstIBANWins", means("30", "A", valid) + means("30", "B", "NL91ABNA0417164300"), valid, "A", "/Invoice/cac:PaymentMeans", "", ""},
		{"ValidIBANBeforeOtherAccount", means("30", "A", "12-34") + means("58", "B", valid), valid, "B", "/Invoice/cac:PaymentMeans[2]", "", ""},
		{"AccountBeforeNone", means("48", "A", "") + means("30", "B", "12-34"), "12-34", "B", "/Invoice/cac:PaymentMeans[2]", "", ""},
		{"FirstWhereNoneHasAnAccount", means("48", "A", "") + means("10", "B", ""), "", "A", "/Invoice/cac:PaymentMeans", "", ""},
		{"DirectDebitBesideTransferBlocks", debit + means("58", "B", valid), valid, "B", "/Invoice/cac:PaymentMeans[2]", einvoice.BlockedDirectDebit, "M-1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := own(t, "invoice-be.xml")
			before, _, _ := strings.Cut(text, "  <cac:PaymentMeans>")
			end := strings.Index(text, "  <cac:TaxTotal>")
			doc, findings := read(t, before+tt.means+text[end:])
			require.Equal(t, einvoice.CodeSeveralPaymentMeans, findings[0].Code)
			require.Equal(t, tt.path, findings[0].Path)
			require.Equal(t, tt.iban, doc.IBAN)
			require.Equal(t, tt.iban == valid, doc.IBANValid)
			require.Equal(t, tt.ref, doc.PaymentID)
			require.Equal(t, tt.blocked, doc.Blocked)
			require.Equal(t, tt.mandate, doc.Mandate)
		})
	}
}

func TestRead_CreditNoteRules(t *testing.T) {
	t.Parallel()
	const payable = `<cbc:PayableAmount currencyID="EUR">121.00<`
	tests := []struct {
		name     string
		changes  []change
		findings []string
	}{
		{"InvoiceTypeInCreditNote", []change{{">381<", ">380<"}}, []string{"error type_code"}},
		{"NamesNoInvoice", []change{{"cac:BillingReference>", "cac:Other>"}}, []string{"warning preceding_missing"}},
		{"NamesAnInvoiceTwice", []change{{">2026-0124<", ">2026-0123<"}}, []string{}},
		{"NamesAnUnreadableInvoice", []change{{">2026-0124<", "><"}}, []string{"warning invalid_number"}},
		{"NoDueDate", []change{{"cbc:PaymentDueDate>", "cbc:Other>"}}, []string{}},
		{"NoPaymentMeans", []change{{"cac:PaymentMeans>", "cac:Other>"}}, []string{}},
		{"Zero", []change{{payable, `<cbc:PayableAmount currencyID="EUR">0.00<`}}, []string{"warning nothing_payable", "warning totals_mismatch"}},
		{"Negative", []change{{payable, `<cbc:PayableAmount currencyID="EUR">-5.00<`}}, []string{"error not_positive", "warning totals_mismatch"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, findings := read(t, edit(t, own(t, "creditnote-nl.xml"), tt.changes...))
			require.Equal(t, tt.findings, codes(findings))
		})
	}
}

// A supplier may have a second registration for another tax (BT-32).
func TestRead_VATNumberIsTheOneOfTheVATScheme(t *testing.T) {
	t.Parallel()
	const other = "<cac:PartyTaxScheme><cbc:CompanyID>LOCAL-1</cbc:CompanyID><cac:TaxScheme><cbc:ID>TAX</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>"
	doc, findings := read(t, edit(t, own(t, "invoice-nl.xml"), change{"</cac:PostalAddress>", "</cac:PostalAddress>" + other}))
	require.Empty(t, findings)
	require.Equal(t, "NL123456789B01", doc.Supplier.VATNumber)
	require.Equal(t, "NL987654321B01", doc.Buyer.VATNumber)
}

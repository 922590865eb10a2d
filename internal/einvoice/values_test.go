package einvoice_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/einvoice"
)

// change is an edit of one of our own samples: every old becomes new.
type change struct{ old, new string }

func edit(t *testing.T, text string, changes ...change) string {
	t.Helper()
	for _, c := range changes {
		require.Contains(t, text, c.old)
		text = strings.ReplaceAll(text, c.old, c.new)
	}
	return text
}

func TestRead_FaultyValues(t *testing.T) {
	t.Parallel()
	const (
		payable = `<cbc:PayableAmount currencyID="EUR">1110.05<`
		due     = "<cbc:DueDate>2026-10-31</cbc:DueDate>"
		terms   = "Betaling binnen 30 dagen"
	)
	tests := []struct {
		name     string
		changes  []change
		findings []string
		path     string // of the first finding
	}{
		{"OtherProfile", []change{{"poacc:billing:3.0<", "poacc:billing:4.0<"}}, []string{"error profile"}, "/Invoice/cbc:CustomizationID"},
		{"LongerVersion", []change{{"poacc:billing:3.0<", "poacc:billing:3.01<"}}, []string{"error profile"}, "/Invoice/cbc:CustomizationID"},
		{"ExtendedProfile", []change{{"poacc:billing:3.0<", "poacc:billing:3.0#conformant#urn:x<"}}, []string{}, ""},
		{"OtherProcess", []change{{"billing:01:1.0", "x"}, {"urn:fdc:peppol.eu:2017:poacc:x", "x"}}, []string{"warning profile"}, "/Invoice/cbc:ProfileID"},
		{"NoNumber", []change{{"<cbc:ID>2026-0123</cbc:ID>", ""}}, []string{"error missing"}, "/Invoice/cbc:ID"},
		{"BlankNumber", []change{{"2026-0123", " \n "}}, []string{"error invalid_number"}, "/Invoice/cbc:ID"},
		{"Number101", []change{{"2026-0123", strings.Repeat("é", 101)}}, []string{"error invalid_number"}, "/Invoice/cbc:ID"},
		{"Number100", []change{{"2026-0123", strings.Repeat("é", 100)}}, []string{}, ""},
		{"NumberWithLineBreak", []change{{"2026-0123", "2026\n0123"}}, []string{"error invalid_number"}, "/Invoice/cbc:ID"},
		{"NumberWithTab", []change{{"2026-0123", "2026&#9;0123"}}, []string{"error invalid_number"}, "/Invoice/cbc:ID"},
		{"NumberWithBidiOverride", []change{{"2026-0123", "2026\u202e0123"}}, []string{"error invalid_number"}, "/Invoice/cbc:ID"},
		{"TwoNumbers", []change{{"<cbc:ID>2026-0123</cbc:ID>", "<cbc:ID>2026-0123</cbc:ID><cbc:ID>2026-0124</cbc:ID>"}}, []string{"error repeated"}, "/Invoice/cbc:ID[2]"},
		{"NoIssueDate", []change{{"<cbc:IssueDate>2026-10-01</cbc:IssueDate>", ""}}, []string{"error missing"}, "/Invoice/cbc:IssueDate"},
		{"NoSuchDay", []change{{">2026-10-01<", ">2026-09-31<"}}, []string{"error invalid_date"}, "/Invoice/cbc:IssueDate"},
		{"DateWithZone", []change{{">2026-10-01<", ">2026-10-01Z<"}}, []string{"error invalid_date"}, "/Invoice/cbc:IssueDate"},
		{"DueBeforeIssue", []change{{">2026-10-31<", ">2026-09-30<"}}, []string{"error due_before_issue"}, "/Invoice/cbc:DueDate"},
		{"DueOnIssue", []change{{">2026-10-31<", ">2026-10-01<"}}, []string{}, ""},
		{"UnreadableDue", []change{{">2026-10-31<", ">31-10-2026<"}}, []string{"error invalid_date"}, "/Invoice/cbc:DueDate"},
		{"NoDueNoTerms", []change{{due, ""}, {terms, ""}}, []string{"error due_date_missing"}, "/Invoice/cbc:DueDate"},
		{"NoDueVagueTerms", []change{{due, ""}, {terms, "Zoals afgesproken"}}, []string{"warning due_date_missing"}, "/Invoice/cbc:DueDate"},
		{"BadDeliveryDate", []change{{">2026-09-30<", ">gisteren<"}}, []string{"warning invalid_date"}, "/Invoice/cac:Delivery/cbc:ActualDeliveryDate"},
		{"NoType", []change{{"<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", ""}}, []string{"error missing"}, "/Invoice/cbc:InvoiceTypeCode"},
		{"CreditTypeInInvoice", []change{{">380<", ">381<"}}, []string{"error type_code"}, "/Invoice/cbc:InvoiceTypeCode"},
		{"UnknownType", []change{{">380<", ">751<"}}, []string{"warning type_code"}, "/Invoice/cbc:InvoiceTypeCode"},
		{"TypeInWords", []change{{">380<", ">factuur<"}}, []string{"error invalid_code"}, "/Invoice/cbc:InvoiceTypeCode"},
		{"UnknownCurrency", []change{{"EUR", "EUX"}}, []string{"error unknown_currency"}, "/Invoice/cbc:DocumentCurrencyCode"},
		{"OtherCurrencyOfTotal", []change{{payable, `<cbc:PayableAmount currencyID="USD">1110.05<`}}, []string{"error currency_mismatch"}, "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount/@currencyID"},
		{"NoCurrencyOfTotal", []change{{payable, `<cbc:PayableAmount>1110.05<`}}, []string{"error missing"}, "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount/@currencyID"},
		{"NoPayable", []change{{payable, `<cbc:Other>1110.05<`}, {"/cbc:PayableAmount>", "/cbc:Other>"}}, []string{"error missing"}, "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"},
		{"NoTotals", []change{{"cac:LegalMonetaryTotal>", "cac:Other>"}}, []string{"error missing"}, "/Invoice/cac:LegalMonetaryTotal"},
		{"FiveDecimals", []change{{">1110.05<", ">1110.05000<"}}, []string{"error invalid_amount"}, "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"},
		{"CommaAmount", []change{{">1110.05<", ">1.110,05<"}}, []string{"error invalid_amount"}, "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"},
		{"Exponent", []change{{">1110.05<", ">1e3<"}}, []string{"error invalid_amount"}, "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"},
		{"TwoPayables", []change{{payable, payable + "/cbc:PayableAmount>" + payable}}, []string{"error repeated"}, "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount[2]"},
		{"TwoPrepaids", []change{{"<cbc:PrepaidAmount", `<cbc:PrepaidAmount currencyID="EUR">100.00</cbc:PrepaidAmount><cbc:PrepaidAmount`}}, []string{"warning repeated"}, "/Invoice/cac:LegalMonetaryTotal/cbc:PrepaidAmount[2]"},
		{"Zero", []change{{">1110.05<", ">0.00<"}}, []string{"error not_positive", "warning totals_mismatch"}, "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"},
		{"Negative", []change{{">1110.05<", ">-1.00<"}}, []string{"error not_positive", "warning totals_mismatch"}, "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"},
		{"SumDoesNotHold", []change{{">1110.05<", ">1110.00<"}}, []string{"warning totals_mismatch"}, "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"},
		{"NoBuyer", []change{{"cac:AccountingCustomerParty>", "cac:Other>"}}, []string{"error missing"}, "/Invoice/cac:AccountingCustomerParty/cac:Party"},
		{"NoBuyerName", []change{{"<cbc:RegistrationName>Proefklant Bouw BV</cbc:RegistrationName>", ""}}, []string{"error missing"}, "/Invoice/cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName"},
		{"InvisibleBuyerName", []change{{"Proefklant Bouw BV", "\u200b"}}, []string{"warning control_character", "error missing"}, "/Invoice/cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName"},
		{"LongName", []change{{"Proefklant Bouw BV", strings.Repeat("x", 1001)}}, []string{"error too_long"}, "/Invoice/cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName"},
		{"NoEndpoint", []change{{`<cbc:EndpointID schemeID="0106">87654321</cbc:EndpointID>`, ""}}, []string{"error missing"}, "/Invoice/cac:AccountingCustomerParty/cac:Party/cbc:EndpointID"},
		{"NoEndpointScheme", []change{{`<cbc:EndpointID schemeID="0106">87654321<`, "<cbc:EndpointID>87654321<"}}, []string{"error missing"}, "/Invoice/cac:AccountingCustomerParty/cac:Party/cbc:EndpointID/@schemeID"},
		{"UnknownCurrencyOfTotal", []change{{"<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>", ""}, {payable, `<cbc:PayableAmount currencyID="EUX">1110.05<`}}, []string{"error missing", "error invalid_amount"}, "/Invoice/cbc:DocumentCurrencyCode"},
		{"UnknownEndpointScheme", []change{{`<cbc:EndpointID schemeID="0106">87654321<`, `<cbc:EndpointID schemeID="KvK">87654321<`}}, []string{"warning invalid_code", "error missing"}, "/Invoice/cac:AccountingCustomerParty/cac:Party/cbc:EndpointID/@schemeID"},
		{"EndpointIsAnEmailAddress", []change{{`<cbc:EndpointID schemeID="0106">87654321<`, `<cbc:EndpointID schemeID="EM">a@b.example<`}}, []string{}, ""},
		{"NoCountry", []change{{"<cbc:IdentificationCode>NL</cbc:IdentificationCode>", ""}}, []string{"error missing", "error missing"}, "/Invoice/cac:AccountingSupplierParty/cac:Party/cac:PostalAddress/cac:Country/cbc:IdentificationCode"},
		{"TwoVATNumbers", []change{{"<cac:PartyLegalEntity>\n        <cbc:RegistrationName>Proefklant", "<cac:PartyTaxScheme><cbc:CompanyID>NL1</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme><cac:PartyLegalEntity>\n        <cbc:RegistrationName>Proefklant"}}, []string{"warning repeated"}, "/Invoice/cac:AccountingCustomerParty/cac:Party/cac:PartyTaxScheme[2]"},
		{"LowerCaseCountry", []change{{">NL<", ">nl<"}}, []string{"error invalid_code", "error invalid_code"}, "/Invoice/cac:AccountingSupplierParty/cac:Party/cac:PostalAddress/cac:Country/cbc:IdentificationCode"},
		{"OrderIsNA", []change{{"PO-4711", "NA"}}, []string{"warning buyer_reference_missing"}, "/Invoice/cbc:BuyerReference"},
		{"NoReferences", []change{{"cac:OrderReference>", "cac:Other>"}}, []string{"warning buyer_reference_missing"}, "/Invoice/cbc:BuyerReference"},
		{"InvalidIBAN", []change{{"NL91 ABNA 0417 1643 00", "NL91 ABNA 0417 1643 01"}}, []string{"warning iban_invalid"}, "/Invoice/cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"},
		{"NoIBAN", []change{{"NL91 ABNA 0417 1643 00", ""}}, []string{"warning iban_missing"}, "/Invoice/cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"},
		{"NoMeans", []change{{"cac:PaymentMeans>", "cac:Other>"}}, []string{"warning iban_missing"}, "/Invoice/cac:PaymentMeans"},
		{"NoMeansCode", []change{{"<cbc:PaymentMeansCode>58</cbc:PaymentMeansCode>", ""}}, []string{"error missing"}, "/Invoice/cac:PaymentMeans/cbc:PaymentMeansCode"},
		{"MeansInWords", []change{{"<cbc:PaymentMeansCode>58<", "<cbc:PaymentMeansCode>bank<"}}, []string{"error invalid_code"}, "/Invoice/cac:PaymentMeans/cbc:PaymentMeansCode"},
		{"NoLines", []change{{"cac:InvoiceLine>", "cac:CreditNoteLine>"}}, []string{"warning no_lines"}, "/Invoice"},
		{"NoContact", []change{{"cac:Contact>", "cac:Other>"}}, []string{"warning contact_missing"}, "/Invoice/cac:AccountingCustomerParty/cac:Party/cac:Contact"},
		{"ContactWithNameOnly", []change{{"<cbc:Telephone>+31 10 000 0000</cbc:Telephone>", ""}, {"<cbc:ElectronicMail>facturen@proefklant.example</cbc:ElectronicMail>", ""}}, []string{"warning contact_missing"}, "/Invoice/cac:AccountingCustomerParty/cac:Party/cac:Contact"},
		{"ContactWithPhoneOnly", []change{{"<cbc:ElectronicMail>facturen@proefklant.example</cbc:ElectronicMail>", ""}}, []string{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc, findings := read(t, edit(t, own(t, "invoice-nl.xml"), tt.changes...))
			require.Equal(t, tt.findings, codes(findings))
			require.Equal(t, strings.Contains(strings.Join(tt.findings, ","), "error"), doc == nil)
			if len(findings) > 0 {
				require.Equal(t, tt.path, findings[0].Path)
			}
		})
	}
}

// The number of the sample is 0566.988.259: 97 less 05669882 modulo 97 is 59.
func TestRead_BelgianEnterpriseNumbers(t *testing.T) {
	t.Parallel()
	for number, valid := range map[string]bool{
		"0566988259": true, "0566.988.259": true, "0566 988 259": true,
		"0566988258": false, "0566988295": false, "566988259": false, "BE0566988259": false, "2566988265": false, "00566988259": false, "056698825A": false,
	} {
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			invoice := own(t, "invoice-be.xml")
			for path, element := range map[string]string{"cbc:EndpointID": "cbc:EndpointID", "cac:PartyLegalEntity/cbc:CompanyID": "cbc:CompanyID"} {
				start := "<" + element + ` schemeID="0208">`
				doc, findings := read(t, edit(t, invoice, change{start + "0566988259", start + number}))
				require.NotNil(t, doc, "a warning, no more")
				if valid {
					require.Equal(t, []string{"warning contact_missing"}, codes(findings))
					continue
				}
				require.Equal(t, []string{"warning enterprise_number", "warning contact_missing"}, codes(findings))
				require.Equal(t, "/Invoice/cac:AccountingSupplierParty/cac:Party/"+path, findings[0].Path)
				require.NotContains(t, findings[0].Message, number)
			}
		})
	}
}

func TestRead_AllFaultsAreToldAtOnce(t *testing.T) {
	t.Parallel()
	doc, findings := read(t, inRoot(""))
	require.Nil(t, doc)
	paths := map[string]bool{}
	for _, f := range findings {
		if f.Severity == einvoice.SeverityError {
			paths[f.Path] = true
		}
	}
	require.Equal(t, map[string]bool{
		"/Invoice/cbc:CustomizationID": true, "/Invoice/cbc:ID": true, "/Invoice/cbc:IssueDate": true,
		"/Invoice/cbc:InvoiceTypeCode": true, "/Invoice/cbc:DocumentCurrencyCode": true,
		"/Invoice/cac:AccountingSupplierParty/cac:Party": true, "/Invoice/cac:AccountingCustomerParty/cac:Party": true,
		"/Invoice/cac:LegalMonetaryTotal": true, "/Invoice/cbc:DueDate": true,
	}, paths)
}

// Values on one line: what a pretty-printer or a copied text brings in is
// taken out, and no header can be smuggled into a message.
func TestRead_ValuesAreOnOneLine(t *testing.T) {
	t.Parallel()
	doc, findings := read(t, edit(t, own(t, "invoice-nl.xml"),
		change{"Coolsingel 2", "\n  Coolsingel\n  2\n"},
		change{"facturen@proefklant.example", "facturen@proefklant.example&#13;&#10;Bcc: x@y.example\u200b"},
		change{"Betaling binnen 30 dagen", "\n30 dagen\u0085\nVeel dank\n"}))
	require.Equal(t, []string{"warning control_character"}, codes(findings))
	require.Equal(t, "Coolsingel 2", doc.Buyer.Street)
	require.Equal(t, "facturen@proefklant.example Bcc: x@y.example", doc.Buyer.Contact.Email)
	require.Equal(t, "30 dagen\nVeel dank", doc.PaymentTerms)
}

// Findings go to logs: nothing personal may be in them, wherever it stands in
// the document.
func TestRead_FindingsHoldNoPersonalData(t *testing.T) {
	t.Parallel()
	const secret = "Jansen jansen@mail.example"
	invoice := own(t, "invoice-nl.xml")
	// Spoil every value of the document at once.
	spoiled := strings.Builder{}
	for part := range strings.SplitAfterSeq(invoice, ">") {
		if text, tag, ok := strings.Cut(part, "<"); ok && strings.TrimSpace(text) != "" {
			part = secret + "\u200b<" + tag
		}
		spoiled.WriteString(part)
	}
	texts := []string{
		spoiled.String(),
		strings.ReplaceAll(spoiled.String(), `"EUR"`, `"`+secret+`"`),
		strings.ReplaceAll(invoice, `schemeID="0106"`, `schemeID="`+secret+`"`),
		inRoot("<cbc:ID>R&Jansen BV</cbc:ID>"),
		inRoot("<Jansen>"), inRoot("</Jansen>"), "<Jansen/>",
		`<?xml version="1.0" encoding="Jansen"?>` + inRoot(""), `<?xml version="Jansen"?>` + inRoot(""),
	}
	for _, text := range texts {
		_, findings := read(t, text)
		require.NotEmpty(t, findings)
		for _, f := range findings {
			require.NotContains(t, strings.ToLower(f.Path+f.Message), "jansen")
		}
	}
}

package einvoice_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"maan/internal/einvoice"
)

const rootStart = `<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" ` +
	`xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" ` +
	`xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">`

func inRoot(body string) string { return rootStart + body + "</Invoice>" }

// billionLaughs is the classic: entities that double each other.
func billionLaughs() string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY l0 "lol">`)
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&b, `<!ENTITY l%d "&l%d;&l%d;">`, i, i-1, i-1)
	}
	b.WriteString(`]>` + inRoot(`<cbc:ID>&l29;</cbc:ID>`))
	return b.String()
}

func utf16Bytes(s string, little bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if little {
			b.Write([]byte{byte(u), byte(u >> 8)})
		} else {
			b.Write([]byte{byte(u >> 8), byte(u)})
		}
	}
	return b.String()
}

// Each of these gives one error and nothing else, whatever else is wrong.
func TestRead_HostileDocumentsGiveOneClearError(t *testing.T) {
	t.Parallel()
	invoice := own(t, "invoice-nl.xml")
	tests := []struct {
		name, text string
		code       einvoice.Code
		says       string
	}{
		{"DTD", `<!DOCTYPE Invoice SYSTEM "http://attacker.example/x.dtd">` + inRoot(""), einvoice.CodeDTD, "document type"},
		{"EntityInDTD", `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + inRoot("<cbc:ID>&x;</cbc:ID>"), einvoice.CodeDTD, "document type"},
		{"EntityWithoutDTD", inRoot(`<!ENTITY x "y">`), einvoice.CodeDTD, "entity declaration"},
		{"BillionLaughs", billionLaughs(), einvoice.CodeDTD, "document type"},
		{"UndeclaredEntity", inRoot("<cbc:ID>&x;</cbc:ID>"), einvoice.CodeMalformed, "ampersand"},
		{"SixMebibytes", inRoot("<cbc:ID>" + strings.Repeat("x", 6<<20) + "</cbc:ID>"), einvoice.CodeTooLarge, "5242880 bytes"},
		{"OneLineTooMany", inRoot(strings.Repeat("<cac:InvoiceLine/>", 10_001)), einvoice.CodeTooManyLines, "more than 10000 lines"},
		{"TooManyElements", inRoot(strings.Repeat("<cac:PaymentMeans/>", 20_001)), einvoice.CodeTooManyElements, "20000"},
		{"HugeValue", inRoot("<cbc:ID>" + strings.Repeat("x", 20_000) + "</cbc:ID>"), einvoice.CodeTooLong, "shorten"},
		{"DeepInsideKept", inRoot(strings.Repeat("<cac:Delivery>", 100) + strings.Repeat("</cac:Delivery>", 100)), einvoice.CodeTooDeep, "64 levels"},
		{"DeepInsideSkipped", inRoot(strings.Repeat("<x>", 100_000)), einvoice.CodeTooDeep, "64 levels"},
		{"Truncated", invoice[:len(invoice)/2], einvoice.CodeMalformed, "stops before its end"},
		{"TruncatedByOneByte", strings.TrimSpace(invoice)[:len(strings.TrimSpace(invoice))-1], einvoice.CodeMalformed, "stops before its end"},
		{"Empty", "", einvoice.CodeMalformed, "empty"},
		{"OnlyDeclaration", `<?xml version="1.0"?>`, einvoice.CodeMalformed, "empty"},
		{"NotXML", "%PDF-1.7", einvoice.CodeMalformed, "outside the document"},
		{"GarbageAfterwards", invoice + "garbage", einvoice.CodeMalformed, "outside the document"},
		{"SecondDocument", inRoot("") + inRoot(""), einvoice.CodeMalformed, "second document"},
		{"SecondDeclaration", invoice + invoice, einvoice.CodeMalformed, "XML declaration"},
		{"CrossedTags", inRoot("<cac:Delivery><cbc:ID></cac:Delivery></cbc:ID>"), einvoice.CodeMalformed, "end tag"},
		{"SameAttributeTwice", inRoot(`<cbc:ID schemeID="1" schemeID="2"/>`), einvoice.CodeMalformed, "same attribute twice"},
		{"UndeclaredPrefix", inRoot(`<foo:ID/>`), einvoice.CodeMalformed, "prefix"},
		{"NUL", inRoot("<cbc:ID>a\x00b</cbc:ID>"), einvoice.CodeMalformed, "control character"},
		{"NULAsReference", inRoot("<cbc:ID>a&#0;b</cbc:ID>"), einvoice.CodeMalformed, "control character"},
		{"XML11", `<?xml version="1.1"?>` + inRoot(""), einvoice.CodeMalformed, "XML 1.0"},
		{"WrongNamespace", `<Invoice xmlns="urn:example:invoice"/>`, einvoice.CodeNotUBL, "not its namespace"},
		{"NoNamespace", `<Invoice/>`, einvoice.CodeNotUBL, "not its namespace"},
		{"CreditNoteInInvoiceNamespace", `<CreditNote xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>`, einvoice.CodeNotUBL, "not its namespace"},
		{"Envelope", `<StandardBusinessDocument/>`, einvoice.CodeNotUBL, "envelope"},
		{"CII", `<CrossIndustryInvoice/>`, einvoice.CodeNotUBL, "CII"},
		{"Response", `<ApplicationResponse/>`, einvoice.CodeNotUBL, "response"},
		{"HTML", `<html/>`, einvoice.CodeNotUBL, "neither Invoice nor CreditNote"},
		{"UTF16WithMark", "\xff\xfe" + utf16Bytes(inRoot(""), true), einvoice.CodeCharset, "UTF-16"},
		{"UTF16BigEndianWithMark", "\xfe\xff" + utf16Bytes(inRoot(""), false), einvoice.CodeCharset, "UTF-16"},
		{"UTF16WithoutMark", utf16Bytes(inRoot(""), true), einvoice.CodeCharset, "UTF-16"},
		{"UTF16Declared", `<?xml version="1.0" encoding="UTF-16"?>` + inRoot(""), einvoice.CodeCharset, "other than UTF-8"},
		{"Windows1252", `<?xml version="1.0" encoding="windows-1252"?>` + inRoot(""), einvoice.CodeCharset, "other than UTF-8"},
		{"Latin1DeclaredUTF8", inRoot("<cbc:ID>\xe9</cbc:ID>"), einvoice.CodeCharset, "not UTF-8"},
		{"NotASCII", `<?xml version="1.0" encoding="US-ASCII"?>` + inRoot("<cbc:ID>\xe9</cbc:ID>"), einvoice.CodeCharset, "0xE9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc, findings := read(t, tt.text)
			require.Nil(t, doc)
			require.Len(t, findings, 1)
			require.Equal(t, einvoice.SeverityError, findings[0].Severity)
			require.Equal(t, tt.code, findings[0].Code)
			require.Contains(t, findings[0].Message, tt.says)
			require.True(t, strings.HasPrefix(findings[0].Path, "/"))
		})
	}
}

func TestRead_HarmlessOdditiesAreRead(t *testing.T) {
	t.Parallel()
	invoice := own(t, "invoice-nl.xml")
	_, root, _ := strings.Cut(invoice, "<Invoice")
	line := invoice[strings.Index(invoice, "  <cac:InvoiceLine>"):strings.Index(invoice, "</Invoice>")]
	tests := []struct{ name, text string }{
		{"ByteOrderMark", "\xef\xbb\xbf" + invoice},
		{"NoDeclaration", "<Invoice" + root},
		{"ASCIIDeclared", strings.Replace(invoice, "UTF-8", "us-ascii", 1)},
		{"Comments", strings.ReplaceAll(invoice, "2026-0123", "2026-<!-- x -->0123") + "<!-- end -->\n"},
		{"CDATA", strings.ReplaceAll(invoice, "2026-0123", "<![CDATA[2026-0123]]>")},
		{"Whitespace", strings.ReplaceAll(invoice, "2026-0123", "\n\t 2026-0123 \n")},
		{"ProcessingInstruction", strings.Replace(invoice, "<Invoice", "<?xml-stylesheet href=\"x.xsl\"?><Invoice", 1)},
		{"UnknownExtension", strings.Replace(invoice, "<cbc:CustomizationID>", `<e:UBLExtensions xmlns:e="urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2"><cbc:ID>other</cbc:ID></e:UBLExtensions><cbc:CustomizationID>`, 1)},
		{"SameNamesInAnotherNamespace", strings.Replace(invoice, "<cbc:CustomizationID>", `<ID xmlns="urn:example:x">other</ID><cbc:CustomizationID>`, 1)},
		{"TenThousandLines", strings.Replace(invoice, line, strings.Repeat("<cac:InvoiceLine/>", 10_000), 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc, findings := read(t, tt.text)
			require.Empty(t, findings)
			require.Equal(t, "2026-0123", doc.Number)
		})
	}
}

// A document that repeats a fault thousands of times is told so once.
func TestRead_RepeatedFaultsDoNotMultiplyFindings(t *testing.T) {
	t.Parallel()
	creditNote := strings.NewReplacer("<Invoice ", "<CreditNote ", "</Invoice>", "</CreditNote>", "xsd:Invoice-2", "xsd:CreditNote-2")
	for _, body := range []string{
		strings.Repeat("<cac:PaymentMeans><cbc:PaymentDueDate>x</cbc:PaymentDueDate></cac:PaymentMeans>", 5000),
		strings.Repeat("<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID/></cac:InvoiceDocumentReference></cac:BillingReference>", 5000),
		"<cac:AccountingSupplierParty><cac:Party>" +
			strings.Repeat("<cac:PartyTaxScheme><cac:TaxScheme><cbc:ID>VAT\u200b</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>", 5000) +
			"</cac:Party></cac:AccountingSupplierParty>",
	} {
		for _, text := range []string{inRoot(body), creditNote.Replace(inRoot(body))} {
			_, findings := read(t, text)
			require.Less(t, len(findings), 30)
		}
	}
}

func TestRead_LimitsAreTheCallers(t *testing.T) {
	t.Parallel()
	invoice := own(t, "invoice-be.xml")
	for code, limits := range map[einvoice.Code]einvoice.Limits{
		einvoice.CodeTooLarge:     {MaxBytes: int64(len(invoice)) - 1},
		einvoice.CodeTooManyLines: {MaxLines: 1},
		einvoice.CodeTooDeep:      {MaxDepth: 3},
	} {
		_, findings, err := einvoice.Read(strings.NewReader(invoice), limits)
		require.NoError(t, err)
		require.Equal(t, []string{"error " + string(code)}, codes(findings))
	}
	_, findings, err := einvoice.Read(strings.NewReader(invoice), einvoice.Limits{MaxBytes: int64(len(invoice)), MaxLines: 2, MaxDepth: 7})
	require.NoError(t, err)
	require.Equal(t, []string{"warning contact_missing"}, codes(findings))
}

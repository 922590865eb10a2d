package erp_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/imports"
)

// document is a small e-invoice of creditor 12345678 to the buyer with the number; a
// credit note names the invoice that it corrects.
func document(kind, number, buyer, preceding string) string {
	root, due, typeCode, line, quantity := "Invoice", "<cbc:DueDate>2026-06-30</cbc:DueDate>", "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", "InvoiceLine", "InvoicedQuantity"
	reference := ""
	if kind == "credit" {
		root, due, typeCode, line, quantity = "CreditNote", "", "<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>", "CreditNoteLine", "CreditedQuantity"
		reference = "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>" + preceding + "</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>"
	}
	party := func(role, number string) string {
		return fmt.Sprintf(`<cac:%s><cac:Party><cbc:EndpointID schemeID="0106">%s</cbc:EndpointID><cac:PostalAddress><cac:Country><cbc:IdentificationCode>NL</cbc:IdentificationCode></cac:Country></cac:PostalAddress>`+
			`<cac:PartyLegalEntity><cbc:RegistrationName>Party</cbc:RegistrationName><cbc:CompanyID schemeID="0106">%s</cbc:CompanyID></cac:PartyLegalEntity></cac:Party></cac:%s>`, role, number, number, role)
	}
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<%[1]s xmlns="urn:oasis:names:specification:ubl:schema:xsd:%[1]s-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0</cbc:CustomizationID><cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>
<cbc:ID>%[2]s</cbc:ID><cbc:IssueDate>2026-05-31</cbc:IssueDate>%[3]s%[4]s<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode><cbc:BuyerReference>x</cbc:BuyerReference>%[5]s
%[6]s%[7]s
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">21.00</cbc:TaxAmount></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount><cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="EUR">121.00</cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID="EUR">121.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:%[8]s><cbc:ID>1</cbc:ID><cbc:%[9]s unitCode="EA">1</cbc:%[9]s><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount><cac:Item><cbc:Name>Thing</cbc:Name></cac:Item><cac:Price><cbc:PriceAmount currencyID="EUR">100.00</cbc:PriceAmount></cac:Price></cac:%[8]s>
</%[1]s>`, root, number, due, typeCode, reference, party("AccountingSupplierParty", "12345678"), party("AccountingCustomerParty", buyer), line, quantity)
}

func TestArchive_StartsInvoicesAndBooksCreditNotesLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`insert into customer (id, creditor_id, number, legal_name, kind, registration_number, language, country, created_at)
		values (gen_random_uuid(), 'acme', 'C-1', 'Buyer BV', 'business', '87654321', 'nl', 'NL', $1)`, w.now)
	archive := pack(t, "a-credit.xml", document("credit", "CN-1", "87654321", "F-1"), "b.xml", document("invoice", "F-1", "87654321", ""),
		"c.xml", document("invoice", "F-2", "87654321", ""), "d.xml", document("invoice", "F-3", "99999999", ""), "e.xml", "<no/>", "readme.txt", "hello")
	got := w.rehearsed(imports.KindInvoices, archive, "quiet_until", "2026-06-20")
	require.Equal(t, map[string]int{"started": 2, "quiet": 2, "credit_notes": 1, "refused": 2, "skipped": 1}, got.Result, "%v", got.texts)
	require.Equal(t, []string{"0 cac:AccountingCustomerParty unknown_customer", "0 / not_ubl"}, got.faults)
	require.Contains(t, got.texts[0], "d.xml: ")
	require.Equal(t, "0 credited", w.balance("F-1"))
	require.Equal(t, "12100", w.balance("F-2"))
	require.Equal(t, 2, read[int](w, `select count(*) from document where kind = 'invoice_ubl'`))

	before := w.fingerprint()
	again := w.take(imports.KindInvoices, pack(t, "x.xml", document("credit", "CN-1", "87654321", "F-1"), "y.xml", document("invoice", "F-2", "87654321", "")))
	require.Equal(t, map[string]int{"existed": 1, "credit_notes_existed": 1}, again.Result)
	require.Equal(t, before, w.fingerprint())
	w.intact()
}

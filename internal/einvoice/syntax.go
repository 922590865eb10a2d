package einvoice

import (
	"strings"

	"maan/internal/xmlsafe"
)

// The namespaces of UBL 2.1. Elements are matched by these, never by prefix.
const (
	nsInvoice    = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
	nsCreditNote = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
	nsAggregate  = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
	nsBasic      = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
)

// peppolBilling3 is how the CustomizationID (BT-24) of every Peppol BIS
// Billing 3.0 document starts; extensions append "#...".
const peppolBilling3 = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"

// documentShape is what the reader keeps of a document; everything outside it
// is passed over without being stored. It covers both roots; the elements they do not share (DueDate,
// the type codes) do no harm on the other.
var documentShape = buildShape(
	"cbc:CustomizationID", "cbc:ProfileID", "cbc:ID", "cbc:IssueDate", "cbc:DueDate",
	"cbc:InvoiceTypeCode", "cbc:CreditNoteTypeCode", "cbc:DocumentCurrencyCode", "cbc:BuyerReference",
	"cac:OrderReference/cbc:ID",
	"cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID",
	"cac:DespatchDocumentReference/cbc:ID",
	"cac:ReceiptDocumentReference/cbc:ID",
	"cac:ContractDocumentReference/cbc:ID",
	"cac:AccountingSupplierParty/cac:Party/PARTY",
	"cac:AccountingCustomerParty/cac:Party/PARTY",
	"cac:PayeeParty/cac:PartyName/cbc:Name",
	"cac:PayeeParty/cac:PartyLegalEntity/cbc:CompanyID",
	"cac:Delivery/cbc:ActualDeliveryDate",
	"cac:Delivery/cac:DeliveryParty/cac:PartyName/cbc:Name",
	"cac:Delivery/cac:DeliveryLocation/cbc:ID",
	"cac:Delivery/cac:DeliveryLocation/cac:Address/cbc:StreetName",
	"cac:Delivery/cac:DeliveryLocation/cac:Address/cbc:CityName",
	"cac:Delivery/cac:DeliveryLocation/cac:Address/cbc:PostalZone",
	"cac:Delivery/cac:DeliveryLocation/cac:Address/cac:Country/cbc:IdentificationCode",
	"cac:PaymentMeans/cbc:PaymentMeansCode",
	"cac:PaymentMeans/cbc:PaymentDueDate",
	"cac:PaymentMeans/cbc:PaymentID",
	"cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID",
	"cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:Name",
	"cac:PaymentMeans/cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID",
	"cac:PaymentMeans/cac:PaymentMandate/cbc:ID",
	"cac:PaymentTerms/cbc:Note",
	"cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount",
	"cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount",
	"cac:LegalMonetaryTotal/cbc:PrepaidAmount",
	"cac:LegalMonetaryTotal/cbc:PayableRoundingAmount",
	"cac:LegalMonetaryTotal/cbc:PayableAmount",
)

// partyPaths stand for PARTY in documentShape.
var partyPaths = []string{
	"cbc:EndpointID",
	"cac:PartyName/cbc:Name",
	"cac:PostalAddress/cbc:StreetName",
	"cac:PostalAddress/cbc:CityName",
	"cac:PostalAddress/cbc:PostalZone",
	"cac:PostalAddress/cac:Country/cbc:IdentificationCode",
	"cac:PartyTaxScheme/cbc:CompanyID",
	"cac:PartyTaxScheme/cac:TaxScheme/cbc:ID",
	"cac:PartyLegalEntity/cbc:RegistrationName",
	"cac:PartyLegalEntity/cbc:CompanyID",
	"cac:Contact/cbc:Name",
	"cac:Contact/cbc:Telephone",
	"cac:Contact/cbc:ElectronicMail",
}

func buildShape(paths ...string) xmlsafe.Shape {
	var all []string
	for _, path := range paths {
		stem, party := strings.CutSuffix(path, "PARTY")
		if !party {
			all = append(all, path)
			continue
		}
		for _, tail := range partyPaths {
			all = append(all, stem+tail)
		}
	}
	return xmlsafe.NewShape(all...)
}

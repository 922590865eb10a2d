package einvoice

import "strings"

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

// shape is one element that the reader keeps, with the children it keeps.
// Everything outside the shape is passed over without being stored.
type shape map[string]shape

// documentShape covers both roots; the elements they do not share (DueDate,
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

func buildShape(paths ...string) shape {
	root := shape{}
	for _, path := range paths {
		if stem, ok := strings.CutSuffix(path, "PARTY"); ok {
			for _, tail := range partyPaths {
				root.add(stem + tail)
			}
			continue
		}
		root.add(path)
	}
	return root
}

func (s shape) add(path string) {
	for name := range strings.SplitSeq(path, "/") {
		if s[name] == nil {
			s[name] = shape{}
		}
		s = s[name]
	}
}

// node is one kept element. Names carry the usual prefix of their namespace.
type node struct {
	name     string
	path     string // from the root, with [n] from the second sibling on
	text     strings.Builder
	attrs    map[string]string // currencyID and schemeID only
	children []*node
	shape    shape
}

// all returns the children of that name.
func (n *node) all(name string) []*node {
	if n == nil {
		return nil
	}
	var found []*node
	for _, c := range n.children {
		if c.name == name {
			found = append(found, c)
		}
	}
	return found
}

// attr returns an attribute, trimmed; "" where it is absent.
func (n *node) attr(name string) string {
	return strings.TrimSpace(n.attrs[name])
}

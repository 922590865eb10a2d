package einvoice

import (
	"strconv"
	"strings"

	"maan/internal/xmlsafe"
)

// party reads the supplier or the buyer; role names it in messages.
func (x *extractor) party(path, role string) Party {
	n := x.one(x.root, path+"/cac:Party")
	if n == nil {
		x.fail(CodeMissing, x.root.Path()+"/"+path+"/cac:Party", "the "+role+" is missing; add it")
		return Party{}
	}
	p := Party{
		LegalName:          x.text(n, "cac:PartyLegalEntity/cbc:RegistrationName"),
		TradeName:          x.text(n, "cac:PartyName/cbc:Name"),
		EndpointID:         x.text(n, "cbc:EndpointID"),
		VATNumber:          x.vatNumber(n),
		RegistrationNumber: x.text(n, "cac:PartyLegalEntity/cbc:CompanyID"),
		Street:             x.text(n, "cac:PostalAddress/cbc:StreetName"),
		City:               x.text(n, "cac:PostalAddress/cbc:CityName"),
		Postcode:           x.text(n, "cac:PostalAddress/cbc:PostalZone"),
		Country:            x.country(n, role),
		Contact: Contact{
			Name:  x.text(n, "cac:Contact/cbc:Name"),
			Phone: x.text(n, "cac:Contact/cbc:Telephone"),
			Email: x.text(n, "cac:Contact/cbc:ElectronicMail"),
		},
	}
	p.RegistrationScheme = x.scheme(n, "cac:PartyLegalEntity/cbc:CompanyID")
	x.enterpriseNumber(n.Path()+"/cac:PartyLegalEntity/cbc:CompanyID", p.RegistrationScheme, p.RegistrationNumber)
	x.required(n, "cac:PartyLegalEntity/cbc:RegistrationName", "the legal name of the "+role)
	if x.required(n, "cbc:EndpointID", "the Peppol address of the "+role) {
		p.EndpointScheme = x.scheme(n, "cbc:EndpointID")
		if p.EndpointScheme == "" {
			x.fail(CodeMissing, n.Path()+"/cbc:EndpointID/@schemeID",
				"the scheme of the "+role+"'s Peppol address is missing or unknown; add it, 0208 for a Belgian enterprise number or 0106 for a KvK number for example")
		}
		x.enterpriseNumber(n.Path()+"/cbc:EndpointID", p.EndpointScheme, p.EndpointID)
	}
	return p
}

// contact warns where nobody at the buyer can be reached from an invoice alone
// (BT-57, BT-58). It is common and no fault: the customer's own record has
// contacts.
func (x *extractor) contact() {
	buyer := x.doc.Buyer
	if x.kind == KindInvoice && buyer != (Party{}) && buyer.Contact.Phone == "" && buyer.Contact.Email == "" {
		x.warn(CodeContactMissing, x.root.Path()+"/cac:AccountingCustomerParty/cac:Party/cac:Contact",
			"the buyer names neither an e-mail address nor a telephone number; have them in the customer's own record")
	}
}

// belgianEnterprise is the EAS and ICD code of the Belgian enterprise number.
const belgianEnterprise = "0208"

// enterpriseNumber warns of a Belgian enterprise number that cannot exist: no
// customer is found by it.
func (x *extractor) enterpriseNumber(at, scheme, number string) {
	if scheme == belgianEnterprise && number != "" && !isEnterpriseNumber(normalizeID(number)) {
		x.warn(CodeEnterpriseNumber, at, "the number is no Belgian enterprise number (scheme 0208): it has ten digits, begins with 0 or 1, and its last two are 97 less the first eight modulo 97; check it for a typing error")
	}
}

// isEnterpriseNumber tests the check digits of the Crossroads Bank for
// Enterprises: 0566988259 ends in 59, which is 97 - 05669882 mod 97.
func isEnterpriseNumber(number string) bool {
	n, err := strconv.ParseUint(number, 10, 64)
	return err == nil && len(number) == 10 && number[0] <= '1' && n%100 == 97-n/100%97
}

// scheme returns the schemeID of the element at a path; "" where either is
// absent.
func (x *extractor) scheme(from *xmlsafe.Node, path string) string {
	n := x.one(from, path)
	if n == nil {
		return ""
	}
	id := n.Attr("schemeID")
	if !isScheme(id) {
		if id != "" {
			x.warn(CodeInvalidCode, n.Path()+"/@schemeID", "the scheme is not one of the ISO 6523 or EAS lists and was left out; use a code such as 0208")
		}
		return ""
	}
	return id
}

// isScheme reports whether a value has the form of an EAS or ICD code: four
// digits, or two capitals as in EM for e-mail.
func isScheme(s string) bool {
	switch len(s) {
	case 4:
		return strings.Trim(s, "0123456789") == ""
	case 2:
		return twoCapitals(s)
	}
	return false
}

// vatNumber returns the number of the tax registration that is for VAT
// (TaxScheme VAT). A supplier may have a second one for another tax (BT-32).
func (x *extractor) vatNumber(party *xmlsafe.Node) string {
	var vat []*xmlsafe.Node
	for _, scheme := range party.All("cac:PartyTaxScheme") {
		if isVATScheme(scheme) {
			vat = append(vat, scheme)
		}
	}
	if len(vat) == 0 {
		return ""
	}
	if len(vat) > 1 {
		x.noteRepeated(vat)
	}
	return x.text(vat[0], "cbc:CompanyID")
}

func isVATScheme(scheme *xmlsafe.Node) bool {
	for _, tax := range scheme.All("cac:TaxScheme") {
		for _, id := range tax.All("cbc:ID") {
			if strings.EqualFold(strings.TrimSpace(id.Text()), "VAT") {
				return true
			}
		}
	}
	return false
}

func (x *extractor) country(party *xmlsafe.Node, role string) string {
	const path = "cac:PostalAddress/cac:Country/cbc:IdentificationCode"
	if !x.required(party, path, "the country of the "+role) {
		return ""
	}
	code := x.text(party, path)
	if !twoCapitals(code) {
		x.fail(CodeInvalidCode, party.Path()+"/"+path, "the country of the "+role+" is not a code of two capitals (ISO 3166-1), such as NL")
		return ""
	}
	return code
}

func twoCapitals(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

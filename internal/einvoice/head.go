package einvoice

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"maan/internal/xmlsafe"
)

// maxNumber is the longest invoice number, in characters: workflow ids are
// built from it.
const maxNumber = 100

// peppolProcess is how every ProfileID (BT-23) of Peppol billing starts
// (PEPPOL-EN16931-R007).
const peppolProcess = "urn:fdc:peppol.eu:2017:poacc:billing:"

func (x *extractor) profile() {
	const path = "cbc:CustomizationID"
	if x.required(x.root, path, "the specification identifier (BT-24)") {
		rest, ok := strings.CutPrefix(x.text(x.root, path), peppolBilling3)
		if !ok || (rest != "" && rest[0] != '#') {
			x.fail(CodeProfile, x.root.Path()+"/"+path,
				"the document does not follow Peppol BIS Billing 3.0; the identifier must start with "+peppolBilling3)
		}
	}
	if !strings.HasPrefix(x.text(x.root, "cbc:ProfileID"), peppolProcess) {
		x.warn(CodeProfile, x.root.Path()+"/cbc:ProfileID",
			"the business process is missing or not one of Peppol billing; it should be "+peppolProcess+"01:1.0")
	}
}

// number returns BT-1. It is taken as it stands, spaces inside included: the
// buyer and the bank will quote it so.
func (x *extractor) number() string {
	const path = "cbc:ID"
	n := x.one(x.root, path)
	if n == nil {
		x.fail(CodeMissing, x.root.Path()+"/"+path, "the document's number is missing; add it")
		return ""
	}
	no := strings.TrimSpace(n.Text())
	if reason := numberFault(no); reason != "" {
		x.fail(CodeInvalidNumber, x.root.Path()+"/"+path, "the document's number "+reason)
		return ""
	}
	return no
}

// numberFault says what is wrong with a document number; "" where nothing is.
func numberFault(no string) string {
	switch {
	case no == "":
		return "is empty; add it"
	case utf8.RuneCountInString(no) > maxNumber:
		return fmt.Sprintf("is longer than %d characters; shorten it", maxNumber)
	case strings.ContainsFunc(no, xmlsafe.Invisible):
		return "holds control or invisible characters, such as a line break; remove them"
	}
	return ""
}

// Type codes of UNCL1001 that Peppol BIS Billing 3.0 allows in an invoice and
// in a credit note (PEPPOL-EN16931-P0100 and P0101).
var (
	invoiceTypes = wordSet("71 80 82 84 102 218 219 326 331 380 382 383 384 386 388 389 393 395 553 575 623 780 817 870 875 876 877")
	creditTypes  = wordSet("81 83 381 396 532")
)

const (
	typeFactoredInvoice    = "393"
	typeFactoredCreditNote = "396"
)

func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}

func (x *extractor) typeCode() string {
	path, own, other := "cbc:InvoiceTypeCode", invoiceTypes, creditTypes
	if x.kind == KindCreditNote {
		path, own, other = "cbc:CreditNoteTypeCode", creditTypes, invoiceTypes
	}
	if !x.required(x.root, path, "the type code (BT-3)") {
		return ""
	}
	code, at := x.text(x.root, path), x.root.Path()+"/"+path
	switch {
	case own[code]:
	case other[code]:
		x.fail(CodeTypeCode, at, fmt.Sprintf("type code %s does not belong in this kind of document; use Invoice for invoices (380) and CreditNote for credit notes (381)", code))
	case !isCode(code):
		x.fail(CodeInvalidCode, at, "the type code is not one of UNCL1001; 380 is an invoice, 381 a credit note")
	default:
		x.warn(CodeTypeCode, at, fmt.Sprintf("type code %s is not one that Peppol allows here; the document is taken as an ordinary one", code))
	}
	return code
}

// isCode reports whether a value has the form of a UN/CEFACT code: one to
// three capitals or digits.
func isCode(s string) bool {
	if s == "" || len(s) > 3 {
		return false
	}
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'A' || s[i] > 'Z') {
			return false
		}
	}
	return true
}

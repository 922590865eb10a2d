package einvoice

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"maan/internal/calendar"
	"maan/internal/money"
	"maan/internal/xmlsafe"
)

// maxValue bounds every value but the payment terms, in characters.
const maxValue = 1000

// single are the elements that decide what is claimed from whom: where one
// comes twice, nobody can say which is meant, and the document is refused.
// Any other element that should be single is taken from its first occurrence,
// with a warning.
var single = map[string]bool{
	"cbc:ID": true, "cbc:IssueDate": true, "cbc:DueDate": true,
	"cbc:InvoiceTypeCode": true, "cbc:CreditNoteTypeCode": true, "cbc:DocumentCurrencyCode": true,
	"cac:LegalMonetaryTotal":                   true,
	"cac:LegalMonetaryTotal/cbc:PayableAmount": true,
	"cac:AccountingSupplierParty":              true,
	"cac:AccountingSupplierParty/cac:Party":    true,
	"cac:AccountingCustomerParty":              true,
	"cac:AccountingCustomerParty/cac:Party":    true,
	"cac:PayeeParty":                           true,
}

// extractor turns the kept tree of one document into a Document, and notes
// what is wrong on the way.
type extractor struct {
	kind     Kind
	root     *xmlsafe.Node
	doc      *Document
	findings []Finding
	noted    map[Finding]bool // a value may be read twice, a fault is told once
}

// extract reads every value of the document, then checks them together. The
// document is meaningful only where no finding is an error.
func extract(s *scanned) (*Document, []Finding) {
	x := &extractor{
		kind: s.kind, root: s.root, noted: map[Finding]bool{},
		doc: &Document{Kind: s.kind, Lines: s.lines},
	}
	x.head()
	x.references()
	x.doc.Supplier = x.party("cac:AccountingSupplierParty", "supplier")
	x.doc.Buyer = x.party("cac:AccountingCustomerParty", "buyer")
	x.delivery()
	x.payment()
	x.totals()
	x.dueDate()
	x.block()
	x.contact()
	return x.doc, x.findings
}

func (x *extractor) head() {
	x.profile()
	x.doc.Number = x.number()
	if x.required(x.root, "cbc:IssueDate", "the issue date") {
		x.doc.IssueDate = x.date(x.root, "cbc:IssueDate", SeverityError)
	}
	x.doc.TypeCode = x.typeCode()
	x.doc.Currency = x.currency()
	if x.doc.Lines == 0 {
		x.warn(CodeNoLines, x.root.Path(), "the document has no lines (BR-16); check that it is whole")
	}
}

// noOrder stands in for the buyer's order number where the seller has only one
// of its own to give (Peppol BIS Billing 3.0, BT-14).
const noOrder = "NA"

func (x *extractor) references() {
	d := x.doc
	if order := x.text(x.root, "cac:OrderReference/cbc:ID"); order != noOrder {
		d.OrderRef = order
	}
	d.BuyerRef = x.text(x.root, "cbc:BuyerReference")
	d.DespatchRef = x.text(x.root, "cac:DespatchDocumentReference/cbc:ID")
	d.ReceiptRef = x.text(x.root, "cac:ReceiptDocumentReference/cbc:ID")
	d.ContractRef = x.text(x.root, "cac:ContractDocumentReference/cbc:ID")
	d.PaymentTerms = x.terms()
	d.Preceding = x.preceding()
	if d.OrderRef == "" && d.BuyerRef == "" {
		x.warn(CodeBuyerReferenceAbsent, x.root.Path()+"/cbc:BuyerReference",
			"there is neither a buyer reference nor an order reference (PEPPOL-EN16931-R003), which buyers use as a reason not to pay; add one")
	}
}

func (x *extractor) delivery() {
	const place = "cac:Delivery/cac:DeliveryLocation/"
	d := x.doc
	d.DeliveryDate = x.date(x.root, "cac:Delivery/cbc:ActualDeliveryDate", SeverityWarning)
	d.DeliveryParty = x.text(x.root, "cac:Delivery/cac:DeliveryParty/cac:PartyName/cbc:Name")
	d.DeliveryPlace = Place{
		ID:       x.text(x.root, place+"cbc:ID"),
		Street:   x.text(x.root, place+"cac:Address/cbc:StreetName"),
		City:     x.text(x.root, place+"cac:Address/cbc:CityName"),
		Postcode: x.text(x.root, place+"cac:Address/cbc:PostalZone"),
		Country:  x.text(x.root, place+"cac:Address/cac:Country/cbc:IdentificationCode"),
	}
}

// preceding collects BT-25 from however many references there are, each
// number once.
func (x *extractor) preceding() []string {
	var numbers []string
	seen := map[string]bool{}
	bad, badPath := 0, ""
	for _, ref := range x.root.All("cac:BillingReference") {
		for _, inv := range ref.All("cac:InvoiceDocumentReference") {
			for _, id := range inv.All("cbc:ID") {
				no := strings.TrimSpace(id.Text())
				switch {
				case numberFault(no) != "":
					if bad++; bad == 1 {
						badPath = id.Path()
					}
				case !seen[no]:
					seen[no] = true
					numbers = append(numbers, no)
				}
			}
		}
	}
	if bad > 0 {
		x.warn(CodeInvalidNumber, badPath, fmt.Sprintf("%d numbers of preceding invoices are empty, too long or hold control characters and were left out; correct this one first", bad))
	}
	if x.kind == KindCreditNote && len(numbers) == 0 {
		x.warn(CodePrecedingMissing, x.root.Path()+"/cac:BillingReference", "the credit note names no invoice (BT-25), so a person must match it; name the invoice")
	}
	return numbers
}

// one returns the element at a path below from, nil where there is none. Where
// a step has several, it takes the first and says so.
func (x *extractor) one(from *xmlsafe.Node, path string) *xmlsafe.Node {
	for name := range strings.SplitSeq(path, "/") {
		found := from.All(name)
		if len(found) == 0 {
			return nil
		}
		if len(found) > 1 {
			x.noteRepeated(found)
		}
		from = found[0]
	}
	return from
}

func (x *extractor) noteRepeated(found []*xmlsafe.Node) {
	at := found[1].Path()
	if single[strings.TrimPrefix(found[0].Path(), x.root.Path()+"/")] {
		x.fail(CodeRepeated, at, fmt.Sprintf("the element occurs %d times and must occur once; keep the right one", len(found)))
		return
	}
	x.warn(CodeRepeated, at, fmt.Sprintf("the element occurs %d times; the first was used, check that it is the right one", len(found)))
}

// text returns the value at a path, trimmed and on one line.
func (x *extractor) text(from *xmlsafe.Node, path string) string {
	return x.value(x.one(from, path))
}

// value returns the value of an element, trimmed and on one line; "" for nil.
func (x *extractor) value(n *xmlsafe.Node) string {
	text, clean := n.Value()
	if !clean {
		x.warn(CodeControlCharacter, n.Path(), "the value holds control or invisible characters, which were left out; remove them")
	}
	if utf8.RuneCountInString(text) > maxValue {
		x.fail(CodeTooLong, n.Path(), fmt.Sprintf("the value is longer than %d characters; shorten it", maxValue))
	}
	return text
}

// terms returns the payment terms, with their line breaks.
func (x *extractor) terms() string {
	n := x.one(x.root, termsPath)
	if n == nil {
		return ""
	}
	keep := func(r rune) rune {
		if r == '\n' {
			return r
		}
		if r == '\t' {
			return ' '
		}
		if xmlsafe.Invisible(r) {
			return -1
		}
		return r
	}
	return strings.TrimSpace(strings.Map(keep, n.Text()))
}

// required notes an error where the value at the path is empty. It reports
// whether it is there.
func (x *extractor) required(from *xmlsafe.Node, path, what string) bool {
	if x.text(from, path) != "" {
		return true
	}
	x.fail(CodeMissing, from.Path()+"/"+path, what+" is missing; add it")
	return false
}

// date reads an optional date; the severity is that of an unreadable one.
func (x *extractor) date(from *xmlsafe.Node, path string, severity Severity) calendar.Date {
	n := x.one(from, path)
	text := x.value(n)
	if text == "" {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(text)
	if err != nil {
		x.add(severity, CodeInvalidDate, n.Path(), err.Error())
		return calendar.Date{}
	}
	return d
}

// currency returns the document's currency; "" where it is not known.
func (x *extractor) currency() money.Currency {
	const path = "cbc:DocumentCurrencyCode"
	if !x.required(x.root, path, "the currency") {
		return ""
	}
	n := x.one(x.root, path)
	code := x.value(n)
	if _, err := money.Parse("0", code); err != nil {
		x.fail(CodeUnknownCurrency, n.Path(), err.Error())
		return ""
	}
	return money.Currency(code)
}

func (x *extractor) fail(code Code, path, message string) {
	x.add(SeverityError, code, path, message)
}

func (x *extractor) warn(code Code, path, message string) {
	x.add(SeverityWarning, code, path, message)
}

func (x *extractor) add(severity Severity, code Code, path, message string) {
	f := Finding{Severity: severity, Code: code, Path: path, Message: message}
	if !x.noted[f] {
		x.noted[f] = true
		x.findings = append(x.findings, f)
	}
}

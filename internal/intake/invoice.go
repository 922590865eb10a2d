package intake

import (
	"fmt"
	"io"
	"iter"

	"maan/internal/calendar"
	"maan/internal/money"
	"maan/internal/reference"
	"maan/internal/sheet"
)

// Invoice is an invoice to collect, as a row of a file says it.
type Invoice struct {
	Customer  Customer      `json:"customer"`
	Number    string        `json:"number"`
	IssueDate calendar.Date `json:"issue_date"`
	DueDate   calendar.Date `json:"due_date"`
	Amount    money.Amount  `json:"amount"`
	// Open is what is still owed, in the currency of Amount; Amount itself where the file
	// does not say.
	Open             money.Amount `json:"open"`
	PurchaseOrder    string       `json:"purchase_order,omitempty"`
	PaymentReference string       `json:"payment_reference,omitempty"`
	IBAN             string       `json:"iban,omitempty"` // canonical if IBANValid; empty: the creditor's
	IBANValid        bool         `json:"iban_valid,omitempty"`
	DeliveryRequired bool         `json:"delivery_required,omitempty"` // the ladder waits for the last delivery
	Delivery         *Delivery    `json:"delivery,omitempty"`
	// AlreadySent is how the customer got the invoice; nil: it is to be sent from here.
	AlreadySent *Sent `json:"already_sent,omitempty"`
}

// Delivery is the delivery under an invoice; a file knows the last one only.
type Delivery struct {
	On    calendar.Date `json:"on"`
	Proof string        `json:"proof,omitempty"`
}

// Sent says how an invoice went out before it came here.
type Sent struct {
	Channel string        `json:"channel"` // erp, peppol, post or portal
	On      calendar.Date `json:"on"`
	Proof   string        `json:"proof,omitempty"`
}

// InvoiceSchema is what a file of invoices may hold. Beside the customer's number,
// customers that are new need name, kind and country. Every row says what is to be sent:
// sending is send_here or already_sent; a sent_on alone says already_sent. Nothing is
// sent because a column was forgotten.
func InvoiceSchema() sheet.Schema {
	return schema([]string{"customer_number", "invoice_number", "issue_date", "due_date", "amount", "currency"},
		append([]string{
			"open_amount", "purchase_order", "payment_reference", "iban", "delivery", "delivered_on", "delivery_proof",
			"sending", "sent_channel", "sent_on", "sent_proof",
		}, customerFields...)...)
}

// InvoiceOptions are how to read a file of invoices.
type InvoiceOptions struct {
	Mapping sheet.Mapping
	Limits  sheet.Limits
	// Today bounds dates that cannot lie ahead; the zero date bounds nothing.
	Today calendar.Date
}

// InvoiceFile is a file of invoices that can be read.
type InvoiceFile struct {
	*sheet.Table

	today calendar.Date
}

// InvoiceRow is one row. Invoice is nil if the row has faults.
type InvoiceRow struct {
	*sheet.Row

	Invoice *Invoice
}

// Invoices opens a file of invoices. The error is a *[sheet.Refusal] where the file as a
// whole cannot be read.
func Invoices(r io.Reader, o InvoiceOptions) (*InvoiceFile, error) {
	t, err := sheet.Open(r, InvoiceSchema(), o.Mapping, o.Limits)
	if err != nil {
		return nil, err //nolint:wrapcheck // a refusal is the answer
	}
	var faults []sheet.Fault
	need := func(field, why string) {
		if !t.Has(field) {
			faults = append(faults, sheet.Fault{
				Field: field, Code: sheet.CodeMissingColumn, Message: "the header has no column for it, and " + why,
				Mend: fmt.Sprintf("add a column named %s, or state defaults.%s in the mapping", field, field),
			})
		}
	}
	if t.Has("name") {
		need("kind", "customers with a name are created")
		need("country", "customers with a name are created")
	}
	if !t.Has("sent_on") {
		need("sending", "an invoice that was sent already must not be sent again")
	}
	if len(faults) > 0 {
		return nil, &sheet.Refusal{Faults: faults}
	}
	return &InvoiceFile{Table: t, today: o.Today}, nil
}

// Invoices goes through the rows as [sheet.Table.Rows] does. A number that comes twice
// with the same content is handed out twice, with a note; with other content the second
// is a fault.
func (f *InvoiceFile) Invoices() iter.Seq2[InvoiceRow, error] {
	return func(yield func(InvoiceRow, error) bool) {
		in := invoiceReader{today: f.today, customers: newCustomers(), numbers: newNumbers()}
		for row, err := range f.Rows() {
			if err != nil {
				yield(InvoiceRow{}, err)
				return
			}
			if !yield(in.read(row), nil) {
				return
			}
		}
	}
}

type invoiceReader struct {
	today     calendar.Date
	customers *customers
	numbers   numbers
}

func (in *invoiceReader) read(r *sheet.Row) InvoiceRow {
	if r.Broken() {
		return InvoiceRow{Row: r}
	}
	i := &Invoice{
		Customer: in.customers.read(r), Number: need(r, "invoice_number", maxNumber),
		PurchaseOrder: line(r, "purchase_order", 200), PaymentReference: line(r, "payment_reference", 140),
	}
	i.IssueDate, i.DueDate = in.dates(r)
	i.Amount, i.Open = in.amounts(r)
	i.IBAN, i.IBANValid = account(r)
	in.delivery(r, i)
	i.AlreadySent = in.sent(r)
	if !r.Bad() {
		in.numbers.check(r, "invoice_number", i.Number, i)
	}
	if r.Bad() {
		i = nil
	}
	return InvoiceRow{Row: r, Invoice: i}
}

// dates reads the two dates that every invoice has.
func (in *invoiceReader) dates(r *sheet.Row) (issue, due calendar.Date) {
	r.Need("issue_date")
	r.Need("due_date")
	issue, due = r.Date("issue_date"), r.Date("due_date")
	checkDates(r, issue, due, in.today)
	return issue, due
}

func checkDates(r *sheet.Row, issue, due, today calendar.Date) {
	if !today.IsZero() && issue.After(today.AddDays(366)) {
		r.Fail("issue_date", CodeTooFar, "the invoice is issued more than a year ahead", "correct the date")
	}
	if issue.IsZero() || due.IsZero() {
		return
	}
	if due.Before(issue) {
		r.Fail("due_date", CodeDueBeforeIssue, "the invoice is due before it is issued", "correct one of the dates")
	}
	if due.DaysSince(issue) > 3*366 {
		r.Fail("due_date", CodeTooFar, "the invoice is due more than three years after issue", "correct one of the dates")
	}
}

func (in *invoiceReader) amounts(r *sheet.Row) (amount, open money.Amount) {
	r.Need("amount")
	c := currency(r)
	amount, ok := r.Amount("amount", c)
	if ok && !amount.IsPositive() {
		r.Fail("amount", CodeNotPositive, "an invoice is for more than zero", "leave credit notes out: they come with the open items")
	}
	open, stated := r.Amount("open_amount", c)
	switch {
	case !stated:
		return amount, amount
	case !open.IsPositive():
		r.Fail("open_amount", CodeNotPositive, "nothing is open any more", "leave the row out: there is nothing to collect")
	case ok && open.Minor > amount.Minor:
		r.Fail("open_amount", CodeOpenExceeds, "more is open than the invoice is for", "correct one of the amounts; interest and costs are no part of them")
	}
	return amount, open
}

// account reads the invoice's own account. An invalid one is only a note: the invoice is
// owed all the same, but no QR code is printed.
func account(r *sheet.Row) (iban string, valid bool) {
	text := line(r, "iban", 42)
	if text == "" {
		return "", false
	}
	canonical, err := reference.CheckIBAN(text)
	if err != nil {
		r.Note(NoteIBANInvalid, err.Error()+"; messages carry no QR code")
		return text, false
	}
	return canonical, true
}

// deliveries are the words for whether the ladder waits for a delivery.
var deliveries = words(map[bool]string{
	true:  "required yes true 1 ja oui",
	false: "not_applicable none no false 0 nee nein non",
})

func (in *invoiceReader) delivery(r *sheet.Row, i *Invoice) {
	required, stated := word(r, "delivery", deliveries, "write required or not_applicable")
	on, proof := r.Date("delivered_on"), line(r, "delivery_proof", 200)
	i.DeliveryRequired = required
	switch {
	case on.IsZero():
		if proof != "" && r.Text("delivered_on") == "" {
			r.Fail("delivered_on", sheet.CodeMissing, "there is a proof of delivery and no day of it", "say on which day was delivered")
		}
	case stated && !required:
		r.Fail("delivery", CodeContradiction, "no delivery belongs to the invoice, and a day of delivery is given", "correct one of them")
	default:
		in.past(r, "delivered_on", on)
		i.DeliveryRequired, i.Delivery = true, &Delivery{On: on, Proof: proof}
	}
}

func (in *invoiceReader) past(r *sheet.Row, field string, on calendar.Date) {
	if !in.today.IsZero() && on.After(in.today.AddDays(1)) {
		r.Fail(field, CodeTooFar, "the day lies ahead", "give a day up to today")
	}
}

// sendings are the words for who sends an invoice; true: it was sent before.
var sendings = words(map[bool]string{
	true:  "already_sent sent reeds_verzonden verzonden versendet bereits_versendet envoyé déjà_envoyé",
	false: "send_here hier_verzenden hier_versenden envoyer_ici",
})

// channels are the words for how an invoice was sent.
var channels = words(map[string]string{
	"erp": "erp", "peppol": "peppol", "post": "post mail letter brief poste courrier", "portal": "portal portaal portail",
})

func (in *invoiceReader) sent(r *sheet.Row) *Sent {
	var s Sent
	var named bool
	already, stated := word(r, "sending", sendings, "write send_here or already_sent")
	s.Channel, named = word(r, "sent_channel", channels, "write erp, peppol, post or portal")
	s.On, s.Proof = r.Date("sent_on"), line(r, "sent_proof", 200)
	switch {
	case r.Text("sending") != "" && !stated: // told already
		return nil
	case !stated && r.Text("sent_on") == "":
		r.Fail("sending", sheet.CodeMissing, "the row does not say whether the invoice was sent already", "write send_here, or already_sent with its channel and day")
		return nil
	case stated && !already:
		if r.Text("sent_on") != "" {
			r.Fail("sending", CodeContradiction, "the invoice is to be sent, and the day on which it was sent is given", "correct one of them")
		}
		return nil
	}
	r.Need("sent_on")
	if !named && r.Text("sent_channel") == "" {
		r.Need("sent_channel")
	}
	in.past(r, "sent_on", s.On)
	return &s
}

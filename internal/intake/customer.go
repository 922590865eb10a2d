package intake

import (
	"net/mail"
	"regexp"

	"maan/internal/dunning"
	"maan/internal/sheet"
	"maan/internal/sms"
)

// Customer is a customer of a file. One without LegalName is only named: it must be
// known already.
type Customer struct {
	Number    string             `json:"number"`
	LegalName string             `json:"legal_name,omitempty"`
	Kind      dunning.DebtorKind `json:"kind,omitempty"`     // stated if LegalName is
	Country   string             `json:"country,omitempty"`  // stated if LegalName is
	Language  string             `json:"language,omitempty"` // empty: the creditor's
	// Contact is what the row says of the customer's contact; nil: nothing.
	Contact *Contact `json:"contact,omitempty"`
}

// Stated reports whether the file says enough to create the customer.
func (c *Customer) Stated() bool { return c.LegalName != "" }

// Contact is one way to reach a customer.
type Contact struct {
	Role          string `json:"role"` // accounts_payable unless the file says otherwise
	Name          string `json:"name,omitempty"`
	Email         string `json:"email,omitempty"`
	Phone         string `json:"phone,omitempty"`
	Mobile        string `json:"mobile,omitempty"` // E.164 where the country is known
	MobileBilling bool   `json:"mobile_billing,omitempty"`
}

const maxNumber = 100 // characters of a customer's or an invoice's number, as in the contract

// customers reads customers, and keeps what the file said of each before.
type customers struct {
	seen map[string]*known
	// Reading a mobile number is slower than all the rest of a row, and a customer has
	// many invoices.
	mobiles map[mobile]dialled
}

type known struct {
	line     int
	customer Customer
}

type mobile struct{ number, country string }

type dialled struct {
	e164     string
	isMobile bool
	err      error
}

// maxMobiles bounds what is kept of mobile numbers.
const maxMobiles = 50_000

func newCustomers() *customers {
	return &customers{seen: map[string]*known{}, mobiles: map[mobile]dialled{}}
}

// read reads the customer of a row and compares it with what earlier rows say.
func (cs *customers) read(r *sheet.Row) Customer {
	c := Customer{Number: need(r, "customer_number", maxNumber), LegalName: line(r, "name", 200), Country: country(r), Language: tongue(r)}
	c.Kind, _ = word(r, "kind", kinds, kindMend)
	if c.LegalName != "" {
		r.Need("country")
		r.Need("kind")
	}
	c.Contact = cs.contact(r, c.Country)
	if !r.Bad() {
		cs.compare(r, &c)
	}
	return c
}

// contact reads the contact of a row; nil if the row has none.
func (cs *customers) contact(r *sheet.Row, country string) *Contact {
	c := Contact{
		Role: contactRole(r), Name: line(r, "contact_name", 200), Email: email(r), Phone: phone(r, "phone"), Mobile: phone(r, "mobile"),
	}
	billing, _ := r.Bool("mobile_billing")
	c.MobileBilling = billing && c.Mobile != "" // a default may say yes for customers without a mobile
	if c.Mobile != "" && country != "" {
		cs.dial(r, &c, country)
	}
	if c == (Contact{Role: c.Role}) {
		return nil
	}
	return &c
}

// dial brings the mobile number into its international form.
func (cs *customers) dial(r *sheet.Row, c *Contact, country string) {
	key := mobile{c.Mobile, country}
	d, kept := cs.mobiles[key]
	if !kept {
		d.e164, d.isMobile, d.err = sms.Mobile(c.Mobile, country)
		if len(cs.mobiles) >= maxMobiles {
			clear(cs.mobiles)
		}
		cs.mobiles[key] = d
	}
	switch {
	case d.err != nil:
		r.Fail("mobile", CodeInvalidNumber, "the number is not valid", "write it as +31612345678")
	case !d.isMobile && c.MobileBilling:
		r.Fail("mobile", CodeNotMobile, "the number is not that of a mobile", "put it under phone, or take off mobile_billing")
	default:
		c.Mobile = d.e164
	}
}

// emailForm is the contract's, which asks for a domain with a dot.
var emailForm = regexp.MustCompile(`^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$`)

func email(r *sheet.Row) string {
	text := r.Text("email")
	if text == "" {
		return ""
	}
	if a, err := mail.ParseAddress(text); err != nil || a.Address != text || len(text) > 254 || !emailForm.MatchString(text) {
		r.Fail("email", CodeInvalidEmail, "this is not one e-mail address", "give a plain address such as name@example.com, at most 254 characters")
		return ""
	}
	return text
}

// compare tells when the file contradicts itself about a customer. Contacts may well
// differ from invoice to invoice; what the customer is may not.
func (cs *customers) compare(r *sheet.Row, c *Customer) {
	before := cs.seen[c.Number]
	switch {
	case before == nil:
		cs.seen[c.Number] = &known{line: r.Line, customer: *c}
	case !c.Stated():
	case !before.customer.Stated():
		before.line, before.customer = r.Line, *c
	case c.LegalName != before.customer.LegalName || c.Kind != before.customer.Kind || c.Country != before.customer.Country ||
		(c.Language != before.customer.Language && c.Language != "" && before.customer.Language != ""):
		r.Fail("customer_number", CodeCustomerDiffers, "this customer has another name, kind, country or language on "+onLine(before.line),
			"make them agree, or give the other customer its own number")
	case !sameContact(c.Contact, before.customer.Contact):
		r.Note(NoteContactDiffers, "this customer has another contact on "+onLine(before.line))
	}
}

func sameContact(a, b *Contact) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

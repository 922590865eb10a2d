package message

import (
	"strings"
	"unicode"
)

// clean returns a copy of the data in which every text is one tidy line, so
// that no name can start a header, a paragraph or a second line of an SMS.
func clean(d Data) Data {
	d.Escalation.Steps = append([]StepLine(nil), d.Escalation.Steps...)
	for _, s := range d.texts() {
		*s = OneLine(*s)
	}
	return d
}

// texts returns every free text of the data. The steps must be a copy.
func (d *Data) texts() []*string {
	c, i := &d.Creditor, &d.Invoice
	texts := []*string{
		&c.Name, &c.LegalName, &c.RegistrationNumber, &c.VATNumber,
		&c.Street, &c.Postcode, &c.City, &c.Country,
		&c.Phone, &c.ContactName, &c.ReplyTo, &c.IBAN, &c.AccountName,
		&c.Website, &c.LogoURL,
		&d.Recipient.Name, &d.Recipient.FirstName,
		&d.Customer.Number, &d.Customer.LegalName,
		&i.Number, &i.PaymentReference, &i.PurchaseOrder,
		&d.AgencyName, &d.CaseReference, &d.Escalation.AccountManager,
	}
	for n := range d.Escalation.Steps {
		texts = append(texts, &d.Escalation.Steps[n].Label)
	}
	return texts
}

// OneLine returns s on one line: control characters and line separators become a
// space, characters that turn the direction of writing (a way to disguise a
// name) vanish, and runs of spaces become one.
func OneLine(s string) string {
	if tidy(s) {
		return s
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case unicode.IsControl(r), r == '\u2028', r == '\u2029', r == ' ':
			if text := b.String(); text != "" && !strings.HasSuffix(text, " ") {
				b.WriteByte(' ')
			}
		case turnsDirection(r):
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSuffix(b.String(), " ")
}

// tidy reports whether s is plain ASCII with nothing to mend, as nearly all
// texts are.
func tidy(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c > '~':
			return false
		case c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' '):
			return false
		}
	}
	return true
}

func turnsDirection(r rune) bool {
	return r == '\u200e' || r == '\u200f' || r == '\u061c' ||
		(r >= '\u202a' && r <= '\u202e') || (r >= '\u2066' && r <= '\u2069')
}

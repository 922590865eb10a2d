package document

import (
	"cmp"
	"strings"

	"maan/internal/calendar"
	"maan/internal/message"
	"maan/internal/money"
)

// facts is what the language files may mention, with every date and sum already
// written in the reader's language. Names are made printable here, so that no
// line break in one can end a paragraph.
type facts struct {
	Reader   string // the reader's full name, may be empty
	Customer string
	Creditor string
	Contact  string // the creditor's named person
	Phone    string

	Number, IssueDate, DueDate, Amount, Open string
	Days                                     int // past the due date, at the date of the document
	Date                                     string

	// The invoice.
	Channel, SentOn string
	Copy            bool // the original went another way
	Rate, Flat      string
	Discount        string

	// The reminder, sums first: what is demanded, and what of it is claimed on top
	// of the open amount. Empty: none.
	Total           string
	Interest, Costs string
	InterestUntil   string // last day of the interest claimed
	Law             string
	PayBy, Previous string
	Reopened        bool
}

// laws are those of which the language files have sentences on late payment
// ("terms.<law>", some of them once more for consumers, and "basis.<law>").
var laws = map[string]bool{"NL": true, "BE": true, "FR": true, "DE": true}

func (l Letterhead) facts() facts {
	return facts{
		Reader: printable(l.Customer.Attention), Customer: printable(l.Customer.LegalName), Creditor: printable(l.Creditor.Name),
		Contact: printable(l.Creditor.ContactName),
		Phone:   strings.ReplaceAll(printable(l.Creditor.Phone), " ", "\u00a0"), // no line ends inside a number
		Date:    l.Date.Format(l.Language),
	}
}

// about adds what is stated of an invoice.
func (f *facts) about(l Letterhead, i message.InvoiceFacts) {
	f.Number = printable(i.Number)
	f.IssueDate, f.DueDate = i.IssueDate.Format(l.Language), i.DueDate.Format(l.Language)
	f.Amount, f.Open = i.Amount.Format(l.Language), i.Open.Format(l.Language)
	f.Days = daysLate(i.DueDate, l.Date)
}

// daysLate counts calendar days after the due date; the due day itself is not
// late.
func daysLate(due, on calendar.Date) int { return max(0, on.DaysSince(due)) }

// paymentReference is what the customer mentions when paying, never empty.
func paymentReference(i message.InvoiceFacts) string {
	return cmp.Or(printable(i.PaymentReference), printable(i.Number))
}

// some writes an amount, or nothing for zero.
func some(a money.Amount, language string) string {
	if a.IsZero() {
		return ""
	}
	return a.Format(language)
}

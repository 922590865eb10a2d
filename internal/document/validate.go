package document

import (
	"fmt"
	"strings"

	"maan/internal/calendar"
	"maan/internal/message"
	"maan/internal/money"
	"maan/internal/reference"
)

const (
	maxLines  = 20_000 // of a statement or a computation
	maxFaults = 30     // named in one error
)

// faults collects what is missing or impossible, by the names an operator finds
// in the record.
type faults struct {
	names []string
	more  int
}

func (f *faults) add(bad bool, format string, args ...any) {
	switch {
	case !bad:
	case len(f.names) == maxFaults:
		f.more++
	default:
		f.names = append(f.names, fmt.Sprintf(format, args...))
	}
}

// error returns a *MissingError, or nil when there is no fault.
func (f *faults) error(document string) error {
	if len(f.names) == 0 {
		return nil
	}
	if f.more > 0 {
		f.names = append(f.names, fmt.Sprintf("and %d more", f.more))
	}
	return &MissingError{Document: document, Fields: f.names}
}

func (f *faults) text(name, value string) { f.add(blank(value), "%s", name) }

func (f *faults) date(name string, d calendar.Date) { f.add(d.IsZero(), "%s", name) }

// amount wants a known currency and no negative amount.
func (f *faults) amount(name string, a money.Amount) {
	_, known := a.Currency.Digits()
	f.add(!known || a.IsNegative(), "%s", name)
}

// in wants an amount of the given currency.
func (f *faults) in(name string, a money.Amount, c money.Currency) {
	f.add(a.Currency != c, "%s (in the currency of the invoice)", name)
	f.add(a.IsNegative(), "%s (not negative)", name)
}

func blank(s string) bool { return strings.TrimSpace(printable(s)) == "" }

// letterhead is what identifies the sender: the identification that business
// letters must carry (for instance § 35a GmbHG, art. 2:25 CSA, art. 2:186 BW,
// art. R123-237 code de commerce), and somebody to call.
func (f *faults) letterhead(l Letterhead) {
	c := l.Creditor
	f.date("date", l.Date)
	f.text("creditor.name", c.Name)
	f.add(blank(c.RegistrationNumber) && blank(c.VATNumber), "creditor.registration_number or creditor.vat_number")
	f.text("creditor.street", c.Street)
	f.text("creditor.postcode", c.Postcode)
	f.text("creditor.city", c.City)
	f.text("creditor.phone", c.Phone)
	f.text("creditor.contact_name", c.ContactName)
	f.text("creditor.reply_to", c.ReplyTo)
	f.text("customer.legal_name", l.Customer.LegalName)
}

func (f *faults) account(c message.Creditor) {
	f.text("creditor.iban", c.IBAN)
	f.text("creditor.account_name", c.AccountName)
}

func (f *faults) invoice(i message.InvoiceFacts) {
	f.text("invoice.number", i.Number)
	f.date("invoice.issue_date", i.IssueDate)
	f.date("invoice.due_date", i.DueDate)
	f.amount("invoice.amount", i.Amount)
	f.add(i.Amount.IsZero(), "invoice.amount (above zero)")
	f.in("invoice.open", i.Open, i.Amount.Currency)
	f.add(i.Open.Minor > i.Amount.Minor, "invoice.open (not above invoice.amount)")
}

func (l Letterhead) supported() error {
	if !message.Supported(l.Language) {
		return fmt.Errorf("%w: %q", message.ErrLanguage, l.Language)
	}
	return nil
}

func (d InvoiceData) validate() error {
	if err := d.supported(); err != nil {
		return err
	}
	var f faults
	f.letterhead(d.Letterhead)
	f.invoice(d.Invoice)
	if d.Invoice.Open.IsPositive() {
		f.account(d.Creditor)
	}
	if d.Original != nil {
		f.text("original.channel", d.Original.Channel)
		f.date("original.sent_on", d.Original.SentOn)
	}
	if d.Terms.Law == "FR" && !d.Terms.Consumer {
		f.text("terms.rate", d.Terms.Rate)
	}
	f.add(d.Terms.Rate != "" && !isDecimal(d.Terms.Rate), "terms.rate (a plain decimal)")
	return f.error("invoice")
}

func (d ReminderData) validate() error {
	if err := d.supported(); err != nil {
		return err
	}
	var f faults
	f.letterhead(d.Letterhead)
	f.text("customer.street", d.Customer.Street)
	f.text("customer.city", d.Customer.City)
	f.invoice(d.Invoice)
	f.add(d.Invoice.Open.IsZero(), "invoice.open (above zero)")
	f.account(d.Creditor)
	f.date("pay_by", d.PayBy)
	f.add(!d.PayBy.IsZero() && !d.PayBy.After(d.Date), "pay_by (after date)")
	f.add(!d.Invoice.DueDate.Before(d.Date), "invoice.due_date (before date)")
	f.claimed(d)
	f.add(len(d.Claimed.Interest)+len(d.Claimed.Costs) > maxLines, "at most %d lines of interest and costs", maxLines)
	return f.error("reminder")
}

func (f *faults) claimed(d ReminderData) {
	c, currency := d.Claimed, d.Invoice.Open.Currency
	needsArticle := !laws[d.Law]
	for i, l := range c.Interest {
		at := fmt.Sprintf("claimed.interest[%d]", i)
		f.add(l.From.IsZero() || l.To.Before(l.From), "%s.from and to", at)
		f.add(l.Days < 1, "%s.days", at)
		f.add(!isDecimal(l.Rate), "%s.rate (a plain decimal)", at)
		f.in(at+".base", l.Base, currency)
		f.in(at+".amount", l.Amount, currency)
		f.add(needsArticle && blank(l.Article), "%s.article", at)
	}
	for i, l := range c.Costs {
		at := fmt.Sprintf("claimed.costs[%d]", i)
		f.text(at+".kind", l.Kind)
		if !l.Base.IsZero() {
			f.in(at+".base", l.Base, currency)
		}
		f.in(at+".amount", l.Amount, currency)
		f.add(needsArticle && blank(l.Article), "%s.article", at)
	}
	if len(c.Interest) > 0 || !c.InterestTotal.IsZero() {
		f.in("claimed.interest_total", c.InterestTotal, currency)
		f.add(!c.interestAgrees(), "claimed.interest_total (the sum of the lines, rounded once)")
	}
}

// interestAgrees reports whether the total is the sum of the lines but for
// rounding: half a minor unit for each line and for the total.
func (c Claim) interestAgrees() bool {
	sum := money.New(0, c.InterestTotal.Currency)
	for _, l := range c.Interest {
		var err error
		if sum, err = sum.Add(l.Amount); err != nil {
			return false
		}
	}
	difference, err := sum.Sub(c.InterestTotal)
	allowed := int64(len(c.Interest)+1) / 2
	return err == nil && max(difference.Minor, -difference.Minor) <= allowed
}

func (d StatementData) validate() error {
	if err := d.supported(); err != nil {
		return err
	}
	var f faults
	f.letterhead(d.Letterhead)
	f.account(d.Creditor)
	f.add(len(d.Items)+len(d.Payments)+len(d.Credits) > maxLines, "at most %d items, payments and credits", maxLines)
	for i, item := range d.Items {
		at := fmt.Sprintf("items[%d]", i)
		f.text(at+".number", item.Number)
		f.date(at+".issue_date", item.IssueDate)
		f.date(at+".due_date", item.DueDate)
		f.amount(at+".amount", item.Amount)
		f.add(!item.Open.IsPositive() || item.Open.Currency != item.Amount.Currency, "%s.open (above zero, in the currency of the amount)", at)
	}
	f.entries("payments", d.Payments)
	f.entries("credits", d.Credits)
	return f.error("statement")
}

func (f *faults) entries(name string, entries []Entry) {
	for i, e := range entries {
		at := fmt.Sprintf("%s[%d]", name, i)
		f.date(at+".date", e.Date)
		f.amount(at+".amount", e.Amount)
	}
}

// isDecimal reports whether s is a plain decimal as a rate is written: digits,
// perhaps a sign before and a dot with digits behind.
func isDecimal(s string) bool {
	whole, fraction, dotted := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return len(s) <= 12 && whole != "" && dotted == (fraction != "") && reference.OnlyDigits(whole+fraction)
}

package message

import (
	"strings"

	"maan/internal/calendar"
	"maan/internal/money"
	"maan/internal/reference"
)

// facts is what the language files may mention: the data with every date and
// sum already written in the reader's language.
type facts struct {
	Creditor Creditor
	Customer Customer

	FullName  string // the reader's full name, else first name, else empty
	GivenName string // the reader's first name, else full name, else empty
	Contact   string // the creditor's named person
	Phone     string // the creditor's phone
	Agency    string
	Manager   string
	Caller    string // call scripts only
	Sender    string // the creditor's name as an SMS carries it

	Number        string
	Reference     string // what the customer mentions when paying, never empty
	CaseReference string

	Amount, Open, OpenSMS        string
	IssueDate, DueDate, DueShort string
	PayBy, PayByShort, Previous  string
	HandOffOn, Deadline          string
	Days                         int
	Attached, MayAdd, Reopened   bool
	Overdue                      bool // the due date has passed
	Partial                      bool // less is open than was invoiced
	Settled                      bool // nothing is open

	Claim    Claim
	Asked    string // the sum that the message asks for
	Rate     string // of the interest, "10.40"
	Interest string
	Costs    string
	Claimed  bool // interest or costs are asked
	Until    string
	Known    string // last day of which the rate is known; empty: all are

	Count  int // invoices that the message is about; 0: one, and Asked is what is asked for it
	Finals int // of these, what goes to an agency next

	Together bool // one transfer pays them all
}

func newFacts(language string, d Data) *facts {
	when := func(at calendar.Date) string { return at.Format(language) }
	sum := func(a money.Amount) string { return a.Format(language) }
	return &facts{
		Creditor: d.Creditor, Customer: d.Customer,
		FullName:  either(d.Recipient.Name, d.Recipient.FirstName),
		GivenName: either(d.Recipient.FirstName, d.Recipient.Name),
		Contact:   d.Creditor.ContactName, Phone: d.Creditor.Phone,
		Agency: d.AgencyName, Manager: d.Escalation.AccountManager,
		Sender: d.Creditor.Name,

		Number:        d.Invoice.Number,
		Reference:     either(d.Invoice.PaymentReference, d.Invoice.Number),
		CaseReference: either(d.CaseReference, ownReference(d)),

		Amount: sum(d.Invoice.Amount), Open: sum(d.Invoice.Open),
		OpenSMS:   d.Invoice.Open.FormatSMS(language),
		IssueDate: when(d.Invoice.IssueDate), DueDate: when(d.Invoice.DueDate),
		DueShort: d.Invoice.DueDate.FormatShort(language),
		PayBy:    when(d.PayBy), PayByShort: d.PayBy.FormatShort(language),
		Previous:  when(d.PreviousReminder),
		HandOffOn: when(d.HandOffOn), Deadline: when(d.Escalation.Deadline),
		Days: d.Invoice.DaysOverdue, Attached: d.Invoice.Attached,
		MayAdd: d.MayAdd, Reopened: d.Reopened,
		Overdue: d.Invoice.DaysOverdue > 0,
		Partial: d.Invoice.Open != d.Invoice.Amount,
		Settled: d.Invoice.Open.IsZero(),

		Claim: d.Claim, Asked: sum(d.Asked()), Rate: rateIn(language, d.Claim.Rate), Interest: some(d.Claim.Interest, language),
		Costs: some(d.Claim.Costs, language), Claimed: d.Claim.Total.IsPositive(), Until: when(d.Claim.Until), Known: when(d.Claim.RateKnownUntil),
	}
}

// some writes an amount, or nothing for zero.
func some(a money.Amount, language string) string {
	if a.IsZero() {
		return ""
	}
	return a.Format(language)
}

// rateIn writes a percentage with the decimal sign of the language; the language file
// knows what stands behind it.
func rateIn(language, rate string) string {
	if language == "en" {
		return rate
	}
	return strings.Replace(rate, ".", ",", 1)
}

// ownReference names a case to an agency where no reference was given.
func ownReference(d Data) string {
	if d.Customer.Number == "" {
		return d.Invoice.Number
	}
	return d.Customer.Number + "/" + d.Invoice.Number
}

// account returns the IBAN in groups of four.
func account(d Data) string { return reference.FormatIBAN(d.Creditor.IBAN) }

func either(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

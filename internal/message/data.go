package message

import (
	"maan/internal/calendar"
	"maan/internal/money"
)

// Data is everything a message may state. Which fields a template needs is
// checked by [Validate]; a field that it does not need may stay empty.
type Data struct {
	Creditor   Creditor
	Recipient  Recipient
	Customer   Customer
	Invoice    InvoiceFacts
	Escalation Escalation // sales escalation only

	// PayBy is the calendar date demanded by the stricter reminder and the final notice.
	PayBy calendar.Date
	// PreviousReminder is the date of the last reminder the customer was really
	// sent. Zero: there was none, and the message says nothing about one.
	PreviousReminder calendar.Date
	// HandOffOn is the date on which the case goes, or went, to the agency.
	HandOffOn  calendar.Date
	AgencyName string
	// CaseReference is our reference in the correspondence with an agency.
	// Empty: customer number and invoice number together.
	CaseReference string

	// QRPNG is the EPC QR code of the payment as a PNG. Nil: no QR block.
	QRPNG []byte
	// MayAdd lets a demand announce that interest and costs may be added: those of
	// Claim. It asks for the principal only.
	MayAdd bool
	// Claim is what a demand announces, or asks if its Total is set.
	Claim Claim
	// Reopened says that a payment arrived and went back (a returned direct
	// debit, a reversal), which asks for a friendlier explanation.
	Reopened bool
}

// Asked is the sum that the message asks for, and the QR code carries.
func (d Data) Asked() money.Amount {
	if d.Claim.Total.IsPositive() {
		return d.Claim.Total
	}
	return d.Invoice.Open
}

// Claim is the interest and costs that the law, or a contract, lets the creditor ask. The
// zero Claim is none.
type Claim struct {
	// Law that governs, as an ISO 3166 code: NL, BE, FR and DE are cited by their own
	// articles, others by the directive's.
	Law         string
	Public      bool // the debtor is a public body
	Contractual bool // the rate was agreed
	// Rate of the interest in percent a year on the last day, "10.40". Empty: no interest.
	Rate     string
	Until    calendar.Date // last day of the interest
	Interest money.Amount
	Costs    money.Amount
	VAT      bool // Costs include VAT that the creditor cannot deduct
	// RateKnownUntil is set where the rate of later days is not published yet.
	RateKnownUntil calendar.Date
	Total          money.Amount // principal, interest and costs; zero: they are announced only
}

// Creditor is the company to be paid, as its customers know it.
type Creditor struct {
	Name               string // as on the letterhead
	LegalName          string // empty: Name
	RegistrationNumber string
	VATNumber          string
	Street             string
	Postcode           string
	City               string
	Country            string // as it should be printed
	Phone              string
	ContactName        string // the person behind Phone and ReplyTo
	ReplyTo            string // an e-mail address
	IBAN               string // with or without spaces
	AccountName        string // exactly as the bank knows it (Verification of Payee)
	Website            string // shown in the footer, empty: not
	LogoURL            string // https only; anything else shows the name instead
}

// Recipient is the person who reads the message. Both names may be empty.
type Recipient struct {
	Name      string // full name
	FirstName string
}

// Customer is the debtor.
type Customer struct {
	Number    string
	LegalName string
}

// InvoiceFacts is what a message states about the invoice.
type InvoiceFacts struct {
	Number    string
	IssueDate calendar.Date
	DueDate   calendar.Date
	Amount    money.Amount // as invoiced
	Open      money.Amount // still to be paid; what a message asks for, unless it claims more
	// PaymentReference is formatted for a human. Empty: the invoice number is
	// what the customer should mention.
	PaymentReference string
	PurchaseOrder    string // the customer's own reference, may be empty
	DaysOverdue      int    // calendar days since the due date
	Attached         bool   // the invoice document goes with this mail
}

// Escalation is the story for the account manager.
type Escalation struct {
	AccountManager string
	Deadline       calendar.Date // last day to act before the next step
	Steps          []StepLine    // what happened so far, oldest first
	OpenPromises   int
	Disputes       int
}

// StepLine is one line of the story.
type StepLine struct {
	Date calendar.Date
	// Label is a code that the language files know (a block "step.<code>", such
	// as reminder or called), else it is shown as it is.
	Label string
}

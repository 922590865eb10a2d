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
	// MayAdd lets the stricter reminder announce that interest and costs may be
	// added. False: the principal only.
	MayAdd bool
	// Reopened says that a payment arrived and went back (a returned direct
	// debit, a reversal), which asks for a friendlier explanation.
	Reopened bool
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
	Open      money.Amount // still to be paid; the only sum a message asks for
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

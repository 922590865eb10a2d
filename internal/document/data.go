package document

import (
	"maan/internal/calendar"
	"maan/internal/message"
	"maan/internal/money"
)

// Version is the version of wording and layout. It is stored with every
// document, beside its hash. Raise it on any change of either.
const Version = "3"

// Letterhead is what every document states: who writes to whom, when.
type Letterhead struct {
	// Language to write in; a region is ignored. Choose it with message.Language.
	Language string
	// Date of the document. Lateness is counted up to it.
	Date     calendar.Date
	Creditor message.Creditor
	Customer Customer
	// WithoutQR leaves out the QR code, for instance because the account on the
	// invoice differs from the creditor's and a person shall look first. There is
	// none either for what a SEPA transfer cannot carry, such as other currencies.
	WithoutQR bool
}

// Customer is the debtor with the address of the window envelope.
type Customer struct {
	Number             string // the creditor's number for it
	LegalName          string
	Attention          string // the reader's full name; empty: nobody is named
	Street             string
	Postcode           string
	City               string
	Country            string // as it should be printed; left out within one country
	RegistrationNumber string
	VATNumber          string
}

// InvoiceData is everything the copy of an invoice states.
type InvoiceData struct {
	Letterhead

	// Invoice as a message states it. DaysOverdue and Attached are not used:
	// lateness is counted from Date.
	Invoice message.InvoiceFacts
	// DeliveredOn is the day of delivery. Zero: not stated.
	DeliveredOn calendar.Date
	// Original tells how the invoice itself reached the customer. Nil: the
	// document is a summary and no copy.
	Original *Original
	Terms    LateTerms
}

// Original is the way the invoice itself went.
type Original struct {
	// Channel is a code that the language files know (a block "channel.<code>",
	// such as peppol or email), else it is shown as it is.
	Channel string
	SentOn  calendar.Date
}

// LateTerms is what an invoice has to say about late payment.
type LateTerms struct {
	// Law that governs the invoice, as an ISO 3166 code: NL, BE, FR and DE have
	// their own sentences; for others nothing is said.
	Law string
	// Consumer says that the customer does not act in business.
	Consumer bool
	// Rate of the penalties in percent a year, "12.40". France wants it on the
	// invoice (art. L441-9 of the Code de commerce).
	Rate string
	// Discount is the wording of a discount for early payment. Empty: there is
	// none, which French terms say too.
	Discount string
}

// ReminderData is everything the stricter reminder states.
type ReminderData struct {
	Letterhead

	// Invoice as in InvoiceData.
	Invoice message.InvoiceFacts
	// PayBy is the day by which the sum is demanded.
	PayBy calendar.Date
	// PreviousReminder is the date of the last reminder that was really sent.
	// Zero: there was none, and the letter says nothing about one.
	PreviousReminder calendar.Date
	// Reopened says that a payment arrived and went back.
	Reopened bool

	// Law as in LateTerms: which one the computation follows.
	Law string
	// Claimed is demanded now, on top of the open amount.
	Claimed Claim
	// MayAdd says what the law lets the creditor add to a business's debt, without doing
	// so. The zero value says nothing.
	MayAdd LateTerms
}

// Claim is interest and costs with their computation. The zero Claim is none.
type Claim struct {
	Interest []InterestLine
	// InterestTotal is rounded once over all segments, so it may differ from the
	// sum of the rounded lines by a cent or so.
	InterestTotal money.Amount
	// DayCount is the convention, "ACT/365" or "ACT/ACT". Empty: not stated.
	DayCount string
	// RateKnownUntil is the last day of which the rate is known, where later days are
	// computed with it all the same. Zero: all rates are known.
	RateKnownUntil calendar.Date
	Costs          []CostLine
}

// InterestLine is one segment of constant rate and base, both days inclusive.
type InterestLine struct {
	From, To calendar.Date
	Days     int
	Rate     string // percent a year, "10.40"
	Base     money.Amount
	Amount   money.Amount // of this segment, rounded for display
	// Article of the law: a code that the language files know (a block
	// "article.<code>"), else it is shown as it is. May be empty.
	Article string
}

// CostLine is one cost.
type CostLine struct {
	// Kind is a code that the language files know (a block "cost.<code>", such as
	// wik or eur40), else it is shown as it is.
	Kind    string
	Base    money.Amount // what the cost is computed on; zero: a fixed sum
	Amount  money.Amount
	Article string // as in InterestLine
}

// StatementData is everything a statement of account states. The lines may come
// in any order: they are printed by currency and date.
type StatementData struct {
	Letterhead

	Items    []OpenItem // every open invoice
	Payments []Entry    // what was received, for information; no part of the totals
	Credits  []Entry    // what is in the customer's favour and not yet set off
}

// OpenItem is an invoice of which something is open.
type OpenItem struct {
	Number        string
	PurchaseOrder string
	IssueDate     calendar.Date
	DueDate       calendar.Date
	Amount        money.Amount // as invoiced
	Open          money.Amount
	Disputed      bool
}

// Entry is a payment or a credit. Its amount is positive.
type Entry struct {
	Date      calendar.Date
	Reference string // of the payment or the credit note
	Invoice   string // the invoice it belongs to, may be empty
	Amount    money.Amount
}

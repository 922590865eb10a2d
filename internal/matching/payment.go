package matching

import (
	"maan/internal/calendar"
	"maan/internal/money"
	"maan/internal/reference"
)

// Payment is one transaction of a bank statement.
type Payment struct {
	// ID is the caller's own id of the payment, by which a later return of it
	// is recognised. Whether the same payment was seen before is the caller's
	// matter.
	ID string
	// Amount is above zero for money received and below it for money that
	// left the account.
	Amount    money.Amount
	ValueDate calendar.Date

	// References are the structured references of the bank's own fields.
	References []Reference
	// EndToEndID as the payer, or we, gave it; NOTPROVIDED is none.
	EndToEndID string
	// InvoiceNumbers are those of the bank's own field for them.
	InvoiceNumbers []string
	// Text is the free text.
	Text      string
	PayerIBAN string

	// Reversal: the bank takes back an earlier booking.
	Reversal bool
	// ReturnReason is the ISO 20022 code of a return, such as MD06.
	ReturnReason string
	// OriginalReference is the reference or id of the payment that is taken
	// back, where the bank gives one apart.
	OriginalReference string
	// OriginalAmount is what was paid once, and Charges what the bank kept for
	// taking it back; zero where the bank does not say.
	OriginalAmount money.Amount
	Charges        money.Amount
}

// Reference is a structured reference as the bank hands it on.
type Reference struct {
	// Scheme as the bank states it, or empty. It is trusted only for the Dutch
	// seven-digit betalingskenmerk, which has no check digit to know it by.
	Scheme reference.Scheme
	Value  string
}

func (p *Payment) takesBack() bool { return p.Reversal || p.ReturnReason != "" }

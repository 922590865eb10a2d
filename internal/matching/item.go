package matching

import (
	"maan/internal/calendar"
	"maan/internal/money"
)

// Kind tells what a document does to the customer's debt.
type Kind string

// The kinds. Values are stored: never rename them.
const (
	Invoice    Kind = "invoice"
	CreditNote Kind = "credit_note"
)

// Item is an invoice or credit note that a payment may be about.
type Item struct {
	ID         string
	CustomerID string
	Number     string
	Kind       Kind
	// Open is what is still owed, or of a credit note what is still to be
	// used: above zero. It is zero when the item is closed.
	Open money.Amount
	// PaymentReference is what the payer was asked to give. One that is no
	// structured reference counts as a second number of the document.
	PaymentReference string
	// EndToEndIDs are the ids under which we ask for the money: of a direct
	// debit, or of a payment request.
	EndToEndIDs []string
	IssueDate   calendar.Date
	DueDate     calendar.Date
	// Closed: nothing is open any more. Items closed lately belong in the
	// index, else a second payment of them looks like money from nowhere.
	Closed bool
	// Discount is the cash discount agreed for paying early; nil for none. It
	// is taken of Open, so leave it out once the invoice is partly paid.
	Discount *Discount
	// Receipts are the payments booked on the item and not taken back: by them
	// a return finds its invoice.
	Receipts []Receipt
}

// Discount is an agreed cash discount.
type Discount struct {
	// BasisPoints is the discount in hundredths of a per cent: 300 is 3 %.
	BasisPoints int
	// Until is the last value date on which it may be taken.
	Until calendar.Date
}

// Receipt is the part of one received payment that was booked on an item.
type Receipt struct {
	// PaymentID is the caller's id of the payment. A payment that was booked
	// on several items has a receipt with the same id on each.
	PaymentID string
	// EndToEndID is the one the payment came with, if any.
	EndToEndID string
	// Total is the whole payment, and Unallocated what of it became credit.
	// With the parts on its items they must add up: a return is led to a
	// payment only when all items it paid are in the index.
	Total       money.Amount
	Unallocated money.Amount
	// Amount is the part of it on this item: negative on a credit note, and
	// zero when it paid the item a second time and became credit.
	Amount money.Amount
	// Discount and Rounding closed the item together with Amount, and open
	// again with it; zero for none.
	Discount money.Amount
	Rounding money.Amount
}

// Payer is an account from which a customer has paid before.
type Payer struct {
	IBAN       string
	CustomerID string
}

// signed is the open amount as it counts in a sum: credit notes below zero.
func (it *Item) signed() int64 {
	if it.Kind == CreditNote {
		return -it.Open.Minor
	}
	return it.Open.Minor
}

// discount is the cash discount in minor units for money that arrived on the
// day, rounded half up; 0 when none may be taken.
func (it *Item) discount(on calendar.Date) int64 {
	d := it.Discount
	if d == nil || it.Kind != Invoice || on.IsZero() || on.After(d.Until) {
		return 0
	}
	const whole = 10_000
	points := int64(d.BasisPoints)
	return it.Open.Minor/whole*points + (it.Open.Minor%whole*points+whole/2)/whole
}

package matching

import "maan/internal/money"

// Policy is what a creditor decides about matching. Its zero value is the
// strictest.
type Policy struct {
	// AutoKnownIBAN books a payment without any reference when it comes from a
	// known account and exactly one open invoice has its amount.
	AutoKnownIBAN bool
	// OldestFirst pays the debtor's other invoices, oldest due date first, with
	// what a payment by reference has over. Without it that stays credit.
	OldestFirst bool
	// RoundingTolerance is what a payment may be short of, or over, the sum of
	// what it names: zero, or up to five minor units (EUR 0.05).
	RoundingTolerance money.Amount
	// SmallBalance is the highest rest of an invoice that is proposed for
	// writing off instead of being chased.
	SmallBalance money.Amount
	// MaxReturnFee is how much a return may be above its payment for the
	// difference to be a bank's fee although the bank does not say so.
	MaxReturnFee money.Amount
}

// within reports whether the amount of minor units is at most the limit, which
// says nothing about other currencies.
func within(minor int64, limit money.Amount, currency money.Currency) bool {
	return limit.Currency == currency && minor <= limit.Minor
}

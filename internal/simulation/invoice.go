package simulation

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
)

// Invoice is a past invoice and what its customer did. Zero dates mean "never".
type Invoice struct {
	Number   string
	Customer string // opaque key of the customer
	Country  string // ISO 3166-1 alpha-2, of the customer
	Kind     dunning.DebtorKind
	Issued   calendar.Date // the delivery too
	Due      calendar.Date
	Amount   money.Amount
	Disputed calendar.Date // the day on which a dispute opened
	Resolved calendar.Date // the day on which it ended; zero: only with the payment
	Paid     calendar.Date
	Undated  bool // disputed, but nobody wrote down when: the days are drawn
}

// dated gives an undated dispute its days: from a drawn day, the day of issue or later,
// to the day of payment. The draw depends on the seed and the invoice's number alone. An
// invoice paid on the day of issue leaves no room for a dispute.
func (i Invoice) dated(seed uint64) Invoice {
	if !i.Undated || i.Paid.IsZero() {
		return i
	}
	days := i.Paid.DaysSince(i.Issued)
	if days < 1 {
		return i
	}
	h := fnv.New64a()
	h.Write([]byte(i.Number))
	random := rand.New(rand.NewPCG(seed, h.Sum64())) //nolint:gosec // a draw that anybody can repeat is the point
	i.Disputed, i.Resolved = i.Issued.AddDays(random.IntN(days)), i.Paid
	return i
}

// The limits of a history. The years are those whose holidays the calendar keeps; terms
// are at most three years, as for a live invoice.
const (
	firstYear, lastYear = 1990, 2099
	maxTerms            = 3 * 366
	maxText             = 100
)

// check reports what does not fit together, under the columns' names in the file.
func (i Invoice) check(r *row, n columns) {
	if !i.Due.IsZero() && i.Due.Before(i.Issued) {
		r.fault(n.due, "the due date is before the issue date")
	}
	if !i.Issued.IsZero() && !i.Due.IsZero() && i.Due.DaysSince(i.Issued) > maxTerms {
		r.fault(n.due, "the due date is more than three years after issue")
	}
	if !i.Paid.IsZero() && i.Paid.Before(i.Issued) {
		r.fault(n.paid, "the payment is before the issue date")
	}
	if !i.Disputed.IsZero() && i.Disputed.Before(i.Issued) {
		r.fault(n.disputed, "the dispute is before the issue date")
	}
	if !i.Disputed.IsZero() && !i.Paid.IsZero() && i.Disputed.After(i.Paid) {
		r.fault(n.disputed, "the dispute is after the payment: leave it out")
	}
	if !i.Resolved.IsZero() && (i.Disputed.IsZero() || i.Resolved.Before(i.Disputed)) {
		r.fault(n.resolved, "the end of a dispute needs its beginning, on the same day or before")
	}
	if i.Amount.Currency != "" && !i.Amount.IsPositive() {
		r.fault(n.amount, "an invoice is for more than zero")
	}
}

// columns are the names under which a file has what check looks at.
type columns struct{ due, amount, disputed, resolved, paid string }

// Fault is what is wrong with a row. It names the place and never repeats what stands
// there.
type Fault struct {
	Line   int    `json:"line"`
	Column string `json:"column,omitempty"` // empty: the whole row
	Reason string `json:"reason"`
}

// String names the place, then the reason.
func (f Fault) String() string {
	if f.Column == "" {
		return fmt.Sprintf("line %d: %s", f.Line, f.Reason)
	}
	return fmt.Sprintf("line %d, column %s: %s", f.Line, f.Column, f.Reason)
}

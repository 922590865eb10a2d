package law

import (
	"math/big"
	"slices"

	"maan/internal/calendar"
)

// accrual walks through the days of a claim, from change to change.
type accrual struct {
	claim     Claim
	spans     []span
	payments  []Payment // by day
	open      int64     // principal not paid yet, in minor units
	grown     *big.Rat  // interest of whole years that bears interest
	thisYear  *big.Rat  // interest since the last anniversary
	firstDay  calendar.Date
	yearsDone int
}

// accrue computes the segments and their sum.
func (out Computation) accrue(c Claim, spans []span) (Computation, error) {
	a := accrual{
		claim: c, spans: spans, open: c.Principal.Minor, firstDay: out.FirstInterestDay,
		payments: slices.SortedFunc(slices.Values(c.Payments), func(a, b Payment) int { return a.On.Compare(b.On) }),
		grown:    new(big.Rat), thisYear: new(big.Rat),
	}
	total := new(big.Rat)
	for day := spans[0].from; !day.After(c.Until); {
		a.settle(day)
		if a.open <= 0 {
			break
		}
		if out.Compounding == Yearly {
			a.compound(day)
		}
		segment, amount := a.segment(day, a.lastOf(day, out.Compounding))
		out.Segments = append(out.Segments, segment)
		a.thisYear.Add(a.thisYear, amount)
		total.Add(total, amount)
		day = segment.To.AddDays(1)
	}
	if len(out.Segments) == 0 {
		return out.without(ReasonPaidInTime), nil
	}
	sum, err := AmountOf(total, c.Principal.Currency)
	out.Total = Money{sum}
	return out, err
}

// settle takes off what was paid before the day: a day of payment still bears
// interest.
func (a *accrual) settle(day calendar.Date) {
	for len(a.payments) > 0 && a.payments[0].On.Before(day) && a.open > 0 {
		a.open -= a.payments[0].Amount.Minor
		a.payments = a.payments[1:]
	}
}

// compound adds the interest of each year that has ended to the base (art.
// 6:119(2) and 6:119a(3) BW).
func (a *accrual) compound(day calendar.Date) {
	for !a.anniversary().After(day) {
		a.yearsDone++
		a.grown.Add(a.grown, a.thisYear)
		a.thisYear = new(big.Rat)
	}
}

// anniversary is the next day on which interest is added to the base; that of
// 29 February is 1 March in other years.
func (a *accrual) anniversary() calendar.Date {
	return calendar.NewDate(a.firstDay.Year+a.yearsDone+1, a.firstDay.Month, a.firstDay.Day)
}

// lastOf is the last day that is like the given one: the same rate, base and
// length of the year.
func (a *accrual) lastOf(day calendar.Date, compounding Compounding) calendar.Date {
	last := a.claim.Until
	until := func(next calendar.Date) {
		if before := next.AddDays(-1); before.Before(last) {
			last = before
		}
	}
	if i := a.spanAt(day) + 1; i < len(a.spans) {
		until(a.spans[i].from)
	}
	if len(a.payments) > 0 {
		until(a.payments[0].On.AddDays(1))
	}
	if compounding == Yearly {
		until(a.anniversary())
	}
	if a.claim.DayCount == ActAct {
		next := day.Year + 1
		for yearLength(next) == yearLength(day.Year) {
			next++
		}
		until(calendar.NewDate(next, 1, 1))
	}
	return last
}

func (a *accrual) spanAt(day calendar.Date) int {
	i, found := slices.BinarySearchFunc(a.spans, day, func(s span, d calendar.Date) int { return s.from.Compare(d) })
	if !found {
		i--
	}
	return i
}

// segment computes one stretch; the amount is the one that is shown.
func (a *accrual) segment(from, to calendar.Date) (Segment, *big.Rat) {
	open := a.claim.Principal
	open.Minor = a.open
	base := new(big.Rat).Add(decimalOf(open), a.grown)
	s := Segment{
		From: from, To: to, Days: to.DaysSince(from) + 1, YearDays: 365,
		Rate: a.spans[a.spanAt(from)].rate, Base: exactText(base),
	}
	if a.claim.DayCount == ActAct {
		s.YearDays = yearLength(from.Year)
	}
	amount := s.Rate.share(base)
	amount = rounded(amount.Mul(amount, big.NewRat(int64(s.Days), int64(s.YearDays))))
	s.Amount = exactText(amount)
	return s, amount
}

func yearLength(year int) int {
	return calendar.NewDate(year+1, 1, 1).DaysSince(calendar.NewDate(year, 1, 1))
}

package law

import (
	"errors"
	"slices"

	"maan/internal/calendar"
	"maan/internal/money"
)

// RateBasis says where the rate comes from. Stored: never rename.
type RateBasis string

// The bases.
const (
	Statutory   RateBasis = "statutory"
	Contractual RateBasis = "contract"
)

// Computation is the interest on one claim and how it came about. Where nothing
// is claimed, Total is zero and Reason says why.
type Computation struct {
	Regime           Regime        `json:"regime,omitempty"`
	Law              string        `json:"law,omitempty"`
	RateBasis        RateBasis     `json:"rate_basis,omitempty"`
	Convention       DayCount      `json:"convention"`
	Compounding      Compounding   `json:"compounding,omitempty"`
	FirstInterestDay calendar.Date `json:"first_interest_day,omitzero"`
	Until            calendar.Date `json:"until"`
	Principal        Money         `json:"principal"`
	Segments         []Segment     `json:"segments"`
	Total            Money         `json:"total"`
	RateTableVersion string        `json:"rate_table_version"`
	Warnings         []Warning     `json:"warnings"`
	Reason           Reason        `json:"reason,omitempty"`
	Explanation      string        `json:"explanation,omitempty"`
}

// Segment is a stretch of days with one rate and one base. Base and Amount are
// plain decimals; the amount has up to ten, as it enters the sum.
type Segment struct {
	From     calendar.Date `json:"from"`
	To       calendar.Date `json:"to"` // inclusive
	Days     int           `json:"days"`
	YearDays int           `json:"year_days"`
	Rate     Rate          `json:"rate"`
	Base     string        `json:"base"`
	Amount   string        `json:"amount"`
}

// Interest computes the interest on a claim, from the day after the last day to
// pay up to and including Until. The sum of the segments is rounded half up to
// the cent, once. Interest ends when the principal is paid. The error names
// every fault of the claim.
func Interest(t *Table, c Claim) (Computation, error) {
	if t == nil {
		return Computation{}, errors.New("there is no rate table: take the shipped one")
	}
	if err := c.check(); err != nil {
		return Computation{}, err
	}
	if c.DayCount == "" {
		c.DayCount = Act365
	}
	out := Computation{
		Convention: c.DayCount, Until: c.Until, Principal: Money{c.Principal}, Segments: []Segment{}, Warnings: []Warning{},
		Total: Money{money.New(0, c.Principal.Currency)}, RateTableVersion: t.Version(),
	}
	s, why := statuteOf(c)
	if why != "" {
		return out.without(why), nil
	}
	out.Regime, out.Law, out.Compounding, out.RateBasis = s.regime, s.law, s.compounding, Statutory
	free, why := s.lastFreeDay(c)
	if why != "" {
		return out.without(why), nil
	}
	out.FirstInterestDay = free.AddDays(1)
	if out.FirstInterestDay.After(c.Until) {
		return out.without(ReasonNotInDefault), nil
	}
	if s.warning != "" {
		out.Warnings = append(out.Warnings, warn(s.warning, calendar.Date{}))
	}
	spans, why := out.chooseRates(t, c, s)
	if why != "" {
		return out.without(why), nil
	}
	return out.accrue(c, spans)
}

// without ends a computation that claims nothing.
func (out Computation) without(why Reason) Computation {
	out.Reason, out.Explanation = why, why.Explanation()
	return out
}

// chooseRates picks the rates of the law or of the contract for the period.
func (out *Computation) chooseRates(t *Table, c Claim, s statute) ([]span, Reason) {
	clause := out.usableClause(c, s)
	first, last := out.FirstInterestDay, c.Until
	var spans []span
	switch {
	case clause == nil && s.clause == clauseAtMost:
		return nil, ReasonClauseNeeded
	case clause == nil:
		spans = out.look(t, s.regime, first, last)
	case s.clause == clauseAtLeast:
		spans = out.raised(clause.AnnualRate, first, out.look(t, FRLegal, first, last))
	case s.clause == clauseAtMost:
		spans = out.lowered(clause.AnnualRate, out.look(t, s.regime, first, last))
	default:
		spans = []span{{from: first, rate: clause.AnnualRate}}
	}
	if len(spans) == 0 {
		return nil, ReasonNoRateKnown
	}
	return spans, ""
}

// usableClause is the contract's clause where it counts, and a warning where it
// does not.
func (out *Computation) usableClause(c Claim, s statute) *Contract {
	clause := c.Contract
	switch {
	case clause == nil:
		return nil
	case s.clause == clauseIgnored:
		out.Warnings = append(out.Warnings, warn(WarnClauseNotUsed, calendar.Date{}))
		return nil
	case clause.AcceptedOn.IsZero(), !clause.AcceptedOn.Before(out.FirstInterestDay):
		out.Warnings = append(out.Warnings, warn(WarnClauseUnproven, calendar.Date{}))
		return nil
	}
	out.RateBasis = Contractual
	if clause.Compounding == Yearly && s.compounding != Yearly {
		out.Warnings = append(out.Warnings, warn(WarnNoCompounding, calendar.Date{}))
	}
	if clause.Compounding != Yearly {
		out.Compounding = Simple
	}
	return clause
}

func (out *Computation) look(t *Table, regime Regime, first, last calendar.Date) []span {
	spans, warnings := t.spans(regime, first, last)
	out.Warnings = append(out.Warnings, warnings...)
	return spans
}

// raised lifts a contract's rate to the French floor where that is known.
func (out *Computation) raised(rate Rate, first calendar.Date, legal []span) []span {
	spans := []span{{from: first, rate: rate}}
	for _, s := range legal {
		spans = append(spans, span{from: s.from, rate: max(rate, FrenchFloor(s.rate))})
	}
	return out.noted(joined(spans), rate, WarnRateRaisedToFloor)
}

// lowered keeps a contract's rate at or below the law's.
func (out *Computation) lowered(rate Rate, highest []span) []span {
	var spans []span
	for _, s := range highest {
		spans = append(spans, span{from: s.from, rate: min(rate, s.rate)})
	}
	return out.noted(joined(spans), rate, WarnRateLoweredToCap)
}

// noted warns, with the first day, where the rate used is not the contract's.
func (out *Computation) noted(spans []span, rate Rate, code WarningCode) []span {
	if i := slices.IndexFunc(spans, func(s span) bool { return s.rate != rate }); i >= 0 {
		out.Warnings = append(out.Warnings, warn(code, spans[i].from))
	}
	return spans
}

// FrenchFloor is the lowest rate that a contract may name (Code de commerce, art. L441-10):
// three times the legal rate.
func FrenchFloor(legal Rate) Rate { return 3 * legal }

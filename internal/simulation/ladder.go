package simulation

import (
	"slices"
	"time"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// Step is what became of one step of an invoice.
type Step struct {
	Step   dunning.StepID
	At     time.Time // when it was asked for; of a step that never was: when it was planned; at the customer's clock
	Answer dunning.Answer
	Reason dunning.Reason
	Waited []dunning.Reason // why it was told to wait before
}

// Timeline is the story of one invoice under a policy: one entry for each of its steps.
type Timeline struct {
	Invoice Invoice
	Policy  *dunning.Policy // the simulated one, or the manual one for a debtor that has no ladder
	Steps   []Step
	place   dunning.Place
	moments moments
}

// When the facts of a day are known, at the customer's: in the morning before anything
// goes out, but on the day of issue in the evening. Nobody pays or disputes an invoice
// that has not come.
const (
	arrivalHour  = 10
	morningHour  = 6
	eveningHour  = 18
	lateDays     = 5 // paid more days late than this counts as paid late
	rememberDays = 365
)

// moments are the instants of what happened to an invoice; zero: never.
type moments struct{ arrived, disputed, resolved, paid time.Time }

func (i Invoice) moments(where dunning.Place) moments {
	at := func(d calendar.Date) time.Time {
		switch {
		case d.IsZero():
			return time.Time{}
		case d == i.Issued:
			return d.In(where.Zone, eveningHour, 0)
		default:
			return d.In(where.Zone, morningHour, 0)
		}
	}
	return moments{arrived: i.Issued.In(where.Zone, arrivalHour, 0), disputed: at(i.Disputed), resolved: at(i.Resolved), paid: at(i.Paid)}
}

// event is a fact that is still to come.
type event struct {
	at   time.Time
	what func(*ladder)
}

// ladder is one invoice on its way up the policy: take the first planned step, wait until
// it is due, decide, record, plan again. Facts come between.
type ladder struct {
	*Timeline

	order    int     // in the file
	events   []event // to come, in order of time
	facts    dunning.Facts
	outcomes []dunning.Outcome
	plan     []dunning.PlannedStep
	tone     dunning.Tone // the highest that the customer was sent
	disputed bool
	closed   bool
	blocked  bool // told to wait for a fact
	waited   []dunning.Reason
	at       time.Time // what comes next,
	acts     bool      // a step or a fact
}

func newLadder(order int, i Invoice, p *dunning.Policy, where dunning.Place) *ladder {
	where.Hours = p.HoursIn(i.Country)
	l := &ladder{
		Timeline: &Timeline{Invoice: i, Policy: p, Steps: make([]Step, 0, len(p.Steps)), place: where, moments: i.moments(where)}, order: order,
		facts: dunning.Facts{Issued: i.Issued, Due: i.Due, Delivered: i.Issued, Spread: dunning.Spread{Customer: i.Customer}},
	}
	m := l.moments
	for _, e := range []event{
		{m.arrived, func(*ladder) {}},
		{m.disputed, func(l *ladder) { l.disputed = true }},
		{m.resolved, func(l *ladder) {
			l.disputed = false
			l.facts.PausedUntil, l.facts.NotBefore = where.Date(l.facts.AsOf), time.Time{}
		}},
		{m.paid, func(l *ladder) { l.closed = true }},
	} {
		if !e.at.IsZero() {
			l.events = append(l.events, e)
		}
	}
	slices.SortStableFunc(l.events, func(a, b event) int { return a.at.Compare(b.at) })
	return l
}

// next finds what comes next, a fact before a step of the same instant; false: nothing.
func (l *ladder) next() bool {
	if l.closed {
		return false
	}
	idle := l.blocked || len(l.plan) == 0
	switch {
	case len(l.events) > 0 && (idle || !l.plan[0].At.Before(l.events[0].at)):
		l.at, l.acts = l.events[0].at, false
	case idle:
		return false
	default:
		l.at, l.acts = l.plan[0].At, true
	}
	return true
}

// happen takes the next fact and plans anew.
func (l *ladder) happen() {
	l.facts.AsOf = l.at
	l.events[0].what(l)
	l.events, l.blocked = l.events[1:], false
	if l.closed {
		l.leave(dunning.AnswerSkipped, dunning.ReasonPaid)
		return
	}
	l.replan()
}

func (l *ladder) replan() {
	l.plan = dunning.Plan(l.Policy, l.facts, l.place, l.outcomes)
}

// wait keeps the step pending.
func (l *ladder) wait(v dunning.Verdict) {
	l.waited = append(l.waited, v.Reason)
	l.facts.AsOf, l.facts.NotBefore, l.blocked = l.at, v.NotBefore, v.NotBefore.IsZero()
	l.replan()
}

// record ends the step that was asked for.
func (l *ladder) record(answer dunning.Answer, reason dunning.Reason) {
	step := l.plan[0].Step
	l.Steps = append(l.Steps, Step{Step: step, At: l.at.In(l.place.Zone), Answer: answer, Reason: reason, Waited: l.waited})
	l.outcomes = append(l.outcomes, dunning.Outcome{Step: step, Answer: answer, Reason: reason, On: l.place.Date(l.at)})
	l.facts.AsOf, l.facts.NotBefore, l.waited = l.at, time.Time{}, nil
	l.replan()
}

// leave writes down the steps that were never done, at their planned instants.
func (l *ladder) leave(answer dunning.Answer, reason dunning.Reason) {
	for _, p := range l.plan {
		l.Steps = append(l.Steps, Step{Step: p.Step, At: p.At.In(l.place.Zone), Answer: answer, Reason: reason, Waited: l.waited})
		l.waited = nil
	}
	l.plan = nil
}

package dunning

import (
	"time"

	"maan/internal/calendar"
)

// Facts are what [Plan] must know of an invoice.
type Facts struct {
	AsOf        time.Time     // business instant of the fact that asks for a plan; nothing is planned before it
	Issued, Due calendar.Date //
	Awaiting    bool          // delivery is required and the last one is not recorded
	Delivered   calendar.Date // the last delivery; the issue date where delivery does not apply
	AlreadySent calendar.Date // the invoice went out elsewhere that day; zero: it is sent from here
	PausedUntil calendar.Date // the last day on which a pause with a known end held or will hold
	NotBefore   time.Time     // the current step was told to wait until then
	DueStep     StepID        // the current step, if its instant has come and nobody has done it yet
	DueSince    time.Time     // and that instant: a later fact moves it by what it says, not by coming later
	CopyWanted  bool          // the customer asked for a copy of the invoice, which goes before anything else
	Spread      Spread        // what share of the first hour of a window is the case's
	PaymentRun  *PaymentRun   // when the customer pays its bills; nil: not known
}

// Outcome is what became of a step.
type Outcome struct {
	Step   StepID
	Answer Answer // done, skipped or failed
	Reason Reason
	On     calendar.Date // the customer's day on which it was done
}

// A delivery that nobody reported is asked after this many business days from issue.
const deliveryPatience = 5

// deliveryCheck is the step that stands in for the whole ladder while a delivery is
// awaited.
var deliveryCheck = Step{ID: StepDeliveryCheck, Stage: StageInvoice, Do: DoTask, Label: "check of the delivery"}

// invoiceCopy answers a customer who asked for a copy. Pauses do not hold it back.
var invoiceCopy = Step{
	ID: StepInvoiceCopy, Stage: StageInvoice, Do: DoSendCopy, Label: "copy of the invoice", After: AnchorPrevious,
	Channels: []Channel{ChannelEmail}, Template: "invoice_copy", DeadlineAfter: 5, IfUncertain: ResendOnce,
}

// Plan gives every step that has no outcome yet its instant, in order. It is a
// function of its arguments alone.
//
// Step N+1 comes after the outcome of step N, and its gap counts from the day when N
// was done, so steps never pile up after downtime or for an invoice that was already
// old when it arrived. A pause moves the pending step to one business day after its
// end.
func Plan(p *Policy, f Facts, where Place, outcomes []Outcome) []PlannedStep {
	done := make(map[StepID]Outcome, len(outcomes))
	for _, o := range outcomes {
		done[o.Step] = o
	}
	pl := planner{policy: p, facts: f, where: where, earliest: later(f.AsOf, f.NotBefore), plan: make([]PlannedStep, 0, len(p.Steps)+1)}
	if f.CopyWanted {
		pl.put(&invoiceCopy, where.NextWindow(&invoiceCopy, pl.from(&invoiceCopy), f.Spread))
	}
	if f.Awaiting {
		if _, asked := done[StepDeliveryCheck]; !asked {
			pl.put(&deliveryCheck, pl.deliveryCheck())
		}
		return pl.plan
	}
	for i := range p.Steps {
		step := &p.Steps[i]
		if o, ok := done[step.ID]; ok {
			pl.after(step, o.Answer == AnswerDone, o.On)
			if o.Reason == ReasonTooLate && step.writesToCustomer() { // a person may do it yet: the next one leaves it its gap
				pl.messaged = latest(pl.messaged, o.On)
			}
			continue
		}
		day := pl.put(step, pl.instant(step))
		if pl.sentElsewhere(step) {
			day = f.AlreadySent // what its outcome will say too
		}
		pl.after(step, true, day)
	}
	return pl.plan
}

// planner carries the plan so far and what the next step depends on.
type planner struct {
	policy    *Policy
	facts     Facts
	where     Place
	plan      []PlannedStep
	movedFrom calendar.Date // the own day of the step that is being planned, if it waits for the payment run
	movedTo   calendar.Date // and the day after the run
	earliest  time.Time     // no step comes before it: the fact, what was told to wait, the step before
	previous  calendar.Date // when the step before was (or will be) done
	messaged  calendar.Date // when the customer was (or will be) last written to
	asked     *Step         // the step before, if it was done: whom it asked has time until answerBy
	answerBy  calendar.Date // the last day of that time
}

// put appends a step to the plan and returns the customer's day of it.
func (pl *planner) put(s *Step, at time.Time) calendar.Date {
	at = at.UTC()
	day := pl.where.Date(at)
	planned := PlannedStep{Step: s.ID, Stage: s.Stage, Do: s.Do, Label: s.Label, At: at, LocalDate: day, Occurrence: 1}
	if day == pl.movedTo {
		planned.MovedFrom = pl.movedFrom
	}
	pl.movedFrom, pl.movedTo = calendar.Date{}, calendar.Date{}
	pl.plan = append(pl.plan, planned)
	pl.earliest = later(pl.earliest, at)
	return day
}

// from is the instant before which a step is not planned.
func (pl *planner) from(s *Step) time.Time {
	if f := pl.facts; s.ID == f.DueStep && len(pl.plan) == 0 && f.DueSince.Before(f.AsOf) {
		return later(f.DueSince, f.NotBefore)
	}
	return pl.earliest
}

func (pl *planner) after(step *Step, reached bool, on calendar.Date) {
	if pl.previous.IsZero() || on.After(pl.previous) {
		pl.previous = on
	}
	pl.asked = nil
	if reached && step.AnswerWithin > 0 {
		pl.asked, pl.answerBy = step, pl.where.Customer.AddBusinessDays(on, step.AnswerWithin)
	}
	if reached && step.writesToCustomer() {
		pl.messaged = latest(pl.messaged, on)
	}
}

// sentElsewhere reports whether the step only records the proof that the invoice went
// out elsewhere.
func (pl *planner) sentElsewhere(step *Step) bool {
	return step.Do == DoSendInvoice && !pl.facts.AlreadySent.IsZero()
}

// silent reports whether the step reaches nobody: it needs no contact window.
func (pl *planner) silent(step *Step) bool {
	return pl.sentElsewhere(step) || // the proof is recorded at once
		(step.beforeDue() && !pl.where.Date(pl.facts.AsOf).Before(pl.facts.Due)) // its time has passed; the claim says so at once
}

// instant is when the step is due: its own date, no earlier than its predecessor, the
// gap and a pause allow, in the next contact window.
func (pl *planner) instant(step *Step) time.Time {
	f := pl.facts
	silent := pl.silent(step)
	at := pl.from(step)
	if !silent {
		day := latest(step.baseDate(f, pl.where, pl.previous), pl.previous)
		if step.writesToCustomer() && !pl.messaged.IsZero() {
			day = latest(day, pl.messaged.AddDays(pl.policy.gap(step)))
		}
		if to, moved := pl.behindRun(step, day); moved {
			pl.movedFrom, pl.movedTo, day = pl.where.Customer.OnOrAfter(day), to, to
		}
		switch {
		case pl.asked != nil && step.Do == DoHandOff: // the day after the last day that the final notice gave
			day = latest(day, pl.where.Customer.AddBusinessDays(pl.answerBy, 1))
		case pl.asked != nil && pl.asked.Do == DoEscalate: // a colleague has until the deadline
			day = latest(day, pl.answerBy)
		}
		at = later(day.In(pl.where.Zone, 0, 0), at)
	}
	if !f.PausedUntil.IsZero() {
		at = later(at, pl.where.Customer.AddBusinessDays(f.PausedUntil, 1).In(pl.where.Zone, 0, 0))
	}
	if silent {
		return at
	}
	return pl.where.NextWindow(step, at, f.Spread)
}

// baseDate is the date that the policy gives the step.
func (s *Step) baseDate(f Facts, where Place, previous calendar.Date) calendar.Date {
	anchor := f.Due
	switch s.After {
	case AnchorDelivery:
		anchor = f.Delivered
	case AnchorPrevious:
		anchor = previous
	case AnchorDue:
	}
	switch s.Offset.Unit {
	case UnitBusiness:
		return where.Customer.AddBusinessDays(anchor, s.Offset.Days)
	case UnitBanking:
		return where.Banking.AddBusinessDays(anchor, s.Offset.Days)
	default:
		return anchor.AddDays(s.Offset.Days)
	}
}

// deliveryCheck is when to ask why no delivery was recorded: a few business days after
// issue, and not after the due date or the business day before it.
func (pl *planner) deliveryCheck() time.Time {
	f, where := pl.facts, pl.where
	day := where.Customer.AddBusinessDays(f.Issued, deliveryPatience)
	if last := where.Customer.OnOrBefore(f.Due); last.Before(day) {
		day = last
	}
	return where.NextWindow(&deliveryCheck, later(day.In(where.Zone, 0, 0), pl.from(&deliveryCheck)), f.Spread)
}

func latest(a, b calendar.Date) calendar.Date {
	if b.After(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

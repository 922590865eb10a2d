package dunning

import (
	"slices"
	"time"

	"maan/internal/calendar"
	"maan/internal/money"
)

// Situation is what [Decide] must know when a step is about to be done. It is read
// under the locks of the transaction that claims the step.
type Situation struct {
	Now   time.Time
	Place Place
	Step  *Step

	Open               money.Amount // what the invoice still owes
	Closed             Reason       // paid, credited or written_off; empty while the run is open
	MinimumAmountMinor int64
	Kind               DebtorKind
	Mode               Mode
	Stopped            bool // the creditor's stop switch
	DoNotChase         bool
	Disputed           bool
	HeldUntil          *calendar.Date  // last day of the longest hold; the zero date: no end is known; nil: no hold
	PromisedUntil      calendar.Date   // last day of grace of a promise; zero: none
	CreditCovers       bool            // the customer's credit covers all that is overdue
	PaymentsStale      bool            // the creditor wants payment data of the day after due, and has none yet
	ContactedToday     bool            // the cap for the customer's day is used up
	Contacts           []calendar.Date // the days before today on which the customer was contacted; those of the last week are enough
	WeeklyCap          int             // contacts that a customer may get in any 7 days; 0: as many as there are days
	Released           bool            // a person released the step's batch
	AlreadySent        bool            // the invoice went out elsewhere

	Planned    time.Time // the step's instant as the plan stands; zero: it has none
	FirstTried time.Time // when it was first tried; zero: it was not, or a pause came after it

	Issued, Due  calendar.Date
	NewCustomer  bool
	PaidLate     bool
	BrokePromise bool

	Spread Spread
}

// StandardWeeklyCap is how many dunning contacts a customer gets in any 7 days unless its creditor
// says otherwise.
const StandardWeeklyCap = 2

// Decide says whether the step may be done now. Paid, disputed or held means silent;
// what is only a matter of time says until when, and what its time has passed for fails.
func Decide(s Situation) Verdict {
	for _, rule := range []func(Situation) (Verdict, bool){
		closedRule, pauseRule, applicableRule, creditRule, lateRule, staleRule, shadowRule, windowRule, capRule, releaseRule,
	} {
		if v, decided := rule(s); decided {
			return v
		}
	}
	return Verdict{Answer: AnswerGo}
}

func skip(r Reason) (Verdict, bool) { return Verdict{Answer: AnswerSkipped, Reason: r}, true }

func (s Situation) wait(r Reason, until time.Time) (Verdict, bool) {
	return Verdict{Answer: AnswerWait, Reason: r, NotBefore: until}, true
}

// nextDay is the first contact window on the next business day.
func (s Situation) nextDay(after calendar.Date) time.Time {
	day := s.Place.Customer.AddBusinessDays(after, 1)
	return s.Place.NextWindow(s.Step, day.In(s.Place.Zone, 0, 0), s.Spread)
}

// sentElsewhere reports whether the step only records the proof that the invoice went
// out elsewhere.
func (s Situation) sentElsewhere() bool { return s.Step.Do == DoSendInvoice && s.AlreadySent }

func (s Situation) today() calendar.Date { return s.Place.Date(s.Now) }

func closedRule(s Situation) (Verdict, bool) {
	if s.Closed != "" {
		return skip(ClosedReason(s.Closed))
	}
	if !s.Open.IsPositive() {
		return skip(ReasonPaid)
	}
	return Verdict{}, false
}

func pauseRule(s Situation) (Verdict, bool) {
	if s.Step.Do == DoSendCopy && !s.Stopped {
		return Verdict{}, false // an answer to the customer's own question
	}
	switch {
	case s.Disputed:
		return s.wait(ReasonDisputed, time.Time{})
	case s.DoNotChase:
		return s.wait(ReasonDoNotChase, time.Time{})
	case s.HeldUntil != nil && s.HeldUntil.IsZero():
		return s.wait(ReasonHeld, time.Time{})
	case s.HeldUntil != nil && !s.HeldUntil.Before(s.today()):
		return s.wait(ReasonHeld, s.nextDay(*s.HeldUntil))
	case !s.PromisedUntil.IsZero() && !s.PromisedUntil.Before(s.today()):
		return s.wait(ReasonPromisePending, s.nextDay(s.PromisedUntil))
	case s.Stopped:
		return s.wait(ReasonStopped, time.Time{})
	}
	return Verdict{}, false
}

// applicableRule leaves out what the policy, the time or the debtor's kind leaves out.
func applicableRule(s Situation) (Verdict, bool) {
	step := s.Step
	if !s.Kind.MayBeDunned() && step.chases() {
		return skip(ReasonNotApplicable)
	}
	if !step.chases() {
		return Verdict{}, false
	}
	if s.Open.Minor < s.MinimumAmountMinor {
		return skip(ReasonBelowMinimum)
	}
	if step.beforeDue() && !s.today().Before(s.Due) {
		return skip(ReasonNotApplicable)
	}
	if step.TermsAtLeast > 0 && s.Due.DaysSince(s.Issued) < step.TermsAtLeast {
		return skip(ReasonNotApplicable)
	}
	if c := step.OnlyIf; c != nil && !c.holds(s) {
		return skip(ReasonNotApplicable)
	}
	return Verdict{}, false
}

func (c *Condition) holds(s Situation) bool {
	return (c.AmountAtLeastMinor > 0 && s.Open.Minor >= c.AmountAtLeastMinor) ||
		(c.NewCustomer && s.NewCustomer) ||
		(c.PaidLate && s.PaidLate) ||
		(c.BrokePromise && s.BrokePromise)
}

// creditPatience is how many business days pass before a case whose customer has
// credit enough is looked at again; a change of the credit is told at once.
const creditPatience = 5

// creditRule: nobody is asked to pay what we owe them, not even by an agency.
func creditRule(s Situation) (Verdict, bool) {
	if s.CreditCovers && s.Step.chases() {
		return s.wait(ReasonCreditCovers, s.nextDay(s.Place.Customer.AddBusinessDays(s.today(), creditPatience-1)))
	}
	return Verdict{}, false
}

// lateRule: what did not get out in its time is a person's to decide. The time counts from the
// first try, and for what nobody tried, as after a downtime, from the planned instant. It comes
// before the rules that let a step wait for a moment: a night or a full day makes nothing
// timely again. What is for colleagues is made late rather than never, and nothing is late
// where nothing leaves.
func lateRule(s Situation) (Verdict, bool) {
	since := s.FirstTried
	if since.IsZero() && s.Step.writesToCustomer() {
		since = s.Planned
	}
	if since.IsZero() || s.sentElsewhere() || s.Mode == ModeShadow || !s.Now.After(Deadline(s.Step, s.Place, since)) {
		return Verdict{}, false
	}
	return Verdict{Answer: AnswerFailed, Reason: ReasonTooLate}, true
}

// staleRule: where the creditor says so, nobody is chased for an overdue invoice before
// somebody has looked whether it was paid. New payment data is told at once; until then the
// step asks again each day.
func staleRule(s Situation) (Verdict, bool) {
	if s.PaymentsStale && s.Step.chases() && s.today().After(s.Due) {
		return s.wait(ReasonBankDataStale, s.nextDay(s.today()))
	}
	return Verdict{}, false
}

// shadowRule: in shadow mode nothing leaves and no list fills. Recording that the
// invoice was sent elsewhere is no sending.
func shadowRule(s Situation) (Verdict, bool) {
	if s.Mode == ModeShadow && !s.sentElsewhere() {
		return skip(ReasonShadow)
	}
	return Verdict{}, false
}

func windowRule(s Situation) (Verdict, bool) {
	if s.sentElsewhere() {
		return Verdict{}, false
	}
	if !s.Place.InWindow(s.Step, s.Now) {
		return s.wait(ReasonOutsideWindow, s.Place.NextWindow(s.Step, s.Now, s.Spread))
	}
	return Verdict{}, false
}

// capRule: one contact a day, and no more in a week than the creditor wants.
func capRule(s Situation) (Verdict, bool) {
	if free := s.freeOn(); s.Step.CountsAsContact() && free.After(s.today()) {
		return s.wait(ReasonContactCap, s.Place.NextWindow(s.Step, free.In(s.Place.Zone, 0, 0), s.Spread))
	}
	return Verdict{}, false
}

// freeOn is the first day from today on which a contact keeps to both caps: none was made on it,
// and fewer than the weekly cap allows lie in the 7 days that end on it.
func (s Situation) freeOn() calendar.Date {
	day, contacts := s.today(), s.Contacts
	if s.ContactedToday {
		contacts = append(slices.Clip(contacts), day)
		day = day.AddDays(1)
	}
	for ; s.WeeklyCap > 0; day = day.AddDays(1) {
		lately := 0
		for _, c := range contacts {
			if c.Before(day) && day.DaysSince(c) < 7 {
				lately++
			}
		}
		if lately < s.WeeklyCap {
			break
		}
	}
	return day
}

// releaseRule: in approve mode a person releases the day's messages to customers.
func releaseRule(s Situation) (Verdict, bool) {
	if s.Mode == ModeApprove && s.Step.writesToCustomer() && !s.sentElsewhere() && !s.Released {
		return s.wait(ReasonNotReleased, s.nextDay(s.today()))
	}
	return Verdict{}, false
}

// ToneFor is the tone in which a step speaks: its own, but never more than one rung
// above what the customer has really been sent.
func ToneFor(step *Step, reallySent Tone) Tone {
	if step.Tone > reallySent+1 {
		return reallySent + 1
	}
	return step.Tone
}

// Deadline is the last instant at which a step that was first tried at the given
// moment, or planned for it, may still go out; afterwards a person is asked.
func Deadline(step *Step, where Place, since time.Time) time.Time {
	days := step.DeadlineAfter
	if days == 0 {
		days = 5
	}
	return where.Customer.AddBusinessDays(where.Date(since), days).In(where.Zone, 18, 0)
}

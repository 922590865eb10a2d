package dunning_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
)

// ladder walks one invoice up its policy as the product does: take the first planned
// step, wait until it is due, decide, record, plan again. Events come between.
type ladder struct {
	policy   *dunning.Policy
	place    dunning.Place
	facts    dunning.Facts          // AsOf is the ladder's clock
	base     dunning.Situation      // the facts that decide, but for clock, place and step
	written  map[calendar.Date]bool // days on which the customer was written to
	fails    map[dunning.StepID]dunning.Reason
	sent     dunning.Tone // the highest tone really sent
	outcomes []dunning.Outcome
	story    []happening
	down     []downtime // in order
	due      time.Time  // for when the step was planned that is being claimed
	asked    int        // claims, to notice a ladder that runs in circles
}

// downtime is when nothing runs.
type downtime struct{ from, to time.Time }

// happening is one line of a ladder's story.
type happening struct {
	at    time.Time
	event string // what somebody did, or
	step  dunning.StepID
	words string    // what became of the step
	due   time.Time // the step's instant as it was planned
}

// event is what somebody does on a day, counted from the due date, at 06:00 local time.
type event struct {
	day int
	do  deed
}

// deed is an event in words, with its effect on the facts.
type deed struct {
	words string
	apply func(*ladder)
}

func (l *ladder) today() calendar.Date { return l.place.Date(l.facts.AsOf) }

func (l *ladder) tell(words string) {
	l.story = append(l.story, happening{at: l.facts.AsOf, event: words})
}

func (l *ladder) record(step dunning.StepID, words string, args ...any) {
	l.story = append(l.story, happening{at: l.facts.AsOf, step: step, words: fmt.Sprintf(words, args...), due: l.due})
}

// run walks until nothing is planned, the case waits for a fact that never comes, or it
// is closed. It reports whether the ladder came to an end by itself.
func (l *ladder) run(events []event) bool {
	const tooMany = 2000 // claims: no ladder of the tests needs a tenth of it
	blocked := false
	for l.asked < tooMany {
		plan := dunning.Plan(l.policy, l.facts, l.place, l.outcomes)
		idle := blocked || len(plan) == 0
		claims := l.facts.AsOf
		if !idle {
			claims = l.claimsAt(plan[0].At)
		}
		if len(events) > 0 {
			at := l.facts.Due.AddDays(events[0].day).In(l.place.Zone, 6, 0)
			if idle || !claims.Before(at) {
				if at.After(l.facts.AsOf) {
					l.facts.AsOf = at
				}
				l.standing(plan, blocked)
				l.tell(events[0].do.words)
				events[0].do.apply(l)
				events, blocked = events[1:], false
				continue
			}
		}
		if idle || l.base.Closed != "" {
			return true
		}
		l.facts.AsOf = claims
		blocked = l.claim(plan[0])
	}
	return false
}

// claimsAt is when a step that is due at an instant is claimed. Nobody claims during a downtime;
// what is due then waits until it is over.
func (l *ladder) claimsAt(due time.Time) time.Time {
	at := l.facts.AsOf
	if due.After(at) {
		at = due
	}
	for _, d := range l.down {
		if !at.Before(d.from) && at.Before(d.to) {
			at = d.to
		}
	}
	return at
}

// standing keeps the instant of a step that was due while nothing ran, over the facts that come
// meanwhile. A step that waits for a fact begins anew with it.
func (l *ladder) standing(plan []dunning.PlannedStep, blocked bool) {
	l.facts.DueStep = ""
	if !blocked && len(plan) > 0 && !plan[0].At.After(l.facts.AsOf) {
		l.facts.DueStep, l.facts.DueSince = plan[0].Step, plan[0].At
	}
}

// claim decides a step at the ladder's clock and records what follows; it reports
// whether only a fact can move the case on.
func (l *ladder) claim(p dunning.PlannedStep) (blocked bool) {
	l.asked++
	id := p.Step
	step, _ := l.policy.Step(id)
	s := l.situation(step)
	s.Planned, l.due, l.facts.DueStep = p.At, p.At, ""
	v := dunning.Decide(s)
	switch v.Answer {
	case dunning.AnswerGo:
		l.act(step)
	case dunning.AnswerSkipped, dunning.AnswerFailed:
		l.outcome(step, v.Answer, v.Reason)
		l.record(id, "%s, %s", v.Answer, v.Reason)
	case dunning.AnswerWait:
		l.facts.NotBefore = v.NotBefore
		if v.NotBefore.IsZero() {
			l.record(id, "waits, %s", v.Reason)
			return true
		}
		l.record(id, "waits, %s, until %s", v.Reason, clock(l.place, v.NotBefore))
	}
	return false
}

func (l *ladder) situation(step *dunning.Step) dunning.Situation {
	s := l.base
	s.Now, s.Place, s.Step = l.facts.AsOf, l.place, step
	s.Issued, s.Due, s.Spread = l.facts.Issued, l.facts.Due, l.facts.Spread
	s.MinimumAmountMinor = l.policy.MinimumAmountMinor
	s.AlreadySent = !l.facts.AlreadySent.IsZero()
	s.ContactedToday, s.WeeklyCap = l.written[l.today()], 2
	for day := range l.written {
		if day != l.today() {
			s.Contacts = append(s.Contacts, day)
		}
	}
	return s
}

func (l *ladder) act(step *dunning.Step) {
	if why, ok := l.fails[step.ID]; ok {
		l.outcome(step, dunning.AnswerFailed, why)
		l.record(step.ID, "failed, %s", why)
		return
	}
	words := "done"
	if step.CountsAsContact() {
		l.written[l.today()] = true
		tone := dunning.ToneFor(step, l.sent)
		words = "done, " + [...]string{"no tone", "friendly", "firm", "final"}[tone]
		l.sent = max(l.sent, tone)
	}
	if step.Do == dunning.DoSendInvoice && !l.facts.AlreadySent.IsZero() {
		words = "done, proof of " + l.facts.AlreadySent.String()
	}
	l.outcome(step, dunning.AnswerDone, "")
	l.record(step.ID, "%s", words)
}

func (l *ladder) outcome(step *dunning.Step, a dunning.Answer, why dunning.Reason) {
	l.facts.NotBefore = time.Time{}
	if step.Do == dunning.DoSendCopy {
		l.facts.CopyWanted = false
		return
	}
	on := l.today()
	if step.Do == dunning.DoSendInvoice && a == dunning.AnswerDone && !l.facts.AlreadySent.IsZero() {
		on = l.facts.AlreadySent
	}
	l.outcomes = append(l.outcomes, dunning.Outcome{Step: step.ID, Answer: a, Reason: why, On: on})
}

// The deeds.

func pays() deed {
	return deed{"the customer pays", func(l *ladder) { l.base.Open.Minor, l.base.Closed = 0, dunning.ReasonPaid }}
}

func paysPart(minor int64) deed {
	return deed{"the customer pays EUR " + money.New(minor, "EUR").Decimal(), func(l *ladder) { l.base.Open.Minor -= minor }}
}

func disputes() deed {
	return deed{"the customer disputes", func(l *ladder) { l.base.Disputed = true }}
}

func settles() deed {
	return deed{"the dispute is settled", func(l *ladder) { l.base.Disputed = false; l.pauseEnded() }}
}

func holds(days int) deed {
	return deed{fmt.Sprintf("a hold of %d days", days), func(l *ladder) {
		until := l.today().AddDays(days)
		l.base.HeldUntil, l.facts.PausedUntil = &until, until
	}}
}

func holdsWithoutEnd() deed {
	return deed{"a hold without an end", func(l *ladder) { l.base.HeldUntil = &calendar.Date{} }}
}

func lifts() deed {
	return deed{"the hold is lifted", func(l *ladder) { l.base.HeldUntil = nil; l.pauseEnded() }}
}

func promises(days int) deed {
	return deed{fmt.Sprintf("the customer promises to pay within %d days", days), func(l *ladder) {
		l.base.PromisedUntil = l.today().AddDays(days)
		l.facts.PausedUntil = l.base.PromisedUntil
	}}
}

func stops() deed {
	return deed{"the creditor stops everything", func(l *ladder) { l.base.Stopped = true }}
}

func goesOn() deed {
	return deed{"the creditor goes on", func(l *ladder) { l.base.Stopped, l.facts.DueStep = false, "" }}
}

func asksForCopy() deed {
	return deed{"the customer asks for a copy", func(l *ladder) { l.facts.CopyWanted, l.facts.NotBefore = true, time.Time{} }}
}

func delivered() deed {
	return deed{"the delivery is recorded", func(l *ladder) { l.facts.Awaiting, l.facts.Delivered = false, l.today() }}
}

func contactedElsewhere() deed {
	return deed{"another invoice is reminded of", func(l *ladder) { l.written[l.today()] = true }}
}

func credited(covers bool) deed {
	words := "the credit is used up"
	if covers {
		words = "a credit covers all that is overdue"
	}
	return deed{words, func(l *ladder) { l.base.CreditCovers = covers; l.facts.NotBefore = time.Time{} }}
}

func becomes(m dunning.Mode) deed {
	return deed{"the creditor's mode is now " + string(m), func(l *ladder) { l.base.Mode = m; l.facts.NotBefore = time.Time{} }}
}

func releases() deed {
	return deed{"a person releases the batch", func(l *ladder) { l.base.Released = true; l.facts.NotBefore = time.Time{} }}
}

// pauseEnded is what the end of a pause leaves behind: the day, and no waiting.
func (l *ladder) pauseEnded() {
	l.facts.PausedUntil, l.facts.NotBefore = l.today(), time.Time{}
}

// title says what the ladder stands on.
func (l *ladder) title() string {
	return fmt.Sprintf("policy %s; issued %s, due %s; EUR %s; %s", l.policy.ID, l.facts.Issued, l.facts.Due,
		l.base.Open.Decimal(), l.place.Zone)
}

// String is the story for a reader, one line a happening, with the day counted from the
// due date.
func (l *ladder) String() string {
	var b strings.Builder
	for _, h := range l.story {
		local := h.at.In(l.place.Zone)
		what := fmt.Sprintf("%-18s %s", h.step, h.words)
		if h.event != "" {
			what = "* " + h.event
		}
		fmt.Fprintf(&b, "%+4d  %s  %s\n", calendar.DateOf(local).DaysSince(l.facts.Due), local.Format("Mon 2006-01-02 15:04"), what)
	}
	return b.String()
}

// done lists the steps that were done, by day from the due date.
func (l *ladder) done() []entry {
	var done []entry
	for _, h := range l.story {
		if h.event == "" && strings.HasPrefix(h.words, "done") {
			done = append(done, entry{l.place.Date(h.at).DaysSince(l.facts.Due), h.step})
		}
	}
	return slices.Clip(done)
}

// entry is a step that was done, by day from the due date.
type entry struct {
	day  int
	step dunning.StepID
}

package workflows_test

import (
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // the tests give the same answer on a machine without a zone database

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
)

// books stand in for the database: they hold the facts of one invoice. A change of a
// fact raises the sequence and plans anew with the real planner; a step is claimed
// against the newest facts with the real rules. Only the workflow under test decides
// when something happens.
type books struct {
	mu         sync.Mutex // activities run in goroutines of their own
	policy     *dunning.Policy
	place      dunning.Place
	facts      dunning.Facts
	outcomes   []dunning.Outcome
	occurrence map[dunning.StepID]int
	answers    map[dunning.StepID][]answer // what the next claims of a step answer; without: the real rules
	paused     []dunning.Reason
	closed     dunning.Reason
	daysLate   int
	openMinor  int64
	approved   bool // the hand-off
	handedOff  bool
	delivery   string
	seq        int64
	planNo     int
	plan       []dunning.PlannedStep
	story      []dunning.Chapter // what every step became
}

// answer is a claim's answer that a scenario wants.
type answer struct {
	answer dunning.Answer
	reason dunning.Reason
	until  string // wait: the customer's clock; empty: no end is known
	again  bool   // wait: the step is to be done again, as a new occurrence
	errors int    // the activity fails so often before it answers
}

// customerKey spreads contact by 49 minutes and some seconds.
const customerKey = "4d0d0b58-5f9e-4a6e-9a4e-0f2c1f7f3a10"

var spread = dunning.Spread{Customer: customerKey}

func amsterdam(t tester) dunning.Place {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	require.NoError(t, err)
	return dunning.Place{Customer: calendar.For("NL", ""), Banking: calendar.TARGET(), Zone: zone}
}

// newBooks opens the case: issued on Monday 2 March 2026, due on Wednesday 1 April.
func newBooks(t tester, now time.Time) *books {
	t.Helper()
	source, err := dunning.Shipped(dunning.PolicyStandard)
	require.NoError(t, err)
	policy, err := dunning.ParsePolicy(source)
	require.NoError(t, err)
	issued := calendar.NewDate(2026, time.March, 2)
	b := &books{
		policy: policy, place: amsterdam(t), openMinor: 121_000, occurrence: map[dunning.StepID]int{}, answers: map[dunning.StepID][]answer{},
		facts: dunning.Facts{Issued: issued, Due: calendar.NewDate(2026, time.April, 1), Delivered: issued, Spread: spread},
	}
	b.replan(now)
	return b
}

// change writes a fact and answers the new state.
func (b *books) change(now time.Time, fact func(*books, time.Time)) dunning.State {
	b.mu.Lock()
	defer b.mu.Unlock()
	fact(b, now)
	b.replan(now)
	return b.state()
}

func (b *books) replan(now time.Time) {
	b.seq++
	before := b.plan
	b.plan = []dunning.PlannedStep{}
	if b.closed == "" {
		b.facts.AsOf = now
		b.plan = dunning.Plan(b.policy, b.facts, b.place, b.outcomes)
	}
	for i := range b.plan {
		b.plan[i].Occurrence += b.occurrence[b.plan[i].Step]
	}
	if !slices.Equal(before, b.plan) {
		b.planNo++
	}
}

func (b *books) state() dunning.State {
	var story []dunning.Chapter
	if b.closed != "" {
		story = slices.Clone(b.story)
	}
	return dunning.State{
		Story: story, FactsSeq: b.seq, OpenMinor: b.openMinor, DueDate: b.facts.Due, Paused: slices.Clone(b.paused), Closed: b.closed, DaysLate: b.daysLate,
		HandedOff: b.handedOff, PlanNo: b.planNo, Plan: slices.Clone(b.plan), LastDelivery: b.delivery,
	}
}

// newest is the state now.
func (b *books) newest() dunning.State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state()
}

// claim answers an act as far as it needs no doing; nil: it may be done.
func (b *books) claim(now time.Time, act dunning.Act) *dunning.ActResult {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.IndexFunc(b.outcomes, func(o dunning.Outcome) bool { return o.Step == act.Step }); i >= 0 {
		return &dunning.ActResult{Answer: b.outcomes[i].Answer, Reason: b.outcomes[i].Reason, State: b.state()}
	}
	if b.closed != "" {
		return &dunning.ActResult{Answer: dunning.AnswerSkipped, Reason: dunning.ClosedReason(b.closed), State: b.state()}
	}
	if !slices.ContainsFunc(b.plan, func(p dunning.PlannedStep) bool { return p.Step == act.Step && p.Occurrence == act.Occurrence }) {
		return &dunning.ActResult{Answer: dunning.AnswerWait, Reason: dunning.ReasonNotApplicable, State: b.state()}
	}
	if script := b.answers[act.Step]; len(script) > 0 {
		b.answers[act.Step] = script[1:]
		return b.scripted(now, act, script[0])
	}
	step, _ := b.policy.Step(act.Step)
	switch v := dunning.Decide(b.situation(now, step)); {
	case v.Answer == dunning.AnswerWait:
		return b.wait(now, v)
	case v.Answer != dunning.AnswerGo:
		return b.end(now, act, v)
	case step.Do == dunning.DoHandOff && !b.approved:
		return b.wait(now, dunning.Verdict{Reason: dunning.ReasonNotReleased})
	}
	return nil
}

func (b *books) situation(now time.Time, step *dunning.Step) dunning.Situation {
	return dunning.Situation{
		Now: now, Place: b.place, Step: step, Open: money.New(b.openMinor, "EUR"), Closed: b.closed, Kind: dunning.KindBusiness,
		Mode: dunning.ModeAutomatic, Stopped: b.is(dunning.ReasonStopped), DoNotChase: b.is(dunning.ReasonDoNotChase),
		Disputed: b.is(dunning.ReasonDisputed), HeldUntil: b.held(), Issued: b.facts.Issued, Due: b.facts.Due, NewCustomer: true,
		Spread: spread,
	}
}

func (b *books) is(why dunning.Reason) bool { return slices.Contains(b.paused, why) }

func (b *books) held() *calendar.Date {
	if b.is(dunning.ReasonHeld) {
		return &calendar.Date{}
	}
	return nil
}

func (b *books) scripted(now time.Time, act dunning.Act, a answer) *dunning.ActResult {
	if a.answer != dunning.AnswerWait {
		return b.end(now, act, dunning.Verdict{Answer: a.answer, Reason: a.reason})
	}
	if a.again {
		b.occurrence[act.Step]++
	}
	v := dunning.Verdict{Reason: a.reason}
	if a.until != "" {
		v.NotBefore = clock(b.place, a.until)
	}
	return b.wait(now, v)
}

func (b *books) wait(now time.Time, v dunning.Verdict) *dunning.ActResult {
	b.facts.NotBefore = v.NotBefore
	b.replan(now)
	return &dunning.ActResult{Answer: dunning.AnswerWait, Reason: v.Reason, NotBefore: v.NotBefore, State: b.state()}
}

// record says that an act was done.
func (b *books) record(now time.Time, act dunning.Act) *dunning.ActResult {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch act.Step {
	case "agency_hand_off":
		b.handedOff = true
	case dunning.StepAgencyRecall:
		b.handedOff = false
	}
	r := b.end(now, act, dunning.Verdict{Answer: dunning.AnswerDone})
	r.Reference = "ref-" + string(act.Step)
	return r
}

func (b *books) end(now time.Time, act dunning.Act, v dunning.Verdict) *dunning.ActResult {
	b.outcomes = append(b.outcomes, dunning.Outcome{Step: act.Step, Answer: v.Answer, Reason: v.Reason, On: b.place.Date(now)})
	b.facts.NotBefore = time.Time{}
	b.tell(now, act.Step, v.Answer, v.Reason, "ref-"+string(act.Step))
	b.replan(now)
	return &dunning.ActResult{Answer: v.Answer, Reason: v.Reason, State: b.state()}
}

// tell writes what a step of the policy became, in place of what it was before.
func (b *books) tell(now time.Time, id dunning.StepID, answer dunning.Answer, reason dunning.Reason, reference string) {
	step, ok := b.policy.Step(id)
	if !ok {
		return // the recall is no step of the ladder
	}
	chapter := dunning.Chapter{Step: id, Stage: step.Stage, Answer: answer, Reason: reason, At: now.UTC(), Reference: reference}
	b.story = append(slices.DeleteFunc(b.story, func(c dunning.Chapter) bool { return c.Step == id }), chapter)
}

// The facts of the scenarios.

func paid(b *books, now time.Time) { b.close(now, dunning.ReasonPaid) }

func credited(b *books, now time.Time) { b.close(now, dunning.ReasonCredited) }

func writtenOff(b *books, now time.Time) { b.close(now, dunning.ReasonWrittenOff) }

func (b *books) close(now time.Time, outcome dunning.Reason) {
	b.closed, b.openMinor, b.daysLate = outcome, 0, max(0, b.place.Date(now).DaysSince(b.facts.Due))
	for _, p := range b.plan { // what was still to come is skipped
		b.tell(now, p.Step, dunning.AnswerSkipped, dunning.ClosedReason(outcome), "")
	}
}

func partlyPaid(b *books, _ time.Time) { b.openMinor /= 2 }

func pause(why dunning.Reason) func(*books, time.Time) {
	return func(b *books, _ time.Time) { b.paused = append(b.paused, why) }
}

func resume(why dunning.Reason) func(*books, time.Time) {
	return func(b *books, now time.Time) {
		b.paused = slices.DeleteFunc(b.paused, func(r dunning.Reason) bool { return r == why })
		b.facts.PausedUntil, b.facts.NotBefore = b.place.Date(now), time.Time{}
	}
}

// promised silences the case until a day that is known.
func promised(until calendar.Date) func(*books, time.Time) {
	return func(b *books, _ time.Time) { b.facts.PausedUntil = until }
}

func approved(b *books, now time.Time) {
	b.approved = true
	unwait(b, now)
}

func unwait(b *books, _ time.Time) { b.facts.NotBefore = time.Time{} }

// addressMended opens a step again that failed for want of an address.
func addressMended(step dunning.StepID) func(*books, time.Time) {
	return func(b *books, _ time.Time) {
		b.outcomes = slices.DeleteFunc(b.outcomes, func(o dunning.Outcome) bool { return o.Step == step })
		b.occurrence[step]++
	}
}

// settled: a report said that a message of unknown fate arrived.
func settled(step dunning.StepID) func(*books, time.Time) {
	return func(b *books, now time.Time) {
		b.outcomes = append(b.outcomes, dunning.Outcome{Step: step, Answer: dunning.AnswerDone, On: b.place.Date(now)})
		b.tell(now, step, dunning.AnswerDone, "", "report")
	}
}

// policyChanged moves the case to another policy.
func policyChanged(id string) func(*books, time.Time) {
	return func(b *books, _ time.Time) {
		source, err := dunning.Shipped(id)
		if err != nil {
			panic(err)
		}
		if b.policy, err = dunning.ParsePolicy(source); err != nil {
			panic(err)
		}
	}
}

func nothingElse(*books, time.Time) {}

// clock reads "2026-03-02 09:00" as the customer's clock shows it.
func clock(where dunning.Place, s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, where.Zone)
	if err != nil {
		panic(err)
	}
	return t
}

package simulation

import (
	"cmp"
	"container/heap"
	"errors"
	"time"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// maxWaits bounds how often the steps of one simulation are told to wait. It takes
// hundreds of invoices of one customer that fall due together and queue for the
// customer's days to reach it.
const maxWaits = 200_000

var errTooMany = errors.New("the simulation was stopped: hundreds of invoices of one customer fall due together," +
	" and one message a day cannot serve them; leave some out")

// customer is the invoices of one customer, in the order of what comes next to them. They
// share the customer's day and what the customer is known for.
type customer struct {
	queue     []*ladder
	messages  map[calendar.Date]time.Time // the instant of each day's message
	calls     map[calendar.Date]bool      // the days of calls
	weeklyCap int                         // contacts in any 7 days; 0: no cap
	paid      bool                        // has paid an invoice
	lateOn    calendar.Date               // the last day on which an invoice was paid late
	waits     *int                        // how often a step may still be told to wait
}

// run takes the invoices up their ladders.
func (c *customer) run() error {
	for _, l := range c.queue {
		l.next() // the arrival
	}
	heap.Init(c)
	for len(c.queue) > 0 {
		l := c.queue[0]
		if l.acts {
			c.claim(l)
		} else {
			l.happen()
			c.learn(l)
		}
		if *c.waits < 0 {
			return errTooMany
		}
		if l.next() {
			heap.Fix(c, 0)
			continue
		}
		l.leave(dunning.AnswerWait, dunning.ReasonDisputed) // what a dispute without an end holds back
		heap.Pop(c)
	}
	return nil
}

// learn remembers how the customer pays, as the live run reads it from the books.
func (c *customer) learn(l *ladder) {
	if !l.closed {
		return
	}
	c.paid = true
	if l.Invoice.Paid.DaysSince(l.Invoice.Due) > lateDays {
		c.lateOn = l.Invoice.Paid
	}
}

// claim asks whether the step may be done now, and records what follows.
func (c *customer) claim(l *ladder) {
	step, _ := l.Policy.Step(l.plan[0].Step) // a plan holds steps of its policy only
	contacted, today := c.contactedOn(l, step)
	v := dunning.Decide(dunning.Situation{
		Now: l.at, Place: l.place, Step: step, Open: l.Invoice.Amount, MinimumAmountMinor: l.Policy.MinimumAmountMinor,
		Kind: l.Invoice.Kind, Mode: dunning.ModeAutomatic, Disputed: l.disputed, ContactedToday: contacted, Contacts: c.lately(step, today), WeeklyCap: c.weeklyCap,
		Issued: l.Invoice.Issued, Due: l.Invoice.Due, NewCustomer: !c.paid,
		PaidLate: !c.lateOn.IsZero() && c.lateOn.After(today.AddDays(-rememberDays)), Spread: l.facts.Spread,
	})
	switch {
	case v.Answer == dunning.AnswerWait:
		*c.waits--
		l.wait(v)
	case v.Answer == dunning.AnswerSkipped:
		l.record(v.Answer, v.Reason)
	case step.Do == dunning.DoHandOff && l.tone < dunning.ToneFinal: // an agency never comes as a surprise
		l.record(dunning.AnswerFailed, dunning.ReasonNoContact)
	default:
		if step.CountsAsContact() {
			c.messages[today] = l.at
			l.tone = max(l.tone, dunning.ToneFor(step, l.tone))
		}
		if step.Do == dunning.DoCall {
			c.calls[today] = true
		}
		l.record(dunning.AnswerDone, "")
	}
}

// lately are the days of the last week, before today, on which the customer was contacted, as far
// as the step must know them.
func (c *customer) lately(step *dunning.Step, today calendar.Date) []calendar.Date {
	if c.weeklyCap == 0 || !step.CountsAsContact() {
		return nil
	}
	var days []calendar.Date
	for ago := 6; ago > 0; ago-- {
		day := today.AddDays(-ago)
		if _, written := c.messages[day]; written || c.calls[day] {
			days = append(days, day)
		}
	}
	return days
}

// contactedOn reports whether the customer had its message of the day. What is due at the same
// instant goes along with it, as far as the policy bundles.
func (c *customer) contactedOn(l *ladder, step *dunning.Step) (contacted bool, today calendar.Date) {
	today = l.place.Date(l.at)
	at, contacted := c.messages[today]
	return contacted && (!l.Policy.Bundles(step) || !at.Equal(l.at)), today
}

// The queue is a heap: by time, facts before steps, then in the file's order.

// Len is the number of invoices with something to come.
func (c *customer) Len() int { return len(c.queue) }

// Less says which of two comes first.
func (c *customer) Less(i, j int) bool {
	a, b := c.queue[i], c.queue[j]
	if order := a.at.Compare(b.at); order != 0 {
		return order < 0
	}
	if a.acts != b.acts {
		return b.acts
	}
	return cmp.Less(a.order, b.order)
}

// Swap exchanges two.
func (c *customer) Swap(i, j int) { c.queue[i], c.queue[j] = c.queue[j], c.queue[i] }

// Push adds one; all are there from the start.
func (c *customer) Push(x any) { c.queue = append(c.queue, x.(*ladder)) } //nolint:forcetypeassert // only ladders

// Pop takes the last.
func (c *customer) Pop() any {
	last := c.queue[len(c.queue)-1]
	c.queue = c.queue[:len(c.queue)-1]
	return last
}

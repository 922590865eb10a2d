package simulation

import (
	"fmt"
	"slices"
	"time"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// Options are the choices of a simulation; the zero value is fine.
type Options struct {
	Seed uint64 // draws the days of undated disputes: same seed, same report
	Zone string // time zone of customers in countries that the product has no calendar of; empty: Europe/Amsterdam

	WeeklyContacts *int // dunning contacts that a customer may get in any 7 days, as the creditor's setting; 0: one a day; nil: the standard
}

func (o Options) weeklyCap() int {
	if o.WeeklyContacts == nil {
		return dunning.StandardWeeklyCap
	}
	return *o.WeeklyContacts
}

// Run takes the invoices of a history up a policy. The report depends on the arguments
// alone. Debtors that may not be dunned follow the shipped manual policy, as in the live
// run. The error is for an unknown zone, or a history that no cap on messages can serve.
func Run(p *dunning.Policy, h *History, o Options) (*Report, error) {
	where, err := newPlaces(o.Zone)
	if err != nil {
		return nil, err
	}
	manual, err := manualPolicy()
	if err != nil {
		return nil, err
	}
	timelines := make([]*Timeline, 0, len(h.Invoices))
	waits := maxWaits
	customers := map[string]*customer{}
	var order []*customer // of their first invoices, so that no answer hangs on the order of a map
	for n, i := range h.Invoices {
		policy := p
		if !i.Kind.MayBeDunned() {
			policy = manual
		}
		l := newLadder(n, i.dated(o.Seed), policy, where.of(i.Country))
		timelines = append(timelines, l.Timeline)
		c, known := customers[i.Customer]
		if !known {
			c = &customer{messages: map[calendar.Date]time.Time{}, calls: map[calendar.Date]bool{}, weeklyCap: o.weeklyCap(), waits: &waits}
			customers[i.Customer] = c
			order = append(order, c)
		}
		c.queue = append(c.queue, l)
	}
	for _, c := range order {
		if err := c.run(); err != nil {
			return nil, err
		}
	}
	r := newReport(p, timelines, len(order))
	r.Faults, r.LeftOut = append([]Fault{}, h.Faults...), h.LeftOut
	r.Assumptions = slices.Concat(h.Assumptions, o.assumptions(timelines))
	return r, nil
}

func manualPolicy() (*dunning.Policy, error) {
	source, err := dunning.Shipped(dunning.PolicyManual)
	if err != nil {
		return nil, err
	}
	return dunning.ParsePolicy(source)
}

func (o Options) capAssumption() string {
	const calls = " A call is made on the day on which it comes on the list, after that day's messages, and somebody answers."
	if o.weeklyCap() == 0 {
		return "There is no weekly cap on contacts." + calls
	}
	return fmt.Sprintf("A customer gets reminders and notices while it had fewer than %d contacts, calls among them, in the 6 days before; else they wait.", o.weeklyCap()) + calls
}

// assumptions say what the simulation takes for granted and what it leaves out.
func (o Options) assumptions(timelines []*Timeline) []string {
	drawn, elsewhere := 0, 0
	for _, t := range timelines {
		if t.Invoice.Undated {
			drawn++
		}
		if _, known := zones[t.Invoice.Country]; !known {
			elsewhere++
		}
	}
	said := []string{
		"People do what they did: payments and disputes stay on their days, whatever is sent. What a reminder would have changed is not guessed.",
		fmt.Sprintf("An invoice comes in at %d:00 on its day of issue, which counts as the delivery, and is sent from here. "+
			"A payment, a dispute and its end are known at %02d:00 of their day; on the day of issue at %d:00.", arrivalHour, morningHour, eveningHour),
		"A payment is the whole amount. Promises, holds, credits and stops do not occur.",
		"Every customer can be reached by e-mail and SMS, every message arrives, every hand-off is approved when it is due.",
		"A new customer, and one that paid late in the last 365 days, is told from the earlier invoices of this history only.",
		"A customer gets one message a day, as in the live run: it is about every invoice that is due for one, if the policy bundles; " +
			"else the second waits for the next business day. Calls to one customer on one day count as one task.",
		o.capAssumption(),
	}
	if drawn > 0 {
		said = append(said, fmt.Sprintf("Disputes drawn, with seed %d: %d.", o.Seed, drawn))
	}
	if elsewhere > 0 {
		zone := o.Zone
		if zone == "" {
			zone = otherZone
		}
		said = append(said, fmt.Sprintf("Invoices to countries without a calendar here: %d. Their days are Monday to Friday less the TARGET holidays, at the clock of %s.", elsewhere, zone))
	}
	return said
}

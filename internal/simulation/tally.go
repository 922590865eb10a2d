package simulation

import (
	"slices"
	"strconv"
	"time"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// tally counts timelines into a report.
type tally struct {
	*Report

	rows       map[rowKey]*StepReport
	perInvoice []int
	weekdays   [7]int
	months     map[string]int
	calls      map[customerDay]bool
	written    map[customerDay]map[dunning.Channel]bool
}

type rowKey struct {
	policy *dunning.Policy
	step   dunning.StepID
}

type customerDay struct {
	customer string
	day      calendar.Date
}

func newReport(p *dunning.Policy, timelines []*Timeline, customers int) *Report {
	r := &Report{Policy: p.ID, Title: p.Title, Invoices: len(timelines), Customers: customers, Timelines: timelines}
	t := &tally{Report: r, rows: map[rowKey]*StepReport{}, months: map[string]int{}, calls: map[customerDay]bool{}, written: map[customerDay]map[dunning.Channel]bool{}}
	policies := []*dunning.Policy{p}
	for _, tl := range timelines {
		if !slices.Contains(policies, tl.Policy) {
			policies = append(policies, tl.Policy)
		}
		t.invoice(tl)
	}
	for _, policy := range policies {
		for i := range policy.Steps {
			t.closeRow(policy, &policy.Steps[i])
		}
	}
	t.distributions()
	return r
}

func (t *tally) invoice(tl *Timeline) {
	i := tl.Invoice
	if t.From.IsZero() || i.Issued.Before(t.From) {
		t.From = i.Issued
	}
	if i.Issued.After(t.To) {
		t.To = i.Issued
	}
	t.Disputed += one(!i.Disputed.IsZero())
	t.Paid += one(!i.Paid.IsZero())
	t.PaidLate += one(i.Paid.After(i.Due))
	contacts := 0
	for _, s := range tl.Steps {
		step, _ := tl.Policy.Step(s.Step) // a timeline holds steps of its policy only
		t.step(t.row(tl.Policy, step), s)
		if s.Answer == dunning.AnswerDone {
			t.act(tl, step, s.At)
			contacts += one(reaches(step))
		}
	}
	for len(t.perInvoice) <= contacts {
		t.perInvoice = append(t.perInvoice, 0)
	}
	t.perInvoice[contacts]++
	t.BeforeContact.Count += one(!i.Paid.IsZero() && contacts == 0)
	t.Contacts.Total += contacts
}

// reaches reports whether a step is a contact.
func reaches(s *dunning.Step) bool { return s.Do == dunning.DoMessage || s.Do == dunning.DoCall }

func (t *tally) row(p *dunning.Policy, s *dunning.Step) *StepReport {
	key := rowKey{p, s.ID}
	r, ok := t.rows[key]
	if !ok {
		r = &StepReport{
			Policy: p.ID, Step: s.ID, Label: s.Label, Do: s.Do, Channels: s.Channels,
			Skipped: map[dunning.Reason]int{}, Failed: map[dunning.Reason]int{}, Waited: map[dunning.Reason]int{},
		}
		t.rows[key] = r
	}
	return r
}

func (t *tally) step(r *StepReport, s Step) {
	r.Invoices++
	for _, why := range s.Waited {
		r.Waited[why]++
	}
	switch {
	case s.Answer == dunning.AnswerDone:
		r.Done.Count++
	case s.Answer == dunning.AnswerFailed:
		r.Failed[s.Reason]++
	case s.Answer == dunning.AnswerWait:
		r.Waiting++
	case s.Reason == dunning.ReasonPaid:
		r.PaidBefore.Count++
	default:
		r.Skipped[s.Reason]++
	}
}

// act counts a step that was done, and whether it broke a rule.
func (t *tally) act(tl *Timeline, s *dunning.Step, at time.Time) {
	day := tl.place.Date(at)
	switch s.Do {
	case dunning.DoSendInvoice, dunning.DoSendCopy:
		t.Acts.InvoiceMails++
	case dunning.DoMessage:
		key := customerDay{tl.Invoice.Customer, day}
		if t.written[key] == nil {
			t.written[key] = map[dunning.Channel]bool{}
		}
		t.Acts.Emails += one(slices.Contains(s.Channels, dunning.ChannelEmail) && !t.written[key][dunning.ChannelEmail])
		t.Acts.SMS += one(slices.Contains(s.Channels, dunning.ChannelSMS) && !t.written[key][dunning.ChannelSMS])
		for _, c := range s.Channels {
			t.written[key][c] = true
		}
	case dunning.DoCall:
		t.Acts.Calls++
		key := customerDay{tl.Invoice.Customer, day}
		t.Acts.CallTasks += one(!t.calls[key])
		t.calls[key] = true
	case dunning.DoEscalate:
		t.Acts.Escalations++
	case dunning.DoHandOff:
		t.Acts.HandOffs++
	case dunning.DoTask:
		t.Acts.Tasks++
	}
	if reaches(s) {
		t.weekdays[(day.Weekday()+6)%7]++ // Monday first
		t.months[day.String()[:7]]++
	}
	m := tl.moments
	paid := !m.paid.IsZero() && !at.Before(m.paid)
	disputed := !m.disputed.IsZero() && !at.Before(m.disputed) && (m.resolved.IsZero() || at.Before(m.resolved))
	t.Broken.AfterPayment += one(paid)
	t.Broken.Disputed += one(disputed && !paid)
	t.Broken.FreeDays += one(!tl.place.Customer.IsBusinessDay(day))
}

func (t *tally) closeRow(p *dunning.Policy, s *dunning.Step) {
	r := t.row(p, s)
	r.Done, r.PaidBefore = share(r.Done.Count, r.Invoices), share(r.PaidBefore.Count, r.Invoices)
	t.Steps = append(t.Steps, *r)
}

func (t *tally) distributions() {
	t.BeforeContact = share(t.BeforeContact.Count, t.Invoices)
	c := &t.Contacts
	c.PerInvoice = ratio(c.Total, t.Invoices, 2)
	for n, count := range t.perInvoice {
		c.Invoices = append(c.Invoices, Bar{strconv.Itoa(n), count})
	}
	for n, count := range t.weekdays {
		c.Weekdays = append(c.Weekdays, Bar{time.Weekday((n + 1) % 7).String(), count})
	}
	c.Months = []Bar{}
	for month, count := range t.months {
		c.Months = append(c.Months, Bar{month, count})
	}
	slices.SortFunc(c.Months, byName)
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

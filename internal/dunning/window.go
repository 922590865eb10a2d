package dunning

import (
	"hash/fnv"
	"slices"
	"time"

	"maan/internal/calendar"
)

// Place is where the customer is: whose working days and whose clock count.
type Place struct {
	Customer calendar.Calendar // the customer's country, with the creditor's overrides
	Banking  calendar.Calendar // TARGET: when money can arrive
	Zone     *time.Location
	Hours    *Hours // contact hours there, by the policy of the invoice; nil: the standard
}

// Date is the customer's day at an instant.
func (p Place) Date(t time.Time) calendar.Date { return calendar.DateOf(t.In(p.Zone)) }

func (p Place) hours() *Hours {
	if p.Hours == nil {
		return standardHours
	}
	return p.Hours
}

// InWindow reports whether the step may reach out at t.
func (p Place) InWindow(s *Step, t time.Time) bool {
	local := t.In(p.Zone)
	if !p.Customer.IsBusinessDay(calendar.DateOf(local)) {
		return false
	}
	minute := local.Hour()*60 + local.Minute()
	return slices.ContainsFunc(p.hours().of(s).in, func(r Range) bool { return minute >= r.From && minute < r.To })
}

// NextWindow is t if the step may reach out then, else the start of the next contact
// window, after the case's share of the spread. What presses for payment in writing has one
// opening whatever its channels, so that all that is due to a customer on a day goes together:
// with the first of it.
func (p Place) NextWindow(s *Step, t time.Time, share Spread) time.Time {
	open := p.hours().of(s).open
	if s.Do == DoMessage {
		open = p.hours().of(s).pressing
	}
	for d := p.Date(t); ; d = d.AddDays(1) {
		d = p.Customer.OnOrAfter(d)
		for _, w := range open {
			opens := d.In(p.Zone, w.From/60, w.From%60).Add(share.of(s, w.spread))
			if !opens.Before(t) {
				return opens.UTC()
			}
			if t.Before(d.In(p.Zone, w.To/60, w.To%60)) {
				return t.UTC()
			}
		}
	}
}

// CallsOpen is when the customer may first be called on a day.
func (p Place) CallsOpen(d calendar.Date) time.Time {
	from := p.hours().channels.Call[0].From
	return d.In(p.Zone, from/60, from%60)
}

// Spread are the keys by which contact is spread from the start of a window, so that not everybody
// is written to in the same second: each customer by up to 59 minutes, and each invoice by up to
// 10 more for its messages that press for payment. The first of a customer's that is due takes
// the others along, and their workflows learn of it before their own time has come.
type Spread struct{ Customer, Invoice string }

// of is the case's share of a window. A short window is shared out whole, a sixth of it among the
// invoices of one customer.
func (k Spread) of(s *Step, window time.Duration) time.Duration {
	if s.Do != DoMessage {
		return seconds(k.Customer, min(59*time.Minute, window))
	}
	invoices := min(10*time.Minute, window/6)
	return seconds(k.Customer, min(59*time.Minute, window-invoices)) + seconds(k.Invoice, invoices)
}

// seconds is shorter than the span, the same for one key every time; without a key none.
func seconds(key string, span time.Duration) time.Duration {
	if key == "" {
		return 0
	}
	h := fnv.New32a()
	h.Write([]byte(key))
	return time.Duration(int64(h.Sum32())%int64(span/time.Second)) * time.Second
}

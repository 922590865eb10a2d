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
}

// Date is the customer's day at an instant.
func (p Place) Date(t time.Time) calendar.Date { return calendar.DateOf(t.In(p.Zone)) }

// window is a stretch of a day, in minutes from midnight; To is not in it.
type window struct{ From, To int }

// Contact hours at the customer's, Monday to Friday and never on a holiday.
func contactHours(do Do, channels []Channel) []window {
	if do == DoCall {
		return []window{{9 * 60, 12*60 + 30}, {13*60 + 30, 17*60 + 30}}
	}
	email := window{7*60 + 30, 18 * 60}
	sms := window{9 * 60, 19 * 60}
	switch {
	case !slices.Contains(channels, ChannelSMS):
		return []window{email}
	case !slices.Contains(channels, ChannelEmail):
		return []window{sms}
	default: // a step on both channels leaves when both may
		return []window{{sms.From, email.To}}
	}
}

// messagesOpen is when the day's messages that press for payment are due: as soon as all
// channels may be used, in minutes from midnight.
const messagesOpen = 9 * 60

// InWindow reports whether the step may reach out at t.
func (p Place) InWindow(s *Step, t time.Time) bool {
	local := t.In(p.Zone)
	if !p.Customer.IsBusinessDay(calendar.DateOf(local)) {
		return false
	}
	minute := local.Hour()*60 + local.Minute()
	for _, w := range contactHours(s.Do, s.Channels) {
		if minute >= w.From && minute < w.To {
			return true
		}
	}
	return false
}

// NextWindow is t if the step may reach out then, else the start of the next contact
// window, after the case's share of the spread. What presses for payment in writing has one
// opening whatever its channels, so that all that is due to a customer on a day goes together:
// with the first of it.
func (p Place) NextWindow(s *Step, t time.Time, share Spread) time.Time {
	for d := p.Date(t); ; d = d.AddDays(1) {
		d = p.Customer.OnOrAfter(d)
		for _, w := range contactHours(s.Do, s.Channels) {
			if s.Do == DoMessage {
				w.From = max(w.From, messagesOpen)
			}
			opens := d.In(p.Zone, w.From/60, w.From%60).Add(share.of(s))
			if !opens.Before(t) {
				return opens.UTC()
			}
			if t.Before(d.In(p.Zone, w.To/60, w.To%60)) {
				return t.UTC()
			}
		}
	}
}

// Spread are the keys by which contact is spread from the start of a window, so that not everybody
// is written to in the same second: each customer by up to 59 minutes, and each invoice by up to
// 10 more for its messages that press for payment. The first of a customer's that is due takes
// the others along, and their workflows learn of it before their own time has come.
type Spread struct{ Customer, Invoice string }

func (k Spread) of(s *Step) time.Duration {
	d := seconds(k.Customer, 59*60)
	if s.Do == DoMessage {
		d += seconds(k.Invoice, 10*60)
	}
	return d
}

// seconds is fewer than n seconds, the same for one key every time; without a key none.
func seconds(key string, n uint32) time.Duration {
	if key == "" {
		return 0
	}
	h := fnv.New32a()
	h.Write([]byte(key))
	return time.Duration(h.Sum32()%n) * time.Second
}

package dunning

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"maan/internal/calendar"
)

// PaymentRun is the day on which a customer pays its bills: a day of the week, or of the month.
type PaymentRun struct {
	Weekday    time.Weekday // if DayOfMonth is 0
	DayOfMonth int          // 31: the last day of shorter months
}

// runDays are the days of the week on which a run can be.
var runDays = map[string]time.Weekday{
	"monday": time.Monday, "tuesday": time.Tuesday, "wednesday": time.Wednesday, "thursday": time.Thursday, "friday": time.Friday,
}

// ParsePaymentRun reads "friday" or a day of the month such as "25"; nil for the empty text.
func ParsePaymentRun(text string) (*PaymentRun, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // none is recorded
	}
	if day, ok := runDays[strings.ToLower(text)]; ok {
		return &PaymentRun{Weekday: day}, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 31 {
		return nil, errors.New("a payment run is a day from monday to friday, or a day of the month from 1 to 31")
	}
	return &PaymentRun{DayOfMonth: n}, nil
}

// next is the first run on or after a date. One that falls on a day off is the next business day.
func (r PaymentRun) next(from calendar.Date, c calendar.Calendar) calendar.Date {
	for d := from.AddDays(-14); ; d = d.AddDays(1) { // a run before may have been put off to today
		if run := c.OnOrAfter(d); r.on(d) && !run.Before(from) {
			return run
		}
	}
}

func (r PaymentRun) on(d calendar.Date) bool {
	if r.DayOfMonth == 0 {
		return d.Weekday() == r.Weekday
	}
	last := calendar.NewDate(d.Year, d.Month+1, 0).Day
	return d.Day == min(r.DayOfMonth, last)
}

// runPatience is by how many business days a friendly message may come later than its policy says,
// for the customer's payment run to come first.
const runPatience = 5

// behindRun is the day of a friendly message that waits for its customer's payment run: the business
// day after the run, if that is near enough. It counts from the policy's own day, so a step is moved
// once: however often it is planned, it is never put behind the run after.
func (pl *planner) behindRun(step *Step, day calendar.Date) (to calendar.Date, moved bool) {
	if pl.facts.PaymentRun == nil || step.Do != DoMessage || step.Tone != ToneFriendly {
		return day, false
	}
	c := pl.where.Customer
	day = c.OnOrAfter(day)
	to = c.AddBusinessDays(pl.facts.PaymentRun.next(day, c), 1)
	if to.After(c.AddBusinessDays(day, runPatience)) {
		return day, false
	}
	return to, true
}

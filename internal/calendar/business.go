package calendar

import "time"

// IsBusinessDay reports whether d is Monday to Friday and no holiday. The zero
// Date is no business day.
func (c Calendar) IsBusinessDay(d Date) bool {
	if d.IsZero() {
		return false
	}
	if weekday := d.Weekday(); weekday == time.Saturday || weekday == time.Sunday {
		return false
	}
	return !c.isHoliday(d)
}

// OnOrAfter returns d, or the first business day after it: the convention
// "following", for reminders and calls. The zero Date stays zero, as in all
// methods that return a Date.
func (c Calendar) OnOrAfter(d Date) Date { return c.seek(d, +1) }

// OnOrBefore returns d, or the last business day before it: the convention
// "preceding", for deadlines that must not be missed, such as an insurer's.
func (c Calendar) OnOrBefore(d Date) Date { return c.seek(d, -1) }

// AddBusinessDays counts n business days strictly after d (n above 0) or
// strictly before d (n below 0) and returns the last one counted. For n = 0 it
// returns OnOrAfter(d).
func (c Calendar) AddBusinessDays(d Date, n int) Date {
	if n == 0 || d.IsZero() {
		return c.OnOrAfter(d)
	}
	step := +1
	if n < 0 {
		step = -1
	}
	for ; n != 0; n -= step {
		d = c.seek(d.AddDays(step), step)
	}
	return d
}

// seek returns the first business day from d on, in the direction of step. It
// ends, since overrides are finite and no year is all holidays.
func (c Calendar) seek(d Date, step int) Date {
	for !d.IsZero() && !c.IsBusinessDay(d) {
		d = d.AddDays(step)
	}
	return d
}

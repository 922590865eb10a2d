package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// Date is a civil date of the Gregorian calendar, without a zone: a due date
// is a Date, never an instant. Comparable with ==; the zero Date means "none".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// NewDate returns the date, carrying over what does not fit: 31 April is
// 1 May, as time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DateOf returns the date on which the instant falls in t's own location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{Year: year, Month: month, Day: day}
}

// ParseDate reads a date of the form 2026-11-23 (ISO 8601). A day that does
// not exist, such as 2026-02-30, is an error, and so is the empty string.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return Date{}, errors.New("not a date: write an existing day as YYYY-MM-DD, such as 2026-11-23")
	}
	return DateOf(t), nil
}

// String returns the ISO 8601 form 2026-11-23, or "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// AddDays returns the date n calendar days later, or earlier for n below 0. No
// date stays no date.
func (d Date) AddDays(n int) Date {
	if d.IsZero() {
		return d
	}
	return NewDate(d.Year, d.Month, d.Day+n)
}

// DaysSince returns the calendar days from other to d: positive when d is the
// later one. Both must be dates: the answer for a zero Date means nothing.
func (d Date) DaysSince(other Date) int {
	const secondsPerDay = 24 * 60 * 60
	return int((d.midnight().Unix() - other.midnight().Unix()) / secondsPerDay)
}

// Before reports whether d is earlier than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After reports whether d is later than other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// Compare returns -1 when d is the earlier date, +1 when it is the later one,
// 0 when they are the same.
func (d Date) Compare(other Date) int {
	return cmp.Or(
		cmp.Compare(d.Year, other.Year),
		cmp.Compare(d.Month, other.Month),
		cmp.Compare(d.Day, other.Day),
	)
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.midnight().Weekday() }

// In returns the instant at which clocks in loc show hour:min on this date
// (nil is UTC). An hour that the change to summer time skips comes out one
// hour later; of an hour that comes twice in autumn Go picks one, and which is
// not promised: plan nothing between 02:00 and 03:00 local time.
func (d Date) In(loc *time.Location, hour, min int) time.Time {
	if loc == nil {
		loc = time.UTC
	}
	return time.Date(d.Year, d.Month, d.Day, hour, min, 0, 0, loc)
}

func (d Date) midnight() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

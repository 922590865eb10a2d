package calendar

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// MarshalText returns the form of String: JSON has "2026-11-23", and "" for
// the zero Date. Years outside 1 to 9999 have no such form and are refused.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return []byte{}, nil
	}
	if d.Year < 1 || d.Year > 9999 {
		return nil, fmt.Errorf("date of year %d: only years 1 to 9999 can be written", d.Year)
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads the form of String; "" gives the zero Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Value stores the date in an SQL date column: midnight UTC, or NULL for the
// zero Date.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.midnight(), nil
}

// Scan reads an SQL date column. NULL gives the zero Date; a time.Time counts
// in its own location; text is YYYY-MM-DD.
func (d *Date) Scan(source any) error {
	switch value := source.(type) {
	case nil:
		*d = Date{}
	case time.Time:
		*d = DateOf(value)
	case string:
		return d.UnmarshalText([]byte(value))
	case []byte:
		return d.UnmarshalText(value)
	default:
		return fmt.Errorf("scan a date: cannot read a %T, use a date column", source)
	}
	return nil
}

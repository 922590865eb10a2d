package law

import (
	"errors"

	"maan/internal/calendar"
)

// FrenchTerm is the longest payment term that a French contract may set (Code de
// commerce, art. L441-10 I). "45 jours fin de mois" has two accepted readings.
type FrenchTerm string

// The terms. Stored with terms of payment: never rename.
const (
	French60Days             FrenchTerm = "60_days"
	French45DaysThenMonthEnd FrenchTerm = "45_days_then_month_end"
	FrenchMonthEndThen45Days FrenchTerm = "month_end_then_45_days"
)

// DueDate is the last day to pay an invoice of the given day.
func (t FrenchTerm) DueDate(issued calendar.Date) (calendar.Date, error) {
	if !isDay(issued) {
		return calendar.Date{}, errors.New("issued: write an existing day")
	}
	switch t {
	case French60Days:
		return issued.AddDays(60), nil
	case French45DaysThenMonthEnd:
		return monthEnd(issued.AddDays(45)), nil
	case FrenchMonthEndThen45Days:
		return monthEnd(issued).AddDays(45), nil
	default:
		return calendar.Date{}, errors.New("term: write 60_days, 45_days_then_month_end or month_end_then_45_days")
	}
}

func monthEnd(d calendar.Date) calendar.Date {
	return calendar.NewDate(d.Year, d.Month+1, 0)
}

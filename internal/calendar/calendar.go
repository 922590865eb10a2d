// Package calendar knows civil dates, public holidays and business days.
//
// It is pure and has no clock. Two calendars matter to a collector: the
// debtor's country (may we call, will someone read it) and TARGET (can money
// arrive). Holiday rules come from github.com/rickar/cal, are worked out once
// per calendar and year, and are pinned by the tests: they change when the law
// does, so code that must give the same answer for ever stores the answer.
package calendar

import "maps"

// Override is a creditor's own word about one date, above the public list:
// Good Friday and 5 May are ordinary days at many Dutch firms, and a bridge
// day may be free.
type Override struct {
	Date Date `json:"date"`
	// Holiday true makes the date a holiday; false makes it an ordinary day,
	// which on a Saturday or Sunday still is no business day.
	Holiday bool   `json:"holiday"`
	Name    string `json:"name"`
}

// Calendar answers which days are business days: Monday to Friday less
// holidays. It is an immutable value, safe for concurrent use and cheap to
// copy. The zero Calendar is that of an unknown country.
type Calendar struct {
	rules     *ruleSet
	overrides map[Date]Override
}

// For returns the calendar of a country (ISO 3166-1 alpha-2) and, in Germany,
// of a Land (ISO 3166-2, "BY" or "DE-BY"), in any case. Countries: NL, BE, FR,
// DE and GB (England and Wales). An unknown region gets the country's list, an
// unknown country Monday to Friday less the TARGET holidays.
//
// Holidays of parts of a region are left out (15 August in Catholic Bavaria,
// Good Friday and 26 December in Alsace-Moselle): use With.
func For(country, region string) Calendar {
	return Calendar{rules: rulesFor(country, region)}
}

// Known reports whether the country has a list of its own.
func Known(country string) bool {
	return rulesFor(country, "") != target
}

// TARGET returns the calendar of banking days: the days on which euro payments
// settle between banks (T2 of the Eurosystem).
func TARGET() Calendar { return Calendar{rules: target} }

// With returns the calendar with a creditor's overrides on top. A later
// override of the same date replaces an earlier one.
func (c Calendar) With(overrides []Override) Calendar {
	if len(overrides) == 0 {
		return c
	}
	merged := make(map[Date]Override, len(c.overrides)+len(overrides))
	maps.Copy(merged, c.overrides)
	for _, override := range overrides {
		merged[override.Date] = override
	}
	return Calendar{rules: c.rules, overrides: merged}
}

// HolidayName returns the name of the holiday in the country's own language,
// or "" when the date is none. A holiday on a weekend has its name too. A
// holiday by an override without a name is "holiday".
func (c Calendar) HolidayName(d Date) string {
	if override, ok := c.overrides[d]; ok {
		switch {
		case !override.Holiday:
			return ""
		case override.Name == "":
			return "holiday"
		default:
			return override.Name
		}
	}
	return c.publicHolidays(d.Year).names[d]
}

func (c Calendar) isHoliday(d Date) bool {
	if len(c.overrides) > 0 {
		if override, ok := c.overrides[d]; ok {
			return override.Holiday
		}
	}
	return c.publicHolidays(d.Year).has(d)
}

func (c Calendar) publicHolidays(year int) *holidayYear {
	if c.rules == nil {
		return target.year(year)
	}
	return c.rules.year(year)
}

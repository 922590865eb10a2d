package calendar

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/ecb"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/nl"
)

// Years that are kept once worked out. A year outside is worked out for each
// question, so that odd dates from outside cannot fill the memory.
const (
	firstKeptYear = 1990
	keptYears     = 120
)

// womensDayMV is missing in the library: a holiday in Mecklenburg-Vorpommern
// since 2023 (Feiertagsgesetz M-V § 2).
var womensDayMV = de.Frauentag.Clone(&cal.Holiday{StartYear: 2023})

var (
	target = newRuleSet(ecb.Holidays)

	ruleSets = map[string]*ruleSet{
		"NL":    newRuleSet(nl.Holidays),
		"BE":    newRuleSet(be.Holidays),
		"FR":    newRuleSet(fr.Holidays),
		"GB":    newRuleSet(gb.Holidays),
		"DE":    newRuleSet(de.Holidays),
		"DE-BW": newRuleSet(de.HolidaysBW),
		"DE-BY": newRuleSet(de.HolidaysBY),
		"DE-BE": newRuleSet(de.HolidaysBE),
		"DE-BB": newRuleSet(de.HolidaysBB),
		"DE-HB": newRuleSet(de.HolidaysHB),
		"DE-HH": newRuleSet(de.HolidaysHH),
		"DE-HE": newRuleSet(de.HolidaysHE),
		"DE-MV": newRuleSet(de.HolidaysMV, womensDayMV),
		"DE-NI": newRuleSet(de.HolidaysNI),
		"DE-NW": newRuleSet(de.HolidaysNW),
		"DE-RP": newRuleSet(de.HolidaysRP),
		"DE-SL": newRuleSet(de.HolidaysSL),
		"DE-SN": newRuleSet(de.HolidaysSN),
		"DE-ST": newRuleSet(de.HolidaysST),
		"DE-SH": newRuleSet(de.HolidaysSH),
		"DE-TH": newRuleSet(de.HolidaysTH),
	}
)

// rulesFor never returns nil: an unknown country has the TARGET holidays.
func rulesFor(country, region string) *ruleSet {
	country = strings.ToUpper(strings.TrimSpace(country))
	region = strings.ToUpper(strings.TrimSpace(region))
	region = strings.TrimPrefix(region, country+"-")
	if rules, ok := ruleSets[country+"-"+region]; ok {
		return rules
	}
	if rules, ok := ruleSets[country]; ok && len(country) == len("NL") {
		return rules
	}
	return target
}

// ruleSet is the list of holidays of one country or region. The library takes
// microseconds for one question, so each year is worked out once.
type ruleSet struct {
	holidays []*cal.Holiday
	years    [keptYears]atomic.Pointer[holidayYear]
}

func newRuleSet(holidays []*cal.Holiday, more ...*cal.Holiday) *ruleSet {
	all := make([]*cal.Holiday, 0, len(holidays)+len(more))
	return &ruleSet{holidays: append(append(all, holidays...), more...)}
}

func (r *ruleSet) year(year int) *holidayYear {
	index := year - firstKeptYear
	if index < 0 || index >= keptYears {
		return newHolidayYear(r.holidays, year)
	}
	if kept := r.years[index].Load(); kept != nil {
		return kept
	}
	// Two goroutines may both work it out; they get the same answer.
	worked := newHolidayYear(r.holidays, year)
	r.years[index].Store(worked)
	return worked
}

// holidayYear is the holidays of one year: a bit per day for the common
// question, and the names.
type holidayYear struct {
	days  [time.December + 1]uint32
	names map[Date]string
}

func newHolidayYear(holidays []*cal.Holiday, year int) *holidayYear {
	y := &holidayYear{names: make(map[Date]string, len(holidays)+2)}
	var substitutes []*cal.Holiday
	for _, holiday := range holidays {
		actual, observed := holiday.Calc(year)
		switch {
		case actual.IsZero(): // not kept in this year
		case observed.After(actual):
			// A substitute day comes on top (GB); a day that moves forward
			// leaves its own date (King's Day on a Sunday).
			y.add(DateOf(actual), holiday.Name)
			substitutes = append(substitutes, holiday)
		default:
			y.add(DateOf(observed), holiday.Name)
		}
	}
	for _, holiday := range substitutes {
		_, observed := holiday.Calc(year)
		y.add(DateOf(observed), holiday.Name+" (substitute day)")
	}
	return y
}

func (y *holidayYear) add(d Date, name string) {
	if _, named := y.names[d]; named {
		return
	}
	y.names[d] = name
	y.days[d.Month] |= 1 << d.Day
}

func (y *holidayYear) has(d Date) bool {
	if d.Month < time.January || d.Month > time.December {
		return false
	}
	return y.days[d.Month]&(1<<(d.Day&31)) != 0
}

package calendar_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// named are all calendars with a list of their own, and TARGET.
func named() []struct {
	calendar.Calendar

	name string
} {
	type entry = struct {
		calendar.Calendar

		name string
	}
	entries := []entry{
		{calendar.For("NL", ""), "NL"},
		{calendar.For("BE", ""), "BE"},
		{calendar.For("FR", ""), "FR"},
		{calendar.For("DE", ""), "DE"},
		{calendar.For("GB", ""), "GB"},
		{calendar.TARGET(), "TARGET"},
	}
	for land := range strings.FieldsSeq("BB BE BW BY HB HE HH MV NI NW RP SH SL SN ST TH") {
		entries = append(entries, entry{calendar.For("DE", land), "DE-" + land})
	}
	return entries
}

func TestCalendar_WeekdayHolidays2026(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"NL":     "01-01 04-03 04-06 04-27 05-05 05-14 05-25 12-25",
		"BE":     "01-01 04-06 05-01 05-14 05-25 07-21 11-11 12-25",
		"FR":     "01-01 04-06 05-01 05-08 05-14 05-25 07-14 11-11 12-25",
		"DE":     "01-01 04-03 04-06 05-01 05-14 05-25 12-25",
		"DE-BY":  "01-01 01-06 04-03 04-06 05-01 05-14 05-25 06-04 12-25",
		"GB":     "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
		"TARGET": "01-01 04-03 04-06 05-01 12-25",
	}
	for _, c := range named() {
		if days, ok := want[c.name]; ok {
			require.Equal(t, days, strings.Join(weekdayHolidays(c.Calendar, 2026), " "), c.name)
		}
	}
}

// The weekdays of the golden file were compared with an independent list (npm
// date-holidays) in November 2026. They differ in two ways only: that list has
// the bank half-days of 24 and 31 December, and it has Dutch Good Friday and
// 5 May otherwise than the Algemene termijnenwet. Change the file only with a
// source for the change.
func TestCalendar_GoldenHolidays(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, c := range named() {
		for d := date("2026-01-01"); d.Year < 2029; d = d.AddDays(1) {
			if name := c.HolidayName(d); name != "" {
				fmt.Fprintf(&b, "%-6s %s %s %s\n", c.name, d, d.Weekday().String()[:3], name)
			}
		}
	}
	golden := filepath.Join("testdata", "holidays.txt")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(b.String()), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String())
}

func TestCalendar_MovedAndSubstituteDays(t *testing.T) {
	t.Parallel()
	tests := []struct {
		country, region, date, holiday string
	}{
		{"NL", "", "2025-04-26", "Koningsdag"}, // the 27th is a Sunday
		{"NL", "", "2025-04-27", ""},
		{"NL", "", "2031-04-26", "Koningsdag"},
		{"GB", "", "2026-12-26", "Boxing Day"},
		{"GB", "", "2026-12-28", "Boxing Day (substitute day)"},
		{"GB", "", "2027-12-27", "Christmas Day (substitute day)"},
		{"GB", "", "2027-12-28", "Boxing Day (substitute day)"},
		{"GB", "", "2022-12-26", "Boxing Day"}, // Christmas was a Sunday
		{"GB", "", "2022-12-27", "Boxing Day (substitute day)"},
		{"GB", "", "2028-01-03", "New Year's Day (substitute day)"},
		{"DE", "MV", "2023-03-08", "Frauentag"},
		{"DE", "MV", "2027-03-08", "Frauentag"},
		{"DE", "MV", "2022-03-08", ""},
		{"DE", "BE", "2027-03-08", "Frauentag"},
		{"DE", "", "2027-03-08", ""},
		{"DE", "SN", "2026-11-18", "Buß- und Bettag"},
	}
	for _, tt := range tests {
		t.Run(tt.country+tt.region+tt.date, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.holiday, calendar.For(tt.country, tt.region).HolidayName(date(tt.date)))
		})
	}
}

func TestFor_ReadsCodesLeniently(t *testing.T) {
	t.Parallel()
	epiphany := date("2026-01-06")
	for _, region := range []string{"BY", "by", "DE-BY", " de-by "} {
		require.False(t, calendar.For("de", region).IsBusinessDay(epiphany), region)
	}
	require.True(t, calendar.For("DE", "XX").IsBusinessDay(epiphany), "an unknown region has the country's list")
	require.False(t, calendar.For("DE", "XX").IsBusinessDay(date("2026-05-14")))
	require.False(t, calendar.For("GB", "SCT").IsBusinessDay(date("2026-08-31")))
}

func TestFor_UnknownCountryHasTARGETHolidays(t *testing.T) {
	t.Parallel()
	for _, c := range []calendar.Calendar{calendar.For("PT", ""), calendar.For("", ""), calendar.For("DE-BY", ""), {}} {
		require.Equal(t, weekdayHolidays(calendar.TARGET(), 2026), weekdayHolidays(c, 2026))
	}
	require.True(t, calendar.Known("NL"))
	require.True(t, calendar.Known("gb"))
	require.False(t, calendar.Known("PT"))
	require.False(t, calendar.Known(""))
	require.False(t, calendar.Known("DE-BY"))
}

func TestCalendar_With(t *testing.T) {
	t.Parallel()
	goodFriday, bridge, saturday := date("2026-04-03"), date("2026-05-15"), date("2026-11-21")
	plain := calendar.For("NL", "")
	own := plain.With([]calendar.Override{
		{Date: goodFriday, Holiday: false, Name: "Goede Vrijdag"},
		{Date: bridge, Holiday: true, Name: "Brugdag"},
		{Date: saturday, Holiday: false},
	})

	require.True(t, own.IsBusinessDay(goodFriday))
	require.Empty(t, own.HolidayName(goodFriday))
	require.False(t, own.IsBusinessDay(bridge))
	require.Equal(t, "Brugdag", own.HolidayName(bridge))
	require.False(t, own.IsBusinessDay(saturday), "a weekend stays a weekend")
	require.False(t, own.IsBusinessDay(date("2026-12-25")), "the other holidays stand")

	require.False(t, plain.IsBusinessDay(goodFriday), "the calendar itself has not changed")
	require.True(t, plain.IsBusinessDay(bridge))

	later := own.With([]calendar.Override{{Date: bridge, Holiday: false}, {Date: date("2026-05-18"), Holiday: true}})
	require.True(t, later.IsBusinessDay(bridge), "a later override wins")
	require.True(t, later.IsBusinessDay(goodFriday), "earlier ones stay")
	require.Equal(t, "holiday", later.HolidayName(date("2026-05-18")))
	require.False(t, own.IsBusinessDay(bridge))
	require.True(t, own.With(nil).IsBusinessDay(goodFriday))
}

func TestCalendar_IsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	c := calendar.For("FR", "")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for year := 1980; year < 2120; year++ {
				if c.IsBusinessDay(calendar.NewDate(year, time.July, 14)) {
					t.Errorf("14 July %d is a business day", year)
				}
			}
		})
	}
	group.Wait()
}

func weekdayHolidays(c calendar.Calendar, year int) []string {
	var days []string
	for d := calendar.NewDate(year, time.January, 1); d.Year == year; d = d.AddDays(1) {
		weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
		if !weekend && !c.IsBusinessDay(d) {
			days = append(days, d.String()[len("2026-"):])
		}
	}
	return days
}

func BenchmarkCalendar_IsBusinessDay(b *testing.B) {
	c := calendar.For("NL", "").With([]calendar.Override{{Date: date("2026-05-15"), Holiday: true}})
	d := date("2026-11-24")
	for b.Loop() {
		c.IsBusinessDay(d)
	}
}

func BenchmarkCalendar_AddBusinessDays(b *testing.B) {
	c := calendar.For("DE", "BY")
	d := date("2026-11-24")
	for b.Loop() {
		c.AddBusinessDays(d, 10)
	}
}

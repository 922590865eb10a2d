package calendar_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/calendar"
)

// "Next business day" of one date in seven calendars.
func TestCalendar_OnOrAfter(t *testing.T) {
	t.Parallel()
	calendars := []struct {
		calendar.Calendar

		name string
	}{
		{calendar.For("NL", ""), "NL"},
		{calendar.For("BE", ""), "BE"},
		{calendar.For("FR", ""), "FR"},
		{calendar.For("DE", ""), "DE"},
		{calendar.For("DE", "BY"), "DE-BY"},
		{calendar.For("GB", ""), "GB"},
		{calendar.TARGET(), "TARGET"},
	}
	tests := []struct {
		input string
		want  [7]string
	}{
		{"04-03", [7]string{"04-07", "04-03", "04-03", "04-07", "04-07", "04-07", "04-07"}},
		{"04-27", [7]string{"04-28", "04-27", "04-27", "04-27", "04-27", "04-27", "04-27"}},
		{"05-01", [7]string{"05-01", "05-04", "05-04", "05-04", "05-04", "05-01", "05-04"}},
		{"05-05", [7]string{"05-06", "05-05", "05-05", "05-05", "05-05", "05-05", "05-05"}},
		{"07-14", [7]string{"07-14", "07-14", "07-15", "07-14", "07-14", "07-14", "07-14"}},
		{"07-21", [7]string{"07-21", "07-22", "07-21", "07-21", "07-21", "07-21", "07-21"}},
		{"11-11", [7]string{"11-11", "11-12", "11-12", "11-11", "11-11", "11-11", "11-11"}},
		{"01-06", [7]string{"01-06", "01-06", "01-06", "01-06", "01-07", "01-06", "01-06"}},
	}
	for _, tt := range tests {
		for i, c := range calendars {
			t.Run(tt.input+c.name, func(t *testing.T) {
				t.Parallel()
				require.Equal(t, date("2026-"+tt.want[i]), c.OnOrAfter(date("2026-"+tt.input)))
			})
		}
	}
}

func TestCalendar_OnOrBefore(t *testing.T) {
	t.Parallel()
	nl := calendar.For("NL", "")
	require.Equal(t, date("2026-04-02"), nl.OnOrBefore(date("2026-04-06")), "over Easter to Maundy Thursday")
	require.Equal(t, date("2026-11-23"), nl.OnOrBefore(date("2026-11-23")))
	require.Equal(t, date("2026-11-20"), nl.OnOrBefore(date("2026-11-22")))
	require.Equal(t, date("2025-12-31"), calendar.TARGET().OnOrBefore(date("2026-01-01")))
}

func TestCalendar_AddBusinessDays(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, date string
		n          int
		want       string
	}{
		{"NextDay", "2026-11-23", 1, "2026-11-24"},
		{"OverTheWeekend", "2026-11-20", 1, "2026-11-23"},
		{"FromSaturday", "2026-11-21", 1, "2026-11-23"},
		{"OverEaster", "2026-04-02", 1, "2026-04-07"},
		{"FiveDays", "2026-11-23", 5, "2026-11-30"},
		{"Back", "2026-11-23", -1, "2026-11-20"},
		{"BackOverEaster", "2026-04-07", -1, "2026-04-02"},
		{"BackFromSunday", "2026-11-22", -5, "2026-11-16"},
		{"NoneOnABusinessDay", "2026-11-23", 0, "2026-11-23"},
		{"NoneOnASaturday", "2026-11-21", 0, "2026-11-23"},
		{"OverNewYear", "2026-12-31", 1, "2027-01-04"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, date(tt.want), calendar.For("NL", "").AddBusinessDays(date(tt.date), tt.n))
		})
	}
}

func TestCalendar_NoDateStaysNoDate(t *testing.T) {
	t.Parallel()
	var none calendar.Date
	c := calendar.For("NL", "").With([]calendar.Override{{Date: none, Holiday: false}})
	require.False(t, c.IsBusinessDay(none))
	require.Equal(t, none, c.OnOrAfter(none))
	require.Equal(t, none, c.OnOrBefore(none))
	require.Equal(t, none, c.AddBusinessDays(none, 5))
	require.Equal(t, none, none.AddDays(5))
}

func TestCalendar_CountingAgrees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		country := rapid.SampledFrom([]string{"NL", "BE", "FR", "DE", "GB", "PT"}).Draw(t, "country")
		override := calendar.Override{Date: drawDate(t, "override"), Holiday: rapid.Bool().Draw(t, "holiday")}
		c := calendar.For(country, "").With([]calendar.Override{override})
		d := drawDate(t, "d")
		n := rapid.IntRange(-300, 300).Draw(t, "n")

		moved := c.AddBusinessDays(d, n)
		require.True(t, c.IsBusinessDay(moved))
		if n != 0 {
			require.Equal(t, n > 0, moved.After(d))
			count, step := 0, 1
			if n < 0 {
				step = -1
			}
			for day := d; day != moved; {
				if day = day.AddDays(step); c.IsBusinessDay(day) {
					count += step
				}
			}
			require.Equal(t, n, count)
		}
		after, before := c.OnOrAfter(d), c.OnOrBefore(d)
		require.True(t, c.IsBusinessDay(after) && c.IsBusinessDay(before))
		require.Equal(t, c.IsBusinessDay(d), after == before)
		require.LessOrEqual(t, after.DaysSince(before), 8, "no calendar closes longer than Easter")
		if !c.IsBusinessDay(d) {
			require.Equal(t, after, c.AddBusinessDays(d, 1))
			require.Equal(t, before, c.AddBusinessDays(d, -1))
		}
	})
}

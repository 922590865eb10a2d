package calendar_test

import (
	"encoding/json"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/calendar"
)

func date(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	d, err := calendar.ParseDate("2026-11-23")
	require.NoError(t, err)
	require.Equal(t, calendar.Date{Year: 2026, Month: time.November, Day: 23}, d)
	leap, err := calendar.ParseDate("2028-02-29")
	require.NoError(t, err)
	require.Equal(t, "2028-02-29", leap.String())
}

func TestParseDate_Refuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "2026-02-30", "2027-02-29", "2026-13-01", "2026-00-10", "2026-1-2", "23-11-2026",
		"2026/11/23", "2026-11-23T00:00:00Z", " 2026-11-23", "20261123", "0000-01-01", "x",
	} {
		t.Run(s, func(t *testing.T) {
			t.Parallel()
			_, err := calendar.ParseDate(s)
			require.ErrorContains(t, err, "YYYY-MM-DD")
		})
	}
}

func TestNewDate_CarriesOver(t *testing.T) {
	t.Parallel()
	require.Equal(t, date("2026-05-01"), calendar.NewDate(2026, time.April, 31))
	require.Equal(t, date("2027-01-01"), calendar.NewDate(2026, 13, 1))
	require.Equal(t, date("2026-02-28"), calendar.NewDate(2026, time.March, 0))
}

func TestDateOf_CountsInTheLocationOfTheInstant(t *testing.T) {
	t.Parallel()
	late := time.Date(2026, time.November, 23, 23, 30, 0, 0, time.UTC)
	require.Equal(t, date("2026-11-23"), calendar.DateOf(late))
	require.Equal(t, date("2026-11-24"), calendar.DateOf(late.In(zone(t, "Europe/Amsterdam"))))
}

func TestDate_Arithmetic(t *testing.T) {
	t.Parallel()
	require.Equal(t, date("2027-01-01"), date("2026-12-31").AddDays(1))
	require.Equal(t, date("2028-02-29"), date("2028-03-01").AddDays(-1))
	require.Equal(t, 365, date("2027-11-23").DaysSince(date("2026-11-23")))
	require.Equal(t, -1, date("2026-03-28").DaysSince(date("2026-03-29")))
	require.Equal(t, time.Monday, date("2026-11-23").Weekday())
	require.True(t, date("2026-11-23").Before(date("2026-11-24")))
	require.True(t, date("2026-12-01").After(date("2026-11-30")))
	require.False(t, date("2026-12-01").After(date("2026-12-01")))
	require.Equal(t, -1, date("2025-12-31").Compare(date("2026-01-01")))
	require.Zero(t, date("2026-01-01").Compare(date("2026-01-01")))
	require.True(t, calendar.Date{}.IsZero())
	require.Empty(t, calendar.Date{}.String())
	require.False(t, date("2026-01-01").IsZero())
}

func TestDate_AddDaysAgreesWithDaysSince(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDate(t, "d")
		n := rapid.IntRange(-100000, 100000).Draw(t, "n")
		moved := d.AddDays(n)
		require.Equal(t, n, moved.DaysSince(d))
		require.Equal(t, d, moved.AddDays(-n))
		require.Equal(t, n > 0, moved.After(d))
		require.Equal(t, n < 0, moved.Before(d))
		back, err := calendar.ParseDate(moved.String())
		require.NoError(t, err)
		require.Equal(t, moved, back)
	})
}

func TestDate_JSON(t *testing.T) {
	t.Parallel()
	type row struct {
		Due  calendar.Date          `json:"due"`
		None calendar.Date          `json:"none"`
		By   map[calendar.Date]bool `json:"by"`
	}
	in := row{Due: date("2026-11-23"), By: map[calendar.Date]bool{date("2026-01-02"): true}}
	text, err := json.Marshal(in)
	require.NoError(t, err)
	require.JSONEq(t, `{"due":"2026-11-23","none":"","by":{"2026-01-02":true}}`, string(text))
	var out row
	require.NoError(t, json.Unmarshal(text, &out))
	require.Equal(t, in, out)
	require.Error(t, json.Unmarshal([]byte(`{"due":"2026-02-30"}`), &out))
	_, err = json.Marshal(calendar.NewDate(12000, time.January, 1))
	require.ErrorContains(t, err, "12000")
}

// The vectors of the change to and from summer time.
func TestDate_In(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, zone, date string
		hour, min        int
		want             string
	}{
		{"BrusselsWinter", "Europe/Brussels", "2026-03-27", 9, 0, "2026-03-27T08:00:00Z"},
		{"ParisWinter", "Europe/Paris", "2026-03-27", 9, 0, "2026-03-27T08:00:00Z"},
		{"AmsterdamWinter", "Europe/Amsterdam", "2026-03-27", 9, 0, "2026-03-27T08:00:00Z"},
		{"BerlinWinter", "Europe/Berlin", "2026-03-27", 9, 0, "2026-03-27T08:00:00Z"},
		{"BrusselsSummer", "Europe/Brussels", "2026-03-30", 9, 0, "2026-03-30T07:00:00Z"},
		{"ParisSummer", "Europe/Paris", "2026-03-30", 9, 0, "2026-03-30T07:00:00Z"},
		{"AmsterdamSummer", "Europe/Amsterdam", "2026-03-30", 9, 0, "2026-03-30T07:00:00Z"},
		{"BerlinSummer", "Europe/Berlin", "2026-03-30", 9, 0, "2026-03-30T07:00:00Z"},
		{"BrusselsWinterAgain", "Europe/Brussels", "2026-10-26", 9, 0, "2026-10-26T08:00:00Z"},
		{"London", "Europe/London", "2026-03-30", 9, 0, "2026-03-30T08:00:00Z"},
		{"Helsinki", "Europe/Helsinki", "2026-03-27", 9, 0, "2026-03-27T07:00:00Z"},
		{"Canary", "Atlantic/Canary", "2026-03-27", 9, 0, "2026-03-27T09:00:00Z"},
		{"SkippedHour", "Europe/Brussels", "2026-03-29", 2, 30, "2026-03-29T01:30:00Z"},
		{"DoubledHour", "Europe/Brussels", "2026-10-25", 2, 30, "2026-10-25T01:30:00Z"},
		{"HalfPast", "Europe/Amsterdam", "2026-11-23", 17, 30, "2026-11-23T16:30:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			instant := date(tt.date).In(zone(t, tt.zone), tt.hour, tt.min)
			require.Equal(t, tt.want, instant.UTC().Format(time.RFC3339))
			require.Equal(t, date(tt.date), calendar.DateOf(instant))
		})
	}
	require.Equal(t, time.UTC, date("2026-11-23").In(nil, 9, 0).Location())
}

func TestDate_Format(t *testing.T) {
	t.Parallel()
	tests := []struct {
		language, date, long, short string
	}{
		{"nl", "2026-11-24", "24 november 2026", "24-11-2026"},
		{"nl-BE", "2026-03-01", "1 maart 2026", "01-03-2026"},
		{"fr", "2026-11-24", "24 novembre 2026", "24/11/2026"},
		{"fr-BE", "2026-03-01", "1er mars 2026", "01/03/2026"},
		{"fr", "2026-08-11", "11 août 2026", "11/08/2026"},
		{"de", "2026-11-24", "24. November 2026", "24.11.2026"},
		{"de-AT", "2026-03-01", "1. März 2026", "01.03.2026"},
		{"en", "2026-11-24", "24 November 2026", "24/11/2026"},
		{"EN_gb", "2026-03-01", "1 March 2026", "01/03/2026"},
		{"", "2026-12-31", "31 December 2026", "31/12/2026"},
	}
	for _, tt := range tests {
		t.Run(tt.language+tt.date, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.long, date(tt.date).Format(tt.language))
			require.Equal(t, tt.short, date(tt.date).FormatShort(tt.language))
		})
	}
	require.Empty(t, calendar.Date{}.Format("nl"))
	require.Empty(t, calendar.Date{}.FormatShort("nl"))
}

func FuzzParseDate(f *testing.F) {
	f.Add("2026-11-23")
	f.Add("2026-02-30")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := calendar.ParseDate(s)
		if err != nil {
			require.True(t, d.IsZero())
			return
		}
		require.Equal(t, s, d.String())
		require.Equal(t, d, calendar.NewDate(d.Year, d.Month, d.Day))
	})
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

func drawDate(t *rapid.T, label string) calendar.Date {
	return calendar.NewDate(2000, time.January, 1).AddDays(rapid.IntRange(0, 40000).Draw(t, label))
}

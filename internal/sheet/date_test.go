package sheet_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/calendar"
	"maan/internal/sheet"
)

var formats = []sheet.DateFormat{sheet.DateISO, sheet.DateDashes, sheet.DateSlashes, sheet.DateDots, sheet.DateUS}

func TestDateFormat_Parse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		format     sheet.DateFormat
		text, want string // want is empty for what is refused
	}{
		{sheet.DateISO, "2026-11-05", "2026-11-05"},
		{sheet.DateISO, "2026-11-5", "2026-11-05"},
		{sheet.DateISO, "2026-11-05 00:00:00.000", "2026-11-05"},
		{sheet.DateISO, "2026-11-05T00:00:00Z", "2026-11-05"},
		{sheet.DateISO, "2026-11-05 10:00", ""},
		{sheet.DateISO, "2026-02-29", ""},
		{sheet.DateISO, "2026-13-01", ""},
		{sheet.DateISO, "0000-01-01", ""},
		{sheet.DateISO, "2026/11/05", ""},
		{sheet.DateISO, "20261105", ""},
		{sheet.DateDashes, "05-11-2026", "2026-11-05"},
		{sheet.DateDashes, "5-1-2026", "2026-01-05"},
		{sheet.DateDashes, "2026-11-05", ""},
		{sheet.DateDashes, "05/11/2026", ""},
		{sheet.DateDashes, "05-11-26", ""},
		{sheet.DateSlashes, "05/11/2026", "2026-11-05"},
		{sheet.DateSlashes, "25/11/2026", "2026-11-25"},
		{sheet.DateSlashes, "11/25/2026", ""},
		{sheet.DateDots, "05.11.2026", "2026-11-05"},
		{sheet.DateDots, "29.02.2028", "2028-02-29"},
		{sheet.DateDots, "31.04.2026", ""},
		{sheet.DateUS, "11/5/2026", "2026-11-05"},
		{sheet.DateUS, "25/11/2026", ""},
		{sheet.DateUS, "11-05-2026", ""},
		{sheet.DateSlashes, "5/11-2026", ""},
		{sheet.DateSlashes, "5//2026", ""},
		{sheet.DateSlashes, "/5/2026", ""},
		{sheet.DateSlashes, "+5/11/2026", ""},
		{sheet.DateSlashes, "5/11/2026/1", ""},
		{sheet.DateSlashes, "", ""},
	}
	for _, tt := range tests {
		t.Run(string(tt.format)+" "+tt.text, func(t *testing.T) {
			t.Parallel()
			d, ok := tt.format.Parse(tt.text)
			require.Equal(t, tt.want != "", ok)
			if ok {
				require.Equal(t, tt.want, d.String())
			}
		})
	}
}

func dates(list ...string) string { return "number;due\n1;" + strings.Join(list, "\n1;") + "\n" }

func TestOpen_DecidesTheDateFormatFromAllValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		values  []string
		mapping sheet.Mapping
		want    string // of the first value
	}{
		{"ISO", []string{"2026-01-02"}, sheet.Mapping{}, "2026-01-02"},
		{"Dashes", []string{"01-02-2026"}, sheet.Mapping{}, "2026-02-01"},
		{"Dots", []string{"01.02.2026"}, sheet.Mapping{}, "2026-02-01"},
		{"SlashesByTheLastValue", []string{"01/02/2026", "03/04/2026", "13/04/2026"}, sheet.Mapping{}, "2026-02-01"},
		{"USByTheLastValue", []string{"01/02/2026", "3/4/2026", "4/13/2026"}, sheet.Mapping{}, "2026-01-02"},
		{"SlashesStated", []string{"01/02/2026"}, sheet.Mapping{DateFormat: sheet.DateSlashes}, "2026-02-01"},
		{"USStated", []string{"01/02/2026"}, sheet.Mapping{DateFormat: sheet.DateUS}, "2026-01-02"},
		{"SameEitherWay", []string{"02/02/2026"}, sheet.Mapping{}, "2026-02-02"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			all := rows(t, open(t, dates(tt.values...), tt.mapping))
			require.Equal(t, tt.want, all[0].Date("due").String())
			for _, row := range all {
				row.Date("due")
				require.Empty(t, row.Faults)
			}
		})
	}
}

func TestOpen_MixedDateFormatsAreToldByLine(t *testing.T) {
	t.Parallel()
	table := open(t, dates("2026-01-02", "2026-01-13", "05-01-2026", "2026-01-14", "31/01/2026", "2026-01-32"), sheet.Mapping{})
	var got []string
	for _, row := range rows(t, table) {
		got = append(got, faultsOf(row)...)
	}
	require.Equal(t, []string{"4 mixed_dates due", "6 mixed_dates due", "7 invalid_date due"}, got)
}

// Dates that contradict each other make all that can be read both ways a guess.
func TestOpen_ContradictingDatesAreRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		values []string
		lines  []int
	}{
		{"SlashesBothWays", []string{"01/02/2026", "13/02/2026", "02/14/2026"}, []int{4, 3}},
		{"DashesWithTheMonthFirst", []string{"01-02-2026", "02-14-2026"}, []int{3}},
		{"DotsWithTheMonthFirst", []string{"01.02.2026", "14.02.2026", "02.14.2026"}, []int{4, 3}},
		{"AllBothWays", []string{"02/02/2026", "01/02/2026"}, []int{3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := sheet.Open(strings.NewReader(dates(tt.values...)), schema, sheet.Mapping{}, sheet.Limits{})
			var lines []int
			for _, f := range refusal(t, err) {
				require.Equal(t, sheet.CodeUndecidedDates, f.Code)
				require.Contains(t, f.Mend, "date_format")
				lines = append(lines, f.Line)
			}
			require.Equal(t, tt.lines, lines)
		})
	}
	all := rows(t, open(t, dates("13/02/2026", "14/02/2026", "02/14/2026"), sheet.Mapping{}))
	require.Empty(t, faultsOf(all[0]))
	require.Equal(t, []string{"4 mixed_dates due"}, faultsOf(all[2]), "where every value is certain, only the odd one is a fault")
	all = rows(t, open(t, dates("01/02/2026", "02/14/2026"), sheet.Mapping{DateFormat: sheet.DateSlashes}))
	require.Empty(t, faultsOf(all[0]))
	require.Equal(t, []string{"3 mixed_dates due"}, faultsOf(all[1]), "a stated format settles it")
}

// Whatever the dates of a file are: it says them back, or asks; it never says others.
func TestOpen_NeverMisreadsADate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		format := rapid.SampledFrom(formats).Draw(t, "format")
		var want []calendar.Date
		var text strings.Builder
		text.WriteString("number;due\n")
		for n := rapid.IntRange(1, 5).Draw(t, "rows"); n > 0; n-- {
			d := calendar.NewDate(rapid.IntRange(2000, 2030).Draw(t, "year"), 1, rapid.IntRange(1, 365).Draw(t, "day"))
			want = append(want, d)
			text.WriteString("1;" + writeDate(d, format) + "\n")
		}
		table, err := sheet.Open(strings.NewReader(text.String()), schema, sheet.Mapping{}, sheet.Limits{})
		if err != nil {
			require.Contains(t, []sheet.DateFormat{sheet.DateSlashes, sheet.DateUS}, format)
			return
		}
		var got []calendar.Date
		for row, err := range table.Rows() {
			require.NoError(t, err)
			got = append(got, row.Date("due"))
			require.Empty(t, row.Faults)
		}
		require.Equal(t, want, got)
	})
}

func writeDate(d calendar.Date, f sheet.DateFormat) string {
	iso := d.String()
	return strings.NewReplacer("yyyy", iso[:4], "mm", iso[5:7], "dd", iso[8:]).Replace(string(f))
}

func FuzzDateFormat(f *testing.F) {
	for _, seed := range []string{"2026-11-05", "05-11-2026", "5/11/2026", "05.11.2026", "11/25/2026", "2026-11-05T00:00:00Z", "1-1-1", "--", "9999-99-99"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range formats {
			d, ok := format.Parse(text)
			if !ok {
				require.True(t, d.IsZero())
				continue
			}
			require.Equal(t, d, calendar.NewDate(d.Year, d.Month, d.Day), "the day exists")
			again, ok := format.Parse(writeDate(d, format))
			require.True(t, ok)
			require.Equal(t, d, again)
		}
	})
}

package sheet_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/sheet"
)

func TestNeutral(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"": "", "plain": "plain", "1-2": "1-2", "=1+1": "'=1+1", "+31": "'+31", "-5": "'-5", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1",
	} {
		require.Equal(t, want, sheet.Neutral(cell))
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	const formula = `=HYPERLINK("https://example.com";"x")`
	text := "number;=name;due\n" +
		"1;a;2026-01-01\n" +
		"2;" + `"` + strings.ReplaceAll(formula, `"`, `""`) + `"` + ";soon\n" +
		"3;@x\n"
	table := open(t, text, sheet.Mapping{})
	var out bytes.Buffer
	report := sheet.NewReport(&out)
	for _, row := range rows(t, table) {
		row.Date("due")
		require.NoError(t, report.Add(row))
	}
	require.NoError(t, report.Flush())
	const reason = "this is not a date, or not a day that exists; write an existing day as yyyy-mm-dd, the year with four digits and no time of day"
	require.Equal(t, "\ufeffline;column;code;reason;number;'=name;due\n"+
		`3;due;invalid_date;"`+reason+`";2;"'`+strings.ReplaceAll(formula, `"`, `""`)+`";soon`+"\n"+
		`4;;ragged;"the row has 2 cells and the header 3; give the row one cell for each column, and put cells that hold the delimiter in quotes";3;'@x`+"\n", out.String())

	mended := strings.Replace(strings.ReplaceAll(out.String(), ";soon", ";2026-01-02"), "'@x", "'@x;2026-01-03", 1)
	require.Equal(t, []string{formula, "@x"}, texts(t, open(t, mended, sheet.Mapping{}), "name"), "a mended report can be sent in")
}

func TestReport_SaysNothingWithoutFaults(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	report := sheet.NewReport(&out)
	require.NoError(t, report.Add(rows(t, open(t, "number\n1\n", sheet.Mapping{}))[0]))
	require.NoError(t, report.Flush())
	require.Empty(t, out.String())
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk is full") }

func TestReport_TellsThatItCannotBeWritten(t *testing.T) {
	t.Parallel()
	row := rows(t, open(t, "number;name\n1\n", sheet.Mapping{}))[0]
	require.ErrorContains(t, sheet.NewReport(full{}).Add(row), "disk is full")
}

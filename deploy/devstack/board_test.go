package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/devstack/demo"
)

func TestBoardWritesALinePerChange(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	b := newBoard(&out)
	row := demo.Row{Number: "2027-0101", Where: "FR fr", Stage: "reminder", Next: "reminder 4 Jan", Last: "received"}
	now := time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	b.show(demo.Snapshot{Now: now})
	b.show(demo.Snapshot{Now: now, Rows: []demo.Row{row}})
	row.Next = "reminder 5 Jan"
	b.show(demo.Snapshot{Now: now.AddDate(0, 0, 1), Rows: []demo.Row{row}})
	row.Last, row.Outcome = "paid", "paid"
	b.show(demo.Snapshot{Now: now.AddDate(0, 0, 2), Rows: []demo.Row{row}})
	lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
	require.Len(t, lines, 2, "only what happened and the outcome are worth a line")
	require.True(t, strings.HasPrefix(lines[0], "2027-01-04  2027-0101  FR fr  reminder"))
	require.True(t, strings.HasPrefix(lines[1], "2027-01-06  ") && strings.HasSuffix(lines[1], "paid"))
	require.NotContains(t, out.String(), "\x1b", "no control codes where nobody watches")
}

func TestPadCountsLetters(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Élise ", pad("Élise", 6))
	require.Equal(t, "Éli…", pad("Élise", 4))
}

func TestSummaryNamesWhatDiffers(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	day := calendar.NewDate(2027, 1, 4)
	summarise(&out, &demo.Report{
		From: day, To: day.AddDays(60), Accepted: 3,
		Sent:    []demo.Count{{What: "invoice", How: "email", N: 2}, {What: "reminder", How: "email", N: 1}, {What: "reminder", How: "sms", N: 1}},
		Endings: []demo.Ending{{Number: "2027-0101", Title: "paid at once", Outcome: "paid"}, {Number: "2027-0102", Differences: []string{"it differs"}}},
	}, 8*time.Second)
	for _, want := range []string{"61 days, 2027-01-04 to 2027-03-05, in 8s", "none of them twice", "1 email, 1 sms", "UNEXPECTED", "it differs", "ok\n"} {
		require.Contains(t, out.String(), want)
	}
}

func TestLogTail(t *testing.T) {
	t.Parallel()
	require.Empty(t, logTail(t.TempDir()+"/none", 3))
}

package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"maan/internal/devstack/demo"
)

// summarise says what was done and how each invoice ended.
func summarise(out io.Writer, r *demo.Report, took time.Duration) {
	days := r.To.DaysSince(r.From) + 1
	twice := "none"
	if r.Duplicates > 0 {
		twice = strconv.Itoa(r.Duplicates)
	}
	sayf(out, "%d days, %s to %s, in %s. %d messages were sent, %s of them twice.\n\n",
		days, r.From, r.To, took.Round(100*time.Millisecond), r.Accepted, twice)
	sayf(out, "Sent     %s\nTasks    %s\n\n", grouped(r.Sent), grouped(r.Tasks))
	for _, e := range r.Endings {
		verdict := "ok"
		if len(e.Differences) > 0 {
			verdict = "UNEXPECTED"
		}
		sayf(out, "%s  %s  %s  %s\n", e.Number, pad(e.Title, 34), pad(e.Outcome, 16), verdict)
		for _, d := range e.Differences {
			sayf(out, "           %s\n", d)
		}
	}
}

// grouped writes counts one line a kind: "reminder: 9 email, 2 sms".
func grouped(counts []demo.Count) string {
	var lines []string
	for i := 0; i < len(counts); {
		what := counts[i].What
		var parts []string
		for ; i < len(counts) && counts[i].What == what; i++ {
			parts = append(parts, fmt.Sprintf("%d %s", counts[i].N, strings.ReplaceAll(counts[i].How, "_", " ")))
		}
		lines = append(lines, pad(strings.ReplaceAll(what, "_", " "), 17)+"  "+strings.Join(parts, ", "))
	}
	return strings.Join(lines, "\n         ")
}

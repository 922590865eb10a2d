package workflows_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/dunning"
)

// Whatever happens and however late it is told: a step is done once, in the ladder's
// order, never while the case is disputed or paid, and the run ends as the books say.
func TestAnyStory(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		s := newStage(r)
		s.plan(anyEvents(r))
		s.run()
		require.Equal(r, s.books.closed, s.result.Outcome)
		require.Equal(r, s.books.daysLate, s.result.DaysLate)
		s.checkUpserts()
		s.checkResult()
		last := -1
		for _, step := range s.result.Steps {
			if step.Outcome == dunning.AnswerSkipped && step.Reason == dunning.ReasonPaid {
				continue
			}
			n := slices.IndexFunc(ladder, func(line string) bool { return strings.Contains(line, " "+string(step.Step)+" ") })
			require.Greater(r, n, last, "%s comes twice or too late", step.Step)
			last = n
		}
	})
}

// anyEvents are facts at any time, told in any way and up to ten days late, with a
// payment at the end.
func anyEvents(r *rapid.T) []event {
	ways := rapid.SampledFrom([]delivery{"", asUpdate, asBoth, twice, lost})
	late := rapid.SampledFrom([]time.Duration{0, time.Second, time.Hour, 240 * time.Hour})
	facts := rapid.SampledFrom([]event{
		{name: "dispute_opened", fact: pause(dunning.ReasonDisputed)},
		{name: "dispute_resolved", fact: resume(dunning.ReasonDisputed)},
		{name: "hold_placed", fact: pause(dunning.ReasonHeld)},
		{name: "hold_released", fact: resume(dunning.ReasonHeld)},
		{name: "payment_received", fact: partlyPaid},
		{name: "task_closed", fact: nothingElse},
	})
	at := time.Date(2026, time.March, 3, 0, 0, 0, 0, time.UTC)
	var events []event
	for i := range rapid.IntRange(0, 8).Draw(r, "facts") {
		e := facts.Draw(r, fmt.Sprint("fact ", i))
		at = at.Add(time.Duration(rapid.IntRange(1, 14*24*60).Draw(r, "minutes")) * time.Minute)
		e.at, e.by, e.late = at.Format("2006-01-02 15:04"), ways.Draw(r, "way"), late.Draw(r, "late")
		events = append(events, e)
	}
	at = at.Add(20 * 24 * time.Hour)
	return append(events, event{at: at.Format("2006-01-02 15:04"), name: "payment_received", fact: paid})
}

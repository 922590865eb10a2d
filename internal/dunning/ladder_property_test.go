package dunning_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
)

func drawLadder(t *rapid.T) *ladder {
	w := drawWorld(t)
	w.facts.CopyWanted, w.facts.NotBefore, w.facts.PausedUntil = false, time.Time{}, calendar.Date{}
	w.facts.Awaiting = rapid.IntRange(0, 5).Draw(t, "awaiting") == 0
	l := &ladder{
		policy: w.policy, place: w.place, facts: w.facts, outcomes: w.outcomes, written: map[calendar.Date]bool{}, fails: map[dunning.StepID]dunning.Reason{},
		base: dunning.Situation{
			Open: money.New(int64(rapid.IntRange(1, 900000).Draw(t, "open")), "EUR"), Kind: dunning.KindBusiness,
			Mode: rapid.SampledFrom([]dunning.Mode{"automatic", "automatic", "approve", "shadow"}).Draw(t, "mode"), NewCustomer: rapid.Bool().Draw(t, "new"),
		},
	}
	for i := range l.policy.Steps {
		if rapid.IntRange(0, 7).Draw(t, "fails") == 0 {
			l.fails[l.policy.Steps[i].ID] = dunning.ReasonNoContact
		}
	}
	from := l.facts.Issued
	for range rapid.IntRange(0, 3).Draw(t, "downtimes") {
		from = from.AddDays(rapid.IntRange(0, 60).Draw(t, "runs for"))
		to := from.AddDays(rapid.IntRange(0, 40).Draw(t, "down for"))
		l.down = append(l.down, downtime{from.In(l.place.Zone, 6, 30), to.In(l.place.Zone, rapid.IntRange(7, 23).Draw(t, "back at"), 0)})
		from = to.AddDays(1)
	}
	return l
}

// drawEvents draws what people do; what pauses is ended again by somebody.
func drawEvents(t *rapid.T) []event {
	deeds := rapid.SampledFrom([]func() deed{
		disputes, settles, holdsWithoutEnd, lifts, stops, goesOn, asksForCopy, delivered, contactedElsewhere, releases, pays,
		func() deed { return holds(rapid.IntRange(0, 30).Draw(t, "hold")) },
		func() deed { return promises(rapid.IntRange(0, 30).Draw(t, "promise")) },
		func() deed { return paysPart(int64(rapid.IntRange(1, 100000).Draw(t, "part"))) },
		func() deed { return credited(rapid.Bool().Draw(t, "covers")) },
	})
	events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) event {
		return event{rapid.IntRange(-90, 120).Draw(t, "day"), deeds.Draw(t, "deed")()}
	}), 0, 12).Draw(t, "events")
	slices.SortStableFunc(events, func(a, b event) int { return a.day - b.day })
	for _, end := range []func() deed{settles, lifts, goesOn, delivered, releases} {
		events = append(events, event{130, end()})
	}
	return append(events, event{130, credited(false)})
}

// A ladder comes to its end, whatever people do and however long nothing runs: every step gets one outcome, in order,
// and nobody is written to outside the hours, twice a day or before the gap is over.
func TestLadder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := drawLadder(t)
		started := len(l.outcomes)
		require.True(t, l.run(drawEvents(t)), "the ladder runs in circles:\n%s", l)
		if l.base.Closed == "" && l.base.Open.IsPositive() {
			rest, want := []dunning.StepID{}, []dunning.StepID{}
			for _, o := range l.outcomes[started:] {
				if o.Step != dunning.StepDeliveryCheck {
					rest = append(rest, o.Step)
				}
			}
			for i := range l.policy.Steps {
				want = append(want, l.policy.Steps[i].ID)
			}
			require.Equal(t, want[started:], rest, "\n%s", l)
		}
		checkStory(t, l)
	})
}

func checkStory(t *rapid.T, l *ladder) {
	silent, stopped := map[string]bool{}, false
	var messaged calendar.Date // or a person was asked to
	for i, h := range l.story {
		if i > 0 {
			require.False(t, h.at.Before(l.story[i-1].at), "\n%s", l)
		}
		switch h.event {
		case disputes().words:
			silent["disputed"] = true
		case settles().words:
			silent["disputed"] = false
		case stops().words:
			stopped = true
		case goesOn().words:
			stopped = false
		case pays().words:
			silent["paid"] = true
		}
		if h.words == "failed, too_late" {
			step, _ := l.policy.Step(h.step)
			require.True(t, step.WritesToCustomer(), "%s is for a person\n%s", h.step, l)
			require.NotEqual(t, dunning.ModeShadow, l.base.Mode)
			if step.Do == dunning.DoMessage {
				messaged = l.place.Date(h.at)
			}
			continue
		}
		if h.event != "" || !strings.HasPrefix(h.words, "done") {
			continue
		}
		step, _ := l.policy.Step(h.step)
		require.False(t, stopped || silent["paid"], "%s\n%s", h.step, l)
		proof := step.Do == dunning.DoSendInvoice && !l.facts.AlreadySent.IsZero()
		if step.Do == dunning.DoSendCopy {
			require.True(t, l.place.InWindow(step, h.at), "%s\n%s", h.step, l)
			continue
		}
		require.False(t, silent["disputed"], "%s\n%s", h.step, l)
		if !proof {
			require.True(t, l.place.InWindow(step, h.at), "%s\n%s", h.step, l)
			require.NotEqual(t, dunning.ModeShadow, l.base.Mode)
		}
		if step.WritesToCustomer() && !proof {
			require.False(t, h.at.After(dunning.Deadline(step, l.place, h.due)), "%s was due at %s\n%s", h.step, h.due, l)
		}
		if step.Do != dunning.DoMessage {
			continue
		}
		gap := l.policy.MinimumGapDays
		if step.GapDays > 0 {
			gap = step.GapDays
		}
		on := l.place.Date(h.at)
		if !messaged.IsZero() {
			require.GreaterOrEqual(t, on.DaysSince(messaged), max(gap, 1), "%s\n%s", h.step, l)
		}
		messaged = on
	}
}

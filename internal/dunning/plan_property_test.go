package dunning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// reachesNobody reports whether a planned step needs no window: a proof that is recorded,
// or a step whose time before the due date has passed and that the claim skips.
func (w world) reachesNobody(s *dunning.Step) bool {
	if s.Do == dunning.DoSendInvoice {
		return !w.facts.AlreadySent.IsZero()
	}
	return w.pointless(s)
}

func (w world) pointless(s *dunning.Step) bool {
	early := s.After == dunning.AnchorDue && s.Offset.Days < 0
	return early && s.Do != dunning.DoTask && s.Do != dunning.DoSendInvoice && !w.place.Date(w.facts.AsOf).Before(w.facts.Due)
}

func (w world) written(s *dunning.Step) bool {
	return s.Do == dunning.DoMessage || s.Do == dunning.DoSendInvoice
}

func (w world) gap(s *dunning.Step) int {
	if s.GapDays > 0 {
		return s.GapDays
	}
	return w.policy.MinimumGapDays
}

// base is the day that the policy itself gives the step.
func (w world) base(s *dunning.Step, previous calendar.Date) calendar.Date {
	anchor := map[dunning.Anchor]calendar.Date{
		dunning.AnchorDelivery: w.facts.Delivered, dunning.AnchorDue: w.facts.Due, dunning.AnchorPrevious: previous,
	}[s.After]
	switch s.Offset.Unit {
	case dunning.UnitBusiness:
		return w.place.Customer.AddBusinessDays(anchor, s.Offset.Days)
	case dunning.UnitBanking:
		return w.place.Banking.AddBusinessDays(anchor, s.Offset.Days)
	default:
		return anchor.AddDays(s.Offset.Days)
	}
}

// What is planned is what has no outcome, in the policy's order, a wanted copy first.
func TestPlan_IsComplete(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		var want, got []dunning.StepID
		if w.facts.CopyWanted {
			want = append(want, dunning.StepInvoiceCopy)
		}
		for i := range w.policy.Steps[len(w.outcomes):] {
			want = append(want, w.policy.Steps[len(w.outcomes)+i].ID)
		}
		for _, p := range w.plan() {
			got = append(got, p.Step)
			s, ok := w.policy.Step(p.Step)
			require.True(t, ok)
			require.Equal(t, []any{s.Stage, s.Do, s.Label, 1}, []any{p.Stage, p.Do, p.Label, p.Occurrence})
			require.Equal(t, time.UTC, p.At.Location())
			require.Equal(t, w.place.Date(p.At), p.LocalDate)
		}
		require.Equal(t, want, got)
	})
}

// Nothing before the fact that asked, nothing before its predecessor, nobody disturbed
// outside the contact hours or on a holiday.
func TestPlan_Instants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		last := w.facts.AsOf
		for i, p := range w.plan() {
			s, _ := w.policy.Step(p.Step)
			require.False(t, p.At.Before(last), "%s at %s, before %s", p.Step, p.At, last)
			if i == 0 {
				require.False(t, p.At.Before(w.facts.NotBefore), "%s at %s, told to wait until %s", p.Step, p.At, w.facts.NotBefore)
			}
			if !w.reachesNobody(s) {
				require.True(t, w.place.Customer.IsBusinessDay(p.LocalDate), "%s on %s", p.Step, p.LocalDate)
				require.True(t, w.place.InWindow(s, p.At), "%s at %s", p.Step, clock(w.place, p.At))
			}
			last = p.At
		}
	})
}

// answered is the first day on which the step may come for the sake of whom the step
// before it asked: a colleague has until the deadline, which is the earliest day, and the
// customer's last day is over before the agency has the case. The zero day: nobody waits.
func (w world) answered(s, before *dunning.Step, asked calendar.Date) calendar.Date {
	if before == nil || before.AnswerWithin == 0 || (s.Do != dunning.DoHandOff && before.Do != dunning.DoEscalate) {
		return calendar.Date{}
	}
	days := before.AnswerWithin
	if s.Do == dunning.DoHandOff {
		days++
	}
	on := w.place.Customer.OnOrAfter(asked)
	if on.After(asked) {
		days-- // asked on a holiday: the first day of the answer is a working day
	}
	for ; days > 0; days-- {
		on = w.place.Customer.OnOrAfter(on.AddDays(1))
	}
	return on
}

// Every step falls on the first day that its own date, its predecessor, the answer that
// its predecessor waits for, the gap between messages, the pause and the fact allow: no
// earlier, and no later.
func TestPlan_Days(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		today := w.place.Date(w.facts.AsOf)
		var previous, messaged, asked calendar.Date
		var asker *dunning.Step // the step before, if it was done
		for i, o := range w.outcomes {
			asker, asked = nil, o.On
			if o.Answer == dunning.AnswerDone {
				asker = &w.policy.Steps[i]
			}
			previous = latest(previous, o.On)
			if o.Answer == dunning.AnswerDone && w.written(&w.policy.Steps[i]) {
				messaged = latest(messaged, o.On)
			}
		}
		before := today // the day of the planned step before, whatever it is
		for i, p := range w.plan() {
			s, _ := w.policy.Step(p.Step)
			if s.Do == dunning.DoSendCopy {
				before = p.LocalDate
				continue
			}
			first := before
			if !w.reachesNobody(s) {
				first = latest(first, latest(w.base(s, previous), previous))
				first = latest(first, w.answered(s, asker, asked))
				if w.written(s) && !messaged.IsZero() {
					first = latest(first, messaged.AddDays(w.gap(s)))
				}
			}
			if !w.facts.PausedUntil.IsZero() {
				first = latest(first, w.place.Customer.AddBusinessDays(w.facts.PausedUntil, 1))
			}
			if i == 0 && !w.facts.NotBefore.IsZero() {
				first = latest(first, w.place.Date(w.facts.NotBefore))
			}
			require.False(t, p.LocalDate.Before(first), "%s on %s, not before %s", p.Step, p.LocalDate, first)
			if !w.reachesNobody(s) { // the day itself, or the next one when its hours are over
				open := w.place.Customer.OnOrAfter(first)
				require.False(t, p.LocalDate.After(w.place.Customer.AddBusinessDays(first, 1)), "%s on %s, allowed on %s", p.Step, p.LocalDate, open)
				if open.After(before) && (i > 0 || open.After(w.place.Date(w.facts.NotBefore))) {
					require.Equal(t, open, p.LocalDate, "%s", p.Step)
				}
			}
			before, previous = p.LocalDate, latest(previous, p.LocalDate)
			asker, asked = s, p.LocalDate
			if w.written(s) {
				messaged = latest(messaged, p.LocalDate)
				if s.Do == dunning.DoSendInvoice && w.reachesNobody(s) {
					messaged, previous = w.facts.AlreadySent, w.facts.AlreadySent
				}
			}
		}
	})
}

// The plan is a function of its inputs, and leaves them alone.
func TestPlan_IsAFunction(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.facts.Awaiting = rapid.IntRange(0, 5).Draw(t, "awaiting") == 0
		kept := w.clone()
		plan := w.plan()
		require.Equal(t, kept.policy, w.policy)
		require.Equal(t, kept.outcomes, w.outcomes)
		require.Equal(t, plan, w.plan())
		require.Equal(t, plan, kept.plan())

		w.facts.AsOf, w.facts.NotBefore = w.facts.AsOf.In(time.UTC), w.facts.NotBefore.UTC()
		require.Equal(t, plan, w.plan(), "an instant is the same in every zone")
	})
}

// The preview is the engine: when the first step is done as planned, the rest stays.
func TestPlan_KeepsItsWord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for plan := w.plan(); len(plan) > 0; {
			next := plan[0]
			s, _ := w.policy.Step(next.Step)
			if w.pointless(s) != w.pointlessAt(s, next.At) {
				return // its time ran out on the way: the claim skips it
			}
			w.facts.AsOf, w.facts.NotBefore = next.At, time.Time{}
			if next.Do == dunning.DoSendCopy {
				w.facts.CopyWanted = false
			} else {
				on := next.LocalDate
				if s.Do == dunning.DoSendInvoice && w.reachesNobody(s) {
					on = w.facts.AlreadySent
				}
				w.outcomes = append(w.outcomes, dunning.Outcome{Step: next.Step, Answer: dunning.AnswerDone, On: on})
			}
			for i := range plan[1:] { // what lies before the due date may lapse with the clock
				if later, _ := w.policy.Step(plan[i+1].Step); w.pointless(later) {
					return
				}
			}
			rest := w.plan()
			require.Equal(t, plan[1:], rest, "after %s at %s", next.Step, next.At)
			plan = rest
		}
	})
}

func (w world) pointlessAt(s *dunning.Step, at time.Time) bool {
	w.facts.AsOf = at
	return w.pointless(s)
}

// Asked again on a later day before anything is due, the plan answers the same.
func TestPlan_IsStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.facts.CopyWanted = false
		plan := w.plan()
		if len(plan) == 0 {
			return
		}
		days := plan[0].LocalDate.DaysSince(w.place.Date(w.facts.AsOf))
		if days < 2 {
			return
		}
		on := w.place.Date(w.facts.AsOf).AddDays(rapid.IntRange(1, days-1).Draw(t, "days"))
		w.facts.AsOf = on.In(w.place.Zone, rapid.IntRange(4, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"))
		for _, p := range plan {
			if s, _ := w.policy.Step(p.Step); w.reachesNobody(s) {
				return
			}
		}
		require.Equal(t, plan, w.plan())
	})
}

// While a delivery is awaited only the question and a wanted copy are planned, and the
// question comes before the due date has passed where there is still time for it.
func TestPlan_Awaiting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.facts.Awaiting, w.outcomes = true, nil
		plan := w.plan()
		check := plan[len(plan)-1]
		require.Equal(t, dunning.StepDeliveryCheck, check.Step)
		require.Equal(t, w.facts.CopyWanted, len(plan) == 2)
		s, _ := w.policy.Step(check.Step)
		require.True(t, w.place.InWindow(s, check.At))
		require.False(t, check.At.Before(w.facts.AsOf))
		require.False(t, plan[0].At.Before(w.facts.NotBefore))
		require.False(t, check.At.Before(plan[0].At))
		asked := w.place.Customer.AddBusinessDays(w.facts.Issued, 5)
		if len(plan) == 1 && w.facts.NotBefore.IsZero() && w.place.Date(w.facts.AsOf).Before(earliest(asked, w.place.Customer.OnOrBefore(w.facts.Due))) {
			require.Equal(t, earliest(asked, w.place.Customer.OnOrBefore(w.facts.Due)), check.LocalDate)
		}
		w.outcomes = []dunning.Outcome{{Step: dunning.StepDeliveryCheck, Answer: dunning.AnswerDone, On: check.LocalDate}}
		require.Len(t, w.plan(), len(plan)-1)
	})
}

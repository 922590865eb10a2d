package dunning_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
)

// drawSituation draws a claim at any instant; most facts are as they mostly are.
func drawSituation(t *rapid.T) dunning.Situation {
	seldom := func(name string) bool { return rapid.IntRange(0, 5).Draw(t, name) == 0 }
	issued := drawDate(t, "issued")
	p := drawPolicy(t)
	ids := []dunning.StepID{dunning.StepDeliveryCheck, dunning.StepInvoiceCopy}
	for i := range p.Steps {
		ids = append(ids, p.Steps[i].ID)
	}
	step, _ := p.Step(rapid.SampledFrom(ids).Draw(t, "step"))
	place := drawPlace(t, issued)
	now := issued.In(place.Zone, 0, 0).Add(time.Duration(rapid.IntRange(0, 120*24*60).Draw(t, "minute")) * time.Minute)
	if rapid.Bool().Draw(t, "in window") {
		now = place.NextWindow(step, now, dunning.Spread{})
	}
	s := dunning.Situation{
		Now: now, Place: place, Step: step,
		Open: money.New(int64(rapid.IntRange(-100, 1000000).Draw(t, "open")), "EUR"), MinimumAmountMinor: int64(rapid.IntRange(0, 20000).Draw(t, "minimum")),
		Kind:    rapid.SampledFrom([]dunning.DebtorKind{"business", "business", "business", "public_body", "consumer", "sole_trader", "unknown"}).Draw(t, "kind"),
		Mode:    rapid.SampledFrom([]dunning.Mode{"automatic", "automatic", "approve", "shadow"}).Draw(t, "mode"),
		Stopped: seldom("stopped"), DoNotChase: seldom("do not chase"), Disputed: seldom("disputed"),
		CreditCovers: seldom("credit"), ContactedToday: seldom("contacted"), Released: rapid.Bool().Draw(t, "released"), AlreadySent: seldom("sent"),
		Issued: issued, Due: issued.AddDays(rapid.IntRange(0, 90).Draw(t, "terms")),
		NewCustomer: rapid.Bool().Draw(t, "new"), PaidLate: seldom("late"), BrokePromise: seldom("broke"),
		Spread: dunning.Spread{Customer: rapid.StringN(0, 10, 10).Draw(t, "key"), Invoice: rapid.StringN(0, 10, 10).Draw(t, "invoice")},
	}
	s.WeeklyCap = rapid.IntRange(0, 3).Draw(t, "weekly cap")
	for range rapid.IntRange(0, 6).Draw(t, "contacts") {
		s.Contacts = append(s.Contacts, place.Date(now).AddDays(-rapid.IntRange(0, 12).Draw(t, "days ago")))
	}
	slices.SortFunc(s.Contacts, calendar.Date.Compare)
	s.Contacts = slices.Compact(s.Contacts)
	if seldom("closed") {
		s.Closed = rapid.SampledFrom([]dunning.Reason{"paid", "credited", "written_off"}).Draw(t, "outcome")
	}
	today := place.Date(now)
	if seldom("held") {
		until := calendar.Date{}
		if rapid.Bool().Draw(t, "with an end") {
			until = today.AddDays(rapid.IntRange(-5, 40).Draw(t, "hold"))
		}
		s.HeldUntil = &until
	}
	if seldom("promised") {
		s.PromisedUntil = today.AddDays(rapid.IntRange(-5, 40).Draw(t, "promise"))
	}
	return s
}

func held(s dunning.Situation) bool {
	return s.HeldUntil != nil && (s.HeldUntil.IsZero() || !s.HeldUntil.Before(s.Place.Date(s.Now)))
}

func promised(s dunning.Situation) bool {
	return !s.PromisedUntil.IsZero() && !s.PromisedUntil.Before(s.Place.Date(s.Now))
}

// recordsProof reports whether nothing leaves: the invoice went out elsewhere.
func recordsProof(s dunning.Situation) bool {
	return s.Step.Do == dunning.DoSendInvoice && s.AlreadySent
}

// requireCap asks that a contact on a day keeps to the weekly cap.
func requireCap(t *rapid.T, s dunning.Situation, day calendar.Date) {
	week := map[calendar.Date]bool{day: true}
	for _, c := range s.Contacts {
		if ago := day.DaysSince(c); ago > 0 && ago < 7 {
			week[c] = true
		}
	}
	if s.WeeklyCap > 0 {
		require.LessOrEqual(t, len(week), s.WeeklyCap)
	}
}

// Whoever waits for the cap may be contacted when told, and could not be on any day before.
func TestDecide_TheCapWaitsNoLongerThanItMust(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSituation(t)
		v := dunning.Decide(s)
		if v.Reason != dunning.ReasonContactCap {
			return
		}
		require.True(t, s.Place.InWindow(s.Step, v.NotBefore))
		if s.ContactedToday { // seen from a later day it is one contact of the week
			s.Contacts = append(s.Contacts, s.Place.Date(s.Now))
		}
		day := s.Place.Date(v.NotBefore)
		requireCap(t, s, day)
		for d := s.Place.Date(s.Now).AddDays(1); d.Before(day); d = d.AddDays(1) {
			later := s
			later.Now, later.ContactedToday = s.Place.NextWindow(s.Step, d.In(s.Place.Zone, 0, 0), s.Spread), false
			if s.Place.Date(later.Now) == d {
				require.Equal(t, dunning.ReasonContactCap, dunning.Decide(later).Reason, "%s was free", d)
			}
		}
	})
}

// Whatever goes may go.
func TestDecide_GoMeansMay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSituation(t)
		v := dunning.Decide(s)
		require.Equal(t, v, dunning.Decide(s))
		if v.Answer != dunning.AnswerGo {
			return
		}
		require.Equal(t, dunning.Verdict{Answer: dunning.AnswerGo}, v)
		require.Empty(t, s.Closed)
		require.True(t, s.Open.IsPositive())
		require.False(t, s.Stopped)
		if s.Step.Do != dunning.DoSendCopy { // a customer's own question is answered
			require.False(t, s.Disputed || s.DoNotChase || held(s) || promised(s))
		}
		if recordsProof(s) {
			return
		}
		require.NotEqual(t, dunning.ModeShadow, s.Mode)
		require.True(t, s.Place.InWindow(s.Step, s.Now))
		require.True(t, s.Place.Customer.IsBusinessDay(s.Place.Date(s.Now)))
		if s.Step.CountsAsContact() {
			require.False(t, s.ContactedToday)
			requireCap(t, s, s.Place.Date(s.Now))
		}
		switch s.Step.Do {
		case dunning.DoMessage, dunning.DoSendInvoice, dunning.DoSendCopy:
			require.True(t, s.Mode == dunning.ModeAutomatic || s.Released)
		}
		switch s.Step.Do {
		case dunning.DoMessage, dunning.DoCall, dunning.DoEscalate, dunning.DoHandOff:
			require.True(t, s.Kind == dunning.KindBusiness || s.Kind == dunning.KindPublicBody)
			require.GreaterOrEqual(t, s.Open.Minor, s.MinimumAmountMinor)
			require.False(t, s.CreditCovers)
		}
	})
}

// Whoever is told to wait is told why, and until an instant at which it is worth asking.
func TestDecide_Waits(t *testing.T) {
	t.Parallel()
	endless := map[dunning.Reason]bool{
		dunning.ReasonDisputed: true, dunning.ReasonDoNotChase: true, dunning.ReasonStopped: true,
	}
	rapid.Check(t, func(t *rapid.T) {
		s := drawSituation(t)
		v := dunning.Decide(s)
		switch {
		case v.Answer != dunning.AnswerWait:
			require.Zero(t, v.NotBefore)
		case endless[v.Reason] || (v.Reason == dunning.ReasonHeld && s.HeldUntil.IsZero()):
			require.Zero(t, v.NotBefore)
		default:
			require.True(t, v.NotBefore.After(s.Now), "%s: told at %s to wait until %s", v.Reason, s.Now, v.NotBefore)
			require.True(t, s.Place.InWindow(s.Step, v.NotBefore), "%s until %s", v.Reason, clock(s.Place, v.NotBefore))
		}
		if v.Answer == dunning.AnswerWait && v.Reason == dunning.ReasonHeld && !s.HeldUntil.IsZero() {
			require.True(t, s.Place.Date(v.NotBefore).After(*s.HeldUntil))
		}
		if v.Answer == dunning.AnswerWait && v.Reason == dunning.ReasonPromisePending {
			require.True(t, s.Place.Date(v.NotBefore).After(s.PromisedUntil))
		}
		if v.Answer == dunning.AnswerWait && v.Reason == dunning.ReasonContactCap {
			require.True(t, s.Place.Date(v.NotBefore).After(s.Place.Date(s.Now)), "the cap is the day's")
		}
	})
}

// A skipped step is skipped for good, so it must be for a reason that no clock mends.
func TestDecide_Skips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSituation(t)
		v := dunning.Decide(s)
		switch v.Reason {
		case dunning.ReasonPaid, dunning.ReasonCredited, dunning.ReasonWrittenOff:
			require.True(t, s.Closed == v.Reason || (s.Closed == "" && !s.Open.IsPositive()))
		case dunning.ReasonBelowMinimum:
			require.Less(t, s.Open.Minor, s.MinimumAmountMinor)
		case dunning.ReasonShadow:
			require.Equal(t, dunning.ModeShadow, s.Mode)
		case dunning.ReasonNotApplicable:
			require.NotContains(t, []dunning.Do{dunning.DoSendInvoice, dunning.DoSendCopy, dunning.DoTask}, s.Step.Do)
		default:
			require.NotEqual(t, dunning.AnswerSkipped, v.Answer, "reason %q", v.Reason)
			return
		}
		require.Equal(t, dunning.AnswerSkipped, v.Answer)
		later := s
		later.Now = s.Now.Add(time.Duration(rapid.IntRange(0, 60*24).Draw(t, "hours")) * time.Hour)
		if !held(s) && !promised(s) {
			require.Equal(t, dunning.AnswerSkipped, dunning.Decide(later).Answer)
		}
	})
}

// Who waits as told finds the reason gone: no step is asked in circles.
func TestDecide_WaitingHelps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSituation(t)
		for range 20 {
			v := dunning.Decide(s)
			if v.Answer != dunning.AnswerWait || v.NotBefore.IsZero() || v.Reason == dunning.ReasonCreditCovers || v.Reason == dunning.ReasonNotReleased {
				return
			}
			s.Now, s.ContactedToday = v.NotBefore, false
		}
		t.Fatalf("still waiting: %s", dunning.Decide(s).Reason)
	})
}

// A plan that follows a wait never asks before the wait is over.
func TestDecide_PlanObeysTheWait(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		plan := w.plan()
		if len(plan) == 0 {
			return
		}
		s := drawSituation(t)
		s.Step, _ = w.policy.Step(plan[0].Step)
		s.Now, s.Place, s.Due, s.Issued, s.Spread = plan[0].At, w.place, w.facts.Due, w.facts.Issued, w.facts.Spread
		s.AlreadySent = !w.facts.AlreadySent.IsZero()
		v := dunning.Decide(s)
		require.NotEqual(t, dunning.ReasonOutsideWindow, v.Reason, "a plan never falls outside the window")
		if v.NotBefore.IsZero() {
			return
		}
		w.facts.AsOf, w.facts.NotBefore = s.Now, v.NotBefore
		again := w.plan()
		require.Equal(t, plan[0].Step, again[0].Step)
		require.False(t, again[0].At.Before(v.NotBefore), "%s waits until %s, planned at %s", v.Reason, v.NotBefore, again[0].At)
	})
}

func TestToneFor_ClimbsOneRung(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		highest := dunning.ToneNone
		for range rapid.IntRange(1, 10).Draw(t, "messages") {
			step := &dunning.Step{Tone: dunning.Tone(rapid.IntRange(1, 3).Draw(t, "tone"))}
			tone := dunning.ToneFor(step, highest)
			require.LessOrEqual(t, tone, highest+1)
			require.LessOrEqual(t, tone, step.Tone)
			require.GreaterOrEqual(t, tone, dunning.ToneFriendly)
			if step.Tone <= highest+1 {
				require.Equal(t, step.Tone, tone)
			}
			if rapid.Bool().Draw(t, "really sent") {
				highest = max(highest, tone)
			}
		}
	})
}

func TestDeadline_IsABusinessEvening(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSituation(t)
		deadline := dunning.Deadline(s.Step, s.Place, s.Now)
		day := s.Place.Date(deadline)
		require.True(t, s.Place.Customer.IsBusinessDay(day))
		require.Equal(t, 18, deadline.In(s.Place.Zone).Hour())
		want := s.Step.DeadlineAfter
		if want == 0 {
			want = 5
		}
		count := 0
		for d := s.Place.Date(s.Now); d.Before(day); {
			if d = d.AddDays(1); s.Place.Customer.IsBusinessDay(d) {
				count++
			}
		}
		require.Equal(t, want, count)
	})
}

package dunning_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// world is everything that a plan is a function of.
type world struct {
	policy   *dunning.Policy
	facts    dunning.Facts
	place    dunning.Place
	outcomes []dunning.Outcome
}

func (w world) plan() []dunning.PlannedStep {
	return dunning.Plan(w.policy, w.facts, w.place, w.outcomes)
}

// drawWorld draws an invoice somewhere on its way up a ladder.
func drawWorld(t *rapid.T) world {
	issued := drawDate(t, "issued")
	due := issued.AddDays(rapid.IntRange(0, 90).Draw(t, "terms"))
	w := world{policy: drawPolicy(t), place: drawPlace(t, issued)}
	day := issued.AddDays(rapid.IntRange(-3, 200).Draw(t, "arrives"))
	asOf := day.In(w.place.Zone, 0, 0).Add(time.Duration(rapid.IntRange(0, 24*60*60-1).Draw(t, "second")) * time.Second)
	today := w.place.Date(asOf)
	w.facts = dunning.Facts{
		AsOf: asOf, Issued: issued, Due: due, Delivered: issued.AddDays(rapid.IntRange(-10, 10).Draw(t, "delivered")),
		CopyWanted: rapid.IntRange(0, 5).Draw(t, "copy") == 0, Spread: dunning.Spread{Customer: rapid.StringN(0, 40, 40).Draw(t, "key"), Invoice: rapid.StringN(0, 10, 10).Draw(t, "invoice")},
	}
	if rapid.IntRange(0, 2).Draw(t, "already") == 0 {
		w.facts.AlreadySent = earliest(today, issued.AddDays(rapid.IntRange(-2, 30).Draw(t, "sent")))
	}
	if rapid.IntRange(0, 2).Draw(t, "paused") == 0 {
		w.facts.PausedUntil = today.AddDays(rapid.IntRange(-20, 40).Draw(t, "pause"))
	}
	if rapid.IntRange(0, 2).Draw(t, "waits") == 0 {
		w.facts.NotBefore = asOf.Add(time.Duration(rapid.IntRange(-7*24*60, 21*24*60).Draw(t, "not before")) * time.Minute)
	}
	w.outcomes = drawOutcomes(t, w, today)
	return w
}

func drawDate(t *rapid.T, name string) calendar.Date {
	return calendar.NewDate(2025, time.January, 1).AddDays(rapid.IntRange(0, 4*365).Draw(t, name))
}

func drawPlace(t *rapid.T, near calendar.Date) dunning.Place {
	country := rapid.SampledFrom([]string{"NL", "BE", "DE", "FR", "GB", "FI", "ES", ""}).Draw(t, "country")
	zoneName := rapid.SampledFrom([]string{
		"Europe/Amsterdam", "Europe/London", "Europe/Helsinki", "Atlantic/Canary", "Europe/Brussels",
	}).Draw(t, "zone")
	overrides := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) calendar.Override {
		return calendar.Override{
			Date: near.AddDays(rapid.IntRange(-10, 250).Draw(t, "day")), Holiday: rapid.IntRange(0, 3).Draw(t, "holiday") > 0,
		}
	}), 0, 25).Draw(t, "overrides")
	place := placeOf(country, zoneName, overrides...)
	if rapid.IntRange(0, 2).Draw(t, "own hours") == 0 {
		place.Hours = drawHours(t).in(t)
	}
	return place
}

// drawPolicy draws a shipped policy, half of the time with other numbers in it.
func drawPolicy(t *rapid.T) *dunning.Policy {
	p := shipped(rapid.SampledFrom([]string{dunning.PolicyStandard, dunning.PolicyKeyAccounts, dunning.PolicyManual}).Draw(t, "policy"))
	if rapid.Bool().Draw(t, "as shipped") {
		return p
	}
	p.MinimumGapDays = rapid.IntRange(0, 14).Draw(t, "gap")
	for i := range p.Steps {
		s := &p.Steps[i]
		s.After = rapid.SampledFrom([]dunning.Anchor{dunning.AnchorDelivery, dunning.AnchorDue, dunning.AnchorPrevious}).Draw(t, "anchor")
		s.Offset.Days = rapid.IntRange(-15, 45).Draw(t, "offset")
		s.Offset.Unit = rapid.SampledFrom([]dunning.Unit{dunning.UnitCalendar, dunning.UnitBusiness, dunning.UnitBanking}).Draw(t, "unit")
		s.GapDays = rapid.SampledFrom([]int{0, 0, 1, 10}).Draw(t, "own gap")
		s.Channels = rapid.SampledFrom([][]dunning.Channel{
			{dunning.ChannelEmail}, {dunning.ChannelSMS}, {dunning.ChannelSMS, dunning.ChannelEmail},
		}).Draw(t, "channels")
	}
	return p
}

// drawOutcomes draws what became of the first steps, in order, up to today.
func drawOutcomes(t *rapid.T, w world, today calendar.Date) []dunning.Outcome {
	var outcomes []dunning.Outcome
	on := earliest(today, w.facts.Issued)
	for i := range rapid.IntRange(0, len(w.policy.Steps)).Draw(t, "steps over") {
		o := dunning.Outcome{Step: w.policy.Steps[i].ID, Answer: rapid.SampledFrom([]dunning.Answer{
			dunning.AnswerDone, dunning.AnswerDone, dunning.AnswerSkipped, dunning.AnswerFailed,
		}).Draw(t, "answer")}
		on = earliest(today, on.AddDays(rapid.IntRange(0, 20).Draw(t, "days later")))
		o.On = on
		if i == 0 && o.Answer == dunning.AnswerDone && !w.facts.AlreadySent.IsZero() {
			o.On = w.facts.AlreadySent
			on = w.facts.AlreadySent
		}
		outcomes = append(outcomes, o)
	}
	return outcomes
}

func (w world) clone() world {
	p := *w.policy
	p.Steps = slices.Clone(p.Steps)
	for i := range p.Steps {
		p.Steps[i].Channels = slices.Clone(p.Steps[i].Channels)
	}
	w.policy, w.outcomes = &p, slices.Clone(w.outcomes)
	return w
}

func earliest(a, b calendar.Date) calendar.Date {
	if b.Before(a) {
		return b
	}
	return a
}

func latest(a, b calendar.Date) calendar.Date {
	if b.After(a) {
		return b
	}
	return a
}

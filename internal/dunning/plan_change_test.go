package dunning_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
)

// What has an outcome is gone from the plan, and what comes next counts from it.
func TestPlan_AfterOutcomes(t *testing.T) {
	t.Parallel()
	done, skipped, failed := dunning.AnswerDone, dunning.AnswerSkipped, dunning.AnswerFailed
	before := []dunning.Outcome{
		{Step: "invoice", Answer: done, On: date("2026-03-02")},
		{Step: "courtesy_call", Answer: skipped, Reason: dunning.ReasonNotApplicable, On: date("2026-03-25")},
	}
	tests := []struct {
		name     string
		outcomes []dunning.Outcome
		asOf     string
		step     dunning.StepID
		want     string
	}{
		{"NobodyCalled", nil, "2026-03-25 10:00", "reminder", "2026-04-08 09:49"},
		{"ReminderDoneLate", []dunning.Outcome{{"reminder", done, "", date("2026-04-14")}}, "2026-04-14 10:00", "stricter_reminder", "2026-04-21 09:49"},
		{"ReminderFailed", []dunning.Outcome{{"reminder", failed, dunning.ReasonBounced, date("2026-04-14")}}, "2026-04-14 10:00", "stricter_reminder", "2026-04-15 09:49"},
		{"ReminderSkipped", []dunning.Outcome{{"reminder", skipped, dunning.ReasonWaived, date("2026-04-08")}}, "2026-04-08 10:00", "stricter_reminder", "2026-04-15 09:49"},
		{"AfterDowntime", []dunning.Outcome{{"reminder", done, "", date("2026-04-08")}}, "2026-07-01 12:45", "stricter_reminder", "2026-07-01 12:45"},
		{"CallAfterTheStricterOne", []dunning.Outcome{
			{"reminder", done, "", date("2026-04-08")}, {"stricter_reminder", done, "", date("2026-04-23")},
		}, "2026-04-23 10:00", "overdue_call", "2026-04-29 09:49"}, // King's Day does not count
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			facts := dunning.Facts{
				AsOf: instant(netherlands, tt.asOf), Issued: date("2026-03-02"), Due: date("2026-04-01"), Delivered: date("2026-03-02"), Spread: key,
			}
			outcomes := append(append([]dunning.Outcome{}, before...), tt.outcomes...)
			plan := dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, outcomes)
			require.Equal(t, tt.step, plan[0].Step)
			require.Equal(t, tt.want, clock(netherlands, plan[0].At))
			require.Len(t, plan, 8-len(outcomes))
		})
	}
}

// A reminder that was done again after the stricter one still keeps its distance.
func TestPlan_GapAfterARepeatedStep(t *testing.T) {
	t.Parallel()
	facts := dunning.Facts{AsOf: instant(netherlands, "2026-04-28 10:00"), Issued: date("2026-03-02"), Due: date("2026-04-01"), Delivered: date("2026-03-02")}
	done := dunning.AnswerDone
	plan := dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, []dunning.Outcome{
		{"invoice", done, "", date("2026-03-02")},
		{"courtesy_call", done, "", date("2026-03-25")},
		{"reminder", done, "", date("2026-04-28")},
		{"stricter_reminder", done, "", date("2026-04-15")},
		{"overdue_call", done, "", date("2026-04-20")},
		{"sales_escalation", done, "", date("2026-04-22")},
	})
	require.Equal(t, dunning.StepID("final_notice"), plan[0].Step)
	require.Equal(t, date("2026-05-06"), plan[0].LocalDate, "7 days after 28 April is Liberation Day")

	plan = dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, []dunning.Outcome{
		{"invoice", done, "", date("2026-03-02")},
		{"courtesy_call", done, "", date("2026-03-25")},
		{"reminder", done, "", date("2026-04-28")},
		{"stricter_reminder", done, "", date("2026-04-15")},
	})
	require.Equal(t, dunning.StepID("overdue_call"), plan[0].Step)
	require.Equal(t, date("2026-05-01"), plan[0].LocalDate, "3 business days after the last that was done")
}

func TestPlan_PauseEnd(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, until, reminder, stricter string }{
		{"EndsBeforeTheStep", "2026-04-01", "2026-04-08", "2026-04-15"},
		{"EndsOnTheStep", "2026-04-08", "2026-04-09", "2026-04-16"},
		{"EndsOnFriday", "2026-04-10", "2026-04-13", "2026-04-20"},
		{"EndsOnSaturday", "2026-04-11", "2026-04-13", "2026-04-20"},
		{"EndsBeforeKingsDay", "2026-04-24", "2026-04-28", "2026-05-06"},
		{"EndsAfterTheNextStep", "2026-04-30", "2026-05-01", "2026-05-08"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			facts := dunning.Facts{
				AsOf: instant(netherlands, "2026-03-26 10:15"), Issued: date("2026-03-02"), Due: date("2026-04-01"),
				Delivered: date("2026-03-02"), PausedUntil: date(tt.until), Spread: key,
			}
			plan := dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, []dunning.Outcome{
				{Step: "invoice", Answer: dunning.AnswerDone, On: date("2026-03-02")},
				{Step: "courtesy_call", Answer: dunning.AnswerDone, On: date("2026-03-25")},
			})
			require.Equal(t, date(tt.reminder), plan[0].LocalDate)
			require.Equal(t, date(tt.stricter), plan[1].LocalDate)
		})
	}
}

func TestPlan_NotBefore(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, notBefore, want string }{
		{"InThePast", "2026-04-01 09:00", "2026-04-08 09:49"},
		{"InTheWindow", "2026-04-08 16:20", "2026-04-08 16:20"},
		{"InTheEvening", "2026-04-08 18:00", "2026-04-09 09:49"},
		{"AtTheWeekend", "2026-04-11 12:00", "2026-04-13 09:49"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			facts := dunning.Facts{
				AsOf: instant(netherlands, "2026-04-08 08:00"), Issued: date("2026-03-02"), Due: date("2026-04-01"),
				Delivered: date("2026-03-02"), NotBefore: instant(netherlands, tt.notBefore), Spread: key,
			}
			plan := dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, []dunning.Outcome{
				{Step: "invoice", Answer: dunning.AnswerDone, On: date("2026-03-02")},
				{Step: "courtesy_call", Answer: dunning.AnswerDone, On: date("2026-03-25")},
			})
			require.Equal(t, tt.want, clock(netherlands, plan[0].At))
			require.False(t, plan[1].LocalDate.Before(plan[0].LocalDate.AddDays(7)))
		})
	}
}

// An invoice or a task whose day before the due date has passed is late, not senseless.
func TestPlan_BeforeDueButNotForTheCustomer(t *testing.T) {
	t.Parallel()
	p := &dunning.Policy{Steps: []dunning.Step{
		{ID: "check", Do: dunning.DoTask, After: dunning.AnchorDue, Offset: dunning.Offset{Days: -5, Unit: dunning.UnitCalendar}},
		{ID: "call", Do: dunning.DoCall, After: dunning.AnchorDue, Offset: dunning.Offset{Days: -5, Unit: dunning.UnitCalendar}},
	}}
	facts := dunning.Facts{AsOf: instant(netherlands, "2026-04-08 20:00"), Issued: date("2026-03-02"), Due: date("2026-04-01"), Spread: key}
	plan := dunning.Plan(p, facts, netherlands, nil)
	require.Equal(t, "2026-04-09 08:19", clock(netherlands, plan[0].At))
	plan = dunning.Plan(p, facts, netherlands, []dunning.Outcome{{Step: "check", Answer: dunning.AnswerDone, On: date("2026-04-08")}})
	require.True(t, facts.AsOf.Equal(plan[0].At), "the claim skips the call at once")
}

// A first step that counts from the step before it is due at once.
func TestPlan_NoPredecessor(t *testing.T) {
	t.Parallel()
	for _, unit := range []dunning.Unit{dunning.UnitCalendar, dunning.UnitBusiness, dunning.UnitBanking} {
		p := &dunning.Policy{Steps: []dunning.Step{
			{ID: "first", Do: dunning.DoTask, After: dunning.AnchorPrevious, Offset: dunning.Offset{Days: 3, Unit: unit}},
		}}
		facts := dunning.Facts{AsOf: instant(netherlands, "2026-04-08 12:00")}
		plan := dunning.Plan(p, facts, netherlands, nil)
		require.Equal(t, "2026-04-08 12:00", clock(netherlands, plan[0].At))
	}
}

package dunning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// expected is a planned step: its day at the customer's, and the instants (UTC) between
// which it may fall. A window's start is spread over up to 59 minutes.
type expected struct {
	step     dunning.StepID
	day      string
	from, to string
}

func requirePlan(t *testing.T, want []expected, got []dunning.PlannedStep) {
	t.Helper()
	var days, planned []string
	for _, w := range want {
		days = append(days, string(w.step)+" "+w.day)
	}
	for _, g := range got {
		planned = append(planned, string(g.Step)+" "+g.LocalDate.String())
	}
	require.Equal(t, days, planned)
	for i, w := range want {
		from, err := time.Parse(time.RFC3339, w.from)
		require.NoError(t, err)
		to, err := time.Parse(time.RFC3339, w.to)
		require.NoError(t, err)
		require.False(t, got[i].At.Before(from), "%s at %s, before %s", w.step, got[i].At, w.from)
		require.False(t, got[i].At.After(to), "%s at %s, after %s", w.step, got[i].At, w.to)
		require.Equal(t, time.UTC, got[i].At.Location())
		require.Equal(t, 1, got[i].Occurrence)
	}
}

// Issued Monday 2 March, due Wednesday 1 April 2026. Summer time starts on 29 March;
// 3 April is Good Friday, 6 April Easter Monday, 27 April King's Day, 5 May Liberation Day.
func TestPlan_Standard(t *testing.T) {
	t.Parallel()
	facts := dunning.Facts{
		AsOf: instant(netherlands, "2026-03-02 10:15"), Issued: date("2026-03-02"), Due: date("2026-04-01"),
		Delivered: date("2026-03-02"), Spread: key,
	}
	requirePlan(t, []expected{
		{"invoice", "2026-03-02", "2026-03-02T09:15:00Z", "2026-03-02T09:15:00Z"},           // at once
		{"courtesy_call", "2026-03-25", "2026-03-25T08:00:00Z", "2026-03-25T08:59:00Z"},     // winter time
		{"reminder", "2026-04-08", "2026-04-08T07:00:00Z", "2026-04-08T07:59:00Z"},          // banking days 2, 7 and 8 April; SMS from 09:00
		{"stricter_reminder", "2026-04-15", "2026-04-15T07:00:00Z", "2026-04-15T07:59:00Z"}, // all messages from 09:00
		{"overdue_call", "2026-04-20", "2026-04-20T07:00:00Z", "2026-04-20T07:59:00Z"},      // Thursday, Friday, Monday
		{"sales_escalation", "2026-04-22", "2026-04-22T05:30:00Z", "2026-04-22T06:29:00Z"},
		{"final_notice", "2026-04-30", "2026-04-30T07:00:00Z", "2026-04-30T07:59:00Z"},    // the colleague's 5 business days, over King's Day
		{"agency_hand_off", "2026-05-11", "2026-05-11T05:30:00Z", "2026-05-11T06:29:00Z"}, // the customer has until Friday 8 May
	}, dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, nil))
}

// Due Monday 30 March: now the dates fall on the holidays themselves.
func TestPlan_StandardOnHolidays(t *testing.T) {
	t.Parallel()
	facts := dunning.Facts{
		AsOf: instant(netherlands, "2026-02-27 19:00"), Issued: date("2026-02-28"), Due: date("2026-03-30"),
		Delivered: date("2026-02-27"), Spread: key,
	}
	requirePlan(t, []expected{
		{"invoice", "2026-03-02", "2026-03-02T06:30:00Z", "2026-03-02T07:29:00Z"}, // Friday evening: Monday morning
		{"courtesy_call", "2026-03-23", "2026-03-23T08:00:00Z", "2026-03-23T08:59:00Z"},
		{"reminder", "2026-04-02", "2026-04-02T07:00:00Z", "2026-04-02T07:59:00Z"},
		{"stricter_reminder", "2026-04-13", "2026-04-13T07:00:00Z", "2026-04-13T07:59:00Z"},
		{"overdue_call", "2026-04-16", "2026-04-16T07:00:00Z", "2026-04-16T07:59:00Z"},
		{"sales_escalation", "2026-04-20", "2026-04-20T05:30:00Z", "2026-04-20T06:29:00Z"},
		{"final_notice", "2026-04-28", "2026-04-28T07:00:00Z", "2026-04-28T07:59:00Z"},    // 27 April is King's Day
		{"agency_hand_off", "2026-05-07", "2026-05-07T05:30:00Z", "2026-05-07T06:29:00Z"}, // the customer has until 6 May
	}, dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, nil))
}

// A creditor whose customers work on Good Friday and 5 May, and not on 8 April.
func TestPlan_StandardWithOverrides(t *testing.T) {
	t.Parallel()
	where := placeOf("NL", "Europe/Amsterdam",
		calendar.Override{Date: date("2026-04-03")}, calendar.Override{Date: date("2026-05-05")},
		calendar.Override{Date: date("2026-04-08"), Holiday: true, Name: "works holiday"})
	facts := dunning.Facts{
		AsOf: instant(where, "2026-04-07 12:00"), Issued: date("2026-03-02"), Due: date("2026-04-01"),
		Delivered: date("2026-03-02"), Spread: key,
	}
	done := []dunning.Outcome{
		{Step: "invoice", Answer: dunning.AnswerDone, On: date("2026-03-02")},
		{Step: "courtesy_call", Answer: dunning.AnswerSkipped, Reason: dunning.ReasonNotApplicable, On: date("2026-03-25")},
	}
	plan := dunning.Plan(shipped(dunning.PolicyStandard), facts, where, done)
	require.Equal(t, dunning.StepID("reminder"), plan[0].Step)
	require.Equal(t, date("2026-04-09"), plan[0].LocalDate, "TARGET says 8 April, the customer is closed")
	facts.Due = date("2026-03-27") // final notice 24 April: the customer has until 4 May, and 5 May is a day like any other
	plan = dunning.Plan(shipped(dunning.PolicyStandard), facts, where, done)
	require.Equal(t, dunning.StepID("agency_hand_off"), plan[5].Step)
	require.Equal(t, date("2026-05-05"), plan[5].LocalDate)
}

// In October the clock goes back; the customer's morning stays the customer's morning.
func TestPlan_KeyAccounts(t *testing.T) {
	t.Parallel()
	facts := dunning.Facts{
		AsOf: instant(netherlands, "2026-09-14 08:00"), Issued: date("2026-09-14"), Due: date("2026-10-14"),
		Delivered: date("2026-09-14"), Spread: key,
	}
	requirePlan(t, []expected{
		{"invoice", "2026-09-14", "2026-09-14T06:00:00Z", "2026-09-14T06:29:00Z"}, // in the first hour: at the customer's turn
		{"courtesy_call", "2026-10-07", "2026-10-07T07:00:00Z", "2026-10-07T07:59:00Z"},
		{"reminder", "2026-10-19", "2026-10-19T07:00:00Z", "2026-10-19T07:59:00Z"},         // summer time
		{"sales_escalation", "2026-10-26", "2026-10-26T06:30:00Z", "2026-10-26T07:29:00Z"}, // due + 10 is a Saturday; winter time
		{"stricter_reminder", "2026-11-04", "2026-11-04T08:00:00Z", "2026-11-04T08:59:00Z"},
		{"overdue_call", "2026-11-09", "2026-11-09T08:00:00Z", "2026-11-09T08:59:00Z"},
		{"final_notice", "2026-11-25", "2026-11-25T08:00:00Z", "2026-11-25T08:59:00Z"},
		{"agency_hand_off", "2026-12-03", "2026-12-03T06:30:00Z", "2026-12-03T07:29:00Z"},
	}, dunning.Plan(shipped(dunning.PolicyKeyAccounts), facts, netherlands, nil))
}

// The manual policy: the invoice, then a person.
func TestPlan_Manual(t *testing.T) {
	t.Parallel()
	facts := dunning.Facts{
		AsOf: instant(netherlands, "2026-03-02 10:15"), Issued: date("2026-03-02"), Due: date("2026-04-01"), Delivered: date("2026-03-02"),
	}
	requirePlan(t, []expected{
		{"invoice", "2026-03-02", "2026-03-02T09:15:00Z", "2026-03-02T09:15:00Z"},
		{"follow_up", "2026-04-08", "2026-04-08T05:30:00Z", "2026-04-08T06:29:00Z"},
	}, dunning.Plan(shipped(dunning.PolicyManual), facts, netherlands, nil))
}

// Forty days overdue on arrival: the ladder starts at its foot and keeps its gaps.
func TestPlan_LateArrival(t *testing.T) {
	t.Parallel()
	facts := dunning.Facts{
		AsOf: instant(netherlands, "2026-05-11 14:00"), Issued: date("2026-03-02"), Due: date("2026-04-01"),
		Delivered: date("2026-03-02"), AlreadySent: date("2026-03-02"), Spread: key,
	}
	now := "2026-05-11T12:00:00Z"
	plan := dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, nil)
	requirePlan(t, []expected{
		{"invoice", "2026-05-11", now, now},       // the proof is recorded
		{"courtesy_call", "2026-05-11", now, now}, // its time has passed: the claim skips it
		{"reminder", "2026-05-11", now, now},      // friendly first; the invoice went out long ago
		{"stricter_reminder", "2026-05-18", "2026-05-18T07:00:00Z", "2026-05-18T07:59:00Z"},
		{"overdue_call", "2026-05-21", "2026-05-21T07:00:00Z", "2026-05-21T07:59:00Z"},
		{"sales_escalation", "2026-05-21", "2026-05-21T07:00:00Z", "2026-05-21T07:59:00Z"}, // not before the call
		{"final_notice", "2026-05-29", "2026-05-29T07:00:00Z", "2026-05-29T07:59:00Z"},     // 25 May is Whit Monday
		{"agency_hand_off", "2026-06-08", "2026-06-08T05:30:00Z", "2026-06-08T06:29:00Z"},
	}, plan)

	facts.AlreadySent = calendar.Date{} // the invoice itself goes out today: everything else keeps a week from it
	plan = dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, nil)
	requirePlan(t, []expected{
		{"invoice", "2026-05-11", now, now},
		{"courtesy_call", "2026-05-11", now, now},
		{"reminder", "2026-05-18", "2026-05-18T07:00:00Z", "2026-05-18T07:59:00Z"},
		{"stricter_reminder", "2026-05-26", "2026-05-26T07:00:00Z", "2026-05-26T07:59:00Z"},
		{"overdue_call", "2026-05-29", "2026-05-29T07:00:00Z", "2026-05-29T07:59:00Z"},
		{"sales_escalation", "2026-05-29", "2026-05-29T07:00:00Z", "2026-05-29T07:59:00Z"},
		{"final_notice", "2026-06-05", "2026-06-05T07:00:00Z", "2026-06-05T07:59:00Z"},
		{"agency_hand_off", "2026-06-15", "2026-06-15T05:30:00Z", "2026-06-15T06:29:00Z"},
	}, plan)
}

// A proof that arrives on a Saturday night is recorded on Saturday night.
func TestPlan_AlreadySent(t *testing.T) {
	t.Parallel()
	facts := dunning.Facts{
		AsOf: instant(netherlands, "2026-03-07 23:30"), Issued: date("2026-03-02"), Due: date("2026-04-01"),
		Delivered: date("2026-03-02"), AlreadySent: date("2026-03-03"), Spread: key,
	}
	plan := dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, nil)
	require.Equal(t, dunning.StepID("invoice"), plan[0].Step)
	require.True(t, facts.AsOf.Equal(plan[0].At))
	require.Equal(t, date("2026-03-07"), plan[0].LocalDate)
	require.Equal(t, date("2026-03-25"), plan[1].LocalDate)
}

// The preview before the proof is recorded and the plan after it are the same.
func TestPlan_AlreadySentCountsGapsFromTheRealDay(t *testing.T) {
	t.Parallel()
	facts := dunning.Facts{
		AsOf: instant(netherlands, "2026-05-11 14:00"), Issued: date("2026-03-02"), Due: date("2026-04-01"),
		Delivered: date("2026-03-02"), AlreadySent: date("2026-05-08"), Spread: key,
	}
	p := shipped(dunning.PolicyStandard)
	preview := dunning.Plan(p, facts, netherlands, nil)
	recorded := dunning.Plan(p, facts, netherlands, []dunning.Outcome{{Step: "invoice", Answer: dunning.AnswerDone, On: date("2026-05-08")}})
	require.Equal(t, preview[1:], recorded)
	require.Equal(t, date("2026-05-15"), preview[2].LocalDate, "a week after 8 May")
}

// A pause holds back what reaches nobody too, so that a claim is not asked in circles.
func TestPlan_SilentStepsWait(t *testing.T) {
	t.Parallel()
	p := shipped(dunning.PolicyStandard)
	facts := dunning.Facts{
		AsOf: instant(netherlands, "2026-05-11 14:00"), Issued: date("2026-03-02"), Due: date("2026-04-01"),
		Delivered: date("2026-03-02"), AlreadySent: date("2026-03-02"), Spread: key,
	}
	for _, outcomes := range [][]dunning.Outcome{nil, {{Step: "invoice", Answer: dunning.AnswerDone, On: date("2026-03-02")}}} {
		waiting := facts
		waiting.NotBefore = instant(netherlands, "2026-05-20 08:11")
		plan := dunning.Plan(p, waiting, netherlands, outcomes)
		require.True(t, waiting.NotBefore.Equal(plan[0].At), "%s at %s", plan[0].Step, plan[0].At)

		paused := facts
		paused.PausedUntil = date("2026-05-15") // a Friday
		plan = dunning.Plan(p, paused, netherlands, outcomes)
		require.Equal(t, date("2026-05-18"), plan[0].LocalDate)
	}
}

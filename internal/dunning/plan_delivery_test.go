package dunning_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

func TestPlan_AwaitingDelivery(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, asOf, issued, due string
		want                    string // the customer's clock
	}{
		{"FiveBusinessDaysAfterIssue", "2026-03-02 10:15", "2026-03-02", "2026-04-01", "2026-03-09 08:19"},
		{"OverEaster", "2026-04-01 10:15", "2026-04-01", "2026-05-01", "2026-04-10 08:19"},
		{"NotAfterTheDueDate", "2026-03-02 10:15", "2026-03-02", "2026-03-05", "2026-03-05 08:19"},
		{"BeforeADueDateOnSunday", "2026-03-02 10:15", "2026-03-02", "2026-03-08", "2026-03-06 08:19"},
		{"BeforeADueDateOnEasterMonday", "2026-03-31 10:15", "2026-03-31", "2026-04-06", "2026-04-02 08:19"},
		{"AtOnceWhenLate", "2026-03-20 10:15", "2026-03-02", "2026-04-01", "2026-03-20 10:15"},
		{"NextMorningWhenLate", "2026-03-20 22:00", "2026-03-02", "2026-03-05", "2026-03-23 08:19"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			facts := dunning.Facts{
				AsOf: instant(netherlands, tt.asOf), Issued: date(tt.issued), Due: date(tt.due), Awaiting: true, Spread: key,
			}
			plan := dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, nil)
			require.Len(t, plan, 1)
			require.Equal(t, dunning.StepDeliveryCheck, plan[0].Step)
			require.Equal(t, dunning.DoTask, plan[0].Do)
			require.Equal(t, dunning.StageInvoice, plan[0].Stage)
			require.NotEmpty(t, plan[0].Label)
			require.Equal(t, tt.want, clock(netherlands, plan[0].At))

			facts.NotBefore = instant(netherlands, "2026-06-01 10:00")
			plan = dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, nil)
			require.True(t, facts.NotBefore.Equal(plan[0].At))

			asked := []dunning.Outcome{{Step: dunning.StepDeliveryCheck, Answer: dunning.AnswerDone, On: date(tt.due)}}
			require.Empty(t, dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, asked), "asked once, then the fact is awaited")
		})
	}
}

// Once the delivery is there the ladder runs as if nothing had been asked.
func TestPlan_DeliveryAfterTheQuestion(t *testing.T) {
	t.Parallel()
	facts := dunning.Facts{
		AsOf: instant(netherlands, "2026-03-12 10:15"), Issued: date("2026-03-02"), Due: date("2026-04-01"),
		Delivered: date("2026-03-11"), Spread: key,
	}
	asked := []dunning.Outcome{{Step: dunning.StepDeliveryCheck, Answer: dunning.AnswerDone, On: date("2026-03-09")}}
	p := shipped(dunning.PolicyStandard)
	plan := dunning.Plan(p, facts, netherlands, asked)
	require.Len(t, plan, len(p.Steps))
	require.Equal(t, dunning.Plan(p, facts, netherlands, nil), plan)
	require.Equal(t, "2026-03-12 10:15", clock(netherlands, plan[0].At))
}

// The customer's own question is answered before anything else, whatever else is held back.
func TestPlan_Copy(t *testing.T) {
	t.Parallel()
	facts := dunning.Facts{
		AsOf: instant(netherlands, "2026-04-08 06:00"), Issued: date("2026-03-02"), Due: date("2026-04-01"),
		Delivered: date("2026-03-02"), CopyWanted: true, PausedUntil: date("2026-04-17"), Spread: key,
	}
	done := []dunning.Outcome{
		{Step: "invoice", Answer: dunning.AnswerDone, On: date("2026-03-02")},
		{Step: "courtesy_call", Answer: dunning.AnswerDone, On: date("2026-03-25")},
	}
	plan := dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, done)
	require.Equal(t, dunning.StepInvoiceCopy, plan[0].Step)
	require.Equal(t, dunning.DoSendCopy, plan[0].Do)
	require.Equal(t, "2026-04-08 08:19", clock(netherlands, plan[0].At))
	require.Equal(t, dunning.StepID("reminder"), plan[1].Step)
	require.Equal(t, "2026-04-20 09:49", clock(netherlands, plan[1].At))

	facts.NotBefore = instant(netherlands, "2026-04-09 12:00") // the copy was told to wait
	plan = dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, done)
	require.Equal(t, "2026-04-09 12:00", clock(netherlands, plan[0].At))

	facts.PausedUntil = calendar.Date{} // the reminder of that day follows it
	plan = dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, done)
	require.Equal(t, "2026-04-09 12:00", clock(netherlands, plan[1].At))
}

// An invoice sent elsewhere may be asked for while its delivery is awaited.
func TestPlan_CopyWhileAwaiting(t *testing.T) {
	t.Parallel()
	facts := dunning.Facts{
		AsOf: instant(netherlands, "2026-03-03 12:00"), Issued: date("2026-03-02"), Due: date("2026-04-01"),
		AlreadySent: date("2026-03-02"), Awaiting: true, CopyWanted: true, Spread: key,
	}
	plan := dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, nil)
	require.Len(t, plan, 2)
	require.Equal(t, dunning.StepInvoiceCopy, plan[0].Step)
	require.Equal(t, "2026-03-03 12:00", clock(netherlands, plan[0].At))
	require.Equal(t, dunning.StepDeliveryCheck, plan[1].Step)
	require.Equal(t, "2026-03-09 08:19", clock(netherlands, plan[1].At))

	facts.AsOf = instant(netherlands, "2026-03-20 19:00")
	plan = dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, nil)
	require.Equal(t, "2026-03-23 08:19", clock(netherlands, plan[1].At))
	require.False(t, plan[1].At.Before(plan[0].At))
}

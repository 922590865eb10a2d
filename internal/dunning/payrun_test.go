package dunning_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

func TestParsePaymentRun(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"monday", "friday", "Friday", "1", "25", "31"} {
		run, err := dunning.ParsePaymentRun(good)
		require.NoError(t, err, good)
		require.NotNil(t, run)
	}
	none, err := dunning.ParsePaymentRun("")
	require.NoError(t, err)
	require.Nil(t, none)
	for _, bad := range []string{"sunday", "saturday", "0", "32", "-1", "1.5", "weekly"} {
		_, err := dunning.ParsePaymentRun(bad)
		require.Error(t, err, bad)
	}
}

// The reminder is due on Wednesday 8 April 2026; King's Day is Monday 27 April.
func TestPlan_AFriendlyStepWaitsForThePaymentRun(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, run, want string }{
		{"none is known", "", "2026-04-08"},
		{"the day after the reminder", "thursday", "2026-04-10"},
		{"on the reminder's day", "wednesday", "2026-04-09"},
		{"on the day before, so that the next one is too far", "tuesday", "2026-04-15"},
		{"over the weekend", "friday", "2026-04-13"},
		{"later in the month", "25", "2026-04-08"},
		{"a day of the month that is a Sunday", "12", "2026-04-14"},
		{"the last of the month is too far", "31", "2026-04-08"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			run, err := dunning.ParsePaymentRun(tt.run)
			require.NoError(t, err)
			facts := dunning.Facts{
				AsOf: instant(netherlands, "2026-03-02 10:15"), Issued: date("2026-03-02"), Due: date("2026-04-01"), Delivered: date("2026-03-02"),
				PaymentRun: run,
			}
			for _, p := range dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, nil) {
				if p.Step == "reminder" {
					require.Equal(t, tt.want, p.LocalDate.String())
					require.Equal(t, tt.want != "2026-04-08", p.MovedFrom == date("2026-04-08"))
				}
				if p.Step != "reminder" {
					require.True(t, p.MovedFrom.IsZero(), p.Step)
				}
			}
		})
	}
}

// Only a friendly message waits, by no more than 5 business days, on a day on which it may go; and
// planned again from where it was put it stays there, so it waits once.
func TestPlan_ThePaymentRunMovesOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		without := w.plan()
		run, err := dunning.ParsePaymentRun(rapid.SampledFrom([]string{"monday", "wednesday", "friday", "1", "15", "28", "31"}).Draw(t, "run"))
		require.NoError(t, err)
		w.facts.PaymentRun = run
		plan := w.plan()
		require.Len(t, plan, len(without))
		require.Equal(t, plan, w.plan())
		for i, p := range plan {
			step, _ := w.policy.Step(p.Step)
			if p.MovedFrom.IsZero() {
				continue
			}
			require.Equal(t, dunning.ToneFriendly, step.Tone)
			require.True(t, w.place.Customer.IsBusinessDay(p.LocalDate))
			require.True(t, w.place.InWindow(step, p.At))
			require.False(t, p.LocalDate.After(w.place.Customer.AddBusinessDays(p.MovedFrom, 5)))
			if i == 0 { // the same step planned again on its new day, whatever happened meanwhile
				again := w
				again.facts.AsOf, again.facts.NotBefore = p.At, p.At
				if again.facts.PausedUntil.Before(p.LocalDate) && !again.facts.CopyWanted {
					require.Equal(t, p.At, again.plan()[0].At)
				}
			}
		}
	})
}

func lastOf(plan []dunning.PlannedStep) calendar.Date { return plan[len(plan)-1].LocalDate }

// The end of a ladder comes no more than a week and its holidays later for it.
func TestPlan_ThePaymentRunDelaysTheLadderLittle(t *testing.T) {
	t.Parallel()
	facts := dunning.Facts{
		AsOf: instant(netherlands, "2026-03-02 10:15"), Issued: date("2026-03-02"), Due: date("2026-04-01"), Delivered: date("2026-03-02"),
	}
	own := lastOf(dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, nil))
	for _, text := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "10"} {
		run, err := dunning.ParsePaymentRun(text)
		require.NoError(t, err)
		facts.PaymentRun = run
		late := lastOf(dunning.Plan(shipped(dunning.PolicyStandard), facts, netherlands, nil)).DaysSince(own)
		require.GreaterOrEqual(t, late, 0)
		require.LessOrEqual(t, late, 7, text)
	}
}

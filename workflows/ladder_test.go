package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// ladder is the standard policy when nobody reacts. Due on 1 April 2026; 3 April is Good
// Friday, 6 April Easter Monday, 27 April King's Day, 5 May Liberation Day.
var ladder = []string{
	"2026-03-02 SendMessage invoice done",
	"2026-03-25 CreateCallTask courtesy_call done",
	"2026-04-08 SendMessage reminder done",
	"2026-04-15 SendMessage stricter_reminder done",
	"2026-04-20 CreateCallTask overdue_call done",
	"2026-04-22 EscalateToSales sales_escalation done",
	"2026-04-30 SendMessage final_notice done",
	"2026-05-11 HandOffToAgency agency_hand_off done",
}

// then is a part of the ladder with what follows.
func then(steps int, more ...string) []string {
	return append(append([]string{}, ladder[:steps]...), more...)
}

func TestFullLadder(t *testing.T) {
	t.Parallel()
	s := play(t, scenario{
		name: "full_ladder",
		events: []event{
			{at: "2026-04-30 11:00", name: "hand_off_decided", fact: approved},
			{at: "2026-05-20 14:00", name: "payment_received", fact: paid},
		},
		want:   then(8, "2026-05-20 RecallFromAgency agency_recall done"),
		result: "paid, 49 days late",
	})
	require.True(t, s.result.HandedOff)
	require.Equal(t, "ref-agency_recall", s.result.Steps[8].Reference)
	require.Equal(t, dunning.StageAgency, s.result.Steps[8].Stage)
}

// A payment between two steps ends the run on its day; nothing goes out any more.
func TestPaidBetweenSteps(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		at     string
		steps  int
		result string
	}{
		{"paid_before_courtesy_call", "2026-03-20 15:00", 1, "paid, 0 days late"},
		{"paid_after_courtesy_call", "2026-03-30 15:00", 2, "paid, 0 days late"},
		{"paid_after_reminder", "2026-04-10 15:00", 3, "paid, 9 days late"},
		{"paid_after_stricter_reminder", "2026-04-17 15:00", 4, "paid, 16 days late"},
		{"paid_after_overdue_call", "2026-04-21 15:00", 5, "paid, 20 days late"},
		{"paid_after_escalation", "2026-04-24 15:00", 6, "paid, 23 days late"},
		{"paid_after_final_notice", "2026-05-04 15:00", 7, "paid, 33 days late"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			play(t, scenario{
				name: tt.name, events: []event{{at: tt.at, name: "payment_received", fact: paid}}, want: ladder[:tt.steps], result: tt.result,
			})
		})
	}
}

func TestOtherEndings(t *testing.T) {
	t.Parallel()
	for _, sc := range []scenario{
		{
			name:   "credited",
			events: []event{{at: "2026-04-10 15:00", name: "credit_note_received", fact: credited}},
			want:   ladder[:3], result: "credited, 9 days late",
		},
		{
			name:   "written_off",
			events: []event{{at: "2026-05-04 15:00", name: "written_off", fact: writtenOff}},
			want:   ladder[:7], result: "written_off, 33 days late",
		},
		{
			name:   "paid_before_anything", // closed before the workflow first ran: its first act says so
			events: []event{{during: "invoice", name: "payment_received", fact: paid}},
			want:   ladder[:1], result: "paid, 0 days late",
		},
	} {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			play(t, sc)
		})
	}
}

// Nothing goes out before the delivery; when nobody reports one, a person is asked. The
// customer's wish for a copy goes before everything else.
func TestDeliveryAndCopy(t *testing.T) {
	t.Parallel()
	awaiting := func(b *books, _ time.Time) { b.facts.Awaiting, b.facts.Delivered = true, calendar.Date{} }
	delivered := func(b *books, now time.Time) { b.facts.Awaiting, b.facts.Delivered = false, b.place.Date(now) }
	for _, sc := range []scenario{
		{
			name:  "delivery_is_awaited",
			given: awaiting,
			events: []event{
				{at: "2026-03-20 11:00", name: "delivery_recorded", fact: delivered, by: asUpdate},
				{at: "2026-03-24 15:00", name: "payment_received", fact: paid},
			},
			want: []string{"2026-03-09 CreateTask delivery_check done", "2026-03-20 SendMessage invoice done"}, result: "paid, 0 days late",
		},
		{
			name:   "delivered_in_time",
			given:  awaiting,
			events: []event{{at: "2026-03-04 11:00", name: "delivery_recorded", fact: delivered}, {at: "2026-03-24 15:00", name: "payment_received", fact: paid}},
			want:   []string{"2026-03-04 SendMessage invoice done"}, result: "paid, 0 days late",
		},
		{
			name: "copy_of_the_invoice",
			events: []event{
				{at: "2026-04-09 11:00", name: "call_recorded", fact: func(b *books, _ time.Time) { b.facts.CopyWanted = true }},
				{during: dunning.StepInvoiceCopy, name: "", fact: func(b *books, _ time.Time) { b.facts.CopyWanted = false }, by: lost},
				{at: "2026-04-10 15:00", name: "payment_received", fact: paid},
			},
			want: then(3, "2026-04-09 SendMessage invoice_copy done"), result: "paid, 9 days late",
		},
	} {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			play(t, sc)
		})
	}
}

// An activity that says it can never succeed fails the run, by name of the step.
func TestActivityFailsForGood(t *testing.T) {
	t.Parallel()
	for _, step := range []dunning.StepID{"reminder", dunning.StepAgencyRecall} {
		s := newStage(t)
		s.fails[step] = -1
		s.plan([]event{
			{at: "2026-04-30 11:00", name: "hand_off_decided", fact: approved},
			{at: "2026-05-20 14:00", name: "payment_received", fact: paid},
		})
		s.execute()
		require.ErrorContains(t, s.env.GetWorkflowError(), "impossible")
	}
}

// Half the money changes no date: the timer goes on as it was.
func TestFactThatMovesNothing(t *testing.T) {
	t.Parallel()
	s := play(t, scenario{
		name: "partly_paid",
		events: []event{
			{at: "2026-03-10 11:00", name: "payment_received", fact: partlyPaid},
			{at: "2026-03-12 11:00", name: "task_closed", fact: nothingElse},
			{at: "2026-03-20 15:00", name: "payment_received", fact: paid},
		},
		want: ladder[:1], result: "paid, 0 days late",
	})
	require.Equal(t, 1, s.count("timer [Until courtesy call]"))
}

// Another policy moves the next step: the old timer goes, a new one runs.
func TestPolicyMigrated(t *testing.T) {
	t.Parallel()
	s := play(t, scenario{
		name: "policy_migrated",
		events: []event{
			{at: "2026-04-09 11:00", name: "policy_migrated", fact: policyChanged(dunning.PolicyKeyAccounts)},
			{at: "2026-04-20 15:00", name: "payment_received", fact: paid},
		},
		want:   then(3, "2026-04-13 EscalateToSales sales_escalation done"), // sales before the stricter reminder
		result: "paid, 19 days late",
	})
	require.Equal(t, 1, s.count("timer is cancelled"))
}

// The database is down for three attempts; the fourth does the step, once.
func TestActivityFailsThreeTimes(t *testing.T) {
	t.Parallel()
	s := play(t, scenario{
		name:    "activity_fails_three_times",
		answers: map[dunning.StepID][]answer{"reminder": {{errors: 3}}},
		events:  []event{{at: "2026-04-10 15:00", name: "payment_received", fact: paid}},
		want:    ladder[:3], result: "paid, 9 days late",
	})
	step, _ := s.books.policy.Step("reminder")
	due := s.books.place.NextWindow(step, clock(s.books.place, "2026-04-08 00:00"), spread)
	require.Equal(t, 14*time.Second, s.result.Steps[2].At.Sub(due), "2, 4 and 8 seconds between the attempts")
}

// A cancelled run ends as cancelled; nobody takes that for a business outcome.
func TestCancelled(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]time.Duration{"waiting": 48 * time.Hour, "paused": 96 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.plan([]event{{at: "2026-03-05 10:00", name: "dispute_opened", fact: pause(dunning.ReasonDisputed)}})
			s.env.RegisterDelayedCallback(s.env.CancelWorkflow, at)
			s.execute()
			require.True(t, s.env.IsWorkflowCompleted())
			require.ErrorContains(t, s.env.GetWorkflowError(), "canceled")
			require.Equal(t, ladder[:1], s.acts)
		})
	}
}

package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
)

// Told "closed" while an act is in flight, the run first awaits the act and records
// what became of it.
func TestClosedDuringAnAct(t *testing.T) {
	t.Parallel()
	for _, sc := range []scenario{
		{
			name:   "paid_during_the_reminder",
			events: []event{{during: "reminder", name: "payment_received", fact: paid}},
			want:   ladder[:3], result: "paid, 7 days late",
		},
		{
			name:   "paid_during_the_reminder_by_update",
			events: []event{{during: "reminder", name: "payment_received", fact: paid, by: asUpdate}},
			want:   ladder[:3], result: "paid, 7 days late",
		},
		{
			name:   "paid_during_the_call_task",
			events: []event{{during: "courtesy_call", name: "payment_received", fact: paid}},
			want:   ladder[:2], result: "paid, 0 days late",
		},
		{
			name: "paid_during_the_hand_off", // the dossier had left: it is taken back
			events: []event{
				{at: "2026-04-30 11:00", name: "hand_off_decided", fact: approved},
				{during: "agency_hand_off", name: "payment_received", fact: paid},
			},
			want: then(8, "2026-05-11 RecallFromAgency agency_recall done"), result: "paid, 40 days late",
		},
	} {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			play(t, sc)
		})
	}
}

// A pause that comes while an act is in flight holds back what follows.
func TestPausedDuringAnAct(t *testing.T) {
	t.Parallel()
	play(t, scenario{
		name: "disputed_during_the_reminder",
		events: []event{
			{during: "reminder", name: "dispute_opened", fact: pause(dunning.ReasonDisputed)},
			{at: "2026-04-20 12:00", name: "dispute_resolved", fact: resume(dunning.ReasonDisputed)},
			{at: "2026-04-21 15:00", name: "payment_received", fact: paid},
		},
		want:   then(3, "2026-04-21 SendMessage stricter_reminder done"),
		result: "paid, 20 days late",
	})
}

// A case that was handed off and not paid waits without a timer, for as long as it takes.
func TestWaitsForTheEndAfterTheHandOff(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.plan([]event{
		{at: "2026-04-30 11:00", name: "hand_off_decided", fact: approved},
		{at: "2026-11-30 11:00", name: "written_off", fact: writtenOff},
	})
	s.env.RegisterDelayedCallback(func() { require.Empty(t, s.timers) }, 200*24*time.Hour)
	s.run()
	require.Equal(t, then(8, "2026-11-30 RecallFromAgency agency_recall done"), s.acts)
	require.Equal(t, dunning.ReasonWrittenOff, s.result.Outcome)
	require.Equal(t, 243, s.result.DaysLate)
}

// The recall is tried until the provider takes it; only then does the run end.
func TestRecallIsTriedAgain(t *testing.T) {
	t.Parallel()
	play(t, scenario{
		name:    "recall_is_tried_again",
		answers: map[dunning.StepID][]answer{dunning.StepAgencyRecall: {{errors: 5}}},
		events: []event{
			{at: "2026-04-30 11:00", name: "hand_off_decided", fact: approved},
			{at: "2026-05-20 14:00", name: "payment_received", fact: paid},
		},
		want: then(8, "2026-05-20 RecallFromAgency agency_recall done"), result: "paid, 49 days late",
	})
}

// Messages that come while the run closes are read: none is left, and none changes the
// outcome.
func TestMessagesDuringTheClosing(t *testing.T) {
	t.Parallel()
	s := play(t, scenario{
		name: "messages_during_the_closing",
		events: []event{
			{at: "2026-04-30 11:00", name: "hand_off_decided", fact: approved},
			{at: "2026-05-20 14:00", name: "payment_received", fact: paid},
			{during: dunning.StepAgencyRecall, name: "task_closed", fact: nothingElse},
			{during: dunning.StepAgencyRecall, name: "reconciled", fact: nothingElse, by: asUpdate},
			{during: dunning.StepAgencyRecall, name: "reconciled", fact: nothingElse, by: twice},
			{during: dunning.StepAgencyRecall, name: "reconciled", fact: nothingElse, by: together},
			{during: dunning.StepAgencyRecall, name: "task_closed", fact: nothingElse, by: together},
		},
		want: then(8, "2026-05-20 RecallFromAgency agency_recall done"), result: "paid, 49 days late",
	})
	require.Equal(t, 4, s.count("reconciled"))
}

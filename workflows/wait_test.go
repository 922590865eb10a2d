package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
	"maan/workflows"
)

// A claim that says wait is no outcome: the step stays, until the moment that the claim
// names or until a fact changes.
func TestWaits(t *testing.T) {
	t.Parallel()
	for _, sc := range []scenario{
		{
			name:    "wait_until_the_next_day",
			answers: map[dunning.StepID][]answer{"reminder": {{answer: dunning.AnswerWait, reason: dunning.ReasonContactCap, until: "2026-04-09 09:30"}}},
			events:  []event{{at: "2026-04-10 15:00", name: "payment_received", fact: paid}},
			want:    then(2, "2026-04-08 SendMessage reminder wait contact_cap", "2026-04-09 SendMessage reminder done"),
			result:  "paid, 9 days late",
		},
		{
			name: "wait_twice_for_the_provider",
			answers: map[dunning.StepID][]answer{"reminder": {
				{answer: dunning.AnswerWait, reason: dunning.ReasonProviderDown, until: "2026-04-08 09:52"},
				{answer: dunning.AnswerWait, reason: dunning.ReasonProviderDown, until: "2026-04-08 11:52"},
			}},
			events: []event{{at: "2026-04-10 15:00", name: "payment_received", fact: paid}},
			want: then(2, "2026-04-08 SendMessage reminder wait provider_down", "2026-04-08 SendMessage reminder wait provider_down",
				"2026-04-08 SendMessage reminder done"),
			result: "paid, 9 days late",
		},
		{
			name:    "wait_that_was_over_when_it_was_told", // as when no worker ran for a while: it is asked at once
			answers: map[dunning.StepID][]answer{"reminder": {{errors: 6, answer: dunning.AnswerWait, reason: dunning.ReasonProviderDown, until: "2026-04-08 09:51"}}},
			events:  []event{{at: "2026-04-10 15:00", name: "payment_received", fact: paid}},
			want:    then(2, "2026-04-08 SendMessage reminder wait provider_down", "2026-04-08 SendMessage reminder done"),
			result:  "paid, 9 days late",
		},
		{
			name:    "wait_until_a_moment_long_past", // asked again it would be answered the same: only a newer fact goes on
			answers: map[dunning.StepID][]answer{"reminder": {{answer: dunning.AnswerWait, reason: dunning.ReasonProviderDown, until: "2026-04-08 09:00"}}},
			events: []event{
				{at: "2026-04-09 10:00", name: "reconciled", fact: nothingElse},
				{at: "2026-04-10 15:00", name: "payment_received", fact: paid},
			},
			want:   then(2, "2026-04-08 SendMessage reminder wait provider_down", "2026-04-09 SendMessage reminder done"),
			result: "paid, 9 days late",
		},
		{
			name:    "wait_cut_short_by_a_payment",
			answers: map[dunning.StepID][]answer{"reminder": {{answer: dunning.AnswerWait, reason: dunning.ReasonContactCap, until: "2026-04-09 09:30"}}},
			events:  []event{{at: "2026-04-08 16:00", name: "payment_received", fact: paid}},
			want:    then(2, "2026-04-08 SendMessage reminder wait contact_cap"),
			result:  "paid, 7 days late",
		},
		{
			name: "hand_off_waits_for_the_approval", // no end is known: only a message wakes it
			events: []event{
				{at: "2026-05-12 10:00", name: "task_closed", fact: nothingElse}, // asked again, still no approval
				{at: "2026-05-13 11:00", name: "hand_off_decided", fact: approved, by: asUpdate},
				{at: "2026-05-20 14:00", name: "payment_received", fact: paid},
			},
			want: then(7, "2026-05-11 HandOffToAgency agency_hand_off wait not_released", "2026-05-12 HandOffToAgency agency_hand_off wait not_released",
				"2026-05-13 HandOffToAgency agency_hand_off done", "2026-05-20 RecallFromAgency agency_recall done"),
			result: "paid, 49 days late",
		},
		{
			name:    "paid_while_it_waits_without_an_end",
			answers: map[dunning.StepID][]answer{"stricter_reminder": {{answer: dunning.AnswerWait, reason: dunning.ReasonUnsettled}}},
			events:  []event{{at: "2026-04-20 10:00", name: "payment_received", fact: paid}},
			want:    then(3, "2026-04-15 SendMessage stricter_reminder wait unsettled"),
			result:  "paid, 19 days late",
		},
		{
			name: "settled_by_a_report", // the report says that the message arrived: the step is over without another act
			answers: map[dunning.StepID][]answer{"stricter_reminder": {
				{answer: dunning.AnswerWait, reason: dunning.ReasonUnsettled, until: "2026-04-15 10:10"},
			}},
			events: []event{
				{at: "2026-04-15 09:55", name: "message_settled", fact: settled("stricter_reminder")},
				{at: "2026-04-21 10:00", name: "payment_received", fact: paid},
			},
			want:   then(3, "2026-04-15 SendMessage stricter_reminder wait unsettled", "2026-04-20 CreateCallTask overdue_call done"),
			result: "paid, 20 days late",
		},
		{
			name: "uncertain_then_sent_once_more", // a new occurrence is asked at once
			answers: map[dunning.StepID][]answer{"reminder": {
				{answer: dunning.AnswerWait, reason: dunning.ReasonUnsettled, until: "2026-04-08 10:05"},
				{answer: dunning.AnswerWait, reason: dunning.ReasonUnsettled, again: true},
			}},
			events: []event{{at: "2026-04-10 15:00", name: "payment_received", fact: paid}},
			want: then(2, "2026-04-08 SendMessage reminder wait unsettled", "2026-04-08 SendMessage reminder wait unsettled",
				"2026-04-08 SendMessage reminder done"),
			result: "paid, 9 days late",
		},
		{
			name:    "bounced_and_mended", // failed, and done again once the address is mended
			answers: map[dunning.StepID][]answer{"reminder": {{answer: dunning.AnswerFailed, reason: dunning.ReasonBounced}}},
			events: []event{
				{at: "2026-04-09 11:00", name: "contact_mended", fact: addressMended("reminder")},
				{at: "2026-04-10 15:00", name: "payment_received", fact: paid},
			},
			want:   then(2, "2026-04-08 SendMessage reminder failed bounced", "2026-04-09 SendMessage reminder done"),
			result: "paid, 9 days late",
		},
		{
			name: "approved_while_it_was_asked", // the approval came after the claim had looked: it is asked again at once
			events: []event{
				{during: "agency_hand_off", name: "hand_off_decided", fact: approved},
				{at: "2026-05-20 14:00", name: "payment_received", fact: paid},
			},
			want: then(7, "2026-05-11 HandOffToAgency agency_hand_off wait not_released", "2026-05-11 HandOffToAgency agency_hand_off done",
				"2026-05-20 RecallFromAgency agency_recall done"),
			result: "paid, 49 days late",
		},
		{
			name:    "skipped_in_shadow",
			answers: map[dunning.StepID][]answer{"reminder": {{answer: dunning.AnswerSkipped, reason: dunning.ReasonShadow}}},
			events:  []event{{at: "2026-04-10 15:00", name: "payment_received", fact: paid}},
			want:    then(2, "2026-04-08 SendMessage reminder skipped shadow"),
			result:  "paid, 9 days late",
		},
	} {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			play(t, sc)
		})
	}
}

// What a report or the closing settled has no act: the story of the closing completes the
// result, in the order of time.
func TestStoryCompletesTheResult(t *testing.T) {
	t.Parallel()
	s := play(t, scenario{
		name: "story_completes_the_result",
		answers: map[dunning.StepID][]answer{"stricter_reminder": {
			{answer: dunning.AnswerWait, reason: dunning.ReasonUnsettled, until: "2026-04-15 10:10"},
		}},
		events: []event{
			{at: "2026-04-15 09:55", name: "message_settled", fact: settled("stricter_reminder")},
			{at: "2026-04-21 10:00", name: "payment_received", fact: paid},
		},
		want:   then(3, "2026-04-15 SendMessage stricter_reminder wait unsettled", "2026-04-20 CreateCallTask overdue_call done"),
		result: "paid, 20 days late",
	})
	var ids []dunning.StepID
	for _, step := range s.result.Steps {
		ids = append(ids, step.Step)
	}
	require.Equal(t, []dunning.StepID{
		"invoice", "courtesy_call", "reminder", "stricter_reminder", "overdue_call", "sales_escalation", "final_notice", "agency_hand_off",
	}, ids)
	where := s.books.place
	require.Equal(t, workflows.StepResult{
		Step: "stricter_reminder", Stage: dunning.StageStricterReminder, Outcome: dunning.AnswerDone,
		At: clock(where, "2026-04-15 09:55").UTC(), Reference: "report",
	}, s.result.Steps[3])
	require.Equal(t, workflows.StepResult{
		Step: "final_notice", Stage: dunning.StageAgency, Outcome: dunning.AnswerSkipped, Reason: dunning.ReasonPaid,
		At: clock(where, "2026-04-21 10:00").UTC(),
	}, s.result.Steps[6])
}

// A new occurrence at the same moment: the timer goes on, and the new one is asked for.
func TestOccurrenceRaisedBeforeItIsDue(t *testing.T) {
	t.Parallel()
	s := play(t, scenario{
		name: "occurrence_raised_before_it_is_due",
		events: []event{
			{at: "2026-04-07 09:00", name: "contact_mended", fact: addressMended("reminder")},
			{at: "2026-04-10 15:00", name: "payment_received", fact: paid},
		},
		want: ladder[:3], result: "paid, 9 days late",
	})
	require.Equal(t, 1, s.count("occurrence 2"))
	require.Equal(t, 1, s.count("timer [Until reminder]"))
}

// The act that the workflow asks for was overtaken: while it was under way the address
// was mended, so the claim knows only the next occurrence. It is asked at once, not
// after the next message.
func TestOvertakenOccurrence(t *testing.T) {
	t.Parallel()
	s := play(t, scenario{
		name: "overtaken_occurrence",
		events: []event{
			{at: "2026-04-08 09:00", name: "", fact: func(b *books, _ time.Time) { b.occurrence["reminder"]++ }, by: lost},
			{at: "2026-04-10 15:00", name: "payment_received", fact: paid},
		},
		want:   then(2, "2026-04-08 SendMessage reminder wait not_applicable", "2026-04-08 SendMessage reminder done"),
		result: "paid, 9 days late",
	})
	require.Equal(t, 1, s.count("occurrence 2"))
}

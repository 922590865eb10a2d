package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// A dispute silences every stage. The step that was next comes one business day after
// the resolution at the earliest, and everything after it in its order.
func TestDisputedAndResolved(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name             string
		opened, resolved string
		steps            int // done before
		next             string
	}{
		{"disputed_before_courtesy_call", "2026-03-24 12:00", "2026-03-26 12:00", 1, "2026-03-27 CreateCallTask courtesy_call done"},
		{"disputed_past_the_due_date", "2026-03-24 12:00", "2026-04-02 12:00", 1, "2026-04-07 CreateCallTask courtesy_call skipped not_applicable"},
		{"disputed_before_reminder", "2026-04-07 12:00", "2026-04-10 12:00", 2, "2026-04-13 SendMessage reminder done"},
		{"disputed_before_stricter_reminder", "2026-04-14 12:00", "2026-04-17 12:00", 3, "2026-04-20 SendMessage stricter_reminder done"},
		{"disputed_before_overdue_call", "2026-04-17 12:00", "2026-04-24 12:00", 4, "2026-04-28 CreateCallTask overdue_call done"},
		{"disputed_before_escalation", "2026-04-21 12:00", "2026-04-30 12:00", 5, "2026-05-01 EscalateToSales sales_escalation done"},
		{"disputed_before_final_notice", "2026-04-28 12:00", "2026-05-11 12:00", 6, "2026-05-12 SendMessage final_notice done"},
		{"disputed_before_hand_off", "2026-05-04 12:00", "2026-05-11 12:00", 7, "2026-05-12 HandOffToAgency agency_hand_off wait not_released"},
		{"disputed_for_an_hour", "2026-04-10 12:00", "2026-04-10 13:00", 3, "2026-04-15 SendMessage stricter_reminder done"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			where := amsterdam(t)
			day, err := calendar.ParseDate(tt.next[:10])
			require.NoError(t, err)
			end := day.In(where.Zone, 13, 0).Format("2006-01-02 15:04")
			s := newStage(t)
			s.plan([]event{
				{at: tt.opened, name: "dispute_opened", fact: pause(dunning.ReasonDisputed), by: asUpdate},
				{at: tt.resolved, name: "dispute_resolved", fact: resume(dunning.ReasonDisputed), by: asUpdate},
				{at: end, name: "payment_received", fact: paid},
			})
			s.run()
			require.Equal(t, then(tt.steps, tt.next), s.acts[:tt.steps+1])
			s.checkResult()
			s.checkUpserts()
			s.golden(tt.name)
			require.Equal(t, 1, s.count("paused true"))
		})
	}
}

func TestPauses(t *testing.T) {
	t.Parallel()
	for _, sc := range []scenario{
		{
			name: "two_reasons_to_pause", // resolved, but still on hold
			events: []event{
				{at: "2026-03-10 09:00", name: "dispute_opened", fact: pause(dunning.ReasonDisputed)},
				{at: "2026-03-11 09:00", name: "hold_placed", fact: pause(dunning.ReasonHeld)},
				{at: "2026-03-12 09:00", name: "dispute_resolved", fact: resume(dunning.ReasonDisputed)},
				{at: "2026-04-09 09:00", name: "hold_released", fact: resume(dunning.ReasonHeld)},
				{at: "2026-04-10 15:00", name: "payment_received", fact: paid},
			},
			want:   then(1, "2026-04-10 CreateCallTask courtesy_call skipped not_applicable", "2026-04-10 SendMessage reminder done"),
			result: "paid, 9 days late",
		},
		{
			name: "held_until_a_known_day", // no pause: the plan itself moves
			events: []event{
				{at: "2026-04-07 09:00", name: "call_recorded", fact: promised(calendar.NewDate(2026, time.April, 17))},
				{at: "2026-04-20 15:00", name: "payment_received", fact: paid},
			},
			want:   then(2, "2026-04-20 SendMessage reminder done"),
			result: "paid, 19 days late",
		},
		{
			name: "written_off_while_paused",
			events: []event{
				{at: "2026-04-10 09:00", name: "do_not_chase_changed", fact: pause(dunning.ReasonDoNotChase)},
				{at: "2026-06-10 09:00", name: "written_off", fact: writtenOff},
			},
			want: ladder[:3], result: "written_off, 70 days late",
		},
		{
			name: "stopped_by_the_creditor",
			events: []event{
				{at: "2026-04-07 09:00", name: "", fact: pause(dunning.ReasonStopped), by: lost}, // the switch tells nobody: each claim asks
				{at: "2026-04-09 09:00", name: "stop_lifted", fact: resume(dunning.ReasonStopped)},
				{at: "2026-04-10 15:00", name: "payment_received", fact: paid},
			},
			want:   then(2, "2026-04-08 SendMessage reminder wait stopped", "2026-04-10 SendMessage reminder done"),
			result: "paid, 9 days late",
		},
		{
			name: "opened_paused_and_paid", // the dispute comes in the first minute
			events: []event{
				{during: "invoice", name: "dispute_opened", fact: pause(dunning.ReasonDisputed)},
				{at: "2026-03-20 15:00", name: "payment_received", fact: paid},
			},
			want: ladder[:1], result: "paid, 0 days late",
		},
	} {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			play(t, sc)
		})
	}
}

// While a case is paused nothing of it runs on the server; the timer comes back with
// the case.
func TestNoTimerWhilePaused(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	at := func(clockTime string, want int) {
		s.env.RegisterDelayedCallback(func() { require.Len(t, s.timers, want, clockTime) }, clock(s.books.place, clockTime).Sub(s.env.Now()))
	}
	s.plan([]event{
		{at: "2026-03-10 09:00", name: "hold_placed", fact: pause(dunning.ReasonHeld)},
		{at: "2026-03-12 09:00", name: "hold_released", fact: resume(dunning.ReasonHeld)},
		{at: "2026-03-20 15:00", name: "payment_received", fact: paid},
	})
	at("2026-03-09 09:00", 1)
	at("2026-03-10 09:01", 0)
	at("2026-03-12 08:59", 0)
	at("2026-03-12 09:01", 1)
	s.run()
}

package workflows_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"maan/internal/dunning"
	"maan/workflows"
)

// Messages may be late, doubled or overtaken: the newest facts count.
func TestMessages(t *testing.T) {
	t.Parallel()
	for _, sc := range []scenario{
		{
			name: "older_message_changes_nothing", // the dispute's message comes after that of its resolution
			events: []event{
				{at: "2026-03-10 09:00", name: "dispute_opened", fact: pause(dunning.ReasonDisputed), late: 72 * time.Hour},
				{at: "2026-03-11 09:00", name: "dispute_resolved", fact: resume(dunning.ReasonDisputed)},
				{at: "2026-03-20 15:00", name: "payment_received", fact: paid},
			},
			want: ladder[:1], result: "paid, 0 days late",
		},
		{
			name: "doubled_message",
			events: []event{
				{at: "2026-03-10 09:00", name: "dispute_opened", fact: pause(dunning.ReasonDisputed), by: twice},
				{at: "2026-03-11 09:00", name: "dispute_resolved", fact: resume(dunning.ReasonDisputed), by: twice},
				{at: "2026-03-20 15:00", name: "payment_received", fact: paid, by: twice},
			},
			want: ladder[:1], result: "paid, 0 days late",
		},
		{
			name: "update_and_signal_of_one_message", // the fast path had no answer in time, so the relay tells it too
			events: []event{
				{at: "2026-03-10 09:00", name: "dispute_opened", fact: pause(dunning.ReasonDisputed), by: asBoth},
				{at: "2026-03-11 09:00", name: "dispute_resolved", fact: resume(dunning.ReasonDisputed), by: asBoth},
				{at: "2026-03-20 15:00", name: "payment_received", fact: paid, by: asBoth},
			},
			want: ladder[:1], result: "paid, 0 days late",
		},
		{
			name: "payment_that_nobody_told", // the relay is down: the next claim stops the ladder by itself
			events: []event{
				{at: "2026-04-10 15:00", name: "payment_received", fact: paid, by: lost},
			},
			want:   then(3, "2026-04-15 SendMessage stricter_reminder skipped paid"),
			result: "paid, 9 days late",
		},
		{
			name: "dispute_that_nobody_told",
			events: []event{
				{at: "2026-04-07 15:00", name: "dispute_opened", fact: pause(dunning.ReasonDisputed), by: lost},
				{at: "2026-04-14 15:00", name: "dispute_resolved", fact: resume(dunning.ReasonDisputed)},
				{at: "2026-04-15 15:00", name: "payment_received", fact: paid},
			},
			want:   then(2, "2026-04-08 SendMessage reminder wait disputed", "2026-04-15 SendMessage reminder done"),
			result: "paid, 14 days late",
		},
		{
			name: "late_message_after_the_act_knew_it", // the claim told the workflow already
			events: []event{
				{at: "2026-04-07 15:00", name: "dispute_opened", fact: pause(dunning.ReasonDisputed), late: 48 * time.Hour},
				{at: "2026-04-10 15:00", name: "payment_received", fact: paid},
			},
			want:   then(2, "2026-04-08 SendMessage reminder wait disputed"),
			result: "paid, 9 days late",
		},
	} {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			play(t, sc)
		})
	}
}

// The same three facts, told a day late in every order, at once or one after the other,
// as signals or as updates: one result.
func TestEveryOrderEndsTheSame(t *testing.T) {
	t.Parallel()
	orders := [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
	for _, order := range orders {
		for _, apart := range []time.Duration{0, time.Hour} {
			for _, by := range []delivery{"", asUpdate, twice} {
				t.Run(fmt.Sprintf("%v/%s/%s", order, apart, by), func(t *testing.T) {
					t.Parallel()
					s := newStage(t)
					facts := []event{
						{at: "2026-04-09 10:00", name: "dispute_opened", fact: pause(dunning.ReasonDisputed), by: by},
						{at: "2026-04-09 12:00", name: "dispute_resolved", fact: resume(dunning.ReasonDisputed), by: by},
						{at: "2026-04-09 14:00", name: "payment_received", fact: paid, by: by},
					}
					tellLate(s, facts, order, "2026-04-10 09:00", apart)
					s.run()
					require.Equal(t, ladder[:3], s.acts)
					require.Equal(t, dunning.ReasonPaid, s.result.Outcome)
					require.Equal(t, 8, s.result.DaysLate)
					s.checkResult()
					s.checkUpserts()
				})
			}
		}
	}
}

// tellLate writes the facts at their moments and delivers their messages later, in
// another order.
func tellLate(s *stage, facts []event, order []int, from string, apart time.Duration) {
	start := s.env.Now()
	states := make([]dunning.State, len(facts))
	for i, e := range facts {
		s.env.RegisterDelayedCallback(func() { states[i] = s.books.change(s.env.Now(), e.fact) }, clock(s.books.place, e.at).Sub(start))
	}
	for n, i := range order {
		at := clock(s.books.place, from).Add(time.Duration(n) * apart)
		s.env.RegisterDelayedCallback(func() { s.deliver(facts[i], states[i]) }, at.Sub(start))
	}
}

// An update that cannot be a state is refused before it leaves a trace; a signal like
// it is passed over.
func TestMalformedMessages(t *testing.T) {
	t.Parallel()
	for name, input := range map[string]any{
		"no_sequence": dunning.State{Closed: dunning.ReasonPaid},
		"negative":    dunning.State{FactsSeq: -1, Closed: dunning.ReasonPaid},
		"not_a_state": "paid",
		"wrong_field": map[string]any{"facts_seq": "many", "closed": "paid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			refused := 0
			s.env.RegisterDelayedCallback(func() {
				s.env.UpdateWorkflow("payment_received", "malformed", &testsuite.TestUpdateCallback{
					OnReject:   func(error) { refused++ },
					OnAccept:   func() { t.Error("a malformed update is accepted") },
					OnComplete: func(any, error) {},
				}, input)
				s.env.SignalWorkflow("payment_received", input)
			}, 24*time.Hour)
			s.plan([]event{{at: "2026-03-20 15:00", name: "payment_received", fact: paid}})
			s.run()
			require.Equal(t, 1, refused)
			require.Zero(t, s.count("update "))
			require.Equal(t, ladder[:1], s.acts)
			require.Equal(t, 1, s.count("timer [Until courtesy call]"))
		})
	}
}

// Every message of the product can come as a signal and as an update.
func TestEveryMessageIsTaken(t *testing.T) {
	t.Parallel()
	for _, name := range workflows.MessageNames {
		for _, by := range []delivery{"", asUpdate} {
			t.Run(name+"/"+string(by), func(t *testing.T) {
				t.Parallel()
				s := newStage(t)
				s.plan([]event{{at: "2026-03-20 15:00", name: name, fact: paid, by: by}})
				s.run()
				require.Equal(t, dunning.ReasonPaid, s.result.Outcome)
				require.Equal(t, ladder[:1], s.acts)
			})
		}
	}
}

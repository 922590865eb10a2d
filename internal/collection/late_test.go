package collection_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/provider"
	"maan/internal/store"
)

// twoWeeks is longer than the deadline of any step of the shipped policies.
const twoWeeks = 14 * 24 * time.Hour

func TestDowntime_WhatIsLateIsAPersonsAndTheRestKeepsItsGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	act := c.until(friendly)
	require.Equal(t, "2026-07-06", day(w.now))
	w.now = amsterdam("2026-07-20 03:00") // nothing ran for two weeks, and it is night
	require.Equal(t, "failed(too_late)", outcome(c.perform(act, dunning.DoMessage)))
	require.Equal(t, 1, c.events("message_claimed"), "only the invoice was ever claimed")

	task := w.task(collection.TaskLateStep)
	items, err := w.store.TaskInvoices(t.Context(), task, date("2026-07-20"))
	require.NoError(t, err)
	require.Len(t, items, 1)
	require.Equal(t, "2026-07-06", day(*items[0].PlannedAt))
	require.Nil(t, items[0].FirstTriedAt, "nobody tried it")

	require.Equal(t, formal, c.current().Step)
	require.Equal(t, "2026-07-27", day(c.current().At), "the person has the gap of a message to do it")
	w.intact()
}

func TestDowntime_WithinTheDeadlineEverythingGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	act := c.until(friendly)
	w.now = amsterdam("2026-07-13 17:00") // the fifth business day
	require.Equal(t, "done", outcome(c.perform(act, dunning.DoMessage)))
	require.Equal(t, "2026-07-20", day(c.current().At), "and the next one keeps its gap")
}

func TestDowntime_FactsThatComeMeanwhileMakeNothingTimely(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	act := c.until(friendly)
	was := c.current().At.UTC()
	w.now = amsterdam("2026-07-17 11:00")
	c.pay("part", 1000)
	require.Equal(t, was, c.current().At.UTC(), "a part payment moves nothing")
	w.now = amsterdam("2026-07-20 09:49")
	require.Equal(t, "failed(too_late)", outcome(c.perform(act, dunning.DoMessage)))
}

func TestDowntime_APauseMovesTheStep(t *testing.T) {
	t.Parallel()
	until := date("2026-07-17")
	pauses := []struct {
		name  string
		pause func(*testCase)
		ends  func(*testCase)
		goes  string
	}{
		{"hold with an end", func(c *testCase) {
			_, err := c.w.PlaceHold(c.w.t.Context(), store.Everything, c.w.now, anna, c.id, collection.HoldRequest{Reason: "talks", Until: &until})
			require.NoError(c.w.t, err)
		}, func(*testCase) {}, "2026-07-20"},
		{"dispute", func(c *testCase) { c.dispute() }, func(c *testCase) { c.resolve(collection.Resolution{}) }, "2026-07-20"},
		{"stop", func(c *testCase) {
			_, err := c.w.Stop(c.w.t.Context(), store.Everything, c.w.now, anna, creditorID)
			require.NoError(c.w.t, err)
		}, func(c *testCase) {
			_, err := c.w.Resume(c.w.t.Context(), store.Everything, c.w.now, anna, creditorID)
			require.NoError(c.w.t, err)
		}, "2026-07-17"},
	}
	for _, tt := range pauses {
		for _, tried := range []bool{false, true} {
			name := tt.name
			if tried {
				name += ", after a try"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				c := w.begin()
				act := c.until(friendly)
				if tried {
					w.provider.Refuse(provider.NotSent, provider.CodeRefused)
					require.Equal(t, "wait(provider_down)", outcome(c.perform(act, dunning.DoMessage)))
					w.provider.heal()
				}
				w.wait(10 * time.Minute)
				tt.pause(c)
				w.now = amsterdam("2026-07-17 11:00")
				tt.ends(c)
				require.Equal(t, tt.goes, day(c.current().At))
				require.Equal(t, "done", outcome(c.next()))
				w.intact()
			})
		}
	}
}

// What a step waits for day by day, while everything runs, never makes it late.
func TestWaiting_IsNotLate(t *testing.T) {
	t.Parallel()
	waits := []struct {
		reason dunning.Reason
		begin  func(*world)
		end    func(*world, *testCase)
	}{
		{dunning.ReasonNotReleased, func(w *world) { w.exec(`update creditor set mode = 'approve'`) }, func(w *world, c *testCase) {
			w.exec(`update creditor set mode = 'automatic'`)
		}},
		{dunning.ReasonBankDataStale, func(w *world) { w.exec(`update creditor set fresh_payments_required = true`) }, func(w *world, _ *testCase) {
			_, err := w.PaymentsKnown(w.t.Context(), w.now, anna, creditorID, calendar.DateOf(w.now))
			require.NoError(w.t, err)
		}},
		{dunning.ReasonContactCap, func(w *world) { w.exec(`update creditor set weekly_contacts = 1`) }, func(*world, *testCase) {}},
		{dunning.ReasonCreditCovers, func(w *world) { w.moved("unmatched", 121000) }, func(w *world, _ *testCase) {
			w.exec(`update bank_entry set status = 'ignored'`)
			require.NoError(w.t, w.CreditChanged(w.t.Context(), w.now, anna, w.customer))
		}},
	}
	for _, tt := range waits {
		t.Run(string(tt.reason), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.begin()
			c.until(friendly)
			tt.begin(w)
			for i := range 15 {
				if tt.reason == dunning.ReasonContactCap { // somebody else writes to the customer every day
					w.exec(`insert into contact_day (customer_id, local_date) values ($1, $2) on conflict do nothing`, w.customer, day(c.current().At))
				}
				require.Equal(t, "wait("+string(tt.reason)+")", outcome(c.next()), "%d: %s", i, w.now)
			}
			require.Greater(t, w.now.Sub(due.In(zone, 0, 0)), twoWeeks)
			tt.end(w, c)
			require.Equal(t, "done", outcome(c.next()))
			w.intact()
		})
	}
}

func TestDowntime_WhatIsForPersonsIsMadeLate(t *testing.T) {
	t.Parallel()
	for _, step := range []dunning.StepID{"courtesy_call", "overdue_call", "sales_escalation"} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.begin(func(n *collection.NewInvoice) { n.DueDate = due.AddDays(30) })
			act := c.until(step)
			if step != "courtesy_call" { // after the due date it is skipped: its time has passed
				w.wait(twoWeeks)
			}
			w.now = zonedMorning(w.now)
			require.Equal(t, "done", outcome(c.perform(act, c.current().Do)))
		})
	}
	t.Run("approval", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := w.begin()
		act := c.until("agency_hand_off")
		w.wait(twoWeeks)
		w.now = zonedMorning(w.now)
		require.Equal(t, "wait(not_released)", outcome(c.answer(act)))
		c.approve()
		require.Equal(t, "done", outcome(c.next()))
	})
}

func TestDowntime_NeitherProofNorALateArrivalIsLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	proof := func(n *collection.NewInvoice) {
		n.AlreadySent = &collection.SentElsewhere{Channel: "peppol", On: issued, Proof: "x"}
	}
	c := w.begin(proof)
	act := c.act()
	w.now = amsterdam("2026-08-03 10:00")
	require.Equal(t, "done", outcome(c.perform(act, dunning.DoSendInvoice)), "the proof is recorded, whenever that is")
	late := w.start(w.invoice("2026-002", proof))
	require.Equal(t, "done", outcome(late.next()))
	require.Equal(t, "skipped(not_applicable)", outcome(late.next()), "no courtesy call after the due date")
	require.Equal(t, friendly, late.current().Step)
	require.Equal(t, "done", outcome(late.next()))
}

// After a downtime with many overdue invoices the customer gets nothing, and later one message.
func TestDowntime_NoBurst(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		back     string
		messages int
	}{{"2026-07-10 09:49", 2}, {"2026-07-22 09:49", 0}} {
		t.Run(tt.back, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			cases := make([]*testCase, 5)
			for i := range cases {
				cases[i] = w.start(w.invoice("B-" + string(rune('1'+i))))
			}
			for _, c := range cases {
				w.now = amsterdam("2026-06-01 08:30")
				c.until(friendly)
			}
			w.now = amsterdam(tt.back)
			before := len(w.provider.sent)
			for _, c := range cases {
				if r := c.perform(c.act(), c.current().Do); tt.messages == 0 {
					require.Equal(t, "failed(too_late)", outcome(r))
				}
			}
			require.Len(t, w.provider.sent, before+tt.messages, "one e-mail and one SMS about all five, or nothing")
			slices.SortFunc(cases, func(a, b *testCase) int { return a.current().At.Compare(b.current().At) })
			at := cases[0].current().At
			for _, c := range cases {
				require.Equal(t, formal, c.current().Step)
				require.Less(t, c.current().At.Sub(at), 10*time.Minute)
			}
			w.now, before = at, len(w.provider.sent)
			for _, c := range cases {
				if c.current().Step == formal {
					c.next()
				}
			}
			require.Len(t, w.provider.sent, before+1)
			w.intact()
		})
	}
}

func TestLateStep_APersonSendsItAfterAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	act := c.until(friendly)
	w.now = amsterdam("2026-07-20 10:00")
	c.perform(act, dunning.DoMessage)
	w.wait(time.Hour)
	w.closeTask(w.task(collection.TaskLateStep), collection.TaskOutcome{Code: "send_again"})
	require.Equal(t, friendly, c.current().Step)
	require.Equal(t, 2, c.current().Occurrence)
	require.Contains(t, c.told(), collection.MessageTaskClosed)
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, "2026-07-20", day(w.now))
	require.Equal(t, formal, c.current().Step)
	require.Equal(t, "2026-07-27", day(c.current().At))
	w.intact()
}

func TestLateStep_NotOutOfTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	act := c.until(friendly)
	w.now = amsterdam("2026-07-20 10:00")
	c.perform(act, dunning.DoMessage)
	require.Equal(t, "done", outcome(c.next()), "the stricter reminder, a week later and in a friendly tone")
	task := w.task(collection.TaskLateStep)
	_, err := w.CloseTask(t.Context(), store.Everything, w.now, anna, dunning.RoleAdministrator, task, collection.TaskOutcome{Code: "send_again"})
	refused(t, err, collection.Conflict, "overtaken")
	_, err = w.CloseTask(t.Context(), store.Everything, w.now, anna, dunning.RoleAdministrator, task, collection.TaskOutcome{Code: "arrived"})
	refused(t, err, collection.Invalid, "unknown_outcome")
	require.Empty(t, w.closeTask(task, collection.TaskOutcome{Code: "done"}))
}

// zonedMorning is ten o'clock at the customer's on the next business day.
func zonedMorning(t time.Time) time.Time {
	return calendar.For("NL", "").OnOrAfter(calendar.DateOf(t.In(zone)).AddDays(1)).In(zone, 10, 0).UTC()
}

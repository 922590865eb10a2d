package collection_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
)

// called brings the standard invoice to its courtesy call and answers the task.
func called(t *testing.T) (*world, *testCase, uuid.UUID) {
	t.Helper()
	w, c, _ := at(t, "courtesy_call")
	require.Equal(t, "done", outcome(c.next()))
	return w, c, w.task(collection.TaskCall)
}

func (w *world) claimTask(task uuid.UUID, who collection.Actor) error {
	_, err := w.ClaimTask(w.t.Context(), store.Everything, w.now, who, dunning.RoleCollector, task)
	return err
}

func TestCall_IsOneTaskForAllInvoicesOfACustomer(t *testing.T) {
	t.Parallel()
	w, one, _ := at(t, "courtesy_call")
	two := w.start(w.invoice("2026-002", func(n *collection.NewInvoice) {
		n.AlreadySent = &collection.SentElsewhere{Channel: "post", On: issued, Proof: "x"}
	}))
	two.next()
	first := one.next()
	require.Equal(t, "done", outcome(first))
	second := two.next()
	require.Equal(t, "done", outcome(second))
	require.Equal(t, first.Reference, second.Reference)
	task := w.task(collection.TaskCall)
	require.Equal(t, task.String(), first.Reference)

	w.closeTask(task, collection.TaskOutcome{Code: "will_pay", Date: datePtr("2026-07-03"), Invoices: []uuid.UUID{two.id}})
	require.Equal(t, []string{two.id.String()}, w.column(`select invoice_id::text from promise`), "said of one of them only")
	w.intact()
}

func TestCall_IsWorkedByOnePersonAtATime(t *testing.T) {
	t.Parallel()
	w, _, task := called(t)
	require.NoError(t, w.claimTask(task, anna))
	require.NoError(t, w.claimTask(task, anna), "again")
	refused(t, w.claimTask(task, bert), collection.Conflict, "claimed")
	_, err := w.CloseTask(t.Context(), store.Everything, w.now, bert, dunning.RoleCollector, task, collection.TaskOutcome{Code: "right_party"})
	refused(t, err, collection.Conflict, "claimed")
	w.wait(31 * time.Minute)
	require.NoError(t, w.claimTask(task, bert), "the claim ran out")
	refused(t, w.GiveBack(t.Context(), store.Everything, w.now, anna, dunning.RoleCollector, task), collection.Conflict, "claimed")
	require.NoError(t, w.GiveBack(t.Context(), store.Everything, w.now, bert, dunning.RoleCollector, task))
	require.NoError(t, w.claimTask(task, anna))

	_, err = w.ClaimTask(t.Context(), store.Everything, w.now, anna, dunning.RoleSales, task)
	refused(t, err, collection.Denied, "role")
	_, err = w.ClaimTask(t.Context(), store.Scope{Creditors: []string{"other"}}, w.now, anna, dunning.RoleCollector, task)
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = w.ClaimTask(t.Context(), store.Everything, w.now, anna, dunning.RoleCollector, uuid.New())
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestCall_IsNotGivenOutWhenNobodyMayCall(t *testing.T) {
	t.Parallel()
	w, c, task := called(t)
	hold, err := w.PlaceHold(t.Context(), store.Everything, w.now, anna, c.id, collection.HoldRequest{Reason: "talks"})
	require.NoError(t, err)
	refused(t, w.claimTask(task, anna), collection.Conflict, "silent")
	_, err = w.ReleaseHold(t.Context(), store.Everything, w.now, anna, hold.ID)
	require.NoError(t, err)
	require.NoError(t, w.claimTask(task, anna))
}

// TestCall_IsNotGivenOutWhenNoMessageMayGo: what silences a message silences a call that is on
// the list already.
func TestCall_IsNotGivenOutWhenNoMessageMayGo(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*world, *testCase){
		"stopped": func(w *world, _ *testCase) {
			_, err := w.Stop(t.Context(), store.Everything, w.now, anna, creditorID)
			require.NoError(t, err)
		},
		"credit": func(w *world, _ *testCase) {
			r := payment("p-9", 121000)
			_, err := w.CreditCustomer(t.Context(), store.Everything, w.now, anna, w.customer, r)
			require.NoError(t, err)
		},
		"unmatched money":            func(w *world, _ *testCase) { w.moved("unmatched", 121000) },
		"money that is being booked": func(w *world, _ *testCase) { w.moved("applying", 121000) },
		"two proposals that add up": func(w *world, c *testCase) {
			w.moved("proposed", 1000, c.id, 60500)
			w.moved("proposed", 1000, c.id, 60500)
		},
		"a proposal that is being booked": func(w *world, c *testCase) { w.moved("applying", 1000, c.id, 121000) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, c, task := called(t)
			w.moved("unmatched", 20999)
			w.moved("matched", 121000, c.id, 121000)
			worklist := func() int {
				tasks, err := w.store.FindTasks(t.Context(), store.Everything, w.now, store.TaskFilter{Kind: collection.TaskCall}, store.Page{Limit: 9})
				require.NoError(t, err)
				return len(tasks)
			}
			require.Equal(t, 1, worklist())
			change(w, c)
			require.Zero(t, worklist())
			refused(t, w.claimTask(task, anna), collection.Conflict, "silent")
			act := c.due()
			require.Contains(t, []string{"wait(stopped)", "wait(credit_covers)"}, outcome(c.answer(act)), "a message waits too")
		})
	}
}

// moved adds a movement on the bank account, and what it is for.
func (w *world) moved(status string, minor int64, item ...any) {
	w.t.Helper()
	upload, statement, entry := store.NewID(), store.NewID(), store.NewID()
	w.exec(`insert into upload (id, creditor_id, kind, content, sha256, actor, created_at) values ($1, 'acme', 'bank_statement', '', $2, 'x', $3)`,
		upload, upload.String(), w.now)
	w.exec(`insert into bank_statement (id, creditor_id, upload_id, account, statement_id, currency, check_result, covers_until, entries, business_at)
		values ($1, 'acme', $2, 'NL91ABNA0417164300', '1', 'EUR', 'balanced', '2026-06-01', 1, $3)`, statement, upload, w.now)
	w.exec(`insert into bank_entry (id, creditor_id, statement_id, key, amount_minor, currency, booking_date, value_date, status, customer_id, decided_by, decided_at)
		values ($1, 'acme', $2, $3, $4, 'EUR', '2026-06-01', '2026-06-01', $5, $6, 'x', $7)`, entry, statement, entry.String(), minor, status, w.customer, w.now)
	if len(item) == 2 {
		w.exec(`insert into bank_entry_item (entry_id, position, invoice_id, amount_minor) values ($1, 0, $2, $3)`, entry, item[0], item[1])
	}
}

func TestCall_LapsesWithTheNextStep(t *testing.T) {
	t.Parallel()
	w, c, task := called(t)
	c.until(friendly)
	require.Len(t, w.openTasks(collection.TaskCall), 1)
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, "lapsed not_called", read[string](w, `select status || ' ' || outcome from task where id = $1`, task))
	refused(t, w.claimTask(task, anna), collection.Conflict, "closed")
}

func TestCall_LapsesAtItsExpiry(t *testing.T) {
	t.Parallel()
	w, _, task := called(t)
	require.Equal(t, "2026-07-08", read[string](w, `select expires_on::text from task where id = $1`, task))
	sweep := func() {
		_, err := w.Sweep(t.Context(), w.now)
		require.NoError(t, err)
	}
	w.now = amsterdam("2026-07-08 17:00")
	sweep()
	require.Len(t, w.openTasks(collection.TaskCall), 1)
	w.now = amsterdam("2026-07-09 08:00")
	sweep()
	require.Equal(t, "lapsed not_called", read[string](w, `select status || ' ' || outcome from task where id = $1`, task))
}

func TestCall_LapsesWhenPaidOrDisputed(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*testCase){
		"lapsed closed":   func(c *testCase) { c.pay("p-1", 121000) },
		"lapsed disputed": func(c *testCase) { c.dispute() },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			w, c, task := called(t)
			change(c)
			require.Equal(t, want, read[string](w, `select status || ' ' || outcome from task where id = $1`, task))
		})
	}
}

func TestCallOutcome_SaysWhatFollows(t *testing.T) {
	t.Parallel()
	at := amsterdam("2026-06-26 10:00")
	for _, tt := range []struct {
		o      collection.TaskOutcome
		task   string // the task that follows
		paused []dunning.Reason
		next   string // the day of the next step
	}{
		{collection.TaskOutcome{Code: "will_pay", Date: datePtr("2026-07-10")}, "", nil, "2026-07-15"},
		{collection.TaskOutcome{Code: "will_pay", Date: datePtr("2026-07-11")}, "", nil, "2026-07-16"}, // a Saturday
		{collection.TaskOutcome{Code: "paid", Reference: "on Monday"}, collection.TaskClaimsPaid, []dunning.Reason{dunning.ReasonHeld}, ""},
		{collection.TaskOutcome{Code: "dispute", Reason: "quality"}, "", []dunning.Reason{dunning.ReasonDisputed}, ""},
		{collection.TaskOutcome{Code: "needs_copy"}, "", nil, "2026-06-24"},
		{collection.TaskOutcome{Code: "wrong_number"}, collection.TaskMendContact, nil, "2026-07-06"},
		{collection.TaskOutcome{Code: "callback", At: &at}, collection.TaskFollowUp, nil, "2026-07-06"},
		{collection.TaskOutcome{Code: "needs_po"}, collection.TaskFollowUp, nil, "2026-07-06"},
		{collection.TaskOutcome{Code: "change_contact"}, collection.TaskFollowUp, nil, "2026-07-06"},
		{collection.TaskOutcome{Code: "right_party"}, collection.TaskFollowUp, nil, "2026-07-06"},
		{collection.TaskOutcome{Code: "gatekeeper", Note: "she is back on Monday"}, collection.TaskFollowUp, nil, "2026-07-06"},
	} {
		t.Run(tt.o.Code, func(t *testing.T) {
			t.Parallel()
			w, c, task := called(t)
			told := w.closeTask(task, tt.o)
			require.Len(t, told, 1)
			require.Equal(t, collection.MessageCallRecorded, told[0].Name)
			require.Equal(t, "done "+tt.o.Code, read[string](w, `select status || ' ' || outcome from task where id = $1`, task))
			require.Equal(t, tt.paused, c.state().Paused)
			if tt.task == "" {
				require.Empty(t, w.column(`select kind from task where status = 'open'`))
			} else {
				require.Equal(t, []string{tt.task + " " + tt.o.Code}, w.column(`select kind || ' ' || case when reason = 'paid_says_customer'
					then 'paid' else reason end from task where status = 'open'`))
			}
			if tt.next != "" {
				require.Equal(t, tt.next, day(c.current().At))
			}
			require.Equal(t, 1, read[int](w, `select count(*) from contact_day where message_id is null`))
			w.intact()
		})
	}
}

func TestCallOutcome_FaultsAreNamed(t *testing.T) {
	t.Parallel()
	w, _, task := called(t)
	past := w.now.Add(-time.Hour)
	for code, o := range map[string]collection.TaskOutcome{
		"unknown_outcome": {Code: "sang a song"},
		"invalid_date":    {Code: "will_pay"},
		"unknown_reason":  {Code: "dispute"},
		"invalid_time":    {Code: "callback", At: &past},
	} {
		_, err := w.CloseTask(t.Context(), store.Everything, w.now, anna, dunning.RoleCollector, task, o)
		refused(t, err, collection.Invalid, code)
	}
	_, err := w.CloseTask(t.Context(), store.Everything, w.now, anna, dunning.RoleCollector, task,
		collection.TaskOutcome{Code: "will_pay", Date: datePtr("2026-12-01")})
	refused(t, err, collection.Invalid, "invalid_date")
	require.Len(t, w.openTasks(collection.TaskCall), 1)
}

func TestCallNotReached_IsTriedTwiceMore(t *testing.T) {
	t.Parallel()
	w, c, task := called(t)
	w.closeTask(task, collection.TaskOutcome{Code: "voicemail"})
	require.Equal(t, task, w.task(collection.TaskCall))
	require.Equal(t, 2, read[int](w, `select attempt from task where id = $1`, task))
	refused(t, w.claimTask(task, anna), collection.Conflict, "not_yet")
	w.now = amsterdam("2026-06-25 09:00")
	require.NoError(t, w.claimTask(task, anna))
	w.closeTask(task, collection.TaskOutcome{Code: "no_answer"})
	require.Equal(t, 3, read[int](w, `select attempt from task where id = $1`, task))
	w.now = amsterdam("2026-06-26 09:00")
	w.closeTask(task, collection.TaskOutcome{Code: "no_answer"})
	require.Equal(t, "done no_answer", read[string](w, `select status || ' ' || outcome from task where id = $1`, task))
	require.Equal(t, 3, read[int](w, `select count(*) from contact_day where message_id is null`))
	require.Equal(t, friendly, c.current().Step)
	w.intact()
}

func TestNeedsCopy_SendsItAndThenWaits(t *testing.T) {
	t.Parallel()
	w, c, task := called(t)
	_, err := w.Attach(t.Context(), store.Everything, w.now, anna, c.id, collection.NewDocument{
		Kind: "invoice_pdf", ContentType: "application/pdf", Content: []byte("%PDF-1.7"),
	})
	require.NoError(t, err)
	w.closeTask(task, collection.TaskOutcome{Code: "needs_copy"})
	require.Equal(t, dunning.StepInvoiceCopy, c.current().Step)
	r := c.next()
	require.Equal(t, "done", outcome(r))
	require.Equal(t, "invoice_copy", r.Template)
	last := w.provider.sent[len(w.provider.sent)-1]
	require.Len(t, last.Attachments, 1)
	require.Equal(t, friendly, c.current().Step)
	require.False(t, c.current().At.Before(amsterdam("2026-07-02 00:00")), "five business days")
	require.Zero(t, read[int](w, `select count(*) from contact_day where message_id is not null`))

	w.closeAsCall(c, collection.TaskOutcome{Code: "needs_copy"})
	require.Equal(t, 2, c.current().Occurrence)
	require.Equal(t, "done", outcome(c.next()))
	w.intact()
}

func TestNeedsCopy_WithoutAnUploadedFileItIsWritten(t *testing.T) {
	t.Parallel()
	w, c, task := called(t)
	w.closeTask(task, collection.TaskOutcome{Code: "needs_copy"})
	require.Equal(t, "done", outcome(c.next()))
	last := w.provider.sent[len(w.provider.sent)-1]
	require.Len(t, last.Attachments, 1)
	require.Contains(t, string(last.Attachments[0].Content[:8]), "%PDF-")
}

// closeAsCall takes a case to its next call and closes that.
func (w *world) closeAsCall(c *testCase, o collection.TaskOutcome) {
	w.t.Helper()
	c.until("overdue_call")
	require.Equal(w.t, "done", outcome(c.next()))
	w.closeTask(w.task(collection.TaskCall), o)
}

func TestPromise_HoldsAndIsBrokenOrKept(t *testing.T) {
	t.Parallel()
	promise := func(w *world) string { return read[string](w, `select status from promise order by made_at limit 1`) }
	t.Run("kept", func(t *testing.T) {
		t.Parallel()
		w, c, task := called(t)
		w.closeTask(task, collection.TaskOutcome{Code: "will_pay", Date: datePtr("2026-07-10")})
		require.Equal(t, "2026-07-14", read[string](w, `select holds_until::text from promise`))
		w.now = amsterdam("2026-07-14 12:00")
		c.pay("p-1", 121000)
		require.Equal(t, "kept", promise(w))
	})
	t.Run("broken at the claim", func(t *testing.T) {
		t.Parallel()
		w, c, task := called(t)
		w.closeTask(task, collection.TaskOutcome{Code: "will_pay", Date: datePtr("2026-07-10")})
		require.Equal(t, "2026-07-15", day(c.current().At))
		require.Equal(t, "done", outcome(c.next()))
		require.Equal(t, "broken", promise(w))
		require.Equal(t, 1, c.events("promise_broken"))
		w.intact()
	})
	t.Run("broken by the daily look", func(t *testing.T) {
		t.Parallel()
		w, _, task := called(t)
		w.closeTask(task, collection.TaskOutcome{Code: "will_pay", Date: datePtr("2026-07-10")})
		w.now = amsterdam("2026-07-14 12:00")
		n, err := w.BreakPromises(t.Context(), w.now)
		require.NoError(t, err)
		require.Zero(t, n)
		w.now = amsterdam("2026-07-15 08:00")
		n, err = w.BreakPromises(t.Context(), w.now)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Equal(t, "broken", promise(w))
		w.intact()
	})
	t.Run("replaced", func(t *testing.T) {
		t.Parallel()
		w, c, task := called(t)
		w.closeTask(task, collection.TaskOutcome{Code: "will_pay", Date: datePtr("2026-07-20")})
		w.exec(`insert into task (id, creditor_id, customer_id, kind, role, status, created_at) values ($1, 'acme', $2, 'call', 'collector', 'open', $3)`,
			uuid.New(), w.customer, w.now)
		again := w.task(collection.TaskCall)
		w.exec(`insert into task_item (task_id, invoice_id, run_no, step) values ($1, $2, 1, 'overdue_call')`, again, c.id)
		w.closeTask(again, collection.TaskOutcome{Code: "will_pay", Date: datePtr("2026-07-10")})
		require.Equal(t, []string{"open", "replaced"}, w.column(`select status from promise order by status`))
		require.Equal(t, "2026-07-15", day(c.current().At))
	})
}

func TestClaimsPaid_HoldsUntilFinanceLooked(t *testing.T) {
	t.Parallel()
	w, c, task := called(t)
	w.closeTask(task, collection.TaskOutcome{Code: "paid"})
	w.closeTask(w.task(collection.TaskClaimsPaid), collection.TaskOutcome{Code: "not_found"})
	require.Empty(t, c.state().Paused)
	require.Equal(t, "2026-07-06", day(c.current().At))

	w, c, task = called(t)
	w.closeTask(task, collection.TaskOutcome{Code: "paid"})
	c.pay("p-1", 121000)
	require.Empty(t, w.openTasks(collection.TaskClaimsPaid), "answered by the money itself")
}

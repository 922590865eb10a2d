package collection_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/store"
)

func (w *world) receive(c *testCase, r collection.Receipt) collection.Done {
	w.t.Helper()
	done, err := w.Receive(w.t.Context(), store.Everything, w.now, anna, c.id, r)
	require.NoError(w.t, err)
	return done
}

func (w *world) reverse(receipt uuid.UUID) collection.Done {
	w.t.Helper()
	done, err := w.Reverse(w.t.Context(), store.Everything, w.now, anna, receipt, "returned")
	require.NoError(w.t, err)
	return done
}

// What a payment left over has paid another invoice: taking the payment back would leave that one paid with nothing.
func TestReverse_OfWhatPaidAnotherInvoiceIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	over := c.pay("p-1", 151000)
	other := w.start(w.invoice("2026-002"))
	used, err := w.UseCredit(t.Context(), store.Everything, w.now, anna, other.id, over.ID, money.New(30000, "EUR"), "deducted")
	require.NoError(t, err)
	require.Equal(t, int64(30000), used)
	_, err = w.Reverse(t.Context(), store.Everything, w.now, anna, over.ID, "returned")
	refused(t, err, collection.Conflict, "credit_used")
	require.Equal(t, int64(91000), other.state().OpenMinor)
	require.Equal(t, dunning.ReasonPaid, *read[*dunning.Reason](w, `select closed_outcome from invoice where id = $1`, c.id))
	w.intact()
}

// credit is what the creditor owes its customers, in cents.
func (w *world) credit() int64 {
	w.t.Helper()
	return read[int64](w, `select -coalesce(sum(amount_minor), 0)::bigint from ledger_entry where invoice_id is null`)
}

func TestExactPayment_ClosesTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	c.until(friendly)
	done := c.pay("p-1", 121000)
	require.Equal(t, dunning.ReasonPaid, done.Closed)
	require.Zero(t, done.Open)
	require.Equal(t, collection.MessagePayment, done.Told.Name)
	s := c.state()
	require.Equal(t, dunning.ReasonPaid, s.Closed)
	require.Equal(t, 5, s.DaysLate)
	require.Empty(t, s.Plan)
	require.Equal(t, "skipped(paid)", c.row(formal))
	require.Equal(t, "paid", read[string](w, `select outcome from collection_run where closed_at is not null`))
	w.intact()
}

func TestPartialPayment_LowersTheBalanceAndGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	done := c.pay("p-1", 21000)
	require.Equal(t, int64(100000), done.Open)
	require.Empty(t, done.Closed)
	require.Equal(t, int64(100000), c.state().OpenMinor)
	require.Empty(t, c.state().Paused)
	require.Equal(t, dunning.ReasonPaid, c.pay("p-2", 100000).Closed)
	w.intact()
}

func TestOverpayment_BecomesTheCustomersCreditAndIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	other := w.start(w.invoice("2026-002"))
	done := c.pay("p-1", 121000+30000)
	require.Equal(t, dunning.ReasonPaid, done.Closed)
	require.Equal(t, int64(30000), w.credit())
	require.Equal(t, w.task(collection.TaskCreditReview), *done.TaskID)
	require.Contains(t, other.told(), collection.MessageCreditChanged)

	c.pay("p-2", 5000)
	require.Equal(t, int64(35000), w.credit(), "money for a paid invoice is credit")
	w.intact()
}

func TestCredit_ThatIsTakenBackWakesTheOtherCases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	paid := c.pay("p-1", 300000)
	other := w.start(w.invoice("2026-002"))
	act := other.until(friendly)
	require.Equal(t, "wait(credit_covers)", outcome(other.answer(act)))
	w.wait(0)
	w.reverse(paid.ID)
	require.Zero(t, w.credit())
	require.Contains(t, other.told(), collection.MessageCreditChanged)
	require.Equal(t, "pending", other.row(friendly))
}

func TestPaymentInAnotherCurrency_IsNotBookedAndHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	r := payment("p-1", 1)
	r.Amount = money.New(130000, "USD")
	done := w.receive(c, r)
	require.Equal(t, int64(121000), done.Open)
	require.Equal(t, "review", read[string](w, `select status from receipt`))
	require.Equal(t, []dunning.Reason{dunning.ReasonHeld}, c.state().Paused)
	task := w.task(collection.TaskPaymentReview)
	require.Equal(t, task, *done.TaskID)
	_, err := w.Reverse(t.Context(), store.Everything, w.now, anna, done.ID, "wrong")
	refused(t, err, collection.Conflict, "not_booked")
	w.closeTask(task, collection.TaskOutcome{Code: "booked"})
	require.Empty(t, c.state().Paused)
	w.intact()
}

func TestTwoQuestionsToFinance_AreTwoTasks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	r := payment("p-1", 1)
	r.Amount = money.New(130000, "USD")
	foreign := *w.receive(c, r).TaskID
	_, err := w.MatchOpenItem(t.Context(), store.Everything, w.now, anna, c.id, collection.OpenItem{AsOf: issued, OpenMinor: 130000})
	require.NoError(t, err)
	w.closeTask(foreign, collection.TaskOutcome{Code: "booked"})
	require.Equal(t, []string{"erp_raised"}, w.column(`select reason from hold where released_at is null`))
	w.closeTask(w.task(collection.TaskPaymentReview), collection.TaskOutcome{Code: "booked"})
	require.Empty(t, c.state().Paused, "each answer ends its own hold")
	w.intact()
}

func TestSmallRest_IsNotChasedButAsked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		paid    int64
		charges int64
		code    string
		closed  dunning.Reason
	}{
		{"below the creditor's limit, written off", 119600, 0, "write_off", dunning.ReasonWrittenOff},
		{"bank charges, written off", 118000, 3000, "write_off", dunning.ReasonWrittenOff},
		{"collected", 119600, 0, "collect", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.begin()
			r := payment("p-1", tt.paid)
			r.Charges = eur(tt.charges)
			done := w.receive(c, r)
			require.Equal(t, 121000-tt.paid, done.Open)
			require.Equal(t, []dunning.Reason{dunning.ReasonHeld}, c.state().Paused)
			w.closeTask(w.task(collection.TaskSmallBalance), collection.TaskOutcome{Code: tt.code})
			require.Equal(t, tt.closed, c.state().Closed)
			require.Empty(t, c.state().Paused)
			w.intact()
		})
	}
}

func TestSmallRest_ThatIsPaidLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	first := c.pay("p-1", 120000)
	c.pay("p-2", 1000)
	require.Empty(t, w.openTasks(collection.TaskSmallBalance))
	w.reverse(first.ID)
	c.run = 2
	require.Empty(t, c.state().Paused, "the old question must not silence the new run")
	require.NotEmpty(t, c.state().Plan)
}

func TestCreditNote_LowersTheBalanceAndInFullCredits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	note := func(number string, minor int64) collection.Receipt {
		r := payment(number, minor)
		r.Kind = collection.EntryCreditNote
		return r
	}
	done := w.receive(c, note("cn-1", 21000))
	require.Equal(t, int64(100000), done.Open)
	require.Equal(t, collection.MessageCreditNote, done.Told.Name)
	require.Equal(t, dunning.ReasonCredited, w.receive(c, note("cn-2", 100000)).Closed)
	w.intact()
}

func TestWriteOff_ClosesAndIsRefusedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	done, err := w.WriteOff(t.Context(), store.Everything, w.now, anna, c.id, "lost")
	require.NoError(t, err)
	require.Equal(t, dunning.ReasonWrittenOff, done.Closed)
	_, err = w.WriteOff(t.Context(), store.Everything, w.now, anna, c.id, "lost")
	refused(t, err, collection.Conflict, "closed")
	w.intact()
}

func TestReceipt_CountsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	first := c.pay("p-1", 21000)
	again := c.pay("p-1", 21000)
	require.True(t, again.Existed)
	require.Equal(t, first.ID, again.ID)
	require.Nil(t, again.Told)
	require.Equal(t, int64(100000), again.Open)
	for name, r := range map[string]collection.Receipt{
		"other amount": payment("p-1", 21001),
		"other day":    func() collection.Receipt { r := payment("p-1", 21000); r.On = date("2026-07-02"); return r }(),
	} {
		_, err := w.Receive(t.Context(), store.Everything, w.now, anna, c.id, r)
		refused(t, err, collection.Conflict, "reference_taken")
		require.NotContains(t, err.Error(), "p-1", name)
	}
	other := w.start(w.invoice("2026-002"))
	_, err := w.Receive(t.Context(), store.Everything, w.now, anna, other.id, payment("p-1", 21000))
	refused(t, err, collection.Conflict, "reference_taken")
	w.intact()
}

func TestReceipt_FaultsAreNamedAllAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	_, err := w.Receive(t.Context(), store.Everything, w.now, anna, c.id, collection.Receipt{Kind: collection.EntryPayment, Charges: eur(-1)})
	r, ok := collection.AsRefusal(err)
	require.True(t, ok)
	require.Equal(t, collection.Invalid, r.Kind)
	require.Len(t, r.Faults, 4)
	_, err = w.Receive(t.Context(), store.Scope{Creditors: []string{"other"}}, w.now, anna, c.id, payment("p", 1))
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = w.Receive(t.Context(), store.Everything, w.now, anna, uuid.New(), payment("p", 1))
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestReversal_OfAPartRaisesTheBalance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	paid := c.pay("p-1", 21000)
	done := w.reverse(paid.ID)
	require.Equal(t, int64(121000), done.Open)
	require.Equal(t, collection.MessagePaymentReversed, done.Told.Name)
	again := w.reverse(paid.ID)
	require.True(t, again.Existed)
	require.Equal(t, int64(121000), again.Open)
	_, err := w.Reverse(t.Context(), store.Everything, w.now, anna, uuid.New(), "x")
	require.ErrorIs(t, err, store.ErrNotFound)
	w.intact()
}

func TestReversal_ReopensAsASecondRun(t *testing.T) {
	t.Parallel()
	w, c, _ := at(t, formal)
	require.Equal(t, "done", outcome(c.next()))
	paid := c.pay("p-1", 121000)
	w.wait(24 * 3600e9)
	done := w.reverse(paid.ID)
	require.Equal(t, int64(121000), done.Open)
	require.Empty(t, done.Closed)
	require.Equal(t, "invoice.r2:acme:2026-001", done.Told.WorkflowID)
	require.Equal(t, collection.MessageStart, done.Told.Name)
	require.Equal(t, []string{"1 paid", "2 "}, w.column(`select run_no || ' ' || coalesce(outcome, '') from collection_run order by run_no`))

	c.run, c.acted = 2, dunning.State{}
	require.Equal(t, "2026-07-01", c.state().DueDate.String())
	require.Equal(t, "skipped(not_applicable)", c.row("invoice"))
	require.Equal(t, "skipped(not_applicable)", c.row("courtesy_call"))
	require.Equal(t, friendly, c.current().Step)
	require.Equal(t, 2, c.current().Occurrence)
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, dunning.ToneFriendly, tone(w, friendly))
	c.until(formal)
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, dunning.ToneFirm, tone(w, formal))
	require.Equal(t, []string{
		"invoice/1/email sent", "reminder/1/email sent", "reminder/1/sms sent", "reminder/2/email sent", "reminder/2/sms sent",
		"stricter_reminder/1/email sent", "stricter_reminder/2/email sent",
	}, c.statuses())
	require.True(t, w.reverse(paid.ID).Existed)
	w.intact()
}

func TestSecondRun_SendsACopyOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	c.until("courtesy_call")
	c.next()
	w.closeTask(w.task(collection.TaskCall), collection.TaskOutcome{Code: "needs_copy"})
	require.Equal(t, dunning.StepInvoiceCopy, c.current().Step)
	require.Equal(t, "done", outcome(c.next()))
	paid := c.pay("p-1", 121000)
	w.reverse(paid.ID)
	c.run, c.acted = 2, dunning.State{}
	c.until("overdue_call")
	c.next()
	w.closeTask(w.task(collection.TaskCall), collection.TaskOutcome{Code: "needs_copy"})
	require.Equal(t, dunning.StepInvoiceCopy, c.current().Step)
	sent := len(w.provider.sent)
	require.Equal(t, "done", outcome(c.next()))
	require.Len(t, w.provider.sent, sent+1)
}

// TestNoSequenceOfReceiptsAndReversals_LosesACent compares the books with a plain sum.
func TestNoSequenceOfReceiptsAndReversals_LosesACent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		w.customer, _ = w.newCustomer(fmt.Sprintf("R-%d", n))
		c := w.start(w.invoice(fmt.Sprintf("R-%d", n)))
		credit := func() int64 {
			return read[int64](w, `select -coalesce(sum(amount_minor), 0)::bigint from ledger_entry where invoice_id is null and customer_id = $1`, w.customer)
		}
		var standing []collection.Done
		amounts := map[uuid.UUID]int64{}
		received := int64(0)
		for i := range rapid.IntRange(1, 8).Draw(r, "steps") {
			if len(standing) > 0 && rapid.Bool().Draw(r, "reverse") {
				k := rapid.IntRange(0, len(standing)-1).Draw(r, "which")
				done := standing[k]
				standing = append(standing[:k], standing[k+1:]...)
				w.reverse(done.ID)
				received -= amounts[done.ID]
			} else {
				amount := rapid.SampledFrom([]int64{1, 999, 60500, 121000, 200000}).Draw(r, "amount")
				receipt := payment(fmt.Sprintf("%d-%d", n, i), amount)
				receipt.Kind = rapid.SampledFrom([]string{collection.EntryPayment, collection.EntryCreditNote}).Draw(r, "kind")
				done := w.receive(c, receipt)
				standing = append(standing, done)
				amounts[done.ID] = amount
				received += amount
			}
			open := read[int64](w, `select open_minor from invoice where id = $1`, c.id)
			closed := read[bool](w, `select closed_outcome is not null from invoice where id = $1`, c.id)
			require.GreaterOrEqual(r, open, int64(0))
			require.GreaterOrEqual(r, credit(), int64(0))
			require.Equal(r, 121000-received, open-credit(), "nothing is lost and nothing is made")
			require.Equal(r, open == 0, closed)
		}
	})
	w.intact()
}

package collection_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
)

func (w *world) mode(m dunning.Mode) int {
	w.t.Helper()
	told, err := w.SetMode(w.t.Context(), store.Everything, w.now, anna, creditorID, m, "test")
	require.NoError(w.t, err)
	return told
}

func TestShadow_ShowsWhatItWouldSendAndSendsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mode(dunning.ModeShadow)
	c := w.begin()
	for len(c.state().Plan) > 0 {
		require.Equal(t, "skipped(shadow)", outcome(c.next()))
	}
	require.Empty(t, w.provider.sent)
	require.Empty(t, w.column(`select kind from task`))
	require.Equal(t, []string{"final_notice", "invoice", "reminder", "reminder", "sales_escalation", "stricter_reminder"},
		w.column(`select template from message where status = 'shadow' order by template`)[:6:6])
	require.Zero(t, read[int](w, `select count(*) from message_item`))
	w.intact()
}

func TestShadow_OfIncompleteMasterDataGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mode(dunning.ModeShadow)
	w.exec(`update creditor set iban = ''`)
	c := w.begin()
	require.Equal(t, "skipped(shadow)", outcome(c.next()))
	require.Equal(t, 1, c.events("message_incomplete"))
}

func TestLeavingShadow_EntersAsALateArrival(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mode(dunning.ModeShadow)
	c := w.begin()
	for c.current().Step != "sales_escalation" {
		c.next()
	}
	w.now = amsterdam("2026-07-21 10:00")
	require.Equal(t, 1, w.mode(dunning.ModeAutomatic))
	require.Zero(t, w.mode(dunning.ModeAutomatic), "no change, nobody told")
	require.Equal(t, dunning.StepID("invoice"), c.current().Step)
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, "2026-07-21", day(w.now))
	require.Equal(t, "skipped(not_applicable)", outcome(c.next()), "the courtesy call")
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, "2026-07-28", day(w.now), "no burst")
	require.Equal(t, dunning.ToneFriendly, tone(w, friendly))
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, dunning.ToneFirm, tone(w, formal))
	w.intact()
}

func TestApproveMode_SendsWhatAPersonReleased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mode(dunning.ModeApprove)
	in, out := w.begin(), w.start(w.invoice("2026-002"))
	other, _ := w.newCustomer("C-2")
	late := w.start(w.invoice("2026-003", func(n *collection.NewInvoice) { n.CustomerID = other; n.DeliveryRequired = true }))
	for _, c := range []*testCase{in, out} {
		require.Equal(t, "wait(not_released)", outcome(c.next()))
		require.Equal(t, "2026-06-02", day(c.current().At), "what is not released waits for the next day")
	}
	w.wait(time.Minute)
	done := w.release(w.listed(in), map[uuid.UUID]string{out.id: "i_know_them"})
	require.NotEqual(t, uuid.Nil, done.ID)
	require.Equal(t, 1, done.Released)
	require.Equal(t, 1, done.Excluded)
	require.Empty(t, done.Mismatches)
	require.Equal(t, "2026-06-01", day(in.current().At))
	require.Equal(t, "done", outcome(in.next()))
	require.Equal(t, "wait(not_released)", outcome(out.next()))
	require.Equal(t, dunning.StepDeliveryCheck, late.current().Step)

	_, err := w.Release(t.Context(), store.Everything, w.now, bert, collection.ReleaseBatch{Creditor: creditorID, Day: date("2026-05-01")})
	refused(t, err, collection.Invalid, "invalid_date")
	_, err = w.Release(t.Context(), store.Scope{}, w.now, bert, collection.ReleaseBatch{Creditor: creditorID, Day: calendar.DateOf(w.now)})
	require.ErrorIs(t, err, store.ErrNotFound)

	require.Equal(t, 3, w.mode(dunning.ModeAutomatic))
	require.Equal(t, "done", outcome(out.next()))
	w.intact()
}

func TestStop_StopsEveryClaimAndNamesWhatLeaves(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	out := c.claim(act)
	two := w.start(w.invoice("2026-002"))
	leaving, err := w.Stop(t.Context(), store.Everything, w.now, anna, creditorID)
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{out[0].MessageID}, leaving)
	require.Equal(t, "wait(stopped)", outcome(two.answer(two.due())))
	require.Equal(t, []dunning.Reason{dunning.ReasonStopped}, two.state().Paused)
	_, err = w.Stop(t.Context(), store.Scope{}, w.now, anna, creditorID)
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = w.Stop(t.Context(), store.Everything, w.now, anna, "nobody")
	require.ErrorIs(t, err, store.ErrNotFound)

	c.record(act, accepted(out))
	told, err := w.Resume(t.Context(), store.Everything, w.now, anna, creditorID)
	require.NoError(t, err)
	require.Equal(t, 2, told)
	require.Empty(t, two.state().Paused)
	require.Equal(t, "done", outcome(two.next()))
	w.intact()
}

func TestMigratedPolicy_KeepsWhatWasDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	c.until(formal)
	done, err := w.MigratePolicy(t.Context(), store.Everything, w.now, anna, c.id, dunning.PolicyKeyAccounts, "a key account now")
	require.NoError(t, err)
	require.Equal(t, collection.MessagePolicyMigrated, done.Told.Name)
	require.Equal(t, dunning.StepID("sales_escalation"), c.current().Step)
	require.Equal(t, "done", c.row(friendly))
	c.until("agency_hand_off")
	c.approve()
	require.Equal(t, "done", outcome(c.next()))
	w.intact()

	_, err = w.MigratePolicy(t.Context(), store.Everything, w.now, anna, c.id, dunning.PolicyStandard, "")
	refused(t, err, collection.Invalid, "missing")
	_, err = w.MigratePolicy(t.Context(), store.Everything, w.now, anna, c.id, "nonsense", "x")
	refused(t, err, collection.Invalid, "unknown_policy")
	w.exec(`update customer set kind = 'consumer'`)
	_, err = w.MigratePolicy(t.Context(), store.Everything, w.now, anna, c.id, dunning.PolicyStandard, "x")
	refused(t, err, collection.Invalid, "unknown_policy")
}

func TestPublish_NumbersVersionsByContent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source, err := dunning.Shipped(dunning.PolicyStandard)
	require.NoError(t, err)
	_, version, err := w.Publish(t.Context(), w.now, anna, source)
	require.NoError(t, err)
	require.Equal(t, 1, version)
	other := []byte(replace(t, string(source), "Standard, six stages", "Other"))
	_, version, err = w.Publish(t.Context(), w.now, anna, other)
	require.NoError(t, err)
	require.Equal(t, 2, version)
	_, _, err = w.Publish(t.Context(), w.now, anna, []byte("policy: x"))
	refused(t, err, collection.Invalid, "invalid_policy")
}

func TestRetell_TellsTheWholeStateAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	seq := c.state().FactsSeq
	require.NoError(t, w.Retell(t.Context(), w.now, c.id, collection.MessageReconciled, "no_execution"))
	require.Equal(t, seq+1, c.state().FactsSeq)
	require.NoError(t, w.AskAboutEndedRun(t.Context(), w.now, store.OpenRun{InvoiceID: c.id, RunNo: 1}, "terminated"))
	w.task(collection.TaskReview)
}

func TestStartInvoice_RefusesWhatIsWrongAllAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.StartInvoice(t.Context(), store.Everything, w.now, anna, collection.NewInvoice{CreditorID: creditorID, CustomerID: w.customer})
	r, ok := collection.AsRefusal(err)
	require.True(t, ok)
	require.Len(t, r.Faults, 4)
	for code, change := range map[string]func(*collection.NewInvoice){
		"due_before_issue": func(n *collection.NewInvoice) { n.DueDate = date("2026-05-31") },
		"not_positive":     func(n *collection.NewInvoice) { n.Amount = eur(0) },
		"invalid_number":   func(n *collection.NewInvoice) { n.Number = "a\nb" },
		"too_far":          func(n *collection.NewInvoice) { n.DueDate = date("2030-01-01") },
		"missing":          func(n *collection.NewInvoice) { n.AlreadySent = &collection.SentElsewhere{} },
		"unknown_policy":   func(n *collection.NewInvoice) { n.Policy = "nonsense" },
	} {
		_, err := w.StartInvoice(t.Context(), store.Everything, w.now, anna, w.invoice("1", change))
		refused(t, err, collection.Invalid, code)
	}
	for name, change := range map[string]func(*collection.NewInvoice){
		"unknown customer": func(n *collection.NewInvoice) { n.CustomerID = uuid.New() },
		"other creditor":   func(n *collection.NewInvoice) { n.CreditorID = "other" },
	} {
		_, err := w.StartInvoice(t.Context(), store.Everything, w.now, anna, w.invoice("1", change))
		refused(t, err, collection.NotFound, "unknown_customer")
		require.NotEmpty(t, name)
	}
	_, err = w.StartInvoice(t.Context(), store.Scope{Creditors: []string{"other"}}, w.now, anna, w.invoice("1"))
	refused(t, err, collection.NotFound, "unknown_customer")
	require.Zero(t, read[int](w, `select count(*) from invoice`))
}

func TestContact_IsChecked(t *testing.T) {
	t.Parallel()
	ok := store.Contact{Role: "buyer", Email: "a@b.example", Mobile: "06 12345678"}
	require.NoError(t, collection.CheckContact(&ok, "NL"))
	require.Equal(t, "+31612345678", ok.Mobile)
	for code, c := range map[string]store.Contact{
		"unknown_role":   {Role: "boss"},
		"invalid_email":  {Role: "buyer", Email: "A <a@b.example>"},
		"invalid_text":   {Role: "buyer", Name: "a\x00"},
		"invalid_number": {Role: "buyer", Mobile: "12"},
		"not_mobile":     {Role: "buyer", Mobile: "+31201234567", MobileBilling: true},
	} {
		refused(t, collection.CheckContact(&c, "NL"), collection.Invalid, code)
	}
}

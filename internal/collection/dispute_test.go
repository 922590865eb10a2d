package collection_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
)

func TestDispute_PausesAndIsOneWhileItIsOpen(t *testing.T) {
	t.Parallel()
	w, c, _ := at(t, friendly)
	done := c.dispute()
	require.Equal(t, collection.MessageDisputeOpened, done.Told.Name)
	require.Equal(t, []dunning.Reason{dunning.ReasonDisputed}, c.state().Paused)
	again := c.dispute()
	require.True(t, again.Existed)
	require.Equal(t, done.ID, again.ID)
	_, err := w.OpenDispute(t.Context(), store.Everything, w.now, anna, c.id, "wrong_price", "")
	refused(t, err, collection.Conflict, "disputed")
	_, err = w.OpenDispute(t.Context(), store.Everything, w.now, anna, c.id, "mood", "")
	refused(t, err, collection.Invalid, "unknown_reason")
	require.Equal(t, 1, read[int](w, `select count(*) from note where subject = 'dispute'`))
	w.intact()
}

func TestRejectedDispute_GoesOnABusinessDayLater(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	c.dispute()
	require.Equal(t, "wait(disputed)", outcome(c.answer(act)))
	w.now = amsterdam("2026-07-10 11:00") // a Friday
	done := c.resolve(collection.Resolution{Note: "we showed the photo"})
	require.Equal(t, collection.MessageDisputeResolved, done.Told.Name)
	require.Empty(t, c.state().Paused)
	require.Equal(t, friendly, c.current().Step)
	require.Equal(t, "2026-07-13", day(c.current().At))
	_, err := w.ResolveDispute(t.Context(), store.Everything, w.now, bert, c.id, collection.Resolution{})
	refused(t, err, collection.Conflict, "not_disputed")

	c.dispute()
	require.Equal(t, []dunning.Reason{dunning.ReasonDisputed}, c.state().Paused)
	w.wait(time.Hour)
	c.resolve(collection.Resolution{})
	require.Equal(t, "done", outcome(c.next()))
	c.until(formal)
	require.Equal(t, "2026-07-20", day(w.now), "the gap counts from when the reminder went")
	w.intact()
}

func TestUpheldDispute_BooksItsCreditNote(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		minor  int64
		open   int64
		closed dunning.Reason
	}{
		{"in part", 21000, 100000, ""},
		{"in full", 0, 0, dunning.ReasonCredited},
		{"in full, by its amount", 121000, 0, dunning.ReasonCredited},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, c, _ := at(t, friendly)
			c.dispute()
			done := c.resolve(collection.Resolution{Upheld: true, CreditNote: "cn-1", Minor: tt.minor})
			require.Equal(t, tt.open, done.Open)
			require.Equal(t, tt.closed, done.Closed)
			require.Equal(t, tt.closed, c.state().Closed)
			require.Equal(t, collection.MessageDisputeResolved, done.Told.Name)
			require.Equal(t, "upheld", read[string](w, `select resolution from dispute`))
			w.intact()
		})
	}
}

func TestUpheldDispute_NeedsACreditNoteThatFits(t *testing.T) {
	t.Parallel()
	w, c, _ := at(t, friendly)
	c.dispute()
	for name, r := range map[string]collection.Resolution{
		"none":     {Upheld: true},
		"too much": {Upheld: true, CreditNote: "cn-1", Minor: 121001},
		"negative": {Upheld: true, CreditNote: "cn-1", Minor: -1},
	} {
		_, err := w.ResolveDispute(t.Context(), store.Everything, w.now, bert, c.id, r)
		refused(t, err, collection.Invalid, "invalid_credit_note")
		require.NotEmpty(t, name)
	}
	other := w.start(w.invoice("2026-002"))
	r := payment("cn-1", 100)
	r.Kind = collection.EntryCreditNote
	w.receive(other, r)
	_, err := w.ResolveDispute(t.Context(), store.Everything, w.now, bert, c.id, collection.Resolution{Upheld: true, CreditNote: "cn-1"})
	refused(t, err, collection.Conflict, "reference_taken")
	require.Equal(t, []dunning.Reason{dunning.ReasonDisputed}, c.state().Paused, "nothing was half done")
}

func TestDispute_OnAPaidInvoiceIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	c.pay("p-1", 121000)
	_, err := w.OpenDispute(t.Context(), store.Everything, w.now, anna, c.id, "quality", "")
	refused(t, err, collection.Conflict, "closed")
	_, err = w.PlaceHold(t.Context(), store.Everything, w.now, anna, c.id, collection.HoldRequest{Reason: "talks"})
	refused(t, err, collection.Conflict, "closed")
	_, err = w.Deliver(t.Context(), store.Everything, w.now, anna, c.id, collection.NewDelivery{On: issued})
	refused(t, err, collection.Conflict, "closed")
}

func TestPaymentDuringADispute_Closes(t *testing.T) {
	t.Parallel()
	w, c, _ := at(t, friendly)
	c.dispute()
	require.Equal(t, dunning.ReasonPaid, c.pay("p-1", 121000).Closed)
	w.intact()
}

func TestHold_EndsByItsDayOrByHand(t *testing.T) {
	t.Parallel()
	w, c, _ := at(t, friendly)
	place := func(until string) collection.Done {
		r := collection.HoldRequest{Reason: "talks", Note: "we talk"}
		if until != "" {
			r.Until = datePtr(until)
		}
		done, err := w.PlaceHold(t.Context(), store.Everything, w.now, anna, c.id, r)
		require.NoError(t, err)
		return done
	}
	_, err := w.PlaceHold(t.Context(), store.Everything, w.now, anna, c.id, collection.HoldRequest{Reason: "talks", Until: datePtr("2026-07-05")})
	refused(t, err, collection.Invalid, "past")
	place("2026-07-14")
	require.Empty(t, c.state().Paused, "its end is known")
	require.Equal(t, "2026-07-15", day(c.current().At))
	open := place("")
	require.Equal(t, []dunning.Reason{dunning.ReasonHeld}, c.state().Paused)
	_, err = w.ReleaseHold(t.Context(), store.Scope{Creditors: []string{"other"}}, w.now, bert, open.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
	told, err := w.ReleaseHold(t.Context(), store.Everything, w.now, bert, open.ID)
	require.NoError(t, err)
	require.Equal(t, 1, told)
	require.Empty(t, c.state().Paused)
	require.Equal(t, "2026-07-15", day(c.current().At), "the other hold still holds")
	told, err = w.ReleaseHold(t.Context(), store.Everything, w.now, bert, open.ID)
	require.NoError(t, err)
	require.Zero(t, told)
	w.intact()
}

func TestCustomerHold_SilencesEveryInvoiceAndThoseToCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.begin(), w.start(w.invoice("2026-002"))
	paid := w.start(w.invoice("2026-003"))
	paid.pay("p-1", 121000)
	id, told, err := w.HoldCustomer(t.Context(), store.Everything, w.now, anna, w.customer, collection.HoldRequest{Reason: "talks"})
	require.NoError(t, err)
	require.Equal(t, 2, told)
	later := w.start(w.invoice("2026-004"))
	for _, c := range []*testCase{one, two, later} {
		require.Equal(t, []dunning.Reason{dunning.ReasonHeld}, c.state().Paused)
		require.Equal(t, "wait(held)", outcome(c.answer(c.due())))
	}
	told, err = w.ReleaseHold(t.Context(), store.Everything, w.now, anna, id)
	require.NoError(t, err)
	require.Equal(t, 3, told)
	for _, c := range []*testCase{one, two, later} {
		require.Empty(t, c.state().Paused)
		require.Equal(t, "2026-06-02", day(c.current().At))
		require.Equal(t, "done", outcome(c.next()))
	}
	_, _, err = w.HoldCustomer(t.Context(), store.Scope{}, w.now, anna, w.customer, collection.HoldRequest{Reason: "talks"})
	require.ErrorIs(t, err, store.ErrNotFound)
	w.intact()
}

func TestDoNotChase_NeedsAReasonAndAReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	for _, n := range []collection.NoChase{
		{Reason: new("")}, {Reason: new("x")}, {Reason: new("x"), ReviewOn: datePtr("2026-06-01")}, {Reason: new("x"), ReviewOn: datePtr("2027-07-01")},
	} {
		_, err := w.ChaseInvoice(t.Context(), store.Everything, w.now, anna, c.id, n)
		refused(t, err, collection.Invalid, "invalid_date")
	}
	_, err := w.ChaseInvoice(t.Context(), store.Everything, w.now, anna, c.id, collection.NoChase{Reason: new("law"), ReviewOn: datePtr("2026-08-01")})
	require.NoError(t, err)
	require.Equal(t, []dunning.Reason{dunning.ReasonDoNotChase}, c.state().Paused)
	_, err = w.ChaseInvoice(t.Context(), store.Everything, w.now, anna, c.id, collection.NoChase{})
	require.NoError(t, err)
	require.Empty(t, c.state().Paused)
	require.Equal(t, "2026-06-02", day(c.current().At))
}

func TestBlockedInvoice_StartsSilentWithAReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin(func(n *collection.NewInvoice) { n.Blocked = "factored" })
	require.Equal(t, []dunning.Reason{dunning.ReasonDoNotChase}, c.state().Paused)
	require.Equal(t, "2026-08-30", read[string](w, `select no_chase_review_on::text from invoice`))
}

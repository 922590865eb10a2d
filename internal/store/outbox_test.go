package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
	"maan/internal/store"
)

// tell puts a message on its way.
func tell(t *testing.T, s *store.Store, i store.Invoice, name string, delay time.Duration) int64 {
	t.Helper()
	var id int64
	inTx(t, s, func(ctx context.Context, tx *store.Tx) {
		c, err := tx.LockCase(ctx, i.ID)
		require.NoError(t, err)
		tx.SaveCase(c, store.CaseChange{Message: &store.WorkflowMessage{
			InvoiceID: i.ID, RunNo: 1, WorkflowID: "invoice:acme:" + i.Number, Name: name, Payload: []byte(`{}`), Delay: delay,
		}}, &id)
	})
	return id
}

func pending(t *testing.T, s *store.Store, then func(context.Context, *store.Tx, []store.Pending)) (names []string) {
	t.Helper()
	inTx(t, s, func(ctx context.Context, tx *store.Tx) {
		list, err := tx.TakePending(ctx, 10)
		require.NoError(t, err)
		for _, p := range list {
			names = append(names, p.Name)
		}
		if then != nil {
			then(ctx, tx, list)
		}
	})
	return names
}

func TestOutbox_TellsEachCaseInOrder(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	one, two := newInvoice(t, s, "1"), newInvoice(t, s, "2")
	tell(t, s, one, "one start", 0)
	tell(t, s, one, "one payment", 0)
	tell(t, s, two, "two start", 0)
	deliver := func(ctx context.Context, tx *store.Tx, list []store.Pending) {
		ids := make([]int64, len(list))
		for i, p := range list {
			ids[i] = p.ID
		}
		require.NoError(t, tx.Delivered(ctx, ids))
	}
	require.Equal(t, []string{"one start", "two start"}, pending(t, s, deliver))
	require.Equal(t, []string{"one payment"}, pending(t, s, deliver))
	require.Empty(t, pending(t, s, nil))
}

func TestOutbox_PutsOffWhatFailedAndWhatFollows(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	i := newInvoice(t, s, "1")
	tell(t, s, i, "start", 0)
	tell(t, s, i, "payment", 0)
	pending(t, s, func(ctx context.Context, tx *store.Tx, list []store.Pending) {
		require.NoError(t, tx.Undelivered(ctx, list[0].ID, "unavailable", time.Hour))
	})
	require.Empty(t, pending(t, s, nil), "the second waits for the first")
	exec(t, s, `update workflow_message set next_attempt_at = now()`)
	pending(t, s, func(_ context.Context, _ *store.Tx, list []store.Pending) {
		require.Len(t, list, 1)
		require.Equal(t, 1, list[0].Attempts)
		require.False(t, list[0].RunClosed)
	})
}

func TestOutbox_LeavesQuickMessagesToTheirCaller(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	i := newInvoice(t, s, "1")
	id := tell(t, s, i, "dispute", time.Hour)
	require.Empty(t, pending(t, s, nil))
	require.NoError(t, s.MarkDelivered(t.Context(), id))
	exec(t, s, `update workflow_message set next_attempt_at = now()`)
	require.Empty(t, pending(t, s, nil))
}

func TestOutbox_IsTakenByOneRelayAtATime(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	tell(t, s, newInvoice(t, s, "1"), "start", 0)
	require.Equal(t, []string{"start"}, pending(t, s, func(context.Context, *store.Tx, []store.Pending) {
		require.Empty(t, pending(t, s, nil), "another relay skips what is taken")
	}))
}

func TestRuns_AreListedOnceNothingIsLeftToTell(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	open, closed, busy := newInvoice(t, s, "1"), newInvoice(t, s, "2"), newInvoice(t, s, "3")
	tell(t, s, busy, "start", 0)
	inTx(t, s, func(ctx context.Context, tx *store.Tx) {
		require.NoError(t, tx.CloseRun(ctx, closed.ID, 1, noon, dunning.ReasonPaid))
	})
	runs, err := s.OpenRuns(t.Context(), uuid.Nil, 10)
	require.NoError(t, err)
	require.Equal(t, []store.OpenRun{{InvoiceID: open.ID, RunNo: 1, WorkflowID: "invoice:acme:1"}}, runs)
	runs, err = s.OpenRuns(t.Context(), open.ID, 10)
	require.NoError(t, err)
	require.Empty(t, runs)
	runs, err = s.ClosedRunsSince(t.Context(), noon)
	require.NoError(t, err)
	require.Equal(t, []store.OpenRun{{InvoiceID: closed.ID, RunNo: 1, WorkflowID: "invoice:acme:2"}}, runs)
	runs, err = s.ClosedRunsSince(t.Context(), noon.Add(time.Second))
	require.NoError(t, err)
	require.Empty(t, runs)
}

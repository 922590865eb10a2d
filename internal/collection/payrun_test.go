package collection_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/provider"
	"maan/internal/store"
)

func TestPaymentRun_MovesTheReminderOnceAndSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`update customer set payment_run = 'wednesday'`)
	c := w.begin()
	act := c.until(friendly)
	require.Equal(t, "2026-07-09", day(w.now), "the business day after Wednesday's run, and not Monday 6 July")
	require.Equal(t, 1, c.events("step_moved"))
	w.provider.Refuse(provider.NotSent, "status_429")
	require.Equal(t, "wait(provider_down)", outcome(c.perform(act, c.current().Do)))
	w.provider.heal()
	require.Equal(t, "2026-07-09", day(c.current().At), "not behind the next run")
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, 1, c.events("step_moved"))
	c.until(formal)
	require.Equal(t, "2026-07-16", day(w.now), "the gap counts from the reminder")
	w.intact()
}

func TestPaymentRun_RecordedLaterPlansAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	c.until("courtesy_call")
	w.exec(`update customer set payment_run = 'friday'`)
	told, err := w.PaymentRunChanged(t.Context(), store.Everything, w.now, anna, w.customer)
	require.NoError(t, err)
	require.Equal(t, 1, told)
	require.Contains(t, c.told(), collection.MessageReconciled)
	c.until(friendly)
	require.Equal(t, "2026-07-13", day(w.now))
	_, err = w.PaymentRunChanged(t.Context(), store.Scope{}, w.now, anna, w.customer)
	require.ErrorIs(t, err, store.ErrNotFound)
	w.intact()
}

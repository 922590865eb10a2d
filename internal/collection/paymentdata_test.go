package collection_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/collection"
)

// A creditor that demands payment data chases nobody before it covers the day after due; one
// task tells finance, and the data that arrives wakes the case.
func TestFreshPayments_RemindersWaitForThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`update creditor set fresh_payments_required = true, payments_by = 'bank'`)
	c := w.begin()
	act := c.until(friendly)
	require.Equal(t, "wait(bank_data_stale)", outcome(c.answer(act)))
	require.Len(t, w.openTasks(collection.TaskPaymentData), 1)
	sent := len(w.provider.sent)

	due := read[calendar.Date](w, `select due_date from invoice where id = $1`, c.id)
	told, err := w.PaymentsKnown(t.Context(), w.now, anna, creditorID, due)
	require.NoError(t, err)
	require.Zero(t, told, "the day of due is not the day after")
	told, err = w.PaymentsKnown(t.Context(), w.now, anna, creditorID, due.AddDays(1))
	require.NoError(t, err)
	require.Equal(t, 1, told)
	require.Empty(t, w.openTasks(collection.TaskPaymentData))
	require.Contains(t, c.told(), "payment_data_arrived")
	require.Equal(t, "done", outcome(c.next()))
	require.Greater(t, len(w.provider.sent), sent)
	w.intact()
}

// What comes before the due date needs no payment data: the invoice itself, the courtesy.
func TestFreshPayments_WhatComesBeforeDueGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`update creditor set fresh_payments_required = true`)
	c := w.begin()
	require.Equal(t, "done", outcome(c.next()))
	require.NotContains(t, c.told(), "payment_data_arrived")
}

// The day never goes back: an older file changes nothing.
func TestFreshPayments_AnOlderFileChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	day := calendar.NewDate(2026, 6, 10)
	for _, d := range []calendar.Date{day, day.AddDays(-3)} {
		_, err := w.PaymentsKnown(t.Context(), w.now, anna, creditorID, d)
		require.NoError(t, err)
	}
	require.Equal(t, day, read[calendar.Date](w, `select payments_known_until from creditor`))
}

package health_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/health"
	"maan/internal/store"
)

// watch answers what changed, as "kind condition subject severity".
func (w *world) watch() []string {
	w.t.Helper()
	_, changes, err := w.health.Watch(w.t.Context(), w.now)
	require.NoError(w.t, err)
	var list []string
	for _, c := range changes {
		list = append(list, c.Kind+" "+c.Alarm.Condition+" "+c.Alarm.Subject+" "+c.Alarm.Severity)
	}
	return list
}

func TestAlarm_OnceWhileItLasts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Empty(t, w.watch())
	w.attempt(w.invoice("acme", "1"), down)
	w.wait(40 * time.Second)
	require.Equal(t, []string{"raised provider_errors email alarm"}, w.watch())
	raised := w.now
	for range 5 {
		w.wait(20 * time.Second)
		w.health = health.New(w.store, health.Settings{Unsettled: w.UnsettledFor()}) // a worker that was started anew
		require.Empty(t, w.watch())
	}
	w.attempt(w.invoice("acme", "2"), down)
	require.Empty(t, w.watch(), "more of the same is the same alarm")
	require.True(t, w.look(health.ProviderErrors, "email").Since.Equal(raised))
	w.attempt(w.invoice("acme", "3"), nil)
	require.Empty(t, w.watch(), "gone, but it may come back at once")
	w.wait(30 * time.Second)
	w.attempt(w.invoice("acme", "4"), down)
	w.attempt(w.invoice("acme", "5"), down)
	w.attempt(w.invoice("acme", "6"), down)
	require.Empty(t, w.watch(), "it came back: still the same alarm")
	w.attempt(w.invoice("acme", "7"), nil)
	require.Empty(t, w.watch())
	w.wait(time.Minute)
	require.Equal(t, []string{"cleared provider_errors email alarm"}, w.watch())
	require.Empty(t, w.watch())
	require.Nil(t, w.look(health.ProviderErrors, "email").Since)
	w.wait(10 * time.Minute)
	w.attempt(w.invoice("acme", "8"), down)
	w.wait(time.Minute)
	require.Equal(t, []string{"raised provider_errors email alarm"}, w.watch(), "the next time is another alarm")
}

func TestAlarm_AWarningThatBecomesAnAlarmIsToldOnceMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invoice("acme", "1")
	w.exec(`update creditor set fresh_payments_required = true where id = 'acme'`)
	w.exec(`update plan_step set at = $1`, monday.Add(90*24*time.Hour)) // nothing is overdue
	w.wait(40 * 24 * time.Hour)
	require.Equal(t, []string{"raised stale_bank_data  warning"}, w.watch())
	w.exec(`update plan_step set state = 'waiting', reason = 'bank_data_stale' where step = 'reminder'`)
	require.Equal(t, []string{"worsened stale_bank_data  alarm"}, w.watch())
	w.exec(`update plan_step set state = 'pending', reason = '' where step = 'reminder'`)
	require.Empty(t, w.watch(), "a little better is not over")
}

func TestAlarm_TwoWorkersAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.attempt(w.invoice("acme", "1"), down)
	w.wait(time.Minute)
	var raised atomic.Int64
	var g sync.WaitGroup
	for range 8 {
		g.Go(func() {
			other := health.New(w.store, health.Settings{Unsettled: w.UnsettledFor(), Notify: true})
			_, changes, err := other.Watch(t.Context(), w.now)
			if err == nil {
				raised.Add(int64(len(changes)))
			}
		})
	}
	g.Wait()
	require.EqualValues(t, 1, raised.Load())
	var notices int
	require.NoError(t, w.store.Pool().QueryRow(t.Context(), `select count(*) from alarm_notice`).Scan(&notices))
	require.Equal(t, 1, notices)
}

func TestAlarm_NoNoticeWithoutAnOperator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.attempt(w.invoice("acme", "1"), down)
	w.wait(time.Minute)
	require.Len(t, w.watch(), 1)
	notices, err := w.store.ClaimNotices(t.Context(), store.NewID(), w.now, w.now)
	require.NoError(t, err)
	require.Empty(t, notices)
}

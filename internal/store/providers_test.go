package store_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"maan/internal/dunning"
	"maan/internal/provider"
	"maan/internal/store"
)

// counted counts the requests for turns.
type counted struct {
	*store.Store

	asked *atomic.Int64
}

func (c counted) TakeTurns(ctx context.Context, channel string, n int, perSecond float64, within time.Duration) (time.Duration, int, error) {
	c.asked.Add(1)
	return c.Store.TakeTurns(ctx, channel, n, perSecond, within)
}

// again opens the same database as another process would.
func again(t *testing.T, s *store.Store) *store.Store {
	t.Helper()
	other, err := store.Open(t.Context(), s.Pool().Config().ConnString())
	require.NoError(t, err)
	t.Cleanup(other.Close)
	return other
}

// Whatever the workers do, at no moment have more turns begun than the rate allows since the
// first; and what is asked of the database is a fraction of that.
func TestTwoWorkersTogetherKeepTheRate(t *testing.T) {
	t.Parallel()
	const rate, turns, callers = 200.0, 300, 20
	s := newStore(t)
	var asked atomic.Int64
	var mu sync.Mutex
	var begun []time.Time
	var left atomic.Int64
	left.Store(turns)
	started := time.Now()
	var g errgroup.Group
	for _, worker := range []*store.Store{s, again(t, s)} {
		limiter := provider.NewLimiter(counted{worker, &asked}, "email", rate)
		for range callers {
			g.Go(func() error {
				for left.Add(-1) >= 0 {
					if err := limiter.Wait(t.Context(), false); err != nil {
						return err
					}
					mu.Lock()
					begun = append(begun, time.Now())
					mu.Unlock()
				}
				return nil
			})
		}
	}
	require.NoError(t, g.Wait())
	require.Len(t, begun, turns)
	slices.SortFunc(begun, time.Time.Compare)
	for i, at := range begun {
		earliest := started.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		require.False(t, at.Before(earliest), "turn %d began %s early", i, earliest.Sub(at))
	}
	t.Logf("%d turns in %s, %d requests", turns, begun[turns-1].Sub(started).Round(time.Millisecond), asked.Load())
	require.Less(t, asked.Load(), int64(turns/2), "one request serves several")
}

// A backlog of one worker does not keep what is urgent at another waiting.
func TestUrgentTurnsGoFirst(t *testing.T) {
	t.Parallel()
	const rate, backlog = 100.0, 200
	s := newStore(t)
	ordinary := provider.NewLimiter(s, "email", rate)
	urgent := provider.NewLimiter(again(t, s), "email", rate)
	var done atomic.Int64
	first := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	var g errgroup.Group
	for range backlog {
		g.Go(func() error {
			if ordinary.Wait(ctx, false) == nil && done.Add(1) == 1 {
				close(first)
			}
			return nil
		})
	}
	<-first
	before := done.Load()
	require.NoError(t, urgent.Wait(t.Context(), true))
	overtaken := backlog - done.Load()
	require.Greater(t, overtaken, int64(backlog/3), "%d of the backlog went first", done.Load()-before)
	cancel()
	require.NoError(t, g.Wait())
}

func TestATurnThatCannotBeHadIsAnError(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	slow := provider.NewLimiter(s, "email", 0.01)
	require.NoError(t, slow.Wait(t.Context(), false), "the first is free")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, slow.Wait(ctx, true), context.DeadlineExceeded)
	require.NoError(t, provider.NewLimiter(s, "sms", 0.01).Wait(t.Context(), false), "each channel has its own")

	s.Close()
	require.ErrorContains(t, provider.NewLimiter(s, "email", 10).Wait(t.Context(), false), "turns cannot be taken")
}

// state is what is known of the provider of e-mail.
func state(t *testing.T, s *store.Store) store.ProviderState {
	t.Helper()
	var got store.ProviderState
	inTx(t, s, func(ctx context.Context, tx *store.Tx) {
		all, err := tx.ProviderStates(ctx)
		require.NoError(t, err)
		i := slices.IndexFunc(all, func(p store.ProviderState) bool { return p.Channel == dunning.ChannelEmail })
		require.GreaterOrEqual(t, i, 0)
		got = all[i]
	})
	return got
}

func note(t *testing.T, s *store.Store, w ...store.Write) {
	t.Helper()
	inTx(t, s, func(ctx context.Context, tx *store.Tx) { require.NoError(t, tx.Do(ctx, w...)) })
}

// A circuit opens once, lets one of many through after each pause, and closes on an answer.
func TestCircuit(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for range store.CircuitFailures - 1 {
		note(t, s, store.ProviderFailed(dunning.ChannelEmail, "refused", noon))
	}
	require.Nil(t, state(t, s).OpenedAt)
	var g errgroup.Group
	for i := range 20 { // many acts find it dead at once
		g.Go(func() error {
			return s.InTx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return tx.Do(ctx, store.ProviderFailed(dunning.ChannelEmail, "timeout", noon.Add(time.Duration(i)*time.Second)))
			})
		})
	}
	require.NoError(t, g.Wait())
	open := state(t, s)
	require.Equal(t, store.CircuitFailures-1+20, open.Failures)
	require.WithinRange(t, *open.OpenedAt, noon, noon.Add(20*time.Second))
	require.Equal(t, "timeout", open.LastCode)
	require.Equal(t, noon.Add(19*time.Second).Add(store.CircuitPause), open.ProbeAt.UTC(), "after the last failure")
	all, err := s.OpenCircuits(t.Context())
	require.NoError(t, err)
	require.Equal(t, []store.ProviderState{open}, all)

	var probes atomic.Int64
	probe := func(at time.Time) {
		for range 20 {
			g.Go(func() error {
				return s.InTx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					mine, err := tx.TakeProbe(ctx, dunning.ChannelEmail, at, at.Add(store.CircuitPause))
					if mine {
						probes.Add(1)
					}
					return err
				})
			})
		}
		require.NoError(t, g.Wait())
	}
	probe(open.ProbeAt.Add(-time.Second))
	require.Zero(t, probes.Load(), "too early")
	probe(*open.ProbeAt)
	require.EqualValues(t, 1, probes.Load())
	probe(open.ProbeAt.Add(store.CircuitPause))
	require.EqualValues(t, 2, probes.Load(), "the first one's worker may have died")

	note(t, s, store.ProviderAnswered(dunning.ChannelEmail))
	require.Equal(t, store.ProviderState{Channel: dunning.ChannelEmail}, state(t, s))
	all, err = s.OpenCircuits(t.Context())
	require.NoError(t, err)
	require.Empty(t, all)
}

// Failures that are far apart, or that an answer interrupts, open nothing.
func TestCircuitCountsFailuresInARow(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	at := noon
	for range 2 * store.CircuitFailures {
		note(t, s, store.ProviderFailed(dunning.ChannelEmail, "refused", at))
		at = at.Add(store.CircuitWindow / (store.CircuitFailures - 1))
	}
	require.Nil(t, state(t, s).OpenedAt)
	for range 2 * store.CircuitFailures {
		note(t, s, store.ProviderFailed(dunning.ChannelEmail, "refused", at), store.ProviderAnswered(dunning.ChannelEmail))
	}
	require.Equal(t, store.ProviderState{Channel: dunning.ChannelEmail}, state(t, s))
}

func TestAPauseIsTheLongestThatWasAskedFor(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	note(t, s, store.PauseProvider(dunning.ChannelEmail, noon.Add(time.Hour)), store.PauseProvider(dunning.ChannelEmail, noon))
	require.Equal(t, noon.Add(time.Hour), state(t, s).PausedUntil.UTC())
}

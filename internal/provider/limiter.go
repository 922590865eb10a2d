package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Turns are the turns at a provider, which all processes share.
type Turns interface {
	// TakeTurns reserves up to n turns at a channel's provider that begin within the given
	// time. The first begins after the time that it answers, the others follow at the rate.
	// Where none begins in time it answers when the next one would.
	TakeTurns(ctx context.Context, channel string, n int, perSecond float64, within time.Duration) (first time.Duration, got int, err error)
}

const (
	// reach is how far ahead turns are reserved. What is urgent may reach further, so a
	// backlog of all workers never delays it by more than reachOrdinary.
	reachUrgent   = 3 * time.Second
	reachOrdinary = 500 * time.Millisecond
	// stale is how late a turn may still be used: a process that was held up must not use
	// many of them at once.
	stale = 250 * time.Millisecond
	// gather is the least time between two requests for turns, so that one serves several.
	gather = 20 * time.Millisecond
	// asking bounds one request for turns.
	asking = 5 * time.Second
)

// Limiter spaces requests to one provider account over all processes. One request to Turns
// serves all that wait at that moment, the urgent first. It is safe for concurrent use.
type Limiter struct {
	turns     Turns
	channel   string
	perSecond float64

	mu       sync.Mutex
	urgent   []*waiter
	ordinary []*waiter
	asks     bool
	asked    time.Time // of whoever asks alone
}

// waiter is somebody who waits for a turn.
type waiter struct {
	turn chan turn // holds one
	gone bool      // guarded by Limiter.mu
}

type turn struct {
	at  time.Time
	err error
}

// NewLimiter returns a limiter of perSecond requests a second. Zero or less means no limit.
func NewLimiter(turns Turns, channel string, perSecond float64) *Limiter {
	return &Limiter{turns: turns, channel: channel, perSecond: perSecond}
}

// Wait blocks until a request may be made. It fails when ctx ends, or when turns cannot be
// had; either way nothing was sent.
func (l *Limiter) Wait(ctx context.Context, urgent bool) error {
	if l.perSecond <= 0 {
		return nil
	}
	for {
		at, err := l.next(ctx, urgent)
		if err != nil {
			return fmt.Errorf("wait for the provider's rate limit: %w", err)
		}
		timer := time.NewTimer(time.Until(at))
		select {
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("wait for the provider's rate limit: %w", ctx.Err())
		case <-timer.C:
		}
		if time.Since(at) <= stale {
			return nil
		}
	}
}

// next is the instant of a turn of one's own.
func (l *Limiter) next(ctx context.Context, urgent bool) (time.Time, error) {
	w := &waiter{turn: make(chan turn, 1)}
	l.mu.Lock()
	if urgent {
		l.urgent = append(l.urgent, w)
	} else {
		l.ordinary = append(l.ordinary, w)
	}
	if !l.asks {
		l.asks = true
		go l.ask() //nolint:gosec // it serves all that wait, not this caller alone
	}
	l.mu.Unlock()
	select {
	case t := <-w.turn:
		return t.at, t.err
	case <-ctx.Done():
		l.mu.Lock()
		w.gone = true
		l.mu.Unlock()
		return time.Time{}, ctx.Err()
	}
}

// ask takes turns until nobody waits.
func (l *Limiter) ask() {
	for {
		time.Sleep(gather - time.Since(l.asked))
		queue, n, reach := l.first()
		if queue == nil {
			return
		}
		l.asked = time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), asking)
		first, got, err := l.turns.TakeTurns(ctx, l.channel, n, l.perSecond, reach)
		cancel()
		if err == nil && got == 0 {
			// Somebody urgent may come meanwhile: look again soon.
			time.Sleep(min(max(first-reach, time.Millisecond), reachOrdinary/10))
			continue
		}
		l.give(queue, time.Now().Add(first), got, err)
	}
}

// first is the queue whose turn it is, with those that left taken out; nil if nobody waits.
func (l *Limiter) first() (queue *[]*waiter, n int, reach time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.urgent, l.ordinary = present(l.urgent), present(l.ordinary)
	switch {
	case len(l.urgent) > 0:
		return &l.urgent, len(l.urgent), reachUrgent
	case len(l.ordinary) > 0:
		return &l.ordinary, len(l.ordinary), reachOrdinary
	}
	l.asks = false
	return nil, 0, 0
}

func present(all []*waiter) []*waiter {
	here := all[:0]
	for _, w := range all {
		if !w.gone {
			here = append(here, w)
		}
	}
	return here
}

// errNoTurns keeps the database's words out of what may be logged.
var errNoTurns = errors.New("turns cannot be taken now")

// give hands out turns in the order of the queue, or the error to all of it.
func (l *Limiter) give(queue *[]*waiter, at time.Time, got int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	slot := time.Duration(float64(time.Second) / l.perSecond)
	rest := *queue
	for len(rest) > 0 && (err != nil || got > 0) {
		w := rest[0]
		rest = rest[1:]
		switch {
		case w.gone:
		case err != nil:
			w.turn <- turn{err: errNoTurns}
		default:
			w.turn <- turn{at: at}
			at, got = at.Add(slot), got-1
		}
	}
	*queue = rest
}

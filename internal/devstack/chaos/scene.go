package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// scene is one case under way.
type scene struct {
	*lab

	n   int // invoices
	rng *rand.Rand
	say func(format string, args ...any)

	mu       sync.Mutex
	payments map[uuid.UUID]answer // by invoice
}

// answer is what the API answered to a payment.
type answer struct {
	at      time.Time // when it was there, by the wall clock
	leaving []uuid.UUID
}

const (
	patience = 2 * time.Minute // without any progress
	glance   = 5 * time.Millisecond
	handover = 80 // milliseconds that the provider takes for one message, so that there is a middle to strike
)

// poll asks until ready answers true.
func (s *scene) poll(ctx context.Context, limit time.Duration, ready func() (bool, error)) error {
	late := time.Now().Add(limit)
	for {
		ok, err := ready()
		if ok || err != nil {
			return err
		}
		if time.Now().After(late) {
			return fmt.Errorf("not in time: %s have passed", limit)
		}
		if err := wait(ctx, glance); err != nil {
			return err
		}
	}
}

// backlog lets all reminders come due while no worker runs.
func (s *scene) backlog(ctx context.Context) error {
	var first, last time.Time
	err := s.Pool.QueryRow(ctx, `select min(at), max(at) from plan_step where step = $1 and state = 'pending'`, step).Scan(&first, &last)
	if err != nil {
		return fmt.Errorf("when the reminders are due: %w", err)
	}
	if err := s.Clock.Run(ctx, first.Add(-time.Hour)); err != nil {
		return err
	}
	if err := s.rest(ctx); err != nil {
		return err
	}
	if err := s.StopWorkers(); err != nil {
		return err
	}
	if err := s.Clock.Reach(ctx, last); err != nil {
		return fmt.Errorf("bring the workflows to their reminders: %w", err)
	}
	return s.behave(ctx, map[string]any{"mode": "slow", "delay_ms": handover})
}

// rest waits until no workflow has anything to do: a clock does not skip while a task waits for a
// worker that is gone.
func (s *scene) rest(ctx context.Context) error {
	rows, err := s.Pool.Query(ctx, `select workflow_id from collection_run`)
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.poll(ctx, patience, func() (bool, error) { return s.AtRest(ctx, id) }); err != nil {
			return fmt.Errorf("workflow %s comes to rest: %w", id, err)
		}
	}
	return nil
}

// send starts workers.
func (s *scene) send(workers int) error {
	for range workers {
		if err := s.StartWorker(); err != nil {
			return err
		}
	}
	return nil
}

// reached waits until the providers have accepted so many messages, and answers how many it
// were then. Nothing accepted for a while means that there is nothing left to accept.
func (s *scene) reached(ctx context.Context, messages int) (now int, err error) {
	before, since := -1, time.Now()
	for {
		now = s.Sandbox.Counts().Accepted
		if now >= messages {
			return now, nil
		}
		if now > before {
			before, since = now, time.Now()
		}
		if time.Since(since) > patience {
			return now, fmt.Errorf("the providers have accepted %d messages and no more for %s: %d were awaited", now, patience, messages)
		}
		if err := wait(ctx, glance); err != nil {
			return now, err
		}
	}
}

// dry waits until nothing more is accepted for a while: all has left, or the provider's circuit is
// open and the rest waits for the clock.
func (s *scene) dry(ctx context.Context) error {
	const still = 5 * time.Second
	before, since := 0, time.Now()
	return s.poll(ctx, patience, func() (bool, error) {
		if now := s.Sandbox.Counts().Accepted; now > before {
			before, since = now, time.Now()
		}
		return before > 0 && time.Since(since) > still, nil
	})
}

// customers are how many messages leave at least: one mail each.
func (s *scene) customers(ctx context.Context) (n int, err error) {
	err = s.Pool.QueryRow(ctx, `select count(*) from customer`).Scan(&n)
	return n, err
}

// moments are random numbers of messages, in the middle of sending.
func (s *scene) moments(ctx context.Context, count int) ([]int, error) {
	n, err := s.customers(ctx)
	if err != nil {
		return nil, err
	}
	at := make([]int, count)
	for i := range at {
		at[i] = 1 + s.rng.IntN(max(1, n*9/10))
	}
	slices.Sort(at)
	return at, nil
}

// settle ends the trouble and lets days pass until every reminder has its outcome.
func (s *scene) settle(ctx context.Context) error {
	if err := s.behave(ctx, map[string]any{"mode": "ok"}); err != nil {
		return err
	}
	const days, asLongAs = 7, 24 * time.Hour
	var open int
	for range days {
		if err := s.live(ctx, s.Clock.Now().Add(asLongAs)); err != nil {
			return err
		}
		err := s.Pool.QueryRow(ctx, `select count(*) from plan_step p where p.step = $1 and p.state in ('pending', 'waiting') and not `+asked, step).Scan(&open)
		if err != nil || open == 0 {
			return err
		}
	}
	s.say("%d reminders have no outcome after %d days", open, days)
	return nil
}

// live moves the clock. What was just taken away may not be back yet: then it is tried again.
func (s *scene) live(ctx context.Context, until time.Time) (err error) {
	for range 4 {
		if err = s.Clock.Run(ctx, until); err == nil || ctx.Err() != nil {
			return err
		}
		if err := wait(ctx, time.Second); err != nil {
			return err
		}
	}
	return errors.Join(errors.New("the clock does not go on"), err)
}

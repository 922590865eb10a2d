package store

import (
	"context"
	"fmt"
	"time"

	"maan/internal/calendar"
)

// HookCount says how many posts to a provider's webhook had an outcome on a day.
type HookCount struct {
	Hook    string // sendgrid, twilio, ...
	Day     calendar.Date
	Outcome string // taken, or why not
	Count   int64
	LastAt  time.Time
}

// AddHookCount adds to the count of a hook, day and outcome.
func (s *Store) AddHookCount(ctx context.Context, c HookCount) error {
	_, err := s.pool.Exec(ctx, `insert into webhook_tally as t (hook, day, outcome, count, last_at) values ($1, $2, $3, $4, $5)
		on conflict (hook, day, outcome) do update set count = t.count + excluded.count, last_at = greatest(t.last_at, excluded.last_at)`,
		c.Hook, c.Day, c.Outcome, c.Count, c.LastAt)
	if err != nil {
		return fmt.Errorf("count webhook: %w", err)
	}
	return nil
}

// HookCounts lists the counts since a day, newest day first.
func (s *Store) HookCounts(ctx context.Context, since calendar.Date) ([]HookCount, error) {
	return list[HookCount](ctx, s.pool, `select hook, day, outcome, count, last_at from webhook_tally where day >= $1 order by day desc, hook, outcome`, since)
}

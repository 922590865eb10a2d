package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// StoredAnswer is what is known under an idempotency key.
type StoredAnswer struct {
	RequestHash string
	Status      *int // nil while the first request still runs
	ContentType string
	Body        []byte
}

// BeginRequest takes an idempotency key for a request. It answers nil if the request is
// to be run, else what is known of the first one. A request that has run for longer
// than abandoned died with its process: the same request takes its place.
func (s *Store) BeginRequest(ctx context.Context, apiKey uuid.UUID, key, requestHash string, abandoned time.Duration) (*StoredAnswer, error) {
	tag, err := s.pool.Exec(ctx, `insert into idempotency (api_key_id, key, request_hash) values ($1, $2, $3)
		on conflict (api_key_id, key) do update set created_at = now()
		where idempotency.status is null and idempotency.request_hash = excluded.request_hash
			and idempotency.created_at < now() - make_interval(secs => $4)`, apiKey, key, requestHash, abandoned.Seconds())
	if err != nil {
		return nil, fmt.Errorf("take idempotency key: %w", err)
	}
	if tag.RowsAffected() == 1 {
		return nil, nil //nolint:nilnil // ours to run
	}
	known, err := one[StoredAnswer](ctx, s.pool, `select request_hash, status, content_type, body from idempotency where api_key_id = $1 and key = $2`, apiKey, key)
	if errors.Is(err, ErrNotFound) { // given up between the two statements: the caller may try again
		return &StoredAnswer{RequestHash: requestHash}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read idempotency key: %w", err)
	}
	return &known, nil
}

// FinishRequest keeps the answer for replays.
func (s *Store) FinishRequest(ctx context.Context, apiKey uuid.UUID, key string, status int, contentType string, body []byte) error {
	_, err := s.pool.Exec(ctx, `update idempotency set status = $3, content_type = $4, body = $5 where api_key_id = $1 and key = $2`,
		apiKey, key, status, contentType, body)
	if err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	return nil
}

// ForgetRequest gives an idempotency key back: the request failed on our side.
func (s *Store) ForgetRequest(ctx context.Context, apiKey uuid.UUID, key string) error {
	_, err := s.pool.Exec(ctx, `delete from idempotency where api_key_id = $1 and key = $2 and status is null`, apiKey, key)
	if err != nil {
		return fmt.Errorf("forget idempotency key: %w", err)
	}
	return nil
}

// ForgetRequestsBefore deletes answers that nobody replays any more; they hold what was
// answered, names included. It answers how many.
func (s *Store) ForgetRequestsBefore(ctx context.Context, before time.Time) (int, error) {
	tag, err := s.pool.Exec(ctx, `delete from idempotency where created_at < $1`, before)
	if err != nil {
		return 0, fmt.Errorf("forget old answers: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/dunning"
)

// NewestPolicy is the newest published version of a policy.
func (tx *Tx) NewestPolicy(ctx context.Context, name string) (uuid.UUID, *dunning.Policy, error) {
	var (
		id     uuid.UUID
		source string
	)
	err := tx.QueryRow(ctx, `select id, source from policy_version where policy = $1 order by version desc limit 1`, name).Scan(&id, &source)
	if errors.Is(err, pgx.ErrNoRows) {
		return id, nil, ErrNotFound
	}
	if err != nil {
		return id, nil, fmt.Errorf("newest version of policy %q: %w", name, err)
	}
	p, err := tx.store.policy(id.String(), func() (string, error) { return source, nil })
	return id, p, err
}

// PublishPolicy adds a version of a policy unless the newest one says the same. It
// answers the version number.
func (tx *Tx) PublishPolicy(ctx context.Context, name, hash, source, by string, at time.Time) (version int, err error) {
	if err := tx.exec(ctx, "lock policies", `select pg_advisory_xact_lock(hashtext('maan policy ' || $1))`, name); err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, `select version from policy_version where policy = $1 and content_hash = $2`, name, hash).Scan(&version)
	if err == nil || !errors.Is(err, pgx.ErrNoRows) {
		return version, err
	}
	err = tx.QueryRow(ctx, `insert into policy_version (id, policy, version, content_hash, source, published_by, published_at)
		values ($1, $2, coalesce((select max(version) from policy_version where policy = $2), 0) + 1, $3, $4, $5, $6) returning version`,
		NewID(), name, hash, source, by, at).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("publish policy %q: %w", name, err)
	}
	return version, nil
}

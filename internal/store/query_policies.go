package store

import (
	"context"
	"time"
)

// PolicyVersion is a published policy.
type PolicyVersion struct {
	Policy      string
	Version     int
	ContentHash string
	Source      string
	PublishedBy string
	PublishedAt time.Time
}

// FindPolicies lists every version without its text, newest first within a policy.
func (s *Store) FindPolicies(ctx context.Context) ([]PolicyVersion, error) {
	return list[PolicyVersion](ctx, s.pool, `select policy, version, content_hash, '' as source, published_by, published_at
		from policy_version order by policy, version desc`)
}

// FindPolicy reads one version with its text.
func (s *Store) FindPolicy(ctx context.Context, policy string, version int) (PolicyVersion, error) {
	return one[PolicyVersion](ctx, s.pool, `select policy, version, content_hash, source, published_by, published_at
		from policy_version where policy = $1 and version = $2`, policy, version)
}

// PolicyPublished reports whether any version of a policy exists.
func (s *Store) PolicyPublished(ctx context.Context, policy string) (bool, error) {
	row, err := one[struct{ Known bool }](ctx, s.pool, `select exists (select 1 from policy_version where policy = $1) as known`, policy)
	return row.Known, err
}

// PolicyTextPublished reports whether a text with this content hash is published.
func (s *Store) PolicyTextPublished(ctx context.Context, contentHash string) (bool, error) {
	row, err := one[struct{ Known bool }](ctx, s.pool, `select exists (select 1 from policy_version where content_hash = $1) as known`, contentHash)
	return row.Known, err
}

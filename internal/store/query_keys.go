package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"maan/internal/dunning"
)

// AllCreditors in the list of a key's creditors means all, those to come included.
const AllCreditors = "*"

// APIKey is a key of the API. The key itself is not kept, only its SHA-256.
type APIKey struct {
	ID        uuid.UUID
	Prefix    string // how the key begins, to tell keys apart
	Hash      []byte // SHA-256 of the key
	Role      dunning.Role
	Creditors []string
	Actor     string
	CreatedAt time.Time
	ExpiresAt *time.Time
	RevokedAt *time.Time
}

const apiKeyColumns = `id, prefix, hash, role, creditors, actor, created_at, expires_at, revoked_at` //nolint:gosec // names of columns, not a key

// Scope is what the key may see.
func (k *APIKey) Scope() Scope {
	if slices.Contains(k.Creditors, AllCreditors) {
		return Everything
	}
	return Scope{Creditors: k.Creditors}
}

// FindAPIKey reads the key with a hash, whether or not it still counts.
func (s *Store) FindAPIKey(ctx context.Context, hash []byte) (APIKey, error) {
	return one[APIKey](ctx, s.pool, `select `+apiKeyColumns+` from api_key where hash = $1`, hash)
}

// FindAPIKeys lists the keys that see nothing outside the scope, newest first.
func (s *Store) FindAPIKeys(ctx context.Context, scope Scope) ([]APIKey, error) {
	return list[APIKey](ctx, s.pool, `select `+apiKeyColumns+` from api_key where $1::text[] is null or creditors <@ $1 order by id desc`, scope.filter())
}

// InsertAPIKey adds a key.
func (s *Store) InsertAPIKey(ctx context.Context, k APIKey) error {
	_, err := s.pool.Exec(ctx, `insert into api_key (`+apiKeyColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		k.ID, k.Prefix, k.Hash, k.Role, k.Creditors, k.Actor, k.CreatedAt, k.ExpiresAt, k.RevokedAt)
	if err != nil {
		return fmt.Errorf("insert api key: %w", err)
	}
	return nil
}

// RevokeAPIKey ends a key that sees nothing outside the scope. Twice is once.
func (s *Store) RevokeAPIKey(ctx context.Context, scope Scope, id uuid.UUID, at time.Time) (APIKey, error) {
	return one[APIKey](ctx, s.pool, `update api_key set revoked_at = coalesce(revoked_at, $3)
		where id = $1 and ($2::text[] is null or creditors <@ $2) returning `+apiKeyColumns, id, scope.filter(), at)
}

// UnknownCreditors lists those of the given creditors that do not exist.
func (s *Store) UnknownCreditors(ctx context.Context, creditors []string) ([]string, error) {
	rows, err := list[struct{ ID string }](ctx, s.pool, `select u.id from unnest($1::text[]) u(id)
		where not exists (select 1 from creditor c where c.id = u.id)`, creditors)
	unknown := make([]string, len(rows))
	for i, r := range rows {
		unknown[i] = r.ID
	}
	return unknown, err
}

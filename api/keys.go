package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"time"

	"maan/internal/dunning"
	"maan/internal/store"
)

// keyBytes is the randomness of an API key, keyShown how much of it is kept readable.
const (
	keyBytes = 32
	keyShown = len(keyPrefix) + 6
)

// NewAPIKey makes a key and the row that stands for it. The key is shown once; the row
// holds its SHA-256. No creditors means all.
func NewAPIKey(role dunning.Role, actor string, creditors []string, now time.Time, expires *time.Time) (key string, row store.APIKey) {
	secret := make([]byte, keyBytes)
	rand.Read(secret) // never fails: see crypto/rand
	key = keyPrefix + base64.RawURLEncoding.EncodeToString(secret)
	hash := sha256.Sum256([]byte(key))
	if len(creditors) == 0 {
		creditors = []string{store.AllCreditors}
	}
	return key, store.APIKey{
		ID: store.NewID(), Prefix: key[:keyShown], Hash: hash[:], Role: role, Creditors: creditors, Actor: actor, CreatedAt: now, ExpiresAt: expires,
	}
}

// CreateAPIKey makes a key within the calling key's creditors.
func (s *server) CreateAPIKey(ctx context.Context, r CreateAPIKeyRequestObject) (CreateAPIKeyResponseObject, error) {
	who, in := callerOf(ctx), r.Body
	var bad faults
	switch {
	case in.AllCreditors == (len(in.Creditors) > 0):
		bad.add("creditors", "missing", "give either creditors or all_creditors, not both")
	case in.AllCreditors && !who.scope.All:
		bad.add("all_creditors", "outside_scope", "a key can only be given creditors that your key has itself")
	default:
		if err := s.checkKeyCreditors(ctx, &bad, in.Creditors); err != nil {
			return nil, err
		}
	}
	if in.ExpiresAt != nil && !in.ExpiresAt.After(who.now) {
		bad.add("expires_at", "past", "give a time to come")
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	key, row := NewAPIKey(in.Role, in.Actor, in.Creditors, who.now, in.ExpiresAt)
	if err := s.store.InsertAPIKey(ctx, row); err != nil {
		return nil, err
	}
	answer := apiKeyOf(row)
	answer.Key = key
	return CreateAPIKey201JSONResponse(answer), nil
}

// checkKeyCreditors: one that is unknown and one that is outside the caller's scope
// answer alike.
func (s *server) checkKeyCreditors(ctx context.Context, bad *faults, creditors []string) error {
	unknown, err := s.store.UnknownCreditors(ctx, creditors)
	if err != nil {
		return err
	}
	scope := callerOf(ctx).scope
	for i, c := range creditors {
		if !scope.Covers(c) || slices.Contains(unknown, c) {
			bad.add("creditors."+itoa(int64(i)), "unknown_creditor", "there is no such creditor, or not for your key")
		}
	}
	return nil
}

// ListAPIKeys lists the keys within the calling key's creditors.
func (s *server) ListAPIKeys(ctx context.Context, _ ListAPIKeysRequestObject) (ListAPIKeysResponseObject, error) {
	rows, err := s.store.FindAPIKeys(ctx, callerOf(ctx).scope)
	return ListAPIKeys200JSONResponse{Items: each(rows, apiKeyOf)}, err
}

// RevokeAPIKey ends a key.
func (s *server) RevokeAPIKey(ctx context.Context, r RevokeAPIKeyRequestObject) (RevokeAPIKeyResponseObject, error) {
	who := callerOf(ctx)
	row, err := s.store.RevokeAPIKey(ctx, who.scope, r.ID, who.now)
	if err != nil {
		return nil, err
	}
	return RevokeAPIKey200JSONResponse(apiKeyOf(row)), nil
}

func apiKeyOf(k store.APIKey) APIKey {
	answer := APIKey{
		ID: k.ID, Prefix: k.Prefix, Role: k.Role, Actor: k.Actor, Creditors: []Slug{}, AllCreditors: k.Scope().All, CreatedAt: k.CreatedAt,
		ExpiresAt: k.ExpiresAt, RevokedAt: k.RevokedAt,
	}
	if !answer.AllCreditors {
		answer.Creditors = append(answer.Creditors, k.Creditors...)
	}
	return answer
}

package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
)

// caller is who sent a request and when, in business time.
type caller struct {
	key   uuid.UUID
	role  dunning.Role
	scope store.Scope
	actor collection.Actor
	now   time.Time
}

func (c *caller) today() calendar.Date { return calendar.DateOf(c.now.UTC()) }

// covers answers ErrNotFound for a creditor outside the caller's.
func (c *caller) covers(creditor string) error {
	if !c.scope.Covers(creditor) {
		return store.ErrNotFound
	}
	return nil
}

// mayNarrow checks an optional filter by creditor.
func (c *caller) mayNarrow(creditor string) error {
	if creditor == "" {
		return nil
	}
	return c.covers(creditor)
}

type contextKey int

const (
	callerKey contextKey = iota
	bodyKey
)

// callerOf is the caller of an authenticated operation.
func callerOf(ctx context.Context) *caller {
	c, ok := ctx.Value(callerKey).(*caller)
	if !ok { // an operation without a key has none: it sees nothing
		return &caller{}
	}
	return c
}

// keyPrefix begins every API key, so that leaked ones are found by scanners.
const keyPrefix = "maan_"

// authenticate finds out who calls, before anything of the request is read.
func (s *server) authenticate(c *gin.Context) {
	op := operationOf(c)
	if op == nil || op.open {
		return
	}
	who, err := s.identify(c)
	if err != nil {
		if p := problemOf(err); p.kind == kindUnauthorized {
			c.Header("WWW-Authenticate", `Bearer realm="maan"`)
		}
		s.fail(c, err)
		return
	}
	c.Set(logActor, string(who.actor))
	if !s.limits.allow(who.key) {
		s.metrics.RateLimited(c)
		p := refused(kindRate, "Slow down: this key sends more requests a second than it may.")
		p.retry = 1
		s.fail(c, p)
		return
	}
	if !op.roles.include(who.role) {
		s.fail(c, refused(kindForbidden, "The role of this key may not do that; use the key of a colleague who may."))
		return
	}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), callerKey, who))
}

// instantKey is the context's key for [server.instant].
const instantKey = "maan.instant"

// instant is the business time of a request; every part of its handling gets the same.
func (s *server) instant(c *gin.Context) (time.Time, error) {
	if known := c.GetTime(instantKey); !known.IsZero() {
		return known, nil
	}
	now, err := s.now(c.Request.Context())
	if err == nil {
		c.Set(instantKey, now)
	}
	return now, err
}

func (s *server) identify(c *gin.Context) (*caller, error) {
	scheme, token, _ := strings.Cut(c.GetHeader("Authorization"), " ")
	const longest = 200
	if !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(token, keyPrefix) || len(token) > longest {
		return nil, refused(kindUnauthorized, "Send the header Authorization: Bearer maan_... with your API key.")
	}
	hash := sha256.Sum256([]byte(token))
	key, err := s.store.FindAPIKey(c.Request.Context(), hash[:])
	if errors.Is(err, store.ErrNotFound) {
		return nil, refused(kindUnauthorized, "This API key is not known, or it was revoked or has ended.")
	}
	if err != nil {
		return nil, err
	}
	now, err := s.instant(c)
	if err != nil {
		return nil, err
	}
	if key.RevokedAt != nil || (key.ExpiresAt != nil && !now.Before(*key.ExpiresAt)) {
		return nil, refused(kindUnauthorized, "This API key is not known, or it was revoked or has ended.")
	}
	return &caller{key: key.ID, role: key.Role, scope: key.Scope(), actor: collection.Actor(key.Actor), now: now}, nil
}

package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"golang.org/x/time/rate"
)

// rateLimits hold one limiter for each API key.
type rateLimits struct {
	perSecond float64
	mu        sync.Mutex
	byKey     map[uuid.UUID]*rate.Limiter
}

func newRateLimits(perSecond float64) *rateLimits {
	return &rateLimits{perSecond: perSecond, byKey: map[uuid.UUID]*rate.Limiter{}}
}

// allow takes a request off the key's budget; a second's worth may come at once. Only
// keys that exist get here, so the map stays as small as their number.
func (l *rateLimits) allow(key uuid.UUID) bool {
	if l.perSecond <= 0 {
		return true
	}
	l.mu.Lock()
	limiter, ok := l.byKey[key]
	if !ok {
		limiter = rate.NewLimiter(rate.Limit(l.perSecond), max(1, int(l.perSecond)))
		l.byKey[key] = limiter
	}
	l.mu.Unlock()
	return limiter.Allow()
}

// readBody reads the whole body under the operation's limit; the steps after it read it
// again from memory.
func (s *server) readBody(c *gin.Context) {
	op := operationOf(c)
	if op == nil || !changes(c.Request.Method) {
		return
	}
	limit := max(op.limit, 1)
	if c.Request.ContentLength > limit && op.media != "" {
		s.fail(c, tooLarge(limit))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over) && op.media == "":
		s.fail(c, refused(kindValidation, "This operation takes no body."))
		return
	case errors.As(err, &over):
		s.fail(c, tooLarge(limit))
		return
	case err != nil:
		s.fail(c, refused(kindValidation, "The body stopped before its end; send it again, whole."))
		return
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), bodyKey, body))
}

func tooLarge(limit int64) *problem {
	if limit >= 1<<20 {
		return refused(kindTooLarge, "At most "+itoa(limit>>20)+" MiB are taken here.")
	}
	return refused(kindTooLarge, "At most "+itoa(limit)+" bytes are taken here.")
}

// bodyOf is the body as it was sent.
func bodyOf(ctx context.Context) []byte {
	body, _ := ctx.Value(bodyKey).([]byte)
	return body
}

// deadline bounds how long a request may take, so that a stuck database ends in an
// answer.
func deadline(d time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), d)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
	}
}

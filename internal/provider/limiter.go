package provider

import (
	"context"
	"fmt"

	"golang.org/x/time/rate"
)

// Limiter spaces requests to one provider account. It is safe for concurrent use.
type Limiter struct {
	limiter *rate.Limiter
}

// NewLimiter returns a limiter of perSecond requests a second, with a burst of
// one second's worth and at least one. Zero or less means no limit.
func NewLimiter(perSecond float64) *Limiter {
	if perSecond <= 0 {
		return &Limiter{limiter: rate.NewLimiter(rate.Inf, 1)}
	}
	return &Limiter{limiter: rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond)))}
}

// Wait blocks until a request may be made. It fails when ctx ends, or at once
// when its deadline would pass before a token is free; either way nothing was
// sent and no token is used.
func (l *Limiter) Wait(ctx context.Context) error {
	if err := l.limiter.Wait(ctx); err != nil {
		return fmt.Errorf("wait for the provider's rate limit: %w", err)
	}
	return nil
}

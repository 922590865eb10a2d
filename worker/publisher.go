package worker

import (
	"context"
	"time"

	"maan/internal/store"
	"maan/internal/telemetry"
)

// Publisher gives the lines of the cases' histories their places in the feed.
type Publisher struct {
	Store   *store.Store
	Metrics *telemetry.Worker // nil: nothing is measured
}

const (
	publishBatch = 1000
	publishEvery = time.Second
)

// Run publishes until the context ends: each second, and at once again while there is more.
func (p *Publisher) Run(ctx context.Context) error {
	tick := time.NewTicker(publishEvery)
	defer tick.Stop()
	for {
		n, err := p.Store.PublishEvents(ctx, publishBatch)
		if err != nil {
			return err
		}
		p.Metrics.Published(ctx, n)
		if n == publishBatch {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

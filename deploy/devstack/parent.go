package main

import (
	"context"
	"os"
	"time"
)

const parentInterval = 200 * time.Millisecond

// withParent returns a context that ends when the process which started this one has gone. A child
// that loses its parent is given another one, so a changed parent id is the sign; that works on
// every Unix and needs no help from the parent.
func withParent(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	parent := os.Getppid()
	go func() {
		ticker := time.NewTicker(parentInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				if os.Getppid() != parent {
					cancel()
					return
				}
			}
		}
	}()
	return ctx, cancel
}

// Package freeport finds ports for programs that must be told theirs before they listen.
package freeport

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// The ports lie below those that systems take for outgoing connections (from 32768 on Linux, from 49152
// elsewhere): between finding a port free and listening on it, a busy machine would give one of those
// to somebody's connection.
const (
	lowest, highest = 20000, 32000
	tries           = 100
)

// Listen listens on a free port of 127.0.0.1. The port is nobody else's until the listener is closed.
func Listen(ctx context.Context) (net.Listener, error) {
	var last error
	for range tries {
		port := lowest + rand.IntN(highest-lowest) //nolint:gosec // nobody gains by guessing it
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return l, nil
		}
		last = err
	}
	return nil, fmt.Errorf("find a free port: %w", last)
}

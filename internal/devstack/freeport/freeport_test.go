package freeport_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/devstack/freeport"
)

func TestListen_PortsAreOnesOwnAndNoConnectionsPorts(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for range 50 {
		l, err := freeport.Listen(t.Context())
		require.NoError(t, err)
		t.Cleanup(func() { _ = l.Close() })
		a, ok := l.Addr().(*net.TCPAddr)
		require.True(t, ok)
		require.True(t, a.IP.IsLoopback())
		require.Less(t, a.Port, 32768)
		require.False(t, seen[a.Port])
		seen[a.Port] = true
	}
}

// Package e2e runs the whole product: the real binaries against a real Temporal server,
// a real PostgreSQL and the provider sandbox, with the lock-step clock.
package e2e_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/devstack/postgres/pgtest"
	"maan/internal/devstack/world"
	"maan/internal/store"
)

// binary is one that `make build` has made.
func binary(name string) string {
	path, err := filepath.Abs("../../.maan/bin/" + name)
	if err != nil {
		return name
	}
	return path
}

//nolint:gochecknoglobals // one server for the whole test process
var sharedTemporal = sync.OnceValues(func() (*world.TemporalServer, error) {
	dir, err := os.MkdirTemp("", "maan-e2e-")
	if err != nil {
		return nil, err
	}
	return world.StartTemporal(binary("devstack"), dir)
})

func TestMain(m *testing.M) {
	code := m.Run()
	if s, err := sharedTemporal(); err == nil {
		if err := s.Kill(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// testWorld is a world of its own on the shared Temporal server.
func testWorld(t *testing.T, change ...func(*world.Options)) *world.World {
	t.Helper()
	temporal, err := sharedTemporal()
	require.NoError(t, err)
	o := world.Options{
		Binary: binary("maan"), Dir: t.TempDir(), TemporalAddress: temporal.Address, TaskQueue: "e2e-" + suffix(),
		DatabaseURL: pgtest.Database(t, schema(t), store.Migrate),
	}
	for _, c := range change {
		c(&o)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	w, err := world.Start(ctx, o)
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(tail(filepath.Join(o.Dir, "processes.log"), 30))
		}
		require.NoError(t, w.Close())
	})
	return w
}

func schema(t *testing.T) string {
	t.Helper()
	hash, err := store.SchemaHash()
	require.NoError(t, err)
	return hash
}

func suffix() string { return strings.ToLower(rand.Text()[:10]) }

func tail(path string, lines int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

package e2e_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/devstack/bench"
)

// TestBench measures the product against the numbers of its design and prints one line
// a figure. It runs under `make bench` only.
func TestBench(t *testing.T) {
	if os.Getenv("MAAN_BENCH") == "" {
		t.Skip("run `make bench`")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Minute)
	defer cancel()
	ok, err := bench.Run(ctx, testWorld(t), os.Stdout, bench.Options{
		Backlogs: number(t, "MAAN_BENCH_BACKLOGS", 0), Backlog: number(t, "MAAN_BENCH_BACKLOG", 0), Only: os.Getenv("MAAN_BENCH_ONLY"),
	})
	require.NoError(t, err)
	require.True(t, ok, "a figure is short of its bar")
}

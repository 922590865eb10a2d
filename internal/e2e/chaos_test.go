package e2e_test

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/devstack/chaos"
)

// TestChaos takes parts away while reminders leave. It runs under `make chaos` only.
func TestChaos(t *testing.T) {
	if os.Getenv("MAAN_CHAOS") == "" {
		t.Skip("run `make chaos`")
	}
	o := chaos.Options{
		Maan: binary("maan"), Devstack: binary("devstack"), Invoices: number(t, "MAAN_CHAOS_INVOICES", 1000), AtOnce: 1,
		Seed: uint64(number(t, "MAAN_CHAOS_SEED", int(rand.Uint32()))), Only: os.Getenv("MAAN_CHAOS_CASE"),
	}
	if testing.Short() {
		o.Invoices, o.AtOnce = number(t, "MAAN_CHAOS_INVOICES", 80), 4
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Minute)
	defer cancel()
	ok, err := chaos.Run(ctx, os.Stdout, o)
	require.NoError(t, err)
	require.True(t, ok, "something was lost, doubled, or sent after a payment")
}

// number reads a positive number from the environment.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	require.Positive(t, n, name)
	return n
}

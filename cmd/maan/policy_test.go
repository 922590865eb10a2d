package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
)

func TestPolicyCheck_PrintsTheContactHours(t *testing.T) {
	t.Parallel()
	source, err := dunning.Shipped(dunning.PolicyManual)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "mine.yaml")
	check := func(hours string) (string, error) {
		require.NoError(t, os.WriteFile(file, append(slices.Clip(source), hours...), 0o600))
		return run(t, "", "policy", "check", file)
	}
	out, err := check("")
	require.NoError(t, err)
	require.NotContains(t, out, "contact hours")
	out, err = check("\ncontact_hours:\n  FR: {call: [\"10:00-12:30\"]}\n")
	require.NoError(t, err)
	require.Contains(t, out, "contact hours, FR: call 10:00-12:30, email 07:30-18:00, sms 09:00-19:00\n")
	_, err = check("\ncontact_hours:\n  FR: {call: [\"05:00-12:30\"], sms: [\"23:00-23:30\"]}\n")
	require.ErrorContains(t, err, "call 05:00-12:30: nobody is reached before 07:00")
	require.ErrorContains(t, err, "sms 23:00-23:30: nobody is reached before 07:00")
}

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/simulation"
)

const pastInvoices = "../../internal/simulation/testdata/history.csv"

// run gives the command its arguments and returns what it prints.
func runSimulation(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, complaints bytes.Buffer
	cmd := root()
	cmd.SetArgs(append([]string{"policy", "simulate"}, args...))
	cmd.SetOut(&out)
	cmd.SetErr(&complaints)
	err = cmd.ExecuteContext(t.Context())
	return out.String(), complaints.String(), err
}

func TestSimulate(t *testing.T) {
	t.Parallel()
	t.Run("PrintsATableAndWritesFiles", func(t *testing.T) {
		t.Parallel()
		steps, picture := filepath.Join(t.TempDir(), "steps.csv"), filepath.Join(t.TempDir(), "steps.svg")
		stdout, stderr, err := runSimulation(t, "--policy", "standard", "--against", "key-accounts", "--history", pastInvoices, "--out", steps, "--svg", picture)
		require.NoError(t, err)
		require.Empty(t, stderr)
		require.Contains(t, stdout, "6 invoices of 5 customers")
		for file, golden := range map[string]string{steps: "two.csv", picture: "two.svg"} {
			got, err := os.ReadFile(file)
			require.NoError(t, err)
			want, err := os.ReadFile("../../internal/simulation/testdata/" + golden)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got))
		}
	})
	t.Run("PrintsJSON", func(t *testing.T) {
		t.Parallel()
		stdout, _, err := runSimulation(t, "--policy", "../../internal/dunning/policies/standard.yaml", "--history", pastInvoices, "--json")
		require.NoError(t, err)
		var s simulation.Study
		require.NoError(t, json.Unmarshal([]byte(stdout), &s))
		require.Equal(t, 6, s.Report.Invoices)
		require.Nil(t, s.Against)
	})
	t.Run("NamesBadRowsAndUsesTheOthers", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "history.csv")
		require.NoError(t, os.WriteFile(file, []byte("invoice,customer,country,issue_date,due_date,amount\nF-1,a,NL,2026-03-02,2026-04-01,1\nF-2,a,NL,2026-03-02,soon,1\n"), 0o600))
		stdout, stderr, err := runSimulation(t, "--policy", "standard", "--history", file)
		require.NoError(t, err)
		require.Contains(t, stdout, "1 invoices of 1 customers")
		require.Equal(t, "left out: line 3, column due_date: not a date: write an existing day as YYYY-MM-DD, such as 2026-11-23\n", stderr)
	})
}

func TestSimulate_Refuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"NoPolicy", []string{"--history", pastInvoices}, "policy"},
		{"UnknownPolicy", []string{"--policy", "strict", "--history", pastInvoices}, "the shipped policies are standard, key-accounts and manual"},
		{"UnknownOther", []string{"--policy", "standard", "--against", "strict", "--history", pastInvoices}, "the shipped policies are"},
		{"BadPolicy", []string{"--policy", pastInvoices, "--history", pastInvoices}, "policy"},
		{"NoSuchHistory", []string{"--policy", "standard", "--history", "nowhere.csv"}, "nowhere.csv"},
		{"NoHistory", []string{"--policy", "standard", "--history", "simulate.go"}, "simulate.go: header: column 1 has none of the names"},
		{"UnknownZone", []string{"--policy", "standard", "--history", pastInvoices, "--zone", "Mars"}, "time zone"},
		{"ImpossibleWeek", []string{"--policy", "standard", "--history", pastInvoices, "--weekly-contacts", "8"}, "--weekly-contacts is 0 to 7"},
		{"NowhereToWrite", []string{"--policy", "standard", "--history", pastInvoices, "--out", "nowhere/steps.csv"}, "nowhere"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := runSimulation(t, tt.args...)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

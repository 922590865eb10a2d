package simulation_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/simulation"
)

const sampleFile = "../../../shared/samples/receivables/ibm-late-payment-histories.csv"

func sample(t testing.TB) []byte {
	t.Helper()
	source, err := os.ReadFile(sampleFile)
	if os.IsNotExist(err) {
		t.Skip("the payment histories are not on this machine")
	}
	require.NoError(t, err)
	return source
}

// The 2,466 real histories break no rule, and docs/simulation.md says what comes out.
func TestRun_RealHistories(t *testing.T) {
	t.Parallel()
	h, err := simulation.ReadHistory(bytes.NewReader(sample(t)))
	require.NoError(t, err)
	require.Len(t, h.Invoices, 2466)
	require.Empty(t, h.Faults)
	var reports []*simulation.Report
	for _, id := range []string{"standard", "key-accounts"} {
		r, err := simulation.Run(shipped(id), h, simulation.Options{Seed: 1})
		require.NoError(t, err)
		require.Equal(t, []int{2466, 877, 561}, []int{r.Paid, r.PaidLate, r.Disputed})
		require.False(t, r.Broken.Any())
		reports = append(reports, r)
	}
	s := simulation.NewStudy(reports[0], reports[1])
	var table, picture strings.Builder
	require.NoError(t, s.WriteTable(&table))
	require.NoError(t, s.WriteSVG(&picture))
	if *update {
		require.NoError(t, os.WriteFile("../../docs/simulation.svg", []byte(picture.String()), 0o644))
	}
	page, err := os.ReadFile("../../docs/simulation.md")
	require.NoError(t, err)
	require.Contains(t, string(page), table.String())
	drawn, err := os.ReadFile("../../docs/simulation.svg")
	require.NoError(t, err)
	require.Equal(t, string(drawn), picture.String())
}

// All histories, from the file to the report.
func BenchmarkRun(b *testing.B) {
	source, p := sample(b), shipped("standard")
	b.ReportAllocs()
	for b.Loop() {
		h, err := simulation.ReadHistory(bytes.NewReader(source))
		require.NoError(b, err)
		r, err := simulation.Run(p, h, simulation.Options{})
		require.NoError(b, err)
		if r.Invoices != 2466 {
			b.Fatalf("%d invoices", r.Invoices)
		}
	}
}

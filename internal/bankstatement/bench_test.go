package bankstatement_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement"
	"maan/internal/bankstatement/statementtest"
)

// many is a statement of n incoming transfers.
func many(version string, n int) statementtest.Spec {
	spec := statementtest.Spec{Version: version, Account: ownIBAN, Date: day(2026, 8, 31), Opening: eur(100_000)}
	for i := range n {
		spec.Entries = append(spec.Entries, statementtest.Entry{
			Amount: eur(int64(10_000 + i)), BankRef: fmt.Sprintf("BANKREF-%06d", i), EndToEndID: fmt.Sprintf("E2E-%06d", i),
			Name: fmt.Sprintf("Customer %d BV", i), IBAN: "BE68539007547034",
			Text: fmt.Sprintf("Invoice 2026-%06d, customer %d, with thanks", i, i),
		})
	}
	return spec
}

func written(t testing.TB, statements ...statementtest.Spec) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, statementtest.Write(&b, statements...))
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	for _, version := range []string{statementtest.Version02, statementtest.Version08} {
		data := written(b, many(version, 10_000))
		b.Run(version+"_10000Entries", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				doc, err := bankstatement.Read(bytes.NewReader(data), bankstatement.Options{})
				require.NoError(b, err)
				require.Len(b, doc.Statements[0].Entries, 10_000)
			}
		})
	}
}

func BenchmarkScan(b *testing.B) {
	data := written(b, many(statementtest.Version08, 10_000))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := bankstatement.Scan(bytes.NewReader(data), bankstatement.Options{}, nil, nil)
		require.NoError(b, err)
	}
}

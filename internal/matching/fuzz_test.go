package matching_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/matching"
)

// Whatever stands in a text: no panic, nothing named twice, and only documents
// whose digits stand in the text in this order.
func FuzzText(f *testing.F) {
	for _, seed := range []string{
		"Fact 2026-0101 en 2026-0107 min creditnota CN-12", "+++010/8068/17183+++", "RF18 5390 0754 7034",
		"NL91 ABNA 0417 1643 00 20260101 EUR 1.210,00", "+32 475 12 34 56", "2026 0101 2026 0107", "1001/1002", "\xff2026\x000101",
	} {
		f.Add(seed)
	}
	items := []matching.Item{
		invoice(f, "2026-0101", "1000.00"), invoice(f, "2026-0107", "600.00"), creditNote(f, "CN-12", "100.00"), invoice(f, "1001", "5.00"),
		of("c2", invoice(f, "1002", "5.00")), invoice(f, "INV-7-É", "5.00"), referenced(ogm, invoice(f, "X2026", "1.00")),
		referenced("RF18539007547034", invoice(f, "0475/12.34.56", "1.00")), invoice(f, "2026-01-07", "1.00"), invoice(f, "123", "1.00"),
	}
	ix := index(f, matching.Policy{OldestFirst: true}, items...)
	f.Fuzz(func(t *testing.T, remittance string) {
		p := matching.Payment{Amount: eur(t, "1500.00"), Text: remittance}
		o := ix.Match(p)
		require.Equal(t, o, ix.Match(p))
		requireWhole(t, p, o)
		seen := map[matching.Evidence]bool{}
		for _, e := range o.Evidence {
			require.False(t, seen[e], "named twice")
			seen[e] = true
			if e.Code != matching.EvidenceNumberText {
				continue
			}
			require.NotEqual(t, "123", e.Number)
			rest := remittance
			for _, d := range strings.TrimLeft(onlyDigits(e.Number), "0") {
				_, after, found := strings.Cut(rest, string(d))
				require.True(t, found, "%s is not in the text", e.Number)
				rest = after
			}
		}
	})
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

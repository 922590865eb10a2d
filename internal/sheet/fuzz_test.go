package sheet_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/sheet"
)

// Whatever the bytes are: no panic, a refusal with words or rows whose lines rise, and
// the same the second time.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{
		"", "number;name\n1;a\n", "\ufeffnumber,name\r\n1,\"a\nb\"\r\n", "\xff\xfen\x00u\x00m\x00b\x00e\x00r\x00\n\x001\x00", "number;name\n1;Andr\xe9\n",
		"sep=;\nnumber;due;amount\n1;01/02/2026;1.234,56\n", "number\n\"", "number;due\n1;13/02/2026\n2;02/13/2026\n", "number\tname\n1\n", "number\n\x00",
		"number|amount\r1|1 234,56\r2|1,5\r", "number;urgent;currency\n1;ja;EUR\n'=1;;\n", "PK\x03\x04",
	} {
		f.Add([]byte(seed))
	}
	limits := sheet.Limits{MaxBytes: 64 << 10, MaxRows: 50, MaxColumns: 20, MaxCell: 200}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := sheet.Open(bytes.NewReader(data), schema, sheet.Mapping{}, limits)
		if err != nil {
			for _, fault := range refusal(t, err) {
				require.False(t, strings.ContainsFunc(fault.String(), unicode.IsControl))
			}
			return
		}
		first, lines := lineUp(t, table)
		second, _ := lineUp(t, table)
		require.Equal(t, first, second)
		require.Equal(t, table.Len(), lines)
	})
}

func lineUp(t *testing.T, table *sheet.Table) (text string, count int) {
	t.Helper()
	var b strings.Builder
	last := 0
	for row, err := range table.Rows() {
		require.NoError(t, err)
		require.Greater(t, row.Line, last)
		last = row.Line
		count++
		for _, f := range schema {
			fmt.Fprintf(&b, "%q ", row.Text(f.Name))
		}
		fmt.Fprintln(&b, faultsOf(row))
		for _, f := range row.Faults {
			require.Equal(t, row.Line, f.Line)
			require.False(t, strings.ContainsFunc(f.String(), unicode.IsControl))
		}
	}
	return b.String(), count
}

// What encoding/csv writes is read back as it was.
func TestOpen_ReadsWhatOthersWrite(t *testing.T) {
	t.Parallel()
	cell := rapid.StringMatching(`[a-zé;,"|\n =-]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		comma := rapid.SampledFrom([]rune{',', ';', '\t', '|'}).Draw(t, "comma")
		var out bytes.Buffer
		w := csv.NewWriter(&out)
		w.Comma = comma
		w.UseCRLF = rapid.Bool().Draw(t, "crlf")
		require.NoError(t, w.Write([]string{"number", "name", "currency"}))
		var want [][]string
		for n := rapid.IntRange(1, 5).Draw(t, "rows"); n > 0; n-- {
			row := []string{"x" + cell.Draw(t, "number") + "x", "x" + cell.Draw(t, "name") + "x", "x" + cell.Draw(t, "currency") + "x"}
			want = append(want, row)
			require.NoError(t, w.Write(row))
		}
		w.Flush()
		table, err := sheet.Open(bytes.NewReader(out.Bytes()), schema, sheet.Mapping{}, sheet.Limits{})
		require.NoError(t, err)
		var got [][]string
		for row, err := range table.Rows() {
			require.NoError(t, err)
			require.Empty(t, row.Faults)
			one := []string{row.Text("number"), row.Text("name"), row.Text("currency")}
			for i := range one {
				one[i] = strings.ReplaceAll(one[i], "\r\n", "\n")
			}
			got = append(got, one)
		}
		require.Equal(t, want, got)
	})
}

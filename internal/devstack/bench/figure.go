// Package bench measures the product against the numbers of its design, on the real
// server, beside a bare workflow that issues the same commands with empty bodies.
package bench

import (
	"fmt"
	"io"
	"slices"
)

// Figure is one measured number and the bar it has to reach.
type Figure struct {
	Name  string
	Value float64
	Unit  string
	Bar   float64
	Most  bool   // the bar is a maximum, not a minimum
	Note  string // spread, absolute figures
}

// OK reports whether the figure reaches its bar.
func (f Figure) OK() bool {
	if f.Most {
		return f.Value <= f.Bar
	}
	return f.Value >= f.Bar
}

// Print writes the figure as one line: name value unit bar ok|SHORT.
func (f Figure) Print(out io.Writer) error {
	verdict, sign := "ok", ">="
	if f.Most {
		sign = "<="
	}
	if !f.OK() {
		verdict = "SHORT"
	}
	line := fmt.Sprintf("%-50s %8.2f %-6s %s%g %s", f.Name, f.Value, f.Unit, sign, f.Bar, verdict)
	if f.Note != "" {
		line += "  # " + f.Note
	}
	_, err := fmt.Fprintln(out, line)
	return err
}

// median is the middle of the values, with the smallest and the largest.
func median(values []float64) (mid, least, most float64) {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0, 0, 0
	}
	mid = sorted[n/2]
	if n%2 == 0 {
		mid = (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return mid, sorted[0], sorted[n-1]
}

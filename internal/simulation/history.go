package simulation

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// History is what a file of past invoices said.
type History struct {
	Invoices    []Invoice
	Faults      []Fault  // of the rows that were left out
	LeftOut     int      // number of those rows
	Assumptions []string // what the file does not say and was assumed
}

// The limits of a file.
const (
	maxBytes  = 32 << 20
	maxRows   = 100_000
	maxFaults = 10_000
)

// format is a kind of file, told apart by its header.
type format struct {
	required, optional []string
	read               func(*row) Invoice
	assumptions        []string
}

// ReadHistory reads a CSV file of past invoices: the product's own form or that of the
// IBM late-payment-histories sample, told apart by the header; commas or, as spreadsheets
// in much of Europe write them, semicolons. A row with a fault is left out and named with
// all its faults. The error is for a file that cannot be used at all.
func ReadHistory(r io.Reader) (*History, error) {
	source, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	if len(source) > maxBytes {
		return nil, fmt.Errorf("the history is larger than %d MiB: split it by customer", maxBytes>>20)
	}
	source = bytes.TrimPrefix(source, []byte("\uFEFF")) // a spreadsheet's byte order mark
	file := csv.NewReader(bytes.NewReader(source))
	file.FieldsPerRecord, file.ReuseRecord = -1, true
	if first, _, _ := bytes.Cut(source, []byte("\n")); bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		file.Comma = ';'
	}
	header, err := file.Read()
	if err != nil {
		return nil, errors.New("the history has no header: write one row with the names of the columns, see --help")
	}
	f := &plainFormat
	if slices.Contains(header, ibmMark) {
		f = &ibmFormat
	}
	index, err := f.columns(header)
	if err != nil {
		return nil, err
	}
	h := &History{Assumptions: slices.Clone(f.assumptions)}
	if err := h.readRows(file, f, index); err != nil {
		return nil, err
	}
	return h, nil
}

// columns finds the format's columns in the header. The error names every fault, by
// position: a file without a header has data there.
func (f *format) columns(header []string) (map[string]int, error) {
	index := make(map[string]int, len(header))
	var faults []error
	known := slices.Concat(f.required, f.optional)
	for i, name := range header {
		name = strings.TrimSpace(name)
		_, twice := index[name]
		switch {
		case !slices.Contains(known, name):
			faults = append(faults, fmt.Errorf("header: column %d has none of the names %s", i+1, strings.Join(known, ", ")))
		case twice:
			faults = append(faults, fmt.Errorf("header: column %q stands twice", name))
		}
		index[name] = i
		if len(faults) > len(known) {
			break // no such file is meant for us
		}
	}
	for _, name := range f.required {
		if _, ok := index[name]; !ok {
			faults = append(faults, fmt.Errorf("header: column %q is missing", name))
		}
	}
	return index, errors.Join(faults...)
}

func (h *History) readRows(file *csv.Reader, f *format, index map[string]int) error {
	seen := map[string]int{} // line of each invoice number
	for n := 1; ; n++ {
		cells, err := file.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if n > maxRows {
			return fmt.Errorf("the history has more than %d rows: split it by customer", maxRows)
		}
		r := newRow(file, cells, err, index)
		if len(r.faults) == 0 {
			i := f.read(r)
			if line, twice := seen[i.Number]; twice && i.Number != "" {
				r.fault(f.required[0], fmt.Sprintf("the invoice stands on line %d already", line))
			}
			if len(r.faults) == 0 {
				seen[i.Number] = r.line
				h.Invoices = append(h.Invoices, i)
				continue
			}
		}
		h.LeftOut++
		h.Faults = append(h.Faults, r.faults...)
		if len(h.Faults) > maxFaults {
			return fmt.Errorf("the history has more than %d faults; the first is at %s", maxFaults, h.Faults[0])
		}
	}
	if len(h.Invoices) > 0 {
		return nil
	}
	if len(h.Faults) > 0 {
		return fmt.Errorf("no row of the history can be used; the first of %d faults is at %s", len(h.Faults), h.Faults[0])
	}
	return errors.New("the history has a header and no invoices")
}

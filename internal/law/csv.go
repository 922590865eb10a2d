package law

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

var columns = []string{"regime", "valid_from", "valid_until", "rate", "status", "source"}

// maxTableBytes bounds a file of rates.
const maxTableBytes = 1 << 20

// ParseRows reads rows of rates as CSV: a line of the column names regime,
// valid_from, valid_until, rate, status and source, then a line for each row.
// The error names every fault with its line.
func ParseRows(r io.Reader) ([]Row, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxTableBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the rates: %w", err)
	case len(text) > maxTableBytes:
		return nil, fmt.Errorf("the rates are longer than %d bytes", maxTableBytes)
	}
	in := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff")))
	in.FieldsPerRecord = -1
	if head, err := in.Read(); err != nil || !slices.Equal(head, columns) {
		return nil, fmt.Errorf("line 1: write the columns %s", strings.Join(columns, ","))
	}
	var (
		rows   []Row
		faults []error
	)
	for len(rows) <= maxRows {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, errors.Join(faults...)
		}
		if syntax, ok := errors.AsType[*csv.ParseError](err); ok { // what follows cannot be told apart
			return nil, errors.Join(append(faults, fmt.Errorf("line %d: %w", syntax.Line, syntax.Err))...)
		}
		line, _ := in.FieldPos(0)
		row, err := parseRow(record)
		if err != nil {
			faults = append(faults, fmt.Errorf("line %d: %s", line, strings.ReplaceAll(err.Error(), "\n", fmt.Sprintf("\nline %d: ", line))))
		}
		rows = append(rows, row)
	}
	return nil, errors.Join(append(faults, fmt.Errorf("there are more than %d rows", maxRows))...)
}

func parseRow(record []string) (Row, error) {
	if len(record) != len(columns) {
		return Row{}, fmt.Errorf("%d values: write %d, with nothing between two commas where one is not known", len(record), len(columns))
	}
	row := Row{Regime: Regime(record[0]), Status: Status(record[4]), Source: record[5]}
	var faults []error
	read := func(column string, err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", column, err))
		}
	}
	read("valid_from", row.ValidFrom.UnmarshalText([]byte(record[1])))
	read("valid_until", row.ValidUntil.UnmarshalText([]byte(record[2])))
	read("rate", row.Rate.UnmarshalText([]byte(record[3])))
	if len(faults) > 0 { // a value that was not read is named once
		return Row{}, errors.Join(faults...)
	}
	return row, row.check()
}

package simulation

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"maan/internal/calendar"
	"maan/internal/money"
)

// row is one row of a file, with what is wrong with it.
type row struct {
	line   int
	cells  []string
	index  map[string]int
	faults []Fault
}

func newRow(file *csv.Reader, cells []string, err error, index map[string]int) *row {
	r := &row{cells: cells, index: index}
	var malformed *csv.ParseError
	switch {
	case errors.As(err, &malformed):
		r.line = malformed.StartLine
		r.fault("", "the quotes do not match: quote a whole cell, and write a quote within it twice")
		return r
	case err != nil:
		r.fault("", "the row cannot be read")
		return r
	}
	r.line, _ = file.FieldPos(0)
	if len(cells) != len(index) {
		r.fault("", fmt.Sprintf("the row has %d cells, the header %d", len(cells), len(index)))
	}
	return r
}

func (r *row) fault(column, reason string) {
	r.faults = append(r.faults, Fault{Line: r.line, Column: column, Reason: reason})
}

// cell is empty where the file has no such column.
func (r *row) cell(column string) string {
	i, ok := r.index[column]
	if !ok {
		return ""
	}
	return strings.TrimSpace(r.cells[i])
}

// text reads a number or key that somebody gave.
func (r *row) text(column string) string {
	s := r.cell(column)
	unprintable := func(c rune) bool { return !unicode.IsPrint(c) }
	if n := utf8.RuneCountInString(s); n == 0 || n > maxText || !utf8.ValidString(s) || strings.ContainsFunc(s, unprintable) {
		r.fault(column, fmt.Sprintf("give 1 to %d printable characters", maxText))
	}
	return strings.Clone(s)
}

// date reads a date with the format's own reader; an empty cell is no date.
func (r *row) date(column string, needed bool, read func(string) (calendar.Date, error)) calendar.Date {
	s := r.cell(column)
	if s == "" {
		if needed {
			r.fault(column, "the date is missing")
		}
		return calendar.Date{}
	}
	d, err := read(s)
	switch {
	case err != nil:
		r.fault(column, err.Error())
	case d.Year < firstYear || d.Year > lastYear:
		r.fault(column, fmt.Sprintf("the date is outside the years %d to %d", firstYear, lastYear))
		return calendar.Date{}
	}
	return d
}

func (r *row) amount(column, currency string) money.Amount {
	a, err := money.Parse(r.cell(column), currency)
	if err != nil {
		r.fault(column, err.Error())
	}
	return a
}

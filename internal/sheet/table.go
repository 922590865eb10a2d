package sheet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// Table is a file whose header, formats and size are known and good.
type Table struct {
	source   *source
	encoding Encoding
	comma    byte
	limits   Limits
	schema   Schema
	defaults map[string]string
	columns  map[string]column
	header   []string
	below    int // records up to the header, itself included
	dates    DateFormat
	decimals DecimalStyle
	rows     int
	notes    []Note
}

// Open goes through a file and finds out how to read it. The error is a *[Refusal]
// with every fault of the file as a whole, or the reader's own. Nothing of r is read
// behind the end of the file, and r must not be used until the rows have been read.
func Open(r io.Reader, schema Schema, m Mapping, l Limits) (*Table, error) {
	if faults := m.check(schema); len(faults) > 0 {
		return nil, &Refusal{Faults: faults}
	}
	t := &Table{limits: l.withDefaults(), schema: schema, defaults: m.Defaults}
	if err := t.look(r, m.Encoding); err != nil {
		return nil, err
	}
	s, err := t.scan()
	if err != nil {
		return nil, err
	}
	if err := t.readHeader(s, m); err != nil {
		return nil, err
	}
	if err := t.survey(s, m); err != nil {
		return nil, err
	}
	return t, nil
}

// look finds the encoding and the size.
func (t *Table) look(r io.Reader, stated Encoding) error {
	var err error
	if t.source, err = newSource(r, t.limits.MaxBytes); err != nil {
		return err
	}
	in, err := t.source.again()
	if err != nil {
		return err
	}
	p, err := inspect(in, t.limits.MaxBytes)
	if err != nil {
		return err
	}
	encoding, note, refusal := p.encoding(stated)
	if refusal != nil {
		return refusal
	}
	if note != nil {
		t.notes = append(t.notes, *note)
	}
	t.encoding, t.source.bytes = encoding, p.size
	return nil
}

func (t *Table) scan() (*scanner, error) {
	in, err := t.source.again()
	if err != nil {
		return nil, err
	}
	return newScanner(decoded(&counted{in: in, left: t.source.bytes}, t.encoding), t.comma, t.limits), nil
}

func (t *Table) readHeader(s *scanner, m Mapping) error {
	if m.Delimiter != "" {
		t.comma = m.Delimiter[0]
	} else {
		comma, refusal := findDelimiter(s, knownHeaders(t.schema, m))
		if refusal != nil {
			return refusal
		}
		t.comma = comma
	}
	s.comma = t.comma
	for {
		rec, err := s.next()
		switch {
		case errors.Is(err, io.EOF):
			return refuse(0, CodeEmptyFile, "the file is empty", "send a file with a header and rows")
		case err != nil:
			return err
		case rec.fault != nil:
			return &Refusal{Faults: []Fault{*rec.fault}}
		}
		t.below++
		if rec.empty() || isHint(rec) {
			continue
		}
		t.header = rec.cells
		break
	}
	var faults []Fault
	t.columns, faults = bind(t.header, t.schema, m)
	if len(faults) > 0 {
		return &Refusal{Faults: faults}
	}
	t.noteUnused()
	return nil
}

// isHint knows the line "sep=;" by which spreadsheets tell the delimiter: it falls in
// two at its own delimiter.
func isHint(rec record) bool {
	return rec.line == 1 && len(rec.cells) == 2 && Normal(rec.cells[0]) == "sep" && rec.cells[1] == ""
}

func (t *Table) noteUnused() {
	used := map[int]bool{}
	for _, c := range t.columns {
		used[c.index] = true
	}
	var unused []string
	for i := range t.header {
		if !used[i] {
			unused = append(unused, letters(i))
		}
	}
	if len(unused) > 0 {
		t.notes = append(t.notes, Note{Code: NoteUnused, Message: "columns that are not used: " + strings.Join(unused, ", ")})
	}
}

// survey goes through all rows for what only the whole file tells.
func (t *Table) survey(s *scanner, m Mapping) error {
	dates, decimals := dateSurvey{}, decimalSurvey{}
	for {
		rec, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if rec.empty() {
			continue
		}
		if t.rows++; t.rows > t.limits.MaxRows {
			return refuse(rec.line, CodeTooManyRows, fmt.Sprintf("there are more than %d rows", t.limits.MaxRows), "send them in several files, each with its header")
		}
		t.evidence(t.row(rec), dates, &decimals)
	}
	if t.rows == 0 {
		return refuse(0, CodeHeaderOnly, "there is a header and no row below it", "send the rows; if there are none, there is nothing to send")
	}
	return t.decide(m, dates, &decimals)
}

// evidence looks at how a row writes its dates and amounts.
func (t *Table) evidence(row *Row, dates dateSurvey, decimals *decimalSurvey) {
	if row.Broken() {
		return
	}
	for _, f := range t.schema {
		if f.Kind != Date && f.Kind != Decimal {
			continue
		}
		switch text := row.Text(f.Name); {
		case text == "":
		case f.Kind == Date:
			dates.add(text, row.place(f.Name))
		default:
			decimals.add(text, row.place(f.Name))
		}
	}
}

func (t *Table) decide(m Mapping, dates dateSurvey, decimals *decimalSurvey) error {
	var faults []Fault
	t.dates, t.decimals = m.DateFormat, m.Decimals
	if t.dates == "" {
		var asks []Fault
		t.dates, asks = dates.decide()
		faults = append(faults, asks...)
	}
	if t.decimals == "" {
		var asks []Fault
		t.decimals, asks = decimals.decide()
		faults = append(faults, asks...)
	}
	if len(faults) > 0 {
		return &Refusal{Faults: faults}
	}
	if len(dates) > 0 {
		t.notes = append(t.notes, Note{Code: NoteDates, Message: "dates are read as " + string(t.dates)})
	}
	if decimals.both.line > 0 || decimals.comma.count+decimals.dot.count > 0 {
		t.notes = append(t.notes, Note{Code: NoteDecimals, Message: "amounts are read with a decimal " + string(t.decimals)})
	}
	return nil
}

// Len is the number of rows, faulty ones included and empty ones not.
func (t *Table) Len() int { return t.rows }

// Has reports whether a field has a column or a default.
func (t *Table) Has(field string) bool {
	_, found := t.columns[field]
	return found || t.defaults[field] != ""
}

// Notes are what the sender should know of the file as a whole.
func (t *Table) Notes() []Note { return t.notes }

// Rows goes through the rows, one at a time; stopping early is fine, and so is
// starting again, but not two at once. A row with faults is handed out as any other.
// An error is the last thing that comes: the reader's own, or that of a file that
// changed since Open.
func (t *Table) Rows() iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		s, err := t.scan()
		for n := 0; err == nil; n++ {
			var rec record
			if rec, err = s.next(); err != nil || n < t.below || rec.empty() {
				continue
			}
			if !yield(t.row(rec), nil) {
				return
			}
		}
		if !errors.Is(err, io.EOF) {
			yield(nil, err)
		}
	}
}

package sheet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// record is one row as it stands in the file.
type record struct {
	line  int // physical line on which it begins
	cells []string
	fault *Fault // why the cells cannot be relied on
}

// empty tells a row without any text: spreadsheets leave many at the end.
func (r *record) empty() bool {
	for _, c := range r.cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return r.fault == nil
}

// scanner cuts text into records. encoding/csv would do for good files; this one
// bounds a record before it is held, counts the lines within quotes, and tells an
// open quote by where it was opened.
type scanner struct {
	in     *bufio.Reader
	comma  byte
	limits Limits
	line   int // physical line of the byte to come

	text []byte // of the record's cells, one after the other
	ends []int  // where each cell ends in text
	rec  record
	last byte // the last byte within quotes, for line breaks of two bytes
	mark int  // line of the quote that is open
}

type state int

const (
	atStart state = iota // of a cell
	plain
	quoted
	quoteSeen // within quotes: the end, or half of a doubled quote
)

func newScanner(r io.Reader, comma byte, limits Limits) *scanner {
	return &scanner{in: bufio.NewReaderSize(r, 32<<10), comma: comma, limits: limits, line: 1}
}

// next returns the next record, or io.EOF, or a *Refusal where the rest cannot be cut
// into rows.
func (s *scanner) next() (record, error) {
	s.text, s.ends, s.rec = s.text[:0], s.ends[:0], record{line: s.line}
	at := atStart
	for {
		b, err := s.in.ReadByte()
		if err != nil {
			return s.finish(at, err)
		}
		if b == 0 {
			return record{}, refuse(s.line, CodeZeroByte, "there is a NUL byte here: the file is damaged, not text, or UTF-16 without a byte order mark",
				"save it as CSV UTF-8 and send that")
		}
		if at == quoted {
			at = s.inQuotes(b)
			continue
		}
		switch {
		case b == s.comma:
			s.endCell()
			at = atStart
		case b == '\n', b == '\r':
			s.lineBreak(b)
			s.endCell()
			return s.take(), nil
		case b == '"' && at == atStart:
			s.last, s.mark, at = 0, s.line, quoted
		case b == '"' && at == quoteSeen:
			s.add(b)
			at = quoted
		default:
			if at == quoteSeen {
				s.unreliable(CodeQuote, "text follows the closing quote of a cell", "double the quotes within a cell, and put the cell in quotes")
			}
			s.add(b)
			at = plain
		}
	}
}

// finish ends the last record of the file, which may lack its line break.
func (s *scanner) finish(at state, err error) (record, error) {
	switch {
	case !errors.Is(err, io.EOF):
		return record{}, fmt.Errorf("read sheet: %w", err)
	case at == quoted:
		return record{}, refuse(s.mark, CodeOpenQuote, "a quote is opened on this line and never closed: it swallows the rest of the file, or the file was cut off",
			"close the quote, or double it where it is part of the text")
	case at == atStart && len(s.ends) == 0:
		return record{}, io.EOF
	}
	s.endCell()
	return s.take(), nil
}

func (s *scanner) inQuotes(b byte) state {
	if b == '"' {
		return quoteSeen
	}
	if b == '\r' || (b == '\n' && s.last != '\r') {
		s.line++
	}
	s.last = b
	s.add(b)
	return quoted
}

// lineBreak takes \n, \r\n and the lone \r of old Macs.
func (s *scanner) lineBreak(b byte) {
	s.line++
	if b == '\r' {
		if more, err := s.in.Peek(1); err == nil && more[0] == '\n' {
			_, _ = s.in.Discard(1)
		}
	}
}

func (s *scanner) add(b byte) {
	if len(s.text)-s.begin() >= s.limits.MaxCell {
		s.unreliable(CodeCellTooLong, fmt.Sprintf("a cell is longer than %d bytes", s.limits.MaxCell), "shorten it, or look for a quote that is not closed")
		return
	}
	s.text = append(s.text, b)
}

// begin is where the cell that is being read begins in text.
func (s *scanner) begin() int {
	if len(s.ends) == 0 {
		return 0
	}
	return s.ends[len(s.ends)-1]
}

func (s *scanner) endCell() {
	if len(s.ends) >= s.limits.MaxColumns {
		s.unreliable(CodeTooManyColumns, fmt.Sprintf("there are more than %d cells", s.limits.MaxColumns), "take out the columns that are not needed")
		s.text = s.text[:s.begin()]
		return
	}
	s.ends = append(s.ends, len(s.text))
}

// unreliable notes the first reason why the record cannot be used, at its column.
func (s *scanner) unreliable(code Code, message, mend string) {
	if s.rec.fault == nil {
		s.rec.fault = &Fault{Line: s.rec.line, Column: letters(len(s.ends)), Code: code, Message: message, Mend: mend}
	}
}

// take cuts one string into the cells.
func (s *scanner) take() record {
	text, from := string(s.text), 0
	s.rec.cells = make([]string, len(s.ends))
	for i, end := range s.ends {
		s.rec.cells[i] = text[from:end]
		from = end
	}
	return s.rec
}

// letters names a column as spreadsheets do: A, B, ..., Z, AA.
func letters(index int) string {
	name := ""
	for n := index + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

package bankstatement

import (
	"cmp"
	"io"
	"slices"
)

// Options bound what one file may cost; a field that is zero or negative takes
// its value from [DefaultOptions].
type Options struct {
	MaxBytes   int64 // size of the file
	MaxEntries int   // entries in the file
	MaxBatch   int   // transactions in one entry
	MaxDepth   int   // elements within elements
}

// DefaultOptions suit a large company's day: 256 MiB, 500,000 entries, 100,000
// transactions in one entry. The schemas need some 15 levels.
var DefaultOptions = Options{MaxBytes: 256 << 20, MaxEntries: 500_000, MaxBatch: 100_000, MaxDepth: 64}

func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultOptions.MaxBytes
	}
	if o.MaxEntries <= 0 {
		o.MaxEntries = DefaultOptions.MaxEntries
	}
	if o.MaxBatch <= 0 {
		o.MaxBatch = DefaultOptions.MaxBatch
	}
	if o.MaxDepth <= 0 {
		o.MaxDepth = DefaultOptions.MaxDepth
	}
	return o
}

// Read reads one file and keeps all of it. The error is an *Error where the
// file is refused, and else that of r.
func Read(r io.Reader, options Options) (*Document, error) {
	return Scan(r, options, nil, func(statement *Statement, entry *Entry) error {
		statement.Entries = append(statement.Entries, *entry)
		return nil
	})
}

// Scan reads one file and keeps no entry: it calls statement with the head of
// each statement and entry with each entry, in the order of the file. Either
// may be nil. The Totals and the Check of a statement are there when Scan calls
// statement with the next one or returns. The Document returned holds the
// heads.
//
// A file may turn out faulty at its last line: what was handed out counts only
// when Scan returns without error. From the first fault on nothing more is
// handed out, but the file is read on for its other faults.
//
// The error is an *Error where the file is refused, that of r, or the first of
// statement and entry, as it is.
func Scan(r io.Reader, options Options, statement func(*Statement) error, entry func(*Statement, *Entry) error) (*Document, error) {
	s := newScanner(r, options.withDefaults(), statement, entry)
	if err := s.run(); err != nil {
		return nil, err
	}
	if len(s.faults) == 0 && len(s.doc.Statements) == 0 {
		s.addFault(Fault{Path: "/Document/BkToCstmrStmt/Stmt", Code: CodeMissing, Message: "the file holds no statement; ask the bank for one"})
	}
	if len(s.faults) > 0 {
		// A head is read at its first entry's end, so its faults come late.
		slices.SortStableFunc(s.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
		return nil, &Error{Faults: s.faults, More: len(s.faults) == maxFaults}
	}
	return s.doc, nil
}

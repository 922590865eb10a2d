package sheet

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Kind is how the cells of a column are read.
type Kind string

// The kinds.
const (
	Text    Kind = "text"
	Date    Kind = "date"
	Decimal Kind = "decimal"
	Bool    Kind = "bool"
)

// Field is something that is looked for in a file.
type Field struct {
	Name     string // our name; as a header it is always known
	Kind     Kind
	Required bool     // the file is refused without the column, or a default for it
	Headers  []string // other names under which files have it
}

// Schema is all that is looked for in a file. No header may belong to two fields.
type Schema []Field

// Normal is the form in which headers and words are compared: small letters and digits
// only, without accents. "Numéro de facture", "NUMERO_DE_FACTURE" are one.
func Normal(s string) string {
	if plain, ok := normalASCII(s); ok {
		return plain
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(s))
}

func normalASCII(s string) (string, bool) {
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		switch b := s[i]; {
		case b >= 0x80:
			return "", false
		case b >= 'A' && b <= 'Z':
			out = append(out, b+'a'-'A')
		case (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9'):
			out = append(out, b)
		}
	}
	return string(out), true
}

// column is where a field was found.
type column struct {
	index int
	name  string // the header in our words, safe to repeat
}

// maxHeader bounds the bytes in which the delimiter is looked for.
const maxHeader = 32 << 10

// delimiters, in the order in which a tie is decided.
var delimiters = []byte{',', ';', '\t', '|'}

// findDelimiter reads the header with each delimiter and takes the one that brings out
// the most headers we know, else the most columns. It reads nothing off r.
func findDelimiter(s *scanner, known map[string]bool) (byte, *Refusal) {
	head, err := s.in.Peek(maxHeader)
	if len(head) == 0 && err == io.EOF {
		return 0, refuse(0, CodeEmptyFile, "the file is empty", "send a file with a header and rows")
	}
	if i := bytes.IndexAny(head, "\r\n"); i == len("sep=;") && bytes.HasPrefix(bytes.ToLower(head), []byte("sep=")) && bytes.IndexByte(delimiters, head[i-1]) >= 0 {
		return head[i-1], nil
	}
	type match struct{ known, columns int }
	best, found := match{}, delimiters[0]
	for _, comma := range delimiters {
		one := newScanner(bytes.NewReader(head), comma, s.limits)
		rec, err := one.next()
		for err == nil && rec.empty() {
			rec, err = one.next()
		}
		if err != nil {
			continue
		}
		m := match{columns: len(rec.cells)}
		for _, c := range rec.cells {
			if known[Normal(c)] {
				m.known++
			}
		}
		if cmp.Or(cmp.Compare(m.known, best.known), cmp.Compare(m.columns, best.columns)) > 0 {
			best, found = m, comma
		}
	}
	return found, nil
}

// knownHeaders are all headers that would be understood.
func knownHeaders(schema Schema, m Mapping) map[string]bool {
	known := map[string]bool{}
	for _, f := range schema {
		for _, h := range slices.Concat([]string{f.Name}, f.Headers, m.Columns[f.Name]) {
			known[Normal(h)] = true
		}
	}
	return known
}

// binder finds the columns of the fields in a header.
type binder struct {
	at      map[string][]int // normal header: its columns
	claimed map[int]bool     // columns that the mapping names: no other field finds them
	columns map[string]column
	faults  []Fault
}

func bind(header []string, schema Schema, m Mapping) (map[string]column, []Fault) {
	b := &binder{at: map[string][]int{}, claimed: map[int]bool{}, columns: map[string]column{}}
	for i, cell := range header {
		if name := Normal(cell); name != "" {
			b.at[name] = append(b.at[name], i)
		}
	}
	for _, f := range schema {
		if names := m.Columns[f.Name]; len(names) > 0 {
			b.stated(f, names)
		}
	}
	for _, f := range schema {
		_, stated := m.Columns[f.Name]
		if !stated {
			b.usual(f)
		}
		if _, found := b.columns[f.Name]; !found && f.Required && m.Defaults[f.Name] == "" && !b.told(f) {
			b.missing(f)
		}
	}
	return b.columns, b.faults
}

// stated takes the first of the names that the header has.
func (b *binder) stated(f Field, names []string) {
	for _, name := range names {
		if at := b.at[Normal(name)]; len(at) > 0 {
			b.claimed[at[0]] = true
			b.found(f, name, at)
			return
		}
	}
	b.fault(f, CodeMissingColumn, "the mapping names a column that the header does not have",
		fmt.Sprintf("add the column, or correct columns.%s in the mapping", f.Name))
}

// usual looks for the names by which the field is commonly known.
func (b *binder) usual(f Field) {
	var at []int
	name := ""
	for _, h := range append([]string{f.Name}, f.Headers...) {
		for _, i := range b.at[Normal(h)] {
			if !b.claimed[i] && !slices.Contains(at, i) {
				at, name = append(at, i), cmp.Or(name, h)
			}
		}
	}
	if len(at) > 0 {
		b.found(f, name, at)
	}
}

func (b *binder) missing(f Field) {
	names := append([]string{f.Name}, f.Headers[:min(len(f.Headers), 4)]...)
	b.fault(f, CodeMissingColumn, "the header has no column for it",
		fmt.Sprintf("add a column named %s, or say in the mapping which column it is (columns.%s)", strings.Join(names, " or "), f.Name))
}

// told reports whether the field has a fault already.
func (b *binder) told(f Field) bool {
	return slices.ContainsFunc(b.faults, func(told Fault) bool { return told.Field == f.Name })
}

func (b *binder) found(f Field, name string, at []int) {
	if len(at) > 1 {
		b.fault(f, CodeDuplicateColumn, fmt.Sprintf("columns %s and %s of the header both stand for it", letters(at[0]), letters(at[1])),
			fmt.Sprintf("rename one of them, or say in the mapping which one is meant (columns.%s)", f.Name))
		return
	}
	b.columns[f.Name] = column{index: at[0], name: name}
}

func (b *binder) fault(f Field, code Code, message, mend string) {
	b.faults = append(b.faults, Fault{Line: 0, Field: f.Name, Code: code, Message: message, Mend: mend})
}

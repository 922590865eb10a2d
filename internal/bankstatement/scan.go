package bankstatement

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"maan/internal/money"
	"maan/internal/xmlsafe"
)

// Bounds of what is kept at one time: the head of a statement, or one
// transaction. The longest text of the schemas that is kept has 500
// characters; a payment of a thousand invoices has some 6,000 elements.
const (
	maxKept  = 20_000
	maxText  = 4_000
	maxToken = 1 << 20
	// maxStatements bounds the heads that a Document keeps.
	maxStatements = 10_000
)

// scanner walks the tokens of one file. It keeps the elements of what is open,
// and drops a transaction, an entry, a statement as soon as it has been read.
type scanner struct {
	in      *xmlsafe.Reader
	tree    xmlsafe.Builder
	options Options

	onStatement func(*Statement) error
	onEntry     func(*Statement, *Entry) error

	doc    *Document
	faults []Fault

	entries int // in the file so far

	// Of the statement that is open:
	statement *Statement // nil before its first entry
	headSize  int        // elements of the head that came before it
	sum       money.Amount
	keys      keyCounter

	// Of the entry that is open:
	details []detail
	batch   int // payments in it, by the bank's count
}

func newScanner(r io.Reader, options Options, onStatement func(*Statement) error, onEntry func(*Statement, *Entry) error) *scanner {
	return &scanner{
		in: xmlsafe.NewReader(r, xmlsafe.Options{
			MaxBytes: options.MaxBytes, MaxToken: maxToken, MaxDepth: options.MaxDepth,
			Charsets: []xmlsafe.Charset{xmlsafe.ASCII, xmlsafe.Latin1, xmlsafe.Latin9, xmlsafe.Windows1252},
		}),
		tree:        xmlsafe.Builder{Attrs: []string{"Ccy"}, MaxNodes: maxKept, MaxText: maxText},
		options:     options,
		onStatement: onStatement,
		onEntry:     onEntry,
		doc:         &Document{},
	}
}

// run reads to the end, or to the fault that ends the reading. The error is
// that of the reader below or of a callback.
func (s *scanner) run() error {
	for len(s.faults) < maxFaults {
		tok, err := s.in.Token()
		if err != nil {
			return s.stop(err)
		}
		switch t := tok.(type) {
		case nil:
			return nil
		case xml.StartElement:
			err = s.start(t)
		case xml.CharData:
			err = s.tree.Text(t)
		case xml.EndElement:
			if n := s.tree.End(); n != nil {
				if stop, err := s.closed(n); stop || err != nil {
					return err
				}
			}
		}
		if err != nil {
			return s.stop(err)
		}
	}
	return nil
}

func (s *scanner) start(t xml.StartElement) error {
	if s.in.Depth() > 1 {
		return s.tree.Start(t, s.in.Line())
	}
	version, _ := strings.CutPrefix(t.Name.Space, namespacePrefix)
	shape, read := shapes[version]
	if !read || t.Name.Local != "Document" {
		return &xmlsafe.Fault{Code: xmlsafe.Code(CodeNotCAMT053), Line: s.in.Line(), Message: notRead(t.Name.Space)}
	}
	s.doc.Version = version
	s.tree.Name = func(name xml.Name) string {
		if name.Space != t.Name.Space {
			return ""
		}
		return name.Local
	}
	s.tree.Root("Document", shape, s.in.Line())
	return nil
}

// closed reads an element that is complete and drops it; stop says that a
// limit ends the reading, which is noted. The names are unique in the shape.
func (s *scanner) closed(n *xmlsafe.Node) (stop bool, err error) {
	switch n.Name {
	case "GrpHdr":
		s.doc.MessageID = text(n.Child("MsgId"))
		s.doc.Created = s.instant(n.Child("CreDtTm"))
	case "TxDtls":
		s.details = append(s.details, s.readDetail(n))
		stop = s.over(n, len(s.details), s.options.MaxBatch, "transactions in one entry")
	case "NtryDtls":
		s.batch += s.count(n.Child("Btch").Child("NbOfTxs"))
	case "Ntry":
		s.entries++
		err = s.closeEntry(n)
		s.details, s.batch = s.details[:0], 0
		stop = s.over(n, s.entries, s.options.MaxEntries, "entries")
	case "Stmt":
		err = s.closeStatement(n)
		stop = s.over(n, len(s.doc.Statements), maxStatements, "statements")
	default:
		return false, nil
	}
	s.tree.Drop(n)
	return stop, err
}

func (s *scanner) over(n *xmlsafe.Node, count, limit int, what string) bool {
	if count > limit {
		s.fail(n, "", CodeTooMany, fmt.Sprintf("there are more than %d %s; ask the bank for smaller files", limit, what))
		return true
	}
	return false
}

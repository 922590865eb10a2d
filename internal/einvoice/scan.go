package einvoice

import (
	"encoding/xml"
	"fmt"
	"io"

	"maan/internal/xmlsafe"
)

// maxKept bounds the elements kept of one document; a real invoice has about
// sixty, and one more for each earlier invoice that it refers to.
const maxKept = 20_000

// maxText bounds the text of one kept element, in bytes. Only payment terms
// come near.
const maxText = 10_000

// scanned is what scan keeps of a document.
type scanned struct {
	kind  Kind
	root  *xmlsafe.Node
	lines int
}

// scanner walks the tokens of one document and builds the kept tree.
type scanner struct {
	scanned

	in     *xmlsafe.Reader
	tree   xmlsafe.Builder
	limits Limits
}

// scan reads a whole document under the limits. The error is a *xmlsafe.Fault
// where the document is at fault, and else that of r.
func scan(r io.Reader, limits Limits) (*scanned, error) {
	s := &scanner{
		in: xmlsafe.NewReader(r, xmlsafe.Options{
			MaxBytes: limits.MaxBytes, MaxDepth: limits.MaxDepth,
			Charsets: []xmlsafe.Charset{xmlsafe.Latin1, xmlsafe.ASCII},
		}),
		tree:   xmlsafe.Builder{Name: prefixed, Attrs: []string{"currencyID", "schemeID"}, MaxNodes: maxKept, MaxText: maxText},
		limits: limits,
	}
	for {
		tok, err := s.in.Token()
		if err == nil && tok == nil {
			return &s.scanned, nil
		}
		if err == nil {
			err = s.token(tok)
		}
		if err != nil {
			return nil, err
		}
	}
}

func (s *scanner) token(tok xml.Token) error {
	switch t := tok.(type) {
	case xml.StartElement:
		return s.start(t)
	case xml.EndElement:
		s.tree.End()
	case xml.CharData:
		return s.tree.Text(t)
	}
	return nil
}

func (s *scanner) start(t xml.StartElement) error {
	if s.in.Depth() == 1 {
		return s.startRoot(t)
	}
	if s.in.Depth() == 2 && s.isLine(t.Name) {
		s.lines++
		if s.lines > s.limits.MaxLines {
			return fault(CodeTooManyLines, fmt.Sprintf("the document has more than %d lines; split it", s.limits.MaxLines))
		}
	}
	return s.tree.Start(t, s.in.Line())
}

func (s *scanner) startRoot(t xml.StartElement) error {
	switch t.Name {
	case xml.Name{Space: nsInvoice, Local: "Invoice"}:
		s.kind = KindInvoice
	case xml.Name{Space: nsCreditNote, Local: "CreditNote"}:
		s.kind = KindCreditNote
	default:
		return fault(CodeNotUBL, notUBL(t.Name.Local))
	}
	s.root = s.tree.Root(t.Name.Local, documentShape, s.in.Line())
	return nil
}

func (s *scanner) isLine(name xml.Name) bool {
	if s.kind == KindCreditNote {
		return name == xml.Name{Space: nsAggregate, Local: "CreditNoteLine"}
	}
	return name == xml.Name{Space: nsAggregate, Local: "InvoiceLine"}
}

// prefixed writes a name with the usual prefix of its namespace; "" for a
// name of another namespace, which no shape holds.
func prefixed(name xml.Name) string {
	switch name.Space {
	case nsAggregate:
		return "cac:" + name.Local
	case nsBasic:
		return "cbc:" + name.Local
	}
	return ""
}

package einvoice

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
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
	root  *node
	lines int
}

// scanner walks the tokens of one document and builds the kept tree.
type scanner struct {
	dec    *xml.Decoder
	limits Limits
	kind   Kind
	root   *node
	lines  int
	kept   int
	// open are the open elements, root first; nil for one that is not kept.
	open []*node
}

// scan reads a whole document under the limits. It returns either the kept
// tree or the one fault that ends the reading.
func scan(data []byte, limits Limits) (*scanned, *Finding) {
	if int64(len(data)) > limits.MaxBytes {
		return nil, fault(CodeTooLarge, fmt.Sprintf("the document is larger than %d bytes; send it without embedded attachments", limits.MaxBytes))
	}
	data, f := checkEncoding(data)
	if f != nil {
		return nil, f
	}
	s := &scanner{dec: xml.NewDecoder(bytes.NewReader(data)), limits: limits}
	s.dec.CharsetReader = charsetReader
	for {
		offset := s.dec.InputOffset()
		tok, err := s.dec.Token()
		if errors.Is(err, io.EOF) {
			return s.end()
		}
		if err != nil {
			return nil, syntaxFault(err)
		}
		if f := s.token(tok, offset); f != nil {
			return nil, f
		}
	}
}

func (s *scanner) token(tok xml.Token, offset int64) *Finding {
	switch t := tok.(type) {
	case xml.Directive:
		return fault(CodeDTD, fmt.Sprintf("line %d holds a document type or entity declaration (<!...>); e-invoices must not have one, remove it", s.line()))
	case xml.ProcInst:
		if t.Target == "xml" && offset != 0 {
			return fault(CodeMalformed, fmt.Sprintf("line %d holds an XML declaration that is not at its very start; let nothing stand before it, and send one document per file", s.line()))
		}
	case xml.StartElement:
		return s.start(t)
	case xml.EndElement:
		s.open = s.open[:len(s.open)-1]
	case xml.CharData:
		return s.chars(t)
	}
	return nil
}

func (s *scanner) start(t xml.StartElement) *Finding {
	if f := s.checkStart(t); f != nil {
		return f
	}
	if len(s.open) == 0 {
		return s.startRoot(t)
	}
	if len(s.open) == 1 && s.isLine(t.Name) {
		s.lines++
		if s.lines > s.limits.MaxLines {
			return fault(CodeTooManyLines, fmt.Sprintf("the document has more than %d lines; split it", s.limits.MaxLines))
		}
	}
	return s.startChild(t)
}

func (s *scanner) checkStart(t xml.StartElement) *Finding {
	if len(s.open) == 0 && s.root != nil {
		return fault(CodeMalformed, fmt.Sprintf("line %d: there is a second document after the end of the first; send one document per file", s.line()))
	}
	if len(s.open) >= s.limits.MaxDepth {
		return fault(CodeTooDeep, fmt.Sprintf("line %d: elements are nested more than %d levels deep; a Peppol invoice needs 8", s.line(), s.limits.MaxDepth))
	}
	if repeatedAttr(t.Attr) {
		return fault(CodeMalformed, fmt.Sprintf("line %d: an element has the same attribute twice; keep one", s.line()))
	}
	return nil
}

func (s *scanner) startRoot(t xml.StartElement) *Finding {
	switch t.Name {
	case xml.Name{Space: nsInvoice, Local: "Invoice"}:
		s.kind = KindInvoice
	case xml.Name{Space: nsCreditNote, Local: "CreditNote"}:
		s.kind = KindCreditNote
	default:
		return fault(CodeNotUBL, notUBL(t.Name.Local))
	}
	s.root = &node{name: t.Name.Local, path: "/" + t.Name.Local, shape: documentShape}
	s.open = append(s.open, s.root)
	return nil
}

// startChild opens an element below the root and keeps it where the shape
// has a place for it.
func (s *scanner) startChild(t xml.StartElement) *Finding {
	parent := s.open[len(s.open)-1]
	if parent == nil {
		s.open = append(s.open, nil)
		return nil
	}
	if t.Name.Space != "" && !strings.Contains(t.Name.Space, ":") {
		// The decoder leaves a prefix that is not declared in place of the
		// namespace, and every namespace in use is a URI with a colon.
		return fault(CodeMalformed, fmt.Sprintf("line %d: the prefix of an element is not declared; add its xmlns attribute", s.line()))
	}
	name := prefixed(t.Name)
	sub, ok := parent.shape[name]
	if !ok {
		s.open = append(s.open, nil)
		return nil
	}
	if s.kept++; s.kept > maxKept {
		return fault(CodeTooManyElements, fmt.Sprintf("the document repeats elements of its head more than %d times; send only what the invoice needs", maxKept))
	}
	child := &node{name: name, path: parent.path + "/" + name, attrs: keptAttrs(t.Attr), shape: sub}
	parent.children = append(parent.children, child)
	s.open = append(s.open, child)
	return nil
}

func (s *scanner) chars(text xml.CharData) *Finding {
	if len(s.open) == 0 {
		if len(bytes.TrimSpace(text)) > 0 {
			return fault(CodeMalformed, fmt.Sprintf("line %d: there is text outside the document; remove it", s.line()))
		}
		return nil
	}
	n := s.open[len(s.open)-1]
	if n == nil || len(n.shape) > 0 {
		return nil
	}
	if n.text.Len()+len(text) > maxText {
		return &Finding{
			Severity: SeverityError, Code: CodeTooLong, Path: n.path,
			Message: fmt.Sprintf("the value is longer than %d bytes; shorten it", maxText),
		}
	}
	n.text.Write(text)
	return nil
}

// end is reached when the decoder saw every element closed.
func (s *scanner) end() (*scanned, *Finding) {
	if s.root == nil {
		return nil, fault(CodeMalformed, "the document is empty; send the XML of the invoice")
	}
	number(s.root)
	return &scanned{kind: s.kind, root: s.root, lines: s.lines}, nil
}

// number adds [n] to the paths of siblings of the same name, from the second
// on, and to everything below them.
func number(n *node) {
	seen := make(map[string]int, len(n.children))
	for _, c := range n.children {
		seen[c.name]++
		c.path = n.path + "/" + c.name
		if i := seen[c.name]; i > 1 {
			c.path = fmt.Sprintf("%s[%d]", c.path, i)
		}
		number(c)
	}
}

func (s *scanner) isLine(name xml.Name) bool {
	if s.kind == KindCreditNote {
		return name == xml.Name{Space: nsAggregate, Local: "CreditNoteLine"}
	}
	return name == xml.Name{Space: nsAggregate, Local: "InvoiceLine"}
}

func (s *scanner) line() int {
	line, _ := s.dec.InputPos()
	return line
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

func keptAttrs(attrs []xml.Attr) map[string]string {
	var kept map[string]string
	for _, a := range attrs {
		if a.Name.Space == "" && (a.Name.Local == "currencyID" || a.Name.Local == "schemeID") {
			if kept == nil {
				kept = map[string]string{}
			}
			kept[a.Name.Local] = a.Value
		}
	}
	return kept
}

// repeatedAttr reports whether an attribute comes twice, which XML forbids
// and the decoder lets pass.
func repeatedAttr(attrs []xml.Attr) bool {
	if len(attrs) < 2 {
		return false
	}
	seen := make(map[xml.Name]bool, len(attrs))
	for _, a := range attrs {
		if seen[a.Name] {
			return true
		}
		seen[a.Name] = true
	}
	return false
}

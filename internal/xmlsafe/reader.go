package xmlsafe

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// Options bound what one document may cost and say what it may be written in.
type Options struct {
	MaxBytes int64 // size of the document
	MaxToken int64 // size of one tag, text or comment; 0 is MaxBytes
	MaxDepth int   // elements within elements
	Charsets []Charset
}

// Reader hands out the tokens of one document.
type Reader struct {
	dec     *xml.Decoder
	src     *source
	options Options
	fault   *Fault // found before the first token
	marked  bool   // it began with a byte order mark
	begun   bool
	rooted  bool
	depth   int
}

// NewReader returns a Reader of the document that r holds. It takes at most
// MaxBytes+1 bytes of r.
func NewReader(r io.Reader, options Options) *Reader {
	if options.MaxToken <= 0 {
		options.MaxToken = options.MaxBytes
	}
	reader := &Reader{src: newSource(r, options.MaxBytes, options.MaxToken), options: options}
	reader.marked, reader.fault = skipMark(reader.src.in)
	reader.dec = xml.NewDecoder(reader.src)
	reader.dec.CharsetReader = reader.decode
	return reader
}

// Line returns the line of the document that was reached.
func (r *Reader) Line() int {
	line, _ := r.dec.InputPos()
	return line
}

// Depth returns the number of open elements; the start of an element counts
// it, its end no longer.
func (r *Reader) Depth() int { return r.depth }

// Token returns the next token, which is valid until the next call, and nil
// behind a document that is complete. The error is a *Fault where the document
// is not fit to be read, and else that of the reader below.
func (r *Reader) Token() (xml.Token, error) {
	if r.fault != nil {
		return nil, r.fault
	}
	r.src.token = 0
	tok, err := r.dec.Token()
	if r.src.err != nil {
		return nil, r.stopped(r.src.err)
	}
	if errors.Is(err, io.EOF) {
		return nil, r.end()
	}
	if err != nil {
		return nil, syntaxFault(err, r.Line())
	}
	if f := r.check(tok); f != nil {
		return nil, f
	}
	r.begun = true
	return tok, nil
}

func (r *Reader) stopped(err error) error {
	switch {
	case errors.Is(err, errTooLarge):
		return &Fault{Code: CodeTooLarge, Message: fmt.Sprintf("the document is larger than %d bytes; split it, or leave out what is embedded", r.options.MaxBytes)}
	case errors.Is(err, errLongToken):
		return &Fault{Code: CodeTooLong, Line: r.Line(), Message: fmt.Sprintf("a tag, text or comment is longer than %d bytes; shorten it", r.options.MaxToken)}
	}
	return err
}

func (r *Reader) end() error {
	if !r.rooted {
		return &Fault{Code: CodeMalformed, Message: "the document is empty; send the XML itself"}
	}
	return nil
}

func (r *Reader) check(tok xml.Token) *Fault {
	switch t := tok.(type) {
	case xml.Directive:
		return r.refuse(CodeDTD, "there is a document type or entity declaration (<!...>), which must not be; remove it")
	case xml.ProcInst:
		if t.Target == "xml" && r.begun {
			return r.refuse(CodeMalformed, "there is an XML declaration that is not at the very start; let nothing stand before it, and send one document per file")
		}
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		r.depth--
	case xml.CharData:
		if r.depth == 0 && len(bytes.TrimSpace(t)) > 0 {
			return r.refuse(CodeMalformed, "there is text outside the document; remove it")
		}
	}
	return nil
}

func (r *Reader) start(t xml.StartElement) *Fault {
	switch {
	case r.depth == 0 && r.rooted:
		return r.refuse(CodeMalformed, "there is a second document after the end of the first; send one document per file")
	case r.depth >= r.options.MaxDepth:
		return r.refuse(CodeTooDeep, fmt.Sprintf("elements are nested more than %d levels deep, which nothing here needs; check what wrote the document", r.options.MaxDepth))
	case repeatedAttr(t.Attr):
		return r.refuse(CodeMalformed, "an element has the same attribute twice; keep one")
	}
	r.rooted = true
	r.depth++
	return nil
}

func (r *Reader) refuse(code Code, message string) *Fault {
	return &Fault{Code: code, Line: r.Line(), Message: message}
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

package xmlsafe

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
)

// Code names the kind of a fault. Values are part of answers to clients, never
// rename.
type Code string

// The codes.
const (
	CodeTooLarge        Code = "too_large"
	CodeDTD             Code = "dtd"
	CodeTooDeep         Code = "too_deep"
	CodeTooLong         Code = "too_long"
	CodeTooManyElements Code = "too_many_elements"
	CodeMalformed       Code = "malformed"
	CodeCharset         Code = "charset"
)

// Fault says why a document is not read further.
type Fault struct {
	Code Code
	// Line is the line at which reading stopped, from 1; 0 for the document as
	// a whole.
	Line int
	// Path is the element at fault; "" for the document as a whole.
	Path string
	// Message says what is wrong and how to mend it, without the line.
	Message string
}

// Error returns the line and the message.
func (f *Fault) Error() string {
	if f.Line == 0 {
		return f.Message
	}
	return fmt.Sprintf("line %d: %s", f.Line, f.Message)
}

// syntaxFault turns an error of the decoder into a fault. The decoder's own
// text is not passed on: it quotes the document, and what stands behind a
// stray ampersand may be half a name.
func syntaxFault(err error, line int) *Fault {
	if cs, ok := errors.AsType[charsetError](err); ok {
		return &Fault{Code: CodeCharset, Line: line, Message: string(cs)}
	}
	var syn *xml.SyntaxError
	if !errors.As(err, &syn) {
		return &Fault{Code: CodeMalformed, Line: line, Message: "the XML declaration is not one of XML 1.0; start the document with <?xml version=\"1.0\" encoding=\"UTF-8\"?>"}
	}
	if strings.HasPrefix(syn.Msg, "invalid UTF-8") {
		return &Fault{Code: CodeCharset, Line: syn.Line, Message: "there are bytes that are not UTF-8; save the document as UTF-8, or declare encoding=\"ISO-8859-1\" if that is what it is"}
	}
	return &Fault{Code: CodeMalformed, Line: syn.Line, Message: syntaxHint(syn.Msg)}
}

func syntaxHint(msg string) string {
	switch {
	case strings.HasPrefix(msg, "unexpected EOF"):
		return "the document stops before its end; send it again, whole"
	case strings.HasPrefix(msg, "invalid character entity"):
		return "an ampersand is not written as &amp;, or an entity is used that XML does not know; write the character itself"
	case strings.HasPrefix(msg, "illegal character code"):
		return "there is a control character that XML does not allow, NUL for example; remove it"
	case strings.Contains(msg, "closed by"), strings.HasPrefix(msg, "unexpected end element"):
		return "an end tag does not belong to the element that is open; close every element in order"
	}
	return "the XML is not well-formed; check the document with any XML tool"
}

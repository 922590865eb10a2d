package einvoice

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
)

// fault is a finding that ends the reading.
func fault(code Code, message string) *Finding {
	return &Finding{Severity: SeverityError, Code: code, Path: "/", Message: message}
}

// notUBL says what to do with a root element that is neither UBL root. The
// name is compared and never echoed: it may be anything.
func notUBL(root string) string {
	const want = "send a Peppol BIS Billing 3.0 invoice or credit note in UBL 2.1"
	switch root {
	case "Invoice", "CreditNote":
		return "the root element has the name of a UBL document but not its namespace (" + nsInvoice + " or " + nsCreditNote + "); correct xmlns"
	case "StandardBusinessDocument":
		return "the document is a Peppol envelope (SBDH); send the Invoice or CreditNote inside it"
	case "CrossIndustryInvoice":
		return "the document is a UN/CEFACT CII invoice (XRechnung CII, ZUGFeRD, Factur-X); " + want
	case "ApplicationResponse":
		return "the document is a response message, not an invoice; " + want
	}
	return "the root element is neither Invoice nor CreditNote of UBL 2.1; " + want
}

// syntaxFault turns an error of the decoder into a finding. The decoder's own
// text is not passed on: it quotes the document, and what stands behind a
// stray ampersand may be half a name.
func syntaxFault(err error) *Finding {
	if cs, ok := errors.AsType[charsetError](err); ok {
		return fault(CodeCharset, string(cs))
	}
	var syn *xml.SyntaxError
	if !errors.As(err, &syn) {
		return fault(CodeMalformed, "the XML declaration is not one of XML 1.0; start the document with <?xml version=\"1.0\" encoding=\"UTF-8\"?>")
	}
	if strings.HasPrefix(syn.Msg, "invalid UTF-8") {
		return fault(CodeCharset, fmt.Sprintf("line %d holds bytes that are not UTF-8; save the document as UTF-8, or declare encoding=\"ISO-8859-1\" if that is what it is", syn.Line))
	}
	return fault(CodeMalformed, fmt.Sprintf("line %d: %s", syn.Line, syntaxHint(syn.Msg)))
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

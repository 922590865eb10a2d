package einvoice

import (
	"cmp"
	"errors"
	"fmt"

	"maan/internal/xmlsafe"
)

// fault ends the reading, as the faults of xmlsafe do.
func fault(code Code, message string) *xmlsafe.Fault {
	return &xmlsafe.Fault{Code: xmlsafe.Code(code), Message: message}
}

// findingOf returns the finding that ended the reading, or the error of the
// reader below.
func findingOf(err error) (Finding, error) {
	f, ok := errors.AsType[*xmlsafe.Fault](err)
	if !ok {
		return Finding{}, fmt.Errorf("read e-invoice: %w", err)
	}
	return Finding{Severity: SeverityError, Code: Code(f.Code), Path: cmp.Or(f.Path, "/"), Message: f.Error()}, nil
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

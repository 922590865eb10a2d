package bankstatement

import (
	"errors"
	"fmt"
	"strings"

	"maan/internal/xmlsafe"
)

// Code names the kind of a fault or warning, for programs.
type Code string

// Codes of faults that end the reading. Values are part of answers to clients,
// never rename.
const (
	CodeTooLarge             = Code(xmlsafe.CodeTooLarge)
	CodeDTD                  = Code(xmlsafe.CodeDTD)
	CodeTooDeep              = Code(xmlsafe.CodeTooDeep)
	CodeTooLong              = Code(xmlsafe.CodeTooLong)
	CodeTooManyElements      = Code(xmlsafe.CodeTooManyElements)
	CodeMalformed            = Code(xmlsafe.CodeMalformed)
	CodeCharset              = Code(xmlsafe.CodeCharset)
	CodeNotCAMT053      Code = "not_camt053"
	CodeTooMany         Code = "too_many"
)

// Codes of faults in values. Values are part of answers to clients, never
// rename.
const (
	CodeMissing          Code = "missing"
	CodeInvalidAmount    Code = "invalid_amount"
	CodeInexactAmount    Code = "inexact_amount"
	CodeInvalidDate      Code = "invalid_date"
	CodeInvalidCode      Code = "invalid_code"
	CodeCurrencyMismatch Code = "currency_mismatch"
	CodeAmountsDiffer    Code = "amounts_differ"
	CodeOrder            Code = "order"
)

// Codes of warnings alone. Values are part of answers to clients, never
// rename.
const (
	CodeBalanceMissing     Code = "balance_missing"
	CodeUnbalanced         Code = "unbalanced"
	CodeAmountsMissing     Code = "amounts_missing"
	CodeBatchCount         Code = "batch_count"
	CodeDuplicateReference Code = "duplicate_reference"
	CodeRepeated           Code = "repeated"
	CodeIgnored            Code = "ignored"
)

// Fault is one thing that is wrong with a file, or a warning.
type Fault struct {
	// Line is where the element stands in the file; 0 for the file as a whole.
	Line int `json:"line,omitempty"`
	// Path is the element, "/" for the file as a whole.
	Path string `json:"path"`
	Code Code   `json:"code"`
	// Message says what is wrong and how to mend it, and names no person,
	// account or text.
	Message string `json:"message"`
}

// String returns the fault on one line.
func (f Fault) String() string {
	where := f.Path
	if f.Line > 0 {
		where = fmt.Sprintf("line %d, %s", f.Line, f.Path)
	}
	return fmt.Sprintf("%s: %s [%s]", where, f.Message, f.Code)
}

// maxFaults bounds the faults and the warnings that are told of one file.
const maxFaults = 100

// Error refuses a file.
type Error struct {
	// Faults are at least one and at most 100, in the order of the file.
	Faults []Fault
	// More is set where reading stopped because there were 100.
	More bool
}

// Error lists the faults, one a line.
func (e *Error) Error() string {
	if len(e.Faults) == 1 {
		return "the bank statement is refused: " + e.Faults[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the bank statement is refused for %d faults:", len(e.Faults))
	for _, f := range e.Faults {
		b.WriteString("\n  " + f.String())
	}
	if e.More {
		b.WriteString("\n  and perhaps more: reading stopped here")
	}
	return b.String()
}

func (s *scanner) fail(n *xmlsafe.Node, below string, code Code, message string) {
	s.addFault(Fault{Line: n.Line, Path: n.Path() + below, Code: code, Message: message})
}

func (s *scanner) addFault(f Fault) {
	if len(s.faults) < maxFaults {
		s.faults = append(s.faults, f)
	}
}

func (s *scanner) warn(n *xmlsafe.Node, below string, code Code, message string) {
	if len(s.doc.Warnings) == maxFaults {
		s.doc.MoreWarnings++
		return
	}
	s.doc.Warnings = append(s.doc.Warnings, Fault{Line: n.Line, Path: n.Path() + below, Code: code, Message: message})
}

// stop takes in the fault that ends the reading, or returns the error of the
// reader below.
func (s *scanner) stop(err error) error {
	f, ok := errors.AsType[*xmlsafe.Fault](err)
	if !ok {
		return fmt.Errorf("read bank statement: %w", err)
	}
	path := f.Path
	if path == "" {
		path = "/"
	}
	s.addFault(Fault{Line: f.Line, Path: path, Code: Code(f.Code), Message: f.Message})
	return nil
}

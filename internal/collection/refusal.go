package collection

import (
	"errors"
	"fmt"
	"strings"
)

// RefusalKind is the class of a refusal; the API turns it into a status.
type RefusalKind string

// The classes.
const (
	Invalid  RefusalKind = "invalid"  // the request is wrong in itself
	Conflict RefusalKind = "conflict" // it does not go with the facts
	NotFound RefusalKind = "not_found"
	Denied   RefusalKind = "denied" // this person may not do it
)

// Fault is one thing that is wrong: where, what, and how to mend it. It never quotes
// personal data.
type Fault struct {
	Field   string // path in the request: "lines.3.amount"; empty: the request as a whole
	Code    string // stable
	Message string
}

// Refusal is an error that the caller can mend. It names every fault at once.
type Refusal struct {
	Kind   RefusalKind
	Faults []Fault
}

// Error lists the faults.
func (r *Refusal) Error() string {
	parts := make([]string, len(r.Faults))
	for i, f := range r.Faults {
		parts[i] = strings.TrimPrefix(f.Field+": "+f.Message, ": ")
	}
	return strings.Join(parts, "; ")
}

// Refuse makes a refusal with one fault.
func Refuse(kind RefusalKind, field, code, format string, args ...any) error {
	return &Refusal{Kind: kind, Faults: []Fault{{Field: field, Code: code, Message: fmt.Sprintf(format, args...)}}}
}

// faults collects what is wrong with a request.
type faults []Fault

func (f *faults) add(field, code, format string, args ...any) {
	*f = append(*f, Fault{Field: field, Code: code, Message: fmt.Sprintf(format, args...)})
}

// under adds the faults of a part under its prefix.
func (f *faults) under(prefix string, err error) {
	r, ok := AsRefusal(err)
	if !ok {
		return
	}
	for _, fault := range r.Faults {
		f.add(prefix+fault.Field, fault.Code, "%s", fault.Message)
	}
}

// err is nil without faults.
func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return &Refusal{Kind: Invalid, Faults: f}
}

// AsRefusal finds a refusal in an error.
func AsRefusal(err error) (*Refusal, bool) {
	var r *Refusal
	ok := errors.As(err, &r)
	return r, ok
}

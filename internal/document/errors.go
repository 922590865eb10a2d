package document

import (
	"fmt"
	"strings"
)

// MissingError means that a document would lack something it must state, or
// state something that cannot be. It names every faulty field and holds no
// value of any.
type MissingError struct {
	Document string // invoice, reminder or statement
	Fields   []string
}

// Error lists the fields.
func (e *MissingError) Error() string {
	return fmt.Sprintf("document %q lacks %s: complete the record, then write it again",
		e.Document, strings.Join(e.Fields, ", "))
}

// Is makes every MissingError match another one, whatever the fields.
func (e *MissingError) Is(target error) bool {
	_, ok := target.(*MissingError)
	return ok
}

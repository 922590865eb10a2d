package message

import (
	"errors"
	"fmt"
	"strings"
)

// ErrLanguage means that there is no language file: choose the language with
// [Language] first.
var ErrLanguage = errors.New("no templates for this language")

// ErrTemplate means that the template does not exist, or not for this channel.
var ErrTemplate = errors.New("no such template")

// ErrTooLong means that a text message does not fit in two segments even with
// the creditor's name cut short.
var ErrTooLong = errors.New("text message does not fit in two segments")

// MissingError means that a message would lack something it must state. It
// names every faulty field and holds no value of any.
type MissingError struct {
	Message string // the template or the call script
	Fields  []string
}

// Error lists the fields.
func (e *MissingError) Error() string {
	return fmt.Sprintf("message %q lacks %s: complete the record, then render again",
		e.Message, strings.Join(e.Fields, ", "))
}

// Is makes every MissingError match another one, whatever the fields.
func (e *MissingError) Is(target error) bool {
	_, ok := target.(*MissingError)
	return ok
}

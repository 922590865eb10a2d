package provider

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Fate is what is certain about a failed attempt. The values are stored with
// messages and in histories: never rename one.
type Fate string

const (
	// NotSent means the provider certainly did not take the message: no
	// connection came about, or it answered 408 or 429. A new attempt cannot
	// reach the customer twice.
	NotSent Fate = "not_sent"
	// Rejected means the provider, or the check before it, refused the message
	// for good. The same message would be refused again.
	Rejected Fate = "rejected"
	// Uncertain means the message may have been taken: a time-out, a 5xx, or a
	// connection lost after it was in use. It must be settled, never resent.
	Uncertain Fate = "uncertain"
)

// Codes that do not come from a provider's answer. Stored: never rename one.
const (
	CodeRefused        = "refused"         // nobody listens at the provider's address
	CodeDNS            = "dns"             // the provider's name does not resolve
	CodeTLS            = "tls"             // the TLS handshake failed
	CodeConnectTimeout = "connect_timeout" // no connection within the deadline
	CodeConnect        = "connect"         // no connection, for another reason
	CodeCanceled       = "canceled"        // the caller gave up
	CodeTimeout        = "timeout"         // no answer within the deadline
	CodeConnectionLost = "connection_lost" // the connection broke once in use
	CodeBadAnswer      = "bad_answer"      // success, but not in the provider's words
	CodeUnknown        = "unknown"         // an error that is not of this package
)

// Health is what an attempt says about the provider, whatever became of its message.
type Health string

// Unknown is the zero value: the attempt says nothing about the provider.
const (
	Unknown Health = ""
	Up      Health = "up"   // it did its part, and refused this message
	Busy    Health = "busy" // it works, and asks to be left alone
	Down    Health = "down" // it cannot be reached, fails, or refuses our account
)

// Error is a failed attempt. It carries codes only, so that it may be logged
// and may enter a workflow history: the cause, which can hold addresses and the
// provider's words, cannot be reached through Unwrap, because Temporal's
// failure converter would store its text.
type Error struct {
	// Fate is what is certain about the attempt.
	Fate Fate
	// Code is short and stable and has no personal data, such as "refused",
	// "status_429" or Twilio's "21211".
	Code string
	// RetryAfter is how long the provider asked to be left alone; zero if it
	// did not say.
	RetryAfter time.Duration
	// Health is what the attempt says about the provider.
	Health Health

	err error
}

// Error returns the fate and the code, never the provider's text.
func (e *Error) Error() string {
	return fmt.Sprintf("provider attempt %s: %s", e.Fate, e.Code)
}

// Is answers errors.Is for the two context errors and nothing else.
func (e *Error) Is(target error) bool {
	if target != context.Canceled && target != context.DeadlineExceeded {
		return false
	}
	return errors.Is(e.err, target)
}

// Reject returns the error for a message that was refused before it was sent.
func Reject(code string) *Error {
	return &Error{Fate: Rejected, Code: code}
}

// FateOf returns the fate of err. An error that is not an *Error is Uncertain:
// nothing is known about where it arose. It must not be called with nil.
func FateOf(err error) Fate {
	if failed, ok := errors.AsType[*Error](err); ok {
		return failed.Fate
	}
	return Uncertain
}

// CodeOf returns the code of err, or CodeUnknown for an error of another kind.
func CodeOf(err error) string {
	if failed, ok := errors.AsType[*Error](err); ok {
		return failed.Code
	}
	return CodeUnknown
}

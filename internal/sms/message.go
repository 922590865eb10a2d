package sms

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"maan/internal/provider"
)

// Codes of messages refused before they are sent. Stored: never rename one.
const (
	CodeBadNumber   = "bad_number"   // the recipient is no E.164 number
	CodeBadSender   = "bad_sender"   // the sender is neither a number nor a sender name
	CodeBadCallback = "bad_callback" // the status callback is no absolute address
	CodeNoContent   = "no_content"   // no text, or control characters in it
	CodeNoID        = "no_id"        // no message id: it could never be settled
	CodeTooLarge    = "too_large"    // more than MaxText characters
)

// MaxText is the longest text in characters that Twilio takes (its error 21617).
const MaxText = 1600

// Message is one text message to one number.
type Message struct {
	// ID is our message id. The caller also puts it into StatusCallback, as the
	// query parameter "message": Twilio has no custom arguments.
	ID string
	// To is an E.164 number, such as +31612345678.
	To string
	// From is an E.164 number or a sender name of up to 11 letters and digits;
	// empty means the client's own.
	From string
	Text string
	// StatusCallback is where Twilio posts what became of the message. It may
	// be empty; an uncertain attempt then cannot be settled by a webhook.
	StatusCallback string
}

// Receipt is the provider's word that it took a message.
type Receipt struct {
	// ProviderID is Twilio's SID of the message, "SM" and 32 hex digits.
	ProviderID string
}

// Sender sends one message.
type Sender interface {
	// Send makes exactly one attempt. Every error is a *provider.Error whose
	// fate says whether the message may have left.
	Send(ctx context.Context, m Message) (Receipt, error)
}

var (
	// e164Pattern is a number of ITU-T E.164: at most 15 digits.
	e164Pattern = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	// senderPattern is Twilio's alphanumeric sender id, which needs a letter.
	senderPattern = regexp.MustCompile(`^[A-Za-z0-9 ]{1,11}$`)
)

// checkContent refuses what no sender could mend.
func (m Message) checkContent() error {
	switch {
	case m.ID == "":
		return provider.Reject(CodeNoID)
	case !ValidNumber(m.To):
		return provider.Reject(CodeBadNumber)
	case strings.TrimSpace(m.Text) == "" || strings.ContainsFunc(m.Text, badRune):
		return provider.Reject(CodeNoContent)
	case utf8.RuneCountInString(m.Text) > MaxText:
		return provider.Reject(CodeTooLarge)
	case m.StatusCallback != "" && !validCallback(m.StatusCallback):
		return provider.Reject(CodeBadCallback)
	}
	return nil
}

func (m Message) check() error {
	if !validSender(m.From) {
		return provider.Reject(CodeBadSender)
	}
	return m.checkContent()
}

// ValidNumber reports whether a text is a number of E.164, such as +31612345678.
func ValidNumber(number string) bool { return e164Pattern.MatchString(number) }

func validSender(from string) bool {
	if ValidNumber(from) {
		return true
	}
	return senderPattern.MatchString(from) && strings.ContainsFunc(from, unicode.IsLetter)
}

// badRune is a control character other than a line feed, or broken UTF-8.
func badRune(r rune) bool {
	return unicode.IsControl(r) && r != '\n' || r == unicode.ReplacementChar
}

func validCallback(callback string) bool {
	u, err := url.Parse(callback)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
}

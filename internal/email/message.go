package email

import (
	"context"
	"net/mail"
	"strings"
	"unicode"

	"maan/internal/provider"
)

// Codes of messages refused before they are sent. Stored: never rename one.
const (
	CodeBadAddress    = "bad_address"    // an address or a name that is no safe header
	CodeBadSubject    = "bad_subject"    // no subject, or control characters in it
	CodeBadAttachment = "bad_attachment" // an attachment without a safe name or type
	CodeNoContent     = "no_content"     // neither an HTML nor a text part
	CodeNoID          = "no_id"          // no message id: it could never be settled
	CodeTooLarge      = "too_large"      // more than MaxSize as sent
)

// MaxSize is the largest request, in bytes with attachments as base64, that is
// sent. SendGrid takes 30 MB and most mailboxes 25 MB with their own headers.
const MaxSize = 20 << 20

// maxAddress is the longest address that can be used in SMTP (RFC 5321 section
// 4.5.3.1.3, as corrected by erratum 1690).
const maxAddress = 254

// Message is one e-mail to one recipient.
type Message struct {
	// ID is our message id. It goes into custom_args["message_id"] and comes
	// back with every event.
	ID string
	// CreditorRef is the creditor's slug, for SendGrid's own reports.
	CreditorRef string
	// From and FromName are the sender; ReplyTo may be empty.
	From, FromName, ReplyTo string
	To, ToName              string
	Subject                 string
	// HTML and Text are the two forms of the body; at least one is needed.
	HTML, Text string
	// Inline are images that HTML names as cid:ContentID.
	Inline      []Attachment
	Attachments []Attachment
}

// Attachment is a file sent with a message.
type Attachment struct {
	Name, ContentType string
	// ContentID is needed for inline images only, without angle brackets.
	ContentID string
	Data      []byte
}

// Receipt is the provider's word that it took a message.
type Receipt struct {
	// ProviderID is SendGrid's X-Message-Id; events carry it too. It may be
	// empty where SendGrid left it out.
	ProviderID string
}

// Sender sends one message.
type Sender interface {
	// Send makes exactly one attempt. Every error is a *provider.Error whose
	// fate says whether the mail may have left.
	Send(ctx context.Context, m Message) (Receipt, error)
}

// check refuses what could smuggle a header into the mail, and what SendGrid
// would refuse anyway. It returns a plain nil error value for a good message.
func (m Message) check() error {
	if m.ID == "" || hasControl(m.ID) || hasControl(m.CreditorRef) {
		return provider.Reject(CodeNoID)
	}
	if !ValidAddress(m.From) || !ValidAddress(m.To) || m.ReplyTo != "" && !ValidAddress(m.ReplyTo) {
		return provider.Reject(CodeBadAddress)
	}
	if hasControl(m.FromName) || hasControl(m.ToName) {
		return provider.Reject(CodeBadAddress)
	}
	if strings.TrimSpace(m.Subject) == "" || hasControl(m.Subject) {
		return provider.Reject(CodeBadSubject)
	}
	if m.HTML == "" && m.Text == "" {
		return provider.Reject(CodeNoContent)
	}
	return m.checkAttachments()
}

func (m Message) checkAttachments() error {
	total := len(m.HTML) + len(m.Text)
	for _, a := range m.Attachments {
		if !a.valid() {
			return provider.Reject(CodeBadAttachment)
		}
		total += len(a.Data)
	}
	for _, a := range m.Inline {
		if !a.valid() || a.ContentID == "" || strings.ContainsAny(a.ContentID, "<> ") {
			return provider.Reject(CodeBadAttachment)
		}
		total += len(a.Data)
	}
	// A first look, to spare encoding what is hopeless; the request itself is
	// measured too.
	if total > MaxSize {
		return provider.Reject(CodeTooLarge)
	}
	return nil
}

func (a Attachment) valid() bool {
	return a.Name != "" && a.ContentType != "" && len(a.Data) > 0 &&
		!hasControl(a.Name) && !hasControl(a.ContentType) && !hasControl(a.ContentID) &&
		!strings.ContainsAny(a.Name, `/\`) && !strings.ContainsAny(a.ContentType, ";,")
}

// ValidAddress takes a bare address only: what net/mail reads must be the very
// text, so "Anna <a@b.example>", comments and quoted oddities are refused.
func ValidAddress(address string) bool {
	if len(address) > maxAddress || hasControl(address) {
		return false
	}
	parsed, err := mail.ParseAddress(address)
	return err == nil && parsed.Name == "" && parsed.Address == address
}

// hasControl also finds the Unicode line and paragraph separators and text that
// is not UTF-8.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar
	})
}

package email

import (
	"bytes"
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"maan/internal/provider"
)

// Headers by which a mail is found again: servers log the Message-ID, and a bounce that
// comes back as a mail quotes all of them.
const (
	headerMessageID = "X-Maan-Message-Id"
	headerCreditor  = "X-Maan-Creditor"
)

// envelope is a mail as SMTP takes it.
type envelope struct {
	id            string // Message-ID without brackets: our message id at the sender's domain
	from, to      string // in angle brackets
	international bool   // an address needs SMTPUTF8 (RFC 6531)
	text          []byte
}

// newEnvelope writes a mail that check has accepted.
func newEnvelope(m Message) (*envelope, error) {
	from, to, replyTo := asciiDomain(m.From), asciiDomain(m.To), asciiDomain(m.ReplyTo)
	_, domain, _ := strings.Cut(from, "@")
	e := &envelope{
		id: m.ID + "@" + domain, from: "<" + from + ">", to: "<" + to + ">", international: !isASCII(from + to + replyTo),
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	bad := msg.From((&mail.Address{Name: headerName(m.FromName), Address: from}).String()) != nil ||
		msg.To((&mail.Address{Name: headerName(m.ToName), Address: to}).String()) != nil ||
		replyTo != "" && msg.ReplyTo(replyTo) != nil
	if bad {
		return nil, provider.Reject(CodeBadAddress)
	}
	msg.Subject(m.Subject)
	msg.SetMessageIDWithValue(e.id)
	msg.SetDate()
	msg.SetGenHeader(headerMessageID, m.ID)
	if m.CreditorRef != "" {
		msg.SetGenHeader(headerCreditor, m.CreditorRef)
	}
	if err := fill(msg, m); err != nil {
		return nil, provider.Reject(CodeBadAttachment)
	}
	var text bytes.Buffer
	if _, err := msg.WriteTo(&text); err != nil {
		return nil, provider.Reject(CodeBadAttachment)
	}
	if text.Len() > MaxSize {
		return nil, provider.Reject(CodeTooLarge)
	}
	e.text = text.Bytes()
	return e, nil
}

// headerName is a display name as net/mail can write it: beside letters beyond ASCII it
// leaves a backslash as it is, and no mail program could read the header.
func headerName(name string) string {
	if isASCII(name) {
		return name
	}
	return strings.ReplaceAll(name, `\`, "/")
}

// fill adds the bodies and the files.
func fill(msg *gomail.Msg, m Message) error {
	switch {
	case m.Text == "":
		msg.SetBodyString(gomail.TypeTextHTML, m.HTML)
	case m.HTML == "":
		msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	default:
		msg.SetBodyString(gomail.TypeTextPlain, m.Text)
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	for _, a := range m.Inline {
		err := msg.EmbedReader(a.Name, bytes.NewReader(a.Data), gomail.WithFileContentType(gomail.ContentType(a.ContentType)), gomail.WithFileContentID("<"+a.ContentID+">"))
		if err != nil {
			return err
		}
	}
	for _, a := range m.Attachments {
		err := msg.AttachReader(a.Name, bytes.NewReader(a.Data), gomail.WithFileContentType(gomail.ContentType(a.ContentType)))
		if err != nil {
			return err
		}
	}
	return nil
}

// asciiDomain writes the domain of an address as DNS has it. A domain that cannot be
// written so is left for the server to refuse.
func asciiDomain(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	domain, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil {
		return address
	}
	return address[:at+1] + domain
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 })
}

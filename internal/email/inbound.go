package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

// Limits of what is kept of a mail that somebody sent us.
const (
	MaxInboundText  = 20_000 // characters
	maxInboundLine  = 500    // characters of a subject, an address or a file's name
	maxInboundParts = 200
	maxInboundField = 4 << 20
	maxFiles        = 10
	maxFile         = 5 << 20
	maxFilesTotal   = 10 << 20 // bytes of all files
)

// Why a file is not kept. Stored: never rename.
const (
	FileTooLarge = "too_large"
	FileTooMany  = "too_many"
	FileType     = "type" // only PDF, PNG, JPEG and plain text are
)

// Inbound is a mail that somebody wrote to an address of ours.
type Inbound struct {
	// Key says which mail it is: the same each time it is posted, without naming anybody.
	Key string
	// To are the addresses it was delivered to.
	To            []string
	From, Subject string
	// Text is its plain text, at most MaxInboundText characters; Truncated says that there was more.
	Text      string
	Truncated bool
	// Automatic is the sign that no person wrote it; see automatic. Empty without one.
	Automatic string
	Files     []InboundFile
}

// InboundFile is a file of such a mail. Refused says why its Data is not kept.
type InboundFile struct {
	Name, ContentType string
	Size              int64
	Data              []byte
	Refused           string
}

// ParseInbound reads the form that SendGrid's inbound parse posts, parsed or raw. Verify it
// first. What is too large or too much is cut and noted rather than refused: a customer
// wrote it.
func ParseInbound(contentType string, body []byte) (Inbound, error) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return Inbound{}, errors.New("inbound mail is signed but no multipart form")
	}
	f := form{fields: map[string][]byte{}}
	if err := f.read(multipart.NewReader(bytes.NewReader(body), params["boundary"])); err != nil {
		return Inbound{}, errors.New("inbound mail is signed but its form breaks off")
	}
	return f.inbound(), nil
}

// form is what was posted.
type form struct {
	fields map[string][]byte
	files  []InboundFile
	kept   int
}

func (f *form) read(parts *multipart.Reader) error {
	for range maxInboundParts {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if part.FileName() != "" {
			if err := f.file(part); err != nil {
				return err
			}
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, maxInboundField))
		if err != nil {
			return err
		}
		if _, twice := f.fields[part.FormName()]; !twice {
			f.fields[part.FormName()] = value
		}
	}
	return nil
}

func (f *form) file(part *multipart.Part) error {
	data, err := io.ReadAll(io.LimitReader(part, maxFile+1))
	if err != nil {
		return err
	}
	rest, err := io.Copy(io.Discard, part)
	if err != nil {
		return err
	}
	file := InboundFile{Name: line(part.FileName()), Size: int64(len(data)) + rest, ContentType: sniff(data)}
	switch {
	case len(f.files) >= maxFiles:
		file.Refused = FileTooMany
	case file.Size > maxFile || f.kept+len(data) > maxFilesTotal:
		file.Refused = FileTooLarge
	case file.ContentType == "":
		file.ContentType, file.Refused = "application/octet-stream", FileType
	default:
		file.Data = data
		f.kept += len(data)
	}
	if file.ContentType == "" {
		file.ContentType = "application/octet-stream"
	}
	f.files = append(f.files, file)
	return nil
}

// sniff is the type of a file by its content, if it is one that is kept: what the sender
// calls it is no proof.
func sniff(data []byte) string {
	media, _, _ := strings.Cut(http.DetectContentType(data), ";")
	switch media {
	case "application/pdf", "image/png", "image/jpeg", "text/plain":
		return media
	}
	return ""
}

func (f *form) inbound() Inbound {
	headers := f.fields["headers"]
	if len(headers) == 0 { // the raw mail was posted: its head is all that is taken apart
		headers, _, _ = bytes.Cut(f.fields["email"], []byte("\r\n\r\n"))
	}
	message, err := mail.ReadMessage(bytes.NewReader(append(bytes.TrimSpace(headers), "\r\n\r\n"...)))
	header := textproto.MIMEHeader{}
	if err == nil { // a broken head says nothing
		header = textproto.MIMEHeader(message.Header)
	}
	in := Inbound{From: line(f.text("from")), Subject: line(f.text("subject")), Files: f.files}
	in.Text, in.Truncated = f.body()
	var envelope struct {
		To   []string `json:"to"`
		From *string  `json:"from"`
	}
	if json.Unmarshal(f.fields["envelope"], &envelope) == nil {
		in.To = envelope.To
	}
	if len(in.To) == 0 {
		in.To = []string{f.text("to")}
	}
	in.Automatic = automatic(header, envelope.From, in.Subject)
	key := []byte(header.Get("Message-Id"))
	if len(key) == 0 {
		key = append(append([]byte(in.From+"\n"+in.Subject+"\n"), f.fields["envelope"]...), in.Text...)
	}
	sum := sha256.Sum256(key)
	in.Key = hex.EncodeToString(sum[:])
	return in
}

// body is the plain text; of a mail that has HTML only, what it shows.
func (f *form) body() (text string, truncated bool) {
	text = f.text("text")
	if strings.TrimSpace(text) == "" {
		text = shown(f.text("html"))
	}
	if strings.TrimSpace(text) == "" {
		text = f.text("email")
	}
	text = strings.TrimSpace(printable(text))
	if utf8.RuneCountInString(text) <= MaxInboundText {
		return text, false
	}
	return string([]rune(text)[:MaxInboundText]), true
}

var (
	unseen = regexp.MustCompile(`(?is)<(style|script|head)\b.*?</(style|script|head)>|<!--.*?-->`)
	breaks = regexp.MustCompile(`(?i)<(br|/p|/div|/tr|/li)\b[^>]*>`)
	tags   = regexp.MustCompile(`<[^>]*>`)
)

func shown(page string) string {
	page = breaks.ReplaceAllString(unseen.ReplaceAllString(page, ""), "\n")
	return html.UnescapeString(tags.ReplaceAllString(page, ""))
}

// text is a field in UTF-8; the form says in which charset each field was written.
func (f *form) text(name string) string {
	value := f.fields[name]
	charsets := map[string]string{}
	_ = json.Unmarshal(f.fields["charsets"], &charsets) // without them UTF-8 is as good a guess as any
	if enc, err := htmlindex.Get(charsets[name]); err == nil {
		if decoded, err := enc.NewDecoder().Bytes(value); err == nil {
			value = decoded
		}
	}
	return strings.ToValidUTF8(string(value), "\uFFFD")
}

// printable drops control characters, which PostgreSQL or a screen may not take.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !unicode.IsControl(r) {
			return r
		}
		return -1
	}, text)
}

// line is text on one line, bounded.
func line(text string) string {
	text = strings.Join(strings.Fields(printable(strings.ToValidUTF8(text, "\uFFFD"))), " ")
	if r := []rune(text); len(r) > maxInboundLine {
		return string(r[:maxInboundLine])
	}
	return text
}

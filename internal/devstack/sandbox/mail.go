package sandbox

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
)

// readMail reads what came by SMTP, with the libraries' means alone, so that it witnesses
// what any mail program would see.
func readMail(raw []byte) (*Message, error) {
	in, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	from, err := mail.ParseAddress(in.Header.Get("From"))
	if err != nil {
		return nil, err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(in.Header.Get("Subject"))
	if err != nil {
		return nil, err
	}
	m := &Message{MessageID: in.Header.Get("X-Maan-Message-Id"), Channel: Email, From: from.Address, Subject: subject, Files: []File{}}
	return m, m.readPart(textproto.MIMEHeader(in.Header), in.Body, 0)
}

// maxDepth bounds parts within parts.
const maxDepth = 5

func (m *Message) readPart(header textproto.MIMEHeader, body io.Reader, depth int) error {
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || depth > maxDepth {
		return fmt.Errorf("a part at depth %d cannot be read: %w", depth, err)
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			if err := m.readPart(part.Header, part, depth+1); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(header.Get("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	m.put(kind, header, data)
	return nil
}

// put files a part: as a body, or as a file if it says that it is one.
func (m *Message) put(kind string, header textproto.MIMEHeader, data []byte) {
	disposition, params, _ := mime.ParseMediaType(header.Get("Content-Disposition"))
	switch {
	case disposition == "" && kind == "text/plain":
		m.Text = strings.ReplaceAll(string(data), "\r\n", "\n")
	case disposition == "" && kind == "text/html":
		m.HTML = strings.ReplaceAll(string(data), "\r\n", "\n")
	default:
		name, err := new(mime.WordDecoder).DecodeHeader(params["filename"])
		if err != nil {
			name = params["filename"]
		}
		m.Files = append(m.Files, File{
			Name: name, Type: kind, ContentID: strings.Trim(header.Get("Content-Id"), "<>"), Inline: disposition == "inline", Size: len(data), data: data,
		})
	}
}

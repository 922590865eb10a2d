package sandbox

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/mail"
	"strings"
)

// mailRequest is the part of SendGrid's mail request that the sandbox reads.
type mailRequest struct {
	From struct {
		Email string `json:"email"`
		Name  string `json:"name"`
	} `json:"from"`
	ReplyTo struct {
		Email string `json:"email"`
	} `json:"reply_to"`
	Subject          string `json:"subject"`
	Personalizations []struct {
		To []struct {
			Email string `json:"email"`
			Name  string `json:"name"`
		} `json:"to"`
	} `json:"personalizations"`
	Content []struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"content"`
	Attachments []struct {
		Content     string `json:"content"`
		Type        string `json:"type"`
		Filename    string `json:"filename"`
		Disposition string `json:"disposition"`
		ContentID   string `json:"content_id"`
	} `json:"attachments"`
	CustomArgs map[string]string `json:"custom_args"`
}

// takeMail is SendGrid's POST /v3/mail/send.
func (s *Sandbox) takeMail(r *http.Request, body []byte) answer {
	key, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isBearer || subtle.ConstantTimeCompare([]byte(key), []byte(s.cfg.APIKey)) != 1 {
		return failure(Email, http.StatusUnauthorized, 0, "The provided authorization grant is invalid, expired, or revoked", "")
	}
	var req mailRequest
	if err := json.Unmarshal(body, &req); err != nil {
		return failure(Email, http.StatusBadRequest, 0, "Bad Request: the body is not JSON of a mail", "")
	}
	if field, message := req.fault(); message != "" {
		return failure(Email, http.StatusBadRequest, 0, message, field)
	}
	files, ok := req.files()
	if !ok {
		return failure(Email, http.StatusBadRequest, 0, "The attachment content must be base64 encoded.", "attachments.0.content")
	}
	m := &Message{
		ID: mailID(), MessageID: req.CustomArgs["message_id"], Channel: Email,
		From: req.From.Email, To: req.Personalizations[0].To[0].Email, Subject: req.Subject,
		Text: req.part("text/plain"), HTML: req.part("text/html"), Files: files, args: req.CustomArgs, replyTo: req.ReplyTo.Email,
	}
	if err := s.accept(m); err != nil {
		return failure(Email, http.StatusInternalServerError, 0, "the sandbox cannot write its journal", "")
	}
	return answer{status: http.StatusAccepted, header: map[string]string{"X-Message-Id": m.ID}}
}

// fault returns SendGrid's words for the first thing wrong, or "". One recipient
// only: the product writes to one person at a time, so more is a fault of its own.
func (q mailRequest) fault() (field, message string) {
	if len(q.Personalizations) != 1 || len(q.Personalizations[0].To) != 1 {
		return "personalizations", "The personalizations field is required and must hold one recipient."
	}
	if _, err := mail.ParseAddress(q.Personalizations[0].To[0].Email); err != nil {
		return "personalizations.0.to.0.email", "Does not contain a valid address."
	}
	if _, err := mail.ParseAddress(q.From.Email); err != nil {
		return "from.email", "The from email does not contain a valid address."
	}
	if q.Subject == "" {
		return "subject", "The subject is required. You can get around this requirement if you use a template with a subject defined."
	}
	if len(q.Content) == 0 {
		return "content", "Unless a valid template_id is provided, the content parameter is required."
	}
	for i, part := range q.Content {
		if part.Value == "" {
			return "content", "The content value must be a string at least one character in length."
		}
		if part.Type == "text/plain" && i > 0 {
			return "content", "If present, text/plain must be the first content."
		}
	}
	return "", ""
}

func (q mailRequest) part(mediaType string) string {
	for _, part := range q.Content {
		if part.Type == mediaType {
			return part.Value
		}
	}
	return ""
}

func (q mailRequest) files() ([]File, bool) {
	files := []File{}
	for _, a := range q.Attachments {
		data, err := base64.StdEncoding.DecodeString(a.Content)
		if err != nil || a.Filename == "" {
			return nil, false
		}
		files = append(files, File{
			Name: a.Filename, Type: a.Type, ContentID: a.ContentID,
			Inline: a.Disposition == "inline", Size: len(data), data: data,
		})
	}
	return files, true
}

// accept journals, keeps and reports a message.
func (s *Sandbox) accept(m *Message) error {
	if err := s.keep(m); err != nil {
		return err
	}
	s.report(*m, outcome(m.Channel, m.To), true)
	return nil
}

// keep journals and keeps a message.
func (s *Sandbox) keep(m *Message) error {
	m.AcceptedAt, m.Status = s.Now(), Accepted
	if err := s.journal.append(m); err != nil {
		return err
	}
	// The store may drop the body while a report is built: it gets a copy.
	kept := *m
	s.store.add(&kept)
	return nil
}

// mailID is shaped like SendGrid's ids: 22 characters of base64.
func mailID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(id[:])
}

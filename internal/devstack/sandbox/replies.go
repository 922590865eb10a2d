package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Paths of the product's webhooks for what customers write.
const (
	inboundMailPath = "/webhooks/sendgrid/inbound"
	inboundTextPath = "/webhooks/twilio/inbound"
)

// Reply is what a customer answers to an accepted message.
type Reply struct {
	// ID is the message's id at the provider.
	ID   string `json:"id"`
	Text string `json:"text"`
	// Automatic makes it an absence notice (e-mail only).
	Automatic bool `json:"automatic,omitempty"`
	// Forged signs it with a key that is not the provider's.
	Forged bool `json:"forged,omitempty"`
	// Twice posts it once more.
	Twice bool `json:"twice,omitempty"`
}

// errNoReplies is the error of a reply to a mail that asks for none here.
var errNoReplies = errors.New("the mail has no Reply-To: the product takes no replies, or it was a colleague's")

func (s *Sandbox) replyRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /control/reply", s.postReply)
	mux.HandleFunc("POST /control/report", s.postControlReport)
	mux.HandleFunc("POST /messages/{id}/reply", s.postReplyForm)
}

// postReply posts a reply and answers with the product's status.
func (s *Sandbox) postReply(w http.ResponseWriter, r *http.Request) {
	var wanted Reply
	if !readControl(w, r, &wanted) {
		return
	}
	m, ok := s.store.get(wanted.ID)
	if !ok {
		controlError(w, fmt.Errorf("no message with the id %q was accepted", wanted.ID))
		return
	}
	status, err := s.reply(r.Context(), m, wanted)
	if err != nil {
		controlError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]int{"status": status})
}

// postReplyForm is the form on a message's page.
func (s *Sandbox) postReplyForm(w http.ResponseWriter, r *http.Request) {
	m, ok := s.find(w, r)
	if !ok {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxControl)
	wanted := Reply{Text: r.FormValue("text"), Automatic: r.FormValue("kind") == "automatic"}
	if r.FormValue("kind") == "stop" {
		wanted.Text = "STOP"
	}
	if _, err := s.reply(r.Context(), m, wanted); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, "/messages/"+url.PathEscape(m.ID), http.StatusSeeOther)
}

// reply posts what the customer writes, at once, and returns the product's last status.
func (s *Sandbox) reply(ctx context.Context, m Message, wanted Reply) (status int, err error) {
	if s.cfg.WebhookBaseURL == "" {
		return 0, errors.New("the sandbox has no address to post to")
	}
	build := func() (*http.Request, error) { return s.textReply(ctx, m, wanted) }
	if m.Channel == Email {
		if m.replyTo == "" {
			return 0, errNoReplies
		}
		id := "<" + mailID() + "@customer.invalid>" // the same both times: it is one mail
		build = func() (*http.Request, error) { return s.mailReply(ctx, m, wanted, id) }
	}
	times := 1
	if wanted.Twice {
		times = 2
	}
	for range times {
		req, err := build()
		if err != nil {
			return 0, err
		}
		res, err := s.queue.poster.client.Do(req)
		if err != nil {
			return 0, fmt.Errorf("post the reply: %w", err)
		}
		_ = res.Body.Close()
		status = res.StatusCode
	}
	return status, nil
}

// mailReply is the form of SendGrid's inbound parse, signed as its security policy does.
func (s *Sandbox) mailReply(ctx context.Context, m Message, wanted Reply, id string) (*http.Request, error) {
	head := textproto.MIMEHeader{"Message-Id": {id}, "From": {m.To}, "Content-Type": {"text/plain; charset=utf-8"}}
	subject := "Re: " + m.Subject
	if wanted.Automatic {
		head.Set("Auto-Submitted", "auto-replied")
		subject = "Automatic reply: " + m.Subject
	}
	var lines strings.Builder
	for name, values := range head {
		lines.WriteString(name + ": " + values[0] + "\n")
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, field := range [][2]string{
		{"headers", lines.String()},
		{"from", m.To},
		{"to", m.replyTo},
		{"subject", subject},
		{"text", wanted.Text},
		{"attachments", "0"},
		{"charsets", `{"to":"UTF-8","from":"UTF-8","subject":"UTF-8","text":"UTF-8"}`},
		{"envelope", fmt.Sprintf(`{"to":[%q],"from":%q}`, m.replyTo, m.To)},
	} {
		if err := form.WriteField(field[0], field[1]); err != nil {
			return nil, err
		}
	}
	if err := form.Close(); err != nil {
		return nil, err
	}
	key, err := s.keyFor(wanted.Forged)
	if err != nil {
		return nil, err
	}
	timestamp := strconv.FormatInt(s.Now().Unix(), 10)
	signature, err := key.sign(timestamp, body.Bytes())
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(s.cfg.WebhookBaseURL, "/")+inboundMailPath, &body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set(sendgridSignature, signature)
	req.Header.Set(sendgridTimestamp, timestamp)
	return req, nil
}

// keyFor is the sandbox's key, or a new one of somebody who pretends to be it.
func (s *Sandbox) keyFor(forged bool) (*signingKey, error) {
	if forged {
		return loadKey("")
	}
	return s.key, nil
}

// textReply is Twilio's form for an incoming message. Its SID follows from the answer, so
// that twice the same is one message.
func (s *Sandbox) textReply(ctx context.Context, m Message, wanted Reply) (*http.Request, error) {
	sid := "SM" + Digest(m.ID, wanted.Text)[:32]
	form := url.Values{
		"AccountSid": {s.cfg.TwilioSID}, "ApiVersion": {"2010-04-01"}, "MessageSid": {sid}, "SmsSid": {sid}, "SmsStatus": {"received"},
		"From": {m.To}, "To": {m.From}, "Body": {wanted.Text}, "NumMedia": {"0"}, "NumSegments": {"1"},
	}
	address, token := strings.TrimRight(s.cfg.WebhookBaseURL, "/")+inboundTextPath, s.cfg.TwilioToken
	if wanted.Forged {
		token += "x"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set(twilioSignature, signTwilio(token, address, form))
	return req, nil
}

// Report is one more report of a provider about an accepted message.
type Report struct {
	ID     string `json:"id"`
	Status Status `json:"status"`
}

// reportable are the reports that can be asked for, by channel.
var reportable = map[Channel][]Status{
	Email: {Delivered, Bounced, Dropped, Complained, Unsubscribed}, SMS: {Delivered, Undelivered},
}

// postControlReport reports on a message after it was accepted: bounces and complaints come
// late, twice and after a delivery.
func (s *Sandbox) postControlReport(w http.ResponseWriter, r *http.Request) {
	var wanted Report
	if !readControl(w, r, &wanted) {
		return
	}
	m, ok := s.store.get(wanted.ID)
	if !ok || !slices.Contains(reportable[m.Channel], wanted.Status) {
		controlError(w, fmt.Errorf("no message with the id %q, or its channel has no report %q: use %v", wanted.ID, wanted.Status, reportable))
		return
	}
	s.report(m, wanted.Status, false)
	writeJSON(w, http.StatusOK, map[string]bool{"ok": true})
}

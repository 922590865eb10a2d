package email

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sendgrid/rest"
	"github.com/sendgrid/sendgrid-go"
	"github.com/sendgrid/sendgrid-go/helpers/mail"

	"maan/internal/provider"
)

// DefaultTimeout is the deadline of one attempt. It must stay shorter than the
// StartToClose time-out of the activity that sends, so that the answer is known
// before Temporal gives the activity up.
const DefaultTimeout = 20 * time.Second

const sendPath = "/v3/mail/send"

// Names of the custom arguments; events carry them back.
const (
	argMessageID = "message_id"
	argCreditor  = "creditor"
)

// SendGridConfig configures a SendGrid client.
type SendGridConfig struct {
	// BaseURL is scheme and host, such as https://api.eu.sendgrid.com. The
	// caller checks it with provider.CheckHost.
	BaseURL string
	APIKey  string
	// Timeout is the deadline of one attempt; zero means DefaultTimeout.
	Timeout time.Duration
}

// SendGrid sends through SendGrid's v3 API. It is safe for concurrent use.
type SendGrid struct {
	base    string
	key     string
	timeout time.Duration
	client  *rest.Client
}

var _ Sender = (*SendGrid)(nil)

// NewSendGrid returns a client. It connects to nothing yet.
func NewSendGrid(cfg SendGridConfig) (*SendGrid, error) {
	base, err := provider.ParseBase(cfg.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("sendgrid: %w", err)
	}
	if cfg.APIKey == "" || hasControl(cfg.APIKey) {
		return nil, errors.New("sendgrid: the API key is missing or not on one line: set it")
	}
	if cfg.Timeout < 0 {
		return nil, fmt.Errorf("sendgrid: time-out %s is negative", cfg.Timeout)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	return &SendGrid{
		base:    base.String(),
		key:     cfg.APIKey,
		timeout: cfg.Timeout,
		client: &rest.Client{HTTPClient: &http.Client{
			Transport:     provider.NewTransport(),
			CheckRedirect: provider.NoRedirect,
			Timeout:       cfg.Timeout,
		}},
	}, nil
}

// Send implements Sender. It succeeds only on SendGrid's 202.
func (s *SendGrid) Send(ctx context.Context, m Message) (Receipt, error) {
	if err := m.check(); err != nil {
		return Receipt{}, err
	}
	req := s.request(m)
	if len(req.Body) > MaxSize {
		return Receipt{}, provider.Reject(CodeTooLarge)
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var trace provider.Trace
	res, err := s.client.SendWithContext(trace.Context(ctx), req)
	if res == nil {
		return Receipt{}, provider.Classify(err, trace.Wrote())
	}
	// With an answer, err can only be its body breaking off; the status line
	// has said what became of the mail.
	header := http.Header(res.Headers)
	if res.StatusCode != http.StatusAccepted {
		return Receipt{}, provider.FromStatus(res.StatusCode, header)
	}
	return Receipt{ProviderID: header.Get("X-Message-Id")}, nil
}

// request builds the request of this one send. sendgrid.Client must not be used:
// it keeps the body in a field that concurrent sends share, and so mails one
// customer's text to another (sendgrid-go issue 474).
func (s *SendGrid) request(m Message) rest.Request {
	req := sendgrid.GetRequest(s.key, sendPath, s.base)
	req.Method = rest.Post
	req.Body = mail.GetRequestBody(build(m))
	return req
}

func build(m Message) *mail.SGMailV3 {
	out := mail.NewV3Mail()
	out.SetFrom(mail.NewEmail(m.FromName, m.From))
	if m.ReplyTo != "" {
		out.SetReplyTo(mail.NewEmail("", m.ReplyTo))
	}
	out.Subject = m.Subject
	to := mail.NewPersonalization()
	to.AddTos(mail.NewEmail(m.ToName, m.To))
	out.AddPersonalizations(to)
	out.SetCustomArg(argMessageID, m.ID)
	if m.CreditorRef != "" {
		out.SetCustomArg(argCreditor, m.CreditorRef)
	}
	// SendGrid wants the plain part first.
	if m.Text != "" {
		out.AddContent(mail.NewContent("text/plain", m.Text))
	}
	if m.HTML != "" {
		out.AddContent(mail.NewContent("text/html", m.HTML))
	}
	for _, a := range m.Inline {
		out.AddAttachment(attachment(a, "inline"))
	}
	for _, a := range m.Attachments {
		out.AddAttachment(attachment(a, "attachment"))
	}
	out.SetTrackingSettings(noTracking())
	return out
}

func attachment(a Attachment, disposition string) *mail.Attachment {
	return &mail.Attachment{
		Content:     base64.StdEncoding.EncodeToString(a.Data),
		Type:        a.ContentType,
		Filename:    a.Name,
		Disposition: disposition,
		ContentID:   a.ContentID,
	}
}

// noTracking says so in every mail, whatever the account is set to: tracked
// links would show the customer another address than the creditor's, and a
// subscription footer does not belong under an invoice.
func noTracking() *mail.TrackingSettings {
	off := false
	return &mail.TrackingSettings{
		ClickTracking:        &mail.ClickTrackingSetting{Enable: &off, EnableText: &off},
		OpenTracking:         &mail.OpenTrackingSetting{Enable: &off},
		SubscriptionTracking: &mail.SubscriptionTrackingSetting{Enable: &off},
	}
}

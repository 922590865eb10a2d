package sms

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"maan/internal/provider"
)

// DefaultTimeout is the deadline of one attempt. It must stay shorter than the
// StartToClose time-out of the activity that sends.
const DefaultTimeout = 20 * time.Second

// TwilioConfig configures a Twilio client.
type TwilioConfig struct {
	// BaseURL is scheme and host, such as https://api.twilio.com. The caller
	// checks it with provider.CheckHost.
	BaseURL               string
	AccountSID, AuthToken string
	// From is the sender of messages that name none.
	From string
	// Timeout is the deadline of one attempt; zero means DefaultTimeout.
	Timeout time.Duration
}

// Twilio sends through Twilio's 2010-04-01 API. It is safe for concurrent use.
type Twilio struct {
	base      *url.URL
	sid       string
	token     string
	from      string
	timeout   time.Duration
	transport http.RoundTripper
}

var _ Sender = (*Twilio)(nil)

// credentialPattern is what twilio-go accepts; it would otherwise refuse each
// message with an error that looks like the provider's.
var credentialPattern = regexp.MustCompile(`^[a-zA-Z0-9]+$`)

// NewTwilio returns a client. It connects to nothing yet.
func NewTwilio(cfg TwilioConfig) (*Twilio, error) {
	base, err := provider.ParseBase(cfg.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("twilio: %w", err)
	}
	if !credentialPattern.MatchString(cfg.AccountSID) || !credentialPattern.MatchString(cfg.AuthToken) {
		return nil, errors.New("twilio: account SID and auth token must be set, letters and digits only")
	}
	if cfg.From != "" && !validSender(cfg.From) {
		return nil, errors.New("twilio: the sender must be an E.164 number or up to 11 letters and digits")
	}
	if cfg.Timeout < 0 {
		return nil, fmt.Errorf("twilio: time-out %s is negative", cfg.Timeout)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	return &Twilio{
		base:      base,
		sid:       cfg.AccountSID,
		token:     cfg.AuthToken,
		from:      cfg.From,
		timeout:   cfg.Timeout,
		transport: provider.NewTransport(),
	}, nil
}

// Send implements Sender. It succeeds only on Twilio's 201 with a SID.
func (t *Twilio) Send(ctx context.Context, m Message) (Receipt, error) {
	if m.From == "" {
		m.From = t.from
	}
	if err := m.check(); err != nil {
		return Receipt{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	var trace provider.Trace
	via := &attempt{ctx: trace.Context(ctx), base: t.base, inner: t.transport}
	created, err := t.service(via).CreateMessage(params(m))
	switch {
	case via.status == 0 && err != nil:
		return Receipt{}, provider.Classify(err, trace.Wrote())
	case via.status != http.StatusCreated:
		return Receipt{}, refusal(via.status, via.header, err)
	case err != nil || created.Sid == nil || *created.Sid == "":
		return Receipt{}, &provider.Error{Fate: provider.Uncertain, Code: provider.CodeBadAnswer}
	}
	return Receipt{ProviderID: *created.Sid}, nil
}

func params(m Message) *api.CreateMessageParams {
	p := (&api.CreateMessageParams{}).SetTo(m.To).SetFrom(m.From).SetBody(m.Text)
	if m.StatusCallback != "" {
		p.SetStatusCallback(m.StatusCallback)
	}
	return p
}

// service builds twilio-go's client for one attempt: its methods take no
// context, so the context rides in the transport. It costs a few small structs;
// the connections are shared.
func (t *Twilio) service(via http.RoundTripper) *api.ApiService {
	c := &client.Client{
		Credentials: client.NewCredentials(t.sid, t.token),
		HTTPClient:  &http.Client{Transport: via, CheckRedirect: provider.NoRedirect},
	}
	c.SetAccountSid(t.sid)
	handler := client.NewRequestHandler(c)
	// They come from the environment and would name another host.
	handler.Edge, handler.Region = "", ""
	return api.NewApiService(handler)
}

// refusal names Twilio's own code, such as 21211, where it rejected the message.
func refusal(status int, header http.Header, err error) *provider.Error {
	failed := provider.FromStatus(status, header)
	var said *client.TwilioRestError
	if failed.Fate == provider.Rejected && errors.As(err, &said) && said.Code > 0 {
		failed.Code = strconv.Itoa(said.Code)
	}
	return failed
}

// attempt is the transport of one send: it brings the caller's context and our
// base URL into a request that twilio-go made without either, and remembers the
// answer's status, which twilio-go loses when the body is not JSON.
type attempt struct {
	ctx   context.Context //nolint:containedctx // the library offers no other way in
	base  *url.URL
	inner http.RoundTripper

	status int
	header http.Header
}

// RoundTrip implements http.RoundTripper.
func (a *attempt) RoundTrip(req *http.Request) (*http.Response, error) {
	out := req.Clone(a.ctx)
	out.URL.Scheme, out.URL.Host, out.Host = a.base.Scheme, a.base.Host, ""
	res, err := a.inner.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	a.status, a.header = res.StatusCode, res.Header
	return res, nil
}

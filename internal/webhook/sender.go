package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"maan/internal/provider"
)

// Timeout bounds one attempt, from the look-up of the name to the end of the answer.
const Timeout = 10 * time.Second

// Bounds on what is read of an answer, in bytes.
const (
	maxAnswer  = 64 << 10
	maxHeaders = 16 << 10
)

// Sender posts deliveries. It is safe for concurrent use.
type Sender struct {
	client *http.Client
	local  bool
}

// NewSender makes a sender. local lets it post to addresses inside a network, and by http
// to this machine; it is for development.
func NewSender(local bool) *Sender {
	dialer := &net.Dialer{Timeout: Timeout, KeepAlive: 30 * time.Second}
	if !local {
		dialer.Control = refuseInside
	}
	return &Sender{local: local, client: &http.Client{
		Timeout: Timeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, MaxIdleConns: 100, MaxIdleConnsPerHost: 1, IdleConnTimeout: 90 * time.Second,
			TLSHandshakeTimeout: Timeout, MaxResponseHeaderBytes: maxHeaders,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Post is one attempt at a delivery.
type Post struct {
	URL      string
	Secret   string
	Delivery string // id
	Body     []byte // JSON
}

// Result is what became of an attempt.
type Result struct {
	Status int    // of the answer; 0: none came
	Code   string // why it counts as failed; empty: it was taken
}

// Taken reports whether the other side has the delivery.
func (r Result) Taken() bool { return r.Code == "" }

// Codes of attempts that failed, beside those of package provider.
const (
	CodeRedirect  = "redirect"    // redirects are not followed
	CodeNotPublic = "not_public"  // the name leads inside a network
	CodeBadURL    = "invalid_url" // the address is not taken, or not any more
)

// Send posts a delivery, signed for the moment at. Only an answer of 200 to 299 takes it.
func (s *Sender) Send(ctx context.Context, p Post, at time.Time) Result {
	if len(CheckURL(p.URL, s.local)) > 0 {
		return Result{Code: CodeBadURL}
	}
	var trace provider.Trace
	req, err := http.NewRequestWithContext(trace.Context(ctx), http.MethodPost, p.URL, bytes.NewReader(p.Body))
	if err != nil {
		return Result{Code: CodeBadURL}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Maan-Webhook/1")
	req.Header.Set(DeliveryHeader, p.Delivery)
	req.Header.Set(SignatureHeader, Signature(p.Secret, at, p.Body))
	res, err := s.client.Do(req)
	if errors.Is(err, errNotPublic) {
		return Result{Code: CodeNotPublic}
	}
	if err != nil {
		return Result{Code: provider.Classify(err, trace.Wrote()).Code}
	}
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer) // so that the connection serves again; the status is the answer
	_ = res.Body.Close()
	switch {
	case res.StatusCode >= 200 && res.StatusCode < 300:
		return Result{Status: res.StatusCode}
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return Result{Status: res.StatusCode, Code: CodeRedirect}
	}
	return Result{Status: res.StatusCode, Code: provider.FromStatus(res.StatusCode, res.Header).Code}
}

package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"maan/internal/provider"
)

// Headers of the signed webhooks.
const (
	sendgridSignature = "X-Twilio-Email-Event-Webhook-Signature"
	sendgridTimestamp = "X-Twilio-Email-Event-Webhook-Timestamp"
	twilioSignature   = "X-Twilio-Signature"
)

// poster posts signed webhooks, a bounded number of times each.
type poster struct {
	sandbox *Sandbox
	client  *http.Client
}

func newPoster(s *Sandbox) *poster {
	return &poster{sandbox: s, client: &http.Client{
		Timeout:       webhookTimeout,
		CheckRedirect: provider.NoRedirect,
		// No proxy: webhooks stay on this machine.
		Transport: &http.Transport{MaxIdleConnsPerHost: 2 * defaultWorkers, IdleConnTimeout: 15 * time.Second},
	}}
}

// mailEvents posts one batch and reports whether the product took it.
func (p *poster) mailEvents(ctx context.Context, events []map[string]any) bool {
	body, err := json.Marshal(events)
	if err != nil {
		return false
	}
	address := strings.TrimRight(p.sandbox.cfg.WebhookBaseURL, "/") + webhookPath
	return p.behaving(ctx, func(forged bool) (*http.Request, error) {
		key, err := p.sandbox.keyFor(forged)
		if err != nil {
			return nil, err
		}
		// Signed anew for each attempt: the receiver judges the age.
		timestamp := strconv.FormatInt(p.sandbox.Now().Unix(), 10)
		signature, err := key.sign(timestamp, body)
		if err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(sendgridSignature, signature)
		req.Header.Set(sendgridTimestamp, timestamp)
		return req, nil
	})
}

// textStatus posts one status callback and reports whether the product took it.
func (p *poster) textStatus(ctx context.Context, callback string, form url.Values) bool {
	return p.behaving(ctx, func(forged bool) (*http.Request, error) {
		token := p.sandbox.cfg.TwilioToken
		if forged {
			token += "x"
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, callback, strings.NewReader(form.Encode()))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set(twilioSignature, signTwilio(token, callback, form))
		return req, nil
	})
}

// behaving posts a report as the sandbox was told that reports arrive: late, after a forged
// one, or twice. The forged one is tried once, and what becomes of it does not matter.
func (p *poster) behaving(ctx context.Context, build func(forged bool) (*http.Request, error)) bool {
	how := p.sandbox.hooks.get()
	if how.LateMS > 0 && !sleep(ctx, how.late()) {
		return false
	}
	if how.Forged {
		if req, err := build(true); err == nil {
			p.try(req)
		}
	}
	taken := p.post(ctx, func() (*http.Request, error) { return build(false) })
	if taken && how.Twice {
		taken = p.post(ctx, func() (*http.Request, error) { return build(false) })
	}
	return taken
}

// post tries until the product takes the webhook, refuses it for good, or the
// attempts are used up.
func (p *poster) post(ctx context.Context, build func() (*http.Request, error)) bool {
	pause := p.sandbox.cfg.WebhookBackoff
	for attempt := 1; ; attempt++ {
		req, err := build()
		if err != nil {
			return false
		}
		taken, again := p.try(req)
		if taken || !again || attempt >= p.sandbox.cfg.WebhookAttempts {
			return taken
		}
		if !sleep(ctx, pause) {
			return false
		}
		pause = min(2*pause, maxWebhookBackoff)
	}
}

// try makes one attempt. A 4xx is final: posting the same again would not help.
func (p *poster) try(req *http.Request) (taken, again bool) {
	res, err := p.client.Do(req)
	if err != nil {
		return false, true
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20))
	_ = res.Body.Close()
	switch {
	case res.StatusCode < 300:
		return true, false
	case res.StatusCode == http.StatusRequestTimeout, res.StatusCode == http.StatusTooManyRequests:
		return false, true
	default:
		return false, res.StatusCode >= 500
	}
}

// sleep reports whether the sandbox still runs after d.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

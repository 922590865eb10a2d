package provider

import (
	"io"
	"net"
	"net/http"
	"time"
)

const (
	// maxAnswer bounds the answer that is read into memory: the provider
	// libraries read it whole.
	maxAnswer = 1 << 20
	// maxConns bounds the connections to one provider.
	maxConns = 128
	// idleTimeout is shorter than what providers and proxies grant an idle
	// connection: a request that meets a connection just being closed is
	// uncertain, and each of those costs a settlement.
	idleTimeout = 15 * time.Second
	// dialTimeout leaves most of the deadline to the request itself.
	dialTimeout = 5 * time.Second
)

// NewTransport returns the transport of the provider clients: bounded in
// connections, time to connect, and the size of answers.
func NewTransport() http.RoundTripper {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	return &boundedTransport{inner: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		ForceAttemptHTTP2:   true,
		MaxIdleConns:        maxConns,
		MaxIdleConnsPerHost: maxConns,
		MaxConnsPerHost:     maxConns,
		IdleConnTimeout:     idleTimeout,
		TLSHandshakeTimeout: dialTimeout,
	}}
}

// NoRedirect is an http.Client's CheckRedirect that hands back the redirect
// itself: following one would post the message to a second host.
func NoRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// boundedTransport cuts every answer off after maxAnswer bytes.
type boundedTransport struct {
	inner http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t *boundedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.inner.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	res.Body = &boundedBody{Reader: io.LimitReader(res.Body, maxAnswer), Closer: res.Body}
	return res, nil
}

type boundedBody struct {
	io.Reader
	io.Closer
}

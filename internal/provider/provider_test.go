package provider_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/provider"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	refused := &url.Error{Op: "Post", URL: "http://secret.example", Err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}
	tests := []struct {
		name  string
		err   error
		wrote bool
		fate  provider.Fate
		code  string
	}{
		{"RefusedConnection", refused, false, provider.NotSent, "refused"},
		{"ResetWhileDialling", &net.OpError{Op: "dial", Err: syscall.ECONNRESET}, false, provider.NotSent, "refused"},
		{"ResetInTheHandshake", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, false, provider.NotSent, "connect"},
		{"UnknownName", &net.DNSError{Err: "no such host", Name: "secret.example"}, false, provider.NotSent, "dns"},
		{"DNSTimeout", &net.DNSError{IsTimeout: true}, false, provider.NotSent, "dns"},
		{"TLSAlert", tls.AlertError(40), false, provider.NotSent, "tls"},
		{"NotTLSAtAll", tls.RecordHeaderError{Msg: "x"}, false, provider.NotSent, "tls"},
		{"DeadlineBeforeConnection", context.DeadlineExceeded, false, provider.NotSent, "connect_timeout"},
		{"CanceledBeforeConnection", context.Canceled, false, provider.NotSent, "canceled"},
		{"OtherDialError", errors.New("no route"), false, provider.NotSent, "connect"},
		{"DeadlineAfterWriting", context.DeadlineExceeded, true, provider.Uncertain, "timeout"},
		{"CanceledAfterWriting", context.Canceled, true, provider.Uncertain, "canceled"},
		{"ResetAfterWriting", syscall.ECONNRESET, true, provider.Uncertain, "connection_lost"},
		// A proxy may refuse after our own connection stands.
		{"RefusedAfterWriting", refused, true, provider.Uncertain, "connection_lost"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := provider.Classify(tt.err, tt.wrote)
			require.Equal(t, tt.fate, got.Fate)
			require.Equal(t, tt.code, got.Code)
			require.Equal(t, tt.fate, provider.FateOf(fmt.Errorf("send: %w", got)))
			require.Equal(t, tt.code, provider.CodeOf(fmt.Errorf("send: %w", got)))
			require.NotContains(t, got.Error(), "secret")
		})
	}
}

// What was written decides, never the kind of error.
func TestClassifyNeverCallsAWrittenRequestUnsent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		err := rapid.SampledFrom([]error{
			context.Canceled, context.DeadlineExceeded, syscall.ECONNREFUSED, syscall.EPIPE,
			&net.DNSError{}, tls.AlertError(1), errors.New("x"),
		}).Draw(t, "err")
		wrote := rapid.Bool().Draw(t, "wrote")
		got := provider.Classify(fmt.Errorf("wrapped: %w", err), wrote)
		if wrote != (got.Fate == provider.Uncertain) {
			t.Fatalf("wrote %v gave %s", wrote, got.Fate)
		}
	})
}

func TestFromStatus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		fate   provider.Fate
	}{
		{302, provider.Uncertain},
		{400, provider.Rejected},
		{401, provider.Rejected},
		{408, provider.NotSent},
		{413, provider.Rejected},
		{429, provider.NotSent},
		{500, provider.Uncertain},
		{503, provider.Uncertain},
	}
	for _, tt := range tests {
		got := provider.FromStatus(tt.status, nil)
		require.Equal(t, tt.fate, got.Fate, tt.status)
		require.Equal(t, fmt.Sprintf("status_%d", tt.status), got.Code)
	}
}

func TestFromStatusReadsWhenToComeBack(t *testing.T) {
	t.Parallel()
	const date = "Fri, 02 Jan 2026 10:00:00 GMT"
	tests := []struct {
		name   string
		header http.Header
		want   time.Duration
	}{
		{"Nothing", http.Header{}, 0},
		{"Seconds", http.Header{"Retry-After": {"30"}}, 30 * time.Second},
		{"Date", http.Header{"Retry-After": {"Fri, 02 Jan 2026 10:00:45 GMT"}, "Date": {date}}, 45 * time.Second},
		{"Reset", http.Header{"X-Ratelimit-Reset": {"1767348012"}, "Date": {date}}, 12 * time.Second},
		{"DateWithoutOurs", http.Header{"Retry-After": {"Fri, 02 Jan 2026 10:00:45 GMT"}}, 0},
		{"Past", http.Header{"X-Ratelimit-Reset": {"1"}, "Date": {date}}, 0},
		{"Negative", http.Header{"Retry-After": {"-5"}}, 0},
		{"Absurd", http.Header{"Retry-After": {"9999999999"}}, time.Hour},
		{"Words", http.Header{"Retry-After": {"soon"}, "Date": {date}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, provider.FromStatus(429, tt.header).RetryAfter)
		})
	}
}

// Temporal stores the text of every error that Unwrap reaches.
func TestErrorKeepsItsCauseToItself(t *testing.T) {
	t.Parallel()
	err := provider.Classify(fmt.Errorf("post for anna@example.org: %w", context.DeadlineExceeded), true)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, context.Canceled)
	require.NoError(t, errors.Unwrap(err))
	require.Equal(t, "provider attempt uncertain: timeout", err.Error())
	require.NotContains(t, fmt.Sprintf("%v %+v %s", err, err, err), "anna")
}

func TestFateOfAnotherErrorIsUncertain(t *testing.T) {
	t.Parallel()
	require.Equal(t, provider.Uncertain, provider.FateOf(errors.New("anything")))
	require.Equal(t, provider.CodeUnknown, provider.CodeOf(errors.New("anything")))
	require.Equal(t, provider.Rejected, provider.FateOf(provider.Reject("bad_address")))
}

func TestTraceTellsWhetherAnythingLeft(t *testing.T) {
	t.Parallel()
	post := func(t *testing.T, address string) (*provider.Trace, error) {
		t.Helper()
		var trace provider.Trace
		req, err := http.NewRequestWithContext(trace.Context(t.Context()), http.MethodPost, address, strings.NewReader("x"))
		require.NoError(t, err)
		res, err := (&http.Client{Transport: provider.NewTransport()}).Do(req)
		if res != nil {
			require.NoError(t, res.Body.Close())
		}
		return &trace, err
	}

	t.Run("NobodyListens", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(http.NotFoundHandler())
		server.Close()
		trace, err := post(t, server.URL)
		require.Error(t, err)
		require.False(t, trace.Wrote())
		require.Equal(t, provider.CodeRefused, provider.Classify(err, trace.Wrote()).Code)
	})

	t.Run("HandshakeFails", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewTLSServer(http.NotFoundHandler())
		defer server.Close()
		trace, err := post(t, server.URL)
		require.Error(t, err)
		require.False(t, trace.Wrote())
		require.Equal(t, provider.CodeTLS, provider.Classify(err, trace.Wrote()).Code)
	})

	t.Run("AnswerBreaks", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = conn.Close()
			}
		}))
		defer server.Close()
		trace, err := post(t, server.URL)
		require.Error(t, err)
		require.True(t, trace.Wrote())
	})
}

func TestCheckHost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		env, base string
		wantErr   string
	}{
		{"development", "http://127.0.0.1:9000", ""},
		{"", "http://localhost:9000/", ""},
		{"", "http://[::1]:9000", ""},
		{"", "http://127.9.9.9", ""},
		{"production", "https://api.sendgrid.com", ""},
		{"production", "http://api.sendgrid.com", "needs https"},
		{"production", "http://127.0.0.1:9000", "needs https"},
		{"development", "https://api.sendgrid.com", "not on this machine"},
		{"Production", "https://api.sendgrid.com", "not on this machine"},
		{"", "https://127.0.0.1.example.org", "not on this machine"},
		{"", "http://10.0.0.1", "not on this machine"},
		{"", "http://0.0.0.0:80", "not on this machine"},
		{"production", "https://user:pw@api.sendgrid.com", "scheme and host only"},
		{"production", "https://api.sendgrid.com/v3", "scheme and host only"},
		{"production", "https://api.sendgrid.com?x=1", "scheme and host only"},
		{"production", "api.sendgrid.com", "scheme"},
		{"production", "", "scheme"},
		{"production", "https://%zz", "not a URL"},
	}
	for _, tt := range tests {
		t.Run(tt.env+" "+tt.base, func(t *testing.T) {
			t.Parallel()
			err := provider.CheckHost(tt.env, tt.base)
			if tt.wantErr == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.wantErr)
			require.NotContains(t, err.Error(), "pw")
		})
	}
}

func TestZeroIsNoLimit(t *testing.T) {
	t.Parallel()
	limiter := provider.NewLimiter(nil, "email", 0)
	for range 10_000 {
		require.NoError(t, limiter.Wait(t.Context(), false))
	}
}

// What an attempt says about the provider: whether its circuit should open, close, or neither.
func TestHealth(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]provider.Health{
		400: provider.Up, 401: provider.Down, 403: provider.Unknown, 404: provider.Up, 408: provider.Unknown, 413: provider.Up,
		429: provider.Busy, 500: provider.Down, 503: provider.Down, 302: provider.Unknown,
	} {
		require.Equal(t, want, provider.FromStatus(status, nil).Health, status)
	}
	for _, wrote := range []bool{true, false} {
		require.Equal(t, provider.Down, provider.Classify(syscall.ECONNREFUSED, wrote).Health)
		require.Equal(t, provider.Down, provider.Classify(context.DeadlineExceeded, wrote).Health)
		require.Equal(t, provider.Unknown, provider.Classify(context.Canceled, wrote).Health, "our own doing")
	}
	require.Equal(t, provider.Unknown, provider.Reject("bad_address").Health, "nobody was asked")
}

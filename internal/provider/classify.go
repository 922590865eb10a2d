package provider

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// maxRetryAfter bounds what a provider may ask for, so that a broken header
// cannot stop an account for a year.
const maxRetryAfter = time.Hour

// Trace watches one HTTP request to learn whether any of it can have reached
// the provider. The zero value is ready; use one per request.
type Trace struct {
	inUse atomic.Bool
}

// Context returns ctx with the trace attached.
func (t *Trace) Context(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// The transport asks for a second connection only when it is sure that
		// nothing was written to the first (a POST is never repeated
		// otherwise), so asking again makes the request unsent again.
		GetConn: func(string) { t.inUse.Store(false) },
		// Bytes may leave as soon as there is a connection; waiting for
		// WroteRequest would call a half-written request unsent.
		GotConn: func(httptrace.GotConnInfo) { t.inUse.Store(true) },
	})
}

// Wrote reports whether some of the request may have reached the provider.
func (t *Trace) Wrote() bool { return t.inUse.Load() }

// Classify turns a transport error into an *Error. wrote says whether some of
// the request may have left (Trace.Wrote): if so the outcome is Uncertain
// whatever the error says, otherwise NotSent.
func Classify(err error, wrote bool) *Error {
	failed := &Error{Fate: NotSent, Code: codeBeforeUse(err), Health: Down, err: err}
	if wrote {
		failed.Fate, failed.Code = Uncertain, codeInUse(err)
	}
	if failed.Code == CodeCanceled {
		failed.Health = Unknown
	}
	return failed
}

func codeInUse(err error) string {
	switch {
	case isTimeout(err):
		return CodeTimeout
	case errors.Is(err, context.Canceled):
		return CodeCanceled
	default:
		return CodeConnectionLost
	}
}

func codeBeforeUse(err error) string {
	var (
		dns    *net.DNSError
		record tls.RecordHeaderError
		cert   *tls.CertificateVerificationError
		alert  tls.AlertError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return CodeCanceled
	case errors.As(err, &dns):
		return CodeDNS
	case isRefused(err):
		return CodeRefused
	case errors.As(err, &record), errors.As(err, &cert), errors.As(err, &alert):
		return CodeTLS
	case isTimeout(err):
		return CodeConnectTimeout
	default:
		return CodeConnect
	}
}

// isRefused also takes a reset while dialling: a listener just being closed
// answers so.
func isRefused(err error) bool {
	var op *net.OpError
	dialling := errors.As(err, &op) && op.Op == "dial"
	return errors.Is(err, syscall.ECONNREFUSED) || dialling && errors.Is(err, syscall.ECONNRESET)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// FromStatus turns the status of an answer that is no success into an *Error
// with the code "status_NNN". 408 and 429 are NotSent: both say that the
// request was not processed. Other 4xx are Rejected. All else, a redirect
// included, is Uncertain.
func FromStatus(status int, header http.Header) *Error {
	failed := &Error{
		Fate:       Uncertain,
		Code:       "status_" + strconv.Itoa(status),
		RetryAfter: retryAfter(header),
	}
	switch {
	case status == http.StatusTooManyRequests:
		failed.Fate, failed.Health = NotSent, Busy
	case status == http.StatusRequestTimeout:
		failed.Fate = NotSent
	case status == http.StatusUnauthorized:
		failed.Fate, failed.Health = Rejected, Down
	case status == http.StatusForbidden: // it may be about one sender only
		failed.Fate = Rejected
	case status >= 400 && status < 500:
		failed.Fate, failed.Health = Rejected, Up
	case status >= 500:
		failed.Health = Down
	}
	return failed
}

// retryAfter reads Retry-After (RFC 9110 section 10.2.3, seconds or a date) and
// else SendGrid's X-RateLimit-Reset (Unix seconds). Instants are measured from
// the answer's own Date, so that our clock plays no part.
func retryAfter(header http.Header) time.Duration {
	if seconds, err := strconv.Atoi(header.Get("Retry-After")); err == nil {
		// Bounded before the multiplication, which would overflow.
		return clampRetry(time.Duration(min(max(seconds, 0), 1<<20)) * time.Second)
	}
	answered, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return 0
	}
	if until, err := http.ParseTime(header.Get("Retry-After")); err == nil {
		return clampRetry(until.Sub(answered))
	}
	if reset, err := strconv.ParseInt(header.Get("X-Ratelimit-Reset"), 10, 64); err == nil {
		return clampRetry(time.Unix(reset, 0).Sub(answered))
	}
	return 0
}

func clampRetry(d time.Duration) time.Duration {
	return min(max(d, 0), maxRetryAfter)
}

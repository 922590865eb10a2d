package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// answer is what a provider's endpoint says.
type answer struct {
	status int
	header map[string]string
	body   any
}

// takeFunc checks a request and accepts its message. It answers 2xx exactly when
// it accepted.
type takeFunc func(r *http.Request, body []byte) answer

// misbehave wraps a provider's endpoint with the behaviour set for its channel.
func (s *Sandbox) misbehave(channel Channel, take takeFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b := s.behaviour.next(channel)
		if b.Mode == Down {
			hangUp(w)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			s.answerUnread(w, channel, err)
			return
		}
		switch b.Mode {
		case DropBefore:
			hangUp(w)
		case TooMany, Error500Early, Error503Early:
			write(w, s.refusal(channel, b))
		case Slow:
			s.wait(r, time.Duration(b.DelayMS)*time.Millisecond)
			write(w, s.counted(take(r, body)))
		case Restart:
			s.counted(take(r, body))
			s.restart(b)
			hangUp(w)
		default:
			s.answerAfter(w, r, channel, b, s.counted(take(r, body)))
		}
	}
}

// answerAfter answers for a message that was judged, unless the behaviour hides
// that it was accepted.
func (s *Sandbox) answerAfter(w http.ResponseWriter, r *http.Request, channel Channel, b Behaviour, said answer) {
	if said.status >= 300 {
		write(w, said)
		return
	}
	switch b.Mode {
	case Error500Late, Error503Late:
		write(w, s.refusal(channel, b))
	case DropAfter:
		hangUp(w)
	case HangAfter:
		s.wait(r, 0)
		hangUp(w)
	default:
		write(w, said)
	}
}

func (s *Sandbox) counted(said answer) answer {
	if said.status >= 400 && said.status < 500 {
		s.store.reject()
	}
	return said
}

func (s *Sandbox) answerUnread(w http.ResponseWriter, channel Channel, err error) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); !ok {
		hangUp(w)
		return
	}
	write(w, s.counted(failure(channel, http.StatusRequestEntityTooLarge, 0, "The request is too large.", "")))
}

// refusal is the answer of the modes that name a status.
func (s *Sandbox) refusal(channel Channel, b Behaviour) answer {
	switch b.Mode {
	case TooMany:
		said := failure(channel, http.StatusTooManyRequests, 20429, "Too many requests", "")
		if b.RetryAfter > 0 {
			said.header = map[string]string{"Retry-After": strconv.Itoa(b.RetryAfter)}
		}
		return said
	case Error500Early, Error500Late:
		return failure(channel, http.StatusInternalServerError, 20500, "Internal server error", "")
	default:
		return failure(channel, http.StatusServiceUnavailable, 20503, "Service unavailable", "")
	}
}

// failure words an error as the channel's provider does. code is Twilio's.
func failure(channel Channel, status, code int, message, field string) answer {
	if channel == SMS {
		return answer{status: status, body: map[string]any{
			"code": code, "message": message, "status": status,
			"more_info": fmt.Sprintf("https://www.twilio.com/docs/errors/%d", code),
		}}
	}
	one := map[string]any{"message": message, "field": nil, "help": nil}
	if field != "" {
		one["field"] = field
	}
	return answer{status: status, body: map[string]any{"errors": []any{one}}}
}

// wait returns after d, or with d zero only when the client has gone or the
// sandbox closes.
func (s *Sandbox) wait(r *http.Request, d time.Duration) {
	var passed <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		passed = timer.C
	}
	select {
	case <-passed:
	case <-r.Context().Done():
	case <-s.done:
	}
}

// hangUp closes the connection without an answer. A connection that cannot be
// taken over (HTTP/2) gets a 503 instead.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	_ = conn.Close()
}

func write(w http.ResponseWriter, said answer) {
	for name, value := range said.header {
		w.Header().Set(name, value)
	}
	if said.body == nil {
		w.WriteHeader(said.status)
		return
	}
	writeJSON(w, said.status, said.body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) //nolint:errchkjson // the client may have gone; there is nobody left to tell
}

package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// maxControl bounds the body of a control request.
const maxControl = 64 << 10

func (s *Sandbox) controlRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /control/behaviour", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.behaviour.list())
	})
	mux.HandleFunc("POST /control/behaviour", s.postBehaviour)
	mux.HandleFunc("GET /control/clock", func(w http.ResponseWriter, _ *http.Request) { s.writeClock(w) })
	mux.HandleFunc("POST /control/clock", s.postClock)
	mux.HandleFunc("POST /control/reset", s.postReset)
	mux.HandleFunc("GET /control/queue", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]int{"queued": s.queue.queued()})
	})
	mux.HandleFunc("GET /control/messages", s.getMessages)
	mux.HandleFunc("GET /control/counts", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.Counts())
	})
}

// Queued is how many reports the product has not taken yet.
func (s *Sandbox) Queued() int { return s.queue.queued() }

// Counts says what happened since the start or the last reset.
func (s *Sandbox) Counts() Counts {
	counts := s.store.counts()
	counts.WebhooksFailed = s.queue.failures()
	return counts
}

func (s *Sandbox) postBehaviour(w http.ResponseWriter, r *http.Request) {
	var wanted Behaviour
	if !readControl(w, r, &wanted) {
		return
	}
	behaviour, err := wanted.normal()
	if err != nil {
		controlError(w, err)
		return
	}
	if err := s.behave(behaviour); err != nil {
		writeJSON(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, s.behaviour.list())
}

// maxOffsetMS is 100 years: beyond about 292 a Duration overflows.
const maxOffsetMS = 100 * 366 * 24 * 3600 * 1000

func (s *Sandbox) postClock(w http.ResponseWriter, r *http.Request) {
	var wanted struct {
		OffsetMS *int64 `json:"offset_ms"`
	}
	if !readControl(w, r, &wanted) {
		return
	}
	if wanted.OffsetMS == nil || *wanted.OffsetMS > maxOffsetMS || *wanted.OffsetMS < -maxOffsetMS {
		controlError(w, errors.New("offset_ms is needed, within 100 years"))
		return
	}
	s.offset.Store(*wanted.OffsetMS * int64(time.Millisecond))
	s.writeClock(w)
}

func (s *Sandbox) writeClock(w http.ResponseWriter) {
	writeJSON(w, http.StatusOK, map[string]any{"offset_ms": s.offset.Load() / int64(time.Millisecond), "now": s.Now()})
}

// postReset forgets messages, counts, behaviour, clock offset and waiting
// webhooks. The journal and the signing key stay.
func (s *Sandbox) postReset(w http.ResponseWriter, _ *http.Request) {
	s.queue.reset()
	s.store.reset()
	s.behaviour.reset()
	s.hooks.set(HookBehaviour{})
	s.offset.Store(0)
	if err := s.openGates(); err != nil {
		writeJSON(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, map[string]bool{"ok": true})
}

// getMessages lists accepted messages, oldest first; to, message_id and channel
// filter, limit keeps the newest so many.
func (s *Sandbox) getMessages(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	messages := s.store.list(filter{
		to: query.Get("to"), messageID: query.Get("message_id"), channel: Channel(query.Get("channel")),
	})
	if limit, err := strconv.Atoi(query.Get("limit")); err == nil && limit >= 0 && limit < len(messages) {
		messages = messages[len(messages)-limit:]
	}
	writeJSON(w, http.StatusOK, messages)
}

// readControl answers 400 and returns false when the body cannot be read.
// Unknown fields are refused: a misspelt one would silently change nothing.
func readControl(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControl))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		controlError(w, fmt.Errorf("the body is not the JSON that is expected: %w", err))
		return false
	}
	return true
}

func controlError(w http.ResponseWriter, err error) {
	writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
}

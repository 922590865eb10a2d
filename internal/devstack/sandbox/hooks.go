package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// HookBehaviour is how the providers' reports on messages arrive. The zero value is well behaved.
type HookBehaviour struct {
	// LateMS holds every post back so long.
	LateMS int `json:"late_ms,omitempty"`
	// Twice posts every report once more after the product took it.
	Twice bool `json:"twice,omitempty"`
	// Reversed posts the reports on a message in the wrong order.
	Reversed bool `json:"reversed,omitempty"`
	// Forged posts every report first with a signature that is not the provider's.
	Forged bool `json:"forged,omitempty"`
}

// hooks holds the behaviour.
type hooks struct {
	mu  sync.Mutex
	now HookBehaviour
}

func (h *hooks) get() HookBehaviour {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hooks) set(b HookBehaviour) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = b
}

func (b HookBehaviour) late() time.Duration { return time.Duration(b.LateMS) * time.Millisecond }

// arranged are the reports on a message in the order in which they are posted.
func arranged[T any](b HookBehaviour, reports []T) []T {
	if !b.Reversed {
		return reports
	}
	reports = slices.Clone(reports)
	slices.Reverse(reports)
	return reports
}

func (s *Sandbox) hookRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /control/webhooks", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.hooks.get()) })
	mux.HandleFunc("POST /control/webhooks", s.postHooks)
	mux.HandleFunc("POST /webhooks", s.postHooksForm)
}

// postHooksForm is the form of the inbox page.
func (s *Sandbox) postHooksForm(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxControl)
	if err := r.ParseForm(); err != nil {
		s.showInbox(w, r, http.StatusBadRequest, "The form could not be read.")
		return
	}
	on := func(name string) bool { return r.PostForm.Get(name) != "" }
	wanted := HookBehaviour{Twice: on("twice"), Reversed: on("reversed"), Forged: on("forged")}
	if text := strings.TrimSpace(r.PostForm.Get("late_ms")); text != "" {
		number, err := strconv.Atoi(text)
		if err != nil || number < 0 || number > maxDelayMS {
			s.showInbox(w, r, http.StatusBadRequest, "Late must be 0 to 600000 ms.")
			return
		}
		wanted.LateMS = number
	}
	s.hooks.set(wanted)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *Sandbox) postHooks(w http.ResponseWriter, r *http.Request) {
	var wanted HookBehaviour
	if !readControl(w, r, &wanted) {
		return
	}
	if wanted.LateMS < 0 || wanted.LateMS > maxDelayMS {
		controlError(w, errors.New("late_ms must be 0 to 600000"))
		return
	}
	s.hooks.set(wanted)
	writeJSON(w, http.StatusOK, wanted)
}

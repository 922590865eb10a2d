package sandbox

import (
	"embed"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed page
var pages embed.FS

// pageSize is the number of messages on one page of the inbox.
const pageSize = 100

// pagePolicy is the Content-Security-Policy of our own pages: no script at all.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// mailPolicy is that of a mail's HTML: nothing is loaded from elsewhere, nothing
// runs, no form is sent.
const mailPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'self'"

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"when":  func(t time.Time) string { return t.Format("Mon 2 Jan 2006 15:04:05") },
	"stamp": func(t time.Time) string { return t.Format(time.RFC3339) },
	"bytes": byteCount,
	"words": func(m Mode) string { return modeWords[m] },
}).ParseFS(pages, "page/*.html"))

func (s *Sandbox) inboxRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.getInbox)
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, pages, "page/style.css")
	})
	mux.HandleFunc("POST /behaviour", s.postBehaviourForm)
	mux.HandleFunc("GET /messages/{id}", s.getMessage)
	mux.HandleFunc("GET /messages/{id}/html", s.getHTML)
	mux.HandleFunc("GET /messages/{id}/inline/{cid}", s.getInline)
	mux.HandleFunc("GET /messages/{id}/files/{n}", s.getFile)
	mux.HandleFunc("POST /messages/{id}/report", s.postReport)
}

// inboxPage is what the inbox shows.
type inboxPage struct {
	Messages   []Message
	Behaviours []Behaviour
	Hooks      HookBehaviour
	Modes      []Mode
	Faults     []Mode
	Counts     Counts
	Queued     int
	Now        time.Time
	To         string
	Channel    Channel
	Older      string
	Newer      string
	Error      string
}

func (s *Sandbox) getInbox(w http.ResponseWriter, r *http.Request) {
	s.showInbox(w, r, http.StatusOK, "")
}

func (s *Sandbox) showInbox(w http.ResponseWriter, r *http.Request, status int, fault string) {
	query := r.URL.Query()
	number, err := strconv.Atoi(query.Get("page"))
	if err != nil || number < 0 || number > 1_000_000 {
		number = 0
	}
	page := inboxPage{
		Behaviours: s.behaviour.list(), Hooks: s.hooks.get(), Modes: Modes, Faults: faults, Counts: s.Counts(), Queued: s.queue.queued(), Now: s.Now(),
		To: strings.TrimSpace(query.Get("to")), Channel: Channel(query.Get("channel")), Error: fault,
	}
	messages, more := s.store.newest(filter{to: page.To, channel: page.Channel}, number*pageSize, pageSize)
	page.Messages = messages
	if more {
		page.Older = page.link(number + 1)
	}
	if number > 0 {
		page.Newer = page.link(number - 1)
	}
	render(w, status, "inbox.html", page)
}

func (p inboxPage) link(number int) string {
	query := url.Values{"page": {strconv.Itoa(number)}}
	if p.To != "" {
		query.Set("to", p.To)
	}
	if p.Channel != "" {
		query.Set("channel", string(p.Channel))
	}
	return "/?" + query.Encode()
}

func (s *Sandbox) postBehaviourForm(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxControl)
	if err := r.ParseForm(); err != nil {
		s.showInbox(w, r, http.StatusBadRequest, "The form could not be read.")
		return
	}
	wanted := Behaviour{Mode: Mode(r.PostForm.Get("mode")), Channel: Channel(r.PostForm.Get("channel"))}
	if wanted.Mode == EveryNth {
		wanted.Fault = Mode(r.PostForm.Get("fault"))
	}
	for name, field := range map[string]*int{"n": &wanted.N, "retry_after": &wanted.RetryAfter, "delay_ms": &wanted.DelayMS, "count": &wanted.Count} {
		text := strings.TrimSpace(r.PostForm.Get(name))
		if text == "" {
			continue
		}
		number, err := strconv.Atoi(text)
		if err != nil {
			s.showInbox(w, r, http.StatusBadRequest, "Numbers must be whole.")
			return
		}
		*field = number
	}
	behaviour, err := wanted.normal()
	if err != nil {
		s.showInbox(w, r, http.StatusBadRequest, err.Error())
		return
	}
	if err := s.behave(behaviour); err != nil {
		s.showInbox(w, r, http.StatusInternalServerError, err.Error())
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *Sandbox) getMessage(w http.ResponseWriter, r *http.Request) {
	if m, ok := s.find(w, r); ok {
		render(w, http.StatusOK, "message.html", m)
	}
}

// postReport reports on a message once more, as the buttons of its page ask.
func (s *Sandbox) postReport(w http.ResponseWriter, r *http.Request) {
	m, ok := s.find(w, r)
	if !ok {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxControl)
	status := Status(r.FormValue("status"))
	if slices.Contains(reportable[m.Channel], status) {
		s.report(m, status, false)
		http.Redirect(w, r, "/messages/"+url.PathEscape(m.ID), http.StatusSeeOther)
		return
	}
	http.Error(w, "this channel has no such report", http.StatusBadRequest)
}

// cidPattern is a reference to an inline image (RFC 2392) in an attribute or a
// style.
var cidPattern = regexp.MustCompile(`(?i)\bcid:([^"'\s<>)]+)`)

func (s *Sandbox) getHTML(w http.ResponseWriter, r *http.Request) {
	m, ok := s.find(w, r)
	if !ok {
		return
	}
	html := cidPattern.ReplaceAllStringFunc(m.HTML, func(reference string) string {
		cid, err := url.PathUnescape(reference[len("cid:"):])
		if err != nil {
			return reference
		}
		return "/messages/" + url.PathEscape(m.ID) + "/inline/" + url.PathEscape(cid)
	})
	secure(w, mailPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(html))
}

func (s *Sandbox) getInline(w http.ResponseWriter, r *http.Request) {
	m, ok := s.find(w, r)
	if !ok {
		return
	}
	for _, file := range m.Files {
		if file.ContentID == r.PathValue("cid") && strings.HasPrefix(file.Type, "image/") {
			secure(w, mailPolicy)
			w.Header().Set("Content-Type", file.Type)
			_, _ = w.Write(file.data)
			return
		}
	}
	http.NotFound(w, r)
}

func (s *Sandbox) getFile(w http.ResponseWriter, r *http.Request) {
	m, ok := s.find(w, r)
	if !ok {
		return
	}
	number, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || number < 0 || number >= len(m.Files) {
		http.NotFound(w, r)
		return
	}
	secure(w, mailPolicy)
	// Always a download, never shown: the file may hold a page of its own.
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": m.Files[number].Name}))
	_, _ = w.Write(m.Files[number].data)
}

// find answers 404 and returns false for an unknown message.
func (s *Sandbox) find(w http.ResponseWriter, r *http.Request) (Message, bool) {
	m, ok := s.store.get(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
	}
	return m, ok
}

func render(w http.ResponseWriter, status int, name string, data any) {
	secure(w, pagePolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	// An error here is a client that has gone: the templates are tested.
	_ = templates.ExecuteTemplate(w, name, data)
}

func secure(w http.ResponseWriter, policy string) {
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "same-origin")
	w.Header().Set("Cache-Control", "no-store")
}

func byteCount(n int) string {
	switch {
	case n >= 1<<20:
		return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MB"
	case n >= 1<<10:
		return strconv.Itoa(n/(1<<10)) + " KB"
	default:
		return strconv.Itoa(n) + " bytes"
	}
}

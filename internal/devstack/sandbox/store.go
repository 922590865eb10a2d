package sandbox

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Channel is the way a message goes.
type Channel string

// The channels.
const (
	Email Channel = "email"
	SMS   Channel = "sms"
)

// Status is what became of an accepted message as far as it was reported.
type Status string

// The statuses. A message stays accepted until the product took the report.
const (
	Accepted     Status = "accepted"
	Delivered    Status = "delivered"
	Bounced      Status = "bounced"
	Dropped      Status = "dropped"
	Undelivered  Status = "undelivered"
	Complained   Status = "complained"    // the recipient called it spam
	Unsubscribed Status = "unsubscribed"  // the recipient wants no more
	ReportFailed Status = "report_failed" // the product never took the webhook
)

// Message is one accepted message.
type Message struct {
	ID          string    `json:"id"`
	MessageID   string    `json:"message_id"`
	Channel     Channel   `json:"channel"`
	From        string    `json:"from"`
	To          string    `json:"to"`
	Subject     string    `json:"subject"`
	AcceptedAt  time.Time `json:"accepted_at"`
	Status      Status    `json:"status"`
	Text        string    `json:"text"`
	HTML        string    `json:"-"`
	Files       []File    `json:"files"`
	BodyDropped bool      `json:"body_dropped,omitempty"`

	args     map[string]string // SendGrid's custom arguments
	callback string            // Twilio's StatusCallback
	replyTo  string            // where a mail asks to be answered
}

// File is an attachment or, with a ContentID, an inline image.
type File struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	ContentID string `json:"content_id,omitempty"`
	Inline    bool   `json:"inline,omitempty"`
	Size      int    `json:"size"`
	data      []byte
}

func (m *Message) size() int {
	total := len(m.Text) + len(m.HTML)
	for _, f := range m.Files {
		total += len(f.data)
	}
	return total
}

// store keeps accepted messages in order. Bodies beyond the limits are dropped,
// oldest first; headings and counts stay.
type store struct {
	maxBodies, maxBytes int

	mu         sync.RWMutex
	messages   []*Message
	byID       map[string]*Message
	seen       map[string]int // by the product's message id
	duplicates int
	rejected   int
	bytes      int
	firstBody  int // messages before this index have no body
}

func newStore(maxBodies, maxBytes int) *store {
	return &store{maxBodies: maxBodies, maxBytes: maxBytes, byID: map[string]*Message{}, seen: map[string]int{}}
}

func (s *store) add(m *Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, m)
	s.byID[m.ID] = m
	if m.MessageID != "" {
		s.seen[m.MessageID]++
		if s.seen[m.MessageID] > 1 {
			s.duplicates++
		}
	}
	s.bytes += m.size()
	for len(s.messages)-s.firstBody > s.maxBodies || s.bytes > s.maxBytes && s.firstBody < len(s.messages)-1 {
		s.dropBody(s.messages[s.firstBody])
		s.firstBody++
	}
}

func (s *store) dropBody(m *Message) {
	s.bytes -= m.size()
	m.Text, m.HTML, m.Files, m.BodyDropped = "", "", nil, true
}

func (s *store) reject() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rejected++
}

func (s *store) setStatus(id string, status Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m, ok := s.byID[id]; ok {
		m.Status = status
	}
}

// get returns a copy, so that the caller needs no lock.
func (s *store) get(id string) (Message, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	m, ok := s.byID[id]
	if !ok {
		return Message{}, false
	}
	return *m, true
}

// filter selects messages; an empty field selects all.
type filter struct {
	to, messageID string
	channel       Channel
}

func (f filter) matches(m *Message) bool {
	return (f.to == "" || strings.EqualFold(m.To, f.to)) &&
		(f.messageID == "" || m.MessageID == f.messageID) &&
		(f.channel == "" || m.Channel == f.channel)
}

// list returns copies in the order of acceptance.
func (s *store) list(f filter) []Message {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := []Message{}
	for _, m := range s.messages {
		if f.matches(m) {
			out = append(out, *m)
		}
	}
	return out
}

// newest returns copies of one page, newest first, and whether older ones follow.
func (s *store) newest(f filter, skip, limit int) (page []Message, more bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, v := range slices.Backward(s.messages) {
		if !f.matches(v) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if len(page) == limit {
			return page, true
		}
		page = append(page, *v)
	}
	return page, false
}

// Counts is what happened since the start or the last reset.
type Counts struct {
	Accepted int `json:"accepted"`
	// Duplicates are accepted messages whose message id was accepted before.
	Duplicates int `json:"duplicates"`
	// Rejected are requests answered with a 4xx for what they held.
	Rejected int `json:"rejected"`
	// WebhooksFailed are reports that the product never took.
	WebhooksFailed int `json:"webhooks_failed"`
}

func (s *store) counts() Counts {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return Counts{Accepted: len(s.messages), Duplicates: s.duplicates, Rejected: s.rejected}
}

func (s *store) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages, s.byID, s.seen = nil, map[string]*Message{}, map[string]int{}
	s.duplicates, s.rejected, s.bytes, s.firstBody = 0, 0, 0, 0
}

package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// Entry is one line of the journal: one message that was accepted.
type Entry struct {
	AcceptedAt time.Time `json:"accepted_at"`
	// RecordedAt is the same moment by the wall clock.
	RecordedAt time.Time `json:"recorded_at"`
	Kind       Channel   `json:"kind"`
	// ID is the provider's id that the client was given, or would have been.
	ID string `json:"id"`
	// MessageID is the product's own id.
	MessageID string `json:"message_id"`
	To        string `json:"to"`
	Subject   string `json:"subject,omitempty"`
	// Digest is Digest of the text and the HTML.
	Digest string `json:"digest"`
}

// Digest returns the SHA-256, in hex, of a message's body: the text, and where
// there is HTML a line feed and the HTML.
func Digest(text, html string) string {
	if html != "" {
		text += "\n" + html
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// journal appends entries to a file; without a file it does nothing.
type journal struct {
	mu   sync.Mutex
	file *os.File
}

func openJournal(path string) (*journal, error) {
	if path == "" {
		return &journal{}, nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sandbox: open the journal: %w", err)
	}
	return &journal{file: file}, nil
}

func (j *journal) append(m *Message) error {
	if j.file == nil {
		return nil
	}
	line, err := json.Marshal(Entry{
		AcceptedAt: m.AcceptedAt, RecordedAt: time.Now().UTC(), Kind: m.Channel, ID: m.ID, MessageID: m.MessageID,
		To: m.To, Subject: m.Subject, Digest: Digest(m.Text, m.HTML),
	})
	if err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.file.Close(); err != nil {
		return fmt.Errorf("close the journal: %w", err)
	}
	return nil
}

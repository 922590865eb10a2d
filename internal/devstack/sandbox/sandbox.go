package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"maan/internal/provider"
)

// Limits that a Config leaves at zero.
const (
	defaultMaxBodies  = 50_000
	defaultMaxBytes   = 512 << 20
	defaultMaxQueued  = 200_000
	defaultAttempts   = 12
	defaultBackoff    = 50 * time.Millisecond
	defaultWorkers    = 2
	maxRequest        = 25 << 20
	webhookPath       = "/webhooks/sendgrid"
	webhookTimeout    = 10 * time.Second
	maxWebhookBackoff = 5 * time.Second
)

// Config configures a sandbox. Credentials are needed; all else has a default.
type Config struct {
	// APIKey is the SendGrid key that mail requests must carry.
	APIKey string
	// TwilioSID and TwilioToken are the account that SMS requests must carry;
	// the token also signs the status callbacks.
	TwilioSID, TwilioToken string
	// WebhookBaseURL is the product's address; mail events are posted to
	// WebhookBaseURL/webhooks/sendgrid. Empty means no mail events.
	WebhookBaseURL string
	// LogPath is the journal of accepted messages, JSON lines, appended to.
	// Empty means none.
	LogPath string
	// KeyPath keeps the webhook signing key between runs, mode 0600. Empty
	// means a new key for each sandbox.
	KeyPath string
	// Now is the clock before the offset set by /control/clock; nil means time.Now.
	Now func() time.Time
	// MaxBodies and MaxBodyBytes bound the bodies kept; the oldest go first,
	// their headings stay.
	MaxBodies    int
	MaxBodyBytes int
	// WebhookAttempts bounds the posts of one webhook, WebhookBackoff is the
	// first pause between them; it doubles up to 5 s.
	WebhookAttempts int
	WebhookBackoff  time.Duration
	// MaxQueued bounds the reports waiting; more are dropped and counted.
	MaxQueued int
}

// Sandbox is the stand-in for both providers. It is safe for concurrent use.
// Close it to end its goroutines.
type Sandbox struct {
	cfg       Config
	key       *signingKey
	journal   *journal
	store     *store
	behaviour *behaviours
	hooks     hooks
	queue     *queue
	handler   http.Handler
	gates     *gates
	offset    atomic.Int64
	done      chan struct{}
	closeOnce sync.Once
	closeErr  error
}

var _ http.Handler = (*Sandbox)(nil)

// New returns a sandbox with its webhook goroutines running.
func New(cfg Config) (*Sandbox, error) {
	cfg = withDefaults(cfg)
	if cfg.APIKey == "" || cfg.TwilioSID == "" || cfg.TwilioToken == "" {
		return nil, errors.New("sandbox: API key, Twilio SID and Twilio token must all be set")
	}
	if cfg.WebhookBaseURL != "" {
		if err := checkLoopbackURL(cfg.WebhookBaseURL); err != nil {
			return nil, fmt.Errorf("sandbox: webhook address: %w", err)
		}
	}
	key, err := loadKey(cfg.KeyPath)
	if err != nil {
		return nil, err
	}
	journal, err := openJournal(cfg.LogPath)
	if err != nil {
		return nil, err
	}
	s := &Sandbox{
		cfg:       cfg,
		key:       key,
		journal:   journal,
		store:     newStore(cfg.MaxBodies, cfg.MaxBodyBytes),
		behaviour: newBehaviours(),
		gates:     &gates{servers: map[Channel]*Server{}},
		done:      make(chan struct{}),
	}
	s.queue = newQueue(s)
	s.handler = s.routes()
	return s, nil
}

func withDefaults(cfg Config) Config {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.MaxBodies = orDefault(cfg.MaxBodies, defaultMaxBodies)
	cfg.MaxBodyBytes = orDefault(cfg.MaxBodyBytes, defaultMaxBytes)
	cfg.MaxQueued = orDefault(cfg.MaxQueued, defaultMaxQueued)
	cfg.WebhookAttempts = orDefault(cfg.WebhookAttempts, defaultAttempts)
	cfg.WebhookBackoff = orDefault(cfg.WebhookBackoff, defaultBackoff)
	return cfg
}

func orDefault[T int | time.Duration](value, standard T) T {
	if value <= 0 {
		return standard
	}
	return value
}

// Close ends the webhook goroutines and hanging requests and closes the journal.
// Reports still queued are lost.
func (s *Sandbox) Close() error {
	s.closeOnce.Do(func() {
		close(s.done)
		gates := s.gates.close()
		s.queue.close()
		s.closeErr = errors.Join(gates, s.journal.close())
	})
	return s.closeErr
}

// PublicKey returns the key that mail events are signed with, as SendGrid shows
// it: base64 of the DER form.
func (s *Sandbox) PublicKey() string { return s.key.public }

// Now returns the sandbox's time: its clock and the offset set over HTTP.
func (s *Sandbox) Now() time.Time {
	return s.cfg.Now().Add(time.Duration(s.offset.Load())).UTC()
}

// ServeHTTP implements http.Handler.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// thisMachineOnly serves only callers on this machine that name this machine: a web page
// elsewhere must not reach the sandbox through the developer's browser.
func thisMachineOnly(next http.Handler) http.Handler {
	guarded := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopbackAddress(r.RemoteAddr) || !loopbackAddress(r.Host) {
			http.Error(w, "the provider sandbox serves this machine only", http.StatusForbidden)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

func (s *Sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	s.mailRoutes(mux)
	s.textRoutes(mux)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, map[string]bool{"ok": true}) })
	s.controlRoutes(mux)
	s.replyRoutes(mux)
	s.hookRoutes(mux)
	s.inboxRoutes(mux)
	return thisMachineOnly(mux)
}

func (s *Sandbox) mailRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /v3/mail/send", s.misbehave(Email, s.takeMail))
}

func (s *Sandbox) textRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /2010-04-01/Accounts/{sid}/Messages.json", s.misbehave(SMS, s.takeText))
}

// loopbackAddress takes host or host:port.
func loopbackAddress(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = (&url.URL{Host: address}).Hostname()
	}
	return provider.IsLoopback(host)
}

// checkLoopbackURL keeps webhooks on this machine.
func checkLoopbackURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("not an http address: give it as http://127.0.0.1:port")
	}
	if !provider.IsLoopback(u.Hostname()) {
		return fmt.Errorf("host %q is not this machine: the sandbox posts to loopback addresses only", u.Hostname())
	}
	return nil
}

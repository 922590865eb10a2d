package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/devstack/sandbox"
	"maan/internal/email"
	"maan/internal/sms"
)

const (
	apiKey = "SG.key"
	sid    = "AC0123456789abcdef0123456789abcdef"
	token  = "0123456789abcdef0123456789abcdef"
)

// testBundle is a sandbox behind a real server, a product that verifies and
// collects webhooks, and both clients.
type testBundle struct {
	sandbox *sandbox.Sandbox
	url     string
	product *product
	mail    *email.SendGrid
	text    *sms.Twilio
	journal string
}

// product is the receiving side of the webhooks.
type product struct {
	server *httptest.Server

	mu       sync.Mutex
	verifier *email.EventVerifier
	now      func() time.Time
	refusals int // requests still to be answered 503
	posts    int
	largest  int
	events   []email.Event
	statuses []sms.Status
	bad      int
}

func (p *product) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.posts++
	if p.refusals > 0 {
		p.refusals--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if r.URL.Path == "/webhooks/sendgrid" {
		events, err := p.verifier.Parse(p.now(), r.Header, body)
		if err != nil {
			p.bad++
			w.WriteHeader(http.StatusForbidden)
			return
		}
		p.largest = max(p.largest, len(events))
		p.events = append(p.events, events...)
		return
	}
	form, _ := url.ParseQuery(string(body))
	if !sms.VerifyTwilio(token, p.server.URL+r.URL.RequestURI(), form, r.Header.Get(sms.SignatureHeader)) {
		p.bad++
		w.WriteHeader(http.StatusForbidden)
		return
	}
	p.statuses = append(p.statuses, sms.ParseStatus(form))
}

func setup(t *testing.T, change ...func(*sandbox.Config)) *testBundle {
	t.Helper()
	p := &product{now: time.Now}
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	cfg := sandbox.Config{
		APIKey: apiKey, TwilioSID: sid, TwilioToken: token, WebhookBaseURL: p.server.URL,
		LogPath: filepath.Join(t.TempDir(), "accepted.jsonl"), WebhookBackoff: time.Millisecond,
	}
	for _, f := range change {
		f(&cfg)
	}
	box, err := sandbox.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, box.Close()) })
	p.verifier, err = email.NewEventVerifier(box.PublicKey(), 5*time.Minute)
	require.NoError(t, err)
	server := httptest.NewServer(box)
	t.Cleanup(server.Close)
	b := &testBundle{sandbox: box, url: server.URL, product: p, journal: cfg.LogPath}
	b.mail, b.text = clients(t, server.URL, 10*time.Second)
	return b
}

func clients(t *testing.T, base string, timeout time.Duration) (*email.SendGrid, *sms.Twilio) {
	t.Helper()
	mail, err := email.NewSendGrid(email.SendGridConfig{BaseURL: base, APIKey: apiKey, Timeout: timeout})
	require.NoError(t, err)
	text, err := sms.NewTwilio(sms.TwilioConfig{BaseURL: base, AccountSID: sid, AuthToken: token, From: "+3197000000", Timeout: timeout})
	require.NoError(t, err)
	return mail, text
}

func mailTo(to, id string) email.Message {
	return email.Message{
		ID: id, CreditorRef: "acme", From: "invoices@acme.example", FromName: "Acme", To: to,
		Subject: "Invoice 42", Text: "Please pay 42.", HTML: "<p>Please pay 42.</p>",
	}
}

func (b *testBundle) textTo(to, id string) sms.Message {
	return sms.Message{ID: id, To: to, Text: "Invoice 42 is due.", StatusCallback: b.product.server.URL + "/webhooks/twilio?message=" + id}
}

// control posts JSON to the sandbox and returns the answer.
func (b *testBundle) control(t *testing.T, path string, body any) *http.Response {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+path, bytes.NewReader(text))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func (b *testBundle) behave(t *testing.T, behaviour sandbox.Behaviour) {
	t.Helper()
	require.Equal(t, http.StatusOK, b.control(t, "/control/behaviour", behaviour).StatusCode)
}

// get reads JSON from the sandbox.
func (b *testBundle) get(t *testing.T, path string, into any) {
	t.Helper()
	status, body, _ := b.page(t, path)
	require.Equal(t, http.StatusOK, status)
	require.NoError(t, json.Unmarshal([]byte(body), into))
}

func (b *testBundle) page(t *testing.T, path string) (status int, body string, header http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+path, nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(text), res.Header
}

func (b *testBundle) counts(t *testing.T) sandbox.Counts {
	t.Helper()
	var counts sandbox.Counts
	b.get(t, "/control/counts", &counts)
	return counts
}

// settle waits until no webhook is queued or under way.
func (b *testBundle) settle(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		var queue struct{ Queued *int }
		b.get(t, "/control/queue", &queue)
		return queue.Queued != nil && *queue.Queued == 0
	}, 20*time.Second, 5*time.Millisecond)
}

func (b *testBundle) messages(t *testing.T, query string) []sandbox.Message {
	t.Helper()
	var messages []sandbox.Message
	b.get(t, "/control/messages"+query, &messages)
	return messages
}

func TestNewRefusesAWrongConfig(t *testing.T) {
	t.Parallel()
	good := sandbox.Config{APIKey: "k", TwilioSID: sid, TwilioToken: token}
	tests := map[string]func(*sandbox.Config){
		"must all be set":  func(c *sandbox.Config) { c.APIKey = "" },
		"loopback":         func(c *sandbox.Config) { c.WebhookBaseURL = "http://product.example" },
		"not an http":      func(c *sandbox.Config) { c.WebhookBaseURL = "127.0.0.1:80" },
		"open the journal": func(c *sandbox.Config) { c.LogPath = "/nowhere/at/all" },
		"signing key":      func(c *sandbox.Config) { c.KeyPath = "/nowhere/at/all" },
	}
	for want, change := range tests {
		cfg := good
		change(&cfg)
		_, err := sandbox.New(cfg)
		require.ErrorContains(t, err, want)
	}
}

func TestHandlerServesThisMachineOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tests := []struct {
		name, remote, host, site string
		want                     int
	}{
		{"Local", "127.0.0.1:5", "127.0.0.1:9", "", http.StatusOK},
		{"LocalName", "[::1]:5", "localhost", "same-origin", http.StatusOK},
		{"OtherMachine", "192.168.1.5:5", "127.0.0.1:9", "", http.StatusForbidden},
		{"ReboundName", "127.0.0.1:5", "evil.example:9", "", http.StatusForbidden},
		{"OtherSitesForm", "127.0.0.1:5", "127.0.0.1:9", "cross-site", http.StatusForbidden},
	}
	for _, tt := range tests {
		req := httptest.NewRequest(http.MethodPost, "/control/reset", strings.NewReader("{}"))
		req.RemoteAddr, req.Host = tt.remote, tt.host
		if tt.site != "" {
			req.Header.Set("Sec-Fetch-Site", tt.site)
		}
		answer := httptest.NewRecorder()
		b.sandbox.ServeHTTP(answer, req)
		require.Equal(t, tt.want, answer.Code, tt.name)
	}
}

func TestKeyIsKeptBetweenRuns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "webhook.pem")
	cfg := sandbox.Config{APIKey: "k", TwilioSID: sid, TwilioToken: token, KeyPath: path}
	first, err := sandbox.New(cfg)
	require.NoError(t, err)
	require.NoError(t, first.Close())
	second, err := sandbox.New(cfg)
	require.NoError(t, err)
	require.NoError(t, second.Close())
	require.NoError(t, second.Close(), "closing twice is harmless")
	require.Equal(t, first.PublicKey(), second.PublicKey())
	mode := fileMode(t, path)
	require.EqualValues(t, 0o600, mode)
}

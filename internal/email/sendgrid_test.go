package email_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/email"
	"maan/internal/provider"
)

func good() email.Message {
	return email.Message{
		ID: "m-1", CreditorRef: "acme", From: "invoices@acme.example", FromName: "Acme B.V.",
		ReplyTo: "finance@acme.example", To: "anna@customer.example", ToName: "Anna",
		Subject: "Factuur 42", HTML: "<p>Hi</p>", Text: "Hi",
	}
}

// answering returns a client whose provider always answers the same, and a
// channel with the request bodies.
func answering(t *testing.T, status int, header map[string]string) (*email.SendGrid, chan []byte) {
	t.Helper()
	bodies := make(chan []byte, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- body
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"errors":[{"message":"anna@customer.example is bad"}]}`))
	}))
	t.Cleanup(server.Close)
	client, err := email.NewSendGrid(email.SendGridConfig{BaseURL: server.URL, APIKey: "k"})
	require.NoError(t, err)
	return client, bodies
}

func TestSendWritesTheWholeMail(t *testing.T) {
	t.Parallel()
	client, bodies := answering(t, http.StatusAccepted, map[string]string{"X-Message-Id": "p-1"})
	m := good()
	m.Inline = []email.Attachment{{Name: "logo.png", ContentType: "image/png", ContentID: "logo", Data: []byte("PNG")}}
	m.Attachments = []email.Attachment{{Name: "42.pdf", ContentType: "application/pdf", Data: []byte("PDF")}}
	receipt, err := client.Send(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, "p-1", receipt.ProviderID)
	require.JSONEq(t, `{
		"from": {"name": "Acme B.V.", "email": "invoices@acme.example"},
		"reply_to": {"email": "finance@acme.example"},
		"subject": "Factuur 42",
		"personalizations": [{"to": [{"name": "Anna", "email": "anna@customer.example"}]}],
		"content": [{"type": "text/plain", "value": "Hi"}, {"type": "text/html", "value": "<p>Hi</p>"}],
		"attachments": [
			{"content": "`+base64.StdEncoding.EncodeToString([]byte("PNG"))+`", "type": "image/png", "filename": "logo.png", "disposition": "inline", "content_id": "logo"},
			{"content": "`+base64.StdEncoding.EncodeToString([]byte("PDF"))+`", "type": "application/pdf", "filename": "42.pdf", "disposition": "attachment"}
		],
		"custom_args": {"message_id": "m-1", "creditor": "acme"},
		"tracking_settings": {
			"click_tracking": {"enable": false, "enable_text": false},
			"open_tracking": {"enable": false},
			"subscription_tracking": {"enable": false}
		}
	}`, string(<-bodies))
}

func TestSendAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		fate   provider.Fate
	}{
		{http.StatusOK, provider.Uncertain}, // what SendGrid says when it only validates
		{http.StatusTemporaryRedirect, provider.Uncertain},
		{http.StatusBadRequest, provider.Rejected},
		{http.StatusUnauthorized, provider.Rejected},
		{http.StatusRequestEntityTooLarge, provider.Rejected},
		{http.StatusTooManyRequests, provider.NotSent},
		{http.StatusInternalServerError, provider.Uncertain},
		{http.StatusBadGateway, provider.Uncertain},
	}
	for _, tt := range tests {
		t.Run(http.StatusText(tt.status), func(t *testing.T) {
			t.Parallel()
			client, bodies := answering(t, tt.status, map[string]string{"Location": "/elsewhere"})
			_, err := client.Send(t.Context(), good())
			require.Equal(t, tt.fate, provider.FateOf(err))
			require.Equal(t, fmt.Sprint("status_", tt.status), provider.CodeOf(err))
			require.NotContains(t, err.Error(), "anna")
			require.Len(t, bodies, 1, "one attempt, no redirect followed")
		})
	}
}

// The status line has said that the mail was taken; the rest does not matter.
func TestSendSucceedsThoughTheAnswersBodyBreaksOff(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Message-Id", "p-1")
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	client, err := email.NewSendGrid(email.SendGridConfig{BaseURL: server.URL, APIKey: "k"})
	require.NoError(t, err)
	receipt, err := client.Send(t.Context(), good())
	require.NoError(t, err)
	require.Equal(t, "p-1", receipt.ProviderID)
}

func TestSendRefusesBeforehand(t *testing.T) {
	t.Parallel()
	file := email.Attachment{Name: "a.pdf", ContentType: "application/pdf", Data: []byte("x")}
	tests := []struct {
		name   string
		change func(*email.Message)
		code   string
	}{
		{"HeaderInRecipient", func(m *email.Message) { m.To = "anna@customer.example\r\nBcc: x@y.example" }, "bad_address"},
		{"NameInRecipient", func(m *email.Message) { m.To = "Anna <anna@customer.example>" }, "bad_address"},
		{"TwoRecipients", func(m *email.Message) { m.To = "a@b.example, c@d.example" }, "bad_address"},
		{"CommentInRecipient", func(m *email.Message) { m.To = "anna@customer.example (x)" }, "bad_address"},
		{"NoRecipient", func(m *email.Message) { m.To = "" }, "bad_address"},
		{"LongRecipient", func(m *email.Message) { m.To = strings.Repeat("a", 250) + "@b.example" }, "bad_address"},
		{"NoSender", func(m *email.Message) { m.From = "acme" }, "bad_address"},
		{"HeaderInReplyTo", func(m *email.Message) { m.ReplyTo = "a@b.example\n" }, "bad_address"},
		{"HeaderInName", func(m *email.Message) { m.ToName = "Anna\r\nBcc: x@y.example" }, "bad_address"},
		{"HeaderInSenderName", func(m *email.Message) { m.FromName = "Acme\u2028" }, "bad_address"},
		{"HeaderInSubject", func(m *email.Message) { m.Subject = "Hi\nBcc: x@y.example" }, "bad_subject"},
		{"BrokenSubject", func(m *email.Message) { m.Subject = "Hi\xff" }, "bad_subject"},
		{"NoSubject", func(m *email.Message) { m.Subject = " " }, "bad_subject"},
		{"NoContent", func(m *email.Message) { m.HTML, m.Text = "", "" }, "no_content"},
		{"NoID", func(m *email.Message) { m.ID = "" }, "no_id"},
		{"HeaderInFileName", func(m *email.Message) { f := file; f.Name = "a\r\n"; m.Attachments = []email.Attachment{f} }, "bad_attachment"},
		{"PathInFileName", func(m *email.Message) { f := file; f.Name = "../a"; m.Attachments = []email.Attachment{f} }, "bad_attachment"},
		{"EmptyFile", func(m *email.Message) { f := file; f.Data = nil; m.Attachments = []email.Attachment{f} }, "bad_attachment"},
		{"InlineWithoutID", func(m *email.Message) { m.Inline = []email.Attachment{file} }, "bad_attachment"},
		{"TooLarge", func(m *email.Message) {
			f := file
			f.Data = make([]byte, email.MaxSize)
			m.Attachments = []email.Attachment{f}
		}, "too_large"},
		// Base64 adds a third.
		{"TooLargeOnceEncoded", func(m *email.Message) {
			f := file
			f.Data = make([]byte, email.MaxSize*4/5)
			m.Attachments = []email.Attachment{f}
		}, "too_large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, bodies := answering(t, http.StatusAccepted, nil)
			m := good()
			tt.change(&m)
			_, err := client.Send(t.Context(), m)
			require.Equal(t, provider.Rejected, provider.FateOf(err))
			require.Equal(t, tt.code, provider.CodeOf(err))
			require.Empty(t, bodies, "nothing left")
		})
	}
}

// Whatever the address, what leaves is one bare address or nothing.
func TestNoAddressCarriesAHeader(t *testing.T) {
	t.Parallel()
	client, bodies := answering(t, http.StatusAccepted, nil)
	rapid.Check(t, func(r *rapid.T) {
		m := good()
		m.To = rapid.StringMatching(`[a-z<>", ():\r\n]{0,12}@?[a-z.\r\n,;]{0,12}`).Draw(r, "to")
		if _, err := client.Send(t.Context(), m); err != nil {
			return
		}
		body := <-bodies
		if strings.ContainsAny(m.To, "\r\n,<>() ") {
			r.Fatalf("sent to %q: %s", m.To, body)
		}
	})
}

// sendgrid-go's own client fails this: it shares the body between sends.
func TestConcurrentSendsNeverMixBodies(t *testing.T) {
	t.Parallel()
	const sends = 2000
	var mu sync.Mutex
	got := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Personalizations []struct{ To []struct{ Email string } }
			Content          []struct{ Value string }
			CustomArgs       map[string]string `json:"custom_args"`
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		mu.Lock()
		got[body.Personalizations[0].To[0].Email] = body.Content[0].Value + " " + body.CustomArgs["message_id"]
		mu.Unlock()
		w.Header().Set("X-Message-Id", "p-"+body.CustomArgs["message_id"])
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	client, err := email.NewSendGrid(email.SendGridConfig{BaseURL: server.URL, APIKey: "k", Timeout: time.Minute})
	require.NoError(t, err)

	receipts := make([]email.Receipt, sends)
	errs := make([]error, sends)
	var group sync.WaitGroup
	for i := range sends {
		group.Go(func() {
			m := good()
			m.ID, m.HTML = fmt.Sprint(i), ""
			m.To, m.Text = fmt.Sprintf("c%d@customer.example", i), fmt.Sprintf("body of %d", i)
			receipts[i], errs[i] = client.Send(t.Context(), m)
		})
	}
	group.Wait()
	require.Len(t, got, sends)
	for i := range sends {
		require.NoError(t, errs[i])
		require.Equal(t, fmt.Sprint("p-", i), receipts[i].ProviderID)
		require.Equal(t, fmt.Sprintf("body of %d %d", i, i), got[fmt.Sprintf("c%d@customer.example", i)])
	}
}

func TestNewSendGridRefusesAWrongConfig(t *testing.T) {
	t.Parallel()
	for _, cfg := range []email.SendGridConfig{
		{APIKey: "k"},
		{BaseURL: "https://api.sendgrid.com"},
		{BaseURL: "https://api.sendgrid.com", APIKey: "k\n"},
		{BaseURL: "https://api.sendgrid.com/v3", APIKey: "k"},
		{BaseURL: "https://api.sendgrid.com", APIKey: "k", Timeout: -1},
	} {
		_, err := email.NewSendGrid(cfg)
		require.Error(t, err)
	}
}

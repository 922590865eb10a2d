package sms_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/provider"
	"maan/internal/sms"
)

const (
	sid   = "AC0123456789abcdef0123456789abcdef"
	token = "0123456789abcdef0123456789abcdef"
)

func good() sms.Message {
	return sms.Message{ID: "m-1", To: "+31612345678", Text: "Factuur 42", StatusCallback: "https://maan.example/webhooks/twilio?message=m-1"}
}

func clientFor(t *testing.T, base string) *sms.Twilio {
	t.Helper()
	client, err := sms.NewTwilio(sms.TwilioConfig{BaseURL: base, AccountSID: sid, AuthToken: token, From: "Acme", Timeout: time.Minute})
	require.NoError(t, err)
	return client
}

func answering(t *testing.T, status int, body string) (*sms.Twilio, chan *http.Request) {
	t.Helper()
	requests := make(chan *http.Request, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		requests <- r
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return clientFor(t, server.URL), requests
}

func TestSendWritesTheWholeMessage(t *testing.T) {
	t.Parallel()
	client, requests := answering(t, http.StatusCreated, `{"sid":"SM1"}`)
	receipt, err := client.Send(t.Context(), good())
	require.NoError(t, err)
	require.Equal(t, "SM1", receipt.ProviderID)
	r := <-requests
	require.Equal(t, "/2010-04-01/Accounts/"+sid+"/Messages.json", r.URL.Path)
	user, password, _ := r.BasicAuth()
	require.Equal(t, []string{sid, token}, []string{user, password})
	require.Equal(t, url.Values{
		"To": {"+31612345678"}, "From": {"Acme"}, "Body": {"Factuur 42"},
		"StatusCallback": {"https://maan.example/webhooks/twilio?message=m-1"},
	}, r.PostForm)
}

func TestSendAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		body   string
		fate   provider.Fate
		code   string
	}{
		{http.StatusBadRequest, `{"code":21211,"message":"+31612345678 is bad","status":400}`, provider.Rejected, "21211"},
		{http.StatusBadRequest, `<html>`, provider.Rejected, "status_400"},
		{http.StatusBadRequest, `{}`, provider.Rejected, "status_400"},
		{http.StatusUnauthorized, `{"code":20003}`, provider.Rejected, "20003"},
		{http.StatusTooManyRequests, `{"code":20429}`, provider.NotSent, "status_429"},
		{http.StatusInternalServerError, `{"code":20500}`, provider.Uncertain, "status_500"},
		{http.StatusServiceUnavailable, ``, provider.Uncertain, "status_503"},
		{http.StatusTemporaryRedirect, `{}`, provider.Uncertain, "status_307"},
		{http.StatusOK, `{"sid":"SM1"}`, provider.Uncertain, "status_200"},
		{http.StatusCreated, `<html>`, provider.Uncertain, "bad_answer"},
		{http.StatusCreated, `{}`, provider.Uncertain, "bad_answer"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.status, tt.code), func(t *testing.T) {
			t.Parallel()
			client, requests := answering(t, tt.status, tt.body)
			_, err := client.Send(t.Context(), good())
			require.Equal(t, tt.fate, provider.FateOf(err))
			require.Equal(t, tt.code, provider.CodeOf(err))
			require.NotContains(t, err.Error(), "+31")
			require.Len(t, requests, 1, "one attempt, no redirect followed")
		})
	}
}

func TestSendRefusesBeforehand(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*sms.Message){
		"bad_number":   func(m *sms.Message) { m.To = "0612345678" },
		"bad_sender":   func(m *sms.Message) { m.From = "A name too long" },
		"bad_callback": func(m *sms.Message) { m.StatusCallback = "/webhooks" },
		"no_content":   func(m *sms.Message) { m.Text = " " },
		"no_id":        func(m *sms.Message) { m.ID = "" },
		"too_large":    func(m *sms.Message) { m.Text = strings.Repeat("é", sms.MaxText+1) },
	}
	for code, change := range tests {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			client, requests := answering(t, http.StatusCreated, `{"sid":"SM1"}`)
			m := good()
			change(&m)
			_, err := client.Send(t.Context(), m)
			require.Equal(t, provider.Rejected, provider.FateOf(err))
			require.Equal(t, code, provider.CodeOf(err))
			require.Empty(t, requests)
		})
	}
}

// The environment must not turn the request to another host.
func TestEdgeAndRegionAreIgnored(t *testing.T) {
	t.Setenv("TWILIO_EDGE", "sydney")
	t.Setenv("TWILIO_REGION", "au1")
	client, requests := answering(t, http.StatusCreated, `{"sid":"SM1"}`)
	_, err := client.Send(t.Context(), good())
	require.NoError(t, err)
	require.True(t, strings.HasPrefix((<-requests).Host, "127.0.0.1:"))
}

func TestConcurrentSendsNeverMixBodies(t *testing.T) {
	t.Parallel()
	const sends = 2000
	var mu sync.Mutex
	got := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		mu.Lock()
		got[r.PostForm.Get("To")] = r.PostForm.Get("Body")
		mu.Unlock()
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"sid":"SM%s"}`, r.PostForm.Get("To"))
	}))
	defer server.Close()
	client := clientFor(t, server.URL)
	receipts := make([]sms.Receipt, sends)
	errs := make([]error, sends)
	var group sync.WaitGroup
	for i := range sends {
		group.Go(func() {
			m := good()
			m.To, m.Text = fmt.Sprintf("+316%08d", i), fmt.Sprint("body of ", i)
			receipts[i], errs[i] = client.Send(t.Context(), m)
		})
	}
	group.Wait()
	require.Len(t, got, sends)
	for i := range sends {
		to := fmt.Sprintf("+316%08d", i)
		require.NoError(t, errs[i])
		require.Equal(t, "SM"+to, receipts[i].ProviderID)
		require.Equal(t, fmt.Sprint("body of ", i), got[to])
	}
}

func TestNewTwilioRefusesAWrongConfig(t *testing.T) {
	t.Parallel()
	const base = "https://api.twilio.com"
	for _, cfg := range []sms.TwilioConfig{
		{AccountSID: sid, AuthToken: token},
		{BaseURL: base, AuthToken: token},
		{BaseURL: base, AccountSID: sid},
		{BaseURL: base, AccountSID: sid, AuthToken: "to-ken"},
		{BaseURL: base, AccountSID: sid, AuthToken: token, From: "0612345678901"},
		{BaseURL: base, AccountSID: sid, AuthToken: token, Timeout: -1},
	} {
		_, err := sms.NewTwilio(cfg)
		require.Error(t, err)
		require.NotContains(t, err.Error(), token)
	}
	_, err := sms.NewTwilio(sms.TwilioConfig{BaseURL: base, AccountSID: sid, AuthToken: token})
	require.NoError(t, err)
}

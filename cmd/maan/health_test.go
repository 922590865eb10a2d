package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHealthTellsOfRedirectedMessages(t *testing.T) {
	status, body := http.StatusOK, `{"status": "ok", "redirected": ["email"]}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	defer server.Close()
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	t.Setenv("DATABASE_URL", "postgres://maan@127.0.0.1/maan")
	t.Setenv("MAAN_API_ADDRESS", u.Host)
	run := func() (string, error) {
		var out bytes.Buffer
		cmd := root()
		cmd.SetOut(&out)
		cmd.SetArgs([]string{"health"})
		err := cmd.ExecuteContext(t.Context())
		return out.String(), err
	}
	said, err := run()
	require.NoError(t, err)
	require.Equal(t, "every email message is redirected to one address\n", said)

	body = `{"status": "ok"}`
	said, err = run()
	require.NoError(t, err)
	require.Empty(t, said)

	status = http.StatusServiceUnavailable
	_, err = run()
	require.ErrorContains(t, err, "503")
}

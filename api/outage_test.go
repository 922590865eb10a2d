package api_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/api"
	"maan/internal/collection"
	"maan/internal/store"
)

func TestWithoutADatabaseEverythingIs503(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), "postgres://nobody@127.0.0.1:1/maan?connect_timeout=2")
	require.NoError(t, err)
	t.Cleanup(s.Close)
	w := &world{t: t, store: s, cases: collection.New(s, collection.Settings{}), teller: &teller{}}
	w.at(today)
	w.serve()
	require.Equal(t, http.StatusOK, w.do("GET", "/healthz", "", nil).status)
	for _, path := range []string{"/readyz", "/v1/invoices"} {
		got := w.do("GET", path, "maan_key", nil)
		require.Equal(t, http.StatusServiceUnavailable, got.status, "%s: %s", path, got.body)
		require.NotEmpty(t, got.header.Get("Retry-After"))
	}
}

// The fact stands whether or not its workflow answers.
func TestAWorkflowThatDoesNotAnswerIsToldLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.newCustomer(acme, "C-1")
	id := w.newInvoice(acme, "C-1", "2026-1")
	told := w.mustDo(http.StatusCreated, "POST", "/v1/invoices/"+id+"/disputes", w.collector(), object{"reason": "quality", "note": "broken"}).json(t)
	require.Equal(t, "told", told["workflow"])
	w.teller.err = context.DeadlineExceeded
	pending := w.mustDo(http.StatusOK, "POST", "/v1/invoices/"+id+"/disputes/resolve", w.collector(), object{"resolution": "rejected"}).json(t)
	require.Equal(t, "pending", pending["workflow"])
	require.Equal(t, []string{"dispute_opened", "dispute_resolved"}, w.teller.told)
	require.Equal(t, "open", w.get("/v1/invoices/"+id, w.finance())["status"])
}

// A person who looks whether the system is well sees that its customers get nothing.
func TestReadinessSaysWhatIsRedirected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.JSONEq(t, `{"status": "ok"}`, string(w.mustDo(http.StatusOK, "GET", "/readyz", "", nil).body))
	w.serve(func(c *api.Config) { c.Redirected = []string{"email", "sms"} })
	require.JSONEq(t, `{"status": "ok", "redirected": ["email", "sms"]}`, string(w.mustDo(http.StatusOK, "GET", "/readyz", "", nil).body))
}

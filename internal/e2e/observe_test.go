package e2e_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"

	"github.com/stretchr/testify/require"
)

// accepted is a line of the provider's own log.
type accepted struct {
	MessageID string `json:"message_id"`
	To        string `json:"to"`
	Subject   string `json:"subject"`
}

// sent reads the provider's own log: what really left.
func (h *house) sent() []accepted {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join(h.Dir, "accepted.jsonl"))
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(h.t, err)
	var out []accepted
	for line := range bytes.Lines(text) {
		var a accepted
		require.NoError(h.t, json.Unmarshal(line, &a))
		out = append(out, a)
	}
	return out
}

// noMessageAfterPayment compares the order of commits: nothing is claimed after the
// payment that closed its invoice.
func (h *house) noMessageAfterPayment() {
	h.t.Helper()
	h.none(`select count(*) from case_event paid join case_event claimed on claimed.invoice_id = paid.invoice_id
		and claimed.kind = 'message_claimed' and claimed.seq > paid.seq and claimed.data->>'step' <> 'agency_recall'
		join invoice i on i.id = paid.invoice_id and i.current_run = 1
		where paid.kind = 'closed'`)
}

// noMessageDuringDispute: nothing is claimed between a dispute and its resolution.
func (h *house) noMessageDuringDispute() {
	h.t.Helper()
	h.none(`select count(*) from case_event opened join case_event claimed on claimed.invoice_id = opened.invoice_id
		and claimed.kind = 'message_claimed' and claimed.seq > opened.seq
		where opened.kind = 'dispute_opened' and not exists (select 1 from case_event resolved where resolved.invoice_id = opened.invoice_id
			and resolved.kind = 'dispute_resolved' and resolved.seq > opened.seq and resolved.seq < claimed.seq)`)
}

func (h *house) none(query string) {
	h.t.Helper()
	var n int
	require.NoError(h.t, h.Pool.QueryRow(h.ctx, query).Scan(&n))
	require.Zero(h.t, n, query)
}

// counts are the provider's: accepted messages and those accepted twice.
func (h *house) counts() (total, doubled int) {
	h.t.Helper()
	res, err := http.Get(h.Providers.URL() + "/control/counts")
	require.NoError(h.t, err)
	defer res.Body.Close()
	var c struct {
		Accepted   int `json:"accepted"`
		Duplicates int `json:"duplicates"`
	}
	require.NoError(h.t, json.NewDecoder(res.Body).Decode(&c))
	return c.Accepted, c.Duplicates
}

// behave makes the provider misbehave.
func (h *house) behave(behaviour object) {
	h.t.Helper()
	body, err := json.Marshal(behaviour)
	require.NoError(h.t, err)
	res, err := http.Post(h.Providers.URL()+"/control/behaviour", "application/json", bytes.NewReader(body))
	require.NoError(h.t, err)
	require.NoError(h.t, res.Body.Close())
	require.Less(h.t, res.StatusCode, 300)
}

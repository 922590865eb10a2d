package e2e_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

// canaries are unmistakable personal data; none may be found outside the tables that
// may be erased.
var canaries = []string{"Kanarienvogel", "kanarie-address", "+31687654321", "31687654321", "zingt als een merel", "Vogelstraat", "Piepstra"}

// TestNoPersonalDataLeavesThePersonalTables seeds canaries, provokes every kind of
// error, and looks for them in histories, search attributes, logs and case events.
func TestNoPersonalDataLeavesThePersonalTables(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testWorld(t))
	customer := h.customer(func(c object) {
		c["legal_name"], c["street"] = "Kanarienvogel BV", "Vogelstraat 1"
		c["contacts"] = []object{{
			"role": "accounts_payable", "name": "Piet Piepstra", "first_name": "Piepstra", "email": "kanarie-address@bounce.example",
			"mobile": "+31687654321", "mobile_billing": true,
		}}
	})
	paid, disputed, agency := h.invoice(customer), h.invoice(customer), h.invoice(customer)
	h.behave(object{"mode": "503_before", "count": 2})
	h.run(2)
	h.behave(object{"mode": "429", "count": 3, "retry_after": 1})
	h.post("/v1/invoices/"+disputed+"/disputes", object{"reason": "quality", "note": "zingt als een merel, zegt Piet Piepstra"}, nil)
	h.run(30)
	h.provokeAPIErrors(customer, paid)
	h.behave(object{"mode": "drop_after", "count": 2})
	h.run(40)
	h.behave(object{"mode": "ok"})
	for _, task := range h.tasks("call") {
		h.post("/v1/tasks/"+task+"/close", object{"outcome": "wrong_number", "note": "Piepstra zingt als een merel"}, nil)
	}
	h.approve()
	h.run(20)
	h.pay(paid, "1210.00")
	h.run(1)
	for _, id := range []string{paid, disputed, agency} {
		h.lookForCanaries("history of "+id, h.history(id))
	}
	h.lookForCanaries("search attributes and lists", h.listing())
	log, err := os.ReadFile(filepath.Join(h.Dir, "processes.log"))
	require.NoError(t, err)
	h.lookForCanaries("logs", log)
	for _, table := range []string{"case_event", "workflow_message", "plan_step", "ledger_entry", "task", "message", "provider_event", "policy_version"} {
		h.lookForCanaries("table "+table, h.dump(table))
	}
}

// provokeAPIErrors sends what is refused in every way, with canaries in it.
func (h *house) provokeAPIErrors(customer, invoice string) {
	h.t.Helper()
	for _, r := range []struct {
		method, path string
		body         any
	}{
		{http.MethodPost, "/v1/invoices", object{"creditor": h.slug, "customer_number": "Kanarienvogel", "number": "1", "issue_date": "x", "amount": "Piepstra"}},
		{http.MethodPost, "/v1/customers", object{"creditor": h.slug, "number": "Piepstra", "legal_name": "Kanarienvogel", "kind": "bird", "country": "NL"}},
		{http.MethodPost, "/v1/customers/" + customer + "/contacts", object{"role": "buyer", "name": "Piet Piepstra", "email": "kanarie-address", "mobile": "+31687654321x"}},
		{http.MethodPost, "/v1/invoices/" + invoice + "/payments", object{"reference": "Piepstra\n", "amount": object{"amount": "-1", "currency": "XXX"}}},
		{http.MethodPost, "/v1/invoices/" + invoice + "/disputes", object{"reason": "Piepstra"}},
		{http.MethodPost, "/v1/invoices/ubl?creditor=" + h.slug, []byte("<Invoice>Kanarienvogel</Invoice>")},
		{http.MethodGet, "/v1/invoices/Piepstra", nil},
		{http.MethodPost, "/webhooks/sendgrid", []byte(`[{"email":"kanarie-address@bounce.example"}]`)},
		{http.MethodPost, "/webhooks/twilio?message=Piepstra", []byte("To=%2B31687654321")},
	} {
		a, err := h.API.Do(h.ctx, r.method, r.path, r.body)
		require.NoError(h.t, err)
		require.GreaterOrEqual(h.t, a.Status, 400, r.path)
		require.Less(h.t, a.Status, 500, r.path)
		h.lookForCanaries("answer of "+r.method+" "+r.path[:min(20, len(r.path))], a.Body)
	}
}

func (h *house) lookForCanaries(where string, text []byte) {
	h.t.Helper()
	for _, c := range canaries {
		require.False(h.t, bytes.Contains(bytes.ToLower(text), []byte(strings.ToLower(c))), "%q stands in the %s", c, where)
	}
}

// history is every event of the invoice's run as JSON.
func (h *house) history(invoice string) []byte {
	h.t.Helper()
	var out bytes.Buffer
	it := h.Temporal.GetWorkflowHistory(h.ctx, h.workflowID(invoice), "", false, 1)
	for it.HasNext() {
		e, err := it.Next()
		require.NoError(h.t, err)
		text, err := protojson.Marshal(e)
		require.NoError(h.t, err)
		out.Write(text)
		for _, p := range payloads(e) { // payloads are base64 in the JSON form
			out.Write(p)
		}
	}
	return out.Bytes()
}

func (h *house) listing() []byte {
	h.t.Helper()
	res, err := h.Temporal.ListWorkflow(h.ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: `InvoiceRef STARTS_WITH "` + h.slug + `"`})
	require.NoError(h.t, err)
	require.NotEmpty(h.t, res.GetExecutions())
	var out bytes.Buffer
	for _, e := range res.GetExecutions() {
		text, err := protojson.Marshal(e)
		require.NoError(h.t, err)
		out.Write(text)
		for _, p := range e.GetSearchAttributes().GetIndexedFields() {
			out.Write(p.GetData())
		}
	}
	return out.Bytes()
}

func (h *house) dump(table string) []byte {
	h.t.Helper()
	rows, err := h.Pool.Query(h.ctx, `select to_jsonb(x)::text from `+table+` x`)
	require.NoError(h.t, err)
	defer rows.Close()
	var out bytes.Buffer
	for rows.Next() {
		var line string
		require.NoError(h.t, rows.Scan(&line))
		out.WriteString(line)
	}
	require.NoError(h.t, rows.Err())
	return out.Bytes()
}

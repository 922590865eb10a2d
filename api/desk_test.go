package api_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/sms"
	"maan/internal/store"
)

// newCall puts a call about an invoice on the list and answers the task.
func (w *world) newCall(customer, invoice string) string {
	id := store.NewID().String()
	w.exec(`insert into task (id, creditor_id, customer_id, kind, role, status, created_at) values ($1, 'acme', $2, 'call', 'collector', 'open', $3)`, id, customer, today)
	w.exec(`insert into task_item (task_id, invoice_id, run_no, step) values ($1, $2, 1, 'courtesy_call')`, id, invoice)
	return id
}

func TestACallFromTheListToItsOutcome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.newCustomer(acme, "C-1")
	invoice := w.newInvoice(acme, "C-1", "2026-1")
	task := w.newCall(customer, invoice)
	list := func(query string) int {
		return len(w.get("/v1/tasks?"+query, w.collector())["items"].([]any))
	}
	require.Equal(t, 1, list("kind=call"))
	w.mustDo(http.StatusCreated, "POST", "/v1/invoices/"+invoice+"/holds", w.collector(), object{"reason": "in_talks", "until": "2026-06-20"})
	require.Equal(t, 0, list("kind=call"), "nobody calls about a held invoice")
	require.Equal(t, 1, list("kind=call&status=open"))
	w.mustDo(http.StatusConflict, "POST", "/v1/tasks/"+task+"/claim", w.collector(), nil)
	w.exec(`update hold set released_at = now(), released_by = 'x'`)

	detail := w.get("/v1/tasks/"+task, w.collector())
	require.Equal(t, "nl", detail["script"].(object)["language"])
	require.Contains(t, detail["script"].(object)["opener"], "Acme Tools BV")
	require.Len(t, detail["outcomes"], 12)
	require.Len(t, detail["contacts"], 1)
	require.Equal(t, "2026-1", detail["items"].([]any)[0].(object)["number"])

	claimed := w.mustDo(http.StatusOK, "POST", "/v1/tasks/"+task+"/claim", w.collector(), nil).json(t)
	require.Equal(t, "collector-of-acme", claimed["claimed_by"])
	w.mustDo(http.StatusConflict, "POST", "/v1/tasks/"+task+"/claim", w.finance(), nil)
	w.mustDo(http.StatusForbidden, "POST", "/v1/tasks/"+task+"/claim", w.keys[acme]["sales"], nil)
	require.Equal(t, []string{"date invalid_date"},
		w.mustDo(http.StatusUnprocessableEntity, "POST", "/v1/tasks/"+task+"/close", w.collector(), object{"outcome": "will_pay"}).codes(t))
	closed := w.mustDo(http.StatusOK, "POST", "/v1/tasks/"+task+"/close", w.collector(), object{"outcome": "will_pay", "date": "2026-06-10", "note": "friendly"}).json(t)
	require.Equal(t, "told", closed["workflow"])
	require.Equal(t, "done", closed["task"].(object)["status"])
	require.Equal(t, []any{"promise_pending"}, w.get("/v1/invoices/"+invoice, w.collector())["paused"])
	require.Len(t, w.get("/v1/tasks/"+task, w.collector())["notes"], 1)
}

func TestADayIsReleased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.newCustomer(acme, "C-1")
	w.mustDo(http.StatusOK, "PUT", "/v1/creditors/acme/mode", w.finance(), object{"mode": "approve", "reason": "pilot"})
	keep, wait := w.newInvoice(acme, "C-1", "2026-1"), w.newInvoice(acme, "C-1", "2026-2")
	list := func() object { return w.get("/v1/releases/preview?creditor=acme&day=2026-06-02", w.finance()) }
	items := func() []any { return list()["items"].([]any) }
	require.Len(t, items(), 2)
	totals := list()["totals"].(object)
	require.InDelta(t, 2, totals["count"], 0)
	require.Equal(t, []any{euro("2420.00")}, totals["amounts"])
	require.Equal(t, "invoice", totals["stages"].([]any)[0].(object)["name"])
	require.Equal(t, "email", totals["channels"].([]any)[0].(object)["name"])
	csv := w.request("GET", "/v1/releases/preview?creditor=acme&day=2026-06-02&format=csv", w.finance(), "", nil, nil)
	require.Contains(t, string(csv.body), "invoice_id,number,customer_name,stage,")
	require.Contains(t, string(csv.body), "1210.00,email,true,")

	version := items()[0].(object)["version"]
	if items()[0].(object)["invoice_id"] != keep {
		version = items()[1].(object)["version"]
	}
	post := func(lines []object, exclude ...object) object {
		return w.mustDo(http.StatusCreated, "POST", "/v1/releases", w.finance(),
			object{"creditor": acme, "day": "2026-06-02", "lines": lines, "exclude": append([]object{}, exclude...)}).json(t)
	}
	stale := post([]object{{"invoice_id": keep, "version": "old"}})
	require.InDelta(t, 0, stale["released"], 0)
	require.Equal(t, "changed", stale["mismatches"].([]any)[0].(object)["code"])
	got := post([]object{{"invoice_id": keep, "version": version}}, object{"invoice_id": wait, "reason": "check_first"})
	require.InDelta(t, 1, got["released"], 0)
	require.InDelta(t, 1, got["excluded"], 0)
	require.Empty(t, items())
	require.Equal(t, "check_first", list()["removed"].([]any)[0].(object)["removed"])

	releases := w.get("/v1/releases?creditor=acme", w.finance())["items"].([]any)
	require.Len(t, releases, 2)
	require.Equal(t, got["id"], releases[0].(object)["id"])
	require.Equal(t, "finance-of-acme", releases[0].(object)["released_by"])
	lines := w.get("/v1/releases/"+got["id"].(string), w.finance())["lines"].([]any)
	require.Len(t, lines, 2)
	require.Equal(t, euro("1210.00"), lines[0].(object)["open"])
	require.Equal(t, "check_first", lines[1].(object)["removed"])
	w.mustDo(http.StatusNotFound, "GET", "/v1/releases/"+got["id"].(string), w.keys[other]["finance"], nil)
	w.mustDo(http.StatusUnprocessableEntity, "POST", "/v1/releases", w.finance(), object{"creditor": acme, "day": "2026-07-02", "lines": []object{}})
}

func TestPoliciesAreVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source := object{"source": shippedPolicy()}
	got := w.mustDo(http.StatusCreated, "POST", "/v1/policies", w.admin, source).json(t)
	require.Equal(t, "mine", got["policy"])
	require.InDelta(t, 1, got["version"], 0)
	w.mustDo(http.StatusOK, "POST", "/v1/policies", w.admin, source)
	require.Equal(t, []string{"source invalid_policy"},
		w.mustDo(http.StatusUnprocessableEntity, "POST", "/v1/policies", w.admin, object{"source": "policy: x\nsteps: []\n"}).codes(t))
	text := w.request("GET", "/v1/policies/mine/1", w.finance(), "", nil, http.Header{"Accept": {"application/yaml"}})
	require.Equal(t, shippedPolicy(), string(text.body))
	w.mustDo(http.StatusNotFound, "GET", "/v1/policies/mine/2", w.finance(), nil)
}

// message puts a sent message of acme into the outbox.
func (w *world) message(customer string) string {
	id := store.NewID().String()
	w.exec(`insert into message (id, creditor_id, customer_id, audience, channel, template, template_version, language, body_sha256, status, claimed_at)
		values ($1, 'acme', $2, 'customer', 'sms', 'reminder', '1', 'nl', 'abc', 'sent', $3)`, id, customer, today)
	return id
}

func TestTwilioWebhook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.message(w.newCustomer(acme, "C-1"))
	post := func(message, status, signature string) int {
		form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {status}}
		path := "/webhooks/twilio?message=" + message
		if signature == "" {
			signature = sign("https://maan.example.com"+path, form)
		}
		return w.request("POST", path, "", "application/x-www-form-urlencoded", []byte(form.Encode()), http.Header{sms.SignatureHeader: {signature}}).status
	}
	require.Equal(t, http.StatusForbidden, post(id, "delivered", "forged"))
	require.Empty(t, w.get("/v1/messages/"+id, w.finance())["message"].(object)["delivery"])
	for _, status := range []string{"delivered", "sent", "delivered", "accepted", "read"} {
		require.Equal(t, http.StatusNoContent, post(id, status, ""), status)
	}
	require.Equal(t, "delivered", w.get("/v1/messages/"+id, w.finance())["message"].(object)["delivery"], "a late report changes nothing")
	require.Equal(t, http.StatusNotFound, post(store.NewID().String(), "delivered", ""), "unknown messages are refused")
	require.Equal(t, http.StatusNotFound, post("nonsense", "delivered", ""))
	w.exec(`update message set provider_id = 'SM9'`)
	require.Equal(t, http.StatusNotFound, post(id, "undelivered", ""), "our message under another SID")
	require.Equal(t, "delivered", w.get("/v1/messages/"+id, w.finance())["message"].(object)["delivery"])
}

func TestUnconfiguredWebhooksRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, http.StatusForbidden, w.request("POST", "/webhooks/sendgrid", "", "application/json", []byte("[]"), nil).status)
}

// sign makes Twilio's signature: HMAC-SHA1 over the address and the sorted parameters.
func sign(address string, form url.Values) string {
	names := slices.Sorted(maps.Keys(form))
	text := address
	for _, n := range names {
		text += n + form.Get(n)
	}
	mac := hmac.New(sha1.New, []byte("token"))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

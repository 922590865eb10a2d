package api_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/api"
	"maan/internal/dunning"
	"maan/internal/feed"
)

func (w *world) publish() {
	w.t.Helper()
	_, err := w.store.PublishEvents(w.t.Context(), 10000)
	require.NoError(w.t, err)
}

// events reads one page of the feed.
func (w *world) events(key, query string) (types []string, items []object, cursor string, more bool) {
	w.t.Helper()
	page := w.get("/v1/events?"+query, key)
	for _, item := range page["items"].([]any) {
		e := item.(object)
		items = append(items, e)
		types = append(types, e["type"].(string))
	}
	return types, items, page["cursor"].(string), page["more"].(bool)
}

func TestContract_ListsTheTypesOfEvents(t *testing.T) {
	t.Parallel()
	doc, err := api.Contract()
	require.NoError(t, err)
	listed := []feed.Type{}
	for _, v := range doc.Components.Schemas["FeedEventType"].Value.Enum {
		listed = append(listed, feed.Type(v.(string)))
	}
	require.Equal(t, feed.Types(), listed)
	described := doc.Paths.Value("/v1/events").Get.Description
	for _, typ := range listed {
		require.Contains(t, described, "`"+string(typ)+"`")
	}
}

// The story of one invoice, as an ERP reads it.
func TestEvents_TellTheStoryOfACase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.newCustomer(acme, "C-1")
	invoice := "/v1/invoices/" + w.newInvoice(acme, "C-1", "2026-1")
	do := func(method, path string, body object) object {
		t.Helper()
		var sent any
		if body != nil {
			sent = body
		}
		a := w.do(method, path, w.finance(), sent)
		require.Less(t, a.status, 300, "%s: %s", path, a.body)
		return a.json(t)
	}
	do("POST", invoice+"/disputes", object{"reason": "quality", "note": "Anna says the paint is wet"})
	hold := do("POST", invoice+"/holds", object{"reason": "in_talks", "until": "2026-06-09", "note": "Anna asked"})["id"].(string)
	do("POST", invoice+"/disputes/resolve", object{"resolution": "rejected"})
	do("POST", "/v1/holds/"+hold+"/release", nil)
	do("PUT", invoice+"/do-not-chase", object{"reason": "insolvent", "review_on": "2026-09-01"})
	do("DELETE", invoice+"/do-not-chase", nil)
	payment := do("POST", invoice+"/payments", object{"reference": "bank-1", "amount": euro("1210.00"), "value_date": "2026-06-01"})["id"].(string)
	do("POST", "/v1/payments/"+payment+"/reverse", object{"reason": "returned"})
	do("POST", invoice+"/write-off", object{"reason": "goodwill"})
	w.publish()
	types, items, _, more := w.events(w.finance(), "limit=200")
	require.False(t, more)
	require.Equal(t, []string{
		"ledger.booked", "invoice.received",
		"dispute.opened", "case.paused",
		"hold.placed", "case.paused",
		"dispute.resolved", "case.paused",
		"hold.released", "case.resumed",
		"do_not_chase.changed", "case.paused",
		"do_not_chase.changed", "case.resumed",
		"receipt.recorded", "ledger.booked", "case.closed",
		"ledger.booked", "receipt.reversed", "case.reopened",
		"ledger.booked", "case.closed",
	}, types)
	data := func(n int) any { return items[n]["data"] }
	require.Equal(t, object{"amount": euro("1210.00"), "due_date": "2026-07-01", "policy": "standard", "source": "api"}, data(1))
	require.Equal(t, object{"pauses": []any{object{"reason": "disputed", "why": "quality"}, object{"reason": "held", "why": "in_talks", "until": "2026-06-09"}}}, data(5))
	require.Equal(t, object{"pauses": []any{object{"reason": "held", "why": "in_talks", "until": "2026-06-09"}}}, data(7))
	require.Equal(t, object{"pauses": []any{object{"reason": "do_not_chase"}}}, data(11))
	booked := data(15).(object)
	require.NotEmpty(t, booked["entry_id"])
	delete(booked, "entry_id")
	require.Equal(t, object{"kind": "payment", "amount": euro("-1210.00"), "value_date": "2026-06-01", "customer_credit": false, "receipt_id": payment}, booked)
	back := data(17).(object)
	require.Equal(t, euro("1210.00"), back["amount"])
	require.NotEmpty(t, back["reverses"])
	off := data(20).(object)
	require.Equal(t, "write_off", off["kind"])
	require.Equal(t, euro("-1210.00"), off["amount"])
	require.Equal(t, "2026-06-02", off["value_date"])
	require.Equal(t, object{"outcome": "written_off"}, data(21))
	require.EqualValues(t, 1, items[18]["run"])
	require.EqualValues(t, 2, items[21]["run"])
	ids := map[string]bool{}
	for _, e := range items {
		require.Equal(t, "acme", e["creditor"])
		require.Equal(t, "2026-1", e["invoice_number"])
		require.Equal(t, "C-1", e["customer_number"])
		ids[e["id"].(string)] = true
	}
	require.Len(t, ids, len(items))
	text := w.do("GET", "/v1/events?limit=200", w.finance(), nil).body
	for _, secret := range []string{"Anna", "Buyer", "paint", "goodwill", "insolvent", "buyer.example"} {
		require.NotContains(t, string(text), secret)
	}
}

func TestEvents_ACustomersHoldPausesAllItsCasesAndThoseToCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.newCustomer(acme, "C-1")
	w.newInvoice(acme, "C-1", "1")
	w.mustDo(201, "POST", "/v1/customers/"+customer+"/holds", w.finance(), object{"reason": "in_talks"})
	w.newInvoice(acme, "C-1", "2")
	w.publish()
	_, items, _, _ := w.events(w.finance(), "type=hold.placed,case.paused")
	require.Len(t, items, 3)
	require.Equal(t, "customer", items[0]["data"].(object)["scope"])
	require.Equal(t, "in_talks", items[0]["data"].(object)["reason"])
	require.Equal(t, "2", items[2]["invoice_number"])
	require.Equal(t, object{"pauses": []any{object{"reason": "held", "why": "in_talks"}}}, items[2]["data"])
}

func TestEvents_AreReadToTheEndAndFromThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.get("/v1/events", w.admin)
	require.Equal(t, []any{}, first["items"])
	_, _, same, more := w.events(w.admin, "cursor="+first["cursor"].(string))
	require.Equal(t, first["cursor"], same, "nothing happened")
	require.False(t, more)
	w.newCustomer(acme, "C-1")
	for _, number := range []string{"1", "2", "3"} {
		w.newInvoice(acme, "C-1", number)
	}
	types, _, _, _ := w.events(w.admin, "")
	require.Empty(t, types, "an event has no place before it is published")
	w.publish()
	var all []object
	cursor := same
	pages := 0
	for more := true; more; pages++ {
		var items []object
		_, items, cursor, more = w.events(w.admin, "limit=2&cursor="+cursor)
		all = append(all, items...)
	}
	require.Equal(t, 3, pages)
	require.Len(t, all, 6)
	types, _, again, _ := w.events(w.admin, "cursor="+cursor)
	require.Empty(t, types)
	require.Equal(t, cursor, again)
	_, replayed, _, _ := w.events(w.admin, "")
	require.Equal(t, all, replayed)
}

func TestEvents_BelongToTheKeysCreditors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, creditor := range []string{acme, other} {
		w.newCustomer(creditor, "C-1")
		w.newInvoice(creditor, "C-1", "1")
	}
	w.publish()
	for key, want := range map[string][]string{
		w.admin: {acme, acme, other, other}, w.keys[acme][dunning.RoleAuditor]: {acme, acme}, w.keys[other][dunning.RoleSales]: {other, other},
	} {
		_, items, _, _ := w.events(key, "")
		creditors := []string{}
		for _, e := range items {
			creditors = append(creditors, e["creditor"].(string))
		}
		require.Equal(t, want, creditors)
	}
	types, _, _, _ := w.events(w.admin, "creditor=other&type=invoice.received")
	require.Equal(t, []string{"invoice.received"}, types)
	require.Equal(t, http.StatusNotFound, w.do("GET", "/v1/events?creditor=other", w.finance(), nil).status)
	require.Equal(t, http.StatusNotFound, w.do("GET", "/v1/events?creditor=nobody", w.finance(), nil).status)
}

func TestEvents_RefuseWhatTheyDoNotKnow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, want := range map[string]struct {
		status int
		code   string
	}{
		"cursor=MTI6MGExYjJjM2Q":            {422, "cursor unknown_cursor"}, // well formed, never given
		"cursor=nonsense":                   {422, "cursor unknown_cursor"},
		"cursor=a%20b":                      {400, "cursor invalid_form"},
		"limit=0":                           {400, "limit out_of_range"},
		"limit=201":                         {400, "limit out_of_range"},
		"type=nothing":                      {400, "type.0 unknown_value"},
		"type=case.closed&type=case.paused": {400, "type repeated"},
		"type=case.closed,case.closed":      {400, "type repeated"},
		"since=2026-06-01":                  {400, "since unknown_parameter"},
	} {
		a := w.do("GET", "/v1/events?"+query, w.admin, nil)
		require.Equal(t, want.status, a.status, "%s: %s", query, a.body)
		require.Equal(t, []string{want.code}, a.codes(t), query)
	}
}

func TestWebhooks_ShowTheirSecretOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.keys[acme][dunning.RoleAdministrator]
	body := []byte(`{"creditor":"acme","url":"https://erp.example.com/maan?token=x","types":["case.closed"]}`)
	header := http.Header{"Idempotency-Key": {"hook-1"}}
	made := w.request("POST", "/v1/webhooks", key, "application/json", body, header).json(t)
	require.True(t, strings.HasPrefix(made["secret"].(string), "whsec_"))
	require.Equal(t, "administrator-of-acme", made["created_by"])
	replay := w.request("POST", "/v1/webhooks", key, "application/json", body, header).json(t)
	require.Equal(t, made["id"], replay["id"])
	require.NotContains(t, replay, "secret")
	path := "/v1/webhooks/" + made["id"].(string)
	require.NotContains(t, w.get(path, key), "secret")
	require.NotContains(t, string(w.do("GET", "/v1/webhooks", key, nil).body), "whsec_")
	require.NotContains(t, w.logs.String(), "whsec_")
	require.NotContains(t, w.logs.String(), "erp.example.com")
	require.Equal(t, http.StatusNoContent, w.do("DELETE", path, key, nil).status)
	require.Equal(t, http.StatusNotFound, w.do("GET", path, key, nil).status)
	require.Equal(t, http.StatusNotFound, w.do("DELETE", path, key, nil).status)
	var kinds []string
	require.NoError(t, w.store.Pool().QueryRow(t.Context(), `select array_agg(kind || ' ' || actor order by id) from creditor_event where reason = $1`,
		made["id"]).Scan(&kinds))
	require.Equal(t, []string{"webhook_created administrator-of-acme", "webhook_deleted administrator-of-acme"}, kinds)
}

func TestWebhooks_BeginAtTheEndOrAtACursorAndMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.newCustomer(acme, "C-1")
	w.newInvoice(acme, "C-1", "1")
	w.publish()
	_, _, middle, _ := w.events(w.admin, "limit=1")
	_, _, end, _ := w.events(w.admin, "")
	at := func(extra object) object {
		body := object{"creditor": acme, "url": "https://erp.example.com"}
		maps.Copy(body, extra)
		return w.mustDo(201, "POST", "/v1/webhooks", w.admin, body).json(t)
	}
	require.Equal(t, end, at(nil)["cursor"])
	hook := at(object{"cursor": middle})
	require.Equal(t, middle, hook["cursor"])
	path := "/v1/webhooks/" + hook["id"].(string)
	require.Equal(t, end, w.mustDo(200, "POST", path+"/replay", w.admin, object{"cursor": end}).json(t)["cursor"])
	require.NotEqual(t, middle, w.mustDo(200, "POST", path+"/replay", w.admin, object{}).json(t)["cursor"])
	require.Equal(t, []string{"cursor unknown_cursor"}, w.mustDo(422, "POST", path+"/replay", w.admin, object{"cursor": "nonsense"}).codes(t))
	w.exec(`update webhook_endpoint set status = 'disabled', failures = 3, failing_since = now(), last_error = 'status_500', disabled_at = now()`)
	require.Equal(t, "disabled", w.get(path, w.admin)["status"])
	enabled := w.mustDo(200, "POST", path+"/enable", w.admin, nil).json(t)
	require.Equal(t, "active", enabled["status"])
	require.EqualValues(t, 0, enabled["failures"])
	require.NotContains(t, enabled, "failing_since")
	test := w.mustDo(202, "POST", path+"/test", w.admin, nil).json(t)
	require.Equal(t, "open", test["state"])
	deliveries := w.get(path+"/deliveries", w.admin)["items"].([]any)
	require.Equal(t, []any{test}, deliveries)
}

func TestWebhooks_RefuseAddressesAndTellEveryFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *api.Config) { c.LocalWebhooks = false })
	for address, codes := range map[string][]string{
		"http://user:pw@10.0.0.1/#x":    {"url not_https", "url credentials", "url fragment", "url not_public", "cursor unknown_cursor"},
		"https://localhost":             {"url not_public", "cursor unknown_cursor"},
		"https://169.254.169.254/token": {"url not_public", "cursor unknown_cursor"},
		"no address":                    {"url invalid_url", "cursor unknown_cursor"},
	} {
		a := w.mustDo(422, "POST", "/v1/webhooks", w.admin, object{"creditor": acme, "url": address, "cursor": "nonsense"})
		require.Equal(t, codes, a.codes(t), address)
		require.NotContains(t, string(a.body), "pw")
	}
	a := w.mustDo(400, "POST", "/v1/webhooks", w.admin, object{"url": "", "types": []string{"nothing"}})
	require.ElementsMatch(t, []string{"creditor missing", "url too_short", "types.0 unknown_value"}, a.codes(t))
	require.Equal(t, 404, w.do("POST", "/v1/webhooks", w.admin, object{"creditor": "nobody", "url": "https://erp.example.com"}).status)
}

func TestWebhooks_AreFewForEachCreditor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := object{"creditor": acme, "url": "https://erp.example.com/" + url.PathEscape("a b")}
	for range 20 {
		w.mustDo(201, "POST", "/v1/webhooks", w.admin, body)
	}
	require.Equal(t, []string{" too_many"}, w.mustDo(409, "POST", "/v1/webhooks", w.admin, body).codes(t))
	w.mustDo(201, "POST", "/v1/webhooks", w.admin, object{"creditor": other, "url": "https://erp.example.com"})
	require.Len(t, w.get("/v1/webhooks?creditor=acme", w.admin)["items"], 20)
	require.Len(t, w.get("/v1/webhooks", w.keys[other][dunning.RoleAuditor])["items"], 1)
}

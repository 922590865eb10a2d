package api_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/api"
)

func TestEveryFaultIsNamedAtOnceAndNothingIsRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.newCustomer(acme, "C-1")
	const secret = "Lisa Canary <lisa@canary.example>"
	long := strings.Repeat("x", 101)
	tests := []struct {
		name   string
		change object
		status int
		want   []string
	}{
		{"UnknownFields", object{"colour": "blue", secret: 1}, 400, []string{"? unknown_field", "colour unknown_field"}},
		{
			"FormOfEveryField",
			object{"amount": object{"amount": secret, "currency": "EURO"}, "due_date": "2026-02-30", "number": long, "delivery_required": secret},
			400,
			[]string{"amount.amount invalid_form", "amount.currency unknown_currency", "delivery_required wrong_type", "due_date invalid_date", "number too_long"},
		},
		{"NestedUnknownField", object{"amount": object{"amount": "1.00", "currency": "EUR", "vat": "0.21"}}, 400, []string{"amount.vat unknown_field"}},
		{"UnknownCurrency", object{"amount": object{"amount": "1.00", "currency": "XXY"}}, 400, []string{"amount.currency unknown_currency"}},
		{"Missing", object{"amount": nil, "number": nil}, 400, []string{"amount null", "number null"}},
		{
			"ContentOfEveryField",
			object{"amount": euro("1.234"), "customer_number": "C-404", "due_date": "2026-05-01"},
			422,
			[]string{"amount.amount too_many_decimals", "customer_number unknown_customer", "due_date due_before_issue"},
		},
		{"Negative", object{"amount": euro("-5.00"), "due_date": "2026-05-01"}, 422, []string{"amount not_positive", "due_date due_before_issue"}},
		{"Zero", object{"amount": euro("0.00")}, 422, []string{"amount not_positive"}},
		{"TwoCustomers", object{"customer_id": "0197c0de-0000-7000-8000-000000000000"}, 422, []string{"customer_id missing"}},
		{"UnknownPolicy", object{"policy": "nobody"}, 422, []string{"policy unknown_policy"}},
		{"ZeroCharacter", object{"purchase_order": "a\x00b"}, 400, []string{" control_character"}},
	}
	for _, tt := range tests {
		body := invoiceBody(acme, "C-1", "2026-1")
		maps.Copy(body, tt.change)
		got := w.do("POST", "/v1/invoices", w.finance(), body)
		require.Equal(t, tt.status, got.status, "%s: %s", tt.name, got.body)
		require.ElementsMatch(t, tt.want, got.codes(t), "%s: %s", tt.name, got.body)
		require.NotContains(t, string(got.body), "Canary")
		require.Equal(t, "application/problem+json", got.header.Get("Content-Type"))
	}
	require.Empty(t, w.get("/v1/invoices", w.finance())["items"], "nothing half done")
	require.NotContains(t, w.logs.String(), "Canary")
	require.NotContains(t, w.logs.String(), "canary")
}

func TestParametersAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := map[string][]string{
		"/v1/invoices?limit=0&status=lost&colour=blue":           {"colour unknown_parameter", "limit out_of_range", "status unknown_value"},
		"/v1/invoices?limit=10&limit=20":                         {"limit repeated"},
		"/v1/invoices?due_before=2026-02-30":                     {"due_before invalid_date"},
		"/v1/invoices?cursor=AAAA":                               {"cursor invalid_form"},
		"/v1/invoices/not-a-uuid":                                {"id invalid_form"},
		"/v1/releases/preview?creditor=acme":                     {"day missing"},
		"/v1/creditors/ACME":                                     {"creditor invalid_form"},
		"/v1/tasks?customer=%00":                                 {" control_character", "customer invalid_form"},
		"/v1/policies/standard/0":                                {"version out_of_range"},
		"/v1/creditors?cursor=" + strings.Repeat("QQ", 100) + "": {"cursor invalid_form"},
	}
	for path, want := range tests {
		got := w.do("GET", path, w.finance(), nil)
		require.Equal(t, http.StatusBadRequest, got.status, "%s: %s", path, got.body)
		require.ElementsMatch(t, want, got.codes(t), path)
	}
	require.Equal(t, http.StatusNotFound, w.do("GET", "/v1/invoices?creditor=other", w.finance(), nil).status)
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.newCustomer(acme, "C-1")
	id := w.newInvoice(acme, "C-1", "2026-1")
	big := func(n int) []byte { return bytes.Repeat([]byte(" "), n) }
	tests := []struct {
		name, method, path, media string
		body                      []byte
		status                    int
	}{
		{"JSON", "POST", "/v1/invoices", "application/json", big(1<<20 + 1), http.StatusRequestEntityTooLarge},
		{"XML", "POST", "/v1/invoices/ubl?creditor=acme", "application/xml", big(5<<20 + 1), http.StatusRequestEntityTooLarge},
		{"PDF", "POST", "/v1/invoices/" + id + "/documents?kind=invoice_pdf", "application/pdf", big(10<<20 + 1), http.StatusRequestEntityTooLarge},
		{"Webhook", "POST", "/webhooks/sendgrid", "application/json", big(1<<20 + 1), http.StatusRequestEntityTooLarge},
		{"BodyWhereNoneBelongs", "POST", "/v1/creditors/acme/stop", "application/json", []byte(`{"a":1}`), http.StatusBadRequest},
		{"OtherMedia", "POST", "/v1/invoices", "text/plain", []byte(`{}`), http.StatusUnsupportedMediaType},
		{"NotJSON", "POST", "/v1/invoices", "application/json", []byte(`{"creditor":`), http.StatusBadRequest},
		{"TwoDocuments", "POST", "/v1/invoices", "application/json", []byte(`{} {}`), http.StatusBadRequest},
		{"NotAPDF", "POST", "/v1/invoices/" + id + "/documents?kind=invoice_pdf", "application/pdf", []byte("MZ"), http.StatusUnprocessableEntity},
	}
	for _, tt := range tests {
		got := w.request(tt.method, tt.path, w.finance(), tt.media, tt.body, nil)
		require.Equal(t, tt.status, got.status, "%s: %s", tt.name, got.body)
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := func(key string, body object, apiKey string) answer {
		text, err := json.Marshal(body)
		require.NoError(t, err)
		return w.request("POST", "/v1/customers", apiKey, "application/json", text, http.Header{"Idempotency-Key": {key}})
	}
	body := customerBody(acme, "C-1")
	first := post("key 1", body, w.finance())
	require.Equal(t, http.StatusCreated, first.status)

	again := post("key 1", body, w.finance())
	require.Equal(t, http.StatusCreated, again.status, "the stored answer, not 200")
	require.JSONEq(t, string(first.body), string(again.body))
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))

	changed := customerBody(acme, "C-2")
	require.Equal(t, http.StatusUnprocessableEntity, post("key 1", changed, w.finance()).status)
	require.Equal(t, http.StatusCreated, post("key 1", changed, w.admin).status, "keys belong to their API key")

	w.exec(`update idempotency set status = null where key = 'key 1'`)
	running := post("key 1", body, w.finance())
	require.Equal(t, http.StatusConflict, running.status)
	require.NotEmpty(t, running.header.Get("Retry-After"))
	w.exec(`update idempotency set created_at = now() - interval '3 minutes' where key = 'key 1'`)
	require.Equal(t, http.StatusOK, post("key 1", body, w.finance()).status, "a dead request's place is taken")

	for _, bad := range []string{strings.Repeat("k", 129), "a\tb", "é"} {
		require.Equal(t, http.StatusBadRequest, post(bad, body, w.finance()).status, bad)
	}
}

func TestANewAPIKeyIsShownOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := []byte(`{"role":"collector","actor":"person-7","creditors":["acme"]}`)
	header := http.Header{"Idempotency-Key": {"k"}}
	first := w.request("POST", "/v1/api-keys", w.admin, "application/json", text, header).json(t)
	key, _ := first["key"].(string)
	require.Regexp(t, `^maan_[A-Za-z0-9_-]{43}$`, key)
	require.True(t, strings.HasPrefix(key, first["prefix"].(string)))
	w.get("/v1/invoices", key)

	again := w.request("POST", "/v1/api-keys", w.admin, "application/json", text, header)
	require.Equal(t, http.StatusCreated, again.status)
	require.NotContains(t, string(again.body), key)
	list := w.mustDo(http.StatusOK, "GET", "/v1/api-keys", w.admin, nil)
	require.NotContains(t, string(list.body), key)

	id := first["id"].(string)
	w.mustDo(http.StatusOK, "POST", "/v1/api-keys/"+id+"/revoke", w.admin, nil)
	require.Equal(t, http.StatusUnauthorized, w.do("GET", "/v1/invoices", key, nil).status)
	for _, body := range []object{
		{"role": "auditor", "actor": "a"},
		{"role": "auditor", "actor": "a", "creditors": []string{acme}, "all_creditors": true},
		{"role": "auditor", "actor": "a", "creditors": []string{"nobody"}},
		{"role": "auditor", "actor": "a", "creditors": []string{acme}, "expires_at": "2020-01-01T00:00:00Z"},
	} {
		require.Equal(t, http.StatusUnprocessableEntity, w.do("POST", "/v1/api-keys", w.admin, body).status, body)
	}
	require.Equal(t, []string{"all_creditors outside_scope"},
		w.do("POST", "/v1/api-keys", w.keys[acme]["administrator"], object{"role": "auditor", "actor": "a", "all_creditors": true}).codes(t))
}

func TestRateLimitIsPerKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve(func(c *api.Config) { c.RequestsPerSecond = 2 })
	var last answer
	for range 3 {
		last = w.do("GET", "/v1/agencies", w.finance(), nil)
	}
	require.Equal(t, http.StatusTooManyRequests, last.status)
	require.NotEmpty(t, last.header.Get("Retry-After"))
	w.get("/v1/agencies", w.collector())
}

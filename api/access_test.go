package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/api"
	"maan/internal/dunning"
	"maan/internal/store"
)

// facts are rows of the creditor acme, one of each kind.
type facts struct {
	customer, contact, invoice, payment, hold, task, message, reply, stray, key, file, webhook, movement, other, release string
}

func newFacts(w *world) facts {
	f := facts{customer: w.newCustomer(acme, "C-1"), invoice: w.newInvoice(acme, "C-1", "2026-1")}
	contacts := w.get("/v1/customers/"+f.customer, w.admin)["contacts"].([]any)
	f.contact = contacts[0].(object)["id"].(string)
	text := func(a answer, field string) string { return a.json(w.t)[field].(string) }
	f.payment = text(w.mustDo(201, "POST", "/v1/invoices/"+f.invoice+"/payments", w.admin,
		object{"reference": "bank-1", "amount": euro("10.00"), "value_date": "2026-06-02"}), "id")
	f.hold = text(w.mustDo(201, "POST", "/v1/invoices/"+f.invoice+"/holds", w.admin, object{"reason": "asked_for_time"}), "id")
	f.task = text(w.mustDo(201, "POST", "/v1/invoices/"+f.invoice+"/payments", w.admin,
		object{"reference": "bank-2", "amount": object{"amount": "5.00", "currency": "USD"}, "value_date": "2026-06-02"}), "task_id")
	f.release = store.NewID().String()
	w.exec(`insert into release (id, creditor_id, day, released_by, released_at) values ($1, 'acme', '2026-06-01', 'person-1', now())`, f.release)
	f.message = store.NewID().String()
	w.exec(`insert into message (id, creditor_id, customer_id, audience, channel, template, template_version, language, body_sha256, status, claimed_at)
		values ($1, 'acme', $2, 'customer', 'email', 'invoice', '1', 'nl', 'abc', 'shadow', now())`, f.message, f.customer)
	w.exec(`insert into message_item (invoice_id, step, occurrence, channel, message_id) values ($1, 'invoice', 1, 'email', $2)`, f.invoice, f.message)
	w.exec(`insert into message_body (message_id, recipient, subject, html, text) values ($1, 'ap@buyer.example', 'Invoice', '<p>', 'text')`, f.message)
	f.reply = store.NewID().String()
	w.exec(`insert into reply (id, creditor_id, customer_id, message_id, channel, provider, event_key, fate, received_at)
		values ($1, 'acme', $2, $3, 'email', 'sendgrid', 'k1', 'asked', now())`, f.reply, f.customer, f.message)
	f.stray = store.NewID().String()
	w.exec(`insert into reply (id, channel, provider, event_key, fate, received_at) values ($1, 'email', 'sendgrid', 'k2', 'unknown', now())`, f.stray)
	w.exec(`insert into reply_body (reply_id, sender, subject, text) values ($1, 'Anna <ap@buyer.example>', 'Re: Invoice', 'paid yesterday')`, f.reply)
	w.exec(`insert into reply_file (reply_id, n, name, content_type, size, content) values ($1, 1, 'proof.pdf', 'application/pdf', 4, '%PDF')`, f.reply)
	w.exec(`update creditor set street = 'Kade 1', postcode = '1011 AA', city = 'Amsterdam'`)
	w.claimed(f.invoice, 483, 4000)
	f.key = text(w.mustDo(201, "POST", "/v1/api-keys", w.admin, object{"role": "auditor", "actor": "auditor-1", "creditors": []string{acme}}), "id")
	f.file = text(w.request("POST", "/v1/imports?creditor=acme&kind=invoices", w.admin, "application/octet-stream", []byte("a;b"), nil), "id")
	f.webhook = text(w.mustDo(201, "POST", "/v1/webhooks", w.admin, object{"creditor": acme, "url": "https://erp.example.com/maan"}), "id")
	f.movement, f.other = store.NewID().String(), store.NewID().String()
	w.exec(`insert into bank_statement (id, creditor_id, upload_id, account, statement_id, currency, check_result, covers_until, entries, business_at)
		values ($1, 'acme', $2, 'NL91ABNA0417164300', 'S1', 'EUR', 'balanced', '2026-06-02', 1, now())`, f.movement, f.file)
	w.exec(`insert into bank_entry (id, creditor_id, statement_id, key, amount_minor, currency, booking_date, value_date, status, decided_by, decided_at)
		values ($1, 'acme', $1, 'k1', 500, 'EUR', '2026-06-02', '2026-06-02', 'unmatched', 'system', now()),
			($2, 'acme', $1, 'k2', 500, 'EUR', '2026-06-02', '2026-06-02', 'unmatched', 'system', now())`, f.movement, f.other)
	return f
}

// call is a valid request of an operation, about a fact of acme.
type call struct {
	method, path string
	media        string
	body         any
}

// calls has a request for every operation that needs a key. The test fails when one is
// missing.
func calls(f facts) map[string]call {
	get := func(path string) call { return call{method: "GET", path: path} }
	send := func(method, path string, body any) call {
		return call{method: method, path: path, media: "application/json", body: body}
	}
	bare := func(path string) call { return call{method: "POST", path: path} }
	creditor, customer, invoice, task := "/v1/creditors/acme", "/v1/customers/"+f.customer, "/v1/invoices/"+f.invoice, "/v1/tasks/"+f.task
	webhook := "/v1/webhooks/" + f.webhook
	doNotChase := object{"reason": "insolvent", "review_on": "2026-09-01"}
	return map[string]call{
		"getContactHealth": get("/v1/health/contact?creditor=acme"), "getDigest": get(creditor + "/digest?on=2026-06-02"),

		"createCreditor": send("POST", "/v1/creditors", creditorBody("third")), "listCreditors": get("/v1/creditors"), "getCreditor": get(creditor),
		"updateCreditor": send("PATCH", creditor, object{"city": "Utrecht"}), "setCreditorMode": send("PUT", creditor+"/mode", object{"mode": "approve", "reason": "pilot"}),
		"stopCreditor": bare(creditor + "/stop"), "resumeCreditor": bare(creditor + "/resume"),
		"setCreditorHolidays":  send("PUT", creditor+"/holidays", object{"holidays": []object{{"country": "NL", "date": "2027-03-26", "holiday": false}}}),
		"createAccountManager": send("POST", creditor+"/account-managers", object{"name": "Sam Sales", "email": "sam@acme.example"}),
		"listAccountManagers":  get(creditor + "/account-managers"),

		"createAgency": send("POST", "/v1/agencies", object{"name": "Firm Hand", "country": "NL", "registration_number": "1", "email": "c@firmhand.example"}),
		"listAgencies": get("/v1/agencies"), "listPolicies": get("/v1/policies"), "getPolicy": get("/v1/policies/standard/1"),
		"simulatePolicy": {
			method: "POST", path: "/v1/policies/standard/1/simulate?against=key-accounts:1", media: "application/octet-stream",
			body: "invoice,customer,country,issue_date,due_date,amount,paid_on\nF-1,K-1,NL,2026-01-05,2026-02-04,121.00,2026-02-20\n",
		},
		"publishPolicy": send("POST", "/v1/policies", object{"source": shippedPolicy()}),
		"createApiKey":  send("POST", "/v1/api-keys", object{"role": "collector", "actor": "person-9", "creditors": []string{acme}}),
		"listApiKeys":   get("/v1/api-keys"), "revokeApiKey": bare("/v1/api-keys/" + f.key + "/revoke"),

		"createCustomer": send("POST", "/v1/customers", customerBody(acme, "C-9")), "listCustomers": get("/v1/customers?creditor=acme"),
		"getCustomer": get(customer), "updateCustomer": send("PATCH", customer, object{"segment": "gold"}),
		"createContact": send("POST", customer+"/contacts", object{"role": "general", "email": "info@buyer.example"}),
		"updateContact": send("PATCH", "/v1/contacts/"+f.contact, object{"phone": "+31 30 1234567"}),
		"holdCustomer":  send("POST", customer+"/holds", object{"reason": "in_talks"}), "getCustomerCredit": get(customer + "/credit"),
		"silenceCustomer":       send("POST", customer+"/silences", object{"channel": "sms"}),
		"liftCustomerSilence":   send("POST", customer+"/silences/lift", object{"channel": "sms", "reason": "asked for it again"}),
		"setCustomerDoNotChase": send("PUT", customer+"/do-not-chase", doNotChase), "liftCustomerDoNotChase": {method: "DELETE", path: customer + "/do-not-chase"},

		"createInvoice": send("POST", "/v1/invoices", invoiceBody(acme, "C-1", "2026-9")), "listInvoices": get("/v1/invoices?creditor=acme"),
		"postUBL":    {method: "POST", path: "/v1/invoices/ubl?creditor=acme", media: "application/xml", body: "<Invoice/>"},
		"getInvoice": get(invoice), "getInvoiceWhy": get(invoice + "/why"), "getInvoiceTimeline": get(invoice + "/timeline"), "getInvoicePlan": get(invoice + "/plan"),
		"getInvoiceLedger": get(invoice + "/ledger"), "listInvoiceMessages": get(invoice + "/messages"), "previewMessage": get(invoice + "/preview"), "listDocuments": get(invoice + "/documents"),
		"addDocument":      {method: "POST", path: invoice + "/documents?kind=invoice_pdf", media: "application/pdf", body: "%PDF-1.7"},
		"recordDelivery":   send("POST", invoice+"/deliveries", object{"on": "2026-06-01", "last": true}),
		"recordPayment":    send("POST", invoice+"/payments", object{"reference": "bank-9", "amount": euro("1.00"), "value_date": "2026-06-02"}),
		"recordCreditNote": send("POST", invoice+"/credit-notes", object{"number": "CN-9", "amount": euro("1.00"), "issue_date": "2026-06-02"}),
		"reversePayment":   send("POST", "/v1/payments/"+f.payment+"/reverse", object{"reason": "returned"}),
		"writeOffInvoice":  send("POST", invoice+"/write-off", object{"reason": "goodwill"}),
		"openDispute":      send("POST", invoice+"/disputes", object{"reason": "quality"}),
		"resolveDispute":   send("POST", invoice+"/disputes/resolve", object{"resolution": "rejected"}),
		"holdInvoice":      send("POST", invoice+"/holds", object{"reason": "in_talks"}), "releaseHold": bare("/v1/holds/" + f.hold + "/release"),
		"migratePolicy":        send("POST", invoice+"/policy", object{"policy": "key-accounts", "reason": "big customer"}),
		"setInvoiceDoNotChase": send("PUT", invoice+"/do-not-chase", doNotChase), "liftInvoiceDoNotChase": {method: "DELETE", path: invoice + "/do-not-chase"},

		"addLawRate":   send("POST", "/v1/law/rates", object{"regime": "NL_6_119a", "valid_from": "2027-01-01", "rate": "10.65", "status": "derived", "source": "mro + 8"}),
		"listLawRates": get("/v1/law/rates"), "listTerms": get(customer + "/terms"),
		"addTerms": send("POST", customer+"/terms", object{
			"valid_from": "2026-01-01", "annual_rate": "8", "accepted_on": "2026-01-02", "penalty": euro("100.00"), "penalty_code": "fixed",
			"invoice_id": f.invoice, "retention_of_title": true, "proof": "contract 7",
		}),
		"getClaim": get(invoice + "/claim?until=2026-08-15"), "getStatement": get(customer + "/statement"), "getInvoicePdf": get(invoice + "/pdf"),
		"waiveClaims": send("POST", invoice+"/waive", object{"reason": "goodwill"}),

		"listTasks": get("/v1/tasks?creditor=acme"), "getTask": get(task), "claimTask": bare(task + "/claim"), "giveBackTask": bare(task + "/give-back"),
		"closeTask":    send("POST", task+"/close", object{"outcome": "booked"}),
		"listReleases": get("/v1/releases?creditor=acme"), "getRelease": get("/v1/releases/" + f.release),
		"previewRelease": get("/v1/releases/preview?creditor=acme&day=2026-06-02"), "createRelease": send("POST", "/v1/releases", object{"creditor": acme, "day": "2026-06-02", "lines": []object{}}),
		"listBankStatements": get("/v1/bank-statements?creditor=acme"), "listBankEntries": get("/v1/bank-entries?creditor=acme"),
		"getBankEntry": get("/v1/bank-entries/" + f.movement), "ignoreBankEntry": bare("/v1/bank-entries/" + f.other + "/ignore"),
		"allocateBankEntry": send("POST", "/v1/bank-entries/"+f.movement+"/allocate", object{"parts": []object{{"invoice_id": f.invoice, "amount": euro("5.00")}}}),
		"createImport":      {method: "POST", path: "/v1/imports?creditor=acme&kind=invoices", media: "application/octet-stream", body: "c;d"},
		"listImports":       get("/v1/imports?creditor=acme"), "getImport": get("/v1/imports/" + f.file), "listImportFaults": get("/v1/imports/" + f.file + "/faults"),

		"listMessages": get("/v1/messages?creditor=acme"), "getMessage": get("/v1/messages/" + f.message), "listReplies": get("/v1/replies?creditor=acme"),
		"getReply": get("/v1/replies/" + f.reply), "getReplyFile": get("/v1/replies/" + f.reply + "/files/1"),
		"assignReply": send("POST", "/v1/replies/"+f.stray+"/assign", object{"invoice_id": f.invoice}),

		"listHookCounts": get("/v1/provider-posts"),

		"listEvents": get("/v1/events?creditor=acme"), "listWebhooks": get("/v1/webhooks?creditor=acme"), "getWebhook": get(webhook),
		"createWebhook": send("POST", "/v1/webhooks", object{"creditor": acme, "url": "https://erp.example.com/other"}),
		"testWebhook":   bare(webhook + "/test"), "replayWebhook": send("POST", webhook+"/replay", object{}), "enableWebhook": bare(webhook + "/enable"),
		"listWebhookDeliveries": get(webhook + "/deliveries"), "deleteWebhook": {method: "DELETE", path: webhook},
	}
}

func shippedPolicy() string {
	source, err := dunning.Shipped(dunning.PolicyStandard)
	if err != nil {
		panic(err)
	}
	return strings.Replace(string(source), "policy: standard", "policy: mine", 1)
}

func (w *world) send(c call, key string) answer {
	w.t.Helper()
	var body []byte
	if text, ok := c.body.(string); ok {
		body = []byte(text)
	} else if c.body != nil {
		var err error
		body, err = json.Marshal(c.body)
		require.NoError(w.t, err)
	}
	return w.request(c.method, c.path, key, c.media, body, nil)
}

// shared are operations on what belongs to no creditor: another creditor's key reads it
// and may not change it, or sees its own only.
var shared = map[string]int{
	"createCreditor": http.StatusForbidden, "createAgency": http.StatusForbidden, "publishPolicy": http.StatusForbidden,
	"listCreditors": http.StatusOK, "listAgencies": http.StatusOK, "listPolicies": http.StatusOK, "simulatePolicy": http.StatusOK, "getPolicy": http.StatusOK, "listApiKeys": http.StatusOK,
	"listHookCounts": http.StatusOK,
	"addLawRate":     http.StatusForbidden, "listLawRates": http.StatusOK,
	"createApiKey": http.StatusUnprocessableEntity, // names a creditor that does not exist for the caller
}

func TestEveryRouteAsksWhoCallsAndForWhom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	requests := calls(newFacts(w))
	doc, err := api.Contract()
	require.NoError(t, err)
	revoked := w.newKey(dunning.RoleAdministrator, "gone", acme)
	w.exec(`update api_key set revoked_at = now() where actor = 'gone'`)
	ended := w.newKey(dunning.RoleAdministrator, "ended", acme)
	w.exec(`update api_key set expires_at = $1 where actor = 'ended'`, today)
	seen := 0
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Security != nil && len(*op.Security) == 0 {
				continue
			}
			c, ok := requests[op.OperationID]
			require.True(t, ok, "no request for operation %s (%s %s)", op.OperationID, method, path)
			seen++
			for name, key := range map[string]string{"none": "", "unknown": "maan_" + strings.Repeat("x", 43), "revoked": revoked, "ended": ended, "not ours": "secret"} {
				require.Equal(t, http.StatusUnauthorized, w.send(c, key).status, "%s with key %s", op.OperationID, name)
			}
			want, isShared := shared[op.OperationID]
			if !isShared {
				want = http.StatusNotFound
			}
			got := w.send(c, w.keys[other][dunning.RoleAdministrator])
			require.Equal(t, want, got.status, "%s with another creditor's key: %s", op.OperationID, got.body)
			require.NotContains(t, string(got.body), "Buyer", op.OperationID)
		}
	}
	require.Len(t, requests, seen)
}

// readers may do nothing but read; the table says what the other roles may not.
func TestRolesMayOnlyDoTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	requests := calls(newFacts(w))
	onlyAdministrators := []string{
		"createCreditor", "updateCreditor", "createAgency", "publishPolicy", "createApiKey", "revokeApiKey",
		"addLawRate", "createWebhook", "deleteWebhook", "testWebhook", "replayWebhook", "enableWebhook",
	}
	overseersOnly := []string{"listApiKeys", "listWebhooks", "getWebhook", "listWebhookDeliveries", "listHookCounts"}
	workersToo := []string{"claimTask", "giveBackTask", "closeTask"}
	collectorsToo := []string{
		"createContact", "updateContact", "holdCustomer", "setCustomerDoNotChase", "liftCustomerDoNotChase", "openDispute", "resolveDispute", "holdInvoice",
		"silenceCustomer", "liftCustomerSilence", "assignReply",
		"releaseHold", "setInvoiceDoNotChase", "liftInvoiceDoNotChase",
	}
	may := func(role dunning.Role, op string, c call) bool {
		switch {
		case slices.Contains(overseersOnly, op):
			return role == dunning.RoleAuditor || role == dunning.RoleAdministrator
		case c.method == "GET", role == dunning.RoleAdministrator:
			return true
		case role == dunning.RoleAuditor || slices.Contains(onlyAdministrators, op):
			return false
		case slices.Contains(workersToo, op):
			return true
		case slices.Contains(collectorsToo, op):
			return role == dunning.RoleCollector || role == dunning.RoleFinance
		}
		return role == dunning.RoleFinance
	}
	for op, c := range requests {
		for role := range w.keys[other] {
			if may(role, op, c) {
				continue
			}
			got := w.send(c, w.keys[acme][role])
			require.Equal(t, http.StatusForbidden, got.status, "%s as %s: %s", op, role, got.body)
			require.Equal(t, "urn:maan:problem:forbidden", got.json(t)["type"])
		}
	}
}

// What the table calls valid is taken by the server, and every answer is within the
// contract: the requests run one after the other on one case.
func TestEveryOperationAnswersWithinTheContract(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	requests := calls(newFacts(w))
	late := []string{"silenceCustomer", "liftCustomerSilence", "claimTask", "giveBackTask", "closeTask", "openDispute", "resolveDispute", "reversePayment", "writeOffInvoice", "revokeApiKey", "deleteWebhook"} // in this order, after all others
	names := make([]string, 0, len(requests))
	for op := range requests {
		if !slices.Contains(late, op) && op != "postUBL" { // an XML of its own: see ubl_test.go
			names = append(names, op)
		}
	}
	slices.Sort(names)
	for _, op := range append(names, late...) {
		got := w.send(requests[op], w.admin)
		require.Less(t, got.status, 300, "%s: %s", op, got.body)
		require.NotEmpty(t, got.header.Get("X-Request-ID"))
		require.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"))
	}
	for _, path := range []string{"/healthz", "/readyz", "/openapi.yaml"} {
		require.Equal(t, http.StatusOK, w.do("GET", path, "", nil).status)
	}
	require.Equal(t, http.StatusNotFound, w.do("GET", "/v2/nothing", "", nil).status)
	require.Equal(t, http.StatusMethodNotAllowed, w.do("DELETE", "/v1/creditors", w.admin, nil).status)
	for _, secret := range []string{"Anna", "buyer.example", "31612345678", "maan_", "Buyer BV"} {
		require.NotContains(t, w.logs.String(), secret)
	}
}

package api_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInvoiceFromCreationToPayment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.newCustomer(acme, "C-1")
	id := w.newInvoice(acme, "C-1", "2026-1")

	why := w.get("/v1/invoices/"+id+"/why", w.finance())
	require.Equal(t, "open", why["status"])
	require.Contains(t, why["sentence"], `The next step is "invoice"`)
	require.Contains(t, why["sentence"], "shadow mode")

	paid := w.mustDo(http.StatusCreated, http.MethodPost, "/v1/invoices/"+id+"/payments", w.finance(),
		object{"reference": "bank-1", "amount": euro("1210.00"), "value_date": "2026-06-02"}).json(t)
	require.Equal(t, "paid", paid["closed"])
	require.Equal(t, euro("0.00"), paid["open"])
	require.Equal(t, "pending", paid["workflow"])
	require.Equal(t, "The case is closed: the invoice is paid. Nothing goes out any more.", w.get("/v1/invoices/"+id+"/why", w.finance())["sentence"])
	for _, part := range []string{"", "/timeline", "/plan", "/ledger", "/messages", "/documents"} {
		w.get("/v1/invoices/"+id+part, w.finance())
	}
}

func TestNaturalKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.newCustomer(acme, "C-1")
	id := w.newInvoice(acme, "C-1", "2026-1")

	same := w.mustDo(http.StatusOK, "POST", "/v1/invoices", w.finance(), invoiceBody(acme, "C-1", "2026-1")).json(t)
	require.Equal(t, id, same["invoice_id"])
	require.Equal(t, true, same["existed"])
	changed := invoiceBody(acme, "C-1", "2026-1")
	changed["amount"] = euro("1.00")
	require.Equal(t, []string{"number number_taken"}, w.mustDo(http.StatusConflict, "POST", "/v1/invoices", w.finance(), changed).codes(t))

	w.mustDo(http.StatusOK, "POST", "/v1/customers", w.finance(), customerBody(acme, "C-1"))
	customer := customerBody(acme, "C-1")
	customer["legal_name"] = "Another BV"
	require.Equal(t, []string{"number number_taken"}, w.mustDo(http.StatusConflict, "POST", "/v1/customers", w.finance(), customer).codes(t))
	w.mustDo(http.StatusOK, "POST", "/v1/creditors", w.admin, creditorBody(acme))

	payment := object{"reference": "bank-1", "amount": euro("10.00"), "value_date": "2026-06-02"}
	w.mustDo(http.StatusCreated, "POST", "/v1/invoices/"+id+"/payments", w.finance(), payment)
	require.Equal(t, true, w.mustDo(http.StatusOK, "POST", "/v1/invoices/"+id+"/payments", w.finance(), payment).json(t)["existed"])
	payment["amount"] = euro("11.00")
	require.Equal(t, []string{"reference reference_taken"}, w.mustDo(http.StatusConflict, "POST", "/v1/invoices/"+id+"/payments", w.finance(), payment).codes(t))
	require.Equal(t, euro("1200.00"), w.get("/v1/invoices/"+id, w.finance())["open"])
}

func TestPayments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.newCustomer(acme, "C-1")
	pay := func(id, reference string, amount object, extra ...object) object {
		body := object{"reference": reference, "amount": amount, "value_date": "2026-06-02"}
		for _, e := range extra {
			maps.Copy(body, e)
		}
		return w.mustDo(http.StatusCreated, "POST", "/v1/invoices/"+id+"/payments", w.finance(), body).json(t)
	}
	t.Run("AboveTheBalanceTheRestIsCredit", func(t *testing.T) {
		id := w.newInvoice(acme, "C-1", "A")
		got := pay(id, "a", euro("1300.00"))
		require.Equal(t, "paid", got["closed"])
		require.NotEmpty(t, got["task_id"])
		credit := w.get("/v1/customers/"+customer+"/credit", w.finance())
		require.Equal(t, []any{euro("90.00")}, credit["credit"])

		reversed := w.mustDo(http.StatusOK, "POST", "/v1/payments/"+got["id"].(string)+"/reverse", w.finance(), object{"reason": "returned"}).json(t)
		require.Equal(t, euro("1210.00"), reversed["open"])
		require.Equal(t, "pending", reversed["workflow"], "a new run is started by the relay")
		require.Equal(t, []any{euro("0.00")}, w.get("/v1/customers/"+customer+"/credit", w.finance())["credit"])
		require.InDelta(t, 2, w.get("/v1/invoices/"+id, w.finance())["details"].(object)["run"], 0)
	})
	t.Run("InAnotherCurrencyAPersonIsAsked", func(t *testing.T) {
		id := w.newInvoice(acme, "C-1", "B")
		got := pay(id, "b", object{"amount": "1300.00", "currency": "USD"})
		require.Equal(t, euro("1210.00"), got["open"])
		task := w.get("/v1/tasks/"+got["task_id"].(string), w.finance())
		require.Equal(t, "payment_review", task["task"].(object)["kind"])
		require.Equal(t, "paused", w.get("/v1/invoices/"+id, w.finance())["status"])
		receipts := w.get("/v1/invoices/"+id+"/ledger", w.finance())["receipts"].([]any)
		require.Equal(t, "review", receipts[0].(object)["status"])
	})
	t.Run("ShortByBankChargesAPersonIsAsked", func(t *testing.T) {
		id := w.newInvoice(acme, "C-1", "C")
		got := pay(id, "c", euro("1180.00"), object{"charges": euro("30.00")})
		require.Equal(t, euro("30.00"), got["open"])
		require.NotEmpty(t, got["task_id"])
	})
	t.Run("BadOnesAreRefused", func(t *testing.T) {
		id := w.newInvoice(acme, "C-1", "D")
		for want, body := range map[string]object{
			"amount not_positive":             {"reference": "d", "amount": euro("-1.00"), "value_date": "2026-06-02"},
			"amount.amount too_many_decimals": {"reference": "d", "amount": euro("1.001"), "value_date": "2026-06-02"},
			"value_date future":               {"reference": "d", "amount": euro("1.00"), "value_date": "2026-07-02"},
		} {
			require.Equal(t, []string{want}, w.mustDo(http.StatusUnprocessableEntity, "POST", "/v1/invoices/"+id+"/payments", w.finance(), body).codes(t))
		}
		w.mustDo(http.StatusNotFound, "POST", "/v1/invoices/0197c0de-0000-7000-8000-000000000000/payments", w.finance(),
			object{"reference": "d", "amount": euro("1.00"), "value_date": "2026-06-02"})
	})
}

func TestPausesAreSeenAndExplained(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.newCustomer(acme, "C-1")
	id := w.newInvoice(acme, "C-1", "2026-1")
	path := "/v1/invoices/" + id
	why := func() object { return w.get(path+"/why", w.finance()) }

	w.mustDo(http.StatusCreated, "POST", path+"/disputes", w.collector(), object{"reason": "quality"})
	require.Equal(t, true, w.mustDo(http.StatusOK, "POST", path+"/disputes", w.collector(), object{"reason": "quality"}).json(t)["existed"])
	w.mustDo(http.StatusConflict, "POST", path+"/disputes", w.collector(), object{"reason": "wrong_price"})
	require.Contains(t, why()["sentence"], "Nothing goes out: the customer disputes the invoice.")
	w.mustDo(http.StatusUnprocessableEntity, "POST", path+"/disputes/resolve", w.collector(), object{"resolution": "upheld"})
	got := w.mustDo(http.StatusOK, "POST", path+"/disputes/resolve", w.collector(),
		object{"resolution": "upheld", "credit_note": "CN-1", "amount": euro("210.00")}).json(t)
	require.Equal(t, euro("1000.00"), got["open"])
	w.mustDo(http.StatusConflict, "POST", path+"/disputes/resolve", w.collector(), object{"resolution": "rejected"})

	hold := w.mustDo(http.StatusCreated, "POST", "/v1/customers/"+customer+"/holds", w.collector(), object{"reason": "in_talks", "until": "2026-06-30"}).json(t)
	require.Equal(t, []any{"held"}, w.get(path, w.finance())["paused"])
	w.mustDo(http.StatusUnprocessableEntity, "POST", "/v1/customers/"+customer+"/holds", w.collector(), object{"reason": "in_talks", "until": "2026-05-30"})
	w.mustDo(http.StatusOK, "POST", "/v1/holds/"+hold["id"].(string)+"/release", w.collector(), nil)

	w.mustDo(http.StatusOK, "PUT", path+"/do-not-chase", w.collector(), object{"reason": "insolvent", "review_on": "2026-09-01"})
	w.mustDo(http.StatusOK, "POST", "/v1/creditors/acme/stop", w.finance(), nil)
	require.Equal(t, []any{"do_not_chase", "stopped"}, w.get(path, w.finance())["paused"])
	require.Len(t, w.get("/v1/invoices?status=paused", w.finance())["items"], 1)
	w.mustDo(http.StatusOK, "POST", "/v1/creditors/acme/resume", w.finance(), nil)
	w.mustDo(http.StatusOK, "DELETE", path+"/do-not-chase", w.collector(), nil)
	require.Equal(t, "open", why()["status"])

	w.mustDo(http.StatusOK, "POST", path+"/write-off", w.finance(), object{"reason": "goodwill"})
	require.Contains(t, why()["sentence"], "the rest was written off")
	w.mustDo(http.StatusConflict, "POST", path+"/disputes", w.collector(), object{"reason": "quality"})
	w.mustDo(http.StatusConflict, "POST", path+"/holds", w.collector(), object{"reason": "late"})
}

func TestListsPageFilterAndExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.newCustomer(acme, "C-1")
	evil := customerBody(acme, "C-2")
	evil["legal_name"], evil["vat_number"] = "=HYPERLINK(\"http://evil\")", ""
	w.mustDo(http.StatusCreated, "POST", "/v1/customers", w.admin, evil)
	for _, number := range []string{"A", "B", "C"} {
		w.newInvoice(acme, "C-1", number)
	}
	old := invoiceBody(acme, "C-2", "+OLD")
	old["issue_date"], old["due_date"] = "2026-04-01", "2026-05-01"
	w.mustDo(http.StatusCreated, "POST", "/v1/invoices", w.admin, old)

	var seen []string
	for cursor := ""; ; {
		got := w.get("/v1/invoices?limit=2"+cursor, w.finance())
		for _, item := range got["items"].([]any) {
			seen = append(seen, item.(object)["number"].(string))
		}
		next, more := got["next_cursor"].(string)
		if !more {
			break
		}
		cursor = "&cursor=" + next
	}
	require.Equal(t, []string{"A", "B", "C", "+OLD"}, seen)
	for query, want := range map[string]int{
		"customer=" + first: 3, "number=B": 1, "status=open": 4, "status=closed": 0, "stage=invoice": 4, "due_before=2026-06-01": 1,
		"due_after=2026-06-01": 3, "overdue=true": 1, "overdue=false": 3, "creditor=acme": 4,
	} {
		require.Len(t, w.get("/v1/invoices?"+query, w.finance())["items"], want, query)
	}
	file := w.mustDo(http.StatusOK, "GET", "/v1/invoices?format=csv&overdue=true", w.finance(), nil)
	require.Contains(t, file.header.Get("Content-Type"), "text/csv")
	require.Contains(t, string(file.body), `"'=HYPERLINK(""http://evil"")",'+OLD,2026-04-01,2026-05-01,EUR,1210.00,1210.00,open,`)
	accepted := w.request("GET", "/v1/invoices", w.finance(), "", nil, http.Header{"Accept": {"text/csv"}})
	require.Equal(t, 5, strings.Count(string(accepted.body), "\n"))
	require.Len(t, w.get("/v1/customers?number=C-2", w.finance())["items"], 1)
}

func TestChangesOfMasterData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.newCustomer(acme, "C-1")
	got := w.mustDo(http.StatusOK, "PATCH", "/v1/creditors/acme", w.admin, object{"city": "Utrecht", "small_balance_minor": 0}).json(t)
	require.Equal(t, "Utrecht", got["city"])
	require.Equal(t, "NL91ABNA0417164300", got["iban"])
	require.InDelta(t, 0, got["small_balance_minor"], 0)
	require.ElementsMatch(t, []string{"iban invalid_iban", "policy unknown_policy", "zone unknown_zone", "agency_id unknown_agency"},
		w.mustDo(http.StatusUnprocessableEntity, "PATCH", "/v1/creditors/acme", w.admin,
			object{"iban": "NL00", "policy": "nobody", "zone": "Mars/Base", "agency_id": "0197c0de-0000-7000-8000-000000000000"}).codes(t))
	agency := w.mustDo(http.StatusCreated, "POST", "/v1/agencies", w.admin,
		object{"name": "Firm Hand", "country": "NL", "registration_number": "1", "email": "c@firmhand.example"}).json(t)["id"]
	require.Equal(t, agency, w.mustDo(http.StatusOK, "PATCH", "/v1/creditors/acme", w.admin, object{"agency_id": agency}).json(t)["agency_id"])
	require.Nil(t, w.mustDo(http.StatusOK, "PATCH", "/v1/creditors/acme", w.admin, object{"agency_id": nil}).json(t)["agency_id"])

	got = w.mustDo(http.StatusOK, "PATCH", "/v1/customers/"+customer, w.finance(), object{"segment": "gold"}).json(t)
	require.Equal(t, "gold", got["segment"])
	require.Equal(t, "Buyer BV", got["legal_name"])
	require.Len(t, got["contacts"], 1)
	stranger := w.newCustomer(other, "X-1")
	require.Equal(t, []string{"parent_id unknown_customer"},
		w.mustDo(http.StatusUnprocessableEntity, "PATCH", "/v1/customers/"+customer, w.finance(), object{"parent_id": stranger}).codes(t))
	w.mustDo(http.StatusBadRequest, "PATCH", "/v1/customers/"+customer, w.finance(), object{"number": "C-2"})
	require.Equal(t, []string{"mobile invalid_number"},
		w.mustDo(http.StatusUnprocessableEntity, "POST", "/v1/customers/"+customer+"/contacts", w.finance(), object{"role": "buyer", "mobile": "123"}).codes(t))
	w.mustDo(http.StatusNotFound, "POST", "/v1/invoices", w.finance(), invoiceBody(other, "X-1", "1"))
}

func TestAnInvoiceNamesItsContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.newCustomer(acme, "C-1")
	body := invoiceBody(acme, "C-1", "2026-1")
	body["contact"] = object{"name": "Ida", "email": "not an address"}
	require.Equal(t, []string{"contact.email invalid_form"}, w.mustDo(http.StatusBadRequest, "POST", "/v1/invoices", w.finance(), body).codes(t))
	body["contact"] = object{"name": "Ida", "email": "ida@buyer.example"}
	id := w.mustDo(http.StatusCreated, "POST", "/v1/invoices", w.finance(), body).json(t)["invoice_id"].(string)
	own := w.get("/v1/invoices/"+id, w.finance())["details"].(object)["contact"].(object)
	require.Equal(t, "ida@buyer.example", own["email"])
	for _, known := range w.get("/v1/customers/"+customer, w.finance())["contacts"].([]any) {
		require.NotEqual(t, "ida@buyer.example", known.(object)["email"], "it is the invoice's, not the customer's")
	}
	w.mustDo(http.StatusOK, "PATCH", "/v1/contacts/"+own["id"].(string), w.finance(), object{"email": "eva@buyer.example"})
	require.Equal(t, "eva@buyer.example", w.get("/v1/invoices/"+id, w.finance())["details"].(object)["contact"].(object)["email"])
}

func TestACreditorChoosesWhoGetsTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kinds := func() any { return w.get("/v1/creditors/acme", w.admin)["sms_kinds"] }
	require.Equal(t, []any{"business"}, kinds())
	w.mustDo(http.StatusOK, "PATCH", "/v1/creditors/acme", w.admin, object{"sms_kinds": []string{"business", "public_body"}})
	require.Equal(t, []any{"business", "public_body"}, kinds())
	w.mustDo(http.StatusOK, "PATCH", "/v1/creditors/acme", w.admin, object{"sms_kinds": []string{}})
	w.mustDo(http.StatusOK, "PATCH", "/v1/creditors/acme", w.admin, object{"website": "acme.example"})
	require.Equal(t, []any{}, kinds(), "nobody stays nobody")
	week := func() any { return w.get("/v1/creditors/acme", w.admin)["weekly_contacts"] }
	require.InDelta(t, 2, week(), 0)
	w.mustDo(http.StatusOK, "PATCH", "/v1/creditors/acme", w.admin, object{"weekly_contacts": 0})
	w.mustDo(http.StatusOK, "PATCH", "/v1/creditors/acme", w.admin, object{"website": "acme.example"})
	require.InDelta(t, 0, week(), 0, "no cap stays no cap")
	w.mustDo(http.StatusBadRequest, "PATCH", "/v1/creditors/acme", w.admin, object{"sms_kinds": []string{"unknown"}})
}

func TestAMessageIsPreviewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.newCustomer(acme, "C-1")
	id := w.newInvoice(acme, "C-1", "2026-1")
	require.NotEmpty(t, w.get("/v1/invoices/"+id+"/preview", w.finance())["missing"])
	w.mustDo(http.StatusOK, "PATCH", "/v1/creditors/acme", w.admin, object{"street": "Kade 1", "postcode": "1011 AA", "city": "Amsterdam"})
	got := w.get("/v1/invoices/"+id+"/preview?step=reminder", w.keys[acme]["sales"])
	require.Equal(t, false, got["would_send"])
	require.Equal(t, "shadow", got["code"])
	require.Equal(t, "It would not be sent because the creditor was in shadow mode, where nothing leaves.", got["because"])
	require.NotEmpty(t, got["planned_at"])
	require.NotEmpty(t, got["html"])
	require.NotEmpty(t, got["recipient"])
	require.Equal(t, []string{"step unknown_step"}, w.mustDo(http.StatusUnprocessableEntity, "GET", "/v1/invoices/"+id+"/preview?step=x", w.finance(), nil).codes(t))
	w.mustDo(http.StatusNotFound, "GET", "/v1/invoices/"+id+"/preview", w.keys[other]["finance"], nil)
}

func TestAPaymentRunIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.newCustomer(acme, "C-1")
	invoice := w.newInvoice(acme, "C-1", "2026-1")
	reminder := func() any {
		for _, s := range w.get("/v1/invoices/"+invoice+"/plan", w.finance())["steps"].([]any) {
			if s.(object)["step"] == "reminder" {
				return s.(object)["local_date"]
			}
		}
		return nil
	}
	before := reminder()
	require.Equal(t, []string{"payment_run invalid_form"},
		w.mustDo(http.StatusBadRequest, "PATCH", "/v1/customers/"+customer, w.finance(), object{"payment_run": "sunday"}).codes(t))
	w.mustDo(http.StatusOK, "PATCH", "/v1/customers/"+customer, w.finance(), object{"payment_run": "monday"})
	require.Equal(t, "monday", w.get("/v1/customers/"+customer, w.finance())["payment_run"])
	require.Greater(t, reminder(), before)
	w.mustDo(http.StatusOK, "PATCH", "/v1/customers/"+customer, w.finance(), object{"payment_run": ""})
	require.Equal(t, before, reminder())
}

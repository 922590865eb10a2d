package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/law"
	"maan/internal/store"
)

// claimed books what a letter asked beside the principal, as a workflow does.
func (w *world) claimed(invoice string, interest, costs int64) {
	w.t.Helper()
	for kind, minor := range map[string]int64{"interest": interest, "cost": costs} {
		w.exec(`insert into ledger_entry (id, creditor_id, customer_id, invoice_id, seq, kind, amount_minor, currency, value_date, reference, actor, business_at, bucket)
			select $2, creditor_id, customer_id, id, ledger_seq + 1, $3, $4, 'EUR', '2026-06-02', 'claim:stricter_reminder/1', 'system', now(), $3
			from invoice where id = $1`, invoice, store.NewID(), kind, minor)
		w.exec(`update invoice set ledger_seq = ledger_seq + 1 where id = $1`, invoice)
	}
}

func TestClaimOfAnInvoiceIsShownWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.newCustomer(acme, "C-1")
	id := w.newInvoice(acme, "C-1", "2026-1")

	got := w.get("/v1/invoices/"+id+"/claim?until=2026-07-15", w.finance())
	require.Equal(t, euro("1210.00"), got["principal"])
	require.Equal(t, euro("1396.33"), got["total"])
	require.Equal(t, law.Shipped().Version(), got["rate_table_version"])
	require.Empty(t, got["warnings"])
	segments := got["interest"].(object)["segments"].([]any)
	require.Equal(t, object{
		"from": "2026-07-02", "to": "2026-07-15", "days": 14.0, "year_days": 365.0, "rate": "10.40", "base": "1210.00", "amount": "4.826739726",
	}, segments[0])
	require.Equal(t, "art. 6:119a BW", got["interest"].(object)["law"])

	early := w.get("/v1/invoices/"+id+"/claim", w.finance())
	require.Equal(t, "not_in_default", early["interest"].(object)["reason"])
	require.Equal(t, euro("1210.00"), early["total"])
	late := w.get("/v1/invoices/"+id+"/claim?until=2027-03-01", w.finance())
	require.Equal(t, "rate_unknown_after", late["warnings"].([]any)[0].(object)["code"])

	w.mustDo(http.StatusCreated, "POST", "/v1/law/rates", w.admin,
		object{"regime": "NL_6_119a", "valid_from": "2027-01-01", "rate": "10.65", "status": "official", "source": "Staatscourant"})
	require.Empty(t, w.get("/v1/invoices/"+id+"/claim?until=2027-03-01", w.finance())["warnings"])
	require.NotEqual(t, law.Shipped().Version(), w.get("/v1/law/rates", w.finance())["version"])

	w.mustDo(http.StatusCreated, "POST", "/v1/customers/"+customer+"/terms", w.finance(),
		object{"valid_from": "2026-01-01", "annual_rate": "8", "accepted_on": "2026-01-02"})
	agreed := w.get("/v1/invoices/"+id+"/claim?until=2026-07-15", w.finance())["interest"].(object)
	require.Equal(t, "contract", agreed["rate_basis"])
	require.Len(t, w.get("/v1/customers/"+customer+"/terms", w.finance())["items"], 1)
}

func TestClaimsAreSeenWaivedAndNeverPartOfWhatIsOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.newCustomer(acme, "C-1")
	id := w.newInvoice(acme, "C-1", "2026-1")
	w.mustDo(http.StatusConflict, "POST", "/v1/invoices/"+id+"/waive", w.finance(), object{"reason": "goodwill"})
	w.claimed(id, 483, 4000)
	invoice := w.get("/v1/invoices/"+id, w.finance())
	require.Equal(t, euro("1210.00"), invoice["open"])
	require.Equal(t, object{"interest": euro("4.83"), "costs": euro("40.00")}, invoice["claims"])
	ledger := w.get("/v1/invoices/"+id+"/ledger", w.finance())
	require.Equal(t, object{"principal": euro("1210.00"), "interest": euro("4.83"), "cost": euro("40.00")}, ledger["balances"])

	paid := w.mustDo(http.StatusCreated, "POST", "/v1/invoices/"+id+"/payments", w.finance(),
		object{"reference": "bank-1", "amount": euro("1210.00"), "value_date": "2026-06-02"}).json(t)
	require.Equal(t, "paid", paid["closed"])
	tasks := w.get("/v1/tasks?creditor=acme&kind=claim_open", w.finance())["items"].([]any)
	require.Len(t, tasks, 1)

	statement := w.get("/v1/customers/"+customer+"/statement", w.finance())
	item := statement["items"].([]any)[0].(object)
	require.Equal(t, euro("0.00"), item["open"])
	require.Equal(t, euro("40.00"), item["costs"])
	csv := string(w.request("GET", "/v1/customers/"+customer+"/statement?format=csv", w.finance(), "", nil, nil).body)
	require.Contains(t, csv, "2026-06-02,2026-1,payment,principal,bank-1,EUR,-1210.00")

	w.mustDo(http.StatusOK, "POST", "/v1/invoices/"+id+"/waive", w.finance(), object{"reason": "goodwill"})
	require.Equal(t, object{"interest": euro("0.00"), "costs": euro("0.00")}, w.get("/v1/invoices/"+id, w.finance())["claims"])
	require.Empty(t, w.get("/v1/tasks?creditor=acme&kind=claim_open&status=open", w.finance())["items"])
}

func TestCreditorChoosesWhatIsClaimed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.get("/v1/creditors/acme", w.admin)
	for field, want := range map[string]any{"claims": "announce", "claim_threshold_minor": 1500.0, "allocation": "principal_first", "day_count": "ACT/365"} {
		require.Equal(t, want, before[field], field)
	}
	require.NotContains(t, before, "nl_consumer_rules")
	w.mustDo(http.StatusOK, "PATCH", "/v1/creditors/acme", w.admin, object{
		"claims": "claim", "claim_threshold_minor": 0, "allocation": "statutory", "day_count": "ACT/ACT", "nl_consumer_rules": true, "vat_not_deductible": true,
	})
	after := w.mustDo(http.StatusOK, "PATCH", "/v1/creditors/acme", w.admin, object{"city": "Utrecht"}).json(t)
	for field, want := range map[string]any{
		"claims": "claim", "claim_threshold_minor": 0.0, "allocation": "statutory", "day_count": "ACT/ACT", "nl_consumer_rules": true, "vat_not_deductible": true,
	} {
		require.Equal(t, want, after[field], field)
	}
	w.mustDo(http.StatusBadRequest, "PATCH", "/v1/creditors/acme", w.admin, object{"claims": "all"})
}

func TestPapersAsPDF(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.newCustomer(acme, "C-1")
	id := w.newInvoice(acme, "C-1", "2026-1")
	get := func(path string) answer { return w.request("GET", path, w.finance(), "", nil, nil) }
	lacking := get("/v1/invoices/" + id + "/pdf")
	require.Equal(t, http.StatusConflict, lacking.status)
	require.Contains(t, string(lacking.body), "creditor.street")

	w.exec(`update creditor set street = 'Kade 1', postcode = '1011 AA', city = 'Amsterdam'`)
	for _, path := range []string{"/v1/invoices/" + id + "/pdf", "/v1/customers/" + customer + "/statement?format=pdf"} {
		first := get(path)
		require.Equal(t, http.StatusOK, first.status, "%s %s", first.body, w.logs.String())
		require.True(t, strings.HasPrefix(string(first.body), "%PDF-"))
		require.Equal(t, "application/pdf", first.header.Get("Content-Type"))
		require.Equal(t, first.body, get(path).body, "the same facts, the same bytes")
	}
	w.request("POST", "/v1/invoices/"+id+"/documents?kind=invoice_pdf", w.finance(), "application/pdf", []byte("%PDF-1.7 ours"), nil)
	require.Equal(t, "%PDF-1.7 ours", string(get("/v1/invoices/"+id+"/pdf").body))
}

func TestLegalRatesAreRefusedWithEveryFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.mustDo(http.StatusUnprocessableEntity, "POST", "/v1/law/rates", w.admin,
		object{"regime": "NL_unknown", "valid_from": "2027-01-01", "rate": "99", "status": "official", "source": "x"})
	require.ElementsMatch(t, []string{"regime invalid_row", "rate invalid_row"}, got.codes(t))
}

package api_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// openPeppol holds OpenPEPPOL's own examples, which the project does not ship.
var openPeppol = filepath.Join("..", "..", "shared", "samples", "einvoice")

func sample(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(openPeppol, name))
	if os.IsNotExist(err) {
		t.Skipf("the OpenPEPPOL examples are not in %s", openPeppol)
	}
	require.NoError(t, err)
	return string(text)
}

// newSupplier makes a creditor with the numbers of the examples' supplier, and a
// customer with those of their buyer.
func newSupplier(w *world, id string) {
	body := creditorBody(id)
	body["vat_number"], body["registration_number"] = "GB1232434", "1234567890"
	w.mustDo(http.StatusCreated, "POST", "/v1/creditors", w.admin, body)
	customer := customerBody(id, "B-1")
	customer["vat_number"], customer["registration_number"] = "", "39937423947"
	customer["endpoint_scheme"], customer["endpoint_id"] = "0002", "FR23342"
	w.mustDo(http.StatusCreated, "POST", "/v1/customers", w.admin, customer)
}

func (w *world) postUBL(query, text string) answer {
	w.t.Helper()
	return w.request("POST", "/v1/invoices/ubl?"+query, w.admin, "application/xml", []byte(text), nil)
}

// Each example goes to a fresh creditor: several bear the same number.
func TestOpenPeppolExamples(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct {
		file     string
		status   int
		open     string
		credit   []any
		warnings []string
		errors   []string
	}{
		{file: "base-example.xml", status: 201, open: "1656.25", warnings: []string{"iban_invalid"}},
		{file: "Allowance-example.xml", status: 201, open: "6125.00", warnings: []string{"iban_invalid"}},
		{file: "Vat-category-S.xml", status: 201, open: "8550.00", warnings: []string{"iban_invalid", "contact_missing"}},
		{file: "sales-order-example.xml", status: 201, open: "1656.25", warnings: []string{"iban_invalid"}},
		{file: "base-creditnote-correction.xml", status: 201, open: "0.00", credit: []any{euro("1656.25")}, warnings: []string{"iban_invalid"}},
		{file: "base-negative-inv-correction.xml", status: 422, errors: []string{"iban_invalid", "not_positive"}},
	}
	files, err := filepath.Glob(filepath.Join(openPeppol, "*.xml"))
	require.NoError(t, err)
	if len(files) > 0 {
		require.Len(t, files, len(tests), "every example stands in the table")
	}
	for n, tt := range tests {
		creditor := fmt.Sprintf("supplier-%d", n)
		newSupplier(w, creditor)
		got := w.postUBL("creditor="+creditor, sample(t, tt.file))
		require.Equal(t, tt.status, got.status, "%s: %s", tt.file, got.body)
		if tt.status != http.StatusCreated {
			require.Equal(t, tt.errors, lastWords(got.codes(t)), tt.file)
			require.Empty(t, w.get("/v1/invoices?creditor="+creditor, w.admin)["items"])
			continue
		}
		body := got.json(t)
		require.Equal(t, euro(tt.open), body["open"], tt.file)
		var warnings []string
		for _, f := range body["warnings"].([]any) {
			warnings = append(warnings, f.(object)["code"].(string))
		}
		require.Equal(t, tt.warnings, warnings)
		require.Equal(t, http.StatusOK, w.postUBL("creditor="+creditor, sample(t, tt.file)).status, "the same again changes nothing")
		customers := w.get("/v1/customers?creditor="+creditor, w.admin)["items"].([]any)
		credit := w.get("/v1/customers/"+customers[0].(object)["id"].(string)+"/credit", w.admin)["credit"]
		if tt.credit == nil {
			tt.credit = []any{}
		}
		require.Equal(t, tt.credit, credit, tt.file)
	}
}

func lastWords(codes []string) []string {
	for i, c := range codes {
		codes[i] = c[strings.LastIndex(c, " ")+1:]
	}
	return codes
}

func TestUBLFindsItsParties(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := sample(t, "base-example.xml")
	require.Equal(t, []string{"cac:AccountingSupplierParty other_supplier", "cac:AccountingCustomerParty unknown_customer"}, w.postUBL("creditor=acme", text).codes(t))
	require.Equal(t, http.StatusNotFound, w.postUBL("creditor=nobody", text).status)

	newSupplier(w, "supplier")
	unknown := w.postUBL("creditor=supplier&customer_number=B-404", text)
	require.Equal(t, []string{"cac:AccountingCustomerParty unknown_customer"}, unknown.codes(t))
	require.Contains(t, string(unknown.body), "the customer number in customer_number")

	w.exec(`update customer set endpoint_id = '', registration_number = '', vat_number = 'se 4598.375937' where creditor_id = 'supplier'`)
	require.Equal(t, http.StatusCreated, w.postUBL("creditor=supplier", text).status, "by VAT number, however it is written")
	twin := customerBody("supplier", "B-2")
	twin["vat_number"] = "SE4598375937"
	w.mustDo(http.StatusCreated, "POST", "/v1/customers", w.admin, twin)
	require.Equal(t, []string{"ambiguous_customer"}, lastWords(w.postUBL("creditor=supplier", text).codes(t)))
	w.exec(`update customer set vat_number = '', legal_name = 'Buyer Official Name' where creditor_id = 'supplier'`)
	missing := w.postUBL("creditor=supplier", text)
	require.Equal(t, []string{"unknown_customer"}, lastWords(missing.codes(t)), "never by name")
	require.Contains(t, string(missing.body), "the buyer's Peppol endpoint in scheme 0002, VAT number, registration number")
	require.NotContains(t, string(missing.body), "4598375937")
	require.Equal(t, http.StatusOK, w.postUBL("creditor=supplier&customer_number=B-1", text).status)
}

func TestUBLDocumentsWithConsequences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := sample(t, "base-example.xml")
	t.Run("ACreditNoteReducesTheInvoiceItNames", func(t *testing.T) {
		newSupplier(w, "credited")
		id := w.postUBL("creditor=credited", text).json(t)["invoice_id"]
		note := strings.ReplaceAll(sample(t, "base-creditnote-correction.xml"), "<cbc:ID>Snippet1</cbc:ID>\n    <cbc:IssueDate>", "<cbc:ID>CN-1</cbc:ID>\n    <cbc:IssueDate>")
		got := w.postUBL("creditor=credited", note)
		require.Equal(t, http.StatusCreated, got.status, "%s", got.body)
		require.Equal(t, id, got.json(t)["invoice_id"])
		require.Equal(t, "credited", got.json(t)["closed"])
	})
	t.Run("AFactoredInvoiceStartsBlocked", func(t *testing.T) {
		newSupplier(w, "factored")
		factored := strings.Replace(text, "<cbc:InvoiceTypeCode>380<", "<cbc:InvoiceTypeCode>393<", 1)
		id := w.postUBL("creditor=factored", factored).json(t)["invoice_id"].(string)
		got := w.get("/v1/invoices/"+id, w.admin)
		require.Equal(t, []any{"do_not_chase"}, got["paused"])
		require.Equal(t, "factored", got["details"].(object)["do_not_chase"].(object)["reason"])
		require.Equal(t, "ubl", got["details"].(object)["source"])
		documents := w.get("/v1/invoices/"+id+"/documents", w.admin)["items"].([]any)
		require.Equal(t, "invoice_ubl", documents[0].(object)["kind"])
	})
	t.Run("HostileDocumentsAreRefused", func(t *testing.T) {
		newSupplier(w, "hostile")
		for code, doc := range map[string]string{
			"dtd": `<!DOCTYPE x [<!ENTITY e "x">]><x>&e;</x>`, "malformed": "<Invoice", "not_ubl": "<Invoice/>",
		} {
			got := w.postUBL("creditor=hostile", doc)
			require.Equal(t, http.StatusUnprocessableEntity, got.status, "%s: %s", code, got.body)
			require.Equal(t, []string{code}, lastWords(got.codes(t)))
		}
	})
}

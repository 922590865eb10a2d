package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata" // the same answer on a machine without a zone database

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"

	"maan/api"
	"maan/internal/collection"
	"maan/internal/devstack/postgres/pgtest"
	"maan/internal/dunning"
	"maan/internal/imports"
	"maan/internal/store"
)

// nothing takes files in and does nothing: the API only keeps them.
type nothing struct{}

func (nothing) Import(context.Context, *imports.Job) error { return nil }

// today is a Tuesday.
var today = time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC)

const (
	acme  = "acme"
	other = "other"
)

// world is the API on a database of its own, with two creditors and a key for each role
// of each.
type world struct {
	t      *testing.T
	store  *store.Store
	cases  *collection.Service
	now    atomic.Pointer[time.Time]
	server *httptest.Server
	router routers.Router
	logs   logBuffer
	teller *teller
	admin  string                             // key for all creditors
	keys   map[string]map[dunning.Role]string // creditor -> role -> key
}

// logBuffer is what the server logged; its last line may come after the answer.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// teller answers for the workflows.
type teller struct {
	err  error
	told []string
}

func (t *teller) Tell(_ context.Context, m *collection.Told) error {
	t.told = append(t.told, m.Name)
	return t.err
}

func migrate(ctx context.Context, url string) error {
	if err := store.Migrate(ctx, url); err != nil {
		return err
	}
	s, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	defer s.Close()
	return collection.New(s, collection.Settings{}).PublishShipped(ctx, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
}

func databaseKey(t *testing.T) string {
	t.Helper()
	key, err := store.SchemaHash()
	require.NoError(t, err)
	for _, id := range []string{dunning.PolicyStandard, dunning.PolicyKeyAccounts, dunning.PolicyManual} {
		source, err := dunning.Shipped(id)
		require.NoError(t, err)
		key += dunning.ContentHash(source)
	}
	return "api " + key
}

// option changes the configuration of a world's server.
type option func(*api.Config)

func newWorld(t *testing.T, options ...option) *world {
	t.Helper()
	s, err := store.Open(t.Context(), pgtest.Database(t, databaseKey(t), migrate))
	require.NoError(t, err)
	t.Cleanup(s.Close)
	w := &world{t: t, store: s, cases: collection.New(s, collection.Settings{}), teller: &teller{}, keys: map[string]map[dunning.Role]string{}}
	w.at(today)
	w.serve(options...)
	w.admin = w.newKey(dunning.RoleAdministrator, "root")
	for _, creditor := range []string{acme, other} {
		w.mustDo(http.StatusCreated, http.MethodPost, "/v1/creditors", w.admin, creditorBody(creditor))
		w.keys[creditor] = map[dunning.Role]string{}
		for _, role := range []dunning.Role{dunning.RoleAuditor, dunning.RoleSales, dunning.RoleCollector, dunning.RoleFinance, dunning.RoleAdministrator} {
			w.keys[creditor][role] = w.newKey(role, string(role)+"-of-"+creditor, creditor)
		}
	}
	return w
}

func (w *world) serve(options ...option) {
	w.t.Helper()
	cfg := api.Config{
		Service: w.cases, Imports: imports.New(w.store, map[string]imports.Importer{imports.KindInvoices: nothing{}}),
		Now: func(context.Context) (time.Time, error) { return *w.now.Load(), nil }, Teller: w.teller,
		TwilioAuthToken: "token", PublicURL: "https://maan.example.com", Logger: slog.New(slog.NewJSONHandler(&w.logs, nil)), RequestsPerSecond: -1,
		LocalWebhooks: true,
	}
	for _, o := range options {
		o(&cfg)
	}
	handler, err := api.Handler(cfg)
	require.NoError(w.t, err)
	w.server = httptest.NewServer(handler)
	w.t.Cleanup(w.server.Close)
	doc, err := api.Contract()
	require.NoError(w.t, err)
	w.router, err = legacy.NewRouter(doc)
	require.NoError(w.t, err)
}

func (w *world) at(t time.Time) { w.now.Store(&t) }

func (w *world) newKey(role dunning.Role, actor string, creditors ...string) string {
	w.t.Helper()
	key, row := api.NewAPIKey(role, actor, creditors, *w.now.Load(), nil)
	require.NoError(w.t, w.store.InsertAPIKey(w.t.Context(), row))
	return key
}

func (w *world) finance() string   { return w.keys[acme][dunning.RoleFinance] }
func (w *world) collector() string { return w.keys[acme][dunning.RoleCollector] }

// answer is a response that was read and checked against the contract.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	require.NoError(t, json.Unmarshal(a.body, &v), string(a.body))
	return v
}

// codes are the faults of a problem document as "field code".
func (a answer) codes(t *testing.T) []string {
	t.Helper()
	var p api.Problem
	require.NoError(t, json.Unmarshal(a.body, &p), string(a.body))
	codes := []string{}
	for _, f := range p.Errors {
		codes = append(codes, f.Field+" "+f.Code)
	}
	return codes
}

// request sends a body as it is. Every response is checked against the contract.
func (w *world) request(method, path, key, media string, body []byte, header http.Header) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, bytes.NewReader(body))
	require.NoError(w.t, err)
	maps.Copy(req.Header, header)
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := w.server.Client().Do(req)
	require.NoError(w.t, err)
	defer func() { require.NoError(w.t, res.Body.Close()) }()
	text, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	w.checkContract(method, path, res, text)
	return answer{res.StatusCode, res.Header, text}
}

// checkContract holds a response against openapi.yaml. Routes that are not in it are
// skipped: they answer 404 and 405.
func (w *world) checkContract(method, path string, res *http.Response, body []byte) {
	w.t.Helper()
	req := httptest.NewRequest(method, path, nil)
	route, params, err := w.router.FindRoute(req)
	if err != nil {
		return
	}
	err = openapi3filter.ValidateResponse(w.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
		Status:                 res.StatusCode, Header: res.Header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	require.NoError(w.t, err, "%s %s answered %d outside the contract: %s", method, path, res.StatusCode, body)
}

// do sends JSON.
func (w *world) do(method, path, key string, body any) answer {
	w.t.Helper()
	if body == nil {
		return w.request(method, path, key, "", nil, nil)
	}
	text, err := json.Marshal(body)
	require.NoError(w.t, err)
	return w.request(method, path, key, "application/json", text, nil)
}

func (w *world) mustDo(status int, method, path, key string, body any) answer {
	w.t.Helper()
	a := w.do(method, path, key, body)
	require.Equal(w.t, status, a.status, "%s %s: %s", method, path, a.body)
	return a
}

func (w *world) get(path, key string) map[string]any {
	w.t.Helper()
	return w.mustDo(http.StatusOK, http.MethodGet, path, key, nil).json(w.t)
}

type object = map[string]any

func creditorBody(id string) object {
	return object{
		"id": id, "name": "Acme Tools BV", "registration_number": "12345678", "vat_number": "NL001234567B01", "country": "NL",
		"zone": "Europe/Amsterdam", "language": "nl", "iban": "NL91 ABNA 0417 1643 00", "account_name": "Acme Tools BV", "sender_name": "Acme Tools",
		"sender_email": "billing@acme.example", "reply_to": "credit@acme.example", "phone": "+31 20 123 4567", "contact_name": "Carla Kas",
	}
}

func customerBody(creditor, number string) object {
	return object{
		"creditor": creditor, "number": number, "legal_name": "Buyer BV", "kind": "business", "country": "NL", "language": "nl",
		"vat_number": "NL009876543B01",
		"contacts": []object{{
			"role": "accounts_payable", "name": "Anna Adams", "first_name": "Anna", "email": "ap@buyer.example", "mobile": "+31612345678", "mobile_billing": true,
		}},
	}
}

func euro(amount string) object { return object{"amount": amount, "currency": "EUR"} }

func invoiceBody(creditor, customer, number string) object {
	return object{
		"creditor": creditor, "customer_number": customer, "number": number, "issue_date": "2026-06-01", "due_date": "2026-07-01", "amount": euro("1210.00"),
	}
}

// newCustomer makes a customer of a creditor and answers its id.
func (w *world) newCustomer(creditor, number string) string {
	w.t.Helper()
	a := w.mustDo(http.StatusCreated, http.MethodPost, "/v1/customers", w.admin, customerBody(creditor, number)).json(w.t)
	return a["id"].(string)
}

// newInvoice makes an invoice and answers its id.
func (w *world) newInvoice(creditor, customer, number string) string {
	w.t.Helper()
	a := w.mustDo(http.StatusCreated, http.MethodPost, "/v1/invoices", w.admin, invoiceBody(creditor, customer, number)).json(w.t)
	return a["invoice_id"].(string)
}

// exec runs SQL, to bring about what takes a workflow otherwise.
func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	_, err := w.store.Pool().Exec(w.t.Context(), sql, args...)
	require.NoError(w.t, err)
}

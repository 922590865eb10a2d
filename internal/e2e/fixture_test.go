package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/devstack/world"
	"maan/workflows"
)

// house is a creditor in a world, with what tests do to it.
type house struct {
	*world.World

	t     *testing.T
	ctx   context.Context
	slug  string
	start calendar.Date // the day on which the story begins, by the creditor's clock
	seq   int
}

type object = map[string]any

// newHouse makes a creditor with an agency, in automatic mode.
func newHouse(t *testing.T, w *world.World) *house {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	t.Cleanup(cancel)
	h := &house{World: w, t: t, ctx: ctx, slug: "c-" + suffix(), start: calendar.DateOf(time.Now().UTC())}
	var agency struct {
		ID string `json:"id"`
	}
	h.post("/v1/agencies", object{"name": "Incasso Voorbeeld", "country": "NL", "registration_number": "87654321", "email": "intake@agency.example"}, &agency)
	h.post("/v1/creditors", object{
		"id": h.slug, "name": "Voorbeeld Leverancier BV", "registration_number": "12345678", "vat_number": "NL123456789B01", "street": "Kade 1",
		"postcode": "1011AB", "city": "Amsterdam", "country": "NL", "zone": "Europe/Amsterdam", "language": "nl", "iban": "NL91ABNA0417164300",
		"account_name": "Voorbeeld Leverancier BV", "sender_name": "Voorbeeld Leverancier", "sender_email": "facturen@leverancier.example",
		"reply_to": "debiteuren@leverancier.example", "phone": "+31 20 123 4567", "contact_name": "Sanne de Vries", "agency_id": agency.ID,
	}, nil)
	h.call(http.MethodPut, "/v1/creditors/"+h.slug+"/mode", object{"mode": "automatic", "reason": "test"}, nil)
	return h
}

func (h *house) call(method, path string, body, out any) {
	h.t.Helper()
	require.NoError(h.t, h.API.Must(h.ctx, method, path, body, out))
}

func (h *house) post(path string, body, out any) {
	h.t.Helper()
	h.call(http.MethodPost, path, body, out)
}

// customer makes a business with an address for mail and a mobile for SMS.
func (h *house) customer(change ...func(object)) (id string) {
	h.t.Helper()
	h.seq++
	c := object{
		"creditor": h.slug, "number": fmt.Sprintf("K%04d", h.seq), "legal_name": fmt.Sprintf("Klant %d BV", h.seq), "kind": "business",
		"country": "NL", "language": "nl", "zone": "Europe/Amsterdam",
		"contacts": []object{{
			"role": "accounts_payable", "name": "Jan Jansen", "first_name": "Jan", "email": fmt.Sprintf("ap%d@customer.example", h.seq),
			"mobile": fmt.Sprintf("+316%08d", 12340000+h.seq*10), "mobile_billing": true,
		}},
	}
	for _, f := range change {
		f(c)
	}
	var made struct {
		ID string `json:"id"`
	}
	h.post("/v1/customers", c, &made)
	return made.ID
}

// invoice starts one over 1,210.00 that is issued today and due in 30 days.
func (h *house) invoice(customer string, change ...func(object)) (id string) {
	h.t.Helper()
	h.seq++
	i := object{
		"creditor": h.slug, "customer_id": customer, "number": fmt.Sprintf("2026-%04d", h.seq), "issue_date": h.today().String(),
		"due_date": h.today().AddDays(30).String(), "amount": object{"amount": "1210.00", "currency": "EUR"}, "payment_reference": "RF18539007547034",
	}
	for _, f := range change {
		f(i)
	}
	var made struct {
		InvoiceID string `json:"invoice_id"`
	}
	h.post("/v1/invoices", i, &made)
	return made.InvoiceID
}

func (h *house) today() calendar.Date { return calendar.DateOf(h.Clock.Now()) }

// pay pays an invoice in full, or an amount.
func (h *house) pay(invoice, amount string) {
	h.t.Helper()
	h.post("/v1/invoices/"+invoice+"/payments", object{
		"reference": "pay-" + uuid.NewString(), "amount": object{"amount": amount, "currency": "EUR"}, "value_date": h.today().String(),
	}, nil)
}

// run moves the world by days.
func (h *house) run(days int) {
	h.t.Helper()
	require.NoError(h.t, h.Clock.Run(h.ctx, h.Clock.Now().Add(time.Duration(days)*24*time.Hour)))
}

// runUntilStep moves the world until a step of an invoice has its outcome, at most so many days.
func (h *house) runUntilStep(invoice, step string, days int) {
	h.t.Helper()
	for range days {
		if h.step(invoice, step).State != "pending" && h.step(invoice, step).State != "waiting" {
			return
		}
		h.run(1)
	}
	require.Failf(h.t, "step has no outcome", "%s after %d days: %+v", step, days, h.steps(invoice))
}

type planStep struct {
	Run       int    `json:"run"`
	Step      string `json:"step"`
	State     string `json:"state"`
	Reason    string `json:"reason"`
	Reference string `json:"reference"`
	Stage     string `json:"stage"`
	LocalDate string `json:"local_date"`
}

func (h *house) steps(invoice string) []planStep {
	h.t.Helper()
	var plan struct {
		Steps []planStep `json:"steps"`
	}
	h.call(http.MethodGet, "/v1/invoices/"+invoice+"/plan", nil, &plan)
	return plan.Steps
}

// step is a step of the newest run.
func (h *house) step(invoice, step string) planStep {
	h.t.Helper()
	var found planStep
	for _, s := range h.steps(invoice) {
		if s.Step == step && s.Run >= found.Run {
			found = s
		}
	}
	return found
}

// outcomes writes the steps of the newest run in one line each.
func (h *house) outcomes(invoice string) []string {
	h.t.Helper()
	var out []string
	steps := h.steps(invoice)
	run := 0
	for _, s := range steps {
		run = max(run, s.Run)
	}
	for _, s := range steps {
		if s.Run == run {
			line := s.Step + " " + s.State
			if s.Reason != "" {
				line += " " + s.Reason
			}
			out = append(out, line)
		}
	}
	return out
}

func (h *house) workflowID(invoice string) string {
	h.t.Helper()
	var i struct {
		Details struct {
			WorkflowID string `json:"workflow_id"`
		} `json:"details"`
	}
	h.call(http.MethodGet, "/v1/invoices/"+invoice, nil, &i)
	return i.Details.WorkflowID
}

// result waits for the end of the invoice's workflow.
func (h *house) result(invoice string) workflows.Result {
	h.t.Helper()
	var r workflows.Result
	require.NoError(h.t, h.Temporal.GetWorkflow(h.ctx, h.workflowID(invoice), "").Get(h.ctx, &r))
	return r
}

// events counts a history's events without the development clock's.
func (h *house) events(workflowID string) (n int, kinds []string) {
	h.t.Helper()
	it := h.Temporal.GetWorkflowHistory(h.ctx, workflowID, "", false, 1)
	for it.HasNext() {
		e, err := it.Next()
		require.NoError(h.t, err)
		kind := e.GetEventType().String()
		if kind == "WorkflowExecutionOptionsUpdated" || kind == "WorkflowExecutionTimeSkippingTransitioned" {
			continue
		}
		n++
		kinds = append(kinds, kind)
	}
	return n, kinds
}

// approve closes the open approval tasks as two people who prepared nothing.
func (h *house) approve() (count int) {
	h.t.Helper()
	for _, task := range h.tasks("approval") {
		h.post("/v1/tasks/"+task+"/close", object{"outcome": "approved"}, nil)
		count++
	}
	return count
}

func (h *house) tasks(kind string) []string {
	h.t.Helper()
	var page struct {
		Items []struct {
			ID     string `json:"id"`
			Status string `json:"status"`
		} `json:"items"`
	}
	h.call(http.MethodGet, "/v1/tasks?creditor="+h.slug+"&kind="+kind+"&limit=200", nil, &page)
	var ids []string
	for _, i := range page.Items {
		if i.Status == "open" || i.Status == "claimed" {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

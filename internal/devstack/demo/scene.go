package demo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"maan/internal/devstack/world"
)

// setScene brings in the creditor, its people, its customers and the invoices.
func (p *Play) setScene(ctx context.Context) error {
	if err := p.setCreditor(ctx); err != nil {
		return err
	}
	managers, err := p.setManagers(ctx)
	if err != nil {
		return err
	}
	if err := p.setPeople(ctx); err != nil {
		return err
	}
	debtors, err := p.setCustomers(ctx, managers)
	if err != nil {
		return err
	}
	for i := range stories {
		if err := p.begin(ctx, &stories[i], debtors[stories[i].customer]); err != nil {
			return fmt.Errorf("invoice %s: %w", stories[i].number, err)
		}
	}
	return nil
}

// made is the answer to a creation.
type made struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

func (p *Play) setCreditor(ctx context.Context) error {
	var agency made
	if err := p.world.API.Must(ctx, http.MethodPost, "/v1/agencies", theAgency, &agency); err != nil {
		return err
	}
	creditor := maps.Clone(theCreditor)
	creditor["agency_id"] = agency.ID
	if err := p.world.API.Must(ctx, http.MethodPost, "/v1/creditors", creditor, nil); err != nil {
		return err
	}
	return p.world.API.Must(ctx, http.MethodPut, "/v1/creditors/"+creditorID+"/mode",
		map[string]any{"mode": "automatic", "reason": "the shadow mails were looked at"}, nil)
}

func (p *Play) setManagers(ctx context.Context) (map[string]string, error) {
	ids := map[string]string{}
	for key, who := range theManagers {
		var manager made
		if err := p.world.API.Must(ctx, http.MethodPost, "/v1/creditors/"+creditorID+"/account-managers", who, &manager); err != nil {
			return nil, err
		}
		ids[key] = manager.ID
	}
	return ids, nil
}

// setPeople gives everybody a key: who prepares a hand-off and who approves it are two.
func (p *Play) setPeople(ctx context.Context) error {
	roles := map[person]string{finance: "finance", finance2: "finance", collector: "collector", sales: "sales"}
	for who, role := range roles {
		var key made
		body := map[string]any{"role": role, "actor": string(who), "creditors": []string{creditorID}}
		if err := p.world.API.Must(ctx, http.MethodPost, "/v1/api-keys", body, &key); err != nil {
			return err
		}
		p.people[who] = &world.Client{Base: p.world.API.Base, Key: key.Key}
	}
	return nil
}

func (p *Play) setCustomers(ctx context.Context, managers map[string]string) (map[string]*debtor, error) {
	debtors := map[string]*debtor{}
	for _, c := range theCustomers {
		c.Creditor, c.Kind, c.AccountManagerID = creditorID, "business", managers[c.manager]
		zone, err := time.LoadLocation(c.Zone)
		if err != nil {
			return nil, err
		}
		var customer made
		if err := p.people[finance].Must(ctx, http.MethodPost, "/v1/customers", c, &customer); err != nil {
			return nil, fmt.Errorf("customer %s: %w", c.Number, err)
		}
		debtors[c.Number] = &debtor{customer: c, id: customer.ID, zone: zone}
	}
	return debtors, nil
}

// begin sends an invoice in.
func (p *Play) begin(ctx context.Context, s *story, who *debtor) error {
	f := &performance{story: s, customer: who, Number: invoiceNumber(p.start, s.number), issued: p.start.AddDays(-s.age)}
	f.due = f.issued.AddDays(s.terms)
	reference, err := f.paymentReference()
	if err != nil {
		return err
	}
	path, body := "/v1/invoices", any(f.asJSON(reference))
	if s.ubl != "" {
		path = "/v1/invoices/ubl?creditor=" + creditorID
		if body, err = document(s.ubl, blanks{Number: f.Number, Issued: f.issued, Due: f.due, Reference: reference}); err != nil {
			return err
		}
	}
	var change struct {
		InvoiceID string `json:"invoice_id"`
	}
	if err := p.people[finance].Must(ctx, http.MethodPost, path, body, &change); err != nil {
		return err
	}
	f.id = change.InvoiceID
	var full listed
	if err := p.people[finance].Must(ctx, http.MethodGet, f.path(""), nil, &full); err != nil {
		return err
	}
	if full.Details == nil || full.Details.WorkflowID == "" {
		return errors.New("the API does not say which workflow collects it")
	}
	f.workflow = full.Details.WorkflowID
	p.cases = append(p.cases, f)
	return nil
}

func (f *performance) asJSON(reference string) map[string]any {
	currency := f.currency
	if currency == "" {
		currency = "EUR"
	}
	body := map[string]any{
		"creditor": creditorID, "customer_number": f.customer.Number, "number": f.Number, "issue_date": f.issued, "due_date": f.due,
		"amount": map[string]any{"amount": f.amount, "currency": currency}, "payment_reference": reference, "purchase_order": "PO-" + f.number,
	}
	if f.sent {
		body["already_sent"] = map[string]any{"channel": "erp", "on": f.issued, "proof": "run-" + f.issued.String()}
	}
	return body
}

// openTask finds the customer's open task of a kind.
func (p *Play) openTask(ctx context.Context, f *performance, kind string, who person) (string, error) {
	var page struct {
		Items []made `json:"items"`
	}
	path := "/v1/tasks?creditor=" + creditorID + "&customer=" + f.customer.id + "&kind=" + kind
	if err := p.people[who].Must(ctx, http.MethodGet, path, nil, &page); err != nil {
		return "", err
	}
	if len(page.Items) == 0 {
		return "", fmt.Errorf("no task of kind %s is on the list", kind)
	}
	return page.Items[0].ID, nil
}

// workTask closes the customer's open task of a kind; whoever calls takes it first.
func (p *Play) workTask(ctx context.Context, f *performance, kind string, who person, claim bool, outcome map[string]any) error {
	task, err := p.openTask(ctx, f, kind, who)
	if err != nil {
		return err
	}
	if claim {
		if err := p.people[who].Must(ctx, http.MethodPost, "/v1/tasks/"+task+"/claim", nil, nil); err != nil {
			return err
		}
	}
	return p.people[who].Must(ctx, http.MethodPost, "/v1/tasks/"+task+"/close", outcome, nil)
}

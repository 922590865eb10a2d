package api

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/einvoice"
	"maan/internal/money"
	"maan/internal/reference"
	"maan/internal/store"
)

// CreateInvoice takes an invoice in.
func (s *server) CreateInvoice(ctx context.Context, r CreateInvoiceRequestObject) (CreateInvoiceResponseObject, error) {
	who, in := callerOf(ctx), r.Body
	if err := who.covers(in.Creditor); err != nil {
		return nil, err
	}
	var bad faults
	n := newInvoice(in, &bad)
	warnings := checkAccount(&n)
	customer, err := s.debtor(ctx, in, &bad)
	if err != nil {
		return nil, err
	}
	n.CustomerID = customer
	if len(bad) > 0 && in.DueDate.Before(in.IssueDate) { // the rules would say so once the rest is mended; say it now
		bad.add("due_date", "due_before_issue", "the due date %s is before the issue date %s", in.DueDate, in.IssueDate)
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	done, err := s.service.StartInvoice(ctx, who.scope, who.now, who.actor, n)
	change, err := s.laterChange(ctx, done, err)
	change.Warnings = warnings
	if done.Existed {
		return CreateInvoice200JSONResponse(change), err
	}
	return CreateInvoice201JSONResponse(change), err
}

func newInvoice(in *InvoiceInput, bad *faults) collection.NewInvoice {
	n := collection.NewInvoice{
		CreditorID: in.Creditor, Number: in.Number, IssueDate: in.IssueDate, DueDate: in.DueDate,
		DueDateAgreed: in.DueDateAgreed == nil || *in.DueDateAgreed, ReceivedDate: in.ReceivedDate, Amount: bad.amount("amount", in.Amount),
		PurchaseOrder: in.PurchaseOrder, OrderReference: in.OrderReference, PaymentReference: in.PaymentReference, PaymentMeans: in.PaymentMeans,
		IBAN: in.IBAN, AccountName: in.AccountName, DeliveryRequired: in.DeliveryRequired, Policy: in.Policy, Source: "api",
	}
	if in.PaymentMeans == "49" || in.PaymentMeans == "59" { // UNCL4461: direct debit; the creditor takes the money itself
		n.Blocked = string(einvoice.BlockedDirectDebit)
	}
	for _, d := range in.Deliveries {
		n.Deliveries = append(n.Deliveries, collection.NewDelivery{On: d.On, Proof: d.Proof, Last: d.Last})
	}
	if d := in.CashDiscount; d != nil {
		if percent, err := money.Parse(d.Percent, "EUR"); err == nil { // two decimals, so its minor units are hundredths of a per cent
			n.Discount = collection.CashDiscount{Points: int(percent.Minor), Until: d.Until}
		}
	}
	n.Contact = collection.InvoiceContact{Name: in.Contact.Name, Email: in.Contact.Email}
	if sent := in.AlreadySent; sent != nil {
		n.AlreadySent = &collection.SentElsewhere{Channel: sent.Channel, On: sent.On, Proof: sent.Proof}
	}
	return n
}

// checkAccount brings the invoice's own IBAN into its canonical form. An invalid one is
// only a warning: the invoice is owed all the same, but no QR code is printed.
func checkAccount(n *collection.NewInvoice) []Fault {
	if n.IBAN == "" {
		return nil
	}
	canonical, err := reference.CheckIBAN(n.IBAN)
	if err != nil {
		return []Fault{{Field: "iban", Code: string(einvoice.CodeIBANInvalid), Detail: err.Error() + "; messages carry no QR code"}}
	}
	n.IBAN, n.IBANValid = canonical, true
	return nil
}

// debtor finds the customer that the request names by id or by number.
func (s *server) debtor(ctx context.Context, in *InvoiceInput, bad *faults) (uuid.UUID, error) {
	if (in.CustomerID == nil) == (in.CustomerNumber == "") {
		bad.add("customer_id", "missing", "name the customer by customer_id or by customer_number, not both")
		return uuid.Nil, nil
	}
	if in.CustomerID != nil {
		customer, err := s.store.FindCustomer(ctx, callerOf(ctx).scope, *in.CustomerID)
		if errors.Is(err, store.ErrNotFound) || (err == nil && customer.CreditorID != in.Creditor) {
			bad.add("customer_id", "unknown_customer", "this creditor has no such customer; create it first")
			return uuid.Nil, nil
		}
		return customer.ID, err
	}
	id, err := s.store.MatchCustomer(ctx, in.Creditor, store.CustomerIDs{Number: in.CustomerNumber})
	if errors.Is(err, store.ErrNotFound) {
		bad.add("customer_number", "unknown_customer", "this creditor has no customer with this number; create it first")
		return uuid.Nil, nil
	}
	return id, err
}

// ListInvoices answers as JSON in pages, or as CSV in one piece.
func (s *server) ListInvoices(ctx context.Context, r ListInvoicesRequestObject) (ListInvoicesResponseObject, error) {
	who, in := callerOf(ctx), r.Params
	if err := who.mayNarrow(in.Creditor); err != nil {
		return nil, err
	}
	filter := store.InvoiceFilter{
		Creditor: in.Creditor, Customer: in.Customer, Number: in.Number, Status: in.Status, Stage: in.Stage, DueBefore: dayOf(in.DueBefore), DueAfter: dayOf(in.DueAfter),
	}
	if in.Overdue != "" {
		overdue := in.Overdue == "true"
		filter.Overdue = &overdue
	}
	if wantsCSV(in.Format, in.Accept) {
		return s.exportInvoices(ctx, filter)
	}
	p, err := page(in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.FindInvoices(ctx, who.scope, who.today(), filter, p)
	if err != nil {
		return nil, err
	}
	rows, next := cut(rows, in.Limit, func(v *store.InvoiceView) uuid.UUID { return v.ID })
	return ListInvoices200JSONResponse{
		Items: each(rows, func(v store.InvoiceView) Invoice { return invoiceOf(v, who.today()) }), NextCursor: next,
	}, nil
}

// GetInvoice reads one with its details.
func (s *server) GetInvoice(ctx context.Context, r GetInvoiceRequestObject) (GetInvoiceResponseObject, error) {
	who := callerOf(ctx)
	view, err := s.store.FindInvoice(ctx, who.scope, who.today(), r.ID)
	if err != nil {
		return nil, err
	}
	details, err := s.store.CaseDetails(ctx, who.scope, r.ID)
	if err != nil {
		return nil, err
	}
	answer := invoiceOf(view, who.today())
	answer.Details = detailsOf(details)
	claims, err := s.store.ClaimsOf(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	open := openClaims(claims, view.Currency)
	answer.Claims = &open
	return GetInvoice200JSONResponse(answer), nil
}

func invoiceOf(v store.InvoiceView, today calendar.Date) Invoice {
	return Invoice{
		ID: v.ID, Creditor: v.CreditorID, CustomerID: v.CustomerID, CustomerNumber: v.CustomerNumber, CustomerName: v.CustomerName, Number: v.Number,
		IssueDate: v.IssueDate, DueDate: v.DueDate, Amount: moneyOf(v.AmountMinor, v.Currency), Open: moneyOf(v.OpenMinor, v.Currency),
		Status: v.Status, Outcome: string(value(v.ClosedOutcome)), Stage: v.Stage, OverdueDays: overdueDays(v.DueDate, today, v.ClosedOutcome != nil),
		Paused: append([]Code{}, v.Paused...), NextStep: v.NextStep, NextAt: v.NextAt, ArrivedAt: v.ArrivedAt,
	}
}

func detailsOf(d *store.CaseDetails) *InvoiceDetails {
	i := &d.Invoice
	out := &InvoiceDetails{
		DueDateAgreed: i.DueDateAgreed, ReceivedDate: i.ReceivedDate, PurchaseOrder: i.PurchaseOrder, OrderReference: i.OrderReference,
		PaymentReference: i.PaymentReference, PaymentMeans: i.PaymentMeans, IBAN: i.IBAN, IBANValid: i.IBANValid, AccountName: i.AccountName,
		Delivery: i.Delivery, Sending: i.Sending, SentChannel: i.SentChannel, SentOn: i.SentOn, SentProof: i.SentProof, Source: i.Source,
		ContentHash: i.ContentHash, Policy: PolicyRef{Policy: d.Policy, Version: d.PolicyVersion}, Run: i.CurrentRun, WorkflowID: d.WorkflowID,
		HandedOffAt: i.HandedOffAt, RecalledAt: i.RecalledAt, DoNotChase: doNotChaseOf(i.NoChaseReason, i.NoChaseBy, i.NoChaseReviewOn),
		Holds: each(d.Holds, holdOf), Deliveries: each(d.Deliveries, func(v store.Delivery) Delivery {
			return Delivery{ID: v.ID, On: v.DeliveredOn, Proof: v.Proof, Last: v.Last}
		}),
	}
	if d.Contact != nil {
		k := contactOf(*d.Contact)
		out.Contact = &k
	}
	if i.DiscountUntil != nil {
		out.CashDiscount = &CashDiscount{Percent: money.New(int64(i.DiscountPoints), "EUR").Decimal(), Until: *i.DiscountUntil}
	}
	if out.DoNotChase == nil {
		out.DoNotChase = doNotChaseOf(d.NoChase.NoChaseReason, d.NoChase.NoChaseBy, d.NoChase.NoChaseReviewOn)
	}
	if v := d.Dispute; v != nil {
		out.Dispute = &Dispute{ID: v.ID, Reason: v.Reason, OpenedBy: v.OpenedBy, OpenedAt: v.OpenedAt}
	}
	if v := d.Promise; v != nil {
		out.Promise = &Promise{ID: v.ID, PromisedOn: v.PromisedOn, HoldsUntil: v.HoldsUntil}
	}
	return out
}

// RecordDelivery records a delivery.
func (s *server) RecordDelivery(ctx context.Context, r RecordDeliveryRequestObject) (RecordDeliveryResponseObject, error) {
	who := callerOf(ctx)
	if _, err := s.store.InvoiceRow(ctx, who.scope, r.ID); err != nil {
		return nil, err
	}
	done, err := s.service.Deliver(ctx, who.scope, who.now, who.actor, r.ID,
		collection.NewDelivery{On: r.Body.On, Proof: r.Body.Proof, Last: r.Body.Last})
	change, err := s.toldChange(ctx, done, err)
	return RecordDelivery201JSONResponse(change), err
}

// MigratePolicy moves a case to another policy.
func (s *server) MigratePolicy(ctx context.Context, r MigratePolicyRequestObject) (MigratePolicyResponseObject, error) {
	who := callerOf(ctx)
	done, err := s.service.MigratePolicy(ctx, who.scope, who.now, who.actor, r.ID, r.Body.Policy, r.Body.Reason)
	change, err := s.toldChange(ctx, done, err)
	return MigratePolicy200JSONResponse(change), err
}

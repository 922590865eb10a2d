package api

import (
	"context"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/store"
)

// HoldCustomer silences a customer.
func (s *server) HoldCustomer(ctx context.Context, r HoldCustomerRequestObject) (HoldCustomerResponseObject, error) {
	who := callerOf(ctx)
	if err := checkUntil(r.Body.Until, who.today()); err != nil {
		return nil, err
	}
	id, cases, err := s.service.HoldCustomer(ctx, who.scope, who.now, who.actor, r.ID, holdRequest(r.Body))
	if err != nil {
		return nil, err
	}
	change := customerChange(r.ID, cases)
	change.ID = &id
	return HoldCustomer201JSONResponse(change), nil
}

// checkUntil refuses a hold that is over already.
func checkUntil(until *calendar.Date, today calendar.Date) error {
	var bad faults
	if until != nil && until.Before(today) {
		bad.add("until", "past", "the hold would be over already")
	}
	return bad.err()
}

func holdRequest(in *HoldInput) collection.HoldRequest {
	return collection.HoldRequest{Reason: in.Reason, Until: in.Until, Note: in.Note}
}

// customerChange: the cases of a customer are told one by one, by the relay.
func customerChange(customer uuid.UUID, cases int) CustomerChange {
	return CustomerChange{CustomerID: customer, Cases: cases, Workflow: relayed(cases)}
}

func relayed(cases int) Workflow {
	if cases == 0 {
		return workflowTold
	}
	return workflowPending
}

// SetCustomerDoNotChase forbids to press a customer.
func (s *server) SetCustomerDoNotChase(ctx context.Context, r SetCustomerDoNotChaseRequestObject) (SetCustomerDoNotChaseResponseObject, error) {
	who := callerOf(ctx)
	cases, err := s.service.ChaseCustomer(ctx, who.scope, who.now, who.actor, r.ID, noChase(r.Body))
	return SetCustomerDoNotChase200JSONResponse(customerChange(r.ID, cases)), err
}

// LiftCustomerDoNotChase allows it again.
func (s *server) LiftCustomerDoNotChase(ctx context.Context, r LiftCustomerDoNotChaseRequestObject) (LiftCustomerDoNotChaseResponseObject, error) {
	who := callerOf(ctx)
	cases, err := s.service.ChaseCustomer(ctx, who.scope, who.now, who.actor, r.ID, collection.NoChase{})
	return LiftCustomerDoNotChase200JSONResponse(customerChange(r.ID, cases)), err
}

func noChase(in *DoNotChaseInput) collection.NoChase {
	return collection.NoChase{Reason: &in.Reason, ReviewOn: &in.ReviewOn}
}

// SetInvoiceDoNotChase forbids to press for an invoice.
func (s *server) SetInvoiceDoNotChase(ctx context.Context, r SetInvoiceDoNotChaseRequestObject) (SetInvoiceDoNotChaseResponseObject, error) {
	who := callerOf(ctx)
	done, err := s.service.ChaseInvoice(ctx, who.scope, who.now, who.actor, r.ID, noChase(r.Body))
	change, err := s.toldChange(ctx, done, err)
	return SetInvoiceDoNotChase200JSONResponse(change), err
}

// LiftInvoiceDoNotChase allows it again.
func (s *server) LiftInvoiceDoNotChase(ctx context.Context, r LiftInvoiceDoNotChaseRequestObject) (LiftInvoiceDoNotChaseResponseObject, error) {
	who := callerOf(ctx)
	done, err := s.service.ChaseInvoice(ctx, who.scope, who.now, who.actor, r.ID, collection.NoChase{})
	change, err := s.toldChange(ctx, done, err)
	return LiftInvoiceDoNotChase200JSONResponse(change), err
}

// HoldInvoice silences an invoice.
func (s *server) HoldInvoice(ctx context.Context, r HoldInvoiceRequestObject) (HoldInvoiceResponseObject, error) {
	who := callerOf(ctx)
	done, err := s.service.PlaceHold(ctx, who.scope, who.now, who.actor, r.ID, holdRequest(r.Body))
	change, err := s.toldChange(ctx, done, err)
	return HoldInvoice201JSONResponse(change), err
}

// ReleaseHold ends a hold.
func (s *server) ReleaseHold(ctx context.Context, r ReleaseHoldRequestObject) (ReleaseHoldResponseObject, error) {
	who := callerOf(ctx)
	cases, err := s.service.ReleaseHold(ctx, who.scope, who.now, who.actor, r.ID)
	return ReleaseHold200JSONResponse{ID: r.ID, Cases: cases, Workflow: relayed(cases)}, err
}

// OpenDispute pauses an invoice because the customer objects.
func (s *server) OpenDispute(ctx context.Context, r OpenDisputeRequestObject) (OpenDisputeResponseObject, error) {
	who := callerOf(ctx)
	done, err := s.service.OpenDispute(ctx, who.scope, who.now, who.actor, r.ID, r.Body.Reason, r.Body.Note)
	change, err := s.toldChange(ctx, done, err)
	if done.Existed {
		return OpenDispute200JSONResponse(change), err
	}
	return OpenDispute201JSONResponse(change), err
}

// ResolveDispute settles the open dispute.
func (s *server) ResolveDispute(ctx context.Context, r ResolveDisputeRequestObject) (ResolveDisputeResponseObject, error) {
	who, in := callerOf(ctx), r.Body
	row, err := s.store.InvoiceRow(ctx, who.scope, r.ID)
	if err != nil {
		return nil, err
	}
	resolution := collection.Resolution{Upheld: in.Resolution == "upheld", CreditNote: in.CreditNote, Note: in.Note}
	var bad faults
	if in.Amount != nil {
		amount := bad.amount("amount", *in.Amount)
		switch {
		case len(bad) > 0:
		case amount.Currency != row.Currency:
			bad.add("amount.currency", "other_currency", "the credit note is in the invoice's currency")
		case !amount.IsPositive():
			bad.add("amount", "not_positive", "the credit note is for more than zero")
		}
		resolution.Minor = amount.Minor
	}
	if !resolution.Upheld && (in.CreditNote != "" || in.Amount != nil) {
		bad.add("credit_note", "not_applicable", "a rejected dispute has no credit note")
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	done, err := s.service.ResolveDispute(ctx, who.scope, who.now, who.actor, r.ID, resolution)
	change, err := s.toldChange(ctx, done, err)
	return ResolveDispute200JSONResponse(change), err
}

func holdOf(h store.Hold) Hold {
	scope := "customer"
	if h.InvoiceID != nil {
		scope = "invoice"
	}
	return Hold{ID: h.ID, Scope: scope, Reason: h.Reason, Until: h.UntilDay, PlacedBy: h.PlacedBy, PlacedAt: h.PlacedAt}
}

func doNotChaseOf(reason, by *string, review *calendar.Date) *DoNotChase {
	if reason == nil {
		return nil
	}
	return &DoNotChase{Reason: *reason, By: value(by), ReviewOn: value(review)}
}

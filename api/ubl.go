package api

import (
	"bytes"
	"context"

	"github.com/google/uuid"

	"maan/internal/collection"
	"maan/internal/einvoice"
	"maan/internal/erp"
)

// PostUBL takes in a Peppol invoice or credit note.
func (s *server) PostUBL(ctx context.Context, r PostUBLRequestObject) (PostUBLResponseObject, error) {
	who := callerOf(ctx)
	creditor, err := s.store.FindCreditor(ctx, who.scope, r.Params.Creditor)
	if err != nil {
		return nil, err
	}
	doc, findings, err := einvoice.Read(bytes.NewReader(bodyOf(ctx)), einvoice.DefaultLimits)
	if err != nil {
		return nil, err
	}
	if doc == nil {
		return nil, &problem{kind: kindRefused, detail: "Mend the document and send it again.", faults: findingsOf(findings)}
	}
	meaning := erp.EInvoices{Cases: s.service, Creditor: creditor}
	customer, err := meaning.Customer(ctx, doc, r.Params.CustomerNumber)
	if err != nil {
		return nil, err
	}
	var done collection.Done
	if doc.Kind == einvoice.KindCreditNote {
		done, err = meaning.CreditNote(ctx, who.scope, who.now, who.actor, customer, doc)
	} else {
		done, err = s.service.StartInvoice(ctx, who.scope, who.now, who.actor, meaning.Invoice(customer, doc, findings, bodyOf(ctx)))
	}
	if err != nil {
		return nil, err
	}
	change, err := s.ublChange(ctx, done, doc)
	change.Warnings = findingsOf(findings)
	if done.Existed {
		return PostUBL200JSONResponse(change), err
	}
	return PostUBL201JSONResponse(change), err
}

func (s *server) ublChange(ctx context.Context, done collection.Done, doc *einvoice.Document) (Change, error) {
	if done.InvoiceID != uuid.Nil {
		return s.laterChange(ctx, done, nil)
	}
	return Change{ // credit of the customer: no invoice, and nothing to tell a workflow
		ID: some(done.ID), Existed: done.Existed, Open: moneyOf(0, doc.Currency), Workflow: workflowTold, Leaving: []uuid.UUID{}, TaskID: done.TaskID,
	}, nil
}

func findingsOf(findings []einvoice.Finding) []Fault {
	return each(findings, func(f einvoice.Finding) Fault { return Fault{Field: f.Path, Code: string(f.Code), Detail: f.Message} })
}

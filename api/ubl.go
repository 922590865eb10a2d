package api

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"

	"maan/internal/collection"
	"maan/internal/einvoice"
	"maan/internal/store"
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
	customer, err := s.parties(ctx, creditor, doc, r.Params.CustomerNumber)
	if err != nil {
		return nil, err
	}
	var done collection.Done
	if doc.Kind == einvoice.KindCreditNote {
		done, err = s.takeCreditNote(ctx, creditor, customer, doc)
	} else {
		done, err = s.service.StartInvoice(ctx, who.scope, who.now, who.actor, ublInvoice(creditor.ID, customer, doc, findings, bodyOf(ctx)))
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

// parties checks that the supplier is the creditor, and finds the customer: by the
// number given, else by what the buyer is known under. Never by name.
func (s *server) parties(ctx context.Context, creditor store.Creditor, doc *einvoice.Document, number string) (uuid.UUID, error) {
	var bad faults
	if !einvoice.MatchesSupplier(doc.Supplier, einvoice.SupplierIDs{
		EndpointScheme: creditor.EndpointScheme, EndpointID: creditor.EndpointID, VATNumber: creditor.VATNumber, RegistrationNumber: creditor.RegistrationNumber,
	}) {
		bad.add(supplierPath, "other_supplier",
			"the supplier is not this creditor: neither Peppol endpoint, VAT number nor registration number is the creditor's; send it to the right creditor, or complete the creditor's numbers")
	}
	buyer := doc.Buyer
	id, err := s.store.MatchCustomer(ctx, creditor.ID, store.CustomerIDs{
		Number: number, EndpointScheme: buyer.EndpointScheme, EndpointID: buyer.EndpointID, VATNumber: buyer.VATNumber, RegistrationNumber: buyer.RegistrationNumber,
	})
	switch {
	case errors.Is(err, store.ErrAmbiguous):
		bad.add(buyerPath, "ambiguous_customer", "several customers bear the buyer's number; say which in the parameter customer_number")
	case errors.Is(err, store.ErrNotFound):
		bad.add(buyerPath, "unknown_customer", "no customer of this creditor was found by %s; create it or say which in the parameter customer_number", lookedFor(number, buyer))
	case err != nil:
		return uuid.Nil, err
	}
	return id, bad.err()
}

const (
	supplierPath = "cac:AccountingSupplierParty"
	buyerPath    = "cac:AccountingCustomerParty"
)

// lookedFor names what a customer was looked for by, without the numbers themselves: a
// sole trader's are personal.
func lookedFor(number string, buyer einvoice.Party) string {
	if number != "" {
		return "the customer number in customer_number"
	}
	var parts []string
	if buyer.EndpointID != "" && buyer.EndpointScheme != "" {
		parts = append(parts, "the buyer's Peppol endpoint in scheme "+buyer.EndpointScheme)
	}
	if buyer.VATNumber != "" {
		parts = append(parts, "VAT number")
	}
	if buyer.RegistrationNumber != "" {
		parts = append(parts, "registration number")
	}
	if len(parts) == 0 {
		return "anything, since the buyer bears no number"
	}
	return strings.Join(parts, ", ")
}

// ublInvoice is the invoice that a document claims.
func ublInvoice(creditor string, customer uuid.UUID, doc *einvoice.Document, findings []einvoice.Finding, text []byte) collection.NewInvoice {
	n := collection.NewInvoice{
		CreditorID: creditor, CustomerID: customer, Number: doc.Number, IssueDate: doc.IssueDate, DueDate: doc.DueDate, DueDateAgreed: true,
		Amount: doc.Payable, PurchaseOrder: doc.OrderRef, OrderReference: doc.BuyerRef, PaymentReference: doc.PaymentID,
		PaymentMeans: doc.PaymentMeansCode, IBAN: doc.IBAN, IBANValid: doc.IBANValid, AccountName: doc.AccountName, Blocked: string(doc.Blocked),
		Source: "ubl", Documents: []collection.NewDocument{{Kind: "invoice_ubl", ContentType: "application/xml", Content: text}},
	}
	for _, f := range findings {
		n.DueDateAgreed = n.DueDateAgreed && f.Code != einvoice.CodeDueDateAssumed
	}
	if !doc.DeliveryDate.IsZero() {
		n.Deliveries = []collection.NewDelivery{{On: doc.DeliveryDate, Proof: doc.DespatchRef, Last: true}}
	}
	return n
}

// takeCreditNote reduces the first invoice that the credit note names and that is here
// and the customer's own; else it is the customer's credit.
func (s *server) takeCreditNote(ctx context.Context, creditor store.Creditor, customer uuid.UUID, doc *einvoice.Document) (collection.Done, error) {
	who := callerOf(ctx)
	receipt := collection.Receipt{Kind: collection.EntryCreditNote, ExternalID: doc.Number, Amount: doc.Payable, On: doc.IssueDate}
	for _, number := range doc.Preceding {
		id, err := s.store.FindInvoiceID(ctx, who.scope, creditor.ID, number)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return collection.Done{}, err
		}
		row, err := s.store.InvoiceRow(ctx, who.scope, id)
		if err != nil {
			return collection.Done{}, err
		}
		if row.CustomerID == customer {
			return s.service.Receive(ctx, who.scope, who.now, who.actor, id, receipt)
		}
	}
	return s.service.CreditCustomer(ctx, who.scope, who.now, who.actor, customer, receipt)
}

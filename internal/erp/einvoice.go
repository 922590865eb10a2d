package erp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"maan/internal/collection"
	"maan/internal/einvoice"
	"maan/internal/store"
)

// EInvoices says what a creditor's e-invoices mean here: the one piece for the API and
// for files.
type EInvoices struct {
	Cases    *collection.Service
	Creditor store.Creditor
}

const (
	supplierPath = "cac:AccountingSupplierParty"
	buyerPath    = "cac:AccountingCustomerParty"
)

// Customer checks that the supplier is the creditor, and finds the customer: by the
// number given, else by what the buyer is known under. Never by name. The error is a
// *[collection.Refusal] with every fault, or the database's.
func (e EInvoices) Customer(ctx context.Context, doc *einvoice.Document, number string) (uuid.UUID, error) {
	var faults []collection.Fault
	bad := func(path, code, format string, args ...any) {
		faults = append(faults, collection.Fault{Field: path, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if cr := e.Creditor; !einvoice.MatchesSupplier(doc.Supplier, einvoice.SupplierIDs{
		EndpointScheme: cr.EndpointScheme, EndpointID: cr.EndpointID, VATNumber: cr.VATNumber, RegistrationNumber: cr.RegistrationNumber,
	}) {
		bad(supplierPath, "other_supplier",
			"the supplier is not this creditor: neither Peppol endpoint, VAT number nor registration number is the creditor's; send it to the right creditor, or complete the creditor's numbers")
	}
	buyer := doc.Buyer
	id, err := e.Cases.Store().MatchCustomer(ctx, e.Creditor.ID, store.CustomerIDs{
		Number: number, EndpointScheme: buyer.EndpointScheme, EndpointID: buyer.EndpointID, VATNumber: buyer.VATNumber, RegistrationNumber: buyer.RegistrationNumber,
	})
	switch {
	case errors.Is(err, store.ErrAmbiguous):
		bad(buyerPath, "ambiguous_customer", "several customers bear the buyer's number; say which in the parameter customer_number")
	case errors.Is(err, store.ErrNotFound):
		bad(buyerPath, "unknown_customer", "no customer of this creditor was found by %s; create it or say which in the parameter customer_number", lookedFor(number, buyer))
	case err != nil:
		return uuid.Nil, err
	}
	if len(faults) > 0 {
		return uuid.Nil, &collection.Refusal{Kind: collection.Invalid, Faults: faults}
	}
	return id, nil
}

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

// Invoice is the invoice that a document claims; text is the document itself.
func (e EInvoices) Invoice(customer uuid.UUID, doc *einvoice.Document, findings []einvoice.Finding, text []byte) collection.NewInvoice {
	n := collection.NewInvoice{
		CreditorID: e.Creditor.ID, CustomerID: customer, Number: doc.Number, IssueDate: doc.IssueDate, DueDate: doc.DueDate, DueDateAgreed: true,
		Amount: doc.Payable, PurchaseOrder: doc.OrderRef, OrderReference: doc.BuyerRef, PaymentReference: doc.PaymentID,
		Discount:     collection.CashDiscount{Points: doc.Discount.BasisPoints, Until: doc.Discount.Until},
		PaymentMeans: doc.PaymentMeansCode, IBAN: doc.IBAN, IBANValid: doc.IBANValid, AccountName: doc.AccountName, Blocked: string(doc.Blocked),
		Source: "ubl", Documents: []collection.NewDocument{{Kind: "invoice_ubl", ContentType: "application/xml", Content: text}},
	}
	for _, f := range findings {
		n.DueDateAgreed = n.DueDateAgreed && f.Code != einvoice.CodeDueDateAssumed
	}
	if k := doc.Buyer.Contact; k.Email != "" {
		c := store.Contact{Role: "buyer", Name: k.Name, Email: k.Email}
		if collection.CheckContact(&c, "") == nil { // else the customer's own contacts are written to
			n.Contact = collection.InvoiceContact{Name: k.Name, Email: k.Email}
		}
	}
	if !doc.DeliveryDate.IsZero() {
		n.Deliveries = []collection.NewDelivery{{On: doc.DeliveryDate, Proof: doc.DespatchRef, Last: true}}
	}
	return n
}

// CreditNote reduces the first invoice that the credit note names and that is here and
// the customer's own; else it is the customer's credit.
func (e EInvoices) CreditNote(ctx context.Context, scope store.Scope, now time.Time, actor collection.Actor, customer uuid.UUID, doc *einvoice.Document) (collection.Done, error) {
	receipt := collection.Receipt{Kind: collection.EntryCreditNote, ExternalID: doc.Number, Amount: doc.Payable, On: doc.IssueDate}
	for _, number := range doc.Preceding {
		id, err := e.Cases.Store().FindInvoiceID(ctx, scope, e.Creditor.ID, number)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return collection.Done{}, err
		}
		row, err := e.Cases.Store().InvoiceRow(ctx, scope, id)
		if err != nil {
			return collection.Done{}, err
		}
		if row.CustomerID == customer {
			return e.Cases.Receive(ctx, scope, now, actor, id, receipt)
		}
	}
	return e.Cases.CreditCustomer(ctx, scope, now, actor, customer, receipt)
}

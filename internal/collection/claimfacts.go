package collection

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/law"
	"maan/internal/store"
)

// dutchVAT is the general rate of art. 9(1) Wet OB 1968.
const dutchVAT law.Rate = 21_0000

// rulesOf are the rules that a creditor set for a customer of some kind.
func rulesOf(cr *store.Creditor, kind dunning.DebtorKind) ClaimRules {
	r := ClaimRules{
		Debtor: kind, Packs: law.Packs{NLConsumer: cr.NLConsumerRules, BEConsumer: cr.BEConsumerRules}, DayCount: cr.DayCount,
	}
	if cr.VATNotDeductible || cr.VATStated {
		r.CostsVAT = &law.VAT{Rate: dutchVAT, CannotDeduct: cr.VATNotDeductible, Stated: cr.VATStated}
	}
	return r
}

// governing is the law that governs without an agreement: the creditor's, and for
// consumers their own (Rome I, art. 4 and 6).
func governing(cr *store.Creditor, cu *store.Customer) string {
	if cu.Kind == dunning.KindConsumer {
		return cu.Country
	}
	return cr.Country
}

// termsFor are the terms that hold for an invoice: of those in force on its date of issue
// its own before the customer's, and then the newest.
func termsFor(in *store.Invoice, terms []store.ContractTerm) *store.ContractTerm {
	var best *store.ContractTerm
	for i := range terms {
		t := &terms[i] // oldest first
		switch {
		case t.InvoiceID != nil && *t.InvoiceID != in.ID,
			in.IssueDate.Before(t.ValidFrom), t.ValidUntil != nil && in.IssueDate.After(*t.ValidUntil),
			best != nil && best.InvoiceID != nil && t.InvoiceID == nil:
		default:
			best = t
		}
	}
	return best
}

// contractOf is the clause on interest, if one was agreed.
func contractOf(t *store.ContractTerm) *law.Contract {
	if t == nil || t.AnnualRate == nil {
		return nil
	}
	c := &law.Contract{AnnualRate: *t.AnnualRate, Compounding: t.Compounding}
	if t.AcceptedOn != nil {
		c.AcceptedOn = *t.AcceptedOn
	}
	return c
}

// claimInvoice is an invoice as the law looks at it.
func claimInvoice(in *store.Invoice, country string, facts *store.ClaimFacts) ClaimInvoice {
	c := ClaimInvoice{
		ID: in.ID, Number: in.Number, Country: country, Principal: in.Amount(), Due: in.DueDate, DueDateAgreed: in.DueDateAgreed,
		Payments: principalPayments(in.ID, facts.Entries),
	}
	if in.ReceivedDate != nil {
		c.Received = *in.ReceivedDate
	}
	terms := termsFor(in, facts.Terms)
	c.Contract = contractOf(terms)
	if terms != nil && terms.GoverningCountry != "" {
		c.Country = terms.GoverningCountry
	}
	return c
}

// principalPayments are what paid the invoice itself, by value date: payments, credits and
// what was given up. What was taken back counts as never received, since the debtor did not
// pay with it.
func principalPayments(invoice uuid.UUID, entries []store.LedgerEntry) []law.Payment {
	back := reversed(entries)
	var paid []law.Payment
	for _, e := range entries {
		if e.InvoiceID == nil || *e.InvoiceID != invoice || e.Bucket != store.BucketPrincipal || e.AmountMinor >= 0 || back[e.ID] {
			continue
		}
		a := law.Payment{On: e.ValueDate}
		a.Amount.Minor, a.Amount.Currency = -e.AmountMinor, e.Currency
		paid = append(paid, a)
	}
	return paid
}

// reversed are the entries that cancel each other out: what was taken back, and what took it back.
func reversed(entries []store.LedgerEntry) map[uuid.UUID]bool {
	back := map[uuid.UUID]bool{}
	for i := range entries {
		if e := &entries[i]; e.Reverses != nil {
			back[e.ID], back[*e.Reverses] = true, true
		}
	}
	return back
}

// owedOn computes what is owed on the invoices of a customer.
func owedOn(cr *store.Creditor, cu *store.Customer, facts *store.ClaimFacts, until calendar.Date) (Owed, error) {
	table, err := law.Shipped().With(facts.Rates...)
	if err != nil {
		return Owed{}, fmt.Errorf("the legal rates that were added: %w", err)
	}
	country := governing(cr, cu)
	invoices := make([]ClaimInvoice, len(facts.Invoices))
	for i := range facts.Invoices {
		invoices[i] = claimInvoice(&facts.Invoices[i], country, facts)
	}
	return ClaimOf(table, rulesOf(cr, cu.Kind), invoices, until)
}

// maxLetterInvoices bounds one computation.
const maxLetterInvoices = 1000

// Owed computes what the law lets the creditor claim on invoices of one customer in one
// letter, up to and including a day. It writes nothing.
func (s *Service) Owed(ctx context.Context, scope store.Scope, until calendar.Date, invoices ...uuid.UUID) (Owed, error) {
	if len(invoices) == 0 || len(invoices) > maxLetterInvoices {
		return Owed{}, Refuse(Invalid, "invoices", "count", "name 1 to %d invoices", maxLetterInvoices)
	}
	first, err := s.store.InvoiceRow(ctx, scope, invoices[0])
	if err != nil {
		return Owed{}, err
	}
	cu, err := s.store.FindCustomer(ctx, scope, first.CustomerID)
	if err != nil {
		return Owed{}, err
	}
	cr, err := s.store.FindCreditor(ctx, scope, first.CreditorID)
	if err != nil {
		return Owed{}, err
	}
	facts, err := s.store.ClaimFacts(ctx, cu.ID, invoices...)
	if err != nil {
		return Owed{}, err
	}
	if len(facts.Invoices) != len(invoices) {
		return Owed{}, Refuse(Invalid, "invoices", "several_customers", "the invoices of one letter are different ones of one customer")
	}
	owed, err := owedOn(&cr, &cu, &facts, until)
	if err != nil {
		return Owed{}, Refuse(Conflict, "", "not_computable", "%s", err.Error())
	}
	return owed, nil
}

// owed computes what is owed on the case's invoice, with the facts that it rests on.
func (f *caseFile) owed(ctx context.Context, until calendar.Date) (Owed, store.ClaimFacts, error) {
	facts, err := f.tx.ClaimFacts(ctx, f.Customer.ID, f.Invoice.ID)
	if err != nil {
		return Owed{}, facts, err
	}
	owed, err := owedOn(&f.Creditor, &f.Customer, &facts, until)
	if err != nil {
		return Owed{}, facts, &uncomputable{err}
	}
	return owed, facts, nil
}

// uncomputable means that a fact lies outside what the law's computations take, such as a
// date of another century. Then nothing is claimed; the principal is asked all the same.
type uncomputable struct{ error }

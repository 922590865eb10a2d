package collection

import (
	"context"
	"errors"
	"fmt"

	"maan/internal/calendar"
	"maan/internal/law"
	"maan/internal/money"
	"maan/internal/store"
)

// What the dossier says of the law: terms, interest, costs, how payments were divided, and
// the totals to the cent.

type dossierTerms struct {
	Proof            string         `json:"doc,omitempty"`
	AcceptedOn       *calendar.Date `json:"accepted_on,omitempty"`
	InterestRate     string         `json:"interest_rate,omitempty"`
	Compounding      string         `json:"compounding,omitempty"`
	Penalty          string         `json:"penalty_clause,omitempty"`
	PenaltyAmount    string         `json:"penalty_amount,omitempty"`
	RetentionOfTitle bool           `json:"retention_of_title"`
	GoverningCountry string         `json:"governing_country"`
}

type dossierTotals struct {
	Principal string `json:"principal"`
	Interest  string `json:"interest"` // without what was paid or given up
	Costs     string `json:"costs"`
	Total     string `json:"total"`
	Asked     string `json:"asked"` // interest and costs that letters asked for and that are open
	Until     string `json:"until"`
}

type dossierAllocation struct {
	Chosen    string    `json:"chosen"` // by the creditor: principal_first or statutory
	Statutory Allocated `json:"statutory"`
}

// dossierLaw is the part of the dossier that follows from the law.
type dossierLaw struct {
	Terms          dossierTerms       `json:"terms"`
	Interest       *law.Computation   `json:"interest,omitempty"`
	Costs          []law.Costs        `json:"costs"`
	Allocation     *dossierAllocation `json:"allocation,omitempty"`
	Totals         *dossierTotals     `json:"totals,omitempty"`
	LimitationDate *law.Limitation    `json:"limitation,omitempty"`
	Warnings       []law.Warning      `json:"warnings"`
}

func (a *acting) dossierLaw(ctx context.Context) (dossierLaw, error) {
	d := dossierLaw{Costs: []law.Costs{}, Warnings: []law.Warning{}}
	owed, facts, err := a.owed(ctx, a.today())
	in := claimInvoice(&a.Invoice, governing(&a.Creditor, &a.Customer), &facts)
	d.Terms = dossierTermsOf(termsFor(&a.Invoice, facts.Terms), in.Country)
	if l, known := law.LimitationDate(in.Country, a.Customer.Kind, a.Invoice.DueDate); known {
		d.LimitationDate = &l
	}
	if _, beyond := errors.AsType[*uncomputable](err); beyond {
		return d, nil // a person computes it
	}
	if err != nil {
		return d, err
	}
	d.Interest, d.Costs, d.Warnings = &owed.Invoices[0].Interest, owed.Costs, append(d.Warnings, owed.Warnings()...)
	claims, err := a.tx.Claims(ctx, a.Invoice.ID)
	if err != nil {
		return d, err
	}
	d.Totals = dossierTotalsOf(&a.Invoice, owed, claims)
	d.Allocation, err = a.dossierAllocation(in, &facts, owed.Until)
	return d, err
}

func dossierTermsOf(t *store.ContractTerm, country string) dossierTerms {
	d := dossierTerms{GoverningCountry: country}
	if t == nil {
		return d
	}
	d.Proof, d.AcceptedOn, d.RetentionOfTitle, d.Penalty = t.Proof, t.AcceptedOn, t.RetentionOfTitle, t.PenaltyCode
	if t.AnnualRate != nil {
		d.InterestRate, d.Compounding = t.AnnualRate.String(), string(t.Compounding)
	}
	if t.PenaltyMinor > 0 {
		d.PenaltyAmount = money.New(t.PenaltyMinor, "EUR").Decimal()
	}
	return d
}

func dossierTotalsOf(in *store.Invoice, owed Owed, claims store.Claims) *dossierTotals {
	amount := func(minor int64) string { return money.New(minor, in.Currency).Decimal() }
	moreInterest, moreCosts := toBook(claims, owed.InterestMinor(), owed.CostMinor())
	interest, costs := claims.Interest+moreInterest, claims.Costs+moreCosts
	return &dossierTotals{
		Principal: amount(in.OpenMinor), Interest: amount(interest), Costs: amount(costs), Total: amount(in.OpenMinor + interest + costs),
		Asked: amount(claims.Open()), Until: owed.Until.String(),
	}
}

func (a *acting) dossierAllocation(in ClaimInvoice, facts *store.ClaimFacts, until calendar.Date) (*dossierAllocation, error) {
	table, err := law.Shipped().With(facts.Rates...)
	if err != nil {
		return nil, fmt.Errorf("the legal rates that were added: %w", err)
	}
	credits, costs, receipts := statutoryFacts(facts.Entries)
	in.Payments = credits
	statutory, err := StatutoryAllocation(table, rulesOf(&a.Creditor, a.Customer.Kind), in, costs, receipts, until)
	if err != nil {
		return nil, err
	}
	return &dossierAllocation{Chosen: a.Creditor.Allocation, Statutory: statutory}, nil
}

// statementDocument is the customer's account as the agency gets it; nil where the record
// lacks what it must state.
func (a *acting) statementDocument(ctx context.Context, language string) (*NewDocument, error) {
	account, err := a.tx.AccountOf(ctx, a.Customer.ID)
	if err != nil {
		return nil, err
	}
	content, err := StatementPDF(account, a.today(), language)
	var made []NewDocument
	if err := madePaper(&made, DocumentStatement, content, err); err != nil || len(made) == 0 {
		return nil, err
	}
	return &made[0], nil
}

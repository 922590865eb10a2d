package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/law"
	"maan/internal/money"
	"maan/internal/sheet"
	"maan/internal/store"
)

const standardThreshold = 1500

// claimSettings are the settings of a request, with the standard ones where it is silent.
func claimSettings(in *CreditorInput) store.ClaimSettings {
	c := store.ClaimSettings{
		Claims: in.Claims, ClaimThresholdMinor: standardThreshold, NLConsumerRules: in.NlConsumerRules, BEConsumerRules: in.BeConsumerRules,
		Allocation: in.Allocation, DayCount: in.DayCount, VATNotDeductible: in.VATNotDeductible, VATStated: in.VATStated,
	}
	if in.ClaimThresholdMinor != nil {
		c.ClaimThresholdMinor = *in.ClaimThresholdMinor
	}
	if c.Claims == "" {
		c.Claims = collection.ClaimsAnnounce
	}
	if c.Allocation == "" {
		c.Allocation = collection.AllocationPrincipalFirst
	}
	if c.DayCount == "" {
		c.DayCount = law.Act365
	}
	return c
}

// showClaimSettings writes them into the answer.
func (c *Creditor) showClaimSettings(s store.ClaimSettings) {
	c.Claims, c.ClaimThresholdMinor, c.NlConsumerRules, c.BeConsumerRules = s.Claims, s.ClaimThresholdMinor, s.NLConsumerRules, s.BEConsumerRules
	c.Allocation, c.DayCount, c.VATNotDeductible, c.VATStated = s.Allocation, s.DayCount, s.VATNotDeductible, s.VATStated
}

// AddLawRate adds a legal rate for everybody.
func (s *server) AddLawRate(ctx context.Context, r AddLawRateRequestObject) (AddLawRateResponseObject, error) {
	who, in := callerOf(ctx), r.Body
	if !who.scope.All {
		return nil, refused(kindForbidden, "Legal rates are added with a key for all creditors.")
	}
	row := law.Row{Regime: law.Regime(in.Regime), ValidFrom: in.ValidFrom, Status: in.Status, Source: in.Source}
	if in.ValidUntil != nil {
		row.ValidUntil = *in.ValidUntil
	}
	var err error
	if row.Rate, err = law.ParseRate(in.Rate); err != nil {
		var bad faults
		bad.add("rate", "invalid_form", "%s", err.Error())
		return nil, bad.err()
	}
	if err := s.service.AddRate(ctx, who.now, who.actor, row); err != nil {
		return nil, err
	}
	rates, err := s.lawRates(ctx)
	return AddLawRate201JSONResponse(rates), err
}

// ListLawRates lists the table in use.
func (s *server) ListLawRates(ctx context.Context, _ ListLawRatesRequestObject) (ListLawRatesResponseObject, error) {
	rates, err := s.lawRates(ctx)
	return ListLawRates200JSONResponse(rates), err
}

func (s *server) lawRates(ctx context.Context) (LawRates, error) {
	table, err := s.service.RateTable(ctx)
	if err != nil {
		return LawRates{}, err
	}
	return LawRates{Version: table.Version(), Items: table.Rows()}, nil
}

// AddTerms adds what was agreed with a customer.
func (s *server) AddTerms(ctx context.Context, r AddTermsRequestObject) (AddTermsResponseObject, error) {
	who, in := callerOf(ctx), r.Body
	if _, err := s.store.FindCustomer(ctx, who.scope, r.ID); err != nil {
		return nil, err
	}
	var bad faults
	n := collection.NewTerms{
		InvoiceID: in.InvoiceID, ValidFrom: in.ValidFrom, ValidUntil: in.ValidUntil, GoverningCountry: in.GoverningCountry,
		Compounding: law.Compounding(in.Compounding), PenaltyCode: in.PenaltyCode, RetentionOfTitle: in.RetentionOfTitle, AcceptedOn: in.AcceptedOn,
		Proof: in.Proof,
	}
	if in.AnnualRate != "" {
		rate, err := law.ParseRate(in.AnnualRate)
		if err != nil {
			bad.add("annual_rate", "invalid_form", "%s", err.Error())
		}
		n.AnnualRate = &rate
	}
	if in.Penalty != nil {
		amount := bad.amount("penalty", *in.Penalty)
		if amount.IsNegative() || (in.Penalty.Currency != "EUR" && len(bad) == 0) {
			bad.add("penalty", "invalid", "give an amount in euros that is not negative")
		}
		n.PenaltyMinor = amount.Minor
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	t, err := s.service.AddTerms(ctx, who.scope, who.now, who.actor, r.ID, n)
	return AddTerms201JSONResponse(termsOf(t)), err
}

// ListTerms lists what was agreed with a customer.
func (s *server) ListTerms(ctx context.Context, r ListTermsRequestObject) (ListTermsResponseObject, error) {
	if _, err := s.store.FindCustomer(ctx, callerOf(ctx).scope, r.ID); err != nil {
		return nil, err
	}
	terms, err := s.store.TermsOf(ctx, r.ID)
	return ListTerms200JSONResponse{Items: each(terms, termsOf)}, err
}

func termsOf(t store.ContractTerm) Terms {
	out := Terms{
		ID: t.ID, CustomerID: t.CustomerID, InvoiceID: t.InvoiceID, ValidFrom: t.ValidFrom, ValidUntil: t.ValidUntil,
		GoverningCountry: t.GoverningCountry, Compounding: string(t.Compounding), PenaltyCode: t.PenaltyCode, RetentionOfTitle: t.RetentionOfTitle,
		AcceptedOn: t.AcceptedOn, Proof: t.Proof, AddedBy: t.Actor, AddedAt: t.BusinessAt,
	}
	if t.AnnualRate != nil {
		out.AnnualRate = t.AnnualRate.String()
	}
	if t.PenaltyMinor > 0 {
		penalty := moneyOf(t.PenaltyMinor, "EUR")
		out.Penalty = &penalty
	}
	return out
}

// GetClaim computes what the law gives.
func (s *server) GetClaim(ctx context.Context, r GetClaimRequestObject) (GetClaimResponseObject, error) {
	who := callerOf(ctx)
	until := who.today()
	if r.Params.Until != "" {
		until = dayOf(r.Params.Until)
	}
	owed, err := s.service.Owed(ctx, who.scope, until, r.ID)
	if err != nil {
		return nil, err
	}
	claims, err := s.store.ClaimsOf(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	in := owed.Invoices[0]
	currency := in.Principal.Currency
	return GetClaim200JSONResponse{
		InvoiceID: in.ID, Until: owed.Until, GoverningCountry: in.Country, Principal: moneyOf(in.Principal.Minor, currency), Interest: in.Interest,
		Costs: owed.Costs, Total: moneyOf(owed.PrincipalMinor()+owed.InterestMinor()+owed.CostMinor(), currency),
		RateTableVersion: owed.RateTableVersion, Warnings: append([]LawWarning{}, owed.Warnings()...), Asked: openClaims(claims, currency),
	}, nil
}

func openClaims(c store.Claims, currency money.Currency) OpenClaims {
	return OpenClaims{Interest: moneyOf(c.Interest, currency), Costs: moneyOf(c.Costs, currency)}
}

// WaiveClaims gives up what letters asked beside the principal.
func (s *server) WaiveClaims(ctx context.Context, r WaiveClaimsRequestObject) (WaiveClaimsResponseObject, error) {
	who := callerOf(ctx)
	done, err := s.service.Waive(ctx, who.scope, who.now, who.actor, r.ID, r.Body.Reason)
	change, err := s.toldChange(ctx, done, err)
	return WaiveClaims200JSONResponse(change), err
}

// GetInvoicePdf answers the invoice as a file.
func (s *server) GetInvoicePdf(ctx context.Context, r GetInvoicePdfRequestObject) (GetInvoicePdfResponseObject, error) {
	who := callerOf(ctx)
	content, err := s.service.InvoicePDF(ctx, who.scope, r.ID, who.now)
	if err != nil {
		return nil, err
	}
	return GetInvoicePdf200ApplicationPdfResponse{Body: bytes.NewReader(content), ContentLength: int64(len(content))}, nil
}

// GetStatement answers a customer's account.
func (s *server) GetStatement(ctx context.Context, r GetStatementRequestObject) (GetStatementResponseObject, error) {
	who := callerOf(ctx)
	account, err := s.store.AccountOf(ctx, who.scope, r.ID)
	if err != nil {
		return nil, err
	}
	if r.Params.Format == "pdf" {
		content, err := s.service.Statement(account, who.today())
		if err != nil {
			return nil, err
		}
		return GetStatement200ApplicationPdfResponse{Body: bytes.NewReader(content), ContentLength: int64(len(content))}, nil
	}
	statement := statementOf(account, who.today())
	if r.Params.Format != "csv" {
		return GetStatement200JSONResponse(statement), nil
	}
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	rows := [][]string{{"value_date", "invoice", "kind", "bucket", "reference", "currency", "amount"}}
	for _, e := range statement.Entries {
		rows = append(rows, []string{ // an amount may begin with a minus and stays a number
			e.ValueDate.String(), sheet.Neutral(e.Invoice), e.Kind, e.Bucket, sheet.Neutral(e.Reference), e.Amount.Currency, e.Amount.Amount,
		})
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write csv: %w", err)
	}
	return GetStatement200TextCsvResponse{Body: &file, ContentLength: int64(file.Len())}, nil
}

func statementOf(a *store.Account, today calendar.Date) Statement {
	out := Statement{
		CustomerID: a.Customer.ID, CustomerNumber: a.Customer.Number, Date: today, Items: []StatementItem{}, Entries: []StatementEntry{},
		Credit: each(collection.Credit(a.Entries), func(m money.Amount) Money { return moneyOf(m.Minor, m.Currency) }),
	}
	numbers := map[uuid.UUID]string{}
	for i := range a.Invoices {
		in := &a.Invoices[i]
		numbers[in.ID] = in.Number
		var interest, costs int64
		for j := range a.Entries {
			e := &a.Entries[j]
			switch {
			case e.InvoiceID == nil || *e.InvoiceID != in.ID || !e.IsClaim():
			case e.Bucket == "interest":
				interest += e.AmountMinor
			default:
				costs += e.AmountMinor
			}
		}
		out.Items = append(out.Items, StatementItem{
			InvoiceID: in.ID, Number: in.Number, PurchaseOrder: in.PurchaseOrder, IssueDate: in.IssueDate, DueDate: in.DueDate,
			Amount: moneyOf(in.AmountMinor, in.Currency), Open: moneyOf(in.OpenMinor, in.Currency),
			OverdueDays: overdueDays(in.DueDate, today, in.ClosedOutcome != nil), Disputed: slices.Contains(a.Disputed, in.ID),
			Interest: moneyOf(interest, in.Currency), Costs: moneyOf(costs, in.Currency),
		})
	}
	for _, e := range a.Entries {
		line := StatementEntry{
			ValueDate: e.ValueDate, Kind: e.Kind, Bucket: e.Bucket, Reference: e.Reference, Amount: moneyOf(e.AmountMinor, e.Currency),
		}
		if e.InvoiceID != nil {
			line.Invoice = numbers[*e.InvoiceID]
		}
		out.Entries = append(out.Entries, line)
	}
	return out
}

// balancesOf adds up the entries by bucket.
func balancesOf(entries []store.LedgerEntry, currency money.Currency) LedgerBalances {
	sums := map[string]int64{}
	for _, e := range entries {
		sums[e.Bucket] += e.AmountMinor
	}
	return LedgerBalances{
		Principal: moneyOf(sums["principal"], currency), Interest: moneyOf(sums["interest"], currency), Cost: moneyOf(sums["cost"], currency),
	}
}

package api

import (
	"context"

	"github.com/google/uuid"

	"maan/internal/cash"
	"maan/internal/money"
	"maan/internal/reference"
	"maan/internal/store"
)

const standardReturnFee = 1500

// bankSettings are the settings of a request, with the standard ones where it is silent.
func bankSettings(in *CreditorInput) store.BankSettings {
	b := store.BankSettings{
		AutoKnownAccount: in.AutoKnownAccount, OldestFirst: in.OldestFirst, RoundingToleranceMinor: in.RoundingToleranceMinor,
		MaxReturnFeeMinor: standardReturnFee, FreshPaymentsRequired: in.FreshPaymentsRequired, BankAccounts: in.BankAccounts,
	}
	if in.MaxReturnFeeMinor != nil {
		b.MaxReturnFeeMinor = *in.MaxReturnFeeMinor
	}
	return b
}

// showBankSettings writes them into the answer.
func (c *Creditor) showBankSettings(b store.BankSettings) {
	c.AutoKnownAccount, c.OldestFirst, c.RoundingToleranceMinor = b.AutoKnownAccount, b.OldestFirst, b.RoundingToleranceMinor
	c.MaxReturnFeeMinor, c.FreshPaymentsRequired, c.BankAccounts = b.MaxReturnFeeMinor, b.FreshPaymentsRequired, b.BankAccounts
}

// accounts checks a list of IBANs and brings them into their canonical form.
func (f *faults) accounts(field string, list []string) {
	for i, given := range list {
		iban, err := reference.CheckIBAN(given)
		if err != nil {
			f.add(field+"."+itoa(int64(i)), "invalid_iban", "%s", err.Error())
			continue
		}
		list[i] = iban
	}
}

// ListBankStatements lists statements, newest first.
func (s *server) ListBankStatements(ctx context.Context, r ListBankStatementsRequestObject) (ListBankStatementsResponseObject, error) {
	who, in := callerOf(ctx), r.Params
	if err := who.mayNarrow(in.Creditor); err != nil {
		return nil, err
	}
	p, err := page(in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.FindStatements(ctx, who.scope, in.Creditor, p)
	if err != nil {
		return nil, err
	}
	rows, next := cut(rows, in.Limit, func(b *store.BankStatement) uuid.UUID { return b.ID })
	return ListBankStatements200JSONResponse{Items: each(rows, bankStatementOf), NextCursor: next}, nil
}

func bankStatementOf(b store.BankStatement) BankStatement {
	return BankStatement{
		ID: b.ID, Creditor: b.CreditorID, ImportID: b.UploadID, Account: b.Account, StatementID: b.StatementID, Sequence: b.Sequence,
		Currency: string(b.Currency), Check: b.CheckResult, CoversUntil: b.CoversUntil, Entries: b.Entries, At: b.BusinessAt,
	}
}

// ListBankEntries lists movements, oldest first.
func (s *server) ListBankEntries(ctx context.Context, r ListBankEntriesRequestObject) (ListBankEntriesResponseObject, error) {
	who, in := callerOf(ctx), r.Params
	if err := who.mayNarrow(in.Creditor); err != nil {
		return nil, err
	}
	p, err := page(in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.FindEntries(ctx, who.scope, store.EntryFilter{Creditor: in.Creditor, Customer: in.Customer, Status: in.Status}, p)
	if err != nil {
		return nil, err
	}
	rows, next := cut(rows, in.Limit, func(e *store.BankEntry) uuid.UUID { return e.ID })
	items := make([]BankEntry, 0, len(rows))
	for _, e := range rows {
		item, err := s.bankEntry(ctx, e)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return ListBankEntries200JSONResponse{Items: items, NextCursor: next}, nil
}

// GetBankEntry reads one movement with what the payer wrote.
func (s *server) GetBankEntry(ctx context.Context, r GetBankEntryRequestObject) (GetBankEntryResponseObject, error) {
	row, err := s.store.FindEntry(ctx, callerOf(ctx).scope, r.ID)
	if err != nil {
		return nil, err
	}
	entry, err := s.bankEntry(ctx, row)
	if err != nil {
		return nil, err
	}
	text, err := s.store.EntryText(ctx, r.ID)
	return GetBankEntry200JSONResponse{
		Entry: entry, PayerName: text.PayerName, PayerAccount: text.PayerAccount, EndToEndID: text.EndToEndID, Text: text.Text,
	}, err
}

// AllocateBankEntry books a movement as a person decided.
func (s *server) AllocateBankEntry(ctx context.Context, r AllocateBankEntryRequestObject) (AllocateBankEntryResponseObject, error) {
	who := callerOf(ctx)
	row, err := s.store.FindEntry(ctx, who.scope, r.ID)
	if err != nil {
		return nil, err
	}
	d := cash.Decision{CustomerID: r.Body.CustomerID}
	var bad faults
	for i, p := range r.Body.Parts {
		field := "parts." + itoa(int64(i)) + ".amount"
		amount := bad.amount(field, p.Amount)
		if amount.Currency != "" && amount.Currency != row.Currency {
			bad.add(field, "other_currency", "the movement is in %s; give the part in it", row.Currency)
		}
		d.Parts = append(d.Parts, cash.Part{InvoiceID: p.InvoiceID, Minor: amount.Minor})
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	row, err = s.cash.Allocate(ctx, who.scope, who.now, who.actor, r.ID, d)
	if err != nil {
		return nil, err
	}
	entry, err := s.bankEntry(ctx, row)
	return AllocateBankEntry200JSONResponse(entry), err
}

// IgnoreBankEntry says that a movement is none of the creditor's claims.
func (s *server) IgnoreBankEntry(ctx context.Context, r IgnoreBankEntryRequestObject) (IgnoreBankEntryResponseObject, error) {
	who := callerOf(ctx)
	row, err := s.cash.Ignore(ctx, who.scope, who.now, who.actor, r.ID)
	if err != nil {
		return nil, err
	}
	entry, err := s.bankEntry(ctx, row)
	return IgnoreBankEntry200JSONResponse(entry), err
}

func (s *server) bankEntry(ctx context.Context, e store.BankEntry) (BankEntry, error) {
	items, err := s.store.EntryItems(ctx, e.ID)
	return BankEntry{
		ID: e.ID, Creditor: e.CreditorID, StatementID: e.StatementID, Amount: moneyOf(e.AmountMinor, e.Currency), BookingDate: e.BookingDate,
		ValueDate: e.ValueDate, Status: e.Status, Rule: e.Rule, Reasons: e.Reasons, Flags: e.Flags,
		Evidence: each(e.Evidence, func(v store.BankEvidence) BankEvidence {
			return BankEvidence{Code: v.Code, Item: v.Item, Number: v.Number}
		}),
		CustomerID: e.CustomerID, Credit: moneyIf(e.CreditMinor, e.Currency), Fee: moneyIf(e.FeeMinor, e.Currency), ReturnOf: e.ReturnOf,
		Parts: each(items, func(i store.BankEntryItem) BankEntryPart {
			return BankEntryPart{
				InvoiceID: i.InvoiceID, CreditNoteID: i.CreditNoteID, Amount: moneyOf(i.AmountMinor, e.Currency),
				Discount: moneyIf(i.DiscountMinor, e.Currency), Rounding: moneyIf(i.RoundingMinor, e.Currency),
			}
		}),
		DecidedBy: e.DecidedBy, DecidedAt: e.DecidedAt,
	}, err
}

// moneyIf is an amount that is left out when it is zero.
func moneyIf(minor int64, c money.Currency) *Money {
	if minor == 0 {
		return nil
	}
	m := moneyOf(minor, c)
	return &m
}

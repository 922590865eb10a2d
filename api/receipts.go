package api

import (
	"context"

	"github.com/google/uuid"

	"maan/internal/collection"
	"maan/internal/store"
)

// RecordPayment books money that came in.
func (s *server) RecordPayment(ctx context.Context, r RecordPaymentRequestObject) (RecordPaymentResponseObject, error) {
	in := r.Body
	var bad faults
	receipt := collection.Receipt{Kind: collection.EntryPayment, ExternalID: in.Reference, Amount: bad.amount("amount", in.Amount), On: in.ValueDate}
	if in.Charges != nil {
		receipt.Charges = bad.amount("charges", *in.Charges)
	}
	done, change, err := s.receive(ctx, r.ID, receipt, bad)
	if done.Existed {
		return RecordPayment200JSONResponse(change), err
	}
	return RecordPayment201JSONResponse(change), err
}

// RecordCreditNote reduces an invoice.
func (s *server) RecordCreditNote(ctx context.Context, r RecordCreditNoteRequestObject) (RecordCreditNoteResponseObject, error) {
	in := r.Body
	var bad faults
	receipt := collection.Receipt{Kind: collection.EntryCreditNote, ExternalID: in.Number, Amount: bad.amount("amount", in.Amount), On: in.IssueDate}
	done, change, err := s.receive(ctx, r.ID, receipt, bad)
	if done.Existed {
		return RecordCreditNote200JSONResponse(change), err
	}
	return RecordCreditNote201JSONResponse(change), err
}

func (s *server) receive(ctx context.Context, invoice uuid.UUID, receipt collection.Receipt, bad faults) (collection.Done, Change, error) {
	who := callerOf(ctx)
	if _, err := s.store.InvoiceRow(ctx, who.scope, invoice); err != nil { // another creditor's invoice is 404 whatever the body says
		return collection.Done{}, Change{}, err
	}
	if receipt.On.After(who.today().AddDays(1)) {
		bad.add("value_date", "future", "give a day that has come")
	}
	if err := bad.err(); err != nil {
		return collection.Done{}, Change{}, err
	}
	done, err := s.service.Receive(ctx, who.scope, who.now, who.actor, invoice, receipt)
	change, err := s.laterChange(ctx, done, err)
	return done, change, err
}

// ReversePayment takes a payment or credit note back.
func (s *server) ReversePayment(ctx context.Context, r ReversePaymentRequestObject) (ReversePaymentResponseObject, error) {
	who := callerOf(ctx)
	done, err := s.service.Reverse(ctx, who.scope, who.now, who.actor, r.ID, r.Body.Reason)
	change, err := s.toldChange(ctx, done, err)
	return ReversePayment200JSONResponse(change), err
}

// WriteOffInvoice gives up what is open.
func (s *server) WriteOffInvoice(ctx context.Context, r WriteOffInvoiceRequestObject) (WriteOffInvoiceResponseObject, error) {
	who := callerOf(ctx)
	done, err := s.service.WriteOff(ctx, who.scope, who.now, who.actor, r.ID, r.Body.Reason)
	change, err := s.toldChange(ctx, done, err)
	return WriteOffInvoice200JSONResponse(change), err
}

// GetInvoiceLedger lists the entries of an invoice.
func (s *server) GetInvoiceLedger(ctx context.Context, r GetInvoiceLedgerRequestObject) (GetInvoiceLedgerResponseObject, error) {
	row, err := s.store.InvoiceRow(ctx, callerOf(ctx).scope, r.ID)
	if err != nil {
		return nil, err
	}
	entries, receipts, err := s.store.LedgerOf(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	return GetInvoiceLedger200JSONResponse{
		InvoiceID: row.ID, Amount: moneyOf(row.AmountMinor, row.Currency), Open: moneyOf(row.OpenMinor, row.Currency),
		Balances: balancesOf(entries, row.Currency), Entries: each(entries, entryOf), Receipts: each(receipts, receiptOf),
	}, nil
}

func entryOf(e store.LedgerEntry) LedgerEntry {
	return LedgerEntry{
		ID: e.ID, Seq: e.Seq, Kind: e.Kind, Bucket: e.Bucket, Amount: moneyOf(e.AmountMinor, e.Currency), ValueDate: e.ValueDate, ReceiptID: e.ReceiptID,
		Reference: e.Reference, Reverses: e.Reverses, Actor: e.Actor, At: e.BusinessAt,
	}
}

func receiptOf(r store.Receipt) Receipt {
	return Receipt{
		ID: r.ID, Kind: r.Kind, Reference: r.ExternalID, Amount: moneyOf(r.AmountMinor, r.Currency), ValueDate: r.ValueDate, Status: r.Status,
	}
}

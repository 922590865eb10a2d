package collection

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/store"
)

// Receipt is money, or a credit note, that came in for an invoice.
type Receipt struct {
	Kind       string       // EntryPayment or EntryCreditNote
	ExternalID string       // the payer's or the bank's reference; the same one twice is the same receipt
	Amount     money.Amount // what came in
	Charges    money.Amount // what a bank kept of it, if known
	On         calendar.Date
	// Discount and Rounding close the invoice together with the amount, without being paid.
	Discount money.Amount
	Rounding money.Amount
	// BankEntryID is the movement on the bank account that it is part of.
	BankEntryID *uuid.UUID
}

func (r *Receipt) check() error {
	var bad faults
	if l := len(r.ExternalID); l == 0 || l > 140 || !printable(r.ExternalID) {
		bad.add("reference", "missing", "give the receipt's own reference, 1 to 140 characters, so that it counts once")
	}
	if !r.Amount.IsPositive() {
		bad.add("amount", "not_positive", "a receipt is for more than zero; to take one back, reverse it")
	}
	if r.Charges.Minor < 0 || (r.Charges.Minor > 0 && r.Charges.Currency != r.Amount.Currency) {
		bad.add("charges", "invalid", "bank charges are zero or more, in the currency of the amount")
	}
	if r.On.IsZero() {
		bad.add("value_date", "missing", "say on which day the money was there, as 2026-11-23")
	}
	return bad.err()
}

func (r *Receipt) hash(invoiceID uuid.UUID) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%s|%d|%s|%d|%s", r.Kind, invoiceID, r.ExternalID, r.Amount.Minor, r.Amount.Currency,
		r.Charges.Minor, r.On))
	return hex.EncodeToString(sum[:])
}

// Receive books a payment or a credit note. What exceeds the balance becomes the
// customer's credit. Another currency is not booked: a person is asked and the case is
// held. A small rest is not chased either: a person is asked whether to write it off.
func (s *Service) Receive(ctx context.Context, scope store.Scope, now time.Time, actor Actor, invoiceID uuid.UUID, r Receipt) (Done, error) {
	if err := r.check(); err != nil {
		return Done{}, err
	}
	return s.change(ctx, invoiceID, scope, now, actor, func(ctx context.Context, f *caseFile) (Done, error) {
		known, err := f.tx.ReceiptByReference(ctx, f.Creditor.ID, r.Kind, r.ExternalID)
		if err != nil {
			return Done{}, err
		}
		if known != nil {
			return f.sameReceipt(known, r)
		}
		return f.receive(ctx, r)
	})
}

func (f *caseFile) sameReceipt(known *store.Receipt, r Receipt) (Done, error) {
	if known.ContentHash != r.hash(f.Invoice.ID) {
		return Done{}, Refuse(Conflict, "reference", "reference_taken",
			"a %s with this reference exists with another amount, date or invoice", known.Kind)
	}
	return Done{InvoiceID: f.Invoice.ID, ID: known.ID, Existed: true, Open: f.Invoice.OpenMinor}, nil
}

// receiptRow is a receipt for the case's invoice, as it is kept.
func (f *caseFile) receiptRow(r Receipt) store.Receipt {
	return store.Receipt{
		ID: store.NewID(), CreditorID: f.Creditor.ID, CustomerID: f.Customer.ID, InvoiceID: &f.Invoice.ID, Kind: r.Kind,
		ExternalID: r.ExternalID, AmountMinor: r.Amount.Minor, ChargesMinor: r.Charges.Minor, Currency: r.Amount.Currency,
		ValueDate: r.On, Status: "booked", ContentHash: r.hash(f.Invoice.ID), Actor: string(f.actor), BusinessAt: f.now,
		BankEntryID: r.BankEntryID,
	}
}

func receiptStory(r *store.Receipt) map[string]any {
	return map[string]any{
		"receipt_id": r.ID.String(), "kind": r.Kind, "amount_minor": r.AmountMinor, "currency": string(r.Currency), "on": r.ValueDate.String(),
		"status": r.Status,
	}
}

func (f *caseFile) receive(ctx context.Context, r Receipt) (Done, error) {
	row := f.receiptRow(r)
	foreign := r.Amount.Currency != f.Invoice.Currency
	if foreign {
		row.Status = "review"
	}
	if err := f.tx.InsertReceipt(ctx, row); err != nil {
		return Done{}, err
	}
	f.event("receipt", receiptStory(&row))
	f.tell(messageOfReceipt(r.Kind), false)
	if foreign {
		task, err := f.askFinance(ctx, TaskPaymentReview, "other_currency")
		return Done{ID: row.ID, TaskID: task}, err
	}
	if err := f.allow(ctx, r, row.ID); err != nil {
		return Done{}, err
	}
	task, err := f.allocate(ctx, row)
	return Done{ID: row.ID, TaskID: task}, err
}

// allow books what closes the invoice without being paid. It comes before the payment, so
// that the payment closes the case.
func (f *caseFile) allow(ctx context.Context, r Receipt, receipt uuid.UUID) error {
	for kind, amount := range map[string]money.Amount{EntryDiscount: r.Discount, EntryRounding: r.Rounding} {
		minor := min(amount.Minor, f.Invoice.OpenMinor-r.Amount.Minor) // never more than is left of it by now
		if minor <= 0 {
			continue
		}
		if err := f.book(ctx, entry{kind: kind, amount: -minor, on: r.On, receipt: &receipt, reference: r.ExternalID}); err != nil {
			return err
		}
	}
	return nil
}

func messageOfReceipt(kind string) string {
	if kind == EntryCreditNote {
		return MessageCreditNote
	}
	return MessagePayment
}

// allocate books a receipt on the invoice and its claims, and the rest as the customer's credit.
func (f *caseFile) allocate(ctx context.Context, r store.Receipt) (task *uuid.UUID, err error) {
	paid, err := f.partsOf(ctx, r)
	if err != nil {
		return nil, err
	}
	onInvoice := paid.principal
	if onInvoice > 0 {
		if err := f.book(ctx, entry{kind: r.Kind, amount: -onInvoice, on: r.ValueDate, receipt: &r.ID, reference: r.ExternalID}); err != nil {
			return nil, err
		}
	}
	if err := f.payClaims(ctx, r, paid); err != nil {
		return nil, err
	}
	if rest := r.AmountMinor - paid.sum(); rest > 0 {
		e := entry{kind: EntryCredit, amount: -rest, on: r.ValueDate, receipt: &r.ID, reference: r.ExternalID, customer: true}
		if err := f.book(ctx, e); err != nil {
			return nil, err
		}
		if task, err = f.task(ctx, newTask{kind: TaskCreditReview, role: dunning.RoleFinance, reason: "unallocated_credit"}); err != nil {
			return nil, err
		}
		if err := f.tellCustomer(ctx); err != nil {
			return nil, err
		}
	}
	if onInvoice == 0 {
		return task, nil
	}
	if f.Invoice.OpenMinor == 0 {
		return task, f.close(ctx, outcomeOf(r.Kind))
	}
	if f.Invoice.OpenMinor <= f.Creditor.SmallBalanceMinor || r.ChargesMinor >= f.Invoice.OpenMinor {
		return f.askFinance(ctx, TaskSmallBalance, smallBalance)
	}
	if f.Invoice.HandedOffAt != nil {
		return f.task(ctx, newTask{kind: TaskTellAgency, role: dunning.RoleFinance, reason: "partial_payment"})
	}
	return task, nil
}

func outcomeOf(kind string) dunning.Reason {
	switch kind {
	case EntryCreditNote:
		return dunning.ReasonCredited
	case EntryWriteOff:
		return dunning.ReasonWrittenOff
	default:
		return dunning.ReasonPaid
	}
}

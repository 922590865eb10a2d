package collection

import (
	"context"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/store"
)

// Kinds of ledger entries. Stored: never rename.
const (
	EntryInvoice    = "invoice"
	EntryPayment    = "payment"
	EntryCreditNote = "credit_note"
	EntryWriteOff   = "write_off"
	EntryCredit     = "unallocated_credit"
	EntryReversal   = "reversal"
	EntryDiscount   = "discount" // a cash discount that was taken in time
	EntryRounding   = "rounding" // a cent or two that nobody asks for
	EntryCost       = "cost"
	EntryAdjustment = "adjustment" // the creditor's books hold more open than was known here
)

// entry is a line to book: what the customer owes more (positive) or less (negative).
type entry struct {
	kind      string
	amount    int64
	on        calendar.Date
	receipt   *uuid.UUID
	reference string
	reverses  *uuid.UUID
	customer  bool   // the customer's credit, not the invoice's balance
	bucket    string // empty: principal
}

// line is an entry as a row of the ledger and of the case's history.
func (f *caseFile) line(e entry) store.LedgerEntry {
	row := store.LedgerEntry{
		ID: store.NewID(), CreditorID: f.Creditor.ID, CustomerID: f.Customer.ID, Kind: e.kind, AmountMinor: e.amount,
		Currency: f.Invoice.Currency, ValueDate: e.on, ReceiptID: e.receipt, Reference: e.reference, Reverses: e.reverses,
		Actor: string(f.actor), BusinessAt: f.now, Bucket: e.bucket,
	}
	if !e.customer {
		f.Invoice.LedgerSeq++
		row.InvoiceID, row.Seq = &f.Invoice.ID, f.Invoice.LedgerSeq
	}
	f.event("booked", map[string]any{"entry_id": row.ID.String(), "kind": e.kind, "amount_minor": e.amount, "customer_credit": e.customer})
	return row
}

// book appends an entry to the ledger and keeps the balance.
func (f *caseFile) book(ctx context.Context, e entry) error {
	if err := f.tx.InsertLedgerEntry(ctx, f.line(e)); err != nil {
		return err
	}
	if e.customer {
		return nil
	}
	balance, err := f.tx.Balance(ctx, f.Invoice.ID)
	if err != nil {
		return err
	}
	f.Invoice.OpenMinor = balance
	return nil
}

// smallBalance is the reason of the hold while finance decides about a small rest.
const smallBalance = "small_balance"

// askFinance puts a question to finance and holds the case until it is answered.
func (f *caseFile) askFinance(ctx context.Context, kind, reason string) (*uuid.UUID, error) {
	if err := f.hold(ctx, HoldRequest{Reason: reason}); err != nil {
		return nil, err
	}
	return f.task(ctx, newTask{kind: kind, role: dunning.RoleFinance, reason: reason})
}

// close ends the run: the balance is zero.
func (f *caseFile) close(ctx context.Context, outcome dunning.Reason) error {
	if f.Invoice.ClosedOutcome != nil {
		return nil
	}
	f.Invoice.ClosedOutcome = &outcome
	if err := f.tx.CloseRun(ctx, f.Invoice.ID, f.Invoice.CurrentRun, f.now, outcome); err != nil {
		return err
	}
	if err := f.settlePromise(ctx); err != nil {
		return err
	}
	f.write(store.LapseTaskItems(f.Invoice.ID, mootWhenClosed, "", f.now, "closed"))
	for _, reason := range []string{smallBalance, paidSaysHold, erpRaised} { // the questions behind these holds are answered
		if err := f.releaseHolds(ctx, reason); err != nil {
			return err
		}
	}
	if f.Invoice.HandedOffAt != nil && f.Invoice.RecalledAt == nil {
		if _, err := f.task(ctx, newTask{kind: TaskTellAgency, role: dunning.RoleFinance, reason: "paid_after_hand_off"}); err != nil {
			return err
		}
	}
	if err := f.settleClaims(ctx, outcome); err != nil {
		return err
	}
	f.event("closed", map[string]any{"outcome": string(outcome), "run": f.Invoice.CurrentRun})
	return nil
}

// CreditCustomer books money or a credit note that is for no invoice as the customer's
// credit. Its cases read that account, so they are silent from the moment it covers what is
// overdue.
func (s *Service) CreditCustomer(ctx context.Context, scope store.Scope, now time.Time, actor Actor, customerID uuid.UUID, r Receipt) (Done, error) {
	if err := r.check(); err != nil {
		return Done{}, err
	}
	var done Done
	_, err := s.changeCustomer(ctx, scope, now, actor, customerID, MessageCreditChanged,
		func(ctx context.Context, tx *store.Tx, cu *store.Customer) error {
			known, err := tx.ReceiptByReference(ctx, cu.CreditorID, r.Kind, r.ExternalID)
			if err != nil {
				return err
			}
			if known != nil {
				done, err = sameCredit(known, customerID, r)
				return err
			}
			row := store.Receipt{
				ID: store.NewID(), CreditorID: cu.CreditorID, CustomerID: cu.ID, Kind: r.Kind, ExternalID: r.ExternalID, AmountMinor: r.Amount.Minor,
				Currency: r.Amount.Currency, ValueDate: r.On, Status: "booked", ContentHash: r.hash(customerID), Actor: string(actor),
				BusinessAt: now.UTC().Truncate(time.Millisecond), BankEntryID: r.BankEntryID,
			}
			if err := tx.InsertReceipt(ctx, row); err != nil {
				return err
			}
			done = Done{ID: row.ID}
			return tx.InsertLedgerEntry(ctx, store.LedgerEntry{
				ID: store.NewID(), CreditorID: cu.CreditorID, CustomerID: cu.ID, Kind: EntryCredit, AmountMinor: -r.Amount.Minor,
				Currency: r.Amount.Currency, ValueDate: r.On, ReceiptID: &row.ID, Reference: r.ExternalID, Actor: string(actor), BusinessAt: row.BusinessAt,
			})
		},
		func(f *caseFile) { f.unwait(dunning.ReasonCreditCovers) })
	return done, err
}

func sameCredit(known *store.Receipt, customerID uuid.UUID, r Receipt) (Done, error) {
	if known.ContentHash != r.hash(customerID) {
		return Done{}, Refuse(Conflict, "number", "reference_taken", "a %s with this number exists with another amount, date or invoice", known.Kind)
	}
	done := Done{ID: known.ID, Existed: true}
	if known.InvoiceID != nil {
		done.InvoiceID = *known.InvoiceID
	}
	return done, nil
}

// UseCredit pays an invoice with what a receipt left as the customer's credit: a credit note
// that the customer deducted. It books at most what is left of the credit and open on the
// invoice, and answers that amount. The reference makes it count once.
func (s *Service) UseCredit(ctx context.Context, scope store.Scope, now time.Time, actor Actor, invoiceID, creditID uuid.UUID, amount money.Amount,
	reference string,
) (used int64, err error) {
	_, err = s.change(ctx, invoiceID, scope, now, actor, func(ctx context.Context, f *caseFile) (Done, error) {
		left, done, err := f.tx.CreditLeft(ctx, creditID, f.Customer.ID, f.Invoice.Currency, reference)
		if err != nil || done != 0 {
			used = done
			return Done{Existed: true}, err
		}
		used = min(amount.Minor, left, f.Invoice.OpenMinor)
		if used <= 0 {
			return Done{}, Refuse(Conflict, "credit", "nothing_left", "nothing is left of the credit, or nothing is open on the invoice")
		}
		back := entry{kind: EntryCredit, amount: used, on: f.today(), receipt: &creditID, reference: reference, customer: true}
		if err := f.book(ctx, back); err != nil {
			return Done{}, err
		}
		if err := f.book(ctx, entry{kind: EntryCreditNote, amount: -used, on: f.today(), receipt: &creditID, reference: reference}); err != nil {
			return Done{}, err
		}
		f.tell(MessageCreditNote, false)
		if f.Invoice.OpenMinor == 0 {
			return Done{}, f.close(ctx, dunning.ReasonCredited)
		}
		return Done{}, nil
	})
	return used, err
}

// AddCost books what collecting the invoice cost, such as the bank's fee for a returned
// debit: an item of its own that never keeps a paid invoice open and bears no interest.
func (s *Service) AddCost(ctx context.Context, scope store.Scope, now time.Time, actor Actor, invoiceID uuid.UUID, amount money.Amount, on calendar.Date,
	reference string,
) error {
	_, err := s.change(ctx, invoiceID, scope, now, actor, func(ctx context.Context, f *caseFile) (Done, error) {
		known, err := f.tx.HasEntry(ctx, f.Invoice.ID, EntryCost, reference)
		if err != nil || known {
			return Done{Existed: true}, err
		}
		f.dirty = false
		return Done{}, f.book(ctx, entry{kind: EntryCost, amount: amount.Minor, on: on, reference: reference, bucket: bucketCost})
	})
	return err
}

// bucketCost holds costs apart from the principal. Stored: never rename.
const bucketCost = "cost"

// WriteOff closes what is still open by a decision of finance.
func (s *Service) WriteOff(ctx context.Context, scope store.Scope, now time.Time, actor Actor, invoiceID uuid.UUID, reason string) (Done, error) {
	return s.change(ctx, invoiceID, scope, now, actor, func(ctx context.Context, f *caseFile) (Done, error) {
		if err := f.mustBeOpen("a write-off"); err != nil {
			return Done{}, err
		}
		f.tell(MessageWriteOff, true)
		if err := f.book(ctx, entry{kind: EntryWriteOff, amount: -f.Invoice.OpenMinor, on: f.today(), reference: reason}); err != nil {
			return Done{}, err
		}
		return Done{}, f.close(ctx, dunning.ReasonWrittenOff)
	})
}

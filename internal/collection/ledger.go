package collection

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
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

// Reverse takes a receipt back, for instance when a direct debit is returned. A closed
// invoice opens again as a new run that keeps its due date and skips the courtesies.
func (s *Service) Reverse(ctx context.Context, scope store.Scope, now time.Time, actor Actor, receiptID uuid.UUID, reason string) (Done, error) {
	invoiceID, err := s.store.ReceiptInvoice(ctx, receiptID)
	if err != nil {
		return Done{}, err
	}
	return s.change(ctx, invoiceID, scope, now, actor, func(ctx context.Context, f *caseFile) (Done, error) {
		status, err := f.tx.LockReceipt(ctx, receiptID)
		if err != nil {
			return Done{}, err
		}
		switch status {
		case "reversed":
			return Done{InvoiceID: invoiceID, ID: receiptID, Existed: true, Open: f.Invoice.OpenMinor}, nil
		case "review":
			return Done{}, Refuse(Conflict, "", "not_booked", "the receipt is not booked yet: finance is looking at it")
		}
		return Done{ID: receiptID}, f.reverse(ctx, receiptID, reason)
	})
}

func (f *caseFile) reverse(ctx context.Context, receiptID uuid.UUID, reason string) error {
	entries, err := f.tx.EntriesOfReceipt(ctx, receiptID)
	if err != nil {
		return err
	}
	for _, e := range entries {
		back := entry{
			kind: EntryReversal, amount: -e.AmountMinor, on: f.today(), receipt: &receiptID, reverses: &e.ID, customer: e.InvoiceID == nil,
			bucket: e.Bucket,
		}
		if err := f.book(ctx, back); err != nil {
			return err
		}
	}
	if err := f.tx.MarkReceiptReversed(ctx, receiptID); err != nil {
		return err
	}
	if slices.ContainsFunc(entries, func(e store.LedgerEntry) bool { return e.InvoiceID == nil }) {
		if err := f.tellCustomer(ctx); err != nil {
			return err
		}
	}
	f.event("receipt_reversed", map[string]any{"receipt_id": receiptID.String(), "reason": reason})
	if f.Invoice.ClosedOutcome == nil || f.Invoice.OpenMinor <= 0 {
		f.tell(MessagePaymentReversed, true)
		return nil
	}
	return f.reopen(ctx)
}

// reopen begins a new run. The due date stays; what was sent stays sent, and what is to
// be sent again gets a new occurrence.
func (f *caseFile) reopen(ctx context.Context) error {
	f.Invoice.CurrentRun++
	f.Invoice.ClosedOutcome, f.Invoice.PauseEndedOn = nil, nil
	f.Invoice.HandedOffAt, f.Invoice.RecalledAt = nil, nil
	f.Run = store.Run{
		InvoiceID: f.Invoice.ID, RunNo: f.Invoice.CurrentRun, Reason: "reopened", OpenedAt: f.now,
		WorkflowID: WorkflowID(f.Creditor.ID, f.Invoice.Number, f.Invoice.CurrentRun),
	}
	if err := f.tx.InsertRun(ctx, f.Run); err != nil {
		return err
	}
	occurrences, err := f.tx.Occurrences(ctx, f.Invoice.ID)
	if err != nil {
		return err
	}
	f.Steps = f.reopenedSteps(occurrences)
	f.endClaimTask()
	f.event("reopened", map[string]any{"run": f.Invoice.CurrentRun})
	f.tell(MessageStart, false)
	return nil
}

// reopenedSteps are the rows of a new run: the invoice and the courtesy are left out,
// whatever was sent before may be sent again as a new occurrence.
func (f *caseFile) reopenedSteps(sent map[dunning.StepID]int) []store.PlanStep {
	var steps []store.PlanStep
	today, now := f.today(), f.now
	for _, p := range f.Policy.Steps {
		row := store.PlanStep{
			InvoiceID: f.Invoice.ID, RunNo: f.Invoice.CurrentRun, Step: p.ID, Position: f.position(p.ID), Stage: p.Stage, Action: p.Do,
			Occurrence: sent[p.ID] + 1, State: store.StepPending,
		}
		if p.Do == dunning.DoSendInvoice || p.Stage == dunning.StageCourtesyCall {
			row.State, row.Reason, row.DoneAt, row.DoneOn = store.StepSkipped, dunning.ReasonNotApplicable, &now, &today
			row.Occurrence = max(1, sent[p.ID])
		}
		steps = append(steps, row)
		f.changed[p.ID] = true
	}
	return steps
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

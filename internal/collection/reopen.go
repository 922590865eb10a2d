package collection

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/store"
)

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
		if e.InvoiceID != nil && *e.InvoiceID != f.Invoice.ID {
			return Refuse(Conflict, "", "credit_used", "what this receipt left over has paid another invoice since, so it cannot be taken back as a whole: bill the amount with a new invoice")
		}
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
// be sent again gets a new occurrence. The new run recalls nothing of an earlier one: an
// agency that still has the case is finance's to tell.
func (f *caseFile) reopen(ctx context.Context) error {
	atAgency := f.Invoice.HandedOffAt != nil && f.Invoice.RecalledAt == nil
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
	if atAgency {
		_, err = f.task(ctx, newTask{kind: TaskTellAgency, role: dunning.RoleFinance, reason: "reopened"})
	}
	return err
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

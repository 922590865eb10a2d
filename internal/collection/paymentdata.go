package collection

import (
	"context"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/store"
)

// askForPayments tells finance that reminders wait for payment data: one task for the
// creditor, however many cases wait.
func (a *acting) askForPayments(ctx context.Context) error {
	open, err := a.tx.CreditorHasTask(ctx, a.Creditor.ID, TaskPaymentData)
	if err != nil || open {
		return err
	}
	_, err = a.task(ctx, newTask{kind: TaskPaymentData, role: dunning.RoleFinance, reason: string(dunning.ReasonBankDataStale)})
	return err
}

// PaymentsKnown says that a statement or an open-items file covers the days up to one, and
// wakes the cases that waited for it. It answers how many it told.
func (s *Service) PaymentsKnown(ctx context.Context, now time.Time, actor Actor, creditor string, until calendar.Date) (told int, err error) {
	moved, err := s.store.SetPaymentsKnown(ctx, creditor, until, now)
	if err != nil || !moved {
		return 0, err
	}
	cases, err := s.store.CasesWaitingFor(ctx, creditor, dunning.ReasonBankDataStale)
	if err != nil {
		return 0, err
	}
	for _, id := range cases {
		_, err := s.change(ctx, id, store.Everything, now, actor, func(_ context.Context, f *caseFile) (Done, error) {
			f.dirty = false
			if !f.paymentsStale() && f.waits(dunning.ReasonBankDataStale) {
				f.dirty = true
				f.unwait(dunning.ReasonBankDataStale)
				f.tell(MessagePaymentData, false)
				told++
			}
			return Done{}, nil
		})
		if err != nil {
			return told, err
		}
	}
	return told, nil
}

// CreditChanged tells a customer's cases that somebody decided about money that might have been
// for them.
func (s *Service) CreditChanged(ctx context.Context, now time.Time, actor Actor, customerID uuid.UUID) error {
	_, err := s.changeCustomer(ctx, store.Everything, now, actor, customerID, MessageCreditChanged,
		func(context.Context, *store.Tx, *store.Customer) error { return nil },
		func(f *caseFile) { f.unwait(dunning.ReasonCreditCovers) })
	return err
}

// ProposePayment notes, once, that money came in which may be for the invoice; a person decides.
func (s *Service) ProposePayment(ctx context.Context, now time.Time, actor Actor, invoiceID, entryID uuid.UUID, minor int64, rule string) error {
	_, err := s.change(ctx, invoiceID, store.Everything, now, actor, func(ctx context.Context, f *caseFile) (Done, error) {
		f.dirty = false
		noted, err := f.tx.Proposed(ctx, invoiceID, entryID)
		if err != nil || noted {
			return Done{}, err
		}
		f.event("allocation_proposed", map[string]any{"bank_entry_id": entryID.String(), "amount_minor": minor, "rule": rule})
		return Done{}, nil
	})
	return err
}

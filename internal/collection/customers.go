package collection

import (
	"context"
	"time"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/store"
)

// changeCustomer writes a fact about a customer and tells every open case of it, one
// message for each. It answers how many were told.
func (s *Service) changeCustomer(ctx context.Context, scope store.Scope, now time.Time, actor Actor, customerID uuid.UUID, message string,
	fact func(context.Context, *store.Tx, *store.Customer) error, each func(*caseFile),
) (told int, err error) {
	err = s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		customer, _, _, err := tx.LockCustomer(ctx, customerID)
		if err != nil {
			return err
		}
		if !scope.Covers(customer.CreditorID) {
			return store.ErrNotFound
		}
		if err := fact(ctx, tx, customer); err != nil {
			return err
		}
		told, err = s.tellOpenCases(ctx, tx, customerID, uuid.Nil, now, actor, message, each)
		return err
	})
	return told, err
}

// tellOpenCases applies a change to every open case of a customer but one. The
// customer is locked already.
func (s *Service) tellOpenCases(ctx context.Context, tx *store.Tx, customerID, except uuid.UUID, now time.Time, actor Actor, message string,
	each func(*caseFile),
) (int, error) {
	ids, err := tx.OpenInvoices(ctx, customerID)
	if err != nil {
		return 0, err
	}
	told := 0
	for _, id := range ids {
		if id == except {
			continue
		}
		f, err := s.open(ctx, tx, id, now, actor)
		if err != nil {
			return 0, err
		}
		f.tell(message, false)
		each(f)
		if _, err := f.save(); err != nil {
			return 0, err
		}
		told++
	}
	return told, nil
}

// tellCustomer tells the customer's other cases that its credit changed.
func (f *caseFile) tellCustomer(ctx context.Context) error {
	_, err := f.service.tellOpenCases(ctx, f.tx, f.Customer.ID, f.Invoice.ID, f.now, f.actor, MessageCreditChanged,
		func(o *caseFile) { o.unwait(dunning.ReasonCreditCovers) })
	return err
}

// PaymentRunChanged plans the open cases of a customer anew, whose payment run was recorded.
func (s *Service) PaymentRunChanged(ctx context.Context, scope store.Scope, now time.Time, actor Actor, customerID uuid.UUID) (int, error) {
	return s.changeCustomer(ctx, scope, now, actor, customerID, MessageReconciled,
		func(context.Context, *store.Tx, *store.Customer) error { return nil },
		func(f *caseFile) { f.event("payment_run_changed", nil) })
}

// MendContact changes a contact. A new address does again what failed for want of one:
// the newest failed message step gets another occurrence.
func (s *Service) MendContact(ctx context.Context, scope store.Scope, now time.Time, actor Actor, c store.Contact) (int, error) {
	if err := CheckContact(&c, ""); err != nil {
		return 0, err
	}
	return s.changeCustomer(ctx, scope, now, actor, c.CustomerID, MessageContactMended,
		func(ctx context.Context, tx *store.Tx, cu *store.Customer) error {
			if err := CheckContact(&c, cu.Country); err != nil {
				return err
			}
			if err := tx.SaveContact(ctx, c); err != nil {
				return err
			}
			return tx.CloseTasks(ctx, cu.ID, TaskMendContact, now, string(actor), "mended")
		},
		func(f *caseFile) { f.redoFailed() })
}

// redoFailed opens the newest step again if it failed for want of an address and
// nothing was done since.
func (f *caseFile) redoFailed() {
	for i := len(f.Steps) - 1; i >= 0; i-- {
		s := &f.Steps[i]
		if s.State == store.StepDone {
			return
		}
		if s.State != store.StepFailed {
			continue
		}
		switch s.Reason {
		case dunning.ReasonBounced, dunning.ReasonNoContact, dunning.ReasonRejected:
			f.redo(s, "contact_mended")
		default:
		}
		return
	}
}

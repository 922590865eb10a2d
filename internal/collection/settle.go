package collection

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/store"
)

// Report is what a provider says about a message, after its signature was checked: its
// kind is processed, deferred, delivered, bounced or complained, its code the provider's, never its text.
type Report = store.DeliveryReport

// SettleReports takes what providers say. Reports may come late, twice and in any
// order. Most are progress from which nothing follows. A failure sends the step elsewhere, or
// fails it with a task, and wakes the run; a complaint silences the channel.
func (s *Service) SettleReports(ctx context.Context, now time.Time, reports []Report) error {
	young := now.Add(-2 * s.settings.SendDeadline)
	others, err := s.store.ReportQuietly(ctx, reports, young)
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range others {
		if err := s.settleReport(ctx, now, young, r); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (s *Service) settleReport(ctx context.Context, now, young time.Time, r Report) error {
	return s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		quiet, err := tx.ReportDelivery(ctx, r, young) // locks the customer and the message; said twice it changes nothing
		if err != nil {
			return err
		}
		fresh, err := tx.InsertProviderEvent(ctx, r)
		if err != nil || !fresh {
			return err
		}
		if err := s.silenceFor(ctx, tx, now, r); err != nil || quiet {
			return err
		}
		items, err := tx.MessageItems(ctx, r.MessageID)
		if err != nil {
			return err
		}
		together := map[string]uuid.UUID{} // one task about all that the message was about
		for _, item := range items {
			f, err := s.open(ctx, tx, item.InvoiceID, now, ActorProvider)
			if err != nil {
				return err
			}
			f.together = together
			if err := f.reported(ctx, item, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// reported applies a report that matters to the step of one item.
func (f *caseFile) reported(ctx context.Context, item store.MessageItem, r Report) error {
	f.event("message_"+r.Kind, map[string]any{"message_id": r.MessageID.String(), "code": r.Code})
	row := f.step(item.Step)
	current := row != nil && row.Occurrence == item.Occurrence
	var err error
	switch {
	case r.Kind == "bounced":
		err = f.bounced(ctx, item, row, current)
	case current && row.State.Open():
		f.tell(MessageMessageSettled, false)
		err = f.arrived(ctx, row)
	case row != nil && row.Action == dunning.DoHandOff && row.State == store.StepSkipped && f.Invoice.ClosedOutcome != nil:
		f.dirty = false // the dossier left although the case closed first; nobody recalls it any more but a person
		_, err = f.task(ctx, newTask{kind: TaskTellAgency, role: dunning.RoleFinance, reason: "paid_after_hand_off"})
	default:
		f.dirty = false
	}
	if err != nil {
		return err
	}
	_, err = f.save()
	return err
}

// Sweep settles old messages of steps that are over, for nobody comes back for those, and
// takes tasks off the list whose time has run out. It answers how many messages it settled.
func (s *Service) Sweep(ctx context.Context, now time.Time) (int, error) {
	if err := s.store.LapseExpiredTasks(ctx, calendar.DateOf(now.UTC()), now); err != nil {
		return 0, err
	}
	return s.store.SweepMessages(ctx, now.Add(-s.UnsettledFor()), now)
}

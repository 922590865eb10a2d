package collection

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/store"
)

// Report is what a provider says about a message, after its signature was checked: its
// kind is processed, deferred, delivered or bounced, its code the provider's, never its text.
type Report = store.DeliveryReport

// SettleReports takes what providers say. Reports may come late, twice and in any
// order. Most are progress from which nothing follows; a failure fails the step, makes a
// task and wakes the run.
func (s *Service) SettleReports(ctx context.Context, now time.Time, reports []Report) error {
	sorted := slices.SortedStableFunc(slices.Values(reports), func(a, b Report) int { return bytes.Compare(a.MessageID[:], b.MessageID[:]) })
	young := now.Add(-2 * s.settings.SendDeadline)
	others, err := s.store.ReportQuietly(ctx, sorted, young)
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
		if err != nil || quiet || !fresh {
			return err
		}
		items, err := tx.MessageItems(ctx, r.MessageID)
		if err != nil {
			return err
		}
		for _, item := range items {
			f, err := s.open(ctx, tx, item.InvoiceID, now, ActorProvider)
			if err != nil {
				return err
			}
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
	_, err = f.save(ctx)
	return err
}

// bounced: the address is dead. The step failed unless another channel carried it; a
// person finds a new address.
func (f *caseFile) bounced(ctx context.Context, item store.MessageItem, row *store.PlanStep, current bool) error {
	if err := f.tx.MarkMessageContactFailed(ctx, item.MessageID, f.now); err != nil {
		return err
	}
	carried, err := f.otherChannelCarried(ctx, item)
	if err != nil || carried || f.Invoice.ClosedOutcome != nil {
		f.dirty = false
		return err
	}
	task, err := f.task(ctx, newTask{kind: TaskMendContact, role: dunning.RoleCollector, reason: string(dunning.ReasonBounced), step: item.Step})
	if err != nil {
		return err
	}
	if current {
		now, today := f.now, f.today()
		row.State, row.Reason, row.NotBefore, row.Reference, row.DoneAt, row.DoneOn = store.StepFailed, dunning.ReasonBounced, nil, task.String(), &now, &today
		f.touch(row)
		f.event("step_failed", map[string]any{"step": string(row.Step), "occurrence": row.Occurrence, "reason": string(dunning.ReasonBounced)})
	}
	f.Delivery = "bounced"
	f.tell(MessageMessageFailed, false)
	return nil
}

func (f *caseFile) otherChannelCarried(ctx context.Context, item store.MessageItem) (bool, error) {
	messages, err := f.tx.StepMessages(ctx, f.Invoice.ID, item.Step, item.Occurrence)
	return slices.ContainsFunc(messages, func(m store.MessageFate) bool {
		return m.MessageID != item.MessageID && m.Result().Status == "sent"
	}), err
}

// Sweep settles old messages of steps that are over, for nobody comes back for those, and
// takes tasks off the list whose time has run out. It answers how many messages it settled.
func (s *Service) Sweep(ctx context.Context, now time.Time) (int, error) {
	if err := s.store.LapseExpiredTasks(ctx, calendar.DateOf(now.UTC()), now); err != nil {
		return 0, err
	}
	return s.store.SweepMessages(ctx, now.Add(-s.settings.SendDeadline-s.settings.SettlementWait), now)
}

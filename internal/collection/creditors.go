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

// Stop throws a creditor's stop switch: from the moment it is committed no step of the
// creditor is claimed. It answers the messages that may still leave.
func (s *Service) Stop(ctx context.Context, scope store.Scope, now time.Time, actor Actor, creditor string) ([]uuid.UUID, error) {
	if !scope.Covers(creditor) {
		return nil, store.ErrNotFound
	}
	var leaving []uuid.UUID
	err := s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.SetStopped(ctx, creditor, true); err != nil {
			return err
		}
		err := tx.InsertCreditorEvent(ctx, creditor, "stopped", string(actor), "", now)
		if err != nil {
			return err
		}
		leaving, err = tx.LeavingOfCreditor(ctx, creditor)
		return err
	})
	return leaving, err
}

// Resume lifts the stop switch and tells every open case.
func (s *Service) Resume(ctx context.Context, scope store.Scope, now time.Time, actor Actor, creditor string) (told int, err error) {
	if !scope.Covers(creditor) {
		return 0, store.ErrNotFound
	}
	err = s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.SetStopped(ctx, creditor, false); err != nil {
			return err
		}
		return tx.InsertCreditorEvent(ctx, creditor, "resumed", string(actor), "", now)
	})
	if err != nil {
		return 0, err
	}
	return s.tellCreditor(ctx, now, actor, creditor, MessageResumed, func(f *caseFile) { f.resumed() })
}

// SetMode changes how far the creditor trusts the product. Leaving shadow, its open
// cases come in as late arrivals: what was only shadowed does not count as received.
func (s *Service) SetMode(ctx context.Context, scope store.Scope, now time.Time, actor Actor, creditor string, mode dunning.Mode, reason string) (told int, err error) {
	if !scope.Covers(creditor) {
		return 0, store.ErrNotFound
	}
	var before dunning.Mode
	err = s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if before, err = tx.SetMode(ctx, creditor, mode); err != nil || before == mode {
			return err
		}
		return tx.InsertCreditorEvent(ctx, creditor, "mode_"+string(mode), string(actor), reason, now)
	})
	if err != nil || before == mode {
		return 0, err
	}
	return s.tellCreditor(ctx, now, actor, creditor, MessageModeChanged, func(f *caseFile) {
		f.event("mode_changed", map[string]any{"from": string(before), "to": string(mode)})
		f.unwait(dunning.ReasonNotReleased)
		if before == dunning.ModeShadow {
			f.anew = true
			f.leaveShadow()
		}
	})
}

// leaveShadow opens again what was only shadowed.
func (f *caseFile) leaveShadow() {
	for i := range f.Steps {
		s := &f.Steps[i]
		if s.State == store.StepSkipped && s.Reason == dunning.ReasonShadow {
			s.State, s.Reason, s.At, s.NotBefore, s.DoneAt, s.DoneOn = store.StepPending, "", nil, nil, nil, nil
			f.touch(s)
			f.event("step_reopened", map[string]any{"step": string(s.Step), "why": "left_shadow"})
		}
	}
}

// tellCreditor tells every open case of a creditor, each customer in a transaction of
// its own, so that nobody waits long for a lock. What fails half-way is found by the
// daily reconcile.
func (s *Service) tellCreditor(ctx context.Context, now time.Time, actor Actor, creditor, message string, each func(*caseFile)) (int, error) {
	customers, err := s.store.CustomersWithOpenInvoices(ctx, creditor)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, c := range customers {
		told, err := s.changeCustomer(ctx, store.Everything, now, actor, c, message,
			func(context.Context, *store.Tx, *store.Customer) error { return nil }, each)
		if err != nil {
			return total, err
		}
		total += told
	}
	return total, nil
}

// MigratePolicy moves a running case to the newest version of a policy, by name and
// with a reason. What was done stays done.
func (s *Service) MigratePolicy(ctx context.Context, scope store.Scope, now time.Time, actor Actor, invoiceID uuid.UUID, policy, reason string) (Done, error) {
	if reason == "" {
		return Done{}, Refuse(Invalid, "reason", "missing", "say why the running case gets another policy")
	}
	return s.change(ctx, invoiceID, scope, now, actor, func(ctx context.Context, f *caseFile) (Done, error) {
		if err := f.mustBeOpen("another policy"); err != nil {
			return Done{}, err
		}
		id, p, err := f.tx.NewestPolicy(ctx, policy)
		if errors.Is(err, store.ErrNotFound) || (err == nil && !f.Customer.Kind.MayBeDunned() && policy != dunning.PolicyManual) {
			return Done{}, Refuse(Invalid, "policy", "unknown_policy", "no policy %q is published, or the customer's kind allows the policy manual only", policy)
		}
		if err != nil {
			return Done{}, err
		}
		f.event("policy_migrated", map[string]any{"from": f.Policy.ID, "to": p.ID, "version_id": id.String()})
		f.Policy, f.Invoice.PolicyVersionID, f.place.Hours = p, id, p.HoursIn(f.Customer.Country)
		f.tell(MessagePolicyMigrated, true)
		return Done{}, f.note(ctx, "policy", reason, nil)
	})
}

// Publish makes a policy file a numbered version. The same text again is the same version.
func (s *Service) Publish(ctx context.Context, now time.Time, actor Actor, source []byte) (*dunning.Policy, int, error) {
	p, err := dunning.ParsePolicy(source)
	if err != nil {
		return nil, 0, Refuse(Invalid, "source", "invalid_policy", "%s", err.Error())
	}
	version := 0
	err = s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		version, err = tx.PublishPolicy(ctx, p.ID, dunning.ContentHash(source), string(source), string(actor), now)
		return err
	})
	return p, version, err
}

// PublishShipped publishes the policies that come with the product.
func (s *Service) PublishShipped(ctx context.Context, now time.Time) error {
	for _, id := range []string{dunning.PolicyStandard, dunning.PolicyKeyAccounts, dunning.PolicyManual} {
		source, err := dunning.Shipped(id)
		if err != nil {
			return err
		}
		if _, _, err := s.Publish(ctx, now, ActorSystem, source); err != nil {
			return err
		}
	}
	return nil
}

// Retell tells a case again, for the daily reconcile. The reason is a code.
func (s *Service) Retell(ctx context.Context, now time.Time, invoiceID uuid.UUID, message, why string) error {
	_, err := s.change(ctx, invoiceID, store.Everything, now, ActorSystem, func(_ context.Context, f *caseFile) (Done, error) {
		f.event("reconciled", map[string]any{"why": why})
		f.tell(message, false)
		return Done{}, nil
	})
	return err
}

// ReviewNoChase asks a person about every do-not-chase whose day of review has come: no
// block is open-ended. An open question is enough.
func (s *Service) ReviewNoChase(ctx context.Context, now time.Time) (int, error) {
	ids, err := s.store.NoChaseToReview(ctx, calendar.DateOf(now))
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		_, err := s.change(ctx, id, store.Everything, now, ActorSystem, func(ctx context.Context, f *caseFile) (Done, error) {
			f.dirty = false
			task, err := f.task(ctx, newTask{kind: TaskReview, role: dunning.RoleFinance, reason: "do_not_chase_review"})
			return Done{TaskID: task}, err
		})
		if err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// BreakPromises counts promises whose grace is over, on cases that have no step to come.
func (s *Service) BreakPromises(ctx context.Context, now time.Time) (int, error) {
	ids, err := s.store.OverduePromises(ctx, calendar.DateOf(now))
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		_, err := s.change(ctx, id, store.Everything, now, ActorSystem, func(ctx context.Context, f *caseFile) (Done, error) {
			f.dirty = false
			return Done{}, f.breakPromise(ctx)
		})
		if err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// AskAboutEndedRun is for when somebody ended the execution of an open invoice by hand. It cannot
// start again under its id, so a person decides.
func (s *Service) AskAboutEndedRun(ctx context.Context, now time.Time, run store.OpenRun, status string) error {
	_, err := s.change(ctx, run.InvoiceID, store.Everything, now, ActorSystem, func(ctx context.Context, f *caseFile) (Done, error) {
		f.dirty = false
		f.write(store.MarkMissing(run, status, f.now))
		f.event("execution_ended", map[string]any{"status": status, "run": f.Invoice.CurrentRun})
		id, err := f.task(ctx, newTask{kind: TaskReview, role: dunning.RoleFinance, reason: "execution_ended"})
		return Done{TaskID: id}, err
	})
	return err
}

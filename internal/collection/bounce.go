package collection

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/store"
)

// bounced: the address of a message is dead. Unless another channel carried the step, it is
// done again at once to the customer's next address; without one it failed, and a person finds
// a new address, upon which it is done again.
func (f *caseFile) bounced(ctx context.Context, item store.MessageItem, row *store.PlanStep, current bool) error {
	if err := f.tx.MarkMessageContactFailed(ctx, item.MessageID, f.now); err != nil {
		return err
	}
	carried, err := f.otherChannelCarried(ctx, item)
	if err != nil || f.Invoice.ClosedOutcome != nil {
		f.dirty = false
		return err
	}
	if carried || !current {
		f.dirty = false
		return f.askIfUnreachable(ctx, item.Step, item.Channel)
	}
	if again, err := f.sendElsewhere(ctx, row); err != nil || again {
		return err
	}
	task, err := f.askForAddress(ctx, row.Step)
	if err != nil {
		return err
	}
	now, today := f.now, f.today()
	row.State, row.Reason, row.NotBefore, row.Reference, row.DoneAt, row.DoneOn = store.StepFailed, dunning.ReasonBounced, nil, task.String(), &now, &today
	f.touch(row)
	f.event("step_failed", map[string]any{"step": string(row.Step), "occurrence": row.Occurrence, "reason": string(dunning.ReasonBounced)})
	f.Delivery = "bounced"
	f.failed = &dunning.FailedStep{Step: row.Step, Occurrence: row.Occurrence, Reason: dunning.ReasonBounced, Task: task.String()}
	f.tell(MessageMessageFailed, false)
	return nil
}

func (f *caseFile) otherChannelCarried(ctx context.Context, item store.MessageItem) (bool, error) {
	messages, err := f.tx.StepMessages(ctx, f.Invoice.ID, item.Step, item.Occurrence)
	return slices.ContainsFunc(messages, func(m store.MessageFate) bool {
		return m.MessageID != item.MessageID && m.Result().Status == "sent"
	}), err
}

// sendElsewhere opens a bounced step again if it writes to the customer, the customer has
// another address for it, and nothing was done since.
func (f *caseFile) sendElsewhere(ctx context.Context, row *store.PlanStep) (bool, error) {
	step, known := f.Policy.Step(row.Step)
	if !known || !step.WritesToCustomer() || f.doneSince(row) {
		return false, nil
	}
	if elsewhere, err := f.reaches(ctx, step.Channels...); err != nil || !elsewhere {
		return false, err
	}
	f.redo(row, string(dunning.ReasonBounced))
	f.Delivery = "bounced"
	f.tell(MessageMessageFailed, false)
	return true, nil
}

// doneSince reports whether another step was done after the given one.
func (f *caseFile) doneSince(row *store.PlanStep) bool {
	return row.DoneAt != nil && slices.ContainsFunc(f.Steps, func(s store.PlanStep) bool {
		return s.Step != row.Step && s.State == store.StepDone && s.DoneAt != nil && s.DoneAt.After(*row.DoneAt)
	})
}

// reaches reports whether the customer can be written to on one of the channels.
func (f *caseFile) reaches(ctx context.Context, channels ...dunning.Channel) (bool, error) {
	contacts, err := f.tx.Contacts(ctx, f.Customer.ID)
	return slices.ContainsFunc(channels, func(c dunning.Channel) bool {
		k, _ := f.pickFrom(contacts, c)
		return k != nil
	}), err
}

// askForAddress asks a person for a new address. One open question about the customer is
// enough: the step joins it.
func (f *caseFile) askForAddress(ctx context.Context, step dunning.StepID) (*uuid.UUID, error) {
	n := newTask{kind: TaskMendContact, role: dunning.RoleCollector, reason: string(dunning.ReasonBounced), step: step}
	if s, known := f.Policy.Step(step); known && s.Do == dunning.DoHandOff { // the agency's address, not the customer's
		n.kind, n.role = TaskAgency, dunning.RoleFinance
	}
	id, err := f.tx.OpenCustomerTask(ctx, f.Customer.ID, n.kind, n.reason)
	if err != nil {
		return nil, err
	}
	if id == nil {
		return f.task(ctx, n)
	}
	f.write(store.AddTaskItem(*id, f.Invoice.ID, f.Invoice.CurrentRun, string(step)))
	return id, nil
}

// askIfUnreachable asks for a new address if the customer has none left on a channel that a
// step used. The step itself needs nothing: another channel or another occurrence carried it.
func (f *caseFile) askIfUnreachable(ctx context.Context, id dunning.StepID, c dunning.Channel) error {
	step, known := f.Policy.Step(id)
	if !known || !step.WritesToCustomer() || f.silenced(c) {
		return nil
	}
	if reached, err := f.reaches(ctx, c); err != nil || reached {
		return err
	}
	_, err := f.askForAddress(ctx, id)
	return err
}

// deadAddresses notes the addresses of a step's messages that turned out to be dead. If no
// channel carried the step and the customer has another address, it is done again: that is
// the result. If one did, a person is asked for an address where none is left.
func (a *acting) deadAddresses(ctx context.Context, messages []store.MessageFate, carried bool) (*dunning.ActResult, error) {
	var dead []dunning.Channel
	for _, m := range messages {
		if m.Delivery != "bounced" && !m.AddressFault() {
			continue
		}
		dead = append(dead, m.Channel)
		if err := errors.Join(a.tx.MarkMessageContactFailed(ctx, m.MessageID, a.now), a.silencedByRefusal(ctx, m)); err != nil {
			return nil, err
		}
	}
	if len(dead) == 0 || !a.step.WritesToCustomer() || a.Invoice.ClosedOutcome != nil {
		return nil, nil //nolint:nilnil // no result: the caller goes on
	}
	if !carried {
		if elsewhere, err := a.reaches(ctx, a.step.Channels...); err != nil || !elsewhere {
			return nil, err
		}
		return a.again(string(dunning.ReasonBounced))
	}
	var errs []error
	for _, c := range dead {
		errs = append(errs, a.askIfUnreachable(ctx, a.act.Step, c))
	}
	return nil, errors.Join(errs...)
}

// silencedByRefusal: the provider refuses to write to a number that said STOP.
func (a *acting) silencedByRefusal(ctx context.Context, m store.MessageFate) error {
	if m.ErrorCode != "rejected:21610" || a.silenced(m.Channel) {
		return nil
	}
	sil := store.Silence{
		ID: store.NewID(), CustomerID: a.Customer.ID, Channel: m.Channel, Reason: SilenceStop, MessageID: &m.MessageID, SilencedAt: a.now,
		SilencedBy: string(ActorProvider),
	}
	fresh, err := a.tx.InsertSilence(ctx, sil)
	if err != nil || !fresh {
		return err
	}
	a.Silenced = append(a.Silenced, string(m.Channel))
	a.channelSilenced(sil)
	return nil
}

package collection

import (
	"context"
	"slices"

	"maan/internal/dunning"
	"maan/internal/store"
)

// settleEarlier looks at messages that an earlier attempt claimed. Certain fates become
// the outcome; an uncertain one is waited for, and then the step's own rule decides.
func (a *acting) settleEarlier(ctx context.Context) (*dunning.ActResult, error) {
	var sending []store.MessageFate
	for _, m := range a.sit.Messages {
		if m.Status == "sending" && m.Delivery == "" {
			sending = append(sending, m)
		}
	}
	if r, err := a.fromFates(ctx, a.sit.Messages); err != nil || r != nil {
		return r, err
	}
	if slices.ContainsFunc(a.sit.Messages, func(m store.MessageFate) bool { return m.Status == "uncertain" }) {
		return a.askWhetherSent(ctx) // a person was asked; only the answer or a report goes on
	}
	if len(sending) == 0 {
		return nil, nil //nolint:nilnil // nothing is under way
	}
	settled := sending[0].ClaimedAt.Add(a.service.UnsettledFor())
	if a.now.Before(settled) {
		return a.wait(ctx, dunning.Verdict{Answer: dunning.AnswerWait, Reason: dunning.ReasonUnsettled, NotBefore: settled})
	}
	return a.decideUncertain(ctx, sending)
}

// decideUncertain: nobody said in time whether the message left. A friendly one goes
// once more, as a new occurrence; a formal one is left to a person.
func (a *acting) decideUncertain(ctx context.Context, sending []store.MessageFate) (*dunning.ActResult, error) {
	for _, m := range sending {
		a.write(store.SettleMessage(m.MessageID, "uncertain", "", "no_answer", a.now))
		a.event("message_uncertain", map[string]any{"message_id": m.MessageID.String()})
	}
	if a.step.IfUncertain == dunning.ResendOnce && !a.sit.UncertainBefore {
		return a.again(ctx, "uncertain")
	}
	return a.askWhetherSent(ctx)
}

func (a *acting) askWhetherSent(ctx context.Context) (*dunning.ActResult, error) {
	if _, err := a.task(ctx, newTask{kind: TaskSettleMessage, role: dunning.RoleCollector, reason: "uncertain", step: a.act.Step}); err != nil {
		return nil, err
	}
	return a.wait(ctx, dunning.Verdict{Answer: dunning.AnswerWait, Reason: dunning.ReasonUnsettled})
}

// again raises the occurrence by a recorded decision and lets the workflow come back.
func (a *acting) again(ctx context.Context, why string) (*dunning.ActResult, error) {
	a.redo(a.row, why)
	if _, err := a.save(ctx); err != nil {
		return nil, err
	}
	return &dunning.ActResult{Answer: dunning.AnswerWait, Reason: dunning.ReasonUnsettled, State: a.state()}, nil
}

func (f *caseFile) redo(row *store.PlanStep, why string) {
	row.Occurrence++
	row.State, row.Reason, row.NotBefore, row.FirstTriedAt, row.DoneAt, row.DoneOn = store.StepPending, "", nil, nil, nil, nil
	f.touch(row)
	f.dirty = true
	f.event("step_reopened", map[string]any{"step": string(row.Step), "occurrence": row.Occurrence, "why": why})
}

// settleByPerson: a person found out whether a formal message arrived.
func (f *caseFile) settleByPerson(ctx context.Context, id dunning.StepID, arrived bool) error {
	row := f.step(id)
	if row == nil || !row.State.Open() {
		return nil
	}
	f.tell(MessageMessageSettled, true)
	if !arrived {
		f.redo(row, "asked_by_person")
		return nil
	}
	if err := f.tx.SettleStepMessages(ctx, f.Invoice.ID, id, row.Occurrence, f.now); err != nil {
		return err
	}
	return f.arrived(ctx, row)
}

// arrived ends an open step whose message turned out to have been sent: a report or a
// person said so. The caller saves.
func (f *caseFile) arrived(ctx context.Context, row *store.PlanStep) error {
	messages, err := f.tx.StepMessages(ctx, f.Invoice.ID, row.Step, row.Occurrence)
	if err != nil {
		return err
	}
	step, known := f.Policy.Step(row.Step)
	sent, _, _ := certain(messages)
	if !known || sent == nil {
		return nil
	}
	a := &acting{caseFile: f, act: dunning.Act{Step: row.Step}, step: step, row: row}
	f.Delivery = sent.Word()
	if err := a.afterSent(ctx, messages); err != nil {
		return err
	}
	return a.end(ctx, dunning.Verdict{Answer: dunning.AnswerDone}, sent.MessageID.String(), a.channels(messages))
}

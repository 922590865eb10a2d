package collection

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/store"
)

// settleEarlier looks at messages that an earlier attempt claimed. Certain fates become
// the outcome; an uncertain one is waited for, and then the step's own rule decides.
func (a *acting) settleEarlier(ctx context.Context) (*dunning.ActResult, error) {
	sending := underWay(a.sit.Messages)
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
	if a.now.Before(settled) && a.row.State == store.StepWaiting && a.row.NotBefore != nil && a.row.NotBefore.Equal(settled) {
		return &dunning.ActResult{Answer: dunning.AnswerWait, Reason: dunning.ReasonUnsettled, NotBefore: settled, State: a.state()}, nil // told already
	}
	if a.now.Before(settled) {
		return a.wait(ctx, dunning.Verdict{Answer: dunning.AnswerWait, Reason: dunning.ReasonUnsettled, NotBefore: settled})
	}
	return a.decideUncertain(ctx, sending)
}

// decideUncertain: nobody said in time whether the message left. A friendly one goes
// once more, as a new occurrence; a formal one is left to a person. What goes along with
// others in one message is decided for all of them, as the strictest wants it.
func (a *acting) decideUncertain(ctx context.Context, sending []store.MessageFate) (*dunning.ActResult, error) {
	mates, err := a.matesInDoubt(ctx, sending)
	if err != nil {
		return nil, err
	}
	all := append([]*acting{a}, mates...)
	for _, m := range all {
		m.noteUncertain()
	}
	if slices.ContainsFunc(all, func(m *acting) bool { return m.step.IfUncertain != dunning.ResendOnce || m.sit.UncertainBefore }) {
		return a.askAboutAll(ctx, mates)
	}
	result, err := a.again("uncertain")
	if err != nil {
		return nil, err
	}
	for _, m := range mates {
		m.tell(MessageMessageSettled, false)
		if _, err := m.again("uncertain"); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// matesInDoubt opens the other steps for which messages of unknown fate speak, in lock order. A
// step that is over is nobody's question any more, nor is one that another channel carried.
func (a *acting) matesInDoubt(ctx context.Context, sending []store.MessageFate) ([]*acting, error) {
	ids := make([]uuid.UUID, len(sending))
	for i, m := range sending {
		ids[i] = m.MessageID
	}
	items, err := a.tx.MessageItems(ctx, ids...)
	if err != nil {
		return nil, err
	}
	a.together = map[string]uuid.UUID{}
	var mates []*acting
	for _, item := range stepsOf(items) {
		if item.InvoiceID == a.Invoice.ID {
			continue
		}
		f, err := a.mate(ctx, item.InvoiceID)
		if err != nil {
			return nil, err
		}
		row := f.step(item.Step)
		step, known := f.Policy.Step(item.Step)
		if row == nil || !known || !row.State.Open() || row.Occurrence != item.Occurrence {
			continue
		}
		m := &acting{caseFile: f, step: step, row: row, act: dunning.Act{
			InvoiceID: f.Invoice.ID.String(), RunNo: f.Invoice.CurrentRun, Step: item.Step, Occurrence: item.Occurrence,
		}}
		if err := m.readSituation(ctx); err != nil {
			return nil, err
		}
		if sent, _, _ := certain(m.sit.Messages); sent == nil {
			mates = append(mates, m)
		}
	}
	return mates, nil
}

// noteUncertain settles the messages of the step as of unknown fate.
func (a *acting) noteUncertain() {
	for _, m := range underWay(a.sit.Messages) {
		a.write(store.SettleMessage(m.MessageID, "uncertain", "", "no_answer", a.now))
		a.event("message_uncertain", map[string]any{"message_id": m.MessageID.String()})
	}
}

// underWay are the messages of which nothing is known yet.
func underWay(messages []store.MessageFate) []store.MessageFate {
	var sending []store.MessageFate
	for _, m := range messages {
		if m.Status == "sending" && m.Delivery == "" {
			sending = append(sending, m)
		}
	}
	return sending
}

// askAboutAll leaves a message to a person, by one task. The steps of the mates wait for the
// same answer; their own acts find that it was asked.
func (a *acting) askAboutAll(ctx context.Context, mates []*acting) (*dunning.ActResult, error) {
	result, err := a.askWhetherSent(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range mates {
		if _, err := m.askWhetherSent(ctx); err != nil {
			return nil, err
		}
	}
	return result, nil
}

func (a *acting) askWhetherSent(ctx context.Context) (*dunning.ActResult, error) {
	if _, err := a.task(ctx, newTask{kind: TaskSettleMessage, role: dunning.RoleCollector, reason: "uncertain", step: a.act.Step}); err != nil {
		return nil, err
	}
	return a.wait(ctx, dunning.Verdict{Answer: dunning.AnswerWait, Reason: dunning.ReasonUnsettled})
}

// again raises the occurrence by a recorded decision and lets the workflow come back.
func (a *acting) again(why string) (*dunning.ActResult, error) {
	a.redo(a.row, why)
	if _, err := a.save(); err != nil {
		return nil, err
	}
	return &dunning.ActResult{Answer: dunning.AnswerWait, Reason: dunning.ReasonUnsettled, State: a.state()}, nil
}

func (f *caseFile) redo(row *store.PlanStep, why string) {
	row.Occurrence++
	row.State, row.Reason, row.NotBefore, row.FirstTriedAt, row.DoneAt, row.DoneOn = store.StepPending, "", nil, nil, nil, nil
	f.touch(row)
	f.dirty, f.anew = true, true
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

// sendLate does a step again that was too late: a person looked and still wants it. It takes its
// place before the steps to come, with the gap of the policy after it.
func (f *caseFile) sendLate(id dunning.StepID) error {
	row := f.step(id)
	if row == nil || row.State != store.StepFailed || row.Reason != dunning.ReasonTooLate {
		return nil
	}
	if row.Action == dunning.DoMessage && slices.ContainsFunc(f.Steps, func(s store.PlanStep) bool {
		return s.Position > row.Position && s.Action == dunning.DoMessage && s.State == store.StepDone
	}) {
		return Refuse(Conflict, "outcome", "overtaken", "a later message about this invoice was sent since, so this one would come out of turn: close the task with done")
	}
	f.redo(row, "asked_by_person")
	f.tell(MessageTaskClosed, true)
	return nil
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

package collection

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/provider"
	"maan/internal/store"
)

// RecordSend records what the providers did with the messages of a claim, and with it what
// became of the step and of those that went along. The claim may be nil: then the case is read
// anew, as it is when something happened to it in between.
func (s *Service) RecordSend(ctx context.Context, act dunning.Act, claim *Claim, fates []Fate, now time.Time) (*dunning.ActResult, error) {
	id, err := uuid.Parse(act.InvoiceID)
	if err != nil {
		return nil, fmt.Errorf("record send: %w", err)
	}
	var result *dunning.ActResult
	err = s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		f, err := s.reopenClaimed(ctx, tx, id, claim, now)
		if err != nil {
			return err
		}
		f.dirty = false
		if claim != nil && !claim.bundled {
			result, err = f.record(ctx, act, fates)
			return err
		}
		result, err = f.recordBundle(ctx, act, fates)
		return err
	})
	return result, err
}

// recordBundle records the fates of messages that speak for several invoices: first for the
// act's own, then for its mates, in lock order. One task asks about all of them.
func (f *caseFile) recordBundle(ctx context.Context, act dunning.Act, fates []Fate) (*dunning.ActResult, error) {
	items, err := f.tx.MessageItems(ctx, messagesOf(fates)...)
	if err != nil {
		return nil, err
	}
	f.together = map[string]uuid.UUID{}
	var own []Fate
	for _, fate := range fates {
		if speaksFor(items, fate.MessageID, f.Invoice.ID) || isCopy(items, fate.MessageID) {
			own = append(own, fate)
		} else { // it speaks for mates alone
			f.noteProvider(fate)
			f.settleFate(fate)
		}
	}
	result, err := f.record(ctx, act, own)
	if err != nil {
		return nil, err
	}
	for _, item := range stepsOf(items) {
		if item.InvoiceID == f.Invoice.ID {
			continue
		}
		if err := f.recordMate(ctx, item, fatesFor(items, item.InvoiceID, fates)); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// recordMate records what became of a step that went along. Its workflow is told, since its own
// act may be waiting for this.
func (f *caseFile) recordMate(ctx context.Context, item store.MessageItem, fates []Fate) error {
	m, err := f.mate(ctx, item.InvoiceID)
	if err != nil {
		return err
	}
	act := dunning.Act{InvoiceID: item.InvoiceID.String(), RunNo: m.Invoice.CurrentRun, Step: item.Step, Occurrence: item.Occurrence}
	if row := m.step(item.Step); row != nil && row.Occurrence == item.Occurrence && (row.State.Open() || m.closedWhileSending(row, fates)) {
		m.tell(MessageMessageSettled, false)
	}
	_, err = m.record(ctx, act, fates)
	return err
}

// mate locks the case of another invoice of the same message. One task asks about both.
func (f *caseFile) mate(ctx context.Context, invoice uuid.UUID) (*caseFile, error) {
	m, err := f.service.open(ctx, f.tx, invoice, f.now, f.actor)
	if err != nil {
		return nil, err
	}
	m.dirty, m.together, m.secondhand = false, f.together, true
	return m, nil
}

// reopenClaimed locks the case of a claim again, and reads it only if something happened to it.
func (s *Service) reopenClaimed(ctx context.Context, tx *store.Tx, id uuid.UUID, claim *Claim, now time.Time) (*caseFile, error) {
	if claim == nil || claim.seen == nil {
		return s.open(ctx, tx, id, now, ActorSystem)
	}
	c := *claim.seen // a copy: the transaction may be tried again
	c.Steps = slices.Clone(c.Steps)
	same, err := tx.Unchanged(ctx, &c)
	if err != nil {
		return nil, err
	}
	if !same {
		return s.open(ctx, tx, id, now, ActorSystem)
	}
	return s.file(tx, &c, now, ActorSystem)
}

func (f *caseFile) record(ctx context.Context, act dunning.Act, fates []Fate) (*dunning.ActResult, error) {
	for _, fate := range fates {
		f.recordFate(fate)
	}
	if act.RunNo != f.Invoice.CurrentRun {
		if step, ok := f.Policy.Step(act.Step); ok && step.Do == dunning.DoHandOff && left(fates) { // the new run knows of no agency
			if _, err := f.task(ctx, newTask{kind: TaskTellAgency, role: dunning.RoleFinance, reason: "reopened"}); err != nil {
				return nil, err
			}
		}
		if _, err := f.save(); err != nil {
			return nil, err
		}
		return f.earlierRun(ctx, act.RunNo)
	}
	row := f.step(act.Step)
	step, known := f.Policy.Step(act.Step)
	if known && row != nil && row.Occurrence == act.Occurrence && f.closedWhileSending(row, fates) {
		row.State, row.Reason = store.StepPending, "" // it was sent after all: the story says so
	}
	if row == nil || !known || !row.State.Open() || row.Occurrence != act.Occurrence {
		_, err := f.save() // the messages are recorded; the step is somebody else's now
		if row != nil && !row.State.Open() {
			return f.known(row), err
		}
		return f.overtaken(f.Invoice.ClosedOutcome != nil), err
	}
	messages, err := f.tx.StepMessages(ctx, f.Invoice.ID, act.Step, act.Occurrence, f.change.Writes...)
	if err != nil {
		return nil, err
	}
	f.change.Writes = nil
	a := &acting{caseFile: f, act: act, step: step, row: row}
	if r, err := a.fromFates(ctx, messages); err != nil || r != nil {
		return r, err
	}
	return a.tryLater(ctx, messages, fates)
}

// closedWhileSending reports whether the case closed while a message of the step was
// with its provider, and the message left.
func (f *caseFile) closedWhileSending(row *store.PlanStep, fates []Fate) bool {
	return f.Invoice.ClosedOutcome != nil && row.State == store.StepSkipped && left(fates)
}

// left reports whether a provider took one of the messages.
func left(fates []Fate) bool {
	return slices.ContainsFunc(fates, func(fate Fate) bool { return fate.Err == nil })
}

// recordFate records a fate with the message and in the history of the case.
func (f *caseFile) recordFate(fate Fate) {
	if !f.secondhand {
		f.noteProvider(fate)
	}
	word, code := fate.words()
	f.event("message_"+word, map[string]any{"message_id": fate.MessageID.String(), "code": code})
	f.settleFate(fate)
}

// settleFate records a fate with the message alone.
func (f *caseFile) settleFate(fate Fate) {
	word, code := fate.words()
	if word == unanswered {
		f.write(store.NoteMessageError(fate.MessageID, code))
		return
	}
	f.write(store.SettleMessage(fate.MessageID, word, fate.ProviderID, code, f.now))
}

// unanswered is the word for a message of which nobody knows whether it left.
const unanswered = "unanswered"

// words are what became of the message, and the provider's code for it.
func (f *Fate) words() (word, code string) {
	switch e := f.Err; {
	case e == nil:
		return "sent", ""
	case e.Fate == provider.Uncertain:
		return unanswered, e.Code
	case e.Fate == provider.Rejected:
		return "not_sent", "rejected:" + e.Code
	default:
		return "not_sent", e.Code
	}
}

// fromFates turns the certain fates of a step's messages into its outcome: done if one
// channel was sent, failed if every channel failed for good. Without either it answers nil.
func (a *acting) fromFates(ctx context.Context, messages []store.MessageFate) (*dunning.ActResult, error) {
	sent, failed, reason := certain(messages)
	if sent == nil && (failed == 0 || failed < len(messages)) {
		return nil, nil //nolint:nilnil // nothing is certain yet
	}
	if again, err := a.deadAddresses(ctx, messages, sent != nil); err != nil || again != nil {
		return again, err
	}
	if sent == nil && a.step.Do == dunning.DoEscalate {
		return a.escalateByTask(ctx, a.channels(messages))
	}
	if sent == nil {
		return a.fail(ctx, reason, a.channels(messages))
	}
	a.Delivery = sent.Word()
	if err := a.afterSent(ctx, messages); err != nil {
		return nil, err
	}
	r, err := a.outcome(ctx, dunning.Verdict{Answer: dunning.AnswerDone}, sent.MessageID.String(), a.channels(messages))
	if r != nil {
		r.Template, r.TemplateVersion, r.BodySHA256 = sent.Template, sent.TemplateVersion, sent.BodySHA256
	}
	return r, err
}

// certain finds the message that was sent, the mail before others, and counts those that
// failed for good.
func certain(messages []store.MessageFate) (sent *store.MessageFate, failed int, reason dunning.Reason) {
	reason = dunning.ReasonRejected
	for i := range messages {
		m := &messages[i]
		switch m.Result().Status {
		case "sent":
			if sent == nil || m.Channel == dunning.ChannelEmail {
				sent = m
			}
		case "failed":
			failed++
			if m.Delivery == "bounced" {
				reason = dunning.ReasonBounced
			}
		}
	}
	return sent, failed, reason
}

// channels is what became of each channel of the step.
func (a *acting) channels(messages []store.MessageFate) map[dunning.Channel]store.ChannelResult {
	channels := map[dunning.Channel]store.ChannelResult{}
	for _, c := range a.step.Channels {
		channels[c] = store.ChannelResult{Status: "skipped", Reason: skipNoAddress}
		if known, ok := a.row.Channels[c]; ok && known.Status == "skipped" { // the claim said why
			channels[c] = known
		}
	}
	for _, m := range messages {
		channels[m.Channel] = m.Result()
	}
	return channels
}

// afterSent does what some steps mean beyond the message itself.
func (a *acting) afterSent(ctx context.Context, messages []store.MessageFate) error {
	switch a.step.Do {
	case dunning.DoMessage:
		return a.bookClaim(ctx)
	case dunning.DoEscalate:
		if a.Invoice.ClosedOutcome != nil { // paid while the mail was leaving: sales has nothing to do
			return nil
		}
		_, err := a.escalationTask(ctx)
		return err
	case dunning.DoHandOff:
		now := a.now
		a.Invoice.HandedOffAt, a.Invoice.RecalledAt = &now, nil
		a.event("handed_off", map[string]any{"message_id": messages[0].MessageID.String()})
		if a.Invoice.ClosedOutcome != nil { // paid while the dossier was leaving: the run recalls it, and finance knows
			_, err := a.task(ctx, newTask{kind: TaskTellAgency, role: dunning.RoleFinance, reason: "paid_after_hand_off"})
			return err
		}
	default:
	}
	return nil
}

// tryLater keeps the step pending: the provider certainly did not take the message, or
// nobody knows.
func (a *acting) tryLater(ctx context.Context, messages []store.MessageFate, fates []Fate) (*dunning.ActResult, error) {
	for _, m := range messages {
		if m.Status == "sending" {
			until := m.ClaimedAt.Add(a.service.UnsettledFor())
			return a.wait(ctx, dunning.Verdict{Answer: dunning.AnswerWait, Reason: dunning.ReasonUnsettled, NotBefore: until})
		}
	}
	if a.step.CountsAsContact() {
		a.write(store.FreeContactDay(messagesOf(fates)))
	}
	until := a.now.Add(a.backOff(fates))
	return a.wait(ctx, dunning.Verdict{Answer: dunning.AnswerWait, Reason: dunning.ReasonProviderDown, NotBefore: until})
}

// backOff is how long a step leaves a provider alone that did not take its message: what
// the provider asks for, else a quarter of the time since the first try, between 2
// minutes and 2 hours.
func (a *acting) backOff(fates []Fate) time.Duration {
	wait := 2 * time.Minute
	if a.row.FirstTriedAt != nil {
		wait = max(wait, a.now.Sub(*a.row.FirstTriedAt)/4)
	}
	for _, f := range fates {
		if f.Err != nil {
			wait = max(wait, f.Err.RetryAfter)
		}
	}
	return min(wait, 2*time.Hour)
}

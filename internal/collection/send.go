package collection

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/message"
	"maan/internal/provider"
	"maan/internal/store"
)

// Outgoing is a message that was claimed and must now be handed to its provider. It is
// never logged and never stands in a history.
type Outgoing struct {
	MessageID   uuid.UUID
	Channel     dunning.Channel
	From        string
	FromName    string
	ReplyTo     string
	To          string
	ToName      string
	Subject     string
	HTML        string
	Text        string
	QRCode      []byte // image "qr" of the mail; nil without
	Attachments []store.Document
	CreditorID  string
}

// Claim is what the claim of a sending step answers: messages to hand over, or a result.
type Claim struct {
	Outgoing []Outgoing
	Result   *dunning.ActResult
	Template string
	Version  string
	SHA256   string

	seen *store.Case // the case as the claim left it
}

// Fate is what a provider did with a message.
type Fate struct {
	MessageID  uuid.UUID
	ProviderID string
	Err        *provider.Error // nil: accepted
}

// ClaimSend claims a step that sends messages. In one transaction it locks the customer
// and the invoice, reads the facts again, and either answers, or writes the messages
// down as sending. Nobody may hand them over but the caller, once.
func (s *Service) ClaimSend(ctx context.Context, act dunning.Act, now time.Time) (*Claim, error) {
	claim := &Claim{}
	err := s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		*claim = Claim{}
		a, known, err := s.openAct(ctx, tx, act, now)
		if err != nil || known != nil {
			claim.Result = known
			return err
		}
		claim.seen = a.Case
		return a.claim(ctx, claim)
	})
	return claim, err
}

func (a *acting) claim(ctx context.Context, claim *Claim) (err error) {
	if settled, err := a.settleEarlier(ctx); err != nil || settled != nil {
		claim.Result = settled
		return err
	}
	if v := a.decide(); v.Answer != dunning.AnswerGo {
		if v.Reason == dunning.ReasonShadow {
			if err := a.showShadow(ctx); err != nil {
				return err
			}
		}
		claim.Result, err = a.settle(ctx, v)
		return err
	}
	if a.step.Do == dunning.DoSendInvoice && a.Invoice.Sending == "already_sent" {
		claim.Result, err = a.outcome(ctx, dunning.Verdict{Answer: dunning.AnswerDone}, a.Invoice.SentChannel, nil)
		return err
	}
	if a.row.FirstTriedAt != nil && a.now.After(dunning.Deadline(a.step, a.place, *a.row.FirstTriedAt)) {
		claim.Result, err = a.fail(ctx, dunning.ReasonTooLate, nil)
		return err
	}
	if claim.Result, err = a.beforeSending(ctx); err != nil || claim.Result != nil {
		return err
	}
	return a.claimMessages(ctx, claim)
}

// beforeSending asks what only a hand-off needs: that the customer was told, and that
// every role approved.
func (a *acting) beforeSending(ctx context.Context) (*dunning.ActResult, error) {
	if a.step.Do != dunning.DoHandOff {
		return nil, nil //nolint:nilnil // no result: the claim goes on
	}
	if a.sit.SentTone < dunning.ToneFinal { // an agency never comes as a surprise
		task, err := a.task(ctx, newTask{kind: TaskAgency, role: dunning.RoleFinance, reason: "final_notice_not_sent", step: a.act.Step})
		if err != nil {
			return nil, err
		}
		return a.outcome(ctx, dunning.Verdict{Answer: dunning.AnswerFailed, Reason: dunning.ReasonNoContact}, task.String(), nil)
	}
	return a.approvals(ctx)
}

// claimMessages writes the step's messages down as sending.
func (a *acting) claimMessages(ctx context.Context, claim *Claim) (err error) {
	letters, err := a.compose(ctx)
	if isIncomplete(err) {
		claim.Result, err = a.incomplete(ctx)
		return err
	}
	if err != nil {
		return err
	}
	if len(letters) == 0 {
		claim.Result, err = a.unreachable(ctx)
		return err
	}
	for _, l := range letters {
		a.write(store.AddMessage(l.row, l.body), store.PutMessageItem(store.MessageItem{
			InvoiceID: a.Invoice.ID, Step: a.act.Step, Occurrence: a.row.Occurrence, Channel: l.row.Channel, MessageID: l.row.ID,
		}))
		a.event("message_claimed", map[string]any{
			"message_id": l.row.ID.String(), "step": string(a.act.Step),
			"occurrence": a.row.Occurrence, "channel": string(l.row.Channel), "body_sha256": l.row.BodySHA256, "template": l.row.Template,
		})
		for _, paper := range l.papers { // what was sent is kept with the case
			a.attach(paper)
		}
		claim.Outgoing = append(claim.Outgoing, l.outgoing)
		claim.Template, claim.Version, claim.SHA256 = l.row.Template, l.row.TemplateVersion, l.row.BodySHA256
	}
	if a.step.CountsAsContact() {
		a.write(store.UseContactDay(a.Customer.ID, a.today(), string(a.act.Step), a.Invoice.ID))
	}
	if a.row.FirstTriedAt == nil {
		now := a.now
		a.row.FirstTriedAt = &now
		a.touch(a.row)
	}
	_, err = a.save(ctx)
	return err
}

// isIncomplete reports whether a message could not be written for want of a fact.
func isIncomplete(err error) bool {
	return errors.Is(err, &message.MissingError{}) || errors.Is(err, message.ErrTooLong)
}

// incomplete: the message cannot be written; a person completes the master data.
func (a *acting) incomplete(ctx context.Context) (*dunning.ActResult, error) {
	task, err := a.task(ctx, newTask{kind: TaskReview, role: dunning.RoleFinance, reason: "incomplete_data", step: a.act.Step})
	if err != nil {
		return nil, err
	}
	return a.outcome(ctx, dunning.Verdict{Answer: dunning.AnswerFailed, Reason: dunning.ReasonRejected}, task.String(), nil)
}

// unreachable: nobody to write to. A colleague's absence from the books is a task for
// sales, a customer's for a collector.
func (a *acting) unreachable(ctx context.Context) (*dunning.ActResult, error) {
	if a.step.Do != dunning.DoEscalate {
		return a.fail(ctx, dunning.ReasonNoContact, nil)
	}
	return a.escalateByTask(ctx, nil)
}

// escalateByTask: no mail reaches the colleague, the task alone asks sales.
func (a *acting) escalateByTask(ctx context.Context, channels map[dunning.Channel]store.ChannelResult) (*dunning.ActResult, error) {
	task, err := a.escalationTask(ctx)
	if err != nil {
		return nil, err
	}
	return a.outcome(ctx, dunning.Verdict{Answer: dunning.AnswerDone}, task.String(), channels)
}

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
	settled := sending[0].ClaimedAt.Add(a.service.settings.SendDeadline + a.service.settings.SettlementWait)
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
	row.State, row.Reason, row.NotBefore, row.FirstTriedAt = store.StepPending, "", nil, nil
	f.touch(row)
	f.dirty = true
	f.event("step_reopened", map[string]any{"step": string(row.Step), "occurrence": row.Occurrence, "why": why})
}

// RecordSend records what the providers did with the messages of a claim, and with it what
// became of the step. The claim may be nil: then the case is read anew, as it is when
// something happened to it in between.
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
		result, err = f.record(ctx, act, fates)
		return err
	})
	return result, err
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
		if _, err := f.save(ctx); err != nil {
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
		_, err := f.save(ctx) // the messages are recorded; the step is somebody else's now
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
	return f.Invoice.ClosedOutcome != nil && row.State == store.StepSkipped &&
		slices.ContainsFunc(fates, func(fate Fate) bool { return fate.Err == nil })
}

func (f *caseFile) recordFate(fate Fate) {
	status, code := "sent", ""
	if e := fate.Err; e != nil {
		if e.Fate == provider.Uncertain {
			f.event("message_unanswered", map[string]any{"message_id": fate.MessageID.String(), "code": e.Code})
			f.write(store.NoteMessageError(fate.MessageID, e.Code))
			return
		}
		status, code = "not_sent", e.Code
		if e.Fate == provider.Rejected {
			code = "rejected:" + code
		}
	}
	f.event("message_"+status, map[string]any{"message_id": fate.MessageID.String(), "code": code})
	f.write(store.SettleMessage(fate.MessageID, status, fate.ProviderID, code, f.now))
}

// fromFates turns the certain fates of a step's messages into its outcome: done if one
// channel was sent, failed if every channel failed for good. Without either it answers nil.
func (a *acting) fromFates(ctx context.Context, messages []store.MessageFate) (*dunning.ActResult, error) {
	sent, failed, reason := certain(messages)
	if sent == nil && (failed == 0 || failed < len(messages)) {
		return nil, nil //nolint:nilnil // nothing is certain yet
	}
	if err := a.markContacts(ctx, messages); err != nil {
		return nil, err
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
		channels[c] = store.ChannelResult{Status: "skipped", Reason: "no_address"}
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
		a.Invoice.HandedOffAt = &now
		a.event("handed_off", map[string]any{"message_id": messages[0].MessageID.String()})
		if a.Invoice.ClosedOutcome != nil { // paid while the dossier was leaving: the run recalls it, and finance knows
			_, err := a.task(ctx, newTask{kind: TaskTellAgency, role: dunning.RoleFinance, reason: "paid_after_hand_off"})
			return err
		}
	default:
	}
	return nil
}

// markContacts notes the addresses that turned out to be dead.
func (a *acting) markContacts(ctx context.Context, messages []store.MessageFate) error {
	var errs []error
	for _, m := range messages {
		if m.Delivery == "bounced" || m.AddressFault() {
			errs = append(errs, a.tx.MarkMessageContactFailed(ctx, m.MessageID, a.now))
		}
	}
	return errors.Join(errs...)
}

// tryLater keeps the step pending: the provider certainly did not take the message, or
// nobody knows.
func (a *acting) tryLater(ctx context.Context, messages []store.MessageFate, fates []Fate) (*dunning.ActResult, error) {
	for _, m := range messages {
		if m.Status == "sending" {
			until := m.ClaimedAt.Add(a.service.settings.SendDeadline + a.service.settings.SettlementWait)
			return a.wait(ctx, dunning.Verdict{Answer: dunning.AnswerWait, Reason: dunning.ReasonUnsettled, NotBefore: until})
		}
	}
	if a.step.CountsAsContact() {
		a.write(store.FreeContactDay(a.Customer.ID, a.today(), string(a.act.Step), a.Invoice.ID))
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

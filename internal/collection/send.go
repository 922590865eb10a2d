package collection

import (
	"context"
	"errors"
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
	Template    string
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
	Held        bool      // its provider is down: it is not handed over, and the step goes by its other channel
	CopyOf      uuid.UUID // of a colleague's copy: hand it over only once this message was taken
}

// Claim is what the claim of a sending step answers: messages to hand over, or a result.
type Claim struct {
	Outgoing []Outgoing
	Result   *dunning.ActResult
	Template string
	Version  string
	SHA256   string

	Carried bool // not done because the act of another invoice is sending the step's message

	seen    *store.Case // the case as the claim left it
	bundled bool        // the messages speak for other invoices too
}

// Fate is what a provider did with a message.
type Fate struct {
	MessageID  uuid.UUID
	Channel    dunning.Channel
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
		claim.Result, claim.Carried = settled, a.carried()
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
	if claim.Result, err = a.beforeSending(ctx); err != nil || claim.Result != nil {
		return err
	}
	return a.claimMessages(ctx, claim)
}

// carried reports whether the act of another invoice has a message of the step with its provider
// right now.
func (a *acting) carried() bool {
	return a.row.State.Open() && slices.ContainsFunc(underWay(a.sit.Messages), func(m store.MessageFate) bool {
		return m.Carried && a.now.Before(m.ClaimedAt.Add(a.service.settings.SendDeadline))
	})
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

// claimMessages writes the messages of the step and its mates down as sending.
func (a *acting) claimMessages(ctx context.Context, claim *Claim) (err error) {
	textHeld, waits, err := a.askProviders(ctx)
	if err != nil || waits != nil {
		claim.Result = waits
		return err
	}
	mates, err := a.mates(ctx)
	if err != nil {
		return err
	}
	letters, err := a.compose(ctx, mates)
	if isIncomplete(err) {
		claim.Result, err = a.incomplete(ctx)
		return err
	}
	if err != nil {
		return err
	}
	skipped := a.noteSkipped(letters)
	if !about(letters, a) {
		claim.Result, err = a.unreachable(ctx, skipped)
		return err
	}
	if err := a.writeDown(ctx, claim, letters, textHeld); err != nil {
		return err
	}
	if err := a.claimCopies(ctx, claim, letters); err != nil {
		return err
	}
	if a.step.CountsAsContact() {
		a.write(store.UseContactDay(a.Customer.ID, a.today(), &letters[0].row.ID))
	}
	if err := a.claimed(); err != nil {
		return err
	}
	for _, m := range mates {
		if !about(letters, m) {
			continue // left to its own act
		}
		claim.bundled = true
		m.noteSkipped(letters)
		if err := m.claimed(); err != nil {
			return err
		}
	}
	return nil
}

// writeDown writes the messages down as sending, with the steps for which they speak. textHeld: the
// step's own SMS is not handed over, since its provider is down.
func (a *acting) writeDown(ctx context.Context, claim *Claim, letters []letter, textHeld bool) error {
	for _, l := range letters {
		a.write(store.AddMessage(l.row, l.body))
		for _, m := range l.about {
			m.putInto(l, m != a)
		}
		for _, p := range l.papers { // what was sent is kept with the case
			p.about.attach(p.NewDocument)
		}
		l.outgoing.Held = textHeld && l.row.Channel == dunning.ChannelSMS
		if l.row.Channel == dunning.ChannelSMS && !slices.Contains(l.about, a) { // it speaks for mates alone
			until, err := a.providerDown(ctx, dunning.ChannelSMS, a.sit.Providers)
			if err != nil {
				return err
			}
			l.outgoing.Held = !until.IsZero()
		}
		claim.Outgoing = append(claim.Outgoing, l.outgoing)
		if slices.Contains(l.about, a) {
			claim.Template, claim.Version, claim.SHA256 = l.row.Template, l.row.TemplateVersion, l.row.BodySHA256
		}
	}
	return nil
}

// about reports whether one of the messages speaks for the step.
func about(letters []letter, a *acting) bool {
	return slices.ContainsFunc(letters, func(l letter) bool { return slices.Contains(l.about, a) })
}

// putInto writes down that a message speaks for the step.
func (a *acting) putInto(l letter, carried bool) {
	item := store.MessageItem{
		InvoiceID: a.Invoice.ID, Step: a.act.Step, Occurrence: a.row.Occurrence, Channel: l.row.Channel, MessageID: l.row.ID, Carried: carried,
	}
	if l.row.Audience == audienceCustomer {
		item.Tone = a.tone()
	}
	a.write(store.PutMessageItem(item))
	a.event("message_claimed", map[string]any{
		"message_id": l.row.ID.String(), "step": string(a.act.Step),
		"occurrence": a.row.Occurrence, "channel": string(l.row.Channel), "body_sha256": l.row.BodySHA256, "template": l.row.Template,
	})
}

// claimed saves a case whose step's messages are on their way.
func (a *acting) claimed() error {
	if a.row.FirstTriedAt == nil {
		now := a.now
		a.row.FirstTriedAt = &now
		a.touch(a.row)
	}
	_, err := a.save()
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
func (a *acting) unreachable(ctx context.Context, skipped map[dunning.Channel]store.ChannelResult) (*dunning.ActResult, error) {
	if a.step.Do != dunning.DoEscalate {
		return a.fail(ctx, dunning.ReasonNoContact, skipped)
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

package collection

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/message"
	"maan/internal/store"
)

// Why a message would not be sent, beside the reasons of a claim. Part of answers: never rename.
const (
	PreviewDone       = "done"             // the step is over: its message was sent
	PreviewElsewhere  = "already_sent"     // the invoice went out elsewhere; the step only records that
	PreviewIncomplete = "incomplete_data"  // the record lacks what the message must state
	PreviewNoNotice   = "notice_not_sent"  // no hand-off before the final notice was sent
	PreviewNotPlanned = "not_planned"      // the case does not come to the step as it stands
	PreviewTooLong    = "message_too_long" // the text does not fit
)

// PreviewQuery names the message of a step.
type PreviewQuery struct {
	Step    dunning.StepID  // empty: the step that comes next
	Channel dunning.Channel // empty: email, or the step's only channel
}

// Preview is a message as a claim would write it, and whether a claim would.
type Preview struct {
	InvoiceID  uuid.UUID
	Creditor   string
	Number     string
	Step       *dunning.Step
	Occurrence int
	Channel    dunning.Channel
	PlannedAt  *time.Time // the step's instant; nil: it is over, or not planned
	At         time.Time  // the instant for which the message was written

	WouldSend bool
	Code      string     // why not: a reason of a claim, of a channel, or one of the codes above
	NotBefore *time.Time // when it is worth asking again
	Missing   []string   // what the record lacks

	Audience      string // empty: nobody can be reached on the channel
	Recipient     string
	RecipientName string
	From          string
	FromName      string
	ReplyTo       string
	Template      string
	Language      string
	Tone          dunning.Tone
	Subject       string
	HTML          string // with the QR code inside, so that a browser shows it
	Text          string
	Attachments   []string
}

// Preview writes the message that a step of an invoice would send, with the code of the
// claim, for the instant for which the step is planned or for now. Nothing is written: the
// transaction is one in which the database refuses to.
func (s *Service) Preview(ctx context.Context, scope store.Scope, now time.Time, invoiceID uuid.UUID, q PreviewQuery) (*Preview, error) {
	var p *Preview
	err := s.store.InReadTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := tx.ReadCase(ctx, invoiceID)
		if err != nil {
			return err
		}
		if !scope.Covers(c.Creditor.ID) {
			return store.ErrNotFound
		}
		f, err := s.file(tx, c, now, ActorSystem)
		if err != nil {
			return err
		}
		a, planned, err := f.rehearsal(q.Step)
		if err != nil {
			return err
		}
		channel, err := a.previewChannel(q.Channel)
		if err != nil {
			return err
		}
		p, err = a.preview(ctx, channel, planned)
		return err
	})
	return p, err
}

// rehearsal is a step as it would be claimed: at its planned instant, or now where that has
// come. planned is false where the case does not come to the step.
func (f *caseFile) rehearsal(id dunning.StepID) (a *acting, planned bool, err error) {
	if id == "" {
		i := slices.IndexFunc(f.Steps, func(s store.PlanStep) bool {
			return s.State.Open() && s.Action != dunning.DoCall && s.Action != dunning.DoTask
		})
		if i < 0 {
			return nil, false, Refuse(Conflict, "step", "no_step", "no step that sends a message is to come; name one in step")
		}
		id = f.Steps[i].Step
	}
	step, known := f.Policy.Step(id)
	if !known {
		names := make([]string, len(f.Policy.Steps))
		for i := range f.Policy.Steps {
			names[i] = string(f.Policy.Steps[i].ID)
		}
		return nil, false, Refuse(Invalid, "step", "unknown_step", "the invoice's policy has no such step; it has %s", strings.Join(names, ", "))
	}
	if step.Do == dunning.DoCall || step.Do == dunning.DoTask {
		return nil, false, Refuse(Invalid, "step", "no_message", "this step sends no message: it makes a task for a person")
	}
	row := f.step(id)
	planned = row != nil
	if row == nil {
		row = &store.PlanStep{InvoiceID: f.Invoice.ID, RunNo: f.Invoice.CurrentRun, Step: id, Occurrence: 1, State: store.StepPending}
	}
	if row.State.Open() && row.At != nil && row.At.After(f.now) {
		f.now = *row.At
	}
	act := dunning.Act{InvoiceID: f.Invoice.ID.String(), RunNo: f.Invoice.CurrentRun, Step: id, Occurrence: row.Occurrence}
	return &acting{caseFile: f, act: act, step: step, row: row}, planned, nil
}

func (a *acting) previewChannel(wanted dunning.Channel) (dunning.Channel, error) {
	switch {
	case wanted != "" && !slices.Contains(a.step.Channels, wanted):
		return "", Refuse(Invalid, "channel", "not_of_this_step", "this step goes by %v", a.step.Channels)
	case wanted != "":
		return wanted, nil
	case len(a.step.Channels) == 0 || slices.Contains(a.step.Channels, dunning.ChannelEmail):
		return dunning.ChannelEmail, nil
	}
	return a.step.Channels[0], nil
}

func (a *acting) preview(ctx context.Context, channel dunning.Channel, planned bool) (*Preview, error) {
	p := &Preview{
		InvoiceID: a.Invoice.ID, Creditor: a.Creditor.ID, Number: a.Invoice.Number, Step: a.step, Occurrence: a.row.Occurrence,
		Channel: channel, At: a.now, Attachments: []string{},
	}
	if a.row.State.Open() {
		p.PlannedAt = a.row.At
	}
	if err := a.readSituation(ctx); err != nil {
		return nil, err
	}
	if err := a.foretell(ctx, p, planned); err != nil {
		return nil, err
	}
	a.assumeEarlierSteps()
	nobody := a.standIn(channel, p)
	letters, err := a.compose(ctx, nil) // about this invoice alone
	if missing, lacking := errors.AsType[*message.MissingError](err); lacking {
		p.because(PreviewIncomplete, nil)
		p.Missing = missing.Fields
		return p, nil
	}
	if isIncomplete(err) {
		p.because(PreviewTooLong, nil)
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(letters, func(l letter) bool { return l.row.Channel == channel })
	if i < 0 {
		p.because(string(dunning.ReasonNoContact), nil)
	} else {
		p.show(&letters[i], nobody)
	}
	p.WouldSend = p.Code == ""
	return p, nil
}

// because notes why the message would not be sent; the first reason stays.
func (p *Preview) because(code string, notBefore *time.Time) {
	if p.Code == "" {
		p.Code, p.NotBefore = code, notBefore
	}
}

// foretell asks what a claim would answer, in the claim's order.
func (a *acting) foretell(ctx context.Context, p *Preview, planned bool) error {
	switch {
	case a.row.State == store.StepDone:
		p.because(PreviewDone, nil)
	case !a.row.State.Open():
		p.because(string(a.row.Reason), nil)
	case slices.ContainsFunc(a.sit.Messages, func(m store.MessageFate) bool { return m.Result().Status == "uncertain" }):
		p.because(string(dunning.ReasonUnsettled), nil)
	}
	if v := a.decide(); v.Answer != dunning.AnswerGo {
		var until *time.Time
		if !v.NotBefore.IsZero() {
			until = &v.NotBefore
		}
		p.because(string(v.Reason), until)
	}
	switch {
	case !planned:
		p.because(PreviewNotPlanned, nil)
	case a.step.Do == dunning.DoSendInvoice && a.Invoice.Sending == "already_sent":
		p.because(PreviewElsewhere, nil)
	case a.step.Do == dunning.DoHandOff:
		return a.foretellHandOff(ctx, p)
	}
	return nil
}

// foretellHandOff asks what only a hand-off needs.
func (a *acting) foretellHandOff(ctx context.Context, p *Preview) error {
	if a.sit.SentTone < dunning.ToneFinal {
		p.because(PreviewNoNotice, nil)
	}
	given, err := a.givenApprovals(ctx)
	if err != nil {
		return err
	}
	switch {
	case given.rejected != nil:
		p.because(string(dunning.ReasonWaived), nil)
	case len(given.missing) > 0:
		p.because(string(dunning.ReasonNotReleased), nil)
	}
	return nil
}

// assumeEarlierSteps: what is planned before the step is taken as sent, as its tone will be
// when its time has come.
func (a *acting) assumeEarlierSteps() {
	earlier := slices.ContainsFunc(a.Steps, func(s store.PlanStep) bool {
		return s.State.Open() && s.Action == dunning.DoMessage && s.Position < a.position(a.step.ID)
	})
	if earlier || a.Creditor.Mode == dunning.ModeShadow {
		a.sit.SentTone = max(a.sit.SentTone, a.step.Tone-1)
	}
}

// standIn lets a message be written although nobody can be reached on the channel, and notes
// why nobody can.
func (a *acting) standIn(channel dunning.Channel, p *Preview) bool {
	if !a.step.WritesToCustomer() {
		return false
	}
	k, why := a.pick(channel)
	if k != nil {
		return false
	}
	p.because(why, nil)
	a.sit.Contacts = append(a.sit.Contacts, store.Contact{
		ID: uuid.New(), CustomerID: a.Customer.ID, Role: addressRoles[0], Email: "nobody@invalid", Mobile: "+000", MobileBilling: true,
	})
	return true
}

// show fills in what the letter says.
func (p *Preview) show(l *letter, nobody bool) {
	o := &l.outgoing
	p.From, p.FromName, p.ReplyTo = o.From, o.FromName, o.ReplyTo
	p.Template, p.Language, p.Tone = l.row.Template, l.row.Language, l.row.Tone
	p.Subject, p.Text = l.body.Subject, l.body.Text
	p.HTML = strings.ReplaceAll(l.body.HTML, "cid:qr", "data:image/png;base64,"+base64.StdEncoding.EncodeToString(o.QRCode))
	for _, d := range o.Attachments {
		p.Attachments = append(p.Attachments, DocumentName(d))
	}
	if !nobody {
		p.Audience, p.Recipient, p.RecipientName = l.row.Audience, l.body.Recipient, l.body.RecipientName
	}
}

// Package activities holds the side effects of a collection. Each takes a step through
// claim, act and record; the rules are in package collection, the providers in email
// and sms.
package activities

import (
	"context"
	"errors"
	"net/url"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/email"
	"maan/internal/imports"
	"maan/internal/provider"
	"maan/internal/sms"
	"maan/internal/telemetry"
	"maan/workflows"
)

// Pacer gives turns at a provider, no faster than its rate.
type Pacer interface {
	// Wait waits for a turn. Who is urgent goes first.
	Wait(ctx context.Context, urgent bool) error
}

// Activities are the side effects and what they need.
type Activities struct {
	Cases     *collection.Service
	Imports   *imports.Service
	Mail      email.Sender
	MailPace  Pacer      // nil: no limit
	Text      sms.Sender // nil: no SMS; a step that also mails goes by mail alone
	TextPace  Pacer      // nil: no limit
	PublicURL string     // for the status webhook of SMS
	SMSFrom   string
	Metrics   *telemetry.Worker // nil: nothing is measured
	// Clock is business time where no case has one of its own: the wall clock in production.
	Clock func(ctx context.Context) (time.Time, error)
	// Now is the business instant of an attempt; nil means the instant at which the
	// attempt began.
	Now func(ctx context.Context) time.Time
}

// Register adds the activities to a worker under their names in histories.
func (a *Activities) Register(r worker.ActivityRegistry) {
	for name, fn := range map[string]any{
		workflows.ActSendMessage: a.SendMessage,
		workflows.ActEscalate:    a.EscalateToSales,
		workflows.ActHandOff:     a.HandOffToAgency,
		workflows.ActCallTask:    a.CreateCallTask,
		workflows.ActTask:        a.CreateTask,
		workflows.ActRecall:      a.RecallFromAgency,
		workflows.ActImportFile:  a.ImportFile,
	} {
		r.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
	}
}

// now is the instant at which this attempt began: the wall clock in production, the
// run's own clock where time is skipped.
func (a *Activities) now(ctx context.Context) time.Time {
	if a.Now != nil {
		return a.Now(ctx)
	}
	return activity.GetInfo(ctx).StartedTime
}

// SendMessage writes to the customer.
func (a *Activities) SendMessage(ctx context.Context, act dunning.Act) (*dunning.ActResult, error) {
	return a.write(ctx, act)
}

// EscalateToSales writes to the account manager and opens a task for sales.
func (a *Activities) EscalateToSales(ctx context.Context, act dunning.Act) (*dunning.ActResult, error) {
	return a.write(ctx, act)
}

// HandOffToAgency gives the dossier to the agency, once it is approved.
func (a *Activities) HandOffToAgency(ctx context.Context, act dunning.Act) (*dunning.ActResult, error) {
	return a.write(ctx, act)
}

// patience is how long an act waits for its turn at a provider's rate. Twice that, for the mail
// before the claim and the text message after it, and the send's own 20 s stay within the
// activity's 30 s, so that a send is always recorded.
const patience = 3 * time.Second

// turn waits for a turn at a provider. It comes before the claim: a claimed message that
// waits would count as leaving, and its facts would grow old.
func turn(ctx context.Context, pace Pacer, urgent bool) error {
	if pace == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if pace.Wait(ctx, urgent) != nil {
		return errRateLimit
	}
	return nil
}

// urgent reports whether the workflow gave the act a priority above the ordinary one.
func urgent(ctx context.Context) bool {
	key := activity.GetInfo(ctx).Priority.PriorityKey
	return key > 0 && key < workflows.PriorityOrdinary
}

// write takes a step that writes to somebody through claim, act and record. A retry
// claims again, and the claim knows what an earlier attempt did.
func (a *Activities) write(ctx context.Context, act dunning.Act) (*dunning.ActResult, error) {
	if err := turn(ctx, a.MailPace, urgent(ctx)); err != nil {
		return nil, err
	}
	now := a.now(ctx)
	claim, err := a.claimSend(ctx, act, now)
	if err != nil {
		return nil, err
	}
	if claim.Result != nil {
		return claim.Result, nil
	}
	fates := a.handOver(ctx, claim.Outgoing)
	return a.Cases.RecordSend(ctx, act, claim, fates, now)
}

// claimSend claims a step that writes to somebody. Where the act of another invoice has the
// message with its provider at this moment, its outcome is worth a few seconds: else the run
// would wait until the message counts as uncertain, or be told.
func (a *Activities) claimSend(ctx context.Context, act dunning.Act, now time.Time) (*collection.Claim, error) {
	const first, last = 25 * time.Millisecond, 2 * time.Second // together less than patience
	for pause := first; ; pause *= 2 {
		claim, err := a.Cases.ClaimSend(ctx, act, now)
		if err != nil || !claim.Carried || pause > last {
			return claim, err
		}
		select {
		case <-ctx.Done():
			return claim, nil
		case <-time.After(pause):
		}
	}
}

// RecallFromAgency takes a closed case back from the agency. Not taken by the provider, it is
// tried again; for how long is the retry policy's to say.
func (a *Activities) RecallFromAgency(ctx context.Context, act dunning.Act) (*dunning.ActResult, error) {
	if err := turn(ctx, a.MailPace, urgent(ctx)); err != nil {
		return nil, err
	}
	now := a.now(ctx)
	claim, err := a.Cases.ClaimRecall(ctx, act, now)
	if err != nil {
		return nil, err
	}
	if r := claim.Result; r != nil {
		if r.Answer == dunning.AnswerWait {
			return nil, errProviderDown
		}
		return r, nil
	}
	result, err := a.Cases.RecordRecall(ctx, act, a.handOver(ctx, claim.Outgoing), now)
	if err == nil && result.Answer == dunning.AnswerWait {
		return nil, errProviderDown
	}
	return result, err
}

var (
	errProviderDown = errors.New("the provider did not take the recall")
	errRateLimit    = errors.New("no turn at the provider within the attempt's time")
)

// CreateCallTask puts the customer on the call list.
func (a *Activities) CreateCallTask(ctx context.Context, act dunning.Act) (*dunning.ActResult, error) {
	return a.Cases.Call(ctx, act, a.now(ctx))
}

// CreateTask asks a person about the case.
func (a *Activities) CreateTask(ctx context.Context, act dunning.Act) (*dunning.ActResult, error) {
	return a.Cases.Ask(ctx, act, a.now(ctx))
}

// copyTime is how long after the beginning of a hand-over a colleague's copy may still take:
// the activity's 30 s are first of all for recording what became of the customer's message.
const copyTime = 22 * time.Second

// handOver gives the messages to their providers, each exactly once, and says what
// became of them. Copies go once the messages that they copy were taken.
func (a *Activities) handOver(ctx context.Context, out []collection.Outgoing) []collection.Fate {
	copyCtx, cancel := context.WithTimeout(ctx, copyTime)
	defer cancel()
	for _, o := range out {
		a.Metrics.Claimed(ctx, o.Channel, o.Template)
	}
	fates := make([]collection.Fate, len(out))
	taken := map[uuid.UUID]bool{}
	together(out, false, func(i int) { fates[i] = a.handOverOne(ctx, out[i]) })
	for i, f := range fates {
		taken[out[i].MessageID] = f.MessageID != uuid.Nil && f.Err == nil
	}
	together(out, true, func(i int) {
		if !taken[out[i].CopyOf] || copyCtx.Err() != nil {
			fates[i] = collection.Fate{MessageID: out[i].MessageID, Err: &provider.Error{Fate: provider.NotSent, Code: "original_not_sent"}}
			return
		}
		fates[i] = a.handOverOne(copyCtx, out[i])
	})
	for i, f := range fates {
		a.Metrics.HandedOver(ctx, out[i].Channel, out[i].Template, f.Err)
	}
	return fates
}

// together does something with all messages that are, or are not, copies.
func together(out []collection.Outgoing, copies bool, do func(i int)) {
	var g errgroup.Group
	for i, o := range out {
		if (o.CopyOf != uuid.Nil) == copies {
			g.Go(func() error {
				do(i)
				return nil
			})
		}
	}
	_ = g.Wait() // the functions return no errors: each fate carries its own
}

// handOverOne survives a panic in a provider's client, which would end the worker and
// all that it has under way. Nobody knows then whether the message left.
func (a *Activities) handOverOne(ctx context.Context, o collection.Outgoing) (fate collection.Fate) {
	fate.MessageID, fate.Channel = o.MessageID, o.Channel
	defer func() {
		if p := recover(); p != nil { // its text can quote the message
			activity.GetLogger(ctx).Error("sending panicked", "message_id", o.MessageID.String(), "stack", string(debug.Stack()))
			fate.Err = &provider.Error{Fate: provider.Uncertain, Code: "panic"}
		}
	}()
	id, err := a.send(ctx, o)
	fate.ProviderID, fate.Err = id, asProviderError(err)
	return fate
}

func (a *Activities) send(ctx context.Context, o collection.Outgoing) (providerID string, err error) {
	if o.Channel == dunning.ChannelSMS {
		if a.Text == nil {
			return "", provider.Reject("sms_not_configured")
		}
		if o.Held {
			return "", &provider.Error{Fate: provider.NotSent, Code: "provider_down"}
		}
		if turn(ctx, a.TextPace, urgent(ctx)) != nil {
			return "", &provider.Error{Fate: provider.NotSent, Code: "rate_limit"}
		}
		r, err := a.Text.Send(ctx, sms.Message{
			ID: o.MessageID.String(), To: o.To, From: a.SMSFrom, Text: o.Text,
			StatusCallback: a.PublicURL + "/webhooks/twilio?message=" + url.QueryEscape(o.MessageID.String()),
		})
		return r.ProviderID, err
	}
	r, err := a.Mail.Send(ctx, mailOf(o))
	return r.ProviderID, err
}

func mailOf(o collection.Outgoing) email.Message {
	m := email.Message{
		ID: o.MessageID.String(), CreditorRef: o.CreditorID, From: o.From, FromName: o.FromName, ReplyTo: o.ReplyTo, To: o.To, ToName: o.ToName,
		Subject: o.Subject, HTML: o.HTML, Text: o.Text,
	}
	if len(o.QRCode) > 0 {
		m.Inline = []email.Attachment{{Name: "qr.png", ContentType: "image/png", ContentID: "qr", Data: o.QRCode}}
	}
	for _, d := range o.Attachments {
		m.Attachments = append(m.Attachments, email.Attachment{Name: collection.DocumentName(d), ContentType: d.ContentType, Data: d.Content})
	}
	return m
}

// asProviderError reads the fate of a send. What the provider's answer says about our
// account rather than about the message is no verdict on the message: it waits until
// somebody mends the key.
func asProviderError(err error) *provider.Error {
	if err == nil {
		return nil
	}
	var e *provider.Error
	if !errors.As(err, &e) {
		return &provider.Error{Fate: provider.Uncertain, Code: "unknown"}
	}
	switch e.Code {
	case "status_401", "status_403", "20003":
		waits := *e
		waits.Fate, waits.RetryAfter = provider.NotSent, 30*time.Minute
		return &waits
	}
	return e
}

package telemetry

import (
	"context"
	"time"

	"maan/internal/dunning"
	"maan/internal/message"
	"maan/internal/provider"
	"maan/workflows"
)

// Worker measures a worker.
type Worker struct {
	claimed, sent, unsent *counter
	requests              *counter
	requestTime           *distribution
	turns                 *distribution
	steps                 *counter
	outbox                *counter
	settled, reconciled   *counter
	published             *counter
	posts                 *counter
	postTime              *distribution
	disabled              *counter
	loopFailures          *counter
	alarmChanges          *counter
	loops                 *loops
	look                  *looking
}

// Worker makes the recorder of a worker process.
func (t *Telemetry) Worker() (*Worker, error) {
	if t == nil {
		return nil, nil //nolint:nilnil // a nil recorder records nothing
	}
	m := &maker{meter: t.meter}
	w := &Worker{
		claimed:     m.counter("maan.messages.claimed", "Messages written down as leaving.", "channel", "kind"),
		sent:        m.counter("maan.messages.sent", "Messages that their provider took.", "channel", "kind"),
		unsent:      m.counter("maan.messages.unsent", "Messages that their provider did not take, or of which nobody knows.", "channel", "outcome", "code"),
		requests:    m.counter("maan.provider.requests", "Attempts at a provider, mails to colleagues and the operator among them.", "channel", "outcome", "code"),
		requestTime: m.distribution("maan.provider.request.duration", "How long an attempt at a provider took.", requests, "channel", "outcome"),
		turns:       m.distribution("maan.provider.turn.wait", "How long an attempt waited for its turn at the provider's rate.", waits, "channel", "outcome"),
		steps:       m.counter("maan.steps", "Steps that an activity took on, by its answer.", "activity", "answer", "reason"),
		outbox:      m.counter("maan.outbox.messages", "Messages to workflows that the relay handed over, or could not.", "outcome", "code"),
		settled:     m.counter("maan.sweep.settled_messages", "Messages of unknown fate on which the sweep gave up."),
		reconciled:  m.counter("maan.reconcile.findings", "What reconciles found.", "finding"),
		published:   m.counter("maan.events.published", "Events that got their place in the feed."),
		posts:       m.counter("maan.webhook.deliveries", "Attempts at another system's webhook.", "outcome", "code"),
		postTime:    m.distribution("maan.webhook.request.duration", "How long an attempt at another system's webhook took.", requests, "outcome"),
		disabled:    m.counter("maan.webhook.disabled", "Webhooks that were given up."),
		loopFailures: m.counter("maan.loop.failures", "Times that a loop failed and began again.",
			"loop"),
		alarmChanges: m.counter("maan.alarm.changes", "Alarms that were raised, became worse, or are over.", "condition", "change"),
		loops:        newLoops(m),
		look:         newLooking(m),
	}
	if err := m.err(); err != nil {
		return nil, err
	}
	w.start()
	return w, nil
}

//nolint:gochecknoglobals // constant lists
var (
	channels = []dunning.Channel{dunning.ChannelEmail, dunning.ChannelSMS}
	kinds    = []message.Template{
		message.Invoice, message.InvoiceCopy, message.Reminder, message.StricterReminder, message.FinalNotice, message.SalesEscalation,
		message.AgencyHandOff, message.AgencyRecall,
	}
	stepActivities = []string{
		workflows.ActSendMessage, workflows.ActCallTask, workflows.ActTask, workflows.ActEscalate, workflows.ActHandOff, workflows.ActRecall,
	}
	stepReasons = map[dunning.Answer][]dunning.Reason{
		dunning.AnswerDone: {""},
		dunning.AnswerSkipped: {
			dunning.ReasonPaid, dunning.ReasonCredited, dunning.ReasonWrittenOff, dunning.ReasonBelowMinimum, dunning.ReasonWaived,
			dunning.ReasonNotApplicable, dunning.ReasonShadow,
		},
		dunning.AnswerWait:   append([]dunning.Reason{dunning.ReasonNotApplicable}, waitReasons...),
		dunning.AnswerFailed: {dunning.ReasonTooLate, dunning.ReasonNoContact, dunning.ReasonRejected, dunning.ReasonBounced},
	}
	waitReasons = []dunning.Reason{
		dunning.ReasonDisputed, dunning.ReasonHeld, dunning.ReasonDoNotChase, dunning.ReasonPromisePending, dunning.ReasonOutsideWindow,
		dunning.ReasonContactCap, dunning.ReasonBankDataStale, dunning.ReasonProviderDown, dunning.ReasonNotReleased, dunning.ReasonStopped,
		dunning.ReasonUnsettled, dunning.ReasonCreditCovers,
	}
	findings = []string{"started", "terminated", "retold", "reset", "review", "promise"}
)

// start makes the counters exist.
func (w *Worker) start() {
	for _, channel := range channels {
		for _, kind := range kinds {
			w.claimed.start(string(channel), string(kind))
			w.sent.start(string(channel), string(kind))
		}
		w.requests.start(string(channel), outcomeTaken, "")
		for fate, codes := range unsentCodes {
			for _, code := range codes {
				w.unsent.start(string(channel), string(fate), code)
				w.requests.start(string(channel), string(fate), code)
			}
		}
	}
	for _, activity := range stepActivities {
		for answer, reasons := range stepReasons {
			for _, reason := range reasons {
				w.steps.start(activity, string(answer), string(reason))
			}
		}
		for _, code := range activityCodes {
			w.steps.start(activity, "error", code)
		}
	}
	w.startLoops()
}

func (w *Worker) startLoops() {
	w.outbox.start("delivered", "")
	for _, code := range relayCodes {
		w.outbox.start("put_off", code)
	}
	for _, finding := range findings {
		w.reconciled.start(finding)
	}
	w.posts.start(outcomeTaken, "")
	for _, code := range webhookCodes {
		w.posts.start("not_taken", code)
	}
	for _, c := range []*counter{w.settled, w.published, w.disabled} {
		c.start()
	}
	for _, loop := range Loops {
		w.loopFailures.start(loop)
	}
	for _, condition := range conditions {
		for _, change := range alarmKinds {
			w.alarmChanges.start(string(condition), change)
		}
	}
}

// Claimed notes that a message was written down as leaving.
func (w *Worker) Claimed(ctx context.Context, channel dunning.Channel, kind string) {
	if w != nil {
		w.claimed.add(ctx, 1, string(channel), kind)
	}
}

// HandedOver notes what became of a claimed message.
func (w *Worker) HandedOver(ctx context.Context, channel dunning.Channel, kind string, failed *provider.Error) {
	switch {
	case w == nil:
	case failed == nil:
		w.sent.add(ctx, 1, string(channel), kind)
	default:
		w.unsent.add(ctx, 1, string(channel), string(failed.Fate), bounded(failed.Code))
	}
}

// Requested notes an attempt at a provider.
func (w *Worker) Requested(ctx context.Context, channel dunning.Channel, err error, took time.Duration) {
	if w == nil {
		return
	}
	outcome, code := outcomeTaken, ""
	if err != nil {
		outcome, code = string(provider.FateOf(err)), bounded(provider.CodeOf(err))
	}
	w.requests.add(ctx, 1, string(channel), outcome, code)
	w.requestTime.record(ctx, took, string(channel), outcome)
}

// Waited notes how long an attempt waited for its turn, and whether it had one.
func (w *Worker) Waited(ctx context.Context, channel dunning.Channel, err error, took time.Duration) {
	if w == nil {
		return
	}
	outcome := outcomeTaken
	if err != nil {
		outcome = "missed"
	}
	w.turns.record(ctx, took, string(channel), outcome)
}

// Step notes an activity's answer about a step.
func (w *Worker) Step(ctx context.Context, activity string, r *dunning.ActResult) {
	if w != nil {
		w.steps.add(ctx, 1, activity, string(r.Answer), string(r.Reason))
	}
}

// StepFailed notes an activity that failed with a code, and will be tried again.
func (w *Worker) StepFailed(ctx context.Context, activity, code string) {
	if w != nil {
		w.steps.add(ctx, 1, activity, "error", bounded(code))
	}
}

// Relayed notes how many messages the relay handed over, and the codes of those that it put off.
func (w *Worker) Relayed(ctx context.Context, delivered int, putOff []string) {
	if w == nil {
		return
	}
	w.outbox.add(ctx, delivered, "delivered", "")
	for _, code := range putOff {
		w.outbox.add(ctx, 1, "put_off", bounded(code))
	}
}

// Swept notes messages on which the sweep gave up.
func (w *Worker) Swept(ctx context.Context, n int) {
	if w != nil {
		w.settled.add(ctx, n)
	}
}

// Reconciled notes how often a reconcile found something.
func (w *Worker) Reconciled(ctx context.Context, finding string, n int) {
	if w != nil {
		w.reconciled.add(ctx, n, finding)
	}
}

// Published notes events that got their place in the feed.
func (w *Worker) Published(ctx context.Context, n int) {
	if w != nil {
		w.published.add(ctx, n)
	}
}

// Posted notes an attempt at another system's webhook; an empty code means that it was taken.
func (w *Worker) Posted(ctx context.Context, code string, took time.Duration) {
	if w == nil {
		return
	}
	outcome := outcomeTaken
	if code != "" {
		outcome = "not_taken"
	}
	w.posts.add(ctx, 1, outcome, bounded(code))
	w.postTime.record(ctx, took, outcome)
}

// WebhookDisabled notes a webhook that was given up.
func (w *Worker) WebhookDisabled(ctx context.Context) {
	if w != nil {
		w.disabled.add(ctx, 1)
	}
}

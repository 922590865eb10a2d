package collection

import (
	"context"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/store"
)

// acting is a step that is being claimed or recorded.
type acting struct {
	*caseFile

	act  dunning.Act
	step *dunning.Step
	row  *store.PlanStep
	sit  store.Situation

	demanded *demand // what the letter that is being written says beside the principal
	shared   *Owed   // what is owed where costs are shared by the invoices of the letter; nil: it stands alone
}

// openAct locks the case of an act. A nil acting with a result means that the answer is
// known: the run is over, or the step has its outcome (a retry, or a run that an
// operator reset).
func (s *Service) openAct(ctx context.Context, tx *store.Tx, act dunning.Act, now time.Time) (*acting, *dunning.ActResult, error) {
	id, err := uuid.Parse(act.InvoiceID)
	if err != nil {
		return nil, nil, Refuse(Invalid, "invoice_id", "not_a_uuid", "the invoice id is not a uuid")
	}
	f, err := s.open(ctx, tx, id, now, ActorSystem)
	if err != nil {
		return nil, nil, err
	}
	f.dirty = false
	if act.RunNo != f.Invoice.CurrentRun {
		r, err := f.earlierRun(ctx, act.RunNo)
		return nil, r, err
	}
	step, known := f.Policy.Step(act.Step)
	row := f.step(act.Step)
	closed := f.Invoice.ClosedOutcome != nil
	switch {
	case row != nil && known && row.State.Open() && !closed:
	case row != nil && !row.State.Open():
		return nil, f.known(row), nil
	default:
		return nil, f.overtaken(closed), nil
	}
	a := &acting{caseFile: f, act: act, step: step, row: row}
	if row.Occurrence != act.Occurrence { // a decision overtook the workflow: it gets the new state
		return nil, f.overtaken(false), nil
	}
	if err := f.breakPromise(ctx); err != nil {
		return nil, nil, err
	}
	return a, nil, a.readSituation(ctx)
}

// readSituation reads what a claim must know beyond the case itself.
func (a *acting) readSituation(ctx context.Context) (err error) {
	a.sit, err = a.tx.Situation(ctx, store.SituationQuery{
		InvoiceID: a.Invoice.ID, CustomerID: a.Customer.ID, Today: a.today(), Step: a.act.Step, Occurrence: a.row.Occurrence,
		RunOpened: a.Run.OpenedAt, Document: a.step.WritesToCustomer(),
	})
	return err
}

// known answers with the outcome that the step has already.
func (f *caseFile) known(row *store.PlanStep) *dunning.ActResult {
	r := &dunning.ActResult{Answer: dunning.Answer(row.State), Reason: row.Reason, Reference: row.Reference, State: f.state()}
	if len(row.Channels) > 0 {
		r.Channels = channelWords(row.Channels)
	}
	return r
}

// earlierRun answers an act of a run that is over although the case was reopened: that
// run learns how it ended, and nothing of the plan of the new one.
func (f *caseFile) earlierRun(ctx context.Context, run int) (*dunning.ActResult, error) {
	outcome, err := f.tx.RunOutcome(ctx, f.Invoice.ID, run)
	if err != nil {
		return nil, err
	}
	why := dunning.ClosedReason(outcome)
	state := f.state()
	state.Closed, state.Plan, state.Paused, state.HandedOff = why, []dunning.PlannedStep{}, nil, false
	return &dunning.ActResult{Answer: dunning.AnswerSkipped, Reason: why, State: state}, nil
}

// overtaken answers an act whose case has moved on: closed, or planned anew.
func (f *caseFile) overtaken(closed bool) *dunning.ActResult {
	if closed {
		why := dunning.ReasonPaid
		if f.Invoice.ClosedOutcome != nil {
			why = dunning.ClosedReason(*f.Invoice.ClosedOutcome)
		}
		return &dunning.ActResult{Answer: dunning.AnswerSkipped, Reason: why, State: f.state()}
	}
	return &dunning.ActResult{Answer: dunning.AnswerWait, Reason: dunning.ReasonNotApplicable, State: f.state()}
}

// decide asks the heart, and keeps to the planned moment.
func (a *acting) decide() dunning.Verdict {
	v := a.verdict()
	if v.Answer == dunning.AnswerGo && a.row.At != nil && a.now.Before(a.row.At.Add(-clockTolerance)) {
		return dunning.Verdict{Answer: dunning.AnswerWait, Reason: dunning.ReasonOutsideWindow, NotBefore: *a.row.At}
	}
	return v
}

// verdict asks the heart.
func (a *acting) verdict() dunning.Verdict {
	s := dunning.Situation{
		Now: a.now, Place: a.place, Step: a.step, Open: a.Invoice.Open(), MinimumAmountMinor: a.Policy.MinimumAmountMinor,
		Kind: a.Customer.Kind, Mode: a.Creditor.Mode, Stopped: a.Creditor.Stopped, DoNotChase: a.doNotChase(),
		Disputed: a.Dispute != nil, HeldUntil: a.heldUntil(), CreditCovers: a.sit.Covered, PaymentsStale: a.paymentsStale(),
		ContactedToday: a.sit.Contacted, Contacts: a.contacts(), WeeklyCap: a.Creditor.WeeklyContacts, Released: a.sit.Released, AlreadySent: a.Invoice.Sending == "already_sent" && a.step.Do == dunning.DoSendInvoice,
		Issued: a.Invoice.IssueDate, Due: a.Invoice.DueDate, NewCustomer: a.sit.NewCustomer, PaidLate: a.sit.PaidLate,
		BrokePromise: a.sit.BrokePromise, Spread: a.spread(),
	}
	if a.Invoice.ClosedOutcome != nil {
		s.Closed = *a.Invoice.ClosedOutcome
	}
	if a.Promise != nil {
		s.PromisedUntil = a.Promise.HoldsUntil
	}
	if a.row.At != nil {
		s.Planned = *a.row.At
	}
	if a.row.FirstTriedAt != nil {
		s.FirstTried = *a.row.FirstTriedAt
	}
	return dunning.Decide(s)
}

// contacts are the days of the last week on which the customer was contacted.
func (a *acting) contacts() []calendar.Date {
	days := make([]calendar.Date, len(a.sit.ContactedAgo))
	for i, ago := range a.sit.ContactedAgo {
		days[i] = a.today().AddDays(-ago)
	}
	return days
}

// paymentsStale reports whether the creditor wants payment data for the day after due before
// anybody is chased, and has none.
func (f *caseFile) paymentsStale() bool {
	known := f.Creditor.PaymentsKnownUntil
	return f.Creditor.FreshPaymentsRequired && (known == nil || !known.After(f.Invoice.DueDate))
}

// clockTolerance is how far the clocks of the parties may differ before a step counts as
// asked for too early: the plan moved it, for a pause that ended, and its workflow was
// not told yet.
const clockTolerance = time.Minute

// settle writes what a verdict other than go means, and answers the workflow.
func (a *acting) settle(ctx context.Context, v dunning.Verdict) (*dunning.ActResult, error) {
	switch v.Answer {
	case dunning.AnswerWait:
		return a.wait(ctx, v)
	case dunning.AnswerFailed:
		return a.fail(ctx, v.Reason, nil)
	default:
	}
	return a.outcome(ctx, v, "", nil)
}

// wait keeps the step pending; the plan moves it.
func (a *acting) wait(ctx context.Context, v dunning.Verdict) (*dunning.ActResult, error) {
	a.row.State, a.row.Reason, a.row.NotBefore = store.StepWaiting, v.Reason, nil
	if heldBack(v.Reason) {
		a.row.FirstTriedAt = nil
	}
	if !v.NotBefore.IsZero() {
		until := v.NotBefore.UTC()
		a.row.NotBefore = &until
	}
	a.touch(a.row)
	a.dirty = true
	if v.Reason == dunning.ReasonNotReleased {
		a.noteUnreleased()
	}
	if v.Reason == dunning.ReasonBankDataStale {
		if err := a.askForPayments(ctx); err != nil {
			return nil, err
		}
	}
	a.event("step_waits", map[string]any{"step": string(a.act.Step), "reason": string(v.Reason)})
	if _, err := a.save(); err != nil {
		return nil, err
	}
	return &dunning.ActResult{Answer: dunning.AnswerWait, Reason: v.Reason, NotBefore: v.NotBefore, State: a.state()}, nil
}

// heldBack reports whether a step waits because of what somebody decided or did, so that it goes
// on at its new instant as if it had not been tried before. What waits for its provider has no
// more time for that.
func heldBack(why dunning.Reason) bool {
	switch why {
	case dunning.ReasonProviderDown, dunning.ReasonUnsettled, dunning.ReasonOutsideWindow:
		return false
	default:
		return true
	}
}

// outcome ends the step, saves the case, and answers the workflow.
func (a *acting) outcome(ctx context.Context, v dunning.Verdict, reference string, channels map[dunning.Channel]store.ChannelResult) (*dunning.ActResult, error) {
	if err := a.end(ctx, v, reference, channels); err != nil {
		return nil, err
	}
	if _, err := a.save(); err != nil {
		return nil, err
	}
	return &dunning.ActResult{
		Answer: v.Answer, Reason: v.Reason, Reference: reference, Channels: channelWords(channels), State: a.state(),
	}, nil
}

// end ends the step, lapses what earlier steps left open, and prepares the next one.
func (a *acting) end(ctx context.Context, v dunning.Verdict, reference string, channels map[dunning.Channel]store.ChannelResult) error {
	a.close(v, reference, channels)
	a.write(store.LapseTaskItems(a.Invoice.ID, []string{TaskCall}, string(a.act.Step), a.now, "not_called"))
	if v.Answer != dunning.AnswerDone {
		return nil
	}
	return a.prepareHandOff(ctx)
}

// close ends the step's row.
func (a *acting) close(v dunning.Verdict, reference string, channels map[dunning.Channel]store.ChannelResult) {
	now, today := a.now, a.today()
	if a.step.Do == dunning.DoSendInvoice && v.Answer == dunning.AnswerDone && a.Invoice.SentOn != nil {
		today = *a.Invoice.SentOn // gaps count from the day on which the customer got it
	}
	a.row.State, a.row.Reason, a.row.NotBefore = store.StepState(v.Answer), v.Reason, nil
	a.row.Reference, a.row.Channels, a.row.DoneAt, a.row.DoneOn = reference, channels, &now, &today
	a.touch(a.row)
	a.dirty = true
	a.event("step_"+string(v.Answer), map[string]any{
		"step": string(a.act.Step), "occurrence": a.row.Occurrence, "reason": string(v.Reason), "reference": reference,
	})
}

func channelWords(channels map[dunning.Channel]store.ChannelResult) map[dunning.Channel]string {
	if len(channels) == 0 {
		return nil
	}
	words := make(map[dunning.Channel]string, len(channels))
	for c, r := range channels {
		words[c] = r.Status
		if r.Reason != "" {
			words[c] += ":" + r.Reason
		}
	}
	return words
}

// fail ends the step without success, with a task for a person.
func (a *acting) fail(ctx context.Context, reason dunning.Reason, channels map[dunning.Channel]store.ChannelResult) (*dunning.ActResult, error) {
	kind, role := TaskMendContact, dunning.RoleCollector
	switch {
	case reason == dunning.ReasonTooLate:
		kind = TaskLateStep
	case a.step.Do == dunning.DoHandOff:
		kind, role = TaskAgency, dunning.RoleFinance
	}
	task, err := a.task(ctx, newTask{kind: kind, role: role, reason: string(reason), step: a.act.Step})
	if err != nil {
		return nil, err
	}
	return a.outcome(ctx, dunning.Verdict{Answer: dunning.AnswerFailed, Reason: reason}, task.String(), channels)
}

// Call puts the customer on the call list: one task for all that is to be said.
func (s *Service) Call(ctx context.Context, act dunning.Act, now time.Time) (*dunning.ActResult, error) {
	return s.act(ctx, act, now, func(ctx context.Context, a *acting) (*dunning.ActResult, error) {
		id, err := a.tx.OpenCallTask(ctx, a.Customer.ID)
		if err != nil {
			return nil, err
		}
		if id == nil {
			expires := a.place.Customer.AddBusinessDays(a.today(), max(1, a.step.ExpiresAfter))
			today := a.today()
			t := store.Task{
				ID: store.NewID(), CreditorID: a.Creditor.ID, CustomerID: a.Customer.ID, Kind: TaskCall, Role: string(dunning.RoleCollector),
				Reason: string(a.step.Stage), Status: "open", CreatedAt: a.now, DueOn: &today, ExpiresOn: &expires, Attempt: 1,
			}
			a.write(store.AddTask(t))
			id = &t.ID
		}
		a.write(store.AddTaskItem(*id, a.Invoice.ID, a.Invoice.CurrentRun, string(a.act.Step)))
		return a.outcome(ctx, dunning.Verdict{Answer: dunning.AnswerDone}, id.String(), nil)
	})
}

// Ask puts a question about the case to a person: a missing delivery, or an overdue
// invoice of a debtor that has no ladder.
func (s *Service) Ask(ctx context.Context, act dunning.Act, now time.Time) (*dunning.ActResult, error) {
	return s.act(ctx, act, now, func(ctx context.Context, a *acting) (*dunning.ActResult, error) {
		kind, role := TaskReview, dunning.RoleCollector
		if act.Step == dunning.StepDeliveryCheck {
			kind, role = TaskDeliveryCheck, dunning.RoleFinance
		}
		task, err := a.task(ctx, newTask{kind: kind, role: role, reason: string(act.Step), step: act.Step})
		if err != nil {
			return nil, err
		}
		return a.outcome(ctx, dunning.Verdict{Answer: dunning.AnswerDone}, task.String(), nil)
	})
}

// act runs a step that needs no provider: claim and record in one transaction.
func (s *Service) act(ctx context.Context, act dunning.Act, now time.Time, do func(context.Context, *acting) (*dunning.ActResult, error)) (*dunning.ActResult, error) {
	var result *dunning.ActResult
	err := s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, known, err := s.openAct(ctx, tx, act, now)
		if err != nil || known != nil {
			result = known
			return err
		}
		if v := a.decide(); v.Answer != dunning.AnswerGo {
			result, err = a.settle(ctx, v)
			return err
		}
		result, err = do(ctx, a)
		return err
	})
	return result, err
}

package collection

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/store"
)

// CallOutcomes are the codes with which a call is closed. Stored: never rename.
var CallOutcomes = []string{
	"will_pay", "paid", "dispute", "needs_copy", "needs_po", "change_contact", "callback",
	"right_party", "gatekeeper", "voicemail", "no_answer", "wrong_number",
}

const (
	promiseGrace = 2 // business days after the promised day before a promise counts as broken
	copyPatience = 5 // business days to wait after a copy was sent
	callAttempts = 3 // the first call and two more
	longestAhead = 92
	paidSaysHold = "paid_says_customer"
	copySentHold = "copy_sent"
)

// call records the outcome of a call and what follows for each of its invoices.
func (c *closing) call(ctx context.Context) error {
	if err := c.checkCall(); err != nil {
		return err
	}
	if err := c.contacted(ctx); err != nil {
		return err
	}
	if c.outcome.Code == "voicemail" || c.outcome.Code == "no_answer" {
		return c.notReached(ctx)
	}
	if err := c.shut(ctx, c.outcome.Code); err != nil {
		return err
	}
	return c.each(ctx, func(ctx context.Context, f *caseFile, item store.TaskItem) error {
		f.tell(MessageCallRecorded, true)
		if item.LapsedAt != nil || f.Invoice.ClosedOutcome != nil || !c.concerns(f.Invoice.ID) {
			return nil
		}
		return c.afterCall(ctx, f)
	})
}

func (c *closing) concerns(id uuid.UUID) bool {
	return len(c.outcome.Invoices) == 0 || slices.Contains(c.outcome.Invoices, id)
}

func (c *closing) checkCall() error {
	o := c.outcome
	var bad faults
	today := calendar.DateOf(c.now)
	if !slices.Contains(CallOutcomes, o.Code) {
		bad.add("outcome", "unknown_outcome", "a call is closed with one of %v", CallOutcomes)
	}
	if o.Code == "will_pay" && (o.Date == nil || o.Date.Before(today) || o.Date.DaysSince(today) > longestAhead) {
		bad.add("date", "invalid_date", "a promise needs the day of payment, today or within %d days", longestAhead)
	}
	if o.Code == "dispute" && !slices.Contains(DisputeReasons, o.Reason) {
		bad.add("reason", "unknown_reason", "a dispute needs one of %v", DisputeReasons)
	}
	if o.Code == "callback" && (o.At == nil || o.At.Before(c.now) || o.At.After(c.now.AddDate(0, 0, longestAhead))) {
		bad.add("at", "invalid_time", "a call back needs a time within %d days", longestAhead)
	}
	return bad.err()
}

// contacted counts the call for the daily cap.
func (c *closing) contacted(ctx context.Context) error {
	items, err := c.tx.TaskItems(ctx, c.task.ID)
	if err != nil || len(items) == 0 {
		return err
	}
	f, err := c.service.open(ctx, c.tx, items[0].InvoiceID, c.now, c.actor)
	if err != nil {
		return err
	}
	return c.tx.Do(ctx, store.UseContactDay(f.Customer.ID, f.today(), nil))
}

// notReached puts the call back for the next business day, twice.
func (c *closing) notReached(ctx context.Context) error {
	if c.task.Attempt >= callAttempts {
		if err := c.shut(ctx, c.outcome.Code); err != nil {
			return err
		}
	}
	return c.each(ctx, func(ctx context.Context, f *caseFile, _ store.TaskItem) error {
		f.dirty = false
		if c.task.Status == "done" || (c.task.NotBefore != nil && c.task.NotBefore.After(c.now)) {
			return nil
		}
		next := f.place.CallsOpen(f.place.Customer.AddBusinessDays(f.today(), 1)).UTC()
		c.task.Status, c.task.ClaimedBy, c.task.ClaimedUntil = "open", nil, nil
		c.task.NotBefore, c.task.Attempt = &next, c.task.Attempt+1
		return c.tx.SaveTask(ctx, c.task)
	})
}

// afterCall is what a call means for one invoice.
func (c *closing) afterCall(ctx context.Context, f *caseFile) error {
	o := c.outcome
	switch o.Code {
	case "will_pay":
		return f.promise(ctx, *o.Date)
	case "dispute":
		_, err := f.dispute(ctx, o.Reason, "")
		return err
	case "paid":
		if err := f.hold(ctx, HoldRequest{Reason: paidSaysHold}); err != nil {
			return err
		}
		_, err := f.task(ctx, newTask{kind: TaskClaimsPaid, role: dunning.RoleFinance, reason: paidSaysHold})
		return err
	case "needs_copy":
		until := f.place.Customer.AddBusinessDays(f.today(), copyPatience)
		if err := f.wantCopy(ctx); err != nil {
			return err
		}
		return f.hold(ctx, HoldRequest{Reason: copySentHold, Until: &until})
	case "wrong_number":
		_, err := f.task(ctx, newTask{kind: TaskMendContact, role: dunning.RoleCollector, reason: o.Code})
		return err
	default:
		var at *time.Time
		if o.Code == "callback" {
			at = o.At
		}
		_, err := f.task(ctx, newTask{kind: TaskFollowUp, role: dunning.RoleCollector, reason: o.Code, notBefore: at})
		return err
	}
}

// promise holds the case until the day and some grace.
func (f *caseFile) promise(ctx context.Context, day calendar.Date) error {
	until := f.place.Customer.AddBusinessDays(f.place.Customer.OnOrAfter(day), promiseGrace)
	if f.Promise != nil {
		fate := f.promiseFate("replaced")
		f.event("promise_"+fate, map[string]any{"promise_id": f.Promise.ID.String()})
		if err := f.tx.SettlePromise(ctx, f.Promise.ID, fate, f.now); err != nil {
			return err
		}
	}
	p := store.Promise{
		ID: store.NewID(), InvoiceID: f.Invoice.ID, PromisedOn: day, HoldsUntil: until, MadeAt: f.now, Actor: string(f.actor), Status: "open",
	}
	if err := f.tx.InsertPromise(ctx, p); err != nil {
		return err
	}
	f.Promise = &p
	f.forgetTries()
	f.event("promised", map[string]any{"promise_id": p.ID.String(), "on": day.String(), "holds_until": until.String()})
	return nil
}

// promiseFate is broken once the grace is over, whatever happens then.
func (f *caseFile) promiseFate(otherwise string) string {
	if f.Promise.HoldsUntil.Before(f.today()) {
		return "broken"
	}
	return otherwise
}

// settlePromise says what became of the open promise when the case closes.
func (f *caseFile) settlePromise(ctx context.Context) error {
	if f.Promise == nil {
		return nil
	}
	fate := f.promiseFate("kept")
	f.event("promise_"+fate, map[string]any{"promise_id": f.Promise.ID.String()})
	err := f.tx.SettlePromise(ctx, f.Promise.ID, fate, f.now)
	f.Promise = nil
	return err
}

// breakPromise counts a promise whose grace is over and that was not kept.
func (f *caseFile) breakPromise(ctx context.Context) error {
	if f.Promise == nil || !f.Promise.HoldsUntil.Before(f.today()) {
		return nil
	}
	until := f.Promise.HoldsUntil
	if f.Invoice.PauseEndedOn == nil || until.After(*f.Invoice.PauseEndedOn) {
		f.Invoice.PauseEndedOn = &until
	}
	return f.settlePromise(ctx)
}

// wantCopy asks for a copy of the invoice to be sent, before anything else.
func (f *caseFile) wantCopy(ctx context.Context) error {
	row := f.step(dunning.StepInvoiceCopy)
	if row == nil {
		sent, err := f.tx.Occurrences(ctx, f.Invoice.ID) // an earlier run may have sent one
		if err != nil {
			return err
		}
		f.Steps = append(f.Steps, store.PlanStep{
			InvoiceID: f.Invoice.ID, RunNo: f.Invoice.CurrentRun, Step: dunning.StepInvoiceCopy, Stage: dunning.StageInvoice,
			Action: dunning.DoSendCopy, State: store.StepPending, Occurrence: sent[dunning.StepInvoiceCopy] + 1,
		})
		row = &f.Steps[len(f.Steps)-1]
	} else if !row.State.Open() {
		row.Occurrence++
		row.State, row.Reason, row.At, row.NotBefore, row.FirstTriedAt, row.DoneAt, row.DoneOn = store.StepPending, "", nil, nil, nil, nil, nil
	}
	f.touch(row)
	return nil
}

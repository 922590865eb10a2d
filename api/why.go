package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"maan/internal/dunning"
	"maan/internal/store"
)

// GetInvoiceWhy says what comes next and when, or why nothing went, step by step.
func (s *server) GetInvoiceWhy(ctx context.Context, r GetInvoiceWhyRequestObject) (GetInvoiceWhyResponseObject, error) {
	who := callerOf(ctx)
	view, err := s.store.FindInvoice(ctx, who.scope, who.today(), r.ID)
	if err != nil {
		return nil, err
	}
	row, err := s.store.InvoiceRow(ctx, who.scope, r.ID)
	if err != nil {
		return nil, err
	}
	creditor, err := s.store.FindCreditor(ctx, who.scope, view.CreditorID)
	if err != nil {
		return nil, err
	}
	policy, steps, err := s.store.PlanOf(ctx, r.ID, row.PolicyVersionID)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(creditor.Zone)
	if err != nil {
		zone = time.UTC
	}
	t := &teller{policy: policy, zone: zone, mode: creditor.Mode}
	answer := Why{
		InvoiceID: r.ID, Number: view.Number, Status: view.Status, Stage: view.Stage, Open: moneyOf(view.OpenMinor, view.Currency),
		Paused: each(view.Paused, func(code string) Sentence {
			return Sentence{Code: code, Sentence: sentenceOf(dunning.Reason(code)) + "."}
		}),
		Steps: []WhyStep{},
	}
	for _, step := range steps {
		if step.RunNo != row.CurrentRun {
			continue
		}
		told := t.step(step)
		answer.Steps = append(answer.Steps, told)
		if step.State.Open() && answer.Next == nil && view.Status != "closed" {
			answer.Next = &told
		}
	}
	answer.Sentence = t.whole(view, answer.Next)
	return GetInvoiceWhy200JSONResponse(answer), nil
}

// teller puts steps into sentences; times are the creditor's, who reads them.
type teller struct {
	policy *dunning.Policy
	zone   *time.Location
	mode   dunning.Mode
}

func (t *teller) when(at *time.Time) string {
	if at == nil {
		return "at a time that is not known yet"
	}
	return "on " + at.In(t.zone).Format("Monday 2 January 2006 at 15:04")
}

// step is one step with its sentence.
func (t *teller) step(p store.PlanStep) WhyStep {
	w := WhyStep{
		Step: string(p.Step), Label: labelOf(t.policy, p.Step), Stage: p.Stage, State: p.State, Reason: string(p.Reason), At: p.At,
		NotBefore: p.NotBefore, DoneAt: p.DoneAt, Reference: p.Reference,
	}
	switch p.State {
	case store.StepDone:
		w.Sentence = "Done " + t.when(p.DoneAt) + "."
	case store.StepSkipped:
		w.Sentence = "Left out: " + sentenceOf(p.Reason) + "."
	case store.StepFailed:
		w.Sentence = "Failed: " + sentenceOf(p.Reason) + ". A task asks a person to look."
	case store.StepWaiting:
		w.Sentence = "Waits: " + sentenceOf(p.Reason) + "."
		if p.NotBefore != nil {
			w.Sentence += " It is tried again " + t.when(p.NotBefore) + "."
		}
	default:
		w.Sentence = "Planned " + t.when(p.At) + "."
	}
	return w
}

// whole is the answer in one or two sentences.
func (t *teller) whole(v store.InvoiceView, next *WhyStep) string {
	switch {
	case v.Status == "closed":
		return fmt.Sprintf("The case is closed: %s. Nothing goes out any more.", sentenceOf(value(v.ClosedOutcome)))
	case v.Status == "paused" && next != nil:
		return fmt.Sprintf("Nothing goes out: %s. When that ends, the next step is %q, one business day later at the earliest.", t.pauses(v.Paused), next.Label)
	case v.Status == "paused":
		return fmt.Sprintf("Nothing goes out: %s.", t.pauses(v.Paused))
	case next == nil:
		return "Every step of the policy is over and the invoice is still open: a person decides what comes next."
	case next.State == store.StepWaiting:
		return fmt.Sprintf("The next step is %q. %s", next.Label, next.Sentence) + t.shadow()
	}
	return fmt.Sprintf("The next step is %q, %s.", next.Label, t.when(next.At)) + t.shadow()
}

func (t *teller) pauses(codes []string) string {
	return strings.Join(each(codes, func(code string) string { return sentenceOf(dunning.Reason(code)) }), ", and ")
}

func (t *teller) shadow() string {
	if t.mode == dunning.ModeShadow {
		return " The creditor is in shadow mode: the step is only played through and nothing leaves."
	}
	return ""
}

// reasons are the codes in words, as the end of a sentence.
//
//nolint:gochecknoglobals // a table
var reasons = map[dunning.Reason]string{
	dunning.ReasonPaid:           "the invoice is paid",
	dunning.ReasonCredited:       "the invoice was credited",
	dunning.ReasonWrittenOff:     "the rest was written off",
	dunning.ReasonBelowMinimum:   "what is open is below the policy's minimum amount",
	dunning.ReasonWaived:         "a person decided that it is not done",
	dunning.ReasonNotApplicable:  "the policy's conditions for it are not met, or its time had passed",
	dunning.ReasonShadow:         "the creditor was in shadow mode, where nothing leaves",
	dunning.ReasonDisputed:       "the customer disputes the invoice",
	dunning.ReasonHeld:           "a hold silences it",
	dunning.ReasonDoNotChase:     "the customer or the invoice must not be chased",
	dunning.ReasonPromisePending: "the customer promised to pay and still has time",
	dunning.ReasonOutsideWindow:  "it is outside the hours in which the customer may be contacted",
	dunning.ReasonContactCap:     "the customer was contacted on that day already",
	dunning.ReasonBankDataStale:  "the bank's data are too old to know whether the invoice is paid",
	dunning.ReasonProviderDown:   "the provider does not take messages at the moment",
	dunning.ReasonNotReleased:    "a person has not released or approved it yet",
	dunning.ReasonStopped:        "the creditor's stop switch is on",
	dunning.ReasonUnsettled:      "nobody knows yet whether the message before it left",
	dunning.ReasonCreditCovers:   "the customer's credit covers all that is overdue",
	dunning.ReasonTooLate:        "it could not go out in time",
	dunning.ReasonNoContact:      "there is no usable address or number",
	dunning.ReasonRejected:       "the provider refused the message",
	dunning.ReasonBounced:        "the address does not exist any more",
}

// sentenceOf is a reason in words; a code without words stands for itself.
func sentenceOf(r dunning.Reason) string {
	if text, ok := reasons[r]; ok {
		return text
	}
	return "its reason is " + string(r)
}

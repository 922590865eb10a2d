package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"maan/internal/dunning"
)

// StepResult is what became of a step, as an auditor reads it.
type StepResult struct {
	Step      dunning.StepID             `json:"step"`
	Stage     dunning.Stage              `json:"stage"`
	Outcome   dunning.Answer             `json:"outcome"`
	Reason    dunning.Reason             `json:"reason,omitempty"`
	At        time.Time                  `json:"at"`
	Reference string                     `json:"reference,omitempty"` // message or task id
	Channels  map[dunning.Channel]string `json:"channels,omitempty"`
}

// Result tells the whole story of a run.
type Result struct {
	Outcome      dunning.Reason `json:"outcome"` // paid, credited or written_off
	DaysLate     int            `json:"days_late"`
	HandedOff    bool           `json:"handed_off,omitempty"`
	Steps        []StepResult   `json:"steps"`
	LastDelivery string         `json:"last_delivery,omitempty"`
}

// InvoiceCollection collects one invoice: it does each planned step when it is due and
// ends when the invoice is paid, credited or written off.
func InvoiceCollection(ctx workflow.Context, in dunning.Case) (*Result, error) {
	c := newCollection(in)
	if err := c.listen(ctx); err != nil {
		return nil, err
	}
	return c.run(ctx)
}

// collection is the state of a run. Handlers only change it; the main coroutine issues
// every command.
type collection struct {
	in       dunning.Case
	state    dunning.State
	result   Result        //
	stage    dunning.Stage // as the search attributes have it
	paused   bool          // as the search attributes have it
	blocked  int64         // facts_seq at which an act was told to wait for a fact; 0: not blocked
	messages *inbox
}

func newCollection(in dunning.Case) *collection {
	c := &collection{in: in, state: in.State, result: Result{Steps: []StepResult{}}}
	if s, ok := in.State.Current(); ok {
		c.stage = s.Stage
	}
	c.paused = len(in.State.Paused) > 0
	return c
}

func (c *collection) run(ctx workflow.Context) (*Result, error) {
	for !c.closed() {
		step, due, err := c.waitUntilDue(ctx)
		if err != nil {
			return nil, err
		}
		if !due {
			continue
		}
		if err := c.perform(ctx, step); err != nil {
			return nil, err
		}
		if err := c.show(ctx); err != nil {
			return nil, err
		}
	}
	return c.finish(ctx)
}

func (c *collection) closed() bool { return c.state.Closed != "" }

// learn takes newer facts; older ones and repetitions change nothing.
func (c *collection) learn(s dunning.State) {
	if s.FactsSeq > c.state.FactsSeq {
		c.state = s
	}
}

// current is the step that may be waited for: none while the case is closed or paused,
// or while its act waits for a fact that has not come.
func (c *collection) current() (dunning.PlannedStep, bool) {
	if c.closed() || len(c.state.Paused) > 0 || c.blocked == c.state.FactsSeq {
		return dunning.PlannedStep{}, false
	}
	return c.state.Current()
}

// waitUntilDue returns when the current step is due, or with due false when the facts
// have changed so that the caller looks again. No timer runs while the case is paused.
func (c *collection) waitUntilDue(ctx workflow.Context) (dunning.PlannedStep, bool, error) {
	step, ok := c.current()
	if !ok {
		if err := c.show(ctx); err != nil {
			return step, false, err
		}
		err := workflow.Await(ctx, func() bool { _, ready := c.current(); return ready || c.closed() })
		return step, false, err
	}
	d := step.At.Sub(workflow.Now(ctx))
	if d <= 0 {
		return step, true, nil
	}
	if err := c.show(ctx); err != nil {
		return step, false, err
	}
	timerCtx, cancel := workflow.WithCancel(ctx)
	timer := workflow.NewTimerWithOptions(timerCtx, d, workflow.TimerOptions{Summary: "Until " + step.Label})
	moved := func() bool {
		now, ok := c.current()
		return !ok || now.Step != step.Step || !now.At.Equal(step.At)
	}
	err := workflow.Await(ctx, func() bool { return timer.IsReady() || moved() })
	due := timer.IsReady() && !moved() // read before the cancel, which makes the timer ready too
	if now, ok := c.current(); ok && due {
		step = now // the same step, perhaps as a new occurrence
	}
	cancel()
	return step, due, err
}

// perform does a step and records what became of it.
func (c *collection) perform(ctx workflow.Context, step dunning.PlannedStep) error {
	activity, words := activityFor(step)
	act := dunning.Act{InvoiceID: c.in.InvoiceID, RunNo: c.in.RunNo, Step: step.Step, Occurrence: step.Occurrence}
	asked := workflow.Now(ctx)
	var r dunning.ActResult
	if err := workflow.ExecuteActivity(withOptions(ctx, words+" · "+step.Label, priorityOf(step)), activity, act).Get(ctx, &r); err != nil {
		return fmt.Errorf("step %s: %w", step.Step, err)
	}
	c.learn(r.State)
	if next, ok := c.state.Current(); ok && sameStep(next, step) && r.State.FactsSeq == c.state.FactsSeq && !movedOn(r, next, asked) {
		c.blocked = c.state.FactsSeq // asking again at once would be answered the same: only a newer fact goes on
	}
	if r.Answer == dunning.AnswerWait {
		return nil
	}
	c.result.Steps = append(c.result.Steps, StepResult{
		Step: step.Step, Stage: step.Stage, Outcome: r.Answer, Reason: r.Reason, At: workflow.Now(ctx), Reference: r.Reference, Channels: r.Channels,
	})
	return nil
}

// sameStep reports whether a planned step is the occurrence that was just asked;
// another occurrence is worth asking at once.
func sameStep(next, asked dunning.PlannedStep) bool {
	return next.Step == asked.Step && next.Occurrence == asked.Occurrence
}

// movedOn reports whether the answer puts the step to a moment after the one at which it
// was asked. That moment may have passed by now, for instance while no worker ran: then
// the step is worth asking at once.
func movedOn(r dunning.ActResult, next dunning.PlannedStep, asked time.Time) bool {
	return r.NotBefore.After(asked) && next.At.After(asked)
}

func activityFor(step dunning.PlannedStep) (name, words string) {
	switch step.Do {
	case dunning.DoCall:
		return ActCallTask, "Call task"
	case dunning.DoTask:
		return ActTask, "Task"
	case dunning.DoEscalate:
		return ActEscalate, "E-mail and task for sales"
	case dunning.DoHandOff:
		return ActHandOff, "Dossier to the agency"
	default:
		return ActSendMessage, "Send message"
	}
}

// Priorities of activities, lower first: Temporal hands them to workers in this order, and
// the providers' rates are shared out in it. An agency must know at once that it has to
// stop, and an invoice goes out at once after delivery; a reminder can wait for both.
const (
	priorityRecall   = 1
	priorityInvoice  = 2
	PriorityOrdinary = 3 // Temporal's own default
)

func priorityOf(step dunning.PlannedStep) int {
	if step.Do == dunning.DoSendInvoice {
		return priorityInvoice
	}
	return PriorityOrdinary
}

// withOptions: an activity that dies is started again at once by the server's time-out,
// and one that fails (database down) is tried again for as long as it takes; whether it
// still makes sense is the claim's to say.
func withOptions(ctx workflow.Context, summary string, priority int) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Second,
		Summary:             summary,
		Priority:            temporal.Priority{PriorityKey: priority},
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: 2 * time.Second, BackoffCoefficient: 2, MaximumInterval: 5 * time.Minute,
		},
	})
}

// finish takes the case back from the agency if it was handed off, waits for handlers
// and answers with the whole story.
func (c *collection) finish(ctx workflow.Context) (*Result, error) {
	if c.state.HandedOff {
		if err := c.recall(ctx); err != nil {
			return nil, err
		}
	}
	c.complete()
	c.result.Outcome, c.result.DaysLate, c.result.LastDelivery = c.state.Closed, c.state.DaysLate, c.state.LastDelivery
	c.result.HandedOff = c.state.HandedOff
	c.stage = dunning.StageClosed
	if err := workflow.UpsertTypedSearchAttributes(ctx, AttrStage.ValueSet(string(c.stage)), AttrPaused.ValueSet(false), AttrNextAction.ValueUnset()); err != nil {
		return nil, fmt.Errorf("show the closing: %w", err)
	}
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return nil, err
	}
	c.messages.drain()
	return &c.result, nil
}

// complete adds what became of steps without an act of this run: skipped by the closing,
// or settled by a provider's report or a person. The story stays in the order of time.
func (c *collection) complete() {
	known := map[dunning.StepID]int{}
	for i, s := range c.result.Steps {
		known[s.Step] = i
	}
	for _, s := range c.state.Story {
		i, ok := known[s.Step]
		if !ok {
			c.result.Steps = append(c.result.Steps, StepResult{
				Step: s.Step, Stage: s.Stage, Outcome: s.Answer, Reason: s.Reason, At: s.At, Reference: s.Reference,
			})
			continue
		}
		if r := &c.result.Steps[i]; r.Outcome != s.Answer || r.Reason != s.Reason {
			r.Outcome, r.Reason, r.At, r.Reference = s.Answer, s.Reason, s.At, s.Reference
		}
	}
	slices.SortStableFunc(c.result.Steps, func(a, b StepResult) int { return a.At.Compare(b.At) })
}

// recall tells the agency to stop; an agency that cannot be told is finance's task.
func (c *collection) recall(ctx workflow.Context) error {
	act := dunning.Act{InvoiceID: c.in.InvoiceID, RunNo: c.in.RunNo, Step: dunning.StepAgencyRecall, Occurrence: 1}
	var r dunning.ActResult
	err := workflow.ExecuteActivity(withOptions(ctx, "Send message · recall from the agency", priorityRecall), ActRecall, act).Get(ctx, &r)
	if err != nil {
		return fmt.Errorf("recall: %w", err)
	}
	c.result.Steps = append(c.result.Steps, StepResult{
		Step: dunning.StepAgencyRecall, Stage: dunning.StageAgency, Outcome: r.Answer, Reason: r.Reason, At: workflow.Now(ctx), Reference: r.Reference,
	})
	return nil
}

// show puts the case's stage, pause and next moment into the search attributes, once
// for each change of stage or pause.
func (c *collection) show(ctx workflow.Context) error {
	stage, paused := c.stage, len(c.state.Paused) > 0
	step, ok := c.state.Current()
	if ok {
		stage = step.Stage
	}
	if c.closed() || (stage == c.stage && paused == c.paused) {
		return nil
	}
	c.stage, c.paused = stage, paused
	next := AttrNextAction.ValueUnset()
	if ok && !paused {
		next = AttrNextAction.ValueSet(step.At)
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, AttrStage.ValueSet(string(stage)), AttrPaused.ValueSet(paused), next); err != nil {
		return fmt.Errorf("show the stage: %w", err)
	}
	return nil
}

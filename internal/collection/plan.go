package collection

import (
	"slices"

	"maan/internal/dunning"
	"maan/internal/store"
)

// spread is the case's share of a contact window.
func (f *caseFile) spread() dunning.Spread {
	return dunning.Spread{Customer: f.Customer.ID.String(), Invoice: f.Invoice.ID.String()}
}

// facts are what the plan needs.
func (f *caseFile) facts() dunning.Facts {
	facts := dunning.Facts{
		AsOf: f.now, Issued: f.Invoice.IssueDate, Due: f.Invoice.DueDate, Delivered: f.Invoice.IssueDate, Spread: f.spread(),
	}
	if run, err := dunning.ParsePaymentRun(f.Customer.PaymentRun); err == nil { // the database keeps no other
		facts.PaymentRun = run
	}
	if f.Invoice.Delivery == "required" {
		facts.Awaiting = f.Delivered == nil
		if f.Delivered != nil {
			facts.Delivered = *f.Delivered
		}
	}
	if f.Invoice.Sending == "already_sent" && f.Invoice.SentOn != nil {
		facts.AlreadySent = *f.Invoice.SentOn
	}
	if f.Invoice.PauseEndedOn != nil {
		facts.PausedUntil = *f.Invoice.PauseEndedOn
	}
	if until := f.heldUntil(); until != nil && until.After(facts.PausedUntil) {
		facts.PausedUntil = *until
	}
	if f.Promise != nil && f.Promise.HoldsUntil.After(facts.PausedUntil) {
		facts.PausedUntil = f.Promise.HoldsUntil
	}
	if row := f.step(dunning.StepInvoiceCopy); row != nil && row.State.Open() {
		facts.CopyWanted = true
	}
	i := slices.IndexFunc(f.Steps, func(s store.PlanStep) bool { return s.State.Open() }) // a wanted copy comes before all others
	if i < 0 {
		return facts
	}
	current := &f.Steps[i]
	waits := current.State == store.StepWaiting
	if waits && current.NotBefore != nil {
		facts.NotBefore = *current.NotBefore
	}
	if !f.anew && current.At != nil && (!waits || current.NotBefore != nil) && !current.At.After(f.now) {
		facts.DueStep, facts.DueSince = current.Step, *current.At
	}
	return facts
}

// outcomes are the steps of this run that are over.
func (f *caseFile) outcomes() []dunning.Outcome {
	var out []dunning.Outcome
	for _, s := range f.Steps {
		if !s.State.Open() && s.DoneOn != nil {
			out = append(out, dunning.Outcome{Step: s.Step, Answer: dunning.Answer(s.State), Reason: s.Reason, On: *s.DoneOn})
		}
	}
	return out
}

// replan rewrites the pending steps. A closed case plans nothing: what was pending is
// skipped for the reason of the closing.
func (f *caseFile) replan() {
	if f.Invoice.ClosedOutcome != nil {
		f.skipPending(*f.Invoice.ClosedOutcome)
		return
	}
	plan := dunning.Plan(f.Policy, f.facts(), f.place, f.outcomes())
	planned := make(map[dunning.StepID]bool, len(plan))
	moved := false
	for i, p := range plan {
		planned[p.Step] = true
		moved = f.putStep(p, i) || moved
	}
	kept := f.Steps[:0]
	for _, s := range f.Steps {
		if s.State.Open() && !planned[s.Step] {
			f.change.Dropped = append(f.change.Dropped, s.Step)
			moved = true
			continue
		}
		kept = append(kept, s)
	}
	f.Steps = kept
	slices.SortStableFunc(f.Steps, func(a, b store.PlanStep) int { return a.Position - b.Position })
	if moved {
		f.Invoice.PlanNo++
	}
}

// putStep writes a planned step into its row and reports whether that changed it.
func (f *caseFile) putStep(p dunning.PlannedStep, index int) bool {
	position := f.position(p.Step)
	row := f.step(p.Step)
	if row == nil {
		f.Steps = append(f.Steps, store.PlanStep{
			InvoiceID: f.Invoice.ID, RunNo: f.Invoice.CurrentRun, Step: p.Step, Position: position, Stage: p.Stage, Action: p.Do,
			Occurrence: 1, State: store.StepPending,
		})
		row = &f.Steps[len(f.Steps)-1]
	}
	same := row.At != nil && row.At.Equal(p.At) && row.Position == position
	waiting := row.State == store.StepWaiting && index == 0
	if same && (waiting || row.State == store.StepPending) {
		return false
	}
	if !p.MovedFrom.IsZero() && (row.LocalDate == nil || *row.LocalDate != p.LocalDate) {
		f.event("step_moved", map[string]any{
			"step": string(p.Step), "from": p.MovedFrom.String(), "to": p.LocalDate.String(), "why": "payment_run",
		})
	}
	at, day := p.At, p.LocalDate
	row.At, row.LocalDate, row.Position = &at, &day, position
	if !waiting {
		row.State, row.Reason, row.NotBefore = store.StepPending, "", nil
	}
	f.touch(row)
	return true
}

// position orders the rows: the engine's own steps first, then the policy's.
func (f *caseFile) position(id dunning.StepID) int {
	for i := range f.Policy.Steps {
		if f.Policy.Steps[i].ID == id {
			return i + 1
		}
	}
	return 0
}

func (f *caseFile) skipPending(why dunning.Reason) {
	today := f.today()
	for i := range f.Steps {
		s := &f.Steps[i]
		if !s.State.Open() {
			continue
		}
		now := f.now
		s.State, s.Reason, s.NotBefore, s.DoneAt, s.DoneOn = store.StepSkipped, dunning.ClosedReason(why), nil, &now, &today
		f.touch(s)
	}
}

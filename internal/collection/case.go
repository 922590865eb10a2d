package collection

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/store"
)

// caseFile is a case under lock, with the change that is being made to it.
type caseFile struct {
	*store.Case

	tx      *store.Tx
	service *Service
	now     time.Time
	actor   Actor
	place   dunning.Place
	change  store.CaseChange
	message string // name of the message to the workflow; empty: the caller answers with the state itself
	quick   bool   // a person waits: the API delivers the message at once
	changed map[dunning.StepID]bool
	asked   map[string]uuid.UUID // tasks of this change, by kind, role and reason
	failed  *dunning.FailedStep  // what this change let fail; its message says so
	dirty   bool                 // facts changed: the sequence rises and the plan is made anew
	anew    bool                 // the current step begins anew: it is due from now, even if it was due before

	together   map[string]uuid.UUID // tasks about several invoices of one message, as in asked; nil: it is about this one
	secondhand bool                 // it went along: what its message says of the provider is noted already
}

// open locks and reads a case.
func (s *Service) open(ctx context.Context, tx *store.Tx, invoiceID uuid.UUID, now time.Time, actor Actor) (*caseFile, error) {
	c, err := tx.LockCase(ctx, invoiceID)
	if err != nil {
		return nil, err
	}
	return s.file(tx, c, now, actor)
}

func (s *Service) file(tx *store.Tx, c *store.Case, now time.Time, actor Actor) (*caseFile, error) {
	place, err := placeOf(&c.Creditor, &c.Customer, c.Overrides)
	if err != nil {
		return nil, err
	}
	return s.fileAt(tx, c, place, now, actor), nil
}

func (s *Service) fileAt(tx *store.Tx, c *store.Case, place dunning.Place, now time.Time, actor Actor) *caseFile {
	place.Hours = c.Policy.HoursIn(c.Customer.Country)
	return &caseFile{
		Case: c, tx: tx, service: s, now: now.UTC().Truncate(time.Millisecond), actor: actor, place: place,
		changed: map[dunning.StepID]bool{}, asked: map[string]uuid.UUID{}, dirty: true,
	}
}

// placeOf is where the customer is; an unknown zone is the creditor's.
func placeOf(cr *store.Creditor, cu *store.Customer, overrides []calendar.Override) (dunning.Place, error) {
	name := cu.Zone
	if name == "" {
		name = cr.Zone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return dunning.Place{}, fmt.Errorf("zone of customer %s: unknown name", cu.ID)
	}
	return dunning.Place{
		Customer: calendar.For(cu.Country, cu.Region).With(overrides), Banking: calendar.TARGET(), Zone: zone,
	}, nil
}

func (f *caseFile) today() calendar.Date { return f.place.Date(f.now) }

// tell names the message that carries the new state to the workflow. The first name
// wins: it is the fact, the others are its consequences.
func (f *caseFile) tell(name string, quick bool) {
	if f.message == "" {
		f.message, f.quick = name, quick
	}
}

// event appends a line to the case's history: ids and codes only.
func (f *caseFile) event(kind string, data map[string]any) {
	if data == nil {
		data = map[string]any{}
	}
	f.Invoice.EventSeq++
	e := store.CaseEvent{
		InvoiceID: f.Invoice.ID, Seq: f.Invoice.EventSeq, Kind: kind, Actor: string(f.actor), Data: data,
		PrevHash: f.Invoice.EventHash, BusinessAt: f.now, RecordedAt: time.Now().UTC().Truncate(time.Microsecond),
	}
	e.Hash = EventHash(e)
	f.Invoice.EventHash = e.Hash
	f.change.Events = append(f.change.Events, e)
}

// EventHash binds a line of a case's history to the one before it.
func EventHash(e store.CaseEvent) string {
	data, err := json.Marshal(e.Data) // map keys are sorted, so the bytes are canonical
	if err != nil {
		panic("case event data is not JSON: " + e.Kind) // only maps of plain values are ever given
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d\n%s\n%s\n%s\n%s", e.PrevHash, e.InvoiceID, e.Seq, e.Kind, e.Actor, data,
		e.BusinessAt.UTC().Format(time.RFC3339Nano)))
	return hex.EncodeToString(sum[:])
}

// step finds the row of a step in the current run.
func (f *caseFile) step(id dunning.StepID) *store.PlanStep {
	for i := range f.Steps {
		if f.Steps[i].Step == id {
			return &f.Steps[i]
		}
	}
	return nil
}

// write adds changes that travel with the case when it is saved.
func (f *caseFile) write(w ...store.Write) { f.change.Writes = append(f.change.Writes, w...) }

// touch marks a step's row as changed.
func (f *caseFile) touch(s *store.PlanStep) { f.changed[s.Step] = true }

// ready plans anew and gets the change ready to be written: the steps and the message.
func (f *caseFile) ready() (dunning.State, error) {
	f.notePauses()
	if f.dirty {
		f.Invoice.FactsSeq++
		f.replan()
	}
	for _, s := range f.Steps {
		if f.changed[s.Step] {
			f.change.Steps = append(f.change.Steps, s)
		}
	}
	state := f.state()
	if f.message == "" {
		return state, nil
	}
	var err error
	f.change.Message, err = f.workflowMessage(state)
	return state, err
}

// save plans anew and writes everything: the steps, the history and the message.
func (f *caseFile) save() (*Told, error) {
	state, err := f.ready()
	if err != nil {
		return nil, err
	}
	told := &Told{WorkflowID: f.Run.WorkflowID, Name: f.message, State: state}
	f.tx.SaveCase(f.Case, f.change, &told.MessageID)
	if f.change.Message == nil {
		return nil, nil //nolint:nilnil // nobody is told
	}
	return told, nil
}

// quickWindow is how long the relay leaves a message to the API that waits for its answer.
const quickWindow = 3 * time.Second

func (f *caseFile) workflowMessage(state dunning.State) (*store.WorkflowMessage, error) {
	var body any = state
	if f.message == MessageStart {
		body = f.startInput(state)
	}
	payload, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode state of case %s: %w", f.Invoice.ID, err)
	}
	m := &store.WorkflowMessage{
		InvoiceID: f.Invoice.ID, RunNo: f.Invoice.CurrentRun, WorkflowID: f.Run.WorkflowID, Name: f.message,
		FactsSeq: f.Invoice.FactsSeq, Payload: payload,
	}
	if f.quick {
		m.Delay = quickWindow
	}
	return m, nil
}

func (f *caseFile) startInput(state dunning.State) dunning.Case {
	return dunning.Case{
		InvoiceID: f.Invoice.ID.String(), RunNo: f.Invoice.CurrentRun, InvoiceRef: f.Creditor.ID + ":" + f.Invoice.Number,
		CustomerRef: f.Customer.ID.String(), AmountMinor: f.Invoice.AmountMinor, Currency: string(f.Invoice.Currency), State: state,
	}
}

// state is the case as its workflow must know it.
func (f *caseFile) state() dunning.State {
	st := dunning.State{
		FactsSeq: f.Invoice.FactsSeq, OpenMinor: f.Invoice.OpenMinor, DueDate: f.Invoice.DueDate, Paused: f.paused(),
		HandedOff: f.Invoice.HandedOffAt != nil && f.Invoice.RecalledAt == nil, PlanNo: f.Invoice.PlanNo,
		LastDelivery: f.Delivery, Plan: []dunning.PlannedStep{}, Failed: f.failed,
	}
	if f.Invoice.ClosedOutcome != nil {
		st.Closed = *f.Invoice.ClosedOutcome
		st.DaysLate = max(0, f.today().DaysSince(f.Invoice.DueDate))
		st.Story = f.story()
		return st
	}
	for _, s := range f.Steps {
		if s.State.Open() && s.At != nil {
			st.Plan = append(st.Plan, dunning.PlannedStep{
				Step: s.Step, Stage: s.Stage, Do: s.Action, Label: f.label(s.Step), At: *s.At, LocalDate: *s.LocalDate, Occurrence: s.Occurrence,
			})
		}
	}
	return st
}

// story is what every step of the run became.
func (f *caseFile) story() []dunning.Chapter {
	var story []dunning.Chapter
	for _, s := range f.Steps {
		if !s.State.Open() && s.DoneAt != nil {
			story = append(story, dunning.Chapter{
				Step: s.Step, Stage: s.Stage, Answer: dunning.Answer(s.State), Reason: s.Reason, At: *s.DoneAt, Reference: s.Reference,
			})
		}
	}
	return story
}

func (f *caseFile) label(id dunning.StepID) string {
	if s, ok := f.Policy.Step(id); ok {
		return s.Label
	}
	return string(id)
}

// paused lists why nothing may go out, as far as no end is known.
func (f *caseFile) paused() []dunning.Reason {
	var why []dunning.Reason
	if f.Dispute != nil {
		why = append(why, dunning.ReasonDisputed)
	}
	if f.doNotChase() {
		why = append(why, dunning.ReasonDoNotChase)
	}
	if until := f.heldUntil(); until != nil && until.IsZero() {
		why = append(why, dunning.ReasonHeld)
	}
	if f.Creditor.Stopped {
		why = append(why, dunning.ReasonStopped)
	}
	return why
}

func (f *caseFile) doNotChase() bool {
	return f.Customer.NoChaseReason != nil || f.Invoice.NoChaseReason != nil
}

// heldUntil is the last day of the longest hold; the zero date if one has no end; nil
// without a hold.
func (f *caseFile) heldUntil() *calendar.Date {
	var until *calendar.Date
	for _, h := range f.Holds {
		if h.UntilDay == nil {
			return &calendar.Date{}
		}
		if until == nil || h.UntilDay.After(*until) {
			until = h.UntilDay
		}
	}
	return until
}

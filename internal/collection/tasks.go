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

// Kinds of tasks. Stored: never rename.
const (
	TaskCall          = "call"           // one per customer; see calls.go
	TaskFollowUp      = "follow_up"      // what a call left open
	TaskMendContact   = "mend_contact"   // no usable address or number
	TaskDeliveryCheck = "delivery_check" // nobody reported the delivery
	TaskReview        = "review"         // a debtor without a ladder is overdue
	TaskLateStep      = "late_step"      // a message did not get out in time
	TaskSettleMessage = "settle_message" // nobody knows whether a formal message left
	TaskEscalation    = "sales_escalation"
	TaskApproval      = "approval" // of a hand-off
	TaskAgency        = "agency"   // the hand-off lacks something
	TaskPaymentReview = "payment_review"
	TaskSmallBalance  = "small_balance"
	TaskCreditReview  = "credit_review"
	TaskTellAgency    = "tell_agency"
	TaskClaimsPaid    = "claims_paid"  // the customer says it has paid
	TaskPaymentData   = "payment_data" // no bank statement or open-items file for so long that reminders wait
	TaskReadReply     = "read_reply"   // the customer answered
	TaskClaimOpen     = "claim_open"   // the invoice is settled, interest or costs that were asked are not
)

// mootWhenClosed are the kinds of tasks that ask nothing any more once the case is
// closed. An address still needs mending then, and money still needs a look.
var mootWhenClosed = []string{
	TaskCall, TaskFollowUp, TaskDeliveryCheck, TaskReview, TaskLateStep, TaskSettleMessage, TaskEscalation, TaskApproval, TaskAgency,
	TaskSmallBalance, TaskClaimsPaid, TaskPaymentData,
}

// aboutTheMessage are the kinds of tasks that ask about a message, whichever invoices it is about.
var aboutTheMessage = []string{TaskMendContact, TaskSettleMessage}

type newTask struct {
	kind      string
	role      dunning.Role
	reason    string
	step      dunning.StepID
	dueOn     *calendar.Date
	expiresOn *calendar.Date
	notBefore *time.Time
}

// task asks a person about the case. An open task of the same kind, role and reason about the
// same invoice is enough; another reason is another question. What is asked about several
// invoices of one message is one task.
func (f *caseFile) task(ctx context.Context, n newTask) (*uuid.UUID, error) {
	asked := n.kind + " " + string(n.role) + " " + n.reason
	if id, ok := f.asked[asked]; ok { // in this very change
		return &id, nil
	}
	together := f.together
	if !slices.Contains(aboutTheMessage, n.kind) {
		together = nil
	}
	if id, err := f.tx.OpenTask(ctx, f.Invoice.ID, n.kind, string(n.role), n.reason); err != nil || id != nil {
		if id != nil && together != nil {
			together[asked] = *id
		}
		return id, err
	}
	id, open := together[asked]
	if !open {
		id = store.NewID()
		f.write(store.AddTask(store.Task{
			ID: id, CreditorID: f.Creditor.ID, CustomerID: f.Customer.ID, Kind: n.kind, Role: string(n.role), Reason: n.reason,
			Status: "open", CreatedAt: f.now, DueOn: n.dueOn, ExpiresOn: n.expiresOn, NotBefore: n.notBefore, Attempt: 1,
		}))
	}
	f.write(store.AddTaskItem(id, f.Invoice.ID, f.Invoice.CurrentRun, string(n.step)))
	f.asked[asked] = id
	if together != nil {
		together[asked] = id
	}
	f.event("task_opened", map[string]any{"task_id": id.String(), "kind": n.kind, "role": string(n.role), "reason": n.reason})
	return &id, nil
}

func (f *caseFile) note(ctx context.Context, subject, body string, task *uuid.UUID) error {
	if body == "" {
		return nil
	}
	return f.tx.InsertNote(ctx, store.Note{
		ID: store.NewID(), CustomerID: f.Customer.ID, InvoiceID: &f.Invoice.ID, TaskID: task, Subject: subject, Body: body,
		Actor: string(f.actor), BusinessAt: f.now,
	})
}

// claimTime is how long a task stays with the person who took it.
const claimTime = 30 * time.Minute

// ClaimTask takes a task for the acting person; nobody else can close it meanwhile. A
// call that nobody may make now is not given out.
func (s *Service) ClaimTask(ctx context.Context, scope store.Scope, now time.Time, actor Actor, role dunning.Role, taskID uuid.UUID) (*store.Task, error) {
	var task *store.Task
	err := s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if task, err = s.lockTask(ctx, tx, scope, role, taskID); err != nil {
			return err
		}
		if err := mayTake(task, actor, now); err != nil {
			return err
		}
		if task.Kind == TaskCall {
			if silent, err := tx.TaskSilent(ctx, taskID, calendar.DateOf(now)); err != nil || silent {
				if err == nil {
					err = Refuse(Conflict, "", "silent", "every invoice of this call is paid, disputed, held or covered by money that came in, or the creditor is stopped: do not call")
				}
				return err
			}
		}
		until := now.Add(claimTime)
		by := string(actor)
		task.Status, task.ClaimedBy, task.ClaimedUntil = "claimed", &by, &until
		return tx.SaveTask(ctx, task)
	})
	return task, err
}

func mayTake(t *store.Task, actor Actor, now time.Time) error {
	switch {
	case t.Status == "done" || t.Status == "lapsed":
		return Refuse(Conflict, "", "closed", "the task is closed already (%s)", t.Status)
	case t.Status == "claimed" && t.ClaimedBy != nil && *t.ClaimedBy != string(actor) && t.ClaimedUntil.After(now):
		return Refuse(Conflict, "", "claimed", "somebody else works on this task until %s", t.ClaimedUntil.Format(time.RFC3339))
	case t.NotBefore != nil && t.NotBefore.After(now):
		return Refuse(Conflict, "", "not_yet", "this call is to be tried again from %s", t.NotBefore.Format(time.RFC3339))
	}
	return nil
}

// lockTask locks the task's customer and then the task, and checks who may work it.
func (s *Service) lockTask(ctx context.Context, tx *store.Tx, scope store.Scope, role dunning.Role, id uuid.UUID) (*store.Task, error) {
	task, err := tx.LockTask(ctx, id)
	if err != nil {
		return nil, err
	}
	if !scope.Covers(task.CreditorID) {
		return nil, store.ErrNotFound
	}
	if role != dunning.RoleAdministrator && string(role) != task.Role && (role != dunning.RoleFinance || task.Role != string(dunning.RoleCollector)) {
		return nil, Refuse(Denied, "", "role", "this task is for the role %s", task.Role)
	}
	return task, nil
}

// GiveBack puts a claimed task back on the list.
func (s *Service) GiveBack(ctx context.Context, scope store.Scope, now time.Time, actor Actor, role dunning.Role, taskID uuid.UUID) error {
	return s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		task, err := s.lockTask(ctx, tx, scope, role, taskID)
		if err != nil {
			return err
		}
		if err := mayTake(task, actor, now); err != nil {
			return err
		}
		task.Status, task.ClaimedBy, task.ClaimedUntil = "open", nil, nil
		return tx.SaveTask(ctx, task)
	})
}

// TaskOutcome closes a task.
type TaskOutcome struct {
	Code      string         // see calls.go for calls; closeRules for the others
	Date      *calendar.Date // will_pay: the promised day
	At        *time.Time     // callback: when
	Reason    string         // dispute: its code
	Reference string         // paid: what the customer says about its payment
	Note      string
	Invoices  []uuid.UUID // for a call: which of its invoices; none: all
}

// CloseTask records what came of a task and does what follows from it.
func (s *Service) CloseTask(ctx context.Context, scope store.Scope, now time.Time, actor Actor, role dunning.Role, taskID uuid.UUID, o TaskOutcome) ([]*Told, error) {
	var told []*Told
	err := s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		told = nil
		task, err := s.lockTask(ctx, tx, scope, role, taskID)
		if err != nil {
			return err
		}
		if err := mayTake(task, actor, now); err != nil {
			return err
		}
		c := &closing{service: s, tx: tx, task: task, outcome: o, now: now, actor: actor}
		if task.Kind == TaskCall {
			err = c.call(ctx)
		} else {
			err = c.other(ctx)
		}
		told = c.told
		return err
	})
	return told, err
}

// closing is a task that is being closed.
type closing struct {
	service *Service
	tx      *store.Tx
	task    *store.Task
	outcome TaskOutcome
	now     time.Time
	actor   Actor
	told    []*Told
}

// closeRules are the outcomes that each kind of task knows, besides "done".
var closeRules = map[string][]string{
	TaskApproval:      {"approved", "rejected"},
	TaskSettleMessage: {"arrived", "send_again"},
	TaskLateStep:      {"send_again", "done"},
	TaskSmallBalance:  {"write_off", "collect"},
	TaskPaymentReview: {"booked", "not_found"},
	TaskClaimsPaid:    {"booked", "not_found"},
	TaskEscalation:    {"done", "stop_hand_off"},
	TaskClaimOpen:     {"waive", "keep"},
}

func (c *closing) other(ctx context.Context) error {
	codes, ok := closeRules[c.task.Kind]
	if !ok {
		codes = []string{"done"}
	}
	known := false
	for _, code := range codes {
		known = known || code == c.outcome.Code
	}
	if !known {
		return Refuse(Invalid, "outcome", "unknown_outcome", "a task of kind %s is closed with one of %v", c.task.Kind, codes)
	}
	if c.task.Kind == TaskApproval && c.task.ClaimedBy != nil && *c.task.ClaimedBy == string(c.actor) && c.outcome.Code == "approved" {
		return Refuse(Denied, "", "four_eyes", "whoever prepared the hand-off may not approve it; ask a colleague")
	}
	if err := c.secondPerson(ctx); err != nil {
		return err
	}
	if err := c.shut(ctx, c.outcome.Code); err != nil {
		return err
	}
	return c.each(ctx, func(ctx context.Context, f *caseFile, item store.TaskItem) error {
		return c.consequence(ctx, f, item)
	})
}

// secondPerson: where two roles approve a hand-off, two people do.
func (c *closing) secondPerson(ctx context.Context) error {
	if c.task.Kind != TaskApproval || c.outcome.Code != "approved" {
		return nil
	}
	items, err := c.tx.TaskItems(ctx, c.task.ID)
	if err != nil {
		return err
	}
	for _, item := range items {
		tasks, err := c.tx.RunTasks(ctx, item.InvoiceID, item.RunNo, TaskApproval)
		if err != nil {
			return err
		}
		for _, t := range tasks {
			if t.ID != c.task.ID && t.Outcome == "approved" && t.ClosedBy != nil && *t.ClosedBy == string(c.actor) {
				return Refuse(Denied, "", "four_eyes", "you approved this hand-off already for the role %s; the other approval is a colleague's", t.Role)
			}
		}
	}
	return nil
}

func (c *closing) shut(ctx context.Context, outcome string) error {
	by, at := string(c.actor), c.now
	c.task.Status, c.task.Outcome, c.task.ClosedBy, c.task.ClosedAt = "done", outcome, &by, &at
	return c.tx.SaveTask(ctx, c.task)
}

// each opens every case of the task, lets fn change it, and saves it.
func (c *closing) each(ctx context.Context, fn func(context.Context, *caseFile, store.TaskItem) error) error {
	items, err := c.tx.TaskItems(ctx, c.task.ID)
	if err != nil {
		return err
	}
	for _, item := range items {
		f, err := c.service.open(ctx, c.tx, item.InvoiceID, c.now, c.actor)
		if err != nil {
			return err
		}
		f.event("task_closed", map[string]any{"task_id": c.task.ID.String(), "kind": c.task.Kind, "outcome": c.outcome.Code})
		if err := f.note(ctx, c.task.Kind, c.outcome.Note, &c.task.ID); err != nil {
			return err
		}
		if err := fn(ctx, f, item); err != nil {
			return err
		}
		told, err := f.save()
		if err != nil {
			return err
		}
		if told != nil {
			c.told = append(c.told, told)
		}
	}
	return nil
}

// consequence is what the closing of a task means for one of its cases.
func (c *closing) consequence(ctx context.Context, f *caseFile, item store.TaskItem) error {
	f.dirty = false
	if c.outcome.Code == "waive" {
		return f.waiveClaims(ctx, c.task.Kind)
	}
	if f.Invoice.ClosedOutcome != nil {
		return nil
	}
	switch c.outcome.Code {
	case "approved", "rejected":
		if f.waits(dunning.ReasonNotReleased) { // else the claim reads the approval when its time comes
			f.dirty = true
			f.unwait(dunning.ReasonNotReleased)
			f.tell(MessageDecided, true)
		}
	case "stop_hand_off":
		f.dirty = true
		f.waive()
		f.tell(MessageTaskClosed, true)
	case "write_off":
		f.dirty = true
		f.tell(MessageWriteOff, true)
		if err := f.releaseHolds(ctx, smallBalance); err != nil {
			return err
		}
		if err := f.book(ctx, entry{kind: EntryWriteOff, amount: -f.Invoice.OpenMinor, on: f.today(), reference: smallBalance}); err != nil {
			return err
		}
		return f.close(ctx, dunning.ReasonWrittenOff)
	case "collect", "booked", "not_found":
		f.dirty = true
		f.tell(MessageHoldReleased, true)
		return f.releaseHolds(ctx, c.task.Reason)
	case "arrived", "send_again":
		if c.task.Kind == TaskLateStep {
			return f.sendLate(dunning.StepID(item.Step))
		}
		f.dirty = true
		return f.settleByPerson(ctx, dunning.StepID(item.Step), c.outcome.Code == "arrived")
	}
	return nil
}

// waive takes the hand-off out of the run.
func (f *caseFile) waive() {
	today, now := f.today(), f.now
	for i := range f.Steps {
		s := &f.Steps[i]
		if s.Action == dunning.DoHandOff && s.State.Open() {
			s.State, s.Reason, s.DoneAt, s.DoneOn, s.NotBefore = store.StepSkipped, dunning.ReasonWaived, &now, &today, nil
			f.touch(s)
			f.event("step_waived", map[string]any{"step": string(s.Step)})
		}
	}
}

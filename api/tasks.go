package api

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"

	"maan/internal/collection"
	"maan/internal/message"
	"maan/internal/money"
	"maan/internal/store"
)

// ListTasks is the worklist.
func (s *server) ListTasks(ctx context.Context, r ListTasksRequestObject) (ListTasksResponseObject, error) {
	who, in := callerOf(ctx), r.Params
	if err := who.mayNarrow(in.Creditor); err != nil {
		return nil, err
	}
	p, err := page(in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.FindTasks(ctx, who.scope, who.now, store.TaskFilter{
		Creditor: in.Creditor, Customer: in.Customer, Kind: in.Kind, Role: in.Role, Status: in.Status,
	}, p)
	if err != nil {
		return nil, err
	}
	rows, next := cut(rows, in.Limit, func(t *store.TaskView) uuid.UUID { return t.ID })
	return ListTasks200JSONResponse{Items: each(rows, taskOf), NextCursor: next}, nil
}

// GetTask reads a task with all that is needed to do it.
func (s *server) GetTask(ctx context.Context, r GetTaskRequestObject) (GetTaskResponseObject, error) {
	who := callerOf(ctx)
	task, err := s.store.FindTask(ctx, who.scope, r.ID)
	if err != nil {
		return nil, err
	}
	contacts, err := s.store.FindContacts(ctx, task.CustomerID)
	if err != nil {
		return nil, err
	}
	items, err := s.store.TaskInvoices(ctx, r.ID, who.today())
	if err != nil {
		return nil, err
	}
	notes, err := s.store.TaskNotes(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	answer := TaskDetail{
		Task: taskOf(task), Contacts: each(contacts, contactOf), Outcomes: outcomesOf(task.Kind),
		Items: each(items, func(i store.TaskInvoice) TaskItem {
			return TaskItem{
				InvoiceID: i.InvoiceID, Number: i.Number, Step: i.Step, IssueDate: i.IssueDate, DueDate: i.DueDate, Amount: moneyOf(i.AmountMinor, i.Currency),
				Open: moneyOf(i.OpenMinor, i.Currency), OverdueDays: overdueDays(i.DueDate, who.today(), i.Status == "closed"), Status: i.Status, Lapsed: i.Lapsed,
				PlannedAt: i.PlannedAt, FirstTriedAt: i.FirstTriedAt,
			}
		}),
		Notes: each(notes, func(n store.Note) TaskNote {
			return TaskNote{Subject: n.Subject, Body: n.Body, Actor: n.Actor, At: n.BusinessAt}
		}),
	}
	if answer.Replies, err = s.repliesOfTask(ctx, r.ID); err != nil {
		return nil, err
	}
	if task.Kind == collection.TaskCall {
		err = s.addScript(ctx, &answer, task, contacts, items)
	}
	return GetTask200JSONResponse(answer), err
}

// addScript writes what to say, about the invoice that is due longest. A record that
// lacks what the script must name gets none.
func (s *server) addScript(ctx context.Context, answer *TaskDetail, task store.TaskView, contacts []store.Contact, items []store.TaskInvoice) error {
	who := callerOf(ctx)
	creditor, err := s.store.FindCreditor(ctx, who.scope, task.CreditorID)
	if err != nil {
		return err
	}
	customer, err := s.store.FindCustomer(ctx, who.scope, task.CustomerID)
	if err != nil {
		return err
	}
	for _, i := range items {
		if i.Lapsed || i.Status == "closed" {
			continue
		}
		kind := message.CallCourtesy
		if i.DueDate.Before(who.today()) {
			kind = message.CallOverdue
		}
		language := message.Language(customer.Language, creditor.Language)
		script, err := message.CallScript(kind, language, callData(creditor, customer, contacts, i), creditor.ContactName)
		if _, ok := errors.AsType[*message.MissingError](err); ok {
			return nil
		}
		if err != nil {
			return err
		}
		answer.Script = &Script{
			Language: language, Opener: script.Opener, Purpose: script.Purpose, Questions: append([]string{}, script.Questions...),
			IfReached: script.IfReached, IfVoicemail: script.IfVoicemail, IfProblem: script.IfProblem,
		}
		answer.Outcomes = each(script.Outcomes, func(o message.OutcomeHint) Outcome { return Outcome{Code: string(o.Code), Label: o.Label} })
		return nil
	}
	return nil
}

func callData(cr store.Creditor, cu store.Customer, contacts []store.Contact, i store.TaskInvoice) message.Data {
	d := message.Data{
		Creditor: message.Creditor{Name: cr.Name, Phone: cr.Phone, ContactName: cr.ContactName, ReplyTo: cr.ReplyTo},
		Customer: message.Customer{Number: cu.Number, LegalName: cu.LegalName},
		Invoice: message.InvoiceFacts{
			Number: i.Number, IssueDate: i.IssueDate, DueDate: i.DueDate, Amount: money.New(i.AmountMinor, i.Currency),
			Open: money.New(i.OpenMinor, i.Currency), PurchaseOrder: i.PurchaseOrder, PaymentReference: i.PaymentReference,
		},
	}
	for _, role := range collection.ContactRoles {
		for _, c := range contacts {
			if c.Role == role && d.Recipient.Name == "" {
				d.Recipient = message.Recipient{Name: c.Name, FirstName: c.FirstName}
			}
		}
	}
	return d
}

// outcomes are with what each kind of task is closed; all others with "done".
//
//nolint:gochecknoglobals // a table
var outcomes = map[string][]string{
	collection.TaskCall:          collection.CallOutcomes,
	collection.TaskApproval:      {"approved", "rejected"},
	collection.TaskSettleMessage: {"arrived", "send_again"},
	collection.TaskLateStep:      {"send_again", "done"},
	collection.TaskSmallBalance:  {"write_off", "collect"},
	collection.TaskPaymentReview: {"booked", "not_found"},
	collection.TaskClaimsPaid:    {"booked", "not_found"},
	collection.TaskEscalation:    {"done", "stop_hand_off"},
	collection.TaskClaimOpen:     {"waive", "keep"},
}

// outcomesOf lists with what a kind of task can be closed.
func outcomesOf(kind string) []Outcome {
	codes, ok := outcomes[kind]
	if !ok {
		codes = []string{"done"}
	}
	return each(codes, func(code string) Outcome { return Outcome{Code: code, Label: strings.ReplaceAll(code, "_", " ")} })
}

// ClaimTask takes a task.
func (s *server) ClaimTask(ctx context.Context, r ClaimTaskRequestObject) (ClaimTaskResponseObject, error) {
	who := callerOf(ctx)
	if _, err := s.service.ClaimTask(ctx, who.scope, who.now, who.actor, who.role, r.ID); err != nil {
		return nil, err
	}
	task, err := s.store.FindTask(ctx, who.scope, r.ID)
	return ClaimTask200JSONResponse(taskOf(task)), err
}

// GiveBackTask puts a task back.
func (s *server) GiveBackTask(ctx context.Context, r GiveBackTaskRequestObject) (GiveBackTaskResponseObject, error) {
	who := callerOf(ctx)
	if err := s.service.GiveBack(ctx, who.scope, who.now, who.actor, who.role, r.ID); err != nil {
		return nil, err
	}
	task, err := s.store.FindTask(ctx, who.scope, r.ID)
	return GiveBackTask200JSONResponse(taskOf(task)), err
}

// CloseTask records what came of a task.
func (s *server) CloseTask(ctx context.Context, r CloseTaskRequestObject) (CloseTaskResponseObject, error) {
	who, in := callerOf(ctx), r.Body
	told, err := s.service.CloseTask(ctx, who.scope, who.now, who.actor, who.role, r.ID, collection.TaskOutcome{
		Code: in.Outcome, Date: in.Date, At: in.At, Reason: in.Reason, Reference: in.Reference, Note: in.Note, Invoices: in.Invoices,
	})
	if err != nil {
		return nil, err
	}
	task, err := s.store.FindTask(ctx, who.scope, r.ID)
	return CloseTask200JSONResponse{Task: taskOf(task), Cases: len(told), Workflow: s.tell(ctx, told...)}, err
}

func taskOf(t store.TaskView) Task {
	return Task{
		ID: t.ID, Creditor: t.CreditorID, CustomerID: t.CustomerID, CustomerNumber: t.CustomerNumber, CustomerName: t.CustomerName, Kind: t.Kind,
		Role: Role(t.Role), Reason: t.Reason, Status: t.Status, Attempt: t.Attempt, Invoices: t.Invoices, CreatedAt: t.CreatedAt, DueOn: t.DueOn,
		ExpiresOn: t.ExpiresOn, NotBefore: t.NotBefore, ClaimedBy: value(t.ClaimedBy), ClaimedUntil: t.ClaimedUntil, Outcome: t.Outcome,
		ClosedBy: value(t.ClosedBy), ClosedAt: t.ClosedAt,
	}
}

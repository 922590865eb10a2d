package collection

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/store"
)

// Bulk are invoices of one creditor that come in together, in one transaction: some
// hundreds at most, best those of one customer side by side.
type Bulk struct {
	Creditor string
	Invoices []NewInvoice
	DryRun   bool // only say what would become of them
	// Coming are customers that would be there by now if it were not a dry run.
	Coming map[uuid.UUID]*store.Customer
}

// Started is what became of one invoice of many.
type Started struct {
	Done Done
	Err  error // a *[Refusal]; the other invoices go on
}

// StartInvoice takes an invoice in and puts the start of its collection on its way.
// The creditor and number are its key: the same invoice again changes nothing, another
// one under the same number is refused.
func (s *Service) StartInvoice(ctx context.Context, scope store.Scope, now time.Time, actor Actor, n NewInvoice) (Done, error) {
	started, err := s.startTogether(ctx, scope, now, actor, Bulk{Creditor: n.CreditorID, Invoices: []NewInvoice{n}})
	if store.IsUniqueViolation(err) { // somebody else was first
		started, err = s.startTogether(ctx, scope, now, actor, Bulk{Creditor: n.CreditorID, Invoices: []NewInvoice{n}})
	}
	if err != nil {
		return Done{}, err
	}
	return started[0].Done, started[0].Err
}

// StartInvoices is [Service.StartInvoice] for many: the answers are in the order of the
// invoices. Where one of them cannot be stored they go one by one, and that one is
// refused. The error is the database's; then nothing is certain, and the same call again
// repeats nothing.
func (s *Service) StartInvoices(ctx context.Context, scope store.Scope, now time.Time, actor Actor, b Bulk) ([]Started, error) {
	started, err := s.startTogether(ctx, scope, now, actor, b)
	if err == nil || !store.IsDataError(err) {
		return started, err
	}
	started = make([]Started, len(b.Invoices))
	for i, n := range b.Invoices {
		n.CreditorID = b.Creditor
		done, err := s.StartInvoice(ctx, scope, now, actor, n)
		if _, refused := AsRefusal(err); err != nil && !refused {
			if !store.IsDataError(err) {
				return nil, err
			}
			err = Refuse(Invalid, "", "not_storable", "the database refuses a value of this invoice; check its texts and numbers")
		}
		started[i] = Started{Done: done, Err: err}
	}
	return started, nil
}

func (s *Service) startTogether(ctx context.Context, scope store.Scope, now time.Time, actor Actor, b Bulk) ([]Started, error) {
	var a *arrivals
	err := s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		a = &arrivals{
			service: s, tx: tx, bulk: &b, scope: scope, now: now, actor: actor, started: make([]Started, len(b.Invoices)),
			places: map[where]dunning.Place{},
		}
		return a.take(ctx)
	})
	if err != nil {
		return nil, err
	}
	return a.started, nil
}

// arrivals are the invoices that come in together, while they do.
type arrivals struct {
	service *Service
	tx      *store.Tx
	bulk    *Bulk
	scope   store.Scope
	now     time.Time
	actor   Actor
	facts   *store.Arrivals
	started []Started
	cases   []store.NewCase
	places  map[where]dunning.Place
}

// where tells places apart: to look one up costs more than all the rest of an invoice.
type where struct{ country, region, zone string }

// take looks at every invoice, and writes those that are new.
func (a *arrivals) take(ctx context.Context) error {
	var customers []uuid.UUID
	var numbers []string
	locked := map[uuid.UUID]bool{}
	for i := range a.bulk.Invoices {
		n := &a.bulk.Invoices[i]
		numbers = append(numbers, n.Number)
		if !locked[n.CustomerID] {
			locked[n.CustomerID] = true
			customers = append(customers, n.CustomerID)
		}
	}
	var err error
	if a.facts, err = a.tx.LockArrivals(ctx, a.bulk.Creditor, customers, numbers); err != nil {
		if errors.Is(err, store.ErrNotFound) {
			return unknownCustomer()
		}
		return err
	}
	for i := range a.bulk.Invoices {
		done, err := a.start(ctx, i)
		if _, refused := AsRefusal(err); err != nil && !refused {
			return err
		}
		a.started[i] = Started{Done: done, Err: err}
	}
	if a.bulk.DryRun || len(a.cases) == 0 {
		return nil
	}
	return a.tx.InsertCases(ctx, a.cases)
}

func unknownCustomer() error {
	return Refuse(NotFound, "customer", "unknown_customer", "this creditor has no such customer; create it first")
}

// start makes the case of an invoice, unless it is there already.
func (a *arrivals) start(ctx context.Context, index int) (Done, error) {
	n := a.bulk.Invoices[index]
	n.CreditorID = a.bulk.Creditor
	if err := n.check(calendar.DateOf(a.now.UTC())); err != nil {
		return Done{}, err
	}
	hash, err := n.contentHash()
	if err != nil {
		return Done{}, err
	}
	customer := a.facts.Customers[n.CustomerID]
	if customer == nil && a.bulk.DryRun {
		customer = a.bulk.Coming[n.CustomerID]
	}
	if customer == nil || !a.scope.Covers(n.CreditorID) {
		return Done{}, unknownCustomer()
	}
	if known := a.facts.Known[n.Number]; known != nil {
		return existing(known, hash)
	}
	f, err := a.open(ctx, n, hash, customer)
	if err != nil {
		return Done{}, err
	}
	done, err := a.begin(ctx, f, n)
	if err == nil {
		a.facts.Known[n.Number] = &store.KnownInvoice{ID: f.Invoice.ID, Number: n.Number, ContentHash: hash, OpenMinor: f.Invoice.OpenMinor}
	}
	return done, err
}

func existing(known *store.KnownInvoice, hash string) (Done, error) {
	if known.ContentHash != hash {
		return Done{}, Refuse(Conflict, "number", "number_taken",
			"an invoice with this number exists with other content (amount, dates, customer or sending); change that one or use its own number")
	}
	return Done{InvoiceID: known.ID, ID: known.ID, Existed: true, Open: known.OpenMinor}, nil
}

// open makes the file of a case that is not there yet.
func (a *arrivals) open(ctx context.Context, n NewInvoice, hash string, customer *store.Customer) (*caseFile, error) {
	policyID, policy, err := a.policy(ctx, n, customer)
	if err != nil {
		return nil, err
	}
	overrides := a.facts.Overrides[customer.Country]
	key := where{customer.Country, customer.Region, customer.Zone}
	place, known := a.places[key]
	if !known {
		if place, err = placeOf(&a.facts.Creditor, customer, overrides); err != nil {
			return nil, err
		}
		a.places[key] = place
	}
	c := &store.Case{
		Holds: append([]store.Hold(nil), a.facts.Holds[customer.ID]...), Customer: *customer, Creditor: a.facts.Creditor, Overrides: overrides,
		Policy: policy, Invoice: n.row(store.NewID(), policyID, hash, a.now, string(a.actor)),
	}
	return a.service.fileAt(a.tx, c, place, a.now, a.actor), nil
}

// policy is the newest version of the policy that the invoice, its customer or its
// creditor names. A debtor that may not be dunned gets the invoice and a person.
func (a *arrivals) policy(ctx context.Context, n NewInvoice, customer *store.Customer) (uuid.UUID, *dunning.Policy, error) {
	name := a.facts.Creditor.Policy
	for _, wish := range []string{n.Policy, customer.Policy} {
		if wish != "" {
			name = wish
			break
		}
	}
	if !customer.Kind.MayBeDunned() {
		name = dunning.PolicyManual
	}
	id, published := a.facts.Policies[name]
	if !published {
		return id, nil, Refuse(Invalid, "policy", "unknown_policy", "no policy %q is published", name)
	}
	policy, err := a.tx.PolicyVersion(ctx, id)
	return id, policy, err
}

// begin writes the story of a new case so far: the invoice, its run, its first ledger
// entries, what came with it, and the message that starts its workflow.
func (a *arrivals) begin(ctx context.Context, f *caseFile, n NewInvoice) (Done, error) {
	f.Run = store.Run{
		InvoiceID: f.Invoice.ID, RunNo: 1, WorkflowID: WorkflowID(f.Creditor.ID, f.Invoice.Number, 1), Reason: "new", OpenedAt: f.now,
	}
	entries := []store.LedgerEntry{f.line(entry{kind: EntryInvoice, amount: f.Invoice.AmountMinor, on: f.Invoice.IssueDate})}
	f.event("invoice_received", map[string]any{
		"source": n.Source, "amount_minor": n.Amount.Minor, "currency": string(n.Amount.Currency),
		"due_date": n.DueDate.String(), "policy": f.Policy.ID, "content_hash": f.Invoice.ContentHash,
	})
	for _, d := range n.Deliveries {
		f.deliver(d)
	}
	for _, d := range n.Documents {
		f.attach(d)
	}
	if k, err := n.contactRow(); err == nil && k != nil {
		k.ID, k.CustomerID, k.InvoiceID, k.CreatedAt = store.NewID(), f.Customer.ID, &f.Invoice.ID, f.now
		f.write(store.AddInvoiceContact(*k))
	}
	if n.QuietUntil != nil && !n.QuietUntil.Before(f.today()) {
		f.write(store.AddHold(f.holding(HoldRequest{Reason: goLive, Until: n.QuietUntil})))
	}
	done := Done{InvoiceID: f.Invoice.ID, ID: f.Invoice.ID}
	if n.PaidMinor > 0 {
		paid, task, err := f.paidBefore(ctx, n)
		if err != nil {
			return Done{}, err
		}
		entries, done.TaskID = append(entries, paid), task
	}
	f.tell(MessageStart, false)
	state, err := f.ready()
	if err != nil {
		return Done{}, err
	}
	a.cases = append(a.cases, store.NewCase{Invoice: f.Invoice, Run: f.Run, Entries: entries, Change: f.change})
	done.Told = &Told{WorkflowID: f.Run.WorkflowID, Name: f.message, State: state}
	done.Open = f.Invoice.OpenMinor
	return done, nil
}

// goLive is the reason of the hold that keeps invoices quiet while a creditor moves here.
const goLive = "go_live"

// openingBalance begins the reference of what was paid before an invoice came here.
const openingBalance = "opening-balance"

// paidBefore books what was paid of an invoice before it came here. A small rest is not
// chased: finance is asked.
func (f *caseFile) paidBefore(ctx context.Context, n NewInvoice) (store.LedgerEntry, *uuid.UUID, error) {
	amount := f.Invoice.Amount()
	amount.Minor = n.PaidMinor
	r := Receipt{Kind: EntryPayment, ExternalID: n.PaidBy, Amount: amount, On: f.today()}
	if n.PaidOn != nil {
		r.On = *n.PaidOn
	}
	if r.ExternalID == "" {
		r.ExternalID = openingBalance + ":" + n.Number
	}
	row := f.receiptRow(r)
	f.write(store.AddReceipt(row))
	f.event("receipt", receiptStory(&row))
	line := f.line(entry{kind: EntryPayment, amount: -n.PaidMinor, on: r.On, receipt: &row.ID, reference: r.ExternalID})
	f.Invoice.OpenMinor -= n.PaidMinor
	if f.Invoice.OpenMinor > f.Creditor.SmallBalanceMinor {
		return line, nil, nil
	}
	f.write(store.AddHold(f.holding(HoldRequest{Reason: smallBalance})))
	task, err := f.task(ctx, newTask{kind: TaskSmallBalance, role: dunning.RoleFinance, reason: smallBalance})
	return line, task, err
}

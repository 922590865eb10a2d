package bench

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/store"
	"maan/worker"
)

const (
	reminder = dunning.StepID("reminder")
	// aPeer is how many mails a second a peer without durability sent on such a machine.
	aPeer = "42-119"
	// inOneMessage is how many invoices of a customer go into one message.
	inOneMessage = 10
)

// backlog compares how many reminders a second leave from a backlog that is due at once, counted
// in invoices, with the activities of a bare workflow that issues the same commands, in
// alternating rounds; each customer has so many invoices. No worker runs while the backlog comes
// about; what is measured is the time from the first that is accepted to the last.
func (r *rig) backlog(ctx context.Context, o Options, each int) (f, memory Figure, err error) {
	var ratios, ours, bares []float64
	var peak int
	like, err := r.overdue(ctx, 1, 1)
	if err != nil {
		return f, memory, err
	}
	steps, err := r.bareSteps(ctx, like[0])
	if err != nil {
		return f, memory, err
	}
	for round := range o.Backlogs {
		if err := r.quiet(ctx); err != nil {
			return f, memory, err
		}
		bare, err := r.bareBacklog(ctx, o.Backlog, steps)
		if err != nil {
			return f, memory, err
		}
		own, used, err := r.reminders(ctx, o.Backlog, each)
		if err != nil {
			return f, memory, err
		}
		peak = max(peak, used)
		r.progress("round %d of %d: ours %.0f invoices/s, bare %.0f/s, ratio %.2f, worker %d MB", round+1, o.Backlogs, own, bare, own/bare, used>>20)
		ratios, ours, bares = append(ratios, own/bare), append(ours, own), append(bares, bare)
	}
	mid, least, most := median(ratios)
	own, _, _ := median(ours)
	bare, _, _ := median(bares)
	f = Figure{Name: "reminders from a backlog against the bare workflow", Value: mid, Unit: "ratio", Bar: 0.7}
	if each > 1 {
		f.Name, f.Bar = fmt.Sprintf("the same, %d invoices to a customer", each), 1.3
	}
	f.Note = fmt.Sprintf("spread %.2f-%.2f over %d rounds of %d; ours %.0f invoices/s, bare %.0f/s, a peer without durability %s/s",
		least, most, o.Backlogs, o.Backlog, own, bare, aPeer)
	memory = Figure{Name: "worker memory at its peak, with a backlog", Value: float64(peak) / (1 << 20), Unit: "MB", Bar: 300, Most: true}
	return f, memory, nil
}

// backlogs takes the figure with one invoice a customer, and with many.
func (r *rig) backlogs(ctx context.Context, o Options) ([]Figure, error) {
	one, memory, err := r.backlog(ctx, o, 1)
	if err != nil {
		return nil, err
	}
	many, used, err := r.backlog(ctx, o, inOneMessage)
	memory.Value = max(memory.Value, used.Value)
	return []Figure{one, many, memory}, err
}

// reminders makes a backlog of reminders, so many to a customer, and answers how many a second
// were accepted, and how much memory the worker used at most.
func (r *rig) reminders(ctx context.Context, n, each int) (perSecond float64, memory int, err error) {
	ids, err := r.overdue(ctx, n, each)
	if err != nil {
		return 0, 0, err
	}
	if err := r.StopWorkers(); err != nil {
		return 0, 0, err
	}
	if err := r.quiet(ctx); err != nil {
		return 0, 0, err
	}
	moves, err := r.moves(ctx, reminder, ids)
	if err != nil {
		return 0, 0, err
	}
	if len(moves) != n {
		return 0, 0, fmt.Errorf("%d of %d cases have their reminder before them", len(moves), n)
	}
	if err := r.toTheInstant(ctx, moves); err != nil {
		return 0, 0, err
	}
	before := r.Sandbox.Counts().Accepted
	if err := r.StartWorker(); err != nil {
		return 0, 0, err
	}
	perSecond, err = r.drained(ctx, n, func() int { return (r.Sandbox.Counts().Accepted - before) * each })
	if err != nil {
		return 0, 0, err
	}
	if err := r.until(ctx, "the reminders have their outcome", stepOpen(reminder), ids, nil); err != nil {
		return 0, 0, err
	}
	if err := r.allDone(ctx, reminder, ids); err != nil {
		return 0, 0, err
	}
	memory, err = r.WorkerMemory()
	return perSecond, memory, err
}

// overdue starts invoices that the ERP sent a month ago and that are due today, so that the
// reminder is what comes next; each customer gets so many.
func (r *rig) overdue(ctx context.Context, n, each int) ([]uuid.UUID, error) {
	ids := make([]uuid.UUID, n)
	g, limited := errgroup.WithContext(ctx)
	g.SetLimit(movedAtOnce)
	for first := 0; first < n; first += each {
		number := r.seq + 1
		r.seq += each
		g.Go(func() error {
			customer, err := r.mailCustomer(limited, number)
			if err != nil {
				return err
			}
			for i := range min(each, n-first) {
				if ids[first+i], err = r.overdueInvoice(limited, customer, number+i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if err := r.told(ctx, ids...); err != nil {
		return nil, err
	}
	if err := r.until(ctx, "the courtesy calls are skipped", stepOpen("courtesy_call"), ids, nil); err != nil {
		return nil, err
	}
	return ids, r.idle(ctx, ids...)
}

// mailCustomer makes a customer with a mail address and no mobile.
func (r *rig) mailCustomer(ctx context.Context, number int) (uuid.UUID, error) {
	customer := store.NewID()
	_, err := r.Pool.Exec(ctx, `with c as (insert into customer (id, creditor_id, number, legal_name, kind, language, country, zone, created_at)
			values ($1, $2, $3, 'Klant BV', 'business', 'nl', 'NL', 'Europe/Amsterdam', now()) returning id)
		insert into contact (id, customer_id, role, name, first_name, email, created_at)
		select $4, c.id, 'accounts_payable', 'Jan Jansen', 'Jan', $5, now() from c`,
		customer, r.creditor, strconv.Itoa(number), store.NewID(), fmt.Sprintf("ap%d@customer.example", number))
	if err != nil {
		return customer, fmt.Errorf("make a customer: %w", err)
	}
	return customer, nil
}

func (r *rig) overdueInvoice(ctx context.Context, customer uuid.UUID, number int) (uuid.UUID, error) {
	now := time.Now()
	today := calendar.DateOf(now)
	done, err := r.cases.StartInvoice(ctx, store.Everything, now, actor, collection.NewInvoice{
		CreditorID: r.creditor, CustomerID: customer, Number: fmt.Sprintf("R%06d", number), IssueDate: today.AddDays(-30), DueDate: today,
		Amount: money.New(121000, "EUR"), PaymentReference: "RF18539007547034", Source: "api",
		AlreadySent: &collection.SentElsewhere{Channel: "erp", On: today.AddDays(-30), Proof: "erp-1"},
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("start an invoice: %w", err)
	}
	return done.InvoiceID, nil
}

// toTheInstant brings executions to exactly the instants at which they are due, in the order of
// these: their timers fire, and their tasks wait for a worker. Not beyond: real time would pass the target of the
// fast-forward before the work is done, and they would leap to their next timers.
func (r *rig) toTheInstant(ctx context.Context, moves []move) error {
	slices.SortFunc(moves, func(a, b move) int { return a.due.Compare(b.due) })
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(movedAtOnce)
	for _, m := range moves {
		g.Go(func() error { _, _, err := r.skip.To(ctx, m.workflow, m.due); return err })
	}
	return g.Wait()
}

// drained waits until n of a backlog are done and answers how many were a second, from the
// first to the last.
func (r *rig) drained(ctx context.Context, n int, done func() int) (perSecond float64, err error) {
	var first time.Time
	var at int
	err = poll(ctx, func(context.Context) (bool, error) {
		now := done()
		if now > 0 && first.IsZero() {
			first, at = time.Now(), now
		}
		return now >= n, nil
	}, func() error { return fmt.Errorf("not in time: %d of %d of a backlog are done", done(), n) })
	if took := time.Since(first).Seconds(); err == nil && took > 0 {
		perSecond = float64(n-at) / took
	}
	return perSecond, err
}

// bareBacklog does the same with the bare workflow, which issues the commands of such a case
// from its start to the timer after the reminder.
func (r *rig) bareBacklog(ctx context.Context, n int, steps []bareStep) (perSecond float64, err error) {
	before := slices.IndexFunc(steps, func(s bareStep) bool { return s.Label == string(reminder) })
	until := total(steps[:before+1])
	r.done.Store(0)
	ids := make([]string, n)
	g, limited := errgroup.WithContext(ctx)
	g.SetLimit(movedAtOnce)
	for i := range ids {
		ids[i] = "bare:" + uuid.NewString()
		g.Go(func() error {
			in := dunning.Case{
				InvoiceRef: r.creditor + ":" + ids[i], CustomerRef: uuid.NewString(), AmountMinor: 121000, Currency: "EUR",
				State: dunning.State{DueDate: calendar.DateOf(time.Now()), Plan: []dunning.PlannedStep{{Stage: dunning.StageReminder, At: time.Now()}}},
			}
			_, err := r.Temporal.ExecuteWorkflow(limited, worker.StartOptions(ids[i], r.queue, in), bareType, steps)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return 0, fmt.Errorf("start bare workflows: %w", err)
	}
	if err := poll(ctx, func(context.Context) (bool, error) { return r.done.Load() == int64(n*before), nil }, func() error {
		return fmt.Errorf("not in time: the bare workflows have done %d of %d activities before their reminders", r.done.Load(), n*before)
	}); err != nil {
		return 0, err
	}
	if err := r.allAtRest(ctx, ids); err != nil {
		return 0, err
	}
	moves := make([]move, n)
	for i, id := range ids {
		d, err := r.Temporal.DescribeWorkflowExecution(ctx, id, "")
		if err != nil {
			return 0, fmt.Errorf("describe a bare workflow: %w", err)
		}
		moves[i] = move{workflow: id, due: d.GetWorkflowExecutionInfo().GetStartTime().AsTime().Add(until)}
	}
	r.bare.Stop()
	if err := r.toTheInstant(ctx, moves); err != nil {
		return 0, err
	}
	r.done.Store(0)
	if err := r.startBare(); err != nil {
		return 0, err
	}
	perSecond, err = r.drained(ctx, n, func() int { return int(r.done.Load()) })
	if err != nil {
		return 0, err
	}
	return perSecond, r.allAtRest(ctx, ids)
}

package bench

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/devstack/timeskip"
	"maan/internal/devstack/world"
	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/store"
)

// forwardedAtOnce is how many executions the clock moves at a time, on both sides.
const forwardedAtOnce = 16

// rig is what the measurements run on.
type rig struct {
	*world.World
	db       *store.Store
	cases    *collection.Service
	skip     timeskip.Skipper
	creditor string
	seq      int
	bare     worker.Worker
	queue    string
	done     atomic.Int64 // bare activities
}

func newRig(ctx context.Context, w *world.World) (*rig, error) {
	db, err := store.Open(ctx, w.DatabaseURL)
	if err != nil {
		return nil, err
	}
	r := &rig{
		World: w, db: db, cases: collection.New(db, collection.Settings{}), creditor: "bench", queue: w.TaskQueue + "-bare",
		skip: timeskip.Skipper{Service: w.Temporal.WorkflowService(), Namespace: client.DefaultNamespace},
	}
	_, err = w.Pool.Exec(ctx, `with a as (insert into agency (id, name, country, registration_number, email, created_at)
			values ($1, 'Incasso Voorbeeld', 'NL', '87654321', 'intake@agency.example', now()) returning id)
		insert into creditor (id, name, registration_number, street, postcode, city, country, zone, language, iban, account_name, sender_name,
			sender_email, reply_to, phone, contact_name, mode, agency_id, created_at)
		select $2, 'Voorbeeld Leverancier BV', '12345678', 'Kade 1', '1011AB', 'Amsterdam', 'NL', 'Europe/Amsterdam', 'nl', 'NL91ABNA0417164300',
			'Voorbeeld Leverancier BV', 'Voorbeeld', 'facturen@leverancier.example', 'debiteuren@leverancier.example', '+31201234567', 'Sanne de Vries',
			'automatic', a.id, now() from a`, store.NewID(), r.creditor)
	if err != nil {
		return nil, fmt.Errorf("make the creditor: %w", err)
	}
	return r, r.startBare()
}

// startBare runs the bare workflow's worker with the product's own worker options.
func (r *rig) startBare() error {
	const atOnce = 40 // the product's default
	r.bare = worker.New(r.Temporal, r.queue, worker.Options{MaxConcurrentActivityExecutionSize: atOnce})
	registerBare(r.bare, &r.done)
	if err := r.bare.Start(); err != nil {
		return fmt.Errorf("start the bare worker: %w", err)
	}
	return nil
}

func (r *rig) close() {
	r.bare.Stop()
	r.db.Close()
}

// invoice starts one over 1,210.00 for a customer of its own, with mail and mobile.
func (r *rig) invoice(ctx context.Context) (uuid.UUID, error) {
	r.seq++
	customer := store.NewID()
	_, err := r.Pool.Exec(ctx, `with c as (insert into customer (id, creditor_id, number, legal_name, kind, language, country, zone, created_at)
			values ($1, $2, $3, 'Klant BV', 'business', 'nl', 'NL', 'Europe/Amsterdam', now()) returning id)
		insert into contact (id, customer_id, role, name, first_name, email, mobile, mobile_billing, created_at)
		select $4, c.id, 'accounts_payable', 'Jan Jansen', 'Jan', $5, $6, true, now() from c`,
		customer, r.creditor, fmt.Sprint(r.seq), store.NewID(), fmt.Sprintf("ap%d@customer.example", r.seq), fmt.Sprintf("+316%08d", 10000000+r.seq*10))
	if err != nil {
		return uuid.Nil, fmt.Errorf("make a customer: %w", err)
	}
	today := calendar.DateOf(time.Now().UTC())
	done, err := r.cases.StartInvoice(ctx, store.Everything, time.Now(), "bench", collection.NewInvoice{
		CreditorID: r.creditor, CustomerID: customer, Number: fmt.Sprintf("B%06d", r.seq), IssueDate: today, DueDate: today.AddDays(30),
		Amount: money.New(121000, "EUR"), PaymentReference: "RF18539007547034", Source: "api",
	})
	return done.InvoiceID, err
}

// batch starts invoices and waits until their workflows run.
func (r *rig) batch(ctx context.Context, n int) ([]uuid.UUID, error) {
	ids := make([]uuid.UUID, n)
	for i := range ids {
		var err error
		if ids[i], err = r.invoice(ctx); err != nil {
			return nil, err
		}
	}
	return ids, r.until(ctx, `select count(*) = 0 from workflow_message where invoice_id = any($1) and delivered_at is null`, ids)
}

// until waits for a condition on the invoices in the database.
func (r *rig) until(ctx context.Context, condition string, ids []uuid.UUID) error {
	for {
		var done bool
		if err := r.Pool.QueryRow(ctx, condition, ids).Scan(&done); err != nil {
			return fmt.Errorf("wait for the cases: %w", err)
		}
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w; the first case: %s", ctx.Err(), r.describe(ids[0]))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// describe says where a case stands, for an error.
func (r *rig) describe(id uuid.UUID) string {
	var text string
	err := r.Pool.QueryRow(context.Background(), `select string_agg(step || ' ' || state || ' ' || reason || ' ' || coalesce(at::text, ''), ', ' order by position)
		from plan_step where invoice_id = $1`, id).Scan(&text)
	if err != nil {
		return err.Error()
	}
	return text
}

// stepDone is a condition for until: the step has an outcome everywhere.
func stepDone(step dunning.StepID) string {
	return `select count(*) = cardinality($1::uuid[]) from plan_step where invoice_id = any($1) and step = '` + string(step) +
		`' and state in ('done', 'skipped', 'failed')`
}

func (r *rig) workflows(ctx context.Context, ids []uuid.UUID) ([]string, error) {
	rows, err := r.Pool.Query(ctx, `select workflow_id from collection_run where invoice_id = any($1) and closed_at is null`, ids)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// forward moves executions by a duration of their own time.
func (r *rig) forward(ctx context.Context, d time.Duration, workflows ...string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(forwardedAtOnce)
	for _, id := range workflows {
		g.Go(func() error { _, err := r.skip.Forward(ctx, id, d); return err })
	}
	return g.Wait()
}

const (
	toFinalNotice = 75 * 24 * time.Hour // past the final notice, short of nothing
	toHandOff     = 20 * 24 * time.Hour
)

// ladders takes a batch through the whole ladder and answers how long the two stretches
// took: to the final notice, and, after the approvals, to the hand-off.
func (r *rig) ladders(ctx context.Context, n int) (time.Duration, error) {
	ids, err := r.batch(ctx, n)
	if err != nil {
		return 0, err
	}
	workflows, err := r.workflows(ctx, ids)
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	if err := r.forward(ctx, toFinalNotice, workflows...); err != nil {
		return 0, err
	}
	if err := r.until(ctx, stepDone("final_notice"), ids); err != nil {
		return 0, err
	}
	took := time.Since(begin)
	if err := r.approve(ctx, ids); err != nil {
		return 0, err
	}
	begin = time.Now()
	if err := r.forward(ctx, toHandOff, workflows...); err != nil {
		return 0, err
	}
	if err := r.until(ctx, stepDone("agency_hand_off"), ids); err != nil {
		return 0, err
	}
	return took + time.Since(begin), nil
}

// approve approves the hand-offs before they are due.
func (r *rig) approve(ctx context.Context, ids []uuid.UUID) error {
	rows, err := r.Pool.Query(ctx, `select t.id, t.created_at from task t join task_item i on i.task_id = t.id
		where i.invoice_id = any($1) and t.kind = 'approval' and t.status = 'open'`, ids)
	if err != nil {
		return err
	}
	type task struct {
		ID        uuid.UUID
		CreatedAt time.Time
	}
	tasks, err := pgx.CollectRows(rows, pgx.RowToStructByPos[task])
	if err != nil {
		return err
	}
	for _, t := range tasks {
		_, err := r.cases.CloseTask(ctx, store.Everything, t.CreatedAt.Add(time.Hour), "bench-finance", dunning.RoleFinance, t.ID,
			collection.TaskOutcome{Code: "approved"})
		if err != nil {
			return err
		}
	}
	return nil
}

// bareLadders does the same with the bare workflow: the same waits, activities and
// upserts, in the same two stretches.
func (r *rig) bareLadders(ctx context.Context, n int, steps []bareStep, first int) (time.Duration, error) {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = "bare:" + uuid.NewString()
		if _, err := r.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: ids[i], TaskQueue: r.queue}, bareType, steps); err != nil {
			return 0, err
		}
	}
	r.done.Store(0)
	begin := time.Now()
	if err := r.forward(ctx, toFinalNotice, ids...); err != nil {
		return 0, err
	}
	if err := r.untilBare(ctx, int64(n*first)); err != nil {
		return 0, err
	}
	took := time.Since(begin)
	begin = time.Now()
	if err := r.forward(ctx, toHandOff, ids...); err != nil {
		return 0, err
	}
	if err := r.untilBare(ctx, int64(n*len(steps))); err != nil {
		return 0, err
	}
	took += time.Since(begin)
	for _, id := range ids {
		if err := r.Temporal.SignalWorkflow(ctx, id, "", bareEnd, nil); err != nil {
			return 0, err
		}
	}
	return took, nil
}

func (r *rig) untilBare(ctx context.Context, n int64) error {
	for r.done.Load() < n {
		select {
		case <-ctx.Done():
			return fmt.Errorf("bare ladders: %d of %d activities: %w", r.done.Load(), n, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

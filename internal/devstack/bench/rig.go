package bench

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/devstack/timeskip"
	"maan/internal/devstack/world"
	"maan/internal/money"
	"maan/internal/store"
	"maan/worker"
)

// rig is what the measurements run on.
type rig struct {
	*world.World

	out      io.Writer
	db       *store.Store
	cases    *collection.Service
	teller   *worker.Teller
	skip     timeskip.Skipper
	creditor string
	seq      int
	bare     sdk.Worker
	queue    string
	done     atomic.Int64 // bare activities
}

func newRig(ctx context.Context, w *world.World, out io.Writer) (*rig, error) {
	db, err := store.Open(ctx, w.DatabaseURL)
	if err != nil {
		return nil, err
	}
	r := &rig{
		World: w, out: out, db: db, cases: collection.New(db, collection.Settings{}), creditor: "bench", queue: w.TaskQueue + "-bare",
		teller: &worker.Teller{Temporal: w.Temporal, Store: db},
		skip:   timeskip.Skipper{Service: w.Temporal.WorkflowService(), Namespace: client.DefaultNamespace},
	}
	_, err = w.Pool.Exec(ctx, `with a as (insert into agency (id, name, country, registration_number, email, created_at)
			values ($1, 'Incasso Voorbeeld', 'NL', '87654321', 'intake@agency.example', now()) returning id)
		insert into creditor (id, name, registration_number, street, postcode, city, country, zone, language, iban, account_name, sender_name,
			sender_email, reply_to, phone, contact_name, mode, agency_id, created_at)
		select $2, 'Voorbeeld Leverancier BV', '12345678', 'Kade 1', '1011AB', 'Amsterdam', 'NL', 'Europe/Amsterdam', 'nl', 'NL91ABNA0417164300',
			'Voorbeeld Leverancier BV', 'Voorbeeld', 'facturen@leverancier.example', 'debiteuren@leverancier.example', '+31201234567', 'Sanne de Vries',
			'automatic', a.id, now() from a`, store.NewID(), r.creditor)
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("make the creditor: %w", err)
	}
	if err := r.startBare(); err != nil {
		db.Close()
		return nil, err
	}
	return r, nil
}

// startBare runs the bare workflow's worker with the product's own worker options.
func (r *rig) startBare() error {
	const atOnce = 40 // the product's default
	r.bare = sdk.New(r.Temporal, r.queue, sdk.Options{MaxConcurrentActivityExecutionSize: atOnce})
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

// Hours of a customer's day at which an invoice arrives.
const (
	morning = 10 // it leaves at once, but at weekends and on holidays
	evening = 20 // it waits for the next contact window
)

// zoneAt names a zone whose clock shows the hour now: what is measured must not depend
// on the hour at which it is.
func zoneAt(hour int, now time.Time) string {
	const east, west = 14, -12 // the zones there are
	ahead := hour - now.UTC().Hour()
	switch {
	case ahead < west:
		ahead += 24
	case ahead > east:
		ahead -= 24
	}
	return fmt.Sprintf("Etc/GMT%+d", -ahead) // their names count the other way round
}

// invoice starts one over 1,210.00 for a customer of its own, with mail and mobile, at
// an hour of the customer's day.
func (r *rig) invoice(ctx context.Context, hour int) (uuid.UUID, error) {
	r.seq++
	customer, now := store.NewID(), time.Now()
	name := zoneAt(hour, now)
	zone, err := time.LoadLocation(name)
	if err != nil {
		return uuid.Nil, fmt.Errorf("zone of the customer: %w", err)
	}
	_, err = r.Pool.Exec(ctx, `with c as (insert into customer (id, creditor_id, number, legal_name, kind, language, country, zone, created_at)
			values ($1, $2, $3, 'Klant BV', 'business', 'nl', 'NL', $7, now()) returning id)
		insert into contact (id, customer_id, role, name, first_name, email, mobile, mobile_billing, created_at)
		select $4, c.id, 'accounts_payable', 'Jan Jansen', 'Jan', $5, $6, true, now() from c`,
		customer, r.creditor, strconv.Itoa(r.seq), store.NewID(), fmt.Sprintf("ap%d@customer.example", r.seq),
		fmt.Sprintf("+316%08d", 10000000+r.seq*10), name)
	if err != nil {
		return uuid.Nil, fmt.Errorf("make a customer: %w", err)
	}
	today := calendar.DateOf(now.In(zone))
	done, err := r.cases.StartInvoice(ctx, store.Everything, now, actor, collection.NewInvoice{
		CreditorID: r.creditor, CustomerID: customer, Number: fmt.Sprintf("B%06d", r.seq), IssueDate: today, DueDate: today.AddDays(30),
		Amount: money.New(121000, "EUR"), PaymentReference: "RF18539007547034", Source: "api",
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("start an invoice: %w", err)
	}
	return done.InvoiceID, nil
}

// batch starts invoices and waits until their workflows wait for time to pass: a clock
// that is moved during a workflow task costs the workflow one more.
func (r *rig) batch(ctx context.Context, n, hour int) ([]uuid.UUID, error) {
	ids := make([]uuid.UUID, n)
	for i := range ids {
		var err error
		if ids[i], err = r.invoice(ctx, hour); err != nil {
			return nil, err
		}
	}
	if err := r.told(ctx, ids...); err != nil {
		return nil, err
	}
	return ids, r.idle(ctx, ids...)
}

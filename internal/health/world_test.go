package health_test

import (
	"context"
	"testing"
	"time"
	_ "time/tzdata" // the same answer on a machine without a zone database

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/devstack/postgres/pgtest"
	"maan/internal/dunning"
	"maan/internal/health"
	"maan/internal/money"
	"maan/internal/provider"
	"maan/internal/store"
)

// monday is a morning on which mails may go.
var monday = time.Date(2026, 6, 1, 8, 30, 0, 0, time.UTC)

// world is a database with two creditors in automatic mode, each with a customer.
type world struct {
	*collection.Service

	t        *testing.T
	store    *store.Store
	health   *health.Service
	now      time.Time
	customer map[string]uuid.UUID
}

func migrate(ctx context.Context, url string) error {
	if err := store.Migrate(ctx, url); err != nil {
		return err
	}
	s, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	defer s.Close()
	return collection.New(s, collection.Settings{}).PublishShipped(ctx, monday)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	key, err := store.SchemaHash()
	require.NoError(t, err)
	s, err := store.Open(t.Context(), pgtest.Database(t, "health "+key, migrate))
	require.NoError(t, err)
	t.Cleanup(s.Close)
	w := &world{t: t, Service: collection.New(s, collection.Settings{}), store: s, now: monday, customer: map[string]uuid.UUID{}}
	w.health = health.New(s, health.Settings{Unsettled: w.UnsettledFor()})
	for _, creditor := range []string{"acme", "other"} {
		id := store.NewID()
		w.customer[creditor] = id
		w.exec(`insert into creditor (id, name, registration_number, vat_number, street, postcode, city, country, zone, language, iban, account_name, sender_name, sender_email, reply_to, phone,
				contact_name, mode, created_at)
			values ($1, 'Acme', '12345678', 'NL001234567B01', 'Kade 1', '1011 AA', 'Amsterdam', 'NL', 'Europe/Amsterdam', 'nl', 'NL91ABNA0417164300', 'Acme', 'Acme', 'a@acme.example', 'b@acme.example',
				'+31201234567', 'C', 'automatic', $2)`, creditor, monday)
		w.exec(`insert into customer (id, creditor_id, number, legal_name, kind, language, country, created_at)
			values ($1, $2, 'C-1', 'Secret Buyer', 'business', 'nl', 'NL', $3)`, id, creditor, monday)
		w.exec(`insert into contact (id, customer_id, role, name, email, mobile, mobile_billing, created_at)
			values ($1, $2, 'accounts_payable', 'Petra', 'petra@buyer.example', '+31612345678', true, $3)`, store.NewID(), id, monday)
	}
	for _, loop := range []string{health.LoopWatch, health.LoopReconcile} {
		require.NoError(t, s.MarkLoop(t.Context(), loop))
	}
	return w
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	_, err := w.store.Pool().Exec(w.t.Context(), sql, args...)
	require.NoError(w.t, err)
}

// told does what the relay does: every workflow hears.
func (w *world) told() { w.exec(`update workflow_message set delivered_at = now()`) }

func (w *world) invoice(creditor, number string) uuid.UUID {
	w.t.Helper()
	day := calendar.DateOf(w.now)
	done, err := w.StartInvoice(w.t.Context(), store.Everything, w.now, "person-1", collection.NewInvoice{
		CreditorID: creditor, CustomerID: w.customer[creditor], Number: number, IssueDate: day, DueDate: day.AddDays(30), DueDateAgreed: true,
		Amount: money.New(121000, "EUR"), Source: "api",
	})
	require.NoError(w.t, err)
	w.told()
	return done.ID
}

// attempt claims the invoice's mail of the first step; nil takes it.
func (w *world) attempt(invoice uuid.UUID, fate *provider.Error) {
	w.t.Helper()
	act := dunning.Act{InvoiceID: invoice.String(), RunNo: 1, Step: "invoice", Occurrence: 1}
	claim, err := w.ClaimSend(w.t.Context(), act, w.now)
	require.NoError(w.t, err)
	require.NotEmpty(w.t, claim.Outgoing, "%+v", claim.Result)
	fates := make([]collection.Fate, len(claim.Outgoing))
	for i, o := range claim.Outgoing {
		fates[i] = collection.Fate{MessageID: o.MessageID, Channel: o.Channel, ProviderID: "p-" + o.MessageID.String(), Err: fate}
	}
	_, err = w.RecordSend(w.t.Context(), act, claim, fates, w.now)
	require.NoError(w.t, err)
	w.told()
}

// look is what one check says to a caller of some creditors; none are all.
func (w *world) look(condition health.Condition, subject string, creditors ...string) health.Check {
	w.t.Helper()
	scope := store.Everything
	if len(creditors) > 0 {
		scope = store.Scope{Creditors: creditors}
	}
	report, err := w.health.Contact(w.t.Context(), scope, w.now)
	require.NoError(w.t, err)
	for _, c := range report.Checks {
		if c.Condition == condition && c.Subject == subject {
			return c
		}
	}
	require.Fail(w.t, "no such check", "%s %s", condition, subject)
	return health.Check{}
}

// is expects a severity and a count from a check for all and for its own creditor, and nothing for the other.
func (w *world) is(condition health.Condition, subject string, severity health.Severity, count int) health.Check {
	w.t.Helper()
	c := w.look(condition, subject)
	require.Equal(w.t, severity, c.Severity, "%s %s: %d", condition, subject, c.Count)
	require.Equal(w.t, count, c.Count)
	own := w.look(condition, subject, "acme")
	require.Equal(w.t, severity, own.Severity)
	require.Equal(w.t, count, own.Count)
	require.Equal(w.t, health.OK, w.look(condition, subject, "other").Severity)
	return c
}

func (w *world) wait(d time.Duration) { w.now = w.now.Add(d) }

var down = &provider.Error{Fate: provider.NotSent, Code: "refused"}

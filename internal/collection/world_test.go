package collection_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata" // the same answer on a machine without a zone database

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/provider"
	"maan/internal/store"
)

const (
	creditorID = "acme"
	anna       = collection.Actor("person-a")
	bert       = collection.Actor("person-b")
)

// issued is the Monday on which the tests' invoices come in; they are due on due.
var (
	issued = date("2026-06-01")
	due    = date("2026-07-01")
)

// world is a database with one creditor, and a provider that does as it is told.
type world struct {
	*collection.Service

	t        *testing.T
	store    *store.Store
	now      time.Time
	customer uuid.UUID // the first customer
	contact  uuid.UUID // its contact
	agency   uuid.UUID
	manager  uuid.UUID
	provider fakeProvider
}

// fakeProvider decides the fate of every message; nil accepts all.
type fakeProvider struct {
	fate func(collection.Outgoing) *provider.Error
	sent []collection.Outgoing // what it took
	n    atomic.Int64
}

func (p *fakeProvider) handOver(out []collection.Outgoing) []collection.Fate {
	fates := make([]collection.Fate, len(out))
	for i, o := range out {
		fates[i].MessageID = o.MessageID
		if p.fate != nil {
			if fates[i].Err = p.fate(o); fates[i].Err != nil {
				continue
			}
		}
		fates[i].ProviderID = fmt.Sprintf("provider-%d", p.n.Add(1))
		p.sent = append(p.sent, o)
	}
	return fates
}

func (p *fakeProvider) Refuse(f provider.Fate, code string) {
	p.fate = func(collection.Outgoing) *provider.Error { return &provider.Error{Fate: f, Code: code} }
}

func (p *fakeProvider) refuseOn(c dunning.Channel, f provider.Fate, code string) {
	p.fate = func(o collection.Outgoing) *provider.Error {
		if o.Channel != c {
			return nil
		}
		return &provider.Error{Fate: f, Code: code}
	}
}

func (p *fakeProvider) heal() { p.fate = nil }

// newWorld makes a creditor in automatic mode with an agency, a colleague in sales and
// one customer with an address and a mobile.
func newWorld(t *testing.T) *world {
	t.Helper()
	s := borrow(t)
	w := &world{
		Service: collection.New(s, collection.Settings{}), t: t, store: s, now: amsterdam("2026-06-01 08:30"),
		agency: store.NewID(), manager: store.NewID(),
	}
	w.exec(`insert into agency (id, name, country, registration_number, email, created_at)
		values ($1, 'Firm Hand BV', 'NL', '11223344', 'cases@firmhand.example', $2)`, w.agency, w.now)
	w.exec(`insert into creditor (id, name, registration_number, vat_number, street, postcode, city, country, zone, language, iban, account_name,
			sender_name, sender_email, reply_to, phone, contact_name, mode, agency_id, created_at)
		values ($1, 'Acme Tools BV', '12345678', 'NL001234567B01', 'Kade 1', '1011 AA', 'Amsterdam', 'NL', 'Europe/Amsterdam', 'nl',
			'NL91ABNA0417164300', 'Acme Tools BV', 'Acme Tools', 'billing@acme.example', 'credit@acme.example', '+31 20 123 4567', 'Carla Kas',
			'automatic', $2, $3)`, creditorID, w.agency, w.now)
	w.exec(`insert into account_manager (id, creditor_id, name, email, created_at) values ($1, $2, 'Sam Sales', 'sam@acme.example', $3)`,
		w.manager, creditorID, w.now)
	w.customer, w.contact = w.newCustomer("C-1")
	return w
}

// newCustomer adds a Dutch business with an address and a mobile.
func (w *world) newCustomer(number string) (id, contact uuid.UUID) {
	w.t.Helper()
	id, contact = store.NewID(), store.NewID()
	w.exec(`insert into customer (id, creditor_id, number, legal_name, kind, registration_number, language, country, zone, street, postcode,
			city, account_manager_id, created_at)
		values ($1, $2, $3, 'Buyer BV', 'business', '87654321', 'nl', 'NL', 'Europe/Amsterdam', 'Plein 2', '3511 AA', 'Utrecht', $4, $5)`,
		id, creditorID, number, w.manager, w.now)
	w.exec(`insert into contact (id, customer_id, role, name, first_name, email, phone, mobile, mobile_billing, created_at)
		values ($1, $2, 'accounts_payable', 'Petra Pay', 'Petra', 'petra@buyer.example', '+31301234567', '+31612345678', true, $3)`,
		contact, id, w.now)
	return id, contact
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	_, err := w.store.Pool().Exec(context.Background(), sql, args...)
	require.NoError(w.t, err)
}

// read answers one value.
func read[T any](w *world, sql string, args ...any) T {
	w.t.Helper()
	var v T
	require.NoError(w.t, w.store.Pool().QueryRow(context.Background(), sql, args...).Scan(&v))
	return v
}

// column answers a list of texts.
func (w *world) column(sql string, args ...any) []string {
	w.t.Helper()
	return read[[]string](w, `select coalesce(array_agg(x), '{}') from (`+sql+`) as t(x)`, args...)
}

// invoice describes the tests' invoice: 1210.00 euros, due in thirty days.
func (w *world) invoice(number string, change ...func(*collection.NewInvoice)) collection.NewInvoice {
	n := collection.NewInvoice{
		CreditorID: creditorID, CustomerID: w.customer, Number: number, IssueDate: issued, DueDate: due, DueDateAgreed: true,
		Amount: eur(121000), Source: "api",
	}
	for _, c := range change {
		c(&n)
	}
	return n
}

func (w *world) start(n collection.NewInvoice) *testCase {
	w.t.Helper()
	done, err := w.StartInvoice(w.t.Context(), store.Everything, w.now, anna, n)
	require.NoError(w.t, err)
	require.False(w.t, done.Existed)
	return &testCase{w: w, id: done.ID, run: 1}
}

// begin starts the standard invoice.
func (w *world) begin(change ...func(*collection.NewInvoice)) *testCase {
	w.t.Helper()
	return w.start(w.invoice("2026-001", change...))
}

// testCase follows a case as its workflow does: by the messages and the results.
type testCase struct {
	w     *world
	id    uuid.UUID
	run   int
	acted dunning.State // newest state that a result carried
}

// state is what the workflow of the current run knows: the newest of what it was told.
func (c *testCase) state() dunning.State {
	c.w.t.Helper()
	newest := c.acted
	rows, err := c.w.store.Pool().Query(context.Background(),
		`select name, payload from workflow_message where invoice_id = $1 and run_no = $2 order by id`, c.id, c.run)
	require.NoError(c.w.t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		var payload []byte
		require.NoError(c.w.t, rows.Scan(&name, &payload))
		s := dunning.State{}
		if name == collection.MessageStart {
			var in dunning.Case
			require.NoError(c.w.t, json.Unmarshal(payload, &in))
			require.Equal(c.w.t, c.run, in.RunNo)
			s = in.State
		} else {
			require.NoError(c.w.t, json.Unmarshal(payload, &s))
		}
		if s.FactsSeq > newest.FactsSeq {
			newest = s
		}
	}
	require.NoError(c.w.t, rows.Err())
	return newest
}

// current is the step that comes next.
func (c *testCase) current() dunning.PlannedStep {
	c.w.t.Helper()
	s := c.state()
	step, ok := s.Current()
	require.True(c.w.t, ok, "a step is planned")
	return step
}

func (c *testCase) act() dunning.Act {
	c.w.t.Helper()
	step := c.current()
	return dunning.Act{InvoiceID: c.id.String(), RunNo: c.run, Step: step.Step, Occurrence: step.Occurrence}
}

// due moves the clock to the current step's instant and names the act.
func (c *testCase) due() dunning.Act {
	c.w.t.Helper()
	if at := c.current().At; at.After(c.w.now) {
		c.w.now = at
	}
	return c.act()
}

// perform does an act as an activity does it.
func (c *testCase) perform(act dunning.Act, do dunning.Do) *dunning.ActResult {
	c.w.t.Helper()
	ctx, w := c.w.t.Context(), c.w
	var (
		r   *dunning.ActResult
		err error
	)
	switch do {
	case dunning.DoCall:
		r, err = w.Call(ctx, act, w.now)
	case dunning.DoTask:
		r, err = w.Ask(ctx, act, w.now)
	default:
		claim, claimErr := w.ClaimSend(ctx, act, w.now)
		require.NoError(w.t, claimErr)
		if r = claim.Result; r == nil {
			r, err = w.RecordSend(ctx, act, claim, w.provider.handOver(claim.Outgoing), w.now)
		}
	}
	require.NoError(w.t, err)
	c.learn(r)
	return r
}

func (c *testCase) learn(r *dunning.ActResult) {
	if r.State.FactsSeq > c.acted.FactsSeq {
		c.acted = r.State
	}
}

// next does the current step when it is due.
func (c *testCase) next() *dunning.ActResult {
	c.w.t.Helper()
	act := c.due()
	return c.perform(act, c.current().Do)
}

// until does every step before the given one and stops when that is current and due.
func (c *testCase) until(step dunning.StepID) dunning.Act {
	c.w.t.Helper()
	for range 30 {
		if c.current().Step == step {
			return c.due()
		}
		if c.current().Do == dunning.DoHandOff {
			c.approve()
		}
		r := c.next()
		require.True(c.w.t, r.Answer.Final(), "%s before %s: %s %s", c.w.now, step, r.Answer, r.Reason)
	}
	require.Fail(c.w.t, "step not reached", string(step))
	return dunning.Act{}
}

// claim claims the act's messages and expects to get some.
func (c *testCase) claim(act dunning.Act) []collection.Outgoing {
	c.w.t.Helper()
	claim, err := c.w.ClaimSend(c.w.t.Context(), act, c.w.now)
	require.NoError(c.w.t, err)
	require.Nil(c.w.t, claim.Result)
	require.NotEmpty(c.w.t, claim.Outgoing)
	return claim.Outgoing
}

// answer claims and expects a result.
func (c *testCase) answer(act dunning.Act) *dunning.ActResult {
	c.w.t.Helper()
	claim, err := c.w.ClaimSend(c.w.t.Context(), act, c.w.now)
	require.NoError(c.w.t, err)
	require.NotNil(c.w.t, claim.Result, "nothing may be sent")
	require.Empty(c.w.t, claim.Outgoing)
	c.learn(claim.Result)
	return claim.Result
}

func (c *testCase) record(act dunning.Act, fates []collection.Fate) *dunning.ActResult {
	c.w.t.Helper()
	r, err := c.w.RecordSend(c.w.t.Context(), act, nil, fates, c.w.now)
	require.NoError(c.w.t, err)
	c.learn(r)
	return r
}

// approve closes the case's open approvals, each by somebody of its role.
func (c *testCase) approve() {
	c.w.t.Helper()
	for _, task := range c.w.openTasks(collection.TaskApproval) {
		role := dunning.Role(read[string](c.w, `select role from task where id = $1`, task))
		c.w.closeAs(task, collection.Actor("approver-"+string(role)), role, collection.TaskOutcome{Code: "approved"})
	}
}

func (c *testCase) pay(reference string, minor int64) collection.Done {
	c.w.t.Helper()
	done, err := c.w.Receive(c.w.t.Context(), store.Everything, c.w.now, anna, c.id, payment(reference, minor))
	require.NoError(c.w.t, err)
	return done
}

func (c *testCase) dispute() collection.Done {
	c.w.t.Helper()
	done, err := c.w.OpenDispute(c.w.t.Context(), store.Everything, c.w.now, anna, c.id, "quality", "the handle is loose")
	require.NoError(c.w.t, err)
	return done
}

func (c *testCase) resolve(r collection.Resolution) collection.Done {
	c.w.t.Helper()
	done, err := c.w.ResolveDispute(c.w.t.Context(), store.Everything, c.w.now, bert, c.id, r)
	require.NoError(c.w.t, err)
	return done
}

// row tells a step's state and reason.
func (c *testCase) row(step dunning.StepID) string {
	c.w.t.Helper()
	return read[string](c.w, `select state || case when reason <> '' then '(' || reason || ')' else '' end from plan_step
		where invoice_id = $1 and run_no = $2 and step = $3`, c.id, c.run, step)
}

func (c *testCase) events(kind string) int {
	c.w.t.Helper()
	return read[int](c.w, `select count(*) from case_event where invoice_id = $1 and kind = $2`, c.id, kind)
}

// told lists the messages on their way to the workflows, oldest first.
func (c *testCase) told() []string {
	c.w.t.Helper()
	return c.w.column(`select name from workflow_message where invoice_id = $1 order by id`, c.id)
}

// statuses lists the case's messages: step/occurrence/channel status.
func (c *testCase) statuses() []string {
	c.w.t.Helper()
	return c.w.column(`select i.step || '/' || i.occurrence || '/' || i.channel || ' ' || m.status from message_item i
		join message m on m.id = i.message_id where i.invoice_id = $1 order by i.step, i.occurrence, i.channel`, c.id)
}

func (w *world) openTasks(kind string) []uuid.UUID {
	w.t.Helper()
	return read[[]uuid.UUID](w, `select coalesce(array_agg(id order by id), '{}') from task where kind = $1 and status in ('open', 'claimed')`, kind)
}

// task is the one open task of a kind.
func (w *world) task(kind string) uuid.UUID {
	w.t.Helper()
	ids := w.openTasks(kind)
	require.Len(w.t, ids, 1, "open tasks of kind %s", kind)
	return ids[0]
}

func (w *world) closeAs(task uuid.UUID, who collection.Actor, role dunning.Role, o collection.TaskOutcome) []*collection.Told {
	w.t.Helper()
	told, err := w.CloseTask(w.t.Context(), store.Everything, w.now, who, role, task, o)
	require.NoError(w.t, err)
	return told
}

func (w *world) closeTask(task uuid.UUID, o collection.TaskOutcome) []*collection.Told {
	w.t.Helper()
	return w.closeAs(task, anna, dunning.RoleAdministrator, o)
}

// report settles what a provider says about a message.
func (w *world) report(message uuid.UUID, kind, code string) {
	w.t.Helper()
	require.NoError(w.t, w.SettleReports(w.t.Context(), w.now, []collection.Report{{
		Provider: "sendgrid", EventKey: kind + code + message.String() + w.now.String(), MessageID: message, ProviderID: "sg", Kind: kind,
		Code: code, At: w.now,
	}}))
}

// wait lets time pass.
func (w *world) wait(d time.Duration) { w.now = w.now.Add(d) }

// intact checks the histories and that every balance is the sum of its ledger.
func (w *world) intact() {
	w.t.Helper()
	report, err := w.VerifyHistory(context.Background())
	require.NoError(w.t, err)
	require.Empty(w.t, report.Broken)
	require.Empty(w.t, w.column(`select number from invoice i where open_minor <>
		(select sum(amount_minor) from ledger_entry e where e.invoice_id = i.id and e.bucket = 'principal')`), "balances that are not their ledger's sum")
}

func refused(t *testing.T, err error, kind collection.RefusalKind, code string) {
	t.Helper()
	r, ok := collection.AsRefusal(err)
	require.True(t, ok, "a refusal, not %v", err)
	require.Equal(t, kind, r.Kind)
	codes := make([]string, len(r.Faults))
	for i, f := range r.Faults {
		codes[i] = f.Code
	}
	require.Contains(t, codes, code)
}

func payment(reference string, minor int64) collection.Receipt {
	return collection.Receipt{Kind: collection.EntryPayment, ExternalID: reference, Amount: eur(minor), On: date("2026-07-01")}
}

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

func date(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func datePtr(s string) *calendar.Date {
	d := date(s)
	return &d
}

var zone = func() *time.Location {
	l, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		panic(err)
	}
	return l
}()

// amsterdam reads "2026-06-01 09:00" as the customer's clock.
func amsterdam(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

func day(t time.Time) string { return t.In(zone).Format(time.DateOnly) }

func replace(t *testing.T, text, from, to string) string {
	t.Helper()
	require.Contains(t, text, from)
	return strings.Replace(text, from, to, 1)
}

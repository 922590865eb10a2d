package activities_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"
	_ "time/tzdata" // the same answer on a machine without a zone database

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"maan/activities"
	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/devstack/postgres/pgtest"
	"maan/internal/devstack/sandbox"
	"maan/internal/dunning"
	"maan/internal/email"
	"maan/internal/money"
	"maan/internal/sms"
	"maan/internal/store"
)

const (
	apiKey = "SG.key"
	sid    = "AC0123456789abcdef0123456789abcdef"
	token  = "0123456789abcdef0123456789abcdef"
)

// office is a creditor with a customer, a database, and the real provider clients in
// front of the provider sandbox. Activities run with the SDK's test environment.
type office struct {
	t         *testing.T
	store     *store.Store
	cases     *collection.Service
	acts      *activities.Activities
	env       *testsuite.TestActivityEnvironment
	providers *httptest.Server
	box       *sandbox.Sandbox
	smtp      string // address of the sandbox's SMTP server; "" where mails go by HTTP
	now       time.Time
	agency    uuid.UUID
	customer  uuid.UUID
	invoice   uuid.UUID
	log       bytes.Buffer
}

// clock reads "2026-06-01 10:00" as the customer's clock shows it.
func clock(t *testing.T, s string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	require.NoError(t, err)
	at, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	require.NoError(t, err)
	return at
}

// migrate makes the template database of the tests: the schema and the shipped policies.
func migrate(ctx context.Context, url string) error {
	if err := store.Migrate(ctx, url); err != nil {
		return err
	}
	s, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	defer s.Close()
	return collection.New(s, collection.Settings{}).PublishShipped(ctx, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
}

func openStore(t *testing.T) *store.Store {
	t.Helper()
	key, err := store.SchemaHash()
	require.NoError(t, err)
	source, err := dunning.Shipped(dunning.PolicyStandard)
	require.NoError(t, err)
	s, err := store.Open(t.Context(), pgtest.Database(t, "activities "+key+dunning.ContentHash(source), migrate))
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// newOffice opens on Monday 1 June 2026 with one invoice over 1210.00 euros, issued
// that day and due on 1 July.
func newOffice(t *testing.T) *office {
	t.Helper()
	s := openStore(t)
	o := &office{
		t: t, store: s, cases: collection.New(s, collection.Settings{}), now: clock(t, "2026-06-01 08:30"), agency: store.NewID(), customer: store.NewID(),
	}
	o.furnish()
	o.connect()
	o.acts.Register(o.env)
	day := func(m time.Month, d int) calendar.Date { return calendar.NewDate(2026, m, d) }
	done, err := o.cases.StartInvoice(t.Context(), store.Everything, o.now, "person-a", collection.NewInvoice{
		CreditorID: "acme", CustomerID: o.customer, Number: "2026-001", IssueDate: day(time.June, 1), DueDate: day(time.July, 1), DueDateAgreed: true,
		Amount: money.New(121_000, "EUR"), Source: "api",
	})
	require.NoError(t, err)
	o.invoice = done.ID
	return o
}

func (o *office) furnish() {
	o.t.Helper()
	manager := store.NewID()
	o.exec(`insert into agency (id, name, country, registration_number, email, created_at)
		values ($1, 'Firm Hand BV', 'NL', '11223344', 'cases@firmhand.example', $2)`, o.agency, o.now)
	o.exec(`insert into creditor (id, name, registration_number, vat_number, street, postcode, city, country, zone, language, iban, account_name,
			sender_name, sender_email, reply_to, phone, contact_name, mode, agency_id, created_at)
		values ('acme', 'Acme Tools BV', '12345678', 'NL001234567B01', 'Kade 1', '1011 AA', 'Amsterdam', 'NL', 'Europe/Amsterdam', 'nl',
			'NL91ABNA0417164300', 'Acme Tools BV', 'Acme Tools', 'billing@acme.example', 'credit@acme.example', '+31 20 123 4567', 'Carla Kas',
			'automatic', $1, $2)`, o.agency, o.now)
	o.exec(`insert into account_manager (id, creditor_id, name, email, created_at) values ($1, 'acme', 'Sam Sales', 'sam@acme.example', $2)`, manager, o.now)
	o.exec(`insert into customer (id, creditor_id, number, legal_name, kind, registration_number, language, country, zone, street, postcode,
			city, account_manager_id, created_at)
		values ($1, 'acme', 'C-1', 'Buyer BV', 'business', '87654321', 'nl', 'NL', 'Europe/Amsterdam', 'Plein 2', '3511 AA', 'Utrecht', $2, $3)`,
		o.customer, manager, o.now)
	o.exec(`insert into contact (id, customer_id, role, name, first_name, email, phone, mobile, mobile_billing, created_at)
		values ($1, $2, 'accounts_payable', 'Petra Pay', 'Petra', 'petra@buyer.example', '+31301234567', '+31612345678', true, $3)`,
		store.NewID(), o.customer, o.now)
}

// connect builds the providers, their clients and the activities.
func (o *office) connect() {
	o.t.Helper()
	var err error
	o.box, err = sandbox.New(sandbox.Config{APIKey: apiKey, TwilioSID: sid, TwilioToken: token})
	require.NoError(o.t, err)
	o.t.Cleanup(func() { require.NoError(o.t, o.box.Close()) })
	o.providers = httptest.NewServer(o.box)
	o.t.Cleanup(o.providers.Close)
	text, err := sms.NewTwilio(sms.TwilioConfig{BaseURL: o.providers.URL, AccountSID: sid, AuthToken: token, From: "+3197000000", Timeout: 5 * time.Second})
	require.NoError(o.t, err)
	o.acts = &activities.Activities{
		Cases: o.cases, Mail: o.mailer(5 * time.Second), Text: text, PublicURL: "http://127.0.0.1:1", SMSFrom: "+3197000000",
		Now: func(context.Context) time.Time { return o.now },
	}
	o.env = newEnvironment(&o.log)
}

// impatient gives the clients a deadline of a fifth of a second.
func (o *office) impatient() {
	o.t.Helper()
	o.acts.Mail = o.mailer(200 * time.Millisecond)
}

// mailer is the client of the provider that the office writes through.
func (o *office) mailer(timeout time.Duration) email.Sender {
	o.t.Helper()
	if o.smtp != "" {
		return smtpClient(o.t, o.smtp, timeout)
	}
	mail, err := email.NewSendGrid(email.SendGridConfig{BaseURL: o.providers.URL, APIKey: apiKey, Timeout: timeout})
	require.NoError(o.t, err)
	return mail
}

func smtpClient(t *testing.T, address string, timeout time.Duration) email.Sender {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	number, err := strconv.Atoi(port)
	require.NoError(t, err)
	mail, err := email.NewSMTP(email.SMTPConfig{
		Host: host, Port: number, Username: sandbox.SMTPUser, Password: apiKey, Security: email.NoTLS, Timeout: timeout,
	})
	require.NoError(t, err)
	return mail
}

// byMail runs a test once with each provider of e-mail.
func byMail(t *testing.T, test func(t *testing.T, o *office)) {
	t.Helper()
	t.Run("sendgrid", func(t *testing.T) {
		t.Parallel()
		test(t, newOffice(t))
	})
	t.Run("smtp", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t)
		address, err := o.box.ServeSMTP("127.0.0.1:0")
		require.NoError(t, err)
		o.smtp = address
		o.acts.Mail = o.mailer(5 * time.Second)
		test(t, o)
	})
}

// newEnvironment runs activities as the worker does, with coded errors.
func newEnvironment(into *bytes.Buffer) *testsuite.TestActivityEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(into, nil))))
	env := suite.NewTestActivityEnvironment()
	env.SetWorkerOptions(worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{&activities.Codes{Logger: slog.New(slog.NewTextHandler(into, nil))}},
	})
	return env
}

// act runs one attempt of a step's activity.
func (o *office) act(name string, step dunning.StepID, occurrence int) (dunning.ActResult, error) {
	o.t.Helper()
	var r dunning.ActResult
	value, err := o.env.ExecuteActivity(name, dunning.Act{InvoiceID: o.invoice.String(), RunNo: 1, Step: step, Occurrence: occurrence})
	if err != nil {
		return r, err
	}
	require.NoError(o.t, value.Get(&r))
	return r, nil
}

// must is act without a fault.
func (o *office) must(name string, step dunning.StepID, occurrence int) dunning.ActResult {
	o.t.Helper()
	r, err := o.act(name, step, occurrence)
	require.NoError(o.t, err)
	return r
}

func (o *office) at(when string) { o.now = clock(o.t, when) }

func (o *office) exec(sql string, args ...any) {
	o.t.Helper()
	_, err := o.store.Pool().Exec(context.Background(), sql, args...)
	require.NoError(o.t, err)
}

// read answers one value of the database.
func read[T any](o *office, sql string, args ...any) T {
	o.t.Helper()
	var v T
	require.NoError(o.t, o.store.Pool().QueryRow(context.Background(), sql, args...).Scan(&v))
	return v
}

// messages are the messages of the database, oldest first: "email sent", with the error
// code where there is one.
func (o *office) messages() []string {
	o.t.Helper()
	return read[[]string](o, `select coalesce(array_agg(trim(channel || ' ' || status || ' ' || error_code) order by claimed_at, channel), '{}') from message`)
}

// behave makes the sandbox misbehave.
func (o *office) behave(b sandbox.Behaviour) {
	o.t.Helper()
	body, err := json.Marshal(b)
	require.NoError(o.t, err)
	res, err := http.Post(o.providers.URL+"/control/behaviour", "application/json", bytes.NewReader(body))
	require.NoError(o.t, err)
	require.NoError(o.t, res.Body.Close())
	require.Equal(o.t, http.StatusOK, res.StatusCode)
}

// accepted are the messages that the sandbox took.
func (o *office) accepted() []sandbox.Message {
	o.t.Helper()
	res, err := http.Get(o.providers.URL + "/control/messages")
	require.NoError(o.t, err)
	defer func() { _ = res.Body.Close() }()
	var messages []sandbox.Message
	require.NoError(o.t, json.NewDecoder(res.Body).Decode(&messages))
	return messages
}

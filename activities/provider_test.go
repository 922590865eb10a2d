package activities_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/devstack/sandbox"
	"maan/internal/dunning"
	"maan/internal/email"
	"maan/internal/money"
	"maan/internal/provider"
	"maan/internal/store"
	"maan/workflows"
)

// more starts further invoices of the office's customer and answers their ids.
func (o *office) more(n int) []uuid.UUID {
	o.t.Helper()
	day := func(m time.Month, d int) calendar.Date { return calendar.NewDate(2026, m, d) }
	ids := make([]uuid.UUID, n)
	for i := range ids {
		done, err := o.cases.StartInvoice(o.t.Context(), store.Everything, o.now, "person-a", collection.NewInvoice{
			CreditorID: "acme", CustomerID: o.customer, Number: fmt.Sprintf("2026-9%02d", i), IssueDate: day(time.June, 1), DueDate: day(time.July, 1),
			DueDateAgreed: true, Amount: money.New(121_000, "EUR"), Source: "api",
		})
		require.NoError(o.t, err)
		ids[i] = done.ID
	}
	return ids
}

// sends asks for the invoice mail of one invoice.
func (o *office) sends(invoice uuid.UUID) dunning.ActResult {
	o.t.Helper()
	o.invoice = invoice
	return o.must(workflows.ActSendMessage, "invoice", 1)
}

// dead is a client at whose address nobody listens.
func dead(t *testing.T) email.Sender {
	t.Helper()
	return smtpClient(t, "127.0.0.1:1", time.Second)
}

// A dead provider is found out by a few messages; the others wait without an attempt. Then one
// tries, and when it is taken, all go on.
func TestADeadProviderOpensACircuit(t *testing.T) {
	t.Parallel()
	byMail(t, func(t *testing.T, o *office) {
		works := o.acts.Mail
		o.acts.Mail = dead(t)
		ids := o.more(store.CircuitFailures + 3)
		for i, id := range ids[:store.CircuitFailures] {
			r := o.sends(id)
			require.Equal(t, dunning.ReasonProviderDown, r.Reason)
			require.Len(t, o.messages(), i+1)
		}
		circuits, err := o.store.OpenCircuits(t.Context())
		require.NoError(t, err)
		require.Len(t, circuits, 1)
		require.Equal(t, dunning.ChannelEmail, circuits[0].Channel)
		require.Equal(t, provider.CodeRefused, circuits[0].LastCode)

		o.acts.Mail = works // nobody knows yet
		for _, id := range ids[store.CircuitFailures:] {
			r := o.sends(id)
			require.Equal(t, dunning.AnswerWait, r.Answer)
			require.Equal(t, dunning.ReasonProviderDown, r.Reason)
			require.Equal(t, o.now.Add(2*time.Minute).UTC(), r.NotBefore.UTC())
		}
		require.Len(t, o.messages(), store.CircuitFailures, "nothing was claimed")
		require.Empty(t, o.accepted())

		o.now = o.now.Add(2 * time.Minute)
		for _, id := range ids {
			require.Equal(t, dunning.AnswerDone, o.sends(id).Answer)
		}
		require.Len(t, o.accepted(), len(ids))
		circuits, err = o.store.OpenCircuits(t.Context())
		require.NoError(t, err)
		require.Empty(t, circuits)
	})
}

// While the provider stays dead, one message after each pause finds that out.
func TestAnOpenCircuitLetsOneThrough(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.acts.Mail = dead(t)
	ids := o.more(store.CircuitFailures + 3)
	for _, id := range ids {
		o.sends(id)
	}
	require.Len(t, o.messages(), store.CircuitFailures)
	o.now = o.now.Add(2 * time.Minute)
	for _, id := range ids {
		require.Equal(t, dunning.ReasonProviderDown, o.sends(id).Reason)
	}
	require.Len(t, o.messages(), store.CircuitFailures+1)
}

// Waiting for a provider is no attempt, but the step's deadline runs: what became too late
// to make sense goes to a person.
func TestWaitingForAProviderEndsWithATask(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.exec(`update provider_state set opened_at = $1, probe_at = $1::timestamptz + interval '2 minutes' where channel = 'email'`, o.now)
	require.Equal(t, dunning.ReasonProviderDown, o.must(workflows.ActSendMessage, "invoice", 1).Reason)
	o.at("2026-07-20 10:00")
	r := o.must(workflows.ActSendMessage, "invoice", 1)
	require.Equal(t, dunning.AnswerFailed, r.Answer)
	require.Equal(t, dunning.ReasonTooLate, r.Reason)
	require.Empty(t, o.messages())
	require.Equal(t, 1, read[int](o, `select count(*)::int from task where status = 'open'`))
}

// A payment ends a step that waits for a provider.
func TestPaidWhileTheProviderIsDown(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.exec(`update provider_state set opened_at = $1, probe_at = $1::timestamptz + interval '2 minutes' where channel = 'email'`, o.now)
	require.Equal(t, dunning.ReasonProviderDown, o.must(workflows.ActSendMessage, "invoice", 1).Reason)
	o.pay()
	require.Equal(t, dunning.ReasonPaid, o.must(workflows.ActSendMessage, "invoice", 1).Reason)
}

// What the provider asks of one, all respect.
func TestRetryAfterIsEverybodys(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ids := o.more(2)
	o.behave(sandbox.Behaviour{Mode: sandbox.TooMany, RetryAfter: 600, Count: 1})
	first := o.sends(ids[0])
	require.Equal(t, o.now.Add(10*time.Minute).UTC(), first.NotBefore.UTC())
	o.now = o.now.Add(time.Minute)
	second := o.sends(ids[1])
	require.Equal(t, dunning.ReasonProviderDown, second.Reason)
	require.Equal(t, first.NotBefore.UTC(), second.NotBefore.UTC())
	require.Equal(t, []string{"email not_sent status_429"}, o.messages())
	o.now = first.NotBefore
	for _, id := range ids {
		require.Equal(t, dunning.AnswerDone, o.sends(id).Answer)
	}
}

// A reminder goes by mail while the provider of SMS is down, and is not sent by SMS alone while
// that of e-mail is.
func TestTheMailDecides(t *testing.T) {
	t.Parallel()
	const open = `update provider_state set opened_at = $1, probe_at = $1::timestamptz + interval '2 minutes' where channel = $2`
	o := newOffice(t)
	o.climb("reminder")
	before := len(o.accepted())
	o.exec(open, o.now, "email")
	r := o.must(workflows.ActSendMessage, "reminder", 1)
	require.Equal(t, dunning.ReasonProviderDown, r.Reason)
	require.Len(t, o.accepted(), before)

	o.exec(`update provider_state set opened_at = null, probe_at = null`)
	o.now = r.NotBefore
	o.exec(open, o.now, "sms")
	r = o.must(workflows.ActSendMessage, "reminder", 1)
	require.Equal(t, dunning.AnswerDone, r.Answer)
	require.Equal(t, map[dunning.Channel]string{"email": "sent", "sms": "unsent:provider_down"}, r.Channels)
	require.Len(t, o.accepted(), before+1)
	require.NotNil(t, read[*time.Time](o, `select opened_at from provider_state where channel = 'sms'`), "nobody was asked")
}

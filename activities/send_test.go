package activities_test

import (
	"context"
	"strings"
	"testing"
	"time"

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

func TestSendMessage(t *testing.T) {
	t.Parallel()
	byMail(t, func(t *testing.T, o *office) {
		r := o.must(workflows.ActSendMessage, "invoice", 1)
		require.Equal(t, dunning.AnswerDone, r.Answer)
		require.Equal(t, map[dunning.Channel]string{"email": "sent"}, r.Channels)
		require.Equal(t, "invoice", r.Template)
		require.NotEmpty(t, r.TemplateVersion)
		require.Len(t, r.BodySHA256, 64)
		require.Equal(t, dunning.StepID("courtesy_call"), r.State.Plan[0].Step)
		require.Equal(t, []string{"email sent"}, o.messages())

		took := o.accepted()
		require.Len(t, took, 1)
		require.Equal(t, r.Reference, took[0].MessageID, "the provider carries our id")
		require.Equal(t, "petra@buyer.example", took[0].To)
		require.Equal(t, "billing@acme.example", took[0].From)
		require.Len(t, took[0].Files, 1, "the QR code")
		require.Equal(t, "qr", took[0].Files[0].ContentID)

		again := o.must(workflows.ActSendMessage, "invoice", 1) // a retry, or a run that an operator reset
		require.Equal(t, dunning.AnswerDone, again.Answer)
		require.Equal(t, r.Reference, again.Reference)
		require.Len(t, o.accepted(), 1)
	})
}

// The reminder goes as an e-mail and as an SMS; one of them is enough.
func TestSendMessageOnBothChannels(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		behaviour sandbox.Behaviour
		channels  map[dunning.Channel]string
		accepted  int
	}{
		{"both", sandbox.Behaviour{Mode: sandbox.OK}, map[dunning.Channel]string{"email": "sent", "sms": "sent"}, 2},
		{"sms_too_many", sandbox.Behaviour{Mode: sandbox.TooMany, Channel: sandbox.SMS}, map[dunning.Channel]string{"email": "sent", "sms": "unsent:status_429"}, 1},
		{"email_too_many", sandbox.Behaviour{Mode: sandbox.TooMany, Channel: sandbox.Email}, map[dunning.Channel]string{"email": "unsent:status_429", "sms": "sent"}, 1},
		{"sms_lost", sandbox.Behaviour{Mode: sandbox.DropAfter, Channel: sandbox.SMS}, map[dunning.Channel]string{"email": "sent", "sms": "uncertain"}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.climb("reminder")
			before := len(o.accepted())
			o.behave(tt.behaviour)
			r := o.must(workflows.ActSendMessage, "reminder", 1)
			require.Equal(t, dunning.AnswerDone, r.Answer)
			require.Equal(t, tt.channels, r.Channels)
			require.Len(t, o.accepted(), before+tt.accepted)
		})
	}
}

// What the provider does decides what becomes of the step: certainly not sent is tried
// again, unknown is left alone until it is settled.
func TestProviderFaults(t *testing.T) {
	t.Parallel()
	const unsettled = 15*time.Minute + 20*time.Second // settlement wait and deadline
	for _, tt := range []struct {
		name      string
		behaviour sandbox.Behaviour
		reason    dunning.Reason
		wait      time.Duration
		message   string
		accepted  int
		smtp      string // what becomes of the message by SMTP, where that differs
	}{
		{"down", sandbox.Behaviour{Mode: sandbox.Down}, dunning.ReasonUnsettled, unsettled, "email sending connection_lost", 0, "email not_sent refused"},
		{"too_many", sandbox.Behaviour{Mode: sandbox.TooMany, RetryAfter: 600}, dunning.ReasonProviderDown, 10 * time.Minute, "email not_sent status_429", 0, "email not_sent smtp_450_4.7.1"},
		{"too_many_no_hint", sandbox.Behaviour{Mode: sandbox.TooMany}, dunning.ReasonProviderDown, 2 * time.Minute, "email not_sent status_429", 0, "email not_sent smtp_450_4.7.1"},
		{"error_before", sandbox.Behaviour{Mode: sandbox.Error500Early}, dunning.ReasonUnsettled, unsettled, "email sending status_500", 0, "email not_sent smtp_451_4.3.0"},
		{"error_after", sandbox.Behaviour{Mode: sandbox.Error503Late}, dunning.ReasonUnsettled, unsettled, "email sending status_503", 1, "email sending connection_lost"},
		{"hang_after", sandbox.Behaviour{Mode: sandbox.HangAfter}, dunning.ReasonUnsettled, unsettled, "email sending timeout", 1, ""},
		{"drop_after", sandbox.Behaviour{Mode: sandbox.DropAfter}, dunning.ReasonUnsettled, unsettled, "email sending connection_lost", 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			byMail(t, func(t *testing.T, o *office) {
				o.impatient()
				o.behave(tt.behaviour)
				reason, wait, message := tt.reason, tt.wait, tt.message
				if o.smtp != "" && tt.smtp != "" {
					message = tt.smtp
				}
				if strings.Contains(message, "not_sent") { // SMTP has no Retry-After
					reason = dunning.ReasonProviderDown
					if o.smtp != "" {
						wait = 2 * time.Minute
					}
				}
				r := o.must(workflows.ActSendMessage, "invoice", 1)
				require.Equal(t, dunning.AnswerWait, r.Answer)
				require.Equal(t, reason, r.Reason)
				require.Equal(t, o.now.Add(wait).UTC(), r.NotBefore.UTC())
				require.Equal(t, r.NotBefore.UTC(), r.State.Plan[0].At.UTC(), "the plan moves the step, so the workflow waits")
				require.Equal(t, []string{message}, o.messages())
				require.Len(t, o.accepted(), tt.accepted)
			})
		})
	}
}

// Nobody listens: certainly not sent, so the next attempt is a new message of the same
// occurrence.
func TestProviderRefusesConnections(t *testing.T) {
	t.Parallel()
	byMail(t, func(t *testing.T, o *office) {
		mail := o.acts.Mail
		o.acts.Mail = smtpClient(t, "127.0.0.1:1", time.Second)
		if o.smtp == "" {
			var err error
			o.acts.Mail, err = email.NewSendGrid(email.SendGridConfig{BaseURL: "http://127.0.0.1:1", APIKey: apiKey, Timeout: time.Second})
			require.NoError(t, err)
		}
		r := o.must(workflows.ActSendMessage, "invoice", 1)
		require.Equal(t, dunning.ReasonProviderDown, r.Reason)
		require.Equal(t, []string{"email not_sent refused"}, o.messages())

		o.acts.Mail, o.now = mail, r.NotBefore
		r = o.must(workflows.ActSendMessage, "invoice", 1)
		require.Equal(t, dunning.AnswerDone, r.Answer)
		require.Equal(t, []string{"email not_sent refused", "email sent"}, o.messages())
		require.Equal(t, 1, read[int](o, `select count(*)::int from message_item`), "one item, pointing to the newer message")
		require.Len(t, o.accepted(), 1)
	})
}

// A message of unknown fate is not sent again while it may still be settled; then an
// invoice goes once more, as a new occurrence.
func TestUncertainIsSentOnceMore(t *testing.T) {
	t.Parallel()
	byMail(t, func(t *testing.T, o *office) {
		o.impatient()
		o.behave(sandbox.Behaviour{Mode: sandbox.HangAfter, Count: 1})
		first := o.must(workflows.ActSendMessage, "invoice", 1)
		require.Equal(t, dunning.ReasonUnsettled, first.Reason)

		o.now = o.now.Add(time.Minute)
		early := o.must(workflows.ActSendMessage, "invoice", 1)
		require.Equal(t, dunning.ReasonUnsettled, early.Reason)
		require.Equal(t, first.NotBefore.UTC(), early.NotBefore.UTC())
		require.Len(t, o.accepted(), 1)

		o.now = first.NotBefore
		decided := o.must(workflows.ActSendMessage, "invoice", 1)
		require.Equal(t, dunning.AnswerWait, decided.Answer)
		require.True(t, decided.NotBefore.IsZero())
		require.Equal(t, 2, decided.State.Plan[0].Occurrence)

		last := o.must(workflows.ActSendMessage, "invoice", 2)
		require.Equal(t, dunning.AnswerDone, last.Answer)
		require.Equal(t, []string{"email uncertain no_answer", "email sent"}, o.messages())
		require.Len(t, o.accepted(), 2)

		old := o.must(workflows.ActSendMessage, "invoice", 1) // a run that was reset asks for the old occurrence
		require.Equal(t, dunning.AnswerDone, old.Answer)
		require.Len(t, o.accepted(), 2)
	})
}

// The worker died after the claim: nobody knows whether the message left, so the next
// attempt sends nothing.
func TestKilledAfterTheClaim(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	claim, err := o.cases.ClaimSend(t.Context(), dunning.Act{InvoiceID: o.invoice.String(), RunNo: 1, Step: "invoice", Occurrence: 1}, o.now)
	require.NoError(t, err)
	require.Len(t, claim.Outgoing, 1)
	o.now = o.now.Add(30 * time.Second)
	r := o.must(workflows.ActSendMessage, "invoice", 1)
	require.Equal(t, dunning.ReasonUnsettled, r.Reason)
	require.Empty(t, o.accepted())
}

// Paid before the claim: nothing leaves.
func TestPaidBeforeTheClaim(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.pay()
	r := o.must(workflows.ActSendMessage, "invoice", 1)
	require.Equal(t, dunning.AnswerSkipped, r.Answer)
	require.Equal(t, dunning.ReasonPaid, r.Reason)
	require.Equal(t, dunning.ReasonPaid, r.State.Closed)
	require.Empty(t, o.accepted())
	require.Empty(t, o.messages())
}

func (o *office) pay() {
	o.t.Helper()
	_, err := o.cases.Receive(o.t.Context(), store.Everything, o.now, "person-a", o.invoice, collection.Receipt{
		Kind: collection.EntryPayment, ExternalID: "bank-1", Amount: money.New(121_000, "EUR"), On: calendar.DateOf(o.now),
	})
	require.NoError(o.t, err)
}

// A copy goes only once the customer's mail was taken, and decides nothing.
func TestCopyGoesAfterTheMail(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	source, err := dunning.Shipped(dunning.PolicyStandard)
	require.NoError(t, err)
	text := strings.Replace(string(source), "    template: invoice\n", "    template: invoice\n    copy_to: [account_manager]\n", 1)
	_, _, err = o.cases.Publish(t.Context(), o.now, "person-a", []byte(text))
	require.NoError(t, err)
	_, err = o.cases.MigratePolicy(t.Context(), store.Everything, o.now, "person-a", o.invoice, dunning.PolicyStandard, "copies")
	require.NoError(t, err)

	o.behave(sandbox.Behaviour{Mode: sandbox.TooMany, RetryAfter: 60})
	require.Equal(t, dunning.ReasonProviderDown, o.must(workflows.ActSendMessage, "invoice", 1).Reason)
	require.Equal(t, []string{"email not_sent status_429", "email not_sent original_not_sent"}, o.messages())
	require.Empty(t, o.accepted())

	o.behave(sandbox.Behaviour{Mode: sandbox.OK})
	o.now = o.now.Add(10 * time.Minute)
	r := o.must(workflows.ActSendMessage, "invoice", 1)
	require.Equal(t, map[dunning.Channel]string{"email": "sent"}, r.Channels)
	require.Equal(t, []string{"email sent", "email sent"}, o.messages()[2:])
	require.Len(t, o.accepted(), 2)
	require.Equal(t, "petra@buyer.example", o.accepted()[0].To)
	require.Equal(t, r.Reference, o.accepted()[0].MessageID)
}

// talker answers as a provider's client would.
type talker struct {
	err  error
	loud any // panics with it
}

func (k talker) Send(context.Context, email.Message) (email.Receipt, error) {
	if k.loud != nil {
		panic(k.loud)
	}
	return email.Receipt{}, k.err
}

// What an error of a client says about the message. A fault of our account is no
// verdict on the message.
func TestFatesOfErrors(t *testing.T) {
	t.Parallel()
	const unsettled = 15*time.Minute + 20*time.Second
	for _, tt := range []struct {
		name    string
		talker  talker
		answer  dunning.Answer
		reason  dunning.Reason
		wait    time.Duration
		message string
	}{
		{"rejected", talker{err: provider.Reject("bad_address")}, dunning.AnswerFailed, dunning.ReasonRejected, 0, "email not_sent rejected:bad_address"},
		{"status_400", talker{err: &provider.Error{Fate: provider.Rejected, Code: "status_400"}}, dunning.AnswerFailed, dunning.ReasonRejected, 0, "email not_sent rejected:status_400"},
		{"bad_key", talker{err: &provider.Error{Fate: provider.Rejected, Code: "status_401"}}, dunning.AnswerWait, dunning.ReasonProviderDown, 30 * time.Minute, "email not_sent status_401"},
		{"forbidden", talker{err: &provider.Error{Fate: provider.Rejected, Code: "status_403"}}, dunning.AnswerWait, dunning.ReasonProviderDown, 30 * time.Minute, "email not_sent status_403"},
		{"twilio_key", talker{err: &provider.Error{Fate: provider.Rejected, Code: "20003"}}, dunning.AnswerWait, dunning.ReasonProviderDown, 30 * time.Minute, "email not_sent 20003"},
		{"asks_for_an_hour", talker{err: &provider.Error{Fate: provider.NotSent, Code: "status_429", RetryAfter: time.Hour}}, dunning.AnswerWait, dunning.ReasonProviderDown, time.Hour, "email not_sent status_429"},
		{"timeout", talker{err: &provider.Error{Fate: provider.Uncertain, Code: "timeout"}}, dunning.AnswerWait, dunning.ReasonUnsettled, unsettled, "email sending timeout"},
		{"not_of_ours", talker{err: context.Canceled}, dunning.AnswerWait, dunning.ReasonUnsettled, unsettled, "email sending unknown"},
		{"panic", talker{loud: "petra@buyer.example is not an address"}, dunning.AnswerWait, dunning.ReasonUnsettled, unsettled, "email sending panic"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.acts.Mail = tt.talker
			r := o.must(workflows.ActSendMessage, "invoice", 1)
			require.Equal(t, tt.answer, r.Answer)
			require.Equal(t, tt.reason, r.Reason)
			if tt.wait > 0 {
				require.Equal(t, o.now.Add(tt.wait).UTC(), r.NotBefore.UTC())
			}
			require.Equal(t, []string{tt.message}, o.messages())
			require.NotContains(t, o.log.String(), "petra")
		})
	}
}

// never gives no turn.
type never struct{}

func (never) Wait(context.Context, bool) error { return context.DeadlineExceeded }

// No turn at the provider: before the claim nothing is claimed, after it the SMS is
// certainly not sent.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.acts.MailPace = never{}
	_, err := o.act(workflows.ActSendMessage, "invoice", 1)
	require.Equal(t, "rate_limit", codeOf(t, err))
	_, err = o.act(workflows.ActRecall, dunning.StepAgencyRecall, 1)
	require.Equal(t, "rate_limit", codeOf(t, err))
	require.Empty(t, o.messages())

	o.acts.MailPace, o.acts.TextPace = nil, never{}
	o.climb("reminder")
	r := o.must(workflows.ActSendMessage, "reminder", 1)
	require.Equal(t, map[dunning.Channel]string{"email": "sent", "sms": "unsent:rate_limit"}, r.Channels)
}

// An SMTP server says at once what SendGrid reports later: nobody is there.
func TestSMTPKnowsNoSuchMailbox(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	address, err := o.box.ServeSMTP("127.0.0.1:0")
	require.NoError(t, err)
	o.acts.Mail = smtpClient(t, address, 5*time.Second)
	o.exec(`update contact set email = 'bounce@buyer.example'`)
	r := o.must(workflows.ActSendMessage, "invoice", 1)
	require.Equal(t, dunning.AnswerFailed, r.Answer)
	require.Equal(t, dunning.ReasonRejected, r.Reason)
	require.Equal(t, []string{"email not_sent rejected:no_mailbox"}, o.messages())
	require.Equal(t, 1, read[int](o, `select count(*)::int from contact where email_failed_at is not null`))
	require.Empty(t, o.accepted())
}

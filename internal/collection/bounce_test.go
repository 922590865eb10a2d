package collection_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/provider"
	"maan/internal/store"
)

// last is what the provider took last.
func (w *world) last() collection.Outgoing { return w.provider.sent[len(w.provider.sent)-1] }

func TestBounce_GoesToTheNextAddressByRoleAndThenToAPerson(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	w.addContact("general", "info@buyer.example", "", true)
	w.addContact("buyer", "buyer@buyer.example", "", true)
	w.addContact("buyer", "PETRA@buyer.example", "", true) // the same address as the first contact's
	w.addContact("management", "boss@buyer.example", "", true)
	c.record(act, accepted(c.claim(act)))
	first := c.statuses()
	for i, to := range []string{"buyer@buyer.example", "info@buyer.example"} {
		w.wait(time.Minute)
		w.report(read[uuid.UUID](w, `select message_id from message_item where step = $1 order by occurrence desc limit 1`, formal), "bounced", "5.1.1")
		require.Empty(t, w.openTasks(collection.TaskMendContact), "the customer has another address")
		require.Equal(t, collection.MessageMessageFailed, c.told()[len(c.told())-1], "the run is woken at once")
		require.Equal(t, formal, c.current().Step)
		require.Equal(t, i+2, c.current().Occurrence)
		require.WithinDuration(t, w.now, c.current().At, time.Second, "at once")
		require.Equal(t, "done", outcome(c.next()))
		require.Equal(t, to, w.last().To)
	}
	w.report(w.last().MessageID, "bounced", "5.1.1")
	require.Equal(t, "failed(bounced)", c.row(formal), "management is for people only")
	task := w.task(collection.TaskMendContact)
	failed := c.state().Failed
	require.Equal(t, &dunning.FailedStep{Step: formal, Occurrence: 3, Reason: dunning.ReasonBounced, Task: task.String()}, failed)

	w.mend(func(k *store.Contact) { k.Email = "new@buyer.example" })
	require.Equal(t, 4, c.current().Occurrence)
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, "new@buyer.example", w.last().To)
	require.Len(t, c.statuses(), len(first)+3, "each occurrence has its own message")
	w.intact()
}

func TestBounceBeforeTheRecord_GoesToTheNextAddressToo(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	w.addContact("general", "info@buyer.example", "", true)
	out := c.claim(act)
	w.report(out[0].MessageID, "bounced", "5.1.1")
	require.Equal(t, "wait(unsettled)", outcome(c.record(act, accepted(out))))
	require.Equal(t, 2, c.act().Occurrence)
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, "info@buyer.example", w.last().To)
	require.Empty(t, w.openTasks(collection.TaskMendContact))
}

func TestAddressThatTheProviderRefuses_GivesWayToTheNext(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	w.addContact("general", "info@buyer.example", "", true)
	w.provider.fate = func(o collection.Outgoing) *provider.Error {
		if o.To == "petra@buyer.example" {
			return &provider.Error{Fate: provider.Rejected, Code: "bad_address"}
		}
		return nil
	}
	require.Equal(t, "wait(unsettled)", outcome(c.perform(act, dunning.DoMessage)))
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, "info@buyer.example", w.last().To)
}

func TestUndeliverableNumber_AsksForAnotherWithoutAnotherMail(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	out := c.claim(act)
	c.record(act, accepted(out))
	sent := len(c.statuses())
	w.wait(time.Minute)
	for _, o := range out {
		if o.Channel == dunning.ChannelSMS {
			w.report(o.MessageID, "bounced", "30003")
		}
	}
	require.Equal(t, "done", c.row(friendly), "the mail carried it")
	require.Len(t, c.statuses(), sent)
	w.task(collection.TaskMendContact)
	require.NotEqual(t, friendly, c.current().Step)
	w.intact()
}

func TestBounceOfAStepThatOthersFollowed_IsNotDoneAgain(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	mailOnly(w)
	out := c.claim(act)
	c.record(act, accepted(out))
	c.until("overdue_call") // the stricter reminder was done
	w.addContact("general", "info@buyer.example", "", true)
	w.report(out[0].MessageID, "bounced", "5.1.1")
	require.Equal(t, "failed(bounced)", c.row(friendly))
	require.Equal(t, dunning.StepID("overdue_call"), c.current().Step, "a gentler letter after a firmer one makes no sense")
	w.task(collection.TaskMendContact)
}

func TestBounceOfOneMessageForSeveralInvoices_IsOneQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mailOnly(w)
	first, second := w.begin(), w.start(w.invoice("2026-002"))
	for _, c := range []*testCase{first, second} {
		require.Equal(t, "done", outcome(c.next()))
	}
	message := read[uuid.UUID](w, `select message_id from message_item where invoice_id = $1`, first.id)
	w.exec(`update message_item set message_id = $1 where invoice_id = $2`, message, second.id) // as a bundle
	w.wait(time.Minute)
	w.report(message, "bounced", "5.1.1")
	task := w.task(collection.TaskMendContact)
	require.Equal(t, 2, read[int](w, `select count(*) from task_item where task_id = $1`, task))
	for _, c := range []*testCase{first, second} {
		require.Equal(t, "failed(bounced)", c.row("invoice"))
	}
	w.mend(func(k *store.Contact) { k.Email = "new@buyer.example" })
	for _, c := range []*testCase{first, second} {
		require.Equal(t, 2, c.current().Occurrence)
	}
	w.intact()
}

func TestSilencedChannel_UsesTheOtherAndThenAPerson(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	w.report(read[uuid.UUID](w, `select message_id from message_item where step = 'invoice'`), "complained", "spamreport")
	require.Equal(t, 1, c.events("channel_silenced"))
	r := c.perform(act, dunning.DoMessage)
	require.Equal(t, "done", outcome(r))
	require.Equal(t, map[dunning.Channel]string{"email": "skipped:silenced", "sms": "sent"}, r.Channels)
	require.NoError(t, w.SilenceChannel(t.Context(), store.Everything, w.now, anna, w.customer, dunning.ChannelSMS, ""))
	c.until(formal)
	require.Equal(t, "failed(no_contact)", outcome(c.next()))
	w.task(collection.TaskMendContact)
	sent := len(w.provider.sent)
	w.mend(func(k *store.Contact) { k.Email = "new@buyer.example" })
	require.Equal(t, "failed(no_contact)", outcome(c.next()), "another address of a customer that wants no mail is no way around it")
	require.Len(t, w.provider.sent, sent)

	told, err := w.LiftSilence(t.Context(), store.Everything, w.now, anna, w.customer, dunning.ChannelEmail, "asked for mails again")
	require.NoError(t, err)
	require.Equal(t, 1, told)
	require.Equal(t, formal, c.current().Step)
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, "new@buyer.example", w.last().To)
	require.Equal(t, "asked for mails again", read[string](w, `select body from note where subject = 'silence_lifted'`))
	w.intact()
}

func TestNumberThatSaidStopToTheProvider_IsSilenced(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	w.provider.refuseOn(dunning.ChannelSMS, provider.Rejected, "21610")
	require.Equal(t, map[dunning.Channel]string{"email": "sent", "sms": "failed:rejected:21610"}, c.perform(act, dunning.DoMessage).Channels)
	require.Equal(t, "sms stop", read[string](w, `select channel || ' ' || reason from channel_silence where lifted_at is null`))
	require.Empty(t, w.openTasks(collection.TaskMendContact), "it has a number; it wants no SMS")
	require.Equal(t, 1, c.events("channel_silenced"))
	w.intact()
}

func TestComplaintBeforeTheRecord_IsKept(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	out := c.claim(act)
	w.report(out[0].MessageID, "complained", "spamreport")
	require.Equal(t, "done", outcome(c.record(act, accepted(out))), "who complains has got it")
	require.Equal(t, 1, read[int](w, `select count(*) from channel_silence`))
	require.Equal(t, "complained", c.state().LastDelivery)
	w.intact()
}

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

const (
	friendly = dunning.StepID("reminder")
	formal   = dunning.StepID("stricter_reminder")
)

// settled is how long a message of unknown fate is left alone.
const settled = 20*time.Second + 15*time.Minute

// at brings the standard invoice to a step that is due and not yet claimed.
func at(t *testing.T, step dunning.StepID) (*world, *testCase, dunning.Act) {
	t.Helper()
	w := newWorld(t)
	c := w.begin()
	return w, c, c.until(step)
}

// mailOnly leaves the customer without a mobile, so that every step has one message.
func mailOnly(w *world) { w.exec(`update contact set mobile = ''`) }

func accepted(out []collection.Outgoing) []collection.Fate {
	var p fakeProvider
	return p.handOver(out)
}

func unanswered(out []collection.Outgoing) []collection.Fate {
	p := fakeProvider{fate: func(collection.Outgoing) *provider.Error {
		return &provider.Error{Fate: provider.Uncertain, Code: provider.CodeTimeout}
	}}
	return p.handOver(out)
}

func TestCrashBeforeClaim_ClaimsAtTheRetry(t *testing.T) {
	t.Parallel()
	_, c, act := at(t, friendly)
	require.Len(t, c.claim(act), 2)
}

func TestCrashAfterClaim_WaitsUnsettledAndSendsNothing(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	c.claim(act)
	claimed := w.now
	for _, after := range []time.Duration{time.Second, time.Minute, 10 * time.Minute} {
		w.now = claimed.Add(after)
		r := c.answer(act)
		require.Equal(t, "wait(unsettled)", outcome(r))
		require.WithinDuration(t, claimed.Add(settled), r.NotBefore, 0)
		require.Equal(t, friendly, c.current().Step)
		require.WithinDuration(t, claimed.Add(settled), c.current().At, 0)
		require.Equal(t, 1, c.current().Occurrence)
	}
}

func TestReportAfterCrash_EndsTheStepAtTheRetry(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"processed", "deferred", "delivered"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w, c, act := at(t, friendly)
			mailOnly(w)
			out := c.claim(act)
			w.wait(5 * time.Second)
			w.report(out[0].MessageID, kind, "")
			require.Equal(t, "pending", c.row(friendly), "its act may still be recording it")
			r := c.answer(act)
			require.Equal(t, "done", outcome(r))
			require.Equal(t, out[0].MessageID.String(), r.Reference)
			require.Equal(t, map[dunning.Channel]string{"email": "sent", "sms": "skipped:no_mobile"}, r.Channels)
			w.intact()
		})
	}
}

func TestLateReport_EndsTheStepAndWakesTheRun(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	out := c.claim(act)
	c.record(act, unanswered(out))
	w.wait(time.Minute)
	w.report(out[0].MessageID, "delivered", "")
	require.Equal(t, "done", c.row(formal))
	require.Contains(t, c.told(), collection.MessageMessageSettled)
	require.NotEqual(t, formal, c.current().Step)
	require.Equal(t, "done", outcome(c.answer(act)))

	reported := w.now
	w.wait(time.Hour)
	c.pay("p-1", 121000)
	story := map[dunning.StepID]dunning.Chapter{}
	for _, chapter := range c.state().Story {
		story[chapter.Step] = chapter
	}
	require.Len(t, story, 8, "every step of the policy")
	require.WithinDuration(t, reported, story[formal].At, 0)
	require.Equal(t, dunning.AnswerDone, story[formal].Answer)
	require.Equal(t, out[0].MessageID.String(), story[formal].Reference)
	require.Equal(t, dunning.AnswerSkipped, story["final_notice"].Answer)
	require.Equal(t, dunning.ReasonPaid, story["final_notice"].Reason)
	w.intact()
}

func TestFriendlyMessageOfUnknownFate_GoesOnceMore(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	mailOnly(w)
	out := c.claim(act)
	require.Equal(t, "wait(unsettled)", outcome(c.record(act, unanswered(out))))
	w.wait(settled)
	r := c.answer(act)
	require.Equal(t, "wait(unsettled)", outcome(r))
	require.True(t, r.NotBefore.IsZero())
	again := c.act()
	require.Equal(t, 2, again.Occurrence)
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, []string{"reminder/1/email uncertain", "reminder/2/email sent"}, c.statuses()[1:])
	require.Equal(t, "done", outcome(c.answer(again)), "a retry of what is done")
	require.Equal(t, "done", outcome(c.answer(act)), "a retry of the old occurrence")
	w.intact()
}

func TestFriendlyMessageTwiceOfUnknownFate_IsLeftToAPerson(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	mailOnly(w)
	c.claim(act)
	w.wait(settled)
	c.answer(act)
	second := c.claim(c.act())
	w.wait(settled)
	r := c.answer(c.act())
	require.Equal(t, "wait(unsettled)", outcome(r))
	require.True(t, r.NotBefore.IsZero(), "only an answer goes on")
	task := w.task(collection.TaskSettleMessage)
	require.Equal(t, 2, c.current().Occurrence)
	c.answer(c.act())
	require.Equal(t, task, w.task(collection.TaskSettleMessage), "asked once")

	w.closeTask(task, collection.TaskOutcome{Code: "arrived"})
	require.Equal(t, "done", c.row(friendly))
	require.Equal(t, "sent", read[string](w, `select status from message where id = $1`, second[0].MessageID))
	w.intact()
}

func TestFormalMessageOfUnknownFate_IsLeftToAPerson(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"arrived", "send_again", "reported"} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			w, c, act := at(t, formal)
			out := c.claim(act)
			w.wait(settled)
			r := c.answer(act)
			require.Equal(t, "wait(unsettled)", outcome(r))
			require.True(t, r.NotBefore.IsZero())
			require.Equal(t, act, c.act(), "the same occurrence: the run is blocked until somebody knows")
			task := w.task(collection.TaskSettleMessage)
			seq := c.state().FactsSeq
			switch answer {
			case "reported":
				w.report(out[0].MessageID, "delivered", "")
			default:
				w.closeTask(task, collection.TaskOutcome{Code: answer})
			}
			require.Greater(t, c.state().FactsSeq, seq, "the run is woken")
			if answer != "send_again" {
				require.Equal(t, "done", c.row(formal))
				require.Equal(t, dunning.StepID("overdue_call"), c.current().Step)
				return
			}
			require.Equal(t, 2, c.act().Occurrence)
			require.Equal(t, "done", outcome(c.next()))
			require.Equal(t, []string{"stricter_reminder/1/email uncertain", "stricter_reminder/2/email sent"}, c.statuses()[3:])
			w.intact()
		})
	}
}

func TestCrashAfterAct_SendsNothingTwice(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	w.provider.handOver(c.claim(act))
	w.wait(time.Minute)
	require.Equal(t, "wait(unsettled)", outcome(c.answer(act)))
	require.Len(t, w.provider.sent, 3, "the invoice and two channels")
}

func TestRecordTwice_IsRecordOnce(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	fates := accepted(c.claim(act))
	first := c.record(act, fates)
	second := c.record(act, fates)
	require.Equal(t, "done", outcome(second))
	require.Equal(t, first.Reference, second.Reference)
	require.Equal(t, first.Channels, second.Channels)
	require.Equal(t, 3, c.events("step_done"))
	w.intact()
}

func TestReportBeforeRecord_IsKept(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	out := c.claim(act)
	w.report(out[0].MessageID, "delivered", "")
	r := c.record(act, accepted(out))
	require.Equal(t, "done", outcome(r))
	require.Equal(t, "delivered", r.State.LastDelivery)
}

func TestReportBeforeUncertainRecord_SettlesIt(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	out := c.claim(act)
	w.report(out[0].MessageID, "processed", "")
	require.Equal(t, "done", outcome(c.record(act, unanswered(out))))
}

func TestBounceBeforeRecord_FailsTheStepAndMarksTheAddress(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	out := c.claim(act)
	w.report(out[0].MessageID, "bounced", "5.1.1")
	r := c.record(act, accepted(out))
	require.Equal(t, "failed(bounced)", outcome(r))
	require.Equal(t, map[dunning.Channel]string{"email": "failed:bounced"}, r.Channels)
	w.task(collection.TaskMendContact)
	require.Equal(t, 1, read[int](w, `select count(*) from contact where email_failed_at is not null`))
}

func TestBounceAfterRecord_FailsTheStepAndWakesTheRun(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	out := c.claim(act)
	require.Equal(t, "done", outcome(c.record(act, accepted(out))))
	w.wait(time.Hour)
	w.report(out[0].MessageID, "bounced", "5.1.1")
	require.Equal(t, "failed(bounced)", c.row(formal))
	require.Contains(t, c.told(), collection.MessageMessageFailed)
	require.Equal(t, "bounced", c.state().LastDelivery)
	w.task(collection.TaskMendContact)
	require.Equal(t, 1, read[int](w, `select count(*) from contact where email_failed_at is not null`))
	told := len(c.told())
	w.report(out[0].MessageID, "bounced", "5.1.1")
	w.report(out[0].MessageID, "delivered", "")
	require.Len(t, c.told(), told, "the same report twice, or an older one, changes nothing")
	w.intact()

	w.mend(func(k *store.Contact) { k.Email = "accounts@buyer.example" })
	require.Empty(t, w.openTasks(collection.TaskMendContact))
	require.Equal(t, formal, c.current().Step)
	require.Equal(t, 2, c.current().Occurrence)
	require.Equal(t, "done", outcome(c.next()))
	last := w.provider.sent[len(w.provider.sent)-1]
	require.Equal(t, "accounts@buyer.example", last.To)
	w.intact()
}

// mend changes the first customer's contact.
func (w *world) mend(change func(*store.Contact)) {
	w.t.Helper()
	k := store.Contact{
		ID: w.contact, CustomerID: w.customer, Role: "accounts_payable", Name: "Petra Pay", FirstName: "Petra",
		Email: "petra@buyer.example", Phone: "+31301234567", Mobile: "+31612345678", MobileBilling: true,
	}
	change(&k)
	_, err := w.MendContact(w.t.Context(), store.Everything, w.now, anna, k)
	require.NoError(w.t, err)
}

func TestBounceOfOneChannel_LeavesTheStepDone(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	out := c.claim(act)
	c.record(act, accepted(out))
	w.wait(time.Hour)
	for _, o := range out {
		if o.Channel == dunning.ChannelEmail {
			w.report(o.MessageID, "bounced", "5.1.1")
		}
	}
	require.Equal(t, "done", c.row(friendly), "the SMS carried it")
	require.Equal(t, 1, read[int](w, `select count(*) from contact where email_failed_at is not null and mobile_failed_at is null`))
}

func TestOneChannelRefused_IsDoneByTheOther(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	w.provider.refuseOn(dunning.ChannelEmail, provider.Rejected, "bad_address")
	r := c.perform(act, dunning.DoMessage)
	require.Equal(t, "done", outcome(r))
	require.Equal(t, map[dunning.Channel]string{"email": "failed:rejected:bad_address", "sms": "sent"}, r.Channels)
	require.Equal(t, 1, read[int](w, `select count(*) from contact where email_failed_at is not null and mobile_failed_at is null`),
		"an address that the provider calls wrong is not tried again")
}

func TestOneChannelUncertain_IsDoneByTheOther(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	w.provider.refuseOn(dunning.ChannelEmail, provider.Uncertain, "timeout")
	r := c.perform(act, dunning.DoMessage)
	require.Equal(t, "done", outcome(r))
	require.Equal(t, map[dunning.Channel]string{"email": "uncertain", "sms": "sent"}, r.Channels)
	w.wait(time.Hour)
	n, err := w.Sweep(t.Context(), w.now)
	require.NoError(t, err)
	require.Equal(t, 1, n, "nobody comes back for it")
	require.Empty(t, c.pay("p-1", 100).Leaving)
}

func TestRejectedOnEveryChannel_FailsWithATask(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	w.provider.Refuse(provider.Rejected, "bad_address")
	r := c.perform(act, dunning.DoMessage)
	require.Equal(t, "failed(rejected)", outcome(r))
	require.Equal(t, w.task(collection.TaskMendContact).String(), r.Reference)
	require.Equal(t, dunning.StepID("overdue_call"), c.current().Step, "the ladder goes on")
}

// usedDay counts the customer's days that a message used up.
const usedDay = `select count(*) from contact_day where message_id = $1`

func TestCertainlyNotSent_TriesAgainWithTheSameItem(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	w.provider.Refuse(provider.NotSent, provider.CodeRefused)
	r := c.perform(act, dunning.DoMessage)
	require.Equal(t, "wait(provider_down)", outcome(r))
	require.WithinDuration(t, w.now.Add(2*time.Minute), r.NotBefore, 0)
	first := read[uuid.UUID](w, `select message_id from message_item where step = $1`, formal)
	require.Zero(t, read[int](w, usedDay, first), "nothing was sent: the day is free")

	w.provider.heal()
	require.Equal(t, "done", outcome(c.next()))
	require.NotEqual(t, first, read[uuid.UUID](w, `select message_id from message_item where step = $1`, formal))
	require.Equal(t, "not_sent", read[string](w, `select status from message where id = $1`, first))
	require.Equal(t, 1, read[int](w, `select count(*) from message_item where step = $1`, formal))
	require.Equal(t, 1, read[int](w, usedDay, read[uuid.UUID](w, `select message_id from message_item where step = $1`, formal)))
	w.intact()
}

func TestRateLimit_WaitsAsLongAsTheProviderAsks(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	w.provider.fate = func(collection.Outgoing) *provider.Error {
		return &provider.Error{Fate: provider.NotSent, Code: "status_429", RetryAfter: 40 * time.Minute}
	}
	r := c.perform(act, dunning.DoMessage)
	require.Equal(t, "wait(provider_down)", outcome(r))
	require.WithinDuration(t, w.now.Add(40*time.Minute), r.NotBefore, 0)
}

func TestProviderDownForDays_EndsWithATask(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	w.provider.Refuse(provider.NotSent, provider.CodeRefused)
	first := w.now
	r := c.perform(act, dunning.DoMessage)
	for tries := 0; r.Answer == dunning.AnswerWait; tries++ {
		require.Less(t, tries, 100)
		require.Equal(t, dunning.ReasonProviderDown, r.Reason)
		r = c.next()
	}
	require.Equal(t, "failed(too_late)", outcome(r))
	require.Equal(t, w.task(collection.TaskLateStep).String(), r.Reference)
	require.Equal(t, "2026-07-15", day(first))
	require.Equal(t, "2026-07-23", day(w.now), "five business days, then the first attempt after them")
	w.intact()
}

func TestPaymentBetweenClaimAndRecord_NamesWhatLeavesAndCloses(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	out := c.claim(act)
	done := c.pay("p-1", 121000)
	require.Equal(t, []uuid.UUID{out[0].MessageID}, done.Leaving)
	require.Equal(t, dunning.ReasonPaid, done.Closed)
	require.Equal(t, "skipped(paid)", c.row(formal))
	r := c.record(act, accepted(out))
	require.Equal(t, "done", outcome(r), "it was sent after all")
	require.Equal(t, dunning.ReasonPaid, r.State.Closed)
	require.Empty(t, r.State.Plan)
	require.Equal(t, "sent", read[string](w, `select status from message where id = $1`, out[0].MessageID))
	require.Equal(t, "done", outcome(c.answer(act)))
	w.intact()
}

func TestSweep_SettlesOldMessagesOfClosedRuns(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	out := c.claim(act)
	c.pay("p-1", 121000)
	sweep := func() int {
		n, err := w.Sweep(t.Context(), w.now)
		require.NoError(t, err)
		return n
	}
	w.wait(time.Minute)
	require.Zero(t, sweep(), "too young")
	w.report(out[0].MessageID, "delivered", "")
	w.wait(settled)
	require.Equal(t, 2, sweep())
	require.Equal(t, []string{"reminder/1/email sent", "reminder/1/sms uncertain"}, c.statuses()[1:])
	require.Zero(t, sweep())
}

func TestSweep_LeavesOpenStepsToTheirRun(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	c.claim(act)
	w.wait(24 * time.Hour)
	n, err := w.Sweep(t.Context(), w.now)
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestReport_OnAnUnknownMessageChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.report(uuid.New(), "delivered", "")
	require.Equal(t, 1, read[int](w, `select count(*) from provider_event`))
}

func TestUncertainHandOff_CountsOnceItIsKnown(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"arrived", "reported"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.begin()
			act := c.until("agency_hand_off")
			c.approve()
			out := c.claim(act)
			w.wait(settled)
			require.Equal(t, "wait(unsettled)", outcome(c.answer(act)))
			if how == "reported" {
				w.report(out[0].MessageID, "delivered", "")
			} else {
				w.closeTask(w.task(collection.TaskSettleMessage), collection.TaskOutcome{Code: "arrived"})
			}
			require.Equal(t, "done", c.row("agency_hand_off"))
			require.True(t, c.state().HandedOff, "the agency has the case, so a payment must recall it")
		})
	}
}

func TestUncertainFinalNotice_AsksTheApprovalsOnceItIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	act := c.until("final_notice")
	out := c.claim(act)
	w.wait(settled)
	c.answer(act)
	w.report(out[0].MessageID, "delivered", "")
	w.task(collection.TaskApproval)
}

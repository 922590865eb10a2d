package collection_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
)

func TestStandardLadder_RunsToTheAgency(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	both := map[dunning.Channel]string{dunning.ChannelEmail: "sent", dunning.ChannelSMS: "sent"}
	mail := map[dunning.Channel]string{dunning.ChannelEmail: "sent"}
	steps := []struct {
		step     dunning.StepID
		on       string
		stage    dunning.Stage
		channels map[dunning.Channel]string
		template string
	}{
		{"invoice", "2026-06-01", dunning.StageInvoice, mail, "invoice"},
		{"courtesy_call", "2026-06-24", dunning.StageCourtesyCall, nil, ""},
		{"reminder", "2026-07-06", dunning.StageReminder, both, "reminder"},
		{"stricter_reminder", "2026-07-15", dunning.StageStricterReminder, mail, "stricter_reminder"},
		{"overdue_call", "2026-07-20", dunning.StageStricterReminder, nil, ""},
		{"sales_escalation", "2026-07-22", dunning.StageSalesEscalation, mail, "sales_escalation"},
		{"final_notice", "2026-07-29", dunning.StageAgency, mail, "final_notice"},
		{"agency_hand_off", "2026-08-06", dunning.StageAgency, mail, "agency_handoff"},
	}
	require.Len(t, c.state().Plan, len(steps))
	for i, s := range steps {
		if s.step == "agency_hand_off" {
			c.approve()
		}
		before := c.current()
		require.Equal(t, s.step, before.Step)
		require.Equal(t, s.stage, before.Stage)
		require.Equal(t, s.on, before.LocalDate.String())
		r := c.next()
		require.Equal(t, dunning.AnswerDone, r.Answer, "%s: %s", s.step, r.Reason)
		require.NotEmpty(t, r.Reference)
		require.Equal(t, s.channels, r.Channels, s.step)
		require.Equal(t, s.template, r.Template)
		require.Equal(t, s.template == "", r.BodySHA256 == "", "the proof of what was written")
		require.Equal(t, s.on, day(w.now), s.step)
		require.Equal(t, "done", c.row(s.step))
		require.Len(t, r.State.Plan, len(steps)-i-1)
	}
	require.True(t, c.state().HandedOff)
	require.Equal(t, "sent", c.state().LastDelivery)
	require.Equal(t, []string{
		"agency_hand_off/1/email sent", "final_notice/1/email sent", "invoice/1/email sent", "reminder/1/email sent", "reminder/1/sms sent",
		"sales_escalation/1/email sent", "stricter_reminder/1/email sent",
	}, c.statuses())
	require.Len(t, w.provider.sent, 7)
	require.Equal(t, len(steps), c.events("step_done"))
	require.Equal(t, 7, c.events("message_claimed"))
	require.Equal(t, []string{"start"}, c.told(), "what an act changes travels in its result")
	w.intact()
}

func TestStandardLadder_ClimbsInTone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	c.until("agency_hand_off")
	require.Equal(t, []string{"invoice 0", "sales_escalation 0", "reminder 1", "reminder 1", "stricter_reminder 2", "final_notice 3"},
		w.column(`select template || ' ' || tone from message order by tone, template`))
}

func TestHistory_OfEveryStepIsChained(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	c.until("stricter_reminder")
	report, err := w.VerifyHistory(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, report.Cases)
	require.Equal(t, read[int](w, `select count(*) from case_event`), report.Lines)
	require.Empty(t, report.Broken)
}

func TestHistory_ShowsEveryKindOfTampering(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"changed data":     `update case_event set data = data || '{"amount_minor": 1}' where seq = 2`,
		"changed actor":    `update case_event set actor = 'nobody' where seq = 2`,
		"changed kind":     `update case_event set kind = 'nothing' where seq = 2`,
		"changed time":     `update case_event set business_at = business_at + interval '1 day' where seq = 2`,
		"removed line":     `delete from case_event where seq = 2`,
		"removed the last": `delete from case_event where seq = (select max(seq) from case_event)`,
		"removed them all": `delete from case_event`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.begin()
			c.next()
			w.exec(`alter table case_event disable trigger all`)
			w.exec(sql)
			report, err := w.VerifyHistory(t.Context())
			require.NoError(t, err)
			require.Len(t, report.Broken, 1)
			require.Equal(t, c.id, report.Broken[0].InvoiceID)
		})
	}
}

func TestAppendOnlyTables_RefuseChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.begin().next()
	for _, table := range []string{"ledger_entry", "case_event", "policy_version"} {
		for _, sql := range []string{"delete from " + table, "update " + table + " set recorded_at = recorded_at", "truncate " + table + " cascade"} {
			if table == "policy_version" && sql[:6] == "update" {
				sql = "update policy_version set source = ''"
			}
			_, err := w.store.Pool().Exec(t.Context(), sql)
			require.ErrorContains(t, err, "append-only", sql)
			require.Equal(t, "postgres_23001", store.ErrorCode(err))
		}
	}
}

func TestInvoiceSentElsewhere_IsRecordedAndNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin(func(n *collection.NewInvoice) {
		n.AlreadySent = &collection.SentElsewhere{Channel: "peppol", On: date("2026-05-29"), Proof: "mdn-1"}
	})
	r := c.next()
	require.Equal(t, dunning.AnswerDone, r.Answer)
	require.Equal(t, "peppol", r.Reference)
	require.Empty(t, w.provider.sent)
	require.Equal(t, "2026-05-29", read[string](w, `select done_on::text from plan_step where step = 'invoice'`))
}

func TestAwaitedDelivery_AsksAPersonAndThenStartsTheLadder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin(func(n *collection.NewInvoice) { n.DeliveryRequired = true })
	require.Len(t, c.state().Plan, 1)
	require.Equal(t, dunning.StepDeliveryCheck, c.current().Step)
	r := c.next()
	require.Equal(t, dunning.AnswerDone, r.Answer)
	require.Equal(t, "2026-06-08", day(w.now))
	w.task(collection.TaskDeliveryCheck)
	require.Empty(t, c.state().Plan)

	deliver := func(last bool) {
		_, err := w.Deliver(t.Context(), store.Everything, w.now, anna, c.id, collection.NewDelivery{On: calendar.DateOf(w.now), Last: last})
		require.NoError(t, err)
	}
	deliver(false)
	require.Empty(t, c.state().Plan, "more is to come")
	deliver(true)
	require.Equal(t, dunning.StepID("invoice"), c.current().Step)
	require.Equal(t, dunning.AnswerDone, c.next().Answer)
	w.intact()
}

func TestOldInvoice_EntersOnceAndGently(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.now = amsterdam("2026-09-01 10:00")
	c := w.begin()
	require.Equal(t, "done", string(c.next().Answer)) // the invoice
	require.Equal(t, "2026-09-01", day(w.now))
	r := c.next()
	require.Equal(t, "skipped not_applicable", string(r.Answer)+" "+string(r.Reason), "a courtesy call after the due date")
	require.Equal(t, dunning.AnswerDone, c.next().Answer)
	require.Equal(t, "2026-09-08", day(w.now), "a week after the invoice")
	require.Equal(t, dunning.ToneFriendly, tone(w, "reminder"))
	require.Equal(t, dunning.AnswerDone, c.next().Answer)
	require.Equal(t, "2026-09-15", day(w.now))
	require.Equal(t, dunning.ToneFirm, tone(w, "stricter_reminder"))
}

// tone is the tone of the newest message of a step.
func tone(w *world, step dunning.StepID) dunning.Tone {
	w.t.Helper()
	return read[dunning.Tone](w, `select m.tone from message m join message_item i on i.message_id = m.id where i.step = $1
		order by m.claimed_at desc, m.id desc limit 1`, step)
}

func TestTone_ClimbsFromWhatTheCustomerWasReallySent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	c.until("reminder")
	w.provider.Refuse("rejected", "status_400")
	require.Equal(t, "failed(rejected)", outcome(c.next()))
	w.provider.heal()
	c.until("stricter_reminder")
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, dunning.ToneFriendly, tone(w, "stricter_reminder"), "the friendly reminder never reached the customer")
	require.Equal(t, "reminder", read[string](w, `select m.template from message m join message_item i on i.message_id = m.id
		where i.step = 'stricter_reminder'`))
	c.until("final_notice")
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, dunning.ToneFirm, tone(w, "final_notice"))
}

// outcome writes a result as one word.
func outcome(r *dunning.ActResult) string {
	if r.Reason == "" {
		return string(r.Answer)
	}
	return string(r.Answer) + "(" + string(r.Reason) + ")"
}

func TestDebtorWithoutLadder_GetsTheInvoiceAndThenAPerson(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"consumer", "sole_trader", "unknown"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.exec(`update customer set kind = $1`, kind)
			c := w.begin()
			require.Len(t, c.state().Plan, 2)
			require.Equal(t, "done", outcome(c.next()))
			require.Equal(t, "done", outcome(c.next()))
			require.Equal(t, "2026-07-06", day(w.now))
			w.task(collection.TaskReview)
			require.Len(t, w.provider.sent, 1)
			require.Empty(t, c.state().Plan)
		})
	}
}

func TestShortTerms_SkipTheCourtesyCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin(func(n *collection.NewInvoice) { n.DueDate = date("2026-06-12") })
	c.next()
	require.Equal(t, "skipped(not_applicable)", outcome(c.next()))
}

func TestKnownGoodPayer_GetsNoCourtesyCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.start(w.invoice("2026-000"))
	old.pay("p-0", 121000)
	c := w.begin()
	c.next()
	require.Equal(t, "skipped(not_applicable)", outcome(c.next()))

	big := w.start(w.invoice("2026-002", func(n *collection.NewInvoice) { n.Amount = eur(500000) }))
	big.next()
	require.Equal(t, "done", outcome(big.next()), "but for a large one")
}

func TestStart_GivesTheWorkflowAllItNeedsAndNothingPersonal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	var in dunning.Case
	require.NoError(t, json.Unmarshal([]byte(read[string](w, `select payload::text from workflow_message`)), &in))
	require.Equal(t, c.id.String(), in.InvoiceID)
	require.Equal(t, "acme:2026-001", in.InvoiceRef)
	require.Equal(t, int64(121000), in.AmountMinor)
	require.Equal(t, "invoice:acme:2026-001", read[string](w, `select workflow_id from workflow_message`))
	for _, secret := range []string{"Buyer", "Petra", "petra@buyer.example", "+31612345678", "loose"} {
		require.Zero(t, read[int](w, `select count(*) from workflow_message where payload::text like '%' || $1 || '%'`, secret))
		require.Zero(t, read[int](w, `select count(*) from case_event where data::text like '%' || $1 || '%'`, secret))
	}
}

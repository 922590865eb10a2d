package collection_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/provider"
	"maan/internal/store"
)

const final = dunning.StepID("final_notice")

// overdue starts an invoice of the customer and stands it before a step that is due now, with
// the steps before it done.
func (w *world) overdue(number string, step dunning.StepID, change ...func(*collection.NewInvoice)) *testCase {
	w.t.Helper()
	c := w.start(w.invoice(number, change...))
	c.stand(step)
	return c
}

// stand puts the case before a step that is due now.
func (c *testCase) stand(step dunning.StepID) {
	c.w.t.Helper()
	c.w.exec(`update plan_step p set state = 'skipped', reason = 'not_applicable', done_on = '2026-06-01', done_at = now()
		from plan_step s where s.invoice_id = $1 and s.step = $2 and p.invoice_id = $1 and p.position < s.position`, c.id, step)
	c.w.exec(`update plan_step set at = $3, local_date = ($3 at time zone 'Europe/Amsterdam')::date where invoice_id = $1 and step = $2`, c.id, step, c.w.now)
}

// toned says in what tone the customer was last written to about the case.
func (c *testCase) toned(tone dunning.Tone) {
	c.w.t.Helper()
	id := store.NewID()
	c.w.exec(`insert into message (id, creditor_id, customer_id, audience, channel, template, template_version, language, tone, body_sha256, status, claimed_at)
		values ($1, 'acme', $2, 'customer', 'email', 'reminder', '1', 'nl', $3, '', 'sent', $4)`, id, c.w.customer, tone, c.w.now)
	c.w.exec(`insert into message_item (invoice_id, step, occurrence, channel, message_id, tone) values ($1, 'earlier', 1, 'email', $2, $3)`, c.id, id, tone)
}

// stepAct names the act of a step's first occurrence.
func (c *testCase) stepAct(step dunning.StepID) dunning.Act {
	return dunning.Act{InvoiceID: c.id.String(), RunNo: c.run, Step: step, Occurrence: 1}
}

// bundled is a customer with several invoices before the same step.
func bundled(t *testing.T, step dunning.StepID, n int) (*world, []*testCase) {
	t.Helper()
	w := newWorld(t)
	w.now = amsterdam("2026-07-15 10:00")
	cases := make([]*testCase, n)
	for i := range cases {
		cases[i] = w.overdue(fmt.Sprintf("B-%d", i), step)
		cases[i].toned(dunning.ToneFinal - 1)
	}
	return w, cases
}

// TestSevenInvoicesInThreeStages_AreOneMessage is the promise: one mail, all seven go on.
func TestSevenInvoicesInThreeStages_AreOneMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.now = amsterdam("2026-07-06 10:00")
	steps := []dunning.StepID{friendly, friendly, friendly, formal, formal, final, final}
	cases := make([]*testCase, len(steps))
	for i, step := range steps {
		cases[i] = w.overdue(fmt.Sprintf("S-%d", i), step)
		if step != friendly {
			cases[i].toned(map[dunning.StepID]dunning.Tone{formal: dunning.ToneFriendly, final: dunning.ToneFirm}[step])
		}
	}
	leader := cases[1]
	claim, err := w.ClaimSend(t.Context(), leader.stepAct(friendly), w.now)
	require.NoError(t, err)
	require.Len(t, claim.Outgoing, 2, "a mail about all, and an SMS about those whose step has one")
	mail, text := claim.Outgoing[0], claim.Outgoing[1]
	for i := range cases {
		require.Contains(t, mail.Text, fmt.Sprintf("S-%d", i))
	}
	require.Contains(t, mail.Text, "8.470,00", "the total")
	require.NotContains(t, text.Text, "S-", "how many and how much, no more")
	require.Contains(t, text.Text, "EUR 3630,00")
	require.Equal(t, "final_notice", read[string](w, `select template from message where id = $1`, mail.MessageID))

	r, err := w.RecordSend(t.Context(), leader.stepAct(friendly), claim, w.provider.handOver(claim.Outgoing), w.now)
	require.NoError(t, err)
	require.Equal(t, "done", outcome(r))
	for i, c := range cases {
		require.Equal(t, "done", c.row(steps[i]))
		require.Equal(t, mail.MessageID.String(), read[string](w, `select reference from plan_step where invoice_id = $1 and step = $2`, c.id, steps[i]))
		require.NotEqual(t, steps[i], c.current().Step)
		own := c.answer(c.stepAct(steps[i]))
		require.Equal(t, "done", outcome(own), "its own act finds what is known")
		require.Equal(t, mail.MessageID.String(), own.Reference)
		if c != leader {
			require.Contains(t, c.told(), collection.MessageMessageSettled)
		}
	}
	require.Equal(t, 1, read[int](w, `select count(*) from contact_day`))
	require.Equal(t, []string{"1", "1", "1", "2", "2", "3", "3"}, w.column(`select i.tone::text from message_item i
		where i.message_id = $1 order by i.tone`, mail.MessageID), "to each in its own tone")
	w.intact()
}

func TestToneOfABundle_IsEachInvoicesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.now = amsterdam("2026-07-06 10:00")
	gentle, firm := w.overdue("A", friendly), w.overdue("B", final)
	firm.toned(dunning.ToneFirm)
	require.Equal(t, "done", outcome(gentle.perform(gentle.stepAct(friendly), dunning.DoMessage)))
	require.Equal(t, "done", firm.row(final))
	w.now = amsterdam("2026-08-24 10:00")
	gentle.stand("agency_hand_off")
	gentle.acted = dunning.State{}
	r := gentle.answer(gentle.stepAct("agency_hand_off"))
	require.Equal(t, "failed(no_contact)", outcome(r), "an agency never comes as a surprise: the final notice was about the other invoice")
}

func TestMates_AreJudgedByTheirOwnFacts(t *testing.T) {
	t.Parallel()
	until := date("2026-07-20")
	for _, tt := range []struct {
		name   string
		change func(*world, *testCase)
	}{
		{"paid", func(_ *world, m *testCase) { m.pay("p", 121000) }},
		{"disputed", func(_ *world, m *testCase) { m.dispute() }},
		{"held", func(w *world, m *testCase) {
			_, err := w.PlaceHold(w.t.Context(), store.Everything, w.now, anna, m.id, collection.HoldRequest{Reason: "talks", Until: &until})
			require.NoError(w.t, err)
		}},
		{"do not chase", func(w *world, m *testCase) {
			w.exec(`update invoice set no_chase_reason = 'talks', no_chase_by = 'person-a', no_chase_review_on = '2026-09-01' where id = $1`, m.id)
		}},
		{"promised", func(w *world, m *testCase) {
			w.promise(m, "2026-07-10")
		}},
		{"below the minimum", func(w *world, m *testCase) {
			w.policy(m, "minimum_amount_minor: 0", "minimum_amount_minor: 500000")
		}},
		{"one mail each by its own policy", func(w *world, m *testCase) {
			w.policy(m, "minimum_amount_minor: 0", "minimum_amount_minor: 0\nbundle: false")
		}},
		{"due tomorrow", func(w *world, m *testCase) {
			w.exec(`update plan_step set local_date = '2026-07-07' where invoice_id = $1 and step = $2`, m.id, friendly)
		}},
		{"another step is current", func(w *world, m *testCase) {
			w.exec(`update plan_step set state = 'pending', reason = '', done_on = null, done_at = null where invoice_id = $1 and step = 'courtesy_call'`, m.id)
		}},
		{"too late", func(w *world, m *testCase) {
			w.exec(`update plan_step set first_tried_at = '2026-06-01' where invoice_id = $1 and step = $2`, m.id, friendly)
		}},
		{"its earlier message may have left", func(w *world, m *testCase) {
			id := store.NewID()
			w.exec(`insert into message (id, creditor_id, customer_id, audience, channel, template, template_version, language, tone, body_sha256, status, claimed_at)
				values ($1, 'acme', $2, 'customer', 'email', 'reminder', '1', 'nl', 1, '', 'sending', $3)`, id, w.customer, w.now)
			w.exec(`insert into message_item (invoice_id, step, occurrence, channel, message_id) values ($1, $2, 1, 'email', $3)`, m.id, friendly, id)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			mailOnly(w)
			w.now = amsterdam("2026-07-06 10:00")
			leader, mate, other := w.overdue("A", friendly), w.overdue("B", friendly), w.overdue("C", friendly)
			tt.change(w, mate)
			out := leader.claim(leader.stepAct(friendly))
			require.Len(t, out, 1)
			require.Contains(t, out[0].Text, "Factuur C")
			require.NotContains(t, out[0].Text, "Factuur B")
			require.Zero(t, read[int](w, `select count(*) from message_item where invoice_id = $1 and message_id = $2`, mate.id, out[0].MessageID))
			require.Equal(t, []string{"reminder/1/email sending"}, other.statuses())
			w.intact()
		})
	}
}

// policy gives a case a policy of its own.
func (w *world) policy(c *testCase, from, to string) {
	w.t.Helper()
	source, err := dunning.Shipped(dunning.PolicyStandard)
	require.NoError(w.t, err)
	id := store.NewID()
	w.exec(`insert into policy_version (id, policy, version, content_hash, source, published_by, published_at) values ($1, 'standard', 2, $2, $3, 'test', $4)`,
		id, id.String(), replace(w.t, string(source), from, to), w.now)
	w.exec(`update invoice set policy_version_id = $2 where id = $1`, c.id, id)
}

// promise is an open promise of the customer's that holds until a day.
func (w *world) promise(c *testCase, until string) {
	w.t.Helper()
	w.exec(`insert into promise (id, invoice_id, promised_on, holds_until, made_at, actor) values (gen_random_uuid(), $1, $2, $2, $3, 'person-a')`,
		c.id, until, w.now)
}

func TestMateWithABrokenPromise_GoesAlong(t *testing.T) {
	t.Parallel()
	w, cases := bundled(t, formal, 2)
	w.promise(cases[1], "2026-07-14")
	require.Equal(t, "done", outcome(cases[0].perform(cases[0].stepAct(formal), dunning.DoMessage)))
	require.Equal(t, "done", cases[1].row(formal))
	require.Equal(t, "broken", read[string](w, `select status from promise`))
	require.Equal(t, 1, cases[1].events("promise_broken"))
	w.intact()
}

func TestOtherCustomers_AreNeverInABundle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.now = amsterdam("2026-07-06 10:00")
	mine := w.overdue("A", friendly)
	w.customer, _ = w.newCustomer("C-2")
	theirs := w.overdue("B", friendly)
	out := mine.claim(mine.stepAct(friendly))
	require.NotContains(t, out[0].Text, "Factuur B")
	require.Empty(t, theirs.statuses())
}

func TestCurrencies_HaveATotalEach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.now = amsterdam("2026-07-06 10:00")
	euros := w.overdue("A", friendly)
	w.overdue("B", friendly)
	w.overdue("C", friendly, func(n *collection.NewInvoice) { n.Amount.Currency = "USD" })
	out := euros.claim(euros.stepAct(friendly))
	require.Contains(t, out[0].Text, "2.420,00")
	require.Contains(t, out[0].Text, "+ USD")
	require.Nil(t, out[0].QRCode, "no one transfer pays these")
}

func TestBundleOffByPolicy_IsOneMailEach(t *testing.T) {
	t.Parallel()
	w, cases := bundled(t, formal, 2)
	w.policy(cases[0], "minimum_amount_minor: 0", "minimum_amount_minor: 0\nbundle: false")
	out := cases[0].claim(cases[0].stepAct(formal))
	require.Len(t, out, 1)
	require.Contains(t, out[0].Text, "B-0")
	require.NotContains(t, out[0].Text, "B-1")
	require.Equal(t, "wait(contact_cap)", outcome(cases[1].answer(cases[1].stepAct(formal))), "the customer's day is used")
}

func TestMatesActDuringTheSend_WaitsAndThenFindsTheOutcome(t *testing.T) {
	t.Parallel()
	w, cases := bundled(t, formal, 3)
	act := cases[0].stepAct(formal)
	claim, err := w.ClaimSend(t.Context(), act, w.now)
	require.NoError(t, err)
	for range 2 { // however often it is asked
		mate, err := w.ClaimSend(t.Context(), cases[1].stepAct(formal), w.now)
		require.NoError(t, err)
		require.True(t, mate.Carried)
		require.Equal(t, "wait(unsettled)", outcome(mate.Result))
		require.Equal(t, 1, cases[1].events("step_waits"))
	}
	r, err := w.RecordSend(t.Context(), act, claim, w.provider.handOver(claim.Outgoing), w.now)
	require.NoError(t, err)
	for _, c := range cases {
		mate, err := w.ClaimSend(t.Context(), c.stepAct(formal), w.now)
		require.NoError(t, err)
		require.False(t, mate.Carried)
		require.Equal(t, "done", outcome(mate.Result))
		require.Equal(t, r.Reference, mate.Result.Reference)
	}
	w.intact()
}

func TestCrashOfABundle_IsSettledOnce(t *testing.T) {
	t.Parallel()
	w, cases := bundled(t, formal, 3)
	cases[0].claim(cases[0].stepAct(formal))
	w.wait(settled)
	require.Equal(t, "wait(unsettled)", outcome(cases[2].answer(cases[2].stepAct(formal))), "whoever comes first settles it")
	task := w.task(collection.TaskSettleMessage)
	require.Equal(t, 3, read[int](w, `select count(*) from task_item where task_id = $1`, task))
	for _, c := range cases {
		require.Equal(t, "wait(unsettled)", outcome(c.answer(c.stepAct(formal))))
		require.Equal(t, 1, c.events("message_uncertain"))
	}
	require.Equal(t, task, w.task(collection.TaskSettleMessage), "one question about the customer")
	w.closeTask(task, collection.TaskOutcome{Code: "arrived"})
	for _, c := range cases {
		require.Equal(t, "done", c.row(formal))
		require.Contains(t, c.told(), collection.MessageMessageSettled)
	}
	w.intact()
}

func TestResendOfABundle_RaisesAllOccurrencesAndReadsTheFactsAnew(t *testing.T) {
	t.Parallel()
	w, cases := bundled(t, friendly, 3)
	mailOnly(w)
	act := cases[0].stepAct(friendly)
	claim, err := w.ClaimSend(t.Context(), act, w.now)
	require.NoError(t, err)
	r, err := w.RecordSend(t.Context(), act, claim, unanswered(claim.Outgoing), w.now)
	require.NoError(t, err)
	require.Equal(t, "wait(unsettled)", outcome(r))
	for _, c := range cases {
		require.Equal(t, "waiting(unsettled)", c.row(friendly))
	}
	done := cases[2].pay("p", 121000)
	require.Equal(t, []uuid.UUID{claim.Outgoing[0].MessageID}, done.Leaving, "the answer names what may still leave")
	w.wait(settled)
	cases[1].answer(cases[1].stepAct(friendly))
	for _, c := range cases[:2] {
		require.Equal(t, 2, c.current().Occurrence)
	}
	require.Equal(t, "done", outcome(cases[1].perform(cases[1].act(), dunning.DoMessage)), "the same day: it is the same contact")
	again := w.provider.sent[len(w.provider.sent)-1]
	require.Contains(t, again.Text, "B-0")
	require.NotContains(t, again.Text, "B-2", "paid meanwhile")
	require.Equal(t, "done", cases[0].row(friendly))
	require.Equal(t, "skipped(paid)", cases[2].row(friendly))
	require.Equal(t, []string{"reminder/1/email uncertain"}, cases[2].statuses()[1:])
	w.intact()
}

func TestFormalInvoiceInAFriendlyBundle_AsksAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.now = amsterdam("2026-07-06 10:00")
	gentle, firm := w.overdue("A", friendly), w.overdue("B", formal)
	mailOnly(w)
	firm.toned(dunning.ToneFriendly)
	gentle.claim(gentle.stepAct(friendly))
	w.wait(settled)
	require.Equal(t, "wait(unsettled)", outcome(gentle.answer(gentle.stepAct(friendly))))
	require.Equal(t, 2, read[int](w, `select count(*) from task_item where task_id = $1`, w.task(collection.TaskSettleMessage)))
	w.closeTask(w.task(collection.TaskSettleMessage), collection.TaskOutcome{Code: "send_again"})
	require.Equal(t, 2, gentle.current().Occurrence)
	require.Equal(t, 2, firm.current().Occurrence)
}

func TestRefusedBundle_FailsWithOneTask(t *testing.T) {
	t.Parallel()
	w, cases := bundled(t, formal, 3)
	w.provider.Refuse(provider.Rejected, "bad_address")
	require.Equal(t, "failed(rejected)", outcome(cases[1].perform(cases[1].stepAct(formal), dunning.DoMessage)))
	task := w.task(collection.TaskMendContact)
	for _, c := range cases {
		require.Equal(t, "failed(rejected)", c.row(formal))
		require.Equal(t, task.String(), read[string](w, `select reference from plan_step where invoice_id = $1 and step = $2`, c.id, formal))
	}
	require.Equal(t, 3, read[int](w, `select count(*) from task_item where task_id = $1`, task))
	w.intact()
}

func TestBouncedBundle_FailsWithOneTask(t *testing.T) {
	t.Parallel()
	w, cases := bundled(t, formal, 3)
	cases[0].perform(cases[0].stepAct(formal), dunning.DoMessage)
	sent := w.provider.sent[len(w.provider.sent)-1]
	w.wait(time.Hour)
	w.report(sent.MessageID, "bounced", "550")
	task := w.task(collection.TaskMendContact)
	require.Equal(t, 3, read[int](w, `select count(*) from task_item where task_id = $1`, task))
	for _, c := range cases {
		require.Equal(t, "failed(bounced)", c.row(formal))
		require.Contains(t, c.told(), collection.MessageMessageFailed)
	}
	w.intact()
}

func TestProviderDown_TheBundleComesBackTogether(t *testing.T) {
	t.Parallel()
	w, cases := bundled(t, formal, 3)
	w.provider.Refuse(provider.NotSent, provider.CodeRefused)
	r := cases[0].perform(cases[0].stepAct(formal), dunning.DoMessage)
	require.Equal(t, "wait(provider_down)", outcome(r))
	require.Zero(t, read[int](w, `select count(*) from contact_day`), "nothing was sent: the day is free")
	for _, c := range cases {
		require.Equal(t, "waiting(provider_down)", c.row(formal))
		require.False(t, c.current().At.Before(r.NotBefore))
		require.WithinDuration(t, r.NotBefore, c.current().At, 10*time.Minute, "its own minute of the morning may be still to come")
	}
	w.provider.heal()
	w.now = cases[2].current().At
	require.Equal(t, "done", outcome(cases[2].perform(cases[2].stepAct(formal), dunning.DoMessage)))
	require.Equal(t, []string{"3"}, w.column(`select count(*)::text from message_item i join message m on m.id = i.message_id
		where i.step = $1 and m.status = 'sent' group by m.id`, formal))
	w.intact()
}

func TestPaidOrDisputedDuringTheSend_IsTheInvoicesOwn(t *testing.T) {
	t.Parallel()
	w, cases := bundled(t, formal, 3)
	act := cases[0].stepAct(formal)
	claim, err := w.ClaimSend(t.Context(), act, w.now)
	require.NoError(t, err)
	require.NotEmpty(t, cases[1].pay("p", 121000).Leaving)
	require.NotEmpty(t, cases[2].dispute().Leaving)
	r, err := w.RecordSend(t.Context(), act, claim, w.provider.handOver(claim.Outgoing), w.now)
	require.NoError(t, err)
	require.Equal(t, "done", outcome(r))
	require.Equal(t, "done", cases[1].row(formal), "it was sent after all: the story says so")
	require.Equal(t, "done", cases[2].row(formal))
	require.Equal(t, dunning.ReasonPaid, cases[1].state().Closed)
	w.intact()
}

func TestLeaderPaidAfterACrash_TheMatesSettleByThemselves(t *testing.T) {
	t.Parallel()
	w, cases := bundled(t, friendly, 3)
	mailOnly(w)
	cases[0].claim(cases[0].stepAct(friendly))
	cases[0].pay("p", 121000)
	w.wait(settled)
	cases[1].answer(cases[1].stepAct(friendly))
	require.Equal(t, 2, cases[1].current().Occurrence)
	require.Equal(t, 2, cases[2].current().Occurrence)
	require.Equal(t, "done", outcome(cases[2].perform(cases[2].act(), dunning.DoMessage)))
	require.Equal(t, "done", cases[1].row(friendly))
	w.intact()
}

func TestBundleOfClaims_SharesDutchCollectionCosts(t *testing.T) {
	t.Parallel()
	w, cases := bundled(t, formal, 3)
	w.exec(`update creditor set claims = 'claim'`)
	for _, c := range cases { // reminded of before, and late for as long as the law wants
		w.exec(`update invoice set due_date = '2026-06-01' where id = $1`, c.id)
	}
	act := cases[0].stepAct(formal)
	claim, err := w.ClaimSend(t.Context(), act, w.now)
	require.NoError(t, err)
	r, err := w.RecordSend(t.Context(), act, claim, w.provider.handOver(claim.Outgoing), w.now)
	require.NoError(t, err)
	require.Equal(t, "done", outcome(r))
	// 15 % of the first 2,500 and 10 % of the rest of 3,630: 488.00, where three letters would ask 3 x 181.50.
	require.Equal(t, 48800, read[int](w, `select sum(cost_minor)::int from claim_letter`))
	require.Equal(t, 48800, read[int](w, `select sum(amount_minor)::int from ledger_entry where kind = 'cost'`))
	require.Equal(t, 3, read[int](w, `select count(*) from claim_letter where booked_at is not null`))
	require.False(t, slices.ContainsFunc(claim.Outgoing[0].Attachments, func(d store.Document) bool { return d.Kind == collection.DocumentLetter }),
		"a letter about one invoice would not add up")
	w.intact()
}

func TestAttachmentsOfABundle_NameTheirInvoice(t *testing.T) {
	t.Parallel()
	w, cases := bundled(t, formal, 2)
	for _, c := range cases {
		_, err := w.Attach(t.Context(), store.Everything, w.now, anna, c.id, collection.NewDocument{
			Kind: "invoice_pdf", ContentType: "application/pdf", Content: []byte("%PDF-1.7 " + c.id.String()),
		})
		require.NoError(t, err)
	}
	out := cases[1].claim(cases[1].stepAct(formal))
	var names []string
	for _, d := range out[0].Attachments {
		names = append(names, collection.DocumentName(d))
	}
	require.Equal(t, []string{"reminder-B-0.pdf", "reminder-B-1.pdf", "invoice-B-0.pdf", "invoice-B-1.pdf"}, names)
}

// TestRacingBundles lets the acts of one customer's invoices run at once, each as an activity
// does it, while some are paid: no invoice is in two messages of one occurrence, and every mail
// speaks for whoever was open.
func TestRacingBundles_NoInvoiceInTwoMessages(t *testing.T) {
	t.Parallel()
	for round := range 5 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			t.Parallel()
			w, cases := bundled(t, formal, 8)
			var fns []func()
			for i, c := range cases {
				fns = append(fns, func() {
					claim, err := w.ClaimSend(t.Context(), c.stepAct(formal), w.now)
					if err == nil && claim.Result == nil {
						_, err = w.RecordSend(t.Context(), c.stepAct(formal), claim, accepted(claim.Outgoing), w.now)
					}
					if err != nil {
						t.Error(err)
					}
				})
				if i%4 == 3 {
					fns = append(fns, func() {
						if _, err := w.Receive(t.Context(), store.Everything, w.now, anna, c.id, payment("p"+c.id.String(), 121000)); err != nil {
							t.Error(err)
						}
					})
				}
			}
			together(fns...)
			require.Equal(t, 1, read[int](w, `select count(*) from message where template = 'stricter_reminder'`))
			for _, c := range cases {
				row := c.row(formal)
				require.True(t, row == "done" || row == "skipped(paid)", row)
				require.LessOrEqual(t, len(c.statuses()), 2, strings.Join(c.statuses(), ", "))
			}
			require.Empty(t, w.column(`select m.invoice_id::text from case_event m join case_event p on p.invoice_id = m.invoice_id and p.kind = 'closed'
				where m.kind = 'message_claimed' and m.seq > p.seq`), "nothing is claimed after a payment")
			w.intact()
		})
	}
}

package collection_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
)

// TestClaim_ReadsTheFactsAgain changes a fact behind the run's back and claims at the
// planned instant, as a run does that was not told in time.
func TestClaim_ReadsTheFactsAgain(t *testing.T) {
	t.Parallel()
	hold := func(until *calendar.Date) func(*world, *testCase) {
		return func(w *world, c *testCase) {
			_, err := w.PlaceHold(w.t.Context(), store.Everything, w.now, anna, c.id, collection.HoldRequest{Reason: "talks", Until: until})
			require.NoError(w.t, err)
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*world, *testCase)
		want   string
		until  string // the customer's day on which it is worth asking again
	}{
		{"paid", func(_ *world, c *testCase) { c.pay("p", 121000) }, "skipped(paid)", ""},
		{"credited", func(w *world, c *testCase) {
			r := payment("cn", 121000)
			r.Kind = collection.EntryCreditNote
			_, err := w.Receive(w.t.Context(), store.Everything, w.now, anna, c.id, r)
			require.NoError(w.t, err)
		}, "skipped(credited)", ""},
		{"written off", func(w *world, c *testCase) {
			_, err := w.WriteOff(w.t.Context(), store.Everything, w.now, anna, c.id, "lost")
			require.NoError(w.t, err)
		}, "skipped(written_off)", ""},
		{"disputed", func(_ *world, c *testCase) { c.dispute() }, "wait(disputed)", ""},
		{"held without an end", hold(nil), "wait(held)", ""},
		{"held until Friday", hold(datePtr("2026-07-10")), "wait(held)", "2026-07-13"},
		{"do not chase the invoice", func(w *world, c *testCase) {
			_, err := w.ChaseInvoice(w.t.Context(), store.Everything, w.now, anna, c.id,
				collection.NoChase{Reason: new("insolvency"), ReviewOn: datePtr("2026-09-01")})
			require.NoError(w.t, err)
		}, "wait(do_not_chase)", ""},
		{"do not chase the customer", func(w *world, _ *testCase) {
			told, err := w.ChaseCustomer(w.t.Context(), store.Everything, w.now, anna, w.customer,
				collection.NoChase{Reason: new("insolvency"), ReviewOn: datePtr("2026-09-01")})
			require.NoError(w.t, err)
			require.Equal(w.t, 1, told)
		}, "wait(do_not_chase)", ""},
		{"promised", func(w *world, c *testCase) {
			w.exec(`insert into promise (id, invoice_id, promised_on, holds_until, made_at, actor) values ($1, $2, '2026-07-08', '2026-07-10', $3, 'x')`,
				uuid.New(), c.id, w.now)
		}, "wait(promise_pending)", "2026-07-13"},
		{"stopped", func(w *world, _ *testCase) {
			leaving, err := w.Stop(w.t.Context(), store.Everything, w.now, anna, creditorID)
			require.NoError(w.t, err)
			require.Empty(w.t, leaving)
		}, "wait(stopped)", ""},
		{"shadow", func(w *world, _ *testCase) { w.exec(`update creditor set mode = 'shadow'`) }, "skipped(shadow)", ""},
		{"approve", func(w *world, _ *testCase) { w.exec(`update creditor set mode = 'approve'`) }, "wait(not_released)", "2026-07-07"},
		{"credit covers", func(w *world, _ *testCase) {
			other := w.start(w.invoice("other"))
			other.pay("p", 121000+121000)
		}, "wait(credit_covers)", "2026-07-13"},
		{"contacted today", func(w *world, _ *testCase) {
			w.exec(`insert into contact_day (customer_id, local_date) values ($1, '2026-07-06')`, w.customer)
		}, "wait(contact_cap)", "2026-07-07"},
		{"contacted twice within a week", func(w *world, _ *testCase) {
			w.exec(`insert into contact_day (customer_id, local_date) values ($1, '2026-07-01'), ($1, '2026-07-03')`, w.customer)
		}, "wait(contact_cap)", "2026-07-08"},
		{"outside the window", func(w *world, _ *testCase) { w.now = amsterdam("2026-07-06 18:30") }, "wait(outside_window)", "2026-07-07"},
		{"on a holiday of the creditor's", func(w *world, _ *testCase) {
			w.exec(`insert into creditor_holiday (creditor_id, country, day, holiday) values ('acme', 'NL', '2026-07-06', true)`)
		}, "wait(outside_window)", "2026-07-07"},
		{"nobody to write to", func(w *world, _ *testCase) { w.exec(`update contact set email = '', mobile = ''`) }, "failed(no_contact)", ""},
		{"only dead addresses", func(w *world, _ *testCase) {
			w.exec(`update contact set email_failed_at = now(), mobile_failed_at = now()`)
		}, "failed(no_contact)", ""},
		{"master data incomplete", func(w *world, _ *testCase) { w.exec(`update creditor set iban = ''`) }, "failed(rejected)", ""},
		{"debtor turned out a consumer", func(w *world, _ *testCase) { w.exec(`update customer set kind = 'consumer'`) }, "skipped(not_applicable)", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, c, act := at(t, friendly)
			before := len(w.provider.sent)
			tt.change(w, c)
			r := c.answer(act)
			require.Equal(t, tt.want, outcome(r))
			require.Len(t, w.provider.sent, before)
			require.Empty(t, w.column(`select id::text from message where status = 'sending'`))
			if r.Answer != dunning.AnswerWait {
				require.Equal(t, tt.want, c.row(friendly))
				require.Equal(t, tt.want, outcome(c.answer(act)), "a retry")
				w.intact()
				return
			}
			require.Equal(t, friendly, c.current().Step, "the step stays")
			if tt.until == "" {
				require.True(t, r.NotBefore.IsZero())
			} else {
				require.Equal(t, tt.until, day(r.NotBefore))
				require.False(t, c.current().At.Before(r.NotBefore))
			}
			w.intact()
		})
	}
}

func TestClaim_BelowTheMinimumIsSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source, err := dunning.Shipped(dunning.PolicyStandard)
	require.NoError(t, err)
	text := replace(t, string(source), "minimum_amount_minor: 0", "minimum_amount_minor: 5000")
	_, version, err := w.Publish(t.Context(), w.now, anna, []byte(text))
	require.NoError(t, err)
	require.Equal(t, 2, version)
	c := w.begin(func(n *collection.NewInvoice) { n.Amount = eur(4999) })
	require.Equal(t, "done", outcome(c.next()), "the invoice goes")
	for len(c.state().Plan) > 0 {
		require.Equal(t, "skipped(below_minimum)", outcome(c.next()))
	}
}

func TestClaim_OfARunThatIsOverIsSkipped(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	done := c.pay("p-1", 121000)
	_, err := w.Reverse(t.Context(), store.Everything, w.now, anna, done.ID, "bounced")
	require.NoError(t, err)
	r := c.answer(act)
	require.Equal(t, "skipped(paid)", outcome(r))
	require.Equal(t, dunning.ReasonPaid, r.State.Closed, "else the old run would go on with the new run's plan")
	require.Empty(t, r.State.Plan)
}

func TestRecord_OfARunThatIsOverEndsIt(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	out := c.claim(act)
	done := c.pay("p-1", 121000)
	_, err := w.Reverse(t.Context(), store.Everything, w.now, anna, done.ID, "bounced")
	require.NoError(t, err)
	r := c.record(act, accepted(out))
	require.Equal(t, "skipped(paid)", outcome(r))
	require.Equal(t, dunning.ReasonPaid, r.State.Closed)
	require.Equal(t, "sent", read[string](w, `select status from message where id = $1`, out[0].MessageID))
	w.intact()
}

func TestClaim_ThatComesTooEarlyGetsThePlan(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	c.dispute()
	w.wait(time.Minute)
	c.resolve(collection.Resolution{})
	w.wait(time.Minute)
	r := c.answer(act) // the run was told of neither
	require.Equal(t, dunning.AnswerWait, r.Answer)
	require.WithinDuration(t, c.current().At, r.NotBefore, 0)
	require.Equal(t, "2026-07-07", day(c.current().At), "a business day after the end of the pause")
}

func TestClaim_OfAnOldOccurrenceGetsThePlan(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	w.exec(`update plan_step set occurrence = 2 where step = 'reminder'`)
	r := c.answer(act)
	require.Equal(t, dunning.AnswerWait, r.Answer)
	require.Equal(t, 2, r.State.Plan[0].Occurrence)
}

func TestClaim_OfAnUnknownInvoiceIsAnError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.ClaimSend(t.Context(), dunning.Act{InvoiceID: uuid.NewString(), RunNo: 1, Step: "reminder", Occurrence: 1}, w.now)
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = w.ClaimSend(t.Context(), dunning.Act{InvoiceID: "x", RunNo: 1, Step: "reminder", Occurrence: 1}, w.now)
	refused(t, err, collection.Invalid, "not_a_uuid")
}

func TestCall_IsRefusedByTheSameFacts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*world, *testCase)
		want   string
	}{
		{"paid", func(_ *world, c *testCase) { c.pay("p", 121000) }, "skipped(paid)"},
		{"disputed", func(_ *world, c *testCase) { c.dispute() }, "wait(disputed)"},
		{"lunch", func(w *world, _ *testCase) { w.now = amsterdam("2026-06-24 13:00") }, "wait(outside_window)"},
		{"shadow", func(w *world, _ *testCase) { w.exec(`update creditor set mode = 'shadow'`) }, "skipped(shadow)"},
		{"approve", func(w *world, _ *testCase) { w.exec(`update creditor set mode = 'approve'`) }, "done"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, c, act := at(t, "courtesy_call")
			tt.change(w, c)
			r := c.perform(act, dunning.DoCall)
			require.Equal(t, tt.want, outcome(r))
			if tt.want != "done" {
				require.Empty(t, w.openTasks(collection.TaskCall))
			}
		})
	}
}

func TestSMS_GoesOnlyToABillingMobileOfABusiness(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"not for billing": `update contact set mobile_billing = false`,
		"no mobile":       `update contact set mobile = ''`,
		"failed":          `update contact set mobile_failed_at = now()`,
		"public body":     `update customer set kind = 'public_body'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, c, act := at(t, friendly)
			w.exec(sql)
			out := c.claim(act)
			require.Len(t, out, 1)
			require.Equal(t, dunning.ChannelEmail, out[0].Channel)
		})
	}
}

func TestRecipient_IsChosenByRole(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	w.exec(`update contact set role = 'management'`)
	w.exec(`insert into contact (id, customer_id, role, email, created_at) values ($1, $2, 'general', 'info@buyer.example', now())`, uuid.New(), w.customer)
	w.exec(`insert into contact (id, customer_id, role, email, created_at) values ($1, $2, 'buyer', 'buyer@buyer.example', now())`, uuid.New(), w.customer)
	out := c.claim(act)
	require.Len(t, out, 1)
	require.Equal(t, "buyer@buyer.example", out[0].To)
	require.Equal(t, "billing@acme.example", out[0].From)
	require.Equal(t, "credit@acme.example", out[0].ReplyTo)
	require.NotEmpty(t, out[0].QRCode)
	require.Contains(t, out[0].Text, "1.210,00")
}

func TestBrokenPromise_IsCountedAtTheClaim(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	w.exec(`insert into promise (id, invoice_id, promised_on, holds_until, made_at, actor) values ($1, $2, '2026-06-26', '2026-06-30', $3, 'x')`,
		uuid.New(), c.id, w.now)
	c.claim(act)
	require.Equal(t, "broken", read[string](w, `select status from promise`))
	require.Equal(t, 1, c.events("promise_broken"))
}

func TestMail_NamesTheInvoicesOwnAccountIfItIsValid(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		valid bool
		iban  string
		qr    bool
	}{
		"valid":   {true, "BE68 5390 0754 7034", true},
		"invalid": {false, "NL91 ABNA 0417 1643 00", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.begin(func(n *collection.NewInvoice) {
				n.IBAN, n.IBANValid, n.PaymentReference = "BE68539007547034", tt.valid, "RF18539007547034"
			})
			out := c.claim(c.due())
			require.Contains(t, out[0].Text, tt.iban)
			require.Contains(t, out[0].Text, "RF18 5390 0754 7034")
			require.Equal(t, tt.qr, out[0].QRCode != nil, "where accounts differ, a person shall look before paying")
		})
	}
}

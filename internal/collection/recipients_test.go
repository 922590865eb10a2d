package collection_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/provider"
	"maan/internal/store"
)

// names lets an invoice name its own contact.
func names(email string) func(*collection.NewInvoice) {
	return func(n *collection.NewInvoice) { n.Contact = collection.InvoiceContact{Name: "Ida", Email: email} }
}

func (w *world) addContact(role, email, mobile string, billing bool) uuid.UUID {
	w.t.Helper()
	id := store.NewID()
	w.exec(`insert into contact (id, customer_id, role, email, mobile, mobile_billing, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		id, w.customer, role, email, mobile, billing, w.now)
	return id
}

func recipients(out []collection.Outgoing) map[dunning.Channel]string {
	to := map[dunning.Channel]string{}
	for _, o := range out {
		to[o.Channel] = o.To
	}
	return to
}

func TestRecipient_IsTheInvoicesOwnThenByRole(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*world)
		own    string
		want   string
	}{
		{"accounts payable", func(*world) {}, "", "petra@buyer.example"},
		{"not the buyer while accounts payable has an address", func(w *world) { w.addContact("buyer", "buyer@buyer.example", "", false) }, "", "petra@buyer.example"},
		{"the buyer", func(w *world) {
			w.exec(`update contact set email = ''`)
			w.addContact("general", "info@buyer.example", "", false)
			w.addContact("buyer", "buyer@buyer.example", "", false)
		}, "", "buyer@buyer.example"},
		{"the general address", func(w *world) {
			w.exec(`update contact set email_failed_at = now()`)
			w.addContact("general", "info@buyer.example", "", false)
		}, "", "info@buyer.example"},
		{"never management", func(w *world) {
			w.exec(`update contact set role = 'general'`)
			w.addContact("management", "boss@buyer.example", "", false)
		}, "", "petra@buyer.example"},
		{"whom the invoice names", func(*world) {}, "ida@buyer.example", "ida@buyer.example"},
		{"not whom the invoice names once the address is dead", func(w *world) {
			w.exec(`insert into contact (id, customer_id, role, email, email_failed_at, created_at) values ($1, $2, 'general', 'IDA@buyer.example', now(), now())`,
				store.NewID(), w.customer)
		}, "ida@buyer.example", "petra@buyer.example"},
		{"not whom another invoice names", func(w *world) { w.start(w.invoice("other", names("other@buyer.example"))) }, "", "petra@buyer.example"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.change(w)
			var n []func(*collection.NewInvoice)
			if tt.own != "" {
				n = append(n, names(tt.own))
			}
			c := w.begin(n...)
			require.Equal(t, tt.want, recipients(c.claim(c.due()))[dunning.ChannelEmail])
			w.intact()
		})
	}
}

func TestRecipient_BouncedIsTriedNowhereAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.begin(names("ida@buyer.example")), w.start(w.invoice("2026-002", names("Ida@buyer.example")))
	require.Equal(t, "done", outcome(one.next()))
	w.report(w.provider.sent[0].MessageID, "bounced", "550")
	require.Equal(t, "petra@buyer.example", recipients(two.claim(two.due()))[dunning.ChannelEmail])
	three := w.start(w.invoice("2026-003", names("ida@buyer.example")))
	require.Equal(t, "petra@buyer.example", recipients(three.claim(three.due()))[dunning.ChannelEmail], "a dead address is not learned anew from each invoice")
	w.intact()
}

func TestInvoiceContact_IsCheckedAndPartOfTheInvoice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.StartInvoice(t.Context(), store.Everything, w.now, anna, w.invoice("1", names("no address")))
	refused(t, err, collection.Invalid, "invalid_email")
	_, err = w.StartInvoice(t.Context(), store.Everything, w.now, anna, w.invoice("1", names("")))
	refused(t, err, collection.Invalid, "missing")
	w.start(w.invoice("1", names("ida@buyer.example")))
	_, err = w.StartInvoice(t.Context(), store.Everything, w.now, anna, w.invoice("1", names("eva@buyer.example")))
	refused(t, err, collection.Conflict, "number_taken")

	ubl := func(n *collection.NewInvoice) { n.Source = "ubl" }
	w.start(w.invoice("2", ubl))
	done, err := w.StartInvoice(t.Context(), store.Everything, w.now, anna, w.invoice("2", ubl, names("ida@buyer.example")))
	require.NoError(t, err)
	require.True(t, done.Existed, "an e-invoice that came before its contact was read is still the same")
}

func TestText_GoesToAMobileForBillingOfABusinessOnly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, change, want string }{
		{"marked", `select 1`, "sent"},
		{"no mobile", `update contact set mobile = ''`, "skipped:no_mobile"},
		{"not marked", `update contact set mobile_billing = false`, "skipped:mobile_not_for_billing"},
		{"dead", `update contact set mobile_failed_at = now()`, "skipped:number_failed"},
		{"public body", `update customer set kind = 'public_body'`, "skipped:not_for_this_kind"},
		{"public body that the creditor chose", `with c as (update customer set kind = 'public_body') update creditor set sms_kinds = '{public_body}'`, "sent"},
		{"business that the creditor did not choose", `update creditor set sms_kinds = '{public_body,consumer}'`, "skipped:not_for_this_kind"},
		{"nobody chosen", `update creditor set sms_kinds = '{}'`, "skipped:not_for_this_kind"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, c, act := at(t, friendly)
			w.exec(tt.change)
			r := c.perform(act, dunning.DoMessage)
			require.Equal(t, "done", outcome(r))
			require.Equal(t, map[dunning.Channel]string{"email": "sent", "sms": tt.want}, r.Channels)
			w.intact()
		})
	}
}

func TestUnreachable_SaysWhyOnEachChannel(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, friendly)
	w.exec(`update contact set email_failed_at = now(), mobile_billing = false`)
	r := c.answer(act)
	require.Equal(t, "failed(no_contact)", outcome(r))
	require.Equal(t, map[dunning.Channel]string{"email": "skipped:address_failed", "sms": "skipped:mobile_not_for_billing"}, r.Channels)
}

// copying publishes the standard policy with a copy of the reminder for the account manager.
func copying(t *testing.T, w *world) {
	t.Helper()
	source, err := dunning.Shipped(dunning.PolicyStandard)
	require.NoError(t, err)
	_, _, err = w.Publish(t.Context(), w.now, anna, []byte(replace(t, string(source), "    tone: 1\n", "    tone: 1\n    copy_to: [account_manager]\n")))
	require.NoError(t, err)
}

func TestCopy_IsAMessageOfItsOwnToTheAccountManager(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	copying(t, w)
	c := w.begin()
	out := c.claim(c.until(friendly))
	require.Len(t, out, 3, "mail, text, copy")
	mail, copied := out[0], out[2]
	require.Equal(t, mail.MessageID, copied.CopyOf)
	require.Equal(t, "sam@acme.example", copied.To)
	require.Equal(t, "Kopie: "+mail.Subject, copied.Subject)
	require.Contains(t, copied.HTML, "Ter kennisgeving: deze mail ging naar Buyer BV.")
	require.Contains(t, copied.Text, mail.Text)
	r := c.record(c.act(), accepted(out))
	require.Equal(t, map[dunning.Channel]string{"email": "sent", "sms": "sent"}, r.Channels)
	require.Equal(t, mail.MessageID.String(), r.Reference)
	require.Equal(t, []string{"customer sent", "customer sent", "colleague sent"},
		w.column(`select audience || ' ' || status from message where template = 'reminder' order by id`))

	w.report(copied.MessageID, "bounced", "550")
	require.Equal(t, "done", c.row(friendly), "a colleague's mailbox fails no step")
	require.Empty(t, w.openTasks(collection.TaskMendContact))
	w.intact()
}

func TestCopy_FollowsTheMailAndNobodyIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	copying(t, w)
	mailOnly(w)
	c := w.begin()
	act := c.until(friendly)
	fates := []collection.Fate{}
	for _, o := range c.claim(act) {
		fates = append(fates, collection.Fate{MessageID: o.MessageID, Err: &provider.Error{Fate: provider.NotSent, Code: "status_429"}})
	}
	require.Equal(t, "wait(provider_down)", outcome(c.record(act, fates)))
	w.exec(`update customer set account_manager_id = null`)
	require.Len(t, c.claim(c.due()), 1)
	require.Equal(t, 1, c.events("copy_skipped"))
	w.intact()
}

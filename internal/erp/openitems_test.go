package erp_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/imports"
	"maan/internal/money"
	"maan/internal/store"
)

const itemHeader = "type,customer_number,name,kind,country,contact_role,contact_name,email,number,issue_date,due_date,amount,open_amount,currency,purchase_order,count\n"

func customerRow(number, email string) string {
	return fmt.Sprintf("customer,%s,Buyer %s BV,business,NL,accounts_payable,,%s,,,,,,,,\n", number, number, email)
}

func invoiceRow(customer, number, due, amount, open string) string {
	return fmt.Sprintf("invoice,%s,,,,,,,%s,2026-05-01,%s,%s,%s,EUR,,\n", customer, number, due, amount, open)
}

func creditRow(kind, customer, number, open string) string {
	return fmt.Sprintf("%s,%s,,,,,,,%s,2026-05-02,,,%s,EUR,,\n", kind, customer, number, open)
}

const end = "end,,,,,,,,,,,,,,,\n"

// night takes in a complete list of a day, at two o'clock in the night after it.
func (w *world) night(asOf string, rows ...string) taken {
	w.t.Helper()
	d := day(asOf).AddDays(1)
	w.now = time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
	return w.rehearsed(imports.KindOpenItems, []byte(itemHeader+strings.Join(rows, "")+end), "as_of", asOf)
}

func TestOpenItems_TheFirstNightStartsAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.night("2026-06-01", customerRow("C-1", "pay@buyer.example"),
		invoiceRow("C-1", "F-1", "2026-05-31", "100.00", "100.00"), invoiceRow("C-1", "F-2", "2026-06-15", "200.00", "150.00"),
		creditRow("credit_note", "C-1", "N-1", "-30.00"), creditRow("cash", "C-1", "P-1", "-5.00"))
	require.Empty(t, got.texts)
	require.Equal(t, map[string]int{"invoices": 2, "started": 2, "partly_paid": 1, "customers_created": 1, "credit_changed": 1}, got.Result)
	require.Equal(t, "15000", w.balance("F-2"))
	require.Equal(t, "erp:2026-06-01:F-2", read[string](w, `select external_id from receipt where invoice_id is not null`))
	require.Equal(t, "already_sent erp 2026-05-01", read[string](w, `select sending || ' ' || sent_channel || ' ' || sent_on from invoice where number = 'F-1'`))
	require.Equal(t, []string{"credit_note 3000", "payment 500"}, w.column(`select kind || ' ' || amount_minor from receipt where invoice_id is null order by kind`))
	require.Equal(t, "2026-05-31", read[string](w, `select payments_known_until::text from creditor`))
	w.intact()
}

func TestOpenItems_TheSecondNightChangesWhatChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customers := customerRow("C-1", "pay@buyer.example")
	w.night("2026-06-01", customers, invoiceRow("C-1", "same", "2026-06-30", "100.00", "100.00"), invoiceRow("C-1", "later", "2026-06-30", "100.00", "100.00"),
		invoiceRow("C-1", "part", "2026-06-30", "100.00", "100.00"), invoiceRow("C-1", "paid", "2026-06-30", "100.00", "100.00"),
		creditRow("cash", "C-1", "P-1", "-40.00"), creditRow("credit_note", "C-1", "N-1", "-10.00"))
	got := w.night("2026-06-02", customers, invoiceRow("C-1", "same", "2026-06-30", "100.00", "100.00"), invoiceRow("C-1", "later", "2026-07-15", "100.00", "100.00"),
		strings.Replace(invoiceRow("C-1", "part", "2026-06-30", "100.00", "60.00"), "EUR,,", "EUR,PO-7,", 1), invoiceRow("C-1", "new", "2026-06-30", "70.00", "70.00"),
		creditRow("cash", "C-1", "P-1", "-15.00"), creditRow("cash", "C-1", "P-2", "-3.00"))
	require.Empty(t, got.texts)
	require.Equal(t, map[string]int{
		"invoices": 4, "unchanged": 1, "amended": 2, "lowered": 1, "settled": 1, "started": 1, "credit_changed": 1,
	}, got.Result)
	require.Equal(t, []string{"later 10000", "new 7000", "paid 0 paid", "part 6000", "same 10000"},
		w.column(`select number || ' ' || open_minor || coalesce(' ' || closed_outcome, '') from invoice order by number`))
	require.Equal(t, []string{"booked", "invoice_received", "settled_in_erp", "receipt", "booked", "closed"}, w.events("paid"))
	require.Equal(t, []string{"booked", "invoice_received", "amended"}, w.events("later"))
	require.Equal(t, "2026-07-15 2026-06-30", read[string](w, `select data->>'due_date' || ' ' || (data->>'due_date_before') from case_event where kind = 'amended' and data ? 'due_date'`))
	require.Equal(t, "PO-7", read[string](w, `select purchase_order from invoice where number = 'part'`))
	require.Equal(t, []string{"invoice_amended"}, w.column(`select m.name from workflow_message m join invoice i on i.id = m.invoice_id where number = 'later' and m.name not in ('start', 'customer_credit_changed')`))
	require.Equal(t, int64(1800), read[int64](w, `select -sum(amount_minor)::bigint from ledger_entry where invoice_id is null`))
	w.intact()
}

func TestOpenItems_AppliedTwiceIsAppliedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := itemHeader + customerRow("C-1", "pay@buyer.example") + invoiceRow("C-1", "F-1", "2026-06-30", "100.00", "100.00") + invoiceRow("C-1", "F-2", "2026-06-30", "100.00", "100.00") + end
	w.take(imports.KindOpenItems, []byte(first), "as_of", "2026-05-31")
	second := itemHeader + invoiceRow("C-1", "F-1", "2026-06-30", "100.00", "50.00") + creditRow("cash", "C-1", "P-1", "-5.00") + end
	u := w.keep(imports.KindOpenItems, []byte(second), "as_of", "2026-06-01")

	ctx, kill := context.WithCancel(t.Context())
	_, err := w.files.Run(ctx, u, w.now, func(done, _ int) {
		if done > 0 {
			kill()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	u, err = w.files.Run(t.Context(), u, w.now, func(int, int) {})
	require.NoError(t, err)
	require.Equal(t, "done", u.Status)
	require.Zero(t, u.Faults)
	require.Equal(t, "5000", w.balance("F-1"))
	require.Equal(t, "0 paid", w.balance("F-2"))

	before := w.fingerprint()
	again := w.take(imports.KindOpenItems, []byte(second+"\n"), "as_of", "2026-06-01")
	require.Equal(t, "refused", again.Status)
	require.Equal(t, []string{"0 as_of stale"}, again.faults)
	require.Equal(t, before, w.fingerprint())
	w.intact()
}

func TestOpenItems_AnIncompleteListOnlyAdds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.night("2026-06-01", customerRow("C-1", ""), invoiceRow("C-1", "F-1", "2026-06-30", "100.00", "100.00"), invoiceRow("C-1", "F-2", "2026-06-30", "100.00", "100.00"),
		creditRow("cash", "C-1", "P-1", "-40.00"))
	cut := itemHeader + "customer,C-1,Other BV,business,NL,accounts_payable,,,,,,,,,,\n" + invoiceRow("C-1", "F-1", "2026-07-30", "100.00", "60.00") + invoiceRow("C-1", "F-3", "2026-06-30", "100.00", "100.00") + creditRow("cash", "C-1", "P-2", "-7.00")
	got := w.rehearsed(imports.KindOpenItems, []byte(cut), "as_of", "2026-06-02")
	require.Equal(t, map[string]int{"invoices": 2, "started": 1, "incomplete": 1, "credit_changed": 1}, got.Result)
	require.Equal(t, []string{"0  incomplete"}, got.faults)
	require.Equal(t, "Buyer C-1 BV", read[string](w, `select legal_name from customer`))
	require.Equal(t, []string{"F-1 10000 2026-06-30", "F-2 10000 2026-06-30", "F-3 10000 2026-06-30"}, w.column(`select number || ' ' || open_minor || ' ' || due_date from invoice order by number`))
	require.Equal(t, int64(4700), read[int64](w, `select -sum(amount_minor)::bigint from ledger_entry where invoice_id is null`))
	require.Equal(t, "2026-05-31", read[string](w, `select payments_known_until::text from creditor`))

	unread := w.rehearsed(imports.KindOpenItems, []byte(itemHeader+"invoice,C-1,,,,,,,F-1,2026-05-01,2026-06-30,100.00,pal,EUR,,\n"+end), "as_of", "2026-06-02")
	require.Equal(t, []string{"2 open_amount invalid_amount", "0  incomplete"}, unread.faults)
	require.Equal(t, "10000", w.balance("F-2"), "a row that cannot be read must not look paid")

	whole := w.night("2026-06-02", invoiceRow("C-1", "F-1", "2026-06-30", "100.00", "100.00"))
	require.Equal(t, 2, whole.Result["settled"], "the whole list of the same day is taken")
	w.intact()
}

func TestOpenItems_MassDisappearanceNeedsAWord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := []string{customerRow("C-1", "")}
	for i := range 30 {
		all = append(all, invoiceRow("C-1", fmt.Sprintf("F-%d", i), "2026-06-30", "100.00", "100.00"))
	}
	w.night("2026-06-01", all...)
	few := w.night("2026-06-02", all[:20]...)
	require.Equal(t, "refused", few.Status)
	require.Equal(t, []string{"0  mass_closing"}, few.faults)
	require.Contains(t, few.texts[0], "11 of 30")
	content := []byte(itemHeader + strings.Join(all[:20], "") + end)
	require.Equal(t, "done", w.take(imports.KindOpenItems, content, "as_of", "2026-06-02", "max_closed_share", "40", "dry_run", "1").Status)
	confirmed := w.take(imports.KindOpenItems, content, "as_of", "2026-06-02", "confirm", "true")
	require.Equal(t, 11, confirmed.Result["settled"])
	w.intact()
}

func TestOpenItems_RefusesWhatItMustNotTake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list := []byte(itemHeader + customerRow("C-1", "") + end)
	require.Equal(t, []string{"0 as_of as_of_ahead"}, w.take(imports.KindOpenItems, list, "as_of", "2026-06-05").faults)
	require.Equal(t, []string{"0 as_of missing"}, w.take(imports.KindOpenItems, list).faults)
	require.Equal(t, []string{"0 options unknown_option"}, w.take(imports.KindOpenItems, list, "quiet_until", "2026-06-05").faults)
	w.exec(`update creditor set payments_by = 'bank'`)
	got := w.take(imports.KindOpenItems, list, "as_of", "2026-06-01")
	require.Equal(t, "refused", got.Status)
	require.Equal(t, []string{"0 payments_by payments_by_bank"}, got.faults)
	require.Zero(t, read[int](w, `select count(*) from customer`))
}

func TestOpenItems_MoreOpenIsAskedNotChased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list := func(open string) []string {
		return []string{customerRow("C-1", ""), invoiceRow("C-1", "other", "2026-06-30", "1.00", "1.00"), invoiceRow("C-1", "F-1", "2026-05-20", "100.00", open)}
	}
	w.night("2026-06-01", list("60.00")...)
	got := w.night("2026-06-02", list("90.00")...)
	require.Equal(t, 1, got.Result["raised"])
	require.Empty(t, got.faults)
	require.Equal(t, "9000", w.balance("F-1"))
	require.Equal(t, "payment_review erp_raised finance", read[string](w, `select kind || ' ' || reason || ' ' || role from task`))
	require.Equal(t, []string{"erp_raised"}, w.column(`select reason from hold where released_at is null`))
	require.Equal(t, "held", read[string](w, `select payload->'paused'->>0 from workflow_message m join invoice i on i.id = m.invoice_id where i.number = 'F-1' and m.name = 'invoice_amended'`))

	w.night("2026-06-03", list("90.00")[:2]...)
	require.Equal(t, "0 paid", w.balance("F-1"))
	back := w.night("2026-06-04", list("90.00")...)
	require.Equal(t, 1, back.Result["reopened"])
	require.Equal(t, "9000", w.balance("F-1"))
	require.Equal(t, 2, read[int](w, `select current_run from invoice where number = 'F-1'`))
	require.Len(t, w.column(`select reason from hold where released_at is null`), 1)
	w.intact()
}

func TestOpenItems_APaymentSinceTheListStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list := []string{customerRow("C-1", ""), invoiceRow("C-1", "F-1", "2026-05-20", "100.00", "100.00")}
	w.night("2026-06-01", list...)
	id := read[[16]byte](w, `select id from invoice`)
	_, err := w.cases.Receive(t.Context(), store.Everything, w.now, "person", id, collection.Receipt{
		Kind: collection.EntryPayment, ExternalID: "wire-1", Amount: money.New(10000, "EUR"), On: day("2026-06-03"),
	})
	require.NoError(t, err)
	got := w.night("2026-06-02", list...)
	require.Empty(t, got.texts)
	require.Equal(t, 1, got.Result["paid_since"])
	require.Equal(t, "0 paid", w.balance("F-1"))
	w.intact()
}

func TestOpenItems_WhatCameByItselfIsNotClosedByAListThatCannotKnowIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.night("2026-06-01", customerRow("C-1", ""), invoiceRow("C-1", "F-1", "2026-06-30", "100.00", "100.00"))
	_, err := w.cases.StartInvoice(t.Context(), store.Everything, w.now, "person", collection.NewInvoice{
		CreditorID: "acme", CustomerID: read[[16]byte](w, `select id from customer`), Number: "api", IssueDate: day("2026-06-02"), DueDate: day("2026-07-02"),
		Amount: money.New(5000, "EUR"), Source: "api",
	})
	require.NoError(t, err)
	got := w.night("2026-06-02", invoiceRow("C-1", "F-1", "2026-06-30", "100.00", "100.00"))
	require.Empty(t, got.faults)
	require.Equal(t, 1, got.Result["too_young"])
	require.Equal(t, 1, w.night("2026-06-03", invoiceRow("C-1", "F-1", "2026-06-30", "100.00", "100.00")).Result["settled"])
	w.intact()
}

func TestOpenItems_TotalsThatDifferAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.night("2026-06-01", customerRow("C-1", ""), invoiceRow("C-1", "F-1", "2026-06-30", "100.00", "100.00"))
	got := w.night("2026-06-02", invoiceRow("C-1", "F-1", "2026-06-30", "120.00", "120.00"), invoiceRow("C-2", "F-2", "2026-06-30", "10.00", "10.00"))
	require.Equal(t, []string{"2 number other_content", "3 customer_number unknown_customer", "0 EUR totals_differ"}, got.faults)
	require.Contains(t, got.texts[2], "here EUR 100.00, on the list EUR 130.00")
	w.intact()
}

func TestOpenItems_DisputesAndHoldsStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list := func(open string) []string {
		return []string{customerRow("C-1", ""), invoiceRow("C-1", "F-1", "2026-06-30", "100.00", open)}
	}
	w.night("2026-06-01", list("100.00")...)
	_, err := w.cases.OpenDispute(t.Context(), store.Everything, w.now, "person", read[[16]byte](w, `select id from invoice`), "quality", "")
	require.NoError(t, err)
	w.night("2026-06-02", list("60.00")...)
	require.Equal(t, 1, read[int](w, `select count(*) from dispute where resolved_at is null`))
	require.Equal(t, "6000", w.balance("F-1"))
}

func TestOpenItems_AMendedAddressDoesTheFailedStepAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list := func(email string) []string {
		return []string{customerRow("C-1", email), invoiceRow("C-1", "F-1", "2026-06-30", "100.00", "100.00")}
	}
	w.night("2026-06-01", list("wrong@buyer.example")...)
	w.exec(`update plan_step set state = 'failed', reason = 'bounced', done_at = now(), done_on = '2026-06-01' where step = 'reminder'`)
	w.exec(`update contact set email_failed_at = now()`)
	same := w.night("2026-06-02", list("wrong@buyer.example")...)
	require.NotContains(t, same.Result, "contacts_changed")
	mended := w.night("2026-06-03", list("right@buyer.example")...)
	require.Equal(t, 1, mended.Result["contacts_changed"])
	require.Equal(t, []string{"right@buyer.example"}, w.column(`select email from contact`))
	require.Equal(t, "pending 2", read[string](w, `select state || ' ' || occurrence from plan_step where step = 'reminder'`))
	renamed := w.night("2026-06-04", strings.Replace(list("right@buyer.example")[0], "Buyer C-1", "Buyer Holding", 1), list("")[1])
	require.Equal(t, 1, renamed.Result["customers_updated"])
	require.Equal(t, "Buyer Holding BV", read[string](w, `select legal_name from customer`))
}

func TestOpenItems_SeveralFilesAreOneList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	archive := pack(t, "customers.csv", "customer_number,name,kind,country,type,count\nC-1,Buyer BV,business,NL,,\n,,,,end,1\n",
		"invoices.csv", "customer_number,number,issue_date,due_date,amount,open_amount,currency,type,count\nC-1,F-1,2026-05-01,2026-05-31,10.00,10.00,EUR,,\n,,,,,,,end,1\n")
	got := w.rehearsed(imports.KindOpenItems, archive, "as_of", "2026-06-01")
	require.Empty(t, got.texts)
	require.Equal(t, map[string]int{"invoices": 1, "started": 1, "customers_created": 1}, got.Result)

	flat := []byte("customer_number,name,kind,country,number,issue_date,due_date,amount,open_amount,currency\nC-2,Other BV,business,NL,F-2,2026-05-01,2026-05-31,10.00,10.00,EUR\nC-2,Other BV,business,NL,F-3,2026-05-01,2026-05-31,10.00,10.00,EUR\n")
	w.now = w.now.AddDate(0, 0, 1)
	got = w.rehearsed(imports.KindOpenItems, flat, "as_of", "2026-06-02", "flat", "true", "rows", "2")
	require.Empty(t, got.texts)
	require.Equal(t, map[string]int{"invoices": 2, "started": 2, "customers_created": 1, "settled": 1}, got.Result)
	require.Equal(t, []string{"0  not_an_archive"}, w.take(imports.KindOpenItems, archive[:100], "as_of", "2026-06-03", "dry_run", "1").faults)
	w.intact()
}

package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement/statementtest"
	"maan/internal/devstack/world"
	"maan/internal/money"
	"maan/internal/reference"
)

// paper is an invoice of the bank's story, and how it is paid.
type paper struct {
	id, number, reference, customer string
}

// takeStatement imports entries as the statement of today, and answers the counts.
func (h *house) takeStatement(entries ...statementtest.Entry) map[string]int {
	h.t.Helper()
	h.seq++
	var file bytes.Buffer
	require.NoError(h.t, statementtest.Write(&file, statementtest.Spec{
		Account: "NL91ABNA0417164300", Date: h.today(), Sequence: int64(h.seq), Opening: money.New(100_000_00, "EUR"), Entries: entries,
	}))
	return h.takeFile("bank_statement", file.Bytes())
}

// takeFile sends a file in and waits until it is imported.
func (h *house) takeFile(kind string, content []byte, options ...string) map[string]int {
	h.t.Helper()
	var made struct {
		ID     string         `json:"id"`
		Status string         `json:"status"`
		Result map[string]int `json:"result"`
	}
	h.post("/v1/imports?creditor="+h.slug+"&kind="+kind+"&options="+strings.Join(options, ","), world.File(content), &made)
	require.NoError(h.t, h.Clock.Quiet(h.ctx))
	h.call(http.MethodGet, "/v1/imports/"+made.ID, nil, &made)
	var faults struct {
		Items []map[string]any `json:"items"`
	}
	h.call(http.MethodGet, "/v1/imports/"+made.ID+"/faults", nil, &faults)
	require.Equal(h.t, "done", made.Status, "%v", faults.Items)
	return made.Result
}

// papers makes invoices over 1,210.00 with a reference each, every one of a customer of its own
// unless a customer is given.
func (h *house) papers(n int, customer string) []paper {
	h.t.Helper()
	out := make([]paper, 0, n)
	for range n {
		who := customer
		if who == "" {
			who = h.customer()
		}
		h.seq++
		p := paper{number: fmt.Sprintf("F-%05d", 10000+h.seq), customer: who}
		var err error
		p.reference, err = reference.MakeRF(fmt.Sprintf("%08d", 70000000+h.seq))
		require.NoError(h.t, err)
		p.id = h.invoice(who, func(o object) { o["number"], o["payment_reference"] = p.number, p.reference })
		out = append(out, p)
	}
	return out
}

func (h *house) open(id string) string {
	h.t.Helper()
	var i struct {
		Open struct {
			Amount string `json:"amount"`
		} `json:"open"`
		Status  string `json:"status"`
		Outcome string `json:"outcome"`
	}
	h.call(http.MethodGet, "/v1/invoices/"+id, nil, &i)
	return strings.TrimSpace(i.Open.Amount + " " + i.Status + " " + i.Outcome)
}

// A statement that pays 40 of 60 invoices in every way that money comes in leaves exactly the
// right ones open, and the next reminders go to those only, over the right amounts.
func TestBankStatement_FortyOfSixty(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testWorld(t))
	h.call(http.MethodPatch, "/v1/creditors/"+h.slug, object{"payments_by": "bank"}, nil)
	start := h.today()
	exact, byNumber, partial, small, over := h.papers(19, ""), h.papers(5, ""), h.papers(5, ""), h.papers(1, ""), h.papers(3, "")
	couples := [][]paper{h.papers(2, h.customer()), h.papers(2, h.customer())}
	double, returned, unpaid := h.papers(2, ""), h.papers(1, ""), h.papers(20, "")
	for i, c := range couples {
		h.post("/v1/invoices/"+h.papers(1, c[0].customer)[0].id+"/holds", object{"reason": "spare"}, nil) // an invoice that nothing may touch
		require.NoError(t, h.creditNote(c[0].customer, fmt.Sprintf("CN-70%d", i)))
	}
	h.run(start.AddDays(31).DaysSince(h.today()))

	euro := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	var entries []statementtest.Entry
	pay := func(e statementtest.Entry) {
		e.BankRef = fmt.Sprintf("BANK-%04d", len(entries))
		entries = append(entries, e)
	}
	for _, p := range slices.Concat(exact, returned, double) {
		pay(statementtest.Entry{Amount: euro(121000), Reference: p.reference, EndToEndID: "E2E-" + p.number, IBAN: "DE89370400440532013000"})
	}
	for _, p := range byNumber {
		pay(statementtest.Entry{Amount: euro(121000), Text: "betaling factuur " + p.number})
	}
	for _, p := range partial {
		pay(statementtest.Entry{Amount: euro(100000), Reference: p.reference})
	}
	pay(statementtest.Entry{Amount: euro(120000), Reference: small[0].reference})
	for _, p := range over {
		pay(statementtest.Entry{Amount: euro(130000), Reference: p.reference})
	}
	for i, c := range couples {
		pay(statementtest.Entry{Amount: euro(232000), Text: fmt.Sprintf("%s en %s min CN-70%d", c[0].number, c[1].number, i)})
	}
	for _, p := range double {
		pay(statementtest.Entry{Amount: euro(121000), Reference: p.reference})
	}
	result := h.takeStatement(entries...)
	require.Equal(t, 38, result["matched"], result)
	require.Equal(t, 2, result["credited"], result)
	again := h.takeStatement(entries...)
	require.Equal(t, len(entries), again["known"], "the same movements in another file count once: %v", again)

	back := h.takeStatement(statementtest.Entry{
		Amount: euro(-121350), Reversal: true, ReturnCode: "MD06", EndToEndID: "E2E-" + returned[0].number, Text: returned[0].number,
		BankRef: "BANK-RETURN", Charges: euro(350), Original: euro(121000),
	})
	require.Equal(t, 1, back["returned"], back)

	for _, p := range slices.Concat(exact, byNumber, over, double, couples[0], couples[1]) {
		require.Equal(t, "0.00 closed paid", h.open(p.id), p.number)
		require.EqualValues(t, "paid", h.result(p.id).Outcome)
	}
	require.Equal(t, "10.00 paused", h.open(small[0].id), "a small rest is a question to finance")
	require.Equal(t, "1210.00 open", h.open(returned[0].id), "open again")

	before := len(h.sent())
	for _, p := range slices.Concat(unpaid, partial) {
		h.runUntilStep(p.id, "reminder", 12)
	}
	reminded := map[string]string{}
	for _, p := range slices.Concat(exact, byNumber, partial, small, over, double, couples[0], couples[1], returned, unpaid) {
		if s := h.step(p.id, "reminder"); s.State == "done" {
			reminded[p.number] = s.Reference
		}
	}
	for _, p := range unpaid {
		require.Contains(t, reminded, p.number)
	}
	for _, p := range partial {
		require.Contains(t, h.text(reminded[p.number]), "Te betalen: €\u00a0210,00", "the rest is asked for")
	}
	for _, p := range slices.Concat(exact, byNumber, small, over, double, couples[0], couples[1]) { // the returned one's own ladder may have begun again
		require.NotContains(t, reminded, p.number, "nobody else is reminded: %+v", h.steps(p.id))
	}
	require.Greater(t, len(h.sent()), before)
	h.noMessageAfterPayment()
	h.nextNight(slices.Concat(unpaid, partial, small, returned))
}

// nextNight: the books move to an ERP, whose list of the next night says the same: nothing that
// is open or closed changes.
func (h *house) nextNight(left []paper) {
	h.t.Helper()
	h.call(http.MethodPatch, "/v1/creditors/"+h.slug, object{"payments_by": "erp"}, nil)
	numbers := map[string]string{}
	rows, err := h.Pool.Query(h.ctx, `select c.number, i.number, i.issue_date::text, i.due_date::text, to_char(i.amount_minor / 100.0, 'FM99990.00'),
		to_char(i.open_minor / 100.0, 'FM99990.00') from invoice i join customer c on c.id = i.customer_id where i.creditor_id = $1 and i.open_minor > 0`, h.slug)
	require.NoError(h.t, err)
	list := "type,customer_number,number,issue_date,due_date,amount,open_amount,currency\n"
	var customer, number, issued, due, amount, open string
	_, err = pgx.ForEachRow(rows, []any{&customer, &number, &issued, &due, &amount, &open}, func() error {
		numbers[number] = open
		list += strings.Join([]string{"invoice", customer, number, issued, due, amount, open, "EUR"}, ",") + "\n"
		return nil
	})
	require.NoError(h.t, err)
	before := h.states()
	got := h.takeFile("open_items", []byte(list+"end,,,,,,,\n"), "as_of:"+h.today().String())
	require.Equal(h.t, len(numbers), got["unchanged"], got)
	require.Equal(h.t, before, h.states())
	for _, p := range left {
		require.Contains(h.t, numbers, p.number)
	}
}

// states is what every invoice owes and how it ended.
func (h *house) states() []string {
	h.t.Helper()
	rows, err := h.Pool.Query(h.ctx, `select number || ' ' || open_minor || ' ' || coalesce(closed_outcome, 'open') || ' ' || current_run from invoice
		where creditor_id = $1 order by number`, h.slug)
	require.NoError(h.t, err)
	states, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(h.t, err)
	return states
}

// text is what a message said.
func (h *house) text(message string) string {
	h.t.Helper()
	var m struct {
		Body struct {
			Text string `json:"text"`
		} `json:"body"`
	}
	h.call(http.MethodGet, "/v1/messages/"+message, nil, &m)
	return m.Body.Text
}

// creditNote books a credit note of 100.00 that names no invoice.
func (h *house) creditNote(customer, number string) error {
	_, err := h.Pool.Exec(h.ctx, `with r as (insert into receipt (id, creditor_id, customer_id, kind, external_id, amount_minor, currency, value_date, status,
			content_hash, actor, business_at) values (gen_random_uuid(), $1, $2, 'credit_note', $3, 10000, 'EUR', $4, 'booked', '', 'test', now()) returning id)
		insert into ledger_entry (id, creditor_id, customer_id, seq, kind, amount_minor, currency, value_date, receipt_id, reference, actor, business_at)
		select gen_random_uuid(), $1, $2, 0, 'unallocated_credit', -10000, 'EUR', $4, r.id, $3, 'test', now() from r`,
		h.slug, customer, number, h.today())
	return err
}

package e2e_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// TestSevenInvoicesInThreeStages_AreOneMail lets three stages of one customer's invoices fall on
// one day: the customer gets one mail, and all seven cases go on.
func TestSevenInvoicesInThreeStages_AreOneMail(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testWorld(t))
	const address = "boekhouding@klant.example"
	customer := h.customer(func(c object) {
		c["contacts"] = []object{{"role": "accounts_payable", "name": "Jan", "email": address}}
	})
	dueOn := func(d calendar.Date) func(object) { return func(i object) { i["due_date"] = d.String() } }
	finals := []string{h.invoice(customer), h.invoice(customer)}
	require.NoError(t, h.Clock.Quiet(h.ctx))
	day, err := calendar.ParseDate(h.step(finals[0], "final_notice").LocalDate)
	require.NoError(t, err)
	stages := map[string]string{finals[0]: "final_notice", finals[1]: "final_notice"}
	for range 2 {
		stages[h.invoice(customer, dueOn(day.AddDays(-14)))] = "stricter_reminder"
	}
	for range 3 {
		stages[h.invoice(customer, dueOn(calendar.TARGET().AddBusinessDays(day, -3)))] = "reminder"
	}
	require.NoError(t, h.Clock.Quiet(h.ctx))
	for id, step := range stages {
		require.Equal(t, day.String(), h.step(id, step).LocalDate, step)
	}
	var at time.Time
	require.NoError(t, h.Pool.QueryRow(h.ctx, `select min(at) from plan_step where local_date = $1 and state = 'pending'`, day).Scan(&at))
	require.NoError(t, h.Clock.Run(h.ctx, at.Add(-time.Second)))
	before := h.to(address)
	h.run(1)

	require.Len(t, h.to(address), len(before)+1, "one mail about seven invoices")
	_, doubled := h.counts()
	require.Zero(t, doubled)
	message, acted := h.step(finals[0], "final_notice").Reference, 0
	for id, step := range stages {
		require.Equal(t, "done", h.step(id, step).State, h.outcomes(id))
		require.Equal(t, message, h.step(id, step).Reference, "the same message for all")
		act, told := h.sending(id, step)
		if act.Answer != "" { // its own time came before it was told
			acted++
			require.Equal(t, dunning.AnswerDone, act.Answer)
			require.Equal(t, message, act.Reference)
		}
		require.LessOrEqual(t, told, 3, "at most once for each message")
		n, kinds := h.events(h.workflowID(id))
		require.LessOrEqual(t, n, 110, strings.Join(kinds, " "))
		t.Logf("%s: %d history events, told %d times", step, n, told)
	}
	require.Less(t, acted, len(stages), "the first speaks for the others before their time has come")
	h.none(`select count(*) from (select 1 from message_item i join message m on m.id = i.message_id
		where m.status = 'sent' group by i.invoice_id, i.step, i.occurrence, i.channel having count(*) > 1) x`)
	for id := range stages {
		h.pay(id, "1210.00")
		require.EqualValues(t, "paid", h.result(id).Outcome)
	}
	h.noMessageAfterPayment()
}

// to are the messages that the provider took for an address.
func (h *house) to(address string) (sent []accepted) {
	h.t.Helper()
	return slices.DeleteFunc(h.sent(), func(a accepted) bool { return a.To != address })
}

// sending reads from a case's history what the last act of a step answered, and how often the run
// was told that a message was settled.
func (h *house) sending(invoice, step string) (last dunning.ActResult, told int) {
	h.t.Helper()
	acts := map[int64]*historypb.HistoryEvent{}
	it := h.Temporal.GetWorkflowHistory(h.ctx, h.workflowID(invoice), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		e, err := it.Next()
		require.NoError(h.t, err)
		if a := e.GetActivityTaskScheduledEventAttributes(); a != nil {
			acts[e.GetEventId()] = e
		}
		if s := e.GetWorkflowExecutionSignaledEventAttributes(); s.GetSignalName() == "message_settled" {
			told++
		}
		done := e.GetActivityTaskCompletedEventAttributes()
		if done == nil {
			continue
		}
		var act dunning.Act
		input := acts[done.GetScheduledEventId()].GetActivityTaskScheduledEventAttributes().GetInput().GetPayloads()[0].GetData()
		require.NoError(h.t, json.Unmarshal(input, &act), fmt.Sprint(done.GetScheduledEventId()))
		if string(act.Step) == step {
			last = dunning.ActResult{}
			require.NoError(h.t, json.Unmarshal(done.GetResult().GetPayloads()[0].GetData(), &last))
		}
	}
	return last, told
}

package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/devstack/world"
)

// ladder is the standard policy in its order.
var ladder = []string{
	"invoice", "courtesy_call", "reminder", "stricter_reminder", "overdue_call", "sales_escalation", "final_notice", "agency_hand_off",
}

func TestFullLadder_NobodyReacts(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testWorld(t))
	id := h.invoice(h.customer())
	h.runUntilStep(id, "final_notice", 90)
	require.Equal(t, 1, h.approve())
	h.runUntilStep(id, "agency_hand_off", 20)
	require.Equal(t, []string{
		"invoice done", "courtesy_call done", "reminder done", "stricter_reminder done", "overdue_call done", "sales_escalation done",
		"final_notice done", "agency_hand_off done",
	}, h.outcomes(id))
	n, kinds := h.events(h.workflowID(id))
	require.LessOrEqual(t, n, 110, strings.Join(kinds, " "))
	t.Logf("history events to the hand-off: %d", n)
	h.pay(id, "1210.00")
	r := h.result(id)
	require.EqualValues(t, "paid", r.Outcome)
	require.True(t, r.HandedOff)
	require.Equal(t, "agency_recall", string(r.Steps[len(r.Steps)-1].Step))
	require.NotEmpty(t, h.tasks("tell_agency"))
	mails := map[string]int{}
	for _, m := range h.sent() {
		mails[m.To]++
	}
	require.Equal(t, 2, mails["intake@agency.example"], "the dossier and one recall")
}

func TestPaidBetweenEveryTwoSteps(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testWorld(t))
	invoices := make([]string, len(ladder))
	for i := range ladder {
		invoices[i] = h.invoice(h.customer())
	}
	for i, step := range ladder {
		h.runUntilStep(invoices[i], step, 100)
		if step == "final_notice" {
			h.approve()
		}
		h.pay(invoices[i], "1210.00")
	}
	h.run(60)
	for i, step := range ladder {
		outcomes := h.outcomes(invoices[i])
		require.Len(t, outcomes, len(ladder))
		require.Equal(t, step+" done", outcomes[i])
		for _, later := range outcomes[i+1:] {
			require.True(t, strings.HasSuffix(later, "skipped paid"), later)
		}
		require.EqualValues(t, "paid", h.result(invoices[i]).Outcome)
	}
	h.noMessageAfterPayment()
}

func TestDisputedAtEveryStageAndResolvedEachWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testWorld(t))
	type dispute struct{ upheld, rejected string }
	stages := []string{"invoice", "courtesy_call", "reminder", "stricter_reminder", "sales_escalation", "final_notice"}
	cases := make([]dispute, len(stages))
	for i := range stages {
		cases[i] = dispute{h.invoice(h.customer()), h.invoice(h.customer())}
	}
	for i, stage := range stages {
		for _, id := range []string{cases[i].upheld, cases[i].rejected} {
			h.runUntilStep(id, stage, 100)
			h.post("/v1/invoices/"+id+"/disputes", object{"reason": "quality"}, nil)
		}
	}
	h.run(10)
	for i := range stages {
		before := h.outcomes(cases[i].rejected)
		h.post("/v1/invoices/"+cases[i].upheld+"/disputes/resolve", object{"resolution": "upheld", "credit_note": fmt.Sprintf("CN-%d", i)}, nil)
		require.Equal(t, before, h.outcomes(cases[i].rejected), "a dispute pauses")
		h.post("/v1/invoices/"+cases[i].rejected+"/disputes/resolve", object{"resolution": "rejected"}, nil)
	}
	h.run(70)
	for i, stage := range stages {
		require.EqualValues(t, "credited", h.result(cases[i].upheld).Outcome, stage)
		after := h.outcomes(cases[i].rejected)
		require.Equal(t, "final_notice done", after[6], "%s: %v", stage, after)
	}
	h.noMessageDuringDispute()
}

// A company without SendGrid: the same ladder by SMTP, whose messages nobody reports on.
func TestFullLadder_BySMTP(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testWorld(t, func(o *world.Options) { o.SMTP = true }))
	id := h.invoice(h.customer())
	h.runUntilStep(id, "stricter_reminder", 60)
	require.Equal(t, []string{"invoice done", "courtesy_call done", "reminder done", "stricter_reminder done"}, h.outcomes(id)[:4])
	mails := 0
	for _, m := range h.sent() {
		if strings.Contains(m.To, "@") {
			mails++
		}
	}
	require.Equal(t, 3, mails)
	h.pay(id, "1210.00")
	require.EqualValues(t, "paid", h.result(id).Outcome)
}

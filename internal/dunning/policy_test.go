package dunning_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
)

func TestShipped(t *testing.T) {
	t.Parallel()
	tests := []struct {
		id    string
		steps []dunning.StepID
	}{
		{dunning.PolicyStandard, []dunning.StepID{
			"invoice", "courtesy_call", "reminder", "stricter_reminder", "overdue_call", "sales_escalation", "final_notice", "agency_hand_off",
		}},
		{dunning.PolicyKeyAccounts, []dunning.StepID{ // sales before the stricter reminder
			"invoice", "courtesy_call", "reminder", "sales_escalation", "stricter_reminder", "overdue_call", "final_notice", "agency_hand_off",
		}},
		{dunning.PolicyManual, []dunning.StepID{"invoice", "follow_up"}},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			t.Parallel()
			p := shipped(tt.id)
			require.Equal(t, tt.id, p.ID)
			require.NotEmpty(t, p.Title)
			require.Equal(t, 7, p.MinimumGapDays)
			require.Zero(t, p.MinimumAmountMinor)
			var steps []dunning.StepID
			for i := range p.Steps {
				steps = append(steps, p.Steps[i].ID)
				found, ok := p.Step(p.Steps[i].ID)
				require.True(t, ok)
				require.Same(t, &p.Steps[i], found)
			}
			require.Equal(t, tt.steps, steps)
		})
	}
	_, err := dunning.Shipped("../policy")
	require.EqualError(t, err, `policy "../policy" is not shipped: take standard, key-accounts or manual`)
}

// No agency without sales and finance for a key account; nobody approves alone in both roles' name.
func TestShipped_Approvals(t *testing.T) {
	t.Parallel()
	require.Equal(t, []dunning.Role{dunning.RoleFinance}, step(t, shipped(dunning.PolicyStandard), "agency_hand_off").Approvals)
	require.ElementsMatch(t, []dunning.Role{dunning.RoleSales, dunning.RoleFinance}, step(t, shipped(dunning.PolicyKeyAccounts), "agency_hand_off").Approvals)
}

func TestPolicy_Step(t *testing.T) {
	t.Parallel()
	for _, id := range []string{dunning.PolicyStandard, dunning.PolicyManual} {
		p := shipped(id)
		check := step(t, p, dunning.StepDeliveryCheck)
		require.Equal(t, dunning.DoTask, check.Do)
		again := step(t, p, dunning.StepInvoiceCopy)
		require.Equal(t, dunning.DoSendCopy, again.Do)
		require.Equal(t, dunning.ResendOnce, again.IfUncertain)
		_, ok := p.Step("nobody")
		require.False(t, ok)
		_, ok = p.Step("")
		require.False(t, ok)
	}
}

func TestPolicy_Next(t *testing.T) {
	t.Parallel()
	p := shipped(dunning.PolicyStandard)
	next, ok := p.Next("final_notice")
	require.True(t, ok)
	require.Equal(t, dunning.StepID("agency_hand_off"), next.ID)
	for _, id := range []dunning.StepID{"agency_hand_off", "nobody", dunning.StepInvoiceCopy, dunning.StepDeliveryCheck} {
		_, ok = p.Next(id)
		require.False(t, ok, id)
	}
}

func TestStep_CountsAsContact(t *testing.T) {
	t.Parallel()
	for do, want := range map[dunning.Do]bool{
		dunning.DoMessage: true, dunning.DoSendInvoice: false, dunning.DoSendCopy: false, dunning.DoCall: false,
		dunning.DoEscalate: false, dunning.DoHandOff: false, dunning.DoTask: false,
	} {
		require.Equal(t, want, (&dunning.Step{Do: do}).CountsAsContact(), do)
	}
}

func TestContentHash(t *testing.T) {
	t.Parallel()
	require.Equal(t, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", dunning.ContentHash(nil))
	require.Equal(t, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", dunning.ContentHash([]byte("abc")), "FIPS 180-2 B.1")
}

func TestOffset_String(t *testing.T) {
	t.Parallel()
	require.Equal(t, "-5 business days", dunning.Offset{Days: -5, Unit: dunning.UnitBusiness}.String())
	require.Equal(t, dunning.Offset{Days: 3, Unit: dunning.UnitBanking}, step(t, shipped(dunning.PolicyStandard), "reminder").Offset)
}

// A step without a gap of its own keeps the policy's; one with it keeps its own.
func TestPolicy_Gap(t *testing.T) {
	t.Parallel()
	source := strings.Replace(string(mustShip(t, dunning.PolicyStandard)), "    tone: 2\n", "    tone: 2\n    gap_days: 12\n", 1)
	p, err := dunning.ParsePolicy([]byte(source))
	require.NoError(t, err)
	facts := dunning.Facts{AsOf: instant(netherlands, "2026-04-08 10:00"), Issued: date("2026-03-02"), Due: date("2026-04-01"), Delivered: date("2026-03-02")}
	plan := dunning.Plan(p, facts, netherlands, []dunning.Outcome{
		{Step: "invoice", Answer: dunning.AnswerDone, On: date("2026-03-02")},
		{Step: "courtesy_call", Answer: dunning.AnswerDone, On: date("2026-03-25")},
	})
	require.Equal(t, date("2026-04-08"), plan[0].LocalDate)
	require.Equal(t, date("2026-04-20"), plan[1].LocalDate)
}

func mustShip(t *testing.T, id string) []byte {
	t.Helper()
	source, err := dunning.Shipped(id)
	require.NoError(t, err)
	return source
}

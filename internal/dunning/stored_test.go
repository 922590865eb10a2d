package dunning_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
)

// What is stored in histories and tables for ever, letter by letter.
func TestStoredCodes(t *testing.T) {
	t.Parallel()
	require.Equal(t, []dunning.Answer{"go", "done", "skipped", "failed", "wait"}, []dunning.Answer{
		dunning.AnswerGo, dunning.AnswerDone, dunning.AnswerSkipped, dunning.AnswerFailed, dunning.AnswerWait,
	})
	require.Equal(t, []dunning.Reason{
		"paid", "credited", "written_off", "below_minimum", "waived", "not_applicable", "shadow",
		"disputed", "held", "do_not_chase", "promise_pending", "outside_window", "contact_cap", "bank_data_stale",
		"provider_down", "not_released", "stopped", "unsettled", "credit_covers",
		"too_late", "no_contact", "rejected", "bounced",
	}, []dunning.Reason{
		dunning.ReasonPaid, dunning.ReasonCredited, dunning.ReasonWrittenOff, dunning.ReasonBelowMinimum, dunning.ReasonWaived,
		dunning.ReasonNotApplicable, dunning.ReasonShadow,
		dunning.ReasonDisputed, dunning.ReasonHeld, dunning.ReasonDoNotChase, dunning.ReasonPromisePending, dunning.ReasonOutsideWindow,
		dunning.ReasonContactCap, dunning.ReasonBankDataStale, dunning.ReasonProviderDown, dunning.ReasonNotReleased,
		dunning.ReasonStopped, dunning.ReasonUnsettled, dunning.ReasonCreditCovers,
		dunning.ReasonTooLate, dunning.ReasonNoContact, dunning.ReasonRejected, dunning.ReasonBounced,
	})
	require.Equal(t, []dunning.Stage{"invoice", "courtesy_call", "reminder", "stricter_reminder", "sales_escalation", "agency", "closed"}, []dunning.Stage{
		dunning.StageInvoice, dunning.StageCourtesyCall, dunning.StageReminder, dunning.StageStricterReminder,
		dunning.StageSalesEscalation, dunning.StageAgency, dunning.StageClosed,
	})
	require.Equal(t, []dunning.Do{"send_invoice", "send_copy", "call", "message", "escalate", "hand_off", "task"}, []dunning.Do{
		dunning.DoSendInvoice, dunning.DoSendCopy, dunning.DoCall, dunning.DoMessage, dunning.DoEscalate, dunning.DoHandOff, dunning.DoTask,
	})
	require.Equal(t, []dunning.StepID{"delivery_check", "invoice_copy", "agency_recall"}, []dunning.StepID{
		dunning.StepDeliveryCheck, dunning.StepInvoiceCopy, dunning.StepAgencyRecall,
	})
	require.Equal(t, []dunning.Channel{"email", "sms", "call"}, []dunning.Channel{dunning.ChannelEmail, dunning.ChannelSMS, dunning.ChannelCall})
	require.Equal(t, []dunning.Tone{0, 1, 2, 3}, []dunning.Tone{dunning.ToneNone, dunning.ToneFriendly, dunning.ToneFirm, dunning.ToneFinal})
	require.Equal(t, []dunning.Mode{"shadow", "approve", "automatic"}, []dunning.Mode{dunning.ModeShadow, dunning.ModeApprove, dunning.ModeAutomatic})
	require.Equal(t, []dunning.DebtorKind{"business", "sole_trader", "consumer", "public_body", "unknown"}, []dunning.DebtorKind{
		dunning.KindBusiness, dunning.KindSoleTrader, dunning.KindConsumer, dunning.KindPublicBody, dunning.KindUnknown,
	})
	require.Equal(t, []dunning.Role{"collector", "finance", "sales", "auditor", "administrator"}, []dunning.Role{
		dunning.RoleCollector, dunning.RoleFinance, dunning.RoleSales, dunning.RoleAuditor, dunning.RoleAdministrator,
	})
}

// The JSON of a history that was written with every field set still reads the same.
func TestStoredJSON(t *testing.T) {
	t.Parallel()
	planned := dunning.PlannedStep{
		Step: "reminder", Stage: dunning.StageReminder, Do: dunning.DoMessage, Label: "reminder",
		At: time.Date(2026, 4, 8, 7, 49, 0, 0, time.UTC), LocalDate: date("2026-04-08"), Occurrence: 1,
	}
	state := dunning.State{
		FactsSeq: 7, OpenMinor: 121000, DueDate: date("2026-04-01"), Paused: []dunning.Reason{dunning.ReasonDisputed},
		Closed: dunning.ReasonPaid, DaysLate: 3, HandedOff: true, PlanNo: 2, Plan: []dunning.PlannedStep{planned}, LastDelivery: "delivered",
	}
	const stateJSON = `{"facts_seq":7,"open_minor":121000,"due_date":"2026-04-01","paused":["disputed"],"closed":"paid","days_late":3,` +
		`"handed_off":true,"plan_no":2,"plan":[{"step":"reminder","stage":"reminder","do":"message","label":"reminder",` +
		`"at":"2026-04-08T07:49:00Z","local_date":"2026-04-08","occurrence":1}],"last_delivery":"delivered"}`
	tests := []struct {
		name  string
		value any
		empty any
		want  string
	}{
		{"Case", &dunning.Case{
			InvoiceID: "i", RunNo: 1, InvoiceRef: "acme:1", CustomerRef: "c", AmountMinor: 121000, Currency: "EUR", State: state,
		}, &dunning.Case{}, `{"invoice_id":"i","run_no":1,"invoice_ref":"acme:1","customer_ref":"c","amount_minor":121000,"currency":"EUR","state":` + stateJSON + `}`},
		{
			"Act", &dunning.Act{InvoiceID: "i", RunNo: 1, Step: "reminder", Occurrence: 2}, &dunning.Act{},
			`{"invoice_id":"i","run_no":1,"step":"reminder","occurrence":2}`,
		},
		{"ActResult", &dunning.ActResult{
			Answer: dunning.AnswerWait, Reason: dunning.ReasonHeld, NotBefore: planned.At, Reference: "m",
			Channels: map[dunning.Channel]string{dunning.ChannelEmail: "sent"}, Template: "reminder", TemplateVersion: "1",
			BodySHA256: "00", State: state,
		}, &dunning.ActResult{}, `{"answer":"wait","reason":"held","not_before":"2026-04-08T07:49:00Z","reference":"m","channels":{"email":"sent"},` +
			`"template":"reminder","template_version":"1","body_sha256":"00","state":` + stateJSON + `}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(tt.value)
			require.NoError(t, err)
			require.JSONEq(t, tt.want, string(got))
			require.NoError(t, json.Unmarshal(got, tt.empty))
			require.Equal(t, tt.value, tt.empty)
		})
	}
}

func TestState_Current(t *testing.T) {
	t.Parallel()
	var s dunning.State
	_, ok := s.Current()
	require.False(t, ok)
	s.Plan = []dunning.PlannedStep{{Step: "invoice"}, {Step: "reminder"}}
	current, ok := s.Current()
	require.True(t, ok)
	require.Equal(t, dunning.StepID("invoice"), current.Step)
}

func TestAnswer_Final(t *testing.T) {
	t.Parallel()
	for _, a := range []dunning.Answer{dunning.AnswerDone, dunning.AnswerSkipped, dunning.AnswerFailed} {
		require.True(t, a.Final(), a)
	}
	for _, a := range []dunning.Answer{dunning.AnswerGo, dunning.AnswerWait, ""} {
		require.False(t, a.Final(), a)
	}
}

func TestClosedReason(t *testing.T) {
	t.Parallel()
	require.Equal(t, dunning.ReasonPaid, dunning.ClosedReason("paid"))
	require.Equal(t, dunning.ReasonCredited, dunning.ClosedReason("credited"))
	require.Equal(t, dunning.ReasonWrittenOff, dunning.ClosedReason("written_off"))
	require.Equal(t, dunning.ReasonPaid, dunning.ClosedReason("handed_over"), "an unknown word still stops the ladder")
}

func TestDebtorKind_MayBeDunned(t *testing.T) {
	t.Parallel()
	for _, k := range []dunning.DebtorKind{dunning.KindBusiness, dunning.KindPublicBody} {
		require.True(t, k.MayBeDunned(), k)
	}
	for _, k := range []dunning.DebtorKind{dunning.KindSoleTrader, dunning.KindConsumer, dunning.KindUnknown, ""} {
		require.False(t, k.MayBeDunned(), k)
	}
}

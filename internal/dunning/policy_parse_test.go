package dunning_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
)

// small is a policy without a fault; the tests put faults in.
const small = `policy: small
title: Small
minimum_gap_days: 7
minimum_amount_minor: 0
steps:
  - id: invoice
    stage: invoice
    label: invoice
    do: send_invoice
    after: delivery
    offset: 0 calendar days
    channels: [email]
    template: invoice
    if_uncertain: resend
  - id: reminder
    stage: reminder
    label: reminder
    do: message
    after: due
    offset: 3 banking days
    channels: [email]
    template: reminder
    tone: 1
    if_uncertain: resend
`

func TestParsePolicy_Small(t *testing.T) {
	t.Parallel()
	p, err := dunning.ParsePolicy([]byte(small))
	require.NoError(t, err)
	require.Len(t, p.Steps, 2)
	for _, good := range [][2]string{
		{"offset: 3 banking days", "offset: 1 banking day"},
		{"offset: 3 banking days", "offset: -999 calendar days"},
		{"offset: 3 banking days", "offset: 0 business days"},
		{"minimum_gap_days: 7", "minimum_gap_days: 999"},
		{"title: Small\n", ""},
		{"tone: 1", "tone: 1\n    copy_to: [account_manager]"},
	} {
		_, err := dunning.ParsePolicy([]byte(strings.Replace(small, good[0], good[1], 1)))
		require.NoError(t, err, good[1])
	}
}

func TestParsePolicy_Faults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, old, new string
		want           string
	}{
		{"NoName", "policy: small\n", "", "policy: give a name of lower-case letters"},
		{"BadName", "policy: small", "policy: Small Policy", "policy: give a name of lower-case letters"},
		{"LongName", "policy: small", "policy: " + strings.Repeat("s", 41), "at most 40 characters"},
		{"NegativeGap", "minimum_gap_days: 7", "minimum_gap_days: -1", "minimum_gap_days is 0 to 999"},
		{"HugeGap", "minimum_gap_days: 7", "minimum_gap_days: 1000", "minimum_gap_days is 0 to 999"},
		{"NegativeMinimum", "minimum_amount_minor: 0", "minimum_amount_minor: -1", "minimum_amount_minor must not be negative"},
		{"UnknownField", "title: Small", "titel: Small", "field titel not found"},
		{"UnknownFieldOfAStep", "    tone: 1", "    tone: 1\n    ton: 1", "field ton not found"},
		{"UnknownFieldOfACondition", "    tone: 1", "    tone: 1\n    only_if: {rich: true}", "field rich not found"},
		{"FieldTwice", "title: Small", "title: Small\ntitle: Small", "already defined"},
		{"SameStepTwice", "id: reminder", "id: invoice", `step "invoice": the id stands twice`},
		{"NoStepID", "  - id: reminder\n    stage", "  - stage", `step "": id: give lower-case letters`},
		{"BadStepID", "id: reminder", "id: Reminder", `step "Reminder": id: give lower-case letters`},
		{"EnginesStep", "id: reminder", "id: delivery_check", "are the engine's own"},
		{"EnginesCopy", "id: reminder", "id: invoice_copy", "are the engine's own"},
		{"EnginesRecall", "id: reminder", "id: agency_recall", "are the engine's own"},
		{"NoLabel", "label: reminder", "label: ''", `step "reminder": label: say in business words`},
		{"UnknownStage", "stage: reminder", "stage: threat", `stage: "threat" is none of invoice, courtesy_call`},
		{"ClosedStage", "stage: reminder", "stage: closed", `stage: "closed" is none of`},
		{"UnknownDo", "do: message", "do: shout", `do: "shout" is none of`},
		{"CopyIsTheEngines", "do: message", "do: send_copy", `do: "send_copy" is none of`},
		{"UnknownAnchor", "after: due", "after: lunch", `after: "lunch" is none of delivery, due, previous`},
		{"CopyToAStranger", "    tone: 1", "    tone: 1\n    copy_to: [boss]", `copy_to: "boss" is none of account_manager`},
		{"CopyTwice", "    tone: 1", "    tone: 1\n    copy_to: [account_manager, account_manager]", "copy_to: name account_manager once"},
		{"CopyOfAText", "channels: [email]\n    template: reminder", "channels: [sms]\n    template: reminder\n    copy_to: [account_manager]", "that writes to the customer by email"},
		{"NoAnchor", "    after: due\n", "", `after: "" is none of`},
		{"NoOffset", "    offset: 3 banking days\n", "", "offset: give a number of days"},
		{"EmptyOffset", "offset: 3 banking days", "offset:", "offset: give a number of days"},
		{"OffsetWithoutUnit", "offset: 3 banking days", "offset: 3", `line 20: offset "3"`},
		{"OffsetInWeeks", "offset: 3 banking days", "offset: 3 weeks", `offset "3 weeks"`},
		{"HugeOffset", "offset: 3 banking days", "offset: 1000 calendar days", `offset "1000 calendar days"`},
		{"OffsetAsAMap", "offset: 3 banking days", "offset: {days: 3}", "line 20: offset"},
		{"NoChannels", "channels: [email]\n    template: reminder", "template: reminder", "a message needs channels and a template"},
		{"NoTemplate", "    template: reminder\n", "", "a message needs channels and a template"},
		{"ChannelOfAnotherWorld", "channels: [email]\n    template: reminder", "channels: [email, fax]\n    template: reminder", `channels: "fax" is none of email, sms`},
		{"CallIsNoChannelOfAMessage", "channels: [email]\n    template: reminder", "channels: [call]\n    template: reminder", `channels: "call" is none of`},
		{"NoWordOnUncertainty", "    tone: 1\n    if_uncertain: resend\n", "    tone: 1\n", `if_uncertain: "" is none of resend, ask`},
		{"NoTone", "    tone: 1\n", "", "tone: a message is 1 (friendly)"},
		{"ToneTooHigh", "tone: 1", "tone: 4", "tone: a message is 1 (friendly)"},
		{"NegativeTone", "tone: 1", "tone: -1", "tone: a message is 1 (friendly)"},
		{"ToneOfAnInvoice", "    template: invoice\n", "    template: invoice\n    tone: 1\n", "other steps have none"},
		{"ToneJumps", "tone: 1", "tone: 2", `step "reminder": tone 2 after 0: a tone climbs one rung at a time`},
		{"ToneInWords", "tone: 1", "tone: friendly", "cannot unmarshal"},
		{"HandOffWithoutApproval", "do: message", "do: hand_off", "approvals: a hand-off, and nothing else"},
		{"ApprovalOfAMessage", "    tone: 1", "    tone: 1\n    approvals: [finance]", "approvals: a hand-off, and nothing else"},
		{"ApprovalByAnAuditor", "    tone: 1", "    tone: 1\n    approvals: [auditor]", `approvals: "auditor" is none of finance, sales`},
		{"NegativeDays", "    tone: 1", "    tone: 1\n    gap_days: -3", "-3 days: a number of days is 0 to 999"},
		{"HugeDays", "    tone: 1", "    tone: 1\n    deadline_after: 2000000000", "2000000000 days"},
		{"TwoDocuments", "    tone: 1\n    if_uncertain: resend\n", "    tone: 1\n    if_uncertain: resend\n---\npolicy: other\n", "one policy to a file"},
		{"BrokenSecondDocument", "    tone: 1\n    if_uncertain: resend\n", "    tone: 1\n    if_uncertain: resend\n---\n[", "one policy to a file"},
		{"NoYAML", "title: Small", "title: [", "read policy: yaml"},
		{"Empty", small, "", "steps: give between 1 and 30 steps; there are 0"},
		{"NoMap", small, "just words", "cannot unmarshal"},
		{"NoSteps", small, "policy: x", "there are 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, small, tt.old)
			source := strings.Replace(small, tt.old, tt.new, 1)
			p, err := dunning.ParsePolicy([]byte(source))
			require.ErrorContains(t, err, tt.want)
			require.Nil(t, p)
		})
	}
}

// A tone may stay, and never falls or jumps.
func TestParsePolicy_Tones(t *testing.T) {
	t.Parallel()
	before, reminder, _ := strings.Cut(small, "  - id: reminder")
	message := func(id, tone string) string {
		return "  - id: " + id + strings.ReplaceAll(reminder, "tone: 1", "tone: "+tone)
	}
	tests := []struct {
		tones string
		want  string
	}{
		{"1123", ""},
		{"12233", ""},
		{"13", "tone 3 after 1"},
		{"121", "tone 1 after 2"},
		{"23", "tone 2 after 0"},
		{"1231", "tone 1 after 3"},
	}
	for _, tt := range tests {
		t.Run(tt.tones, func(t *testing.T) {
			t.Parallel()
			source := before
			for i, tone := range tt.tones {
				source += message("step_"+string(rune('a'+i)), string(tone))
			}
			_, err := dunning.ParsePolicy([]byte(source))
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
		})
	}
}

// Whoever mends a policy reads all that is wrong in one go.
func TestParsePolicy_EveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	const source = `policy: Two Words
minimum_gap_days: -7
colour: red
steps:
  - id: Invoice
    stage: gift
    do: send_invoice
    after: delivery
    offset: soon
  - id: reminder
    stage: reminder
    label: reminder
    do: message
    after: due
    offset: 3 moons
    channels: [email]
    template: reminder
    tone: 2
    if_uncertain: ask
  - id: reminder
    stage: agency
    label: hand-off
    do: hand_off
    after: previous
    offset: 7 calendar days
    expires_after: -1
`
	p, err := dunning.ParsePolicy([]byte(source))
	require.Nil(t, p)
	for _, want := range []string{
		"policy: give a name", "minimum_gap_days is 0 to 999", "line 3: field colour not found",
		`step "Invoice": id: give`, `step "Invoice": label: say`, `step "Invoice": stage: "gift" is none of`,
		`line 9: offset "soon"`, `step "Invoice": a message needs channels and a template`, `step "Invoice": if_uncertain`,
		`line 15: offset "3 moons"`, `step "reminder": tone 2 after 0`,
		`step "reminder": the id stands twice`, `step "reminder": approvals: a hand-off`, `step "reminder": -1 days`,
	} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "offset: give", "what is named as wrong is not named as missing")
}

// A policy bundles unless it says otherwise; only what presses for payment is ever bundled.
func TestParsePolicy_Bundle(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]bool{"": true, "bundle: true\n": true, "bundle: false\n": false} {
		source, err := dunning.Shipped(dunning.PolicyStandard)
		require.NoError(t, err)
		p, err := dunning.ParsePolicy([]byte(said + string(source)))
		require.NoError(t, err)
		require.Equal(t, want, p.Bundles(step(t, p, "reminder")), said)
		require.Equal(t, want, p.Bundles(step(t, p, "final_notice")), said)
		for _, id := range []dunning.StepID{"invoice", dunning.StepInvoiceCopy, "courtesy_call", "sales_escalation", "agency_hand_off"} {
			require.False(t, p.Bundles(step(t, p, id)), id)
		}
	}
	_, err := dunning.ParsePolicy([]byte("bundle: sometimes\n" + small))
	require.ErrorContains(t, err, "sometimes")
}

func TestParsePolicy_Limits(t *testing.T) {
	t.Parallel()
	const limit = 64 << 10
	padded := small + "#" + strings.Repeat("x", limit-len(small)-1)
	_, err := dunning.ParsePolicy([]byte(padded))
	require.NoError(t, err)
	_, err = dunning.ParsePolicy([]byte(padded + "x"))
	require.EqualError(t, err, "policy file is 65537 bytes long; 65536 are allowed")

	steps := func(n int) string {
		source, _, _ := strings.Cut(small, "  - id: invoice")
		for i := range n {
			source += "  - {id: task_" + string(rune('a'+i/10)) + string(rune('0'+i%10)) + ", stage: reminder, label: task, do: task, after: previous, offset: 1 business day}\n"
		}
		return source
	}
	_, err = dunning.ParsePolicy([]byte(steps(30)))
	require.NoError(t, err)
	_, err = dunning.ParsePolicy([]byte(steps(31)))
	require.ErrorContains(t, err, "steps: give between 1 and 30 steps; there are 31")
}

// A file made to explode in memory is refused, not read.
func TestParsePolicy_AliasBomb(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 9; i++ {
		n := string(rune('0' + i))
		ref := "*a" + string(rune('0'+i-1))
		b.WriteString("a" + n + ": &a" + n + " [" + strings.Repeat(ref+", ", 9) + ref + "]\n")
	}
	_, err := dunning.ParsePolicy([]byte(b.String()))
	require.Error(t, err)
	require.Less(t, len(err.Error()), 4096)
}

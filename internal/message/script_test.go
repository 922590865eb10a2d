package message_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/message"
)

func TestCallScript_CourtesyDemandsNothing(t *testing.T) {
	t.Parallel()
	demands := map[string][]string{
		"nl": {"openstaand", "achterstallig", "te laat", "nog open", "aanmaning", "niet betaald"},
		"fr": {"impayé", "retard", "reste à", "il reste", "mise en demeure"},
		"de": {"überfällig", "mahnung", "noch offen", "verzug"},
		"en": {"overdue", "outstanding", "still open", "late", "not paid"},
	}
	for _, language := range message.Languages() {
		s, err := message.CallScript(message.CallCourtesy, language, notYetDue(), "Lotte Visser")
		require.NoError(t, err)
		said := strings.ToLower(strings.Join(append(s.Questions, s.Opener, s.Purpose, s.IfReached, s.IfVoicemail, s.IfProblem), " "))
		for _, demand := range demands[language] {
			require.NotContains(t, said, demand)
		}
		require.Contains(t, s.Opener, "Lotte Visser")
		require.Contains(t, s.Opener, "Noorderlicht Techniek")
	}
}

func TestCallScript_TellsStrangersNothing(t *testing.T) {
	t.Parallel()
	d := sample()
	for _, language := range message.Languages() {
		for _, kind := range []message.CallKind{message.CallCourtesy, message.CallOverdue} {
			s, err := message.CallScript(kind, language, d, "Lotte Visser")
			require.NoError(t, err)
			for _, heard := range []string{s.Opener, s.IfVoicemail} {
				require.NotContains(t, heard, d.Invoice.Number)
				require.NotContains(t, heard, d.Invoice.Open.Format(language))
			}
			require.Contains(t, s.IfVoicemail, d.Creditor.Phone)
			require.Contains(t, s.Purpose, d.Invoice.Number)
		}
	}
}

func TestCallScript_OffersEveryOutcome(t *testing.T) {
	t.Parallel()
	want := []message.OutcomeCode{
		"will_pay", "paid", "dispute", "needs_copy", "needs_po", "change_contact",
		"callback", "right_party", "gatekeeper", "voicemail", "no_answer", "wrong_number",
	}
	require.Equal(t, want, message.OutcomeCodes())
	for _, language := range message.Languages() {
		s, err := message.CallScript(message.CallOverdue, language, sample(), "Lotte Visser")
		require.NoError(t, err)
		require.Len(t, s.Outcomes, len(want))
		labels := map[string]bool{}
		for i, o := range s.Outcomes {
			require.Equal(t, want[i], o.Code)
			require.NotEmpty(t, o.Label)
			labels[o.Label] = true
		}
		require.Len(t, labels, len(want), "no two buttons with one name")
		require.GreaterOrEqual(t, len(s.Questions), 4)
	}
}

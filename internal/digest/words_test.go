package digest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
	"maan/internal/message"
)

func TestWords_EveryCodeHasThemInEveryLanguage(t *testing.T) {
	t.Parallel()
	a, err := loaded()
	require.NoError(t, err)
	require.Len(t, a.words, 4)
	var keys []string
	for _, r := range []dunning.Reason{
		dunning.ReasonDisputed, dunning.ReasonHeld, dunning.ReasonDoNotChase, dunning.ReasonPromisePending, dunning.ReasonOutsideWindow,
		dunning.ReasonContactCap, dunning.ReasonBankDataStale, dunning.ReasonProviderDown, dunning.ReasonNotReleased, dunning.ReasonStopped,
		dunning.ReasonUnsettled, dunning.ReasonCreditCovers,
	} {
		keys = append(keys, "waiting."+string(r))
	}
	for _, r := range []dunning.Reason{
		dunning.ReasonPaid, dunning.ReasonCredited, dunning.ReasonWrittenOff, dunning.ReasonBelowMinimum, dunning.ReasonWaived,
		dunning.ReasonNotApplicable, dunning.ReasonShadow,
	} {
		keys = append(keys, "skipped."+string(r))
	}
	for _, r := range []dunning.Reason{dunning.ReasonTooLate, dunning.ReasonNoContact, dunning.ReasonRejected, dunning.ReasonBounced} {
		keys = append(keys, "failed."+string(r))
	}
	for _, m := range []message.Template{
		message.Invoice, message.InvoiceCopy, message.Reminder, message.StricterReminder, message.FinalNotice, message.SalesEscalation,
		message.AgencyHandOff, message.AgencyRecall,
	} {
		keys = append(keys, "template."+string(m))
	}
	for language, words := range a.words {
		for _, key := range keys {
			require.NotEmpty(t, words[key], "%s in %s", key, language)
		}
		for key, text := range words {
			require.Equal(t, strings.Count(a.words["en"][key], "%"), strings.Count(text, "%"), "%s in %s", key, language)
		}
	}
}

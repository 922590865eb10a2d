package dunning_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
)

// Whatever a file says: it is refused with words, or it is a policy that can be planned.
func FuzzParsePolicy(f *testing.F) {
	for _, id := range []string{dunning.PolicyStandard, dunning.PolicyKeyAccounts, dunning.PolicyManual} {
		source, err := dunning.Shipped(id)
		require.NoError(f, err)
		f.Add(source)
	}
	for _, change := range [][2]string{
		{"", ""},
		{"3 banking days", "-999 business days"},
		{"after: due", "after: previous"},
		{"tone: 1", "tone: 3"},
		{"minimum_gap_days: 7", "minimum_gap_days: 9223372036854775807"},
		{"title: Small", "<<: *x"},
		{"do: message", "do: hand_off"},
		{"email", "sms"},
		{"steps:", "steps: &s"},
		{"title: Small", "title: !!binary Zm9v"},
		{"    tone: 1", "    tone: 1\n    only_if: {amount_at_least_minor: -1}"},
		{"    tone: 1", "    tone: 1\n    answer_within: 999"},
	} {
		f.Add([]byte(strings.Replace(small, change[0], change[1], 1)))
	}
	f.Add([]byte(withHours(`default: {call: ["09:00-12:30"], email: ["08:00-12:00", "13:00-18:00"], sms: ["11:00-14:00"]}`, `NL: {sms: ["12:59-14:00"]}`)))
	f.Add([]byte(small + "---\n" + small))
	f.Add([]byte("steps: &a [*a]"))
	f.Fuzz(func(t *testing.T, source []byte) {
		p, err := dunning.ParsePolicy(source)
		if err != nil {
			require.Nil(t, p)
			require.NotEmpty(t, err.Error())
			return
		}
		again, err := dunning.ParsePolicy(source)
		require.NoError(t, err)
		require.Equal(t, p, again)

		facts := dunning.Facts{AsOf: instant(netherlands, "2026-03-02 10:15"), Issued: date("2026-03-02"), Due: date("2026-04-01"), Delivered: date("2026-03-02")}
		place := netherlands
		place.Hours = p.HoursIn("NL")
		plan := dunning.Plan(p, facts, place, nil)
		require.Len(t, plan, len(p.Steps))
		last := facts.AsOf
		for i, s := range plan {
			require.Equal(t, p.Steps[i].ID, s.Step)
			require.False(t, s.At.Before(last))
			require.True(t, dunning.Deadline(&p.Steps[i], netherlands, s.At).After(s.At.Add(-24*time.Hour)))
			last = s.At
		}
	})
}

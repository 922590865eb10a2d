package simulation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/simulation"
)

func drawInvoice(t *rapid.T, n int) simulation.Invoice {
	i := simulation.Invoice{
		Number: fmt.Sprintf("F-%d", n), Customer: rapid.SampledFrom([]string{"anna", "bert", "carla"}).Draw(t, "customer"),
		Country: rapid.SampledFrom([]string{"NL", "BE", "FR", "DE", "GB", "SE"}).Draw(t, "country"),
		Kind:    rapid.SampledFrom([]dunning.DebtorKind{"business", "business", "public_body", "consumer", "unknown"}).Draw(t, "kind"),
		Issued:  date("2026-01-01").AddDays(rapid.IntRange(0, 40).Draw(t, "issued")),
		Amount:  money.New(int64(rapid.IntRange(1, 900000).Draw(t, "amount")), "EUR"),
	}
	i.Due = i.Issued.AddDays(rapid.SampledFrom([]int{0, 8, 14, 30, 60}).Draw(t, "terms"))
	if rapid.IntRange(0, 4).Draw(t, "pays") > 0 {
		i.Paid = i.Issued.AddDays(rapid.IntRange(0, 120).Draw(t, "paid"))
	}
	switch rapid.IntRange(0, 3).Draw(t, "disputes") {
	case 0:
		i.Disputed = i.Issued.AddDays(rapid.IntRange(0, 80).Draw(t, "disputed"))
		if i.Disputed.After(i.Paid) && !i.Paid.IsZero() {
			i.Disputed = i.Paid
		}
		if rapid.Bool().Draw(t, "resolves") {
			i.Resolved = i.Disputed.AddDays(rapid.IntRange(0, 40).Draw(t, "resolved"))
		}
	case 1:
		i.Undated = !i.Paid.IsZero()
	}
	return i
}

// Whatever people did: nobody is reached after a payment, during a dispute, on a free day
// or twice a day by one step; every step has one fate; the counts add up; and the same
// history gives the same report.
func TestRun_Properties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var invoices []simulation.Invoice
		for n := range rapid.IntRange(1, 12).Draw(t, "invoices") {
			invoices = append(invoices, drawInvoice(t, n))
		}
		p := shipped(rapid.SampledFrom([]string{"standard", "key-accounts", "manual"}).Draw(t, "policy"))
		weekly := rapid.IntRange(0, 3).Draw(t, "weekly contacts")
		h, o := &simulation.History{Invoices: invoices}, simulation.Options{Seed: rapid.Uint64().Draw(t, "seed"), WeeklyContacts: &weekly}
		r, err := simulation.Run(p, h, o)
		require.NoError(t, err)
		again, err := simulation.Run(p, h, o)
		require.NoError(t, err)
		require.Equal(t, text(t, r), text(t, again))
		require.Len(t, r.Timelines, len(invoices))
		require.False(t, r.Broken.Any())
		reached := map[string]time.Time{}
		for _, tl := range r.Timelines {
			checkTimeline(t, tl, reached)
		}
		checkCounts(t, r)
		checkWeeks(t, r, weekly)
	})
}

// checkWeeks asks that no message came while the customer had all the contacts of its week.
func checkWeeks(t *rapid.T, r *simulation.Report, weekly int) {
	messages, contacts := map[string]map[calendar.Date]bool{}, map[string]map[calendar.Date]bool{}
	for _, tl := range r.Timelines {
		who := tl.Invoice.Customer
		if contacts[who] == nil {
			messages[who], contacts[who] = map[calendar.Date]bool{}, map[calendar.Date]bool{}
		}
		for n, s := range tl.Steps {
			do := tl.Policy.Steps[n].Do
			if s.Answer == dunning.AnswerDone && (do == dunning.DoMessage || do == dunning.DoCall) {
				contacts[who][calendar.DateOf(s.At)] = true
				messages[who][calendar.DateOf(s.At)] = messages[who][calendar.DateOf(s.At)] || do == dunning.DoMessage
			}
		}
	}
	for who, days := range messages {
		for day, written := range days {
			before := 0
			for ago := 1; ago < 7; ago++ {
				if contacts[who][day.AddDays(-ago)] {
					before++
				}
			}
			require.True(t, !written || weekly == 0 || before < weekly, "%s on %s after %d contacts", who, day, before)
		}
	}
}

// text is all that a report says.
func text(t require.TestingT, r *simulation.Report) string {
	var b strings.Builder
	require.NoError(t, simulation.NewStudy(r, nil).WriteTable(&b))
	require.NoError(t, simulation.NewStudy(r, nil).WriteCSV(&b))
	return b.String()
}

func checkTimeline(t *rapid.T, tl *simulation.Timeline, reached map[string]time.Time) {
	i := tl.Invoice
	require.Len(t, tl.Steps, len(tl.Policy.Steps))
	for n, s := range tl.Steps {
		require.Equal(t, tl.Policy.Steps[n].ID, s.Step)
		if s.Answer != dunning.AnswerDone {
			continue
		}
		if n > 0 {
			require.False(t, s.At.Before(tl.Steps[n-1].At))
		}
		day := calendar.DateOf(s.At)
		require.True(t, calendar.For(i.Country, "").IsBusinessDay(day), "%s on %s", s.Step, day)
		if !i.Paid.IsZero() && day != i.Issued {
			require.True(t, day.Before(i.Paid), "%s on %s, paid on %s", s.Step, day, i.Paid)
		}
		if !i.Disputed.IsZero() && day.After(i.Disputed) {
			require.False(t, i.Resolved.IsZero(), "%s on %s, disputed for ever", s.Step, day)
			require.True(t, day.After(i.Resolved), "%s on %s, disputed until %s: a business day later at the earliest", s.Step, day, i.Resolved)
		}
		if tl.Policy.Steps[n].Do == dunning.DoMessage {
			at, written := reached[i.Customer+day.String()]
			require.True(t, !written || at.Equal(s.At), "%s reaches %s twice on %s", s.Step, i.Customer, day)
			reached[i.Customer+day.String()] = s.At
		}
	}
}

func checkCounts(t *rapid.T, r *simulation.Report) {
	contacts, invoices, weekdays, months := 0, 0, 0, 0
	for _, s := range r.Steps {
		sum := s.Done.Count + s.PaidBefore.Count + s.Waiting
		for _, n := range s.Skipped {
			sum += n
		}
		for _, n := range s.Failed {
			sum += n
		}
		require.Equal(t, s.Invoices, sum, s.Step)
		if s.Do == dunning.DoMessage || s.Do == dunning.DoCall {
			contacts += s.Done.Count
		}
	}
	for n, b := range r.Contacts.Invoices {
		invoices += b.Count
		require.Equal(t, fmt.Sprint(n), b.Of)
	}
	for _, b := range r.Contacts.Weekdays {
		weekdays += b.Count
	}
	for _, b := range r.Contacts.Months {
		months += b.Count
	}
	require.Equal(t, r.Invoices, invoices)
	require.Equal(t, []int{contacts, contacts, contacts}, []int{r.Contacts.Total, weekdays, months})
	require.Equal(t, "Sunday", r.Contacts.Weekdays[6].Of)
	require.Zero(t, r.Contacts.Weekdays[5].Count+r.Contacts.Weekdays[6].Count)
}

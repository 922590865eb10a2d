package simulation_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/simulation"
)

// timelineKey is the customer's key in the golden timelines: it spreads the contact hours.
const timelineKey = "4d0d0b58-5f9e-4a6e-9a4e-0f2c1f7f3a10"

// The engine's own golden timelines come out again, to the minute.
func TestRun_EqualsTheTimelinesOfTheEngine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		timeline, policy string
		change           func(*simulation.Invoice)
	}{
		{"nobody-reacts", "standard", func(*simulation.Invoice) {}},
		{"key-account", "key-accounts", func(*simulation.Invoice) {}},
		{"large-amount-gets-a-courtesy-call", "standard", func(i *simulation.Invoice) { i.Amount.Minor, i.Paid = 500000, date("2026-04-04") }},
		{"paid-after-the-reminder", "standard", paid("2026-04-11")},
		{"paid-on-the-morning-of-the-reminder", "standard", paid("2026-04-08")},
		{"disputed-and-settled", "standard", disputed("2026-04-09", "2026-04-24")},
		{"disputed-for-ever", "standard", disputed("2026-04-09", "")},
		{"short-terms", "standard", func(i *simulation.Invoice) {
			i.Due, i.Paid, i.Amount.Minor = date("2026-03-13"), date("2026-03-23"), 900000
		}},
		{"consumer", "standard", func(i *simulation.Invoice) { i.Kind = dunning.KindConsumer }},
		{"London-over-Easter", "standard", func(i *simulation.Invoice) { i.Country, i.Paid = "GB", date("2026-05-09") }},
	}
	for _, tt := range tests {
		t.Run(tt.timeline, func(t *testing.T) {
			t.Parallel()
			r := simulate(t, shipped(tt.policy), known(timelineKey), small("F-1", timelineKey, tt.change))
			got := []string{}
			for _, s := range r.Timelines[1].Steps {
				if s.Reason == dunning.ReasonPaid || s.Answer == dunning.AnswerWait {
					continue // the golden files end with the closing or the pause
				}
				line := fmt.Sprintf("%s %s %s", s.At.Format("Mon 2006-01-02 15:04"), s.Step, s.Answer)
				if s.Reason != "" {
					line += ", " + string(s.Reason)
				}
				got = append(got, line)
			}
			want := readTimeline(t, tt.timeline)
			want[0] = strings.Replace(want[0], "09:00", "10:00", 1) // an invoice comes in at 10:00 in London too
			require.Equal(t, want, got)
			require.False(t, r.Broken.Any())
		})
	}
}

var timelineStep = regexp.MustCompile(`(?m)^ *[+-]\d+  (\w{3} \S+ \S+)  (\w+) +(done|skipped, \w+)(?:, \w+)?$`)

func readTimeline(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "dunning", "testdata", "timelines", name+".txt"))
	require.NoError(t, err)
	lines := []string{}
	for _, m := range timelineStep.FindAllStringSubmatch(string(text), -1) {
		lines = append(lines, m[1]+" "+m[2]+" "+m[3])
	}
	require.NotEmpty(t, lines)
	return lines
}

func TestRun_StepsOnTheirDays(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		invoices []simulation.Invoice // the last one is told
		want     []string
	}{
		{"NewCustomerIsCalledBeforeTheDueDate", []simulation.Invoice{small("F-1", "anna", paid("2026-04-01"))}, []string{
			"invoice 2026-03-02 done", "courtesy_call 2026-03-25 done", "reminder 2026-04-08 skipped paid", "stricter_reminder 2026-04-15 skipped paid",
			"overdue_call 2026-04-20 skipped paid", "sales_escalation 2026-04-22 skipped paid", "final_notice 2026-04-30 skipped paid",
			"agency_hand_off 2026-05-11 skipped paid",
		}},
		{"DisputeThatNeverEndsHoldsAllBack", []simulation.Invoice{known("anna"), small("F-1", "anna", disputed("2026-04-08", ""))}, []string{
			"invoice 2026-03-02 done", "courtesy_call 2026-03-25 skipped not_applicable", "reminder 2026-04-08 wait disputed",
			"stricter_reminder 2026-04-15 wait disputed", "overdue_call 2026-04-20 wait disputed", "sales_escalation 2026-04-22 wait disputed",
			"final_notice 2026-04-30 wait disputed", "agency_hand_off 2026-05-11 wait disputed",
		}},
		{"PaidOnTheDayOfIssueStillGetsTheInvoice", []simulation.Invoice{known("anna"), small("F-1", "anna", paid("2026-03-02"))}, []string{
			"invoice 2026-03-02 done", "courtesy_call 2026-03-25 skipped paid", "reminder 2026-04-08 skipped paid", "stricter_reminder 2026-04-15 skipped paid",
			"overdue_call 2026-04-20 skipped paid", "sales_escalation 2026-04-22 skipped paid", "final_notice 2026-04-30 skipped paid",
			"agency_hand_off 2026-05-11 skipped paid",
		}},
		{"DisputedOnTheDayOfIssueWaitsForItsEnd", []simulation.Invoice{known("anna"), small("F-1", "anna", disputed("2026-03-02", "2026-04-07"), paid("2026-04-10"))}, []string{
			"invoice 2026-03-02 done", "courtesy_call 2026-04-08 skipped not_applicable", "reminder 2026-04-08 done", "stricter_reminder 2026-04-15 skipped paid",
			"overdue_call 2026-04-20 skipped paid", "sales_escalation 2026-04-22 skipped paid", "final_notice 2026-04-30 skipped paid",
			"agency_hand_off 2026-05-11 skipped paid",
		}},
		{"ConsumerGetsTheInvoiceAndThenAPersonLooks", []simulation.Invoice{small("F-1", "anna", func(i *simulation.Invoice) { i.Kind = dunning.KindConsumer })}, []string{
			"invoice 2026-03-02 done", "follow_up 2026-04-08 done",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := simulate(t, shipped("standard"), tt.invoices...)
			require.Equal(t, tt.want, story(t, r, tt.invoices[len(tt.invoices)-1].Number))
			require.False(t, r.Broken.Any())
		})
	}
}

// Who gets a courtesy call is told from the customer's earlier invoices, as far as they
// were paid by then.
func TestRun_CourtesyCallKnowsThePast(t *testing.T) {
	t.Parallel()
	called, spared := "courtesy_call 2026-03-25 done", "courtesy_call 2026-03-25 skipped not_applicable"
	tests := []struct {
		name    string
		earlier []simulation.Invoice
		want    string
	}{
		{"NewCustomer", nil, called},
		{"PaidOnTime", []simulation.Invoice{known("anna")}, spared},
		{"PaidTheMorningOfTheCall", []simulation.Invoice{small("E", "anna", issued("2026-03-02", "2026-04-01"), paid("2026-03-25"))}, spared},
		{"PaysOnlyTheDayAfterTheCall", []simulation.Invoice{small("E", "anna", issued("2026-03-02", "2026-04-01"), paid("2026-03-26"))}, called},
		{"SomebodyElsePaid", []simulation.Invoice{known("bert")}, called},
		{"FiveDaysLate", []simulation.Invoice{small("E", "anna", issued("2026-01-05", "2026-02-04"), paid("2026-02-09"))}, spared},
		{"SixDaysLate", []simulation.Invoice{small("E", "anna", issued("2026-01-05", "2026-02-04"), paid("2026-02-10"))}, called},
		{"LateWithin365Days", []simulation.Invoice{small("E", "anna", issued("2025-01-06", "2025-02-05"), paid("2025-03-26"))}, called},
		{"LateLongerAgo", []simulation.Invoice{small("E", "anna", issued("2025-01-06", "2025-02-05"), paid("2025-03-25"))}, spared},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := simulate(t, shipped("standard"), append(tt.earlier, small("F-1", "anna"))...)
			require.Contains(t, story(t, r, "F-1"), tt.want)
		})
	}
}

// oneEach is the standard policy with one message for each invoice.
func oneEach() *dunning.Policy {
	p, off := shipped("standard"), false
	p.Bundle = &off
	return p
}

// What is due to a customer on a day is one message.
func TestRun_InvoicesDueTogetherAreOneMessage(t *testing.T) {
	t.Parallel()
	r := simulate(t, shipped("standard"), known("anna"), small("F-1", "anna"), small("F-2", "anna"), small("F-3", "bert"), small("F-4", "anna"))
	for _, number := range []string{"F-1", "F-2", "F-3", "F-4"} {
		require.Contains(t, story(t, r, number), "reminder 2026-04-08 done")
	}
	require.Empty(t, r.Steps[2].Waited)
	require.Equal(t, []int{6, 2}, []int{r.Acts.Emails, r.Acts.SMS}, "three stages of two customers")
}

// Where the policy wants one message each, the second reminder goes the next business day, and
// a Friday's on Monday.
func TestRun_CapHoldsForTheCustomersDay(t *testing.T) {
	t.Parallel()
	r := simulateWeekly(t, oneEach(), 0, known("anna"), small("F-1", "anna"), small("F-2", "anna"), small("F-3", "bert"), small("F-4", "anna"))
	for number, want := range map[string]string{
		"F-1": "reminder 2026-04-08 done", "F-2": "reminder 2026-04-09 done", "F-4": "reminder 2026-04-10 done", "F-3": "reminder 2026-04-08 done",
	} {
		require.Contains(t, story(t, r, number), want)
	}
	require.Equal(t, map[dunning.Reason]int{dunning.ReasonContactCap: 3}, r.Steps[2].Waited, "F-2 once, F-4 twice")
	require.Equal(t, simulation.Acts{ // two of the calls are courtesy calls: of the two customers' first invoices
		InvoiceMails: 5, Emails: 12, SMS: 4, Calls: 6, CallTasks: 6, Escalations: 4, HandOffs: 4,
	}, r.Acts)
}

// A third contact in seven days waits for the first day that is free; a call that was made counts,
// and is itself never held back.
func TestRun_CapHoldsForTheCustomersWeek(t *testing.T) {
	t.Parallel()
	late := func(due string) func(*simulation.Invoice) {
		return func(i *simulation.Invoice) { i.Due = date(due) }
	}
	messages := func(weekly int) *simulation.Report {
		return simulateWeekly(t, shipped("standard"), weekly, known("anna"),
			small("F-1", "anna", late("2026-04-13"), paid("2026-05-01")), small("F-2", "anna", late("2026-04-14"), paid("2026-05-01")), small("F-3", "anna", late("2026-04-15"), paid("2026-05-01")))
	}
	for weekly, want := range map[int][2]string{0: {"2026-04-17", "2026-04-20"}, 2: {"2026-04-17", "2026-04-23"}, 1: {"2026-04-23", "2026-04-23"}} {
		r := messages(weekly)
		require.Contains(t, story(t, r, "F-1"), "reminder 2026-04-16 done")
		require.Contains(t, story(t, r, "F-2"), "reminder "+want[0]+" done", "weekly cap %d", weekly)
		require.Contains(t, story(t, r, "F-3"), "reminder "+want[1]+" done", "weekly cap %d", weekly)
	}
	require.Equal(t, map[dunning.Reason]int{dunning.ReasonContactCap: 1}, messages(2).Steps[2].Waited)
	standard, err := simulation.Run(shipped("standard"), &simulation.History{}, simulation.Options{})
	require.NoError(t, err)
	require.Contains(t, strings.Join(standard.Assumptions, "\n"), "fewer than 2 contacts")

	call := small("F-4", "anna", issued("2026-03-20", "2026-04-29"), func(i *simulation.Invoice) { i.Amount = money.New(600000, "EUR") }, paid("2026-04-29"))
	r := simulateWeekly(t, shipped("standard"), 1, known("anna"), call,
		small("F-1", "anna", late("2026-04-17"), paid("2026-05-01")))
	require.Contains(t, story(t, r, "F-4"), "courtesy_call 2026-04-21 done")
	require.Contains(t, story(t, r, "F-1"), "reminder 2026-04-28 done", "its own day is Wednesday 22 April")
}

func TestRun_CallsOfOneDayAreOneTask(t *testing.T) {
	t.Parallel()
	r := simulate(t, shipped("standard"), small("F-1", "anna", paid("2026-04-01")), small("F-2", "anna", paid("2026-04-01")), small("F-3", "bert", paid("2026-04-01")))
	require.Equal(t, []int{3, 2}, []int{r.Acts.Calls, r.Acts.CallTasks})
	require.Equal(t, "1.00", r.Contacts.PerInvoice)
	require.Equal(t, []simulation.Bar{{Of: "2026-03", Count: 3}}, r.Contacts.Months)
	require.Equal(t, simulation.Bar{Of: "Wednesday", Count: 3}, r.Contacts.Weekdays[2])
}

// One message a day cannot serve hundreds of invoices that are due together.
func TestRun_StopsWhereTheQueueIsHopeless(t *testing.T) {
	t.Parallel()
	var invoices []simulation.Invoice
	for n := range 700 {
		invoices = append(invoices, small(fmt.Sprint(n), "anna"))
	}
	_, err := simulation.Run(oneEach(), &simulation.History{Invoices: invoices}, simulation.Options{})
	require.ErrorContains(t, err, "fall due together")
	_, err = simulation.Run(shipped("standard"), &simulation.History{Invoices: invoices}, simulation.Options{})
	require.NoError(t, err, "bundled, they are one message")
}

func TestRun_AgencyNeverComesAsASurprise(t *testing.T) {
	t.Parallel()
	source, err := dunning.Shipped("standard")
	require.NoError(t, err)
	text, _, _ := strings.Cut(string(source), "  - id: final_notice")
	_, handOff, _ := strings.Cut(string(source), "  - id: agency_hand_off")
	p, err := dunning.ParsePolicy([]byte(text + "  - id: agency_hand_off" + handOff))
	require.NoError(t, err)
	r := simulate(t, p, small("F-1", "anna"))
	require.Contains(t, story(t, r, "F-1"), "agency_hand_off 2026-05-01 failed no_contact")
	require.Equal(t, map[dunning.Reason]int{dunning.ReasonNoContact: 1}, r.Steps[len(r.Steps)-1].Failed)
	require.Zero(t, r.Acts.HandOffs)
}

func TestRun_SmallAmountsAreNotChased(t *testing.T) {
	t.Parallel()
	p := shipped("standard")
	p.MinimumAmountMinor = 2500
	r := simulate(t, p, small("F-1", "anna", func(i *simulation.Invoice) { i.Amount = money.New(2499, "EUR") }), small("F-2", "bert", func(i *simulation.Invoice) { i.Amount = money.New(2500, "EUR") }))
	require.Equal(t, map[dunning.Reason]int{dunning.ReasonBelowMinimum: 1}, r.Steps[2].Skipped)
	require.Equal(t, simulation.Share{Count: 1, Percent: "50.0"}, r.Steps[2].Done)
}

func TestRun_UndatedDisputesAreDrawn(t *testing.T) {
	t.Parallel()
	undated := func(i *simulation.Invoice) { i.Undated, i.Paid = true, date("2026-05-20") }
	first := simulate(t, shipped("standard"), small("F-1", "anna", undated), small("F-2", "bert", undated))
	i := first.Timelines[0].Invoice
	require.False(t, i.Disputed.Before(i.Issued))
	require.True(t, i.Disputed.Before(i.Paid))
	require.Equal(t, i.Paid, i.Resolved)
	t.Run("TheSameInAnyOrderOfTheRows", func(t *testing.T) {
		t.Parallel()
		other := simulate(t, shipped("standard"), small("F-2", "bert", undated), small("F-1", "anna", undated))
		require.Equal(t, i, other.Timelines[1].Invoice)
	})
	t.Run("AnotherSeedDrawsAnotherDay", func(t *testing.T) {
		t.Parallel()
		other, err := simulation.Run(shipped("standard"), &simulation.History{Invoices: []simulation.Invoice{small("F-1", "anna", undated)}}, simulation.Options{Seed: 2})
		require.NoError(t, err)
		require.NotEqual(t, i.Disputed, other.Timelines[0].Invoice.Disputed)
	})
	t.Run("PaidOnTheDayOfIssueLeavesNoRoom", func(t *testing.T) {
		t.Parallel()
		r := simulate(t, shipped("standard"), small("F-1", "anna", undated, paid("2026-03-02")))
		require.Zero(t, r.Disputed)
	})
}

func TestRun_RefusesAnUnknownZone(t *testing.T) {
	t.Parallel()
	_, err := simulation.Run(shipped("standard"), &simulation.History{}, simulation.Options{Zone: "Mars/Olympus"})
	require.ErrorContains(t, err, "Europe/Amsterdam")
}

func TestRun_EmptyHistory(t *testing.T) {
	t.Parallel()
	r := simulate(t, shipped("standard"))
	require.Len(t, r.Steps, 8)
	require.Equal(t, "0.00", r.Contacts.PerInvoice)
}

// Contact hours are those of the policy and of each customer's country.
func TestRun_KeepsToTheContactHours(t *testing.T) {
	t.Parallel()
	source, err := dunning.Shipped(dunning.PolicyStandard)
	require.NoError(t, err)
	p, err := dunning.ParsePolicy(append(source, "\ncontact_hours:\n  FR: {call: [\"10:00-12:00\"], email: [\"14:00-17:00\"]}\n"...))
	require.NoError(t, err)
	in := func(country string) func(*simulation.Invoice) {
		return func(i *simulation.Invoice) { i.Country = country }
	}
	r := simulate(t, p, small("F-1", "anna", in("FR")), small("F-2", "bert", in("BE")))
	for _, s := range r.Timelines[0].Steps {
		want := 14
		if strings.HasSuffix(string(s.Step), "_call") {
			want = 10
		}
		if s.Answer == dunning.AnswerDone {
			require.Equal(t, want, s.At.Hour(), "%s at %s", s.Step, s.At)
		}
	}
	for _, s := range r.Timelines[1].Steps {
		if s.Answer == dunning.AnswerDone && s.Step != "invoice" {
			require.LessOrEqual(t, s.At.Hour(), 10, "%s at %s", s.Step, s.At)
		}
	}
}

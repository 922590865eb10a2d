package simulation_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	_ "time/tzdata" // the tests give the same answer on a machine without a zone database

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/simulation"
)

var update = flag.Bool("update", false, "write the golden files anew")

const header = "invoice,customer,country,kind,issue_date,due_date,amount,currency,disputed_on,resolved_on,paid_on\n"

func date(s string) calendar.Date {
	if s == "" {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// shipped is a policy that comes with the product; every call gives a fresh one.
func shipped(id string) *dunning.Policy {
	source, err := dunning.Shipped(id)
	if err != nil {
		panic(err)
	}
	p, err := dunning.ParsePolicy(source)
	if err != nil {
		panic(err)
	}
	return p
}

// small is a Dutch business's invoice over EUR 1,000 of Monday 2 March 2026, due Wednesday
// 1 April.
func small(number, customer string, change ...func(*simulation.Invoice)) simulation.Invoice {
	i := simulation.Invoice{
		Number: number, Customer: customer, Country: "NL", Kind: dunning.KindBusiness,
		Issued: date("2026-03-02"), Due: date("2026-04-01"), Amount: money.New(100000, "EUR"),
	}
	for _, c := range change {
		c(&i)
	}
	return i
}

func issued(on, due string) func(*simulation.Invoice) {
	return func(i *simulation.Invoice) { i.Issued, i.Due = date(on), date(due) }
}

func paid(on string) func(*simulation.Invoice) {
	return func(i *simulation.Invoice) { i.Paid = date(on) }
}

func disputed(from, to string) func(*simulation.Invoice) {
	return func(i *simulation.Invoice) { i.Disputed, i.Resolved = date(from), date(to) }
}

// known is an invoice of long ago, paid on time: its customer is not new.
func known(customer string) simulation.Invoice {
	return small("known-"+customer, customer, issued("2024-06-03", "2024-07-03"), paid("2024-07-01"))
}

func simulate(t *testing.T, p *dunning.Policy, invoices ...simulation.Invoice) *simulation.Report {
	t.Helper()
	return simulateWeekly(t, p, dunning.StandardWeeklyCap, invoices...)
}

// simulateWeekly is for a creditor with its own weekly cap; 0: none.
func simulateWeekly(t *testing.T, p *dunning.Policy, weekly int, invoices ...simulation.Invoice) *simulation.Report {
	t.Helper()
	r, err := simulation.Run(p, &simulation.History{Invoices: invoices}, simulation.Options{Seed: 1, WeeklyContacts: &weekly})
	require.NoError(t, err)
	return r
}

// story is what became of the steps of an invoice: "reminder 2026-04-08 done", and the
// reason of what was not.
func story(t *testing.T, r *simulation.Report, number string) []string {
	t.Helper()
	for _, tl := range r.Timelines {
		if tl.Invoice.Number != number {
			continue
		}
		lines := []string{}
		for _, s := range tl.Steps {
			line := string(s.Step) + " " + s.At.Format("2006-01-02") + " " + string(s.Answer)
			if s.Reason != "" {
				line += " " + string(s.Reason)
			}
			lines = append(lines, line)
		}
		return lines
	}
	require.Fail(t, "no such invoice", number)
	return nil
}

func read(t *testing.T, source string) *simulation.History {
	t.Helper()
	h, err := simulation.ReadHistory(strings.NewReader(source))
	require.NoError(t, err)
	return h
}

// golden compares with a file of testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

package api

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/sheet"
	"maan/internal/store"
)

// sums adds up lines under a name.
type sums struct {
	count  int
	totals map[string]int64 // minor units by currency
}

func (s *sums) add(m Money) {
	if s.totals == nil {
		s.totals = map[string]int64{}
	}
	s.count++
	if a, err := money.Parse(m.Amount, m.Currency); err == nil { // it was written by moneyOf
		s.totals[m.Currency] += a.Minor
	}
}

func (s *sums) amounts() []Money {
	out := []Money{}
	for c, minor := range s.totals {
		out = append(out, moneyOf(minor, money.Currency(c)))
	}
	slices.SortFunc(out, func(a, b Money) int { return strings.Compare(a.Currency, b.Currency) })
	return out
}

// totalsOf adds up the day's batch; stages and channels come in the order of the list.
func totalsOf(items []ReleaseItem) ReleaseTotals {
	var all sums
	customers := map[uuid.UUID]bool{}
	byName := map[string]*sums{}
	var stages, channels []string
	under := func(names *[]string, name string, m Money) {
		if byName[name] == nil {
			byName[name] = &sums{}
			*names = append(*names, name)
		}
		byName[name].add(m)
	}
	for _, i := range items {
		all.add(i.Open)
		customers[i.CustomerID] = true
		under(&stages, string(i.Stage), i.Open)
		for _, c := range i.Channels {
			under(&channels, c, i.Open)
		}
	}
	total := func(name string) ReleaseTotal {
		return ReleaseTotal{Name: name, Count: byName[name].count, Amounts: byName[name].amounts()}
	}
	return ReleaseTotals{
		Count: all.count, Customers: len(customers), Amounts: all.amounts(), Stages: each(stages, total), Channels: each(channels, total),
	}
}

func countNew(items []ReleaseItem) int {
	n := 0
	for _, i := range items {
		if i.New {
			n++
		}
	}
	return n
}

// goneSince is what stood on the list before and does not stand on this one, and why.
func goneSince(before []store.GoneLine, lines []store.ReleaseLine) []GoneItem {
	gone := []GoneItem{}
	now := make(map[uuid.UUID]*store.ReleaseLine, len(lines)) // an invoice has one step at a time
	for i := range lines {
		now[lines[i].InvoiceID] = &lines[i]
	}
	for _, b := range before {
		why, l := b.Reason, now[b.InvoiceID]
		if l != nil && (l.Step != b.Step || l.Occurrence != b.Occurrence) {
			l = nil
		}
		switch {
		case l != nil && l.Silent != "":
			why = l.Silent
		case l != nil && l.Released:
			why = "released"
		case l != nil && l.Removed != "":
			why = collection.MismatchRemoved
		case l != nil:
			continue
		case b.Outcome != "":
			why = b.Outcome
		case b.State == store.StepDone:
			why = "done"
		}
		gone = append(gone, GoneItem{
			InvoiceID: b.InvoiceID, Number: b.Number, CustomerName: b.CustomerName, Step: string(b.Step), Open: moneyOf(b.OpenMinor, b.Currency),
			Why: string(why), Sentence: ReleaseReason(string(why)) + ".",
		})
	}
	return gone
}

// releaseReasons are the codes of a release in words, beside those of steps.
//
//nolint:gochecknoglobals // a table
var releaseReasons = map[string]string{
	collection.MismatchChanged:    "the amount, a date, the policy or an address is not what was looked at: look at the list again",
	collection.MismatchNotListed:  "nothing of the invoice waits for a release that day",
	collection.MismatchRemoved:    "a person took it out of the day's batch; it stands on the next day's list",
	collection.MismatchWindowOver: "the day's hours at the customer are over: it waits for the next day",
	"done":                        "its message was sent",
	"released":                    "it was released and may go",
}

// ReleaseReason says in words why a line was not released, or is gone from the list.
func ReleaseReason(code string) string {
	if text, ok := releaseReasons[code]; ok {
		return text
	}
	return sentenceOf(dunning.Reason(code))
}

//nolint:gochecknoglobals // a constant in all but name
var releaseHeader = []string{
	"invoice_id", "number", "customer_name", "stage", "step", "label", "occurrence", "local_date", "due_date", "currency", "open", "channels", "new", "version",
}

// WriteReleaseCSV writes the lines of a batch, with cells that no spreadsheet runs as a formula.
func WriteReleaseCSV(w io.Writer, items []ReleaseItem) error {
	out := csv.NewWriter(w)
	rows := [][]string{releaseHeader}
	for _, i := range items {
		rows = append(rows, sheet.NeutralRow([]string{
			i.InvoiceID.String(), i.Number, i.CustomerName, string(i.Stage), i.Step, i.Label, itoa(int64(i.Occurrence)), i.LocalDate.String(),
			i.DueDate.String(), i.Open.Currency, i.Open.Amount, strings.Join(i.Channels, " "), strconv.FormatBool(i.New), i.Version,
		}))
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

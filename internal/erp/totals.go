package erp

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"maan/internal/money"
	"maan/internal/store"
)

// change is what a list of open items changed in a currency, in minor units.
type change struct {
	open   int64 // of the open invoices
	credit int64 // of the customers' credit
	young  int64 // open here, and too young to be on the list
	since  int64 // open on the list, and paid here since its day
	before store.OpenTotal
}

func (n *night) change(c money.Currency) *change {
	if n.changes[c] == nil {
		n.changes[c] = &change{}
	}
	return n.changes[c]
}

// totalsBefore reads what was open before: a dry run adds to it what would change.
func (n *night) totalsBefore(ctx context.Context) error {
	totals, err := n.cases.Store().OpenTotals(ctx, n.creditor.ID)
	for _, t := range totals {
		n.change(t.Currency).before = t
	}
	return err
}

// reconcile compares the open total here with the list's, in each currency, and notes
// where they differ.
func (n *night) reconcile(ctx context.Context) error {
	after := map[money.Currency]store.OpenTotal{}
	if !n.job.Upload.DryRun {
		totals, err := n.cases.Store().OpenTotals(ctx, n.creditor.ID)
		if err != nil {
			return err
		}
		for _, t := range totals {
			after[t.Currency] = t
			n.change(t.Currency)
		}
	}
	listed := map[money.Currency]store.OpenTotal{}
	for _, t := range n.list.Totals {
		listed[t.Currency] = store.OpenTotal{OpenMinor: t.Invoices.Minor, CreditMinor: t.CreditNotes.Minor + t.Cash.Minor}
		n.change(t.Currency)
	}
	for _, c := range slices.Sorted(maps.Keys(n.changes)) {
		ch := n.changes[c]
		here := after[c]
		if n.job.Upload.DryRun {
			here = store.OpenTotal{OpenMinor: ch.before.OpenMinor + ch.open, CreditMinor: ch.before.CreditMinor + ch.credit}
		}
		n.differ(c, "open invoices", here.OpenMinor-ch.young+ch.since, listed[c].OpenMinor)
		n.differ(c, "credit", here.CreditMinor, listed[c].CreditMinor)
	}
	return nil
}

func (n *night) differ(c money.Currency, what string, here, listed int64) {
	if here == listed {
		return
	}
	n.job.Fault(store.UploadFault{Field: string(c), Code: "totals_differ", Message: fmt.Sprintf(
		"%s: here %s, on the list %s; look at the rows that were refused, and at what was booked here since the list was made",
		what, money.New(here, c), money.New(listed, c))})
}

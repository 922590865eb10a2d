package document

import (
	"cmp"
	"slices"

	"maan/internal/calendar"
	"maan/internal/money"
)

// The ageing buckets by days past the due date: not due (the due day itself
// included), 1 to 30, 31 to 60, 61 to 90, more.
const buckets = 5

func bucketOf(due, on calendar.Date) int {
	late := daysLate(due, on)
	for bucket, most := range []int{0, 30, 60, 90} {
		if late <= most {
			return bucket
		}
	}
	return buckets - 1
}

// account is everything of one currency, in the order it is printed.
type account struct {
	currency money.Currency
	items    []OpenItem
	payments []Entry
	credits  []Entry

	open     money.Amount // of all items
	credit   money.Amount // of all credits
	balance  money.Amount // open less credit; negative is in the customer's favour
	byBucket [buckets]money.Amount
}

// accounts sorts the lines by currency, euros first, and by due date, and adds
// them up.
func (d StatementData) accounts() ([]*account, error) {
	byCurrency := make(map[money.Currency]*account)
	of := func(c money.Currency) *account {
		if byCurrency[c] == nil {
			a := &account{currency: c, open: money.New(0, c), credit: money.New(0, c)}
			for i := range a.byBucket {
				a.byBucket[i] = money.New(0, c)
			}
			byCurrency[c] = a
		}
		return byCurrency[c]
	}
	for _, i := range d.Items {
		a := of(i.Open.Currency)
		a.items = append(a.items, i)
	}
	for _, e := range d.Payments {
		a := of(e.Amount.Currency)
		a.payments = append(a.payments, e)
	}
	for _, e := range d.Credits {
		a := of(e.Amount.Currency)
		a.credits = append(a.credits, e)
	}
	var all []*account
	for _, a := range byCurrency {
		if err := a.addUp(d.Date); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *account) int {
		return cmp.Or(-boolCompare(a.currency == "EUR", b.currency == "EUR"), cmp.Compare(a.currency, b.currency))
	})
	return all, nil
}

func (a *account) addUp(on calendar.Date) (err error) {
	slices.SortFunc(a.items, func(x, y OpenItem) int {
		return cmp.Or(x.DueDate.Compare(y.DueDate), x.IssueDate.Compare(y.IssueDate), cmp.Compare(x.Number, y.Number),
			cmp.Compare(x.Amount.Minor, y.Amount.Minor), cmp.Compare(x.Open.Minor, y.Open.Minor),
			cmp.Compare(x.PurchaseOrder, y.PurchaseOrder), boolCompare(x.Disputed, y.Disputed))
	})
	slices.SortFunc(a.payments, compareEntries)
	slices.SortFunc(a.credits, compareEntries)
	for _, i := range a.items {
		bucket := &a.byBucket[bucketOf(i.DueDate, on)]
		if *bucket, err = bucket.Add(i.Open); err != nil {
			return err //nolint:wrapcheck // the caller says what was added up
		}
		if a.open, err = a.open.Add(i.Open); err != nil {
			return err //nolint:wrapcheck // the same
		}
	}
	for _, e := range a.credits {
		if a.credit, err = a.credit.Add(e.Amount); err != nil {
			return err //nolint:wrapcheck // the same
		}
	}
	a.balance, err = a.open.Sub(a.credit)
	return err //nolint:wrapcheck // the same
}

func compareEntries(x, y Entry) int {
	return cmp.Or(x.Date.Compare(y.Date), cmp.Compare(x.Reference, y.Reference), cmp.Compare(x.Invoice, y.Invoice),
		cmp.Compare(x.Amount.Minor, y.Amount.Minor))
}

func boolCompare(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return 1
	default:
		return -1
	}
}

package erp

import (
	"context"
	"time"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/intake"
	"maan/internal/store"
)

// plan is what a list of open items asks for, as against what is booked here.
type plan struct {
	fresh []*intake.OpenInvoice // to start
	known []match               // to compare: something differs
	gone  []store.BookedInvoice // have left the list
	open  int                   // open invoices before
	total int                   // rows and customers to look at, about
}

// match is an invoice of the list with what is booked here.
type match struct {
	item   *intake.OpenInvoice
	booked store.BookedInvoice
}

// compare makes the plan.
func (n *night) compare(ctx context.Context) error {
	listed := make(map[string]*intake.OpenInvoice, len(n.list.Invoices))
	numbers := make([]string, 0, len(n.list.Invoices))
	for i := range n.list.Invoices {
		item := &n.list.Invoices[i]
		listed[item.Number] = item
		numbers = append(numbers, item.Number)
	}
	booked, err := n.cases.Store().BookedInvoices(ctx, n.creditor.ID, numbers)
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(n.creditor.Zone)
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(booked))
	for _, b := range booked {
		known[b.Number] = true
		if !b.Closed {
			n.plan.open++
		}
		if item := listed[b.Number]; item != nil {
			n.meet(item, b)
		} else {
			n.leave(b, zone)
		}
	}
	for i := range n.list.Invoices {
		if item := &n.list.Invoices[i]; !known[item.Number] {
			n.plan.fresh = append(n.plan.fresh, item)
		}
	}
	n.job.Count("invoices", len(n.list.Invoices))
	n.plan.total = len(n.list.Invoices) + len(n.list.Customers) + len(n.plan.gone) + len(n.list.Cash) + len(n.list.CreditNotes)
	return nil
}

// leave looks at an open invoice that is not on the list. One that came here by itself on
// the list's day or later the list may not know yet.
func (n *night) leave(b store.BookedInvoice, zone *time.Location) {
	arrived := calendar.DateOf(b.ArrivedAt.In(zone))
	if b.Source != sourceERP && (!arrived.Before(n.list.AsOf) || b.IssueDate.After(n.list.AsOf)) {
		n.change(b.Currency).young += b.OpenMinor
		n.job.Count("too_young", 1)
		return
	}
	n.plan.gone = append(n.plan.gone, b)
}

// meet looks at an invoice that is on the list and here.
func (n *night) meet(item *intake.OpenInvoice, b store.BookedInvoice) {
	switch {
	case b.Currency != item.Amount.Currency || b.AmountMinor != item.Amount.Minor || b.CustomerNumber != item.CustomerNumber:
		n.job.Count("refused", 1)
		ruled(n.job, placeOf(item.Place), collection.Refuse(collection.Conflict, "number", "other_content",
			"an invoice with this number is here with another amount, currency or customer; nothing of it was changed"))
	case b.OpenMinor == item.Open.Minor && b.DueDate == item.DueDate && (item.PurchaseOrder == "" || b.PurchaseOrder == item.PurchaseOrder):
		n.job.Count("unchanged", 1)
	default:
		n.plan.known = append(n.plan.known, match{item: item, booked: b})
	}
}

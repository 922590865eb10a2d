package erp

import (
	"context"
	"fmt"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/imports"
	"maan/internal/intake"
	"maan/internal/money"
	"maan/internal/sheet"
	"maan/internal/store"
)

// OpenItems takes in a creditor's list of open items: what is not on it is not open any
// more. A list that is not known to be complete only adds.
type OpenItems struct {
	Cases *collection.Service
}

// Import implements [imports.Importer]. Lists of one creditor go one after the other.
func (im *OpenItems) Import(ctx context.Context, j *imports.Job) error {
	s, ok := begin(j, openItemSettings)
	if !ok {
		return nil
	}
	return im.Cases.Store().Alone(ctx, "open items", j.Upload.CreditorID, func(ctx context.Context) error {
		n := &night{starter: newStarter(im.Cases, j), settings: s, changes: map[money.Currency]*change{}}
		return n.take(ctx)
	})
}

// night is one list of open items on its way in.
type night struct {
	*starter

	settings settings
	creditor store.Creditor
	today    calendar.Date
	list     *intake.Snapshot
	plan     plan
	changes  map[money.Currency]*change
	done     int
}

func (n *night) take(ctx context.Context) error {
	j := n.job
	var err error
	if n.creditor, err = n.cases.Store().FindCreditor(ctx, store.Everything, j.Upload.CreditorID); err != nil {
		return err
	}
	if n.creditor.PaymentsBy != "erp" {
		n.refuse("payments_by", "payments_by_bank", "payments of this creditor come from its bank: a list of open items would book them twice; import bank statements, or set payments_by to erp")
		return nil
	}
	if n.today, err = localDay(&n.creditor, j.Now); err != nil {
		return err
	}
	if ok, err := n.read(); err != nil || !ok {
		return err
	}
	if ok, err := n.isNewest(ctx); err != nil || !ok {
		return err
	}
	if err := n.compare(ctx); err != nil {
		return err
	}
	if !n.mayClose() {
		return nil
	}
	return n.write(ctx)
}

func (n *night) refuse(field, code, format string, args ...any) {
	n.job.Fault(store.UploadFault{Field: field, Code: code, Message: fmt.Sprintf(format, args...)})
	n.job.Refuse()
}

// read reads the files; false: they are refused.
func (n *night) read() (bool, error) {
	sources, err := sourcesOf(n.job, &n.settings)
	if err != nil {
		return false, refuseFile(n.job, err)
	}
	n.list, err = intake.ReadSnapshot(sources, intake.SnapshotOptions{
		AsOf: n.settings.asOf, Today: n.today,
		Faulty: func(source string, row *sheet.Row) error {
			for _, f := range row.Faults {
				n.job.Fault(sheetFault(source, f))
			}
			n.job.Count("refused", 1)
			return nil
		},
	})
	if err != nil {
		return false, refuseFile(n.job, err)
	}
	if n.list.AsOf.After(n.today) {
		n.refuse("as_of", "as_of_ahead", "the list is of %s, and today is %s; correct the day", n.list.AsOf, n.today)
		return false, nil
	}
	for _, why := range n.list.Why {
		n.job.Count("incomplete", 1)
		n.job.Fault(store.UploadFault{Code: "incomplete", Message: why + "; the list only adds: nothing was closed, lowered or changed"})
	}
	return true, nil
}

// isNewest refuses a list that is older than the newest one, or of the same day.
func (n *night) isNewest(ctx context.Context) (bool, error) {
	newest, err := n.cases.Store().ItemsTaken(ctx, n.creditor.ID, n.job.Upload.ID)
	if err != nil || newest == nil || n.list.AsOf.After(*newest) {
		return err == nil, err
	}
	n.refuse("as_of", "stale", "a complete list of %s was taken in already; send a newer one than that (this is of %s)", newest, n.list.AsOf)
	return false, nil
}

// mayClose refuses a list that looks as if it were cut off.
func (n *night) mayClose() bool {
	const few = 20 // below that a share says nothing
	if !n.list.Complete || n.settings.confirm || n.plan.open <= few || len(n.plan.gone)*100 <= n.plan.open*n.settings.maxClosed {
		return true
	}
	n.refuse("", "mass_closing", "%d of %d open invoices are not on the list and would close, which is more than %d percent; look whether the list is whole, and send it again with confirm:true if it is",
		len(n.plan.gone), n.plan.open, n.settings.maxClosed)
	return false
}

// write makes the product what the list says.
func (n *night) write(ctx context.Context) error {
	j, complete := n.job, n.list.Complete
	if complete && !j.Upload.DryRun {
		if err := n.cases.Store().TakeItems(ctx, n.creditor.ID, n.list.AsOf, j.Upload.ID, j.Now); err != nil {
			return err
		}
	}
	if err := n.totalsBefore(ctx); err != nil {
		return err
	}
	put, err := n.customers(ctx)
	if err != nil {
		return err
	}
	if err := n.startNew(ctx, put); err != nil {
		return err
	}
	if complete {
		if err := n.matchKnown(ctx); err != nil {
			return err
		}
	}
	if err := n.credit(ctx, put); err != nil {
		return err
	}
	if !complete {
		return nil
	}
	if err := n.reconcile(ctx); err != nil || j.Upload.DryRun {
		return err
	}
	// An export of a day does not know what was paid later on that day.
	_, err = n.cases.PaymentsKnown(ctx, j.Now, j.Actor, n.creditor.ID, n.list.AsOf.AddDays(-1))
	return err
}

// customers creates and updates those of the list, and finds those that it only names.
func (n *night) customers(ctx context.Context) (map[string]*collection.PutDebtor, error) {
	index := map[string]int{}
	var list []collection.Debtor
	name := func(number string) *collection.Debtor {
		i, seen := index[number]
		if !seen {
			i = len(list)
			index[number] = i
			list = append(list, collection.Debtor{Number: number})
		}
		return &list[i]
	}
	for i := range n.list.Customers {
		c := &n.list.Customers[i]
		*name(c.Number) = debtorOf(c)
	}
	contactAt := map[string]place{}
	for _, c := range n.list.Contacts {
		d := name(c.CustomerNumber)
		d.Contacts = append(d.Contacts, contactOf(&c.Contact))
		contactAt[c.CustomerNumber] = placeOf(c.Place)
	}
	for _, i := range n.plan.fresh {
		name(i.CustomerNumber)
	}
	for _, c := range n.credits() {
		name(c.item.CustomerNumber)
	}
	put, err := n.debtors(ctx, list, n.list.Complete)
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		p := put[d.Number]
		if p.Err != nil {
			ruled(n.job, contactAt[d.Number], p.Err)
		}
		if at, stated := contactAt[d.Number]; stated && p.Customer == nil {
			n.unknown(at)
		}
	}
	n.progress(len(list))
	return put, nil
}

func (n *night) unknown(at place) {
	n.job.Count("refused", 1)
	ruled(n.job, at, collection.Refuse(collection.NotFound, "customer_number", "unknown_customer",
		"this creditor has no such customer, and the list has no customer row for it; add one with name, kind and country"))
}

func placeOf(p intake.Place) place { return place{source: p.Source, line: p.Line} }

func (n *night) progress(more int) {
	n.done += more
	n.job.Progress(n.done, max(n.done, n.plan.total))
}

// startNew starts the invoices that are not known.
func (n *night) startNew(ctx context.Context, put map[string]*collection.PutDebtor) error {
	var list []arrival
	for _, i := range n.plan.fresh {
		p := put[i.CustomerNumber]
		if p.Customer == nil {
			n.unknown(placeOf(i.Place))
			continue
		}
		list = append(list, arrival{at: placeOf(i.Place), invoice: n.invoice(i, p.Customer)})
	}
	for len(list) > 0 {
		some := list[:min(perChunk, len(list))]
		list = list[len(some):]
		started, err := n.start(ctx, some)
		if err != nil {
			return err
		}
		for k, a := range started {
			if i := &some[k].invoice; n.tell(some[k].at, i, a) {
				n.change(i.Amount.Currency).open += i.Amount.Minor - i.PaidMinor
			}
		}
		n.progress(len(some))
	}
	return nil
}

// invoice is an open item as an invoice to start: the ERP has sent it.
func (n *night) invoice(i *intake.OpenInvoice, c *store.Customer) collection.NewInvoice {
	asOf, sent := n.list.AsOf, i.IssueDate
	if sent.After(asOf) {
		sent = asOf
	}
	return collection.NewInvoice{
		CustomerID: c.ID, Number: i.Number, IssueDate: i.IssueDate, DueDate: i.DueDate, DueDateAgreed: true, Amount: i.Amount, Source: sourceERP,
		PurchaseOrder: i.PurchaseOrder, PaymentReference: i.PaymentReference, AlreadySent: &collection.SentElsewhere{Channel: "erp", On: sent},
		PaidMinor: i.Amount.Minor - i.Open.Minor, PaidOn: &asOf, PaidBy: "erp:" + asOf.String() + ":" + i.Number,
	}
}

// sourceERP marks invoices that came with a list of open items. Stored: never rename.
const sourceERP = "erp"

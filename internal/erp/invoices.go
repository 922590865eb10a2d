package erp

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/imports"
	"maan/internal/intake"
	"maan/internal/store"
)

// Invoices takes in files of invoices to start: a CSV file, or a ZIP of e-invoices.
type Invoices struct {
	Cases *collection.Service
}

// Import implements [imports.Importer].
func (im *Invoices) Import(ctx context.Context, j *imports.Job) error {
	s, ok := begin(j, invoiceSettings)
	if !ok {
		return nil
	}
	creditor, err := im.Cases.Store().FindCreditor(ctx, store.Everything, j.Upload.CreditorID)
	if err != nil {
		return err
	}
	day, err := localDay(&creditor, j.Now)
	if err != nil {
		return err
	}
	if s.quietUntil != nil && s.quietUntil.Before(day) {
		j.Fault(store.UploadFault{Field: "options.quiet_until", Code: "past", Message: "the quiet period would be over already; give a day that is still to come, or leave it out"})
		j.Refuse()
		return nil
	}
	b := &bulk{starter: newStarter(im.Cases, j), settings: s, creditor: creditor, today: day}
	if isZip(j.Content) {
		return b.archive(ctx)
	}
	return b.file(ctx)
}

// localDay is the creditor's day at an instant.
func localDay(c *store.Creditor, at time.Time) (calendar.Date, error) {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return calendar.Date{}, fmt.Errorf("zone of creditor %s: unknown name", c.ID)
	}
	return calendar.DateOf(at.In(zone)), nil
}

// isZip knows an archive by its first bytes; those of an empty one differ.
func isZip(content []byte) bool {
	return bytes.HasPrefix(content, []byte("PK\x03\x04")) || bytes.HasPrefix(content, []byte("PK\x05\x06"))
}

// bulk is one file of invoices on its way in.
type bulk struct {
	*starter

	settings settings
	creditor store.Creditor
	today    calendar.Date
}

// file takes in a CSV file.
func (b *bulk) file(ctx context.Context) error {
	file, err := intake.Invoices(bytes.NewReader(b.job.Content), intake.InvoiceOptions{Mapping: b.settings.mapping, Today: b.today})
	if err != nil {
		return refuseFile(b.job, err)
	}
	done := 0
	var rows []intake.InvoiceRow
	flush := func() error {
		err := b.rows(ctx, rows)
		done += len(rows)
		rows = rows[:0]
		b.job.Progress(done, file.Len())
		return err
	}
	for row, err := range file.Invoices() {
		if err != nil {
			return fmt.Errorf("read invoices: %w", err)
		}
		if rows = append(rows, row); len(rows) == perChunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// rows takes in some rows: customers first, then their invoices.
func (b *bulk) rows(ctx context.Context, rows []intake.InvoiceRow) error {
	var list []arrival
	for _, row := range rows {
		for _, f := range row.Faults {
			b.job.Fault(sheetFault("", f))
		}
		if row.Invoice == nil {
			b.job.Count("refused", 1)
			continue
		}
		list = append(list, arrival{at: place{line: row.Line}, customer: row.Invoice.Customer.Number, invoice: b.invoice(row.Invoice)})
	}
	put, err := b.debtors(ctx, debtorsOf(rows), false)
	if err != nil {
		return err
	}
	known := list[:0]
	for _, a := range list {
		p := put[a.customer]
		if p.Customer == nil {
			ruled(b.job, a.at, collection.Refuse(collection.NotFound, "customer_number", "unknown_customer",
				"this creditor has no such customer; add its name, kind and country to the row, or create it first"))
			b.job.Count("refused", 1)
			continue
		}
		if p.Err != nil { // of its contact; told once
			ruled(b.job, a.at, p.Err)
			p.Err = nil
		}
		a.invoice.CustomerID = p.Customer.ID
		known = append(known, a)
	}
	started, err := b.start(ctx, known)
	if err != nil {
		return err
	}
	for i, a := range started {
		b.tell(known[i].at, &known[i].invoice, a)
	}
	return nil
}

// debtorsOf is what rows say of their customers: the first that says who a customer is
// speaks for it.
func debtorsOf(rows []intake.InvoiceRow) []collection.Debtor {
	var list []collection.Debtor
	index := map[string]int{}
	for _, row := range rows {
		if row.Invoice == nil {
			continue
		}
		c := &row.Invoice.Customer
		i, seen := index[c.Number]
		switch {
		case !seen:
			index[c.Number] = len(list)
			list = append(list, debtorOf(c))
		case c.Stated() && list[i].LegalName == "":
			list[i] = debtorOf(c)
		}
	}
	return list
}

// invoice is a row as an invoice to start.
func (b *bulk) invoice(i *intake.Invoice) collection.NewInvoice {
	n := collection.NewInvoice{
		Number: i.Number, IssueDate: i.IssueDate, DueDate: i.DueDate, DueDateAgreed: true, Amount: i.Amount, PurchaseOrder: i.PurchaseOrder,
		PaymentReference: i.PaymentReference, IBAN: i.IBAN, IBANValid: i.IBANValid, DeliveryRequired: i.DeliveryRequired, Source: "csv",
		PaidMinor: i.Amount.Minor - i.Open.Minor, QuietUntil: b.settings.quietUntil,
	}
	if as := b.settings.asOf; !as.IsZero() {
		n.PaidOn = &as
	}
	if d := i.Delivery; d != nil {
		n.Deliveries = []collection.NewDelivery{{On: d.On, Proof: d.Proof, Last: true}}
	}
	if s := i.AlreadySent; s != nil {
		n.AlreadySent = &collection.SentElsewhere{Channel: s.Channel, On: s.On, Proof: s.Proof}
	}
	return n
}

package collection

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/document"
	"maan/internal/message"
	"maan/internal/money"
	"maan/internal/store"
)

// StatementPDF writes a customer's account on a day: every open invoice, what was received
// on them, and what is in the customer's favour. The same facts give the same bytes.
func StatementPDF(a *store.Account, on calendar.Date, language string) ([]byte, error) {
	f := bareCase(&store.Case{Creditor: a.Creditor, Customer: a.Customer})
	d := document.StatementData{
		Letterhead: letterheadOf(f.statedCreditor(), &a.Customer, message.Language(language, a.Creditor.Language), "", on, true),
	}
	numbers := map[uuid.UUID]string{}
	for i := range a.Invoices {
		in := &a.Invoices[i]
		numbers[in.ID] = in.Number
		if in.OpenMinor > 0 {
			d.Items = append(d.Items, document.OpenItem{
				Number: in.Number, PurchaseOrder: in.PurchaseOrder, IssueDate: in.IssueDate, DueDate: in.DueDate, Amount: in.Amount(), Open: in.Open(),
				Disputed: slices.Contains(a.Disputed, in.ID),
			})
		}
	}
	back := reversed(a.Entries)
	for _, e := range a.Entries {
		line := document.Entry{Date: e.ValueDate, Reference: e.Reference, Amount: money.New(-e.AmountMinor, e.Currency)}
		if e.AmountMinor < 0 && e.InvoiceID != nil && !back[e.ID] && (e.Kind == EntryPayment || e.Kind == EntryCreditNote) {
			line.Invoice = numbers[*e.InvoiceID]
			d.Payments = append(d.Payments, line)
		}
	}
	for _, c := range Credit(a.Entries) {
		if c.IsPositive() {
			d.Credits = append(d.Credits, document.Entry{Date: on, Amount: c})
		}
	}
	return document.Statement(d)
}

// Credit adds up what is in a customer's favour, by currency in the order of the entries.
func Credit(entries []store.LedgerEntry) []money.Amount {
	var sums []money.Amount
	for _, e := range entries {
		if e.InvoiceID != nil {
			continue
		}
		i := slices.IndexFunc(sums, func(a money.Amount) bool { return a.Currency == e.Currency })
		if i < 0 {
			i, sums = len(sums), append(sums, money.New(0, e.Currency))
		}
		sums[i].Minor -= e.AmountMinor
	}
	return sums
}

// bareCase is a case to read from, without a transaction.
func bareCase(c *store.Case) *caseFile { return &caseFile{Case: c} }

// InvoicePDF is the file that was uploaded of an invoice, else its particulars on the day.
func (s *Service) InvoicePDF(ctx context.Context, scope store.Scope, invoice uuid.UUID, now time.Time) ([]byte, error) {
	in, err := s.store.InvoiceRow(ctx, scope, invoice)
	if err != nil {
		return nil, err
	}
	uploaded, err := s.store.InvoiceDocument(ctx, invoice)
	if !errors.Is(err, store.ErrNotFound) {
		return uploaded.Content, err
	}
	a, err := s.store.AccountOf(ctx, scope, in.CustomerID)
	if err != nil {
		return nil, err
	}
	facts, err := s.store.ClaimFacts(ctx, in.CustomerID, invoice)
	if err != nil {
		return nil, err
	}
	details, err := s.store.CaseDetails(ctx, scope, invoice)
	if err != nil {
		return nil, err
	}
	place, err := placeOf(&a.Creditor, &a.Customer, nil)
	if err != nil {
		return nil, err
	}
	f := bareCase(&store.Case{Creditor: a.Creditor, Customer: a.Customer, Invoice: in})
	f.place, f.now = place, now
	d := f.data()
	head := letterheadOf(d.Creditor, &a.Customer, message.Language(a.Customer.Language, a.Creditor.Language), "", f.today(), in.IBAN == "" || in.IBANValid)
	content, err := invoicePaper(head, d.Invoice, &a.Creditor, &a.Customer, &in, lastDelivery(details.Deliveries), &facts)
	return content, asRefusal(err)
}

// lastDelivery is the day on which the last of all deliveries came; nil before that.
func lastDelivery(deliveries []store.Delivery) (day *calendar.Date) {
	complete := false
	for i := range deliveries {
		complete = complete || deliveries[i].Last
		if day == nil || deliveries[i].DeliveredOn.After(*day) {
			day = &deliveries[i].DeliveredOn
		}
	}
	if !complete {
		return nil
	}
	return day
}

// Statement writes a customer's account as a PDF.
func (s *Service) Statement(a *store.Account, on calendar.Date) ([]byte, error) {
	content, err := StatementPDF(a, on, a.Customer.Language)
	return content, asRefusal(err)
}

// asRefusal says what the record lacks for a paper.
func asRefusal(err error) error {
	if lacks, ok := errors.AsType[*document.MissingError](err); ok {
		return Refuse(Conflict, "", "incomplete_data", "the record lacks what the paper must state: %v", lacks.Fields)
	}
	if err != nil {
		return fmt.Errorf("write paper: %w", err)
	}
	return nil
}

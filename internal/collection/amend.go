package collection

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/store"
)

// Amendment is what can change of an invoice after it came in; nil leaves it.
type Amendment struct {
	DueDate       *calendar.Date
	PurchaseOrder *string
}

// amend changes the due date or the customer's order number of an open invoice, and plans
// anew. It reports whether anything changed: the same again changes nothing.
func (f *caseFile) amend(a Amendment) (changed bool, err error) {
	data := map[string]any{}
	if due := a.DueDate; due != nil && *due != f.Invoice.DueDate {
		if due.Before(f.Invoice.IssueDate) || due.DaysSince(f.Invoice.IssueDate) > 3*366 {
			return false, Refuse(Invalid, "due_date", "invalid_date", "the due date lies between the issue date and three years after it")
		}
		data["due_date"], data["due_date_before"] = due.String(), f.Invoice.DueDate.String()
		f.Invoice.DueDate = *due
	}
	if po := a.PurchaseOrder; po != nil && *po != f.Invoice.PurchaseOrder {
		if len([]rune(*po)) > 200 || !printable(*po) {
			return false, Refuse(Invalid, "purchase_order", "invalid_text", "at most 200 printable characters")
		}
		data["purchase_order"] = "changed" // people write names into it
		f.Invoice.PurchaseOrder = *po
		f.write(store.SetPurchaseOrder(f.Invoice.ID, *po))
	}
	if len(data) == 0 {
		return false, nil
	}
	f.event("amended", data)
	f.tell(MessageAmended, false)
	return true, nil
}

// errRehearsed undoes what a dry run wrote.
var errRehearsed = errors.New("this was a dry run")

// rehearse runs a transaction, and undoes it if it is a dry run.
func (s *Service) rehearse(ctx context.Context, dry bool, fn func(context.Context, *store.Tx) error) error {
	err := s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := fn(ctx, tx); err != nil || !dry {
			return err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}

// OpenItem is what a creditor's books hold of an invoice at the end of a day.
type OpenItem struct {
	AsOf      calendar.Date
	OpenMinor int64     // 0: the invoice is not open any more
	Amendment Amendment // only of what is open
	DryRun    bool
}

// MatchedItem is what became of an invoice that was compared with its creditor's books.
type MatchedItem struct {
	Done     Done // Existed: it was as the books have it
	Amended  bool
	Lowered  int64 // booked as a payment
	Raised   int64 // booked as an adjustment, with a question to finance
	Reopened bool
	Known    int64 // what the books cannot know yet: the product holds less open by that
}

// MatchOpenItem makes an invoice what its creditor's books say. Less open is a payment.
// More open is an adjustment: finance is asked and the case is held until it answers,
// unless a later payment explains it. Disputes and holds stay as they are. It compares
// with what is there, so the same item again changes nothing.
func (s *Service) MatchOpenItem(ctx context.Context, scope store.Scope, now time.Time, actor Actor, invoiceID uuid.UUID, item OpenItem) (MatchedItem, error) {
	var m MatchedItem
	done, err := s.change(ctx, invoiceID, scope, now, actor, func(ctx context.Context, f *caseFile) (Done, error) {
		m = MatchedItem{}
		if err := f.match(ctx, item, &m); err != nil {
			return Done{}, err
		}
		m.Done = Done{InvoiceID: invoiceID, ID: invoiceID, Open: f.Invoice.OpenMinor}
		if f.Invoice.ClosedOutcome != nil {
			m.Done.Closed = *f.Invoice.ClosedOutcome
		}
		if item.DryRun {
			return Done{}, errRehearsed
		}
		m.Done.Existed = !m.Amended && m.Lowered == 0 && m.Raised == 0
		return m.Done, nil
	})
	if errors.Is(err, errRehearsed) {
		return m, nil
	}
	if err == nil {
		m.Done = done
	}
	return m, err
}

func (f *caseFile) match(ctx context.Context, item OpenItem, m *MatchedItem) (err error) {
	if err := f.matchBalance(ctx, item, m); err != nil {
		return err
	}
	if f.Invoice.ClosedOutcome == nil && item.OpenMinor > 0 {
		m.Amended, err = f.amend(item.Amendment)
	}
	return err
}

func (f *caseFile) matchBalance(ctx context.Context, item OpenItem, m *MatchedItem) error {
	switch diff := item.OpenMinor - f.Invoice.OpenMinor; {
	case diff < 0:
		m.Lowered = -diff
		return f.lower(ctx, item, -diff)
	case diff > 0:
		later, err := f.tx.BookedAfter(ctx, f.Invoice.ID, item.AsOf)
		if err != nil {
			return err
		}
		m.Known = min(diff, max(0, -later))
		if m.Raised = diff - m.Known; m.Raised > 0 {
			m.Reopened = f.Invoice.ClosedOutcome != nil
			return f.raise(ctx, item, m.Raised)
		}
	}
	return nil
}

// lower books what is not open any more as a payment. An invoice that has left the books
// was settled there; how, they do not say.
func (f *caseFile) lower(ctx context.Context, item OpenItem, minor int64) error {
	reference, err := f.booksReference(ctx, item.AsOf)
	if err != nil {
		return err
	}
	if item.OpenMinor == 0 {
		f.event("settled_in_erp", map[string]any{"as_of": item.AsOf.String()})
	}
	paid := f.Invoice.Amount()
	paid.Minor = minor
	_, err = f.receive(ctx, Receipt{Kind: EntryPayment, ExternalID: reference, Amount: paid, On: item.AsOf})
	return err
}

// erpRaised is the reason of the hold while finance looks why more is open than was known.
const erpRaised = "erp_raised"

// raise books what is open beyond what was known, opens a closed invoice again, and asks
// finance before anything is sent.
func (f *caseFile) raise(ctx context.Context, item OpenItem, minor int64) error {
	reference, err := f.booksReference(ctx, item.AsOf)
	if err != nil {
		return err
	}
	f.event("raised_in_erp", map[string]any{"as_of": item.AsOf.String(), "amount_minor": minor})
	if err := f.book(ctx, entry{kind: EntryAdjustment, amount: minor, on: item.AsOf, reference: reference}); err != nil {
		return err
	}
	if f.Invoice.ClosedOutcome != nil {
		if err := f.reopen(ctx); err != nil {
			return err
		}
	}
	f.tell(MessageAmended, false)
	for _, h := range f.Holds {
		if h.Reason == erpRaised {
			return nil
		}
	}
	_, err = f.askFinance(ctx, TaskPaymentReview, erpRaised)
	return err
}

// booksReference names a booking after the books' day. A second one of the same day, after
// somebody else changed the invoice in between, bears its number in the ledger too.
func (f *caseFile) booksReference(ctx context.Context, asOf calendar.Date) (string, error) {
	reference := erpReference(asOf) + ":" + f.Invoice.Number
	known, err := f.tx.ReceiptByReference(ctx, f.Creditor.ID, EntryPayment, reference)
	if err != nil || known == nil {
		return reference, err
	}
	return erpReference(asOf) + "." + strconv.Itoa(f.Invoice.LedgerSeq+1) + ":" + f.Invoice.Number, nil
}

// erpReference begins the reference of what is booked from a list of open items.
func erpReference(asOf calendar.Date) string { return "erp:" + asOf.String() }

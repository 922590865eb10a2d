package cash

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"maan/internal/collection"
	"maan/internal/money"
	"maan/internal/store"
)

// apply books a movement as it was decided. Called again it repeats nothing: every receipt has
// a reference of its own.
func (s *Service) apply(ctx context.Context, now time.Time, actor collection.Actor, e *store.BankEntry) error {
	items, err := s.store.EntryItems(ctx, e.ID)
	if err != nil {
		return err
	}
	if e.ReturnOf != nil {
		if err := s.takeBack(ctx, now, actor, e, items); err != nil {
			return err
		}
		return s.store.SettleEntry(ctx, e, statusReturned, false)
	}
	b := &receipts{Service: s, entry: e, now: now, actor: actor}
	if err := b.book(ctx, items); err != nil {
		return fmt.Errorf("book bank entry %s: %w", e.ID, err)
	}
	status := statusMatched
	if b.booked == 0 {
		status = statusCredited
	}
	return s.store.SettleEntry(ctx, e, status, true)
}

// applyOrAsk applies a decision, or answers why the facts do not allow it any more: then the
// movement is put to a person and holds up no other.
func (s *Service) applyOrAsk(ctx context.Context, now time.Time, actor collection.Actor, e *store.BankEntry) (*collection.Refusal, error) {
	err := s.apply(ctx, now, actor, e)
	if why, refused := collection.AsRefusal(err); refused {
		return why, s.store.AskAboutEntry(ctx, e.ID, reasonNotBooked)
	}
	return nil, err
}

// reasonNotBooked stands with a movement whose decision the facts overtook. Stored: never rename.
const reasonNotBooked = "not_booked"

// receipts books the parts of one movement.
type receipts struct {
	*Service

	entry  *store.BankEntry
	now    time.Time
	actor  collection.Actor
	booked int64 // on invoices
}

func (b *receipts) amount(minor int64) money.Amount { return money.New(minor, b.entry.Currency) }

func (b *receipts) reference(part int) string {
	if part == 0 {
		return b.name()
	}
	return fmt.Sprintf("%s/%d", b.name(), part+1)
}

// name is what the decision books under, the same each time that it is applied.
func (b *receipts) name() string {
	if b.entry.Decision > 1 {
		return fmt.Sprintf("bank:%s~%d", b.entry.Key, b.entry.Decision)
	}
	return "bank:" + b.entry.Key
}

// book pays the invoices, the used credit notes first, so that the money closes them. What is
// over goes with the first part: there it becomes the customer's credit.
func (b *receipts) book(ctx context.Context, items []store.BankEntryItem) error {
	credit := b.entry.CreditMinor
	used, err := b.useCredit(ctx, items)
	if err != nil {
		return err
	}
	part, left := 0, b.entry.AmountMinor // never more than came in
	for i, it := range items {
		if it.InvoiceID == nil {
			continue
		}
		minor := min(left, it.AmountMinor-used[i]+credit)
		credit = 0
		left -= minor
		if minor <= 0 { // a credit note paid all of it
			continue
		}
		_, err := b.cases.Receive(ctx, store.Everything, b.now, b.actor, *it.InvoiceID, collection.Receipt{
			Kind: collection.EntryPayment, ExternalID: b.reference(part), Amount: b.amount(minor), On: b.entry.ValueDate,
			Discount: b.amount(it.DiscountMinor), Rounding: b.amount(it.RoundingMinor), BankEntryID: &b.entry.ID,
		})
		if err != nil {
			return err
		}
		b.booked += it.AmountMinor
		part++
	}
	if credit <= 0 {
		return nil
	}
	if b.entry.CustomerID == nil {
		return errors.New("what is over belongs to nobody")
	}
	_, err = b.cases.CreditCustomer(ctx, store.Everything, b.now, b.actor, *b.entry.CustomerID, collection.Receipt{
		Kind: collection.EntryPayment, ExternalID: b.reference(part), Amount: b.amount(credit), On: b.entry.ValueDate, BankEntryID: &b.entry.ID,
	})
	return err
}

// useCredit spends the credit notes that the payer deducted, on the last invoices first. It
// answers how much of each item they paid.
func (b *receipts) useCredit(ctx context.Context, items []store.BankEntryItem) (used map[int]int64, err error) {
	used = map[int]int64{}
	for _, note := range items {
		left := -note.AmountMinor
		for i := len(items) - 1; note.CreditNoteID != nil && left > 0 && i >= 0; i-- {
			if items[i].InvoiceID == nil || items[i].AmountMinor <= used[i] {
				continue
			}
			part := min(left, items[i].AmountMinor-used[i])
			spent, err := b.cases.UseCredit(ctx, store.Everything, b.now, b.actor, *items[i].InvoiceID, *note.CreditNoteID, b.amount(part),
				fmt.Sprintf("%s/credit/%d/%d", b.name(), note.Position, items[i].Position))
			if _, refused := collection.AsRefusal(err); refused { // used up meanwhile: the invoice stays open for it
				break
			}
			if err != nil {
				return nil, err
			}
			used[i] += spent
			left -= part
		}
	}
	return used, nil
}

// takeBack undoes the payment that came back: its invoices open again with their due dates. What
// the bank took for it is a cost of its own.
func (s *Service) takeBack(ctx context.Context, now time.Time, actor collection.Actor, e *store.BankEntry, items []store.BankEntryItem) error {
	back, err := s.store.ReceiptsOfEntry(ctx, *e.ReturnOf)
	if err != nil {
		return err
	}
	for _, r := range back {
		if r.InvoiceID == nil {
			continue
		}
		if _, err := s.cases.Reverse(ctx, store.Everything, now, actor, r.ID, "returned"); err != nil {
			return fmt.Errorf("take payment back for bank entry %s: %w", e.ID, err)
		}
	}
	if e.FeeMinor == 0 {
		return nil
	}
	for _, it := range items {
		if it.InvoiceID != nil {
			return s.cases.AddCost(ctx, store.Everything, now, actor, *it.InvoiceID, money.New(abs(e.FeeMinor), e.Currency), e.ValueDate, "bank:"+e.Key+"/fee")
		}
	}
	return nil
}

func abs(n int64) int64 { return max(n, -n) }

// Part is what a person says a movement is for.
type Part struct {
	InvoiceID uuid.UUID
	Minor     int64
}

// Decision is a person's word about a movement.
type Decision struct {
	Parts      []Part     // empty: as it was proposed
	CustomerID *uuid.UUID // whose the rest is; nil: the invoices' customer
}

// Allocate books a movement as a person decided.
func (s *Service) Allocate(ctx context.Context, scope store.Scope, now time.Time, actor collection.Actor, entry uuid.UUID, d Decision) (store.BankEntry, error) {
	e, err := s.store.FindEntry(ctx, scope, entry)
	if err != nil {
		return e, err
	}
	items, err := s.partsOf(ctx, scope, &e, d)
	if err != nil {
		return e, err
	}
	e.Status, e.DecidedBy, e.DecidedAt = statusApplying, string(actor), now.UTC().Truncate(time.Millisecond)
	done, err := s.store.RedecideEntry(ctx, e, items)
	if err != nil {
		return e, err
	}
	if !done {
		return e, errDecided
	}
	why, err := s.applyOrAsk(ctx, now, actor, &e)
	if err != nil {
		return e, err
	}
	if why != nil {
		return e, why
	}
	if err := s.creditDecided(ctx, now, actor, &e); err != nil {
		return e, err
	}
	return s.store.FindEntry(ctx, scope, entry)
}

var errDecided = collection.Refuse(collection.Conflict, "", "decided", "somebody decided about this movement already")

// undecided reports why a person cannot decide about a movement, if so: it was decided, or a part
// of an earlier decision stands.
func (s *Service) undecided(ctx context.Context, e *store.BankEntry) error {
	if e.Status != statusProposed && e.Status != statusUnmatched {
		return collection.Refuse(collection.Conflict, "", "decided", "the movement is %s: nothing is to be decided", e.Status)
	}
	standing, err := s.store.ReceiptsOfEntry(ctx, e.ID)
	if err != nil || len(standing) == 0 {
		return err
	}
	return collection.Refuse(collection.Conflict, "", "partly_booked",
		"a part of the movement is booked as payment %s; reverse that one first, then decide about the whole", standing[0].ID)
}

// partsOf checks a person's decision and completes the movement with it.
func (s *Service) partsOf(ctx context.Context, scope store.Scope, e *store.BankEntry, d Decision) ([]store.BankEntryItem, error) {
	if err := s.undecided(ctx, e); err != nil {
		return nil, err
	}
	if e.AmountMinor <= 0 {
		return nil, collection.Refuse(collection.Invalid, "", "not_received", "no money came in by this movement; reverse the payment it takes back, and ignore it here")
	}
	if len(d.Parts) == 0 && d.CustomerID == nil {
		items, err := s.store.EntryItems(ctx, e.ID)
		if err == nil && len(items) == 0 {
			err = collection.Refuse(collection.Invalid, "parts", "missing", "nothing is proposed for this movement; say which invoices it pays, or whose credit it is")
		}
		return items, err
	}
	if d.CustomerID != nil {
		e.CustomerID = d.CustomerID
		if _, err := s.store.FindCustomer(ctx, scope, *d.CustomerID); err != nil {
			return nil, err
		}
	}
	return s.shareOut(ctx, scope, e, d)
}

// shareOut turns the parts that a person named into items of one customer; what they leave over
// is that customer's credit.
func (s *Service) shareOut(ctx context.Context, scope store.Scope, e *store.BankEntry, d Decision) ([]store.BankEntryItem, error) {
	rest := e.AmountMinor
	items := make([]store.BankEntryItem, 0, len(d.Parts))
	for i, p := range d.Parts {
		field := fmt.Sprintf("parts.%d", i)
		customer, err := s.store.InvoiceCustomer(ctx, scope, p.InvoiceID)
		if err != nil {
			return nil, err
		}
		if i == 0 && d.CustomerID == nil {
			e.CustomerID = &customer
		}
		if *e.CustomerID != customer {
			return nil, collection.Refuse(collection.Invalid, field, "other_customer", "the invoices are of different customers; a movement is one customer's")
		}
		if p.Minor <= 0 || p.Minor > rest {
			return nil, collection.Refuse(collection.Invalid, field, "out_of_range", "the parts must be above zero and together at most the movement's amount")
		}
		rest -= p.Minor
		items = append(items, store.BankEntryItem{InvoiceID: &d.Parts[i].InvoiceID, AmountMinor: p.Minor})
	}
	e.CreditMinor = rest
	return items, nil
}

// Ignore says that a movement is none of the creditor's claims.
func (s *Service) Ignore(ctx context.Context, scope store.Scope, now time.Time, actor collection.Actor, entry uuid.UUID) (store.BankEntry, error) {
	e, err := s.store.FindEntry(ctx, scope, entry)
	if err != nil {
		return e, err
	}
	if err := s.undecided(ctx, &e); err != nil {
		return e, err
	}
	e.Status, e.DecidedBy, e.DecidedAt = statusIgnored, string(actor), now.UTC().Truncate(time.Millisecond)
	done, err := s.store.RedecideEntry(ctx, e, nil)
	if err != nil {
		return e, err
	}
	if !done {
		return e, errDecided
	}
	return e, s.creditDecided(ctx, now, actor, &e)
}

// creditDecided wakes the cases that waited because the money might have been for them.
func (s *Service) creditDecided(ctx context.Context, now time.Time, actor collection.Actor, e *store.BankEntry) error {
	if e.CustomerID == nil {
		return nil
	}
	return s.cases.CreditChanged(ctx, now, actor, *e.CustomerID)
}

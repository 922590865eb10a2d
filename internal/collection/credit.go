package collection

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/store"
)

// CreditItem is a credit note, or cash on account, that a creditor's books hold for a
// customer.
type CreditItem struct {
	Kind   string // EntryCreditNote or EntryPayment
	Number string
	Open   money.Amount // more than zero
	On     calendar.Date
}

// BooksCredit is all that a creditor's books hold to a customer's credit at the end of a day.
type BooksCredit struct {
	AsOf   calendar.Date
	Items  []CreditItem
	Adds   bool // the list is not complete: nothing is lowered
	DryRun bool
}

// MatchCredit makes a customer's credit what its creditor's books say, item by item, and
// tells its cases if it changed. It answers by how much, in each currency.
func (s *Service) MatchCredit(ctx context.Context, scope store.Scope, now time.Time, actor Actor, customerID uuid.UUID, b BooksCredit) (map[money.Currency]int64, error) {
	var changed map[money.Currency]int64
	err := s.rehearse(ctx, b.DryRun, func(ctx context.Context, tx *store.Tx) error {
		changed = map[money.Currency]int64{}
		customer, _, _, err := tx.LockCustomer(ctx, customerID)
		if err != nil {
			return err
		}
		if !scope.Covers(customer.CreditorID) {
			return store.ErrNotFound
		}
		m := creditMatch{tx: tx, customer: customer, books: &b, now: now.UTC().Truncate(time.Millisecond), actor: actor, changed: changed}
		if err := m.run(ctx); err != nil || len(changed) == 0 || b.DryRun {
			return err
		}
		_, err = s.tellOpenCases(ctx, tx, customerID, uuid.Nil, now, actor, MessageCreditChanged, func(f *caseFile) { f.unwait(dunning.ReasonCreditCovers) })
		return err
	})
	return changed, err
}

// creditMatch compares one customer's credit with the books.
type creditMatch struct {
	tx       *store.Tx
	customer *store.Customer
	books    *BooksCredit
	now      time.Time
	actor    Actor
	changed  map[money.Currency]int64
}

func (m *creditMatch) run(ctx context.Context) error {
	known, err := m.tx.CreditItems(ctx, m.customer.ID, m.books.AsOf)
	if err != nil {
		return err
	}
	named := make([]bool, len(known))
	for _, item := range m.books.Items {
		index := m.find(known, item)
		left, receipt := int64(0), uuid.Nil
		if index >= 0 {
			named[index] = true
			left, receipt = known[index].LeftMinor, known[index].ReceiptID
		}
		if err := m.set(ctx, item, receipt, left); err != nil {
			return err
		}
	}
	for i, k := range known {
		if !named[i] && k.LeftMinor != 0 && !m.books.Adds {
			if err := m.book(ctx, k.ReceiptID, k.Currency, k.LeftMinor, m.books.AsOf); err != nil {
				return err
			}
		}
	}
	return nil
}

// find looks for the receipt that an item is: one of an earlier list, else one that came
// in by itself under the item's own number. -1: none.
func (m *creditMatch) find(known []store.CreditItem, item CreditItem) int {
	for _, id := range []string{m.externalID(item), item.Number} {
		i := slices.IndexFunc(known, func(k store.CreditItem) bool {
			return k.Kind == item.Kind && k.ExternalID == id && k.Currency == item.Open.Currency
		})
		if i >= 0 {
			return i
		}
	}
	return -1
}

// externalID names an item over all lists. Numbers of cash are the customer's bank's, so
// they are told apart by customer.
func (m *creditMatch) externalID(item CreditItem) string {
	return "erp:" + m.customer.Number + ":" + string(item.Open.Currency) + ":" + item.Number
}

// set makes what is left of an item what the books hold.
func (m *creditMatch) set(ctx context.Context, item CreditItem, receipt uuid.UUID, left int64) error {
	diff := left - item.Open.Minor
	if diff == 0 || (diff > 0 && m.books.Adds) {
		return nil
	}
	on := m.books.AsOf
	if receipt == uuid.Nil {
		receipt, on = store.NewID(), item.On
		r := Receipt{Kind: item.Kind, ExternalID: m.externalID(item), Amount: item.Open, On: item.On}
		if err := m.tx.InsertReceipt(ctx, store.Receipt{
			ID: receipt, CreditorID: m.customer.CreditorID, CustomerID: m.customer.ID, Kind: r.Kind, ExternalID: r.ExternalID, AmountMinor: r.Amount.Minor,
			Currency: r.Amount.Currency, ValueDate: r.On, Status: "booked", ContentHash: r.hash(m.customer.ID), Actor: string(m.actor), BusinessAt: m.now,
		}); err != nil {
			return err
		}
	}
	return m.book(ctx, receipt, item.Open.Currency, diff, on)
}

// book changes the customer's credit; the amount is what it owes more.
func (m *creditMatch) book(ctx context.Context, receipt uuid.UUID, c money.Currency, minor int64, on calendar.Date) error {
	m.changed[c] -= minor
	return m.tx.InsertLedgerEntry(ctx, store.LedgerEntry{
		ID: store.NewID(), CreditorID: m.customer.CreditorID, CustomerID: m.customer.ID, Kind: EntryCredit, AmountMinor: minor, Currency: c,
		ValueDate: on, ReceiptID: &receipt, Reference: erpReference(m.books.AsOf) + ":" + m.customer.Number, Actor: string(m.actor), BusinessAt: m.now,
	})
}

package cash

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"maan/internal/bankstatement"
	"maan/internal/matching"
	"maan/internal/money"
	"maan/internal/reference"
	"maan/internal/store"
)

// Statuses of a movement. Stored: never rename.
const (
	statusApplying  = "applying"
	statusMatched   = "matched"
	statusProposed  = "proposed"
	statusUnmatched = "unmatched"
	statusCredited  = "credited"
	statusReturned  = "returned"
	statusOutgoing  = "outgoing"
	statusIgnored   = "ignored"
	statusPending   = "pending"
)

// remembered is how long a closed invoice and its payments stay in the index: a direct debit
// can be taken back for 13 months.
const remembered = 400 * 24 * time.Hour

// matcher decides about the movements of one creditor, in order.
type matcher struct {
	index *matching.Index
	kinds map[string]string // item id: invoice or credit_note
}

func (s *Service) newMatcher(ctx context.Context, creditor *store.Creditor, currency money.Currency, now time.Time) (*matcher, error) {
	rows, err := s.store.MatchItems(ctx, creditor.ID, now.Add(-remembered))
	if err != nil {
		return nil, fmt.Errorf("read what may be paid: %w", err)
	}
	receipts, err := s.store.MatchReceipts(ctx, creditor.ID, now.Add(-remembered))
	if err != nil {
		return nil, fmt.Errorf("read what was paid: %w", err)
	}
	accounts, err := s.store.PayerAccounts(ctx, creditor.ID)
	if err != nil {
		return nil, fmt.Errorf("read known payers: %w", err)
	}
	m := &matcher{kinds: make(map[string]string, len(rows))}
	items := itemsOf(rows, receipts)
	for _, r := range rows {
		m.kinds[r.ID.String()] = r.Kind
	}
	var payers []matching.Payer
	for account, customers := range accounts {
		for _, c := range customers {
			payers = append(payers, matching.Payer{IBAN: account, CustomerID: c.String()})
		}
	}
	m.index, err = matching.NewIndex(items, payers, matching.Policy{
		AutoKnownIBAN: creditor.AutoKnownAccount, OldestFirst: creditor.OldestFirst,
		RoundingTolerance: money.New(creditor.RoundingToleranceMinor, currency),
		SmallBalance:      money.New(creditor.SmallBalanceMinor, currency), MaxReturnFee: money.New(creditor.MaxReturnFeeMinor, currency),
	})
	return m, err
}

func itemsOf(rows []store.MatchItem, receipts []store.MatchReceipt) []matching.Item {
	paid := map[uuid.UUID][]matching.Receipt{}
	for _, r := range receipts {
		paid[r.InvoiceID] = append(paid[r.InvoiceID], matching.Receipt{
			PaymentID: r.PaymentID.String(), EndToEndID: r.EndToEndID, Total: money.New(r.TotalMinor, r.Currency),
			Unallocated: money.New(r.CreditMinor, r.Currency), Amount: money.New(r.AmountMinor, r.Currency),
			Discount: money.New(r.DiscountMinor, r.Currency), Rounding: money.New(r.RoundingMinor, r.Currency),
		})
	}
	items := make([]matching.Item, 0, len(rows))
	for _, r := range rows {
		item := matching.Item{
			ID: r.ID.String(), CustomerID: r.CustomerID.String(), Number: r.Number, Kind: matching.Kind(r.Kind), Open: money.New(r.OpenMinor, r.Currency),
			PaymentReference: r.PaymentReference, IssueDate: r.IssueDate, DueDate: r.DueDate, Closed: r.Closed, Receipts: paid[r.ID],
		}
		if r.DiscountPoints > 0 && r.DiscountUntil != nil {
			item.Discount = &matching.Discount{BasisPoints: r.DiscountPoints, Until: *r.DiscountUntil}
		}
		items = append(items, item)
	}
	return items
}

// decision is what was decided about a movement.
type decision struct {
	entry   store.BankEntry
	items   []store.BankEntryItem
	text    store.BankEntryText
	counted string // the code under which the import counts it
	payment matching.Payment
	outcome matching.Outcome
}

func (m *matcher) decide(e *bankstatement.Entry, t *bankstatement.Transaction) *decision {
	id := store.NewID()
	p := paymentOf(id, e, t)
	o := m.index.Match(p)
	d := &decision{payment: p, outcome: o}
	d.entry = store.BankEntry{
		ID: id, Key: t.Key, AmountMinor: t.Amount.Minor, Currency: t.Amount.Currency, BookingDate: e.BookingDate, ValueDate: e.ValueDate,
		Rule: string(o.Rule), Reasons: words(o.Reasons), Flags: words(o.Flags), CustomerID: idOf(o.CustomerID), FeeMinor: o.Fee.Minor,
		ReturnOf: nil, Evidence: evidenceOf(o.Evidence), Decision: 1,
	}
	if o.Unallocated.IsPositive() && d.entry.CustomerID != nil {
		d.entry.CreditMinor = o.Unallocated.Minor
	}
	d.text = store.BankEntryText{
		EntryID: id, PayerName: t.Counterparty.Name, PayerAccount: t.Counterparty.IBAN, EndToEndID: t.EndToEndID, Text: t.Text,
	}
	m.choose(d)
	return d
}

// choose says what becomes of the movement.
func (m *matcher) choose(d *decision) {
	o := d.outcome
	switch o.Decision {
	case matching.Auto:
		d.entry.Status, d.counted = statusApplying, statusMatched
		if len(o.Allocations) == 0 {
			d.counted = statusCredited
			d.creditOf(o.Candidates)
		}
		m.allocate(d)
	case matching.Return:
		d.entry.Status, d.counted, d.entry.ReturnOf = statusApplying, statusReturned, idOf(o.ReturnOf)
		m.allocate(d)
	case matching.Propose:
		d.entry.Status, d.counted = statusProposed, statusProposed
		m.allocate(d)
	default:
		d.entry.Status = statusUnmatched
		if !d.payment.Amount.IsPositive() && slices.Contains(o.Reasons, matching.ReasonNotReceived) {
			d.entry.Status = statusOutgoing
		}
		d.counted = d.entry.Status
	}
}

// creditOf names the closed invoice that a double payment was about, so that a return of it
// finds its way back.
func (d *decision) creditOf(candidates []string) {
	if id := firstID(candidates); id != nil {
		d.items = append(d.items, store.BankEntryItem{InvoiceID: id})
	}
}

func (m *matcher) allocate(d *decision) {
	for _, a := range d.outcome.Allocations {
		it := store.BankEntryItem{AmountMinor: a.Amount.Minor, DiscountMinor: a.Discount.Minor, RoundingMinor: a.Rounding.Minor}
		if m.kinds[a.ItemID] == "credit_note" {
			it.CreditNoteID = idOf(a.ItemID)
		} else {
			it.InvoiceID = idOf(a.ItemID)
		}
		d.items = append(d.items, it)
	}
}

// pending: the bank has reserved the money and not booked it. Nothing is booked here either; it
// counts as the customer's credit until the account's next statement.
func (d *decision) pending() {
	d.entry.Status, d.counted, d.items = statusPending, statusPending, nil
	d.entry.Key = "pending-" + d.entry.ID.String()
}

// book brings the index up to date with what was decided.
func (m *matcher) book(d *decision) error {
	if d.entry.Status == statusPending || (d.outcome.Decision != matching.Auto && d.outcome.Decision != matching.Return) {
		return nil
	}
	return m.index.Apply(d.payment, d.outcome)
}

func paymentOf(id uuid.UUID, e *bankstatement.Entry, t *bankstatement.Transaction) matching.Payment {
	p := matching.Payment{
		ID: id.String(), Amount: t.Amount, ValueDate: e.ValueDate, EndToEndID: t.EndToEndID, InvoiceNumbers: t.InvoiceNumbers, Text: t.Text,
		PayerIBAN: t.Counterparty.IBAN, Reversal: e.Reversal, ReturnReason: t.ReturnReason, OriginalAmount: t.OriginalAmount, Charges: t.Charges,
	}
	for _, r := range t.References {
		scheme := reference.Scheme("")
		switch r.Scheme {
		case bankstatement.SchemeOGM:
			scheme = reference.OGM
		case bankstatement.SchemeRF:
			scheme = reference.RF
		case bankstatement.SchemeCUR:
			scheme = reference.Betalingskenmerk
		default:
		}
		p.References = append(p.References, matching.Reference{Scheme: scheme, Value: r.Value})
	}
	return p
}

func words[T ~string](codes []T) []string {
	out := make([]string, 0, len(codes))
	for _, c := range codes {
		out = append(out, string(c))
	}
	return out
}

func idOf(text string) *uuid.UUID {
	id, err := uuid.Parse(text)
	if err != nil {
		return nil
	}
	return &id
}

func firstID(texts []string) *uuid.UUID {
	if len(texts) == 0 {
		return nil
	}
	return idOf(texts[0])
}

func evidenceOf(evidence []matching.Evidence) []store.BankEvidence {
	out := make([]store.BankEvidence, 0, len(evidence))
	for _, e := range evidence {
		out = append(out, store.BankEvidence{Code: string(e.Code), Item: e.ItemID, Number: e.Number})
	}
	return out
}

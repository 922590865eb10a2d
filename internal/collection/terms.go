package collection

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/law"
	"maan/internal/store"
)

// NewTerms is what was agreed with a customer, for one invoice or for all.
type NewTerms struct {
	InvoiceID        *uuid.UUID // nil: all invoices that are issued while the terms hold
	ValidFrom        calendar.Date
	ValidUntil       *calendar.Date
	GoverningCountry string    // empty: the creditor's
	AnnualRate       *law.Rate // nil: none agreed
	Compounding      law.Compounding
	PenaltyCode      string
	PenaltyMinor     int64
	RetentionOfTitle bool
	AcceptedOn       *calendar.Date // without it the statute's rate holds
	Proof            string
}

const highestAgreedRate law.Rate = 100_0000

func (n *NewTerms) check() error {
	var bad faults
	if n.ValidFrom.IsZero() {
		bad.add("valid_from", "missing", "say from which date of issue the terms hold, as 2026-01-31")
	}
	if n.ValidUntil != nil && n.ValidUntil.Before(n.ValidFrom) {
		bad.add("valid_until", "before_valid_from", "the last day %s is before the first", n.ValidUntil)
	}
	if c := n.GoverningCountry; c != "" && (len(c) != 2 || strings.ToUpper(c) != c) {
		bad.add("governing_country", "invalid_country", "write two capitals (ISO 3166-1), such as NL")
	}
	if n.AnnualRate != nil && (*n.AnnualRate < 0 || *n.AnnualRate > highestAgreedRate) {
		bad.add("annual_rate", "out_of_range", "write a percentage between 0 and %s", highestAgreedRate)
	}
	if n.Compounding == "" {
		n.Compounding = law.Simple
	}
	if n.Compounding != law.Simple && n.Compounding != law.Yearly {
		bad.add("compounding", "unknown_value", "write %s or %s", law.Simple, law.Yearly)
	}
	return bad.err()
}

// AddTerms adds terms. Earlier ones stay on record; those of an invoice go before those of
// its customer, and the newest before older ones.
func (s *Service) AddTerms(ctx context.Context, scope store.Scope, now time.Time, actor Actor, customerID uuid.UUID, n NewTerms) (store.ContractTerm, error) {
	t := store.ContractTerm{ID: store.NewID(), CustomerID: customerID}
	err := s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		customer, _, _, err := tx.LockCustomer(ctx, customerID)
		if err != nil {
			return err
		}
		if !scope.Covers(customer.CreditorID) {
			return store.ErrNotFound
		}
		if err := n.check(); err != nil {
			return err
		}
		if n.InvoiceID != nil {
			in, err := s.store.InvoiceRow(ctx, scope, *n.InvoiceID)
			if errors.Is(err, store.ErrNotFound) || (err == nil && in.CustomerID != customerID) {
				return Refuse(Invalid, "invoice_id", "unknown_invoice", "this customer has no such invoice")
			}
			if err != nil {
				return err
			}
		}
		t.InvoiceID, t.ValidFrom, t.ValidUntil, t.GoverningCountry, t.AnnualRate = n.InvoiceID, n.ValidFrom, n.ValidUntil, n.GoverningCountry, n.AnnualRate
		t.Compounding, t.PenaltyCode, t.PenaltyMinor, t.RetentionOfTitle = n.Compounding, n.PenaltyCode, n.PenaltyMinor, n.RetentionOfTitle
		t.AcceptedOn, t.Proof, t.Actor, t.BusinessAt = n.AcceptedOn, n.Proof, string(actor), now.UTC().Truncate(time.Millisecond)
		return tx.InsertTerm(ctx, t)
	})
	return t, err
}

// AddRate adds a legal rate to those that come with the product. A row of the same regime
// and day takes the place of the one that was there.
func (s *Service) AddRate(ctx context.Context, now time.Time, actor Actor, row law.Row) error {
	added, err := s.store.LawRates(ctx)
	if err != nil {
		return err
	}
	others := added[:0:0]
	for _, r := range added {
		if r.Regime != row.Regime || r.ValidFrom != row.ValidFrom {
			others = append(others, r)
		}
	}
	if _, err := law.Shipped().With(append([]law.Row{row}, others...)...); err != nil {
		var bad faults
		for line := range strings.SplitSeq(err.Error(), "\n") {
			fault := strings.TrimPrefix(line, "row 1: ")
			field, _, _ := strings.Cut(fault, ":")
			if strings.Contains(field, " ") { // about the table as a whole
				field = ""
			}
			bad.add(field, "invalid_row", "%s", strings.TrimPrefix(fault, field+": "))
		}
		return bad.err()
	}
	return s.store.AddLawRate(ctx, store.LawRate{ID: store.NewID(), Row: row, Actor: string(actor), BusinessAt: now.UTC().Truncate(time.Millisecond)})
}

// RateTable is the shipped rates with those that were added.
func (s *Service) RateTable(ctx context.Context) (*law.Table, error) {
	added, err := s.store.LawRates(ctx)
	if err != nil {
		return nil, err
	}
	return law.Shipped().With(added...)
}

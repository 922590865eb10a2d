package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"

	"maan/internal/collection"
	"maan/internal/store"
)

// creditCustomer books a credit note that names no invoice on the customer's own
// account. The claims of the customer's cases read that account, so its other cases are
// silent from the moment it covers what is overdue.
func (s *server) creditCustomer(ctx context.Context, customer uuid.UUID, r collection.Receipt) (collection.Done, error) {
	who := callerOf(ctx)
	var done collection.Done
	err := s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		cu, _, _, err := tx.LockCustomer(ctx, customer)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%s|%d|%s|%s", r.Kind, customer, r.ExternalID, r.Amount.Minor, r.Amount.Currency, r.On))
		hash := hex.EncodeToString(sum[:])
		known, err := tx.ReceiptByReference(ctx, cu.CreditorID, r.Kind, r.ExternalID)
		if err != nil {
			return err
		}
		if known != nil {
			done, err = knownCredit(known, hash)
			return err
		}
		row := store.Receipt{
			ID: store.NewID(), CreditorID: cu.CreditorID, CustomerID: cu.ID, Kind: r.Kind, ExternalID: r.ExternalID, AmountMinor: r.Amount.Minor,
			Currency: r.Amount.Currency, ValueDate: r.On, Status: "booked", ContentHash: hash, Actor: string(who.actor), BusinessAt: who.now.UTC().Truncate(time.Millisecond),
		}
		if err := tx.InsertReceipt(ctx, row); err != nil {
			return err
		}
		done = collection.Done{ID: row.ID}
		return tx.InsertLedgerEntry(ctx, store.LedgerEntry{
			ID: store.NewID(), CreditorID: cu.CreditorID, CustomerID: cu.ID, Kind: collection.EntryCredit, AmountMinor: -r.Amount.Minor,
			Currency: r.Amount.Currency, ValueDate: r.On, ReceiptID: &row.ID, Reference: r.ExternalID, Actor: string(who.actor), BusinessAt: row.BusinessAt,
		})
	})
	return done, err
}

func knownCredit(known *store.Receipt, hash string) (collection.Done, error) {
	if known.ContentHash != hash {
		return collection.Done{}, &problem{kind: kindConflict, detail: "Give the credit note its own number.", faults: []Fault{
			{Field: "number", Code: "reference_taken", Detail: "a credit note with this number exists with another amount, date or invoice"},
		}}
	}
	done := collection.Done{ID: known.ID, Existed: true}
	if known.InvoiceID != nil {
		done.InvoiceID = *known.InvoiceID
	}
	return done, nil
}

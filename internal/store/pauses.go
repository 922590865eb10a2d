package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// InsertDispute adds a dispute.
func (tx *Tx) InsertDispute(ctx context.Context, d Dispute) error {
	return tx.exec(ctx, "insert dispute", `insert into dispute (id, invoice_id, reason, opened_by, opened_at) values ($1, $2, $3, $4, $5)`,
		d.ID, d.InvoiceID, d.Reason, d.OpenedBy, d.OpenedAt)
}

// ResolveDispute ends a dispute.
func (tx *Tx) ResolveDispute(ctx context.Context, id uuid.UUID, at time.Time, resolution, by string) error {
	return tx.exec(ctx, "resolve dispute", `update dispute set resolved_at = $2, resolution = $3, resolved_by = $4 where id = $1`, id, at, resolution, by)
}

// Disputes counts the disputes there were on an invoice.
func (tx *Tx) Disputes(ctx context.Context, invoice uuid.UUID) (n int, err error) {
	err = tx.QueryRow(ctx, `select count(*) from dispute where invoice_id = $1`, invoice).Scan(&n)
	return n, err
}

// InsertHold adds a hold.
func (tx *Tx) InsertHold(ctx context.Context, h Hold) error {
	if err := tx.Do(ctx, AddHold(h)); err != nil {
		return fmt.Errorf("insert hold: %w", err)
	}
	return nil
}

// AddHold adds a hold with other writes.
func AddHold(h Hold) Write {
	return statement(`insert into hold (id, creditor_id, customer_id, invoice_id, reason, until_day, placed_by, placed_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, h.ID, h.CreditorID, h.CustomerID, h.InvoiceID, h.Reason, h.UntilDay, h.PlacedBy, h.PlacedAt)
}

// Hold reads a hold within the scope.
func (s *Store) Hold(ctx context.Context, scope Scope, id uuid.UUID) (Hold, error) {
	return one[Hold](ctx, s.pool, `select `+holdColumns+` from hold where id = $1 and ($2::text[] is null or creditor_id = any($2))`, id, scope.filter())
}

// ReleaseHold ends a hold; one that has ended is not found.
func (tx *Tx) ReleaseHold(ctx context.Context, id uuid.UUID, at time.Time, by string) error {
	tag, err := tx.Exec(ctx, `update hold set released_at = $2, released_by = $3 where id = $1 and released_at is null`, id, at, by)
	if err != nil {
		return fmt.Errorf("release hold: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return ErrNotFound
	}
	return nil
}

// InsertPromise adds a promise.
func (tx *Tx) InsertPromise(ctx context.Context, p Promise) error {
	return tx.exec(ctx, "insert promise", `insert into promise (id, invoice_id, promised_on, holds_until, made_at, actor, status)
		values ($1, $2, $3, $4, $5, $6, $7)`, p.ID, p.InvoiceID, p.PromisedOn, p.HoldsUntil, p.MadeAt, p.Actor, p.Status)
}

// SettlePromise says what became of a promise.
func (tx *Tx) SettlePromise(ctx context.Context, id uuid.UUID, status string, at time.Time) error {
	return tx.exec(ctx, "settle promise", `update promise set status = $2, settled_at = $3 where id = $1`, id, status, at)
}

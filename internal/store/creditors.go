package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// SetStopped throws or lifts a creditor's stop switch and answers what it was.
func (tx *Tx) SetStopped(ctx context.Context, creditor string, stopped bool) (before bool, err error) {
	err = tx.QueryRow(ctx, `update creditor c set stopped = $2 from (select stopped from creditor where id = $1 for update) o
		where c.id = $1 returning o.stopped`, creditor, stopped).Scan(&before)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, ErrNotFound
	}
	return before, err
}

// SetMode changes a creditor's mode and answers what it was.
func (tx *Tx) SetMode(ctx context.Context, creditor string, mode dunning.Mode) (before dunning.Mode, err error) {
	err = tx.QueryRow(ctx, `update creditor c set mode = $2 from (select mode from creditor where id = $1 for update) o
		where c.id = $1 returning o.mode`, creditor, mode).Scan(&before)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", ErrNotFound
	}
	return before, err
}

// InsertCreditorEvent notes who changed a creditor and why.
func (tx *Tx) InsertCreditorEvent(ctx context.Context, creditor, kind, actor, reason string, at time.Time) error {
	return tx.exec(ctx, "insert creditor event", `insert into creditor_event (id, creditor_id, kind, actor, reason, business_at) values ($1, $2, $3, $4, $5, $6)`,
		NewID(), creditor, kind, actor, reason, at)
}

// LeavingOfCreditor lists a creditor's messages that were claimed and may still leave.
func (tx *Tx) LeavingOfCreditor(ctx context.Context, creditor string) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, `select id from message where creditor_id = $1 and status = 'sending' and delivery = '' order by id`, creditor)
	if err != nil {
		return nil, fmt.Errorf("leaving messages: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// CustomersWithOpenInvoices lists them in lock order.
func (s *Store) CustomersWithOpenInvoices(ctx context.Context, creditor string) ([]uuid.UUID, error) {
	rows, err := s.pool.Query(ctx, `select distinct customer_id from invoice where creditor_id = $1 and closed_outcome is null order by 1`, creditor)
	if err != nil {
		return nil, fmt.Errorf("customers with open invoices: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// OverduePromises lists open cases with a promise whose grace is over by a day.
func (s *Store) OverduePromises(ctx context.Context, today calendar.Date) ([]uuid.UUID, error) {
	rows, err := s.pool.Query(ctx, `select invoice_id from promise where status = 'open' and holds_until < $1 order by invoice_id limit 10000`, today)
	if err != nil {
		return nil, fmt.Errorf("overdue promises: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// NoChaseToReview lists open cases that are not chased and whose day of review has come.
func (s *Store) NoChaseToReview(ctx context.Context, today calendar.Date) ([]uuid.UUID, error) {
	rows, err := s.pool.Query(ctx, `select i.id from invoice i join customer c on c.id = i.customer_id
		where i.closed_outcome is null and (i.no_chase_review_on <= $1 or c.no_chase_review_on <= $1) order by i.customer_id, i.id limit 10000`, today)
	if err != nil {
		return nil, fmt.Errorf("do-not-chase to review: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

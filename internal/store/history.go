package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// EachCaseEvent reads every history, case by case in order.
func (s *Store) EachCaseEvent(ctx context.Context, fn func(CaseEvent) error) error {
	rows, err := s.pool.Query(ctx, `select invoice_id, seq, kind, actor, data, prev_hash, hash, business_at, recorded_at
		from case_event order by invoice_id, seq`)
	if err != nil {
		return fmt.Errorf("read histories: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		e, err := pgx.RowToStructByName[CaseEvent](rows)
		if err != nil {
			return fmt.Errorf("read history: %w", err)
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return rows.Err()
}

// CutHistories lists the cases whose history lacks its newest line: each with the number
// and hash that the case itself remembers.
func (s *Store) CutHistories(ctx context.Context) ([]CaseEvent, error) {
	rows, err := s.pool.Query(ctx, `select i.id, i.event_seq, i.event_hash from invoice i where i.event_seq > 0 and not exists (
		select 1 from case_event e where e.invoice_id = i.id and e.seq = i.event_seq and e.hash = i.event_hash) order by i.id`)
	if err != nil {
		return nil, fmt.Errorf("read ends of histories: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e CaseEvent, err error) {
		err = row.Scan(&e.InvoiceID, &e.Seq, &e.Hash)
		return e, err
	})
}

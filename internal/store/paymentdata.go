package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// CreditorHasTask reports whether a task of a kind is open for a creditor.
func (tx *Tx) CreditorHasTask(ctx context.Context, creditor, kind string) (has bool, err error) {
	err = tx.QueryRow(ctx, `select exists (select 1 from task where creditor_id = $1 and kind = $2 and status in ('open', 'claimed'))`,
		creditor, kind).Scan(&has)
	return has, err
}

// SetPaymentsKnown moves the day up to which a creditor's payments are known, never back, and
// closes the task that asked for them. It answers whether the day moved.
func (s *Store) SetPaymentsKnown(ctx context.Context, creditor string, until calendar.Date, at time.Time) (moved bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		tag, err := tx.Exec(ctx, `update creditor set payments_known_until = $2
			where id = $1 and (payments_known_until is null or payments_known_until < $2)`, creditor, until)
		if err != nil {
			return fmt.Errorf("payments known: %w", err)
		}
		moved = tag.RowsAffected() == 1
		return tx.exec(ctx, "close tasks", `update task set status = 'done', outcome = 'arrived', closed_by = 'system', closed_at = $2
			where creditor_id = $1 and kind = 'payment_data' and status in ('open', 'claimed')`, creditor, at)
	})
	return moved, err
}

// CasesWaitingFor lists the open cases of a creditor whose step was told to wait for a reason.
func (s *Store) CasesWaitingFor(ctx context.Context, creditor string, why dunning.Reason) ([]uuid.UUID, error) {
	type row struct{ InvoiceID uuid.UUID }
	rows, err := list[row](ctx, s.pool, `select p.invoice_id from plan_step p join invoice i on i.id = p.invoice_id and i.current_run = p.run_no
		where i.creditor_id = $1 and i.closed_outcome is null and p.state = 'waiting' and p.reason = $2 order by p.invoice_id`, creditor, why)
	ids := make([]uuid.UUID, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.InvoiceID)
	}
	return ids, err
}

package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Write is a change that waits for others to travel with: [Tx.Do] carries some out at
// once, [Tx.SaveCase] those of a case with everything else it writes, each in one round
// trip. What was not carried out yet is not seen by reads of the same transaction.
type Write func(*pgx.Batch)

// Do carries out changes in their order, in one round trip.
func (tx *Tx) Do(ctx context.Context, writes ...Write) error {
	b := &pgx.Batch{}
	for _, w := range writes {
		w(b)
	}
	return tx.SendBatch(ctx, b).Close()
}

func statement(sql string, args ...any) Write {
	return func(b *pgx.Batch) { b.Queue(sql, args...) }
}

// exec runs a statement; what names it in an error.
func (tx *Tx) exec(ctx context.Context, what, sql string, args ...any) error {
	if _, err := tx.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Tx is a running transaction. What does not have to be answered at once travels with the next
// statement that has: its beginning with the first, its writes with the next read, the last ones
// with the commit. Each trip to the database that is saved is time in which nobody waits for a lock.
type Tx struct {
	conn    conn
	store   *Store
	waiting []*pgx.QueuedQuery
}

// conn is what a connection and a transaction of pgx have in common.
type conn interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error)
}

// InTx runs fn in a transaction and commits it. A deadlock or serialization failure is
// tried again a few times, so fn must not have effects of its own.
func (s *Store) InTx(ctx context.Context, fn func(context.Context, *Tx) error) error {
	const tries = 5
	for attempt := 1; ; attempt++ {
		err := s.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error { return s.inTx(ctx, c, fn) })
		if err == nil || attempt == tries || !isRetryable(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(attempt) * 10 * time.Millisecond):
		}
	}
}

func (s *Store) inTx(ctx context.Context, c *pgxpool.Conn, fn func(context.Context, *Tx) error) error {
	const idle = 'I'
	defer func() { // fn failed or panicked; a connection that cannot roll back is thrown away by its pool
		if c.Conn().PgConn().TxStatus() != idle {
			_, _ = c.Exec(ctx, "rollback")
		}
	}()
	tx := &Tx{conn: c, store: s}
	tx.begin()
	if err := fn(ctx, tx); err != nil {
		return err
	}
	return tx.commit(ctx)
}

// begin begins a transaction whose statements are planned once for each connection: they find
// their rows by key, so that their plan depends on no value. Nor may it depend on how large the
// tables were at that moment: of small ones the planner would read every row, and that plan would
// stay.
func (tx *Tx) begin() {
	tx.later(func(b *pgx.Batch) {
		b.Queue("begin")
		b.Queue("set local plan_cache_mode = force_generic_plan")
		b.Queue("set local enable_seqscan = off")
	})
}

func (tx *Tx) commit(ctx context.Context) error {
	b := &pgx.Batch{}
	b.Queue("commit").Exec(func(tag pgconn.CommandTag) error {
		if tag.String() != "COMMIT" { // a statement had failed, and nobody minded
			return pgx.ErrTxCommitRollback
		}
		return nil
	})
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// InReadTx runs fn in a transaction that sees one moment of the database, and in which the
// database refuses every write and every lock.
func (s *Store) InReadTx(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly},
		func(tx pgx.Tx) error { return fn(ctx, &Tx{conn: tx, store: s}) })
}

// later carries out changes with the next statement that is sent, before it.
func (tx *Tx) later(writes ...Write) {
	b := &pgx.Batch{}
	for _, w := range writes {
		w(b)
	}
	tx.waiting = append(tx.waiting, b.QueuedQueries...)
}

// flush carries out what waits.
func (tx *Tx) flush(ctx context.Context) error {
	if len(tx.waiting) == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, &pgx.Batch{}).Close(); err != nil {
		return fmt.Errorf("carry out what waits: %w", err)
	}
	return nil
}

// SendBatch sends what waits and then the statements of a batch in one round trip. The answers
// are for [pgx.BatchResults.Close] alone to read.
func (tx *Tx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	b.QueuedQueries, tx.waiting = slices.Concat(tx.waiting, b.QueuedQueries), nil
	return tx.conn.SendBatch(ctx, b)
}

// Exec runs a statement.
func (tx *Tx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if err := tx.flush(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	return tx.conn.Exec(ctx, sql, args...)
}

// Query runs a statement that answers with rows.
func (tx *Tx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := tx.flush(ctx); err != nil {
		return nil, err
	}
	return tx.conn.Query(ctx, sql, args...)
}

// QueryRow runs a statement that answers with a row.
func (tx *Tx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if err := tx.flush(ctx); err != nil {
		return failedRow{err}
	}
	return tx.conn.QueryRow(ctx, sql, args...)
}

// CopyFrom writes many rows.
func (tx *Tx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	if err := tx.flush(ctx); err != nil {
		return 0, err
	}
	return tx.conn.CopyFrom(ctx, table, columns, rows)
}

// failedRow is the row of a statement that was never run.
type failedRow struct{ err error }

// Scan implements [pgx.Row].
func (r failedRow) Scan(...any) error { return r.err }

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Pending is a message that the relay is to deliver.
type Pending struct {
	ID         int64
	InvoiceID  uuid.UUID
	RunNo      int
	WorkflowID string
	Name       string
	Payload    []byte
	Attempts   int
	RunClosed  bool
}

// TakePending locks messages that are due, the oldest of each invoice only, so that a
// case is told strictly in order.
func (tx *Tx) TakePending(ctx context.Context, limit int) ([]Pending, error) {
	return list[Pending](ctx, tx, `select m.id, m.invoice_id, m.run_no, m.workflow_id, m.name, m.payload, m.attempts,
			r.closed_at is not null as run_closed
		from workflow_message m join collection_run r on r.invoice_id = m.invoice_id and r.run_no = m.run_no
		where m.delivered_at is null and m.next_attempt_at <= now()
			and not exists (select 1 from workflow_message e where e.invoice_id = m.invoice_id and e.delivered_at is null and e.id < m.id)
		order by m.id limit $1 for update of m skip locked`, limit)
}

// Delivered marks messages as delivered.
func (tx *Tx) Delivered(ctx context.Context, ids []int64) error {
	return tx.exec(ctx, "mark delivered", `update workflow_message set delivered_at = now(), attempts = attempts + 1 where id = any($1)`, ids)
}

// Undelivered puts a message off after a failed attempt. The reason is a code.
func (tx *Tx) Undelivered(ctx context.Context, id int64, code string, wait time.Duration) error {
	return tx.exec(ctx, "put message off", `update workflow_message set attempts = attempts + 1, last_error = $2,
		next_attempt_at = now() + make_interval(secs => $3) where id = $1`, id, code, wait.Seconds())
}

// MarkDelivered marks one message that the API delivered itself.
func (s *Store) MarkDelivered(ctx context.Context, id int64) error {
	if _, err := s.pool.Exec(ctx, `update workflow_message set delivered_at = coalesce(delivered_at, now()), attempts = attempts + 1 where id = $1`, id); err != nil {
		return fmt.Errorf("mark delivered: %w", err)
	}
	return nil
}

// Backlog is what waits for the loops.
type Backlog struct {
	Undelivered int           // messages of which a workflow has not heard
	Oldest      time.Duration // how long the oldest of them waits
	Unpublished int           // lines of histories without a place in the feed
}

// Backlog counts it.
func (s *Store) Backlog(ctx context.Context) (b Backlog, err error) {
	var seconds float64
	err = s.pool.QueryRow(ctx, `select count(*), coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8,
			(select count(*) from event_pending)
		from workflow_message where delivered_at is null`).Scan(&b.Undelivered, &seconds, &b.Unpublished)
	if err != nil {
		return b, fmt.Errorf("count what waits: %w", err)
	}
	b.Oldest = time.Duration(seconds * float64(time.Second))
	return b, nil
}

// OpenRun is a run that Postgres holds open.
type OpenRun struct {
	InvoiceID  uuid.UUID
	RunNo      int
	WorkflowID string
	Missing    bool // an earlier reconcile found that it runs no more
}

// OpenRuns lists open runs after an invoice id, in pages.
func (s *Store) OpenRuns(ctx context.Context, after uuid.UUID, limit int) ([]OpenRun, error) {
	return list[OpenRun](ctx, s.pool, `select r.invoice_id, r.run_no, r.workflow_id, r.missing_since is not null as missing from collection_run r
		where r.closed_at is null and r.invoice_id > $1
			and not exists (select 1 from workflow_message m where m.invoice_id = r.invoice_id and m.delivered_at is null)
		order by r.invoice_id limit $2`, after, limit)
}

// ClosedRunsSince lists runs that were closed after a moment and have nothing left to be told.
func (s *Store) ClosedRunsSince(ctx context.Context, since time.Time) ([]OpenRun, error) {
	return list[OpenRun](ctx, s.pool, `select r.invoice_id, r.run_no, r.workflow_id, r.missing_since is not null as missing from collection_run r
		join invoice i on i.id = r.invoice_id and i.current_run = r.run_no
		where r.closed_at >= $1 and not exists (select 1 from workflow_message m where m.invoice_id = r.invoice_id and m.delivered_at is null)
		order by r.invoice_id`, since)
}

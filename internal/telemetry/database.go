package telemetry

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"maan/internal/store"
)

// Database measures the connections to PostgreSQL. It is a tracer of pgx that sees neither SQL nor
// parameters, only how long things took.
type Database struct {
	telemetry  *Telemetry
	operations *distribution
	waits      *distribution
}

var (
	_ pgx.QueryTracer       = (*Database)(nil)
	_ pgx.BatchTracer       = (*Database)(nil)
	_ pgxpool.AcquireTracer = (*Database)(nil)
)

// Store connects to the product's database, and measures it unless there is no telemetry.
func (t *Telemetry) Store(ctx context.Context, url string) (*store.Store, error) {
	if t == nil {
		return store.Open(ctx, url)
	}
	d, err := t.database()
	if err != nil {
		return nil, err
	}
	s, err := store.OpenTraced(ctx, url, d)
	if err != nil {
		return nil, err
	}
	if err := d.watch(s.Pool()); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (t *Telemetry) database() (*Database, error) {
	m := &maker{meter: t.meter}
	d := &Database{
		telemetry: t,
		operations: m.distribution("db.client.operation.duration", "How long PostgreSQL took for a statement, or a batch of them.", requests,
			"db.operation.name", "error.type"),
		waits: m.distribution("db.client.connection.wait_time", "How long it took to get a connection from the pool.", requests),
	}
	return d, m.err()
}

// watch measures the pool.
func (d *Database) watch(pool *pgxpool.Pool) error {
	m := &maker{meter: d.telemetry.meter}
	count := m.gauge("db.client.connection.count", "", "Connections of the pool, by whether they are used.", "db.client.connection.state")
	most := m.gauge("db.client.connection.max", "", "Connections that the pool may have.")
	acquired := m.total("maan.database.acquires", "", "Connections that were taken from the pool.")
	waited := m.total("maan.database.acquire_waits", "", "Connections for which somebody had to wait.")
	canceled := m.total("maan.database.acquire_cancels", "", "Waits for a connection that were given up.")
	m.observe(func(o observing) {
		s := pool.Stat()
		o.see(count, float64(s.AcquiredConns()), "used")
		o.see(count, float64(s.IdleConns()), "idle")
		o.see(most, float64(s.MaxConns()))
		o.see(acquired, float64(s.AcquireCount()))
		o.see(waited, float64(s.EmptyAcquireCount()))
		o.see(canceled, float64(s.CanceledAcquireCount()))
	}, count, most, acquired, waited, canceled)
	return m.err()
}

type (
	statementBegan struct{}
	batchBegan     struct{}
	acquireBegan   struct{}
)

func since(ctx context.Context, key any) time.Duration {
	began, _ := ctx.Value(key).(time.Time)
	return time.Since(began)
}

// TraceQueryStart implements pgx.QueryTracer.
func (d *Database) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return context.WithValue(ctx, statementBegan{}, time.Now())
}

// TraceQueryEnd implements pgx.QueryTracer.
func (d *Database) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	d.operations.record(ctx, since(ctx, statementBegan{}), "statement", errorType(data.Err))
}

// TraceBatchStart implements pgx.BatchTracer.
func (d *Database) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return context.WithValue(ctx, batchBegan{}, time.Now())
}

// TraceBatchQuery implements pgx.BatchTracer; the batch is measured as a whole.
func (d *Database) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (d *Database) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	d.operations.record(ctx, since(ctx, batchBegan{}), "batch", errorType(data.Err))
}

// TraceAcquireStart implements pgxpool.AcquireTracer.
func (d *Database) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	return context.WithValue(ctx, acquireBegan{}, time.Now())
}

// TraceAcquireEnd implements pgxpool.AcquireTracer.
func (d *Database) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireEndData) {
	d.waits.record(ctx, since(ctx, acquireBegan{}))
}

// errorType is PostgreSQL's code, or what else went wrong; never a text, which can quote rows.
func errorType(err error) string {
	var refused *pgconn.PgError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return refused.Code
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	default:
		return "connection"
	}
}

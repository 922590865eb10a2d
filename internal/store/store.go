package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"

	"maan/internal/dunning"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrNotFound is returned when a row does not exist or lies outside the caller's scope.
var ErrNotFound = errors.New("not found")

// Store is a pool of connections to the product's database.
type Store struct {
	pool     *pgxpool.Pool
	policies sync.Map // policy version id -> *dunning.Policy; versions never change
}

// Open connects to the database; it does not migrate.
func Open(ctx context.Context, url string) (*Store, error) { return OpenTraced(ctx, url, nil) }

// OpenTraced connects with a tracer, which may also implement the other tracers of pgx.
func OpenTraced(ctx context.Context, url string, tracer pgx.QueryTracer) (*Store, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("DATABASE_URL is not a PostgreSQL address such as postgres://user@host:5432/maan")
	}
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.ConnConfig.RuntimeParams["jit"] = "off" // no statement here runs for as long as compiling it would take
	cfg.MaxConns = max(cfg.MaxConns, fewestConns)
	cfg.ConnConfig.Tracer = tracer
	cfg.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		pgxuuid.Register(conn.TypeMap()) // else each id goes as text and comes back as bytes
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return &Store{pool: pool}, nil
}

// fewestConns is the least that a pool may grow to: the loops of a worker hold six
// connections for themselves, and its activities share the rest.
const fewestConns = 16

// Close ends all connections.
func (s *Store) Close() { s.pool.Close() }

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

// Pool is for loops that need a connection of their own (advisory lock, LISTEN).
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Migrate brings the schema up to date. Several processes may call it at once.
func Migrate(ctx context.Context, url string) (err error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return errors.New("DATABASE_URL is not a PostgreSQL address such as postgres://user@host:5432/maan")
	}
	db := stdlib.OpenDB(*cfg)
	defer func() { err = errors.Join(err, db.Close()) }()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return fmt.Errorf("migration lock: %w", err)
	}
	dir, err := subMigrations()
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, dir, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

func isRetryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40P01" || pg.Code == "40001")
}

// IsUniqueViolation reports whether err is a second row for one key.
func IsUniqueViolation(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

// IsDataError reports whether err is about a row that cannot be stored as it is: another
// try would fail as well.
func IsDataError(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (strings.HasPrefix(pg.Code, "22") || strings.HasPrefix(pg.Code, "23"))
}

// ErrorCode is what may be logged of a database error: PostgreSQL's code, never its
// text, which can quote rows.
func ErrorCode(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return "postgres_" + pg.Code
	}
	return ""
}

// querier is what a pool and a transaction have in common.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// list runs a query whose columns are the fields of T.
func list[T any](ctx context.Context, q querier, sql string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[T])
}

// one is list for exactly one row; none is ErrNotFound.
func one[T any](ctx context.Context, q querier, sql string, args ...any) (T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		var zero T
		return zero, err
	}
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
	if errors.Is(err, pgx.ErrNoRows) {
		return v, ErrNotFound
	}
	return v, err
}

// Policy is the policy version with the given id; versions are kept in memory.
func (s *Store) policy(id string, source func() (string, error)) (*dunning.Policy, error) {
	if p, ok := s.policies.Load(id); ok {
		return p.(*dunning.Policy), nil //nolint:forcetypeassert // only policies are stored
	}
	text, err := source()
	if err != nil {
		return nil, err
	}
	p, err := dunning.ParsePolicy([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("policy version %s: %w", id, err)
	}
	s.policies.Store(id, p)
	return p, nil
}

// Package clock tells the business time outside activities. It is the wall clock,
// unless the development clock driver has set an offset in the database.
package clock

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Clock tells the business time.
type Clock struct {
	pool       *pgxpool.Pool
	production bool
}

// New makes a clock. In production it is the wall clock, and a database in which a
// development clock was ever set is refused.
func New(ctx context.Context, pool *pgxpool.Pool, production bool) (*Clock, error) {
	c := &Clock{pool: pool, production: production}
	if !production {
		return c, nil
	}
	offset, err := c.offset(ctx)
	if err != nil {
		return nil, err
	}
	if offset != nil {
		return nil, errors.New("this database has a development clock (table development_clock): a production process must not use it")
	}
	return c, nil
}

// Now is the business time.
func (c *Clock) Now(ctx context.Context) (time.Time, error) {
	now := time.Now().UTC()
	if c.production {
		return now, nil
	}
	offset, err := c.offset(ctx)
	if err != nil || offset == nil {
		return now, err
	}
	return now.Add(*offset), nil
}

func (c *Clock) offset(ctx context.Context) (*time.Duration, error) {
	var ms int64
	err := c.pool.QueryRow(ctx, `select offset_ms from development_clock`).Scan(&ms)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // no offset was ever set
	}
	if err != nil {
		return nil, fmt.Errorf("read development clock: %w", err)
	}
	d := time.Duration(ms) * time.Millisecond
	return &d, nil
}

package world

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/api/serviceerror"
	"golang.org/x/sync/errgroup"

	"maan/internal/devstack/timeskip"
)

// Clock moves the development world in lock step: every workflow that has something to
// do at an instant is brought to exactly that instant, then the world is left alone until
// it is quiet, then the next instant comes. Workflows that have nothing to do lag behind,
// which keeps their histories clean.
type Clock struct {
	pool    *pgxpool.Pool
	skip    timeskip.Skipper
	sandbox string // address of the provider sandbox
	offset  time.Duration
	OnTick  func(time.Time) // called after every instant; may be nil
}

// NewClock makes a clock over a database, a Temporal namespace and a provider sandbox.
func NewClock(pool *pgxpool.Pool, skip timeskip.Skipper, sandboxURL string) *Clock {
	return &Clock{pool: pool, skip: skip, sandbox: sandboxURL}
}

// Now is the world's time.
func (c *Clock) Now() time.Time { return time.Now().Add(c.offset).UTC() }

// Event is something that people or providers do at an instant.
type Event struct {
	At time.Time
	Do func(context.Context) error
}

// quietLimit bounds how long the world may take, after an instant, without becoming any quieter.
const quietLimit = 2 * time.Minute

// Run moves the world to an instant, through every due step and event on the way.
// Events must be in order of time.
func (c *Clock) Run(ctx context.Context, until time.Time, events ...Event) error {
	until = until.Truncate(time.Microsecond) // as exact as the database, which answers with it
	for {
		if err := c.Quiet(ctx); err != nil {
			return err
		}
		t, err := c.nextDue(ctx, until)
		if err != nil {
			return err
		}
		event := len(events) > 0 && !events[0].At.After(t)
		if event {
			t = events[0].At
		}
		if err := c.advance(ctx, t); err != nil {
			return err
		}
		if event {
			if err := events[0].Do(ctx); err != nil {
				return fmt.Errorf("event at %s: %w", events[0].At.Format(time.RFC3339), err)
			}
			events = events[1:]
		}
		if c.OnTick != nil {
			c.OnTick(c.Now())
		}
		if !event && !t.Before(until) {
			return c.Quiet(ctx)
		}
	}
}

// advance moves the world to an instant and lets what is due there happen.
func (c *Clock) advance(ctx context.Context, t time.Time) error {
	if err := c.set(ctx, t); err != nil {
		return err
	}
	if err := c.bring(ctx, c.Now()); err != nil {
		return err
	}
	return c.Quiet(ctx)
}

// Reach moves the world to an instant and brings every workflow with something due by then to
// the instant of its own step, without waiting for anything to be done: while no worker runs, a
// backlog.
func (c *Clock) Reach(ctx context.Context, t time.Time) error {
	if err := c.set(ctx, t); err != nil {
		return err
	}
	return c.bring(ctx, c.Now())
}

// set moves the clocks of the API, the worker's loops and the providers. Time never
// goes back.
func (c *Clock) set(ctx context.Context, t time.Time) error {
	if d := time.Until(t); d > c.offset {
		c.offset = d
	}
	if _, err := c.pool.Exec(ctx, `insert into development_clock (offset_ms) values ($1) on conflict (id) do update set offset_ms = excluded.offset_ms`,
		c.offset.Milliseconds()); err != nil {
		return fmt.Errorf("set the development clock: %w", err)
	}
	body := fmt.Sprintf(`{"offset_ms":%d}`, c.offset.Milliseconds())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.sandbox+"/control/clock", strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("set the providers' clock: %w", err)
	}
	return res.Body.Close()
}

// silentCase is true for an invoice i whose run waits for a person, whatever the time.
const silentCase = `(i.no_chase_reason is not null or cr.stopped
	or exists (select 1 from customer cu where cu.id = i.customer_id and cu.no_chase_reason is not null)
	or exists (select 1 from dispute d where d.invoice_id = i.id and d.resolved_at is null)
	or exists (select 1 from hold h where h.customer_id = i.customer_id and h.released_at is null and h.until_day is null
		and (h.invoice_id is null or h.invoice_id = i.id)))`

// dueSteps selects the current step of every open, speaking case: the steps that time
// alone moves.
const dueSteps = `select r.workflow_id, p.at from plan_step p
	join invoice i on i.id = p.invoice_id and i.current_run = p.run_no and i.closed_outcome is null
	join creditor cr on cr.id = i.creditor_id
	join collection_run r on r.invoice_id = i.id and r.run_no = i.current_run
	where p.state in ('pending', 'waiting') and p.at is not null and not (p.state = 'waiting' and p.not_before is null)
	and not exists (select 1 from plan_step e where e.invoice_id = p.invoice_id and e.run_no = p.run_no and e.state in ('pending', 'waiting')
		and e.position < p.position)
	and not ` + silentCase

// nextDue is the instant of the next step, no later than until.
func (c *Clock) nextDue(ctx context.Context, until time.Time) (time.Time, error) {
	var at time.Time
	err := c.pool.QueryRow(ctx, `select least(min(at), $1::timestamptz) from (`+dueSteps+`) due`, until).Scan(&at)
	if err != nil {
		return at, fmt.Errorf("next due step: %w", err)
	}
	return at, nil
}

const broughtAtOnce = 12

// bring moves every workflow with something due by t to the instant of its own step.
// Never beyond it: a fast-forward whose target passes while a step is being done has no
// bound any more, and the workflow would leap to its next timer.
func (c *Clock) bring(ctx context.Context, t time.Time) error {
	rows, err := c.pool.Query(ctx, `select workflow_id, at from (`+dueSteps+`) due where at <= $1`, t)
	if err != nil {
		return fmt.Errorf("due workflows: %w", err)
	}
	type dueStep struct {
		WorkflowID string
		At         time.Time
	}
	steps, err := pgx.CollectRows(rows, pgx.RowToStructByPos[dueStep])
	if err != nil {
		return fmt.Errorf("due workflows: %w", err)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(broughtAtOnce)
	for _, s := range steps {
		g.Go(func() error { return c.bringOne(ctx, s.At, s.WorkflowID) })
	}
	return g.Wait()
}

// Bring moves workflows to an instant. One that has ended or does not exist is left alone.
func (c *Clock) Bring(ctx context.Context, t time.Time, ids ...string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(broughtAtOnce)
	for _, id := range ids {
		g.Go(func() error { return c.bringOne(ctx, t, id) })
	}
	return g.Wait()
}

func (c *Clock) bringOne(ctx context.Context, t time.Time, id string) error {
	_, _, err := c.skip.To(ctx, id, t)
	if _, missing := errors.AsType[*serviceerror.NotFound](err); missing {
		return nil
	}
	return err
}

// unrest counts what is still going on at the world's time. A message of unknown fate is not being
// sent any more when its step has an outcome, or when it is older than an attempt can last: it waits
// for a report or the sweep.
const unrest = `select
	(select count(*) from workflow_message where delivered_at is null) + (select count(*) from upload where status in ('waiting', 'running')),
	(select count(*) from (` + dueSteps + `) due where at <= $1),
	(select count(*) from message m where m.status = 'sending' and m.delivery = '' and m.recorded_at > now() - interval '45 seconds' and not exists (
		select 1 from message_item mi join plan_step p on p.invoice_id = mi.invoice_id and p.step = mi.step
		where mi.message_id = m.id and (p.reason = 'unsettled' or p.state in ('done', 'failed'))))`

// Quiet waits until nothing is going on: no fact on its way to a workflow, no file being
// imported, no due step that is not done, no message being sent, no webhook on its way.
func (c *Clock) Quiet(ctx context.Context) error {
	var messages, due, sending, webhooks int
	least, since := math.MaxInt, time.Now()
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		err := c.pool.QueryRow(ctx, unrest, c.Now()).Scan(&messages, &due, &sending)
		if err == nil {
			webhooks, err = c.webhooks(ctx)
		}
		if err != nil {
			return fmt.Errorf("look whether the world is quiet: %w", err)
		}
		left := messages + due + sending + webhooks
		if left == 0 {
			return nil
		}
		if left < least {
			least, since = left, time.Now()
		}
		if time.Since(since) > quietLimit {
			return fmt.Errorf("the world does not become quiet: %d messages to workflows and files, %d due steps, %d messages being sent, %d webhooks", messages, due, sending, webhooks)
		}
		if due > 0 { // a step came due meanwhile, or its workflow lags behind
			if err := c.bringPatiently(ctx); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until the world is quiet: %w", ctx.Err())
		case <-time.After(pause):
		}
	}
}

// bringPatiently brings what is due to now. A workflow that does not move, since no worker does its
// task, is no error yet.
func (c *Clock) bringPatiently(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, quietLimit)
	defer cancel()
	err := c.bring(limited, c.Now())
	if limited.Err() != nil && ctx.Err() == nil {
		return nil
	}
	return err
}

func (c *Clock) webhooks(ctx context.Context) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.sandbox+"/control/queue", nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	var q struct {
		Queued int `json:"queued"`
	}
	return q.Queued, json.NewDecoder(res.Body).Decode(&q)
}

package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// WebhookDelivery is one POST to an endpoint, repeated until it is taken.
type WebhookDelivery struct {
	ID            uuid.UUID
	EndpointID    uuid.UUID
	Test          bool // without events; tried once
	FirstPosition int64
	LastPosition  int64
	FirstEvent    string // ids of events
	LastEvent     string
	Events        int
	State         string // open, delivered, failed (a test), superseded (by a replay)
	Attempts      int
	StatusCode    int    // of the last answer; 0: none came
	ErrorCode     string // of the last attempt
	CreatedAt     time.Time
	AttemptedAt   *time.Time
}

const deliveryColumns = `id, endpoint_id, test, first_position, last_position, first_event, last_event, events, state, attempts, status_code,
	error_code, created_at, attempted_at`

// deliveriesKept is how many deliveries of an endpoint the log shows.
const deliveriesKept = 100

// FindDeliveries lists an endpoint's deliveries, newest first.
func (s *Store) FindDeliveries(ctx context.Context, endpoint uuid.UUID) ([]WebhookDelivery, error) {
	return list[WebhookDelivery](ctx, s.pool, `select `+deliveryColumns+` from webhook_delivery where endpoint_id = $1 order by id desc limit $2`,
		endpoint, deliveriesKept)
}

// RequestTest puts a delivery without events on its way, unless one is.
func (tx *Tx) RequestTest(ctx context.Context, endpoint uuid.UUID) (WebhookDelivery, error) {
	return one[WebhookDelivery](ctx, tx, `insert into webhook_delivery (id, endpoint_id, test) values ($1, $2, true)
		on conflict (endpoint_id, test) where state = 'open' do update set test = true returning `+deliveryColumns, NewID(), endpoint)
}

// DueWebhooks lists endpoints that have something to be posted now.
func (s *Store) DueWebhooks(ctx context.Context) ([]uuid.UUID, error) {
	rows, err := s.pool.Query(ctx, `select w.id from webhook_endpoint w
		where (w.status = 'active' and w.next_attempt_at <= now() and w.position < (select coalesce(max(position), 0) from event_feed))
			or exists (select 1 from webhook_delivery d where d.endpoint_id = w.id and d.test and d.state = 'open')
		order by w.next_attempt_at`)
	if err != nil {
		return nil, fmt.Errorf("due webhook endpoints: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// TakeWebhook locks an endpoint and reads it with its open deliveries, a test first. It
// answers nil for one that was deleted.
func (tx *Tx) TakeWebhook(ctx context.Context, id uuid.UUID) (*WebhookEndpoint, []WebhookDelivery, error) {
	e, err := one[WebhookEndpoint](ctx, tx, webhookEndpoints+` where w.id = $1 for update of w`, id)
	if errors.Is(err, ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("lock webhook endpoint: %w", err)
	}
	open, err := list[WebhookDelivery](ctx, tx, `select `+deliveryColumns+` from webhook_delivery where endpoint_id = $1 and state = 'open'
		order by test desc`, id)
	if err != nil {
		return nil, nil, fmt.Errorf("read open deliveries: %w", err)
	}
	return &e, open, nil
}

// InsertWebhookDelivery notes what will be posted, before it is.
func (tx *Tx) InsertWebhookDelivery(ctx context.Context, d WebhookDelivery) error {
	return tx.exec(ctx, "insert delivery", `insert into webhook_delivery (id, endpoint_id, test, first_position, last_position, first_event, last_event, events)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, d.ID, d.EndpointID, d.Test, d.FirstPosition, d.LastPosition, d.FirstEvent, d.LastEvent, d.Events)
}

// PassOver moves an endpoint's place behind lines of which none is for it.
func (tx *Tx) PassOver(ctx context.Context, endpoint uuid.UUID, to FeedMark) error {
	return tx.exec(ctx, "pass lines over", `update webhook_endpoint set position = $2 where id = $1`, endpoint, to.Position)
}

// Taken closes a delivery that was taken and moves the endpoint's place behind it. One
// that is not open any more moves nothing.
func (s *Store) Taken(ctx context.Context, d WebhookDelivery, status int) error {
	return s.attempted(ctx, d, "delivered", status, "", func(ctx context.Context, tx *Tx) error {
		return tx.exec(ctx, "move webhook endpoint", `update webhook_endpoint set position = $2, failures = 0, failing_since = null,
			last_error = '', next_attempt_at = now() where id = $1`, d.EndpointID, d.LastPosition)
	})
}

// NotTaken notes an attempt that failed and puts the endpoint off. The code says why. A
// test is over with it and puts nothing off.
func (s *Store) NotTaken(ctx context.Context, d WebhookDelivery, status int, code string, wait time.Duration) error {
	state := "open"
	if d.Test {
		state = "failed"
	}
	return s.attempted(ctx, d, state, status, code, func(ctx context.Context, tx *Tx) error {
		return tx.exec(ctx, "put webhook endpoint off", `update webhook_endpoint set failures = failures + 1,
			failing_since = coalesce(failing_since, now()), last_error = $2, next_attempt_at = now() + make_interval(secs => $3) where id = $1`,
			d.EndpointID, code, wait.Seconds())
	})
}

// attempted notes an attempt, forgets the oldest deliveries, and lets the endpoint follow.
func (s *Store) attempted(ctx context.Context, d WebhookDelivery, state string, status int, code string, endpoint func(context.Context, *Tx) error) error {
	err := s.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.exec(ctx, "lock webhook endpoint", `select 1 from webhook_endpoint where id = $1 for update`, d.EndpointID); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `update webhook_delivery set state = $2, attempts = attempts + 1, status_code = $3, error_code = $4, attempted_at = now()
			where id = $1 and state = 'open'`, d.ID, state, status, code)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		if err := tx.exec(ctx, "forget deliveries", `delete from webhook_delivery where endpoint_id = $1 and state <> 'open' and id < (
			select id from webhook_delivery where endpoint_id = $1 order by id desc offset $2 limit 1)`, d.EndpointID, deliveriesKept-1); err != nil {
			return err
		}
		if d.Test {
			return nil
		}
		return endpoint(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("end attempt of delivery %s: %w", d.ID, err)
	}
	return nil
}

// FailingFor lists active endpoints of which every attempt has failed for so long.
func (s *Store) FailingFor(ctx context.Context, long time.Duration) ([]uuid.UUID, error) {
	rows, err := s.pool.Query(ctx, `select id from webhook_endpoint where status = 'active' and failing_since <= now() - make_interval(secs => $1)`,
		long.Seconds())
	if err != nil {
		return nil, fmt.Errorf("failing webhook endpoints: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

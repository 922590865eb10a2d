package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// States of a webhook endpoint. Stored: never rename.
const (
	WebhookActive   = "active"
	WebhookDisabled = "disabled"
)

// WebhookEndpoint is an address to which a creditor's events are posted. Its place in the
// feed is how far they were taken.
type WebhookEndpoint struct {
	ID            uuid.UUID
	CreditorID    string
	URL           string   `db:"url"`
	Secret        string   // signs every delivery
	Types         []string // of events; none: all
	Status        string
	Position      int64
	Hash          string // of the line at the position, as in [FeedMark]
	Failures      int    // attempts in a row that failed
	FailingSince  *time.Time
	NextAttemptAt time.Time
	Due           bool   // that time has come
	LastError     string // a code
	CreatedBy     string
	CreatedAt     time.Time
	DisabledAt    *time.Time
}

// Mark is the endpoint's place in the feed.
func (e *WebhookEndpoint) Mark() FeedMark { return FeedMark{e.Position, e.Hash} }

const webhookEndpoints = `select w.id, w.creditor_id, w.url, w.secret, w.types, w.status, w.position, coalesce(left(e.hash, 8), '') as hash,
		w.failures, w.failing_since, w.next_attempt_at, w.next_attempt_at <= now() as due, w.last_error, w.created_by, w.created_at, w.disabled_at
	from webhook_endpoint w left join event_feed f on f.position = w.position
		left join case_event e on e.invoice_id = f.invoice_id and e.seq = f.seq`

// FindWebhooks lists the endpoints of the scope's creditors, the newest last.
func (s *Store) FindWebhooks(ctx context.Context, scope Scope, creditor string) ([]WebhookEndpoint, error) {
	w := &where{}
	w.scope("w.creditor_id", scope)
	if creditor != "" {
		w.add("w.creditor_id = $%d", creditor)
	}
	return list[WebhookEndpoint](ctx, s.pool, webhookEndpoints+w.sql()+" order by w.id", w.args...)
}

// FindWebhook reads one.
func (s *Store) FindWebhook(ctx context.Context, scope Scope, id uuid.UUID) (WebhookEndpoint, error) {
	w := &where{}
	w.scope("w.creditor_id", scope)
	w.add("w.id = $%d", id)
	return one[WebhookEndpoint](ctx, s.pool, webhookEndpoints+w.sql(), w.args...)
}

// LockWebhook locks one and answers its creditor.
func (tx *Tx) LockWebhook(ctx context.Context, scope Scope, id uuid.UUID) (creditor string, err error) {
	row, err := one[struct{ CreditorID string }](ctx, tx,
		`select creditor_id from webhook_endpoint where id = $1 and ($2::text[] is null or creditor_id = any($2)) for update`, id, scope.filter())
	return row.CreditorID, err
}

// InsertWebhook adds an endpoint unless the creditor has as many as it may; false then.
// It begins at the end of the feed, or at a given place.
func (tx *Tx) InsertWebhook(ctx context.Context, e WebhookEndpoint, from *FeedMark, atMost int) (bool, error) {
	if err := tx.exec(ctx, "lock creditor", `select 1 from creditor where id = $1 for no key update`, e.CreditorID); err != nil {
		return false, err
	}
	start := from
	if start == nil {
		end, err := feedEnd(ctx, tx)
		if err != nil {
			return false, err
		}
		start = &end
	}
	tag, err := tx.Exec(ctx, `insert into webhook_endpoint (id, creditor_id, url, secret, types, position, created_by, created_at)
		select $1, $2, $3, $4, $5, $6, $7, $8 where (select count(*) from webhook_endpoint where creditor_id = $2) < $9`,
		e.ID, e.CreditorID, e.URL, e.Secret, e.Types, start.Position, e.CreatedBy, e.CreatedAt, atMost)
	if err != nil {
		return false, fmt.Errorf("insert webhook endpoint: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// DeleteWebhook removes an endpoint with its deliveries.
func (tx *Tx) DeleteWebhook(ctx context.Context, id uuid.UUID) error {
	return tx.exec(ctx, "delete webhook endpoint", `delete from webhook_endpoint where id = $1`, id)
}

// MoveWebhook sets an endpoint to another place in the feed. What is being delivered
// counts no more.
func (tx *Tx) MoveWebhook(ctx context.Context, id uuid.UUID, to FeedMark) error {
	err := tx.exec(ctx, "supersede delivery", `update webhook_delivery set state = 'superseded' where endpoint_id = $1 and state = 'open' and not test`, id)
	if err != nil {
		return err
	}
	return tx.exec(ctx, "move webhook endpoint", `update webhook_endpoint set position = $2, next_attempt_at = now() where id = $1`, id, to.Position)
}

// EnableWebhook lets an endpoint go on where it stopped, as if nothing had failed.
func (tx *Tx) EnableWebhook(ctx context.Context, id uuid.UUID) error {
	return tx.exec(ctx, "enable webhook endpoint", `update webhook_endpoint set status = 'active', disabled_at = null, failures = 0,
		failing_since = null, last_error = '', next_attempt_at = now() where id = $1`, id)
}

// DisableWebhook ends an endpoint's deliveries; false if it was disabled already.
func (tx *Tx) DisableWebhook(ctx context.Context, id uuid.UUID, at time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `update webhook_endpoint set status = 'disabled', disabled_at = $2 where id = $1 and status = 'active'`, id, at)
	if err != nil {
		return false, fmt.Errorf("disable webhook endpoint: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

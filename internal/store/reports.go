package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// DeliveryReport is what a provider says about a message.
type DeliveryReport struct {
	Provider   string
	EventKey   string // the same report twice has the same key
	MessageID  uuid.UUID
	ProviderID string
	Kind       string
	Code       string
	At         time.Time
}

// Loud reports whether something follows from the report whatever is known of the message.
func (r *DeliveryReport) Loud() bool { return r.Kind == "bounced" || r.Kind == "complained" }

// mergeDelivery writes a report's word into its message, unless a firmer one is known: words
// may come in any order. A bounce undoes a delivery, and a complaint is the last word.
const mergeDelivery = `update message set
		delivery = case when ` + firmer + ` then $3 else delivery end,
		delivered_at = case when $3 = 'delivered' then coalesce(delivered_at, $5) else delivered_at end,
		provider_id = case when provider_id = '' then $2 else provider_id end,
		error_code = case when $4 <> '' and ` + firmer + ` then $4 else error_code end
	where id = $1`

const firmer = `(coalesce(array_position(array['processed', 'deferred', 'delivered', 'bounced', 'complained'], delivery), 0)
	<= array_position(array['processed', 'deferred', 'delivered', 'bounced', 'complained'], $3))`

// loud are the reports from which something follows whatever is known of the message.
const loud = `$3 in ('bounced', 'complained')`

// ReportQuietly takes in the reports from which nothing follows for a case: progress of messages
// whose sending is recorded, or that were claimed after the given moment and are being recorded
// right now. It answers the others, of which nothing was written; known ones may be among them.
//
// Messages are locked in the order of their ids, as by every other post that comes at the same time.
// No transaction takes two reports of one message: for the second the database would look at the
// message's customer too, whom a send that is being recorded has locked, and that waits for the
// message. And none takes many, for the same sends wait for it.
func (s *Store) ReportQuietly(ctx context.Context, reports []DeliveryReport, young time.Time) (others []DeliveryReport, err error) {
	reports = slices.SortedStableFunc(slices.Values(reports), func(a, b DeliveryReport) int { return bytes.Compare(a.MessageID[:], b.MessageID[:]) })
	for len(reports) > 0 {
		var once, again []DeliveryReport
		for i, r := range reports {
			if i > 0 && r.MessageID == reports[i-1].MessageID {
				again = append(again, r)
			} else {
				once = append(once, r)
			}
		}
		for few := range slices.Chunk(once, reportsAtOnce) {
			rest, err := s.reportQuietly(ctx, few, young)
			if err != nil {
				return nil, err
			}
			others = append(others, rest...)
		}
		reports = again
	}
	return others, nil
}

const reportsAtOnce = 20

func (s *Store) reportQuietly(ctx context.Context, reports []DeliveryReport, young time.Time) (others []DeliveryReport, err error) {
	b := &pgx.Batch{}
	for _, r := range reports {
		b.Queue(`with quiet as (`+mergeDelivery+` and not `+loud+` and (status not in ('sending', 'uncertain') or (status = 'sending' and claimed_at > $6))
				returning id)
			insert into provider_event (provider, event_key, message_id, kind, code, at) select $7, $8, id, $3, $4, $5 from quiet
			on conflict (provider, event_key) do update set kind = excluded.kind`,
			r.MessageID, r.ProviderID, r.Kind, r.Code, r.At, young, r.Provider, r.EventKey).Exec(func(tag pgconn.CommandTag) error {
			if tag.RowsAffected() == 0 {
				others = append(others, r)
			}
			return nil
		})
	}
	err = s.pool.SendBatch(ctx, b).Close()
	if isRetryable(err) {
		return reports, nil // in everybody's way: each goes by itself
	}
	if err != nil {
		return nil, fmt.Errorf("report deliveries: %w", err)
	}
	return others, nil
}

// InsertProviderEvent keeps a provider's report; fresh is false if it was known.
func (tx *Tx) InsertProviderEvent(ctx context.Context, r DeliveryReport) (fresh bool, err error) {
	tag, err := tx.Exec(ctx, `insert into provider_event (provider, event_key, message_id, kind, code, at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
		r.Provider, r.EventKey, r.MessageID, r.Kind, r.Code, r.At)
	if err != nil {
		return false, fmt.Errorf("insert provider event: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// ReportDelivery writes a report into its message. It is quiet when nothing follows
// from it for a case: progress of a message whose sending is recorded, or that was
// claimed after the given moment and is being recorded right now.
func (tx *Tx) ReportDelivery(ctx context.Context, r DeliveryReport, young time.Time) (quiet bool, err error) {
	if err := tx.exec(ctx, "lock customer of message", `select 1 from customer where id = (select customer_id from message where id = $1) for update`, r.MessageID); err != nil {
		return false, err
	}
	var status string
	var claimed time.Time
	rows, err := tx.Query(ctx, mergeDelivery+` returning status, claimed_at`, r.MessageID, r.ProviderID, r.Kind, r.Code, r.At)
	if err != nil {
		return false, fmt.Errorf("report delivery: %w", err)
	}
	n, err := pgx.ForEachRow(rows, []any{&status, &claimed}, func() error { return nil })
	if err != nil {
		return false, fmt.Errorf("report delivery: %w", err)
	}
	if n.RowsAffected() == 0 {
		return true, nil // not ours
	}
	if status == "sending" {
		return claimed.After(young), nil
	}
	return !r.Loud() && status != "uncertain", nil
}

// KnowsText reports whether a text message is ours and its provider's id is the given one, or
// not yet known.
func (s *Store) KnowsText(ctx context.Context, id uuid.UUID, providerID string) (known bool, err error) {
	err = s.pool.QueryRow(ctx, `select exists (select 1 from message where id = $1 and channel = 'sms' and status <> 'shadow' and provider_id in ('', $2))`,
		id, providerID).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("look up text message %s: %w", id, err)
	}
	return known, nil
}

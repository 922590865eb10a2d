package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
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

// words are what a report can say of a message, each firmer than those before it.
var words = []string{"processed", "deferred", "delivered", "bounced", "complained"}

// mergeDelivery writes a report's word into its message, unless a firmer one is known: words
// may come in any order. A bounce undoes a delivery, and a complaint is the last word.
var mergeDelivery = `update message set
		delivery = case when ` + firmer + ` then $3 else delivery end,
		delivered_at = case when $3 = 'delivered' then coalesce(delivered_at, $5) else delivered_at end,
		provider_id = case when provider_id = '' then $2 else provider_id end,
		error_code = case when $4 <> '' and ` + firmer + ` then $4 else error_code end
	where id = $1`

var firmer = `(coalesce(array_position(array['` + strings.Join(words, "', '") + `'], delivery), 0)
	<= array_position(array['` + strings.Join(words, "', '") + `'], $3))`

// mergeQuietly merges the firmest word of reports of one message into it, and keeps them all.
var mergeQuietly = `with quiet as (` + mergeDelivery + `
		and (status not in ('sending', 'uncertain') or (status = 'sending' and claimed_at > $6)) returning id)
	insert into provider_event (provider, event_key, message_id, kind, code, at)
	select $7, r.event_key, quiet.id, r.kind, $4, r.at from quiet, unnest($8::text[], $9::text[], $10::timestamptz[]) as r (event_key, kind, at)
	on conflict (provider, event_key) do update set kind = excluded.kind`

// ReportQuietly takes in the reports from which nothing follows for a case: progress of messages
// whose sending is recorded, or that were claimed after the given moment and are being recorded
// right now. It answers the others, of which nothing was written; known ones may be among them.
//
// Messages are locked in the order of their ids, as by every other post that comes at the same time.
// No transaction writes twice into one message: at the second time the database would look at the
// message's customer too, whom a send that is being recorded has locked, and that waits for the
// message. And none takes many, for the same sends wait for it.
func (s *Store) ReportQuietly(ctx context.Context, reports []DeliveryReport, young time.Time) (others []DeliveryReport, err error) {
	quiet, loud := untilLoud(slices.SortedStableFunc(slices.Values(reports), func(a, b DeliveryReport) int {
		return bytes.Compare(a.MessageID[:], b.MessageID[:])
	}))
	for len(quiet) > 0 {
		var once [][]DeliveryReport // of each message what comes first
		var again []DeliveryReport
		for i, r := range quiet {
			last := len(once) - 1
			switch {
			case i == 0 || quiet[i-1].MessageID != r.MessageID:
				once = append(once, []DeliveryReport{r})
			case (len(again) == 0 || again[len(again)-1].MessageID != r.MessageID) && oneWord(once[last], r):
				once[last] = append(once[last], r)
			default:
				again = append(again, r)
			}
		}
		for few := range slices.Chunk(once, messagesAtOnce) {
			rest, err := s.reportQuietly(ctx, few, young)
			if err != nil {
				return nil, err
			}
			others = append(others, rest...)
		}
		quiet = again
	}
	return append(others, loud...), nil
}

// untilLoud divides reports in the order of their messages: what comes before a message's first loud
// report, and that one with what comes after it.
func untilLoud(reports []DeliveryReport) (quiet, loud []DeliveryReport) {
	for _, r := range reports {
		if r.Loud() || (len(loud) > 0 && loud[len(loud)-1].MessageID == r.MessageID) {
			loud = append(loud, r)
		} else {
			quiet = append(quiet, r)
		}
	}
	return quiet, loud
}

const messagesAtOnce = 20

// oneWord tells whether a message is the same after a report and those before it, one by one, as after
// the firmest of them. Each of those must have a key of its own.
func oneWord(before []DeliveryReport, r DeliveryReport) bool {
	first := before[0]
	return first.Provider == r.Provider && first.ProviderID == r.ProviderID && first.Code == "" && r.Code == "" &&
		!slices.ContainsFunc(before, func(b DeliveryReport) bool { return b.EventKey == r.EventKey })
}

// firmest is the report whose word stands: the first of those that say the same.
func firmest(reports []DeliveryReport) DeliveryReport {
	return slices.MaxFunc(reports, func(a, b DeliveryReport) int {
		return cmp.Compare(slices.Index(words, a.Kind), slices.Index(words, b.Kind))
	})
}

func (s *Store) reportQuietly(ctx context.Context, messages [][]DeliveryReport, young time.Time) (others []DeliveryReport, err error) {
	b := &pgx.Batch{}
	for _, reports := range messages {
		var keys, kinds []string
		var ats []time.Time
		for _, r := range reports {
			keys, kinds, ats = append(keys, r.EventKey), append(kinds, r.Kind), append(ats, r.At)
		}
		r := firmest(reports)
		b.Queue(mergeQuietly, r.MessageID, r.ProviderID, r.Kind, r.Code, r.At, young, r.Provider, keys, kinds, ats).Exec(func(tag pgconn.CommandTag) error {
			if tag.RowsAffected() == 0 {
				others = append(others, reports...)
			}
			return nil
		})
	}
	err = s.pool.SendBatch(ctx, b).Close()
	if isRetryable(err) {
		return slices.Concat(messages...), nil // in everybody's way: each goes by itself
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

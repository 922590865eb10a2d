package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/dunning"
)

// MessageView is a message with what became of it, without its text.
type MessageView struct {
	ID              uuid.UUID
	CreditorID      string
	CustomerID      uuid.UUID
	Audience        string
	Channel         dunning.Channel
	Template        string
	TemplateVersion string
	Language        string
	Tone            dunning.Tone
	BodySHA256      string `db:"body_sha256"`
	Status          string
	ErrorCode       string
	Delivery        string
	ClaimedAt       time.Time
	SettledAt       *time.Time
	DeliveredAt     *time.Time
	CopyOf          *uuid.UUID
	Fate            string // in one word what became of it
}

const messageView = `select m.id, m.creditor_id, m.customer_id, m.audience, m.channel, m.template, m.template_version, m.language, m.tone,
	m.body_sha256, m.status, m.error_code, m.delivery, m.claimed_at, m.settled_at, m.delivered_at, m.copy_of, ` + fateWord + ` as fate from message m`

// fateWord is in one word what became of a message: shadow, claimed, sent, delivered, bounced,
// complained, uncertain or not_sent. What a provider says of it is firmer than what we know.
const fateWord = `case when m.status = 'shadow' then 'shadow' when m.delivery in ('delivered', 'bounced', 'complained') then m.delivery
	when m.delivery <> '' or m.status = 'sent' then 'sent' when m.status = 'sending' then 'claimed' else m.status end`

// MessageFilter selects messages; zero values select all.
type MessageFilter struct {
	Creditor string
	Customer uuid.UUID
	Status   string
	Fate     string
	Since    *time.Time // claimed then or later
}

// FindMessages lists messages, newest first; the page continues after (before in time)
// its last id.
func (s *Store) FindMessages(ctx context.Context, scope Scope, f MessageFilter, p Page) ([]MessageView, error) {
	w := f.where(scope)
	if p.After != uuid.Nil {
		w.add("m.id < $%d", p.After)
	}
	return list[MessageView](ctx, s.pool, messageView+w.sql()+" order by m.id desc"+w.limit(p.Limit), w.args...)
}

// EachMessage calls fn for the selected messages, newest first, at most limit.
func (s *Store) EachMessage(ctx context.Context, scope Scope, f MessageFilter, limit int, fn func(*MessageView) error) error {
	w := f.where(scope)
	rows, err := s.pool.Query(ctx, messageView+w.sql()+" order by m.id desc"+w.limit(limit), w.args...)
	if err != nil {
		return fmt.Errorf("export messages: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		m, err := pgx.RowToStructByName[MessageView](rows)
		if err != nil {
			return fmt.Errorf("export messages: %w", err)
		}
		if err := fn(&m); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (f MessageFilter) where(scope Scope) *where {
	w := &where{}
	w.scope("m.creditor_id", scope)
	if f.Creditor != "" {
		w.add("m.creditor_id = $%d", f.Creditor)
	}
	if f.Customer != uuid.Nil {
		w.add("m.customer_id = $%d", f.Customer)
	}
	if f.Status != "" {
		w.add("m.status = $%d", f.Status)
	}
	if f.Fate != "" {
		w.add(fateWord+" = $%d", f.Fate)
	}
	if f.Since != nil {
		w.add("m.claimed_at >= $%d", *f.Since)
	}
	return w
}

// MessageEvent is a line of a message's story: what we did, or what its provider said.
type MessageEvent struct {
	Source     string // maan, or the provider
	Kind       string // claimed, sent, not_sent, unanswered, uncertain; or the provider's word
	Code       string
	At         time.Time
	RecordedAt time.Time
}

// MessageEvents lists them in the order in which they became known. One line stands for all
// cases that the message is about.
func (s *Store) MessageEvents(ctx context.Context, m MessageView) ([]MessageEvent, error) {
	return list[MessageEvent](ctx, s.pool, `select source, kind, code, min(at) as at, min(recorded_at) as recorded_at from (
			select 'maan' as source, substr(e.kind, 9) as kind, coalesce(e.data->>'code', '') as code, e.business_at as at, e.recorded_at
			from case_event e join invoice i on i.id = e.invoice_id
			where i.customer_id = $2 and e.data->>'message_id' = $1::text
				and e.kind in ('message_claimed', 'message_sent', 'message_not_sent', 'message_unanswered', 'message_uncertain', 'message_shadowed')
			union all
			select provider, kind, code, at, recorded_at from provider_event where message_id = $1::uuid
		) lines group by source, kind, code order by min(recorded_at), min(at)`, m.ID.String(), m.CustomerID)
}

// MessageAttempt is a message for the same step of the same invoice on the same channel.
type MessageAttempt struct {
	ID         uuid.UUID
	Occurrence int
	Fate       string
	ErrorCode  string
	ClaimedAt  time.Time
}

// MessageAttempts lists a message and those that came before and after it for its step, oldest
// first: retries have the same occurrence, decisions to do the step again a higher one.
func (s *Store) MessageAttempts(ctx context.Context, m MessageView) ([]MessageAttempt, error) {
	return list[MessageAttempt](ctx, s.pool, `with claims as (
			select e.invoice_id, e.data->>'message_id' as message_id, e.data->>'step' as step, e.data->>'channel' as channel,
				coalesce((e.data->>'occurrence')::int, 1) as occurrence
			from case_event e join invoice i on i.id = e.invoice_id where i.customer_id = $2 and e.kind = 'message_claimed')
		select m.id, max(c.occurrence) as occurrence, `+fateWord+` as fate, m.error_code, m.claimed_at
		from claims mine join claims c on c.invoice_id = mine.invoice_id and c.step = mine.step and c.channel is not distinct from mine.channel
			join message m on m.id = c.message_id::uuid
		where mine.message_id = $1 and m.audience = $3 group by m.id order by m.id`, m.ID.String(), m.CustomerID, m.Audience)
}

// FindMessage reads a message.
func (s *Store) FindMessage(ctx context.Context, scope Scope, id uuid.UUID) (MessageView, error) {
	return one[MessageView](ctx, s.pool, messageView+` where m.id = $1 and ($2::text[] is null or m.creditor_id = any($2))`, id, scope.filter())
}

// InvoiceMessages lists the messages about an invoice, oldest first. One that a retry
// replaced is only found in the outbox.
func (s *Store) InvoiceMessages(ctx context.Context, invoice uuid.UUID) ([]MessageView, error) {
	return list[MessageView](ctx, s.pool, messageView+` where m.id in (select message_id from message_item where invoice_id = $1)
		or m.copy_of in (select message_id from message_item where invoice_id = $1) order by m.id`, invoice)
}

// MessageText reads what was written; ErrNotFound once it was erased.
func (s *Store) MessageText(ctx context.Context, id uuid.UUID) (MessageBody, error) {
	return one[MessageBody](ctx, s.pool, `select message_id, recipient, recipient_name, subject, html, text from message_body where message_id = $1`, id)
}

// ItemsOfMessages lists for which steps messages speak.
func (s *Store) ItemsOfMessages(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID][]MessageItem, error) {
	items, err := list[MessageItem](ctx, s.pool, `select `+messageItemColumns+` from message_item
		where message_id = any($1) order by message_id, invoice_id, step, occurrence`, ids)
	if err != nil {
		return nil, fmt.Errorf("read items of messages: %w", err)
	}
	byMessage := make(map[uuid.UUID][]MessageItem, len(ids))
	for _, i := range items {
		byMessage[i.MessageID] = append(byMessage[i.MessageID], i)
	}
	return byMessage, nil
}

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

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
}

const messageView = `select m.id, m.creditor_id, m.customer_id, m.audience, m.channel, m.template, m.template_version, m.language, m.tone,
	m.body_sha256, m.status, m.error_code, m.delivery, m.claimed_at, m.settled_at, m.delivered_at, m.copy_of from message m`

// MessageFilter selects messages; zero values select all.
type MessageFilter struct {
	Creditor string
	Customer uuid.UUID
	Status   string
}

// FindMessages lists messages, newest first; the page continues after (before in time)
// its last id.
func (s *Store) FindMessages(ctx context.Context, scope Scope, f MessageFilter, p Page) ([]MessageView, error) {
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
	if p.After != uuid.Nil {
		w.add("m.id < $%d", p.After)
	}
	return list[MessageView](ctx, s.pool, messageView+w.sql()+" order by m.id desc"+w.limit(p.Limit), w.args...)
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
	items, err := list[MessageItem](ctx, s.pool, `select invoice_id, step, occurrence, channel, message_id from message_item
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

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"maan/internal/dunning"
)

// Silence is a channel on which a customer does not want to be written to.
type Silence struct {
	ID         uuid.UUID
	CustomerID uuid.UUID
	Channel    dunning.Channel
	Reason     string // complaint, unsubscribed, stop, asked
	MessageID  *uuid.UUID
	SilencedAt time.Time
	SilencedBy string
}

const silenceColumns = `id, customer_id, channel, reason, message_id, silenced_at, silenced_by`

// InsertSilence silences a channel; fresh is false if it was silent already. The customer is locked.
func (tx *Tx) InsertSilence(ctx context.Context, s Silence) (fresh bool, err error) {
	tag, err := tx.Exec(ctx, `insert into channel_silence (`+silenceColumns+`) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (customer_id, channel) where lifted_at is null do nothing`,
		s.ID, s.CustomerID, s.Channel, s.Reason, s.MessageID, s.SilencedAt, s.SilencedBy)
	if err != nil {
		return false, fmt.Errorf("silence customer %s: %w", s.CustomerID, err)
	}
	return tag.RowsAffected() == 1, nil
}

// LiftSilence ends a silence; a channel that is not silent is ErrNotFound.
func (tx *Tx) LiftSilence(ctx context.Context, customer uuid.UUID, c dunning.Channel, at time.Time, by string) error {
	tag, err := tx.Exec(ctx, `update channel_silence set lifted_at = $3, lifted_by = $4 where customer_id = $1 and channel = $2 and lifted_at is null`,
		customer, c, at, by)
	if err != nil {
		return fmt.Errorf("lift silence of customer %s: %w", customer, err)
	}
	if tag.RowsAffected() == 0 {
		return ErrNotFound
	}
	return nil
}

// Silences lists on which channels a customer is silent.
func (s *Store) Silences(ctx context.Context, customer uuid.UUID) ([]Silence, error) {
	return list[Silence](ctx, s.pool, `select `+silenceColumns+` from channel_silence where customer_id = $1 and lifted_at is null order by channel`, customer)
}

// Contacts lists a customer's contacts.
func (tx *Tx) Contacts(ctx context.Context, customer uuid.UUID) ([]Contact, error) {
	return list[Contact](ctx, tx, `select `+contactColumns+` from contact where customer_id = $1 order by id`, customer)
}

// MessageHead says whom a message was for.
type MessageHead struct {
	ID         uuid.UUID
	CreditorID string
	CustomerID uuid.UUID
	Audience   string
	Channel    dunning.Channel
}

const messageHead = `select m.id, m.creditor_id, m.customer_id, m.audience, m.channel from message m`

// MessageHead reads it.
func (tx *Tx) MessageHead(ctx context.Context, id uuid.UUID) (MessageHead, error) {
	return one[MessageHead](ctx, tx, messageHead+` where m.id = $1`, id)
}

// CustomersOfNumber lists whose mobile a number is, or who was sent a text message under it.
func (s *Store) CustomersOfNumber(ctx context.Context, number string) ([]uuid.UUID, error) {
	rows, err := list[struct{ ID uuid.UUID }](ctx, s.pool, `select customer_id as id from contact where mobile = $1 and mobile <> ''
		union select m.customer_id from message_body b join message m on m.id = b.message_id
			where b.recipient = $1 and b.subject = '' and m.channel = 'sms' and m.audience = 'customer' order by id`, number)
	if err != nil {
		return nil, fmt.Errorf("customers of a number: %w", err)
	}
	ids := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids, nil
}

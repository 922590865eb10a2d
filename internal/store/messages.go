package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"maan/internal/dunning"
)

// Message is one request to a provider.
type Message struct {
	ID              uuid.UUID
	CreditorID      string
	CustomerID      uuid.UUID
	ContactID       *uuid.UUID
	Audience        string
	Channel         dunning.Channel
	Template        string
	TemplateVersion string
	Language        string
	Tone            dunning.Tone
	BodySHA256      string `db:"body_sha256"`
	Status          string
	ClaimedAt       time.Time
	CopyOf          *uuid.UUID // of a colleague's copy: the mail that the customer was sent
	ReplyToken      string     // secret part of the address that it is answered to; empty: the creditor's own address
}

// MessageBody is what was written and to whom; it can be erased.
type MessageBody struct {
	MessageID     uuid.UUID
	Recipient     string
	RecipientName string
	Subject       string
	HTML          string
	Text          string
}

// MessageItem says for which step a message speaks.
type MessageItem struct {
	InvoiceID  uuid.UUID
	Step       dunning.StepID
	Occurrence int
	Channel    dunning.Channel
	MessageID  uuid.UUID
	Tone       dunning.Tone // in which the message speaks about this invoice
	Carried    bool         // it goes along: another invoice's act hands the message over
}

const messageItemColumns = `invoice_id, step, occurrence, channel, message_id, tone, carried`

// MessageFate is what is known of a message.
type MessageFate struct {
	MessageID       uuid.UUID
	Channel         dunning.Channel
	Status          string
	Delivery        string
	ErrorCode       string
	ClaimedAt       time.Time
	ContactID       *uuid.UUID
	Template        string
	TemplateVersion string
	BodySHA256      string `db:"body_sha256"`
	Carried         bool   // another invoice's act hands it over
}

// Result is the fate as a step's channel knows it: sent and failed are certain.
func (m *MessageFate) Result() ChannelResult {
	r := ChannelResult{MessageID: m.MessageID.String()}
	switch {
	case m.Delivery == "bounced":
		r.Status, r.Reason = "failed", "bounced"
	case m.Status == "sent" || m.Delivery != "":
		r.Status = "sent"
	case m.Status == "not_sent" && strings.HasPrefix(m.ErrorCode, "rejected:"):
		r.Status, r.Reason = "failed", m.ErrorCode
	case m.Status == "not_sent":
		r.Status, r.Reason = "unsent", m.ErrorCode
	default:
		r.Status = "uncertain"
	}
	return r
}

// Word is the fate in one word.
func (m *MessageFate) Word() string {
	if m.Delivery != "" {
		return m.Delivery
	}
	return m.Status
}

// AddressFault reports whether the provider refused the address itself.
func (m *MessageFate) AddressFault() bool {
	switch m.ErrorCode {
	case "rejected:bad_address", "rejected:no_mailbox", "rejected:21211", "rejected:21614", "rejected:21610":
		return true
	}
	return false
}

// AddMessage writes a message and its body.
func AddMessage(m Message, body MessageBody) Write {
	return func(b *pgx.Batch) {
		b.Queue(`insert into message (id, creditor_id, customer_id, contact_id, audience, channel, template, template_version, language, tone,
			body_sha256, status, claimed_at, copy_of, reply_token) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
			m.ID, m.CreditorID, m.CustomerID, m.ContactID, m.Audience, m.Channel, m.Template, m.TemplateVersion, m.Language, m.Tone, m.BodySHA256,
			m.Status, m.ClaimedAt, m.CopyOf, m.ReplyToken)
		b.Queue(`insert into message_body (message_id, recipient, recipient_name, subject, html, text) values ($1, $2, $3, $4, $5, $6)`,
			body.MessageID, body.Recipient, body.RecipientName, body.Subject, body.HTML, body.Text)
	}
}

// PutMessageItem points a step's channel at a message; a retry after a certain "not
// sent" points it at a new one. An item whose message may have left is an error: a claim
// must have settled that first.
func PutMessageItem(i MessageItem) Write {
	return func(b *pgx.Batch) {
		b.Queue(`insert into message_item (`+messageItemColumns+`) values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (invoice_id, step, occurrence, channel) do update
			set message_id = excluded.message_id, tone = excluded.tone, carried = excluded.carried
			where exists (select 1 from message m where m.id = message_item.message_id and m.status = 'not_sent')`,
			i.InvoiceID, i.Step, i.Occurrence, i.Channel, i.MessageID, i.Tone, i.Carried).Exec(func(tag pgconn.CommandTag) error {
			if tag.RowsAffected() == 0 {
				return fmt.Errorf("put message item: step %s of case %s has a message that may have left", i.Step, i.InvoiceID)
			}
			return nil
		})
	}
}

// MessageItems lists the steps that messages speak for, in lock order.
func (tx *Tx) MessageItems(ctx context.Context, messages ...uuid.UUID) ([]MessageItem, error) {
	return list[MessageItem](ctx, tx, `select `+messageItemColumns+` from message_item where message_id = any($1)
		order by invoice_id, step, occurrence, channel`, messages)
}

const fateColumns = `m.id as message_id, i.channel, m.status, m.delivery, m.error_code, m.claimed_at, m.contact_id, m.template, m.template_version, m.body_sha256, i.carried`

// StepMessages lists the messages of one occurrence of a step, after the given writes,
// in one round trip.
func (tx *Tx) StepMessages(ctx context.Context, invoice uuid.UUID, step dunning.StepID, occurrence int, before ...Write) ([]MessageFate, error) {
	var fates []MessageFate
	err := tx.Do(ctx, append(slices.Clone(before), func(b *pgx.Batch) {
		b.Queue(`select `+fateColumns+` from message_item i join message m on m.id = i.message_id
			where i.invoice_id = $1 and i.step = $2 and i.occurrence = $3 order by i.channel`, invoice, step, occurrence).Query(all(&fates))
	})...)
	return fates, err
}

// SettleMessage records a certain fate. A message that was settled already keeps what it has.
func SettleMessage(id uuid.UUID, status, providerID, code string, at time.Time) Write {
	return statement(`update message set status = case when status = 'sending' then $2 else status end,
		provider_id = case when $3 <> '' then $3 else provider_id end, error_code = case when status = 'sending' then $4 else error_code end,
		settled_at = coalesce(settled_at, $5) where id = $1`, id, status, providerID, code, at)
}

// SettleStepMessages marks a step's messages of unknown fate as sent, on a person's word.
func (tx *Tx) SettleStepMessages(ctx context.Context, invoice uuid.UUID, step dunning.StepID, occurrence int, at time.Time) error {
	return tx.exec(ctx, "settle messages", `update message m set status = 'sent', settled_at = $4 from message_item i
		where i.message_id = m.id and i.invoice_id = $1 and i.step = $2 and i.occurrence = $3 and m.status in ('sending', 'uncertain')`,
		invoice, step, occurrence, at)
}

// NoteMessageError keeps why a message is of unknown fate.
func NoteMessageError(id uuid.UUID, code string) Write {
	return statement(`update message set error_code = $2 where id = $1`, id, code)
}

// Leaving lists messages of an invoice that were claimed and may still leave.
func (tx *Tx) Leaving(ctx context.Context, invoice uuid.UUID) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, `select m.id from message m join message_item i on i.message_id = m.id
		where i.invoice_id = $1 and m.status = 'sending' and m.delivery = '' order by m.id`, invoice)
	if err != nil {
		return nil, fmt.Errorf("leaving messages: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// SweepMessages settles old messages to which nobody comes back, since their step is
// over: as sent where the provider reported on them, else as uncertain. It answers how
// many.
func (s *Store) SweepMessages(ctx context.Context, before, now time.Time) (int, error) {
	tag, err := s.pool.Exec(ctx, `update message m set status = case when m.delivery <> '' then 'sent' else 'uncertain' end, settled_at = $2
		where m.status = 'sending' and m.claimed_at < $1 and not exists (
			select 1 from message_item i join invoice v on v.id = i.invoice_id
			join plan_step p on p.invoice_id = v.id and p.run_no = v.current_run and p.step = i.step and p.occurrence = i.occurrence
			where i.message_id = m.id and p.state in ('pending', 'waiting'))`, before, now)
	if err != nil {
		return 0, fmt.Errorf("sweep messages: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

// MarkMessageContactFailed notes that the address of a message to a customer is dead, wherever
// the customer still has it.
func (tx *Tx) MarkMessageContactFailed(ctx context.Context, message uuid.UUID, at time.Time) error {
	return tx.exec(ctx, "mark contact", `update contact c set
			email_failed_at = case when m.channel = 'email' then $2 else c.email_failed_at end,
			mobile_failed_at = case when m.channel = 'sms' then $2 else c.mobile_failed_at end
		from message m join message_body b on b.message_id = m.id
		where m.id = $1 and m.audience = 'customer' and c.customer_id = m.customer_id
			and ((m.channel = 'email' and lower(c.email) = lower(b.recipient)) or (m.channel = 'sms' and c.mobile = b.recipient))`, message, at)
}

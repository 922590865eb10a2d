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

	"maan/internal/calendar"
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
func (s *Store) ReportQuietly(ctx context.Context, reports []DeliveryReport, young time.Time) (others []DeliveryReport, err error) {
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

// UseContactDay uses up the customer's day; nil stands for a call.
func UseContactDay(customer uuid.UUID, day calendar.Date, message *uuid.UUID) Write {
	return statement(`insert into contact_day (customer_id, local_date, message_id) values ($1, $2, $3) on conflict do nothing`,
		customer, day, message)
}

// FreeContactDay gives the day back that messages used of which none was sent.
func FreeContactDay(messages []uuid.UUID) Write {
	return statement(`delete from contact_day where message_id = any($1)`, messages)
}

// maxMates bounds what goes along with one message, which must stay one page that a mail
// client shows whole.
const maxMates = 49

// DueMessages lists what may go along with a message about an invoice: the current steps of
// the customer's other open invoices that write to it and are due that day, the longest due
// first if there are too many, in lock order.
func (tx *Tx) DueMessages(ctx context.Context, customer, except uuid.UUID, day calendar.Date) ([]StepKey, error) {
	return list[StepKey](ctx, tx, `select invoice_id, step from (
			select distinct on (p.invoice_id) p.invoice_id, p.step, p.action, p.local_date, v.due_date from invoice v
			join plan_step p on p.invoice_id = v.id and p.run_no = v.current_run
			where v.customer_id = $1 and v.id <> $2 and v.closed_outcome is null and p.state in ('pending', 'waiting')
			order by p.invoice_id, p.position) current
		where action = 'message' and local_date <= $3
		order by due_date, invoice_id limit $4`, customer, except, day, maxMates)
}

// StepKey names a step of an invoice's current run.
type StepKey struct {
	InvoiceID uuid.UUID
	Step      dunning.StepID
}

// SituationQuery names the step that is being claimed.
type SituationQuery struct {
	InvoiceID  uuid.UUID
	CustomerID uuid.UUID
	Today      calendar.Date
	Step       dunning.StepID
	Occurrence int
	RunOpened  time.Time
	Document   bool // read the invoice's PDF too
}

// Situation is what a claim must know beyond the case itself.
type Situation struct {
	NewCustomer     bool
	PaidLate        bool
	BrokePromise    bool
	Covered         bool // money of the customer covers what it would be asked for
	Contacted       bool
	ContactedAgo    []int // how many days ago the customer was contacted, in the week before today
	Released        bool
	SentTone        dunning.Tone // the firmest that this run's customer was really sent
	LastReminderOn  *time.Time
	UncertainBefore bool // an earlier occurrence of the step was of unknown fate
	Messages        []MessageFate
	Contacts        []Contact  // of the customer, and those that its open invoices name
	Documents       []Document // the newest PDF of the invoice, if one was uploaded and asked for
	Providers       []ProviderState
}

// Situation reads it in one round trip.
func (tx *Tx) Situation(ctx context.Context, q SituationQuery) (Situation, error) {
	var s Situation
	b := &pgx.Batch{}
	b.Queue(`select
		not exists (select 1 from invoice where customer_id = $1 and closed_outcome = 'paid'),
		exists (select 1 from collection_run r join invoice i on i.id = r.invoice_id where i.customer_id = $1 and r.outcome = 'paid'
			and r.closed_at::date > $2::date - 365 and r.closed_at::date - i.due_date > 5),
		exists (select 1 from promise p join invoice i on i.id = p.invoice_id where i.customer_id = $1 and (p.status = 'broken'
			or (p.status = 'open' and p.holds_until < $2))),
		(select `+covered+` from invoice i where i.id = $3),
		exists (select 1 from contact_day d where d.customer_id = $1 and d.local_date = $2 and not exists (
			select 1 from message_item o where o.message_id = d.message_id and o.invoice_id = $3 and o.step = $4)),
		`+released+`,
		(select coalesce(array_agg(distinct $2::date - local_date), '{}') from contact_day where customer_id = $1
			and local_date < $2 and local_date > $2::date - 7)`,
		q.CustomerID, q.Today, q.InvoiceID, q.Step, q.Occurrence).QueryRow(func(row pgx.Row) error {
		return row.Scan(&s.NewCustomer, &s.PaidLate, &s.BrokePromise, &s.Covered, &s.Contacted, &s.Released, &s.ContactedAgo)
	})
	b.Queue(`select coalesce(max(i.tone) filter (where m.claimed_at >= $2), 0), max(m.claimed_at) filter (where i.tone > 0 and m.claimed_at >= $2),
		coalesce(bool_or(m.status = 'uncertain' and i.step = $3 and i.occurrence < $4), false)
		from message_item i join message m on m.id = i.message_id
		where i.invoice_id = $1 and m.audience = 'customer' and m.delivery <> 'bounced' and (m.status in ('sent', 'uncertain') or m.delivery <> '')`,
		q.InvoiceID, q.RunOpened, q.Step, q.Occurrence).QueryRow(func(row pgx.Row) error {
		return row.Scan(&s.SentTone, &s.LastReminderOn, &s.UncertainBefore)
	})
	b.Queue(`select `+fateColumns+` from message_item i join message m on m.id = i.message_id
		where i.invoice_id = $1 and i.step = $2 and i.occurrence = $3 order by i.channel`, q.InvoiceID, q.Step, q.Occurrence).Query(all(&s.Messages))
	b.Queue(`select `+contactColumns+` from contact k where customer_id = $1 and (invoice_id is null or exists (select 1 from invoice i
			where i.id = k.invoice_id and (i.closed_outcome is null or i.id = $2))) order by id`, q.CustomerID, q.InvoiceID).Query(all(&s.Contacts))
	b.Queue(`select ` + providerColumns + ` from provider_state`).Query(all(&s.Providers))
	if q.Document {
		b.Queue(`select `+documentColumns+` from document where invoice_id = $1 and kind = 'invoice_pdf' order by id desc limit 1`, q.InvoiceID).
			Query(all(&s.Documents))
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return s, fmt.Errorf("read situation of case %s: %w", q.InvoiceID, err)
	}
	return s, nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/dunning"
)

// Reply is what a customer answered to a message.
type Reply struct {
	ID         uuid.UUID
	CreditorID *string // with the customer and the message nil if nobody knows whose it is
	CustomerID *uuid.UUID
	MessageID  *uuid.UUID
	Channel    dunning.Channel
	Provider   string
	EventKey   string
	Automatic  string // the sign that no person wrote it
	Fate       string // filed, asked, paused, unknown
	TaskID     *uuid.UUID
	HoldID     *uuid.UUID
	ReceivedAt time.Time
	InvoiceID  *uuid.UUID // where a person said what it is about
	AssignedBy string
	AssignedAt *time.Time
}

const replyColumns = `id, creditor_id, customer_id, message_id, channel, provider, event_key, automatic, fate, task_id, hold_id, received_at,
	invoice_id, assigned_by, assigned_at`

// ReplyBody is what was written; it can be erased.
type ReplyBody struct {
	ReplyID   uuid.UUID
	Sender    string
	Subject   string
	Text      string
	Truncated bool
}

// ReplyFile is a file of a reply. Content is nil where Refused says why it was not kept.
type ReplyFile struct {
	N           int
	Name        string
	ContentType string
	Size        int64
	Refused     string
	Content     []byte
}

// InsertReply keeps a reply; fresh is false if it was known, and nothing is written then.
func (tx *Tx) InsertReply(ctx context.Context, r Reply, body ReplyBody, files []ReplyFile) (fresh bool, err error) {
	tag, err := tx.Exec(ctx, `insert into reply (`+replyColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		on conflict (provider, event_key) do nothing`, r.ID, r.CreditorID, r.CustomerID, r.MessageID, r.Channel, r.Provider, r.EventKey, r.Automatic,
		r.Fate, r.TaskID, r.HoldID, r.ReceivedAt, r.InvoiceID, r.AssignedBy, r.AssignedAt)
	if err != nil || tag.RowsAffected() == 0 {
		return false, wrapped("insert reply", err)
	}
	b := &pgx.Batch{}
	b.Queue(`insert into reply_body (reply_id, sender, subject, text, truncated) values ($1, $2, $3, $4, $5)`, r.ID, body.Sender, body.Subject, body.Text, body.Truncated)
	for _, f := range files {
		b.Queue(`insert into reply_file (reply_id, n, name, content_type, size, refused, content) values ($1, $2, $3, $4, $5, $6, $7)`,
			r.ID, f.N, f.Name, f.ContentType, f.Size, f.Refused, f.Content)
	}
	return true, wrapped("insert text of reply", tx.SendBatch(ctx, b).Close())
}

// LockReply reads a reply of the scope and locks it. The caller has locked the customer.
func (tx *Tx) LockReply(ctx context.Context, scope Scope, id uuid.UUID) (Reply, error) {
	rows, err := tx.Query(ctx, `select `+replyColumns+` from reply where id = $1 and ($2::text[] is null or creditor_id = any($2)) for update`, id, scope.filter())
	if err != nil {
		return Reply{}, fmt.Errorf("lock reply: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Reply])
	if errors.Is(err, pgx.ErrNoRows) {
		return r, ErrNotFound
	}
	return r, wrapped("lock reply", err)
}

// AssignReply writes down whose a reply is that nobody knew, and what was done with it.
func (tx *Tx) AssignReply(ctx context.Context, r Reply) error {
	_, err := tx.Exec(ctx, `update reply set creditor_id = $2, customer_id = $3, fate = $4, task_id = $5, hold_id = $6, invoice_id = $7, assigned_by = $8,
		assigned_at = $9 where id = $1`, r.ID, r.CreditorID, r.CustomerID, r.Fate, r.TaskID, r.HoldID, r.InvoiceID, r.AssignedBy, r.AssignedAt)
	return wrapped("assign reply", err)
}

// forgottenAtOnce bounds one deletion.
const forgottenAtOnce = 1000

// ForgetUnknownReplies deletes answers that came before a moment and still belong to nobody, with
// their texts, and answers how many.
func (s *Store) ForgetUnknownReplies(ctx context.Context, before time.Time) (int, error) {
	tag, err := s.pool.Exec(ctx, `with old as (
			select id from reply where fate = 'unknown' and received_at < $1 order by received_at limit $2 for update skip locked
		), files as (delete from reply_file f using old where f.reply_id = old.id
		), texts as (delete from reply_body b using old where b.reply_id = old.id)
		delete from reply r using old where r.id = old.id`, before, forgottenAtOnce)
	return int(tag.RowsAffected()), wrapped("forget unknown replies", err)
}

func wrapped(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// KnownReply is the fate of a reply that was taken before; empty for a new one.
func (tx *Tx) KnownReply(ctx context.Context, provider, eventKey string) (fate string, err error) {
	err = tx.QueryRow(ctx, `select fate from reply where provider = $1 and event_key = $2`, provider, eventKey).Scan(&fate)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return fate, wrapped("look up reply", err)
}

// MessageByToken finds the message that one of the tokens belongs to; ErrNotFound if none does.
func (s *Store) MessageByToken(ctx context.Context, tokens []string) (MessageHead, error) {
	return one[MessageHead](ctx, s.pool, messageHead+` where m.reply_token = any($1) and m.reply_token <> '' order by m.id desc limit 1`, tokens)
}

// MessageByNumber finds the text message that an answer from a number is most likely about:
// the newest that went there since a day. If several customers were written to under the
// number, nobody knows: ErrNotFound.
func (s *Store) MessageByNumber(ctx context.Context, number string, since time.Time) (MessageHead, error) {
	rows, err := list[MessageHead](ctx, s.pool, `select distinct on (m.customer_id) m.id, m.creditor_id, m.customer_id, m.audience, m.channel
		from message_body b join message m on m.id = b.message_id
		where b.recipient = $1 and b.subject = '' and m.channel = 'sms' and m.audience = 'customer' and m.status not in ('not_sent', 'shadow') and m.claimed_at >= $2
		order by m.customer_id, m.claimed_at desc, m.id desc limit 2`, number, since)
	if err != nil {
		return MessageHead{}, fmt.Errorf("message of a number: %w", err)
	}
	if len(rows) != 1 {
		return MessageHead{}, ErrNotFound
	}
	return rows[0], nil
}

// AnyOpen reports whether a case of a message is open.
func (tx *Tx) AnyOpen(ctx context.Context, message uuid.UUID) (open bool, err error) {
	err = tx.QueryRow(ctx, `select exists (select 1 from message_item mi join invoice i on i.id = mi.invoice_id
		where mi.message_id = $1 and i.closed_outcome is null)`, message).Scan(&open)
	return open, wrapped("open cases of message", err)
}

// HeldSince reports whether a customer was held for a reason since a moment.
func (tx *Tx) HeldSince(ctx context.Context, customer uuid.UUID, reason string, since time.Time) (held bool, err error) {
	err = tx.QueryRow(ctx, `select exists (select 1 from hold where customer_id = $1 and reason = $2 and placed_at > $3)`, customer, reason, since).Scan(&held)
	return held, wrapped("holds of customer", err)
}

// ReplyFilter selects replies; zero values select all.
type ReplyFilter struct {
	Creditor string
	Customer uuid.UUID
	Invoice  uuid.UUID
	Task     uuid.UUID
	Fate     string
}

// FindReplies lists replies, newest first. Those of which nobody knows whose they are show
// to who sees everything only.
func (s *Store) FindReplies(ctx context.Context, scope Scope, f ReplyFilter, p Page) ([]Reply, error) {
	w := &where{}
	w.scope("creditor_id", scope)
	if f.Creditor != "" {
		w.add("creditor_id = $%d", f.Creditor)
	}
	if f.Customer != uuid.Nil {
		w.add("customer_id = $%d", f.Customer)
	}
	if f.Invoice != uuid.Nil {
		w.add("(invoice_id = $%d or message_id in (select message_id from message_item where invoice_id = $%d))", f.Invoice)
	}
	if f.Task != uuid.Nil {
		w.add("task_id = $%d", f.Task)
	}
	if f.Fate != "" {
		w.add("fate = $%d", f.Fate)
	}
	if p.After != uuid.Nil {
		w.add("id < $%d", p.After)
	}
	return list[Reply](ctx, s.pool, `select `+replyColumns+` from reply`+w.sql()+` order by id desc`+w.limit(p.Limit), w.args...)
}

// FindReply reads a reply.
func (s *Store) FindReply(ctx context.Context, scope Scope, id uuid.UUID) (Reply, error) {
	return one[Reply](ctx, s.pool, `select `+replyColumns+` from reply where id = $1 and ($2::text[] is null or creditor_id = any($2))`, id, scope.filter())
}

// ReplyText reads what was written and names its files; nil once it was erased.
func (s *Store) ReplyText(ctx context.Context, id uuid.UUID) (*ReplyBody, []ReplyFile, error) {
	body, err := one[ReplyBody](ctx, s.pool, `select reply_id, sender, subject, text, truncated from reply_body where reply_id = $1`, id)
	if errors.Is(err, ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	files, err := list[ReplyFile](ctx, s.pool, `select n, name, content_type, size, refused, null::bytea as content from reply_file where reply_id = $1 order by n`, id)
	return &body, files, err
}

// ReplyFile reads one file of a reply; ErrNotFound if it was not kept.
func (s *Store) ReplyFile(ctx context.Context, reply uuid.UUID, n int) (ReplyFile, error) {
	return one[ReplyFile](ctx, s.pool, `select n, name, content_type, size, refused, content from reply_file
		where reply_id = $1 and n = $2 and content is not null`, reply, n)
}

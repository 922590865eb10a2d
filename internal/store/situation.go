package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// Occurrences tells how often each step of an invoice was sent.
func (tx *Tx) Occurrences(ctx context.Context, invoice uuid.UUID) (map[dunning.StepID]int, error) {
	rows, err := tx.Query(ctx, `select step, max(occurrence) from message_item where invoice_id = $1 group by step`, invoice)
	if err != nil {
		return nil, fmt.Errorf("occurrences: %w", err)
	}
	sent := map[dunning.StepID]int{}
	var (
		step dunning.StepID
		n    int
	)
	_, err = pgx.ForEachRow(rows, []any{&step, &n}, func() error { sent[step] = n; return nil })
	return sent, err
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
	return list[StepKey](ctx, tx, `select invoice_id, step from (select invoice_id, step from (
			select distinct on (p.invoice_id) p.invoice_id, p.step, p.action, p.local_date, v.due_date from invoice v
			join plan_step p on p.invoice_id = v.id and p.run_no = v.current_run
			where v.customer_id = $1 and v.id <> $2 and v.closed_outcome is null and p.state in ('pending', 'waiting')
			order by p.invoice_id, p.position) current
		where action = 'message' and local_date <= $3
		order by due_date, invoice_id limit $4) due order by invoice_id`, customer, except, day, maxMates)
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

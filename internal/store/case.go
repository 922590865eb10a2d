package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// Case is one invoice with everything its ladder depends on, read under the locks of
// its customer and itself.
type Case struct {
	Customer  Customer
	Invoice   Invoice
	Creditor  Creditor
	Run       Run
	Steps     []PlanStep // of the current run, in order
	Holds     []Hold     // active ones of the customer and the invoice
	Dispute   *Dispute   // the open one
	Promise   *Promise   // the open one
	Policy    *dunning.Policy
	Overrides []calendar.Override
	Delivered *calendar.Date // the last delivery; nil: none that counts as the last
	Delivery  string         // what became of the newest message of the invoice
	Silenced  []string       // channels on which the customer does not want to be written to
}

// LockCase locks the customer and then the invoice, and reads the case.
func (tx *Tx) LockCase(ctx context.Context, invoiceID uuid.UUID) (*Case, error) {
	return tx.readCase(ctx, invoiceID, " for update", " for key share of c") // the stop switch waits for who read it, and names what they claim
}

// ReadCase reads a case without locks, for a transaction of [Store.InReadTx].
func (tx *Tx) ReadCase(ctx context.Context, invoiceID uuid.UUID) (*Case, error) {
	return tx.readCase(ctx, invoiceID, "", "")
}

func (tx *Tx) readCase(ctx context.Context, invoiceID uuid.UUID, lock, lockCreditor string) (*Case, error) {
	c := &Case{}
	var (
		policyText *string
		found      bool
	)
	b := &pgx.Batch{}
	b.Queue(`select `+customerColumns+` from customer where id = (select customer_id from invoice where id = $1)`+lock, invoiceID).
		Query(into(&c.Customer, &found))
	b.Queue(`select `+invoiceColumns+` from invoice where id = $1`+lock, invoiceID).Query(into(&c.Invoice, &found))
	rare := queueCaseReads(b, c, invoiceID, lockCreditor)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("lock case %s: %w", invoiceID, err)
	}
	if !found {
		return nil, ErrNotFound
	}
	if *rare {
		b := &pgx.Batch{}
		queueRareReads(b, c, invoiceID)
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return nil, fmt.Errorf("read pauses of case %s: %w", invoiceID, err)
		}
	}
	policy, err := tx.store.policy(c.Invoice.PolicyVersionID.String(), func() (string, error) {
		err := tx.QueryRow(ctx, `select source from policy_version where id = $1`, c.Invoice.PolicyVersionID).Scan(&policyText)
		if err != nil {
			return "", fmt.Errorf("read policy of case %s: %w", invoiceID, err)
		}
		return *policyText, nil
	})
	if err != nil {
		return nil, err
	}
	c.Policy = policy
	return c, nil
}

// Unchanged locks a case that was read before, and reports whether nothing has happened to it
// since: every change of a case leaves a line in its history or raises the number of its
// facts. The creditor's switches change without, and are read anew.
func (tx *Tx) Unchanged(ctx context.Context, c *Case) (same bool, err error) {
	b := &pgx.Batch{}
	b.Queue(`select 1 from customer where id = $1 for update`, c.Customer.ID)
	b.Queue(`select i.event_seq = $2 and i.facts_seq = $3, c.mode, c.stopped from invoice i join creditor c on c.id = i.creditor_id
		where i.id = $1 for update of i for key share of c`, c.Invoice.ID, c.Invoice.EventSeq, c.Invoice.FactsSeq).
		QueryRow(func(row pgx.Row) error { return row.Scan(&same, &c.Creditor.Mode, &c.Creditor.Stopped) })
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return false, fmt.Errorf("lock case %s again: %w", c.Invoice.ID, err)
	}
	return same, nil
}

// queueCaseReads reads what every case has, and whether it has what few have: see [queueRareReads].
func queueCaseReads(b *pgx.Batch, c *Case, invoiceID uuid.UUID, lockCreditor string) (rare *bool) {
	rare = new(bool)
	b.Queue(`select `+qualified("c", creditorColumns)+` from creditor c join invoice i on i.creditor_id = c.id where i.id = $1`+lockCreditor,
		invoiceID).Query(into(&c.Creditor, nil))
	b.Queue(`select r.invoice_id, r.run_no, r.workflow_id, r.reason, r.opened_at, r.closed_at, r.outcome
		from collection_run r join invoice i on i.id = r.invoice_id and i.current_run = r.run_no where i.id = $1`, invoiceID).
		Query(into(&c.Run, nil))
	b.Queue(`select `+qualified("p", planStepColumns)+` from plan_step p join invoice i on i.id = p.invoice_id and i.current_run = p.run_no
		where i.id = $1 order by p.position`, invoiceID).Query(all(&c.Steps))
	b.Queue(`select (select max(delivered_on) from delivery where invoice_id = $1
			and exists (select 1 from delivery l where l.invoice_id = $1 and l.last)) as delivered,
		coalesce((select case when m.delivery <> '' then m.delivery else m.status end from message_item mi
			join message m on m.id = mi.message_id where mi.invoice_id = $1 order by m.claimed_at desc, m.id desc limit 1), '') as delivery,
		(select coalesce(array_agg(s.channel), '{}') from channel_silence s join invoice i on i.customer_id = s.customer_id
			where i.id = $1 and s.lifted_at is null) as silenced,
		exists (select 1 `+holdsOfCase+`) or exists (select 1 `+disputeOfCase+`) or exists (select 1 `+promiseOfCase+`)
			or exists (select 1 `+holidaysOfCase+`) as rare`,
		invoiceID).QueryRow(func(row pgx.Row) error { return row.Scan(&c.Delivered, &c.Delivery, &c.Silenced, rare) })
	return rare
}

const (
	holdsOfCase = `from hold h join invoice i on i.customer_id = h.customer_id
		where i.id = $1 and h.released_at is null and (h.invoice_id is null or h.invoice_id = i.id)`
	disputeOfCase  = `from dispute where invoice_id = $1 and resolved_at is null`
	promiseOfCase  = `from promise where invoice_id = $1 and status = 'open'`
	holidaysOfCase = `from creditor_holiday h join invoice i on i.creditor_id = h.creditor_id
		join customer c on c.id = i.customer_id where i.id = $1 and h.country = c.country`
)

// queueRareReads reads what few cases have: pauses, and holidays of the creditor's own.
func queueRareReads(b *pgx.Batch, c *Case, invoiceID uuid.UUID) {
	b.Queue(`select `+qualified("h", holdColumns)+` `+holdsOfCase, invoiceID).Query(all(&c.Holds))
	b.Queue(`select `+disputeColumns+` `+disputeOfCase, invoiceID).Query(maybe(&c.Dispute))
	b.Queue(`select `+promiseColumns+` `+promiseOfCase, invoiceID).Query(maybe(&c.Promise))
	b.Queue(`select h.day as date, h.holiday, h.name `+holidaysOfCase, invoiceID).Query(all(&c.Overrides))
}

// into reads one row into v; found, if given, reports whether there was one.
func into[T any](v *T, found *bool) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		got, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err == nil {
			*v = got
			if found != nil {
				*found = true
			}
		}
		return err
	}
}

// maybe reads at most one row.
func maybe[T any](v **T) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		got, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[T])
		if err == nil && len(got) > 0 {
			*v = got[0]
		}
		return err
	}
}

// all reads every row.
func all[T any](v *[]T) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		got, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
		*v = got
		return err
	}
}

// CaseChange is what [Tx.SaveCase] writes beside the case's own row.
type CaseChange struct {
	Writes  []Write    // before all others
	Steps   []PlanStep // steps to insert or rewrite
	Dropped []dunning.StepID
	Events  []CaseEvent
	Message *WorkflowMessage
}

// CaseEvent is a line of a case's append-only history: ids and codes only.
type CaseEvent struct {
	InvoiceID  uuid.UUID
	Seq        int
	Kind       string
	Actor      string
	Data       map[string]any
	PrevHash   string
	Hash       string
	BusinessAt time.Time
	RecordedAt time.Time
}

// WorkflowMessage is a fact on its way to a workflow.
type WorkflowMessage struct {
	InvoiceID  uuid.UUID
	RunNo      int
	WorkflowID string
	Name       string
	FactsSeq   int64
	Payload    []byte
	Delay      time.Duration // the relay leaves it to the fast path for so long
}

// SaveCase writes the invoice's own row and the change, with the next statement or the commit.
// The outbox row's id is in messageID when that was carried out; without a message it stays as it is.
func (tx *Tx) SaveCase(c *Case, ch CaseChange, messageID *int64) {
	tx.later(append(ch.Writes, func(b *pgx.Batch) { queueCase(b, c, ch, messageID) })...)
}

func queueCase(b *pgx.Batch, c *Case, ch CaseChange, messageID *int64) {
	i := &c.Invoice
	b.Queue(`update invoice set due_date = $2, no_chase_reason = $3, no_chase_by = $4, no_chase_review_on = $5, policy_version_id = $6,
		arrived_at = $7, current_run = $8, facts_seq = $9, plan_no = $10, pause_ended_on = $11, handed_off_at = $12, recalled_at = $13,
		ledger_seq = $14, event_seq = $15, event_hash = $16, open_minor = $17, closed_outcome = $18 where id = $1`,
		i.ID, i.DueDate, i.NoChaseReason, i.NoChaseBy, i.NoChaseReviewOn, i.PolicyVersionID, i.ArrivedAt, i.CurrentRun, i.FactsSeq,
		i.PlanNo, i.PauseEndedOn, i.HandedOffAt, i.RecalledAt, i.LedgerSeq, i.EventSeq, i.EventHash, i.OpenMinor, i.ClosedOutcome)
	if len(ch.Dropped) > 0 {
		b.Queue(`delete from plan_step where invoice_id = $1 and run_no = $2 and step = any($3) and state in ('pending', 'waiting')`,
			i.ID, i.CurrentRun, ch.Dropped)
	}
	for _, s := range ch.Steps {
		queuePlanStep(b, s)
	}
	if len(ch.Events) > 0 {
		queueEvents(b, ch.Events)
	}
	if m := ch.Message; m != nil {
		b.Queue(`insert into workflow_message (invoice_id, run_no, workflow_id, name, facts_seq, payload, next_attempt_at)
			values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7)) returning id`,
			m.InvoiceID, m.RunNo, m.WorkflowID, m.Name, m.FactsSeq, m.Payload, m.Delay.Seconds()).
			QueryRow(func(row pgx.Row) error { return row.Scan(messageID) })
		b.Queue(`select pg_notify('workflow_message', '')`)
	}
}

// queueEvents adds lines to one case's history in one statement.
func queueEvents(b *pgx.Batch, events []CaseEvent) {
	first := events[0]
	var (
		seqs                 []int
		kinds, prevs, hashes []string
		data                 []map[string]any
		recorded             []time.Time
	)
	for _, e := range events {
		seqs, kinds, data = append(seqs, e.Seq), append(kinds, e.Kind), append(data, e.Data)
		prevs, hashes, recorded = append(prevs, e.PrevHash), append(hashes, e.Hash), append(recorded, e.RecordedAt)
	}
	b.Queue(`insert into case_event (invoice_id, actor, business_at, seq, kind, data, prev_hash, hash, recorded_at)
		select $1, $2, $3, seq, kind, data, prev_hash, hash, recorded_at
		from unnest($4::int[], $5::text[], $6::jsonb[], $7::text[], $8::text[], $9::timestamptz[]) as e (seq, kind, data, prev_hash, hash, recorded_at)`,
		first.InvoiceID, first.Actor, first.BusinessAt, seqs, kinds, data, prevs, hashes, recorded)
}

func queuePlanStep(b *pgx.Batch, s PlanStep) {
	b.Queue(`insert into plan_step (`+planStepColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		on conflict (invoice_id, run_no, step) do update set position = excluded.position, occurrence = excluded.occurrence, at = excluded.at,
		local_date = excluded.local_date, state = excluded.state, reason = excluded.reason, not_before = excluded.not_before,
		reference = excluded.reference, channels = excluded.channels, first_tried_at = excluded.first_tried_at,
		done_at = excluded.done_at, done_on = excluded.done_on`,
		s.InvoiceID, s.RunNo, s.Step, s.Position, s.Stage, s.Action, s.Occurrence, s.At, s.LocalDate, s.State, s.Reason, s.NotBefore,
		s.Reference, s.Channels, s.FirstTriedAt, s.DoneAt, s.DoneOn)
}

// InsertRun adds a run of an invoice.
func (tx *Tx) InsertRun(ctx context.Context, r Run) error {
	_, err := tx.Exec(ctx, `insert into collection_run (invoice_id, run_no, workflow_id, reason, opened_at) values ($1, $2, $3, $4, $5)`,
		r.InvoiceID, r.RunNo, r.WorkflowID, r.Reason, r.OpenedAt)
	if err != nil {
		return fmt.Errorf("insert run: %w", err)
	}
	return nil
}

// RunOutcome tells how a run ended; empty while it is open or unknown.
func (tx *Tx) RunOutcome(ctx context.Context, invoiceID uuid.UUID, runNo int) (outcome dunning.Reason, err error) {
	err = tx.QueryRow(ctx, `select coalesce((select outcome from collection_run where invoice_id = $1 and run_no = $2), '')`, invoiceID, runNo).Scan(&outcome)
	if err != nil {
		return "", fmt.Errorf("outcome of run: %w", err)
	}
	return outcome, nil
}

// CloseRun ends the run with its outcome.
func (tx *Tx) CloseRun(ctx context.Context, invoiceID uuid.UUID, runNo int, at time.Time, outcome dunning.Reason) error {
	_, err := tx.Exec(ctx, `update collection_run set closed_at = $3, outcome = $4 where invoice_id = $1 and run_no = $2`,
		invoiceID, runNo, at, outcome)
	if err != nil {
		return fmt.Errorf("close run: %w", err)
	}
	return nil
}

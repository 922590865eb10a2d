package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/devstack/sandbox"
)

// step is the one whose messages are counted.
const step = "reminder"

// asked holds for a step p whose fate a person is asked to find out.
const asked = `exists (select 1 from task t join task_item ti on ti.task_id = t.id where ti.invoice_id = p.invoice_id and ti.run_no = p.run_no
	and ti.step = p.step and ti.lapsed_at is null and t.status in ('open', 'claimed'))`

// tally is what became of the reminders of a case. Each count of two is first PostgreSQL's,
// then the provider's.
type tally struct {
	sent, paid           int // reminders: accepted; not sent because the invoice was paid first
	lost, doubled, after [2]int
	again, asked         int
	faults               []string // which invoices, and why
}

const (
	byDatabase = iota
	byProvider
)

func (t *tally) ok() bool {
	return t.lost == [2]int{} && t.doubled == [2]int{} && t.after == [2]int{} && len(t.faults) == 0
}

func (t *tally) fault(format string, args ...any) {
	t.faults = append(t.faults, fmt.Sprintf(format, args...))
}

// reminder is the step of one invoice.
type reminder struct {
	InvoiceID uuid.UUID
	Number    string
	State     string
	Reason    string
	Closed    bool
	Asked     bool
	letters   []letter
}

// letter is a message that was claimed for a reminder, one for each channel and attempt.
type letter struct {
	InvoiceID  uuid.UUID
	MessageID  uuid.UUID
	Channel    string
	Occurrence int
	Status     string
	Delivery   string
	Late       bool // claimed after a payment of the invoice had committed
	accepted   int  // times in the provider's journal
	last       time.Time
}

func (l *letter) sent() bool { return l.Status == "sent" || l.Delivery != "" }

// count hears both witnesses.
func (s *scene) count(ctx context.Context) (*tally, error) {
	reminders, err := s.reminders(ctx)
	if err != nil {
		return nil, err
	}
	t := &tally{}
	if len(reminders) != s.n {
		t.fault("%d reminders of %d invoices", len(reminders), s.n)
	}
	unknown, err := s.hear(reminders)
	if err != nil {
		return nil, err
	}
	for _, id := range unknown {
		t.doubled[byProvider]++
		t.fault("message %s was accepted, and PostgreSQL has no claim of it for a reminder", id)
	}
	for _, r := range reminders {
		s.judge(t, r)
	}
	return t, s.countInvoices(ctx, t)
}

// reminders reads them with every message that was ever claimed for them: what an item points
// to now, and what its history says that was claimed before.
func (s *scene) reminders(ctx context.Context) (map[uuid.UUID]*reminder, error) {
	rows, err := s.Pool.Query(ctx, `select p.invoice_id, i.number, p.state, p.reason, i.closed_outcome is not null, `+asked+`
		from plan_step p join invoice i on i.id = p.invoice_id and i.current_run = p.run_no where p.step = $1`, step)
	if err != nil {
		return nil, fmt.Errorf("read the reminders: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByPos[reminder])
	if err != nil {
		return nil, fmt.Errorf("read the reminders: %w", err)
	}
	all := make(map[uuid.UUID]*reminder, len(list))
	for _, r := range list {
		all[r.InvoiceID] = r
	}
	rows, err = s.Pool.Query(ctx, `with claimed as (
			select mi.invoice_id, mi.message_id, mi.channel, mi.occurrence, pg_xact_commit_timestamp(mi.xmin) as at from message_item mi where mi.step = $1
			union all
			select e.invoice_id, (e.data->>'message_id')::uuid, e.data->>'channel', (e.data->>'occurrence')::int, pg_xact_commit_timestamp(e.xmin)
			from case_event e where e.kind = 'message_claimed' and e.data->>'step' = $1)
		select c.invoice_id, c.message_id, c.channel, c.occurrence, m.status, m.delivery,
			bool_or(exists (select 1 from ledger_entry l where l.invoice_id = c.invoice_id and l.kind = 'payment'
				and pg_xact_commit_timestamp(l.xmin) < c.at))
		from claimed c join message m on m.id = c.message_id group by 1, 2, 3, 4, 5, 6 order by 1, 4, 2`, step)
	if err != nil {
		return nil, fmt.Errorf("read the claims: %w", err)
	}
	letters, err := pgx.CollectRows(rows, pgx.RowToStructByPos[letter])
	for _, l := range letters {
		if r := all[l.InvoiceID]; r != nil {
			r.letters = append(r.letters, l)
		}
	}
	return all, err
}

// hear reads the provider's journal and answers the messages in it that no reminder knows.
func (s *scene) hear(reminders map[uuid.UUID]*reminder) (unknown []string, err error) {
	text, err := os.ReadFile(filepath.Join(s.dir, "accepted.jsonl"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read the provider's journal: %w", err)
	}
	heard := map[string][]time.Time{}
	for line := range bytes.Lines(text) {
		var e sandbox.Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("read the provider's journal: %w", err)
		}
		heard[e.MessageID] = append(heard[e.MessageID], e.RecordedAt)
	}
	known := map[string]bool{}
	for _, r := range reminders {
		for i := range r.letters {
			l := &r.letters[i]
			id := l.MessageID.String()
			known[id] = true
			if times := heard[id]; len(times) > 0 {
				l.accepted, l.last = len(times), times[len(times)-1]
			}
		}
	}
	for id := range heard {
		if !known[id] {
			unknown = append(unknown, id)
		}
	}
	return unknown, nil
}

// judge says what became of one reminder.
func (s *scene) judge(t *tally, r *reminder) {
	s.judgeTwice(t, r)
	s.judgeLate(t, r)
	left := slices.ContainsFunc(r.letters, func(l letter) bool { return l.accepted > 0 })
	recorded := slices.ContainsFunc(r.letters, func(l letter) bool { return l.sent() })
	if left {
		t.sent++
	}
	switch {
	case r.State == "done" && left && recorded:
	case r.State == "skipped" && r.Reason == "paid" && r.Closed:
		if !left {
			t.paid++
		}
	case r.Asked:
		t.asked++
	default:
		if r.State != "done" || !recorded {
			t.lost[byDatabase]++
		}
		if !left {
			t.lost[byProvider]++
		}
		t.fault("invoice %s: the reminder is %s %s; accepted: %t, recorded as sent: %t", r.Number, r.State, r.Reason, left, recorded)
	}
}

// judgeTwice looks for more than one message in one channel. One more is the policy's wish
// where nobody said in time whether the one before had left.
func (s *scene) judgeTwice(t *tally, r *reminder) {
	accepted, sent := map[string]int{}, map[string]int{}
	excused := map[string]int{}
	for _, l := range r.letters {
		accepted[l.Channel] += l.accepted
		if l.sent() {
			sent[l.Channel]++
		}
		if l.Status == "uncertain" && l.accepted == 1 {
			excused[l.Channel]++
		}
	}
	for channel, n := range accepted {
		again := min(max(0, n-1), excused[channel])
		t.again += again
		if n-again > 1 {
			t.doubled[byProvider]++
			t.fault("invoice %s: %d messages by %s were accepted for one reminder", r.Number, n, channel)
		}
		if sent[channel] > 1 && sent[channel]-1 > again {
			t.doubled[byDatabase]++
			t.fault("invoice %s: %d messages by %s are recorded as sent for one reminder", r.Number, sent[channel], channel)
		}
	}
}

// judgeLate looks for what left after the payment without having been on its way.
func (s *scene) judgeLate(t *tally, r *reminder) {
	paid, known := s.payments[r.InvoiceID]
	for _, l := range r.letters {
		if l.Late {
			t.after[byDatabase]++
			t.fault("invoice %s: message %s was claimed after the payment had committed", r.Number, l.MessageID)
		}
		if known && l.accepted > 0 && l.last.After(paid.at) && !slices.Contains(paid.leaving, l.MessageID) {
			t.after[byProvider]++
			t.fault("invoice %s: message %s left after the payment's answer, which does not name it", r.Number, l.MessageID)
		}
	}
}

// countInvoices compares the invoices with the cases that collect them.
func (s *scene) countInvoices(ctx context.Context, t *tally) error {
	var invoices, starts int
	err := s.Pool.QueryRow(ctx, `select (select count(*) from invoice), (select count(*) from workflow_message where name = 'start')`).Scan(&invoices, &starts)
	if err != nil {
		return fmt.Errorf("count the invoices: %w", err)
	}
	if invoices != s.n || starts != s.n {
		t.fault("%d invoices and %d starts of workflows instead of %d", invoices, starts, s.n)
	}
	return nil
}

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
	"maan/internal/money"
)

// FeedMark is a place in the feed: right behind the line at a position. Hash is the
// beginning of that line's hash, to notice a database that went back in time.
type FeedMark struct {
	Position int64 // 0: before the first line
	Hash     string
}

// FeedLine is a line of a case's history at its place in the feed, with what the ids in
// it stand for. Facts that the line does not name are zero.
type FeedLine struct {
	Position       int64
	CreditorID     string
	InvoiceID      uuid.UUID
	InvoiceNumber  string
	CustomerNumber string
	Currency       money.Currency
	RunNo          int // the run that was current once the line was written
	Seq            int
	Kind           string
	Data           []byte // JSON
	Hash           string
	BusinessAt     time.Time
	RecordedAt     time.Time
	Stage          dunning.Stage   // of the step it names
	Channel        dunning.Channel // of the message it names
	Template       string
	Audience       string
	ValueDate      *calendar.Date // of the ledger entry it names
	ReceiptID      *uuid.UUID
	Reverses       *uuid.UUID
}

// feedHashDigits is how much of a line's hash a mark keeps.
const feedHashDigits = 8

// Mark is the place right behind the line.
func (l *FeedLine) Mark() FeedMark {
	return FeedMark{Position: l.Position, Hash: l.Hash[:min(feedHashDigits, len(l.Hash))]}
}

// FeedFilter selects lines of the feed.
type FeedFilter struct {
	Scope    Scope
	Creditor string   // empty: all of the scope
	Kinds    []string // no other lines are read
}

// publishLock keeps all publishers but one waiting until its positions are committed, so
// that whoever sees a position sees every one below it.
const publishLock = `select pg_advisory_xact_lock(hashtext('maan event feed'))`

// PublishEvents gives positions in the feed to lines that are committed and have none,
// at most limit of them, and answers to how many. Lines of one case keep their order:
// their transactions follow each other under the lock of its invoice.
func (s *Store) PublishEvents(ctx context.Context, limit int) (int, error) {
	published := 0
	err := s.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.exec(ctx, "lock feed", publishLock); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `with taken as (
				delete from event_pending where id in (select id from event_pending order by id limit $1) returning id, invoice_id, seq
			)
			insert into event_feed (position, creditor_id, invoice_id, seq, run_no, kind)
			select (select coalesce(max(position), 0) from event_feed) + row_number() over (order by t.id), i.creditor_id, t.invoice_id, t.seq,
				1 + (select count(*) from case_event r where r.invoice_id = t.invoice_id and r.seq <= t.seq and r.kind = 'reopened'), e.kind
			from taken t join case_event e on e.invoice_id = t.invoice_id and e.seq = t.seq join invoice i on i.id = t.invoice_id`, limit)
		published = int(tag.RowsAffected())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("publish events: %w", err)
	}
	return published, nil
}

// feedEnd is the place behind the last line.
func feedEnd(ctx context.Context, q querier) (FeedMark, error) {
	end, err := one[FeedMark](ctx, q, feedMark+` order by f.position desc limit 1`)
	if errors.Is(err, ErrNotFound) {
		return FeedMark{}, nil
	}
	if err != nil {
		return FeedMark{}, fmt.Errorf("read end of feed: %w", err)
	}
	return end, nil
}

// feedMark reads marks; a line that was erased has no hash.
const feedMark = `select f.position, coalesce(left(e.hash, 8), '') as hash
	from event_feed f left join case_event e on e.invoice_id = f.invoice_id and e.seq = f.seq`

// FeedKnows reports whether a mark is a place in this feed. It is not when the database
// was brought back to an earlier state and went on from there.
func (s *Store) FeedKnows(ctx context.Context, m FeedMark) (bool, error) {
	if m.Position == 0 {
		return m.Hash == "", nil
	}
	known, err := markAt(ctx, s.pool, m.Position)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return known.Hash == "" || known.Hash == m.Hash, err
}

// markAt is the place right behind a position; one that was never given is ErrNotFound.
func markAt(ctx context.Context, q querier, position int64) (FeedMark, error) {
	m, err := one[FeedMark](ctx, q, feedMark+` where f.position = $1`, position)
	if err != nil {
		return m, fmt.Errorf("read place in feed: %w", err)
	}
	return m, nil
}

// FeedPage is a stretch of the feed.
type FeedPage struct {
	Lines []FeedLine
	Next  FeedMark // where to go on
	More  bool     // there are lines behind it already
}

// Feed reads the selected lines behind a place, at most limit. No line ever comes to
// stand before a place that was answered.
func (s *Store) Feed(ctx context.Context, f FeedFilter, after FeedMark, limit int) (FeedPage, error) {
	return readFeed(ctx, s.pool, f, after, limit)
}

// Feed is [Store.Feed] within a transaction.
func (tx *Tx) Feed(ctx context.Context, f FeedFilter, after FeedMark, limit int) (FeedPage, error) {
	return readFeed(ctx, tx, f, after, limit)
}

// FeedBetween reads the selected lines from one position to another, at most limit.
func (tx *Tx) FeedBetween(ctx context.Context, f FeedFilter, first, last int64, limit int) ([]FeedLine, error) {
	positions, err := f.positions(ctx, tx, first-1, last, limit)
	if err != nil {
		return nil, err
	}
	return feedLines(ctx, tx, positions)
}

func readFeed(ctx context.Context, q querier, f FeedFilter, after FeedMark, limit int) (FeedPage, error) {
	end, err := feedEnd(ctx, q) // first: what is read after it holds everything up to there
	if err != nil || end.Position <= after.Position {
		return FeedPage{Next: after}, err
	}
	positions, err := f.positions(ctx, q, after.Position, end.Position, limit+1)
	if err != nil {
		return FeedPage{}, err
	}
	p := FeedPage{Next: end, More: len(positions) > limit}
	if p.More {
		positions = positions[:limit]
		if p.Next, err = markAt(ctx, q, positions[limit-1]); err != nil {
			return FeedPage{}, err
		}
	}
	p.Lines, err = feedLines(ctx, q, positions)
	return p, err
}

// positions lists the selected positions behind one and up to another.
func (f *FeedFilter) positions(ctx context.Context, q querier, after, through int64, limit int) ([]int64, error) {
	w := &where{}
	w.add("position > $%d", after)
	w.add("position <= $%d", through)
	w.add("kind = any($%d)", f.Kinds)
	w.scope("creditor_id", f.Scope)
	creditor := f.Creditor
	if creditor == "" && len(f.Scope.Creditors) == 1 {
		creditor = f.Scope.Creditors[0]
	}
	if creditor != "" { // said once more as one value, it is a range of an index in the order asked for
		w.add("creditor_id = $%d", creditor)
	}
	rows, err := q.Query(ctx, `select position from event_feed`+w.sql()+` order by position`+w.limit(limit), w.args...)
	if err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// feedLines reads what stands at positions. What was erased is left out.
func feedLines(ctx context.Context, q querier, positions []int64) ([]FeedLine, error) {
	lines, err := list[FeedLine](ctx, q, `select f.position, f.creditor_id, f.invoice_id, i.number as invoice_number, c.number as customer_number,
			i.currency, f.run_no, f.seq, f.kind, e.data, e.hash, e.business_at, e.recorded_at, coalesce(p.stage, '') as stage,
			coalesce(m.channel, '') as channel, coalesce(m.template, '') as template, coalesce(m.audience, '') as audience,
			l.value_date, l.receipt_id, l.reverses
		from event_feed f join case_event e on e.invoice_id = f.invoice_id and e.seq = f.seq
			join invoice i on i.id = f.invoice_id join customer c on c.id = i.customer_id
			left join plan_step p on p.invoice_id = f.invoice_id and p.run_no = f.run_no and p.step = e.data->>'step'
			left join message m on m.id = (e.data->>'message_id')::uuid
			left join ledger_entry l on l.id = (e.data->>'entry_id')::uuid
		where f.position = any($1) order by f.position`, positions)
	if err != nil {
		return nil, fmt.Errorf("read lines of feed: %w", err)
	}
	return lines, nil
}

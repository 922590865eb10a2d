package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"maan/internal/devstack/postgres/pgtest"
	"maan/internal/store"
)

// write adds a line to a case's history within a running transaction, under the case's
// lock as the product does.
func write(ctx context.Context, tx pgx.Tx, invoice uuid.UUID, kind string) error {
	var seq int
	if err := tx.QueryRow(ctx, `update invoice set event_seq = event_seq + 1 where id = $1 returning event_seq`, invoice).Scan(&seq); err != nil {
		return err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", invoice, seq))
	_, err := tx.Exec(ctx, `insert into case_event (invoice_id, seq, kind, actor, data, prev_hash, hash, business_at, recorded_at)
		values ($1, $2, $3, 'system', '{}', '', $4, now(), now())`, invoice, seq, kind, hex.EncodeToString(sum[:]))
	return err
}

func begin(t *testing.T, s *store.Store) pgx.Tx {
	t.Helper()
	tx, err := s.Pool().Begin(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := tx.Rollback(context.Background()); err != nil {
			require.ErrorIs(t, err, pgx.ErrTxClosed)
		}
	})
	return tx
}

// commit writes lines of one case in a transaction of their own.
func commit(t *testing.T, s *store.Store, invoice uuid.UUID, kinds ...string) {
	t.Helper()
	tx := begin(t, s)
	for _, kind := range kinds {
		require.NoError(t, write(t.Context(), tx, invoice, kind))
	}
	require.NoError(t, tx.Commit(t.Context()))
}

func publish(t *testing.T, s *store.Store) int {
	t.Helper()
	n, err := s.PublishEvents(t.Context(), 1000)
	require.NoError(t, err)
	return n
}

var everyKind = store.FeedFilter{Scope: store.Everything, Kinds: []string{"a", "b", "closed", "reopened"}}

// reader follows the feed as another system would.
type reader struct {
	t     *testing.T
	s     *store.Store
	f     store.FeedFilter
	place store.FeedMark
	limit int
}

// next reads to the end of the feed.
func (r *reader) next() []string {
	r.t.Helper()
	lines := []string{}
	for {
		page, err := r.s.Feed(r.t.Context(), r.f, r.place, r.limit)
		require.NoError(r.t, err)
		require.LessOrEqual(r.t, len(page.Lines), r.limit)
		r.place = page.Next
		for _, l := range page.Lines {
			lines = append(lines, fmt.Sprintf("%s/%d %s", l.InvoiceNumber, l.Seq, l.Kind))
		}
		if !page.More {
			return lines
		}
	}
}

func follow(t *testing.T, s *store.Store) *reader {
	t.Helper()
	return &reader{t: t, s: s, f: everyKind, limit: 2}
}

func TestFeed_NeverPassesATransactionThatBeganBeforeAndCommitsAfter(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	one, two := newInvoice(t, s, "1"), newInvoice(t, s, "2")
	r := follow(t, s)
	early := begin(t, s)
	require.NoError(t, write(t.Context(), early, one.ID, "a"))
	commit(t, s, two.ID, "b")
	publish(t, s)
	require.Equal(t, []string{"2/1 b"}, r.next(), "what is committed does not wait for what is not")
	require.NoError(t, early.Commit(t.Context()))
	require.Empty(t, r.next(), "it has no place yet")
	publish(t, s)
	require.Equal(t, []string{"1/1 a"}, r.next())
	publish(t, s)
	require.Empty(t, r.next(), "once and never again")
	require.Equal(t, []string{"2/1 b", "1/1 a"}, follow(t, s).next(), "a replay has the same order")
}

func TestFeed_KeepsTheOrderOfACaseWhateverItsTransactionsDidBefore(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	one := newInvoice(t, s, "1")
	older := begin(t, s) // it has a lower transaction id than the one that writes first
	_, err := older.Exec(t.Context(), `insert into provider_event (provider, event_key, kind, at) values ('x', 'y', 'z', now())`)
	require.NoError(t, err)
	commit(t, s, one.ID, "a")
	require.NoError(t, write(t.Context(), older, one.ID, "b"))
	require.NoError(t, older.Commit(t.Context()))
	publish(t, s)
	require.Equal(t, []string{"1/1 a", "1/2 b"}, follow(t, s).next())
}

func TestFeed_ForgetsWhatWasRolledBack(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	one := newInvoice(t, s, "1")
	tx := begin(t, s)
	require.NoError(t, write(t.Context(), tx, one.ID, "a"))
	require.NoError(t, tx.Rollback(t.Context()))
	commit(t, s, one.ID, "b")
	require.Equal(t, 1, publish(t, s))
	require.Equal(t, []string{"1/1 b"}, follow(t, s).next())
}

// A reader among writers, publishers and transactions that stay open meets every line
// once, each case in its order.
func TestFeed_IsWholeAmongConcurrentWritersAndPublishers(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const writers, each = 6, 25
	var running atomic.Int32
	var work sync.WaitGroup
	errs := make([]error, writers)
	running.Store(writers)
	for i := range writers {
		invoice := newInvoice(t, s, fmt.Sprint(i/2)+"-"+fmt.Sprint(i)) // each its own
		work.Go(func() {
			defer running.Add(-1)
			for n := range each {
				errs[i] = errors.Join(errs[i], pgx.BeginFunc(t.Context(), s.Pool(), func(tx pgx.Tx) error {
					if err := write(t.Context(), tx, invoice.ID, "a"); err != nil {
						return err
					}
					if n%3 == i%3 { // stay open while others commit
						if _, err := tx.Exec(t.Context(), `select pg_sleep(0.003)`); err != nil {
							return err
						}
					}
					return write(t.Context(), tx, invoice.ID, "b")
				}))
			}
		})
	}
	for range 2 {
		work.Go(func() {
			for running.Load() > 0 {
				if _, err := s.PublishEvents(t.Context(), 7); err != nil {
					panic(err)
				}
			}
		})
	}
	seen := []string{}
	r := &reader{t: t, s: s, f: everyKind, limit: 5}
	for running.Load() > 0 {
		seen = append(seen, r.next()...)
	}
	work.Wait()
	require.NoError(t, errors.Join(errs...))
	publish(t, s)
	seen = append(seen, r.next()...)
	require.Len(t, seen, writers*each*2)
	last := map[string]int{}
	for _, line := range seen {
		var number, kind string
		var seq int
		_, err := fmt.Sscanf(line, "%s %s", &number, &kind)
		require.NoError(t, err)
		var group, own int
		_, err = fmt.Sscanf(number, "%d-%d/%d", &group, &own, &seq)
		require.NoError(t, err)
		key := fmt.Sprint(own)
		require.Equal(t, last[key]+1, seq, "case %s", key)
		last[key] = seq
	}
	require.Equal(t, seen, (&reader{t: t, s: s, f: everyKind, limit: 50}).next(), "a replay has the same order")
}

func TestFeed_PassesOverWhatIsNotAskedForAndMovesOn(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	one := newInvoice(t, s, "1")
	commit(t, s, one.ID, "a", "b", "a", "secret", "b")
	publish(t, s)
	r := follow(t, s)
	r.f.Kinds = []string{"b"}
	require.Equal(t, []string{"1/2 b", "1/5 b"}, r.next())
	place := r.place
	commit(t, s, one.ID, "secret")
	publish(t, s)
	require.Empty(t, r.next())
	require.Greater(t, r.place.Position, place.Position, "what was passed over is not read again")
	place = r.place
	require.Empty(t, r.next())
	require.Equal(t, place, r.place, "nothing happened: the same place")
	for name, f := range map[string]store.FeedFilter{
		"another creditor": {Scope: store.Scope{Creditors: []string{"other"}}, Kinds: []string{"a"}},
		"no creditor":      {Kinds: []string{"a"}},
		"no kind":          {Scope: store.Everything},
		"outside scope":    {Scope: store.Scope{Creditors: []string{"other"}}, Creditor: "acme", Kinds: []string{"a"}},
	} {
		page, err := s.Feed(t.Context(), f, store.FeedMark{}, 10)
		require.NoError(t, err)
		require.Empty(t, page.Lines, name)
	}
	page, err := s.Feed(t.Context(), store.FeedFilter{Scope: store.Scope{Creditors: []string{"acme", "other"}}, Kinds: []string{"a"}}, store.FeedMark{}, 10)
	require.NoError(t, err)
	require.Len(t, page.Lines, 2)
}

func TestFeed_CountsTheRunsOfACase(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	one := newInvoice(t, s, "1")
	commit(t, s, one.ID, "a", "closed", "reopened", "a", "closed", "reopened", "b")
	publish(t, s)
	page, err := s.Feed(t.Context(), everyKind, store.FeedMark{}, 10)
	require.NoError(t, err)
	runs := []int{}
	for _, l := range page.Lines {
		runs = append(runs, l.RunNo)
	}
	require.Equal(t, []int{1, 1, 2, 2, 2, 3, 3}, runs)
}

func TestFeedKnows_TellsPlacesOfThisHistoryFromOthers(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	one := newInvoice(t, s, "1")
	commit(t, s, one.ID, "a", "b")
	publish(t, s)
	r := follow(t, s)
	r.next()
	for mark, want := range map[store.FeedMark]bool{
		{}:                                    true,
		r.place:                               true,
		{Position: 1, Hash: r.place.Hash}:     false, // another line stands there: the database went back
		{Position: 3, Hash: r.place.Hash}:     false, // nothing stands there yet
		{Position: 0, Hash: r.place.Hash}:     false,
		{Position: 1 << 60, Hash: "00000000"}: false,
	} {
		known, err := s.FeedKnows(t.Context(), mark)
		require.NoError(t, err)
		require.Equal(t, want, known, "%+v", mark)
	}
}

func TestFeed_OutlivesWhatWasErased(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	one, two := newInvoice(t, s, "1"), newInvoice(t, s, "2")
	commit(t, s, one.ID, "a", "a", "a")
	publish(t, s)
	r := follow(t, s)
	r.next()
	commit(t, s, two.ID, "b")
	publish(t, s)
	exec(t, s, `set session_replication_role = replica; delete from case_event where kind = 'a'; set session_replication_role = default`)
	known, err := s.FeedKnows(t.Context(), r.place)
	require.NoError(t, err)
	require.True(t, known)
	require.Equal(t, []string{"2/1 b"}, r.next())
	require.Equal(t, []string{"2/1 b"}, follow(t, s).next(), "pages of erased lines do not end the feed")
}

func TestFeed_IsAppendOnly(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	commit(t, s, newInvoice(t, s, "1").ID, "a")
	publish(t, s)
	for _, sql := range []string{`update event_feed set position = 9`, `delete from event_feed`, `truncate event_feed`} {
		_, err := s.Pool().Exec(t.Context(), sql)
		require.Equal(t, "postgres_23001", store.ErrorCode(err), sql)
	}
}

// What was written before the feed existed stands in it: by time, each case in its own
// order even where a clock went back.
func TestMigrate_TakesOldHistoriesIntoTheFeed(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, "empty", func(context.Context, string) error { return nil })
	migrateTo(t, url, 9)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	one, two := newInvoice(t, s, "1"), newInvoice(t, s, "2")
	for _, line := range []struct {
		invoice uuid.UUID
		seq     int
		kind    string
		minute  int
	}{{one.ID, 1, "a", 10}, {one.ID, 2, "closed", 5}, {one.ID, 3, "reopened", 30}, {two.ID, 1, "b", 7}, {two.ID, 2, "b", 20}} {
		exec(t, s, `insert into case_event (invoice_id, seq, kind, actor, data, prev_hash, hash, business_at, recorded_at)
			values ($1, $2, $3, 'x', '{}', '', md5(random()::text), $4, $5)`, line.invoice, line.seq, line.kind, noon, noon.Add(time.Duration(line.minute)*time.Minute))
	}
	require.NoError(t, store.Migrate(t.Context(), url))
	r := follow(t, s)
	require.Equal(t, []string{"2/1 b", "1/1 a", "1/2 closed", "2/2 b", "1/3 reopened"}, r.next())
	exec(t, s, `update invoice set event_seq = 3 where number = '1'`)
	commit(t, s, one.ID, "a")
	require.Equal(t, 1, publish(t, s))
	require.Equal(t, []string{"1/4 a"}, r.next())
	page, err := s.Feed(t.Context(), everyKind, store.FeedMark{}, 10)
	require.NoError(t, err)
	require.Equal(t, 2, page.Lines[4].RunNo)
	require.Equal(t, 1, page.Lines[2].RunNo)
}

// migrateTo brings a database up to a version.
func migrateTo(t *testing.T, url string, version int64) {
	t.Helper()
	cfg, err := pgx.ParseConfig(url)
	require.NoError(t, err)
	db := stdlib.OpenDB(*cfg)
	defer func() { require.NoError(t, db.Close()) }()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS("migrations"))
	require.NoError(t, err)
	_, err = provider.UpTo(t.Context(), version)
	require.NoError(t, err)
}

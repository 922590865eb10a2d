package store_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"maan/internal/calendar"
	"maan/internal/devstack/postgres/pgtest"
	"maan/internal/dunning"
	"maan/internal/store"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) { os.Exit(m.Run()) }

func newStore(t *testing.T) *store.Store {
	t.Helper()
	key, err := store.SchemaHash()
	require.NoError(t, err)
	s, err := store.Open(t.Context(), pgtest.Database(t, "store "+key, store.Migrate))
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func exec(t *testing.T, s *store.Store, sql string, args ...any) {
	t.Helper()
	_, err := s.Pool().Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

func inTx(t *testing.T, s *store.Store, fn func(context.Context, *store.Tx)) {
	t.Helper()
	require.NoError(t, s.InTx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		fn(ctx, tx)
		return nil
	}))
}

// newInvoice adds an invoice with its run to a store that has none of its creditor's yet.
func newInvoice(t *testing.T, s *store.Store, number string) store.Invoice {
	t.Helper()
	exec(t, s, `insert into creditor (id, name, country, zone, language, sender_name, sender_email, reply_to, phone, contact_name, created_at)
		values ('acme', 'Acme', 'NL', 'Europe/Amsterdam', 'nl', 'Acme', 'a@acme.example', 'b@acme.example', '1', 'C', $1) on conflict do nothing`, noon)
	policy, customer := store.NewID(), store.NewID()
	exec(t, s, `insert into policy_version (id, policy, version, content_hash, source, published_by, published_at)
		select $1, 'standard', 1, 'x', $2, 'x', $3 where not exists (select 1 from policy_version)`, policy, shipped(t), noon)
	require.NoError(t, s.Pool().QueryRow(t.Context(), `select id from policy_version`).Scan(&policy))
	exec(t, s, `insert into customer (id, creditor_id, number, legal_name, kind, language, country, created_at)
		values ($1, 'acme', $2, 'Buyer', 'business', 'nl', 'NL', $3)`, customer, "C-"+number, noon)
	i := store.Invoice{
		ID: store.NewID(), CreditorID: "acme", CustomerID: customer, Number: number, IssueDate: calendar.DateOf(noon), DueDate: calendar.DateOf(noon).AddDays(30),
		Currency: "EUR", AmountMinor: 100, Delivery: "not_applicable", Sending: "send_here", PolicyVersionID: policy, Source: "api",
		ArrivedAt: noon, CurrentRun: 1, OpenMinor: 100,
	}
	inTx(t, s, func(ctx context.Context, tx *store.Tx) {
		run := store.Run{InvoiceID: i.ID, RunNo: 1, WorkflowID: "invoice:acme:" + number, Reason: "new", OpenedAt: noon}
		require.NoError(t, tx.InsertCases(ctx, []store.NewCase{{Invoice: i, Run: run}}))
	})
	return i
}

func shipped(t *testing.T) string {
	t.Helper()
	source, err := dunning.Shipped(dunning.PolicyStandard)
	require.NoError(t, err)
	return string(source)
}

func TestMigrate_MayRunTwiceAndAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, "empty", func(context.Context, string) error { return nil })
	var wg sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		wg.Go(func() { errs[i] = store.Migrate(t.Context(), url) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	require.NoError(t, store.Migrate(t.Context(), url))
}

func TestOpen_RefusesWhatIsNoAddressWithoutQuotingIt(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"postgres://secret:word@:::", "not an address"} {
		_, err := store.Open(t.Context(), url)
		require.ErrorContains(t, err, "DATABASE_URL")
		require.NotContains(t, err.Error(), "secret")
		err = store.Migrate(t.Context(), url)
		require.ErrorContains(t, err, "DATABASE_URL")
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestSchemaHash_IsStable(t *testing.T) {
	t.Parallel()
	one, err := store.SchemaHash()
	require.NoError(t, err)
	two, err := store.SchemaHash()
	require.NoError(t, err)
	require.Equal(t, one, two)
	require.Len(t, one, 16)
}

func TestScope_CoversItsCreditors(t *testing.T) {
	t.Parallel()
	require.True(t, store.Everything.Covers("acme"))
	require.True(t, store.Scope{Creditors: []string{"acme"}}.Covers("acme"))
	require.False(t, store.Scope{Creditors: []string{"acme"}}.Covers("other"))
	require.False(t, store.Scope{}.Covers("acme"))
}

func TestInTx_TriesDeadlocksAgainAndNothingElse(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for code, want := range map[string]int{"40P01": 5, "40001": 5, "23505": 1} {
		tries := 0
		err := s.InTx(t.Context(), func(context.Context, *store.Tx) error {
			tries++
			return &pgconn.PgError{Code: code}
		})
		require.Equal(t, "postgres_"+code, store.ErrorCode(err))
		require.Equal(t, want, tries, code)
		require.Equal(t, code == "23505", store.IsUniqueViolation(err))
	}
	require.Empty(t, store.ErrorCode(errors.New("x")))
}

// Those who wait for their turn leave the pool to the one whose turn it is.
func TestAlone_ManyWaitAndOneGoesOn(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var group errgroup.Group
	var within, ran atomic.Int32
	for range s.Pool().Config().MaxConns + 4 {
		group.Go(func() error {
			return s.Alone(ctx, "test", "acme", func(ctx context.Context) error {
				if within.Add(1) > 1 {
					return errors.New("two at once")
				}
				defer within.Add(-1)
				ran.Add(1)
				_, err := s.Pool().Exec(ctx, `select 1`)
				return err
			})
		})
	}
	require.NoError(t, group.Wait())
	require.Equal(t, s.Pool().Config().MaxConns+4, ran.Load())
}

func TestInTx_LeavesNothingOfWhatFailed(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	i := newInvoice(t, s, "1")
	failed := errors.New("failed")
	err := s.InTx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		require.NoError(t, tx.CloseRun(ctx, i.ID, 1, noon, dunning.ReasonPaid))
		return failed
	})
	require.ErrorIs(t, err, failed)
	inTx(t, s, func(ctx context.Context, tx *store.Tx) {
		outcome, err := tx.RunOutcome(ctx, i.ID, 1)
		require.NoError(t, err)
		require.Empty(t, outcome)
	})
}

func TestLockCase_ReadsTheCaseAndKnowsWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	i := newInvoice(t, s, "1")
	exec(t, s, `insert into creditor_holiday (creditor_id, country, day, holiday, name) values ('acme', 'NL', '2026-06-02', true, 'party')`)
	inTx(t, s, func(ctx context.Context, tx *store.Tx) {
		c, err := tx.LockCase(ctx, i.ID)
		require.NoError(t, err)
		require.Equal(t, "1", c.Invoice.Number)
		require.Equal(t, "acme", c.Creditor.ID)
		require.Equal(t, "invoice:acme:1", c.Run.WorkflowID)
		require.Equal(t, dunning.PolicyStandard, c.Policy.ID)
		require.Len(t, c.Overrides, 1)
		require.Nil(t, c.Dispute)
		require.Nil(t, c.Delivered)
		_, err = tx.LockCase(ctx, uuid.New())
		require.ErrorIs(t, err, store.ErrNotFound)
		_, _, _, err = tx.LockCustomer(ctx, uuid.New())
		require.ErrorIs(t, err, store.ErrNotFound)
	})
}

func TestPutMessageItem_NeverReplacesWhatMayHaveLeft(t *testing.T) {
	t.Parallel()
	for status, replaced := range map[string]bool{"not_sent": true, "sending": false, "sent": false, "uncertain": false} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			i := newInvoice(t, s, "1")
			put := func(id uuid.UUID, status string) error {
				return s.InTx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					return tx.Do(ctx, store.AddMessage(store.Message{
						ID: id, CreditorID: "acme", CustomerID: i.CustomerID, Audience: "customer", Channel: "email", Template: "reminder",
						Status: status, ClaimedAt: noon,
					}, store.MessageBody{MessageID: id}),
						store.PutMessageItem(store.MessageItem{InvoiceID: i.ID, Step: "reminder", Occurrence: 1, Channel: "email", MessageID: id}))
				})
			}
			require.NoError(t, put(store.NewID(), status))
			err := put(store.NewID(), "sending")
			if replaced {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "may have left")
		})
	}
}

func TestAppendOnlyTriggers_StandOnTheRightTables(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	newInvoice(t, s, "1")
	for _, sql := range []string{`update policy_version set source = ''`, `delete from policy_version`, `truncate ledger_entry`, `truncate case_event`} {
		_, err := s.Pool().Exec(t.Context(), sql)
		require.Equal(t, "postgres_23001", store.ErrorCode(err), sql)
	}
}

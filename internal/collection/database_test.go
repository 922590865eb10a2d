package collection_test

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/devstack/postgres/pgtest"
	"maan/internal/dunning"
	"maan/internal/store"
)

// databases are lent to one test at a time and emptied after it, which is much faster
// than a new one for each of so many tests.
var databases struct {
	mu       sync.Mutex
	free     []*store.Store
	cleanups []func()
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, s := range databases.free {
		s.Close()
	}
	for _, f := range slices.Backward(databases.cleanups) {
		f()
	}
	os.Exit(code)
}

// borrow lends an empty database with the shipped policies.
func borrow(t *testing.T) *store.Store {
	t.Helper()
	s := takeFree()
	if s == nil {
		key, err := databaseKey()
		require.NoError(t, err)
		s, err = store.Open(t.Context(), pgtest.Database(outliving{t}, key, migrate))
		require.NoError(t, err)
	}
	t.Cleanup(func() { giveBack(t, s) })
	return s
}

func takeFree() *store.Store {
	databases.mu.Lock()
	defer databases.mu.Unlock()
	if len(databases.free) == 0 {
		return nil
	}
	last := len(databases.free) - 1
	s := databases.free[last]
	databases.free = databases.free[:last]
	return s
}

// giveBack empties the database; the triggers that keep histories must look away.
func giveBack(t *testing.T, s *store.Store) {
	t.Helper()
	_, err := s.Pool().Exec(context.Background(), `do $$
		declare t text;
		begin
			perform set_config('session_replication_role', 'replica', true);
			alter table case_event enable trigger all;
			for t in select tablename from pg_tables where schemaname = 'public' and tablename not in ('policy_version', 'goose_db_version') loop
				execute 'delete from ' || quote_ident(t);
			end loop;
			delete from policy_version where version > 1;
		end $$`)
	require.NoError(t, err)
	databases.mu.Lock()
	defer databases.mu.Unlock()
	databases.free = append(databases.free, s)
}

// outliving lets a database live until the end of all tests.
type outliving struct{ testing.TB }

// Cleanup waits for the end of all tests.
func (outliving) Cleanup(f func()) {
	databases.mu.Lock()
	defer databases.mu.Unlock()
	databases.cleanups = append(databases.cleanups, f)
}

// migrate makes the template database of the tests: the schema and the shipped policies.
func migrate(ctx context.Context, url string) error {
	if err := store.Migrate(ctx, url); err != nil {
		return err
	}
	s, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	defer s.Close()
	return collection.New(s, collection.Settings{}).PublishShipped(ctx, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
}

func databaseKey() (string, error) {
	key, err := store.SchemaHash()
	if err != nil {
		return "", err
	}
	for _, id := range []string{dunning.PolicyStandard, dunning.PolicyKeyAccounts, dunning.PolicyManual} {
		source, err := dunning.Shipped(id)
		if err != nil {
			return "", err
		}
		key += dunning.ContentHash(source)
	}
	return "collection " + key, nil
}

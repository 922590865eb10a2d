package pgtest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"maan/internal/devstack/postgres"
	"maan/internal/devstack/postgres/pgtest"
)

func exec1(ctx context.Context, url, sql string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

func count(t *testing.T, url, sql string) int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	var n int
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&n))
	return n
}

func TestEachTestGetsItsOwnMigratedDatabase(t *testing.T) {
	t.Parallel()
	var migrations atomic.Int32
	migrate := func(ctx context.Context, url string) error {
		migrations.Add(1)
		return exec1(ctx, url, "CREATE TABLE fact (id int)")
	}
	key := t.Name() + fmt.Sprint(os.Getpid())
	for i := range 6 {
		t.Run(fmt.Sprint("copy", i), func(t *testing.T) {
			t.Parallel()
			url := pgtest.Database(t, key, migrate)
			require.Zero(t, count(t, url, "SELECT count(*) FROM fact"))
			require.NoError(t, exec1(t.Context(), url, "INSERT INTO fact VALUES (1)"))
			require.Equal(t, 1, count(t, url, "SELECT count(*) FROM fact"))
			require.Equal(t, int32(1), migrations.Load())
		})
	}
}

func TestFailedMigrationIsTriedAgain(t *testing.T) {
	t.Parallel()
	key := t.Name() + fmt.Sprint(os.Getpid())
	failed := &recorder{TB: t}
	func() {
		defer func() { _ = recover() }()
		pgtest.Database(failed, key, func(context.Context, string) error { return errors.New("broken migration") })
	}()
	require.Contains(t, failed.fatal, "broken migration")

	url := pgtest.Database(t, key, func(ctx context.Context, url string) error {
		return exec1(ctx, url, "CREATE TABLE fact (id int)")
	})
	require.Zero(t, count(t, url, "SELECT count(*) FROM fact"))
}

// recorder keeps the message of Fatalf and stops the caller as a test would be stopped.
type recorder struct {
	testing.TB

	fatal string
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.fatal = fmt.Sprintf(format, args...)
	panic(r.fatal)
}

// TestSeveralProcessesShareOneTemplate runs this test program three times at once against one server
// and looks there for the number of templates and for databases left behind.
func TestSeveralProcessesShareOneTemplate(t *testing.T) {
	t.Parallel()
	if os.Getenv("MAAN_TEST_PGTEST_CHILD") != "" {
		for i := range 3 {
			t.Run(fmt.Sprint("copy", i), func(t *testing.T) {
				t.Parallel()
				url := pgtest.Database(t, "shared", func(ctx context.Context, url string) error {
					return exec1(ctx, url, "CREATE TABLE fact (id int)")
				})
				require.Zero(t, count(t, url, "SELECT count(*) FROM fact"))
			})
		}
		return
	}
	parent, err := os.MkdirTemp("", "maan-pgtest-several-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(parent)) })
	require.NoError(t, os.Chmod(parent, 0o755))
	server, err := postgres.Start(t.Context(), postgres.Config{Dir: parent + "/pg"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })

	children := make([]*exec.Cmd, 3)
	for i := range children {
		children[i] = exec.Command(os.Args[0], "-test.run=^TestSeveralProcessesShareOneTemplate$")
		children[i].Env = append(os.Environ(), "MAAN_TEST_PGTEST_CHILD=1", pgtest.Variable+"="+server.URL("postgres"))
		children[i].Stderr = os.Stderr
		require.NoError(t, children[i].Start())
	}
	for _, child := range children {
		require.NoError(t, child.Wait())
	}
	require.Equal(t, 1, count(t, server.URL("postgres"), "SELECT count(*) FROM pg_database WHERE datname LIKE 'maan_template_%'"))
	require.Zero(t, count(t, server.URL("postgres"), "SELECT count(*) FROM pg_database WHERE datname LIKE 'maan_test_%'"))
}

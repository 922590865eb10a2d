package postgres_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"maan/internal/devstack/postgres"
)

// start runs a server in a folder that the user postgres can reach: t.TempDir() is closed to others.
func start(t *testing.T, cfg postgres.Config) *postgres.Server {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = openDir(t)
	}
	s, err := postgres.Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	return s
}

func openDir(t *testing.T) string {
	t.Helper()
	parent, err := os.MkdirTemp("", "maan-pg-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(parent, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(parent)) })
	return filepath.Join(parent, "pg")
}

func query[T any](t *testing.T, url, sql string) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var value T
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&value))
	return value
}

func TestStartGivesAPrivateServer(t *testing.T) {
	t.Parallel()
	s := start(t, postgres.Config{})

	require.Empty(t, s.Notice())
	require.Positive(t, s.PID())
	require.NoError(t, s.EnsureDatabase(t.Context(), "maan"))
	require.NoError(t, s.EnsureDatabase(t.Context(), "maan"), "a database that exists is no error")
	require.Contains(t, s.URL("maan"), "port="+strconv.Itoa(s.Port()))
	require.True(t, query[bool](t, s.URL("maan"), "SELECT inet_server_addr() IS NULL"), "it is reached by its socket")

	for setting, want := range map[string]string{
		"listen_addresses": "127.0.0.1", "max_connections": "200", "server_encoding": "UTF8",
		"fsync": "off", "TimeZone": "UTC", "unix_socket_permissions": "0700",
	} {
		require.Equal(t, want, query[string](t, s.URL("maan"), "SHOW "+setting), setting)
	}
	require.Equal(t, "ÉÉN", query[string](t, s.URL("maan"), "SELECT upper('één')"))

	info, err := os.Stat(s.Dir())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestWithoutRoomForASocketItIsReachedOverLoopback(t *testing.T) {
	t.Parallel()
	s := start(t, postgres.Config{Dir: filepath.Join(openDir(t), strings.Repeat("x", 90))})
	require.Equal(t, "127.0.0.1/32", query[string](t, s.URL("postgres"), "SELECT inet_server_addr()::text"))
}

func TestDurableServerWritesThrough(t *testing.T) {
	t.Parallel()
	s := start(t, postgres.Config{Durable: true})
	require.Equal(t, "on", query[string](t, s.URL("postgres"), "SHOW fsync"))
}

func TestDataIsUsedAgain(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	s := start(t, postgres.Config{Dir: dir})
	require.NoError(t, s.EnsureDatabase(t.Context(), "kept"))
	require.NoError(t, s.Stop())
	require.NoError(t, s.Stop(), "stopping twice is no error")
	require.Zero(t, s.PID())

	again := start(t, postgres.Config{Dir: dir})
	require.Equal(t, "kept", query[string](t, again.URL("kept"), "SELECT current_database()::text"))
}

func TestRestartAfterAKillKeepsCommittedRowsAndThePort(t *testing.T) {
	t.Parallel()
	s := start(t, postgres.Config{})
	query[int](t, s.URL("postgres"), "WITH made AS (SELECT 1 AS x) SELECT x FROM made")
	conn, err := pgx.Connect(t.Context(), s.URL("postgres"))
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "CREATE TABLE fact (id int); INSERT INTO fact VALUES (7)")
	require.NoError(t, err)
	port, killed := s.Port(), s.PID()

	require.NoError(t, syscall.Kill(killed, syscall.SIGKILL))
	require.Eventually(t, func() bool { return s.PID() == 0 }, 10*time.Second, time.Millisecond)
	require.NoError(t, s.Restart(t.Context()))

	require.Equal(t, port, s.Port())
	require.NotEqual(t, killed, s.PID())
	require.Equal(t, 7, query[int](t, s.URL("postgres"), "SELECT id FROM fact"))
}

func TestStaleProcessIDFileIsCleared(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	s := start(t, postgres.Config{Dir: dir})
	require.NoError(t, s.Stop())
	// The id of a living process that is no PostgreSQL server: this test. PostgreSQL would refuse.
	file := filepath.Join(dir, "data", "postmaster.pid")
	require.NoError(t, os.WriteFile(file, []byte(strconv.Itoa(os.Getppid())+"\n"+dir+"\n"), 0o644))

	again := start(t, postgres.Config{Dir: dir})
	require.Equal(t, 1, query[int](t, again.URL("postgres"), "SELECT 1"))
}

func TestHalfMadeDataIsMadeAnew(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data.new", "base"), 0o755))
	s := start(t, postgres.Config{Dir: dir})
	require.Equal(t, 1, query[int](t, s.URL("postgres"), "SELECT 1"))
}

func TestTakenPortIsRefused(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()

	_, err = postgres.Start(ctx, postgres.Config{Dir: openDir(t), Port: l.Addr().(*net.TCPAddr).Port})
	require.ErrorContains(t, err, "in use")
}

func TestPortOfAnotherServerIsRefused(t *testing.T) {
	t.Parallel()
	first := start(t, postgres.Config{})
	_, err := postgres.Start(t.Context(), postgres.Config{Dir: openDir(t), Port: first.Port()})
	require.Error(t, err)
	require.Equal(t, 1, query[int](t, first.URL("postgres"), "SELECT 1"), "the first one is left alone")
}

func TestUnreachableFolderIsReplacedForRoot(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root runs the server as another user")
	}
	closed := filepath.Join(openDir(t), "closed")
	require.NoError(t, os.MkdirAll(closed, 0o700))
	require.NoError(t, os.Chmod(filepath.Dir(closed), 0o700))

	s := start(t, postgres.Config{Dir: filepath.Join(closed, "pg")})
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(s.Dir())) })
	require.NotEqual(t, filepath.Join(closed, "pg"), s.Dir())
	require.Contains(t, s.Notice(), s.Dir())
}

func TestMissingProgramsSayWhatToInstall(t *testing.T) {
	t.Parallel()
	_, err := postgres.Start(t.Context(), postgres.Config{Dir: openDir(t), BinDir: t.TempDir()})
	require.ErrorIs(t, err, postgres.ErrNoBinaries)
	require.ErrorContains(t, err, "apt-get install postgresql")
}

func TestProgramsOfAnUnpackedPackageAreFound(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	bin := filepath.Join(dir, "native", "bin")
	require.NoError(t, os.MkdirAll(bin, 0o755))
	for _, program := range []string{"initdb", "postgres"} {
		require.NoError(t, os.WriteFile(filepath.Join(bin, program), []byte("#!/bin/sh\nexit 7\n"), 0o755))
	}
	found, err := postgres.FindBinaries(dir)
	require.NoError(t, err)
	require.Equal(t, bin, found)
}

func TestLinksOfAnUnpackedPackageAreMade(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	for _, folder := range []string{"bin", "lib"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "native", folder), 0o755))
	}
	for _, program := range []string{"initdb", "postgres"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "native", "bin", program), []byte("#!/bin/sh\nexit 7\n"), 0o755))
	}
	library := filepath.Join(dir, "native", "lib", "libpq.so.5.18")
	require.NoError(t, os.WriteFile(library, []byte("library"), 0o644))
	list := `[{"source": "native/lib/libpq.so.5.18", "target": "native/lib/libpq.so.5"}]`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "native", "pg-symlinks.json"), []byte(list), 0o644))

	_, err := postgres.Start(t.Context(), postgres.Config{Dir: openDir(t), BinDir: dir})
	require.ErrorContains(t, err, "exit status 7", "the programs of this test do nothing else")
	text, err := os.ReadFile(filepath.Join(dir, "native", "lib", "libpq.so.5"))
	require.NoError(t, err)
	require.Equal(t, "library", string(text))
}

// TestServerEndsWithItsKilledParent starts this test program again as a parent, kills it the hard
// way, and waits for the server to go.
func TestServerEndsWithItsKilledParent(t *testing.T) {
	t.Parallel()
	if parentDir := os.Getenv("MAAN_TEST_PG_PARENT"); parentDir != "" {
		s, err := postgres.Start(t.Context(), postgres.Config{Dir: parentDir})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(os.Getenv("MAAN_TEST_PG_URL"), []byte(s.URL("postgres")), 0o600))
		<-t.Context().Done()
		return
	}
	dir, urlFile := openDir(t), filepath.Join(t.TempDir(), "url")
	parent := exec.Command(os.Args[0], "-test.run=^TestServerEndsWithItsKilledParent$")
	parent.Env = append(os.Environ(), "MAAN_TEST_PG_PARENT="+dir, "MAAN_TEST_PG_URL="+urlFile)
	require.NoError(t, parent.Start())
	t.Cleanup(func() { _ = parent.Process.Kill() })
	var server string
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(urlFile)
		server = string(text)
		return err == nil && server != ""
	}, 30*time.Second, 10*time.Millisecond)
	require.Equal(t, 1, query[int](t, server, "SELECT 1"))

	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait()
	require.Eventually(t, func() bool {
		conn, err := pgx.Connect(t.Context(), server)
		if err == nil {
			_ = conn.Close(t.Context())
		}
		return err != nil
	}, 30*time.Second, 20*time.Millisecond)

	again := start(t, postgres.Config{Dir: dir})
	require.Equal(t, 1, query[int](t, again.URL("postgres"), "SELECT 1"), "its data is usable at once")
}

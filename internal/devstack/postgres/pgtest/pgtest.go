// Package pgtest gives every test a PostgreSQL database of its own, already migrated.
//
// Migrating takes a second and copying a migrated database some milliseconds. So the first test that
// needs a schema migrates a template database, once for all test processes on the server, and every
// test gets a copy.
package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Variable names the environment variable with the connection URL of a server to use: a user who may
// make databases. Without it each test process runs a private server.
const Variable = "MAAN_TEST_DATABASE_URL"

const (
	setupTimeout   = 2 * time.Minute
	cleanupTimeout = 30 * time.Second
	copyAttempts   = 20
	copyPause      = 50 * time.Millisecond
	// fileCopyVersion is the first PostgreSQL that offers a choice of how to copy.
	fileCopyVersion = 150000
	// templateLock is the advisory lock held while a template is made: "maan" in ASCII.
	templateLock = 0x6d61616e
)

// Database returns the URL of a new database with the schema that migrate makes, and drops it when
// the test ends. The key stands for that schema: a hash of the migrations. Calls with the same key,
// in any test process on the server, migrate once. Safe in parallel tests.
func Database(tb testing.TB, key string, migrate func(ctx context.Context, url string) error) string {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
	defer cancel()
	admin, err := adminURL(ctx)
	if err != nil {
		tb.Fatalf("test database: %v", err)
	}
	template := templateName(key)
	if err := ensureTemplate(ctx, admin, template, migrate); err != nil {
		tb.Fatalf("test database: make template: %v", err)
	}
	name := "maan_test_" + strings.ToLower(rand.Text()[:16])
	tb.Cleanup(func() { drop(tb, admin, name) })
	if err := copyTemplate(ctx, admin, template, name); err != nil {
		tb.Fatalf("test database: copy template: %v", err)
	}
	databaseURL, err := withDatabase(admin, name)
	if err != nil {
		tb.Fatalf("test database: %v", err)
	}
	return databaseURL
}

// adminURL is the configured server's URL, or that of this process's private server.
func adminURL(ctx context.Context) (string, error) {
	if configured := os.Getenv(Variable); configured != "" {
		return configured, nil
	}
	return privateServer(ctx)
}

func templateName(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "maan_template_" + hex.EncodeToString(sum[:12])
}

// templates remembers what this process knows to be ready, so that only the first test of a process
// asks the server.
var templates sync.Map // of template name and admin URL to *template

type template struct {
	mu    sync.Mutex
	ready bool
}

// ensureTemplate makes the template unless it is there. A failure is not remembered: the next test
// tries again and reports it as well.
func ensureTemplate(ctx context.Context, admin, name string, migrate func(context.Context, string) error) error {
	entry, _ := templates.LoadOrStore(admin+" "+name, &template{})
	tpl := entry.(*template) //nolint:forcetypeassert // only *template is stored
	tpl.mu.Lock()
	defer tpl.mu.Unlock()
	if tpl.ready {
		return nil
	}
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	// Closing the connection gives the advisory lock back, whatever happens in between.
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	if err := makeTemplate(ctx, conn, admin, name, migrate); err != nil {
		return err
	}
	tpl.ready = true
	return nil
}

// makeTemplate marks a finished template as such at the very end; one without the mark was left by a
// killed process and is made anew.
func makeTemplate(ctx context.Context, conn *pgx.Conn, admin, name string, migrate func(context.Context, string) error) error {
	var finished bool
	err := conn.QueryRow(ctx, "SELECT datistemplate FROM pg_database WHERE datname = $1", name).Scan(&finished)
	switch {
	case err == nil && finished:
		return nil
	case err == nil:
		if _, err := conn.Exec(ctx, "DROP DATABASE "+quote(name)+" WITH (FORCE)"); err != nil {
			return fmt.Errorf("drop unfinished template: %w", err)
		}
	case !errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("look for template: %w", err)
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+quote(name)); err != nil {
		return fmt.Errorf("make database: %w", err)
	}
	templateURL, err := withDatabase(admin, name)
	if err != nil {
		return err
	}
	if err := migrate(ctx, templateURL); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	// Nobody may connect any more: a connected database cannot be copied.
	if _, err := conn.Exec(ctx, "ALTER DATABASE "+quote(name)+" WITH ALLOW_CONNECTIONS false IS_TEMPLATE true"); err != nil {
		return fmt.Errorf("finish template: %w", err)
	}
	return nil
}

// copyTemplate copies files instead of writing every block to the log, which is twice as fast. A
// connection of the migration that is still closing makes the server refuse for a moment.
func copyTemplate(ctx context.Context, admin, template, name string) error {
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	sql := "CREATE DATABASE " + quote(name) + " TEMPLATE " + quote(template)
	var version int
	if err := conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		return fmt.Errorf("ask for the version: %w", err)
	}
	if version >= fileCopyVersion {
		sql += " STRATEGY file_copy"
	}
	ticker := time.NewTicker(copyPause)
	defer ticker.Stop()
	for attempt := 1; ; attempt++ {
		_, err := conn.Exec(ctx, sql)
		if pgErr := (*pgconn.PgError)(nil); !errors.As(err, &pgErr) || pgErr.Code != "55006" || attempt == copyAttempts {
			return err
		}
		<-ticker.C
	}
}

func drop(tb testing.TB, admin, name string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		tb.Errorf("drop test database: connect: %v", err)
		return
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)"); err != nil {
		tb.Errorf("drop test database: %v", err)
	}
}

func withDatabase(admin, name string) (string, error) {
	u, err := url.Parse(admin)
	if err != nil || u.Scheme == "" {
		return "", fmt.Errorf("%s must be a URL such as postgres://user@127.0.0.1:5432/postgres", Variable)
	}
	u.Path = "/" + name
	return u.String(), nil
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

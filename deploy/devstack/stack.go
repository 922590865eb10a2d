package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"

	"maan/deploy/devstack/temporalserver"
	"maan/internal/devstack/postgres"
	"maan/internal/devstack/world"
)

// The ports that a stack takes when nobody else has them; else it takes free ones.
const (
	temporalPort = 7233
	uiPort       = 8233
	apiPort      = 8080
	inboxPort    = 8025
)

const (
	logName  = "processes.log"
	envName  = "env"
	database = "maan"

	// ownDatabase marks, in the environment file, that DATABASE_URL is our private server's:
	// a shell that read the file must not keep the next start from having a server.
	ownDatabase = "MAAN_PRIVATE_DATABASE_URL"
)

// stackOptions say where a stack keeps its data.
type stackOptions struct {
	dir      string // data, logs and the environment file
	binary   string // the maan program; empty: beside this one
	database string // name of the database on the private server, and suffix of that on a given one
	fresh    bool   // begin with nothing
	smtp     bool   // e-mail by SMTP
}

// stack is everything that Maan needs, running.
type stack struct {
	options  stackOptions
	postgres *postgres.Server // nil where DATABASE_URL names one
	temporal *temporalserver.Server
	world    *world.World
	url      string // of the database
	notice   string // for the person who started it
}

// startStack starts PostgreSQL, Temporal, the provider sandbox, the API and a worker.
func startStack(ctx context.Context, o stackOptions) (s *stack, err error) {
	s = &stack{options: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if err := s.prepare(); err != nil {
		return s, err
	}
	if err := s.startPostgres(ctx); err != nil {
		return s, err
	}
	config := temporalserver.Config{Dir: s.path("temporal"), Port: wish(ctx, temporalPort), UIPort: wish(ctx, uiPort)}
	s.temporal, err = temporalserver.Start(ctx, config)
	if errors.Is(err, syscall.EADDRINUSE) { // another stack took a port between our look and our start
		config.Port, config.UIPort = 0, 0
		s.temporal, err = temporalserver.Start(ctx, config)
	}
	if err != nil {
		return s, err
	}
	w, err := world.Start(ctx, world.Options{
		Binary: s.options.binary, Dir: o.dir, DatabaseURL: s.url, TemporalAddress: s.temporal.Address(),
		APIAddress: wishAddress(ctx, apiPort), SandboxAddress: wishAddress(ctx, inboxPort), SMTP: s.options.smtp, Measured: true,
	})
	if err != nil { // it has closed itself
		return s, err
	}
	s.world = w
	return s, s.writeEnv()
}

// prepare makes the directory. A fresh stack keeps only PostgreSQL's files, whose
// database is made anew.
func (s *stack) prepare() error {
	if s.options.binary == "" {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find the maan program: %w", err)
		}
		s.options.binary = filepath.Join(filepath.Dir(self), "maan")
	}
	if _, err := os.Stat(s.options.binary); err != nil {
		return fmt.Errorf("the maan program is not at %s: run make build", s.options.binary)
	}
	if s.options.fresh {
		for _, name := range []string{"temporal", logName, envName, "accepted.jsonl", "webhook.key"} {
			if err := os.RemoveAll(s.path(name)); err != nil {
				return fmt.Errorf("begin with nothing: %w", err)
			}
		}
	}
	if err := os.MkdirAll(s.options.dir, 0o755); err != nil { //nolint:gosec // PostgreSQL's own user must pass
		return fmt.Errorf("make the folder for the data: %w", err)
	}
	return nil
}

func (s *stack) path(name string) string { return filepath.Join(s.options.dir, name) }

// startPostgres starts a private server, or takes the one of DATABASE_URL.
func (s *stack) startPostgres(ctx context.Context) (err error) {
	if given := os.Getenv("DATABASE_URL"); given != "" && given != os.Getenv(ownDatabase) {
		s.url = given
		if s.options.fresh {
			return s.freshDatabase(ctx, given)
		}
		return nil
	}
	s.postgres, err = postgres.Start(ctx, postgres.Config{Dir: s.path("postgres"), Durable: !s.options.fresh})
	if err != nil {
		return err
	}
	s.notice = s.postgres.Notice()
	s.url = s.postgres.URL(s.options.database)
	if s.options.fresh {
		return s.freshDatabase(ctx, s.postgres.URL("postgres"))
	}
	return s.postgres.EnsureDatabase(ctx, s.options.database)
}

// freshDatabase drops the database of an earlier run and makes it anew, on the server
// that the address names; it never touches that address's own database.
func (s *stack) freshDatabase(ctx context.Context, server string) error {
	u, err := url.Parse(server)
	if err != nil {
		return errors.New("DATABASE_URL is not an address such as postgres://user:password@host:5432/maan")
	}
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	name := pgx.Identifier{s.options.database}.Sanitize()
	for _, statement := range []string{"drop database if exists " + name + " with (force)", "create database " + name} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("make a fresh database %s: %w", s.options.database, err)
		}
	}
	u.Path = "/" + s.options.database
	s.url = u.String()
	return nil
}

// wish is the port if nobody has it, else 0 for any free one.
func wish(ctx context.Context, port int) int {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil || l.Close() != nil {
		return 0
	}
	return port
}

// wishAddress is the port as an address, empty for any free one.
func wishAddress(ctx context.Context, port int) string {
	if wish(ctx, port) == 0 {
		return ""
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

// writeEnv writes what a shell needs to talk to the stack. It holds a key: nobody else
// may read it.
func (s *stack) writeEnv() error {
	lines := append([]string{
		"MAAN_API=" + s.world.API.Base, "MAAN_KEY=" + s.world.API.Key, "MAAN_INBOX=" + s.world.Providers.URL(), "MAAN_UI=" + s.temporal.UIURL(),
	}, s.world.Environment()...)
	if s.postgres != nil {
		lines = append(lines, ownDatabase+"="+s.url)
	}
	var text strings.Builder
	for _, line := range lines {
		name, value, _ := strings.Cut(line, "=")
		fmt.Fprintf(&text, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	temp := s.path(envName + ".new")
	if err := errors.Join(removeStale(temp), os.WriteFile(temp, []byte(text.String()), 0o600), os.Rename(temp, s.path(envName))); err != nil {
		return fmt.Errorf("write the environment file: %w", err)
	}
	return nil
}

// close ends everything, in the order in which one needs the other.
func (s *stack) close() error {
	var errs []error
	if s.world != nil {
		errs = append(errs, s.world.Close())
	}
	if s.temporal != nil {
		errs = append(errs, s.temporal.Stop())
	}
	if s.postgres != nil {
		errs = append(errs, s.postgres.Stop())
	}
	return errors.Join(errs...)
}

// logTail is the end of the processes' log, for a person who wonders.
func logTail(path string, lines int) string {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || len(text) == 0 {
		return ""
	}
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

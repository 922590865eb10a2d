// Package postgres runs a private PostgreSQL server for development and tests from the programs
// installed on the machine, without Docker and without touching a server that is already there.
//
// The server listens on 127.0.0.1 and on a socket inside its own directory, trusts whoever connects,
// and ends with the process that started it, even when that one is killed. PostgreSQL refuses to run
// as root; started by root, it runs as the user postgres, or nobody where there is no such user.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"maan/internal/devstack/freeport"
)

const (
	loopback       = "127.0.0.1"
	superuser      = "maan"
	maxConnections = 200

	readyTimeout   = 30 * time.Second
	readyInterval  = 10 * time.Millisecond
	connectTimeout = time.Second
	stopTimeout    = 10 * time.Second
	startAttempts  = 5
	firstPause     = 100 * time.Millisecond // between attempts, doubled each time
	logFile        = "postgres.log"
	dataDir        = "data"
	unfinishedData = "data.new"
)

// Config says where the server keeps its data and how it runs.
type Config struct {
	// Dir holds the data, the log and the socket. It is made when it does not exist; data that is
	// already there is used again.
	Dir string
	// Port on 127.0.0.1; 0 takes a free one.
	Port int
	// Durable writes through to the disk. Without it the server is faster and a power cut may ruin
	// its data; a killed process does not. Tests leave it off.
	Durable bool
	// Settings are further lines for the server's configuration, as name=value.
	Settings []string
	// BinDir is the directory of initdb and postgres; empty lets FindBinaries look for it.
	BinDir string
}

// Server is a running PostgreSQL server. Its methods are safe for concurrent use.
type Server struct {
	cfg     Config
	account account
	notice  string

	mu      sync.Mutex
	process *process
}

// Start makes the data directory if it is missing, starts the server and returns when it accepts
// connections. The error is ErrNoBinaries when PostgreSQL is not installed. When the server has to
// run as another user who cannot reach cfg.Dir, the data goes below os.TempDir() instead; Dir and
// Notice tell. Call Stop when done; ctx limits the start only.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Dir == "" {
		return nil, errors.New("start PostgreSQL: no directory given")
	}
	bin, err := FindBinaries(cfg.BinDir)
	if err != nil {
		return nil, err
	}
	cfg.BinDir = bin
	if cfg.Dir, err = filepath.Abs(cfg.Dir); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: directory %q: %w", cfg.Dir, err)
	}
	s := &Server{cfg: cfg}
	if err := s.prepare(ctx); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.run(ctx); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	return s, nil
}

// Dir is the directory in use, which differs from the configured one when Notice says so.
func (s *Server) Dir() string { return s.cfg.Dir }

// Notice is a sentence for the person who started the server, empty when there is nothing to say.
func (s *Server) Notice() string { return s.notice }

// Port is the port on 127.0.0.1. It stays the same over a Restart.
func (s *Server) Port() int { return s.cfg.Port }

// URL is the connection string of the superuser for a database; "postgres" always exists. It goes
// by the server's socket, which costs less than 127.0.0.1, where there is one.
func (s *Server) URL(database string) string {
	host := loopback
	if s.hasSocket() {
		host = s.cfg.Dir
	}
	q := url.Values{"host": {host}, "port": {strconv.Itoa(s.cfg.Port)}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database, RawQuery: q.Encode()}
	return u.String()
}

// PID is the process id of the server, 0 when it is not running. Killing it is a fair test: Restart
// brings the server back with what was committed.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil || s.process.ended() {
		return 0
	}
	return s.process.pid()
}

// Stop ends the server and waits for it; connections are cut. Stopping twice is no error.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stop()
}

// Restart stops the server if it still runs and starts it again on the same port and data.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.stop(); err != nil {
		return err
	}
	if err := s.run(ctx); err != nil {
		return fmt.Errorf("restart PostgreSQL: %w", err)
	}
	return nil
}

// EnsureDatabase makes the database if it does not exist.
func (s *Server) EnsureDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("make database %q: %w", name, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists); err != nil {
		return fmt.Errorf("look for database %q: %w", name, err)
	}
	if exists {
		return nil
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		return fmt.Errorf("make database %q: %w", name, err)
	}
	return nil
}

// run starts the process and waits until it accepts connections. A free port may be taken by someone
// else between choosing and using it, and after a kill the old server's children may hold its
// memory for a moment: an early end is tried again.
func (s *Server) run(ctx context.Context) error {
	if err := s.clearStalePID(ctx); err != nil {
		return err
	}
	freePort := s.cfg.Port == 0
	var failure error
	for attempt := range startAttempts {
		if attempt > 0 {
			select {
			case <-ctx.Done():
				return errors.Join(failure, ctx.Err())
			case <-time.After(firstPause << (attempt - 1)):
			}
		}
		if freePort {
			port, err := takeFreePort(ctx)
			if err != nil {
				return err
			}
			s.cfg.Port = port
		}
		p, err := s.launch()
		if err != nil {
			return err
		}
		if failure = s.waitUntilReady(ctx, p); failure == nil {
			s.process = p
			return nil
		}
		if !errors.Is(failure, errEnded) {
			return errors.Join(failure, p.stop(stopTimeout))
		}
	}
	return failure
}

func (s *Server) stop() error {
	if s.process == nil {
		return nil
	}
	err := s.process.stop(stopTimeout)
	s.process = nil
	return err
}

var (
	// errEnded says that the server ended by itself while it was starting.
	errEnded = errors.New("the server ended while starting")
	// errStranger says that somebody else's server answers on our port.
	errStranger = errors.New("another PostgreSQL server already listens there")
)

func (s *Server) waitUntilReady(ctx context.Context, p *process) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	ticker := time.NewTicker(readyInterval)
	defer ticker.Stop()
	for {
		err := s.tryConnection(ctx)
		if err == nil || errors.Is(err, errStranger) {
			return err
		}
		select {
		case <-p.done:
			return fmt.Errorf("%w; the end of %s:\n%s", errEnded, s.path(logFile), s.logTail())
		case <-ctx.Done():
			return fmt.Errorf("no connection after %s, see %s: %w", readyTimeout, s.path(logFile), err)
		case <-ticker.C:
		}
	}
}

// tryConnection connects once and makes sure that the server that answers is ours and not a
// stranger's. It gives up soon: whatever holds the port may accept and then say nothing.
func (s *Server) tryConnection(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var dir string
	if err := conn.QueryRow(ctx, "SHOW data_directory").Scan(&dir); err != nil {
		return fmt.Errorf("ask the server for its data directory: %w", err)
	}
	if !sameFile(dir, s.path(dataDir)) {
		return fmt.Errorf("port %d: %w; stop it or choose another port", s.cfg.Port, errStranger)
	}
	return nil
}

func (s *Server) path(name string) string { return filepath.Join(s.cfg.Dir, name) }

// logTail returns the last lines of the server's log, for an error message.
func (s *Server) logTail() string {
	const size = 1000
	text, err := os.ReadFile(s.path(logFile))
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-size):])
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

func takeFreePort(ctx context.Context) (int, error) {
	l, err := freeport.Listen(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	return strconv.Atoi(port)
}

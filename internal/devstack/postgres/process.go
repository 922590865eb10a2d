package postgres

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is one run of the server program.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// launch starts the program and does not wait for it to be ready.
func (s *Server) launch() (*process, error) {
	log, err := os.OpenFile(s.path(logFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	defer func() { _ = log.Close() }()
	if err := log.Chown(s.account.uid, s.account.gid); err != nil {
		return nil, fmt.Errorf("give the log to %s: %w", s.account.name, err)
	}
	cmd := exec.Command(filepath.Join(s.cfg.BinDir, "postgres"), s.settings()...) //nolint:gosec,noctx // it outlives the call; FindBinaries found it
	cmd.Dir = s.cfg.Dir
	cmd.Env = environment()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = s.account.attributes()
	dieWithThread(cmd.SysProcAttr)
	return startLocked(cmd)
}

// startLocked starts the command on a thread of its own and keeps that thread for the command's
// whole life. The kernel signals the child when the thread that started it ends, and Go ends idle
// threads; on a shared thread the server could be stopped at any moment.
func startLocked(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		err := cmd.Start()
		if err == nil {
			err = followParent(cmd.Process.Pid)
		}
		started <- err
		if cmd.Process != nil {
			_ = cmd.Wait() // how it ended does not matter, and its log tells
		}
		close(p.done)
	}()
	if err := <-started; err != nil {
		if cmd.Process != nil {
			_ = cmd.Process.Kill()
		}
		return nil, fmt.Errorf("run %s: %w", cmd.Path, err)
	}
	return p, nil
}

func (s *Server) settings() []string {
	settings := []string{
		"listen_addresses=" + loopback,
		"port=" + strconv.Itoa(s.cfg.Port),
		"unix_socket_directories=" + s.socketDir(),
		"unix_socket_permissions=0700",
		"max_connections=" + strconv.Itoa(maxConnections),
		"timezone=UTC",
		"log_timezone=UTC",
	}
	if !s.cfg.Durable {
		// A commit still reaches the system's cache, which outlives a killed server.
		settings = append(settings, "fsync=off", "full_page_writes=off")
	}
	args := []string{"-D", s.path(dataDir)}
	for _, setting := range append(settings, s.cfg.Settings...) {
		args = append(args, "-c", setting)
	}
	return args
}

// socketDir is our own directory, or none, as the server's configuration wants it.
func (s *Server) socketDir() string {
	if !s.hasSocket() {
		return ""
	}
	return `"` + strings.ReplaceAll(s.cfg.Dir, `"`, `""`) + `"`
}

// hasSocket reports whether the path of a socket in our own directory is within the system's limit
// (103 bytes on the strictest).
func (s *Server) hasSocket() bool {
	const limit = 103
	return len(s.cfg.Dir)+len("/.s.PGSQL.65535.lock") <= limit
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// stop asks for PostgreSQL's fast shutdown, then for the immediate one, then kills.
func (p *process) stop(patience time.Duration) error {
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		if p.ended() {
			return nil
		}
		_ = p.cmd.Process.Signal(signal) // fails only when it has just ended
		timer := time.NewTimer(patience)
		select {
		case <-p.done:
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
	return fmt.Errorf("stop PostgreSQL: process %d does not end", p.pid())
}

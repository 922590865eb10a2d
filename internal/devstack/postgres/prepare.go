package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// prepare chooses the account and the directory and makes the data when there is none.
func (s *Server) prepare(ctx context.Context) error {
	account, err := chooseAccount(s.path(dataDir))
	if err != nil {
		return err
	}
	s.account = account
	if !account.canReach(filepath.Join(s.cfg.BinDir, "postgres")) {
		return fmt.Errorf("%s cannot reach the PostgreSQL programs in %s; move them to a folder that everyone may enter", account.name, s.cfg.BinDir)
	}
	if err := linkLibraries(s.cfg.BinDir); err != nil {
		return err
	}
	if !account.canReach(s.cfg.Dir) {
		s.moveToTemp()
	}
	if err := s.makeDir(); err != nil {
		return err
	}
	if _, err := os.Stat(s.path(dataDir)); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look for the data: %w", err)
	}
	return s.initialise(ctx)
}

// moveToTemp takes a directory below os.TempDir() whose name follows from the wished one, so that
// the next start finds the same data.
func (s *Server) moveToTemp() {
	sum := sha256.Sum256([]byte(s.cfg.Dir))
	temp := filepath.Join(os.TempDir(), "maan-postgres-"+hex.EncodeToString(sum[:6]))
	s.notice = fmt.Sprintf("PostgreSQL runs as %s, who cannot enter the folders above %s; its data is in %s", s.account.name, s.cfg.Dir, temp)
	s.cfg.Dir = temp
}

// makeDir makes the directory for the account alone. A directory of somebody else is refused: in a
// shared temporary folder anyone may have put one there.
func (s *Server) makeDir() error {
	if err := os.MkdirAll(filepath.Dir(s.cfg.Dir), 0o755); err != nil { //nolint:gosec // the account must be able to pass
		return fmt.Errorf("make the folders above %s: %w", s.cfg.Dir, err)
	}
	if err := os.Mkdir(s.cfg.Dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the data folder: %w", err)
	}
	info, err := os.Lstat(s.cfg.Dir)
	if err != nil {
		return fmt.Errorf("look at the data folder: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder; remove it or choose another", s.cfg.Dir)
	}
	if !s.account.owns(info) {
		if st, ok := info.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != os.Getuid() {
			return fmt.Errorf("folder %s belongs to another user; remove it or choose another", s.cfg.Dir)
		}
		if err := os.Chown(s.cfg.Dir, s.account.uid, s.account.gid); err != nil {
			return fmt.Errorf("give the data folder to %s: %w", s.account.name, err)
		}
	}
	if err := os.Chmod(s.cfg.Dir, 0o700); err != nil { //nolint:gosec // a folder needs the search bit
		return fmt.Errorf("close the data folder to others: %w", err)
	}
	return nil
}

// initialise runs initdb beside the final place and renames at the end, so that a killed start does
// not leave half a data directory that looks whole.
func (s *Server) initialise(ctx context.Context) error {
	unfinished := s.path(unfinishedData)
	if err := os.RemoveAll(unfinished); err != nil {
		return fmt.Errorf("remove unfinished data: %w", err)
	}
	args := []string{"-D", unfinished, "-A", "trust", "-U", superuser, "-E", "UTF8"}
	args = append(args, localeArgs()...)
	if !s.cfg.Durable {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(s.cfg.BinDir, "initdb"), args...) //nolint:gosec // a program that FindBinaries found
	cmd.Dir = s.cfg.Dir
	cmd.Env = environment()
	cmd.SysProcAttr = s.account.attributes()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb as %s: %w\n%s", s.account.name, err, out)
	}
	if err := os.Rename(unfinished, s.path(dataDir)); err != nil {
		return fmt.Errorf("move the new data to its place: %w", err)
	}
	return nil
}

// localeArgs makes sorting plain and the same everywhere, and letters beyond ASCII known as letters.
func localeArgs() []string {
	if runtime.GOOS == "linux" {
		return []string{"--locale=C.UTF-8"}
	}
	return []string{"--locale=C", "--lc-ctype=UTF-8"}
}

// environment leaves out PGDATA, PGPORT and their kind, which would change what the programs do.
func environment() []string {
	env := []string{"LC_ALL=C"}
	for _, name := range []string{"PATH", "TMPDIR", "LD_LIBRARY_PATH"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// clearStalePID removes the process-id file of a server that is gone. PostgreSQL does that by itself
// only when no process at all has that id now. A server that still runs on the data is given time to
// end: it may belong to a process that was killed a moment ago.
func (s *Server) clearStalePID(ctx context.Context) error {
	file := filepath.Join(s.path(dataDir), "postmaster.pid")
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	ticker := time.NewTicker(readyInterval)
	defer ticker.Stop()
	for {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the process-id file: %w", err)
		}
		line, _, _ := strings.Cut(string(text), "\n")
		pid, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil || !servesData(pid, s.path(dataDir)) {
			if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("remove the stale process-id file: %w", err)
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("another server (process %d) still runs on %s; stop it first", pid, s.cfg.Dir)
		case <-ticker.C:
		}
	}
}

// servesData says whether the process is a server on this data directory: PostgreSQL makes it its
// working directory. Where the system has no /proc, any living process counts.
func servesData(pid int, data string) bool {
	if pid <= 0 || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	if _, err := os.Stat("/proc/self/cwd"); err != nil {
		return true
	}
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	return err == nil && sameFile(cwd, data)
}

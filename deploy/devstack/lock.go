package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pidFile says that a stack runs, and as which process. The running process holds a lock
// on it, so that a file which a killed one left behind is never taken for a running
// stack, nor a stranger's process for ours.
type pidFile struct {
	file *os.File
}

// errRuns says that somebody else holds the lock.
var errRuns = errors.New("it runs already")

// takePIDFile locks the file and writes our process id. The error is errRuns when a
// stack holds it.
func takePIDFile(path string) (*pidFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the pid file: %w", err)
	}
	if err := lock(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Truncate(0), writeAt(f, strconv.Itoa(os.Getpid())+"\n")); err != nil {
		return nil, errors.Join(fmt.Errorf("write the pid file: %w", err), f.Close())
	}
	return &pidFile{file: f}, nil
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errRuns
	}
	if err != nil {
		return fmt.Errorf("lock the pid file: %w", err)
	}
	return nil
}

// release removes the file and gives the lock back.
func (p *pidFile) release() error {
	return errors.Join(os.Remove(p.file.Name()), p.file.Close())
}

const (
	endPatience = 60 * time.Second
	endInterval = 50 * time.Millisecond
)

// endByPIDFile asks the process that holds the file to end and waits for it. It reports
// false when none runs; a file without one is removed.
func endByPIDFile(ctx context.Context, path string) (bool, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("open the pid file: %w", err)
	}
	defer func() { _ = f.Close() }()
	if err := lock(f); err == nil {
		return false, removeStale(path)
	} else if !errors.Is(err, errRuns) {
		return false, err
	}
	pid, err := readPID(path)
	if err != nil {
		return false, err
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return false, fmt.Errorf("stop process %d: %w", pid, err)
	}
	ctx, cancel := context.WithTimeout(ctx, endPatience)
	defer cancel()
	for lock(f) != nil {
		select {
		case <-ctx.Done():
			return false, fmt.Errorf("process %d does not end", pid)
		case <-time.After(endInterval):
		}
	}
	return true, removeStale(path)
}

func readPID(path string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, fmt.Errorf("read the pid file: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 1 {
		return 0, fmt.Errorf("%s holds no process id; remove it once nothing runs any more", path)
	}
	return pid, nil
}

func removeStale(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a stale file: %w", err)
	}
	return nil
}

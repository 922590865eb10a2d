package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"maan/internal/devstack/postgres"
)

const privatePrefix = "maan-pgtest-"

var private struct {
	once sync.Once
	url  string
	err  error
}

// privateServer starts this process's server at the first call. It ends with the process.
func privateServer(ctx context.Context) (string, error) {
	private.once.Do(func() { private.url, private.err = startPrivate(ctx) })
	return private.url, private.err
}

// startPrivate names the folder after this process. A test process has no end where it could remove
// its folder, so the next one does it.
func startPrivate(ctx context.Context) (string, error) {
	removeLeftovers()
	parent, err := os.MkdirTemp("", privatePrefix+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return "", fmt.Errorf("private server: %w", err)
	}
	if err := os.Chmod(parent, 0o755); err != nil { //nolint:gosec // the user postgres must pass
		return "", fmt.Errorf("private server: %w", err)
	}
	server, err := postgres.Start(ctx, postgres.Config{Dir: filepath.Join(parent, "pg")})
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(parent))
	}
	return server.URL("postgres"), nil
}

// removeLeftovers removes the folders of processes that are gone. What cannot be removed, another
// user's for example, stays.
func removeLeftovers() {
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), privatePrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), privatePrefix), "-")
		pid, err := strconv.Atoi(number)
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir)
		}
	}
}

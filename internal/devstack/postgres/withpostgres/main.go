// Command withpostgres runs a command with a PostgreSQL server for its tests:
//
//	withpostgres go test ./...
//
// It starts a private server, sets MAAN_TEST_DATABASE_URL for the command, ends the server with it
// and removes the data. When the variable is set already, that server is used and none is started.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"maan/internal/devstack/postgres"
	"maan/internal/devstack/postgres/pgtest"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: withpostgres COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "withpostgres:", err)
		code = 1
	}
	os.Exit(code)
}

// run returns the command's exit code.
func run(command []string) (code int, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if os.Getenv(pgtest.Variable) == "" {
		server, dir, startErr := startServer(ctx)
		if startErr != nil {
			return 1, startErr
		}
		defer func() { err = errors.Join(err, server.Stop(), os.RemoveAll(dir)) }()
		if err := os.Setenv(pgtest.Variable, server.URL("postgres")); err != nil {
			return 1, fmt.Errorf("set %s: %w", pgtest.Variable, err)
		}
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // running what it is given is its purpose
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return max(1, exit.ExitCode()), nil
	}
	if err != nil {
		return 1, fmt.Errorf("run %s: %w", command[0], err)
	}
	return 0, nil
}

func startServer(ctx context.Context) (*postgres.Server, string, error) {
	dir, err := os.MkdirTemp("", "maan-withpostgres-")
	if err != nil {
		return nil, "", fmt.Errorf("make a folder for the data: %w", err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // the user postgres must pass
		return nil, "", fmt.Errorf("open the folder for the data: %w", err)
	}
	server, err := postgres.Start(ctx, postgres.Config{Dir: filepath.Join(dir, "pg")})
	if err != nil {
		return nil, "", errors.Join(err, os.RemoveAll(dir))
	}
	return server, dir, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

const (
	pidName     = "devstack.pid"
	demoPIDName = "demo.pid"
	tailLines   = 20
)

// upCommand runs the stack until it is told to stop.
func upCommand() *cobra.Command {
	var dir, binary string
	var smtp bool
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run PostgreSQL, Temporal, the provider sandbox, the API and a worker",
		Long: `Run PostgreSQL (or that of DATABASE_URL), a Temporal server with its UI, the provider
sandbox, the API and a worker on 127.0.0.1 until Ctrl-C. What it holds stays in the
directory. Addresses and a key are in the file env there, for ". .maan/env".`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return up(cmd.Context(), dir, binary, smtp, cmd.OutOrStdout())
		},
	}
	stackFlags(cmd, &dir, &binary)
	cmd.Flags().BoolVar(&smtp, "smtp", false, "send e-mail by SMTP instead of SendGrid's API")
	return cmd
}

func stackFlags(cmd *cobra.Command, dir, binary *string) {
	cmd.Flags().StringVar(dir, "dir", ".maan", "directory of all data")
	cmd.Flags().StringVar(binary, "maan", "", "the maan program; empty takes the one beside this program")
}

func up(ctx context.Context, dir, binary string, smtp bool, out io.Writer) error {
	return holding(dir, pidName, "the development stack", func() (err error) {
		s, err := startStack(ctx, stackOptions{dir: dir, binary: binary, database: database, smtp: smtp})
		if err != nil {
			return failure(ctx, err, filepath.Join(dir, logName))
		}
		defer func() { err = errors.Join(err, removeStale(s.path(envName)), s.close()) }()
		if err := s.onlyThisKey(ctx); err != nil {
			return err
		}
		s.introduce(out)
		return s.stay(ctx, out, "\nStopping. The data stays in "+dir+".")
	})
}

// stay returns when the person has had enough, and with an error when a process gives up.
func (s *stack) stay(ctx context.Context, out io.Writer, farewell string) error {
	select {
	case <-ctx.Done():
		sayf(out, "%s\n", farewell)
		return nil
	case name := <-s.world.Ended():
		return failure(ctx, fmt.Errorf("maan %s ended by itself", name), s.path(logName))
	}
}

// holding runs something that only one process at a time may run.
func holding(dir, name, what string, run func() error) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // PostgreSQL's own user must pass
		return fmt.Errorf("make the folder for the data: %w", err)
	}
	path := filepath.Join(dir, name)
	pid, err := takePIDFile(path)
	if errors.Is(err, errRuns) {
		return fmt.Errorf("%s runs already (process %s in %s); make down stops it", what, content(path), path)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pid.release()) }()
	return run()
}

func content(path string) string {
	pid, err := readPID(path)
	if err != nil {
		return "?"
	}
	return strconv.Itoa(pid)
}

// failure adds the end of the log to an error, unless the person ended it.
func failure(ctx context.Context, err error, log string) error {
	if ctx.Err() != nil {
		return errors.New("stopped")
	}
	if tail := logTail(log, tailLines); tail != "" {
		return fmt.Errorf("%w\nthe end of %s:\n%s", err, log, tail)
	}
	return err
}

// onlyThisKey revokes the keys that earlier starts made.
func (s *stack) onlyThisKey(ctx context.Context) error {
	_, err := s.world.Pool.Exec(ctx, `update api_key set revoked_at = now() where actor = 'dev-admin' and revoked_at is null and prefix <> $1`,
		s.world.API.Key[:12])
	if err != nil {
		return fmt.Errorf("revoke the keys of earlier starts: %w", err)
	}
	return nil
}

func (s *stack) introduce(out io.Writer) {
	sayf(out, `Maan runs. Ctrl-C stops it; the data stays in %[1]s.

  API          %[2]s  (contract: /openapi.yaml)
  Temporal UI  %[3]s
  Inbox        %[4]s  (mail and SMS go here and nowhere else)
  PostgreSQL   %[5]s
  Log          %[6]s
  Metrics      %[8]s

  . %[7]s && curl -s -H "Authorization: Bearer $MAAN_KEY" $MAAN_API/v1/policies
`, s.options.dir, s.world.API.Base, s.temporal.UIURL(), s.world.Providers.URL(), s.postgresWords(), s.path(logName), s.path(envName), s.metricsWords())
	if s.notice != "" {
		sayf(out, "\n%s\n", s.notice)
	}
}

// metricsWords are the addresses of the processes' metrics, one on a line.
func (s *stack) metricsWords() string { return strings.Join(s.world.Metrics(), "\n               ") }

// postgresWords names the private server; a given address may hold a password.
func (s *stack) postgresWords() string {
	if s.postgres == nil {
		return "the one of DATABASE_URL"
	}
	return s.url
}

// downCommand ends what up or demo left running.
func downCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Stop a stack or demo that runs",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return down(cmd.Context(), dir, cmd.OutOrStdout()) },
	}
	cmd.Flags().StringVar(&dir, "dir", ".maan", "directory of all data")
	return cmd
}

func down(ctx context.Context, dir string, out io.Writer) error {
	some := false
	for _, one := range []struct{ pid, env, what string }{
		{pidName, envName, "the development stack"},
		{demoPIDName, filepath.Join(demoDir, envName), "the demo"},
	} {
		ended, err := endByPIDFile(ctx, filepath.Join(dir, one.pid))
		if err != nil {
			return fmt.Errorf("stop %s: %w", one.what, err)
		}
		if err := removeStale(filepath.Join(dir, one.env)); err != nil {
			return err
		}
		if ended {
			some = true
			sayf(out, "Stopped %s.\n", one.what)
		}
	}
	if !some {
		sayf(out, "Nothing was running.\n")
	}
	return nil
}

// sayf writes to the person. One who does not listen any more is no reason to stop.
func sayf(out io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) }

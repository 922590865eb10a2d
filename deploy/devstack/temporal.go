package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"maan/deploy/devstack/temporalserver"
)

// addresses is the one line that `devstack temporal` prints when it is ready.
type addresses struct {
	Temporal string `json:"temporal"`
	UI       string `json:"ui"`
}

// temporalCommand runs the Temporal server until it is told to stop.
func temporalCommand() *cobra.Command {
	var (
		cfg           temporalserver.Config
		dieWithParent bool
	)
	cmd := &cobra.Command{
		Use:   "temporal",
		Short: "Run a Temporal server with its UI, keeping its data in one directory",
		Long: `Run a Temporal server with its UI on 127.0.0.1, keeping its data in one directory.
When it is ready it prints one line of JSON with the two addresses, then runs until SIGTERM or SIGINT.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if dieWithParent {
				var cancel context.CancelFunc
				ctx, cancel = withParent(ctx)
				defer cancel()
			}
			return runTemporal(ctx, cfg, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&cfg.Dir, "dir", ".maan/temporal", "directory of the SQLite file and the log")
	flags.IntVar(&cfg.Port, "port", 0, "gRPC port; 0 takes a free one")
	flags.IntVar(&cfg.UIPort, "ui-port", 0, "port of the web UI; 0 takes a free one")
	flags.StringVar(&cfg.LogLevel, "log-level", "error", "level of the log file: debug, info, warn or error")
	flags.BoolVar(&dieWithParent, "die-with-parent", false, "stop when the process that started this one ends")
	return cmd
}

func runTemporal(ctx context.Context, cfg temporalserver.Config, out io.Writer) error {
	server, err := temporalserver.Start(ctx, cfg)
	if err != nil {
		return err
	}
	line, err := json.Marshal(addresses{Temporal: server.Address(), UI: server.UIURL()})
	if err != nil {
		return fmt.Errorf("write the addresses: %w", err)
	}
	if _, err := fmt.Fprintln(out, string(line)); err != nil {
		return errors.Join(fmt.Errorf("write the addresses: %w", err), server.Stop())
	}
	<-ctx.Done()
	return server.Stop()
}

// Command devstack runs Maan with all that it needs on a developer's machine or in a test: PostgreSQL,
// a Temporal server with its UI and stand-ins for the providers. Everything listens on 127.0.0.1.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	os.Exit(run())
}

// run returns the exit code; the first SIGINT or SIGTERM ends the command's context.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := rootCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "devstack:", err)
		return 1
	}
	return 0
}

// rootCommand lists the subcommands; each has a file of its own.
func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "devstack",
		Short:         "Run Maan's development stack",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		upCommand(),
		downCommand(),
		demoCommand(),
		temporalCommand(),
	)
	return root
}

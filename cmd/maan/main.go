// Command maan runs the product: its worker, its API and its tools.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones, also where the machine has none

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := root().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "maan:", err)
		os.Exit(1)
	}
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "maan",
		Short: "Collect invoices: each one a durable workflow, from delivery to payment",
		Long: `Maan collects invoices. Each invoice is one durable Temporal workflow: the invoice
on delivery, a courtesy call, a reminder, a stricter one, sales, and at last an agency.

Settings come from the environment; see the table in the README.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.AddCommand(workerCmd(), apiCmd(), migrateCmd(), keyCmd(), policyCmd(), auditCmd(), reconcileCmd(), healthCmd(),
		bankCmd(), importCmd(), lawCmd(), referenceCmd(), einvoiceCmd(), messageCmd(), releaseCmd())
	return cmd
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"

	"github.com/caarlos0/env/v11"
	"github.com/spf13/cobra"

	"maan/internal/collection"
	"maan/internal/config"
	"maan/internal/dunning"
	"maan/internal/store"
	"maan/worker"
)

func workerCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "worker",
		Short: "Run workflows, activities and the outbox relay",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := opened(cmd.Context(), "worker")
			if err != nil {
				return err
			}
			defer a.store.Close()
			deps, err := a.deps()
			if err != nil {
				return err
			}
			defer deps.Temporal.Close()
			if os.Getenv("GOGC") == "" {
				debug.SetGCPercent(400) // it lives on some 30 MB: a larger heap costs little and saves a tenth of its work
			}
			if os.Getenv("GOMEMLIMIT") == "" {
				debug.SetMemoryLimit(200 << 20) // with many cases at work it lives on more, and then collects more often
			}
			if deps.Metrics, err = a.telemetry.Worker(); err != nil {
				return err
			}
			return a.telemetry.During(cmd.Context(), a.config.MetricsAddress, func(ctx context.Context) error { return worker.Run(ctx, deps) })
		},
	}
}

func migrateCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database up to date and publish the shipped policies",
		Long:  "Bring the database schema up to date and publish the shipped policies. Safe to run\nat every deployment and from several places at once; migrations only go forward.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(env.ToMap(os.Environ()))
			if err != nil {
				return err
			}
			if err := store.Migrate(cmd.Context(), c.DatabaseURL); err != nil {
				return err
			}
			a, err := open(cmd.Context())
			if err != nil {
				return err
			}
			defer a.store.Close()
			now, err := a.clock.Now(cmd.Context())
			if err != nil {
				return err
			}
			return collection.New(a.store, collection.Settings{}).PublishShipped(cmd.Context(), now)
		},
	}
}

func policyCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "Check, show, simulate and publish dunning policies"}
	cmd.AddCommand(
		&cobra.Command{
			Use: "check FILE", Short: "Say everything that is wrong with a policy file", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				source, err := os.ReadFile(args[0])
				if err != nil {
					return err
				}
				p, err := dunning.ParsePolicy(source)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %d steps, in order\n", p.ID, len(p.Steps))
				for _, country := range slices.Sorted(maps.Keys(p.ContactHours)) {
					fmt.Fprintf(cmd.OutOrStdout(), "contact hours, %s: %s\n", country, p.HoursIn(country))
				}
				return nil
			},
		},
		&cobra.Command{
			Use: "show NAME", Short: "Print a shipped policy: standard, key-accounts or manual", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				source, err := dunning.Shipped(args[0])
				if err == nil {
					_, err = cmd.OutOrStdout().Write(source)
				}
				return err
			},
		},
		&cobra.Command{
			Use: "publish FILE", Short: "Publish a policy file as a new version; open cases keep theirs", Args: cobra.ExactArgs(1),
			RunE: publish,
		},
		simulateCmd())
	return cmd
}

func publish(cmd *cobra.Command, args []string) error {
	source, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	a, err := open(cmd.Context())
	if err != nil {
		return err
	}
	defer a.store.Close()
	now, err := a.clock.Now(cmd.Context())
	if err != nil {
		return err
	}
	p, version, err := collection.New(a.store, collection.Settings{}).Publish(cmd.Context(), now, "command_line", source)
	if err == nil {
		fmt.Fprintf(cmd.OutOrStdout(), "%s version %d\n", p.ID, version)
	}
	return err
}

func auditCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "Check the append-only history"}
	cmd.AddCommand(&cobra.Command{
		Use:   "verify",
		Short: "Recompute the hash chain of every case and name the first broken line of each",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := open(cmd.Context())
			if err != nil {
				return err
			}
			defer a.store.Close()
			report, err := collection.New(a.store, collection.Settings{}).VerifyHistory(cmd.Context())
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d cases, %d lines\n", report.Cases, report.Lines)
			for _, b := range report.Broken {
				fmt.Fprintf(cmd.OutOrStdout(), "case %s: line %d does not follow from the one before\n", b.InvoiceID, b.Seq)
			}
			if len(report.Broken) > 0 {
				return errors.New("the history was changed")
			}
			return nil
		},
	})
	return cmd
}

func reconcileCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "reconcile",
		Short: "Compare open invoices with running workflows now, and start or tell what is missing",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := open(cmd.Context())
			if err != nil {
				return err
			}
			defer a.store.Close()
			deps, err := a.deps()
			if err != nil {
				return err
			}
			defer deps.Temporal.Close()
			k := &worker.Keeper{Cases: worker.Cases(deps), Clock: a.clock, Temporal: deps.Temporal, Logger: a.logger}
			report, err := k.Reconcile(cmd.Context())
			if err != nil {
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(report)
		},
	}
}

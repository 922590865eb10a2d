package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"maan/internal/calendar"
	"maan/internal/devstack/demo"
)

// demoDir is the demo's own directory: it disturbs no data of `up`.
const demoDir = "demo"

// demoDatabase is dropped and made anew by each demo.
const demoDatabase = "maan_demo"

// demoCommand performs the demo's play.
func demoCommand() *cobra.Command {
	var (
		dir, binary, from string
		once              bool
	)
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Take sample invoices through their ladders",
		Long: `Start a stack of its own, send in fourteen invoices and take each to its own end by moving
the world's clock: two months in well under a minute. Then it stays up, to be looked at,
until Ctrl-C. With --once it stops everything and succeeds only if every invoice ended
as it must. With DATABASE_URL it uses a database maan_demo on that server.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var first calendar.Date
			if from != "" {
				var err error
				if first, err = calendar.ParseDate(from); err != nil {
					return fmt.Errorf("--from: %w", err)
				}
			}
			return runDemo(cmd.Context(), stackOptions{dir: dir, binary: binary}, first, once, cmd.OutOrStdout())
		},
	}
	stackFlags(cmd, &dir, &binary)
	cmd.Flags().BoolVar(&once, "once", false, "stop when all invoices have their ends")
	cmd.Flags().StringVar(&from, "from", "", "day on which the world's clock begins, as 2027-03-22; empty is today")
	return cmd
}

func runDemo(ctx context.Context, o stackOptions, from calendar.Date, once bool, out io.Writer) error {
	return holding(o.dir, demoPIDName, "the demo", func() (err error) {
		began := time.Now()
		sayf(out, "Starting PostgreSQL, Temporal, the provider sandbox, the API and a worker ...\n")
		own := filepath.Join(o.dir, demoDir)
		s, err := startStack(ctx, stackOptions{dir: own, binary: o.binary, database: demoDatabase, fresh: true})
		if err != nil {
			return failure(ctx, err, filepath.Join(own, logName))
		}
		defer func() { err = errors.Join(err, removeStale(s.path(envName)), s.close()) }()
		sayf(out, "They run, after %s. Two months of collecting follow.\n\n", time.Since(began).Round(100*time.Millisecond))
		report, err := s.perform(ctx, from, out)
		if err != nil {
			return failure(ctx, err, s.path(logName))
		}
		if !once {
			s.invite(out, report)
			return s.stay(ctx, out, "\nStopping.")
		}
		if !report.OK() {
			return failure(ctx, errors.New("not every invoice ended as expected"), s.path(logName))
		}
		return nil
	})
}

// perform plays the demo, shows it and sums it up.
func (s *stack) perform(ctx context.Context, from calendar.Date, out io.Writer) (*demo.Report, error) {
	began := time.Now()
	board := newBoard(out)
	report, err := demo.New(s.world, from, board.show).Run(ctx)
	board.done()
	if err != nil {
		return nil, err
	}
	summarise(out, report, time.Since(began))
	return report, nil
}

// invite says where to look now.
func (s *stack) invite(out io.Writer, r *demo.Report) {
	sayf(out, `
It stays up until Ctrl-C. Look at:

  Inbox        %s
  Temporal UI  %s
  Metrics      %s
`, s.world.Providers.URL(), s.temporal.UIURL(), s.metricsWords())
	if e := longest(r); e != nil {
		sayf(out, "  Its story    %s/namespaces/default/workflows/%s/%s/timeline\n               (invoice %s: %s)\n",
			s.temporal.UIURL(), e.WorkflowID, e.RunID, e.Number, e.Title)
		sayf(out, "  Why          . %s && curl -s -H \"Authorization: Bearer $MAAN_KEY\" $MAAN_API/v1/invoices/%s/why\n", s.path(envName), e.InvoiceID)
	}
	if s.notice != "" {
		sayf(out, "\n%s\n", s.notice)
	}
}

// longest is the story that shows most: the one that came back from the agency.
func longest(r *demo.Report) *demo.Ending {
	for i := range r.Endings {
		if r.Endings[i].Steps >= 8 && r.Endings[i].Outcome == "paid" {
			return &r.Endings[i]
		}
	}
	if len(r.Endings) == 0 {
		return nil
	}
	return &r.Endings[0]
}

// isTerminal reports whether a person watches.
func isTerminal(out io.Writer) (*os.File, bool) {
	f, ok := out.(*os.File)
	return f, ok && terminal(f)
}

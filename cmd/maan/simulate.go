package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"maan/internal/dunning"
	"maan/internal/simulation"
)

const simulateHelp = `Take past invoices, with their disputes and payments, up a policy with the function of
the live run, and say what would have been sent and called, and what was paid before it.
No database is needed and nothing is sent.

The history is a CSV file with a header, of at most 100,000 rows and 32 MiB, with commas
or semicolons. Its own form has these columns, in any order:

  invoice      number of the invoice, once in the file
  customer     a key of the customer
  country      of the customer, two letters: NL
  issue_date   2026-11-23; all dates have this form
  due_date
  amount       1210.00
  kind         business, sole_trader, consumer, public_body or unknown; without it: business
  currency     without it: EUR
  disputed_on  the day a dispute opened; may be empty, as the two after it
  resolved_on  the day it ended
  paid_on      the day of the whole payment

The last five columns may be left out. The IBM late-payment-histories sample is read as
it is. Rows with a fault are left out and named on standard error; the others are used.`

// simulateFlags are what the command is told.
type simulateFlags struct {
	policy, against, history, out, svg string
	asJSON                             bool
	options                            simulation.Options
	weeklyContacts                     int
}

func simulateCmd() *cobra.Command {
	var f simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Say what a policy would have done about past invoices",
		Long:  simulateHelp,
		Example: "  maan policy simulate --policy standard --history invoices.csv\n" +
			"  maan policy simulate --policy mine.yaml --against standard --history invoices.csv --out steps.csv --svg steps.svg",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return simulate(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.policy, "policy", "", "a policy file, or the name of a shipped one: standard, key-accounts, manual")
	flags.StringVar(&f.against, "against", "", "another policy to compare with, named in the same way")
	flags.StringVar(&f.history, "history", "", "CSV file of past invoices")
	flags.StringVar(&f.out, "out", "", "write every step to this CSV file; with --against a column says what differs")
	flags.StringVar(&f.svg, "svg", "", "draw how often each step was done into this SVG file")
	flags.BoolVar(&f.asJSON, "json", false, "print the report as JSON")
	flags.Uint64Var(&f.options.Seed, "seed", 1, "draws the days of disputes that have none")
	flags.StringVar(&f.options.Zone, "zone", "Europe/Amsterdam", "time zone of customers in other countries than NL, BE, FR, DE and GB")
	flags.IntVar(&f.weeklyContacts, "weekly-contacts", dunning.StandardWeeklyCap, "dunning contacts that a customer may get in any 7 days; 0: no cap")
	for _, name := range []string{"policy", "history"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flag stands a few lines above
		}
	}
	return cmd
}

func simulate(cmd *cobra.Command, f simulateFlags) error {
	if f.weeklyContacts < 0 || f.weeklyContacts > 7 {
		return errors.New("--weekly-contacts is 0 to 7; 0 is no cap")
	}
	f.options.WeeklyContacts = &f.weeklyContacts
	study, err := f.study()
	if err != nil {
		return err
	}
	for _, fault := range study.Report.Faults {
		fmt.Fprintln(cmd.ErrOrStderr(), "left out:", fault)
	}
	if err := f.print(cmd.OutOrStdout(), study); err != nil {
		return err
	}
	if err := errors.Join(writeFile(f.out, study.WriteCSV), writeFile(f.svg, study.WriteSVG)); err != nil {
		return err
	}
	if study.Report.Broken.Any() || (study.Against != nil && study.Against.Broken.Any()) {
		return errors.New("a contact broke a rule that must hold: please report it with the policy")
	}
	return nil
}

func (f *simulateFlags) study() (*simulation.Study, error) {
	policy, err := readPolicy(f.policy)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(f.history)
	if err != nil {
		return nil, err
	}
	history, err := simulation.ReadHistory(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", f.history, err)
	}
	report, err := simulation.Run(policy, history, f.options)
	if err != nil || f.against == "" {
		return simulation.NewStudy(report, nil), err
	}
	policy, err = readPolicy(f.against)
	if err != nil {
		return nil, err
	}
	against, err := simulation.Run(policy, history, f.options)
	if err != nil {
		return nil, err
	}
	return simulation.NewStudy(report, against), nil
}

// readPolicy takes a shipped policy's name before a file's.
func readPolicy(name string) (*dunning.Policy, error) {
	source, err := dunning.Shipped(name)
	if err != nil {
		if source, err = os.ReadFile(name); err != nil {
			return nil, fmt.Errorf("%w; the shipped policies are standard, key-accounts and manual", err)
		}
	}
	return dunning.ParsePolicy(source)
}

func (f *simulateFlags) print(w io.Writer, study *simulation.Study) error {
	if !f.asJSON {
		return study.WriteTable(w)
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(study)
}

// writeFile writes what is asked for; an empty path asks for nothing.
func writeFile(path string, write func(io.Writer) error) error {
	if path == "" {
		return nil
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o600)
}

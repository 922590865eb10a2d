package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"maan/internal/law"
)

func lawCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "law",
		Short: "Compute late-payment interest and costs, and list the legal rates",
		Long: `Compute what the law of a country lets a creditor claim, and show how it comes about.
These commands need no database and no settings. They are no legal advice.

Rates are dated rows that come with the product. A half-year that is not among them yet is
computed with the last known rate and a warning; give the new row in a file with --rates:

  regime,valid_from,valid_until,rate,status,source
  NL_6_119a,2027-01-01,,10.65,official,Staatscourant of 18 December 2026`,
	}
	cmd.AddCommand(interestCmd(), costsCmd(), ratesCmd())
	return cmd
}

func interestCmd() *cobra.Command {
	var (
		f     interestFlags
		rates string
	)
	cmd := &cobra.Command{
		Use:   "interest",
		Short: "Interest on one invoice, with its segments and the law article",
		Long: `Interest on one invoice, from the day after the last day to pay up to and including --until.

The country is that of the law that governs: the contract's, else the creditor's; consumers
keep their own. --due is the date that both sides agreed to. A date that only the invoice names
is given with --due, --not-agreed and --received: most laws then give 30 days from receipt.
A debtor of unknown kind and a sole trader owe nothing here, since they may be consumers.`,
		Example: `  # a Dutch business, across a change of rates
  maan law interest --country NL --kind business --amount 12100.00 --due 2026-05-31 --until 2026-08-15

  # with a payment, which pays the principal first
  maan law interest --country NL --kind business --amount 10000 --due 2026-04-30 --until 2026-09-03 --payment 2026-07-01=4000.00

  # a German business that agreed to no due date
  maan law interest --country DE --kind business --amount 1190 --due 2026-06-15 --not-agreed --received 2026-06-02 --until 2026-08-31

  # the rate of a contract; French law lifts it to three times the legal rate
  maan law interest --country FR --kind business --amount 5000 --due 2026-01-31 --until 2026-03-31 --rate 6.5`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			table, tableErr := rateTable(rates)
			claim, err := f.claim()
			if err := errors.Join(tableErr, err); err != nil {
				return err
			}
			out, err := law.Interest(table, claim)
			if err != nil {
				return err
			}
			return show(cmd.OutOrStdout(), f.json, out, func(w io.Writer) { printInterest(w, claim, out) })
		},
	}
	f.register(cmd.Flags())
	cmd.Flags().StringVar(&rates, "rates", "", "CSV `FILE` with rates to add to the shipped ones")
	return cmd
}

// costsAnswer is what the costs command prints as JSON.
type costsAnswer struct {
	FixedSum        law.Costs `json:"fixed_sum"`
	CollectionCosts law.Costs `json:"collection_costs"`
}

func costsCmd() *cobra.Command {
	var f costsFlags
	cmd := &cobra.Command{
		Use:   "costs",
		Short: "Fixed sum and collection costs of one letter, with their slices and the law article",
		Long: `The fixed sum of EUR 40 for each invoice, and the collection costs that the law sets by the
principal. Give --amount once for each invoice of the letter: Dutch costs are computed once over
their sum. --due is the latest due date among them.

VAT raises Dutch costs only where the creditor cannot deduct it and the letter states both that
and the raise: give --vat-not-deductible and --vat-stated with --vat.`,
		Example: `  # three Dutch invoices in one letter: 67.50, not three times 40
  maan law costs --country NL --kind business --amount 100 --amount 150 --amount 200 --due 2026-05-31 --until 2026-08-15

  # with VAT
  maan law costs --country NL --kind business --amount 2500 --due 2026-05-31 --until 2026-08-15 --vat 21 --vat-not-deductible --vat-stated

  # a Dutch consumer, after the 14-day letter
  maan law costs --country NL --kind consumer --amount 300 --due 2026-05-31 --until 2026-07-01 --consumer-pack --notice-end 2026-06-22`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			letter, err := f.letter()
			if err != nil {
				return err
			}
			fixed, err := law.FixedSum(letter)
			if err != nil {
				return err
			}
			collection, err := law.CollectionCosts(letter)
			if err != nil {
				return err
			}
			return show(cmd.OutOrStdout(), f.json, costsAnswer{fixed, collection}, func(w io.Writer) { printCosts(w, letter, fixed, collection) })
		},
	}
	f.register(cmd.Flags())
	return cmd
}

func ratesCmd() *cobra.Command {
	var country, rates string
	cmd := &cobra.Command{
		Use:   "rates",
		Short: "List the legal rates, with where each was published or how it was derived",
		Example: `  maan law rates --country NL
  maan law rates --rates new-rates.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			table, tableErr := rateTable(rates)
			in := &input{}
			code := ""
			if country != "" {
				code = in.country(country)
			}
			if err := errors.Join(append(in.faults, tableErr)...); err != nil {
				return err
			}
			rows := table.Rows()
			if code != "" {
				rows = table.RowsFor(code)
			}
			if len(rows) == 0 {
				return fmt.Errorf("--country %s: the table has no rates for it, so nothing is claimed there", code)
			}
			printRates(cmd.OutOrStdout(), table, rows)
			return nil
		},
	}
	cmd.Flags().StringVar(&country, "country", "", "only the rates of a `COUNTRY`, two letters")
	cmd.Flags().StringVar(&rates, "rates", "", "CSV `FILE` with rates to add to the shipped ones")
	return cmd
}

// rateTable is the shipped table with the rows of a file, where one is named.
func rateTable(file string) (*law.Table, error) {
	if file == "" {
		return law.Shipped(), nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("--rates: %w", err)
	}
	rows, err := law.ParseRows(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("--rates %s:\n%w", file, err)
	}
	table, err := law.Shipped().With(rows...)
	if err != nil {
		return nil, fmt.Errorf("--rates %s:\n%w", file, err)
	}
	return table, nil
}

// show prints the answer as JSON or as a table for people.
func show(w io.Writer, asJSON bool, answer any, table func(io.Writer)) error {
	if !asJSON {
		table(w)
		return nil
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(answer)
}

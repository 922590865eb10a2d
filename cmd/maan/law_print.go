package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"maan/internal/law"
)

// table prints what rows writes, in aligned columns.
func table(w io.Writer, rows func(w io.Writer)) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	rows(t)
	_ = t.Flush() // like every other print to the terminal
}

func printInterest(w io.Writer, c law.Claim, out law.Computation) {
	fmt.Fprintf(w, "Interest on %s (debtor: %s, law: %s)\n\n", c.Principal, c.Debtor, c.Country)
	if len(out.Segments) > 0 {
		table(w, func(w io.Writer) {
			fmt.Fprintln(w, "from\tto\tdays\trate\ton\tinterest")
			for _, s := range out.Segments {
				fmt.Fprintf(w, "%s\t%s\t%d of %d\t%s %%\t%s\t%s\n", s.From, s.To, s.Days, s.YearDays, s.Rate, s.Base, s.Amount)
			}
		})
		fmt.Fprintln(w)
	}
	table(w, func(w io.Writer) {
		fmt.Fprintf(w, "total\t%s\n", out.Total)
		printReason(w, out.Reason)
		if out.Law != "" {
			fmt.Fprintf(w, "law\t%s (%s)\n", out.Law, out.Regime)
			fmt.Fprintf(w, "rate\t%s, compounding %s\n", out.RateBasis, out.Compounding)
		}
		if !out.FirstInterestDay.IsZero() {
			fmt.Fprintf(w, "days\t%s, from %s up to and including %s\n", out.Convention, out.FirstInterestDay, out.Until)
		}
		fmt.Fprintf(w, "rate table\t%s\n", out.RateTableVersion)
		printWarnings(w, out.Warnings)
	})
}

func printCosts(w io.Writer, l law.Letter, all ...law.Costs) {
	fmt.Fprintf(w, "Costs over %s (invoices: %d, debtor: %s, law: %s)\n", all[0].Base, all[0].Count, l.Debtor, l.Country)
	for _, c := range all {
		fmt.Fprintf(w, "\n%s\n", titles[c.Kind])
		if len(c.Slices) > 0 {
			table(w, func(w io.Writer) {
				fmt.Fprintln(w, "above\ton\trate\tcosts")
				for _, s := range c.Slices {
					rate := "fixed"
					if s.Rate != nil {
						rate = s.Rate.String() + " %"
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Over, s.Base, rate, s.Amount)
				}
			})
			fmt.Fprintln(w)
		}
		table(w, func(w io.Writer) { printCostTotal(w, c) })
	}
}

var titles = map[law.CostKind]string{
	law.CostEUR40: "Fixed sum", law.CostWIK: "Collection costs", law.CostXIX4: "Collection costs: the most a clause may ask",
	law.CostActual: "Collection costs",
}

func printCostTotal(w io.Writer, c law.Costs) {
	if c.Minimum {
		fmt.Fprintf(w, "minimum\t%s\n", c.Amount)
	}
	if !c.VAT.IsZero() {
		fmt.Fprintf(w, "VAT\t%s\n", c.VAT)
	}
	fmt.Fprintf(w, "total\t%s\n", c.Total)
	printReason(w, c.Reason)
	if c.PartOfHigherCosts {
		fmt.Fprintln(w, "note\tset off against higher collection costs: the creditor gets the higher of the two")
	}
	if c.Law != "" {
		fmt.Fprintf(w, "law\t%s\n", c.Law)
	}
	printWarnings(w, c.Warnings)
}

func printRates(w io.Writer, t *law.Table, rows []law.Row) {
	table(w, func(w io.Writer) {
		fmt.Fprintln(w, "regime\tfrom\tuntil\trate\tstatus\tsource")
		for _, r := range rows {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s %%\t%s\t%s\n", r.Regime, r.ValidFrom, r.ValidUntil, r.Rate, r.Status, r.Source)
		}
	})
	fmt.Fprintf(w, "\nrate table %s\n", t.Version())
}

func printReason(w io.Writer, r law.Reason) {
	if r != "" {
		fmt.Fprintf(w, "why\t%s: %s\n", r, r.Explanation())
	}
}

func printWarnings(w io.Writer, all []law.Warning) {
	for _, each := range all {
		fmt.Fprintf(w, "warning\t%s: %s\n", each, each.Text)
	}
}

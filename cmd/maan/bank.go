package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"

	"github.com/spf13/cobra"

	"maan/internal/bankstatement"
	"maan/internal/cash"
	"maan/internal/imports"
)

func bankCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "bank", Short: "Read and import bank statements"}
	var asJSON bool
	read := &cobra.Command{
		Use:   "read FILE",
		Short: "Read a bank statement (CAMT.053) and print it, or say everything that is wrong with it",
		Long: `Read a bank statement, CAMT.053 version 001.02, .03, .04 or .08, and print account, period,
balances, whether they fit, and each entry. Nothing is stored. A file that is refused prints
each fault with its line, and ends with 1. FILE - is the standard input.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			doc, err := readStatement(cmd, args[0])
			if err != nil {
				return err
			}
			if !asJSON {
				return bankstatement.Print(cmd.OutOrStdout(), doc)
			}
			out := json.NewEncoder(cmd.OutOrStdout())
			out.SetIndent("", "  ")
			return out.Encode(doc)
		},
	}
	read.Flags().BoolVar(&asJSON, "json", false, "print everything that was read, as JSON")
	cmd.AddCommand(read, bankImportCmd())
	return cmd
}

func bankImportCmd() *cobra.Command {
	f, faults, confirm := imports.File{Kind: imports.KindBankStatement, Options: map[string]string{}}, "", false
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Import a bank statement: what is certain is booked, the rest is proposed to a person",
		Long: `Import a bank statement, CAMT.053. What a payment is for is found by its reference, by
invoice numbers or by the payer's account, in this order of trust; what is not certain waits
for a person under /v1/bank-entries?status=proposed. The same file, and the same movement in
another file, counts once. A statement of another account, or one that does not add up, is
refused. With --dry-run nothing is booked. It needs only DATABASE_URL.`,
		Example: "  maan bank import monday.xml --creditor acme --dry-run\n  maan bank import monday.xml --creditor acme",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if f.Content, err = readBounded(cmd, args[0]); err != nil {
				return err
			}
			f.Name = filepath.Base(args[0])
			if confirm {
				f.Options[cash.OptionConfirmUnbalanced] = "true"
			}
			a, err := open(cmd.Context())
			if err != nil {
				return err
			}
			defer a.store.Close()
			return takeFile(cmd, a, f, faults)
		},
	}
	cmd.Flags().StringVar(&f.CreditorID, "creditor", "", "whose account it is")
	cmd.Flags().BoolVar(&f.DryRun, "dry-run", false, "only say what would happen")
	cmd.Flags().BoolVar(&confirm, "confirm-unbalanced", false, "book from a statement although it does not add up")
	cmd.Flags().StringVar(&faults, "faults", "", "write all faults to this CSV file")
	_ = cmd.MarkFlagRequired("creditor") // fails only for a flag that is not there
	return cmd
}

// readStatement reads a file that bank import would take too.
func readStatement(cmd *cobra.Command, name string) (*bankstatement.Document, error) {
	content, err := readBounded(cmd, name)
	if err != nil {
		return nil, err
	}
	return bankstatement.Read(bytes.NewReader(content), bankstatement.Options{MaxBytes: imports.MaxSize})
}

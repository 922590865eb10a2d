package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"maan/internal/bankstatement"
)

func bankCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "bank", Short: "Read bank statements"}
	var asJSON bool
	read := &cobra.Command{
		Use:   "read FILE",
		Short: "Read a bank statement (CAMT.053) and print it, or say everything that is wrong with it",
		Long: `Read a bank statement, CAMT.053 version 001.02, .03, .04 or .08, and print account, period,
balances, whether they fit, and each entry. Nothing is stored. A file that is refused prints
each fault with its line, and ends with 1. FILE - is the standard input.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			doc, err := readStatement(cmd.InOrStdin(), args[0])
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
	cmd.AddCommand(read)
	return cmd
}

// readStatement reads a file, or the standard input for "-".
func readStatement(stdin io.Reader, name string) (*bankstatement.Document, error) {
	if name == "-" {
		return bankstatement.Read(stdin, bankstatement.Options{})
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	doc, err := bankstatement.Read(f, bankstatement.Options{})
	return doc, errors.Join(err, f.Close())
}

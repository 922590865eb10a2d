package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"maan/internal/einvoice"
)

func einvoiceCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "einvoice", Short: "Look into e-invoices"}
	var asJSON bool
	read := &cobra.Command{
		Use:   "read FILE...",
		Short: "Show what is understood of Peppol invoices and credit notes, or everything that is wrong with them",
		Long: `Read Peppol BIS Billing 3.0 invoices and credit notes (UBL 2.1), as the API does, and show what
is understood: numbers, dates, parties, amounts, how to pay, delivery, and whether the invoice may
be chased. Nothing is stored, and neither database nor settings are needed.

A file may be a folder, for all its .xml files, or - for the standard input. Each document is
accepted or refused by itself. A refused one shows every fault with its place and remedy; an
accepted one may have warnings, which deserve a look. The exit code is 1 if any was refused or
could not be read.

With --json each document is one object on a line of its own. Amounts there are in minor units:
{"minor": 121000, "currency": "EUR"} is 1210.00 euro.`,
		Example: "  maan einvoice read invoice.xml\n" +
			"  maan einvoice read inbox/ corrections/creditnote.xml\n" +
			"  maan einvoice read --json inbox/ | jq -r 'select(.accepted | not) | .file'\n" +
			"  curl -s https://example.com/invoice.xml | maan einvoice read -",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := &einvoiceReader{in: cmd.InOrStdin(), out: cmd.OutOrStdout(), asJSON: asJSON}
			return r.readAll(args)
		},
	}
	read.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line for each document")
	cmd.AddCommand(read)
	return cmd
}

// einvoiceAnswer is what is printed of one document.
type einvoiceAnswer struct {
	File     string             `json:"file"`
	Accepted bool               `json:"accepted"`
	Document *einvoice.Document `json:"document,omitempty"`
	Findings []einvoice.Finding `json:"findings,omitempty"`
	// Error says why the file could not be read at all.
	Error string `json:"error,omitzero"`
}

// einvoiceReader reads one document after the other: a bad one stops no other.
type einvoiceReader struct {
	in            io.Reader
	out           io.Writer
	asJSON        bool
	total, failed int
}

func (r *einvoiceReader) readAll(args []string) error {
	for _, arg := range args {
		files, err := einvoiceFiles(arg)
		if err != nil {
			if err := r.tell(einvoiceAnswer{File: arg, Error: err.Error()}); err != nil {
				return err
			}
		}
		for _, file := range files {
			if err := r.tell(r.read(file)); err != nil {
				return err
			}
		}
	}
	if r.failed > 0 {
		return fmt.Errorf("%d of %d documents refused or not readable", r.failed, r.total)
	}
	return nil
}

func (r *einvoiceReader) read(file string) einvoiceAnswer {
	a := einvoiceAnswer{File: file}
	in := r.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			a.Error = err.Error()
			return a
		}
		defer func() { _ = f.Close() }() // it was only read
		in = f
	}
	var err error
	if a.Document, a.Findings, err = einvoice.Read(in, einvoice.DefaultLimits); err != nil {
		a.Error = err.Error()
	}
	a.Accepted = a.Document != nil
	return a
}

// tell prints what was read; the error is that of the output.
func (r *einvoiceReader) tell(a einvoiceAnswer) error {
	r.total++
	if !a.Accepted {
		r.failed++
	}
	if r.asJSON {
		return json.NewEncoder(r.out).Encode(a)
	}
	_, err := io.WriteString(r.out, einvoiceText(a))
	return err
}

// einvoiceFiles are the files that an argument stands for, a folder's in the
// order of their names.
func einvoiceFiles(arg string) ([]string, error) {
	if arg == "-" {
		return []string{arg}, nil
	}
	info, err := os.Stat(arg)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{arg}, nil
	}
	entries, err := os.ReadDir(arg)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() && strings.EqualFold(filepath.Ext(e.Name()), ".xml") {
			files = append(files, filepath.Join(arg, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, errors.New("the folder holds no .xml file; name the files, or the folder that holds them")
	}
	return files, nil
}

func einvoiceText(a einvoiceAnswer) string {
	if a.Error != "" {
		return fmt.Sprintf("%s: not readable: %s\n", a.File, a.Error)
	}
	var b strings.Builder
	outcome := "refused"
	var rows []row
	if a.Accepted {
		outcome, rows = "accepted", einvoiceRows(a.Document)
	}
	fmt.Fprintf(&b, "%s: %s\n", a.File, outcome)
	for _, f := range a.Findings {
		rows = append(rows, row{string(f.Severity), f.Path}, row{"", string(f.Code) + ": " + f.Message})
	}
	for _, r := range rows {
		fmt.Fprintf(&b, "  %-11s %s\n", r.label, r.text)
	}
	return b.String()
}

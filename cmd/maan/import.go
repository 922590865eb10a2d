package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"maan/internal/imports"
	"maan/internal/intake"
)

// importFlags are what the imports have in common.
type importFlags struct {
	file    imports.File
	faults  string
	mapping string
	options map[string]*string // by the name of the option, as in the API
}

func importCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Take in files: invoices in bulk, an ERP's open items",
		Long: `Take in files of many facts. The file is kept, and the worker takes it in; this command
waits and shows how far it is. With --dry-run it runs here, and nothing is written but what
would have been. It needs only DATABASE_URL. Any fault in the file ends with 1.

docs/imports.md has the formats, the counts and the faults.`,
	}
	cmd.AddCommand(importInvoicesCmd(), importOpenItemsCmd())
	return cmd
}

func importInvoicesCmd() *cobra.Command {
	f := &importFlags{}
	cmd := &cobra.Command{
		Use:   "invoices FILE|FOLDER",
		Short: "Start the invoices of a CSV file, or of a ZIP or folder of UBL e-invoices",
		Example: "  maan import invoices may.csv --creditor acme --dry-run\n" +
			"  maan import invoices open-at-go-live.csv --creditor acme --quiet-until 2026-12-18 --faults bad.csv\n" +
			"  maan import invoices ./outbox --creditor acme",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			content, err := invoicesContent(cmd, args[0])
			if err != nil {
				return err
			}
			return f.take(cmd, imports.KindInvoices, filepath.Base(args[0]), content)
		},
	}
	f.add(cmd)
	f.option(cmd, "quiet_until", "nothing about these invoices leaves up to this day, such as 2026-12-18")
	return cmd
}

func importOpenItemsCmd() *cobra.Command {
	f := &importFlags{}
	cmd := &cobra.Command{
		Use:   "open-items FILE...",
		Short: "Make the product what the ERP's list of open items says",
		Long: `Make the product what the ERP's list of open items says: new invoices start, due dates and
open amounts follow, and what has left a complete list is settled. A list that is not known
to be complete only adds. Several files are one list.`,
		Example: "  maan import open-items items.csv --creditor acme --as-of 2026-11-27 --dry-run\n" +
			"  maan import open-items customers.csv invoices.csv credit-notes.csv cash.csv --creditor acme --as-of 2026-11-27",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			content, err := openItemsContent(cmd, args)
			if err != nil {
				return err
			}
			return f.take(cmd, imports.KindOpenItems, filepath.Base(args[0]), content)
		},
	}
	f.add(cmd)
	f.option(cmd, "rows", "how many rows each file has, as the ERP counted them")
	f.option(cmd, "type", "what rows without a type are: customer, contact, invoice, credit_note or cash")
	f.option(cmd, "flat", "true: each row is an invoice with its customer's data")
	f.option(cmd, "max_closed_share", "percent of the open invoices that may close at once (30)")
	f.option(cmd, "confirm", "true: the list is whole, however many close")
	return cmd
}

// add adds the flags of both imports.
func (f *importFlags) add(cmd *cobra.Command) {
	f.options = map[string]*string{}
	cmd.Flags().StringVar(&f.file.CreditorID, "creditor", "", "whose file it is")
	cmd.Flags().BoolVar(&f.file.DryRun, "dry-run", false, "only say what would happen")
	cmd.Flags().StringVar(&f.faults, "faults", "", "write all faults to this CSV file")
	cmd.Flags().StringVar(&f.mapping, "mapping", "", "JSON or YAML file that says what the columns are (docs/imports.md)")
	f.option(cmd, "as_of", "the day of the file, such as 2026-11-27")
	f.option(cmd, "date_format", "yyyy-mm-dd, dd-mm-yyyy, dd/mm/yyyy, dd.mm.yyyy or mm/dd/yyyy; else told from the file")
	f.option(cmd, "decimals", "comma or dot; else told from the file")
	f.option(cmd, "currency", "where the file has no column for it")
	f.option(cmd, "delimiter", "comma, semicolon, tab or pipe; else told from the file")
	f.option(cmd, "encoding", "utf-8, utf-16le, utf-16be or windows-1252; else told from the file")
	_ = cmd.MarkFlagRequired("creditor") // fails only for a flag that is not there
}

func (f *importFlags) option(cmd *cobra.Command, name, usage string) {
	f.options[name] = cmd.Flags().String(strings.ReplaceAll(name, "_", "-"), "", usage)
}

func (f *importFlags) take(cmd *cobra.Command, kind, name string, content []byte) error {
	f.file.Kind, f.file.Name, f.file.Content, f.file.Options = kind, name, content, map[string]string{}
	for option, value := range f.options {
		if *value != "" {
			f.file.Options[option] = *value
		}
	}
	if f.mapping != "" {
		text, err := os.ReadFile(f.mapping)
		if err != nil {
			return err
		}
		f.file.Options["mapping"] = string(text)
	}
	a, err := open(cmd.Context())
	if err != nil {
		return err
	}
	defer a.store.Close()
	return takeFile(cmd, a, f.file, f.faults)
}

// invoicesContent reads a file, or packs the e-invoices of a folder.
func invoicesContent(cmd *cobra.Command, name string) ([]byte, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return packFolder(name)
	}
	return readBounded(cmd, name)
}

// readBounded reads a file, or the standard input for "-", as far as an import may be large.
func readBounded(cmd *cobra.Command, name string) (content []byte, err error) {
	in := cmd.InOrStdin()
	if name != "-" {
		file, failed := os.Open(name)
		if failed != nil {
			return nil, failed
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		in = file
	}
	content, err = io.ReadAll(io.LimitReader(in, imports.MaxSize+1))
	if err == nil && len(content) > imports.MaxSize {
		err = fmt.Errorf("%s: at most %d MiB are taken at a time; split the file", name, imports.MaxSize>>20)
	}
	return content, err
}

// openItemsContent is one file as it is, or several packed together.
func openItemsContent(cmd *cobra.Command, names []string) ([]byte, error) {
	if len(names) == 1 {
		return readBounded(cmd, names[0])
	}
	p := newPacker()
	for _, name := range names {
		content, err := readBounded(cmd, name)
		if err != nil {
			return nil, err
		}
		if err := p.add(filepath.Base(name), content); err != nil {
			return nil, err
		}
	}
	return p.end()
}

// packFolder packs the e-invoices of a folder and those below it. Links are left out.
func packFolder(name string) (content []byte, err error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	p, limits, files := newPacker(), intake.DefaultUBLLimits, 0
	err = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.EqualFold(filepath.Ext(path), ".xml") {
			return err
		}
		if files++; files > limits.MaxEntries {
			return fmt.Errorf("%s: there are more than %d files; take them in several parts", name, limits.MaxEntries)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Size() > limits.MaxFile {
			return fmt.Errorf("%s: larger than %d MiB", path, limits.MaxFile>>20)
		}
		text, err := fs.ReadFile(root.FS(), path)
		if err != nil {
			return err
		}
		return p.add(path, text)
	})
	if err != nil {
		return nil, err
	}
	if files == 0 {
		return nil, fmt.Errorf("%s: no file ends in .xml", name)
	}
	return p.end()
}

// packer packs files into an archive in memory.
type packer struct {
	out     bytes.Buffer
	archive *zip.Writer
}

func newPacker() *packer {
	p := &packer{}
	p.archive = zip.NewWriter(&p.out)
	return p
}

func (p *packer) add(name string, content []byte) error {
	w, err := p.archive.Create(filepath.ToSlash(name))
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	if p.out.Len() > imports.MaxSize {
		return fmt.Errorf("the files are larger than %d MiB together, packed; take them in several parts", imports.MaxSize>>20)
	}
	return nil
}

func (p *packer) end() ([]byte, error) {
	err := p.archive.Close()
	if err == nil && p.out.Len() > imports.MaxSize {
		err = fmt.Errorf("the files are larger than %d MiB together, packed; take them in several parts", imports.MaxSize>>20)
	}
	return p.out.Bytes(), err
}

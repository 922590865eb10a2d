package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"maan/api"
	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
)

const releaseHelp = `A creditor in mode approve writes to no customer until a person has looked at the day's
batch and let it go. Call tasks, mails to colleagues and approvals need no release.

  maan release list acme                     what waits today, in words
  maan release list acme --csv > list.csv    the same for a spreadsheet
  maan release approve acme --dry-run        what would go
  maan release approve acme --list list.csv  let go what stood on that list, unless it changed since
  maan release approve acme --except 2026-001 --reason talks

What is not released by the end of the day's hours waits for the next day's list. What is
paid, disputed, held or not to be chased does not stand on the list at all.`

func releaseCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "release", Short: "Look at the day's batch of a creditor in mode approve, and let it go", Long: releaseHelp}
	cmd.AddCommand(releaseListCmd(), releaseApproveCmd())
	return cmd
}

// batchFlags are what both commands are told.
type batchFlags struct{ creditor, day string }

func (f *batchFlags) define(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.day, "day", "", "the customers' day, as 2026-11-30; without it today at the creditor's")
}

// batch is the list of a day.
type batch struct {
	*app

	now  time.Time
	list api.ReleasePreview
	mode dunning.Mode
}

// open reads the day's list. The caller closes the store.
func (f *batchFlags) open(ctx context.Context) (*batch, error) {
	a, err := open(ctx)
	if err != nil {
		return nil, err
	}
	b := &batch{app: a}
	if err := b.read(ctx, f); err != nil {
		a.store.Close()
		return nil, err
	}
	return b, nil
}

func (b *batch) read(ctx context.Context, f *batchFlags) (err error) {
	if b.now, err = b.clock.Now(ctx); err != nil {
		return err
	}
	cr, err := b.store.FindCreditor(ctx, store.Everything, f.creditor)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("there is no creditor %q", f.creditor)
	}
	if err != nil {
		return err
	}
	b.mode = cr.Mode
	day, err := calendar.ParseDate(f.day)
	if f.day == "" {
		var zone *time.Location
		if zone, err = time.LoadLocation(cr.Zone); err == nil {
			day = calendar.DateOf(b.now.In(zone))
		}
	}
	if err != nil {
		return fmt.Errorf("--day: %w", err)
	}
	b.list, err = api.ReleaseListOf(ctx, b.store, f.creditor, day)
	return err
}

func releaseListCmd() *cobra.Command {
	var f batchFlags
	asCSV := false
	cmd := &cobra.Command{
		Use:   "list CREDITOR [--csv]",
		Short: "Show the messages to customers that wait for their release",
		Long: `Show the messages to customers that are due by the day and wait for their release, with
totals and what changed since the list before. With --csv the lines for a spreadsheet;
"approve --list" reads that file. Nothing is written.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.creditor = args[0]
			b, err := f.open(cmd.Context())
			if err != nil {
				return err
			}
			defer b.store.Close()
			if b.mode != dunning.ModeApprove {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s is in mode %s, not approve: its messages wait for no release\n", f.creditor, b.mode)
			}
			if asCSV {
				return api.WriteReleaseCSV(cmd.OutOrStdout(), b.list.Items)
			}
			return b.print(cmd.OutOrStdout())
		},
	}
	f.define(cmd)
	cmd.Flags().BoolVar(&asCSV, "csv", false, "write the lines as CSV")
	return cmd
}

func (b *batch) print(w io.Writer) error {
	l := b.list
	fmt.Fprintf(w, "%s, %s: %d messages to %d customers\n", l.Creditor, l.Day, l.Totals.Count, l.Totals.Customers)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(i api.ReleaseItem, word string) {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s %s\tdue %s\t%s\n", i.Number, i.CustomerName, i.Label, strings.Join(i.Channels, " + "), i.Open.Amount, i.Open.Currency, i.DueDate, word)
	}
	for _, i := range l.Items {
		word := ""
		if i.New {
			word = "new"
		}
		line(i, word)
	}
	for _, i := range l.Removed {
		line(i, "taken out: "+i.Removed)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, sum := range l.Totals.Amounts {
		fmt.Fprintf(w, "open in all: %s %s\n", sum.Amount, sum.Currency)
	}
	for _, g := range l.Changes.Gone {
		fmt.Fprintf(w, "gone since %s: %s, %s\n", l.Changes.Since, g.Number, g.Sentence)
	}
	return nil
}

// approveFlags are what a person decides.
type approveFlags struct {
	batchFlags

	except           []string
	reason, list, by string
	dryRun           bool
}

func releaseApproveCmd() *cobra.Command {
	var f approveFlags
	cmd := &cobra.Command{
		Use:   "approve CREDITOR [--list FILE] [--except INVOICE --reason CODE] [--dry-run]",
		Short: "Let the day's messages go",
		Long: `Let the messages go that wait for their release on the day. Without --list that is what
stands on the list now; with it, what stood on the file that "list --csv" wrote, and a line
that changed since (amount, due date, policy, address) does not go.

--except takes an invoice out of the day's batch, with a reason code such as talks. It
stands on the next day's list; place a hold to keep it back for longer. --dry-run says what
would go and writes nothing. The workers send what was released, within contact hours.

It ends with status 0 if everything that was asked for is done, and with 1 if a line did not
go, or nothing was done at all; the same command again releases nothing twice.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.creditor = args[0]
			return approve(cmd, f)
		},
	}
	f.define(cmd)
	cmd.Flags().StringArrayVar(&f.except, "except", nil, "number of an invoice that stays back; once for each")
	cmd.Flags().StringVar(&f.reason, "reason", "", "why it stays back: a code of small letters, digits and underscores")
	cmd.Flags().StringVar(&f.list, "list", "", `a file of "list --csv": only its lines go, as they stood there`)
	cmd.Flags().StringVar(&f.by, "by", "command_line", "who looked at the list, for the history: an opaque id, never a name")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "only say what would go")
	return cmd
}

var (
	codeForm  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,59}$`)
	actorForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$`)
)

func (f *approveFlags) check() error {
	var faults []error
	if (len(f.except) > 0) != (f.reason != "") {
		faults = append(faults, errors.New("--except and --reason go together: say which invoice stays back, and why"))
	}
	if f.reason != "" && !codeForm.MatchString(f.reason) {
		faults = append(faults, errors.New("--reason: give a code of small letters, digits and underscores, as in talks"))
	}
	if !actorForm.MatchString(f.by) {
		faults = append(faults, errors.New("--by: give an opaque id of letters, digits and _ . : -, at most 64 of them"))
	}
	return errors.Join(faults...)
}

func approve(cmd *cobra.Command, f approveFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	b, err := f.open(cmd.Context())
	if err != nil {
		return err
	}
	defer b.store.Close()
	if b.mode != dunning.ModeApprove {
		return fmt.Errorf("%s is in mode %s, not approve: its messages wait for no release", f.creditor, b.mode)
	}
	r, numbers, err := b.choose(f)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if f.dryRun {
		fmt.Fprintf(out, "dry run: %d messages would go, %d invoices would stay back; nothing was written\n", len(r.Lines), len(r.Exclude))
		return nil
	}
	if len(r.Lines)+len(r.Exclude) == 0 {
		fmt.Fprintln(out, "nothing waits for a release")
		return nil
	}
	done, err := collection.New(b.store, collection.Settings{}).Release(cmd.Context(), store.Everything, b.now, collection.Actor(f.by), r)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "release %s of %s: %d released, %d released before, %d stay back\n", done.ID, r.Day, done.Released, done.Already, done.Excluded)
	for _, m := range done.Mismatches {
		name, known := numbers[m.InvoiceID]
		if !known {
			name = m.InvoiceID.String()
		}
		fmt.Fprintf(out, "not released: %s: %s: %s\n", name, m.Code, api.ReleaseReason(m.Code))
	}
	if n := len(done.Mismatches); n > 0 {
		return fmt.Errorf("%d lines were not released; look at the list again", n)
	}
	return nil
}

// choose says which lines go and which stay back, and the numbers of the invoices.
func (b *batch) choose(f approveFlags) (collection.ReleaseBatch, map[uuid.UUID]string, error) {
	r := collection.ReleaseBatch{Creditor: f.creditor, Day: b.list.Day, Lines: map[uuid.UUID]string{}, Exclude: map[uuid.UUID]string{}}
	numbers := map[uuid.UUID]string{}
	for _, i := range b.list.Items {
		r.Lines[i.InvoiceID], numbers[i.InvoiceID] = i.Version, i.Number
	}
	var faults []error
	for _, number := range f.except {
		n := slices.IndexFunc(b.list.Items, func(i api.ReleaseItem) bool { return i.Number == number })
		if n < 0 {
			faults = append(faults, fmt.Errorf("--except: invoice %q does not stand on the list of %s", number, r.Day))
			continue
		}
		r.Exclude[b.list.Items[n].InvoiceID] = f.reason
	}
	if f.list != "" {
		lines, err := readList(f.list)
		faults = append(faults, err)
		r.Lines = lines
	}
	for id := range r.Exclude {
		delete(r.Lines, id)
	}
	return r, numbers, errors.Join(faults...)
}

// readList reads the invoices and their versions from a file of "list --csv".
func readList(name string) (lines map[uuid.UUID]string, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	rows, err := csv.NewReader(io.LimitReader(file, 32<<20)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("--list: %w", err)
	}
	if len(rows) == 0 {
		return nil, errors.New(`--list: the file is empty; give one that "list --csv" wrote`)
	}
	id, version := slices.Index(rows[0], "invoice_id"), slices.Index(rows[0], "version")
	if id < 0 || version < 0 {
		return nil, errors.New(`--list: the file has no columns invoice_id and version; give one that "list --csv" wrote`)
	}
	lines = make(map[uuid.UUID]string, len(rows)-1)
	for n, row := range rows[1:] {
		key, err := uuid.Parse(row[id])
		if err != nil || row[version] == "" {
			return nil, fmt.Errorf("--list: row %d: invoice_id or version is missing or spoiled", n+2)
		}
		lines[key] = row[version]
	}
	return lines, nil
}

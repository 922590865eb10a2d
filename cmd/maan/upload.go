package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"maan/internal/collection"
	"maan/internal/imports"
	"maan/internal/store"
	"maan/worker"
)

const (
	lookEvery     = 200 * time.Millisecond
	hintAfter     = 15 * time.Second
	faultsPrinted = 20
)

// takeFile keeps a file and has it taken in: a dry run here, else by the worker, while
// this waits and shows how far it is. It prints what became of the rows, and writes the
// faults to a CSV file if one is named. Any fault is an error.
func takeFile(cmd *cobra.Command, a *app, f imports.File, faults string) error {
	ctx := cmd.Context()
	now, err := a.clock.Now(ctx)
	if err != nil {
		return err
	}
	files := worker.Imports(a.store, collection.New(a.store, collection.Settings{}))
	u, existed, err := files.Take(ctx, store.Everything, now, "command_line", f)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("there is no creditor %q", f.CreditorID)
	}
	if err != nil {
		return err
	}
	if existed {
		fmt.Fprintf(cmd.ErrOrStderr(), "the same file was taken before, as import %s\n", u.ID)
	}
	bar := newBar(cmd.ErrOrStderr())
	if f.DryRun {
		u, err = files.Run(ctx, u, now, bar.tell)
	} else {
		u, err = await(ctx, files, u, bar, cmd.ErrOrStderr())
	}
	bar.end()
	if err != nil {
		return err
	}
	return printImport(cmd, a.store, u, faults)
}

// await waits until the worker has taken in a file.
func await(ctx context.Context, files *imports.Service, u store.Upload, bar *bar, stderr io.Writer) (store.Upload, error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	hint := time.NewTimer(hintAfter)
	defer hint.Stop()
	for {
		var err error
		if u, err = files.Find(ctx, store.Everything, u.ID); err != nil {
			return u, err
		}
		if u.Status == "done" || u.Status == "refused" {
			return u, nil
		}
		bar.tell(u.Done, u.Total)
		select {
		case <-ctx.Done():
			return u, fmt.Errorf("import %s goes on without this command; look at GET /v1/imports/%s", u.ID, u.ID)
		case <-hint.C:
			if u.Status == "waiting" {
				fmt.Fprintln(stderr, "waiting for a worker (maan worker) to begin")
			}
		case <-tick.C:
		}
	}
}

// printImport prints the counts of an import and the first of its faults, or all of them
// into a file.
func printImport(cmd *cobra.Command, s *store.Store, u store.Upload, file string) error {
	out := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	what := u.Status
	if u.DryRun {
		what += " (dry run: nothing was written)"
	}
	fmt.Fprintf(out, "%s\t%s\n", u.ID, what)
	for _, code := range slices.Sorted(maps.Keys(u.Result)) {
		fmt.Fprintf(out, "%s\t%d\n", code, u.Result[code])
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if u.Faults == 0 {
		return nil
	}
	faults, err := s.UploadFaults(cmd.Context(), u.ID)
	if err != nil {
		return err
	}
	if file != "" {
		if err := writeFaults(file, faults); err != nil {
			return err
		}
		return fmt.Errorf("%d faults, see %s", u.Faults, file)
	}
	for _, f := range faults[:min(len(faults), faultsPrinted)] {
		fmt.Fprintf(cmd.OutOrStdout(), "line %d, %s: %s: %s\n", f.Line, f.Field, f.Code, f.Message)
	}
	return fmt.Errorf("%d faults; --faults FILE writes them all", u.Faults)
}

// writeFaults writes faults to a CSV file that only its owner can read.
func writeFaults(name string, faults []store.UploadFault) (err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return imports.WriteFaults(file, faults)
}

// bar shows progress on a terminal, and nothing elsewhere.
type bar struct{ shown *progressbar.ProgressBar }

func newBar(w io.Writer) *bar {
	file, ok := w.(*os.File)
	if !ok || !isatty.IsTerminal(file.Fd()) {
		return &bar{}
	}
	return &bar{shown: progressbar.NewOptions(-1, progressbar.OptionSetWriter(w), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
		progressbar.OptionSetDescription("import"), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))}
}

// tell shows how far it is; total 0: not known.
func (b *bar) tell(done, total int) {
	if b.shown == nil {
		return
	}
	if total > 0 && b.shown.GetMax() != total {
		b.shown.ChangeMax(total)
	}
	_ = b.shown.Set(done) // a bar that cannot be drawn is no reason to stop
}

func (b *bar) end() {
	if b.shown != nil {
		_ = b.shown.Finish() // as above
	}
}

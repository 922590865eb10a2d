package bench

import (
	"context"
	"fmt"
	"io"
	"strings"

	"maan/internal/devstack/world"
)

// Options say how much is measured.
type Options struct {
	Rounds  int // alternating rounds of the throughput figure; 5
	Ladders int // ladders of each side in each half of a round; 80

	Backlogs int    // alternating rounds of the backlog figure; 3
	Backlog  int    // reminders in each; 2000
	Only     string // only measures whose name contains this
}

// Run measures every figure and prints each as soon as it is known; lines that begin
// with # tell how far it is. ok is false if one figure is short of its bar.
func Run(ctx context.Context, w *world.World, out io.Writer, o Options) (ok bool, err error) {
	if o.Rounds == 0 {
		o.Rounds = 5
	}
	if o.Ladders == 0 {
		o.Ladders = 80
	}
	if o.Backlogs == 0 {
		o.Backlogs = 3
	}
	if o.Backlog == 0 {
		o.Backlog = 2000
	}
	r, err := newRig(ctx, w, out)
	if err != nil {
		return false, err
	}
	defer r.close()
	ok = true
	for _, m := range r.measures(o) {
		if !strings.Contains(m.name, o.Only) {
			continue
		}
		figures, err := m.take(ctx)
		if err != nil {
			return false, err
		}
		for _, f := range figures {
			if err := f.Print(out); err != nil {
				return false, fmt.Errorf("print figures: %w", err)
			}
			ok = ok && f.OK()
		}
	}
	return ok, nil
}

// measure takes one figure or several that belong together.
type measure struct {
	name string
	take func(context.Context) ([]Figure, error)
}

func one(name string, take func(context.Context) (Figure, error)) measure {
	return measure{name, func(ctx context.Context) ([]Figure, error) {
		f, err := take(ctx)
		return []Figure{f}, err
	}}
}

func (r *rig) measures(o Options) []measure {
	var all []measure
	for _, s := range r.scenarios() {
		all = append(all, one("events", func(ctx context.Context) (Figure, error) { return r.lifeEvents(ctx, s) }))
	}
	return append(all, one("events", r.failureEvents), measure{"files", r.files},
		one("throughput", func(ctx context.Context) (Figure, error) { return r.throughput(ctx, o) }),
		one("bulk", func(ctx context.Context) (Figure, error) { return r.bulkStart(ctx, o) }),
		measure{"backlog", func(ctx context.Context) ([]Figure, error) { return r.backlogs(ctx, o) }})
}

// progress tells a person who waits how far it is.
func (r *rig) progress(format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, "# "+format+"\n", args...) // the figures report a broken output
}

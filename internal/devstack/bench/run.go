package bench

import (
	"context"
	"fmt"
	"io"

	"maan/internal/devstack/world"
)

// Options say how much is measured.
type Options struct {
	Rounds  int // alternating rounds of the throughput figure; 5
	Ladders int // ladders in each; 40
}

// Run measures every figure and prints each as soon as it is known; lines that begin
// with # tell how far it is. ok is false if one figure is short of its bar.
func Run(ctx context.Context, w *world.World, out io.Writer, o Options) (ok bool, err error) {
	if o.Rounds == 0 {
		o.Rounds = 5
	}
	if o.Ladders == 0 {
		o.Ladders = 40
	}
	r, err := newRig(ctx, w, out)
	if err != nil {
		return false, err
	}
	defer r.close()
	ok = true
	for _, measure := range r.measures(o) {
		figures, err := measure(ctx)
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
type measure func(context.Context) ([]Figure, error)

func one(take func(context.Context) (Figure, error)) measure {
	return func(ctx context.Context) ([]Figure, error) {
		f, err := take(ctx)
		return []Figure{f}, err
	}
}

func (r *rig) measures(o Options) []measure {
	var all []measure
	for _, s := range r.scenarios() {
		all = append(all, one(func(ctx context.Context) (Figure, error) { return r.lifeEvents(ctx, s) }))
	}
	return append(all, one(r.failureEvents), r.files, one(func(ctx context.Context) (Figure, error) { return r.throughput(ctx, o) }),
		one(func(ctx context.Context) (Figure, error) { return r.bulkStart(ctx, o) }))
}

// progress tells a person who waits how far it is.
func (r *rig) progress(format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, "# "+format+"\n", args...) // the figures report a broken output
}

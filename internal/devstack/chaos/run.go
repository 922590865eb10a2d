package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
)

// Options say what is taken apart, and how much of it.
type Options struct {
	Maan, Devstack string // the two binaries
	Invoices       int    // of each case
	AtOnce         int    // cases that run side by side
	Seed           uint64 // of the random moments
	Only           string // cases whose name contains this
}

// limit bounds one case.
const limit = 12 * time.Minute

// Run runs the cases and prints one line for each as soon as it is over; lines that begin with
// # tell how far it is, and which invoices are wrong. ok is false if a case lost, doubled or
// sent anything after a payment, or could not be run.
func Run(ctx context.Context, out io.Writer, o Options) (ok bool, err error) {
	p := &printer{out: out, begun: time.Now()}
	p.printf("# %d invoices in each case, %d at once, seed %d\n", o.Invoices, o.AtOnce, o.Seed)
	p.printf("# lost, doubled and after payment: by PostgreSQL's order of commits / by the provider's journal\n")
	p.printf(heading, "case", "sent", "paid", "lost", "doubled", "after payment", "sent again", "with a person", "seconds")
	var g errgroup.Group
	g.SetLimit(max(1, o.AtOnce))
	var mu sync.Mutex
	ok, ran := true, 0
	for i, c := range trials {
		if !strings.Contains(c.name, o.Only) {
			continue
		}
		ran++
		g.Go(func() error {
			good := perform(ctx, p, o, c, rand.New(rand.NewPCG(o.Seed, uint64(i)))) //nolint:gosec // it has to be repeatable
			mu.Lock()
			defer mu.Unlock()
			ok = ok && good
			return nil
		})
	}
	_ = g.Wait() // the functions return no errors: each case prints its own
	if ran == 0 {
		return false, fmt.Errorf("no case has %q in its name", o.Only)
	}
	return ok, p.err
}

const (
	heading = "%-42s %6s %6s %9s %9s %14s %11s %14s %8s\n"
	line    = "%-42s %6d %6d %9s %9s %14s %11d %14d %8.0f\n"
)

// perform runs one case and reports whether all is well.
func perform(ctx context.Context, p *printer, o Options, c trial, rng *rand.Rand) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	begin := time.Now()
	say := func(format string, args ...any) {
		p.printf("# %5.0f s  %s: %s\n", time.Since(p.begun).Seconds(), c.name, fmt.Sprintf(format, args...))
	}
	t, dir, err := c.run(ctx, o, rng, say)
	if err != nil {
		p.printf("%-42s FAILED: %v; the logs are in %s\n", c.name, err, dir)
		return false
	}
	for i, f := range t.faults {
		if i == 20 {
			say("and %d more", len(t.faults)-i)
			break
		}
		say("%s", f)
	}
	p.printf(line, c.name, t.sent, t.paid, pair(t.lost), pair(t.doubled), pair(t.after), t.again, t.asked, time.Since(begin).Seconds())
	if !t.ok() {
		say("the logs are in %s", dir)
	}
	return t.ok()
}

func pair(n [2]int) string { return fmt.Sprintf("%d / %d", n[byDatabase], n[byProvider]) }

// run plays the case on a stack of its own.
func (c trial) run(ctx context.Context, o Options, rng *rand.Rand, say func(string, ...any)) (t *tally, dir string, err error) {
	lab, err := startLab(ctx, o, c.reports)
	defer func() { err = errors.Join(err, lab.close(err != nil || !t.ok())) }()
	if err != nil {
		return nil, lab.dir, fmt.Errorf("start the stack: %w", err)
	}
	s := &scene{lab: lab, n: o.Invoices, rng: rng, say: say, payments: map[uuid.UUID]answer{}}
	arrive := c.arrive
	if arrive == nil {
		arrive = (*scene).importInvoices
	}
	if err := arrive(s, ctx); err != nil {
		return nil, lab.dir, fmt.Errorf("the invoices arrive: %w", err)
	}
	if err := s.backlog(ctx); err != nil {
		return nil, lab.dir, fmt.Errorf("the reminders come due: %w", err)
	}
	say("%d reminders are due", s.n)
	if !c.early {
		if err := s.send(max(1, c.workers)); err != nil {
			return nil, lab.dir, err
		}
	}
	if err := c.strike(s, ctx); err != nil {
		return nil, lab.dir, err
	}
	say("%d messages are accepted, the trouble is over", s.Sandbox.Counts().Accepted)
	if err := s.settle(ctx); err != nil {
		return nil, lab.dir, fmt.Errorf("the reminders have their outcomes: %w", err)
	}
	t, err = s.count(ctx)
	return t, lab.dir, err
}

// printer writes whole lines of cases that run side by side.
type printer struct {
	mu    sync.Mutex
	out   io.Writer
	begun time.Time
	err   error
}

func (p *printer) printf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := fmt.Fprintf(p.out, format, args...); err != nil {
		p.err = err
	}
}

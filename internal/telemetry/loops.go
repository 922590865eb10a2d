package telemetry

import (
	"context"
	"sync"
)

// Loops are the names of the loops of which each runs in one worker at a time.
//
//nolint:gochecknoglobals // a constant list
var Loops = []string{"relay", "keeper", "imports", "events", "watch"}

// loops remembers which of them this process runs.
type loops struct {
	mu   sync.Mutex
	held map[string]bool
}

func newLoops(m *maker) *loops {
	l := &loops{held: map[string]bool{}}
	held := m.gauge("maan.loop.held", "", "Whether this worker runs the loop: one of all does.", "loop")
	m.observe(func(o observing) {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, loop := range Loops {
			o.seeIf(held, l.held[loop], loop)
		}
	}, held)
	return l
}

// Holds notes that this process runs a loop, until the function that it returns is called.
func (w *Worker) Holds(loop string) (lost func()) {
	if w == nil {
		return func() {}
	}
	set := func(held bool) {
		w.loops.mu.Lock()
		defer w.loops.mu.Unlock()
		w.loops.held[loop] = held
	}
	set(true)
	return func() { set(false) }
}

// LoopFailed notes that a loop failed and begins again.
func (w *Worker) LoopFailed(ctx context.Context, loop string) {
	if w != nil {
		w.loopFailures.add(ctx, 1, loop)
	}
}

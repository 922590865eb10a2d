package telemetry

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"maan/internal/dunning"
	"maan/internal/health"
	"maan/internal/store"
)

// Look is what the watch saw of the whole product when it last looked.
type Look struct {
	At       time.Time // of the wall clock
	Checks   []health.Check
	Alarms   []store.Alarm
	Circuits []store.ProviderState // that are open
	Waits    map[dunning.Reason]int
	Backlog  store.Backlog
}

//nolint:gochecknoglobals // constant lists
var (
	conditions = []health.Condition{
		health.OverdueSteps, health.UncertainSends, health.ProviderErrors, health.MissingReports, health.StaleBankData, health.StuckOutbox,
		health.StuckWebhooks, health.MissingCases, health.NoAddress, health.LateReconcile,
	}
	severities = []health.Severity{health.Warning, health.Alarm}
	alarmKinds = []string{store.AlarmRaised, store.AlarmWorsened, store.AlarmCleared}
)

// looking shows the newest look, and nothing while this process does not look: another one does.
type looking struct {
	newest                                                            atomic.Pointer[Look]
	at, found, alarm, circuit, waiting, undelivered, oldest, unplaced gauge
}

func newLooking(m *maker) *looking {
	l := &looking{
		at:          m.gauge("maan.watch.last_look.timestamp", "s", "When the watch last looked, in seconds since 1970."),
		found:       m.gauge("maan.health.found", "", "How many things the watch found of a condition.", "condition", "subject"),
		alarm:       m.gauge("maan.alarm.open", "", "Whether an alarm is open.", "condition", "subject", "severity"),
		circuit:     m.gauge("maan.provider.circuit.open", "", "Whether nothing is sent by the channel, since its provider is down.", "channel"),
		waiting:     m.gauge("maan.steps.waiting", "", "Current steps of open cases that wait, by their reason.", "reason"),
		undelivered: m.gauge("maan.outbox.undelivered", "", "Messages of which a workflow has not heard."),
		oldest:      m.gauge("maan.outbox.oldest.age", "s", "How long the oldest of them waits."),
		unplaced:    m.gauge("maan.events.unpublished", "", "Events without a place in the feed."),
	}
	m.observe(func(o observing) {
		if newest := l.newest.Load(); newest != nil {
			l.show(o, newest)
		}
	}, l.at, l.found, l.alarm, l.circuit, l.waiting, l.undelivered, l.oldest, l.unplaced)
	return l
}

func (l *looking) show(o observing, look *Look) {
	o.see(l.at, float64(look.At.UnixMilli())/1000)
	for _, c := range look.Checks {
		if c.Condition == health.NoWorker { // who looks is there
			continue
		}
		o.see(l.found, float64(c.Count), string(c.Condition), c.Subject)
		for _, severity := range severities {
			open := slices.ContainsFunc(look.Alarms, func(a store.Alarm) bool {
				return a.Condition == string(c.Condition) && a.Subject == c.Subject && a.Severity == string(severity)
			})
			o.seeIf(l.alarm, open, string(c.Condition), c.Subject, string(severity))
		}
	}
	for _, channel := range channels {
		open := slices.ContainsFunc(look.Circuits, func(s store.ProviderState) bool { return s.Channel == channel })
		o.seeIf(l.circuit, open, string(channel))
	}
	for _, reason := range waitReasons {
		o.see(l.waiting, float64(look.Waits[reason]), string(reason))
	}
	o.see(l.undelivered, float64(look.Backlog.Undelivered))
	o.see(l.oldest, look.Backlog.Oldest.Seconds())
	o.see(l.unplaced, float64(look.Backlog.Unpublished))
}

// Looked shows what the watch saw, until it looks again or Blind is called.
func (w *Worker) Looked(look Look) {
	if w != nil {
		w.look.newest.Store(&look)
	}
}

// Blind shows nothing any more: this process has stopped looking.
func (w *Worker) Blind() {
	if w != nil {
		w.look.newest.Store(nil)
	}
}

// AlarmChanged notes what happened to an alarm.
func (w *Worker) AlarmChanged(ctx context.Context, c store.AlarmChange) {
	if w != nil {
		w.alarmChanges.add(ctx, 1, c.Alarm.Condition, c.Kind)
	}
}

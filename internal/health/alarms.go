package health

import (
	"context"
	"time"

	"github.com/google/uuid"

	"maan/internal/store"
)

// clearedAfter is how long a condition must be gone before its alarm is over, so that one that
// comes and goes raises one alarm and no more.
const clearedAfter = time.Minute

// Watch looks at everything and brings the alarms up to date: one is raised when a condition
// appears, and is over when it has gone. It answers what changed; whoever else watches at the same
// time, and after a restart, gets each change once among all.
func (s *Service) Watch(ctx context.Context, now time.Time) (Report, []store.AlarmChange, error) {
	report, err := s.Contact(ctx, store.Everything, now)
	if err != nil {
		return report, nil, err
	}
	var changes []store.AlarmChange
	err = s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		open, err := tx.LockAlarms(ctx)
		if err != nil {
			return err
		}
		w := watching{now: now, notify: s.settings.Notify}
		w.compare(open, report.Checks)
		changes = w.changes
		return tx.Do(ctx, w.writes...)
	})
	return report, changes, err
}

// watching is the comparison of what is there with the alarms that are open.
type watching struct {
	now     time.Time
	notify  bool
	writes  []store.Write
	changes []store.AlarmChange
}

type conditionKey struct{ condition, subject string }

func (w *watching) compare(open []store.Alarm, checks []Check) {
	known := make(map[conditionKey]*store.Alarm, len(open))
	for i := range open {
		known[conditionKey{open[i].Condition, open[i].Subject}] = &open[i]
	}
	for _, c := range checks {
		key := conditionKey{string(c.Condition), c.Subject}
		if c.Severity == OK || c.Condition == NoWorker { // who watches is there; the API tells of the other case
			continue
		}
		if alarm := known[key]; alarm != nil {
			w.lasts(*alarm, c)
		} else {
			w.raise(c)
		}
		delete(known, key)
	}
	for i := range open { // in their order
		if gone := known[conditionKey{open[i].Condition, open[i].Subject}]; gone != nil {
			w.gone(*gone)
		}
	}
}

func (w *watching) raise(c Check) {
	w.change(store.AlarmRaised, store.Alarm{
		ID: uuid.Must(uuid.NewV7()), Condition: string(c.Condition), Subject: c.Subject, Severity: string(c.Severity), Count: c.Count,
		Oldest: c.Oldest, RaisedAt: w.now,
	})
}

// lasts: the condition is still there. A warning may have become an alarm, which is told once;
// an alarm stays one until it is over.
func (w *watching) lasts(a store.Alarm, c Check) {
	worse := c.Severity.rank() > Severity(a.Severity).rank()
	if !worse && a.AbsentSince == nil && a.Count == c.Count {
		return
	}
	a.Count, a.Oldest, a.AbsentSince = c.Count, c.Oldest, nil
	if worse {
		a.Severity = string(c.Severity)
		w.change(store.AlarmWorsened, a)
		return
	}
	w.writes = append(w.writes, store.SaveAlarm(a))
}

func (w *watching) gone(a store.Alarm) {
	switch {
	case a.AbsentSince == nil:
		a.AbsentSince = &w.now
		w.writes = append(w.writes, store.SaveAlarm(a))
	case w.now.Sub(*a.AbsentSince) >= clearedAfter:
		a.ClearedAt = &w.now
		w.change(store.AlarmCleared, a)
	}
}

func (w *watching) change(kind string, a store.Alarm) {
	w.changes = append(w.changes, store.AlarmChange{Kind: kind, Alarm: a})
	w.writes = append(w.writes, store.SaveAlarm(a))
	if w.notify {
		w.writes = append(w.writes, store.AddNotice(a.ID, kind, w.now))
	}
}

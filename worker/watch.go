package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"maan/activities"
	"maan/internal/clock"
	"maan/internal/email"
	"maan/internal/health"
	"maan/internal/provider"
	"maan/internal/store"
	"maan/internal/telemetry"
)

// Watch says by itself when contact with customers stops: a line in the log for each alarm, and a
// mail to the operator.
type Watch struct {
	Health *health.Service
	Store  *store.Store
	Clock  *clock.Clock
	Logger *slog.Logger
	Mail   email.Sender // nil: the log and the API alone tell
	Pace   activities.Pacer
	// Metrics may be nil: then nothing is measured.
	Metrics *telemetry.Worker
	// From and To are the mail's sender and its reader; PublicURL stands in it.
	From, To, PublicURL string
}

const (
	watchEvery     = 20 * time.Second // a provider that stops is told within a minute
	noticeRetry    = time.Minute
	noticeRetryMax = 15 * time.Minute
	noticeSettled  = 15 * time.Minute // a mail of unknown fate is sent once more after it
)

// Run watches until the context ends.
func (w *Watch) Run(ctx context.Context) error {
	defer w.Metrics.Blind()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		now, err := w.Clock.Now(ctx)
		if err != nil {
			return err
		}
		if err := w.Look(ctx, now); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Look brings the alarms up to date, and tells of what changed.
func (w *Watch) Look(ctx context.Context, now time.Time) error {
	report, changes, err := w.Health.Watch(ctx, now)
	if err != nil {
		return err
	}
	for _, c := range changes {
		w.log(ctx, c)
		w.Metrics.AlarmChanged(ctx, c)
	}
	if err := w.tell(ctx, now); err != nil {
		return err
	}
	if err := w.Store.MarkLoop(ctx, health.LoopWatch); err != nil || w.Metrics == nil {
		return err
	}
	return w.measure(ctx, report)
}

// measure shows what this look found, and what waits.
func (w *Watch) measure(ctx context.Context, report health.Report) (err error) {
	look := telemetry.Look{At: time.Now(), Checks: report.Checks}
	if look.Alarms, err = w.Store.OpenAlarms(ctx); err != nil {
		return err
	}
	if look.Circuits, err = w.Store.OpenCircuits(ctx); err != nil {
		return fmt.Errorf("read open circuits: %w", err)
	}
	if look.Waits, err = w.Store.Waits(ctx, store.Everything); err != nil {
		return err
	}
	if look.Backlog, err = w.Store.Backlog(ctx); err != nil {
		return err
	}
	w.Metrics.Looked(look)
	return nil
}

func (w *Watch) log(ctx context.Context, c store.AlarmChange) {
	level, text := slog.LevelWarn, "alarm raised"
	switch {
	case c.Kind == store.AlarmCleared:
		level, text = slog.LevelInfo, "alarm over"
	case c.Alarm.Severity == string(health.Alarm):
		level = slog.LevelError
	}
	w.Logger.Log(ctx, level, text, "condition", c.Alarm.Condition, "subject", c.Alarm.Subject, "severity", c.Alarm.Severity, "count", c.Alarm.Count,
		"raised_at", c.Alarm.RaisedAt)
}

// tell mails the operator what there is to tell, all of it in one mail.
func (w *Watch) tell(ctx context.Context, now time.Time) error {
	if w.Mail == nil {
		return nil
	}
	id := store.NewID()
	notices, err := w.Store.ClaimNotices(ctx, id, now, now.Add(-noticeSettled))
	if err != nil || len(notices) == 0 {
		return err
	}
	mail, err := health.RenderMail(notices, w.PublicURL)
	if err != nil {
		return err
	}
	_, sendErr := w.send(ctx, email.Message{
		ID: id.String(), From: w.From, FromName: "Maan", To: w.To, Subject: mail.Subject, HTML: mail.HTML, Text: mail.Text,
	})
	if sendErr == nil {
		return w.Store.NoticesSent(ctx, id, now)
	}
	code := provider.CodeOf(sendErr)
	w.Logger.Warn("alarm mail not sent", "code", code, "fate", string(provider.FateOf(sendErr)))
	if provider.FateOf(sendErr) == provider.Uncertain {
		return w.Store.NoticesUncertain(ctx, id, code)
	}
	attempts := 0
	for _, n := range notices {
		attempts = max(attempts, n.Attempts)
	}
	return w.Store.NoticesUnsent(ctx, id, code, now.Add(min(noticeRetry<<min(attempts-1, 4), noticeRetryMax)))
}

// send hands a mail over at the provider's rate.
func (w *Watch) send(ctx context.Context, m email.Message) (email.Receipt, error) {
	if err := w.Pace.Wait(ctx, true); err != nil {
		return email.Receipt{}, &provider.Error{Fate: provider.NotSent, Code: "rate_limit"}
	}
	return w.Mail.Send(ctx, m)
}

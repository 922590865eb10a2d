package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Alarm is a condition that was found and is not over.
type Alarm struct {
	ID          uuid.UUID
	Condition   string
	Subject     string
	Severity    string
	Count       int
	Oldest      *time.Time
	RaisedAt    time.Time
	AbsentSince *time.Time
	ClearedAt   *time.Time
}

const alarmColumns = `id, condition, subject, severity, count, oldest, raised_at, absent_since, cleared_at`

// OpenAlarms lists the alarms that are not over.
func (s *Store) OpenAlarms(ctx context.Context) ([]Alarm, error) {
	alarms, err := list[Alarm](ctx, s.pool, `select `+alarmColumns+` from alarm where cleared_at is null order by condition, subject`)
	if err != nil {
		return nil, fmt.Errorf("read alarms: %w", err)
	}
	return alarms, nil
}

// AlarmChange says what happened to an alarm: raised, worsened or cleared.
type AlarmChange struct {
	Kind  string
	Alarm Alarm
}

// Kinds of changes, and of the notices about them. Stored: never rename.
const (
	AlarmRaised   = "raised"
	AlarmWorsened = "worsened"
	AlarmCleared  = "cleared"
)

// LockAlarms keeps others from changing the alarms until the transaction ends, and lists those
// that are not over.
func (tx *Tx) LockAlarms(ctx context.Context) ([]Alarm, error) {
	if err := tx.exec(ctx, "lock alarms", `lock table alarm in share row exclusive mode`); err != nil {
		return nil, err
	}
	return list[Alarm](ctx, tx, `select `+alarmColumns+` from alarm where cleared_at is null order by condition, subject`)
}

// SaveAlarm writes an alarm as it now is.
func SaveAlarm(a Alarm) Write {
	return statement(`insert into alarm (`+alarmColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict (id) do update set severity = excluded.severity, count = excluded.count, oldest = excluded.oldest,
			absent_since = excluded.absent_since, cleared_at = excluded.cleared_at`,
		a.ID, a.Condition, a.Subject, a.Severity, a.Count, a.Oldest, a.RaisedAt, a.AbsentSince, a.ClearedAt)
}

// AddNotice wants the operator told of a change, once.
func AddNotice(alarm uuid.UUID, kind string, at time.Time) Write {
	return statement(`insert into alarm_notice (alarm_id, kind, not_before) values ($1, $2, $3) on conflict do nothing`, alarm, kind, at)
}

// Notice is a change of which the operator is to be told.
type Notice struct {
	Alarm

	Kind     string
	Attempts int
}

// ClaimNotices takes what the operator is to be told now into one mail, and what an earlier mail
// was to tell that was claimed before a moment and never settled: of an alarm it is better to hear
// twice than never.
func (s *Store) ClaimNotices(ctx context.Context, mail uuid.UUID, now, unsettled time.Time) ([]Notice, error) {
	notices, err := list[Notice](ctx, s.pool, `with claimed as (
			update alarm_notice set status = 'sending', mail_id = $1, claimed_at = $2, attempts = attempts + 1
			where (status = 'due' and not_before <= $2) or (status = 'sending' and claimed_at < $3) returning alarm_id, kind, attempts)
		select `+qualified("a", alarmColumns)+`, c.kind, c.attempts from claimed c join alarm a on a.id = c.alarm_id
		order by c.kind = 'cleared', a.severity, a.raised_at, a.condition, a.subject`, mail, now, unsettled)
	if err != nil {
		return nil, fmt.Errorf("claim notices: %w", err)
	}
	return notices, nil
}

// NoticesSent records that the operator was told.
func (s *Store) NoticesSent(ctx context.Context, mail uuid.UUID, now time.Time) error {
	return s.settleNotices(ctx, `update alarm_notice set status = 'sent', settled_at = $2, error_code = '' where mail_id = $1 and status = 'sending'`, mail, now)
}

// NoticesUnsent records that the mail certainly did not leave; it is tried again from a moment on.
func (s *Store) NoticesUnsent(ctx context.Context, mail uuid.UUID, code string, again time.Time) error {
	return s.settleNotices(ctx, `update alarm_notice set status = 'due', error_code = $2, not_before = $3 where mail_id = $1 and status = 'sending'`, mail, code, again)
}

// NoticesUncertain keeps why nobody knows whether the mail left.
func (s *Store) NoticesUncertain(ctx context.Context, mail uuid.UUID, code string) error {
	return s.settleNotices(ctx, `update alarm_notice set error_code = $2 where mail_id = $1 and status = 'sending'`, mail, code)
}

func (s *Store) settleNotices(ctx context.Context, sql string, args ...any) error {
	if _, err := s.pool.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("settle notices: %w", err)
	}
	return nil
}

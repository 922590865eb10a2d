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

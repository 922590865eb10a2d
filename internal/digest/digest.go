// Package digest tells a creditor's finance once a business day what was sent, what was not and
// why, what goes out next, and what it is asked.
package digest

import (
	"context"
	"fmt"
	"time"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/health"
	"maan/internal/store"
)

// A day's digest covers the time from the end of the business day before to the end of its own,
// which is when the last contact window of the day has closed, at the creditor's.
const (
	endHour   = 19
	endMinute = 15
)

// Facts are what a digest says. They are read anew each time, so that they are true when they are read.
type Facts struct {
	Creditor store.Creditor
	Day      calendar.Date
	Next     calendar.Date // the business day after it
	Period   store.Period  // what it covers, up to now at most
	Zone     *time.Location
	Sent     []store.SentLine
	Unsent   []store.UnsentLine
	Coming   []store.ComingLine // due by the end of Next
	Tasks    []store.OpenTaskLine
	Amiss    []health.Check // of this creditor
}

// Service reads digests.
type Service struct {
	store  *store.Store
	health *health.Service
}

// New makes a service.
func New(s *store.Store, h *health.Service) *Service { return &Service{store: s, health: h} }

// place is where and by which calendar a creditor works.
type place struct {
	zone *time.Location
	days calendar.Calendar
}

func (s *Service) placeOf(ctx context.Context, cr *store.Creditor) (place, error) {
	zone, err := time.LoadLocation(cr.Zone)
	if err != nil {
		return place{}, fmt.Errorf("zone of creditor %s: unknown name", cr.ID)
	}
	own, err := s.store.HolidaysOf(ctx, cr.ID)
	return place{zone: zone, days: calendar.For(cr.Country, cr.Region).With(own)}, err
}

func (p place) end(day calendar.Date) time.Time { return day.In(p.zone, endHour, endMinute) }

// Last is the newest business day that has ended at a creditor's, and when it did.
func (s *Service) Last(ctx context.Context, cr *store.Creditor, now time.Time) (calendar.Date, time.Time, error) {
	p, err := s.placeOf(ctx, cr)
	if err != nil {
		return calendar.Date{}, time.Time{}, err
	}
	day := p.days.OnOrBefore(calendar.DateOf(now.In(p.zone)))
	if now.Before(p.end(day)) {
		day = p.days.AddBusinessDays(day, -1)
	}
	return day, p.end(day), nil
}

// Of reads the digest of a day. Another day than a business day belongs to the next one.
func (s *Service) Of(ctx context.Context, cr store.Creditor, day calendar.Date, now time.Time) (Facts, error) {
	p, err := s.placeOf(ctx, &cr)
	if err != nil {
		return Facts{}, err
	}
	day = p.days.OnOrAfter(day)
	f := Facts{Creditor: cr, Day: day, Next: p.days.AddBusinessDays(day, 1), Zone: p.zone}
	f.Period = store.Period{From: p.end(p.days.AddBusinessDays(day, -1)), Until: p.end(day)}
	if now.Before(f.Period.Until) {
		f.Period.Until = now
	}
	if f.Sent, err = s.store.SentIn(ctx, cr.ID, f.Period); err != nil {
		return f, err
	}
	if f.Unsent, err = s.store.UnsentIn(ctx, cr.ID, f.Period, day); err != nil {
		return f, err
	}
	if cr.Mode != dunning.ModeShadow && !cr.Stopped {
		if f.Coming, err = s.store.Coming(ctx, cr.ID, day, p.end(f.Next)); err != nil {
			return f, err
		}
	}
	if f.Tasks, err = s.store.OpenTasksOf(ctx, cr.ID, dunning.RoleFinance); err != nil {
		return f, err
	}
	report, err := s.health.Contact(ctx, store.Scope{Creditors: []string{cr.ID}}, now)
	for _, c := range report.Checks {
		if c.Severity != health.OK {
			f.Amiss = append(f.Amiss, c)
		}
	}
	return f, err
}

package health

import (
	"context"
	"time"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/store"
)

// Settings say when something is amiss.
type Settings struct {
	// Unsettled is how long a message may be of unknown fate before its step decides; past
	// it, and the sweep that comes each minute, it is uncertain.
	Unsettled time.Duration
	// Unreported are the channels whose provider sends no reports on what it took.
	Unreported []dunning.Channel
	// Notify wants the operator told of every change by mail.
	Notify bool
}

// Service looks at the store.
type Service struct {
	store    *store.Store
	settings Settings
}

// New makes a service.
func New(s *store.Store, settings Settings) *Service { return &Service{store: s, settings: settings} }

// From when on something is amiss.
const (
	overdueAfter      = time.Hour
	sweepPatience     = 2 * time.Minute
	lookBack          = 5 * 24 * time.Hour // over Easter: what failed on Thursday evening is tried again on Tuesday
	failingAfter      = 30 * time.Second   // one that fails among many that go is not a provider that is down
	failingAtLeast    = 3
	failureCountsFor  = time.Hour // unless steps still wait for the provider
	rejectedWithin    = time.Hour
	rejectedAtLeast   = 5
	rejectedShare     = 5 // one in so many
	reportPatience    = 30 * time.Minute
	unreportedAtLeast = 3
	bankDataWarning   = 3 // banking days
	bankDataAlarm     = 5
	unheardAfter      = 10 * time.Minute
	untakenAfter      = time.Hour
	reconcilePatience = 26 * time.Hour
	workerPatience    = 3 * time.Minute
)

// Names of the loops whose marks are looked at.
const (
	LoopWatch     = "watch"
	LoopReconcile = "reconcile"
)

// Contact looks at everything within a scope, at a moment of business time.
func (s *Service) Contact(ctx context.Context, scope store.Scope, now time.Time) (Report, error) {
	report := Report{At: now}
	for _, look := range []func(context.Context, store.Scope, time.Time) ([]Check, error){
		s.steps, s.providers, s.bankData, s.outbox, s.cases, s.workers,
	} {
		found, err := look(ctx, scope, now)
		if err != nil {
			return report, err
		}
		report.Checks = append(report.Checks, found...)
	}
	open, err := s.store.OpenAlarms(ctx)
	for i := range report.Checks {
		c := &report.Checks[i]
		for _, a := range open {
			if a.Condition == string(c.Condition) && a.Subject == c.Subject && c.Severity != OK {
				c.Since = &a.RaisedAt
			}
		}
	}
	return report, err
}

// of makes a check out of a finding: of the given severity as soon as there is anything.
func of(c Condition, f store.Finding, severity Severity) Check {
	check := Check{Condition: c, Severity: OK, Count: f.Count, Oldest: f.Oldest}
	if f.Count > 0 {
		check.Severity = severity
	}
	return check
}

func (s *Service) steps(ctx context.Context, scope store.Scope, now time.Time) ([]Check, error) {
	overdue, err := s.store.OverdueSteps(ctx, scope, now.Add(-overdueAfter), calendar.DateOf(now.UTC()))
	if err != nil {
		return nil, err
	}
	uncertain, err := s.store.UncertainSends(ctx, scope, now.Add(-s.settings.Unsettled-sweepPatience))
	return []Check{of(OverdueSteps, overdue, Alarm), of(UncertainSends, uncertain, Alarm)}, err
}

func (s *Service) cases(ctx context.Context, scope store.Scope, _ time.Time) ([]Check, error) {
	missing, err := s.store.CasesWithoutWorkflow(ctx, scope)
	if err != nil {
		return nil, err
	}
	unreachable, err := s.store.UnreachableCustomers(ctx, scope)
	return []Check{of(MissingCases, missing, Alarm), of(NoAddress, unreachable, Warning)}, err
}

func (s *Service) outbox(ctx context.Context, scope store.Scope, _ time.Time) ([]Check, error) {
	unheard, err := s.store.UnheardFacts(ctx, scope, unheardAfter)
	if err != nil {
		return nil, err
	}
	untaken, err := s.store.UntakenEvents(ctx, scope, untakenAfter)
	return []Check{of(StuckOutbox, unheard, Alarm), of(StuckWebhooks, untaken, Warning)}, err
}

// bankData counts the creditors whose reminders wait for payment data, or soon will.
func (s *Service) bankData(ctx context.Context, scope store.Scope, now time.Time) ([]Check, error) {
	today := calendar.DateOf(now.UTC())
	lines, err := s.store.PaymentDataOf(ctx, scope, today)
	check := Check{Condition: StaleBankData, Severity: OK}
	limit := func(days int) calendar.Date { return calendar.TARGET().AddBusinessDays(today, -days) }
	for _, l := range lines {
		olderThan := func(days int) bool { return l.Known == nil || l.Known.Before(limit(days)) }
		if l.Waiting == 0 && (!l.Overdue || !olderThan(bankDataWarning)) {
			continue
		}
		check.Count++
		if check.Severity == OK {
			check.Severity = Warning
		}
		if l.Waiting > 0 && olderThan(bankDataAlarm) {
			check.Severity = Alarm
		}
		if l.Known != nil {
			known := l.Known.In(time.UTC, 0, 0)
			if check.Oldest == nil || known.Before(*check.Oldest) {
				check.Oldest = &known
			}
		}
	}
	return []Check{check}, err
}

// workers looks at the marks that the workers' loops leave, by the wall clock.
func (s *Service) workers(ctx context.Context, _ store.Scope, _ time.Time) ([]Check, error) {
	var checks []Check
	for _, l := range []struct {
		condition Condition
		loop      string
		patience  time.Duration
		severity  Severity
	}{{LateReconcile, LoopReconcile, reconcilePatience, Warning}, {NoWorker, LoopWatch, workerPatience, Alarm}} {
		mark, err := s.store.LoopMarkOf(ctx, l.loop)
		if err != nil {
			return nil, err
		}
		check := Check{Condition: l.condition, Severity: OK}
		if mark.At == nil || mark.Ago > l.patience {
			check.Severity, check.Count, check.Oldest = l.severity, 1, mark.At
		}
		checks = append(checks, check)
	}
	return checks, nil
}

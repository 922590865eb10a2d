package api

import (
	"context"

	"maan/internal/health"
	"maan/internal/store"
)

// GetHealth answers as long as the process lives.
func (s *server) GetHealth(context.Context, GetHealthRequestObject) (GetHealthResponseObject, error) {
	return GetHealth200JSONResponse{HealthJSONResponse{Status: "ok"}}, nil
}

// GetReadiness answers whether the database does.
func (s *server) GetReadiness(ctx context.Context, _ GetReadinessRequestObject) (GetReadinessResponseObject, error) {
	if err := s.store.Ping(ctx); err != nil {
		p := refused(kindUnavailable, "The database does not answer.")
		p.retry = 5
		return nil, p
	}
	return GetReadiness200JSONResponse{HealthJSONResponse{Status: "ok", Redirected: s.redirected}}, nil
}

// GetContactHealth says whether contact with customers goes on as it should.
func (s *server) GetContactHealth(ctx context.Context, r GetContactHealthRequestObject) (GetContactHealthResponseObject, error) {
	who := callerOf(ctx)
	scope := who.scope
	if r.Params.Creditor != "" {
		if _, err := s.store.FindCreditor(ctx, scope, r.Params.Creditor); err != nil {
			return nil, err
		}
		scope = store.Scope{Creditors: []string{r.Params.Creditor}}
	}
	report, err := s.health.Contact(ctx, scope, who.now)
	if err != nil {
		return nil, err
	}
	return GetContactHealth200JSONResponse{Overall: report.Overall(), CheckedAt: report.At, Checks: each(report.Checks, checkOf)}, nil
}

func checkOf(c health.Check) ContactCheck {
	text := c.Condition.Text()
	return ContactCheck{
		Name: string(c.Condition), Subject: c.Subject, Severity: c.Severity, Count: c.Count, Oldest: c.Oldest, Since: c.Since,
		What: text.What, ToDo: text.ToDo,
	}
}

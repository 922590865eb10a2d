package api

import "context"

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

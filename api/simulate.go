package api

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"maan/internal/dunning"
	"maan/internal/simulation"
)

// What one request may simulate, and how many faulty rows it tells.
const (
	maxSimulated   = 20_000
	maxFaultsShown = 100
)

// SimulatePolicy says what a policy would have done about past invoices.
func (s *server) SimulatePolicy(ctx context.Context, r SimulatePolicyRequestObject) (SimulatePolicyResponseObject, error) {
	policy, err := s.policyVersion(ctx, r.Policy, r.Version)
	if err != nil {
		return nil, err
	}
	history, err := simulation.ReadHistory(bytes.NewReader(bodyOf(ctx)))
	if err != nil { // it names lines and columns, never what stands there
		return nil, &problem{kind: kindRefused, detail: err.Error()}
	}
	if len(history.Invoices) > maxSimulated {
		return nil, refused(kindRefused, "At most "+itoa(maxSimulated)+" past invoices are taken here; `maan policy simulate` takes more.")
	}
	options := simulation.Options{Seed: uint64(max(1, r.Params.Seed)), WeeklyContacts: r.Params.WeeklyContacts}
	report, err := simulation.Run(policy, history, options)
	if err != nil {
		return nil, &problem{kind: kindRefused, detail: err.Error()}
	}
	var against *simulation.Report
	if name, version, given := strings.Cut(r.Params.Against, ":"); given {
		n, err := strconv.Atoi(version)
		if err != nil {
			return nil, err
		}
		other, err := s.policyVersion(ctx, name, n)
		if err != nil {
			return nil, err
		}
		if against, err = simulation.Run(other, history, options); err != nil {
			return nil, &problem{kind: kindRefused, detail: err.Error()}
		}
	}
	shown := history.Faults[:min(len(history.Faults), maxFaultsShown)]
	return SimulatePolicy200JSONResponse{
		Study: simulation.NewStudy(report, against),
		Faults: each(shown, func(f simulation.Fault) ImportFault {
			return ImportFault{Line: f.Line, Field: f.Column, Code: "invalid", Message: f.Reason}
		}),
	}, nil
}

func (s *server) policyVersion(ctx context.Context, name string, version int) (*dunning.Policy, error) {
	row, err := s.store.FindPolicy(ctx, name, version)
	if err != nil {
		return nil, err
	}
	return dunning.ParsePolicy([]byte(row.Source))
}

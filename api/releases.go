package api

import (
	"context"

	"github.com/google/uuid"

	"maan/internal/collection"
	"maan/internal/store"
)

// PreviewRelease lists what a release of the day would let go.
func (s *server) PreviewRelease(ctx context.Context, r PreviewReleaseRequestObject) (PreviewReleaseResponseObject, error) {
	who, in, day := callerOf(ctx), r.Params, dayOf(r.Params.Day)
	if _, err := s.store.FindCreditor(ctx, who.scope, in.Creditor); err != nil {
		return nil, err
	}
	due, err := s.store.DueForRelease(ctx, in.Creditor, day)
	if err != nil {
		return nil, err
	}
	ids := each(due, func(i store.ReleaseItem) uuid.UUID { return i.InvoiceID })
	lines, err := s.store.InvoiceLines(ctx, in.Creditor, ids)
	if err != nil {
		return nil, err
	}
	days, err := s.store.PlannedDays(ctx, due)
	if err != nil {
		return nil, err
	}
	answer := PreviewRelease200JSONResponse{Creditor: in.Creditor, Day: day, Items: []ReleaseItem{}}
	for _, i := range due {
		line, ok := lines[i.InvoiceID]
		if !ok {
			continue
		}
		policy, err := s.store.PolicyOfVersion(ctx, line.PolicyVersionID)
		if err != nil {
			return nil, err
		}
		planned, ok := days[i.InvoiceID]
		if !ok {
			planned = day
		}
		answer.Items = append(answer.Items, ReleaseItem{
			InvoiceID: line.ID, Number: line.Number, CustomerID: line.CustomerID, CustomerName: line.CustomerName, Step: string(i.Step),
			Label: labelOf(policy, i.Step), Occurrence: i.Occurrence, LocalDate: planned, Open: moneyOf(line.OpenMinor, line.Currency),
		})
	}
	return answer, nil
}

// CreateRelease lets the day's batch go.
func (s *server) CreateRelease(ctx context.Context, r CreateReleaseRequestObject) (CreateReleaseResponseObject, error) {
	who, in := callerOf(ctx), r.Body
	if _, err := s.store.FindCreditor(ctx, who.scope, in.Creditor); err != nil {
		return nil, err
	}
	batch := collection.ReleaseBatch{Creditor: in.Creditor, Day: in.Day, Exclude: map[uuid.UUID]string{}}
	for _, e := range in.Exclude {
		batch.Exclude[e.InvoiceID] = e.Reason
	}
	id, freed, err := s.service.Release(ctx, who.scope, who.now, who.actor, batch)
	if err != nil {
		return nil, err
	}
	return CreateRelease201JSONResponse{ID: id, Creditor: in.Creditor, Day: in.Day, Released: freed, Excluded: len(batch.Exclude)}, nil
}

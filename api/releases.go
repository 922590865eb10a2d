package api

import (
	"bytes"
	"context"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/store"
)

// PreviewRelease is the day's outgoing batch, as JSON or CSV.
func (s *server) PreviewRelease(ctx context.Context, r PreviewReleaseRequestObject) (PreviewReleaseResponseObject, error) {
	who, in, day := callerOf(ctx), r.Params, dayOf(r.Params.Day)
	if _, err := s.store.FindCreditor(ctx, who.scope, in.Creditor); err != nil {
		return nil, err
	}
	list, err := ReleaseListOf(ctx, s.store, in.Creditor, day)
	if err != nil {
		return nil, err
	}
	if !wantsCSV(in.Format, in.Accept) {
		return PreviewRelease200JSONResponse(list), nil
	}
	var file bytes.Buffer
	if err := WriteReleaseCSV(&file, list.Items); err != nil {
		return nil, err
	}
	return PreviewRelease200TextCsvResponse{Body: &file, ContentLength: int64(file.Len())}, nil
}

// ReleaseListOf is the day's outgoing batch of a creditor, as the API answers it.
func ReleaseListOf(ctx context.Context, s *store.Store, creditor string, day calendar.Date) (ReleasePreview, error) {
	lines, err := s.ReleaseLines(ctx, creditor, day)
	if err != nil {
		return ReleasePreview{}, err
	}
	items, removed := []ReleaseItem{}, []ReleaseItem{}
	for i := range lines {
		if lines[i].Silent != "" || lines[i].Released {
			continue
		}
		item, err := releaseItem(ctx, s, &lines[i])
		if err != nil {
			return ReleasePreview{}, err
		}
		if item.Removed != "" {
			removed = append(removed, item)
		} else {
			items = append(items, item)
		}
	}
	since, before, err := s.ListedBefore(ctx, creditor, day)
	return ReleasePreview{
		Creditor: creditor, Day: day, Items: items, Totals: totalsOf(items), Removed: removed,
		Changes: ReleaseChanges{Since: some(since), New: countNew(items), Gone: goneSince(before, lines)},
	}, err
}

func releaseItem(ctx context.Context, s *store.Store, l *store.ReleaseLine) (ReleaseItem, error) {
	policy, err := s.PolicyOfVersion(ctx, l.PolicyVersionID)
	if err != nil {
		return ReleaseItem{}, err
	}
	item := ReleaseItem{
		InvoiceID: l.InvoiceID, Number: l.Number, CustomerID: l.CustomerID, CustomerName: l.CustomerName, Step: string(l.Step),
		Label: labelOf(policy, l.Step), Stage: l.Stage, Channels: []string{}, Occurrence: l.Occurrence, LocalDate: l.LocalDate, DueDate: l.DueDate,
		Open: moneyOf(l.OpenMinor, l.Currency), New: !l.ListedBefore, Version: l.Version, Removed: l.Removed,
	}
	if step, known := policy.Step(l.Step); known {
		for _, c := range step.Channels {
			item.Channels = append(item.Channels, string(c))
		}
	}
	return item, nil
}

// CreateRelease lets lines of the day's batch go.
func (s *server) CreateRelease(ctx context.Context, r CreateReleaseRequestObject) (CreateReleaseResponseObject, error) {
	who, in := callerOf(ctx), r.Body
	if _, err := s.store.FindCreditor(ctx, who.scope, in.Creditor); err != nil {
		return nil, err
	}
	batch := collection.ReleaseBatch{Creditor: in.Creditor, Day: in.Day, Lines: map[uuid.UUID]string{}, Exclude: map[uuid.UUID]string{}}
	for _, l := range in.Lines {
		batch.Lines[l.InvoiceID] = l.Version
	}
	for _, e := range in.Exclude {
		batch.Exclude[e.InvoiceID] = e.Reason
	}
	done, err := s.service.Release(ctx, who.scope, who.now, who.actor, batch)
	if err != nil {
		return nil, err
	}
	return CreateRelease201JSONResponse{
		ID: done.ID, Creditor: in.Creditor, Day: in.Day, Released: done.Released, Already: done.Already, Excluded: done.Excluded,
		Mismatches: each(done.Mismatches, func(m collection.Mismatch) ReleaseMismatch {
			return ReleaseMismatch{InvoiceID: m.InvoiceID, Code: m.Code, Sentence: ReleaseReason(m.Code) + "."}
		}),
	}, nil
}

// ListReleases lists what was released, newest first.
func (s *server) ListReleases(ctx context.Context, r ListReleasesRequestObject) (ListReleasesResponseObject, error) {
	in := r.Params
	if _, err := s.store.FindCreditor(ctx, callerOf(ctx).scope, in.Creditor); err != nil {
		return nil, err
	}
	p, err := page(in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.FindReleases(ctx, in.Creditor, p)
	if err != nil {
		return nil, err
	}
	rows, next := cut(rows, in.Limit, func(r *store.ReleaseRow) uuid.UUID { return r.ID })
	return ListReleases200JSONResponse{Items: each(rows, releaseRowOf), NextCursor: next}, nil
}

// GetRelease reads one with its lines.
func (s *server) GetRelease(ctx context.Context, r GetReleaseRequestObject) (GetReleaseResponseObject, error) {
	row, lines, err := s.store.FindRelease(ctx, callerOf(ctx).scope, r.ID)
	if err != nil {
		return nil, err
	}
	return GetRelease200JSONResponse{Release: releaseRowOf(row), Creditor: row.CreditorID, Lines: each(lines, func(l store.ReleasedLine) ReleasedLine {
		out := ReleasedLine{
			InvoiceID: l.InvoiceID, Number: l.Number, Step: string(l.Step), Version: l.Version, State: string(l.State), Reason: string(l.Reason), Removed: l.Removed,
		}
		if l.OpenMinor != nil {
			open := moneyOf(*l.OpenMinor, l.Currency)
			out.Open = &open
		}
		return out
	})}, nil
}

func releaseRowOf(r store.ReleaseRow) ReleaseRow {
	return ReleaseRow{ID: r.ID, Day: r.Day, ReleasedBy: r.ReleasedBy, ReleasedAt: r.ReleasedAt, Released: r.Released, Excluded: r.Excluded}
}

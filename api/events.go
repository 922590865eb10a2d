package api

import (
	"context"

	"maan/internal/feed"
	"maan/internal/store"
)

// ListEvents is a page of the feed.
func (s *server) ListEvents(ctx context.Context, r ListEventsRequestObject) (ListEventsResponseObject, error) {
	who, in := callerOf(ctx), r.Params
	if err := who.mayNarrow(in.Creditor); err != nil {
		return nil, err
	}
	var bad faults
	after, err := s.feedPlace(ctx, &bad, in.Cursor)
	if err != nil {
		return nil, err
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	page, err := s.store.Feed(ctx, store.FeedFilter{Scope: who.scope, Creditor: in.Creditor, Kinds: feed.Kinds(in.Type)}, after, pageLength(in.Limit))
	if err != nil {
		return nil, err
	}
	events, err := feed.OfAll(page.Lines)
	return ListEvents200JSONResponse{Items: events, Cursor: feed.Cursor(page.Next), More: page.More}, err
}

// feedPlace reads a cursor of the feed and notes one that the feed never gave; none is
// the beginning.
func (s *server) feedPlace(ctx context.Context, bad *faults, cursor string) (store.FeedMark, error) {
	place, err := feed.ParseCursor(cursor)
	known := err == nil
	if known {
		if known, err = s.store.FeedKnows(ctx, place); err != nil {
			return place, err
		}
	}
	if !known {
		bad.add("cursor", "unknown_cursor", "this feed never gave the cursor; give back an older one as it was answered, or leave it out for the beginning")
	}
	return place, nil
}

package api

import (
	"context"

	"github.com/google/uuid"

	"maan/internal/feed"
	"maan/internal/store"
	"maan/internal/webhook"
)

// CreateWebhook adds an address to which events are posted.
func (s *server) CreateWebhook(ctx context.Context, r CreateWebhookRequestObject) (CreateWebhookResponseObject, error) {
	who, in := callerOf(ctx), r.Body
	if err := who.covers(in.Creditor); err != nil {
		return nil, err
	}
	var bad faults
	for _, f := range webhook.CheckURL(in.URL, s.localWebhooks) {
		bad.add("url", f.Code, "%s", f.Detail)
	}
	var from *store.FeedMark
	if in.Cursor != "" {
		place, err := s.feedPlace(ctx, &bad, in.Cursor)
		if err != nil {
			return nil, err
		}
		from = &place
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	e := store.WebhookEndpoint{
		ID: store.NewID(), CreditorID: in.Creditor, URL: in.URL, Secret: webhook.NewSecret(), CreatedBy: string(who.actor), CreatedAt: who.now,
		Types: each(in.Types, func(t FeedEventType) string { return string(t) }),
	}
	if err := s.service.CreateWebhook(ctx, who.scope, who.now, who.actor, e, from); err != nil {
		return nil, err
	}
	made, err := s.webhook(ctx, e.ID)
	made.Secret = e.Secret
	return CreateWebhook201JSONResponse(made), err
}

// ListWebhooks lists those of the key's creditors.
func (s *server) ListWebhooks(ctx context.Context, r ListWebhooksRequestObject) (ListWebhooksResponseObject, error) {
	who := callerOf(ctx)
	if err := who.mayNarrow(r.Params.Creditor); err != nil {
		return nil, err
	}
	rows, err := s.store.FindWebhooks(ctx, who.scope, r.Params.Creditor)
	return ListWebhooks200JSONResponse{Items: each(rows, webhookOf)}, err
}

// GetWebhook reads one.
func (s *server) GetWebhook(ctx context.Context, r GetWebhookRequestObject) (GetWebhookResponseObject, error) {
	w, err := s.webhook(ctx, r.ID)
	return GetWebhook200JSONResponse(w), err
}

// DeleteWebhook removes one.
func (s *server) DeleteWebhook(ctx context.Context, r DeleteWebhookRequestObject) (DeleteWebhookResponseObject, error) {
	who := callerOf(ctx)
	return DeleteWebhook204Response{}, s.service.DeleteWebhook(ctx, who.scope, who.now, who.actor, r.ID)
}

// TestWebhook asks the worker for a delivery without events: the API connects to nobody.
func (s *server) TestWebhook(ctx context.Context, r TestWebhookRequestObject) (TestWebhookResponseObject, error) {
	d, err := s.service.TestWebhook(ctx, callerOf(ctx).scope, r.ID)
	return TestWebhook202JSONResponse(attemptOf(d)), err
}

// ReplayWebhook moves a webhook to another place in the feed.
func (s *server) ReplayWebhook(ctx context.Context, r ReplayWebhookRequestObject) (ReplayWebhookResponseObject, error) {
	who := callerOf(ctx)
	var bad faults
	place, err := s.feedPlace(ctx, &bad, r.Body.Cursor)
	if err != nil {
		return nil, err
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	if err := s.service.ReplayWebhook(ctx, who.scope, who.now, who.actor, r.ID, place); err != nil {
		return nil, err
	}
	w, err := s.webhook(ctx, r.ID)
	return ReplayWebhook200JSONResponse(w), err
}

// EnableWebhook lets one go on.
func (s *server) EnableWebhook(ctx context.Context, r EnableWebhookRequestObject) (EnableWebhookResponseObject, error) {
	who := callerOf(ctx)
	if err := s.service.EnableWebhook(ctx, who.scope, who.now, who.actor, r.ID); err != nil {
		return nil, err
	}
	w, err := s.webhook(ctx, r.ID)
	return EnableWebhook200JSONResponse(w), err
}

// ListWebhookDeliveries is the log of one.
func (s *server) ListWebhookDeliveries(ctx context.Context, r ListWebhookDeliveriesRequestObject) (ListWebhookDeliveriesResponseObject, error) {
	if _, err := s.webhook(ctx, r.ID); err != nil {
		return nil, err
	}
	rows, err := s.store.FindDeliveries(ctx, r.ID)
	return ListWebhookDeliveries200JSONResponse{Items: each(rows, attemptOf)}, err
}

func (s *server) webhook(ctx context.Context, id uuid.UUID) (Webhook, error) {
	row, err := s.store.FindWebhook(ctx, callerOf(ctx).scope, id)
	return webhookOf(row), err
}

// webhookOf leaves the secret out.
func webhookOf(e store.WebhookEndpoint) Webhook {
	w := Webhook{
		ID: e.ID, Creditor: e.CreditorID, URL: e.URL, Types: each(e.Types, func(t string) FeedEventType { return FeedEventType(t) }), Status: e.Status,
		Cursor: feed.Cursor(e.Mark()), Failures: e.Failures, FailingSince: e.FailingSince, LastError: e.LastError, CreatedBy: e.CreatedBy,
		CreatedAt: e.CreatedAt, DisabledAt: e.DisabledAt,
	}
	if e.Failures > 0 && e.Status == store.WebhookActive {
		w.NextAttemptAt = &e.NextAttemptAt
	}
	return w
}

func attemptOf(d store.WebhookDelivery) DeliveryAttempt {
	return DeliveryAttempt{
		ID: d.ID, Test: d.Test, Events: d.Events, FirstEvent: d.FirstEvent, LastEvent: d.LastEvent, State: d.State, Attempts: d.Attempts,
		StatusCode: d.StatusCode, ErrorCode: d.ErrorCode, CreatedAt: d.CreatedAt, AttemptedAt: d.AttemptedAt,
	}
}

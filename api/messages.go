package api

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"maan/internal/store"
)

// ListMessages is the outbox, newest first.
func (s *server) ListMessages(ctx context.Context, r ListMessagesRequestObject) (ListMessagesResponseObject, error) {
	who, in := callerOf(ctx), r.Params
	if err := who.mayNarrow(in.Creditor); err != nil {
		return nil, err
	}
	filter := store.MessageFilter{Creditor: in.Creditor, Customer: in.Customer, Status: in.Status, Fate: in.Fate}
	if !in.Since.IsZero() {
		filter.Since = &in.Since
	}
	if wantsCSV(in.Format, in.Accept) {
		return s.exportMessages(ctx, filter)
	}
	p, err := page(in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.FindMessages(ctx, who.scope, filter, p)
	if err != nil {
		return nil, err
	}
	rows, next := cut(rows, in.Limit, func(m *store.MessageView) uuid.UUID { return m.ID })
	items, err := s.withItems(ctx, rows)
	return ListMessages200JSONResponse{Items: items, NextCursor: next}, err
}

// ListInvoiceMessages lists the messages about an invoice.
func (s *server) ListInvoiceMessages(ctx context.Context, r ListInvoiceMessagesRequestObject) (ListInvoiceMessagesResponseObject, error) {
	if _, err := s.store.InvoiceRow(ctx, callerOf(ctx).scope, r.ID); err != nil {
		return nil, err
	}
	rows, err := s.store.InvoiceMessages(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	items, err := s.withItems(ctx, rows)
	return ListInvoiceMessages200JSONResponse{Items: items}, err
}

// GetMessage reads one with its text.
func (s *server) GetMessage(ctx context.Context, r GetMessageRequestObject) (GetMessageResponseObject, error) {
	row, err := s.store.FindMessage(ctx, callerOf(ctx).scope, r.ID)
	if err != nil {
		return nil, err
	}
	items, err := s.withItems(ctx, []store.MessageView{row})
	if err != nil {
		return nil, err
	}
	events, err := s.store.MessageEvents(ctx, row)
	if err != nil {
		return nil, err
	}
	attempts, err := s.store.MessageAttempts(ctx, row)
	if err != nil {
		return nil, err
	}
	answer := GetMessage200JSONResponse{
		Message: items[0],
		Events: each(events, func(e store.MessageEvent) MessageEvent {
			return MessageEvent{Source: e.Source, Kind: e.Kind, Code: e.Code, At: e.At, RecordedAt: e.RecordedAt}
		}),
		Attempts: each(attempts, func(a store.MessageAttempt) MessageAttempt {
			return MessageAttempt{MessageID: a.ID, Occurrence: a.Occurrence, Fate: a.Fate, ErrorCode: a.ErrorCode, ClaimedAt: a.ClaimedAt}
		}),
	}
	text, err := s.store.MessageText(ctx, r.ID)
	if errors.Is(err, store.ErrNotFound) { // erased
		return answer, nil
	}
	answer.Body = &MessageBody{Recipient: text.Recipient, RecipientName: text.RecipientName, Subject: text.Subject, HTML: text.HTML, Text: text.Text}
	return answer, err
}

func (s *server) withItems(ctx context.Context, rows []store.MessageView) ([]Message, error) {
	items, err := s.store.ItemsOfMessages(ctx, each(rows, func(m store.MessageView) uuid.UUID { return m.ID }))
	return each(rows, func(m store.MessageView) Message { return messageOf(m, items[m.ID]) }), err
}

func messageOf(m store.MessageView, items []store.MessageItem) Message {
	return Message{
		ID: m.ID, Creditor: m.CreditorID, CustomerID: m.CustomerID, Audience: m.Audience, Channel: string(m.Channel), Template: m.Template,
		TemplateVersion: m.TemplateVersion, Language: m.Language, Tone: int(m.Tone), Status: m.Status, ErrorCode: m.ErrorCode, Delivery: m.Delivery,
		Fate: m.Fate, BodySHA256: m.BodySHA256, ClaimedAt: m.ClaimedAt, SettledAt: m.SettledAt, DeliveredAt: m.DeliveredAt, CopyOf: m.CopyOf,
		Items: each(items, func(i store.MessageItem) MessageItem {
			return MessageItem{InvoiceID: i.InvoiceID, Step: string(i.Step), Occurrence: i.Occurrence}
		}),
	}
}

package api

import (
	"context"
	"encoding/base64"
	"slices"
	"strconv"

	"maan/internal/dunning"
	"maan/internal/store"
)

// GetInvoiceTimeline lists the case's history.
func (s *server) GetInvoiceTimeline(ctx context.Context, r GetInvoiceTimelineRequestObject) (GetInvoiceTimelineResponseObject, error) {
	if _, err := s.store.InvoiceRow(ctx, callerOf(ctx).scope, r.ID); err != nil {
		return nil, err
	}
	after := 0
	if r.Params.Cursor != "" {
		raw, err := base64.RawURLEncoding.DecodeString(r.Params.Cursor)
		if err == nil {
			after, err = strconv.Atoi(string(raw))
		}
		if err != nil {
			return nil, badCursor()
		}
	}
	length := pageLength(r.Params.Limit)
	rows, err := s.store.TimelineOf(ctx, r.ID, after, length+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(rows) > length {
		rows = rows[:length]
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(rows[length-1].Seq)))
	}
	return GetInvoiceTimeline200JSONResponse{Items: each(rows, eventOf), NextCursor: next}, nil
}

func eventOf(e store.CaseEvent) Event {
	data := e.Data
	if data == nil {
		data = map[string]any{}
	}
	return Event{Seq: e.Seq, Kind: e.Kind, Actor: e.Actor, Data: data, At: e.BusinessAt, RecordedAt: e.RecordedAt, Hash: e.Hash}
}

// GetInvoicePlan lists the steps of every run.
func (s *server) GetInvoicePlan(ctx context.Context, r GetInvoicePlanRequestObject) (GetInvoicePlanResponseObject, error) {
	d, err := s.store.CaseDetails(ctx, callerOf(ctx).scope, r.ID)
	if err != nil {
		return nil, err
	}
	policy, steps, err := s.store.PlanOf(ctx, r.ID, d.Invoice.PolicyVersionID)
	if err != nil {
		return nil, err
	}
	return GetInvoicePlan200JSONResponse{
		InvoiceID: r.ID, PlanNo: d.Invoice.PlanNo, Policy: PolicyRef{Policy: d.Policy, Version: d.PolicyVersion},
		Steps: each(steps, func(p store.PlanStep) PlanStep { return planStepOf(policy, p) }),
	}, nil
}

func planStepOf(policy *dunning.Policy, p store.PlanStep) PlanStep {
	return PlanStep{
		Run: p.RunNo, Step: string(p.Step), Label: labelOf(policy, p.Step), Stage: p.Stage, Action: string(p.Action), Occurrence: p.Occurrence,
		State: p.State, Reason: string(p.Reason), At: p.At, LocalDate: p.LocalDate, NotBefore: p.NotBefore, DoneAt: p.DoneAt, Reference: p.Reference,
		Channels: channelsOf(p.Channels),
	}
}

// labelOf is the step in business words; a step that a migration left behind has its id.
func labelOf(policy *dunning.Policy, id dunning.StepID) string {
	if step, ok := policy.Step(id); ok {
		return step.Label
	}
	return string(id)
}

func channelsOf(channels map[dunning.Channel]store.ChannelResult) []ChannelResult {
	var out []ChannelResult
	for channel, r := range channels {
		out = append(out, ChannelResult{Channel: string(channel), Status: r.Status, Reason: r.Reason, MessageID: r.MessageID})
	}
	slices.SortFunc(out, func(a, b ChannelResult) int {
		if a.Channel < b.Channel {
			return -1
		}
		return 1
	})
	return out
}

package api

import (
	"context"

	"maan/internal/dunning"
	"maan/internal/store"
)

// SilenceCustomer keeps a customer from being written to on a channel.
func (s *server) SilenceCustomer(ctx context.Context, r SilenceCustomerRequestObject) (SilenceCustomerResponseObject, error) {
	who, in := callerOf(ctx), r.Body
	if err := s.service.SilenceChannel(ctx, who.scope, who.now, who.actor, r.ID, dunning.Channel(in.Channel), in.Note); err != nil {
		return nil, err
	}
	c, err := s.customer(ctx, r.ID)
	return SilenceCustomer200JSONResponse(c), err
}

// LiftCustomerSilence lets a customer be written to on a channel again.
func (s *server) LiftCustomerSilence(ctx context.Context, r LiftCustomerSilenceRequestObject) (LiftCustomerSilenceResponseObject, error) {
	who, in := callerOf(ctx), r.Body
	cases, err := s.service.LiftSilence(ctx, who.scope, who.now, who.actor, r.ID, dunning.Channel(in.Channel), in.Reason)
	return LiftCustomerSilence200JSONResponse(customerChange(r.ID, cases)), err
}

func silenceOf(s store.Silence) Silence {
	return Silence{Channel: string(s.Channel), Reason: s.Reason, MessageID: s.MessageID, Since: s.SilencedAt, By: s.SilencedBy}
}

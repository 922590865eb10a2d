package api

import (
	"context"

	"maan/internal/store"
)

// GetDigest reads what finance is told of a day.
func (s *server) GetDigest(ctx context.Context, r GetDigestRequestObject) (GetDigestResponseObject, error) {
	who := callerOf(ctx)
	cr, err := s.store.FindCreditor(ctx, who.scope, r.Creditor)
	if err != nil {
		return nil, err
	}
	on := who.today()
	if r.Params.On != "" {
		on = dayOf(r.Params.On)
	}
	f, err := s.digest.Of(ctx, cr, on, who.now)
	if err != nil {
		return nil, err
	}
	if f.Period.Until.Before(f.Period.From) {
		var bad faults
		bad.add("on", "in_the_future", "that day has not begun; the newest is %s", who.today())
		return nil, bad.err()
	}
	return GetDigest200JSONResponse{
		Creditor: cr.ID, Day: f.Day, From: f.Period.From, Until: f.Period.Until, Mode: cr.Mode, Stopped: cr.Stopped, Next: f.Next,
		Sent: each(f.Sent, func(l store.SentLine) DigestSent {
			return DigestSent{
				Template: l.Template, Channel: string(l.Channel), Sent: l.Sent, Delivered: l.Delivered, Bounced: l.Bounced, Uncertain: l.Uncertain,
				NotTaken: l.NotTaken,
			}
		}),
		NotSent: each(f.Unsent, func(l store.UnsentLine) DigestUnsent {
			return DigestUnsent{State: l.State, Reason: l.Reason, Count: l.Count, Invoices: l.Invoices}
		}),
		Coming: each(f.Coming, func(l store.ComingLine) DigestComing {
			return DigestComing{Stage: string(l.Stage), Action: string(l.Action), Count: l.Count, Open: moneyOf(l.Open, l.Currency)}
		}),
		Tasks: each(f.Tasks, func(l store.OpenTaskLine) DigestTasks {
			return DigestTasks{Kind: l.Kind, Count: l.Count, Oldest: l.Oldest}
		}),
		Amiss: each(f.Amiss, checkOf),
	}, nil
}

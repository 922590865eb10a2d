package collection

import (
	"context"
	"time"

	"github.com/google/uuid"

	"maan/internal/store"
)

// AssignReply says about which invoice an answer is that nobody could match to a message. From
// then on it is like any other: its case has it, a collector gets a task to read it, and the
// customer's ladders pause, unless a reply paused them within 14 days or the case is closed.
// An answer is assigned once.
func (s *Service) AssignReply(ctx context.Context, scope store.Scope, now time.Time, actor Actor, reply, invoice uuid.UUID) (store.Reply, error) {
	in, err := s.store.InvoiceRow(ctx, scope, invoice)
	if err != nil {
		return store.Reply{}, err
	}
	var r store.Reply
	err = s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		cu, cr, overrides, err := tx.LockCustomer(ctx, in.CustomerID)
		if err != nil {
			return err
		}
		if r, err = tx.LockReply(ctx, scope, reply); err != nil {
			return err
		}
		if r.Fate != ReplyUnknown {
			return Refuse(Conflict, "", "known", "this answer belongs to a customer already")
		}
		place, err := placeOf(cr, cu, overrides)
		if err != nil {
			return err
		}
		r.CreditorID, r.CustomerID, r.InvoiceID, r.AssignedBy, r.AssignedAt = &cu.CreditorID, &cu.ID, &invoice, string(actor), &now
		t := takingReply{
			service: s, tx: tx, now: now, actor: actor, reply: r, in: IncomingReply{Channel: r.Channel, Automatic: r.Automatic},
			until: place.Customer.AddBusinessDays(place.Date(now), s.settings.ReplyPause),
		}
		err = t.take(ctx)
		r = t.reply
		return err
	})
	return r, err
}

// ForgetReplies deletes answers that nobody assigned in time, with all that was written in them. It
// answers how many.
func (s *Service) ForgetReplies(ctx context.Context, now time.Time) (int, error) {
	return s.store.ForgetUnknownReplies(ctx, now.AddDate(0, 0, -s.settings.ReplyRetention))
}

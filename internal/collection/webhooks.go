package collection

import (
	"context"
	"time"

	"github.com/google/uuid"

	"maan/internal/store"
)

// webhooksPerCreditor bounds how many addresses a creditor's events go to.
const webhooksPerCreditor = 20

// CreateWebhook adds an address to which a creditor's events are posted, from the end of
// the feed on or from a given place. The address was checked before.
func (s *Service) CreateWebhook(ctx context.Context, scope store.Scope, now time.Time, actor Actor, e store.WebhookEndpoint, from *store.FeedMark) error {
	if _, err := s.store.FindCreditor(ctx, scope, e.CreditorID); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		fresh, err := tx.InsertWebhook(ctx, e, from, webhooksPerCreditor)
		if err != nil {
			return err
		}
		if !fresh {
			return Refuse(Conflict, "", "too_many", "the creditor has %d webhooks; delete one first", webhooksPerCreditor)
		}
		return tx.InsertCreditorEvent(ctx, e.CreditorID, "webhook_created", string(actor), e.ID.String(), now)
	})
}

// DeleteWebhook removes an address and what is known of its deliveries.
func (s *Service) DeleteWebhook(ctx context.Context, scope store.Scope, now time.Time, actor Actor, id uuid.UUID) error {
	return s.changeWebhook(ctx, scope, now, actor, id, "webhook_deleted", func(ctx context.Context, tx *store.Tx) error {
		return tx.DeleteWebhook(ctx, id)
	})
}

// ReplayWebhook posts again what came after a place in the feed.
func (s *Service) ReplayWebhook(ctx context.Context, scope store.Scope, now time.Time, actor Actor, id uuid.UUID, from store.FeedMark) error {
	return s.changeWebhook(ctx, scope, now, actor, id, "webhook_replayed", func(ctx context.Context, tx *store.Tx) error {
		return tx.MoveWebhook(ctx, id, from)
	})
}

// EnableWebhook lets an address that was given up go on where it stopped.
func (s *Service) EnableWebhook(ctx context.Context, scope store.Scope, now time.Time, actor Actor, id uuid.UUID) error {
	return s.changeWebhook(ctx, scope, now, actor, id, "webhook_enabled", func(ctx context.Context, tx *store.Tx) error {
		return tx.EnableWebhook(ctx, id)
	})
}

// TestWebhook puts a delivery without events on its way. One that waits already is the
// same.
func (s *Service) TestWebhook(ctx context.Context, scope store.Scope, id uuid.UUID) (d store.WebhookDelivery, err error) {
	err = s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.LockWebhook(ctx, scope, id); err != nil {
			return err
		}
		d, err = tx.RequestTest(ctx, id)
		return err
	})
	return d, err
}

// DisableWebhook gives an address up to which nothing could be delivered for days. It
// answers false if that was done already.
func (s *Service) DisableWebhook(ctx context.Context, now time.Time, id uuid.UUID) (disabled bool, err error) {
	err = s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		creditor, err := tx.LockWebhook(ctx, store.Everything, id)
		if err != nil {
			return err
		}
		if disabled, err = tx.DisableWebhook(ctx, id, now); err != nil || !disabled {
			return err
		}
		return tx.InsertCreditorEvent(ctx, creditor, "webhook_disabled", string(ActorSystem), id.String(), now)
	})
	return disabled, err
}

// changeWebhook changes an endpoint under its lock and notes who did.
func (s *Service) changeWebhook(ctx context.Context, scope store.Scope, now time.Time, actor Actor, id uuid.UUID, kind string,
	change func(context.Context, *store.Tx) error,
) error {
	return s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		creditor, err := tx.LockWebhook(ctx, scope, id)
		if err != nil {
			return err
		}
		if err := change(ctx, tx); err != nil {
			return err
		}
		return tx.InsertCreditorEvent(ctx, creditor, kind, string(actor), id.String(), now)
	})
}

package worker

import (
	"context"
	"log/slog"
	"time"

	"maan/activities"
	"maan/internal/clock"
	"maan/internal/digest"
	"maan/internal/email"
	"maan/internal/provider"
	"maan/internal/store"
)

// Digests mails each creditor's finance its digest, once for each business day.
type Digests struct {
	Digest    *digest.Service
	Store     *store.Store
	Clock     *clock.Clock
	Logger    *slog.Logger
	Mail      email.Sender
	Pace      activities.Pacer
	PublicURL string
}

const (
	digestEvery  = time.Minute
	digestRetry  = 10 * time.Minute
	digestLatest = 16 * time.Hour // after the day's end: later it is only read from the API
)

// Run sends until the context ends.
func (d *Digests) Run(ctx context.Context) error {
	tick := time.NewTicker(digestEvery)
	defer tick.Stop()
	for {
		now, err := d.Clock.Now(ctx)
		if err != nil {
			return err
		}
		if _, err := d.Send(ctx, now); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Send hands over the digests that are due and answers how many left.
func (d *Digests) Send(ctx context.Context, now time.Time) (sent int, err error) {
	creditors, err := d.Store.DigestCreditors(ctx)
	if err != nil {
		return 0, err
	}
	for _, cr := range creditors {
		left, err := d.sendOne(ctx, cr, now)
		if err != nil {
			return sent, err
		}
		if left {
			sent++
		}
	}
	return sent, nil
}

// sendOne claims, sends and records the newest digest of a creditor. A worker that dies in between
// leaves it claimed: it may have left, so it is not sent again.
func (d *Digests) sendOne(ctx context.Context, cr store.Creditor, now time.Time) (bool, error) {
	day, ended, err := d.Digest.Last(ctx, &cr, now)
	if err != nil || now.Sub(ended) > digestLatest {
		return false, err
	}
	again := now.Add(-digestRetry)
	if due, err := d.Store.DigestDue(ctx, cr.ID, day, again); err != nil || !due {
		return false, err
	}
	facts, err := d.Digest.Of(ctx, cr, day, now)
	if err != nil {
		return false, err
	}
	mail, err := digest.Render(facts, d.PublicURL)
	if err != nil {
		return false, err
	}
	if err := d.Pace.Wait(ctx, false); err != nil {
		return false, err
	}
	id := store.NewID()
	claimed, err := d.Store.ClaimDigest(ctx, store.Digest{CreditorID: cr.ID, Day: day, MailID: id, SHA256: mail.SHA256, ClaimedAt: now}, again)
	if err != nil || !claimed {
		return false, err
	}
	receipt, sendErr := d.Mail.Send(ctx, email.Message{
		ID: id.String(), CreditorRef: cr.ID, From: cr.SenderEmail, FromName: cr.SenderName, To: cr.DigestEmail, Subject: mail.Subject, HTML: mail.HTML, Text: mail.Text,
	})
	status, code := "sent", ""
	if sendErr != nil {
		status, code = string(provider.FateOf(sendErr)), provider.CodeOf(sendErr)
		d.Logger.Warn("digest not sent", "creditor", cr.ID, "day", day.String(), "fate", status, "code", code)
	}
	return sendErr == nil, d.Store.RecordDigest(ctx, id, status, code, receipt.ProviderID, now)
}

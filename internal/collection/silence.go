package collection

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/store"
)

// Why a channel is silent. Stored: never rename.
const (
	SilenceComplaint    = "complaint"    // the customer called a mail spam
	SilenceUnsubscribed = "unsubscribed" // it asked the provider for no more
	SilenceStop         = "stop"         // it answered STOP
	SilenceAsked        = "asked"        // it told a person
)

// silenced reports whether the customer does not want to be written to on a channel.
func (f *caseFile) silenced(c dunning.Channel) bool { return slices.Contains(f.Silenced, string(c)) }

// silenceReason is the silence that follows from a report; empty: none. A provider that
// drops a mail since its recipient complained says so as a failure.
func silenceReason(r Report) string {
	switch {
	case r.Kind == "complained" && r.Code == "unsubscribe", r.Code == "unsubscribed_address":
		return SilenceUnsubscribed
	case r.Kind == "complained", r.Code == "spam_reporting_address":
		return SilenceComplaint
	case r.Code == "21610": // Twilio: attempt to send to unsubscribed recipient
		return SilenceStop
	}
	return ""
}

// silenceFor silences the channel of a message after a report, if the report says so.
func (s *Service) silenceFor(ctx context.Context, tx *store.Tx, now time.Time, r Report) error {
	reason := silenceReason(r)
	if reason == "" {
		return nil
	}
	m, err := tx.MessageHead(ctx, r.MessageID)
	if errors.Is(err, store.ErrNotFound) { // not ours
		return nil
	}
	if err != nil || m.Audience != "customer" {
		return err
	}
	_, err = s.silence(ctx, tx, store.Silence{
		CustomerID: m.CustomerID, Channel: m.Channel, Reason: reason, MessageID: &m.ID, SilencedAt: now, SilencedBy: string(ActorProvider),
	})
	return err
}

// silence writes the fact down and notes it in every open case. The customer is locked. No
// workflow need hear of it: the next claim reads it.
func (s *Service) silence(ctx context.Context, tx *store.Tx, sil store.Silence) (fresh bool, err error) {
	sil.ID = store.NewID()
	if fresh, err = tx.InsertSilence(ctx, sil); err != nil || !fresh {
		return false, err
	}
	ids, err := tx.OpenInvoices(ctx, sil.CustomerID)
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		f, err := s.open(ctx, tx, id, sil.SilencedAt, Actor(sil.SilencedBy))
		if err != nil {
			return false, err
		}
		f.dirty = false
		f.channelSilenced(sil)
		if _, err := f.save(); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (f *caseFile) channelSilenced(sil store.Silence) {
	data := map[string]any{"silence_id": sil.ID.String(), "channel": string(sil.Channel), "reason": sil.Reason}
	if sil.MessageID != nil {
		data["message_id"] = sil.MessageID.String()
	}
	f.event("channel_silenced", data)
}

// writtenChannels are those on which a customer is written to, and can ask not to be.
var writtenChannels = []dunning.Channel{dunning.ChannelEmail, dunning.ChannelSMS}

// SilenceChannel keeps a customer from being written to on a channel, since it told a person
// so. One that is silent already stays so.
func (s *Service) SilenceChannel(ctx context.Context, scope store.Scope, now time.Time, actor Actor, customerID uuid.UUID, c dunning.Channel, note string) error {
	if !slices.Contains(writtenChannels, c) {
		return Refuse(Invalid, "channel", "unknown_channel", "give one of %v", writtenChannels)
	}
	return s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.lockCustomer(ctx, tx, scope, customerID); err != nil {
			return err
		}
		fresh, err := s.silence(ctx, tx, store.Silence{CustomerID: customerID, Channel: c, Reason: SilenceAsked, SilencedAt: now, SilencedBy: string(actor)})
		if err != nil || !fresh || note == "" {
			return err
		}
		return tx.InsertNote(ctx, customerNote(customerID, "channel_silenced", note, actor, now))
	})
}

// LiftSilence lets a customer be written to on a channel again, for a reason that a person
// gives. What failed for want of an address is done again. It answers how many cases were told.
func (s *Service) LiftSilence(ctx context.Context, scope store.Scope, now time.Time, actor Actor, customerID uuid.UUID, c dunning.Channel, reason string) (int, error) {
	if reason == "" {
		return 0, Refuse(Invalid, "reason", "missing", "say why the customer may be written to again; it asked not to be")
	}
	return s.changeCustomer(ctx, scope, now, actor, customerID, MessageContactMended,
		func(ctx context.Context, tx *store.Tx, cu *store.Customer) error {
			err := tx.LiftSilence(ctx, cu.ID, c, now, string(actor))
			if errors.Is(err, store.ErrNotFound) {
				return Refuse(Conflict, "channel", "not_silenced", "this customer may be written to on the channel already")
			}
			if err != nil {
				return err
			}
			return tx.InsertNote(ctx, customerNote(cu.ID, "silence_lifted", reason, actor, now))
		},
		func(f *caseFile) {
			f.event("channel_restored", map[string]any{"channel": string(c)})
			f.redoFailed()
		})
}

// lockCustomer locks a customer of the scope.
func (s *Service) lockCustomer(ctx context.Context, tx *store.Tx, scope store.Scope, id uuid.UUID) error {
	cu, _, _, err := tx.LockCustomer(ctx, id)
	if err == nil && !scope.Covers(cu.CreditorID) {
		err = store.ErrNotFound
	}
	return err
}

func customerNote(customer uuid.UUID, subject, body string, actor Actor, now time.Time) store.Note {
	return store.Note{ID: store.NewID(), CustomerID: customer, Subject: subject, Body: body, Actor: string(actor), BusinessAt: now}
}

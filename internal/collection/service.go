package collection

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/store"
)

// Settings are the times that decide when a send counts as uncertain, and how replies are taken.
type Settings struct {
	SendDeadline   time.Duration // how long a provider call may take; 20 s
	SettlementWait time.Duration // how long a message of unknown fate is left alone after that; 15 min
	ReplyDomain    string        // domain of the addresses to which customers answer; empty: the creditor's own address
	ReplyPause     int           // business days that a reply pauses a customer's ladders; 3
	ReplyRetention int           // days after which a reply that belongs to nobody is deleted; 90
}

// Service applies the rules to the facts in the store.
type Service struct {
	store    *store.Store
	settings Settings
}

// New makes a service.
func New(s *store.Store, settings Settings) *Service {
	if settings.SendDeadline == 0 {
		settings.SendDeadline = 20 * time.Second
	}
	if settings.SettlementWait == 0 {
		settings.SettlementWait = 15 * time.Minute
	}
	if settings.ReplyPause == 0 {
		settings.ReplyPause = 3
	}
	if settings.ReplyRetention == 0 {
		settings.ReplyRetention = 90
	}
	settings.ReplyDomain = strings.ToLower(settings.ReplyDomain)
	return &Service{store: s, settings: settings}
}

// UnsettledFor is how long a message of unknown fate is left alone before its step decides.
func (s *Service) UnsettledFor() time.Duration {
	return s.settings.SendDeadline + s.settings.SettlementWait
}

// Store is the store below, for reads.
func (s *Service) Store() *store.Store { return s.store }

// Actor is who does something: the opaque id of a person behind an API key, or the
// product itself.
type Actor string

// Actors of the product's own.
const (
	ActorSystem   Actor = "system"   // the ladder
	ActorProvider Actor = "provider" // a webhook
)

// Told is a message that was put on its way to a workflow. Where a person waits, the
// API delivers it at once as an update; else the relay does.
type Told struct {
	MessageID  int64
	WorkflowID string
	Name       string
	State      dunning.State
}

// Done is what a change of a case answers.
type Done struct {
	InvoiceID uuid.UUID
	ID        uuid.UUID // of the fact that was written; zero where there is none
	Existed   bool      // the same fact was there already and nothing was done
	Told      *Told
	Leaving   []uuid.UUID // messages that were claimed before and may still leave
	Open      int64       // balance after the change, minor units
	Closed    dunning.Reason
	TaskID    *uuid.UUID // a person was asked
}

// change opens a case, lets fn write a fact, and saves it.
func (s *Service) change(ctx context.Context, invoiceID uuid.UUID, scope store.Scope, now time.Time, actor Actor,
	fn func(context.Context, *caseFile) (Done, error),
) (Done, error) {
	var done Done
	err := s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		f, err := s.open(ctx, tx, invoiceID, now, actor)
		if err != nil {
			return err
		}
		if !scope.Covers(f.Creditor.ID) {
			return store.ErrNotFound
		}
		if done, err = fn(ctx, f); err != nil || done.Existed {
			return err
		}
		return f.finish(ctx, &done)
	})
	return done, err
}

// finish saves the case and fills in what every change answers.
func (f *caseFile) finish(ctx context.Context, done *Done) error {
	told, err := f.save()
	if err != nil {
		return err
	}
	done.InvoiceID, done.Told, done.Open = f.Invoice.ID, told, f.Invoice.OpenMinor
	if f.Invoice.ClosedOutcome != nil {
		done.Closed = *f.Invoice.ClosedOutcome
	}
	done.Leaving, err = f.tx.Leaving(ctx, f.Invoice.ID)
	return err
}

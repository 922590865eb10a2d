package collection

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/store"
)

// IncomingReply is what somebody answered, after its signature was checked.
type IncomingReply struct {
	Provider  string
	EventKey  string // the same answer twice has the same key
	Channel   dunning.Channel
	To        []string // of an e-mail: the addresses it was delivered to
	Number    string   // of an SMS: who sent it, E.164
	Automatic string   // the sign that no person wrote it
	Stop      bool     // the sender wants no more SMS
	Sender    string
	Subject   string
	Text      string
	Truncated bool
	Files     []store.ReplyFile
}

// Fates of a reply. Stored: never rename.
const (
	ReplyFiled   = "filed"   // no person wrote it, or it said STOP: kept with the case
	ReplyAsked   = "asked"   // a collector got a task to read it
	ReplyPaused  = "paused"  // and the customer's ladders wait
	ReplyUnknown = "unknown" // nobody knows whose it is: kept for a person
)

const (
	replyHold     = "reply"             // reason of the hold
	replyQuiet    = 14 * 24 * time.Hour // within it a second reply pauses nothing
	replyMemory   = 120                 // days for which an SMS is taken as an answer to the newest one
	replyLocal    = "reply+"            // begins the address to which customers answer
	stopAutomatic = "stop"
)

// replyTo is the address to which a message is answered, and the secret in it: one of the
// product's own where it takes replies, else the creditor's.
func (s *Service) replyTo(creditor string, to addressee, c dunning.Channel) (address, token string) {
	if s.settings.ReplyDomain == "" || to.audience != "customer" || c != dunning.ChannelEmail {
		return creditor, ""
	}
	token = strings.ToLower(rand.Text())
	return replyLocal + token + "@" + s.settings.ReplyDomain, token
}

// tokens are the secrets in the addresses that a mail was delivered to.
func (s *Service) tokens(to []string) []string {
	tokens := []string{}
	for _, address := range to {
		address = strings.ToLower(strings.Trim(strings.TrimSpace(address), "<>"))
		local, domain, _ := strings.Cut(address, "@")
		if token, ours := strings.CutPrefix(local, replyLocal); ours && token != "" && domain == s.settings.ReplyDomain {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

// TakeReply keeps an answer and puts it before a person: a task for a collector and, unless the
// case is closed or a reply paused it lately, a hold on the customer. What no person wrote is
// filed. An answer that belongs to no message of ours is kept and told nobody's. It answers
// the fate; an answer that was taken before changes nothing.
func (s *Service) TakeReply(ctx context.Context, now time.Time, in IncomingReply) (fate string, err error) {
	if in.Stop {
		in.Automatic = stopAutomatic
		if err := s.stopNumber(ctx, now, in.Number); err != nil {
			return "", err
		}
	}
	m, err := s.answered(ctx, now, in)
	r := store.Reply{
		ID: store.NewID(), Channel: in.Channel, Provider: in.Provider, EventKey: in.EventKey, Automatic: in.Automatic, ReceivedAt: now, Fate: ReplyUnknown,
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		err = s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for i := range in.Files { // nobody knows who sent them
				in.Files[i].Content, in.Files[i].Refused = nil, "unknown_sender"
			}
			return keepReply(ctx, tx, r, in)
		})
		return r.Fate, err
	case err != nil:
		return "", err
	}
	r.CreditorID, r.CustomerID, r.MessageID = &m.CreditorID, &m.CustomerID, &m.ID
	err = s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		cu, cr, overrides, err := tx.LockCustomer(ctx, m.CustomerID)
		if err != nil {
			return err
		}
		known, err := tx.KnownReply(ctx, in.Provider, in.EventKey)
		if err != nil || known != "" {
			r.Fate = known
			return err
		}
		place, err := placeOf(cr, cu, overrides)
		if err != nil {
			return err
		}
		until := place.Customer.AddBusinessDays(place.Date(now), s.settings.ReplyPause)
		t := takingReply{service: s, tx: tx, now: now, actor: ActorProvider, in: in, reply: r, until: until}
		err = t.take(ctx)
		r.Fate = t.reply.Fate
		return err
	})
	return r.Fate, err
}

// answered finds the message that a reply is to.
func (s *Service) answered(ctx context.Context, now time.Time, in IncomingReply) (store.MessageHead, error) {
	if in.Channel == dunning.ChannelSMS {
		return s.store.MessageByNumber(ctx, in.Number, now.AddDate(0, 0, -replyMemory))
	}
	tokens := s.tokens(in.To)
	if len(tokens) == 0 {
		return store.MessageHead{}, store.ErrNotFound
	}
	return s.store.MessageByToken(ctx, tokens)
}

func keepReply(ctx context.Context, tx *store.Tx, r store.Reply, in IncomingReply) error {
	_, err := tx.InsertReply(ctx, r, store.ReplyBody{ReplyID: r.ID, Sender: in.Sender, Subject: in.Subject, Text: in.Text, Truncated: in.Truncated}, in.Files)
	return err
}

// stopNumber silences SMS for every customer that a number is, or was, of: it is one telephone.
func (s *Service) stopNumber(ctx context.Context, now time.Time, number string) error {
	customers, err := s.store.CustomersOfNumber(ctx, number)
	if err != nil {
		return err
	}
	for _, id := range customers {
		err := s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := s.lockCustomer(ctx, tx, store.Everything, id); err != nil {
				return err
			}
			_, err := s.silence(ctx, tx, store.Silence{
				CustomerID: id, Channel: dunning.ChannelSMS, Reason: SilenceStop, SilencedAt: now, SilencedBy: string(ActorProvider),
			})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// takingReply is a reply that is being put before a person. The customer is locked.
type takingReply struct {
	service *Service
	tx      *store.Tx
	now     time.Time
	actor   Actor
	in      IncomingReply
	reply   store.Reply
	until   calendar.Date // last day of a pause
}

func (t *takingReply) take(ctx context.Context) error {
	hold, err := t.decide(ctx)
	if err != nil {
		return err
	}
	if t.reply.TaskID != nil {
		err = t.tx.Do(ctx, store.AddTask(store.Task{
			ID: *t.reply.TaskID, CreditorID: *t.reply.CreditorID, CustomerID: *t.reply.CustomerID, Kind: TaskReadReply, Role: string(dunning.RoleCollector),
			Reason: string(t.in.Channel), Status: "open", CreatedAt: t.now, Attempt: 1,
		}))
		if err != nil {
			return err
		}
	}
	if hold != nil {
		if err := t.tx.InsertHold(ctx, *hold); err != nil {
			return err
		}
	}
	if err := t.keep(ctx); err != nil {
		return err
	}
	if err := t.attach(ctx); err != nil || hold == nil {
		return err
	}
	_, err = t.service.tellOpenCases(ctx, t.tx, *t.reply.CustomerID, uuid.Nil, t.now, t.actor, MessageHoldPlaced, func(f *caseFile) { f.holdPlaced(*hold) })
	return err
}

// keep writes the reply down; one that a person assigned is there already.
func (t *takingReply) keep(ctx context.Context) error {
	if t.reply.InvoiceID != nil {
		return t.tx.AssignReply(ctx, t.reply)
	}
	return keepReply(ctx, t.tx, t.reply, t.in)
}

// about are the steps and invoices that the reply is about.
func (t *takingReply) about(ctx context.Context) ([]store.MessageItem, error) {
	if t.reply.InvoiceID != nil {
		return []store.MessageItem{{InvoiceID: *t.reply.InvoiceID}}, nil
	}
	return t.tx.MessageItems(ctx, *t.reply.MessageID)
}

// anyOpen reports whether a case that the reply is about is open.
func (t *takingReply) anyOpen(ctx context.Context) (bool, error) {
	if t.reply.InvoiceID == nil {
		return t.tx.AnyOpen(ctx, *t.reply.MessageID)
	}
	open, err := t.tx.OpenInvoices(ctx, *t.reply.CustomerID)
	return slices.Contains(open, *t.reply.InvoiceID), err
}

// decide says what becomes of the reply; the hold is nil if nothing is paused.
func (t *takingReply) decide(ctx context.Context) (*store.Hold, error) {
	if t.in.Automatic != "" {
		t.reply.Fate = ReplyFiled
		return nil, nil
	}
	task := store.NewID()
	t.reply.Fate, t.reply.TaskID = ReplyAsked, &task
	open, err := t.anyOpen(ctx)
	if err != nil || !open {
		return nil, err
	}
	lately, err := t.tx.HeldSince(ctx, *t.reply.CustomerID, replyHold, t.now.Add(-replyQuiet))
	if err != nil || lately {
		return nil, err
	}
	hold := store.Hold{
		ID: store.NewID(), CreditorID: *t.reply.CreditorID, CustomerID: *t.reply.CustomerID, Reason: replyHold, UntilDay: &t.until,
		PlacedBy: string(t.actor), PlacedAt: t.now,
	}
	t.reply.Fate, t.reply.HoldID = ReplyPaused, &hold.ID
	return &hold, nil
}

// attach notes the reply in the cases that the message was about, and puts them on the task.
func (t *takingReply) attach(ctx context.Context) error {
	items, err := t.about(ctx)
	if err != nil {
		return err
	}
	seen := map[uuid.UUID]bool{}
	for _, item := range items {
		if seen[item.InvoiceID] {
			continue
		}
		seen[item.InvoiceID] = true
		f, err := t.service.open(ctx, t.tx, item.InvoiceID, t.now, t.actor)
		if err != nil {
			return err
		}
		f.dirty = false
		data := map[string]any{
			"reply_id": t.reply.ID.String(), "channel": string(t.in.Channel), "automatic": t.in.Automatic, "paused": t.reply.HoldID != nil,
		}
		if t.reply.MessageID != nil {
			data["message_id"] = t.reply.MessageID.String()
		} else {
			data["assigned"] = true
		}
		if t.reply.TaskID != nil {
			data["task_id"] = t.reply.TaskID.String()
			f.write(store.AddTaskItem(*t.reply.TaskID, f.Invoice.ID, f.Invoice.CurrentRun, string(item.Step)))
		}
		f.event("reply_received", data)
		if _, err := f.save(); err != nil {
			return err
		}
	}
	return nil
}

package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"maan/internal/clock"
	"maan/internal/collection"
	"maan/internal/feed"
	"maan/internal/store"
	"maan/internal/telemetry"
	"maan/internal/webhook"
)

// Webhooks posts events to the endpoints. Each endpoint gets them in the order of the
// feed: the next delivery begins when the one before was taken, so one that fails holds up
// its own events only.
type Webhooks struct {
	Cases  *collection.Service
	Clock  *clock.Clock
	Sender *webhook.Sender
	Logger *slog.Logger
	// Metrics may be nil: then nothing is measured.
	Metrics *telemetry.Worker

	busy sync.Map // endpoint id -> nothing, while its events are posted
}

const (
	webhookEvery    = time.Second
	webhooksAtOnce  = 16
	eventsPerPost   = 100
	firstRetry      = 5 * time.Second
	longestRetry    = time.Hour
	webhookPatience = 3 * 24 * time.Hour // how long an endpoint may fail before it is given up
)

// Run posts until the context ends, and then waits for what is on its way.
func (w *Webhooks) Run(ctx context.Context) error {
	var posting errgroup.Group
	posting.SetLimit(webhooksAtOnce)
	defer func() { _ = posting.Wait() }() // the functions log their errors
	tick := time.NewTicker(webhookEvery)
	defer tick.Stop()
	for {
		due, err := w.Cases.Store().DueWebhooks(ctx)
		if err != nil {
			return err
		}
		for _, id := range due {
			if _, running := w.busy.LoadOrStore(id, nil); running {
				continue
			}
			started := posting.TryGo(func() error { w.follow(ctx, id); return nil })
			if !started { // all hands are busy: it is due at the next tick too
				w.busy.Delete(id)
			}
		}
		if err := w.giveUp(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// follow posts to one endpoint until it has all, or fails.
func (w *Webhooks) follow(ctx context.Context, endpoint uuid.UUID) {
	defer w.busy.Delete(endpoint)
	for ctx.Err() == nil {
		again, err := w.Deliver(ctx, endpoint)
		if err != nil && ctx.Err() == nil {
			w.Logger.Warn("webhook delivery failed inside", "webhook", endpoint.String(), "code", errorCode(err))
		}
		if err != nil || !again {
			return
		}
	}
}

// Deliver makes one attempt at what an endpoint is to get next, and reports whether there
// may be more. What is to be posted is noted before; so a worker that dies leaves a
// delivery that the next one posts again, under the same id and with the same events.
func (w *Webhooks) Deliver(ctx context.Context, endpoint uuid.UUID) (again bool, err error) {
	p, err := w.pack(ctx, endpoint)
	if err != nil || p == nil {
		return false, err
	}
	post, err := p.post()
	if err != nil {
		return false, err
	}
	began := time.Now()
	result := w.Sender.Send(ctx, post, began)
	if ctx.Err() != nil { // stopped in the middle: the same delivery is posted again
		return false, ctx.Err()
	}
	w.Metrics.Posted(ctx, result.Code, time.Since(began))
	if result.Taken() {
		return true, w.Cases.Store().Taken(ctx, p.delivery, result.Status)
	}
	w.Logger.Info("webhook not taken", "webhook", endpoint.String(), "delivery", p.delivery.ID.String(), "attempts", p.delivery.Attempts+1,
		"status", result.Status, "code", result.Code)
	return p.delivery.Test, w.Cases.Store().NotTaken(ctx, p.delivery, result.Status, result.Code, retryAfter(p.endpoint.Failures))
}

// retryAfter doubles from the first failure on.
func retryAfter(failures int) time.Duration {
	const doublings = 12 // past the longest wait, and far from an overflow
	return min(firstRetry<<min(failures, doublings), longestRetry)
}

// parcel is a delivery with its events.
type parcel struct {
	endpoint *store.WebhookEndpoint
	delivery store.WebhookDelivery
	events   []feed.Event
	cursor   string
}

// pack finds out what an endpoint is to get next: its test, the delivery that was not
// taken, or the next events. It answers nil for nothing.
func (w *Webhooks) pack(ctx context.Context, endpoint uuid.UUID) (*parcel, error) {
	var p *parcel
	err := w.Cases.Store().InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		p = nil // of an attempt at this transaction that failed
		e, open, err := tx.TakeWebhook(ctx, endpoint)
		if err != nil || e == nil {
			return err
		}
		if len(open) > 0 && open[0].Test {
			p = &parcel{endpoint: e, delivery: open[0], cursor: feed.Cursor(e.Mark())}
			return nil
		}
		if e.Status != store.WebhookActive || !e.Due {
			return nil
		}
		p = &parcel{endpoint: e}
		if len(open) > 0 {
			p.delivery = open[0]
			return p.refill(ctx, tx)
		}
		found, err := p.fill(ctx, tx)
		if !found {
			p = nil
		}
		return err
	})
	return p, err
}

// filter selects what is for the endpoint.
func (p *parcel) filter() store.FeedFilter {
	types := make([]feed.Type, len(p.endpoint.Types))
	for i, t := range p.endpoint.Types {
		types[i] = feed.Type(t)
	}
	return store.FeedFilter{Scope: store.Everything, Creditor: p.endpoint.CreditorID, Kinds: feed.Kinds(types)}
}

// fill takes the next events and notes them as a delivery. Where none is for the
// endpoint, its place moves on.
func (p *parcel) fill(ctx context.Context, tx *store.Tx) (found bool, err error) {
	page, err := tx.Feed(ctx, p.filter(), p.endpoint.Mark(), eventsPerPost)
	if err != nil {
		return false, err
	}
	if len(page.Lines) == 0 {
		return false, tx.PassOver(ctx, p.endpoint.ID, page.Next)
	}
	first, last := page.Lines[0], page.Lines[len(page.Lines)-1]
	if p.events, err = feed.OfAll(page.Lines); err != nil {
		return false, err
	}
	p.delivery = store.WebhookDelivery{
		ID: store.NewID(), EndpointID: p.endpoint.ID, FirstPosition: first.Position, LastPosition: last.Position,
		FirstEvent: p.events[0].ID, LastEvent: p.events[len(p.events)-1].ID, Events: len(p.events),
	}
	p.cursor = feed.Cursor(last.Mark())
	return true, tx.InsertWebhookDelivery(ctx, p.delivery)
}

// refill reads the events of a delivery that was not taken.
func (p *parcel) refill(ctx context.Context, tx *store.Tx) error {
	lines, err := tx.FeedBetween(ctx, p.filter(), p.delivery.FirstPosition, p.delivery.LastPosition, p.delivery.Events)
	if err != nil {
		return err
	}
	if len(lines) > 0 {
		p.cursor = feed.Cursor(lines[len(lines)-1].Mark())
	}
	p.events, err = feed.OfAll(lines)
	return err
}

// post is the request. Its body is the contract's WebhookDelivery.
func (p *parcel) post() (webhook.Post, error) {
	events := p.events
	if events == nil {
		events = []feed.Event{}
	}
	body, err := json.Marshal(struct {
		Delivery uuid.UUID    `json:"delivery"`
		Webhook  uuid.UUID    `json:"webhook"`
		Test     bool         `json:"test"`
		Events   []feed.Event `json:"events"`
		Cursor   string       `json:"cursor"`
	}{p.delivery.ID, p.endpoint.ID, p.delivery.Test, events, p.cursor})
	if err != nil {
		return webhook.Post{}, fmt.Errorf("encode delivery %s: %w", p.delivery.ID, err)
	}
	return webhook.Post{URL: p.endpoint.URL, Secret: p.endpoint.Secret, Delivery: p.delivery.ID.String(), Body: body}, nil
}

// giveUp disables the endpoints that have failed for days.
func (w *Webhooks) giveUp(ctx context.Context) error {
	failing, err := w.Cases.Store().FailingFor(ctx, webhookPatience)
	if err != nil {
		return err
	}
	for _, id := range failing {
		now, err := w.Clock.Now(ctx)
		if err != nil {
			return err
		}
		disabled, err := w.Cases.DisableWebhook(ctx, now, id)
		if err != nil {
			return err
		}
		if disabled {
			w.Logger.Error("webhook disabled", "webhook", id.String())
			w.Metrics.WebhookDisabled(ctx)
		}
	}
	return nil
}

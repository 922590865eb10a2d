package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	tlog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"

	"maan/activities"
	"maan/internal/cash"
	"maan/internal/clock"
	"maan/internal/collection"
	"maan/internal/config"
	"maan/internal/digest"
	"maan/internal/dunning"
	"maan/internal/email"
	"maan/internal/erp"
	"maan/internal/health"
	"maan/internal/imports"
	"maan/internal/provider"
	"maan/internal/sms"
	"maan/internal/store"
	"maan/internal/telemetry"
	"maan/internal/webhook"
	"maan/workflows"
)

// Deps are what a worker works with.
type Deps struct {
	Config   config.Config
	Store    *store.Store
	Clock    *clock.Clock
	Temporal client.Client
	Logger   *slog.Logger
	Metrics  *telemetry.Worker // nil: nothing is measured
}

// Cases is the service over the store with the configured waits.
func Cases(d Deps) *collection.Service {
	c := d.Config
	return collection.New(d.Store, collection.Settings{
		SendDeadline: email.DefaultTimeout, SettlementWait: c.SettlementWait, ReplyDomain: c.ReplyDomain, ReplyPause: c.ReplyPause, ReplyRetention: c.ReplyRetention,
	})
}

// Imports is the service that takes in files, with an importer for each kind.
func Imports(s *store.Store, cases *collection.Service) *imports.Service {
	return imports.New(s, map[string]imports.Importer{
		imports.KindBankStatement: cash.New(s, cases),
		imports.KindInvoices:      &erp.Invoices{Cases: cases},
		imports.KindOpenItems:     &erp.OpenItems{Cases: cases},
	})
}

// Run works until the context ends.
func Run(ctx context.Context, d Deps) error {
	cases := Cases(d)
	acts, err := newActivities(d, cases)
	if err != nil {
		return err
	}
	worker.SetStickyWorkflowCacheSize(casesKept)
	w := worker.New(d.Temporal, d.Config.TaskQueue, options(d))
	workflows.Register(w)
	acts.Register(w)
	if err := w.Start(); err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	defer w.Stop()
	g, ctx := errgroup.WithContext(ctx)
	relay := &Relay{Store: d.Store, Temporal: d.Temporal, TaskQueue: d.Config.TaskQueue, Logger: d.Logger, Metrics: d.Metrics}
	keeper := &Keeper{Cases: cases, Clock: d.Clock, Temporal: d.Temporal, Logger: d.Logger, Metrics: d.Metrics}
	starter := &Starter{Store: d.Store, Temporal: d.Temporal, TaskQueue: d.Config.TaskQueue, Logger: d.Logger}
	g.Go(func() error { return alone(ctx, d, "relay", relay.Run) })
	g.Go(func() error { return alone(ctx, d, "keeper", keeper.Run) })
	g.Go(func() error { return alone(ctx, d, "imports", starter.Run) })
	publisher := &Publisher{Store: d.Store, Metrics: d.Metrics}
	webhooks := &Webhooks{Cases: cases, Clock: d.Clock, Sender: webhook.NewSender(!d.Config.Production()), Logger: d.Logger, Metrics: d.Metrics}
	g.Go(func() error { return alone(ctx, d, "events", together(publisher.Run, webhooks.Run)) })
	watch := newWatch(d, cases, acts)
	digests := &Digests{
		Digest: digest.New(d.Store, watch.Health), Store: d.Store, Clock: d.Clock, Logger: d.Logger, Mail: acts.Mail, Pace: acts.MailPace,
		PublicURL: d.Config.PublicURL,
	}
	g.Go(func() error { return alone(ctx, d, "watch", together(watch.Run, digests.Run)) })
	return g.Wait()
}

func newActivities(d Deps, cases *collection.Service) (*activities.Activities, error) {
	c := d.Config
	if err := c.CheckProviders(); err != nil {
		return nil, err
	}
	acts := &activities.Activities{
		Cases: cases, Imports: Imports(d.Store, cases), Clock: d.Clock.Now, PublicURL: c.PublicURL, SMSFrom: c.TwilioFrom,
		MailPace: provider.NewLimiter(d.Store, string(dunning.ChannelEmail), c.EmailsPerSecond),
		TextPace: provider.NewLimiter(d.Store, string(dunning.ChannelSMS), c.SMSPerSecond),
		Metrics:  d.Metrics,
	}
	var mailErr, textErr error
	acts.Mail, mailErr = mailer(c)
	acts.Text, textErr = texter(c)
	if acts.Text == nil && textErr == nil {
		d.Logger.Warn("no SMS: MAAN_TWILIO_SID and MAAN_TWILIO_TOKEN are not set")
	}
	for _, channel := range c.Redirected() {
		d.Logger.Warn("every message of this channel is redirected to one address", "channel", channel)
	}
	measure(acts)
	return acts, errors.Join(mailErr, textErr)
}

func newWatch(d Deps, cases *collection.Service, acts *activities.Activities) *Watch {
	c := d.Config
	w := &Watch{
		Health: health.New(d.Store, health.Settings{Unsettled: cases.UnsettledFor(), Unreported: c.Unreported(), Notify: c.OperatorEmail != ""}), Store: d.Store, Clock: d.Clock,
		Logger: d.Logger, Pace: acts.MailPace, From: c.OperatorSender(), To: c.OperatorEmail, PublicURL: c.PublicURL, Metrics: d.Metrics,
	}
	if c.OperatorEmail != "" {
		w.Mail = acts.Mail
	}
	return w
}

func mailer(c config.Config) (email.Sender, error) {
	client, err := mailClient(c)
	if err != nil {
		return nil, err
	}
	if c.RedirectEmail != "" {
		return email.Redirect(client, c.RedirectEmail), nil
	}
	return client, nil
}

func mailClient(c config.Config) (email.Sender, error) {
	if c.SMTPHost != "" {
		return email.NewSMTP(c.SMTP())
	}
	client, err := email.NewSendGrid(email.SendGridConfig{BaseURL: c.SendGridURL, APIKey: c.SendGridKey})
	if err != nil {
		return nil, fmt.Errorf("MAAN_SENDGRID_*: %w", err)
	}
	return client, nil
}

// texter is nil where no account is given.
func texter(c config.Config) (sms.Sender, error) {
	if c.TwilioSID == "" && c.TwilioToken == "" {
		return nil, nil //nolint:nilnil // steps then go by mail alone
	}
	client, err := sms.NewTwilio(sms.TwilioConfig{BaseURL: c.TwilioURL, AccountSID: c.TwilioSID, AuthToken: c.TwilioToken, From: c.TwilioFrom})
	if err != nil {
		return nil, fmt.Errorf("MAAN_TWILIO_*: %w", err)
	}
	if c.RedirectMobile != "" {
		return sms.Redirect(client, c.RedirectMobile), nil
	}
	return client, nil
}

// casesKept bounds the cases that stay in memory, some 50 KB each: a case waits for days between its
// steps, and is then read from its history just as well.
const casesKept = 2000

// stopTimeout is longer than the longest send, so that a worker told to stop finishes
// what it has claimed.
const stopTimeout = 30 * time.Second

func options(d Deps) worker.Options {
	o := worker.Options{
		MaxConcurrentActivityExecutionSize: d.Config.WorkerConcurrency,
		WorkerStopTimeout:                  stopTimeout,
		Interceptors:                       []interceptor.WorkerInterceptor{&activities.Codes{Logger: d.Logger, Metrics: d.Metrics}},
	}
	if id := d.Config.WorkerBuildID; id != "" {
		o.DeploymentOptions = worker.DeploymentOptions{
			UseVersioning: true, Version: worker.WorkerDeploymentVersion{DeploymentName: "collections", BuildID: id},
		}
	}
	return o
}

// Dial connects to Temporal lazily: the product takes facts in while Temporal is down.
// Unless the caller decides otherwise nothing is compressed: what travels is ids and codes,
// a few kilobytes at most, and packing them costs both ends more than sending them.
func Dial(opts client.Options, logger *slog.Logger) (client.Client, error) {
	opts.Logger = tlog.NewStructuredLogger(logger)
	if opts.ConnectionOptions.GrpcCompression == nil {
		opts.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	}
	c, err := client.NewLazyClient(opts)
	if err != nil {
		return nil, fmt.Errorf("connect to Temporal: %w", err)
	}
	return c, nil
}

// alone runs a loop in one process of all: whoever holds the advisory lock. It begins
// again after an error, and when the connection that holds the lock is lost.
func alone(ctx context.Context, d Deps, name string, loop func(context.Context) error) error {
	for ctx.Err() == nil {
		if err := holding(ctx, d, name, loop); err != nil && ctx.Err() == nil {
			d.Logger.Warn("loop failed, begins again", "loop", name, "code", errorCode(err))
			d.Metrics.LoopFailed(ctx, name)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

func holding(ctx context.Context, d Deps, name string, loop func(context.Context) error) error {
	conn, err := d.Store.Pool().Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	key := "maan " + name + " " + d.Config.TaskQueue
	var got bool
	if err := conn.QueryRow(ctx, `select pg_try_advisory_lock(hashtext($1))`, key).Scan(&got); err != nil || !got {
		return err
	}
	defer func() { // the connection may be gone; then the lock is too
		if _, err := conn.Exec(context.WithoutCancel(ctx), `select pg_advisory_unlock(hashtext($1))`, key); err != nil {
			d.Logger.Warn("lock not given back", "loop", name, "code", errorCode(err))
		}
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // without the connection another process may hold the lock
		tick := time.NewTicker(5 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := conn.Ping(ctx); err != nil {
					cancel()
				}
			}
		}
	}()
	defer d.Metrics.Holds(name)()
	return loop(ctx)
}

// together runs loops side by side, so that they share a lock and its connection. When
// one fails, all end.
func together(loops ...func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		g, ctx := errgroup.WithContext(ctx)
		for _, loop := range loops {
			g.Go(func() error { return loop(ctx) })
		}
		return g.Wait()
	}
}

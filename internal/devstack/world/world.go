// Package world runs the whole product on one machine for the demo and the end-to-end
// tests: the real binaries as processes of their own, against a real Temporal server, a
// real PostgreSQL database and the provider sandbox, with a clock that moves all of them
// in lock step.
package world

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/sdk/client"
	tlog "go.temporal.io/sdk/log"

	"maan/internal/devstack/freeport"
	"maan/internal/devstack/sandbox"
	"maan/internal/devstack/timeskip"
)

// Options say what the world is made of.
type Options struct {
	Binary          string // the maan binary
	Dir             string // logs and keys
	DatabaseURL     string // an empty database
	TemporalAddress string
	TaskQueue       string        // "": collections
	SettlementWait  time.Duration // 0: the product's own
	APIAddress      string        // "": a free port
	SandboxAddress  string        // "": a free port
	SMTP            bool          // e-mail goes by SMTP instead of SendGrid's API
	Measured        bool          // each process serves its metrics on a free port
	ReportAttempts  int           // times that the providers try to report; 0: the sandbox's own number
	Log             io.Writer     // where the processes write; nil: a file in Dir
}

// World is a running product with everything round it.
type World struct {
	Options

	Pool      *pgxpool.Pool
	Temporal  client.Client
	Sandbox   *sandbox.Sandbox
	Providers *sandbox.Server // the sandbox's page and controls
	Clock     *Clock
	API       *Client // as an administrator
	mailURL   string  // SendGrid's stand-in
	smtp      string  // address of the SMTP server; "" without
	textURL   string  // Twilio's
	env       []string
	api       *Process
	workers   []*Process
	log       io.Writer
	closing   atomic.Bool
	ended     chan string
	closers   []func() error
}

const (
	anyPort     = "127.0.0.1:0"
	sendGridKey = "SG.development"
	twilioSID   = "ACdevelopment"
	twilioToken = "developmenttoken"
	twilioFrom  = "+3197010000000"
)

// Start migrates the database and starts providers, API and one worker.
func Start(ctx context.Context, o Options) (w *World, err error) {
	if o.TaskQueue == "" {
		o.TaskQueue = "collections"
	}
	w = &World{Options: o, ended: make(chan string, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	if err := w.openLog(); err != nil {
		return w, err
	}
	apiAddress, err := address(ctx, o.APIAddress)
	if err != nil {
		return w, err
	}
	if err := w.startProviders(ctx, "http://"+apiAddress); err != nil {
		return w, err
	}
	w.env = w.environment(apiAddress)
	if err := w.openStores(ctx); err != nil {
		return w, err
	}
	w.Clock = NewClock(w.Pool, timeskip.Skipper{Service: w.Temporal.WorkflowService(), Namespace: client.DefaultNamespace}, w.Providers.URL())
	if w.api, err = w.process("api"); err != nil {
		return w, err
	}
	w.API = &Client{Base: "http://" + apiAddress}
	if w.API.Key, err = w.NewKey(ctx, "administrator", "dev-admin"); err != nil {
		return w, err
	}
	if err := w.waitReady(ctx); err != nil {
		return w, err
	}
	return w, w.StartWorker()
}

func (w *World) openLog() error {
	w.log = w.Log
	if w.log != nil {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(w.Dir, "processes.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open log of the processes: %w", err)
	}
	w.log = f
	w.closers = append(w.closers, f.Close)
	return nil
}

// openStores brings the database up to date, as an operator does, and connects. The
// program is run for it because its packages would make the development stack, which
// has modules of its own, depend on all of the product's.
func (w *World) openStores(ctx context.Context) (err error) {
	migrate := exec.CommandContext(ctx, w.Binary, "migrate") //nolint:gosec // our own program
	migrate.Env = append(os.Environ(), w.env...)
	if out, err := migrate.CombinedOutput(); err != nil {
		return fmt.Errorf("maan migrate: %w: %s", err, bytes.TrimSpace(out))
	}
	if w.Pool, err = pgxpool.New(ctx, w.DatabaseURL); err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	w.closers = append(w.closers, func() error { w.Pool.Close(); return nil })
	w.Temporal, err = client.Dial(client.Options{
		HostPort: w.TemporalAddress, Logger: tlog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
		ConnectionOptions: client.ConnectionOptions{GrpcCompression: &client.GrpcCompressionNone{}}, // as the product connects
	})
	if err != nil {
		return fmt.Errorf("connect to Temporal at %s: %w", w.TemporalAddress, err)
	}
	w.closers = append(w.closers, func() error { w.Temporal.Close(); return nil })
	return nil
}

func (w *World) startProviders(ctx context.Context, apiURL string) (err error) {
	w.Sandbox, err = sandbox.New(sandbox.Config{
		APIKey: sendGridKey, TwilioSID: twilioSID, TwilioToken: twilioToken, WebhookBaseURL: apiURL,
		WebhookAttempts: w.ReportAttempts,
		LogPath:         filepath.Join(w.Dir, "accepted.jsonl"), KeyPath: filepath.Join(w.Dir, "webhook.key"),
	})
	if err != nil {
		return err
	}
	w.Providers = sandbox.NewServer(w.Sandbox)
	at, err := address(ctx, w.SandboxAddress)
	if err != nil {
		return err
	}
	if err := w.Providers.Start(at); err != nil {
		return err
	}
	w.closers = append(w.closers, w.Sandbox.Close, w.Providers.StopListening)
	if w.SMTP {
		if w.smtp, err = w.Sandbox.ServeSMTP(anyPort); err != nil {
			return err
		}
	}
	if w.mailURL, err = w.Sandbox.ServeProvider(sandbox.Email, anyPort); err != nil {
		return err
	}
	w.textURL, err = w.Sandbox.ServeProvider(sandbox.SMS, anyPort)
	return err
}

func (w *World) environment(apiAddress string) []string {
	env := []string{
		"DATABASE_URL=" + w.DatabaseURL, "TEMPORAL_ADDRESS=" + w.TemporalAddress, "MAAN_TASK_QUEUE=" + w.TaskQueue,
		"MAAN_API_ADDRESS=" + apiAddress, "MAAN_PUBLIC_URL=http://" + apiAddress,
		"MAAN_SENDGRID_WEBHOOK_KEY=" + w.Sandbox.PublicKey(), "MAAN_TWILIO_URL=" + w.textURL,
		"MAAN_TWILIO_SID=" + twilioSID, "MAAN_TWILIO_TOKEN=" + twilioToken, "MAAN_TWILIO_FROM=" + twilioFrom,
		"MAAN_REPLY_DOMAIN=replies.example", "MAAN_SENDGRID_INBOUND_KEY=" + w.Sandbox.PublicKey(), "MAAN_EMAILS_PER_SECOND=500", "MAAN_SMS_PER_SECOND=500", "MAAN_REQUESTS_PER_SECOND=5000", "MAAN_LOG_LEVEL=warn",
	}
	if host, port, err := net.SplitHostPort(w.smtp); err == nil {
		env = append(env, "MAAN_SMTP_HOST="+host, "MAAN_SMTP_PORT="+port, "MAAN_SMTP_TLS=none",
			"MAAN_SMTP_USERNAME="+sandbox.SMTPUser, "MAAN_SMTP_PASSWORD="+sendGridKey)
	} else {
		env = append(env, "MAAN_SENDGRID_URL="+w.mailURL, "MAAN_SENDGRID_KEY="+sendGridKey)
	}
	if w.SettlementWait > 0 {
		env = append(env, "MAAN_SETTLEMENT_WAIT="+w.SettlementWait.String())
	}
	return env
}

// reserved are the ports that this process has given away: between finding one free and
// a child listening on it nobody else may get it.
//
//nolint:gochecknoglobals // ports are the machine's, not a world's
var reserved sync.Map

// address is the given one, or a free one on loopback.
func address(ctx context.Context, given string) (string, error) {
	if given != "" {
		return given, nil
	}
	for {
		l, err := freeport.Listen(ctx)
		if err != nil {
			return "", err
		}
		a := l.Addr().String()
		if err := l.Close(); err != nil {
			return "", err
		}
		if _, taken := reserved.LoadOrStore(a, true); !taken {
			return a, nil
		}
	}
}

// NewKey makes an API key for a role; without creditors it covers all of them.
func (w *World) NewKey(ctx context.Context, role, actor string, creditors ...string) (string, error) {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return "", err
	}
	key := "maan_" + base64.RawURLEncoding.EncodeToString(secret)
	hash := sha256.Sum256([]byte(key))
	if creditors == nil {
		creditors = []string{"*"}
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	_, err = w.Pool.Exec(ctx, `insert into api_key (id, prefix, hash, role, creditors, actor, created_at) values ($1, $2, $3, $4, $5, $6, now())`,
		id, key[:12], hash[:], role, creditors, actor)
	if err != nil {
		return "", fmt.Errorf("make API key: %w", err)
	}
	return key, nil
}

func (w *World) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.API.Base+"/readyz", nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			if err := res.Body.Close(); err != nil {
				return err
			}
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the API at %s does not become ready; see the log of the processes in %s", w.API.Base, w.Dir)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Metrics are the addresses at which the running processes serve their metrics, the API's first.
func (w *World) Metrics() []string {
	var all []string
	for _, p := range append([]*Process{w.api}, w.workers...) {
		if p != nil && p.metrics != "" {
			all = append(all, "http://"+p.metrics+"/metrics")
		}
	}
	return all
}

// Environment is what the product's processes are started with.
func (w *World) Environment() []string { return w.env }

// Ended tells the name of a process that has ended before Close, for whoever stays up.
// Tests that kill a worker need not read it.
func (w *World) Ended() <-chan string { return w.ended }

// Close ends everything that Start began.
func (w *World) Close() error {
	w.closing.Store(true)
	var errs []error
	for _, p := range append(w.workers, w.api) {
		if p != nil {
			errs = append(errs, p.Stop())
		}
	}
	for _, closer := range slices.Backward(w.closers) {
		errs = append(errs, closer())
	}
	return errors.Join(errs...)
}

package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"maan/internal/cash"
	"maan/internal/collection"
	"maan/internal/digest"
	"maan/internal/dunning"
	"maan/internal/email"
	"maan/internal/health"
	"maan/internal/imports"
	"maan/internal/store"
	"maan/internal/telemetry"
)

// Teller tells a workflow at once what happened to its case, for a person who waits. It
// gives up by itself after a short while: the relay delivers the same message later. An
// error means "not yet", never that the fact is lost.
type Teller interface {
	Tell(ctx context.Context, t *collection.Told) error
}

// Config is what the API needs.
type Config struct {
	Service *collection.Service
	// Imports takes in files.
	Imports *imports.Service
	// Now is business time: the wall clock, or the development clock.
	Now func(ctx context.Context) (time.Time, error)
	// Teller may be nil: then every answer says that the workflow is told later.
	Teller Teller
	// EventVerifier proves SendGrid's webhooks. Nil refuses them all.
	EventVerifier *email.EventVerifier
	// InboundVerifier proves the mail that SendGrid's inbound parse posts. Nil refuses it all.
	InboundVerifier *email.EventVerifier
	// TwilioAuthToken proves Twilio's webhooks. Empty refuses them all.
	TwilioAuthToken string
	// PublicURL is scheme and host under which providers reach the API, such as
	// https://maan.example.com; a path before /webhooks may follow.
	PublicURL string
	// Unreported are the channels whose provider sends no reports on what it took.
	Unreported []dunning.Channel
	// LocalWebhooks takes webhook addresses on this machine, by http too; for development.
	LocalWebhooks bool
	// Redirected names the channels of which every message goes to one address.
	Redirected []string
	// Metrics may be nil: then nothing is measured.
	Metrics *telemetry.API
	// Logger takes one line for each request and each error. Nil is slog's default.
	Logger *slog.Logger
	// RequestsPerSecond limits each API key; 0 is 200, below 0 no limit.
	RequestsPerSecond float64
	// RequestTimeout bounds a request; 0 is 30 seconds.
	RequestTimeout time.Duration
}

const (
	defaultRate    = 200
	defaultTimeout = 30 * time.Second
)

// server serves the contract.
type server struct {
	service   *collection.Service
	imports   *imports.Service
	cash      *cash.Service
	store     *store.Store
	health    *health.Service
	digest    *digest.Service
	now       func(context.Context) (time.Time, error)
	teller    Teller
	events    *email.EventVerifier
	inbound   *email.EventVerifier
	large     chan struct{} // a place for each large post that is being read
	twilio    string
	publicURL string
	log       *slog.Logger
	metrics   *telemetry.API
	limits    *rateLimits
	tally     *hookTally
	ops       map[string]*operation

	localWebhooks bool
	redirected    []string
}

// Handler builds the API. It connects to nothing yet. The error says what of the
// configuration is wrong.
func Handler(cfg Config) (http.Handler, error) {
	if cfg.Service == nil || cfg.Imports == nil || cfg.Now == nil {
		return nil, errors.New("api: services and clock must be given")
	}
	if u, err := url.Parse(cfg.PublicURL); cfg.PublicURL != "" && (err != nil || u.Host == "" || u.RawQuery != "") {
		return nil, errors.New("api: public URL must be scheme and host, such as https://maan.example.com")
	}
	doc, err := Contract()
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	ops, err := operations(doc)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	s := &server{
		service: cfg.Service, imports: cfg.Imports, cash: cash.New(cfg.Service.Store(), cfg.Service), store: cfg.Service.Store(), now: cfg.Now, teller: cfg.Teller, events: cfg.EventVerifier,
		inbound: cfg.InboundVerifier, large: make(chan struct{}, largeAtOnce),
		twilio: cfg.TwilioAuthToken, publicURL: cfg.PublicURL, log: cfg.Logger, ops: ops,
		localWebhooks: cfg.LocalWebhooks, health: health.New(cfg.Service.Store(), health.Settings{Unsettled: cfg.Service.UnsettledFor(), Unreported: cfg.Unreported}),
		redirected: cfg.Redirected, metrics: cfg.Metrics,
	}
	s.digest = digest.New(s.store, s.health)
	if s.log == nil {
		s.log = slog.Default()
	}
	if cfg.RequestsPerSecond == 0 {
		cfg.RequestsPerSecond = defaultRate
	}
	if cfg.RequestTimeout == 0 {
		cfg.RequestTimeout = defaultTimeout
	}
	s.limits = newRateLimits(cfg.RequestsPerSecond)
	s.tally = &hookTally{store: s.store, log: s.log, counts: map[store.HookCount]int64{}}
	return s.engine(cfg.RequestTimeout), nil
}

// engine registers the gates and the routes.
func (s *server) engine(timeout time.Duration) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	g.ContextWithFallback = true // handlers get the request's values, deadline and end
	g.HandleMethodNotAllowed = true
	g.RedirectTrailingSlash = false
	g.Use(s.observe, s.guard, securityHeaders, deadline(timeout), s.route, s.tallyHooks, s.largePosts, s.authenticate, s.readBody, s.validate, s.idempotent)
	g.NoRoute(func(c *gin.Context) { s.fail(c, refused(kindNotFound, "There is no such route; see /openapi.yaml.")) })
	g.NoMethod(func(c *gin.Context) {
		s.fail(c, refused(kindMethod, "See /openapi.yaml for the methods of this route."))
	})
	handler := NewStrictHandlerWithOptions(s, nil, StrictGinServerOptions{
		RequestErrorHandlerFunc: func(c *gin.Context, _ error) {
			s.fail(c, refused(kindValidation, "The body does not have the form that the contract asks for."))
		},
		HandlerErrorFunc:         s.fail,
		ResponseErrorHandlerFunc: s.fail,
	})
	RegisterHandlersWithOptions(g, handler, GinServerOptions{ErrorHandler: func(c *gin.Context, _ error, _ int) {
		s.fail(c, refused(kindValidation, "A parameter does not have the form that the contract asks for."))
	}})
	g.GET("/openapi.yaml", func(c *gin.Context) { c.Data(http.StatusOK, "application/yaml", contractText) })
	g.POST("/webhooks/sendgrid", s.sendgridEvents)
	g.POST("/webhooks/sendgrid/inbound", s.sendgridInbound)
	g.POST("/webhooks/twilio", s.twilioStatus)
	g.POST("/webhooks/twilio/inbound", s.twilioInbound)
	return g
}

// NewHTTPServer is a server with the time-outs that a door to the outside needs.
func NewHTTPServer(address string, handler http.Handler) *http.Server {
	return &http.Server{
		Addr: address, Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 60 * time.Second, WriteTimeout: 120 * time.Second,
		IdleTimeout: 120 * time.Second, MaxHeaderBytes: 32 << 10,
	}
}

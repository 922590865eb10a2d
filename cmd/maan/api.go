package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"maan/api"
	"maan/internal/email"
	"maan/internal/telemetry"
	"maan/worker"
)

// webhookAge is how old a provider's signed report may be.
const webhookAge = 10 * time.Minute

func apiCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "api",
		Short: "Serve the HTTP API and take the providers' webhooks",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := opened(cmd.Context(), "api")
			if err != nil {
				return err
			}
			defer a.store.Close()
			deps, err := a.deps()
			if err != nil {
				return err
			}
			defer deps.Temporal.Close()
			metrics, err := a.telemetry.API()
			if err != nil {
				return err
			}
			handler, err := apiHandler(deps, metrics)
			if err != nil {
				return err
			}
			return a.telemetry.During(cmd.Context(), a.config.MetricsAddress, func(ctx context.Context) error {
				return serve(ctx, api.NewHTTPServer(a.config.APIAddress, handler))
			})
		},
	}
}

func apiHandler(d worker.Deps, metrics *telemetry.API) (http.Handler, error) {
	c, cases := d.Config, worker.Cases(d)
	cfg := api.Config{
		Service: cases, Imports: worker.Imports(d.Store, cases), Now: d.Clock.Now, Teller: &worker.Teller{Temporal: d.Temporal, Store: d.Store},
		TwilioAuthToken: c.TwilioToken, PublicURL: c.PublicURL, Logger: d.Logger, RequestsPerSecond: c.RequestsPerSecond,
		LocalWebhooks: !c.Production(), Unreported: c.Unreported(), Redirected: c.Redirected(), Metrics: metrics,
	}
	var err error
	if cfg.EventVerifier, err = verifier(c.SendGridWebhookKey); err != nil {
		return nil, fmt.Errorf("MAAN_SENDGRID_WEBHOOK_KEY: %w", err)
	}
	if cfg.InboundVerifier, err = verifier(c.SendGridInboundKey); err != nil {
		return nil, fmt.Errorf("MAAN_SENDGRID_INBOUND_KEY: %w", err)
	}
	return api.Handler(cfg)
}

// verifier proves SendGrid's posts; without a key it is nil, and they are refused.
func verifier(key string) (*email.EventVerifier, error) {
	if key == "" {
		return nil, nil //nolint:nilnil // none
	}
	return email.NewEventVerifier(key, webhookAge)
}

// serve answers until the context ends, and then finishes what it has begun.
func serve(ctx context.Context, server *http.Server) error {
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("stop the API: %w", err)
	}
	return nil
}

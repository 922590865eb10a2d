package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/caarlos0/env/v11"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"

	"maan/internal/clock"
	"maan/internal/config"
	"maan/internal/store"
	"maan/internal/telemetry"
	"maan/worker"
)

// app is what every command works with.
type app struct {
	config config.Config
	store  *store.Store
	clock  *clock.Clock
	logger *slog.Logger

	telemetry *telemetry.Telemetry // nil: nothing is measured
}

// open reads the settings and connects to the database, for a command that ends soon.
func open(ctx context.Context) (*app, error) { return opened(ctx, "") }

// opened reads the settings and connects to the database. A process that stays has a name, and is
// measured if somebody wants to look.
func opened(ctx context.Context, process string) (*app, error) {
	c, err := config.Load(env.ToMap(os.Environ()))
	if err != nil {
		return nil, err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, fmt.Errorf("MAAN_LOG_LEVEL: %w", err)
	}
	a := &app{config: c, logger: slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))}
	if process != "" && c.MetricsAddress != "" {
		if a.telemetry, err = telemetry.New(process, a.logger); err != nil {
			return nil, err
		}
	}
	if a.store, err = a.telemetry.Store(ctx, c.DatabaseURL); err != nil {
		return nil, err
	}
	if a.clock, err = clock.New(ctx, a.store.Pool(), c.Production()); err != nil {
		a.store.Close()
		return nil, err
	}
	return a, nil
}

func (a *app) temporal() (client.Client, error) {
	opts, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, errors.New("TEMPORAL_*: the Temporal environment configuration cannot be read")
	}
	opts.MetricsHandler = a.telemetry.Temporal()
	return worker.Dial(opts, a.logger)
}

func (a *app) deps() (worker.Deps, error) {
	c, err := a.temporal()
	if err != nil {
		return worker.Deps{}, err
	}
	return worker.Deps{Config: a.config, Store: a.store, Clock: a.clock, Temporal: c, Logger: a.logger}, nil
}

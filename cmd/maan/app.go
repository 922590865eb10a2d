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
	"maan/worker"
)

// app is what every command works with.
type app struct {
	config config.Config
	store  *store.Store
	clock  *clock.Clock
	logger *slog.Logger
}

// open reads the settings and connects to the database.
func open(ctx context.Context) (*app, error) {
	c, err := config.Load(env.ToMap(os.Environ()))
	if err != nil {
		return nil, err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, fmt.Errorf("MAAN_LOG_LEVEL: %w", err)
	}
	s, err := store.Open(ctx, c.DatabaseURL)
	if err != nil {
		return nil, err
	}
	ck, err := clock.New(ctx, s.Pool(), c.Production())
	if err != nil {
		s.Close()
		return nil, err
	}
	return &app{config: c, store: s, clock: ck, logger: slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))}, nil
}

func (a *app) temporal() (client.Client, error) {
	opts, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, errors.New("TEMPORAL_*: the Temporal environment configuration cannot be read")
	}
	return worker.Dial(opts, a.logger)
}

func (a *app) deps() (worker.Deps, error) {
	c, err := a.temporal()
	if err != nil {
		return worker.Deps{}, err
	}
	return worker.Deps{Config: a.config, Store: a.store, Clock: a.clock, Temporal: c, Logger: a.logger}, nil
}

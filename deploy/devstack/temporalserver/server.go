// Package temporalserver runs a whole Temporal server with its web UI inside this process, for
// development and tests: all services on 127.0.0.1, SQLite in one file, time skipping switched on.
//
// The file survives a kill: a server started on the same directory goes on with the same workflows.
// Two servers must not share a directory. Nothing here is meant for production, which runs Temporal
// on PostgreSQL.
package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	serverlog "go.temporal.io/server/common/log"
	"go.temporal.io/server/temporal"
)

const (
	readyTimeout  = 30 * time.Second
	readyInterval = 20 * time.Millisecond
)

// Server is a running development server. Its methods are safe for concurrent use.
type Server struct {
	temporal temporal.Server
	ui       *uiserver.Server
	uiDone   chan struct{}
	ports    ports
	stopOnce sync.Once
	stopErr  error
}

// Start starts the server and the UI and returns when both answer and the namespace can be used. It
// fails when the directory cannot be used, when a given port is taken, or when the server is not
// ready within 30 seconds; its log is temporal.log in the directory. Call Stop when done.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	sql := sqlConfig(cfg)
	if err := prepareDatabase(cfg, sql); err != nil {
		return nil, err
	}
	p, err := choosePorts(ctx, cfg.Port, cfg.UIPort)
	if err != nil {
		return nil, err
	}
	logger := serverlog.NewZapLogger(serverlog.BuildZapLogger(serverlog.Config{Level: cfg.LogLevel, OutputFile: cfg.file(logFile)}))
	server, err := temporal.NewServer(
		temporal.WithConfig(serverConfig(sql, p)),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(staticHosts(p)),
		temporal.WithLogger(logger),
		temporal.WithDynamicConfigClient(dynamicSettings()),
	)
	if err != nil {
		return nil, fmt.Errorf("temporal development server: configure: %w", err)
	}
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("temporal development server: start: %w", err)
	}
	s := &Server{temporal: server, ports: p, uiDone: make(chan struct{})}
	s.startUI()
	if err := s.waitUntilReady(ctx, cfg.Namespace); err != nil {
		return nil, errors.Join(fmt.Errorf("temporal development server: not ready, see %s: %w", cfg.file(logFile), err), s.Stop())
	}
	return s, nil
}

// Address is the gRPC address, host and port, for client.Options.HostPort.
func (s *Server) Address() string { return address(s.ports.frontend) }

// UIURL is the address of the web UI, without a slash at the end.
func (s *Server) UIURL() string { return "http://" + address(s.ports.ui) }

// Stop ends the UI and the server. Later calls return the first call's answer.
func (s *Server) Stop() error {
	s.stopOnce.Do(func() {
		s.ui.Stop()
		<-s.uiDone
		if err := s.temporal.Stop(); err != nil {
			s.stopErr = fmt.Errorf("temporal development server: stop: %w", err)
		}
	})
	return s.stopErr
}

func (s *Server) startUI() {
	s.ui = uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
		Host:                loopback,
		Port:                s.ports.ui,
		TemporalGRPCAddress: s.Address(),
		DefaultNamespace:    DefaultNamespace,
		EnableUI:            true,
		HideLogs:            true,
		// The UI is served over plain http on loopback, where a secure cookie would be dropped.
		CORS: uiconfig.CORS{CookieInsecure: true},
	}))
	go func() {
		defer close(s.uiDone)
		// It returns nil after Stop and ends the process itself on any other error.
		_ = s.ui.Start()
	}()
}

// waitUntilReady returns when a client can describe the namespace and the UI answers.
func (s *Server) waitUntilReady(ctx context.Context, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	c, err := client.NewLazyClient(client.Options{
		HostPort:  s.Address(),
		Namespace: namespace,
		Logger:    sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	defer c.Close()
	return errors.Join(
		retry(ctx, func() error {
			_, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
			return err
		}),
		retry(ctx, func() error { return s.askUI(ctx) }),
	)
}

func (s *Server) askUI(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.UIURL()+"/healthz", http.NoBody)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the UI answers %s", res.Status)
	}
	return nil
}

// retry calls try until it succeeds or ctx ends, and then returns its last error.
func retry(ctx context.Context, try func() error) error {
	ticker := time.NewTicker(readyInterval)
	defer ticker.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-ticker.C:
		}
	}
}

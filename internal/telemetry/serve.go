package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	scrapesAtOnce = 4
	scrapeTimeout = 10 * time.Second
)

// Handler answers GET /metrics, and nothing else.
func (t *Telemetry) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{
		MaxRequestsInFlight: scrapesAtOnce, Timeout: scrapeTimeout,
	}))
	return mux
}

// During serves the metrics at an address for as long as work lasts, also while it finishes after
// ctx has ended. Port 0 takes any free one; the log says which. Without telemetry it just works.
func (t *Telemetry) During(ctx context.Context, address string, work func(context.Context) error) error {
	if t == nil {
		return work(ctx)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("serve metrics at MAAN_METRICS_ADDRESS: %w", err)
	}
	t.logger.Info("metrics are served", "address", listener.Addr().String())
	server := &http.Server{Handler: t.Handler(), ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 2 * scrapeTimeout, MaxHeaderBytes: 16 << 10}
	working, cancel := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(listener)
		cancel() // nobody would know that nothing is measured any more
	}()
	err = work(working)
	stopping, stop := context.WithTimeout(context.WithoutCancel(ctx), scrapeTimeout)
	defer stop()
	err = errors.Join(err, server.Shutdown(stopping), t.provider.Shutdown(stopping))
	if failed := <-served; !errors.Is(failed, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("serve metrics: %w", failed))
	}
	return err
}

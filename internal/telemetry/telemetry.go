package telemetry

import (
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/otlptranslator"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.temporal.io/sdk/client"
	temporal "go.temporal.io/sdk/contrib/opentelemetry"
)

// Telemetry measures one process.
type Telemetry struct {
	registry *prometheus.Registry
	provider *sdk.MeterProvider
	meter    metric.Meter
	logger   *slog.Logger
}

// New makes the telemetry of a process, such as "worker". It measures the Go runtime and the
// process from the start.
func New(process string, logger *slog.Logger) (*Telemetry, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewBuildInfoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	reader, err := exporter.New(
		exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(),
		exporter.WithTranslationStrategy(otlptranslator.UnderscoreEscapingWithSuffixes),
	)
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	provider := sdk.NewMeterProvider(
		sdk.WithReader(reader),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "maan-"+process))),
		sdk.WithView(sdk.NewView( // the library's own buckets are for milliseconds
			sdk.Instrument{Name: "temporal_*", Kind: sdk.InstrumentKindHistogram},
			sdk.Stream{Aggregation: sdk.AggregationExplicitBucketHistogram{Boundaries: waits}},
		)),
	)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { logger.Warn("measuring failed", "error", err.Error()) }))
	return &Telemetry{registry: registry, provider: provider, meter: provider.Meter("maan"), logger: logger}, nil
}

// Temporal takes the metrics of Temporal's SDK; nil for none.
func (t *Telemetry) Temporal() client.MetricsHandler {
	if t == nil {
		return nil
	}
	return temporal.NewMetricsHandler(temporal.MetricsHandlerOptions{
		Meter: &remembering{Meter: t.provider.Meter("temporal-sdk-go")}, UseMonotonicCounters: true,
		OnError: func(err error) { t.logger.Warn("measuring failed", "error", err.Error()) },
	})
}

package telemetry

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Boundaries of distributions, in seconds.
//
//nolint:gochecknoglobals // constant lists
var (
	// requests last from a millisecond, of a query, to the half minute of a time-out.
	requests = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}
	// waits last up to minutes.
	waits = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300}
)

// mostLabels is how many labels a metric of ours has at most.
const mostLabels = 3

// labels are values of a metric's labels, in the order of its names.
type labels [mostLabels]string

// sets remembers the attributes of each combination of labels: to make them anew costs more than
// to record. What stands in labels is bounded, so it stays small.
type sets struct {
	names []string
	mu    sync.RWMutex
	known map[labels]metric.MeasurementOption
}

func newSets(names []string) *sets {
	return &sets{names: names, known: map[labels]metric.MeasurementOption{}}
}

func (s *sets) of(values ...string) metric.MeasurementOption {
	var key labels
	copy(key[:], values)
	s.mu.RLock()
	option, ok := s.known[key]
	s.mu.RUnlock()
	if ok {
		return option
	}
	attributes := make([]attribute.KeyValue, len(s.names))
	for i, name := range s.names {
		attributes[i] = attribute.String(name, key[i])
	}
	option = metric.WithAttributeSet(attribute.NewSet(attributes...))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[key] = option
	return option
}

// counter only grows.
type counter struct {
	metric.Int64Counter

	sets *sets
}

func (c *counter) add(ctx context.Context, n int, values ...string) {
	c.Add(ctx, int64(n), c.sets.of(values...))
}

// start makes the counter exist with these labels.
func (c *counter) start(values ...string) { c.add(context.Background(), 0, values...) }

// distribution is of durations.
type distribution struct {
	metric.Float64Histogram

	sets *sets
}

func (d *distribution) record(ctx context.Context, took time.Duration, values ...string) {
	d.Record(ctx, took.Seconds(), d.sets.of(values...))
}

// maker makes instruments and gathers what is wrong with them.
type maker struct {
	meter metric.Meter
	errs  []error
}

func (m *maker) note(err error) {
	if err != nil {
		m.errs = append(m.errs, err)
	}
}

func (m *maker) err() error { return errors.Join(m.errs...) }

func (m *maker) counter(name, what string, labels ...string) *counter {
	c, err := m.meter.Int64Counter(name, metric.WithDescription(what))
	m.note(err)
	return &counter{c, newSets(labels)}
}

func (m *maker) distribution(name, what string, bounds []float64, labels ...string) *distribution {
	h, err := m.meter.Float64Histogram(name, metric.WithDescription(what), metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(bounds...))
	m.note(err)
	return &distribution{h, newSets(labels)}
}

// gauge is a number that is looked up when somebody asks. It is not there while nobody knows it.
type gauge struct {
	metric.Float64Observable

	sets *sets
}

func (m *maker) gauge(name, unit, what string, labels ...string) gauge {
	g, err := m.meter.Float64ObservableGauge(name, metric.WithDescription(what), metric.WithUnit(unit))
	m.note(err)
	return gauge{g, newSets(labels)}
}

// total is a counter that somebody else counts.
func (m *maker) total(name, unit, what string) gauge {
	c, err := m.meter.Float64ObservableCounter(name, metric.WithDescription(what), metric.WithUnit(unit))
	m.note(err)
	return gauge{c, newSets(nil)}
}

// observing is one look at gauges.
type observing struct{ metric.Observer }

func (o observing) see(g gauge, value float64, values ...string) {
	o.ObserveFloat64(g.Float64Observable, value, g.sets.of(values...))
}

func (o observing) seeIf(g gauge, yes bool, values ...string) {
	value := 0.0
	if yes {
		value = 1
	}
	o.see(g, value, values...)
}

// observe has gauges looked up together.
func (m *maker) observe(look func(observing), gauges ...gauge) {
	if len(m.errs) > 0 {
		return
	}
	all := make([]metric.Observable, len(gauges))
	for i, g := range gauges {
		all[i] = g.Float64Observable
	}
	_, err := m.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		look(observing{o})
		return nil
	}, all...)
	m.note(err)
}

// remembering is a meter that makes each instrument once. Temporal's SDK asks for its instruments
// by name whenever it records, and to make one costs a multiple of recording.
type remembering struct {
	metric.Meter

	counters, gauges, distributions sync.Map
}

func remembered[T any](known *sync.Map, name string, make func() (T, error)) (T, error) {
	if v, ok := known.Load(name); ok {
		return v.(T), nil //nolint:forcetypeassert // each map holds one type
	}
	v, err := make()
	if err == nil {
		known.Store(name, v)
	}
	return v, err
}

// Int64Counter implements metric.Meter.
func (r *remembering) Int64Counter(name string, options ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return remembered(&r.counters, name, func() (metric.Int64Counter, error) { return r.Meter.Int64Counter(name, options...) })
}

// Float64Gauge implements metric.Meter.
func (r *remembering) Float64Gauge(name string, options ...metric.Float64GaugeOption) (metric.Float64Gauge, error) {
	return remembered(&r.gauges, name, func() (metric.Float64Gauge, error) { return r.Meter.Float64Gauge(name, options...) })
}

// Float64Histogram implements metric.Meter.
func (r *remembering) Float64Histogram(name string, options ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return remembered(&r.distributions, name, func() (metric.Float64Histogram, error) { return r.Meter.Float64Histogram(name, options...) })
}

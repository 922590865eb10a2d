// Package telemetry measures a process and serves what it measured to Prometheus. It is the one
// place that knows OpenTelemetry, and the one place where names of metrics stand.
//
// A nil recorder records nothing, so that whoever measures need not ask whether anybody looks.
//
// Names and labels are read by dashboards and alert rules: they are only added to, never renamed.
// A name is written with dots and its unit beside it; Prometheus sees underscores, the unit, and
// "_total" after what only grows. Every label is bounded and holds no personal data: routes as
// templates, channels, codes, names of conditions, and neither ids nor creditors. Counters exist
// from the start with all their known labels, since a rate never sees the first step of a counter
// that appears with it. A distribution appears with its first measurement.
package telemetry

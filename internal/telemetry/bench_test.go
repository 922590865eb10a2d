package telemetry_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
	"maan/internal/provider"
	"maan/internal/telemetry"
)

// What it costs to record: about a microsecond each, beside requests of hundreds.
func BenchmarkRecording(b *testing.B) {
	t, err := telemetry.New("bench", slog.New(slog.DiscardHandler))
	require.NoError(b, err)
	api, err := t.API()
	require.NoError(b, err)
	worker, err := t.Worker()
	require.NoError(b, err)
	database, err := t.Database()
	require.NoError(b, err)
	temporal := t.Temporal()
	ctx := b.Context()
	failed := &provider.Error{Fate: provider.Uncertain, Code: "status_503"}
	done := &dunning.ActResult{Answer: dunning.AnswerDone}
	tags := map[string]string{"namespace": "maan", "workflow_type": "InvoiceCollection", "task_queue": "collections"}
	for name, record := range map[string]func(){
		"request":  func() { api.Began(ctx, "GET")("/v1/invoices/:id", 200) },
		"message":  func() { worker.HandedOver(ctx, dunning.ChannelEmail, "reminder", failed) },
		"provider": func() { worker.Requested(ctx, dunning.ChannelEmail, failed, time.Millisecond) },
		"step":     func() { worker.Step(ctx, "SendMessage", done) },
		"statement": func() {
			database.TraceQueryEnd(database.TraceQueryStart(ctx, nil, pgx.TraceQueryStartData{}), nil, pgx.TraceQueryEndData{})
		},
		"failed": func() {
			database.TraceBatchEnd(database.TraceBatchStart(ctx, nil, pgx.TraceBatchStartData{}), nil, pgx.TraceBatchEndData{Err: errors.ErrUnsupported})
		},
		"temporal":        func() { temporal.Counter("temporal_request").Inc(1) },
		"temporalTags":    func() { temporal.WithTags(tags).Timer("temporal_request_latency").Record(time.Millisecond) },
		"nothingMeasured": func() { (*telemetry.Worker)(nil).Step(ctx, "SendMessage", done) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				record()
			}
		})
	}
}

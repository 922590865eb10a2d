package activities

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
	"maan/internal/telemetry"
)

// Codes turns every error of an activity into a code before it enters a history, and
// logs it with ids only. Error texts of databases and providers can quote names and
// addresses; histories and logs must not.
type Codes struct {
	interceptor.WorkerInterceptorBase

	Logger  *slog.Logger
	Metrics *telemetry.Worker // nil: nothing is measured
}

// InterceptActivity puts the codes round an activity.
func (c *Codes) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	in := &codesInbound{logger: c.Logger, metrics: c.Metrics}
	in.Next = next
	return in
}

type codesInbound struct {
	interceptor.ActivityInboundInterceptorBase

	logger  *slog.Logger
	metrics *telemetry.Worker
}

// ExecuteActivity runs the activity and codes its error.
func (c *codesInbound) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (_ any, err error) {
	defer func() {
		if p := recover(); p != nil { // a panic's text and stack can quote anything
			name := activity.GetInfo(ctx).ActivityType.Name
			c.logger.Error("activity panicked", "activity", name, "stack", string(debug.Stack()))
			c.metrics.StepFailed(ctx, name, "panic")
			err = temporal.NewApplicationError("panic", "panic")
		}
	}()
	out, err := c.Next.ExecuteActivity(ctx, in)
	info := activity.GetInfo(ctx)
	if err == nil {
		if r, ok := out.(*dunning.ActResult); ok && r != nil {
			c.metrics.Step(ctx, info.ActivityType.Name, r)
		}
		return out, nil
	}
	code, final := errorCode(err)
	c.metrics.StepFailed(ctx, info.ActivityType.Name, code)
	c.logger.Warn("activity failed", "activity", info.ActivityType.Name, "workflow_id", info.WorkflowExecution.ID, "attempt", info.Attempt, "code", code)
	if final {
		return nil, temporal.NewNonRetryableApplicationError(code, code, nil)
	}
	return nil, temporal.NewApplicationError(code, code)
}

// errorCode is the one table of error codes: final ones are not tried again.
func errorCode(err error) (code string, final bool) {
	var coded *temporal.ApplicationError
	switch {
	case errors.As(err, &coded):
		return coded.Type(), coded.NonRetryable()
	case errors.Is(err, errProviderDown):
		return "provider_down", false
	case errors.Is(err, errRateLimit):
		return "rate_limit", false
	case errors.Is(err, store.ErrNotFound):
		return "case_not_found", false
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "interrupted", false
	}
	if r, ok := collection.AsRefusal(err); ok {
		return "refused_" + string(r.Kind), false
	}
	if code := store.ErrorCode(err); code != "" {
		return code, false
	}
	return "internal", false
}

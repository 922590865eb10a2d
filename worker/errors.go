package worker

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"

	"maan/internal/store"
)

// errorCode is what may be logged and stored of an error: never its text.
func errorCode(err error) string {
	var (
		missing     *serviceerror.NotFound
		unavailable *serviceerror.Unavailable
		invalid     *serviceerror.InvalidArgument
		exhausted   *serviceerror.ResourceExhausted
	)
	switch {
	case errors.As(err, &missing):
		return "temporal_not_found"
	case errors.As(err, &unavailable):
		return "temporal_unavailable"
	case errors.As(err, &invalid):
		return "temporal_invalid"
	case errors.As(err, &exhausted):
		return "temporal_busy"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "interrupted"
	}
	if code := store.ErrorCode(err); code != "" {
		return code
	}
	return "internal"
}

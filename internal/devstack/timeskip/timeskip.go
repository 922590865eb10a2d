// Package timeskip moves the clocks of single workflow executions on the development server.
//
// Every execution has a clock of its own: the wall clock plus what it has skipped. A fast-forward
// names a duration from the execution's present virtual time. The server then skips from timer to
// timer and stops skipping while a workflow task or an activity is under way, going on afterwards,
// until the target is reached; then the clock runs at normal speed again. What the package's test
// proves about this is the contract that the clock driver builds on.
package timeskip

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// Skipper moves executions of one namespace. It holds no state and is safe for concurrent use.
type Skipper struct {
	Service   workflowservice.WorkflowServiceClient
	Namespace string
}

// Now returns the execution's virtual time: the wall clock's for one that has never skipped.
func (s Skipper) Now(ctx context.Context, workflowID string) (time.Time, error) {
	described, err := s.Service.DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: s.Namespace, Execution: execution(workflowID),
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("read the clock of workflow %q: %w", workflowID, err)
	}
	if current := described.GetWorkflowExtendedInfo().GetTimeSkippingInfo().GetCurrentTime(); current != nil {
		return current.AsTime(), nil
	}
	return time.Now().UTC(), nil
}

// Forward asks the server to move the execution's clock by d from its present virtual time and
// returns the id with which Wait waits for it. It replaces a fast-forward that is still under way.
func (s Skipper) Forward(ctx context.Context, workflowID string, d time.Duration) (id string, err error) {
	id = uuid.NewString()
	_, err = s.Service.UpdateWorkflowExecutionOptions(ctx, &workflowservice.UpdateWorkflowExecutionOptionsRequest{
		Namespace:         s.Namespace,
		WorkflowExecution: execution(workflowID),
		WorkflowExecutionOptions: &workflowpb.WorkflowExecutionOptions{TimeSkippingConfig: &commonpb.TimeSkippingConfig{
			Enabled:           true,
			FastForwardConfig: &commonpb.FastForwardConfig{Id: id, Duration: durationpb.New(d)},
		}},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"time_skipping_config"}},
	})
	if err != nil {
		return "", fmt.Errorf("fast-forward workflow %q by %s: %w", workflowID, d, err)
	}
	return id, nil
}

// Result says how a fast-forward ended.
type Result int

const (
	// Reached means that the execution's clock has arrived at the target. Work that is due exactly
	// at the target may not have begun yet.
	Reached Result = iota + 1
	// Over means that it cannot arrive any more: the execution has ended, or another fast-forward
	// has replaced this one.
	Over
)

// Wait returns when the fast-forward has ended or ctx is done. The second result is the server's
// reason when the first is Over.
func (s Skipper) Wait(ctx context.Context, workflowID, id string) (Result, string, error) {
	for {
		polled, err := s.Service.PollWorkflowExecutionTimeSkipping(ctx, &workflowservice.PollWorkflowExecutionTimeSkippingRequest{
			Namespace: s.Namespace, WorkflowExecution: execution(workflowID), FastForwardId: id,
		})
		if err != nil {
			return 0, "", fmt.Errorf("wait for the fast-forward of workflow %q: %w", workflowID, err)
		}
		switch polled.GetFastForwardPollingResult() {
		case enumspb.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED:
			return Reached, "", nil
		case enumspb.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_FAILED:
			return Over, polled.GetFailedReason(), nil
		default: // the server's long poll has run out; ask again
		}
	}
}

// shortest is the shortest fast-forward that To asks for; less is waited for. The server forgets the
// bound of a fast-forward that real time passes before the work under way is done, and then skips to
// the next timer, however far away that is.
const shortest = 5 * time.Second

// To brings the execution's clock to the instant and waits until it is there. An execution that is
// there already, or later, is left alone.
//
// The server counts a fast-forward from when it takes the request, so one for the whole way would
// end a little after the instant: what is due there would begin before the target and might still be
// under way when real time passes it. So the last moment, longer the slower the server answers, goes
// by at normal speed.
func (s Skipper) To(ctx context.Context, workflowID string, instant time.Time) (Result, string, error) {
	asked := time.Now()
	now, err := s.Now(ctx, workflowID)
	if err != nil {
		return 0, "", err
	}
	left := instant.Sub(now)
	if left >= shortest {
		lead := min(leastLead+leadTurns*time.Since(asked), shortest/2)
		id, err := s.Forward(ctx, workflowID, left-lead)
		if err != nil {
			return 0, "", err
		}
		if result, reason, err := s.Wait(ctx, workflowID, id); err != nil || result != Reached {
			return result, reason, err
		}
		if now, err = s.Now(ctx, workflowID); err != nil {
			return 0, "", err
		}
		left = instant.Sub(now)
	}
	if left <= 0 {
		return Reached, "", nil
	}
	select {
	case <-ctx.Done():
		return 0, "", ctx.Err()
	case <-time.After(left):
		return Reached, "", nil
	}
}

// The lead is so many times what one question to the server took, and a little.
const (
	leastLead = 15 * time.Millisecond
	leadTurns = 4
)

func execution(workflowID string) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: workflowID}
}

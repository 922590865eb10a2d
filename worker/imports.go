package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"maan/internal/store"
	"maan/workflows"
)

// Starter starts the workflow of each file that was kept: at once when one comes in, else each
// second. While Temporal is down files wait.
type Starter struct {
	Store     *store.Store
	Temporal  client.Client
	TaskQueue string
	Logger    *slog.Logger
}

const startsPerRound = 20

// Run starts imports until the context ends.
func (s *Starter) Run(ctx context.Context) error {
	conn, err := s.Store.Pool().Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `listen upload`); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for ctx.Err() == nil {
		if err := s.start(ctx); err != nil {
			return err
		}
		wait, cancel := context.WithTimeout(ctx, time.Second)
		_, err = conn.Conn().WaitForNotification(wait)
		cancel()
		if err != nil && conn.Conn().IsClosed() {
			return fmt.Errorf("listen: %w", err)
		}
	}
	return nil
}

// start starts what waits. A file whose workflow runs already is not started twice: it only
// has not begun yet.
func (s *Starter) start(ctx context.Context) error {
	waiting, err := s.Store.WaitingUploads(ctx, startsPerRound)
	if err != nil {
		return err
	}
	for _, u := range waiting {
		call, cancel := context.WithTimeout(ctx, callDeadline)
		_, err := s.Temporal.ExecuteWorkflow(call, client.StartWorkflowOptions{
			ID: "import:" + u.CreditorID + ":" + u.ID.String(), TaskQueue: s.TaskQueue,
			WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
			WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
			StaticSummary:            u.CreditorID + " · import · " + u.Kind,
		}, workflows.TypeFileImport, workflows.ImportInput{UploadID: u.ID.String(), Kind: u.Kind})
		cancel()
		if err != nil {
			return fmt.Errorf("start import %s: %w", u.ID, err)
		}
	}
	return nil
}

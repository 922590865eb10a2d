package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// ImportInput names a kept file by its id. The content never enters a history.
type ImportInput struct {
	UploadID string `json:"upload_id"`
	Kind     string `json:"kind"`
}

// ImportResult is what became of a file, in counts by stable codes.
type ImportResult struct {
	Status string         `json:"status"` // done or refused
	Total  int            `json:"total"`
	Faults int            `json:"faults"`
	Result map[string]int `json:"result,omitempty"`
}

const (
	importAtMost    = 6 * time.Hour
	importHeartbeat = time.Minute
)

// FileImport has a kept file imported. The one activity tells by its heartbeat how far it
// is; one that dies begins again, since every fact it writes is idempotent.
func FileImport(ctx workflow.Context, in ImportInput) (*ImportResult, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: importAtMost,
		HeartbeatTimeout:    importHeartbeat,
		Summary:             "Import · " + in.Kind,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 2 * time.Second, BackoffCoefficient: 2, MaximumInterval: 5 * time.Minute},
	})
	var r ImportResult
	if err := workflow.ExecuteActivity(ctx, ActImportFile, in).Get(ctx, &r); err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return &r, nil
}

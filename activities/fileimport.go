package activities

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"

	"maan/internal/store"
	"maan/workflows"
)

// beatEvery keeps the heartbeat well within its time-out while a long file says nothing.
const beatEvery = 10 * time.Second

// ImportFile takes in a kept file. It is about no single case, so its time is everybody's.
func (a *Activities) ImportFile(ctx context.Context, in workflows.ImportInput) (*workflows.ImportResult, error) {
	id, err := uuid.Parse(in.UploadID)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	u, err := a.Imports.Find(ctx, store.Everything, id)
	if err != nil {
		return nil, err
	}
	now, err := a.Clock(ctx)
	if err != nil {
		return nil, err
	}
	beats, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		tick := time.NewTicker(beatEvery)
		defer tick.Stop()
		for {
			select {
			case <-beats.Done():
				return
			case <-tick.C:
				activity.RecordHeartbeat(ctx)
			}
		}
	}()
	u, err = a.Imports.Run(ctx, u, now, func(done, total int) {
		activity.RecordHeartbeat(ctx, map[string]int{"done": done, "total": total})
	})
	if err != nil {
		return nil, err
	}
	return &workflows.ImportResult{Status: u.Status, Total: u.Total, Faults: u.Faults, Result: u.Result}, nil
}

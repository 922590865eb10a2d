package workflows_test

import (
	"log/slog"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"maan/workflows"
)

// release is the present one: its histories must be complete. Histories of older
// releases stay for as long as a run of theirs can be open.
const release = "0.2"

// requiredHistories are the scenarios of which every release keeps a history, recorded
// on a real server.
var requiredHistories = []string{
	"paid_early", "full_ladder", "disputed_and_resolved", "held", "activity_retried_after_kill", "reset_by_operator", "message_during_act",
	"reopened", "failed_task_at_closing", "waited_for_payment_data", "returned_by_the_bank", "file_import",
}

const histories = "testdata/histories"

// Recorded histories replay with the present code: open runs go on over a deployment.
func TestReplay(t *testing.T) {
	t.Parallel()
	files := recorded(t)
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			replayer := worker.NewWorkflowReplayer()
			workflows.Register(replayer)
			quiet := log.NewStructuredLogger(slog.New(slog.DiscardHandler))
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(quiet, filepath.Join(histories, file)))
		})
	}
}

// The present release has a history of every scenario.
func TestReplayCoversTheRelease(t *testing.T) {
	t.Parallel()
	files := recorded(t)
	for _, scenario := range requiredHistories {
		file := filepath.Join(release, scenario+".json")
		require.True(t, slices.Contains(files, file), "no history %s: record the scenario on a real server", file)
	}
}

// recorded lists the histories, as release/scenario.json.
func recorded(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(histories, "*", "*.json"))
	require.NoError(t, err)
	files := make([]string, len(paths))
	for i, path := range paths {
		files[i], err = filepath.Rel(histories, path)
		require.NoError(t, err)
	}
	return files
}

package temporalserver_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"maan/deploy/devstack/temporalserver"
	"maan/internal/devstack/timeskip"
)

const (
	day        = 24 * time.Hour
	taskQueue  = "smoke"
	workflowID = "invoice:acme:2026-0001"
	// childDir and childAddress turn this test program into a server that its parent may kill.
	childDir     = "MAAN_TEST_TEMPORAL_DIR"
	childAddress = "MAAN_TEST_TEMPORAL_ADDRESS"
)

var invoiceRef = temporal.NewSearchAttributeKeyKeyword("InvoiceRef")

// Collection waits thirty days, then for a payment.
func Collection(ctx workflow.Context) (string, error) {
	if err := workflow.UpsertTypedSearchAttributes(ctx, invoiceRef.ValueSet("acme:2026-0001")); err != nil {
		return "", err
	}
	if err := workflow.Sleep(ctx, 30*day); err != nil {
		return "", err
	}
	workflow.GetSignalChannel(ctx, "paid").Receive(ctx, nil)
	return "paid", nil
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		serveUntilKilled(dir)
	}
	os.Exit(m.Run())
}

func serveUntilKilled(dir string) {
	server, err := temporalserver.Start(context.Background(), temporalserver.Config{Dir: dir})
	if err == nil {
		err = os.WriteFile(os.Getenv(childAddress), []byte(server.Address()), 0o600)
	}
	if err != nil {
		slog.Error("child", "error", err)
		os.Exit(1)
	}
	select {}
}

// startChild runs a server in a process of its own and returns its address and how to kill it.
func startChild(t *testing.T, dir string) (address string, kill func()) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "address")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, childAddress+"="+file)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(kill)
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(file)
		address = string(text)
		return err == nil && address != ""
	}, 60*time.Second, 20*time.Millisecond)
	return address, kill
}

// connect returns a client and a running worker.
func connect(t *testing.T, address string) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{
		HostPort: address,
		Logger:   sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	w := worker.New(c, taskQueue, worker.Options{WorkerStopTimeout: time.Second})
	w.RegisterWorkflow(Collection)
	require.NoError(t, w.Start())
	t.Cleanup(func() { w.Stop(); c.Close() })
	return c
}

// TestWorkflowOutlivesAKilledServer starts a workflow, skips its thirty days, kills the server, and
// finds the workflow on the same file as it was.
func TestWorkflowOutlivesAKilledServer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	dir := t.TempDir()
	address, kill := startChild(t, dir)
	c := connect(t, address)
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: workflowID, TaskQueue: taskQueue}, Collection)
	require.NoError(t, err)
	requireSettings(ctx, t, c)

	began := time.Now()
	s := timeskip.Skipper{Service: c.WorkflowService(), Namespace: temporalserver.DefaultNamespace}
	result, reason, err := s.To(ctx, workflowID, began.Add(31*day))
	require.NoError(t, err)
	require.Equal(t, timeskip.Reached, result, reason)
	require.Eventually(t, func() bool { return history(ctx, t, c, run)[enumspb.EVENT_TYPE_TIMER_FIRED] == 1 }, 30*time.Second, 20*time.Millisecond)
	before := history(ctx, t, c, run)
	kill()

	server, err := temporalserver.Start(ctx, temporalserver.Config{Dir: dir})
	require.NoError(t, err)
	c = connect(t, server.Address())
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	require.Equal(t, before, history(ctx, t, c, run))
	require.Eventually(t, func() bool {
		found, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: `InvoiceRef = "acme:2026-0001"`})
		return err == nil && found.GetCount() == 1
	}, 30*time.Second, 20*time.Millisecond)
	now, err := timeskip.Skipper{Service: c.WorkflowService(), Namespace: temporalserver.DefaultNamespace}.Now(ctx, workflowID)
	require.NoError(t, err)
	require.WithinDuration(t, began.Add(31*day), now, 5*time.Minute)

	require.NoError(t, c.SignalWorkflow(ctx, workflowID, "", "paid", nil))
	var outcome string
	require.NoError(t, c.GetWorkflow(ctx, workflowID, run.GetRunID()).Get(ctx, &outcome))
	require.Equal(t, "paid", outcome)
}

// requireSettings checks the retention and the search attributes.
func requireSettings(ctx context.Context, t *testing.T, c client.Client) {
	t.Helper()
	described, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: temporalserver.DefaultNamespace})
	require.NoError(t, err)
	require.Equal(t, 400*day, described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
	attributes, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: temporalserver.DefaultNamespace})
	require.NoError(t, err)
	require.Equal(t, temporalserver.SearchAttributes(), attributes.GetCustomAttributes())
}

// history counts the events of a run by type, without the workflow tasks, of which there may be more.
func history(ctx context.Context, t *testing.T, c client.Client, run client.WorkflowRun) map[enumspb.EventType]int {
	t.Helper()
	counts := map[enumspb.EventType]int{}
	for events := c.GetWorkflowHistory(ctx, run.GetID(), run.GetRunID(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		event, err := events.Next()
		require.NoError(t, err)
		switch event.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED,
			enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
		default:
			counts[event.GetEventType()]++
		}
	}
	return counts
}

func TestTakenPortIsRefused(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	_, err = temporalserver.Start(t.Context(), temporalserver.Config{Dir: t.TempDir(), UIPort: l.Addr().(*net.TCPAddr).Port})
	require.ErrorContains(t, err, "for Temporal UI is not free")
}

func TestUnusableDirectoryIsRefused(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"", "what?"} {
		_, err := temporalserver.Start(t.Context(), temporalserver.Config{Dir: dir})
		require.Error(t, err)
	}
}

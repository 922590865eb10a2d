package timeskip_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"maan/deploy/devstack/temporalserver"
	"maan/internal/devstack/timeskip"
)

const (
	day       = 24 * time.Hour
	taskQueue = "probe"
	// moment is how much real time may pass between two readings on a busy machine.
	moment = 30 * time.Second
)

// temporalClient is connected to the one server that all tests of this package share.
var temporalClient client.Client

func TestMain(m *testing.M) {
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "maan-timeskip-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	server, err := temporalserver.Start(context.Background(), temporalserver.Config{Dir: dir})
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	temporalClient, err = client.Dial(client.Options{
		HostPort: server.Address(),
		Logger:   sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return 1, err
	}
	defer temporalClient.Close()
	w := worker.New(temporalClient, taskQueue, worker.Options{})
	w.RegisterWorkflow(Ladder)
	w.RegisterWorkflow(Listener)
	w.RegisterWorkflow(WhatTime)
	w.RegisterWorkflow(Stubborn)
	w.RegisterActivity(&Activities{})
	if err := w.Start(); err != nil {
		return 1, err
	}
	defer w.Stop()
	return m.Run(), nil
}

// Rung is what one step of the ladder saw: the workflow's time when its timer had fired and the
// activity's own time of starting.
type Rung struct {
	Fired   time.Time
	Started time.Time
}

// Ladder waits the given durations one after the other and acts after each; a query shows the rungs
// so far. Afterwards it waits for ever.
func Ladder(ctx workflow.Context, waits []time.Duration, key string) error {
	rungs := []Rung{}
	if err := workflow.SetQueryHandler(ctx, "rungs", func() ([]Rung, error) { return rungs, nil }); err != nil {
		return err
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	var a *Activities
	for _, wait := range waits {
		if err := workflow.Sleep(ctx, wait); err != nil {
			return err
		}
		rung := Rung{Fired: workflow.Now(ctx)}
		if err := workflow.ExecuteActivity(ctx, a.Act, key).Get(ctx, &rung.Started); err != nil {
			return err
		}
		rungs = append(rungs, rung)
	}
	workflow.GetSignalChannel(ctx, "end").Receive(ctx, nil)
	return nil
}

// Listener has no timer at all; it answers each signal with its time and ends at the signal "end".
func Listener(ctx workflow.Context) (time.Time, error) {
	workflow.GetSignalChannel(ctx, "end").Receive(ctx, nil)
	return workflow.Now(ctx), nil
}

// WhatTime ends at once with the time of its first task and of an activity.
func WhatTime(ctx workflow.Context) (Rung, error) {
	rung := Rung{Fired: workflow.Now(ctx)}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	var a *Activities
	err := workflow.ExecuteActivity(ctx, a.Act, "").Get(ctx, &rung.Started)
	return rung, err
}

// Stubborn calls an activity that succeeds at its third attempt, with an hour between attempts.
func Stubborn(ctx workflow.Context, key string) (time.Time, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Hour, BackoffCoefficient: 1},
	})
	var (
		a       *Activities
		started time.Time
	)
	err := workflow.ExecuteActivity(ctx, a.ThirdTime, key).Get(ctx, &started)
	return started, err
}

// gates hold back activities until the test lets them go on; by key.
var gates sync.Map

// Activities of the probe.
type Activities struct{}

// Act returns the time at which this attempt started, as activities of the product do.
func (*Activities) Act(ctx context.Context, key string) (time.Time, error) {
	if gate, ok := gates.Load(key); ok {
		<-gate.(chan struct{})
	}
	return activity.GetInfo(ctx).StartedTime, nil
}

// ThirdTime fails twice.
func (*Activities) ThirdTime(ctx context.Context, _ string) (time.Time, error) {
	info := activity.GetInfo(ctx)
	if info.Attempt < 3 {
		return time.Time{}, errors.New("not yet")
	}
	return info.StartedTime, nil
}

// start starts a workflow and returns it with the skipper and a context.
func start(t *testing.T, options client.StartWorkflowOptions, workflowFunc any, args ...any) (context.Context, timeskip.Skipper, client.WorkflowRun) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	options.TaskQueue = taskQueue
	options.ID = t.Name() + uuid.NewString()
	run, err := temporalClient.ExecuteWorkflow(ctx, options, workflowFunc, args...)
	require.NoError(t, err)
	return ctx, timeskip.Skipper{Service: temporalClient.WorkflowService(), Namespace: temporalserver.DefaultNamespace}, run
}

func rungsOf(ctx context.Context, t *testing.T, run client.WorkflowRun) []Rung {
	t.Helper()
	answer, err := temporalClient.QueryWorkflow(ctx, run.GetID(), run.GetRunID(), "rungs")
	require.NoError(t, err)
	var rungs []Rung
	require.NoError(t, answer.Get(&rungs))
	return rungs
}

// waitForTimer returns when the first workflow task is done and the first timer runs.
func waitForTimer(ctx context.Context, t *testing.T, run client.WorkflowRun) {
	t.Helper()
	require.Eventually(t, func() bool { return eventCount(ctx, t, run, enumspb.EVENT_TYPE_TIMER_STARTED) > 0 }, moment, 5*time.Millisecond)
}

func eventCount(ctx context.Context, t *testing.T, run client.WorkflowRun, kind enumspb.EventType) int {
	t.Helper()
	n := 0
	for events := temporalClient.GetWorkflowHistory(ctx, run.GetID(), run.GetRunID(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		event, err := events.Next()
		require.NoError(t, err)
		if event.GetEventType() == kind {
			n++
		}
	}
	return n
}

// (a), (e): without skipping the virtual time is the wall clock's; an execution without any timer
// moves too, by the duration, counted from its own virtual time and not from the wall clock.
func TestClockMovesWithoutAnyTimerAndFromItsOwnNow(t *testing.T) {
	t.Parallel()
	ctx, s, run := start(t, client.StartWorkflowOptions{}, Listener)
	before, err := s.Now(ctx, run.GetID())
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), before, moment)

	for _, moved := range []time.Duration{10 * day, 20 * day} {
		id, err := s.Forward(ctx, run.GetID(), 10*day)
		require.NoError(t, err)
		result, reason, err := s.Wait(ctx, run.GetID(), id)
		require.NoError(t, err)
		require.Equal(t, timeskip.Reached, result, reason)
		now, err := s.Now(ctx, run.GetID())
		require.NoError(t, err)
		require.WithinDuration(t, before.Add(moved), now, moment)
	}

	require.NoError(t, temporalClient.SignalWorkflow(ctx, run.GetID(), "", "end", nil))
	var ended time.Time
	require.NoError(t, run.Get(ctx, &ended))
	require.WithinDuration(t, before.Add(20*day), ended, moment)
}

// (b), (e): a fast-forward passes through the timers within it, stops at each for the work, goes on
// until it is used up, and leaves later timers waiting. Workflow and activity see virtual time.
func TestFastForwardStopsForWorkAndGoesOn(t *testing.T) {
	t.Parallel()
	ctx, s, run := start(t, client.StartWorkflowOptions{}, Ladder, []time.Duration{10 * day, 10 * day, 10 * day}, "")
	waitForTimer(ctx, t, run)
	begin, err := s.Now(ctx, run.GetID())
	require.NoError(t, err)

	result, reason, err := s.To(ctx, run.GetID(), begin.Add(25*day))
	require.NoError(t, err)
	require.Equal(t, timeskip.Reached, result, reason)

	rungs := rungsOf(ctx, t, run)
	require.Len(t, rungs, 2, "the third timer is beyond the target")
	for i, rung := range rungs {
		want := begin.Add(time.Duration(i+1) * 10 * day)
		require.WithinDuration(t, want, rung.Fired, moment)
		require.WithinDuration(t, want, rung.Started, moment, "activity.GetInfo(ctx).StartedTime is virtual")
		require.False(t, rung.Started.Before(rung.Fired.Add(-time.Second)))
	}
	now, err := s.Now(ctx, run.GetID())
	require.NoError(t, err)
	require.WithinDuration(t, begin.Add(25*day), now, moment)
	require.Equal(t, 1, eventCount(ctx, t, run, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED))
	require.Equal(t, 3, eventCount(ctx, t, run, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED), "two timers and the target")
}

// (b): while an activity runs the clock does not skip, however long that takes in real time.
func TestRunningActivityHoldsTheClock(t *testing.T) {
	t.Parallel()
	key, gate := uuid.NewString(), make(chan struct{})
	gates.Store(key, gate)
	ctx, s, run := start(t, client.StartWorkflowOptions{}, Ladder, []time.Duration{10 * day}, key)
	waitForTimer(ctx, t, run)
	begin, err := s.Now(ctx, run.GetID())
	require.NoError(t, err)
	id, err := s.Forward(ctx, run.GetID(), 30*day)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return pendingActivities(ctx, t, run) == 1 }, moment, 5*time.Millisecond)

	held, err := s.Now(ctx, run.GetID())
	require.NoError(t, err)
	require.WithinDuration(t, begin.Add(10*day), held, moment)
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	_, _, err = s.Wait(short, run.GetID(), id)
	require.Error(t, err, "the fast-forward waits for the activity")

	close(gate)
	result, reason, err := s.Wait(ctx, run.GetID(), id)
	require.NoError(t, err)
	require.Equal(t, timeskip.Reached, result, reason)
	now, err := s.Now(ctx, run.GetID())
	require.NoError(t, err)
	require.WithinDuration(t, begin.Add(30*day), now, moment)
	require.Len(t, rungsOf(ctx, t, run), 1)
}

// (c): a timer due exactly at the target fires, but the answer "reached" may come before its work is
// done. A target a little later is reached only after that work.
func TestTargetALittleLaterWaitsForTheWork(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		extra time.Duration
	}{{"Exact", 0}, {"Later", time.Minute}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			key, gate := uuid.NewString(), make(chan struct{})
			gates.Store(key, gate)
			ctx, s, run := start(t, client.StartWorkflowOptions{}, Ladder, []time.Duration{10 * day}, key)
			waitForTimer(ctx, t, run)
			due := timerDue(ctx, t, run)
			now, err := s.Now(ctx, run.GetID())
			require.NoError(t, err)
			id, err := s.Forward(ctx, run.GetID(), due.Add(tc.extra).Sub(now))
			require.NoError(t, err)
			if tc.extra > 0 {
				require.Eventually(t, func() bool { return pendingActivities(ctx, t, run) == 1 }, moment, 5*time.Millisecond)
				close(gate)
			}
			result, reason, err := s.Wait(ctx, run.GetID(), id)
			require.NoError(t, err)
			require.Equal(t, timeskip.Reached, result, reason)
			if tc.extra > 0 {
				require.Len(t, rungsOf(ctx, t, run), 1, "reached means done")
				return
			}
			require.Empty(t, rungsOf(ctx, t, run), "reached although the activity is held")
			close(gate)
			require.Eventually(t, func() bool { return len(rungsOf(ctx, t, run)) == 1 }, moment, 10*time.Millisecond)
			require.WithinDuration(t, due, rungsOf(ctx, t, run)[0].Started, moment)
		})
	}
}

// Retry back-offs are skipped like timers, and each attempt has its own time.
func TestRetryBackoffIsSkipped(t *testing.T) {
	t.Parallel()
	ctx, s, run := start(t, client.StartWorkflowOptions{}, Stubborn, "")
	begin, err := s.Now(ctx, run.GetID())
	require.NoError(t, err)
	_, err = s.Forward(ctx, run.GetID(), day)
	require.NoError(t, err)
	var third time.Time
	require.NoError(t, run.Get(ctx, &third))
	require.WithinDuration(t, begin.Add(2*time.Hour), third, moment)
}

// An execution that ends within the fast-forward ends the wait, as does a newer fast-forward.
func TestWaitEndsWhenTheTargetCannotBeReached(t *testing.T) {
	t.Parallel()
	ctx, s, run := start(t, client.StartWorkflowOptions{}, Stubborn, "")
	first, err := s.Forward(ctx, run.GetID(), time.Minute)
	require.NoError(t, err)
	second, err := s.Forward(ctx, run.GetID(), 30*day)
	require.NoError(t, err)
	result, reason, err := s.Wait(ctx, run.GetID(), first)
	require.NoError(t, err)
	require.Equal(t, timeskip.Over, result)
	require.NotEmpty(t, reason)
	result, reason, err = s.Wait(ctx, run.GetID(), second)
	require.NoError(t, err)
	require.Equal(t, timeskip.Over, result)
	require.Contains(t, reason, "ended")

	_, err = s.Forward(ctx, run.GetID(), day)
	var gone *serviceerror.NotFound
	require.ErrorAs(t, err, &gone, "a closed execution has no clock to move")
}

// A start delay is skipped before the first workflow task: that is how an execution begins at a
// virtual instant ahead of the wall clock.
func TestDelayedStartBeginsAtAVirtualInstant(t *testing.T) {
	t.Parallel()
	ctx, s, run := start(t, client.StartWorkflowOptions{StartDelay: 40 * day}, WhatTime)
	begin := time.Now()
	_, err := s.Forward(ctx, run.GetID(), 41*day)
	require.NoError(t, err)
	var seen Rung
	require.NoError(t, run.Get(ctx, &seen))
	require.WithinDuration(t, begin.Add(40*day), seen.Fired, moment)
	require.WithinDuration(t, begin.Add(40*day), seen.Started, moment)
}

// (d): what a fast-forward costs, with nothing and with one activity in between.
//
//nolint:paralleltest // it measures
func TestCost(t *testing.T) {
	ctx, s, run := start(t, client.StartWorkflowOptions{}, Listener)
	const rounds = 40
	began := time.Now()
	for range rounds {
		id, err := s.Forward(ctx, run.GetID(), day)
		require.NoError(t, err)
		_, _, err = s.Wait(ctx, run.GetID(), id)
		require.NoError(t, err)
	}
	t.Logf("idle execution: %s for each fast-forward with its wait", time.Since(began)/rounds)

	waits := make([]time.Duration, rounds)
	for i := range waits {
		waits[i] = day
	}
	ctx, s, run = start(t, client.StartWorkflowOptions{}, Ladder, waits, "")
	waitForTimer(ctx, t, run)
	began = time.Now()
	for range rounds {
		now, err := s.Now(ctx, run.GetID())
		require.NoError(t, err)
		_, _, err = s.To(ctx, run.GetID(), now.Add(day))
		require.NoError(t, err)
	}
	t.Logf("ladder, one timer and one activity within: %s", time.Since(began)/rounds)
	began = time.Now()
	for range rounds {
		_, err := s.Now(ctx, run.GetID())
		require.NoError(t, err)
	}
	t.Logf("reading the clock: %s", time.Since(began)/rounds)
}

func pendingActivities(ctx context.Context, t *testing.T, run client.WorkflowRun) int {
	t.Helper()
	described, err := temporalClient.DescribeWorkflowExecution(ctx, run.GetID(), run.GetRunID())
	require.NoError(t, err)
	return len(described.GetPendingActivities())
}

// timerDue is when the first timer fires: its start plus its duration.
func timerDue(ctx context.Context, t *testing.T, run client.WorkflowRun) time.Time {
	t.Helper()
	for events := temporalClient.GetWorkflowHistory(ctx, run.GetID(), run.GetRunID(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		event, err := events.Next()
		require.NoError(t, err)
		if timer := event.GetTimerStartedEventAttributes(); timer != nil {
			return event.GetEventTime().AsTime().Add(timer.GetStartToFireTimeout().AsDuration())
		}
	}
	t.Fatal("no timer started")
	return time.Time{}
}

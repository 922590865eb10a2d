package workflows_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"maan/internal/dunning"
	"maan/workflows"
)

var update = flag.Bool("update", false, "write the golden files anew")

// scenario is a case as the business tells it: what happens, and what is done when.
type scenario struct {
	name    string
	given   func(*books, time.Time) // facts before the start
	answers map[dunning.StepID][]answer
	events  []event
	want    []string // "2026-03-25 CreateCallTask courtesy_call done", in order
	result  string   // "paid, 12 days late"
}

// delivery is how a message reaches the workflow.
type delivery string

// The deliveries; without one a message comes once, as a signal.
const (
	asUpdate delivery = "update" // the API's fast path
	asBoth   delivery = "both"   // the fast path, and the relay all the same
	twice    delivery = "twice"
	lost     delivery = "lost"     // only the fact: the relay is down
	together delivery = "together" // wakes nobody: the workflow finds it with the next thing that happens
)

// event is a fact and the message that tells it.
type event struct {
	at     string         // the customer's clock
	during dunning.StepID // instead of at: after the claim of the step, before the workflow has the answer
	name   string
	fact   func(*books, time.Time)
	by     delivery
	late   time.Duration // the message comes so much later
}

// opening is Monday 2 March 2026, in the contact window.
const opening = "2026-03-02 10:15"

// stage plays a scenario with the SDK's test environment and writes down all that the
// workflow commands, in order.
type stage struct {
	t       tester
	env     *testsuite.TestWorkflowEnvironment
	books   *books
	during  map[dunning.StepID][]event
	story   []string // everything, for the golden file
	acts    []string // as scenario.want
	timers  map[string]bool
	upserts []shown
	result  workflows.Result
	left    []string // names of signals that nobody took

	mu    sync.Mutex
	fails map[dunning.StepID]int // how often the activity of a step still fails; negative: for good
}

// shown is what the search attributes of an upsert say.
type shown struct {
	stage  dunning.Stage
	paused bool
	next   string
}

// tester is a test, or one try of a property.
type tester interface {
	require.TestingT
	Helper()
}

func newStage(t tester) *stage {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	s := &stage{
		t: t, env: suite.NewTestWorkflowEnvironment(), during: map[dunning.StepID][]event{}, timers: map[string]bool{}, fails: map[dunning.StepID]int{},
	}
	start := clock(amsterdam(t), opening)
	s.books = newBooks(t, start)
	s.env.SetStartTime(start)
	s.env.SetTestTimeout(time.Minute)
	s.env.SetWorkerOptions(worker.Options{Interceptors: recorders(s), WorkflowPanicPolicy: worker.FailWorkflow})
	workflows.Register(s.env)
	for _, name := range []string{
		workflows.ActSendMessage, workflows.ActCallTask, workflows.ActTask, workflows.ActEscalate, workflows.ActHandOff, workflows.ActRecall,
	} {
		s.env.RegisterActivityWithOptions(s.act, activity.RegisterOptions{Name: name})
	}
	s.watch()
	return s
}

// act is every activity: claim, do, record.
func (s *stage) act(_ context.Context, act dunning.Act) (*dunning.ActResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails[act.Step] > 0 {
		s.fails[act.Step]--
		return nil, errors.New("database down")
	}
	if s.fails[act.Step] < 0 {
		return nil, temporal.NewNonRetryableApplicationError("impossible", "impossible", nil)
	}
	now := s.env.Now()
	var known *dunning.ActResult
	if act.Step != dunning.StepAgencyRecall {
		known = s.books.claim(now, act)
	}
	for _, e := range s.during[act.Step] {
		s.deliver(e, s.books.change(now, e.fact))
	}
	delete(s.during, act.Step)
	if known != nil {
		return known, nil
	}
	return s.books.record(now, act), nil
}

// watch follows timers and finished activities.
func (s *stage) watch() {
	s.env.SetOnTimerScheduledListener(func(id string, _ time.Duration) { s.timers[id] = true })
	s.env.SetOnTimerFiredListener(func(id string) {
		delete(s.timers, id)
		s.tellf("timer fires")
	})
	s.env.SetOnTimerCanceledListener(func(id string) {
		delete(s.timers, id)
		s.tellf("timer is cancelled")
	})
	s.env.SetOnActivityCompletedListener(func(info *activity.Info, value converter.EncodedValue, err error) {
		if err != nil {
			s.tellf("  fails: %s", err)
			return
		}
		var r dunning.ActResult
		require.NoError(s.t, value.Get(&r))
		if r.Answer == dunning.AnswerWait && !r.NotBefore.IsZero() {
			s.tellf("  %s until %s", words(r.Answer, r.Reason), s.clock(r.NotBefore))
		} else {
			s.tellf("  %s", words(r.Answer, r.Reason))
		}
		last := &s.acts[len(s.acts)-1]
		require.Contains(s.t, *last, info.ActivityType.Name)
		*last += " " + words(r.Answer, r.Reason)
	})
}

func words(a dunning.Answer, r dunning.Reason) string {
	return strings.TrimSpace(string(a) + " " + string(r))
}

func (s *stage) clock(t time.Time) string { return t.In(s.books.place.Zone).Format("2006-01-02 15:04") }

func (s *stage) tellf(format string, args ...any) {
	s.story = append(s.story, s.clock(s.env.Now())+"  "+fmt.Sprintf(format, args...))
}

// plan puts the events on the clock.
func (s *stage) plan(events []event) {
	start := s.env.Now()
	for _, e := range events {
		if e.during != "" {
			s.during[e.during] = append(s.during[e.during], e)
			continue
		}
		at := clock(s.books.place, e.at)
		s.env.RegisterDelayedCallback(func() {
			state := s.books.change(s.env.Now(), e.fact)
			if e.late > 0 {
				s.env.RegisterDelayedCallback(func() { s.deliver(e, state) }, e.late)
				return
			}
			s.deliver(e, state)
		}, at.Sub(start))
		s.env.RegisterDelayedCallback(s.checkAtRest, at.Add(e.late+time.Minute).Sub(start))
	}
}

// deliver sends a message to the workflow.
func (s *stage) deliver(e event, state dunning.State) {
	switch e.by {
	case lost:
	case asUpdate:
		s.updateRun(e.name, state)
	case asBoth:
		s.updateRun(e.name, state)
		s.env.SignalWorkflow(e.name, state)
	case together:
		s.env.SignalWorkflowSkippingWorkflowTask(e.name, state)
	case twice:
		s.env.SignalWorkflow(e.name, state)
		s.env.SignalWorkflow(e.name, state)
	default:
		s.env.SignalWorkflow(e.name, state)
	}
}

func (s *stage) updateRun(name string, state dunning.State) {
	s.env.UpdateWorkflow(name, fmt.Sprintf("%s-%d", name, state.FactsSeq), &testsuite.TestUpdateCallback{
		OnReject: func(err error) { s.t.Errorf("update %s is refused: %v", name, err) },
		OnAccept: func() {},
		OnComplete: func(v any, err error) {
			require.NoError(s.t, err)
			require.GreaterOrEqual(s.t, v.(workflows.Ack).FactsSeq, state.FactsSeq)
		},
	}, state)
}

// checkAtRest looks at the run a minute after a message: a paused case has no timer and
// says so; no case has more than one.
func (s *stage) checkAtRest() {
	state := s.books.newest()
	if len(state.Paused) > 0 && s.lastShown().paused {
		require.Empty(s.t, s.timers, "a timer runs while the case is paused (%v)", state.Paused)
	}
	require.LessOrEqual(s.t, len(s.timers), 1, "more than one timer runs")
}

// count is how many lines of the story hold the words.
func (s *stage) count(words string) (n int) {
	for _, line := range s.story {
		if strings.Contains(line, words) {
			n++
		}
	}
	return n
}

func (s *stage) lastShown() shown {
	if len(s.upserts) == 0 {
		return shown{stage: dunning.StageInvoice}
	}
	return s.upserts[len(s.upserts)-1]
}

func (s *stage) execute() {
	s.env.ExecuteWorkflow(workflows.TypeName, dunning.Case{
		InvoiceID: "00000000-0000-7000-8000-000000000001", RunNo: 1, InvoiceRef: "acme:2026-1", CustomerRef: customerKey, AmountMinor: 121_000, Currency: "EUR",
		State: s.books.newest(),
	})
}

// run plays the case to its end.
func (s *stage) run() {
	s.execute()
	require.True(s.t, s.env.IsWorkflowCompleted())
	require.NoError(s.t, s.env.GetWorkflowError())
	require.NoError(s.t, s.env.GetWorkflowResult(&s.result))
	require.Empty(s.t, s.left, "signals that nobody took")
}

// play runs a scenario and compares all of it.
func play(t *testing.T, sc scenario) *stage {
	t.Helper()
	s := newStage(t)
	if sc.given != nil {
		s.books.change(s.env.Now(), sc.given)
	}
	for step, script := range sc.answers {
		for _, a := range script {
			s.fails[step] += a.errors
			if a.answer != "" {
				s.books.answers[step] = append(s.books.answers[step], a)
			}
		}
	}
	s.plan(sc.events)
	s.run()
	require.Equal(t, sc.want, s.acts)
	require.Equal(t, sc.result, fmt.Sprintf("%s, %d days late", s.result.Outcome, s.result.DaysLate))
	s.checkResult()
	s.checkUpserts()
	s.golden(sc.name)
	return s
}

// checkResult compares the result's steps with what was done: every final answer is
// in it, in order, and so is what the story of the closing says of the other steps.
func (s *stage) checkResult() {
	want, got := []string{}, []string{}
	acted := map[dunning.StepID]bool{}
	for _, line := range s.acts {
		if !strings.Contains(line, " wait ") {
			parts := strings.SplitN(line, " ", 4)
			want = append(want, parts[0]+" "+parts[2]+" "+parts[3])
			acted[dunning.StepID(parts[2])] = true
		}
	}
	var told, rest []dunning.Chapter
	for _, c := range s.books.newest().Story {
		if !acted[c.Step] {
			told = append(told, c)
		}
	}
	for i, r := range s.result.Steps {
		require.False(s.t, i > 0 && r.At.Before(s.result.Steps[i-1].At), "%s is out of order", r.Step)
		if !acted[r.Step] {
			rest = append(rest, dunning.Chapter{Step: r.Step, Stage: r.Stage, Answer: r.Outcome, Reason: r.Reason, At: r.At, Reference: r.Reference})
			continue
		}
		got = append(got, r.At.In(s.books.place.Zone).Format(time.DateOnly)+" "+string(r.Step)+" "+words(r.Outcome, r.Reason))
	}
	require.Equal(s.t, want, got)
	require.Equal(s.t, told, rest)
}

// checkUpserts: each upsert says something new, and the last one that the case is closed.
func (s *stage) checkUpserts() {
	before := shown{stage: dunning.StageInvoice}
	for _, u := range s.upserts {
		require.False(s.t, u.stage == before.stage && u.paused == before.paused, "an upsert changes neither stage nor pause: %+v", u)
		before = u
	}
	require.Equal(s.t, shown{stage: dunning.StageClosed}, s.lastShown())
}

// golden compares the whole story with the scenario's file.
func (s *stage) golden(name string) {
	s.t.Helper()
	file := filepath.Join("testdata", "stories", name+".txt")
	text := strings.Join(s.story, "\n") + "\n"
	if *update {
		require.NoError(s.t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(s.t, os.WriteFile(file, []byte(text), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(s.t, err, "no story yet: run the test with -update and read what it writes")
	require.Equal(s.t, string(want), text)
}

package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	"maan/internal/calendar"
	"maan/internal/devstack/sandbox"
	"maan/internal/devstack/world"
)

// Report is how the play ended.
type Report struct {
	From, To   calendar.Date // the business dates that it took
	Endings    []Ending
	Sent       []Count // accepted by the providers, by stage and channel
	Tasks      []Count // by kind and what became of them
	Accepted   int     // messages in all
	Duplicates int     // accepted twice: must be 0
}

// OK reports whether every story ended as it must and nothing was sent twice.
func (r *Report) OK() bool {
	return r.Duplicates == 0 && !slices.ContainsFunc(r.Endings, func(e Ending) bool { return len(e.Differences) > 0 })
}

// Ending is the end of one story.
type Ending struct {
	Number      string
	Title       string
	Outcome     string
	InvoiceID   string
	WorkflowID  string
	RunID       string   // of the Temporal execution
	Steps       int      // that were done
	Differences []string // from what was expected; empty: as expected
}

// Count is a line of the summary.
type Count struct {
	What, How string
	N         int
}

// judge compares every story with its ending.
func (p *Play) judge(ctx context.Context) (*Report, error) {
	if err := p.world.Clock.Quiet(ctx); err != nil {
		return nil, err
	}
	accepted, counts, err := p.accepted(ctx)
	if err != nil {
		return nil, err
	}
	r := &Report{From: p.start, To: calendar.DateOf(p.world.Clock.Now()), Accepted: counts.Accepted, Duplicates: counts.Duplicates}
	sent := tally{}
	for _, f := range p.cases {
		e, err := p.judgeOne(ctx, f, accepted, sent)
		if err != nil {
			return nil, fmt.Errorf("invoice %s: %w", f.Number, err)
		}
		r.Endings = append(r.Endings, e)
	}
	if len(accepted) > 0 {
		return nil, fmt.Errorf("the providers accepted %d messages that belong to no invoice", len(accepted))
	}
	r.Sent = sent.counts()
	r.Tasks, err = p.tasks(ctx)
	return r, err
}

// judgeOne takes the case's own messages out of those that were accepted.
func (p *Play) judgeOne(ctx context.Context, f *performance, accepted map[string]sandbox.Message, sent tally) (Ending, error) {
	end := Ending{Number: f.Number, Title: f.title, InvoiceID: f.id, WorkflowID: f.workflow}
	var full listed
	if err := p.people[finance].Must(ctx, http.MethodGet, f.path(""), nil, &full); err != nil {
		return end, err
	}
	var err error
	if end.RunID, err = p.settled(ctx, end.WorkflowID, full.Outcome != ""); err != nil {
		end.differf("%v", err)
	}
	if err := p.lookInto(ctx, f); err != nil { // after the run has ended: a recall is its last act
		return end, err
	}
	messages, err := p.messages(ctx, f, accepted, sent)
	if err != nil {
		return end, err
	}
	f.listed = full
	if end.Outcome = f.row().Outcome; end.Outcome != f.end.outcome {
		end.differf("it ended %q instead of %q", end.Outcome, f.end.outcome)
	}
	end.Steps = f.done()
	end.compare("steps", f.stepNames(), f.expectedSteps())
	end.compare("messages", messages, f.end.sent)
	for _, kind := range f.end.events {
		if !slices.ContainsFunc(f.history, func(e event) bool { return e.Kind == kind }) {
			end.differf("its history has no %s", kind)
		}
	}
	if f.trouble != nil {
		end.differf("beat %d: %v", f.played, f.trouble)
	} else if f.played < len(f.beats) {
		end.differf("beat %d of %d was never cued", f.played+1, len(f.beats))
	}
	if words := f.tooClose(); words != "" {
		end.differf("%s", words)
	}
	return end, nil
}

func (e *Ending) differf(format string, args ...any) {
	e.Differences = append(e.Differences, fmt.Sprintf(format, args...))
}

func (e *Ending) compare(what string, got, want []string) {
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		e.differf("%s: %s; expected %s", what, strings.Join(got, ", "), strings.Join(want, ", "))
	}
}

// done counts the steps that were done.
func (f *performance) done() int {
	n := 0
	for _, s := range f.steps {
		if s.State == "done" {
			n++
		}
	}
	return n
}

func (f *performance) stepNames() []string {
	var names []string
	for _, s := range f.steps {
		names = append(names, s.String())
	}
	return names
}

// expectedSteps are the ending's, and the rest of the plan skipped for the outcome.
func (f *performance) expectedSteps() []string {
	want := slices.Clone(f.end.steps)
	for _, s := range f.steps {
		if !slices.ContainsFunc(f.end.steps, func(w string) bool { return w == s.Step || strings.HasPrefix(w, s.Step+" ") }) {
			want = append(want, s.Step+" skipped "+f.end.outcome)
		}
	}
	return want
}

// minimumGap is the policies' minimum of days between two messages that press.
const minimumGap = 7

// tooClose names two messages to the customer that came too soon after each other.
func (f *performance) tooClose() string {
	var last *step
	for i, s := range f.steps {
		if s.State != "done" || s.DoneAt == nil || !slices.Contains([]string{"reminder", "stricter_reminder", "final_notice"}, s.Step) {
			continue
		}
		if last != nil && calendar.DateOf(*s.DoneAt).DaysSince(calendar.DateOf(*last.DoneAt)) < minimumGap {
			return fmt.Sprintf("%s came less than %d days after %s", s.Label, minimumGap, last.Label)
		}
		last = &f.steps[i]
	}
	return ""
}

const settlePatience = 20 * time.Second

// settled waits for the run of a closed invoice to complete; an open one must still run.
func (p *Play) settled(ctx context.Context, workflowID string, closed bool) (runID string, err error) {
	ctx, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	want := enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	if closed {
		want = enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
	}
	for {
		d, err := p.world.Temporal.DescribeWorkflowExecution(ctx, workflowID, "")
		if err != nil {
			return runID, fmt.Errorf("look at its workflow: %w", err)
		}
		info := d.GetWorkflowExecutionInfo()
		runID = info.GetExecution().GetRunId()
		if info.GetStatus() == want {
			return runID, nil
		}
		if info.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
			return runID, fmt.Errorf("its workflow is %s instead of %s", info.GetStatus(), want)
		}
		select {
		case <-ctx.Done():
			return runID, errors.New("the invoice is closed and its workflow still runs")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// accepted are the messages that the providers took, by the product's message id.
func (p *Play) accepted(ctx context.Context) (map[string]sandbox.Message, sandbox.Counts, error) {
	providers := &world.Client{Base: p.world.Providers.URL()}
	var messages []sandbox.Message
	var counts sandbox.Counts
	if err := providers.Must(ctx, http.MethodGet, "/control/messages", nil, &messages); err != nil {
		return nil, counts, err
	}
	if err := providers.Must(ctx, http.MethodGet, "/control/counts", nil, &counts); err != nil {
		return nil, counts, err
	}
	byID := make(map[string]sandbox.Message, len(messages))
	for _, m := range messages {
		byID[m.MessageID] = m
	}
	return byID, counts, nil
}

// messages lists the case's messages that a provider accepted, as an ending names them.
func (p *Play) messages(ctx context.Context, f *performance, accepted map[string]sandbox.Message, sent tally) ([]string, error) {
	var page struct {
		Items []struct {
			ID    string `json:"id"`
			Items []struct {
				InvoiceID string `json:"invoice_id"`
				Step      string `json:"step"`
			} `json:"items"`
		} `json:"items"`
	}
	if err := p.people[finance].Must(ctx, http.MethodGet, f.path("/messages"), nil, &page); err != nil {
		return nil, err
	}
	var names []string
	for _, m := range page.Items {
		got, ok := accepted[m.ID]
		if !ok {
			continue
		}
		delete(accepted, m.ID)
		for _, item := range m.Items {
			if item.InvoiceID == f.id {
				names = append(names, item.Step+" "+string(got.Channel))
				sent.add(f.stageOf(item.Step), string(got.Channel))
			}
		}
	}
	return names, nil
}

func (f *performance) stageOf(id string) string {
	if s := f.step(id); s.Stage != "" {
		return s.Stage
	}
	return "agency" // the recall is the engine's own step
}

package workflows_test

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"maan/internal/dunning"
	"maan/workflows"
)

// recorder writes the commands of the workflow down as it gives them, with the words
// that the Temporal UI will show.
type recorder struct {
	interceptor.WorkerInterceptorBase

	stage *stage
}

func recorders(s *stage) []interceptor.WorkerInterceptor {
	return []interceptor.WorkerInterceptor{&recorder{stage: s}}
}

func (r *recorder) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	in := &inbound{stage: r.stage}
	in.Next = next
	return in
}

type inbound struct {
	interceptor.WorkflowInboundInterceptorBase

	stage *stage
}

func (i *inbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	out := &outbound{stage: i.stage}
	out.Next = next
	return i.Next.Init(out)
}

func (i *inbound) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	result, err := i.Next.ExecuteWorkflow(ctx, in)
	i.stage.left = workflow.GetUnhandledSignalNames(ctx)
	i.stage.tellf("the run ends")
	return result, err
}

func (i *inbound) HandleSignal(ctx workflow.Context, in *interceptor.HandleSignalInput) error {
	i.stage.tellf("signal %s", in.SignalName)
	return i.Next.HandleSignal(ctx, in)
}

func (i *inbound) ExecuteUpdate(ctx workflow.Context, in *interceptor.UpdateInput) (any, error) {
	i.stage.tellf("update %s", in.Name)
	return i.Next.ExecuteUpdate(ctx, in)
}

type outbound struct {
	interceptor.WorkflowOutboundInterceptorBase

	stage *stage
}

func (o *outbound) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	act := args[0].(dunning.Act)
	line := fmt.Sprintf("activity %s [%s]", name, workflow.GetActivityOptions(ctx).Summary)
	if act.Occurrence > 1 {
		line += fmt.Sprintf(", occurrence %d", act.Occurrence)
	}
	o.stage.tellf("%s", line)
	day := o.stage.env.Now().In(o.stage.books.place.Zone).Format(time.DateOnly)
	o.stage.acts = append(o.stage.acts, day+" "+name+" "+string(act.Step))
	return o.Next.ExecuteActivity(ctx, name, args...)
}

func (o *outbound) NewTimerWithOptions(ctx workflow.Context, d time.Duration, options workflow.TimerOptions) workflow.Future {
	o.stage.tellf("timer [%s] until %s", options.Summary, o.stage.clock(o.stage.env.Now().Add(d)))
	return o.Next.NewTimerWithOptions(ctx, d, options)
}

func (o *outbound) UpsertTypedSearchAttributes(ctx workflow.Context, updates ...temporal.SearchAttributeUpdate) error {
	attributes := temporal.NewSearchAttributes(updates...)
	stage, _ := attributes.GetKeyword(workflows.AttrStage)
	paused, _ := attributes.GetBool(workflows.AttrPaused)
	u := shown{stage: dunning.Stage(stage), paused: paused}
	if next, ok := attributes.GetTime(workflows.AttrNextAction); ok {
		u.next = o.stage.clock(next)
	}
	o.stage.upserts = append(o.stage.upserts, u)
	o.stage.tellf("shows stage %s, paused %t, next action %q", u.stage, u.paused, u.next)
	return o.Next.UpsertTypedSearchAttributes(ctx, updates...)
}

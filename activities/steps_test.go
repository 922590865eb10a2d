package activities_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/devstack/sandbox"
	"maan/internal/dunning"
	"maan/internal/store"
	"maan/workflows"
)

// tasks are the tasks of the database: "call collector open".
func (o *office) tasks() []string {
	o.t.Helper()
	return read[[]string](o, `select coalesce(array_agg(kind || ' ' || role || ' ' || status order by created_at, kind), '{}') from task`)
}

func TestCreateCallTask(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.climb("courtesy_call")
	r := o.must(workflows.ActCallTask, "courtesy_call", 1)
	require.Equal(t, dunning.AnswerDone, r.Answer)
	require.NotEmpty(t, r.Reference)
	require.Equal(t, []string{"call collector open"}, o.tasks())
	again := o.must(workflows.ActCallTask, "courtesy_call", 1)
	require.Equal(t, r.Reference, again.Reference)
	require.Len(t, o.tasks(), 1)
}

// Outside the contact window a step waits for the next one; the activity's own clock
// decides.
func TestOutsideTheWindow(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.at("2026-06-24 20:00")
	r := o.must(workflows.ActCallTask, "courtesy_call", 1)
	require.Equal(t, dunning.ReasonOutsideWindow, r.Reason)
	require.True(t, r.NotBefore.After(clock(t, "2026-06-25 08:59")))
	require.Empty(t, o.tasks())
}

func TestCreateTask(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.exec(`update invoice set delivery = 'required'`)
	o.exec(`insert into plan_step (invoice_id, run_no, step, position, stage, action, occurrence, at, local_date, state)
		values ($1, 1, 'delivery_check', 0, 'invoice', 'task', 1, $2, '2026-06-08', 'pending')`, o.invoice, o.now)
	o.at("2026-06-08 10:00")
	r := o.must(workflows.ActTask, dunning.StepDeliveryCheck, 1)
	require.Equal(t, dunning.AnswerDone, r.Answer)
	require.Equal(t, []string{"delivery_check finance open"}, o.tasks())
}

func TestEscalateToSales(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.climb("sales_escalation")
	r := o.must(workflows.ActEscalate, "sales_escalation", 1)
	require.Equal(t, dunning.AnswerDone, r.Answer)
	took := o.accepted()
	require.Equal(t, "sam@acme.example", took[len(took)-1].To)
	require.Contains(t, o.tasks(), "sales_escalation sales open")
}

// The dossier leaves once finance approved it; a paid case is taken back.
func TestHandOffAndRecall(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.climb("agency_hand_off")
	r := o.must(workflows.ActHandOff, "agency_hand_off", 1)
	require.Equal(t, dunning.ReasonNotReleased, r.Reason)
	require.True(t, r.NotBefore.IsZero(), "it waits for a person")

	o.approve()
	r = o.must(workflows.ActHandOff, "agency_hand_off", 1)
	require.Equal(t, dunning.AnswerDone, r.Answer)
	require.True(t, r.State.HandedOff)
	took := o.accepted()
	require.Equal(t, "cases@firmhand.example", took[len(took)-1].To)
	require.NotEmpty(t, took[len(took)-1].Files, "the dossier")

	o.at("2026-08-20 10:00")
	o.pay()
	o.behave(sandbox.Behaviour{Mode: sandbox.TooMany, Count: 1})
	_, err := o.act(workflows.ActRecall, dunning.StepAgencyRecall, 1)
	require.Equal(t, "provider_down", codeOf(t, err), "tried again")
	_, err = o.act(workflows.ActRecall, dunning.StepAgencyRecall, 1) // the pause is the recall's too
	require.Equal(t, "provider_down", codeOf(t, err))
	o.now = o.now.Add(10 * time.Second)
	r = o.must(workflows.ActRecall, dunning.StepAgencyRecall, 1)
	require.Equal(t, dunning.AnswerDone, r.Answer)
	require.Len(t, o.accepted(), len(took)+1)

	again := o.must(workflows.ActRecall, dunning.StepAgencyRecall, 1)
	require.Equal(t, dunning.AnswerDone, again.Answer)
	require.Equal(t, r.Reference, again.Reference)
	require.Len(t, o.accepted(), len(took)+1, "taken back once")
}

// A recall that the provider lost goes once: finance was told at the closing.
func TestRecallOfUnknownFate(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.exec(`update invoice set handed_off_at = $1`, o.now)
	o.pay()
	o.behave(sandbox.Behaviour{Mode: sandbox.DropAfter})
	for range 2 {
		r := o.must(workflows.ActRecall, dunning.StepAgencyRecall, 1)
		require.Equal(t, dunning.AnswerDone, r.Answer)
	}
	require.Len(t, o.accepted(), 1)
}

// A case without an agency has nothing to take back.
func TestRecallOfNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.pay()
	r := o.must(workflows.ActRecall, dunning.StepAgencyRecall, 1)
	require.Equal(t, dunning.AnswerSkipped, r.Answer)
	require.Empty(t, o.accepted())
}

// climb does every step when it is due, until the given one is.
func (o *office) climb(until dunning.StepID) {
	o.t.Helper()
	activities := map[dunning.Do]string{dunning.DoMessage: workflows.ActSendMessage, dunning.DoCall: workflows.ActCallTask, dunning.DoEscalate: workflows.ActEscalate}
	r := o.must(workflows.ActSendMessage, "invoice", 1)
	for {
		next, ok := r.State.Current()
		require.True(o.t, ok)
		o.now = next.At
		if next.Step == until {
			return
		}
		r = o.must(activities[next.Do], next.Step, next.Occurrence)
		require.True(o.t, r.Answer.Final(), "%s: %s %s", next.Step, r.Answer, r.Reason)
	}
}

// approve closes the question to finance.
func (o *office) approve() {
	o.t.Helper()
	id := read[uuid.UUID](o, `select id from task where kind = 'approval' and status = 'open'`)
	_, err := o.cases.CloseTask(o.t.Context(), store.Everything, o.now, "person-f", dunning.RoleFinance, id, collection.TaskOutcome{Code: "approved"})
	require.NoError(o.t, err)
}

// Without a clock of its own an activity goes by the moment at which its attempt began.
func TestOwnStart(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.acts.Now = nil
	o.exec(`update invoice set sending = 'already_sent', sent_channel = 'erp', sent_on = '2026-06-01', sent_proof = 'x'`)
	r := o.must(workflows.ActSendMessage, "invoice", 1) // a proof is recorded at any hour
	require.Equal(t, dunning.AnswerDone, r.Answer)
	require.True(t, read[bool](o, `select abs(extract(epoch from recorded_at - business_at)) < 60 from case_event where kind = 'step_done'`))
}

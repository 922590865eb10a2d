package collection_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/provider"
	"maan/internal/store"
)

func TestHandOff_IsApprovedByTwoPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin(func(n *collection.NewInvoice) { n.Policy = dunning.PolicyKeyAccounts })
	c.until("agency_hand_off")
	task := func(role dunning.Role) uuid.UUID {
		return read[uuid.UUID](w, `select id from task where kind = 'approval' and role = $1`, string(role))
	}
	yes := collection.TaskOutcome{Code: "approved"}
	w.closeAs(task(dunning.RoleSales), anna, dunning.RoleAdministrator, yes)
	for _, role := range []dunning.Role{dunning.RoleFinance, dunning.RoleAdministrator} {
		_, err := w.CloseTask(t.Context(), store.Everything, w.now, anna, role, task(dunning.RoleFinance), yes)
		refused(t, err, collection.Denied, "four_eyes")
	}
	require.Equal(t, task(dunning.RoleFinance), w.task(collection.TaskApproval), "still open")
	require.Equal(t, "wait(not_released)", outcome(c.next()))
	w.closeAs(task(dunning.RoleFinance), bert, dunning.RoleFinance, yes)
	require.Equal(t, "done", outcome(c.next()))
	w.intact()
}

func TestHandOff_ApprovedByOneMayBeRejectedByTheSamePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin(func(n *collection.NewInvoice) { n.Policy = dunning.PolicyKeyAccounts })
	c.until("agency_hand_off")
	tasks := w.openTasks(collection.TaskApproval)
	require.Len(t, tasks, 2)
	w.closeAs(tasks[0], anna, dunning.RoleAdministrator, collection.TaskOutcome{Code: "approved"})
	w.closeAs(tasks[1], anna, dunning.RoleAdministrator, collection.TaskOutcome{Code: "rejected"})
	require.Equal(t, "skipped(waived)", outcome(c.next()))
}

// The dossier had left when the payment came: it is taken back.
func TestHandOff_OfACaseThatClosesOnTheWayIsRecalled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	act := c.until("agency_hand_off")
	c.approve()
	out := c.claim(act)
	done := c.pay("p-1", 121000)
	require.Equal(t, dunning.ReasonPaid, done.Closed)
	require.Equal(t, []uuid.UUID{out[0].MessageID}, done.Leaving)
	require.False(t, c.state().HandedOff, "nobody knows yet")
	require.Empty(t, w.openTasks(collection.TaskTellAgency))

	r := c.record(act, accepted(out))
	require.Equal(t, "done", outcome(r))
	require.Equal(t, dunning.ReasonPaid, r.State.Closed)
	require.True(t, r.State.HandedOff, "the run must recall")
	require.Equal(t, "done", c.row("agency_hand_off"))
	require.Equal(t, 1, c.events("handed_off"))
	require.Equal(t, "paid_after_hand_off", read[string](w, `select reason from task where id = $1`, w.task(collection.TaskTellAgency)))
	last := r.State.Story[len(r.State.Story)-1]
	require.Equal(t, dunning.Chapter{
		Step: "agency_hand_off", Stage: dunning.StageAgency, Answer: dunning.AnswerDone, At: last.At, Reference: out[0].MessageID.String(),
	}, last)
	require.WithinDuration(t, w.now, last.At, 0)

	recall := dunning.Act{InvoiceID: c.id.String(), RunNo: 1, Step: dunning.StepAgencyRecall, Occurrence: 1}
	claim, err := w.ClaimRecall(t.Context(), recall, w.now)
	require.NoError(t, err)
	require.Len(t, claim.Outgoing, 1)
	require.Equal(t, "cases@firmhand.example", claim.Outgoing[0].To)
	back, err := w.RecordRecall(t.Context(), recall, accepted(claim.Outgoing), w.now)
	require.NoError(t, err)
	require.Equal(t, "done", outcome(back))
	require.False(t, back.State.HandedOff)
	w.intact()
}

// Paid and returned while the dossier was leaving: the new run knows of no agency, so finance does.
func TestHandOff_OfARunThatIsOverIsFinancesToTell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	act := c.until("agency_hand_off")
	c.approve()
	out := c.claim(act)
	w.reverse(c.pay("p-1", 121000).ID)
	c.record(act, accepted(out))
	require.Equal(t, "reopened", read[string](w, `select reason from task where id = $1`, w.task(collection.TaskTellAgency)))
	w.intact()
}

// What did not leave before the closing stays skipped, and nothing is recalled.
func TestHandOff_ThatNeverLeftAClosedCaseStaysSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	act := c.until("agency_hand_off")
	c.approve()
	out := c.claim(act)
	c.pay("p-1", 121000)
	w.provider.Refuse(provider.NotSent, provider.CodeRefused)
	r := c.record(act, w.provider.handOver(out))
	require.Equal(t, "skipped(paid)", outcome(r))
	require.False(t, r.State.HandedOff)
	require.Empty(t, w.openTasks(collection.TaskTellAgency))
	w.intact()
}

// A notice or an escalation that was leaving is recorded, and asks nobody for anything.
func TestClosedWhileAMessageLeaves_AsksNobody(t *testing.T) {
	t.Parallel()
	for step, kind := range map[dunning.StepID]string{"sales_escalation": collection.TaskEscalation, "final_notice": collection.TaskApproval} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.begin()
			act := c.until(step)
			out := c.claim(act)
			c.pay("p-1", 121000)
			require.Equal(t, "done", outcome(c.record(act, accepted(out))))
			require.Empty(t, w.openTasks(kind))
			w.intact()
		})
	}
}

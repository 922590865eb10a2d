package e2e_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/encoding/protojson"

	"maan/internal/bankstatement/statementtest"
	"maan/internal/dunning"
	"maan/internal/money"
)

// release names the folder of the replay corpus that a recording goes to.
const release = "0.2"

// TestRecordHistories takes invoices through every scenario of the replay corpus on the
// real server. With MAAN_RECORD=1 it writes the histories into the corpus; otherwise it
// only proves that each scenario can be had.
func TestRecordHistories(t *testing.T) {
	if os.Getenv("MAAN_RECORD") == "" && os.Getenv("MAAN_TEST_FULL") == "" {
		t.Skip("set MAAN_RECORD=1 to record the replay corpus anew")
	}
	h := newHouse(t, testWorld(t))
	early, disputed, held, reset, reopened := h.invoice(h.customer()), h.invoice(h.customer()), h.invoice(h.customer()), h.invoice(h.customer()), h.invoice(h.customer())
	full := h.invoice(h.customer())
	h.run(2)
	h.pay(early, "1210.00")
	h.runUntilStep(full, "reminder", 60)
	h.post("/v1/invoices/"+disputed+"/disputes", object{"reason": "quality"}, nil)
	h.post("/v1/invoices/"+held+"/holds", object{"reason": "talks", "until": h.today().AddDays(5).String()}, nil)
	h.reset(reset, 4)
	h.pay(reopened, "1210.00")
	h.run(3)
	h.post("/v1/invoices/"+disputed+"/disputes/resolve", object{"resolution": "rejected"}, nil)
	h.reverseReceipt(reopened)
	h.runUntilStep(full, "final_notice", 90)
	h.approve()
	h.runUntilStep(full, "agency_hand_off", 20)
	for _, id := range []string{full, disputed, held, reset, reopened} {
		h.pay(id, "1210.00")
	}
	h.run(2)
	killed, during := h.actKilled(), h.messageDuringAct()
	closing := h.failedTaskAtClosing()
	stale, returned, imported := h.paymentData()
	for name, workflow := range map[string]string{
		"paid_early": h.workflowID(early), "full_ladder": h.workflowID(full), "disputed_and_resolved": h.workflowID(disputed), "held": h.workflowID(held),
		"reset_by_operator": h.workflowID(reset), "reopened": h.workflowID(reopened), "activity_retried_after_kill": h.workflowID(killed),
		"message_during_act": h.workflowID(during), "failed_task_at_closing": h.workflowID(closing),
		"waited_for_payment_data": h.workflowID(stale), "returned_by_the_bank": h.workflowID(returned), "file_import": imported,
	} {
		h.record(name, workflow)
	}
}

// paymentData is the story of a creditor that demands statements: a reminder waits for one,
// another invoice is paid by one and taken back by the next.
func (h *house) paymentData() (stale, returned, imported string) {
	h.t.Helper()
	bank := newHouse(h.t, h.World)
	bank.call(http.MethodPatch, "/v1/creditors/"+bank.slug, object{"payments_by": "bank", "fresh_payments_required": true}, nil)
	waiting, back := bank.papers(1, "")[0], bank.papers(1, "")[0]
	for bank.step(waiting.id, "reminder").Reason != "bank_data_stale" {
		bank.run(1)
	}
	bank.takeStatement(statementtest.Entry{Amount: money.New(121000, "EUR"), Reference: back.reference, EndToEndID: "E2E-1", BankRef: "B1"})
	bank.runUntilStep(waiting.id, "reminder", 10)
	bank.takeStatement(statementtest.Entry{
		Amount: money.New(-121000, "EUR"), Reversal: true, ReturnCode: "MD06", EndToEndID: "E2E-1", Text: back.number, BankRef: "B2",
	})
	bank.run(20)
	bank.takeStatement(
		statementtest.Entry{Amount: money.New(121000, "EUR"), Reference: waiting.reference, BankRef: "B3"},
		statementtest.Entry{Amount: money.New(121000, "EUR"), Reference: back.reference, BankRef: "B4"},
	)
	var page struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	bank.call(http.MethodGet, "/v1/imports?creditor="+bank.slug, nil, &page)
	return waiting.id, back.id, "import:" + bank.slug + ":" + page.Items[0].ID
}

func (h *house) record(name, workflowID string) {
	h.t.Helper()
	history := h.fullHistory(workflowID)
	last := history.GetEvents()[len(history.GetEvents())-1]
	require.Equal(h.t, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, last.GetEventType(), name)
	if os.Getenv("MAAN_RECORD") == "" {
		return
	}
	text, err := protojson.MarshalOptions{Indent: " "}.Marshal(history)
	require.NoError(h.t, err)
	dir := filepath.Join("..", "..", "workflows", "testdata", "histories", release)
	require.NoError(h.t, os.MkdirAll(dir, 0o755))
	require.NoError(h.t, os.WriteFile(filepath.Join(dir, name+".json"), append(bytes.TrimSpace(text), '\n'), 0o600))
}

func (h *house) fullHistory(workflowID string) *historypb.History {
	h.t.Helper()
	history := &historypb.History{}
	it := h.Temporal.GetWorkflowHistory(h.ctx, workflowID, "", true, 1)
	for it.HasNext() {
		e, err := it.Next()
		require.NoError(h.t, err)
		history.Events = append(history.Events, e)
	}
	return history
}

func (h *house) reverseReceipt(invoice string) {
	h.t.Helper()
	var ledger struct {
		Receipts []struct {
			ID string `json:"id"`
		} `json:"receipts"`
	}
	h.call("GET", "/v1/invoices/"+invoice+"/ledger", nil, &ledger)
	require.NotEmpty(h.t, ledger.Receipts)
	h.post("/v1/payments/"+ledger.Receipts[0].ID+"/reverse", object{"reason": "direct_debit_returned"}, nil)
}

// inFlight makes the provider slow and waits until the invoice's mail is being sent.
func (h *house) inFlight(delay time.Duration) (id string, moving *errgroup.Group) {
	h.t.Helper()
	h.behave(object{"mode": "slow", "delay_ms": delay.Milliseconds(), "count": 1})
	id = h.invoice(h.customer())
	moving = &errgroup.Group{}
	moving.Go(func() error { return h.Clock.Run(h.ctx, h.Clock.Now().Add(4*24*time.Hour)) })
	require.Eventually(h.t, func() bool {
		var n int
		err := h.Pool.QueryRow(context.Background(), `select count(*) from message m join message_item i on i.message_id = m.id
			where i.invoice_id = $1 and m.status = 'sending'`, id).Scan(&n)
		return err == nil && n > 0
	}, time.Minute, 2*time.Millisecond)
	return id, moving
}

func (h *house) actKilled() string {
	h.t.Helper()
	id, moving := h.inFlight(5 * time.Second)
	require.NoError(h.t, h.KillWorkers())
	require.NoError(h.t, h.StartWorker())
	require.NoError(h.t, moving.Wait())
	require.Equal(h.t, "done", h.step(id, "invoice").State)
	h.pay(id, "1210.00")
	h.run(1)
	return id
}

func (h *house) messageDuringAct() string {
	h.t.Helper()
	id, moving := h.inFlight(3 * time.Second)
	h.post("/v1/invoices/"+id+"/disputes", object{"reason": "quality"}, nil)
	require.NoError(h.t, moving.Wait())
	h.post("/v1/invoices/"+id+"/disputes/resolve", object{"resolution": "rejected"}, nil)
	h.pay(id, "1210.00")
	h.run(1)
	return id
}

// failedTaskAtClosing sends messages while the run closes, until one lands between the
// closing task's start and its end: the server then fails that task and gives it again.
func (h *house) failedTaskAtClosing() string {
	h.t.Helper()
	for range 60 {
		id := h.invoice(h.customer())
		h.run(1)
		workflow := h.workflowID(id)
		old := dunning.State{FactsSeq: 1}
		var g errgroup.Group
		for range 4 {
			g.Go(func() error {
				for range 30 {
					if err := h.Temporal.SignalWorkflow(h.ctx, workflow, "", "reconciled", old); err != nil {
						return nil //nolint:nilerr // the run is over
					}
				}
				return nil
			})
		}
		h.pay(id, "1210.00")
		require.NoError(h.t, g.Wait())
		h.result(id)
		for _, e := range h.fullHistory(workflow).GetEvents() {
			if strings.Contains(e.GetWorkflowTaskFailedEventAttributes().GetCause().String(), "UnhandledCommand") {
				return id
			}
		}
	}
	require.Fail(h.t, "no closing task failed in 60 tries")
	return ""
}

package collection_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/law"
	"maan/internal/provider"
	"maan/internal/store"
)

func TestEscalation_GoesToWhoeverIsThere(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		sql  string
		to   string
	}{
		{"the manager", ``, "sam@acme.example"},
		{
			"the substitute of an absent manager", `update account_manager set absent_from = '2026-07-20', absent_until = '2026-07-24' where substitute_id is not null`,
			"sue@acme.example",
		},
		{
			"the manager who is back", `update account_manager set absent_from = '2026-07-01', absent_until = '2026-07-21' where substitute_id is not null`,
			"sam@acme.example",
		},
		{"nobody", `update customer set account_manager_id = null`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			sue := uuid.New()
			w.exec(`insert into account_manager (id, creditor_id, name, email, created_at) values ($1, 'acme', 'Sue Sales', 'sue@acme.example', now())`, sue)
			w.exec(`update account_manager set substitute_id = $1 where id = $2`, sue, w.manager)
			c := w.begin()
			c.until("sales_escalation")
			if tt.sql != "" {
				w.exec(tt.sql)
			}
			sent := len(w.provider.sent)
			r := c.next()
			require.Equal(t, "done", outcome(r))
			task := w.task(collection.TaskEscalation)
			require.Equal(t, "sales 2026-07-29", read[string](w, `select role || ' ' || due_on from task where id = $1`, task))
			if tt.to == "" {
				require.Len(t, w.provider.sent, sent)
				require.Equal(t, task.String(), r.Reference)
				return
			}
			require.Equal(t, tt.to, w.provider.sent[sent].To)
			require.Equal(t, "colleague", read[string](w, `select audience from message where template = 'sales_escalation'`))
		})
	}
}

func TestEscalation_ThatNobodyCanReadIsStillATaskForSales(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	c.until("sales_escalation")
	w.provider.Refuse(provider.Rejected, "bad_address")
	require.True(t, c.next().Answer.Final())
	w.task(collection.TaskEscalation)
}

func TestEscalation_MayStopTheHandOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	c.until("sales_escalation")
	c.next()
	w.closeAs(w.task(collection.TaskEscalation), "person-s", dunning.RoleSales, collection.TaskOutcome{Code: "stop_hand_off"})
	require.Equal(t, "skipped(waived)", c.row("agency_hand_off"))
	c.until("final_notice")
	c.next()
	require.Empty(t, c.state().Plan)
	w.intact()
}

func TestFinalNotice_AsksForTheApprovalAndNamesTheAgency(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	act := c.until("final_notice")
	out := c.claim(act)
	require.Contains(t, out[0].Text, "Firm Hand BV")
	require.Contains(t, out[0].Text, "5 augustus 2026", "the last day to pay")
	require.Contains(t, out[0].Text, "6 augustus 2026", "the day of the hand-off")
	c.record(act, accepted(out))
	require.Equal(t, "2026-08-06", c.current().LocalDate.String(), "the plan keeps the word of the notice")
	task := w.task(collection.TaskApproval)
	require.Equal(t, "finance", read[string](w, `select role from task where id = $1`, task))
}

// Good Friday is 3 April and Easter Monday 6 April: 5 business days are longer than the
// week to the hand-off, which waits for the last of them.
func TestFinalNotice_BeforeEasterGivesItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.now = amsterdam("2026-02-02 08:30")
	c := w.begin(func(n *collection.NewInvoice) { n.IssueDate, n.DueDate = date("2026-02-02"), date("2026-03-05") })
	act := c.until("final_notice")
	require.Equal(t, "2026-04-02", day(w.now))
	out := c.claim(act)
	require.Contains(t, out[0].Text, "13 april 2026", "the last day to pay")
	require.Contains(t, out[0].Text, "14 april 2026", "the day of the hand-off")
	c.record(act, accepted(out))
	require.Equal(t, dunning.StepID("agency_hand_off"), c.current().Step)
	require.Equal(t, "2026-04-14", c.current().LocalDate.String(), "the plan keeps the word of the notice")
	w.intact()
}

func TestHandOff_WaitsForItsApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	act := c.until("agency_hand_off")
	task := w.task(collection.TaskApproval)
	r := c.answer(act)
	require.Equal(t, "wait(not_released)", outcome(r))
	require.True(t, r.NotBefore.IsZero(), "only an answer goes on")
	require.Equal(t, task, w.task(collection.TaskApproval), "asked once")

	_, err := w.ClaimTask(t.Context(), store.Everything, w.now, anna, dunning.RoleFinance, task)
	require.NoError(t, err)
	_, err = w.CloseTask(t.Context(), store.Everything, w.now, anna, dunning.RoleFinance, task, collection.TaskOutcome{Code: "approved"})
	refused(t, err, collection.Denied, "four_eyes")
	require.NoError(t, w.GiveBack(t.Context(), store.Everything, w.now, anna, dunning.RoleFinance, task))
	_, err = w.CloseTask(t.Context(), store.Everything, w.now, bert, dunning.RoleSales, task, collection.TaskOutcome{Code: "approved"})
	refused(t, err, collection.Denied, "role")
	_, err = w.CloseTask(t.Context(), store.Everything, w.now, bert, dunning.RoleFinance, task, collection.TaskOutcome{Code: "maybe"})
	refused(t, err, collection.Invalid, "unknown_outcome")
	told := w.closeAs(task, bert, dunning.RoleFinance, collection.TaskOutcome{Code: "approved"})
	require.Len(t, told, 1)
	require.Equal(t, collection.MessageDecided, told[0].Name)
	require.Equal(t, "done", outcome(c.next()))
	require.True(t, c.state().HandedOff)
	w.intact()
}

func TestHandOff_ThatIsRejectedIsWaived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	act := c.until("agency_hand_off")
	c.answer(act)
	w.closeAs(w.task(collection.TaskApproval), bert, dunning.RoleFinance, collection.TaskOutcome{Code: "rejected"})
	require.Equal(t, "skipped(waived)", outcome(c.next()))
	require.False(t, c.state().HandedOff)
	w.intact()
}

func TestHandOff_OfAKeyAccountNeedsSalesAndFinance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin(func(n *collection.NewInvoice) { n.Policy = dunning.PolicyKeyAccounts })
	act := c.until("agency_hand_off")
	require.Equal(t, []string{"finance", "sales"}, w.column(`select role from task where kind = 'approval' order by role`))
	approve := func(role string) {
		w.closeAs(read[uuid.UUID](w, `select id from task where kind = 'approval' and role = $1`, role), collection.Actor("p-"+role), dunning.Role(role),
			collection.TaskOutcome{Code: "approved"})
	}
	approve("sales")
	require.Equal(t, "wait(not_released)", outcome(c.answer(act)))
	approve("finance")
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, []string{"finance", "sales"}, w.column(`select role from task where kind = 'approval' order by role`))
}

func TestHandOff_WithoutAnAgencyIsATask(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	c.until("agency_hand_off")
	c.approve()
	w.exec(`update creditor set agency_id = null`)
	r := c.next()
	require.Equal(t, "failed(no_contact)", outcome(r))
	require.Equal(t, w.task(collection.TaskAgency).String(), r.Reference)
}

func TestDossier_TellsTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin(func(n *collection.NewInvoice) {
		n.PurchaseOrder = "PO-7"
		n.Documents = []collection.NewDocument{{Kind: "invoice_pdf", ContentType: "application/pdf", Content: []byte("%PDF")}}
		n.Deliveries = []collection.NewDelivery{{On: date("2026-05-29"), Proof: "cmr", Last: true}}
	})
	c.until(friendly)
	c.dispute()
	c.resolve(collection.Resolution{})
	c.pay("p-1", 21000)
	act := c.until("agency_hand_off")
	c.approve()
	out := c.claim(act)
	require.Equal(t, "cases@firmhand.example", out[0].To)
	require.Equal(t, "dossier.json", collection.DocumentName(out[0].Attachments[0]))
	require.Equal(t, "invoice.pdf", collection.DocumentName(out[0].Attachments[1]))
	var d struct {
		Version   string           `json:"dossier_version"`
		CaseID    string           `json:"case_id"`
		Creditor  map[string]any   `json:"creditor"`
		Debtor    map[string]any   `json:"debtor"`
		Claims    []map[string]any `json:"claims"`
		Timeline  []map[string]any `json:"timeline"`
		Disputes  []map[string]any `json:"disputes"`
		Authority struct {
			By []string `json:"by"`
			At string   `json:"at"`
		} `json:"authorisation"`
		Hash string `json:"hash"`

		Interest struct {
			Regime   string           `json:"regime"`
			Segments []map[string]any `json:"segments"`
			Version  string           `json:"rate_table_version"`
		} `json:"interest"`
		Costs      []map[string]any  `json:"costs"`
		Totals     map[string]string `json:"totals"`
		Allocation struct {
			Chosen    string `json:"chosen"`
			Statutory struct {
				Left map[string]map[string]string `json:"left"`
			} `json:"statutory"`
		} `json:"allocation"`
		Terms map[string]any `json:"terms"`
	}
	require.NoError(t, json.Unmarshal(out[0].Attachments[0].Content, &d))
	require.Equal(t, "1", d.Version)
	require.Equal(t, "acme:2026-001", d.CaseID)
	require.Equal(t, "NL91ABNA0417164300", d.Creditor["iban"])
	require.Equal(t, "Buyer BV", d.Debtor["legal_name"])
	require.Len(t, d.Claims, 1)
	for field, want := range map[string]any{
		"invoice_no": "2026-001", "gross": "1210.00", "paid": "210.00", "credited": "0.00", "open_principal": "1000.00", "currency": "EUR",
		"due_date": "2026-07-01", "delivery_date": "2026-05-29", "purchase_order": "PO-7", "due_date_agreed": true, "docs": []any{"invoice.pdf", "reminder.pdf", "statement.pdf"},
	} {
		require.Equal(t, want, d.Claims[0][field], field)
	}
	require.Len(t, d.Timeline, 7)
	require.Equal(t, "rejected", d.Disputes[0]["resolution"])
	require.Equal(t, []string{"approver-finance"}, d.Authority.By)
	require.NotEmpty(t, d.Authority.At)
	require.Len(t, d.Hash, 64)
	require.Equal(t, "NL_6_119a", d.Interest.Regime)
	require.NotEmpty(t, d.Interest.Segments)
	require.Equal(t, law.Shipped().Version(), d.Interest.Version)
	require.Equal(t, "WIK", d.Costs[1]["kind"])
	require.Equal(t, "1000.00", d.Totals["principal"])
	require.Equal(t, "150.00", d.Totals["costs"])
	require.Equal(t, "0.00", d.Totals["asked"])
	require.Equal(t, "principal_first", d.Allocation.Chosen)
	require.Equal(t, "1000.00", d.Allocation.Statutory.Left["principal"]["amount"])
	require.Equal(t, "NL", d.Terms["governing_country"])
	require.Equal(t, 1, read[int](w, `select count(*) from document where kind = 'dossier'`))
	c.record(act, accepted(out))
	w.intact()
}

// handedOff brings the standard invoice to the agency.
func handedOff(t *testing.T) (*world, *testCase) {
	t.Helper()
	w := newWorld(t)
	c := w.begin()
	c.until("agency_hand_off")
	c.approve()
	require.Equal(t, "done", outcome(c.next()))
	return w, c
}

func TestPaymentAfterHandOff_RecallsOnce(t *testing.T) {
	t.Parallel()
	w, c := handedOff(t)
	w.wait(48 * time.Hour)
	done := c.pay("p-1", 121000)
	require.Equal(t, dunning.ReasonPaid, done.Closed)
	require.True(t, c.state().HandedOff, "the run must recall")
	require.Equal(t, "paid_after_hand_off", read[string](w, `select reason from task where id = $1`, w.task(collection.TaskTellAgency)))

	act := dunning.Act{InvoiceID: c.id.String(), RunNo: 1, Step: dunning.StepAgencyRecall, Occurrence: 1}
	recall := func(fates func([]collection.Outgoing) []collection.Fate) *dunning.ActResult {
		claim, err := w.ClaimRecall(t.Context(), act, w.now)
		require.NoError(t, err)
		if claim.Result != nil {
			return claim.Result
		}
		require.Equal(t, "cases@firmhand.example", claim.Outgoing[0].To)
		r, err := w.RecordRecall(t.Context(), act, fates(claim.Outgoing), w.now)
		require.NoError(t, err)
		return r
	}
	down := func(out []collection.Outgoing) []collection.Fate {
		p := fakeProvider{}
		p.Refuse(provider.NotSent, provider.CodeRefused)
		return p.handOver(out)
	}
	require.Equal(t, "wait(provider_down)", outcome(recall(down)))
	first := recall(accepted)
	require.Equal(t, "done", outcome(first))
	require.False(t, first.State.HandedOff)
	again := recall(func([]collection.Outgoing) []collection.Fate { require.Fail(t, "sent twice"); return nil })
	require.Equal(t, first.Reference, again.Reference)
	require.Equal(t, 1, c.events("recalled"))
	w.intact()
}

func TestRecall_OfACaseThatWasNeverHandedOffIsSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	c.pay("p-1", 121000)
	claim, err := w.ClaimRecall(t.Context(), dunning.Act{InvoiceID: c.id.String(), RunNo: 1, Step: dunning.StepAgencyRecall, Occurrence: 1}, w.now)
	require.NoError(t, err)
	require.Equal(t, "skipped(not_applicable)", outcome(claim.Result))
}

func TestRecall_OfUnknownFateIsNotRepeated(t *testing.T) {
	t.Parallel()
	w, c := handedOff(t)
	c.pay("p-1", 121000)
	act := dunning.Act{InvoiceID: c.id.String(), RunNo: 1, Step: dunning.StepAgencyRecall, Occurrence: 1}
	_, err := w.ClaimRecall(t.Context(), act, w.now)
	require.NoError(t, err)
	claim, err := w.ClaimRecall(t.Context(), act, w.now.Add(time.Minute)) // crashed in between
	require.NoError(t, err)
	require.Empty(t, claim.Outgoing)
	require.Equal(t, "done", outcome(claim.Result))
}

// The payment came back while the recall was on its way: the recall is the first run's, and the
// second one hands off and recalls for itself.
func TestRecall_OfARunThatIsOverLeavesTheNextOneAlone(t *testing.T) {
	t.Parallel()
	w, c := handedOff(t)
	paid := c.pay("p-1", 121000)
	act := dunning.Act{InvoiceID: c.id.String(), RunNo: 1, Step: dunning.StepAgencyRecall, Occurrence: 1}
	claim, err := w.ClaimRecall(t.Context(), act, w.now)
	require.NoError(t, err)
	w.reverse(paid.ID)
	require.Equal(t, []string{"paid_after_hand_off", "reopened"}, w.column(`select reason from task where kind = 'tell_agency' order by id`))
	_, err = w.RecordRecall(t.Context(), act, accepted(claim.Outgoing), w.now)
	require.NoError(t, err)

	c.run, c.acted = 2, dunning.State{}
	c.until("agency_hand_off")
	c.approve()
	require.True(t, c.next().State.HandedOff)
	c.pay("p-2", 121000)
	require.True(t, c.state().HandedOff, "the run must recall")
	act.RunNo = 2
	claim, err = w.ClaimRecall(t.Context(), act, w.now)
	require.NoError(t, err)
	require.Len(t, claim.Outgoing, 1)
	w.intact()
}

func TestRecall_ThatComesAfterTheNextHandOffIsSkipped(t *testing.T) {
	t.Parallel()
	w, c := handedOff(t)
	paid := c.pay("p-1", 121000)
	w.reverse(paid.ID)
	c.run, c.acted = 2, dunning.State{}
	c.until("agency_hand_off")
	c.approve()
	c.next()
	claim, err := w.ClaimRecall(t.Context(), dunning.Act{InvoiceID: c.id.String(), RunNo: 1, Step: dunning.StepAgencyRecall, Occurrence: 1}, w.now)
	require.NoError(t, err)
	require.Equal(t, "skipped(not_applicable)", outcome(claim.Result))
	require.True(t, c.state().HandedOff)
}

func TestFactsAfterHandOff_AreTasksToTellTheAgency(t *testing.T) {
	t.Parallel()
	t.Run("part payment", func(t *testing.T) {
		t.Parallel()
		w, c := handedOff(t)
		done := c.pay("p-1", 21000)
		require.Equal(t, w.task(collection.TaskTellAgency), *done.TaskID)
		require.Equal(t, "partial_payment", read[string](w, `select reason from task where id = $1`, *done.TaskID))
	})
	t.Run("dispute", func(t *testing.T) {
		t.Parallel()
		w, c := handedOff(t)
		c.dispute()
		require.Equal(t, "disputed", read[string](w, `select reason from task where id = $1`, w.task(collection.TaskTellAgency)))
	})
}

func TestHandOff_NeverComesWithoutAFinalNotice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	c.until("final_notice")
	w.provider.Refuse(provider.Rejected, "status_400")
	require.Equal(t, "failed(rejected)", outcome(c.next()))
	w.provider.heal()
	c.until("agency_hand_off")
	require.Equal(t, "failed(no_contact)", outcome(c.next()))
	require.Equal(t, "final_notice_not_sent", read[string](w, `select reason from task where id = $1`, w.task(collection.TaskAgency)))
	require.False(t, c.state().HandedOff)
	w.intact()
}

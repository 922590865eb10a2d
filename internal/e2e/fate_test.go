package e2e_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

// TestBounced_TaskMendedSentAgain is the story that one invoice's Temporal history must show.
func TestBounced_TaskMendedSentAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testWorld(t))
	customer := h.customer(func(c object) {
		c["contacts"] = []object{{"role": "accounts_payable", "name": "Jan", "email": "gone@customer.example"}}
	})
	id := h.invoice(customer)
	h.runUntilStep(id, "invoice", 10)
	require.NoError(t, h.Clock.Quiet(h.ctx))
	h.control("/control/report", object{"id": h.accepted("email"), "status": "bounced"}) // only now: the act has recorded that it left
	require.NoError(t, h.Clock.Quiet(h.ctx))
	require.Equal(t, "failed", h.step(id, "invoice").State)
	tasks := h.tasks("mend_contact")
	require.Len(t, tasks, 1)

	var c struct {
		Contacts []struct {
			ID string `json:"id"`
		} `json:"contacts"`
	}
	h.call(http.MethodGet, "/v1/customers/"+customer, nil, &c)
	h.call(http.MethodPatch, "/v1/contacts/"+c.Contacts[0].ID, object{"email": "mended@customer.example"}, nil)
	h.runUntilStep(id, "invoice", 10)
	require.NoError(t, h.Clock.Quiet(h.ctx))
	require.Equal(t, "done", h.step(id, "invoice").State)
	require.Empty(t, h.tasks("mend_contact"), "mended")
	h.pay(id, "1210.00")
	r := h.result(id)
	require.Equal(t, "delivered", r.LastDelivery)
	require.EqualValues(t, "done", r.Steps[0].Outcome)

	h.tells(id, []string{
		`"step":"invoice"`, `"occurrence":1`, `"answer":"done"`, // sent
		`message_failed`, `"last_delivery":"bounced"`, `"failed":{"step":"invoice","occurrence":1,"reason":"bounced","task":"` + tasks[0] + `"}`, // bounced, task
		`contact_mended`, `"occurrence":2`, // mended
		`"step":"invoice"`, `"occurrence":2`, `"answer":"done"`, // sent again
		`payment_received`, `"last_delivery":"delivered"`,
	})
}

// tells checks that the invoice's history holds the words in this order.
func (h *house) tells(invoice string, words []string) {
	h.t.Helper()
	var story strings.Builder
	it := h.Temporal.GetWorkflowHistory(h.ctx, h.workflowID(invoice), "", false, 1)
	for it.HasNext() {
		e, err := it.Next()
		require.NoError(h.t, err)
		if s := e.GetWorkflowExecutionSignaledEventAttributes(); s != nil {
			story.WriteString(s.GetSignalName() + "\n")
		}
		if u := e.GetWorkflowExecutionUpdateAcceptedEventAttributes(); u != nil {
			story.WriteString(u.GetAcceptedRequest().GetInput().GetName() + "\n")
		}
		for _, p := range payloads(proto.Message(e)) {
			story.Write(p)
			story.WriteByte('\n')
		}
	}
	rest := story.String()
	for _, w := range words {
		_, after, found := strings.Cut(rest, w)
		require.True(h.t, found, "%s is missing, or not in its place:\n%s", w, story.String())
		rest = after
	}
}

// TestReply_PausesAndIsRead answers a real mail by the real webhooks.
func TestReply_PausesAndIsRead(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testWorld(t))
	h.control("/control/webhooks", object{"twice": true, "reversed": true, "forged": true})
	id := h.invoice(h.customer())
	h.runUntilStep(id, "reminder", 60)
	require.NoError(t, h.Clock.Quiet(h.ctx))
	mail, text := h.accepted("email"), h.accepted("sms")
	require.Equal(t, http.StatusForbidden, h.answers(object{"id": mail, "text": "forged", "forged": true}))
	require.Equal(t, http.StatusNoContent, h.answers(object{"id": mail, "text": "away", "automatic": true}))
	require.Empty(t, h.tasks("read_reply"))
	require.Equal(t, http.StatusNoContent, h.answers(object{"id": mail, "text": "We paid on Friday.", "twice": true}))
	require.Len(t, h.tasks("read_reply"), 1)
	require.Equal(t, http.StatusNoContent, h.answers(object{"id": text, "text": "STOP"}))
	h.control("/control/report", object{"id": mail, "status": "complained"})
	require.NoError(t, h.Clock.Quiet(h.ctx))
	var task struct {
		Replies []struct {
			Fate string `json:"fate"`
			Body struct {
				Text string `json:"text"`
			} `json:"body"`
		} `json:"replies"`
	}
	h.call(http.MethodGet, "/v1/tasks/"+h.tasks("read_reply")[0], nil, &task)
	require.Equal(t, "paused", task.Replies[0].Fate)
	require.Equal(t, "We paid on Friday.", task.Replies[0].Body.Text)
	h.runUntilStep(id, "stricter_reminder", 60)
	require.Equal(t, "failed", h.step(id, "stricter_reminder").State, "both channels are silent")
	require.Len(t, h.tasks("mend_contact"), 1)
	h.none(`select count(*) - 2 from channel_silence where lifted_at is null`)
	h.none(`select count(*) from message where delivery not in ('delivered', 'complained')`)
	h.pay(id, "1210.00")
	require.EqualValues(t, "paid", h.result(id).Outcome)
}

// accepted is the provider's id of the newest message that it took on a channel.
func (h *house) accepted(channel string) string {
	h.t.Helper()
	res, err := http.Get(h.Providers.URL() + "/control/messages?limit=1&channel=" + channel)
	require.NoError(h.t, err)
	defer res.Body.Close()
	var messages []struct {
		ID string `json:"id"`
	}
	require.NoError(h.t, json.NewDecoder(res.Body).Decode(&messages))
	require.NotEmpty(h.t, messages)
	return messages[0].ID
}

// answers lets the customer answer, and is the product's status.
func (h *house) answers(reply object) int {
	h.t.Helper()
	var out struct {
		Status int `json:"status"`
	}
	require.NoError(h.t, json.Unmarshal(h.control("/control/reply", reply), &out))
	return out.Status
}

func (h *house) control(path string, body object) []byte {
	h.t.Helper()
	text, err := json.Marshal(body)
	require.NoError(h.t, err)
	res, err := http.Post(h.Providers.URL()+path, "application/json", bytes.NewReader(text))
	require.NoError(h.t, err)
	defer res.Body.Close()
	var answer bytes.Buffer
	_, err = answer.ReadFrom(res.Body)
	require.NoError(h.t, err)
	require.Equal(h.t, http.StatusOK, res.StatusCode, answer.String())
	return answer.Bytes()
}

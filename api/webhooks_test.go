package api_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/api"
	"maan/internal/store"
)

func sendgridEvent(message, kind string, at time.Time) string {
	return fmt.Sprintf(`{"message_id":%q,"sg_message_id":"sg-%s.recvd-1","sg_event_id":"e","event":%q,"timestamp":%d,"email":"ap@buyer.example","reason":"550 <ap@buyer.example> unknown"}`,
		message, message, kind, at.Unix())
}

func TestSendgridWebhook_ThousandEventsInAnyOrderAndTwice(t *testing.T) {
	t.Parallel()
	account, verifier := newSendgrid(t)
	w := newWorld(t, func(c *api.Config) { c.EventVerifier = verifier })
	customer := w.newCustomer(acme, "C-1")
	fates := map[string]string{} // message -> what it must be in the end
	var events []string
	for i := range 250 {
		id := w.message(customer)
		words := []string{"processed", "deferred", "delivered"}
		fates[id] = "delivered"
		if i%25 == 0 {
			words, fates[id] = append(words, "bounce"), "bounced"
		}
		for n, word := range words {
			events = append(events, sendgridEvent(id, word, today.Add(time.Duration(n)*time.Second)))
		}
	}
	for len(events) < 1000 {
		events = append(events, sendgridEvent(store.NewID().String(), "open", today))
	}
	rand.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	body := "[" + strings.Join(events, ",") + "]"
	for range 2 {
		got := w.request("POST", "/webhooks/sendgrid", "", "application/json", []byte(body), account.sign(body, today))
		require.Equal(t, http.StatusNoContent, got.status, string(got.body))
	}
	for id, fate := range fates {
		var delivery string
		require.NoError(t, w.store.Pool().QueryRow(t.Context(), `select delivery from message where id = $1`, id).Scan(&delivery))
		require.Equal(t, fate, delivery)
	}
	var kept int
	require.NoError(t, w.store.Pool().QueryRow(t.Context(), `select count(*) from provider_event`).Scan(&kept))
	require.Equal(t, 250*3+10, kept, "each once")
}

func TestSendgridWebhook_RefusalsAreCountedAndLoggedWithoutTheirContent(t *testing.T) {
	t.Parallel()
	account, verifier := newSendgrid(t)
	forger, _ := newSendgrid(t)
	w := newWorld(t, func(c *api.Config) { c.EventVerifier = verifier })
	id := w.message(w.newCustomer(acme, "C-1"))
	body := "[" + sendgridEvent(id, "bounce", today) + "]"
	post := func(body string, header http.Header) int {
		return w.request("POST", "/webhooks/sendgrid", "", "application/json", []byte(body), header).status
	}
	require.Equal(t, http.StatusForbidden, post(body, forger.sign(body, today)))
	require.Equal(t, http.StatusForbidden, post(body, nil))
	require.Equal(t, http.StatusForbidden, post(body, account.sign(body, today.Add(-61*time.Second))), "ancient")
	require.Equal(t, http.StatusForbidden, post(body, account.sign(body, today.Add(61*time.Second))), "from the future")
	large := "[" + strings.Repeat(" ", 1<<20) + "]"
	require.Equal(t, http.StatusRequestEntityTooLarge, post(large, account.sign(large, today)))
	require.Equal(t, http.StatusBadRequest, post(`{"ap@buyer.example":1}`, account.sign(`{"ap@buyer.example":1}`, today)))
	require.Empty(t, w.get("/v1/messages/"+id, w.finance())["message"].(object)["delivery"])
	require.Equal(t, http.StatusNoContent, post("[]", account.sign("[]", today)))

	want := map[string]float64{"forged": 2, "stale": 2, "too_large": 1, "unreadable": 1, "taken": 1}
	require.Eventually(t, func() bool {
		counts := map[string]float64{}
		for _, item := range w.get("/v1/provider-posts", w.admin)["items"].([]any) {
			counts[item.(object)["outcome"].(string)] = item.(object)["count"].(float64)
		}
		return fmt.Sprint(counts) == fmt.Sprint(want)
	}, 20*time.Second, 50*time.Millisecond)
	logs := w.logs.String()
	require.Equal(t, 6, strings.Count(logs, `"msg":"webhook refused"`))
	require.NotContains(t, logs, "buyer.example")
}

func TestComplaintSilencesTheChannelUntilAPersonLiftsIt(t *testing.T) {
	t.Parallel()
	account, verifier := newSendgrid(t)
	w := newWorld(t, func(c *api.Config) { c.EventVerifier = verifier })
	customer, invoice := w.newCustomer(acme, "C-1"), w.newInvoice(acme, "C-1", "2026-1")
	id := w.message(customer)
	w.exec(`update message set channel = 'email' where id = $1`, id)
	body := "[" + sendgridEvent(id, "delivered", today.Add(time.Minute)) + "," + sendgridEvent(id, "spamreport", today) + "]"
	for range 2 {
		require.Equal(t, http.StatusNoContent, w.request("POST", "/webhooks/sendgrid", "", "application/json", []byte(body), account.sign(body, today)).status)
	}
	require.Equal(t, "complained", w.get("/v1/messages/"+id, w.finance())["message"].(object)["delivery"], "a later delivery does not undo it")
	silenced := func() []any {
		list, _ := w.get("/v1/customers/"+customer, w.collector())["silenced"].([]any)
		return list
	}
	require.Len(t, silenced(), 1)
	require.Equal(t, "email", silenced()[0].(object)["channel"])
	require.Equal(t, "complaint", silenced()[0].(object)["reason"])
	require.Equal(t, id, silenced()[0].(object)["message_id"])
	kinds := ""
	for _, e := range w.get("/v1/invoices/"+invoice+"/timeline", w.collector())["items"].([]any) {
		kinds += e.(object)["kind"].(string) + " "
	}
	require.Equal(t, 1, strings.Count(kinds, "channel_silenced"))

	lift := "/v1/customers/" + customer + "/silences/lift"
	require.Equal(t, http.StatusBadRequest, w.do("POST", lift, w.collector(), object{"channel": "email"}).status, "only with a reason")
	w.mustDo(http.StatusOK, "POST", lift, w.collector(), object{"channel": "email", "reason": "asked for mails again on the telephone"})
	require.Empty(t, silenced())
	require.Equal(t, []string{"channel not_silenced"}, w.mustDo(http.StatusConflict, "POST", lift, w.collector(), object{"channel": "email", "reason": "again"}).codes(t))
	w.mustDo(http.StatusOK, "POST", "/v1/customers/"+customer+"/silences", w.collector(), object{"channel": "sms", "note": "told us on the telephone"})
	require.Equal(t, "asked", silenced()[0].(object)["reason"])
}

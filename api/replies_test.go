package api_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/api"
	"maan/internal/collection"
	"maan/internal/sms"
)

// replyWorld takes answers, and has sent one mail to a customer about an invoice.
func replyWorld(t *testing.T) (w *world, account *sendgrid, to, invoice string) {
	t.Helper()
	account, verifier := newSendgrid(t)
	w = newWorld(t, func(c *api.Config) {
		c.InboundVerifier = verifier
		c.Service = collection.New(c.Service.Store(), collection.Settings{ReplyDomain: "replies.example"})
	})
	customer := w.newCustomer(acme, "C-1")
	invoice = w.newInvoice(acme, "C-1", "2026-1")
	id := w.message(customer)
	w.exec(`update message set channel = 'email', reply_token = 'secret' where id = $1`, id)
	w.exec(`insert into message_item (invoice_id, step, occurrence, channel, message_id) values ($1, 'invoice', 1, 'email', $2)`, invoice, id)
	return w, account, "reply+secret@replies.example", invoice
}

// inboundMail is a form as inbound parse posts it.
func inboundMail(t *testing.T, to, id, text string) (media, body string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, value := range map[string]string{
		"headers": "Message-ID: <" + id + "@buyer.example>\n", "from": "Anna <ap@buyer.example>", "subject": "Re: factuur", "text": text,
		"envelope": `{"to":["` + to + `"],"from":"ap@buyer.example"}`,
	} {
		require.NoError(t, form.WriteField(name, value))
	}
	part, err := form.CreateFormFile("attachment1", "proof.pdf")
	require.NoError(t, err)
	_, err = part.Write([]byte("%PDF-1.7"))
	require.NoError(t, err)
	require.NoError(t, form.Close())
	return form.FormDataContentType(), b.String()
}

func TestInboundMail_IsReadByAPerson(t *testing.T) {
	t.Parallel()
	w, account, to, invoice := replyWorld(t)
	media, body := inboundMail(t, to, "1", "Vrijdag betaald.")
	post := func(header http.Header) int {
		return w.request("POST", "/webhooks/sendgrid/inbound", "", media, []byte(body), header).status
	}
	require.Equal(t, http.StatusForbidden, post(nil))
	require.Equal(t, http.StatusForbidden, post(account.sign(body+" ", today)), "signed for another body")
	require.Equal(t, http.StatusForbidden, post(account.sign(body, today.Add(-time.Hour))), "replayed later")
	require.Empty(t, w.get("/v1/replies?creditor=acme", w.collector())["items"])
	for range 2 {
		require.Equal(t, http.StatusNoContent, post(account.sign(body, today)))
	}
	replies := w.get("/v1/replies?invoice="+invoice, w.collector())["items"].([]any)
	require.Len(t, replies, 1)
	reply := replies[0].(object)
	require.Equal(t, "paused", reply["fate"])
	require.NotContains(t, reply, "body")

	tasks := w.get("/v1/tasks?creditor=acme&kind=read_reply", w.collector())["items"].([]any)
	require.Len(t, tasks, 1)
	task := w.get("/v1/tasks/"+tasks[0].(object)["id"].(string), w.collector())
	text := task["replies"].([]any)[0].(object)["body"].(object)
	require.Equal(t, "Vrijdag betaald.", text["text"])
	require.Equal(t, "proof.pdf", text["files"].([]any)[0].(object)["name"])
	file := w.mustDo(http.StatusOK, "GET", "/v1/replies/"+reply["id"].(string)+"/files/1", w.collector(), nil)
	require.Equal(t, "%PDF-1.7", string(file.body))
	require.Equal(t, "application/octet-stream", file.header.Get("Content-Type"))
	require.Equal(t, "paused", w.get("/v1/invoices?creditor=acme", w.collector())["items"].([]any)[0].(object)["status"])
	require.NotContains(t, w.logs.String(), "buyer.example")
	require.NotContains(t, w.logs.String(), "betaald")
}

func TestInboundMailOfNobody_WaitsForWhoSeesEverything(t *testing.T) {
	t.Parallel()
	w, account, _, invoice := replyWorld(t)
	media, body := inboundMail(t, "reply+other@replies.example", "1", "hallo")
	require.Equal(t, http.StatusNoContent, w.request("POST", "/webhooks/sendgrid/inbound", "", media, []byte(body), account.sign(body, today)).status)
	require.Empty(t, w.get("/v1/replies", w.collector())["items"])
	unknown := w.get("/v1/replies?fate=unknown", w.admin)["items"].([]any)
	require.Len(t, unknown, 1)
	require.Equal(t, "hallo", w.get("/v1/replies/"+unknown[0].(object)["id"].(string), w.admin)["body"].(object)["text"])
	require.Contains(t, w.logs.String(), "kept_unknown")

	path := "/v1/replies/" + unknown[0].(object)["id"].(string) + "/assign"
	w.mustDo(http.StatusNotFound, "POST", path, w.collector(), object{"invoice_id": invoice})
	w.mustDo(http.StatusBadRequest, "POST", path, w.admin, object{})
	assigned := w.mustDo(http.StatusOK, "POST", path, w.admin, object{"invoice_id": invoice}).json(t)
	require.Equal(t, "paused", assigned["fate"])
	require.Equal(t, invoice, assigned["invoice_id"])
	require.Equal(t, "hallo", assigned["body"].(object)["text"])
	require.NotEmpty(t, assigned["assigned_by"])
	require.Len(t, w.get("/v1/replies?invoice="+invoice, w.collector())["items"], 1, "now the creditor's people see it")
	require.Len(t, w.get("/v1/tasks?creditor=acme&kind=read_reply", w.collector())["items"], 1)
	require.Equal(t, http.StatusConflict, w.do("POST", path, w.admin, object{"invoice_id": invoice}).status)
	large := strings.Repeat("x", 32<<20+1)
	require.Equal(t, http.StatusRequestEntityTooLarge, w.request("POST", "/webhooks/sendgrid/inbound", "", media, []byte(large), account.sign("x", today)).status)
	require.Equal(t, http.StatusBadRequest, w.request("POST", "/webhooks/sendgrid/inbound", "", "text/plain", []byte("x"), account.sign("x", today)).status)
}

func TestInboundText_IsReadOrSilences(t *testing.T) {
	t.Parallel()
	w, _, _, invoice := replyWorld(t)
	w.exec(`update message set channel = 'sms'`)
	w.exec(`insert into message_body (message_id, recipient, text) select id, '+31612345678', 'text' from message`)
	post := func(sid, text, signature string) answer {
		form := url.Values{"MessageSid": {sid}, "From": {"+31612345678"}, "To": {"+3197010000000"}, "Body": {text}, "NumMedia": {"1"}}
		if signature == "" {
			signature = sign("https://maan.example.com/webhooks/twilio/inbound", form)
		}
		return w.request("POST", "/webhooks/twilio/inbound", "", "application/x-www-form-urlencoded", []byte(form.Encode()), http.Header{sms.SignatureHeader: {signature}})
	}
	require.Equal(t, http.StatusForbidden, post("SM1", "hoi", "forged").status)
	for range 2 {
		require.Equal(t, http.StatusNoContent, post("SM1", "vrijdag betaald", "").status)
	}
	require.Equal(t, http.StatusNoContent, post("SM2", "Stop", "").status)
	replies := w.get("/v1/replies?invoice="+invoice, w.collector())["items"].([]any)
	require.Len(t, replies, 2)
	require.Equal(t, "stop", replies[0].(object)["automatic"])
	require.Equal(t, "paused", replies[1].(object)["fate"])
	customer := replies[0].(object)["customer_id"].(string)
	require.Equal(t, "stop", w.get("/v1/customers/"+customer, w.collector())["silenced"].([]any)[0].(object)["reason"])
}

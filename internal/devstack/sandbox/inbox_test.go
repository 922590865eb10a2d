package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/devstack/sandbox"
	"maan/internal/email"
)

func TestInboxShowsAMailWithoutTrustingIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := mailTo("anna@customer.example", "m-1")
	m.Subject = "Invoice <b>42</b>"
	m.HTML = `<img src="cid:logo@acme"><script>alert(1)</script><div style="background:url(cid:logo@acme)">x</div>`
	m.Inline = []email.Attachment{{Name: "logo.png", ContentType: "image/png", ContentID: "logo@acme", Data: []byte("PNG")}}
	m.Attachments = []email.Attachment{{Name: "invoice 42.html", ContentType: "text/html", Data: []byte("<script>")}}
	_, err := b.mail.Send(t.Context(), m)
	require.NoError(t, err)
	b.settle(t)
	id := b.messages(t, "")[0].ID

	_, inbox, header := b.page(t, "/")
	require.Contains(t, inbox, "Invoice &lt;b&gt;42&lt;/b&gt;")
	require.Contains(t, inbox, "anna@customer.example")
	require.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'")

	_, page, _ := b.page(t, "/messages/"+id)
	require.Contains(t, page, `<iframe sandbox src="/messages/`+id+`/html"`)
	require.Contains(t, page, "invoice 42.html")
	require.NotContains(t, page, "alert(1)")

	_, html, header := b.page(t, "/messages/"+id+"/html")
	require.Equal(t, 2, strings.Count(html, "/messages/"+id+"/inline/logo@acme"))
	require.True(t, strings.HasPrefix(header.Get("Content-Security-Policy"), "sandbox; default-src 'none'"))

	status, logo, header := b.page(t, "/messages/"+id+"/inline/logo@acme")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "PNG", logo)
	require.Equal(t, "image/png", header.Get("Content-Type"))

	_, file, header := b.page(t, "/messages/"+id+"/files/1")
	require.Equal(t, "<script>", file)
	require.Equal(t, "application/octet-stream", header.Get("Content-Type"))
	require.Contains(t, header.Get("Content-Disposition"), `attachment; filename="invoice 42.html"`)
}

func TestInboxUnknownThingsAre404(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.send(t, sandbox.Email, "m-1")
	require.NoError(t, err)
	id := b.messages(t, "")[0].ID
	for _, path := range []string{
		"/messages/none", "/messages/none/html", "/messages/" + id + "/files/0",
		"/messages/" + id + "/files/x", "/messages/" + id + "/inline/x", "/elsewhere",
	} {
		status, _, _ := b.page(t, path)
		require.Equal(t, http.StatusNotFound, status, path)
	}
}

func TestInboxFiltersAndPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 101 {
		_, err := b.send(t, sandbox.Email, "m-1")
		require.NoError(t, err)
	}
	_, err := b.send(t, sandbox.SMS, "s-1")
	require.NoError(t, err)
	_, first, _ := b.page(t, "/")
	require.Contains(t, first, "Invoice 42 is due.")
	require.Contains(t, first, `href="/?page=1" rel="next"`)
	_, second, _ := b.page(t, "/?page=1")
	require.Equal(t, 2, strings.Count(second, "Invoice 42</a>"))
	_, texts, _ := b.page(t, "/?channel=sms")
	require.NotContains(t, texts, "anna@customer.example")
	_, none, _ := b.page(t, "/?to=nobody")
	require.Contains(t, none, "No messages yet")
}

func TestInboxFormChangesTheBehaviour(t *testing.T) {
	t.Parallel()
	b := setup(t)
	post := func(form url.Values) int {
		res, err := http.PostForm(b.url+"/behaviour", form)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	require.Equal(t, http.StatusOK, post(url.Values{"mode": {"429"}, "channel": {"sms"}, "retry_after": {"7"}, "count": {" 3 "}, "n": {""}}))
	var now []sandbox.Behaviour
	b.get(t, "/control/behaviour", &now)
	require.Equal(t, sandbox.Behaviour{Mode: "ok", Channel: "email"}, now[0])
	require.Equal(t, sandbox.Behaviour{Mode: "429", Channel: "sms", RetryAfter: 7, Count: 3}, now[1])
	require.Equal(t, http.StatusBadRequest, post(url.Values{"mode": {"explode"}}))
	require.Equal(t, http.StatusBadRequest, post(url.Values{"mode": {"ok"}, "n": {"many"}}))
}

package sandbox_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/devstack/sandbox"
	"maan/internal/email"
	"maan/internal/sms"
)

func TestReportsArriveTwiceReversedAndAfterForgedOnes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Equal(t, http.StatusOK, b.control(t, "/control/webhooks", sandbox.HookBehaviour{LateMS: 1, Twice: true, Reversed: true, Forged: true}).StatusCode)
	require.Equal(t, http.StatusBadRequest, b.control(t, "/control/webhooks", map[string]any{"late_ms": -1}).StatusCode)
	_, err := b.send(t, sandbox.Email, "m-1")
	require.NoError(t, err)
	_, err = b.send(t, sandbox.SMS, "s-1")
	require.NoError(t, err)
	b.settle(t)
	kinds := make([]email.Kind, len(b.product.events))
	for i, e := range b.product.events {
		kinds[i] = e.Kind
	}
	require.Equal(t, []email.Kind{email.Delivered, email.Processed, email.Delivered, email.Processed}, kinds)
	require.Len(t, b.product.statuses, 4)
	require.Equal(t, sms.Delivered, b.product.statuses[0].Kind)
	require.Equal(t, sms.Sent, b.product.statuses[3].Kind)
	require.Equal(t, 3, b.product.bad, "one post of events and two of statuses")
	require.Zero(t, b.counts(t).WebhooksFailed, "a forged one that is refused is no failure")
}

func TestReportsMisbehaveByThePageToo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	post := func(form url.Values) int {
		res, err := http.PostForm(b.url+"/webhooks", form)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	require.Equal(t, http.StatusOK, post(url.Values{"twice": {"on"}, "late_ms": {"5"}}), "after the redirect to the inbox")
	require.Equal(t, http.StatusBadRequest, post(url.Values{"late_ms": {"-1"}}))
	var now sandbox.HookBehaviour
	b.get(t, "/control/webhooks", &now)
	require.Equal(t, sandbox.HookBehaviour{LateMS: 5, Twice: true}, now)
}

func TestComplaintAfterTheDelivery(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.send(t, sandbox.Email, "m-1")
	require.NoError(t, err)
	b.settle(t)
	id := b.messages(t, "")[0].ID
	for _, status := range []sandbox.Status{sandbox.Complained, sandbox.Unsubscribed} {
		require.Equal(t, http.StatusOK, b.control(t, "/control/report", sandbox.Report{ID: id, Status: status}).StatusCode)
		b.settle(t)
	}
	require.Equal(t, http.StatusBadRequest, b.control(t, "/control/report", sandbox.Report{ID: id, Status: sandbox.Undelivered}).StatusCode)
	require.True(t, slices.ContainsFunc(b.product.events, func(e email.Event) bool { return e.Kind == email.SpamReport }))
	require.True(t, slices.ContainsFunc(b.product.events, func(e email.Event) bool { return e.Kind == email.Unsubscribe }))
}

func TestReplyNeedsAnAddressToAnswerTo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.send(t, sandbox.Email, "m-1")
	require.NoError(t, err)
	b.settle(t)
	require.Equal(t, http.StatusBadRequest, b.control(t, "/control/reply", sandbox.Reply{ID: b.messages(t, "")[0].ID, Text: "hello"}).StatusCode)
	require.Equal(t, http.StatusBadRequest, b.control(t, "/control/reply", sandbox.Reply{ID: "unknown", Text: "hello"}).StatusCode)
}

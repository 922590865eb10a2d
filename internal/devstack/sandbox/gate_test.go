package sandbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/devstack/sandbox"
	"maan/internal/email"
	"maan/internal/provider"
	"maan/internal/sms"
)

// ownAddresses gives each provider an address of its own.
func ownAddresses(t *testing.T, b *testBundle) {
	t.Helper()
	mail, err := b.sandbox.ServeProvider(sandbox.Email, "127.0.0.1:0")
	require.NoError(t, err)
	text, err := b.sandbox.ServeProvider(sandbox.SMS, "127.0.0.1:0")
	require.NoError(t, err)
	b.mail, err = email.NewSendGrid(email.SendGridConfig{BaseURL: mail, APIKey: apiKey, Timeout: 5 * time.Second})
	require.NoError(t, err)
	b.text, err = sms.NewTwilio(sms.TwilioConfig{BaseURL: text, AccountSID: sid, AuthToken: token, From: "+3197000000", Timeout: 5 * time.Second})
	require.NoError(t, err)
}

// requireRefused makes attempts until a connection is refused. The first may still use a
// connection that the client does not know to be closed, and is in doubt.
func (b *testBundle) requireRefused(t *testing.T, channel sandbox.Channel) {
	t.Helper()
	before := b.counts(t).Accepted
	require.Eventually(t, func() bool {
		_, err := b.send(t, channel, "m-refused")
		return provider.FateOf(err) == provider.NotSent && provider.CodeOf(err) == provider.CodeRefused
	}, 5*time.Second, time.Millisecond)
	require.Equal(t, before, b.counts(t).Accepted)
}

// Not parallel, as the next: while nobody listens on a port, another test's server could be
// given the same one.
func TestDownRefusesConnections(t *testing.T) {
	b := setup(t)
	ownAddresses(t, b)
	for _, channel := range []sandbox.Channel{sandbox.Email, sandbox.SMS} {
		other := map[sandbox.Channel]sandbox.Channel{sandbox.Email: sandbox.SMS, sandbox.SMS: sandbox.Email}[channel]
		b.behave(t, sandbox.Behaviour{Mode: "down", Channel: channel})
		b.requireRefused(t, channel)
		_, err := b.send(t, other, "m-2")
		require.NoError(t, err, "the other provider works")
		b.behave(t, sandbox.Behaviour{Mode: "ok"})
		_, err = b.send(t, channel, "m-3")
		require.NoError(t, err)
	}
	b.behave(t, sandbox.Behaviour{Mode: "down"})
	require.Equal(t, http.StatusOK, b.control(t, "/control/reset", struct{}{}).StatusCode)
	_, err := b.send(t, sandbox.Email, "m-4")
	require.NoError(t, err, "a reset opens")
}

func TestRestartInTheMiddleKeepsTheJournal(t *testing.T) {
	b := setup(t)
	ownAddresses(t, b)
	b.behave(t, sandbox.Behaviour{Mode: "restart", Channel: "email", N: 3, DelayMS: 200})
	for i := range 2 {
		_, err := b.send(t, sandbox.Email, fmt.Sprint("m-", i))
		require.NoError(t, err)
	}
	_, err := b.send(t, sandbox.Email, "m-2")
	require.Equal(t, provider.Uncertain, provider.FateOf(err), "taken, and nobody heard")
	b.requireRefused(t, sandbox.Email)
	require.Eventually(t, func() bool {
		_, err := b.send(t, sandbox.Email, "m-4")
		return err == nil
	}, 10*time.Second, 20*time.Millisecond)
	var now []sandbox.Behaviour
	b.get(t, "/control/behaviour", &now)
	require.Equal(t, sandbox.Behaviour{Mode: "ok", Channel: "email"}, now[0])
	text, err := os.ReadFile(b.journal)
	require.NoError(t, err)
	require.Len(t, strings.Split(strings.TrimSpace(string(text)), "\n"), 4)
	require.Equal(t, 4, b.counts(t).Accepted)
}

func TestWhoeverChangesARestartingProviderHasTheLastWord(t *testing.T) {
	b := setup(t)
	ownAddresses(t, b)
	b.behave(t, sandbox.Behaviour{Mode: "restart", Channel: "sms", N: 1, DelayMS: 50})
	_, err := b.send(t, sandbox.SMS, "m-1")
	require.Error(t, err)
	b.behave(t, sandbox.Behaviour{Mode: "429", Channel: "sms"})
	require.Never(t, func() bool {
		_, err := b.send(t, sandbox.SMS, "m-2")
		return provider.CodeOf(err) != "status_429" && provider.CodeOf(err) != "20429"
	}, 150*time.Millisecond, 10*time.Millisecond)
}

func TestProvidersAddressIsLoopbackAndItsOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.sandbox.ServeProvider(sandbox.Email, "0.0.0.0:0")
	require.ErrorContains(t, err, "not loopback")
	_, err = b.sandbox.ServeProvider("fax", "127.0.0.1:0")
	require.ErrorContains(t, err, "use email or sms")
	address, err := b.sandbox.ServeProvider(sandbox.Email, "127.0.0.1:0")
	require.NoError(t, err)
	_, err = b.sandbox.ServeProvider(sandbox.Email, "127.0.0.1:0")
	require.ErrorContains(t, err, "already")
	for path, want := range map[string]int{"/control/counts": http.StatusNotFound, "/v3/mail/send": http.StatusUnauthorized} {
		res, err := http.Post(address+path, "application/json", strings.NewReader("{}"))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, want, res.StatusCode, "%s: the providers' addresses have no controls", path)
	}
}

func TestPageSaysHowEachProviderBehaves(t *testing.T) {
	t.Parallel()
	b := setup(t)
	post := func(form url.Values) {
		res, err := http.PostForm(b.url+"/behaviour", form)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusOK, res.StatusCode)
	}
	post(url.Values{"mode": {"every_nth"}, "channel": {"email"}, "n": {"10"}, "fault": {"500_after"}, "delay_ms": {""}})
	post(url.Values{"mode": {"restart"}, "channel": {"sms"}, "n": {"40"}, "fault": {"500_after"}, "delay_ms": {"2000"}})
	_, page, _ := b.page(t, "/")
	require.Contains(t, page, `every n-th fails</b>: every 10, taken, then 500`)
	require.Contains(t, page, `restarts at the n-th</b>: request 40, away for 2000 ms`)
	post(url.Values{"mode": {"ok"}})
	_, page, _ = b.page(t, "/")
	require.NotContains(t, page, `class="mode off"`)
}

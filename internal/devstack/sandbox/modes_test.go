package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/devstack/sandbox"
	"maan/internal/provider"
)

func fileMode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Mode().Perm()
}

// What the client may conclude in each mode, and what is true.
func TestEveryModeLeadsToItsFate(t *testing.T) {
	t.Parallel()
	const sent provider.Fate = "" // no error
	tests := []struct {
		behaviour sandbox.Behaviour
		fate      provider.Fate
		code      string
		accepted  int
		timeout   time.Duration
	}{
		{sandbox.Behaviour{Mode: "ok"}, sent, "", 1, 0},
		{sandbox.Behaviour{Mode: "down"}, provider.Uncertain, "connection_lost", 0, 0},
		{sandbox.Behaviour{Mode: "429", RetryAfter: 30}, provider.NotSent, "status_429", 0, 0},
		{sandbox.Behaviour{Mode: "500_before"}, provider.Uncertain, "status_500", 0, 0},
		{sandbox.Behaviour{Mode: "503_before"}, provider.Uncertain, "status_503", 0, 0},
		{sandbox.Behaviour{Mode: "500_after"}, provider.Uncertain, "status_500", 1, 0},
		{sandbox.Behaviour{Mode: "503_after"}, provider.Uncertain, "status_503", 1, 0},
		{sandbox.Behaviour{Mode: "hang_after"}, provider.Uncertain, "timeout", 1, 300 * time.Millisecond},
		{sandbox.Behaviour{Mode: "drop_after"}, provider.Uncertain, "connection_lost", 1, 0},
		{sandbox.Behaviour{Mode: "drop_before"}, provider.Uncertain, "connection_lost", 0, 0},
		{sandbox.Behaviour{Mode: "slow", DelayMS: 20}, sent, "", 1, 0},
		{sandbox.Behaviour{Mode: "every_nth", N: 1}, provider.Uncertain, "status_503", 0, 0},
		{sandbox.Behaviour{Mode: "every_nth", N: 1, Fault: "429"}, provider.NotSent, "status_429", 0, 0},
		{sandbox.Behaviour{Mode: "every_nth", N: 2}, sent, "", 1, 0},
	}
	for _, channel := range []sandbox.Channel{sandbox.Email, sandbox.SMS} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s %s n=%d", channel, tt.behaviour.Mode, tt.behaviour.N), func(t *testing.T) {
				t.Parallel()
				b := setup(t)
				if tt.timeout > 0 {
					b.mail, b.text = clients(t, b.url, tt.timeout)
				}
				tt.behaviour.Channel = channel
				b.behave(t, tt.behaviour)
				id, err := b.send(t, channel, "m-1")
				require.Equal(t, tt.accepted, b.counts(t).Accepted)
				if tt.fate == sent {
					require.NoError(t, err)
					require.Equal(t, b.messages(t, "")[0].ID, id)
					return
				}
				require.Equal(t, tt.fate, provider.FateOf(err))
				require.Equal(t, tt.code, provider.CodeOf(err))
				requireRetryAfter(t, err, tt.behaviour.RetryAfter)
			})
		}
	}
}

// send makes one attempt on a channel and returns the provider's id.
func (b *testBundle) send(t *testing.T, channel sandbox.Channel, id string) (string, error) {
	t.Helper()
	if channel == sandbox.SMS {
		receipt, err := b.text.Send(t.Context(), b.textTo("+31612345678", id))
		return receipt.ProviderID, err
	}
	receipt, err := b.mail.Send(t.Context(), mailTo("anna@customer.example", id))
	return receipt.ProviderID, err
}

func requireRetryAfter(t *testing.T, err error, seconds int) {
	t.Helper()
	var failed *provider.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, time.Duration(seconds)*time.Second, failed.RetryAfter)
}

// Not parallel: while nobody listens on its port, another test's server could
// be given the same one.
func TestStoppedListenerIsCertainlyNotSent(t *testing.T) {
	b := setup(t)
	server := sandbox.NewServer(b.sandbox)
	require.Error(t, server.StartListening(), "never started")
	require.NoError(t, server.Start("127.0.0.1:0"))
	t.Cleanup(func() { require.NoError(t, server.StopListening()) })
	require.Error(t, server.Start("127.0.0.1:0"), "already started")
	address := server.URL()

	require.NoError(t, server.StopListening())
	require.NoError(t, server.StopListening(), "stopping twice is harmless")
	b.mail, b.text = clients(t, address, time.Second)
	for _, channel := range []sandbox.Channel{sandbox.Email, sandbox.SMS} {
		_, err := b.send(t, channel, "m-1")
		require.Equal(t, provider.NotSent, provider.FateOf(err))
		require.Equal(t, provider.CodeRefused, provider.CodeOf(err))
	}

	require.NoError(t, server.StartListening())
	require.NoError(t, server.StartListening(), "starting twice is harmless")
	require.Equal(t, address, server.URL())
	_, err := b.send(t, sandbox.Email, "m-1")
	require.NoError(t, err)
}

func TestServerRefusesOtherAddresses(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", ":0", "10.0.0.1:0", "sandbox.example:0", "127.0.0.1"} {
		require.Error(t, sandbox.NewServer(http.NotFoundHandler()).Start(addr), addr)
	}
}

func TestCallerWhoGivesUpAfterAcceptanceIsUncertain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.behave(t, sandbox.Behaviour{Mode: "hang_after"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	failed := make(chan error, 1)
	go func() {
		_, err := b.text.Send(ctx, b.textTo("+31612345678", "m-1"))
		failed <- err
	}()
	require.Eventually(t, func() bool { return b.counts(t).Accepted == 1 }, 10*time.Second, 5*time.Millisecond)
	cancel()
	err := <-failed
	require.Equal(t, provider.Uncertain, provider.FateOf(err))
	require.ErrorIs(t, err, context.Canceled)
}

func TestCallerWhoGivesUpBeforehandSentNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.mail.Send(ctx, mailTo("anna@customer.example", "m-1"))
	require.Equal(t, provider.NotSent, provider.FateOf(err))
	_, err = b.text.Send(ctx, b.textTo("+31612345678", "m-1"))
	require.Equal(t, provider.NotSent, provider.FateOf(err))
	require.Zero(t, b.counts(t).Accepted)
}

func TestBehaviourAppliesToSoManyRequests(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.behave(t, sandbox.Behaviour{Mode: "500_before", Channel: "email", Count: 2})
	var failures int
	for i := range 5 {
		if _, err := b.send(t, sandbox.Email, fmt.Sprint("m-", i)); err != nil {
			failures++
		}
		_, err := b.send(t, sandbox.SMS, fmt.Sprint("s-", i))
		require.NoError(t, err, "the other channel is not touched")
	}
	require.Equal(t, 2, failures)

	b.behave(t, sandbox.Behaviour{Mode: "every_nth", N: 3, Channel: "all"})
	var pattern strings.Builder
	for i := range 6 {
		_, err := b.send(t, sandbox.Email, fmt.Sprint("n-", i))
		pattern.WriteString(map[bool]string{true: "x", false: "."}[err != nil])
	}
	require.Equal(t, "..x..x", pattern.String())
}

func TestBehaviourRefusesNonsense(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, body := range []any{
		sandbox.Behaviour{Mode: "explode"},
		sandbox.Behaviour{Mode: "ok", Channel: "fax"},
		sandbox.Behaviour{Mode: "every_nth"},
		sandbox.Behaviour{Mode: "every_nth", N: 2, Fault: "every_nth"},
		sandbox.Behaviour{Mode: "every_nth", N: 2, Fault: "down"},
		sandbox.Behaviour{Mode: "restart"},
		sandbox.Behaviour{Mode: "down", Count: 3},
		sandbox.Behaviour{Mode: "slow", DelayMS: 10_000_000},
		sandbox.Behaviour{Mode: "ok", Count: -1},
		map[string]any{"mode": "ok", "chanel": "email"},
		[]int{1},
	} {
		require.Equal(t, http.StatusBadRequest, b.control(t, "/control/behaviour", body).StatusCode, "%v", body)
	}
	require.Equal(t, http.StatusBadRequest, b.control(t, "/control/clock", map[string]any{}).StatusCode)
}

func TestProviderRejections(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.text.Send(t.Context(), b.textTo("+31612340008", "m-1"))
	require.Equal(t, provider.Rejected, provider.FateOf(err))
	require.Equal(t, "21211", provider.CodeOf(err))

	outside := b.textTo("+31612345678", "m-2")
	outside.StatusCallback = "https://elsewhere.example/x?message=m-2"
	_, err = b.text.Send(t.Context(), outside)
	require.Equal(t, "21609", provider.CodeOf(err), "the sandbox posts to this machine only")
	require.Equal(t, sandbox.Counts{Rejected: 2}, b.counts(t))
}

func TestWrongCredentialsAreRejected(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *sandbox.Config) { c.APIKey, c.TwilioToken = "SG.other", strings.Repeat("f", 32) })
	_, err := b.send(t, sandbox.Email, "m-1")
	require.Equal(t, provider.Rejected, provider.FateOf(err))
	require.Equal(t, "status_401", provider.CodeOf(err))
	_, err = b.send(t, sandbox.SMS, "m-1")
	require.Equal(t, provider.Rejected, provider.FateOf(err))
	require.Equal(t, "20003", provider.CodeOf(err))
}

// Requests that our own client would never make.
func TestMailRequestsAreChecked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good := `"from":{"email":"a@b.example"},"subject":"s","content":[{"type":"text/plain","value":"v"}]`
	to := `"personalizations":[{"to":[{"email":"c@d.example"}]}]`
	tests := []struct {
		body, field string
		status      int
	}{
		{`{` + good + `,` + to + `}`, "", http.StatusAccepted},
		{`{` + good + `}`, "personalizations", http.StatusBadRequest},
		{`{` + good + `,"personalizations":[{"to":[{"email":"c@d.example"},{"email":"e@d.example"}]}]}`, "personalizations", http.StatusBadRequest},
		{`{` + good + `,"personalizations":[{"to":[{"email":"nobody"}]}]}`, "personalizations.0.to.0.email", http.StatusBadRequest},
		{`{"subject":"s",` + to + `}`, "from.email", http.StatusBadRequest},
		{`{"from":{"email":"a@b.example"},` + to + `}`, "subject", http.StatusBadRequest},
		{`{"from":{"email":"a@b.example"},"subject":"s",` + to + `}`, "content", http.StatusBadRequest},
		{`{` + good + `,` + to + `,"attachments":[{"filename":"x","content":"%%"}]}`, "attachments.0.content", http.StatusBadRequest},
		{`nonsense`, "", http.StatusBadRequest},
	}
	for _, tt := range tests {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/v3/mail/send", strings.NewReader(tt.body))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+apiKey)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.Equal(t, tt.status, res.StatusCode, tt.body)
		var said struct{ Errors []struct{ Field *string } }
		if tt.field != "" {
			require.NoError(t, json.NewDecoder(res.Body).Decode(&said))
			require.Equal(t, tt.field, *said.Errors[0].Field)
		}
		require.NoError(t, res.Body.Close())
	}
}

func TestTooLargeRequestIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/v3/mail/send", strings.NewReader(strings.Repeat("x", 26<<20)))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		// The server may close before all is written; that is a refusal too.
		require.NotErrorIs(t, err, context.DeadlineExceeded)
		return
	}
	defer func() { _ = res.Body.Close() }()
	require.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
}

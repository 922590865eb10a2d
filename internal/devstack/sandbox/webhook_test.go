package sandbox_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/devstack/sandbox"
	"maan/internal/email"
	"maan/internal/sms"
)

func TestMailReportsRoundTrip(t *testing.T) {
	t.Parallel()
	tests := []struct {
		to     string
		kinds  []email.Kind
		reason string
		status sandbox.Status
	}{
		{"anna@customer.example", []email.Kind{email.Processed, email.Delivered}, "", sandbox.Delivered},
		{"Bounce.me@customer.example", []email.Kind{email.Processed, email.Bounce}, "550", sandbox.Bounced},
		{"anna@BOUNCE.example", []email.Kind{email.Processed, email.Bounce}, "550", sandbox.Bounced},
		{"blocked-1@customer.example", []email.Kind{email.Dropped}, "bounced_address", sandbox.Dropped},
	}
	for _, tt := range tests {
		t.Run(tt.to, func(t *testing.T) {
			t.Parallel()
			at := time.Date(2026, 3, 29, 10, 0, 0, 0, time.UTC)
			b := setup(t, func(c *sandbox.Config) { c.Now = func() time.Time { return at } })
			b.product.now = func() time.Time { return at.Add(time.Minute) }
			receipt, err := b.mail.Send(t.Context(), mailTo(tt.to, "m-1"))
			require.NoError(t, err)
			b.settle(t)
			require.Zero(t, b.product.bad)
			require.Len(t, b.product.events, len(tt.kinds))
			for i, event := range b.product.events {
				require.Equal(t, tt.kinds[i], event.Kind)
				require.Equal(t, "m-1", event.MessageID)
				require.Equal(t, receipt.ProviderID, event.ProviderID)
				require.Equal(t, at, event.At)
				require.NotEmpty(t, event.EventID)
			}
			require.Equal(t, tt.reason, b.product.events[len(tt.kinds)-1].Reason)
			require.Equal(t, tt.status, b.messages(t, "")[0].Status)
		})
	}
}

func TestTextReportsRoundTrip(t *testing.T) {
	t.Parallel()
	tests := []struct {
		to   string
		last sms.Status
	}{
		{"+31612345678", sms.Status{Kind: sms.Delivered}},
		{"+31612340009", sms.Status{Kind: sms.Undelivered, ErrorCode: "30003"}},
	}
	for _, tt := range tests {
		t.Run(tt.to, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			receipt, err := b.text.Send(t.Context(), b.textTo(tt.to, "m-1"))
			require.NoError(t, err)
			b.settle(t)
			require.Zero(t, b.product.bad)
			tt.last.SID = receipt.ProviderID
			require.Equal(t, []sms.Status{{SID: receipt.ProviderID, Kind: sms.Sent}, tt.last}, b.product.statuses)
			require.Equal(t, "m-1", b.messages(t, "?to=%2B"+tt.to[1:])[0].MessageID)
		})
	}
}

func TestReportsWaitForAProductThatIsDown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.product.mu.Lock()
	b.product.refusals = 6
	b.product.mu.Unlock()
	_, err := b.send(t, sandbox.Email, "m-1")
	require.NoError(t, err)
	_, err = b.send(t, sandbox.SMS, "m-2")
	require.NoError(t, err)
	b.settle(t)
	require.Len(t, b.product.events, 2)
	require.Len(t, b.product.statuses, 2)
	require.Zero(t, b.counts(t).WebhooksFailed)
}

func TestReportsAreGivenUpAfterTheirAttempts(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *sandbox.Config) { c.WebhookAttempts = 3 })
	b.product.server.Close()
	_, err := b.send(t, sandbox.Email, "m-1")
	require.NoError(t, err)
	b.settle(t)
	require.Equal(t, 2, b.counts(t).WebhooksFailed)
	require.Equal(t, sandbox.ReportFailed, b.messages(t, "")[0].Status)
}

func TestForgedKeyIsRefusedByTheProduct(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stranger := setup(t)
	verifier, err := email.NewEventVerifier(stranger.sandbox.PublicKey(), time.Minute)
	require.NoError(t, err)
	b.product.verifier = verifier
	_, err = b.send(t, sandbox.Email, "m-1")
	require.NoError(t, err)
	b.settle(t)
	require.Empty(t, b.product.events)
	require.Equal(t, 1, b.product.bad, "a refusal is final, not retried")
}

func TestReportFullQueueIsCounted(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *sandbox.Config) { c.MaxQueued = 1 })
	_, err := b.send(t, sandbox.Email, "m-1")
	require.NoError(t, err)
	b.settle(t)
	require.Equal(t, 2, b.counts(t).WebhooksFailed)
	require.Empty(t, b.product.events)
}

// A burst through both clients: every message once, in batches, journalled.
func TestBurst(t *testing.T) {
	t.Parallel()
	const each = 400
	b := setup(t)
	errs := make([]error, 2*each)
	var group sync.WaitGroup
	for i := range each {
		group.Go(func() {
			_, errs[i] = b.mail.Send(t.Context(), mailTo("anna@customer.example", fmt.Sprint("m-", i)))
		})
		group.Go(func() {
			_, errs[each+i] = b.text.Send(t.Context(), b.textTo("+31612345678", fmt.Sprint("s-", i)))
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))
	b.settle(t)
	require.Equal(t, sandbox.Counts{Accepted: 2 * each}, b.counts(t))
	require.Len(t, b.product.events, 2*each)
	require.Len(t, b.product.statuses, 2*each)
	require.LessOrEqual(t, b.product.largest, 100)
	require.Len(t, journalOf(t, b.journal), 2*each)
}

func journalOf(t *testing.T, path string) []sandbox.Entry {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	var entries []sandbox.Entry
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var entry sandbox.Entry
		require.NoError(t, json.Unmarshal(lines.Bytes(), &entry))
		entries = append(entries, entry)
	}
	require.NoError(t, lines.Err())
	return entries
}

func TestJournalHoldsExactlyWhatWasAccepted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i, mode := range []sandbox.Mode{"ok", "500_before", "drop_after", "429", "503_after", "drop_before"} {
		b.behave(t, sandbox.Behaviour{Mode: mode})
		_, _ = b.send(t, sandbox.Email, fmt.Sprint("m-", i))
	}
	entries := journalOf(t, b.journal)
	require.Len(t, entries, 3)
	for i, id := range []string{"m-0", "m-2", "m-4"} {
		require.Equal(t, id, entries[i].MessageID)
	}
	message := mailTo("", "")
	require.Equal(t, sandbox.Digest(message.Text, message.HTML), entries[0].Digest)
	require.Equal(t, sandbox.Email, entries[0].Kind)
	require.Equal(t, "Invoice 42", entries[0].Subject)
	require.EqualValues(t, 0o600, fileMode(t, b.journal))
}

func TestDuplicatesAreCounted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 3 {
		_, err := b.send(t, sandbox.Email, "m-1")
		require.NoError(t, err)
	}
	_, err := b.send(t, sandbox.Email, "m-2")
	require.NoError(t, err)
	require.Equal(t, 2, b.counts(t).Duplicates)
	require.Len(t, b.messages(t, "?message_id=m-1"), 3)
	require.Len(t, b.messages(t, "?to=ANNA@customer.example"), 4)
	require.Empty(t, b.messages(t, "?channel=sms"))
	require.Len(t, b.messages(t, "?limit=2"), 2)
}

func TestClockOffsetMovesEventsAndSignatures(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const offset = 60 * 24 * time.Hour
	b.product.now = func() time.Time { return time.Now().Add(offset) }
	require.Equal(t, http.StatusOK, b.control(t, "/control/clock", map[string]any{"offset_ms": offset.Milliseconds()}).StatusCode)
	_, err := b.send(t, sandbox.Email, "m-1")
	require.NoError(t, err)
	b.settle(t)
	require.Len(t, b.product.events, 2, "a signature of today would be 60 days old")
	require.WithinDuration(t, time.Now().Add(offset), b.product.events[0].At, time.Minute)
}

func TestResetForgetsAllButTheJournal(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.send(t, sandbox.Email, "m-1")
	require.NoError(t, err)
	b.behave(t, sandbox.Behaviour{Mode: "down"})
	b.control(t, "/control/clock", map[string]any{"offset_ms": 1000})
	b.settle(t)
	require.Equal(t, http.StatusOK, b.control(t, "/control/reset", nil).StatusCode)
	require.Equal(t, sandbox.Counts{}, b.counts(t))
	var clock struct {
		OffsetMS int64 `json:"offset_ms"`
	}
	b.get(t, "/control/clock", &clock)
	require.Zero(t, clock.OffsetMS)
	_, err = b.send(t, sandbox.Email, "m-1")
	require.NoError(t, err)
	require.Zero(t, b.counts(t).Duplicates)
	require.Len(t, journalOf(t, b.journal), 2)
}

func TestOldBodiesAreDropped(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *sandbox.Config) { c.MaxBodies = 2 })
	for i := range 4 {
		_, err := b.send(t, sandbox.Email, fmt.Sprint("m-", i))
		require.NoError(t, err)
	}
	b.settle(t)
	messages := b.messages(t, "")
	require.Len(t, messages, 4)
	for i, m := range messages {
		require.Equal(t, i < 2, m.BodyDropped)
		require.Equal(t, i < 2, m.Text == "")
		require.Equal(t, "Invoice 42", m.Subject)
	}
	require.Equal(t, 4, b.counts(t).Accepted)
}

// A report asked for by hand comes on top of those sent already.
func TestReportButtons(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.send(t, sandbox.Email, "m-1")
	require.NoError(t, err)
	b.settle(t)
	id := b.messages(t, "")[0].ID
	post := func(status string) int {
		form := url.Values{"status": {status}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/messages/"+id+"/report", strings.NewReader(form.Encode()))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	require.Equal(t, http.StatusOK, post("bounced"), "after the redirect to the message's page")
	b.settle(t)
	require.Equal(t, email.Bounce, b.product.events[2].Kind)
	require.Equal(t, sandbox.Bounced, b.messages(t, "")[0].Status)
	require.Equal(t, http.StatusBadRequest, post("undelivered"))
}

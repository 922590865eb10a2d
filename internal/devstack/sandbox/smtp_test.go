package sandbox_test

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/devstack/sandbox"
	"maan/internal/email"
	"maan/internal/provider"
)

// overSMTP serves mails by SMTP and returns a client.
func overSMTP(t *testing.T, b *testBundle, timeout time.Duration, password string) *email.SMTP {
	t.Helper()
	address, err := b.sandbox.ServeSMTP("127.0.0.1:0")
	require.NoError(t, err)
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	number, err := strconv.Atoi(port)
	require.NoError(t, err)
	client, err := email.NewSMTP(email.SMTPConfig{
		Host: host, Port: number, Username: sandbox.SMTPUser, Password: password, Security: email.NoTLS, Timeout: timeout,
	})
	require.NoError(t, err)
	return client
}

// A mail by SMTP is filed as one by HTTP is.
func TestSMTPFilesTheSameMail(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client := overSMTP(t, b, 5*time.Second, apiKey)
	m := mailTo("anna@customer.example", "m-1")
	m.ToName, m.Subject, m.Text = `Anna "A", de Boër`, "Factuur 42 — € 1.210,00", "Hoi Anna,\n.\nbetaal € 42.\n"
	m.Inline = []email.Attachment{{Name: "qr.png", ContentType: "image/png", ContentID: "qr", Data: []byte("PNG")}}
	m.Attachments = []email.Attachment{{Name: "Rechnung für März.pdf", ContentType: "application/pdf", Data: []byte("PDF")}}
	_, err := client.Send(t.Context(), m)
	require.NoError(t, err)
	_, err = b.mail.Send(t.Context(), m)
	require.NoError(t, err)
	b.settle(t)

	messages := b.messages(t, "")
	require.Len(t, messages, 2)
	bySMTP, byHTTP := messages[0], messages[1]
	require.Equal(t, sandbox.Accepted, bySMTP.Status, "SMTP has no webhooks")
	require.Equal(t, sandbox.Delivered, byHTTP.Status)
	for _, one := range []*sandbox.Message{&bySMTP, &byHTTP} {
		one.ID, one.AcceptedAt, one.Status = "", time.Time{}, ""
	}
	require.Equal(t, byHTTP, bySMTP)
	require.Equal(t, 1, b.counts(t).Duplicates, "the same message id")
	journal, err := os.ReadFile(b.journal)
	require.NoError(t, err)
	require.Len(t, strings.Split(strings.TrimSpace(string(journal)), "\n"), 2)
}

// What the client may conclude in each mode, and what is true.
func TestEveryModeOverSMTP(t *testing.T) {
	t.Parallel()
	const sent provider.Fate = "" // no error
	for _, tt := range []struct {
		behaviour sandbox.Behaviour
		fate      provider.Fate
		code      string
		accepted  int
	}{
		{sandbox.Behaviour{Mode: "ok"}, sent, "", 1},
		{sandbox.Behaviour{Mode: "429"}, provider.NotSent, "smtp_450_4.7.1", 0},
		{sandbox.Behaviour{Mode: "500_before"}, provider.NotSent, "smtp_451_4.3.0", 0},
		{sandbox.Behaviour{Mode: "503_before"}, provider.NotSent, "smtp_421_4.3.2", 0},
		{sandbox.Behaviour{Mode: "500_after"}, provider.Uncertain, "connection_lost", 1},
		{sandbox.Behaviour{Mode: "503_after"}, provider.Uncertain, "connection_lost", 1},
		{sandbox.Behaviour{Mode: "hang_after"}, provider.Uncertain, "timeout", 1},
		{sandbox.Behaviour{Mode: "drop_after"}, provider.Uncertain, "connection_lost", 1},
		{sandbox.Behaviour{Mode: "drop_before"}, provider.Uncertain, "connection_lost", 0},
		{sandbox.Behaviour{Mode: "slow", DelayMS: 20}, sent, "", 1},
		{sandbox.Behaviour{Mode: "every_nth", N: 1}, provider.NotSent, "smtp_421_4.3.2", 0},
		{sandbox.Behaviour{Mode: "every_nth", N: 2}, sent, "", 1},
		{sandbox.Behaviour{Mode: "restart", N: 1}, provider.Uncertain, "connection_lost", 1},
	} {
		t.Run(fmt.Sprintf("%s n=%d", tt.behaviour.Mode, tt.behaviour.N), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			timeout := 5 * time.Second
			if tt.code == "timeout" {
				timeout = 300 * time.Millisecond
			}
			client := overSMTP(t, b, timeout, apiKey)
			b.behave(t, tt.behaviour)
			_, err := client.Send(t.Context(), mailTo("anna@customer.example", "m-1"))
			require.Equal(t, tt.accepted, b.counts(t).Accepted)
			if tt.fate == sent {
				require.NoError(t, err)
				return
			}
			require.Equal(t, tt.fate, provider.FateOf(err))
			require.Equal(t, tt.code, provider.CodeOf(err))
		})
	}
}

func TestSMTPRefusesByAddressAndByPassword(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client := overSMTP(t, b, 5*time.Second, apiKey)
	_, err := client.Send(t.Context(), mailTo("bounce@customer.example", "m-1"))
	require.Equal(t, "no_mailbox", provider.CodeOf(err))
	_, err = client.Send(t.Context(), mailTo("blocked@customer.example", "m-2"))
	require.Equal(t, "smtp_550_5.7.1", provider.CodeOf(err))
	require.Equal(t, 2, b.counts(t).Rejected)
	_, err = overSMTP(t, setup(t), 5*time.Second, "wrong").Send(t.Context(), mailTo("anna@customer.example", "m-3"))
	require.Equal(t, provider.NotSent, provider.FateOf(err))
	require.Equal(t, "smtp_535_5.7.8", provider.CodeOf(err))
	require.Empty(t, b.messages(t, ""))
}

// Not parallel: while nobody listens on its port, another test's server could be given it.
func TestDownRefusesSMTPConnections(t *testing.T) {
	b := setup(t)
	client := overSMTP(t, b, 5*time.Second, apiKey)
	b.behave(t, sandbox.Behaviour{Mode: "down", Channel: "email"})
	_, err := client.Send(t.Context(), mailTo("anna@customer.example", "m-1"))
	require.Equal(t, provider.NotSent, provider.FateOf(err))
	require.Equal(t, provider.CodeRefused, provider.CodeOf(err))
	b.behave(t, sandbox.Behaviour{Mode: "ok"})
	_, err = client.Send(t.Context(), mailTo("anna@customer.example", "m-1"))
	require.NoError(t, err)
	_, err = b.sandbox.ServeSMTP("127.0.0.1:0")
	require.ErrorContains(t, err, "already")
	_, err = setup(t).sandbox.ServeSMTP("0.0.0.0:25")
	require.ErrorContains(t, err, "loopback")
}

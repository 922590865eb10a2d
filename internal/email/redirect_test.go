package email_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/email"
	"maan/internal/provider"
)

// kept keeps what it is asked to send.
type kept struct{ messages []email.Message }

func (k *kept) Send(_ context.Context, m email.Message) (email.Receipt, error) {
	k.messages = append(k.messages, m)
	return email.Receipt{ProviderID: "p-1"}, nil
}

func TestRedirectSendsToOneAddressAndSaysSo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, html, want string }{
		{"Page", `<html><body class="a"><p>Hi</p></body></html>`, `<html><body class="a">` + line + `<p>Hi</p></body></html>`},
		{"Fragment", `<p>Hi</p>`, line + `<p>Hi</p>`},
		{"TextOnly", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var next kept
			m := good()
			m.To, m.HTML = "o'brien@customer.example", tt.html
			receipt, err := email.Redirect(&next, "tester@example.org").Send(t.Context(), m)
			require.NoError(t, err)
			require.Equal(t, "p-1", receipt.ProviderID)
			want := m
			want.To, want.ToName, want.Subject = "tester@example.org", "", "[redirected] Factuur 42"
			want.HTML, want.Text = tt.want, "Redirected: in production this message would have gone to o'brien@customer.example.\n\nHi"
			require.Equal(t, []email.Message{want}, next.messages)
		})
	}
}

const line = `<p style="margin:0;padding:8px;background:#fff3cd;color:#000;font-family:sans-serif">` +
	`Redirected: in production this message would have gone to o&#39;brien@customer.example.</p>`

// What no customer's address would take must not be hidden by the tester's.
func TestRedirectRefusesWhatItsOwnAddressWouldNotTake(t *testing.T) {
	t.Parallel()
	var next kept
	m := good()
	m.To = "anna@customer.example\r\nBcc: x@y.example"
	_, err := email.Redirect(&next, "tester@example.org").Send(t.Context(), m)
	require.Equal(t, provider.Rejected, provider.FateOf(err))
	require.Empty(t, next.messages)
}

// Whoever adds a field to a message says here that it names nobody who would get it; one
// that does must be redirected too.
func TestRedirectKnowsEveryField(t *testing.T) {
	t.Parallel()
	var fields []string
	for field := range reflect.TypeFor[email.Message]().Fields() {
		fields = append(fields, field.Name)
	}
	require.Equal(t, []string{
		"ID", "CreditorRef", "From", "FromName", "ReplyTo", "To", "ToName", "Subject", "HTML", "Text", "Inline", "Attachments",
	}, fields)
}

package sms_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/provider"
	"maan/internal/sms"
)

// kept keeps what it is asked to send.
type kept struct{ messages []sms.Message }

func (k *kept) Send(_ context.Context, m sms.Message) (sms.Receipt, error) {
	k.messages = append(k.messages, m)
	return sms.Receipt{ProviderID: "SM1"}, nil
}

func TestRedirectSendsToOneNumberAndSaysSo(t *testing.T) {
	t.Parallel()
	var next kept
	m := sms.Message{ID: "m-1", To: "+31612345678", Text: "Factuur 42", StatusCallback: "https://maan.example/webhooks/twilio?message=m-1"}
	receipt, err := sms.Redirect(&next, "+31600000001").Send(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, "SM1", receipt.ProviderID)
	want := m
	want.To, want.Text = "+31600000001", "Redirected, meant for +31612345678: Factuur 42"
	require.Equal(t, []sms.Message{want}, next.messages)

	m.To = "0612345678"
	_, err = sms.Redirect(&next, "+31600000001").Send(t.Context(), m)
	require.Equal(t, provider.Rejected, provider.FateOf(err), "what its own number would not take")
	require.Len(t, next.messages, 1)
}

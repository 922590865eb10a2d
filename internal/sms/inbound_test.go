package sms_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/sms"
)

func TestParseInbound(t *testing.T) {
	t.Parallel()
	form := func(body string) url.Values {
		return url.Values{"MessageSid": {"SM1"}, "From": {"+31612345678"}, "To": {"+3197010000000"}, "Body": {body}}
	}
	for body, stop := range map[string]bool{
		"STOP": true, " stop. ": true, "Stopp": true, "arrêt": true, "AFMELDEN": true, "abmelden!": true, "Stop sms": true,
		"Ik stop niet met betalen": false, "stop maar, ik heb betaald": false, "START": false, "": false,
	} {
		in, ok := sms.ParseInbound(form(body))
		require.True(t, ok)
		require.Equal(t, stop, in.Stop, body)
	}
	opted := form("please leave me alone")
	opted.Set("OptOutType", "STOP")
	in, ok := sms.ParseInbound(opted)
	require.True(t, ok)
	require.True(t, in.Stop, "Twilio's own word for it")
	in, ok = sms.ParseInbound(form("hoi\x00\x07 \xff"))
	require.True(t, ok)
	require.Equal(t, "hoi \uFFFD", in.Text)
	for _, broken := range []url.Values{{}, {"MessageSid": {"SM1"}, "From": {"whatsapp:+31612345678"}}, {"MessageSid": {"x'"}, "From": {"+31612345678"}}} {
		_, ok := sms.ParseInbound(broken)
		require.False(t, ok)
	}
}

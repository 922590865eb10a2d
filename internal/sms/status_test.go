package sms_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/sms"
)

// Twilio's published example of a signed request.
const (
	exampleURL       = "https://mycompany.com/myapp.php?foo=1&bar=2"
	exampleToken     = "12345"
	exampleSignature = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
)

func exampleForm() url.Values {
	return url.Values{
		"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675309"}, "Digits": {"1234"},
		"From": {"+14158675309"}, "To": {"+18005551212"},
	}
}

func TestVerifyTwilio(t *testing.T) {
	t.Parallel()
	require.True(t, sms.VerifyTwilio(exampleToken, exampleURL, exampleForm(), exampleSignature))

	forged := exampleForm()
	forged.Set("Digits", "1235")
	require.False(t, sms.VerifyTwilio(exampleToken, exampleURL, forged, exampleSignature), "other value")
	added := exampleForm()
	added.Set("Extra", "1")
	require.False(t, sms.VerifyTwilio(exampleToken, exampleURL, added, exampleSignature), "added parameter")
	repeated := exampleForm()
	repeated.Add("Digits", "9999")
	require.False(t, sms.VerifyTwilio(exampleToken, exampleURL, repeated, exampleSignature), "unsigned second value")
	require.False(t, sms.VerifyTwilio(exampleToken, exampleURL+"&baz=3", exampleForm(), exampleSignature), "other address")
	require.False(t, sms.VerifyTwilio("54321", exampleURL, exampleForm(), exampleSignature), "other token")
	require.False(t, sms.VerifyTwilio(exampleToken, exampleURL, exampleForm(), ""), "no signature")
	require.False(t, sms.VerifyTwilio("", exampleURL, exampleForm(), exampleSignature), "no token")
}

func TestParseStatus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status, code string
		want         sms.Status
	}{
		{"queued", "", sms.Status{SID: "SM1", Kind: sms.Queued}},
		{"accepted", "", sms.Status{SID: "SM1", Kind: sms.Queued}},
		{"sending", "", sms.Status{SID: "SM1", Kind: sms.Queued}},
		{"sent", "", sms.Status{SID: "SM1", Kind: sms.Sent}},
		{"delivered", "", sms.Status{SID: "SM1", Kind: sms.Delivered}},
		{"undelivered", "30003", sms.Status{SID: "SM1", Kind: sms.Undelivered, ErrorCode: "30003"}},
		{"failed", "0", sms.Status{SID: "SM1", Kind: sms.Failed}},
		{"failed", "+31612345678", sms.Status{SID: "SM1", Kind: sms.Failed}},
		{"read", "", sms.Status{SID: "SM1", Kind: sms.Other}},
	}
	for _, tt := range tests {
		form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {tt.status}, "ErrorCode": {tt.code}}
		require.Equal(t, tt.want, sms.ParseStatus(form), tt.status)
	}
}

func TestMobile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		number, country, e164 string
		mobile                bool
	}{
		{"06 12345678", "NL", "+31612345678", true},
		{"+31 6 1234 5678", "DE", "+31612345678", true},
		{"0031612345678", "nl", "+31612345678", true},
		{"020 123 4567", "NL", "+31201234567", false},
		{"0470 12 34 56", "BE", "+32470123456", true},
		{"02 511 00 00", "BE", "+3225110000", false},
		{"06 12 34 56 78", "FR", "+33612345678", true},
		{"01 42 68 53 00", "FR", "+33142685300", false},
		{"0151 23456789", "DE", "+4915123456789", true},
		{"030 901820", "DE", "+4930901820", false},
		{"07400 123456", "GB", "+447400123456", true},
		{"(201) 555-0123", "US", "+12015550123", true},
	}
	for _, tt := range tests {
		e164, mobile, err := sms.Mobile(tt.number, tt.country)
		require.NoError(t, err, tt.number)
		require.Equal(t, tt.e164, e164)
		require.Equal(t, tt.mobile, mobile, tt.number)
	}
	for _, bad := range []string{"", "12", "anna", "0612345678 ext. 5", "+999123456789", "061234567", "06123456789012"} {
		_, _, err := sms.Mobile(bad, "NL")
		require.ErrorIs(t, err, sms.ErrBadNumber, bad)
	}
}

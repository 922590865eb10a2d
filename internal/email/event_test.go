package email_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/email"
)

// SendGrid's own example, from the tests of its Go library.
const (
	exampleKey       = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
	exampleSignature = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
	exampleStamp     = "1600112502"
	exampleBody      = `[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]` + "\r\n"
)

func exampleHeader() http.Header {
	header := http.Header{}
	header.Set(email.SignatureHeader, exampleSignature)
	header.Set(email.TimestampHeader, exampleStamp)
	return header
}

func TestParseAcceptsSendGridsExample(t *testing.T) {
	t.Parallel()
	verifier, err := email.NewEventVerifier(exampleKey, 10*time.Minute)
	require.NoError(t, err)
	events, err := verifier.Parse(time.Unix(1600112600, 0), exampleHeader(), []byte(exampleBody))
	require.NoError(t, err)
	require.Equal(t, []email.Event{{
		ProviderID: "LRzXl_NHStOGhQ4kofSm_A",
		EventID:    "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
		Kind:       email.Dropped,
		At:         time.Unix(1600112492, 0).UTC(),
		Reason:     "bounced_address",
	}}, events)
}

func TestParseRefusesWhatIsNotProved(t *testing.T) {
	t.Parallel()
	signed := time.Unix(1600112502, 0)
	tests := []struct {
		name   string
		now    time.Time
		change func(header http.Header, body []byte) []byte
	}{
		{"OtherBody", signed, func(_ http.Header, body []byte) []byte { body[20] ^= 1; return body }},
		{"ReplayedOnAnotherBody", signed, func(http.Header, []byte) []byte { return []byte(`[]`) }},
		{"ReplayedWithAFreshTimestamp", signed.Add(time.Hour), func(h http.Header, body []byte) []byte {
			h.Set(email.TimestampHeader, "1600116102")
			return body
		}},
		{"ReplayedLater", signed.Add(10*time.Minute + time.Second), nil},
		{"FromTheFuture", signed.Add(-10*time.Minute - time.Second), nil},
		{"NoSignature", signed, func(h http.Header, body []byte) []byte { h.Del(email.SignatureHeader); return body }},
		{"NoTimestamp", signed, func(h http.Header, body []byte) []byte { h.Del(email.TimestampHeader); return body }},
		{"NotBase64", signed, func(h http.Header, body []byte) []byte { h.Set(email.SignatureHeader, "%%"); return body }},
		{"NotASN1", signed, func(h http.Header, body []byte) []byte { h.Set(email.SignatureHeader, "AAAA"); return body }},
		// The digest covers timestamp and body joined: a digit must not move over.
		{"ShiftedBoundary", signed, func(h http.Header, body []byte) []byte {
			h.Set(email.TimestampHeader, exampleStamp[:9])
			return append([]byte(exampleStamp[9:]), body...)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			verifier, err := email.NewEventVerifier(exampleKey, 10*time.Minute)
			require.NoError(t, err)
			header, body := exampleHeader(), []byte(exampleBody)
			if tt.change != nil {
				body = tt.change(header, body)
			}
			events, err := verifier.Parse(tt.now, header, body)
			require.ErrorIs(t, err, email.ErrUnverified)
			require.Nil(t, events)
		})
	}
}

func TestParseNeverTakesArbitrarySignatures(t *testing.T) {
	t.Parallel()
	verifier, err := email.NewEventVerifier(exampleKey, 10*time.Minute)
	require.NoError(t, err)
	rapid.Check(t, func(r *rapid.T) {
		header := exampleHeader()
		header.Set(email.SignatureHeader, base64.StdEncoding.EncodeToString(rapid.SliceOf(rapid.Byte()).Draw(r, "signature")))
		_, err := verifier.Parse(time.Unix(1600112502, 0), header, []byte(exampleBody))
		require.ErrorIs(r, err, email.ErrUnverified)
	})
}

func TestNewEventVerifierRefusesOtherKeys(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	require.NoError(t, err)
	for name, key := range map[string]string{
		"NotECDSA":  base64.StdEncoding.EncodeToString(der),
		"NotBase64": "%%",
		"NotAKey":   "AAAA",
		"Empty":     "",
	} {
		_, err := email.NewEventVerifier(key, time.Minute)
		require.Error(t, err, name)
	}
	_, err = email.NewEventVerifier(exampleKey, 0)
	require.Error(t, err)
}

// signing returns a verifier and a function that signs for it.
func signing(t *testing.T) (*email.EventVerifier, func(body string) http.Header) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	verifier, err := email.NewEventVerifier(base64.StdEncoding.EncodeToString(der), time.Minute)
	require.NoError(t, err)
	return verifier, func(body string) http.Header {
		stamp := strconv.Itoa(1_700_000_000)
		sum := sha256.Sum256([]byte(stamp + body))
		signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
		require.NoError(t, err)
		header := http.Header{}
		header.Set(email.SignatureHeader, base64.StdEncoding.EncodeToString(signature))
		header.Set(email.TimestampHeader, stamp)
		return header
	}
}

func TestEventsCarryCodesOnly(t *testing.T) {
	t.Parallel()
	verifier, sign := signing(t)
	tests := []struct {
		name, body, reason string
		kind               email.Kind
	}{
		{"HardBounce", `{"event":"bounce","type":"bounce","status":"5.1.1","reason":"550 5.1.1 <anna@x.example> unknown"}`, "5.1.1", email.Bounce},
		{"PlainStatus", `{"event":"bounce","type":"bounce","status":"550"}`, "550", email.Bounce},
		{"Blocked", `{"event":"bounce","type":"blocked","status":"4.7.1"}`, "blocked_4.7.1", email.Bounce},
		{"BlockedWithoutStatus", `{"event":"bounce","type":"blocked"}`, "blocked", email.Bounce},
		{"WordsForAStatus", `{"event":"bounce","status":"550 anna@x.example"}`, "", email.Bounce},
		{"NumberForAStatus", `{"event":"bounce","status":550}`, "", email.Bounce},
		{"UnknownDrop", `{"event":"dropped","reason":"anna@x.example is odd"}`, "", email.Dropped},
		{"Deferred", `{"event":"deferred","response":"421 later","status":"421"}`, "421", email.Deferred},
		{"Spam", `{"event":"spamreport"}`, "", email.SpamReport},
		{"Open", `{"event":"open"}`, "", email.Other},
		{"OddMessageID", `{"event":"delivered","message_id":7}`, "", email.Delivered},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			body := "[" + tt.body + "]"
			events, err := verifier.Parse(time.Unix(1_700_000_000, 0), sign(body), []byte(body))
			require.NoError(t, err)
			require.Len(t, events, 1)
			require.Equal(t, tt.kind, events[0].Kind)
			require.Equal(t, tt.reason, events[0].Reason)
			require.Empty(t, events[0].MessageID)
		})
	}
}

func TestEventProviderIDIsTheReceipts(t *testing.T) {
	t.Parallel()
	verifier, sign := signing(t)
	for sgMessageID, want := range map[string]string{
		"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0": "14c5d75ce93.dfd.64b469",
		"jyEqdPJzQkqbsTt3w_-NBw.recvd-7bf4c9d6-1-0":           "jyEqdPJzQkqbsTt3w_-NBw",
		"bare": "bare",
	} {
		body := `[{"event":"processed","message_id":"m-1","sg_message_id":"` + sgMessageID + `"}]`
		events, err := verifier.Parse(time.Unix(1_700_000_000, 0), sign(body), []byte(body))
		require.NoError(t, err)
		require.Equal(t, want, events[0].ProviderID)
		require.Equal(t, "m-1", events[0].MessageID)
	}
}

func TestSignedNonsenseIsAnErrorOfItsOwn(t *testing.T) {
	t.Parallel()
	verifier, sign := signing(t)
	for _, body := range []string{"", "{}", `[{"timestamp":"anna@x.example"}]`, "null anna"} {
		_, err := verifier.Parse(time.Unix(1_700_000_000, 0), sign(body), []byte(body))
		require.Error(t, err)
		require.NotErrorIs(t, err, email.ErrUnverified)
		require.NotContains(t, err.Error(), "anna")
	}
}

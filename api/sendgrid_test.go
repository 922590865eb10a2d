package api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/api"
	"maan/internal/email"
	"maan/internal/store"
)

// sendgrid is an account with a key of its own, whose webhooks a world takes.
type sendgrid struct {
	t   *testing.T
	key *ecdsa.PrivateKey
}

// newSendgrid makes one; posts may be a minute old.
func newSendgrid(t *testing.T) (*sendgrid, *email.EventVerifier) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	verifier, err := email.NewEventVerifier(base64.StdEncoding.EncodeToString(der), time.Minute)
	require.NoError(t, err)
	return &sendgrid{t: t, key: key}, verifier
}

// sign are the headers of a body that was signed at a moment.
func (s *sendgrid) sign(body string, at time.Time) http.Header {
	s.t.Helper()
	stamp := strconv.FormatInt(at.Unix(), 10)
	digest := sha256.Sum256([]byte(stamp + body))
	signature, err := ecdsa.SignASN1(rand.Reader, s.key, digest[:])
	require.NoError(s.t, err)
	return http.Header{
		http.CanonicalHeaderKey(email.SignatureHeader): {base64.StdEncoding.EncodeToString(signature)},
		http.CanonicalHeaderKey(email.TimestampHeader): {stamp},
	}
}

func TestSendgridWebhook(t *testing.T) {
	t.Parallel()
	account, verifier := newSendgrid(t)
	w := newWorld(t, func(c *api.Config) { c.EventVerifier = verifier })
	customer := w.newCustomer(acme, "C-1")
	id := w.message(customer)

	post := func(signed, sent string) int {
		return w.request("POST", "/webhooks/sendgrid", "", "application/json", []byte(sent), account.sign(signed, today)).status
	}
	event := func(message, kind string) string {
		return fmt.Sprintf(`{"message_id":%q,"sg_message_id":"sg1.filter","sg_event_id":"e-%s","event":%q,"timestamp":%d,"email":"ap@buyer.example"}`,
			message, kind, kind, today.Unix())
	}
	status := func() any { return w.get("/v1/messages/"+id, w.finance())["message"].(object)["delivery"] }

	require.Equal(t, http.StatusForbidden, post("[]", "["+event(id, "delivered")+"]"))
	require.Nil(t, status())
	batch := "[" + event(id, "processed") + "," + event(store.NewID().String(), "delivered") + "," + event("", "open") + "]"
	require.Equal(t, http.StatusNoContent, post(batch, batch))
	require.Equal(t, "processed", status())
	batch = "[" + event(id, "bounce") + "," + event(id, "bounce") + "]"
	require.Equal(t, http.StatusNoContent, post(batch, batch))
	require.Equal(t, "bounced", status())
	require.Equal(t, http.StatusBadRequest, post("{", "{"))
	require.NotContains(t, w.logs.String(), "buyer.example")
}

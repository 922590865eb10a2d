package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"time"
)

// Headers of a delivery.
const (
	SignatureHeader = "Maan-Signature"
	DeliveryHeader  = "Maan-Delivery"
)

// secretPrefix begins every secret, so that leaked ones are found by scanners.
const secretPrefix = "whsec_"

// NewSecret makes the secret of an endpoint.
func NewSecret() string {
	random := make([]byte, 32)
	rand.Read(random) // never fails: see crypto/rand
	return secretPrefix + base64.RawURLEncoding.EncodeToString(random)
}

// Signature proves that a body is ours and when it was sent:
//
//	t=<unix seconds>,v1=<hex of HMAC-SHA256 over "<unix seconds>.<body>">
//
// The key is the secret's text as it was shown, its prefix included.
func Signature(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

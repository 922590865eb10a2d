package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // Twilio's signature is HMAC-SHA1
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"
)

// signingKey signs mail events as SendGrid does.
type signingKey struct {
	private *ecdsa.PrivateKey
	public  string
}

// loadKey reads the key at path, or makes one there; an empty path keeps it in
// memory.
func loadKey(path string) (*signingKey, error) {
	if path == "" {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("sandbox: make a signing key: %w", err)
		}
		return newSigningKey(private)
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return createKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox: read the signing key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("sandbox: signing key %s is not PEM: remove it and a new one is made", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("sandbox: signing key %s: remove it and a new one is made: %w", path, err)
	}
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("sandbox: signing key %s is %T, not ECDSA: remove it and a new one is made", path, parsed)
	}
	return newSigningKey(private)
}

func createKey(path string) (*signingKey, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("sandbox: make a signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("sandbox: encode the signing key: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return nil, fmt.Errorf("sandbox: keep the signing key: %w", err)
	}
	return newSigningKey(private)
}

func newSigningKey(private *ecdsa.PrivateKey) (*signingKey, error) {
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("sandbox: encode the public key: %w", err)
	}
	return &signingKey{private: private, public: base64.StdEncoding.EncodeToString(der)}, nil
}

// sign returns SendGrid's signature: ECDSA over SHA-256 of timestamp and body.
func (k *signingKey) sign(timestamp string, body []byte) (string, error) {
	digest := sha256.New()
	digest.Write([]byte(timestamp))
	digest.Write(body)
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, digest.Sum(nil))
	if err != nil {
		return "", fmt.Errorf("sign a mail event: %w", err)
	}
	return base64.StdEncoding.EncodeToString(signature), nil
}

// signTwilio returns Twilio's signature: HMAC-SHA1, keyed with the auth token,
// over the full address and the parameters sorted by name.
func signTwilio(token, address string, form url.Values) string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	var text strings.Builder
	text.WriteString(address)
	for _, name := range names {
		text.WriteString(name + form.Get(name))
	}
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(text.String()))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

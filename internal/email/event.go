package email

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Headers of SendGrid's signed event webhook.
const (
	SignatureHeader = "X-Twilio-Email-Event-Webhook-Signature"
	TimestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp"
)

// ErrUnverified is the error of a webhook that cannot be proved to be SendGrid's
// or is too old. Answer 403; nothing of its content may be used.
var ErrUnverified = errors.New("webhook not verified")

// ErrStale is the ErrUnverified of a webhook that was signed too long ago, or too far ahead.
var ErrStale = fmt.Errorf("%w: its time is too far from ours", ErrUnverified)

// Kind is what SendGrid reports about a mail. Stored: never rename one.
type Kind string

// The reports.
const (
	Processed  Kind = "processed"  // taken by SendGrid for delivery: the mail did leave us
	Delivered  Kind = "delivered"  // taken by the recipient's mail server
	Bounce     Kind = "bounce"     // refused by the recipient's mail server
	Dropped    Kind = "dropped"    // not sent by SendGrid, such as for an earlier bounce
	Deferred   Kind = "deferred"   // the recipient's mail server said later; SendGrid goes on trying
	SpamReport Kind = "spamreport" // the recipient called it spam
	// Unsubscribe is the recipient's wish for no more mail, from all of the account or a part of it.
	Unsubscribe Kind = "unsubscribe"
	Other       Kind = "other" // an event we do not act on
)

// Event is one report about one mail. SendGrid repeats events, sometimes under a
// new EventID: treat (ProviderID, Kind, At) as the same event.
type Event struct {
	// MessageID is our message id; empty for mail that is not ours.
	MessageID string
	// ProviderID equals the Receipt's.
	ProviderID string
	EventID    string
	Kind       Kind
	At         time.Time
	// Reason is a code without personal data, such as "550", "5.1.1",
	// "blocked_421" or "bounced_address"; empty where there is none. The
	// server's own words name the address and are left behind.
	Reason string
}

// EventVerifier proves that a webhook comes from SendGrid: an event webhook, or an inbound
// parse webhook with a security policy, which is signed in the same way over the raw body. It
// keeps nothing: a webhook replayed within the maximum age verifies again, and is harmless
// because events and replies are recorded once.
type EventVerifier struct {
	key    *ecdsa.PublicKey
	maxAge time.Duration
}

// NewEventVerifier takes the verification key as SendGrid shows it, base64 of
// the DER form. maxAge is how far the signed time may be from ours, either way.
func NewEventVerifier(publicKeyBase64 string, maxAge time.Duration) (*EventVerifier, error) {
	der, err := base64.StdEncoding.DecodeString(strings.TrimSpace(publicKeyBase64))
	if err != nil {
		return nil, errors.New("sendgrid webhook key is not base64: copy the verification key from SendGrid's mail settings")
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("sendgrid webhook key is not a public key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("sendgrid webhook key is %T: an ECDSA key is needed", parsed)
	}
	if maxAge <= 0 {
		return nil, fmt.Errorf("sendgrid webhook maximum age %s must be above zero", maxAge)
	}
	return &EventVerifier{key: key, maxAge: maxAge}, nil
}

// Parse checks the signature over the raw body and its age against now, and
// returns the events. The error is ErrUnverified for a webhook that is not
// SendGrid's, another one for a signed body that cannot be read.
func (v *EventVerifier) Parse(now time.Time, header http.Header, body []byte) ([]Event, error) {
	if err := v.Verify(now, header, body); err != nil {
		return nil, err
	}
	var raw []rawEvent
	if err := json.Unmarshal(body, &raw); err != nil {
		return nil, errors.New("event webhook is signed but no list of events")
	}
	events := make([]Event, len(raw))
	for i, r := range raw {
		events[i] = r.event()
	}
	return events, nil
}

// Fresh checks what the headers alone tell: that there is a signature and that its time is
// near ours. It spares reading a large body that nobody signed.
func (v *EventVerifier) Fresh(now time.Time, header http.Header) error {
	stamp := header.Get(TimestampHeader)
	if header.Get(SignatureHeader) == "" || stamp == "" {
		return fmt.Errorf("%w: signature or timestamp is missing", ErrUnverified)
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: timestamp is not in seconds", ErrUnverified)
	}
	if now.Sub(time.Unix(seconds, 0)).Abs() > v.maxAge {
		return ErrStale
	}
	return nil
}

// Verify checks the signature over the raw body and its age against now. Its error is ErrUnverified.
func (v *EventVerifier) Verify(now time.Time, header http.Header, body []byte) error {
	if err := v.Fresh(now, header); err != nil {
		return err
	}
	return v.verify(header.Get(SignatureHeader), header.Get(TimestampHeader), body)
}

func (v *EventVerifier) verify(signature, stamp string, body []byte) error {
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return fmt.Errorf("%w: signature is not base64", ErrUnverified)
	}
	digest := sha256.New()
	digest.Write([]byte(stamp))
	digest.Write(body)
	if !ecdsa.VerifyASN1(v.key, digest.Sum(nil), sig) {
		return fmt.Errorf("%w: signature does not fit", ErrUnverified)
	}
	return nil
}

// rawEvent is the part of SendGrid's event that is read. Custom arguments stand
// beside its own fields. Types that SendGrid changes at will are kept raw.
type rawEvent struct {
	MessageID   any    `json:"message_id"`
	SGMessageID string `json:"sg_message_id"`
	SGEventID   string `json:"sg_event_id"`
	Event       string `json:"event"`
	Timestamp   int64  `json:"timestamp"`
	Type        string `json:"type"`
	Status      any    `json:"status"`
	Reason      string `json:"reason"`
}

func (r rawEvent) event() Event {
	messageID, _ := r.MessageID.(string)
	status, _ := r.Status.(string)
	e := Event{
		MessageID:  messageID,
		ProviderID: providerID(r.SGMessageID),
		EventID:    r.SGEventID,
		Kind:       kind(r.Event),
		At:         time.Unix(r.Timestamp, 0).UTC(),
	}
	switch e.Kind {
	case Bounce, Deferred:
		e.Reason = statusCode(status)
		if r.Type == "blocked" {
			// A block says no to this mail, not to the address for good.
			e.Reason = strings.TrimSuffix("blocked_"+e.Reason, "_")
		}
	case Dropped:
		e.Reason = dropReasons[strings.ToLower(r.Reason)]
	default:
	}
	return e
}

func kind(event string) Kind {
	switch k := Kind(event); k {
	case Processed, Delivered, Bounce, Dropped, Deferred, SpamReport, Unsubscribe:
		return k
	case "group_unsubscribe":
		return Unsubscribe
	default:
		return Other
	}
}

// providerID cuts what SendGrid's later stations append to the id that it
// answered with: "ID.filterdrecv-...", "ID.recvd-...".
func providerID(sgMessageID string) string {
	for _, mark := range []string{".filter", ".recv"} {
		if id, _, found := strings.Cut(sgMessageID, mark); found {
			return id
		}
	}
	return sgMessageID
}

// statusPattern is an SMTP reply code (RFC 5321) or an enhanced one (RFC 3463).
var statusPattern = regexp.MustCompile(`^(?:[2-5][0-9]{2}|[245]\.[0-9]{1,3}\.[0-9]{1,3})$`)

func statusCode(status string) string {
	if statusPattern.MatchString(status) {
		return status
	}
	return ""
}

// dropReasons are the drop reasons that SendGrid documents, as codes.
var dropReasons = map[string]string{
	"bounced address":                   "bounced_address",
	"invalid":                           "invalid",
	"invalid smtpapi header":            "invalid_header",
	"recipient list over package quota": "over_quota",
	"spam content":                      "spam_content",
	"spam reporting address":            "spam_reporting_address",
	"unsubscribed address":              "unsubscribed_address",
}

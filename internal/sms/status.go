package sms

import (
	"net/url"
	"regexp"

	"github.com/twilio/twilio-go/client"
)

// SignatureHeader carries Twilio's signature of a webhook.
const SignatureHeader = "X-Twilio-Signature"

// Kind is what Twilio reports about a message. Stored: never rename one.
type Kind string

// The reports.
const (
	Queued      Kind = "queued"      // taken by Twilio: the message did leave us
	Sent        Kind = "sent"        // taken by the recipient's network
	Delivered   Kind = "delivered"   // the handset has it
	Undelivered Kind = "undelivered" // the network could not deliver it
	Failed      Kind = "failed"      // Twilio could not send it
	Other       Kind = "other"       // a status we do not act on
)

// Status is one report about one message. Reports arrive more than once and out
// of order.
type Status struct {
	// SID equals the Receipt's ProviderID.
	SID  string
	Kind Kind
	// ErrorCode is Twilio's code, such as "30003"; empty without an error.
	ErrorCode string
}

// VerifyTwilio reports whether signature is Twilio's over publicURL and the
// posted form. publicURL is the address as Twilio called it, with its query,
// which behind a proxy is not the one that the server sees. A form that repeats
// a parameter is refused: only its first value is signed.
func VerifyTwilio(authToken, publicURL string, form url.Values, signature string) bool {
	if authToken == "" || signature == "" {
		return false
	}
	params := make(map[string]string, len(form))
	for name, values := range form {
		if len(values) != 1 {
			return false
		}
		params[name] = values[0]
	}
	validator := client.NewRequestValidator(authToken)
	return validator.Validate(publicURL, params, signature)
}

var errorCodePattern = regexp.MustCompile(`^[1-9][0-9]{3,5}$`)

// ParseStatus reads the form of a status callback. Verify it first.
func ParseStatus(form url.Values) Status {
	s := Status{SID: form.Get("MessageSid"), Kind: kind(form.Get("MessageStatus"))}
	if code := form.Get("ErrorCode"); errorCodePattern.MatchString(code) {
		s.ErrorCode = code
	}
	return s
}

func kind(status string) Kind {
	switch k := Kind(status); k {
	case Queued, Sent, Delivered, Undelivered, Failed:
		return k
	case "accepted", "scheduled", "sending":
		// Steps before the network has it: for us they all say "Twilio has it".
		return Queued
	default:
		return Other
	}
}

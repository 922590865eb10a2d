package telemetry

import (
	"strings"

	"maan/internal/email"
	"maan/internal/provider"
	"maan/internal/sms"
	"maan/internal/webhook"
)

// What can become of a message that was claimed, or of a request to a provider.
const (
	outcomeSent  = "sent"
	outcomeTaken = "taken"
)

// unsentCodes are the codes of attempts that failed, by what is then certain.
//
//nolint:gochecknoglobals // a constant table
var unsentCodes = map[provider.Fate][]string{
	provider.NotSent: {
		provider.CodeRefused, provider.CodeDNS, provider.CodeTLS, provider.CodeConnectTimeout, provider.CodeConnect, provider.CodeCanceled,
		provider.CodeConnectionLost, provider.CodeTimeout, provider.CodeBadAnswer, "provider_down", "rate_limit", "original_not_sent", "status_401", "status_403", "status_408", "status_429",
		"provider_code", "smtp_4xx", "smtp_5xx", "smtp_no_auth",
	},
	provider.Rejected: {
		"status_400", "status_401", "status_403", "status_404", "status_413", "status_4xx", "provider_code", "smtp_5xx", email.CodeNoMailbox,
		email.CodeBadAddress, email.CodeBadSubject, email.CodeBadAttachment, email.CodeNoContent, email.CodeNoID, email.CodeTooLarge,
		sms.CodeBadNumber, sms.CodeBadSender, sms.CodeBadCallback, "sms_not_configured",
	},
	provider.Uncertain: {
		provider.CodeTimeout, provider.CodeConnectionLost, provider.CodeBadAnswer, provider.CodeCanceled, provider.CodeUnknown, "panic",
		"status_500", "status_502", "status_503", "status_504", "status_5xx", "status_other",
	},
}

// otherCodes are the codes of everything else that fails.
//
//nolint:gochecknoglobals // constant lists
var (
	relayCodes    = []string{"temporal_not_found", "temporal_unavailable", "temporal_invalid", "temporal_busy", "interrupted", "postgres", "internal"}
	activityCodes = []string{"provider_down", "rate_limit", "case_not_found", "interrupted", "refusal", "postgres", "panic", "internal"}
	webhookCodes  = []string{
		webhook.CodeRedirect, webhook.CodeNotPublic, webhook.CodeBadURL, provider.CodeRefused, provider.CodeDNS, provider.CodeTLS, provider.CodeConnectTimeout,
		provider.CodeConnect, provider.CodeTimeout, provider.CodeConnectionLost, "status_400", "status_401", "status_403", "status_404", "status_408", "status_413",
		"status_429", "status_4xx", "status_500", "status_502", "status_503", "status_504", "status_5xx",
	}
)

//nolint:gochecknoglobals // a constant table
var knownCodes = func() map[string]bool {
	known := map[string]bool{}
	for _, list := range [][]string{
		unsentCodes[provider.NotSent], unsentCodes[provider.Rejected], unsentCodes[provider.Uncertain], relayCodes, activityCodes, webhookCodes,
	} {
		for _, code := range list {
			known[code] = true
		}
	}
	return known
}()

// bounded keeps a code if it is of the lists above, and else the class to which it belongs: what
// a provider answers is not ours to bound.
func bounded(code string) string {
	class, rest, _ := strings.Cut(code, "_")
	switch {
	case code == "", knownCodes[code]:
		return code
	case (class == "status" || class == "smtp") && len(rest) == 3 && (rest[0] == '4' || rest[0] == '5'):
		return class + "_" + rest[:1] + "xx"
	case class == "status":
		return "status_other"
	case class == "postgres":
		return "postgres"
	case class == "refused": // one of our own rules; the provider's is a word of its own
		return "refusal"
	case strings.Trim(code, "0123456789") == "": // Twilio's
		return "provider_code"
	}
	return "other"
}

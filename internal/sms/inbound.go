package sms

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Inbound is a text message that somebody sent to our number.
type Inbound struct {
	SID      string
	From, To string // E.164
	Text     string
	Media    int  // pictures and the like, which are not fetched
	Stop     bool // the sender wants no more
}

var sidPattern = regexp.MustCompile(`^(SM|MM)[0-9a-zA-Z]{1,62}$`)

// maxInboundText is longer than any message that Twilio takes.
const maxInboundText = 2000

// ParseInbound reads the form of an incoming message; ok is false for a form that is none.
// Verify it first.
func ParseInbound(form url.Values) (in Inbound, ok bool) {
	in = Inbound{SID: form.Get("MessageSid"), From: form.Get("From"), To: form.Get("To"), Text: clean(form.Get("Body"))}
	in.Media, _ = strconv.Atoi(form.Get("NumMedia")) // absent is none
	in.Media = min(max(in.Media, 0), 10)
	in.Stop = form.Get("OptOutType") == "STOP" || isStop(in.Text)
	return in, sidPattern.MatchString(in.SID) && ValidNumber(in.From)
}

func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !unicode.IsControl(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if utf8.RuneCountInString(text) > maxInboundText {
		text = string([]rune(text)[:maxInboundText])
	}
	return strings.TrimSpace(text)
}

// stopWords mean "no more messages" when nothing else is said: those that Twilio knows, and
// Dutch, French and German ones.
var stopWords = []string{
	"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "STOP SMS", "SMS STOP",
	"AFMELDEN", "UITSCHRIJVEN", "ARRET", "ARRÊT", "ARRETER", "ARRÊTER", "DESABONNER", "DÉSABONNER", "STOPP", "ABMELDEN", "ABBESTELLEN",
}

func isStop(text string) bool {
	word := strings.ToUpper(strings.Trim(strings.Join(strings.Fields(text), " "), ` .,!"'`))
	return slices.Contains(stopWords, word)
}

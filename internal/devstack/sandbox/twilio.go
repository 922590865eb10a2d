package sandbox

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	numberPattern = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	senderPattern = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|[A-Za-z0-9 ]{1,11})$`)
)

// takeText is Twilio's POST /2010-04-01/Accounts/{sid}/Messages.json.
func (s *Sandbox) takeText(r *http.Request, body []byte) answer {
	user, password, _ := r.BasicAuth()
	userFits := subtle.ConstantTimeCompare([]byte(user), []byte(s.cfg.TwilioSID))
	passwordFits := subtle.ConstantTimeCompare([]byte(password), []byte(s.cfg.TwilioToken))
	if userFits&passwordFits != 1 {
		return failure(SMS, http.StatusUnauthorized, 20003, "Authenticate", "")
	}
	if r.PathValue("sid") != s.cfg.TwilioSID {
		return failure(SMS, http.StatusNotFound, 20404, "The requested resource was not found", "")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return failure(SMS, http.StatusBadRequest, 20001, "Invalid parameter", "")
	}
	if code, message := textFault(form); code != 0 {
		return failure(SMS, http.StatusBadRequest, code, message, "")
	}
	callback := form.Get("StatusCallback")
	m := &Message{
		ID: textID(), MessageID: callbackMessage(callback), Channel: SMS, Files: []File{},
		From: form.Get("From"), To: form.Get("To"), Text: form.Get("Body"), callback: callback,
	}
	if err := s.accept(m); err != nil {
		return failure(SMS, http.StatusInternalServerError, 20500, "the sandbox cannot write its journal", "")
	}
	return answer{status: http.StatusCreated, body: s.textResource(m)}
}

// textFault returns Twilio's code and words for the first thing wrong, or zero.
func textFault(form url.Values) (code int, message string) {
	to, text, callback := form.Get("To"), form.Get("Body"), form.Get("StatusCallback")
	switch {
	case to == "":
		return 21604, "A 'To' phone number is required."
	case !numberPattern.MatchString(to) || strings.HasSuffix(to, "0008"):
		return 21211, "Invalid 'To' Phone Number"
	case !senderPattern.MatchString(form.Get("From")):
		return 21212, "Invalid From Number"
	case text == "":
		return 21602, "Message body is required."
	case utf8.RuneCountInString(text) > 1600:
		return 21617, "The concatenated message body exceeds the 1600 character limit"
	case callback != "" && checkLoopbackURL(callback) != nil:
		return 21609, "The 'StatusCallback' URL is not a valid URL of this machine"
	}
	return 0, ""
}

// textResource is Twilio's answer for a message just taken.
func (s *Sandbox) textResource(m *Message) map[string]any {
	date := m.AcceptedAt.Format(time.RFC1123Z)
	return map[string]any{
		"account_sid": s.cfg.TwilioSID, "api_version": "2010-04-01", "body": m.Text,
		"date_created": date, "date_sent": nil, "date_updated": date,
		"direction": "outbound-api", "error_code": nil, "error_message": nil,
		"from": m.From, "messaging_service_sid": nil, "num_media": "0", "num_segments": "1",
		"price": nil, "price_unit": "USD", "sid": m.ID, "status": "queued", "to": m.To,
		"uri": "/2010-04-01/Accounts/" + s.cfg.TwilioSID + "/Messages/" + m.ID + ".json",
	}
}

// callbackMessage reads the product's message id out of its callback address.
func callbackMessage(callback string) string {
	u, err := url.Parse(callback)
	if err != nil {
		return ""
	}
	return u.Query().Get("message")
}

// textID is shaped like Twilio's SIDs.
func textID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return "SM" + hex.EncodeToString(id[:])
}

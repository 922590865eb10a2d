package email

import (
	"net/textproto"
	"strings"
)

// automatic is the sign that no person wrote a mail; empty without one. The signs are those
// of RFC 3834, of the programs that came before it, and of subjects that programs write.
// from is the envelope's sender, nil if it is not known. The codes are stored: never rename.
func automatic(h textproto.MIMEHeader, from *string, subject string) string {
	first := func(name string) string {
		value, _, _ := strings.Cut(h.Get(name), ";")
		return strings.ToLower(strings.TrimSpace(value))
	}
	switch submitted, suppress := first("Auto-Submitted"), first("X-Auto-Response-Suppress"); {
	case submitted != "" && submitted != "no":
		return "auto_submitted"
	case suppress != "" && suppress != "none":
		return "auto_response_suppress"
	}
	switch first("Precedence") {
	case "bulk", "junk", "list", "auto_reply":
		return "precedence"
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Autoresponder"} {
		if value := first(name); value != "" && value != "no" {
			return "autoreply"
		}
	}
	if first("Content-Type") == "multipart/report" { // a delivery report or a receipt
		return "report"
	}
	if (from != nil && strings.Trim(*from, "<> ") == "") || first("Return-Path") == "<>" {
		return "null_sender"
	}
	if automaticSubject(subject) {
		return "subject"
	}
	return ""
}

// automaticSubjects begin the subjects of absence notices and other automatic replies, in
// English, Dutch, French and German.
var automaticSubjects = []string{
	"automatic reply", "automatic response", "auto reply", "auto-reply", "autoreply", "auto:", "out of office", "out of the office", "ooo:",
	"automatisch antwoord", "automatische reactie", "automatische beantwoording", "afwezigheidsbericht", "afwezig:", "ik ben afwezig", "niet aanwezig:", "buiten kantoor",
	"réponse automatique", "reponse automatique", //nolint:misspell // French, without its accent
	"message d'absence", "message d’absence", "absence du bureau", "absent du bureau", "absence :",
	"automatische antwort", "abwesenheitsnotiz", "abwesenheitsnachricht", "abwesenheit:", "abwesend:", "nicht im büro", "ausser haus", "außer haus",
}

func automaticSubject(subject string) bool {
	subject = strings.ToLower(strings.TrimSpace(subject))
	for _, begins := range automaticSubjects {
		if strings.HasPrefix(subject, begins) {
			return true
		}
	}
	return false
}

package message

import (
	"html"
	"regexp"
)

// copyWords mark a copy, by language: before the subject, and before the text with the
// customer's name.
var copyWords = map[string]struct{ subject, before, after string }{
	"nl": {"Kopie", "Ter kennisgeving: deze mail ging naar ", ". U hoeft niets te doen."},
	"fr": {"Copie", "Pour information : ce message a été envoyé à ", ". Vous n’avez rien à faire."},
	"de": {"Kopie", "Zur Kenntnis: Diese E-Mail ging an ", ". Sie müssen nichts tun."},
	"en": {"Copy", "For your information: this e-mail went to ", ". Nothing is asked of you."},
}

var bodyTag = regexp.MustCompile(`<body[^>]*>`)

// Copy is a mail as a colleague gets it: the subject and the first line say that it is a
// copy of what the named customer was sent. The hash is the copy's own.
func Copy(m Mail, language, customer string) Mail {
	words, ok := copyWords[baseLanguage(language)]
	if !ok {
		words = copyWords["en"]
	}
	customer = OneLine(customer)
	m.Subject = words.subject + ": " + m.Subject
	m.Text = words.before + customer + words.after + "\n\n" + m.Text
	banner := `<p class="ink" style="margin:0;padding:12px 20px;font-family:sans-serif;font-size:14px;">` +
		html.EscapeString(words.before+customer+words.after) + `</p>`
	m.HTML = bodyTag.ReplaceAllStringFunc(m.HTML, func(tag string) string { return tag + "\n" + banner })
	m.SHA256 = digest(m.Subject, m.Text, m.HTML)
	return m
}

package health

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"sync"
	texttemplate "text/template"
	"time"

	"maan/internal/store"
)

//go:embed mail.html.tmpl mail.txt.tmpl
var mailFiles embed.FS

// Mail is what the operator is told. It names no customer and no creditor.
type Mail struct{ Subject, HTML, Text string }

// line is a change in words.
type line struct {
	Word, Name, Severity, What, ToDo string
	Count                            int
	Raised, Oldest, Over             string
	Cleared                          bool
}

type mailData struct {
	Subject string
	Lines   []line
	Base    string
}

// layouts are the two forms of the mail.
type layouts struct {
	html *htmltemplate.Template
	text *texttemplate.Template
}

var mailTemplates = sync.OnceValues(func() (l layouts, err error) {
	if l.html, err = htmltemplate.ParseFS(mailFiles, "mail.html.tmpl"); err != nil {
		return l, fmt.Errorf("parse the alarm mail: %w", err)
	}
	if l.text, err = texttemplate.ParseFS(mailFiles, "mail.txt.tmpl"); err != nil {
		return l, fmt.Errorf("parse the alarm mail: %w", err)
	}
	return l, nil
})

// RenderMail puts changes into one mail. base is the API's address.
func RenderMail(notices []store.Notice, base string) (Mail, error) {
	d := mailData{Subject: subjectOf(notices), Base: strings.TrimSuffix(base, "/")}
	for _, n := range notices {
		d.Lines = append(d.Lines, lineOf(n))
	}
	t, err := mailTemplates()
	if err != nil {
		return Mail{}, err
	}
	var html, text bytes.Buffer
	if err := t.html.Execute(&html, d); err != nil {
		return Mail{}, fmt.Errorf("render the alarm mail: %w", err)
	}
	if err := t.text.Execute(&text, d); err != nil {
		return Mail{}, fmt.Errorf("render the alarm mail: %w", err)
	}
	return Mail{Subject: d.Subject, HTML: html.String(), Text: text.String()}, nil
}

func lineOf(n store.Notice) line {
	text := Condition(n.Condition).Text()
	l := line{
		Name: nameOf(n.Alarm), Severity: n.Severity, What: text.What, ToDo: text.ToDo, Count: n.Count, Raised: instant(&n.RaisedAt),
		Oldest: instant(n.Oldest), Over: instant(n.ClearedAt), Cleared: n.Kind == store.AlarmCleared,
	}
	switch {
	case l.Cleared:
		l.Word = "Over"
	case n.Severity == string(Alarm):
		l.Word = "Alarm"
	default:
		l.Word = "Warning"
	}
	return l
}

// nameOf is the condition as a person reads it.
func nameOf(a store.Alarm) string {
	name := strings.ReplaceAll(a.Condition, "_", " ")
	if a.Subject != "" {
		name += " (" + a.Subject + ")"
	}
	return name
}

// subjectOf names the worst change and how many more there are.
func subjectOf(notices []store.Notice) string {
	if len(notices) == 0 {
		return ""
	}
	first := lineOf(notices[0])
	subject := "Maan: " + strings.ToLower(first.Word) + ": " + first.Name
	if more := len(notices) - 1; more > 0 {
		subject += fmt.Sprintf(" and %d more", more)
	}
	return subject
}

func instant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

package digest

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"sync"
	texttemplate "text/template"

	"maan/internal/calendar"
	"maan/internal/message"
	"maan/internal/money"
)

//go:embed words.tsv mail.html.tmpl mail.txt.tmpl
var files embed.FS

// Mail is a digest as finance reads it.
type Mail struct{ Subject, HTML, Text, SHA256 string }

// assets are the words by language and key, and the two forms of the mail.
type assets struct {
	words map[string]map[string]string
	html  *htmltemplate.Template
	text  *texttemplate.Template
}

var loaded = sync.OnceValues(func() (a assets, err error) {
	raw, err := files.ReadFile("words.tsv")
	if err != nil {
		return a, fmt.Errorf("read the digest's words: %w", err)
	}
	a.words = map[string]map[string]string{}
	var languages []string
	for n, row := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		cells := strings.Split(row, "\t")
		if n == 0 {
			languages = cells[1:]
			for _, l := range languages {
				a.words[l] = map[string]string{}
			}
			continue
		}
		if len(cells) != len(languages)+1 {
			return a, fmt.Errorf("the digest's words: line %d has %d cells", n+1, len(cells))
		}
		for i, l := range languages {
			a.words[l][cells[0]] = cells[i+1]
		}
	}
	if a.html, err = htmltemplate.ParseFS(files, "mail.html.tmpl"); err != nil {
		return a, fmt.Errorf("parse the digest: %w", err)
	}
	if a.text, err = texttemplate.ParseFS(files, "mail.txt.tmpl"); err != nil {
		return a, fmt.Errorf("parse the digest: %w", err)
	}
	return a, nil
})

// row is a line of the mail: how many, what, and more about it.
type row struct {
	Count int
	What  string
	More  string
}

type section struct {
	Title, Note, None string
	Rows              []row
	Alarm             bool
}

type mailData struct {
	Language, Subject, AsOf, Sender, Footer string
	Sections                                []section
}

// speaker says things in one language.
type speaker struct {
	language string
	words    map[string]string
}

// say is a word; an unknown code is said as it is, so that nothing is left out.
func (s speaker) say(key string) string {
	if w, ok := s.words[key]; ok {
		return w
	}
	_, code, _ := strings.Cut(key, ".")
	return code
}

// Render writes the facts in the creditor's language. base is the API's address.
func Render(f Facts, base string) (Mail, error) {
	a, err := loaded()
	if err != nil {
		return Mail{}, err
	}
	language := message.Language(f.Creditor.Language, "en")
	s := speaker{language, a.words[language]}
	now := f.Period.Until.In(f.Zone)
	d := mailData{
		Language: language, Subject: fmt.Sprintf(s.say("subject"), f.Day.Format(language)), Sender: f.Creditor.Name,
		AsOf:     fmt.Sprintf(s.say("as_of"), f.Day.FormatShort(language)+" "+now.Format("15:04")),
		Footer:   fmt.Sprintf(s.say("footer"), fmt.Sprintf("%s/v1/creditors/%s/digest?on=%s", strings.TrimSuffix(base, "/"), f.Creditor.ID, f.Day)),
		Sections: []section{s.amiss(f), s.sent(f), s.unsent(f), s.coming(f), s.tasks(f)},
	}
	if len(f.Amiss) == 0 {
		d.Sections = d.Sections[1:]
	}
	var html, text bytes.Buffer
	if err := a.html.Execute(&html, d); err != nil {
		return Mail{}, fmt.Errorf("render digest: %w", err)
	}
	if err := a.text.Execute(&text, d); err != nil {
		return Mail{}, fmt.Errorf("render digest: %w", err)
	}
	sum := sha256.Sum256(append(html.Bytes(), text.Bytes()...))
	return Mail{Subject: d.Subject, HTML: html.String(), Text: text.String(), SHA256: hex.EncodeToString(sum[:])}, nil
}

func (s speaker) amiss(f Facts) section {
	sec := section{Title: s.say("amiss"), Alarm: true}
	for _, c := range f.Amiss {
		r := row{Count: c.Count, What: s.say("amiss." + string(c.Condition))}
		if c.Subject != "" {
			r.What += " (" + s.say(c.Subject) + ")"
		}
		if c.Oldest != nil {
			t := c.Oldest.In(f.Zone)
			r.More = fmt.Sprintf(s.say("since"), calendar.DateOf(t).FormatShort(s.language)+" "+t.Format("15:04"))
		}
		sec.Rows = append(sec.Rows, r)
	}
	return sec
}

func (s speaker) sent(f Facts) section {
	sec := section{Title: s.say("sent"), None: s.say("sent.none")}
	for _, l := range f.Sent {
		var more []string
		for _, n := range []struct {
			word  string
			count int
		}{{"delivered", l.Delivered}, {"bounced", l.Bounced}, {"uncertain", l.Uncertain}, {"not_taken", l.NotTaken}} {
			if n.count > 0 {
				more = append(more, fmt.Sprintf(s.say(n.word), n.count))
			}
		}
		sec.Rows = append(sec.Rows, row{l.Sent, s.say("template."+l.Template) + " · " + s.say(string(l.Channel)), strings.Join(more, ", ")})
	}
	return sec
}

func (s speaker) unsent(f Facts) section {
	sec := section{Title: s.say("unsent"), None: s.say("unsent.none")}
	for _, l := range f.Unsent {
		more := strings.Join(l.Invoices, ", ")
		if l.Count > len(l.Invoices) {
			more += " …"
		}
		sec.Rows = append(sec.Rows, row{l.Count, s.say(l.State + "." + l.Reason), more})
	}
	return sec
}

func (s speaker) coming(f Facts) section {
	sec := section{Title: fmt.Sprintf(s.say("coming"), f.Next.Format(s.language)), None: s.say("coming.none")}
	switch {
	case f.Creditor.Stopped:
		sec.None = s.say("coming.stopped")
	case f.Creditor.Mode == "shadow":
		sec.None = s.say("coming.shadow")
	case f.Creditor.Mode == "approve" && len(f.Coming) > 0:
		sec.Note = s.say("coming.approve")
	}
	for _, l := range f.Coming {
		key := "action." + string(l.Action)
		if _, own := s.words[string(l.Action)+"."+string(l.Stage)]; own {
			key = string(l.Action) + "." + string(l.Stage)
		}
		sec.Rows = append(sec.Rows, row{l.Count, s.say(key), money.New(l.Open, l.Currency).Format(s.language)})
	}
	return sec
}

func (s speaker) tasks(f Facts) section {
	sec := section{Title: s.say("tasks"), None: s.say("tasks.none")}
	for _, l := range f.Tasks {
		key := "task." + l.Kind
		if _, known := s.words[key]; !known {
			key = "task.other"
		}
		sec.Rows = append(sec.Rows, row{l.Count, s.say(key), fmt.Sprintf(s.say("since"), calendar.DateOf(l.Oldest.In(f.Zone)).FormatShort(s.language))})
	}
	return sec
}

package message

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"sync"
	texttemplate "text/template"
)

//go:embed templates
var files embed.FS

// catalog holds every parsed template. It is read-only once loaded.
type catalog struct {
	languages map[string]*texttemplate.Template
	html      *htmltemplate.Template
	text      *texttemplate.Template
}

// loaded parses the embedded templates at the first use.
var loaded = sync.OnceValues(func() (*catalog, error) {
	c := &catalog{languages: make(map[string]*texttemplate.Template, len(languages))}
	for _, l := range languages {
		parsed, err := texttemplate.ParseFS(files, "templates/"+l+".tmpl")
		if err != nil {
			return nil, fmt.Errorf("parse the texts in %s: %w", l, err)
		}
		c.languages[l] = parsed
	}
	var err error
	if c.html, err = htmltemplate.ParseFS(files, "templates/layout.html.tmpl"); err != nil {
		return nil, fmt.Errorf("parse the HTML layout: %w", err)
	}
	if c.text, err = texttemplate.ParseFS(files, "templates/layout.txt.tmpl"); err != nil {
		return nil, fmt.Errorf("parse the text layout: %w", err)
	}
	return c, nil
})

// speaker says the blocks of one language about one set of facts. The first
// error stays, so that a letter can be put together without asking each time.
type speaker struct {
	language string
	texts    *texttemplate.Template
	facts    *facts
	buffer   bytes.Buffer
	err      error
}

func newSpeaker(language string, f *facts) (*speaker, error) {
	c, err := loaded()
	if err != nil {
		return nil, err
	}
	return &speaker{language: language, texts: c.languages[language], facts: f}, nil
}

// has reports whether the language has the block.
func (s *speaker) has(key string) bool { return s.texts.Lookup(key) != nil }

// paragraphs renders a block. In the language files a single line break is a
// space and an empty line ends a paragraph.
func (s *speaker) paragraphs(key string) []string {
	if s.err != nil {
		return nil
	}
	s.buffer.Reset()
	if err := s.texts.ExecuteTemplate(&s.buffer, key, s.facts); err != nil {
		s.err = fmt.Errorf("render the text %q in %s: %w", key, s.language, err)
		return nil
	}
	var all, current []string
	for l := range strings.SplitSeq(s.buffer.String()+"\n", "\n") {
		// Only plain spaces: a no-break space belongs to the text.
		if l = strings.Trim(l, " \t"); l != "" {
			current = append(current, l)
		} else if len(current) > 0 {
			all = append(all, strings.Join(current, " "))
			current = nil
		}
	}
	return all
}

// say renders a block as one line.
func (s *speaker) say(key string) string { return strings.Join(s.paragraphs(key), " ") }

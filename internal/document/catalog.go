package document

import (
	"embed"
	"fmt"
	"strings"
	"sync"
	"text/template"

	"maan/internal/message"
)

//go:embed texts
var files embed.FS

// texts holds the parsed language files, by language. Read-only once loaded.
var texts = sync.OnceValues(func() (map[string]*template.Template, error) {
	all := make(map[string]*template.Template)
	for _, l := range message.Languages() {
		parsed, err := template.ParseFS(files, "texts/"+l+".tmpl")
		if err != nil {
			return nil, fmt.Errorf("parse the texts of documents in %s: %w", l, err)
		}
		all[l] = parsed
	}
	return all, nil
})

// speaker says the blocks of one language about one set of facts. The first
// error stays.
type speaker struct {
	language string
	texts    *template.Template
	facts    facts
	err      error
}

// newSpeaker takes a supported language; a region is ignored.
func newSpeaker(language string, f facts) (*speaker, error) {
	all, err := texts()
	if err != nil {
		return nil, err
	}
	language = message.Language(language, "")
	return &speaker{language: language, texts: all[language], facts: f}, nil
}

func (s *speaker) has(key string) bool { return s.texts.Lookup(key) != nil }

// paragraphs renders a block: a single line break is a space, an empty line
// ends a paragraph.
func (s *speaker) paragraphs(key string) []string { return s.about(key, s.facts) }

func (s *speaker) about(key string, facts any) []string {
	if s.err != nil {
		return nil
	}
	var b strings.Builder
	if err := s.texts.ExecuteTemplate(&b, key, facts); err != nil {
		s.err = fmt.Errorf("write the text %q in %s: %w", key, s.language, err)
		return nil
	}
	var all []string
	for part := range strings.SplitSeq(b.String(), "\n\n") {
		// Only plain white space: a no-break space belongs to the text.
		if part = strings.Join(strings.FieldsFunc(part, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' }), " "); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// say renders a block as one line.
func (s *speaker) say(key string) string { return strings.Join(s.paragraphs(key), " ") }

// with renders a block about one value.
func (s *speaker) with(key string, value any) string {
	return strings.Join(s.about(key, value), " ")
}

// named says what a code means, or the code itself where the language has no
// word for it.
func (s *speaker) named(group, code string) string {
	if key := group + "." + strings.ToLower(code); s.has(key) {
		return s.say(key)
	}
	return code
}

// page says "Page 1 of 2".
func (s *speaker) page(page, pages int) string {
	return s.with("page", struct{ Page, Pages int }{page, pages})
}

// percent writes a plain decimal as a rate in the reader's language.
func (s *speaker) percent(rate string) string {
	if s.language != "en" {
		rate = strings.Replace(rate, ".", ",", 1)
	}
	return s.with("percent", rate)
}

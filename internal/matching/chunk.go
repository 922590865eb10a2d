package matching

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is how much of a text is read, in bytes. Banks hand on 140
// characters, or a few times as many.
const maxText = 4096

// joint says how a chunk hangs on the one before it.
type joint int

const (
	apart joint = iota // a new beginning: nothing goes over it
	loose              // spaces, with at most one separator among them
	tight              // one separator: '-', '/', '.' or '_'
)

// chunk is a longest run of letters and digits.
type chunk struct {
	text    string // in capitals
	start   int    // in the source, in bytes
	end     int
	before  string // what stands between it and the chunk before
	joint   joint
	digits  bool // digits only
	letters bool // letters only
	hidden  bool // belongs to something that is no number of ours
}

// chunks cuts a text into its chunks.
func chunks(text string) []chunk {
	text = bounded(text)
	var cs []chunk
	last := 0
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !isWordRune(r) {
			at += size
			continue
		}
		start := at
		c := chunk{start: start, before: text[last:start], digits: true, letters: true}
		for at < len(text) {
			r, size = utf8.DecodeRuneInString(text[at:])
			if !isWordRune(r) {
				break
			}
			if isDigit(r) {
				c.letters = false
			} else {
				c.digits = false
			}
			at += size
		}
		c.end, c.text = at, strings.ToUpper(text[start:at])
		if len(cs) > 0 {
			c.joint = jointOf(c.before)
		}
		last = at
		cs = append(cs, c)
	}
	return cs
}

// bounded cuts a text that is too long at a space, so that no number is cut.
func bounded(text string) string {
	if len(text) <= maxText {
		return text
	}
	text = text[:maxText]
	return text[:max(strings.LastIndexByte(text, ' '), 0)]
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func isSeparator(s string) bool {
	switch s {
	case "-", "/", ".", "_", "‐", "‑", "–", "—":
		return true
	}
	return false
}

func jointOf(between string) joint {
	if isSeparator(between) {
		return tight
	}
	inner := strings.TrimSpace(between)
	if inner != between && (inner == "" || isSeparator(inner)) {
		return loose
	}
	return apart
}

// joined is the text of the chunks from i up to but not including j, without
// what stands between them.
func joined(cs []chunk, i, j int) string {
	if j == i+1 {
		return cs[i].text
	}
	var b strings.Builder
	for ; i < j; i++ {
		b.WriteString(cs[i].text)
	}
	return b.String()
}

// compositeEnd is the end of the chunks that hang tightly together from i on.
func compositeEnd(cs []chunk, i int) int {
	j := i + 1
	for j < len(cs) && cs[j].joint == tight {
		j++
	}
	return j
}

func allDigits(cs []chunk, i, j int) bool {
	for ; i < j; i++ {
		if !cs[i].digits {
			return false
		}
	}
	return true
}

func anyHidden(cs []chunk, i, j int) bool {
	for ; i < j; i++ {
		if cs[i].hidden {
			return true
		}
	}
	return false
}

func hide(cs []chunk, i, j int) {
	for ; i < j; i++ {
		cs[i].hidden = true
	}
}

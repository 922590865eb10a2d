package document

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"

	"maan/internal/message"
)

// The longest text that is looked at, in characters and in bytes. What a table
// or an address has room for is less.
const (
	maxText  = 2000
	maxBytes = 8 * maxText
)

// likeness holds what the fonts lack and Unicode does not take apart.
var likeness = map[rune]string{
	'\u202f': "\u00a0", // the narrow no-break space of French amounts
	'\u2009': "\u00a0",
	'\u2011': "-",
	'ẞ':      "SS",
}

// printable returns s as the fonts can show it, on one line: composed, without
// signs that take no room, with the base letter where the fonts lack its accent,
// and U+FFFD for a script they do not have. The PDF library must never see
// anything else: it takes four-byte characters apart wrongly.
func printable(s string) string {
	if isASCIILine(s) {
		return s
	}
	var b strings.Builder
	left := maxText
	for _, r := range norm.NFC.String(message.OneLine(s[:min(len(s), maxBytes)])) {
		if left--; left < 0 {
			b.WriteRune('…')
			break
		}
		b.WriteString(shown(r))
	}
	return strings.Trim(b.String(), " ")
}

// isASCIILine reports whether there is nothing to mend, as in nearly all texts.
func isASCIILine(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return len(s) <= maxText && !strings.Contains(s, "  ") && strings.TrimSpace(s) == s
}

func shown(r rune) string {
	if has(r) {
		return string(r)
	}
	if like, ok := likeness[r]; ok {
		return like
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return "" // a stray accent, a joiner, a mark of direction
	}
	var b strings.Builder
	for _, part := range norm.NFKD.String(string(r)) {
		if has(part) && !unicode.Is(unicode.Mn, part) {
			b.WriteRune(part)
		}
	}
	if b.Len() == 0 {
		return string(unicode.ReplacementChar)
	}
	return b.String()
}

// has reports whether the fonts have a glyph for the character. A soft hyphen
// would be drawn as a hyphen.
func has(r rune) bool {
	const softHyphen, basicPlane = '\u00ad', 1 << 16
	return r != softHyphen && r < basicPlane && glyphs()[r]
}

// glyphs are the characters of the font; regular and bold have the same.
var glyphs = sync.OnceValue(func() *[1 << 16]bool {
	var known [1 << 16]bool
	font, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		return &known // every text would be U+FFFD, which the golden files would show
	}
	var buffer sfnt.Buffer
	for r := range known {
		index, err := font.GlyphIndex(&buffer, rune(r))
		known[r] = err == nil && index > 0
	}
	return &known
})

package reference

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// asciiLetters are letters and signs that do not fall apart into an ASCII
// letter and a mark.
var asciiLetters = strings.NewReplacer(
	"ß", "ss", "ẞ", "SS", "æ", "ae", "Æ", "AE", "œ", "oe", "Œ", "OE",
	"ø", "o", "Ø", "O", "ł", "l", "Ł", "L", "đ", "d", "Đ", "D",
	"ð", "d", "Ð", "D", "þ", "th", "Þ", "TH", "ı", "i", "ŋ", "n", "Ŋ", "N",
	"€", "EUR", "‘", "'", "’", "'", "“", `"`, "”", `"`, "„", `"`,
	"–", "-", "—", "-", "…", "...", "·", ".", "№", "No",
)

// toASCII writes text with printable ASCII only, on one line and with single
// spaces: accents fall off, and what has no likeness becomes a dot, as EPC217-08
// does. Scanners guess the character set of a QR code whatever it declares, so
// only ASCII is read alike by all banking apps.
func toASCII(text string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(asciiLetters.Replace(text)) {
		switch {
		case r >= 0x0300 && r <= 0x036f: // the mark of a letter before it
		case r == '\u200b' || r == '\ufeff' || r == '\u00ad': // takes no room
		case r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029':
			b.WriteByte(' ')
		case r > '~':
			b.WriteByte('.')
		default:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// cut returns at most n bytes of ASCII text, without a space at the end.
func cut(text string, n int) string {
	if len(text) > n {
		text = text[:n]
	}
	return strings.TrimRight(text, " ")
}

package message

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The alphabets of 3GPP TS 23.038 section 6.2.1: a basic character takes one
// septet, one of the extension table two (an escape and itself).
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtension = "\f^{}\\[~]|€"
)

var gsmSeptets = func() map[rune]int {
	septets := make(map[rune]int)
	for _, r := range gsmBasic {
		septets[r] = 1
	}
	for _, r := range gsmExtension {
		septets[r] = 2
	}
	return septets
}()

// gsmLikeness holds what has a likeness but does not fall apart into a letter
// and an accent.
var gsmLikeness = map[rune]string{
	'œ': "oe", 'Œ': "OE", 'ł': "l", 'Ł': "L", 'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D",
	'þ': "th", 'Þ': "TH", 'ı': "i", 'ŋ': "n", 'Ŋ': "N", 'ħ': "h", 'Ħ': "H", 'ẞ': "SS",
	'‘': "'", '’': "'", '‚': "'", '‛': "'", '`': "'", '´': "'", 'ʼ': "'", '′': "'", '‹': "'", '›': "'",
	'“': `"`, '”': `"`, '„': `"`, '″': `"`, '«': `"`, '»': `"`,
	'‐': "-", '‑': "-", '‒': "-", '–': "-", '—': "-", '−': "-",
	'·': ".", '•': "-", '×': "x", '÷': "/", '°': "o", '©': "(c)", '®': "(r)", '¢': "c", '¦': "|",
}

// GSM7 writes text with the GSM 7-bit alphabet only, so that a segment holds
// 160 characters (153 of several) and not 70. Letters lose the accents that the
// alphabet lacks, signs become their plain likeness. What has none becomes '?',
// and ok is false; invisible characters vanish.
func GSM7(s string) (text string, ok bool) {
	var b strings.Builder
	ok = true
	for _, r := range norm.NFC.String(s) {
		if gsmSeptets[r] > 0 {
			b.WriteRune(r)
			continue
		}
		likeness, found := gsmLike(r)
		b.WriteString(likeness)
		ok = ok && found
	}
	return b.String(), ok
}

// gsmLike returns the nearest GSM text for a rune outside the alphabet.
func gsmLike(r rune) (text string, found bool) {
	if like, known := gsmLikeness[r]; known {
		return like, true
	}
	switch {
	case unicode.IsSpace(r), unicode.IsControl(r):
		return " ", true
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return "", true // an accent of its own, a joiner, a soft hyphen
	}
	var b strings.Builder
	for _, part := range norm.NFKD.String(string(r)) {
		switch {
		case unicode.Is(unicode.Mn, part):
		case gsmSeptets[part] > 0:
			b.WriteRune(part)
		case gsmLikeness[part] != "":
			b.WriteString(gsmLikeness[part])
		default:
			return "?", false
		}
	}
	return b.String(), true
}

// gsmSegments counts the segments of a text in the GSM alphabet: 160 septets in
// one, 153 in each of several, where the header takes seven. An escape and its
// character stay together.
func gsmSegments(text string) int {
	const alone, each = 160, 153
	total, segments, used := 0, 1, 0
	for _, r := range text {
		n := gsmSeptets[r]
		total += n
		if used+n > each {
			segments, used = segments+1, 0
		}
		used += n
	}
	if total <= alone {
		return 1
	}
	return segments
}

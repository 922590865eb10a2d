package money

import "strings"

const (
	noBreakSpace       = "\u00a0"
	narrowNoBreakSpace = "\u202f"
)

// layout is how one language writes money. The patterns are those of Unicode
// CLDR; "¤" stands for the symbol or code, "#" for the grouped digits.
type layout struct {
	decimalMark, group string
	positive, negative string
	// glued is the pattern pair for a symbol that touches the number.
	gluedPositive, gluedNegative string
}

var (
	layoutDutch = layout{
		decimalMark: ",", group: ".",
		positive: "¤" + noBreakSpace + "#", negative: "¤" + noBreakSpace + "-#",
	}
	layoutFrench = layout{
		decimalMark: ",", group: narrowNoBreakSpace,
		positive: "#" + noBreakSpace + "¤", negative: "-#" + noBreakSpace + "¤",
	}
	layoutGerman = layout{
		decimalMark: ",", group: ".",
		positive: "#" + noBreakSpace + "¤", negative: "-#" + noBreakSpace + "¤",
	}
	layoutAustrian = layout{
		decimalMark: ",", group: ".",
		positive: "¤" + noBreakSpace + "#", negative: "-¤" + noBreakSpace + "#",
	}
	layoutEnglish = layout{
		decimalMark: ".", group: ",",
		positive: "¤" + noBreakSpace + "#", negative: "-¤" + noBreakSpace + "#",
		gluedPositive: "¤#", gluedNegative: "-¤#",
	}
)

// Format writes the amount as a reader of the language expects it: nl
// "€ 1.234,50", fr "1 234,50 €", de "1.234,50 €", en "€1,234.50". The spaces
// are U+00A0, and U+202F between French groups: no line breaks inside an
// amount, and not fit for SMS (see FormatSMS).
//
// The language is a BCP 47 tag in any case; a region falls back to its
// language, except de-AT, which puts the symbol first. Other languages read
// the English form. EUR and GBP have their symbol; the dollar sign is written
// for USD in en-US only, since elsewhere it may be another dollar; all other
// currencies show their code.
func (a Amount) Format(language string) string {
	tag := strings.ToLower(strings.ReplaceAll(language, "_", "-"))
	l := layoutOf(tag)
	symbol, isSymbol := symbolOf(a.Currency, tag)
	positive, negative := l.positive, l.negative
	if isSymbol && l.gluedPositive != "" {
		positive, negative = l.gluedPositive, l.gluedNegative
	}
	pattern := positive
	if a.IsNegative() {
		pattern = negative
	}
	whole, fraction := a.split()
	number := grouped(whole, l.group)
	if fraction != "" {
		number += l.decimalMark + fraction
	}
	return strings.NewReplacer("¤", symbol, "#", number).Replace(pattern)
}

// FormatSMS writes the amount with GSM 03.38 characters only: "EUR 1234,50"
// for nl, fr and de, "EUR 1234.50" for all others, with a plain space and no
// grouping. One no-break space would turn the whole SMS into UCS-2 and more
// than halve what fits in a segment.
func (a Amount) FormatSMS(language string) string {
	tag := strings.ToLower(strings.ReplaceAll(language, "_", "-"))
	return strings.Replace(a.String(), ".", layoutOf(tag).decimalMark, 1)
}

func layoutOf(tag string) layout {
	if tag == "de-at" {
		return layoutAustrian
	}
	base, _, _ := strings.Cut(tag, "-")
	switch base {
	case "nl":
		return layoutDutch
	case "fr":
		return layoutFrench
	case "de":
		return layoutGerman
	default:
		return layoutEnglish
	}
}

func symbolOf(c Currency, tag string) (text string, isSymbol bool) {
	switch {
	case c == "EUR":
		return "€", true
	case c == "GBP":
		return "£", true
	case c == "USD" && tag == "en-us":
		return "$", true
	default:
		return string(c), false
	}
}

// grouped puts the separator between groups of three digits.
func grouped(digits, separator string) string {
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

package sheet

import (
	"strings"
)

// DecimalStyle is how a file writes the decimals of its amounts. Thousands may be
// grouped in threes by the other mark, by spaces or by apostrophes; the minus stands
// before or, as in SAP, behind.
type DecimalStyle string

// The styles; a Mapping names them.
const (
	DecimalComma DecimalStyle = "comma" // 1.234,56 and 1 234,56 and 1234,56
	DecimalDot   DecimalStyle = "dot"   // 1,234.56 and 1'234.56 and 1234.56
)

// spaces are those that group digits: the ordinary one, and three that do not break.
var spaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2009", " ", "\u2019", "'")

// Parse turns a number of this style into the plain decimal of [money.Parse]: a minus
// if negative, digits, and a dot before decimals. ok is false for any other text.
func (s DecimalStyle) Parse(text string) (plain string, ok bool) {
	mark, groups := ",", ". '"
	if s == DecimalDot {
		mark, groups = ".", ", '"
	}
	text, minus := unsigned(text)
	whole, fraction, marked := strings.Cut(text, mark)
	if _, numeric := digits(fraction); marked && !numeric {
		return "", false
	}
	whole, ok = ungrouped(spaces.Replace(whole), groups)
	if !ok {
		return "", false
	}
	plain = minus + whole
	if marked {
		plain += "." + fraction
	}
	return plain, true
}

func unsigned(text string) (rest, minus string) {
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		return strings.TrimSpace(rest), "-"
	}
	if rest, negative := strings.CutSuffix(text, "-"); negative {
		return strings.TrimSpace(rest), "-"
	}
	return text, ""
}

// ungrouped takes the grouping out of a whole number: one to three digits, the first
// no zero, then groups of three, with one mark throughout.
func ungrouped(whole, groups string) (string, bool) {
	i := strings.IndexAny(whole, groups)
	if i < 0 {
		_, ok := digits(whole)
		return whole, ok
	}
	parts := strings.Split(whole, whole[i:i+1])
	if len(parts[0]) > 3 || strings.HasPrefix(parts[0], "0") {
		return "", false
	}
	for n, part := range parts {
		if _, ok := digits(part); !ok || (n > 0 && len(part) != 3) {
			return "", false
		}
	}
	return strings.Join(parts, ""), true
}

// decimalSurvey collects how the decimals of a file can be read.
type decimalSurvey struct {
	comma, dot reading
	both       place
}

func (s *decimalSurvey) add(text string, at place) {
	comma, byComma := DecimalComma.Parse(text)
	dot, byDot := DecimalDot.Parse(text)
	switch {
	case byComma && byDot:
		if comma != dot && s.both.line == 0 {
			s.both = at
		}
	case byComma:
		s.comma.add(at)
	case byDot:
		s.dot.add(at)
	}
}

// decide takes the style that most values have; the others are faults of their rows.
// As soon as one value can be read both ways, all others must agree.
func (s *decimalSurvey) decide() (DecimalStyle, []Fault) {
	certain := s.both.line == 0
	switch {
	case s.comma.count > s.dot.count && (certain || s.dot.count == 0):
		return DecimalComma, nil
	case certain, s.dot.count > 0 && s.comma.count == 0:
		return DecimalDot, nil
	}
	const mend = "state decimals in the mapping: comma (1.234,56) or dot (1,234.56)"
	if s.comma.count == 0 {
		return "", []Fault{s.both.fault(CodeUndecidedDecimals, "this could be thousands or three decimals, and no other value of the file says which", mend)}
	}
	return "", []Fault{
		s.comma.first.fault(CodeUndecidedDecimals, "this amount has a decimal comma, and others of the file a decimal dot", mend),
		s.dot.first.fault(CodeUndecidedDecimals, "this amount has a decimal dot, and others of the file a decimal comma", mend),
	}
}

package einvoice

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sign is one thing in payment terms that bears on when to pay.
type sign struct {
	kind   signKind
	value  int // days, or hundredths of a percent
	clause int // signs of one clause belong together; 1 apart is a comma, 2 a full stop
	net    bool
}

type signKind int

const (
	signDays signKind = iota
	signPercent
	signDiscount
	signNet
	signMonthEnd
	signAfterMonthEnd // "after the end of the month"
	signNumber        // a number of something else
)

// The terms are rewritten before they are read: forms of several words become
// one word of ours.
var (
	remark = regexp.MustCompile(`\([^)\d%]{1,40}\)|[()]|calendar\s|kalender\s`) // "thirty (30) calendar days"

	monthEndForm = regexp.MustCompile(`(?:(after|from|na|vanaf|nach|ab|après|à partir de)\s+(?:the\s+|de\s+|het\s+|la\s+|der\s+|dem\s+)?)?` +
		`(?:end\s+of\s+(?:the\s+)?month|month[\s-]end|einde?\s+(?:van\s+de\s+)?maand|maandeinde|fin\s+(?:de|du)\s+mois|ende\s+(?:des\s+|vom\s+)?monats?|monatsende|\beom\b|\bfdm\b)`)

	noDiscount = regexp.MustCompile(`(?:^|[^\pL])(?:(?:no|without|geen|zonder|sans|aucune?|ohne|keine?n?)\s+|pas\s+d['’]\s?)(?:cash\s+)?(?:discount|korting|escompte|remise|skonto|rabatt|abzug)` +
		`|escompte(?:\s+pour\s+(?:paiement|règlement)\s+anticipé)?\s*:?\s*(?:néant|aucun)`)

	// "2/10 net 30": 2 % within 10 days, else the whole in 30.
	slashForm = regexp.MustCompile(`(^|[^\d.,/])(\d{1,2}(?:[.,]\d{1,2})?)\s*%?\s*/\s*(\d{1,3})\s*,?\s*(?:net|n)\s*[/:-]?\s*(\d{1,3})($|[\s,;.)])`)

	word = regexp.MustCompile(`\d+(?:[.,]\d+)*|\pL+|\n|\S`)
)

const monthEndWord, afterMonthEndWord = "eom", "aftereom"

// otherBasis are words that make a day count something other than a term from
// the issue date: interest, complaints, another starting point, working days,
// months. Where one occurs the terms are left to a person.
var otherBasis = regexp.MustCompile(`interest|\brente\b|intérêt|zins|penalt|pénalit|` +
	`complain|claim|klacht|reclam|réclam|reklam|bezwaar|protest|return|retour|warrant|garant|` +
	`deliver|lever|livraison|liefer|recei|ontvangst|réception|erhalt|eingang|` +
	`working|business|werkdag|werktag|arbeitstag|ouvr|` +
	`month|maand|\bmois\b|monat|week|weken|semaine|woche`)

var (
	dayWords     = wordSet("day days dag dagen kalenderdag kalenderdagen jour jours tag tage tagen tages kalendertag kalendertage kalendertagen")
	percentWords = wordSet("% percent pct procent prozent")
	netWords     = wordSet("net nett netto nets nette")
	moneyWords   = wordSet("€ $ £ eur euro euros usd gbp chf")
	dashes       = wordSet("- – — /")
	discountWord = regexp.MustCompile(`discount|korting|escompte|remise|rabais|skonto|rabatt|abzug`)
)

// clauseEnds are what ends a clause, and how far it sets the next apart.
var clauseEnds = map[string]int{
	",": 1, "or": 1, "of": 1, "ou": 1, "oder": 1,
	".": 2, ";": 2, "\n": 2, "otherwise": 2, "anders": 2, "sinon": 2, "sonst": 2,
}

// startWords begin what a term is counted from, and invoiceDate is what it must
// be counted from to be read.
var (
	startWords  = regexp.MustCompile(`(?:^|[^\pL])(?:after|from|na|vanaf|nach|ab|après|à compter|à partir)\s+((?:\pL+['’]?\s*){1,5})`)
	invoiceDate = regexp.MustCompile(`factu|invoice|rechnung|issue|émission|ausstellung`)
)

// otherStart reports whether days are counted from something else than the
// issue of the invoice: "30 days after the order".
func otherStart(text string) bool {
	for _, m := range startWords.FindAllStringSubmatch(text, -1) {
		if !invoiceDate.MatchString(m[1]) {
			return true
		}
	}
	return false
}

// normalTerms brings the spellings of payment terms together.
func normalTerms(text string) string {
	text = remark.ReplaceAllString(strings.ToLower(text), " ")
	text = noDiscount.ReplaceAllString(text, " ")
	text = slashForm.ReplaceAllString(text, "$1 $2 % discount $3 days ; net $4 days $5")
	return monthEndForm.ReplaceAllStringFunc(text, func(form string) string {
		if monthEndForm.FindStringSubmatch(form)[1] != "" {
			return " " + afterMonthEndWord + " "
		}
		return " " + monthEndWord + " "
	})
}

// signs reads normal payment terms. ok is false where days or a percentage are
// written so that they cannot be believed: "14-30 days", "1.030 days".
func signs(text string) (found []sign, ok bool) {
	words := append([]token{{}, {}}, tokens(text)...)
	words = append(words, token{})
	clause := 0
	for i := 2; i < len(words)-1; i++ {
		w := words[i].text
		first, _ := utf8.DecodeRuneInString(w)
		switch {
		case unicode.IsDigit(first):
			s, believed := numberSign([4]token(words[i-2 : i+2]))
			if !believed {
				return nil, false
			}
			s.clause = clause
			found = append(found, s)
		case clauseEnds[w] > 0:
			clause += clauseEnds[w]
		case netWords[w]:
			found = append(found, sign{kind: signNet, clause: clause})
		case w == monthEndWord:
			found = append(found, sign{kind: signMonthEnd, clause: clause})
		case w == afterMonthEndWord:
			found = append(found, sign{kind: signAfterMonthEnd, clause: clause})
		case discountWord.MatchString(w):
			found = append(found, sign{kind: signDiscount, clause: clause})
		}
	}
	return found, true
}

// token is a number, a word or another character of payment terms.
type token struct {
	text string
	tied bool // no space before it
}

func tokens(text string) []token {
	var list []token
	end := -1
	for _, at := range word.FindAllStringIndex(text, -1) {
		list = append(list, token{text: text[at[0]:at[1]], tied: at[0] == end})
		end = at[1]
	}
	return list
}

// numberSign tells what a number counts from the two tokens before it and the
// one after it.
func numberSign(around [4]token) (s sign, believed bool) {
	before, number, after := around[1], around[2], around[3].text
	afterNet := netWords[before.text] || (netWords[around[0].text] && (before.text == "-" || before.text == ":"))
	tail := number.tied && dashes[before.text] && !afterNet // of "14-30 days"
	switch {
	case percentWords[after]:
		s.kind = signPercent
		s.value, believed = hundredths(number.text)
		return s, believed && !tail
	case dayWords[after]:
		s.value, believed = days(number.text)
		return s, believed && !tail
	case afterNet && !moneyWords[after]:
		s.value, believed = days(number.text)
		return s, believed && (!dashes[after] || !around[3].tied)
	}
	return sign{kind: signNumber}, true
}

// maxTermDays is the longest term believed; a larger number is more likely a
// typing error or something else than a term.
const maxTermDays = 365

func days(number string) (n int, believed bool) {
	n, err := strconv.Atoi(number)
	return n, err == nil && len(number) <= 3 && n >= 1 && n <= maxTermDays
}

// hundredths reads a percentage of at most two decimals: "2", "2,5", "2.25".
func hundredths(number string) (n int, believed bool) {
	whole, fraction, _ := strings.Cut(strings.ReplaceAll(number, ",", "."), ".")
	if len(whole) > 2 || len(fraction) > 2 {
		return 0, false
	}
	n, err := strconv.Atoi(whole + (fraction + "00")[:2])
	return n, err == nil
}

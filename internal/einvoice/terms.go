package einvoice

import (
	"regexp"
	"strconv"
	"strings"
)

// maxTermDays is the longest term believed; a larger number is more likely a
// typing error or something else than a term.
const maxTermDays = 365

// The forms of a term, in English, Dutch, French and German. The number must
// not be the tail of another ("1.030 days", "14-30 days").
var (
	dayTerm = regexp.MustCompile(`(?:^|[^\d.,/–-])(\d{1,3})\)?\s*(?:\([^)\d]{1,30}\)\s*)?` +
		`(?:calendar\s+|kalender\s*)?(?:days?|dagen|dag|jours?|tage[ns]?|tag)(?:$|[^\pL])`)
	netTerm = regexp.MustCompile(`(?:^|[^\pL])(?:netto|net)\s*[:-]?\s*(\d{1,3})(?:$|[^\d.,%/–-]|[.,](?:$|\s))`)
)

// otherBasis are words that make a day count something other than a term
// counted from the issue date: a discount, interest, another starting point,
// working days, a month's end. Where one occurs the terms are left to a person.
var otherBasis = regexp.MustCompile(`%|discount|korting|escompte|remise|skonto|rabat|` +
	`interest|\brente\b|intérêt|zins|penalt|pénalit|` +
	`deliver|lever|livraison|liefer|recei|ontvangst|réception|erhalt|eingang|` +
	`working|business|werkdag|werktag|arbeitstag|ouvr|` +
	`month|maand|\bmois\b|monat|\beom\b|week|weken|semaine|woche`)

// daysInTerms reads a term in days ("30 days", "betaling binnen 30 dagen",
// "30 jours", "zahlbar in 30 Tagen", "net 30") from payment terms. ok is false
// where there is none, where there are several, or where the words may mean
// something else.
func daysInTerms(terms string) (days int, ok bool) {
	text := strings.ToLower(terms)
	if otherBasis.MatchString(text) {
		return 0, false
	}
	found := map[int]bool{}
	for _, form := range []*regexp.Regexp{dayTerm, netTerm} {
		for _, m := range form.FindAllStringSubmatch(text, -1) {
			days, _ = strconv.Atoi(m[1]) // at most three digits
			found[days] = true
		}
	}
	if len(found) != 1 || days < 1 || days > maxTermDays {
		return 0, false
	}
	return days, true
}

package einvoice

import (
	"regexp"
	"slices"
)

// terms is what payment terms in words say beyond doubt, in English, Dutch,
// French or German.
type terms struct {
	// days is the time to pay from the issue date, 0 where none can be read.
	days     int
	monthEnd monthEnd
	discount discountTerms
	// unclear says that there is a discount that could not be read.
	unclear bool
}

// monthEnd says which part the end of a month has in a term.
type monthEnd int

const (
	noMonthEnd monthEnd = iota
	// monthEndFirst: "fin de mois + 45 jours", counted from the end of the month
	// of issue.
	monthEndFirst
	// monthEndEither: "45 jours fin de mois", which is used for days and then
	// the end of that month, and also for the end of the month and then days.
	monthEndEither
)

// discountTerms is a discount for paying early, as the terms word it.
type discountTerms struct {
	hundredths int // of a percent; 0 where there is no discount
	days       int
	// loose says that the days are taken for those of the discount only since
	// no others stand nearer: "payment within 10 days, 2% discount".
	loose bool
}

// maxDiscount is the largest discount believed, in hundredths of a percent.
const maxDiscount = 10_00

// followingMonth are the words that move a month's end to another month.
var followingMonth = regexp.MustCompile(`following|\bnext\b|suivant|prochain|volgend|folgend|nächst`)

// readTerms reads payment terms such as "30 days", "betaling binnen 30 dagen",
// "30 jours fin de mois", "zahlbar in 30 Tagen", "2% discount 10 days, 30 days
// net". Where words may mean something else, or several terms compete, it
// leaves them to a person.
func readTerms(text string) terms {
	text = normalTerms(text)
	found, ok := signs(text)
	if !ok || otherBasis.MatchString(text) || otherStart(text) {
		return terms{unclear: discountWord.MatchString(text)}
	}
	attachNet(found)
	percents, discounts := of(found, signPercent), of(found, signDiscount)
	switch {
	case len(discounts) > 0:
		return discounted(found, percents)
	case len(percents) > 0: // of interest, of tax, of an instalment
		return terms{}
	}
	return plain(found, followingMonth.MatchString(text))
}

func of(found []sign, kind signKind) (some []sign) {
	for _, s := range found {
		if s.kind == kind {
			some = append(some, s)
		}
	}
	return some
}

// attachNet marks the days that a "net" belongs to: those after it, else those
// before it, in its clause.
func attachNet(found []sign) {
	beside := func(i, clause int) bool {
		return i >= 0 && i < len(found) && found[i].kind == signDays && found[i].clause == clause
	}
	for i, s := range found {
		if s.kind != signNet {
			continue
		}
		if beside(i+1, s.clause) {
			found[i+1].net = true
		} else if beside(i-1, s.clause) {
			found[i-1].net = true
		}
	}
}

// plain reads terms without a discount.
func plain(found []sign, following bool) terms {
	t := terms{days: only(of(found, signDays))}
	for i, s := range found[:max(0, len(found)-1)] {
		// "30 jours le 10": a day of the month, not a count.
		if next := found[i+1]; s.kind == signDays && next.kind == signNumber && next.clause == s.clause {
			return terms{}
		}
	}
	ends, after := of(found, signMonthEnd), of(found, signAfterMonthEnd)
	if len(ends)+len(after) == 0 || t.days == 0 {
		return t
	}
	if following || len(ends)+len(after) > 1 || len(of(found, signNumber)) > 0 {
		return terms{}
	}
	t.monthEnd = monthEndEither
	if len(after) == 1 || (ends[0].clause == of(found, signDays)[0].clause && endsFirst(found)) {
		t.monthEnd = monthEndFirst
	}
	return t
}

// endsFirst reports whether the end of a month stands before any days.
func endsFirst(found []sign) bool {
	return slices.IndexFunc(found, func(s sign) bool { return s.kind == signMonthEnd }) <
		slices.IndexFunc(found, func(s sign) bool { return s.kind == signDays })
}

// only returns the one number of days that all signs agree on, else 0.
func only(list []sign) int {
	for _, s := range list {
		if s.value != list[0].value {
			return 0
		}
	}
	if len(list) == 0 {
		return 0
	}
	return list[0].value
}

// discounted reads terms that offer a discount. What is not said of the
// discount is the term: "14 days 2% discount, 30 days net".
func discounted(found, percents []sign) terms {
	if len(of(found, signMonthEnd))+len(of(found, signAfterMonthEnd)) > 0 {
		return terms{unclear: true}
	}
	var net, others []sign
	longest := 0
	for _, s := range of(found, signDays) {
		if s.net {
			net = append(net, s)
		} else {
			others = append(others, s)
		}
		longest = max(longest, s.value)
	}
	if len(percents) == 1 {
		if t, ok := oneDiscount(percents[0], net, others); ok {
			return t
		}
	}
	// The discount is not certain, but a term that calls itself net is.
	if days := only(net); days == longest {
		return terms{days: days, unclear: true}
	}
	return terms{unclear: true}
}

// oneDiscount pairs the only percentage with its days: those of its clause, or
// else those on the other side of a comma.
func oneDiscount(percent sign, net, others []sign) (t terms, ok bool) {
	d := discountTerms{hundredths: percent.value}
	window, rest := within(0, percent.clause, others)
	if len(window) == 0 {
		window, rest = within(1, percent.clause, others)
		d.loose = true
	}
	d.days = only(window)
	rest = append(rest, net...)
	days := only(rest)
	believed := d.days > 0 && d.hundredths > 0 && d.hundredths <= maxDiscount &&
		(len(rest) == 0 || days > d.days)
	return terms{days: days, discount: d}, believed
}

// within parts the signs that stand no more than so many clauses from one from
// the others.
func within(distance, clause int, list []sign) (near, far []sign) {
	for _, s := range list {
		if max(s.clause-clause, clause-s.clause) <= distance {
			near = append(near, s)
		} else {
			far = append(far, s)
		}
	}
	return near, far
}

package law

import (
	"slices"
	"time"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// Limitation is the last day on which a claim can still be enforced, if nothing
// interrupted the term.
type Limitation struct {
	Date calendar.Date `json:"date"`
	Law  string        `json:"law"`
	// ByLetter says that a letter which insists on the claim starts the term
	// anew; elsewhere only a court or an acknowledgement does.
	ByLetter bool `json:"interruptible_by_letter"`
	// Confirmed says that the term was checked against the text of the law. None
	// of the shipped ones was: a person checks before a claim is given up.
	Confirmed bool `json:"confirmed"`
}

type limitationRow struct {
	country     string
	kinds       []dunning.DebtorKind // nil: all others
	years       int
	fromYearEnd bool // the term begins at the end of the year
	byLetter    bool
	law         string
}

var trade = []dunning.DebtorKind{dunning.KindBusiness, dunning.KindPublicBody}

// limitations, from memory of the laws; the first that fits holds. Who may be a
// consumer gets the shorter term, so that no claim lapses unseen.
var limitations = []limitationRow{
	{country: "NL", kinds: trade, years: 5, byLetter: true, law: "art. 3:307 and 3:317 BW"},
	{country: "NL", years: 2, byLetter: true, law: "art. 7:28 BW (consumer sale)"},
	{country: "FR", kinds: []dunning.DebtorKind{dunning.KindBusiness}, years: 5, law: "Code de commerce, art. L110-4"},
	{country: "FR", kinds: []dunning.DebtorKind{dunning.KindPublicBody}, years: 4, fromYearEnd: true, law: "loi n° 68-1250, art. 1"},
	{country: "FR", years: 2, law: "Code de la consommation, art. L218-2"},
	{country: "DE", years: 3, fromYearEnd: true, law: "§§ 195, 199 BGB"},
	{country: "BE", years: 10, law: "art. 2262bis old Civil Code"},
}

// LimitationDate returns when a claim that fell due on a day lapses. known is
// false for a country without a row.
func LimitationDate(country string, debtor dunning.DebtorKind, due calendar.Date) (l Limitation, known bool) {
	i := slices.IndexFunc(limitations, func(r limitationRow) bool {
		return r.country == country && (r.kinds == nil || slices.Contains(r.kinds, debtor))
	})
	if i < 0 || due.IsZero() {
		return Limitation{}, false
	}
	r := limitations[i]
	if r.fromYearEnd {
		due = calendar.NewDate(due.Year, time.December, 31)
	}
	date := calendar.NewDate(due.Year+r.years, due.Month, due.Day)
	if date.Month != due.Month { // 29 February: the earlier day is the safe one
		date = date.AddDays(-date.Day)
	}
	return Limitation{Date: date, Law: r.law, ByLetter: r.byLetter}, true
}

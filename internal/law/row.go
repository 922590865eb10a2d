package law

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"maan/internal/calendar"
)

// Regime names one series of rates. Stored with claims: never rename.
type Regime string

// The regimes. The last three are claimed by nobody: other rates follow from
// them.
const (
	NLTrade      Regime = "NL_6_119a"     // art. 6:119a and 6:119b BW
	NLConsumer   Regime = "NL_6_119"      // art. 6:119 BW
	BETrade      Regime = "BE_2002"       // law of 2 August 2002, art. 5
	FRTrade      Regime = "FR_L441_10"    // Code de commerce, art. L441-10
	DETrade      Regime = "DE_288_2"      // § 288(2) BGB
	DEConsumer   Regime = "DE_288_1"      // § 288(1) BGB
	EUDirective  Regime = "EU_2011_7"     // Directive 2011/7/EU, the minimum
	ECBRefinance Regime = "ECB_MRO"       // ECB main refinancing operations
	DEBase       Regime = "DE_247"        // § 247 BGB, Basiszinssatz
	FRLegal      Regime = "FR_LEGAL_RATE" // taux de l'intérêt légal, professionals
)

var (
	claimable = []Regime{NLTrade, NLConsumer, BETrade, FRTrade, DETrade, DEConsumer, EUDirective}
	reference = []Regime{ECBRefinance, DEBase, FRLegal}
)

// Status says how a rate is known.
type Status string

// The statuses: published by the state or quoted from such a publication, or
// worked out by the rule of the law.
const (
	Official Status = "official"
	Derived  Status = "derived"
)

// Row is one dated rate. It is in force from ValidFrom until the next row of
// its regime, and known until ValidUntil; where that is zero, for the six
// months of its half-year.
type Row struct {
	Regime     Regime        `json:"regime"`
	ValidFrom  calendar.Date `json:"valid_from"`
	ValidUntil calendar.Date `json:"valid_until,omitzero"`
	Rate       Rate          `json:"rate"`
	Status     Status        `json:"status"`
	Source     string        `json:"source"`
}

// knownUntil is the last day on which the row's rate is known to hold.
func (r Row) knownUntil() calendar.Date {
	if !r.ValidUntil.IsZero() {
		return r.ValidUntil
	}
	d := r.ValidFrom
	return calendar.NewDate(d.Year, d.Month+6, d.Day).AddDays(-1)
}

// Bounds of what a row may say. The highest legal rate of the table's time is
// 14.50; the base rate was negative for years.
const (
	firstYear, lastYear = 1990, 2100
	highestRate         = 30 * percent
	lowestReference     = -5 * percent
	maxSourceLength     = 200
	maxRows             = 2000
	maxKnownYears       = 10
)

func (r Row) check() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	isReference := slices.Contains(reference, r.Regime)
	if !isReference && !slices.Contains(claimable, r.Regime) {
		fault("regime: write one of %s", regimeNames())
	}
	if !isDay(r.ValidFrom) {
		fault("valid_from: write an existing day of the years %d to %d", firstYear, lastYear)
	}
	if !r.ValidUntil.IsZero() {
		switch {
		case !isDay(r.ValidUntil):
			fault("valid_until: write an existing day of the years %d to %d, or nothing", firstYear, lastYear)
		case r.ValidUntil.Before(r.ValidFrom):
			fault("valid_until: the day lies before valid_from")
		case r.ValidUntil.Year-r.ValidFrom.Year > maxKnownYears:
			fault("valid_until: the day lies more than %d years after valid_from", maxKnownYears)
		}
	}
	lowest := Rate(0)
	if isReference {
		lowest = lowestReference
	}
	if r.Rate < lowest || r.Rate > highestRate {
		fault("rate: %s is no sensible percentage; between %s and %s is", r.Rate, lowest, highestRate)
	}
	if r.Status != Official && r.Status != Derived {
		fault("status: write official or derived")
	}
	if !isPlain(r.Source) {
		fault("source: say in one line of at most %d characters where the rate was published", maxSourceLength)
	}
	return errors.Join(faults...)
}

func isDay(d calendar.Date) bool {
	return d.Year >= firstYear && d.Year <= lastYear && d == d.AddDays(0) // 30 February is none
}

// isPlain reports whether s is one line of text without blanks around it.
func isPlain(s string) bool {
	return s != "" && len(s) <= maxSourceLength && s == strings.TrimSpace(s) &&
		strings.ToValidUTF8(s, "") == s && !strings.ContainsFunc(s, unicode.IsControl)
}

func regimeNames() string {
	var names []string
	for _, r := range slices.Concat(claimable, reference) {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// compare orders rows by regime and day.
func (r Row) compare(other Row) int {
	return cmp.Or(cmp.Compare(r.Regime, other.Regime), r.ValidFrom.Compare(other.ValidFrom))
}

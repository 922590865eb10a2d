package law

import (
	"maan/internal/calendar"
	"maan/internal/dunning"
)

// statute is the rule that a country has for one kind of debtor.
type statute struct {
	regime      Regime
	law         string
	compounding Compounding
	// lastFreeDay is the last day without interest, never before the due date.
	lastFreeDay func(Claim) (calendar.Date, Reason)
	clause      clauseUse
	warning     WarningCode // that every computation carries; "": none
}

// clauseUse is what a contract's clause on interest is worth.
type clauseUse int

const (
	clauseReplaces clauseUse = iota // its rate replaces the law's
	clauseIgnored                   // the law's rate holds all the same
	clauseAtLeast                   // its rate may not lie below the French floor
	clauseAtMost                    // no interest without it, and none above the law's rate
)

// DutchPublicDebtors is the law of interest that a Dutch public body owes, at the rate of businesses.
const DutchPublicDebtors = "art. 6:119b BW"

// The statutes. A public body in France is under the Code de la commande
// publique, whose rate is the directive's.
var (
	nlTrade = statute{
		regime: NLTrade, law: "art. 6:119a BW", compounding: Yearly, lastFreeDay: agreedOrThirtyDays,
	}
	nlPublic   = statute{regime: NLTrade, law: DutchPublicDebtors, compounding: Yearly, lastFreeDay: agreedOrThirtyDays}
	nlConsumer = statute{
		regime: NLConsumer, law: "art. 6:119 BW", compounding: Yearly, lastFreeDay: agreedOrNotice, clause: clauseIgnored,
	}
	beTrade    = statute{regime: BETrade, law: "law of 2 August 2002, art. 5", compounding: Simple, lastFreeDay: agreedOrThirtyDays}
	beConsumer = statute{
		regime: BETrade, law: "art. XIX.4 WER/CDE; law of 2 August 2002, art. 5(2)", compounding: Simple,
		lastFreeDay: noticeOnly, clause: clauseAtMost,
	}
	frTrade = statute{
		regime: FRTrade, law: "Code de commerce, art. L441-10 II", compounding: Simple,
		lastFreeDay: statedOrThirtyDays, clause: clauseAtLeast,
	}
	deTrade    = statute{regime: DETrade, law: "§ 288(2) BGB", compounding: Simple, lastFreeDay: germanDefault}
	deConsumer = statute{
		regime: DEConsumer, law: "§ 288(1) BGB", compounding: Simple, lastFreeDay: agreedOrNotice, clause: clauseIgnored,
	}
	directive = statute{
		regime: EUDirective, law: "Directive 2011/7/EU, art. 2(6), 3 and 4", compounding: Simple,
		lastFreeDay: agreedOrThirtyDays, warning: WarnDirectiveMinimum,
	}
)

// euroArea are the countries whose currency is the euro in 2026.
var euroArea = map[string]bool{
	"AT": true, "BE": true, "BG": true, "CY": true, "DE": true, "EE": true, "ES": true, "FI": true, "FR": true,
	"GR": true, "HR": true, "IE": true, "IT": true, "LT": true, "LU": true, "LV": true, "MT": true, "NL": true,
	"PT": true, "SI": true, "SK": true,
}

// statuteOf finds the rule for the claim, or the reason why there is none.
func statuteOf(c Claim) (statute, Reason) {
	if why := excluded(c.Country, c.Debtor, string(c.Principal.Currency)); why != "" {
		return statute{}, why
	}
	if c.Debtor == dunning.KindConsumer {
		return consumerStatute(c.Country, c.Packs)
	}
	public := c.Debtor == dunning.KindPublicBody
	switch {
	case c.Country == "NL" && public:
		return nlPublic, ""
	case c.Country == "NL":
		return nlTrade, ""
	case c.Country == "BE":
		return beTrade, ""
	case c.Country == "DE":
		return deTrade, ""
	case c.Country == "FR" && !public:
		return frTrade, ""
	default:
		return directive, ""
	}
}

func consumerStatute(country string, packs Packs) (statute, Reason) {
	switch {
	case country == "DE":
		return deConsumer, ""
	case country == "NL" && packs.NLConsumer:
		return nlConsumer, ""
	case country == "BE" && packs.BEConsumer:
		return beConsumer, ""
	case country == "NL", country == "BE":
		return statute{}, ReasonConsumerPackOff
	default:
		return statute{}, ReasonNoConsumerRules
	}
}

// excluded says why nothing at all may be claimed: interest or costs.
func excluded(country string, debtor dunning.DebtorKind, currency string) Reason {
	switch {
	case debtor == dunning.KindUnknown, debtor == dunning.KindSoleTrader:
		return ReasonDebtorUnclear
	case !euroArea[country]:
		return ReasonNoRules
	case currency != "EUR":
		return ReasonCurrency
	default:
		return ""
	}
}

// termDays is the term where none was agreed: art. 6:119a(2) BW, art. 4 of the
// Belgian law, § 286(3) BGB, art. 3(3)(b) of the directive. It begins on the
// day after the receipt.
const termDays = 30

// agreedOrThirtyDays: a date that only the invoice names does not shorten the
// term of the law, but binds the creditor where it is later.
func agreedOrThirtyDays(c Claim) (calendar.Date, Reason) {
	if c.DueDateAgreed {
		return c.Due, ""
	}
	if c.Received.IsZero() {
		return calendar.Date{}, ReasonReceiptUnknown
	}
	return later(c.Due, c.Received.AddDays(termDays)), ""
}

// statedOrThirtyDays: in France the date on the invoice counts.
func statedOrThirtyDays(c Claim) (calendar.Date, Reason) {
	if !c.Due.IsZero() {
		return c.Due, ""
	}
	return c.Received.AddDays(termDays), ""
}

// germanDefault: an agreed date (§ 286(2) no. 1 BGB), else a reminder, else 30
// days after due date and receipt (§ 286(3)).
func germanDefault(c Claim) (calendar.Date, Reason) {
	if c.DueDateAgreed {
		return c.Due, ""
	}
	byNotice := later(c.Due, c.NoticeTermEnd)
	switch {
	case c.Received.IsZero() && c.NoticeTermEnd.IsZero():
		return calendar.Date{}, ReasonReceiptUnknown
	case c.Received.IsZero():
		return byNotice, ""
	}
	byTime := later(c.Due, c.Received).AddDays(termDays)
	if !c.NoticeTermEnd.IsZero() && byNotice.Before(byTime) {
		return byNotice, ""
	}
	return byTime, ""
}

// agreedOrNotice: no term runs by itself against a consumer.
func agreedOrNotice(c Claim) (calendar.Date, Reason) {
	if c.DueDateAgreed {
		return c.Due, ""
	}
	return noticeOnly(c)
}

// noticeOnly: nothing before the free term of a notice has ended (Belgium: the
// free first reminder, art. XIX.2 WER/CDE).
func noticeOnly(c Claim) (calendar.Date, Reason) {
	if c.NoticeTermEnd.IsZero() {
		return calendar.Date{}, ReasonNoticeNeeded
	}
	return later(c.Due, c.NoticeTermEnd), ""
}

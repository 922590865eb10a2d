package law

import (
	"fmt"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
)

// CostKind names a kind of costs. Stored with claims: never rename.
type CostKind string

// The kinds.
const (
	CostEUR40  CostKind = "EUR40"    // the fixed sum for each invoice
	CostWIK    CostKind = "WIK"      // Dutch collection costs
	CostXIX4   CostKind = "BE_XIX_4" // the most a clause may ask of a Belgian consumer
	CostActual CostKind = "ACTUAL"   // costs that were really made
)

// Letter is one letter in which costs are claimed, over all its invoices.
type Letter struct {
	// Country of the law that governs, ISO 3166-1 alpha-2 in capitals.
	Country string
	Debtor  dunning.DebtorKind
	// Principals are what is still unpaid of each invoice, without interest.
	Principals []money.Amount
	// DefaultSince is the first interest day of the invoice that fell due last.
	DefaultSince calendar.Date
	// On is the day on which the costs are claimed.
	On calendar.Date
	// NoticeTermEnd is the last day of the free term that a consumer was given:
	// see [FourteenDayLetter] and [BelgianFirstReminder]. Zero: there was none.
	NoticeTermEnd calendar.Date
	// ClauseAcceptedOn is the day on which a Belgian consumer demonstrably
	// accepted a clause on costs. Zero: no proof.
	ClauseAcceptedOn calendar.Date
	// VAT is asked for with Dutch collection costs; nil: none.
	VAT   *VAT
	Packs Packs
}

// VAT raises Dutch collection costs (art. 2(3) Besluit BIK): only where a
// collection service charges it, the creditor cannot deduct it, and the letter
// states both that and the raise.
type VAT struct {
	Rate         Rate
	CannotDeduct bool
	Stated       bool
}

// Costs are the costs of one kind and how they came about. Where nothing is
// claimed, Total is zero and Reason says why.
type Costs struct {
	Kind   CostKind `json:"kind"`
	Law    string   `json:"law,omitempty"`
	Base   Money    `json:"base"`  // the principals together
	Count  int      `json:"count"` // invoices
	Slices []Slice  `json:"slices"`
	Amount Money    `json:"amount"` // without VAT
	VAT    Money    `json:"vat"`
	Total  Money    `json:"total"`
	// Minimum says that the law's least amount took the place of the slices.
	Minimum bool `json:"minimum,omitempty"`
	// PartOfHigherCosts says that the sum is set off against higher collection
	// costs: the creditor gets the higher of the two, not both.
	PartOfHigherCosts bool      `json:"part_of_higher_costs,omitempty"`
	Warnings          []Warning `json:"warnings"`
	Reason            Reason    `json:"reason,omitempty"`
	Explanation       string    `json:"explanation,omitempty"`
}

// maxInvoices bounds a letter.
const maxInvoices = 1000

func (l Letter) check() error {
	var f faults
	f.country(l.Country)
	f.debtor(l.Debtor)
	f.day("in default since", l.DefaultSince)
	f.day("claimed on", l.On)
	f.optionalDay("notice term end", l.NoticeTermEnd)
	f.optionalDay("clause accepted on", l.ClauseAcceptedOn)
	if n := len(l.Principals); n == 0 || n > maxInvoices {
		f.add("principals: write between 1 and %d amounts; there are %d", maxInvoices, n)
		return f.all()
	}
	for i, p := range l.Principals {
		f.amount(fmt.Sprintf("principal %d", i+1), p)
		if p.Currency != l.Principals[0].Currency {
			f.add("principal %d: the currency is not that of the first", i+1)
		}
	}
	if l.VAT != nil && (l.VAT.Rate <= 0 || l.VAT.Rate > highestVAT) {
		f.add("vat: write a percentage above 0 and up to %s", highestVAT)
	}
	return f.all()
}

const highestVAT = 30 * percent

// open checks the letter and begins its answer.
func (l Letter) open(kind CostKind) (Costs, error) {
	if err := l.check(); err != nil {
		return Costs{}, err
	}
	zero := money.New(0, l.Principals[0].Currency)
	base := zero
	for _, p := range l.Principals {
		var err error
		if base, err = base.Add(p); err != nil {
			return Costs{}, fmt.Errorf("the principals together: %w", err)
		}
	}
	return Costs{
		Kind: kind, Base: Money{base}, Count: len(l.Principals), Slices: []Slice{}, Warnings: []Warning{},
		Amount: Money{zero}, VAT: Money{zero}, Total: Money{zero},
	}, nil
}

func (c Costs) without(why Reason) Costs {
	c.Reason, c.Explanation = why, why.Explanation()
	return c
}

// fixedMinor is the sum of Directive 2011/7/EU, art. 6(1), in cents.
const fixedMinor = 40_00

// fixedLaws are the national articles of the fixed sum.
var fixedLaws = map[string]string{
	"BE": "law of 2 August 2002, art. 6",
	"FR": "Code de commerce, art. L441-10 II and D441-5",
	"DE": "§ 288(5) BGB",
}

// FixedSum is the EUR 40 that a business or public body owes for each invoice
// that is in default, without a reminder. In the Netherlands it is the minimum
// of [CollectionCosts] (art. 6:96(4) BW) and never comes on top, so it is
// nothing here; in Germany it is set off against higher collection costs. It is
// compensation: no VAT.
func FixedSum(l Letter) (Costs, error) {
	out, err := l.open(CostEUR40)
	if err != nil {
		return Costs{}, err
	}
	switch why := excluded(l.Country, l.Debtor, string(out.Base.Currency)); {
	case why != "":
		return out.without(why), nil
	case l.Debtor == dunning.KindConsumer:
		return out.without(ReasonNotFromConsumers), nil
	case l.Country == "NL":
		return out.without(ReasonInOtherCosts), nil
	case l.On.Before(l.DefaultSince):
		return out.without(ReasonNotInDefault), nil
	}
	out.Law = fixedLaws[l.Country]
	if out.Law == "" {
		out.Law = "Directive 2011/7/EU, art. 6(1)"
	}
	out.PartOfHigherCosts = l.Country == "DE"
	out.Amount = Money{money.New(fixedMinor*int64(out.Count), out.Base.Currency)}
	out.Total = out.Amount
	return out, nil
}

// CollectionCosts are the costs that the law sets by the principal: in the
// Netherlands once over the sum of the principals of one letter (art. 6:96(7)
// BW), in Belgium the most that a clause may ask of a consumer. Elsewhere only
// actual costs are owed, against proof. Consumers owe nothing before the term
// of their letter has ended.
func CollectionCosts(l Letter) (Costs, error) {
	out, err := l.open(CostActual)
	if err != nil {
		return Costs{}, err
	}
	if why := excluded(l.Country, l.Debtor, string(out.Base.Currency)); why != "" {
		return out.without(why), nil
	}
	if l.VAT != nil && l.Country != "NL" {
		out.Warnings = append(out.Warnings, warn(WarnVATNotApplicable, calendar.Date{}))
	}
	consumer := l.Debtor == dunning.KindConsumer
	switch {
	case l.Country == "NL":
		return out.dutch(l, consumer)
	case l.Country == "BE" && consumer:
		return out.belgianConsumer(l)
	case consumer:
		return out.without(ReasonNotFromConsumers), nil
	default:
		return out.without(ReasonProofNeeded), nil
	}
}

func (c Costs) dutch(l Letter, consumer bool) (Costs, error) {
	c.Kind, c.Law = CostWIK, "art. 6:96(4) BW, art. 2 Besluit BIK"
	if consumer {
		c.Law = "art. 6:96(5)-(7) BW, art. 2 Besluit BIK"
		if !l.Packs.NLConsumer {
			return c.without(ReasonConsumerPackOff), nil
		}
	}
	if why := l.tooEarly(consumer); why != "" {
		return c.without(why), nil
	}
	c, err := c.byTariff(wikTariff)
	if err != nil || l.VAT == nil {
		return c, err
	}
	if !l.VAT.CannotDeduct || !l.VAT.Stated {
		c.Warnings = append(c.Warnings, warn(WarnVATNeedsStatements, calendar.Date{}))
		return c, nil
	}
	c.Law += "; VAT: art. 2(3)"
	vat, err := AmountOf(l.VAT.Rate.share(decimalOf(c.Amount.Amount)), c.Base.Currency)
	if err != nil {
		return Costs{}, err
	}
	c.VAT = Money{vat}
	total, err := c.Amount.Add(vat)
	c.Total = Money{total}
	return c, err
}

func (c Costs) belgianConsumer(l Letter) (Costs, error) {
	c.Kind, c.Law = CostXIX4, "art. XIX.2 and XIX.4 WER/CDE"
	if !l.Packs.BEConsumer {
		return c.without(ReasonConsumerPackOff), nil
	}
	if l.ClauseAcceptedOn.IsZero() || !l.ClauseAcceptedOn.Before(l.DefaultSince) {
		return c.without(ReasonClauseNeeded), nil
	}
	if why := l.tooEarly(true); why != "" {
		return c.without(why), nil
	}
	return c.byTariff(belgianTariff(c.Base.Amount))
}

// tooEarly says why the costs cannot be claimed yet.
func (l Letter) tooEarly(consumer bool) Reason {
	switch {
	case l.On.Before(l.DefaultSince):
		return ReasonNotInDefault
	case !consumer:
		return ""
	case l.NoticeTermEnd.IsZero():
		return ReasonNoticeNeeded
	case !l.On.After(l.NoticeTermEnd):
		return ReasonNoticeRuns
	default:
		return ""
	}
}

package collection

import (
	"fmt"
	"math/bits"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/law"
	"maan/internal/money"
)

// ClaimRules are what holds for all invoices of one customer.
type ClaimRules struct {
	Debtor   dunning.DebtorKind
	Packs    law.Packs
	DayCount law.DayCount
	CostsVAT *law.VAT // on Dutch collection costs; nil: none
}

// ClaimInvoice is an invoice on which interest and costs may be owed.
type ClaimInvoice struct {
	ID            uuid.UUID
	Number        string
	Country       string // of the law that governs
	Principal     money.Amount
	Due           calendar.Date
	DueDateAgreed bool
	Received      calendar.Date
	Payments      []law.Payment // of the principal
	Contract      *law.Contract // on interest; nil: the statute's
}

// Owed is what the law lets a creditor claim on some invoices on a day, in one letter,
// and how it came about.
type Owed struct {
	Until            calendar.Date `json:"until"`
	Invoices         []OwedInvoice `json:"invoices"`
	Costs            []law.Costs   `json:"costs"` // of the letter, by the law that governs
	RateTableVersion string        `json:"rate_table_version"`
}

// OwedInvoice is the part of one invoice.
type OwedInvoice struct {
	ID        uuid.UUID       `json:"invoice_id"`
	Number    string          `json:"number"`
	Country   string          `json:"governing_country"`
	Principal law.Money       `json:"principal"` // still open
	Interest  law.Computation `json:"interest"`
	Costs     law.Money       `json:"costs"` // its share of the letter's
}

// ClaimOf computes what the law lets a creditor claim on the invoices of one letter, up to
// and including a day. It is a function of its input alone. Interest and fixed sums are
// per invoice; the collection costs of Dutch law are computed once, over the sum of the
// open principals (art. 6:96(7) BW), and shared out by them. Where nothing may be claimed
// the parts say why. The error names every fact that is out of range.
func ClaimOf(t *law.Table, r ClaimRules, invoices []ClaimInvoice, until calendar.Date) (Owed, error) {
	out := Owed{Until: until, Invoices: []OwedInvoice{}, Costs: []law.Costs{}, RateTableVersion: t.Version()}
	groups := map[string]*costGroup{}
	var order []string
	for i, in := range invoices {
		interest, err := law.Interest(t, law.Claim{
			Country: in.Country, Debtor: r.Debtor, Principal: in.Principal, Due: in.Due, DueDateAgreed: in.DueDateAgreed, Received: in.Received,
			Until: until, Payments: in.Payments, DayCount: r.DayCount, Contract: in.Contract, Packs: r.Packs,
		})
		if err != nil {
			return Owed{}, fmt.Errorf("interest on invoice %d: %w", i+1, err)
		}
		open := in.Principal
		for _, p := range in.Payments {
			if !p.On.After(until) {
				open.Minor -= p.Amount.Minor
			}
		}
		open.Minor = max(0, open.Minor)
		zero := money.New(0, open.Currency)
		out.Invoices = append(out.Invoices, OwedInvoice{
			ID: in.ID, Number: in.Number, Country: in.Country, Principal: law.Money{Amount: open}, Interest: interest, Costs: law.Money{Amount: zero},
		})
		if !bearsCosts(open, interest) {
			continue
		}
		key := in.Country + string(open.Currency)
		if groups[key] == nil {
			groups[key] = &costGroup{country: in.Country}
			order = append(order, key)
		}
		groups[key].add(i, open, in, interest)
	}
	for _, key := range order {
		if err := groups[key].claim(r, &out); err != nil {
			return Owed{}, err
		}
	}
	return out, nil
}

// bearsCosts reports whether an invoice counts for the costs of a letter: something of it
// is open and the debtor is in default with it. Where the law says no for another reason,
// the costs say so themselves.
func bearsCosts(open money.Amount, interest law.Computation) bool {
	return open.IsPositive() && interest.Reason != law.ReasonNotInDefault && interest.Reason != law.ReasonReceiptUnknown
}

// costGroup is the invoices of a letter under one law.
type costGroup struct {
	country    string
	indexes    []int
	principals []money.Amount
	since      calendar.Date // first interest day of the one that fell due last
	accepted   calendar.Date // of the clause, where all have one
}

func (g *costGroup) add(index int, open money.Amount, in ClaimInvoice, interest law.Computation) {
	g.indexes, g.principals = append(g.indexes, index), append(g.principals, open)
	first := interest.FirstInterestDay
	if first.IsZero() { // the law has no rules for it, and the costs will say so too
		first = in.Due.AddDays(1)
	}
	if first.After(g.since) {
		g.since = first
	}
	if in.Contract != nil && in.Contract.AcceptedOn.After(g.accepted) {
		g.accepted = in.Contract.AcceptedOn
	}
}

// claim computes the group's costs and shares them out: fixed sums evenly, which is what
// they are, and costs over the sum by the principals, to the cent.
func (g *costGroup) claim(r ClaimRules, out *Owed) error {
	letter := law.Letter{
		Country: g.country, Debtor: r.Debtor, Principals: g.principals, DefaultSince: g.since, On: out.Until, ClauseAcceptedOn: g.accepted,
		Packs: r.Packs,
	}
	if g.country == "NL" {
		letter.VAT = r.CostsVAT
	}
	fixed, err := law.FixedSum(letter)
	if err != nil {
		return fmt.Errorf("fixed sum: %w", err)
	}
	collection, err := law.CollectionCosts(letter)
	if err != nil {
		return fmt.Errorf("collection costs: %w", err)
	}
	out.Costs = append(out.Costs, fixed, collection)
	var sum, shared, sharedFixed int64
	for i, p := range g.principals {
		sum += p.Minor
		upTo := share(collection.Total.Minor, sum, collection.Base.Minor)
		upToFixed := fixed.Total.Minor * int64(i+1) / int64(len(g.principals))
		out.Invoices[g.indexes[i]].Costs.Minor = upTo - shared + upToFixed - sharedFixed
		shared, sharedFixed = upTo, upToFixed
	}
	return nil
}

// share is total * part / whole, rounded down, for amounts whose product may be too large.
func share(total, part, whole int64) int64 {
	high, low := bits.Mul64(uint64(total), uint64(part)) //nolint:gosec // G115: amounts of a claim are positive
	quotient, _ := bits.Div64(high, low, uint64(whole))  //nolint:gosec // G115: the part is no larger than the whole, so neither is the quotient than total
	return int64(quotient)                               //nolint:gosec // G115: see above
}

// InterestMinor is the sum of the interest, in minor units.
func (o Owed) InterestMinor() (sum int64) {
	for _, in := range o.Invoices {
		sum += in.Interest.Total.Minor
	}
	return sum
}

// CostMinor is the sum of the costs.
func (o Owed) CostMinor() (sum int64) {
	for _, c := range o.Costs {
		sum += c.Total.Minor
	}
	return sum
}

// ShareMinor is what the invoices bear of the costs of their letter, which may be about others
// too.
func (o Owed) ShareMinor() (sum int64) {
	for _, in := range o.Invoices {
		sum += in.Costs.Minor
	}
	return sum
}

// PrincipalMinor is the sum of what is open of the invoices themselves.
func (o Owed) PrincipalMinor() (sum int64) {
	for _, in := range o.Invoices {
		sum += in.Principal.Minor
	}
	return sum
}

// Warnings are those of all its parts, each once.
func (o Owed) Warnings() []law.Warning {
	var all []law.Warning
	seen := map[law.Warning]bool{}
	add := func(warnings []law.Warning) {
		for _, w := range warnings {
			if !seen[w] {
				seen[w] = true
				all = append(all, w)
			}
		}
	}
	for _, in := range o.Invoices {
		add(in.Interest.Warnings)
	}
	for _, c := range o.Costs {
		add(c.Warnings)
	}
	return all
}

package matching

import (
	"math/bits"
	"slices"
)

// mostSummed is how many open documents a customer may have for their sums to
// be tried: with more, too many sums fit by chance.
const mostSummed = 12

// byPayer decides by the payer's account and the amount alone.
func (m *match) byPayer() Outcome {
	customers := distinct(m.ix.payers[accountKey(m.p.PayerIBAN)])
	if len(customers) == 0 {
		return m.none(ReasonNothingFound)
	}
	o := m.outcome(None, RuleNone, "", nil)
	o.Evidence = []Evidence{{Code: EvidencePayerIBAN}}
	if len(customers) == 1 {
		o.CustomerID = customers[0]
	}
	var open, exact []int
	for _, c := range customers {
		for _, i := range m.ix.byCustomer[c] {
			it := &m.ix.items[i]
			if it.Closed || it.Open.Currency != m.p.Amount.Currency {
				continue
			}
			open = append(open, i)
			if it.Kind == Invoice && it.Open.Minor == m.amount {
				exact = append(exact, i)
			}
		}
	}
	slices.Sort(open)
	slices.Sort(exact)
	if len(exact) > 0 {
		return m.byExactAmount(o, exact)
	}
	return m.bySums(o, customers, open)
}

func (m *match) byExactAmount(o Outcome, exact []int) Outcome {
	o.Rule = RuleKnownIBANExact
	if len(exact) > 1 {
		o.Flags = append(o.Flags, FlagAmbiguous)
		return m.propose(o, exact, ReasonAmbiguousAmount)
	}
	shared := o.CustomerID == ""
	o.CustomerID = m.customer(exact)
	o.prove(EvidenceAmountEqual, &m.ix.items[exact[0]])
	o.Decision = Auto
	o = m.allocate(o, m.whole(exact)...)
	switch {
	case shared:
		return m.propose(o, exact, ReasonKnownIBANOnly, ReasonTwoCustomers)
	case !m.ix.policy.AutoKnownIBAN:
		return m.propose(o, exact, ReasonKnownIBANOnly)
	}
	return o
}

// bySums looks for the documents of one customer that add up to the amount.
func (m *match) bySums(o Outcome, customers []string, open []int) Outcome {
	var sums [][]int
	tooMany := false
	for _, c := range customers {
		theirs := slices.DeleteFunc(slices.Clone(open), func(i int) bool { return m.ix.items[i].CustomerID != c })
		if len(theirs) > mostSummed {
			tooMany = true
			continue
		}
		sums = append(sums, m.sums(theirs)...)
	}
	switch {
	case len(sums) > 1:
		o.Rule, o.Flags = RuleKnownIBANSubset, append(o.Flags, FlagAmbiguous)
		return m.propose(o, distinct(slices.Concat(sums...)), ReasonAmbiguousAmount)
	case len(sums) == 1 && !tooMany:
		o.Rule, o.CustomerID = RuleKnownIBANSubset, m.customer(sums[0])
		for _, i := range sums[0] {
			o.prove(EvidenceAmountEqual, &m.ix.items[i])
		}
		return m.propose(m.allocate(o, m.whole(sums[0])...), sums[0], ReasonKnownIBANOnly)
	}
	if tooMany {
		o.Reasons = append(o.Reasons, ReasonTooMany)
	}
	o = m.propose(o, open, ReasonNoAmountFits)
	o.Decision = None
	return o
}

// sums returns the sets of documents that add up to the amount, at most two of
// them: the second only tells that the first proves nothing. No document has
// the amount alone.
func (m *match) sums(items []int) [][]int {
	var found [][]int
	var sum [1 << mostSummed]int64 // of the set whose members are the bits
	for set := 1; set < 1<<len(items) && len(found) < 2; set++ {
		without := set & (set - 1)
		sum[set] = sum[without] + m.ix.items[items[bits.TrailingZeros(uint(set))]].signed()
		if sum[set] != m.amount {
			continue
		}
		var members []int
		for k, i := range items {
			if set&(1<<k) != 0 {
				members = append(members, i)
			}
		}
		found = append(found, members)
	}
	return found
}

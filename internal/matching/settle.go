package matching

import "slices"

// settlement is a way in which a payment closes every one of some documents.
type settlement struct {
	allocations []Allocation
	evidence    EvidenceCode
	discounted  []int // the items that took their cash discount
}

// settle closes all the documents with the payment if their sum allows it: to
// the cent, less the cash discounts of all that still have one, or one of the
// two within the rounding tolerance.
func (m *match) settle(items []int) (settlement, bool) {
	var sum, less int64
	var discounted []int
	for _, i := range items {
		sum += m.ix.items[i].signed()
		if d := m.ix.items[i].discount(m.p.ValueDate); d > 0 {
			less += d
			discounted = append(discounted, i)
		}
	}
	if len(items) == 0 || sum <= 0 {
		return settlement{}, false
	}
	short, shortOfLess := sum-m.amount, sum-less-m.amount
	switch {
	case short == 0:
		return settlement{m.whole(items), EvidenceAmountEqual, nil}, true
	case shortOfLess == 0:
		return m.discounted(items, discounted, 0)
	case m.tolerable(short):
		return m.rounded(items, short)
	case less > 0 && m.tolerable(shortOfLess):
		return m.discounted(items, discounted, shortOfLess)
	}
	return settlement{}, false
}

func (m *match) tolerable(minor int64) bool {
	return within(max(minor, -minor), m.ix.policy.RoundingTolerance, m.p.Amount.Currency)
}

// discounted closes the documents less their discounts. What the payer took
// more or less than agreed is part of the largest discount.
func (m *match) discounted(items, discounted []int, more int64) (settlement, bool) {
	s := settlement{m.whole(items), EvidenceDiscount, discounted}
	largest := -1
	for k, i := range items {
		if d := m.ix.items[i].discount(m.p.ValueDate); d > 0 {
			a := &s.allocations[k]
			a.Amount.Minor -= d
			a.Discount.Minor = d
			if largest < 0 || d > s.allocations[largest].Discount.Minor {
				largest = k
			}
		}
	}
	a := &s.allocations[largest]
	a.Amount.Minor -= more
	a.Discount.Minor += more
	return s, a.Amount.Minor >= 0 && a.Discount.Minor >= 0
}

// rounded closes the documents and writes off what the payment is short of, on
// the largest invoice. What is over stays over.
func (m *match) rounded(items []int, short int64) (settlement, bool) {
	s := settlement{m.whole(items), EvidenceRounding, nil}
	if short < 0 {
		return s, true
	}
	largest := 0
	for k := range s.allocations {
		if s.allocations[k].Amount.Minor > s.allocations[largest].Amount.Minor {
			largest = k
		}
	}
	a := &s.allocations[largest]
	a.Amount.Minor -= short
	a.Rounding.Minor = short
	return s, a.Amount.Minor >= 0
}

// whole closes documents in full.
func (m *match) whole(items []int) []Allocation {
	allocations := make([]Allocation, len(items))
	for k, i := range items {
		allocations[k] = m.part(i, m.ix.items[i].Open.Minor)
		allocations[k].Amount.Minor = m.ix.items[i].signed()
	}
	return allocations
}

// part pays an invoice as far as the money goes.
func (m *match) part(i int, minor int64) Allocation {
	it := &m.ix.items[i]
	paid := min(minor, it.Open.Minor)
	return Allocation{ItemID: it.ID, Amount: m.money(paid), Discount: m.money(0), Rounding: m.money(0), Left: m.money(it.Open.Minor - paid)}
}

// book puts a settlement into the outcome.
func (m *match) book(o Outcome, s settlement) Outcome {
	switch s.evidence {
	case EvidenceDiscount:
		o.Rule = RuleCashDiscount
		for _, i := range s.discounted {
			o.prove(EvidenceDiscount, &m.ix.items[i])
		}
	default:
		o.Evidence = append(o.Evidence, Evidence{Code: s.evidence})
	}
	return m.allocate(o, s.allocations...)
}

// allocate puts allocations into the outcome and flags what they leave.
func (m *match) allocate(o Outcome, allocations ...Allocation) Outcome {
	o.Allocations = allocations
	for k := range allocations {
		o.Unallocated.Minor -= allocations[k].Amount.Minor
		if left := allocations[k].Left.Minor; left > 0 {
			o.Flags = append(o.Flags, FlagPartial)
			if within(left, m.ix.policy.SmallBalance, m.p.Amount.Currency) {
				o.Flags = append(o.Flags, FlagSmallBalance)
			}
		}
	}
	if o.Unallocated.IsPositive() && !slices.Contains(o.Flags, FlagOverpaid) {
		o.Flags = append(o.Flags, FlagOverpaid)
	}
	return o
}

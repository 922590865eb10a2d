package matching

import "slices"

// byTrusted decides by references or end-to-end ids, which count even when the
// amount differs. What the payment names beside them is weaker.
func (m *match) byTrusted(rule Rule, hits, weaker []hit) Outcome {
	n := m.resolve(hits, nil)
	o := m.outcome(Auto, rule, m.customer(n.all), hits)
	if n.ambiguous {
		o.Flags = append(o.Flags, FlagAmbiguous)
		return m.propose(o, n.all, ReasonAmbiguousReference)
	}
	if reason := m.obstacle(n.all); reason != "" {
		return m.propose(o, n.all, reason)
	}
	if s, ok := m.settle(n.open); ok {
		return m.book(o, s)
	}
	if extra := m.resolve(weaker, n.all); extra.ambiguous || len(extra.open) > 0 {
		return m.withExtra(o, n, extra, weaker)
	}
	switch {
	case len(n.open) == 0:
		o.Flags = append(o.Flags, FlagOverpaid, FlagDoublePayment)
		o.Candidates = m.ids(n.closed)
		return o
	case len(n.open) > 1:
		return m.suggest(m.propose(o, n.all, ReasonAmountDiffers), n.open)
	case m.ix.items[n.open[0]].Kind == CreditNote:
		return m.propose(o, n.all, ReasonCreditNote)
	}
	return m.bookUnequal(o, n.open[0])
}

// withExtra decides when the reference alone does not make up the amount and
// the text names other documents: together they must, else they contradict.
func (m *match) withExtra(o Outcome, n, extra named, weaker []hit) Outcome {
	o.Evidence = append(o.Evidence, m.outcome(Auto, "", "", weaker).Evidence...)
	all := distinct(slices.Concat(n.all, extra.all))
	o.CustomerID = m.customer(all)
	if extra.ambiguous || m.obstacle(all) != "" {
		return m.propose(o, all, ReasonConflict)
	}
	if s, ok := m.settle(distinct(slices.Concat(n.open, extra.open))); ok && len(n.open) > 0 {
		o.Rule = RuleInvoiceNumbersSum
		return m.book(o, s)
	}
	if s, ok := m.settle(extra.open); ok {
		o.Rule = numbersRule(extra.open)
		o = m.book(o, s)
	}
	return m.propose(o, all, ReasonConflict)
}

func numbersRule(open []int) Rule {
	if len(open) > 1 {
		return RuleInvoiceNumbersSum
	}
	return RuleInvoiceNumber
}

// byNumbers decides by document numbers, which count only when they make up the
// amount.
func (m *match) byNumbers() Outcome {
	n := m.resolve(m.numbers, nil)
	o := m.outcome(Auto, numbersRule(n.open), m.customer(n.all), m.numbers)
	if n.ambiguous {
		o.Flags = append(o.Flags, FlagAmbiguous)
		return m.propose(o, n.all, ReasonAmbiguousNumber)
	}
	if reason := m.obstacle(n.all); reason != "" {
		return m.propose(o, n.all, reason)
	}
	if len(n.open) == 0 {
		o.Flags = append(o.Flags, FlagOverpaid, FlagDoublePayment)
		return m.propose(o, n.all, ReasonClosed)
	}
	s, ok := m.settle(n.open)
	switch {
	case !ok && len(n.open) == 1 && m.ix.items[n.open[0]].Kind == CreditNote:
		return m.propose(o, n.all, ReasonCreditNote)
	case !ok:
		return m.suggest(m.propose(o, n.all, ReasonAmountDiffers), n.open)
	case !slices.ContainsFunc(m.numbers, func(h hit) bool { return telling(h.key) }):
		return m.propose(m.book(o, s), n.all, ReasonShortNumber)
	}
	return m.book(o, s)
}

// obstacle is why documents may not be paid together whatever the amount.
func (m *match) obstacle(items []int) Reason {
	switch {
	case m.foreign(items):
		return ReasonCurrencyDiffers
	case m.customer(items) == "":
		return ReasonTwoCustomers
	}
	return ""
}

// suggest adds what a person may want to book although the amount differs: one
// invoice in part, or all of them and the rest as credit.
func (m *match) suggest(o Outcome, open []int) Outcome {
	var sum int64
	for _, i := range open {
		sum += m.ix.items[i].signed()
	}
	switch {
	case len(open) == 1:
		return m.allocate(o, m.part(open[0], m.amount))
	case sum > 0 && sum < m.amount:
		return m.allocate(o, m.whole(open)...)
	}
	return o
}

// bookUnequal books a trusted payment of another amount than is open: in part,
// or with a rest that is credit or, by policy, pays the oldest invoices.
func (m *match) bookUnequal(o Outcome, i int) Outcome {
	it := &m.ix.items[i]
	if m.amount < it.Open.Minor {
		if o.Rule == RuleStructuredReference {
			o.Rule = RuleStructuredReferencePartial
		}
		return m.allocate(o, m.part(i, m.amount))
	}
	if o.Rule == RuleStructuredReference {
		o.Rule = RuleStructuredReferenceOver
	}
	booked := []Allocation{m.part(i, m.amount)}
	rest := m.amount - it.Open.Minor
	if m.ix.policy.OldestFirst {
		others := m.oldest(it.CustomerID, i, rest)
		if booked = append(booked, others...); len(others) > 0 {
			o.Flags = append(o.Flags, FlagOldestFirst)
		}
	}
	o = m.allocate(o, booked...)
	if o.Unallocated == it.Open {
		o.Flags = append(o.Flags, FlagDoublePayment)
	}
	return o
}

// oldest pays the customer's other invoices, the oldest first.
func (m *match) oldest(customer string, except int, rest int64) []Allocation {
	var booked []Allocation
	for _, i := range m.ix.byCustomer[customer] {
		it := &m.ix.items[i]
		if rest == 0 {
			break
		}
		if i != except && !it.Closed && it.Kind == Invoice && it.Open.Currency == m.p.Amount.Currency {
			booked = append(booked, m.part(i, rest))
			rest -= min(rest, it.Open.Minor)
		}
	}
	return booked
}

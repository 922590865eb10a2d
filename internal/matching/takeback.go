package matching

import "slices"

// takeBack leads money that is taken back to the payment it was. The first
// source that leads to a payment of the amount decides.
func (m *match) takeBack() Outcome {
	m.read()
	var known []int // the documents that could be meant
	var unfit *Outcome
	for _, source := range []struct {
		payments []string
		hits     []hit
	}{
		{m.paymentsByEndToEnd(), nil},
		{nil, m.endToEnd},
		{nil, m.references},
		{nil, m.numbers},
	} {
		payments := source.payments
		for _, h := range source.hits {
			for _, i := range h.items {
				known = append(known, i)
				for _, r := range m.ix.items[i].Receipts {
					payments = append(payments, r.PaymentID)
				}
			}
		}
		if len(payments) == 0 {
			continue
		}
		o, fit := m.takeBackOne(distinct(payments), source.hits)
		if fit {
			return o
		}
		if unfit == nil {
			unfit = &o
		}
	}
	if unfit != nil {
		return *unfit
	}
	if len(known) == 0 {
		return m.none(ReasonNothingFound)
	}
	known = distinct(known)
	o := m.outcome(Propose, RuleReturnOfPayment, m.customer(known), slices.Concat(m.endToEnd, m.references, m.numbers))
	return m.propose(o, known, ReasonNoReceipt)
}

// paymentsByEndToEnd are the payments that came under the id of the return.
func (m *match) paymentsByEndToEnd() []string {
	var payments []string
	for _, id := range []string{m.p.EndToEndID, m.p.OriginalReference} {
		if key := endToEndKey(id); key != "" {
			payments = append(payments, m.ix.payments[key]...)
		}
	}
	return slices.DeleteFunc(payments, func(id string) bool { return len(m.ix.byPayment[id]) == 0 })
}

// takeBackOne picks the payment that is taken back: the only one, or of several
// of one customer the only one whose amount fits.
func (m *match) takeBackOne(payments []string, hits []hit) (o Outcome, fit bool) {
	var items, fitting []int
	for k, id := range payments {
		items = append(items, m.ix.byPayment[id]...)
		if m.fits(id) {
			fitting = append(fitting, k)
		}
	}
	items = distinct(items)
	customer := m.customer(items)
	o = m.outcome(Return, RuleReturnOfPayment, customer, hits)
	switch {
	case len(fitting) == 0 && m.foreign(items):
		return m.propose(o, items, ReasonCurrencyDiffers), false
	case len(fitting) == 0:
		return m.propose(o, items, ReasonAmountDiffers), false
	case len(fitting) > 1:
		o.Flags = append(o.Flags, FlagAmbiguous)
		return m.propose(o, items, ReasonAmbiguousReceipt), true
	case customer == "":
		return m.propose(o, items, ReasonTwoCustomers), true
	}
	reopened, whole := m.reopen(o, payments[fitting[0]])
	if !whole {
		return m.propose(o, items, ReasonIncomplete), true
	}
	return reopened, true
}

// total is the whole of a payment, and what of it became credit, in minor units;
// 0 in another currency.
func (m *match) total(payment string) (total, credit int64) {
	for _, i := range m.ix.byPayment[payment] {
		for _, r := range m.ix.items[i].Receipts {
			if r.PaymentID == payment && r.Total.Currency == m.p.Amount.Currency {
				return r.Total.Minor, r.Unallocated.Minor
			}
		}
	}
	return 0, 0
}

// fits reports whether what left the account is the payment, or the payment and
// a fee: the charges or the difference that the bank names, else no more than
// the policy takes for a fee.
func (m *match) fits(payment string) bool {
	total, _ := m.total(payment)
	fee := m.amount - total
	original, charges := m.p.OriginalAmount.Minor, m.p.Charges.Minor
	switch {
	case total == 0 || fee < 0 || (original != 0 && max(original, -original) != total):
		return false
	case fee == 0:
		return true
	case charges != 0:
		return fee == max(charges, -charges)
	case original != 0:
		return true
	}
	return within(fee, m.ix.policy.MaxReturnFee, m.p.Amount.Currency)
}

// reopen takes back all that the payment paid, discounts included. It is not
// whole when the parts that are known do not make up the payment.
func (m *match) reopen(o Outcome, payment string) (reopened Outcome, whole bool) {
	total, credit := m.total(payment)
	o.ReturnOf = payment
	o.Fee = m.money(m.amount - total)
	o.Unallocated = m.money(-credit)
	missing := total - credit
	for _, i := range distinct(m.ix.byPayment[payment]) {
		it := &m.ix.items[i]
		a := Allocation{ItemID: it.ID, Amount: m.money(0), Discount: m.money(0), Rounding: m.money(0), Left: it.Open}
		for _, r := range it.Receipts {
			if r.PaymentID == payment {
				a.Amount.Minor -= r.Amount.Minor
				a.Discount.Minor -= r.Discount.Minor
				a.Rounding.Minor -= r.Rounding.Minor
			}
		}
		o.prove(EvidenceReceipt, it)
		if effect := it.effect(a); effect != 0 {
			a.Left.Minor += effect
			missing += a.Amount.Minor
			o.Allocations = append(o.Allocations, a)
		}
	}
	return o, missing == 0
}

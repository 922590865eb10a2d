package matching

import (
	"slices"

	"maan/internal/money"
)

// mostCandidates bounds what a person is shown to choose from.
const mostCandidates = 20

// match is the matching of one payment.
type match struct {
	ix     *Index
	p      *Payment
	amount int64 // what came in, or of a return what left, in minor units

	references []hit
	endToEnd   []hit
	numbers    []hit
}

// Match says what becomes of a payment. It changes nothing; see Apply.
func (ix *Index) Match(p Payment) Outcome {
	m := &match{ix: ix, p: &p, amount: p.Amount.Minor}
	switch {
	case p.Amount.Minor > maxPayment || p.Amount.Minor < -maxPayment:
		return m.none(ReasonOutOfRange)
	case p.Amount.IsNegative() && p.takesBack():
		m.amount = -m.amount
		return m.takeBack()
	case !p.Amount.IsPositive() || p.takesBack():
		return m.none(ReasonNotReceived)
	}
	m.read()
	if len(m.references) > 0 {
		weaker := slices.Concat(m.endToEnd, m.numbers)
		return m.byTrusted(RuleStructuredReference, m.references, weaker)
	}
	if len(m.endToEnd) > 0 {
		return m.byTrusted(RuleEndToEndID, m.endToEnd, m.numbers)
	}
	if len(m.numbers) > 0 {
		return m.byNumbers()
	}
	return m.byPayer()
}

// read collects what the payment names. Whatever is no reference, id or number
// of ours where the bank says it is one is read like free text.
func (m *match) read() {
	texts := []string{m.p.Text}
	for _, r := range m.p.References {
		if !m.readReference(r) {
			texts = append(texts, r.Value)
		}
	}
	if !m.readEndToEnd(m.p.EndToEndID) {
		texts = append(texts, endToEndKey(m.p.EndToEndID))
	}
	for _, number := range m.p.InvoiceNumbers {
		key := numberKey(number)
		if items := m.ix.byNumber[key]; len(items) > 0 && key != "" {
			m.numbers = append(m.numbers, hit{key, items, EvidenceNumber})
		} else {
			texts = append(texts, number)
		}
	}
	if original := m.p.OriginalReference; original != "" && !m.readReference(Reference{Value: original}) && !m.readEndToEnd(original) {
		texts = append(texts, original)
	}
	for _, text := range texts {
		references, numbers := m.ix.scan(text)
		m.references = append(m.references, references...)
		m.numbers = append(m.numbers, numbers...)
	}
	m.references, m.endToEnd, m.numbers = eachOnce(m.references), eachOnce(m.endToEnd), eachOnce(m.numbers)
}

func (m *match) readReference(r Reference) (known bool) {
	key, ok := referenceKey(r)
	items := m.ix.byReference[key]
	if !ok || len(items) == 0 {
		return false
	}
	m.references = append(m.references, hit{key, items, EvidenceReference})
	return true
}

func (m *match) readEndToEnd(id string) (known bool) {
	key := endToEndKey(id)
	items := m.ix.byEndToEnd[key]
	if len(items) > 0 {
		m.endToEnd = append(m.endToEnd, hit{key, items, EvidenceEndToEndID})
	}
	return len(items) > 0
}

func eachOnce(hits []hit) []hit {
	seen := make(map[string]bool, len(hits))
	return slices.DeleteFunc(hits, func(h hit) bool {
		again := seen[h.key]
		seen[h.key] = true
		return again
	})
}

// named is what hits come down to.
type named struct {
	open      []int
	closed    []int
	all       []int // of every hit, ambiguous ones included
	ambiguous bool
}

// resolve leads each hit to one document: of several with the same key to the
// one that is open. Hits on documents that are known already say nothing new.
func (m *match) resolve(hits []hit, known []int) named {
	var n named
	for _, h := range hits {
		if slices.ContainsFunc(h.items, func(i int) bool { return slices.Contains(known, i) }) {
			continue
		}
		n.all = append(n.all, h.items...)
		var open []int
		for _, i := range h.items {
			if !m.ix.items[i].Closed {
				open = append(open, i)
			}
		}
		switch {
		case len(open) > 1:
			n.ambiguous = true
		case len(open) == 1:
			n.open = append(n.open, open[0])
		default:
			n.closed = append(n.closed, h.items...)
		}
	}
	n.open, n.closed, n.all = distinct(n.open), distinct(n.closed), distinct(n.all)
	return n
}

// customer is whose all the documents are; "" when they are of several.
func (m *match) customer(items []int) string {
	var customer string
	for _, i := range items {
		if c := m.ix.items[i].CustomerID; customer == "" {
			customer = c
		} else if c != customer {
			return ""
		}
	}
	return customer
}

func (m *match) foreign(items []int) bool {
	return slices.ContainsFunc(items, func(i int) bool { return m.ix.items[i].Open.Currency != m.p.Amount.Currency })
}

// outcome is one without allocations, with the evidence of the hits.
func (m *match) outcome(d Decision, r Rule, customer string, hits []hit) Outcome {
	o := Outcome{Decision: d, Rule: r, CustomerID: customer, Unallocated: m.p.Amount, Fee: m.money(0)}
	for _, h := range hits {
		for _, i := range h.items {
			if len(o.Evidence) < mostCandidates {
				o.prove(h.code, &m.ix.items[i])
			}
		}
	}
	return o
}

// none is the outcome of a payment that no rule is about.
func (m *match) none(reason Reason) Outcome {
	o := m.outcome(None, RuleNone, "", nil)
	o.Reasons = []Reason{reason}
	return o
}

// propose leaves the payment to a person.
func (m *match) propose(o Outcome, candidates []int, reasons ...Reason) Outcome {
	o.Decision, o.Reasons = Propose, append(o.Reasons, reasons...)
	o.Candidates = m.ids(candidates)
	return o
}

func (m *match) ids(items []int) []string {
	var ids []string
	for _, i := range items[:min(len(items), mostCandidates)] {
		ids = append(ids, m.ix.items[i].ID)
	}
	return ids
}

func (o *Outcome) prove(code EvidenceCode, it *Item) {
	o.Evidence = append(o.Evidence, Evidence{Code: code, ItemID: it.ID, Number: it.Number})
}

func (m *match) money(minor int64) money.Amount { return money.New(minor, m.p.Amount.Currency) }

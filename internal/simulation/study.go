package simulation

import (
	"slices"
	"strings"

	"maan/internal/dunning"
)

// Study is one report, or two policies over the same history side by side.
type Study struct {
	Report     *Report     `json:"report"`
	Against    *Report     `json:"against,omitempty"`
	Comparison *Comparison `json:"comparison,omitempty"`
}

// Comparison is where two policies differ.
type Comparison struct {
	Groups []Group `json:"groups"`
	// Differing are the numbers of the invoices for which a step was done on other days, or
	// under one policy only.
	Differing []string `json:"differing_invoices"`
}

// Group is a part of a comparison.
type Group struct {
	Name    string       `json:"group"`
	Figures []Difference `json:"figures"`
}

// Difference is one figure of both reports; Difference is the second less the first.
type Difference struct {
	Figure     string `json:"figure"` // a stable name: "done.reminder"
	Label      string `json:"label"`
	Report     int    `json:"report"`
	Against    int    `json:"against"`
	Difference int    `json:"difference"`
}

// NewStudy sets a report out, against another one of the same history if that is given.
func NewStudy(report, against *Report) *Study {
	s := &Study{Report: report, Against: against}
	if against == nil {
		return s
	}
	s.Comparison = &Comparison{Groups: s.groups(), Differing: []string{}}
	for n, t := range report.Timelines {
		if slices.ContainsFunc(sideBySide(t, against.Timelines[n]), pair.differs) {
			s.Comparison.Differing = append(s.Comparison.Differing, t.Invoice.Number)
		}
	}
	return s
}

// names are the headings of the one or two reports, told apart where they are the same.
func (s *Study) names() []string {
	if s.Against == nil {
		return []string{s.Report.Policy}
	}
	if s.Report.Policy == s.Against.Policy {
		return []string{s.Report.Policy, s.Against.Policy + " (against)"}
	}
	return []string{s.Report.Policy, s.Against.Policy}
}

// groups puts the figures of the reports next to each other.
func (s *Study) groups() []Group {
	groups := s.Report.groups()
	if s.Against == nil {
		return groups
	}
	for g, other := range s.Against.groups() {
		figures := &groups[g].Figures
		for _, f := range other.Figures {
			n := slices.IndexFunc(*figures, func(d Difference) bool { return d.Figure == f.Figure })
			if n < 0 {
				*figures = append(*figures, Difference{Figure: f.Figure, Label: f.Label})
				n = len(*figures) - 1
			}
			(*figures)[n].Against = f.Report
		}
		for n := range *figures {
			(*figures)[n].Difference = (*figures)[n].Against - (*figures)[n].Report
		}
		if other.Name == groupMonths {
			slices.SortFunc(*figures, func(a, b Difference) int { return strings.Compare(a.Figure, b.Figure) })
		}
	}
	return groups
}

// The groups of figures.
const (
	groupDone     = "steps done"
	groupPaid     = "paid before the step"
	groupTotals   = "in all"
	groupInvoices = "invoices by number of contacts"
	groupWeekdays = "contacts by weekday"
	groupMonths   = "contacts by month"
)

// groups are the figures of one report.
func (r *Report) groups() []Group {
	done, paid := Group{Name: groupDone}, Group{Name: groupPaid}
	for _, s := range r.Steps {
		name, label := string(s.Step), s.Label
		if s.Policy != r.Policy { // of a debtor without a ladder
			name, label = s.Policy+"."+name, label+" ("+s.Policy+")"
		}
		done.add("done."+name, label, s.Done.Count)
		paid.add("paid_before."+name, label, s.PaidBefore.Count)
	}
	totals := Group{Name: groupTotals}
	totals.add("contacts", "contacts", r.Contacts.Total)
	totals.add("paid_before_contact", "paid before the first contact", r.BeforeContact.Count)
	totals.add("emails", "e-mails", r.Acts.Emails)
	totals.add("sms", "SMS", r.Acts.SMS)
	totals.add("calls", "calls", r.Acts.Calls)
	totals.add("call_tasks", "call tasks", r.Acts.CallTasks)
	totals.add("escalations", "escalations to sales", r.Acts.Escalations)
	totals.add("hand_offs", "hand-offs to the agency", r.Acts.HandOffs)
	totals.add("tasks", "other tasks", r.Acts.Tasks)
	return []Group{
		done, paid, totals, bars(groupInvoices, "invoices.", r.Contacts.Invoices), bars(groupWeekdays, "weekday.", r.Contacts.Weekdays),
		bars(groupMonths, "month.", r.Contacts.Months),
	}
}

func (g *Group) add(figure, label string, n int) {
	g.Figures = append(g.Figures, Difference{Figure: figure, Label: label, Report: n})
}

func bars(name, prefix string, bars []Bar) Group {
	g := Group{Name: name}
	for _, b := range bars {
		g.add(prefix+strings.ToLower(b.Of), b.Of, b.Count)
	}
	return g
}

func byName(a, b Bar) int { return strings.Compare(a.Of, b.Of) }

// pair is a step of one invoice under both policies; nil where a policy has no such step.
type pair struct{ report, against *Step }

// sideBySide pairs the steps of an invoice, in the first policy's order.
func sideBySide(a, b *Timeline) []pair {
	pairs := make([]pair, 0, len(a.Steps)+1)
	for i := range a.Steps {
		pairs = append(pairs, pair{report: &a.Steps[i]})
	}
	for i := range b.Steps {
		n := slices.IndexFunc(pairs, func(p pair) bool { return p.report != nil && p.report.Step == b.Steps[i].Step })
		if n < 0 {
			pairs = append(pairs, pair{against: &b.Steps[i]})
			continue
		}
		pairs[n].against = &b.Steps[i]
	}
	return pairs
}

// differs reports whether the step was done on other days, or on one side only.
func (p pair) differs() bool {
	a, b := p.report.doneOn(), p.against.doneOn()
	return a != b
}

// doneOn is the customer's day on which the step was done; empty: it was not.
func (s *Step) doneOn() string {
	if s == nil || s.Answer != dunning.AnswerDone {
		return ""
	}
	return s.At.Format("2006-01-02")
}

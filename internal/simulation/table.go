package simulation

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"maan/internal/dunning"
)

// WriteTable writes the study for a reader at a terminal.
func (s *Study) WriteTable(w io.Writer) error {
	var b strings.Builder
	r := s.Report
	fmt.Fprintf(&b, "%d invoices of %d customers, issued %s to %s: %d paid, %d of them late; %d disputed\n",
		r.Invoices, r.Customers, r.From, r.To, r.Paid, r.PaidLate, r.Disputed)
	if r.LeftOut > 0 {
		fmt.Fprintf(&b, "%d rows were left out for their faults\n", r.LeftOut)
	}
	names := s.names()
	for n, report := range s.reports() {
		fmt.Fprintf(&b, "\nPolicy %s: %s\n\n", names[n], report.Title)
		report.stepTable().write(&b)
		fmt.Fprintf(&b, "\nContacts (reminders, notices, calls): %d, %s an invoice. Paid before the first contact: %d (%s %%).\n",
			report.Contacts.Total, report.Contacts.PerInvoice, report.BeforeContact.Count, report.BeforeContact.Percent)
		fmt.Fprintf(&b, "What must be 0: %d on disputed invoices, %d after payment, %d on weekends and holidays.\n",
			report.Broken.Disputed, report.Broken.AfterPayment, report.Broken.FreeDays)
	}
	for _, g := range s.groups() {
		if s.Against == nil && (g.Name == groupDone || g.Name == groupPaid) {
			continue // the table of the steps has them
		}
		b.WriteString("\n")
		g.table(names).write(&b)
	}
	if s.Comparison != nil {
		fmt.Fprintf(&b, "\nInvoices for which a step was done on other days, or under one policy only: %d\n", len(s.Comparison.Differing))
	}
	b.WriteString("\nAssumptions\n")
	for _, a := range r.Assumptions {
		fmt.Fprintf(&b, "- %s\n", a)
	}
	_, err := io.WriteString(w, b.String())
	if err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

func (s *Study) reports() []*Report {
	if s.Against == nil {
		return []*Report{s.Report}
	}
	return []*Report{s.Report, s.Against}
}

func (r *Report) stepTable() *table {
	t := &table{right: []bool{false, false, true, true, true, true, false, false}}
	t.row("step", "what", "done", "%", "paid before", "%", "not done", "waited")
	for _, s := range r.Steps {
		label := s.Label
		if s.Policy != r.Policy {
			label += " (" + s.Policy + ")"
		}
		t.row(label, what(s), strconv.Itoa(s.Done.Count), s.Done.Percent, strconv.Itoa(s.PaidBefore.Count), s.PaidBefore.Percent,
			s.notDone(), reasons(s.Waited))
	}
	return t
}

// what says in words what a step does.
func what(s StepReport) string {
	var channels []string
	for _, c := range s.Channels {
		channels = append(channels, map[dunning.Channel]string{dunning.ChannelEmail: "e-mail", dunning.ChannelSMS: "SMS"}[c])
	}
	switch s.Do {
	case dunning.DoCall:
		return "call task"
	case dunning.DoEscalate:
		return "e-mail to sales"
	case dunning.DoHandOff:
		return "dossier to the agency"
	case dunning.DoTask:
		return "task"
	default:
		return strings.Join(channels, " + ")
	}
}

// notDone are the reasons other than a payment.
func (r *StepReport) notDone() string {
	all := maps.Clone(r.Skipped)
	for why, n := range r.Failed {
		all["failed: "+why] += n
	}
	if r.Waiting > 0 {
		all["waits for ever"] = r.Waiting
	}
	return reasons(all)
}

func reasons(counts map[dunning.Reason]int) string {
	var words []string
	for _, why := range slices.Sorted(maps.Keys(counts)) {
		words = append(words, fmt.Sprintf("%s %d", why, counts[why]))
	}
	return strings.Join(words, ", ")
}

func (g *Group) table(names []string) *table {
	t := &table{right: []bool{false, true, true, true}}
	if len(names) == 1 {
		t.row(g.Name, "")
	} else {
		t.row(g.Name, names[0], names[1], "difference")
	}
	for _, f := range g.Figures {
		if len(names) == 1 {
			t.row(f.Label, strconv.Itoa(f.Report))
			continue
		}
		t.row(f.Label, strconv.Itoa(f.Report), strconv.Itoa(f.Against), signed(f.Difference))
	}
	return t
}

func signed(n int) string {
	if n == 0 {
		return "0"
	}
	return fmt.Sprintf("%+d", n)
}

// table lines up columns of text; the first row is its heading.
type table struct {
	right []bool // columns of numbers
	rows  [][]string
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) write(b *strings.Builder) {
	widths := make([]int, len(t.right))
	for _, row := range t.rows {
		for c, cell := range row {
			widths[c] = max(widths[c], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range t.rows {
		var line strings.Builder
		for c, cell := range row {
			pad := strings.Repeat(" ", widths[c]-utf8.RuneCountInString(cell))
			if t.right[c] {
				cell = pad + cell
			} else {
				cell += pad
			}
			line.WriteString(cell + "  ")
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

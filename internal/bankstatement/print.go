package bankstatement

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"maan/internal/calendar"
	"maan/internal/reference"
)

// Print writes a document for people: of each statement the account, the
// period, the balances and whether they fit, the entries, and the totals.
func Print(w io.Writer, d *Document) error {
	var b bytes.Buffer
	for i, st := range d.Statements {
		if i > 0 {
			b.WriteByte('\n')
		}
		st.print(&b)
	}
	if len(d.Warnings) > 0 {
		b.WriteString("\nWarnings\n")
	}
	for _, f := range d.Warnings {
		fmt.Fprintf(&b, "  %s\n", f)
	}
	if d.MoreWarnings > 0 {
		fmt.Fprintf(&b, "  and %d more\n", d.MoreWarnings)
	}
	// The table pads its last column.
	lines := strings.Split(b.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n"))
	return err //nolint:wrapcheck // the caller knows what it writes to
}

func (st *Statement) print(b *bytes.Buffer) {
	fmt.Fprintf(b, "Statement %s", st.ID)
	if st.Sequence > 0 {
		fmt.Fprintf(b, ", number %d", st.Sequence)
	}
	fmt.Fprintf(b, "\n  Account  %s %s\n", reference.FormatIBAN(st.Account.ID()), st.Account.Currency)
	if !st.From.IsZero() || !st.To.IsZero() {
		fmt.Fprintf(b, "  Period   %s to %s\n", day(st.From), day(st.To))
	}
	fmt.Fprintf(b, "  Opening  %s\n  Closing  %s\n  Check    %s\n", st.Opening, st.Closing, st.Check)
	if len(st.Entries) > 0 {
		b.WriteByte('\n')
		table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		for i := range st.Entries {
			st.Entries[i].print(table)
		}
		_ = table.Flush() // a buffer takes everything
	}
	t := st.Totals
	fmt.Fprintf(b, "\n  Booked   entries %d, transactions %d, credits %s, debits %s\n", t.Booked, t.Transactions, t.Credits, t.Debits)
	if t.Unbooked > 0 {
		fmt.Fprintf(b, "  Unbooked entries %d, which do not count\n", t.Unbooked)
	}
}

func day(d calendar.Date) string { return cmp.Or(d.String(), "?") }

// String returns the amount and the date, or that there is none.
func (b *Balance) String() string {
	if b == nil {
		return "not stated"
	}
	return fmt.Sprintf("%s on %s", b.Amount, day(b.Date))
}

// String returns the result, with the difference where there is one.
func (c Check) String() string {
	if c.Result == Unbalanced {
		return fmt.Sprintf("%s by %s", c.Result, c.Difference)
	}
	return string(c.Result)
}

// print writes a line for the entry and, of a batch, one for each transaction.
func (e *Entry) print(w io.Writer) {
	if len(e.Transactions) == 1 {
		t := &e.Transactions[0]
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\n", day(e.ValueDate), sign(e.Amount.Decimal()), t.reference(), t.Counterparty.Name, e.marks(t))
		return
	}
	fmt.Fprintf(w, "  %s\t%s\tbatch of %d\t\t%s\n", day(e.ValueDate), sign(e.Amount.Decimal()), len(e.Transactions), e.marks(&Transaction{Payments: 1}))
	for i := range e.Transactions {
		t := &e.Transactions[i]
		fmt.Fprintf(w, "  \t  %s\t%s\t%s\t%s\n", sign(t.Amount.Decimal()), t.reference(), t.Counterparty.Name, t.marks())
	}
}

// sign writes the plus as well: the sign is what is read wrong most easily.
func sign(decimal string) string {
	if strings.HasPrefix(decimal, "-") {
		return decimal
	}
	return "+" + decimal
}

// reference is the first of what a payment says of its purpose.
func (t *Transaction) reference() string {
	switch {
	case len(t.References) > 0:
		return fmt.Sprintf("%s %s", t.References[0].Scheme, t.References[0].Value)
	case len(t.InvoiceNumbers) > 0:
		return "invoice " + t.InvoiceNumbers[0]
	case t.Text == "" && t.EndToEndID != "":
		return "e2e " + t.EndToEndID
	}
	const most = 40
	if runes := []rune(t.Text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return cmp.Or(t.Text, "-")
}

func (e *Entry) marks(t *Transaction) string {
	var marks []string
	if e.Status != Booked {
		marks = append(marks, string(e.Status))
	}
	if e.Reversal {
		marks = append(marks, "reversal")
	}
	if m := t.marks(); m != "" {
		marks = append(marks, m)
	}
	return strings.Join(marks, ", ")
}

func (t *Transaction) marks() string {
	var marks []string
	if t.Payments > 1 {
		marks = append(marks, fmt.Sprintf("%d payments", t.Payments))
	}
	if t.ReturnReason != "" {
		marks = append(marks, returned(t.ReturnReason))
	}
	if !t.Charges.IsZero() {
		marks = append(marks, "charges "+t.Charges.Decimal())
	}
	return strings.Join(marks, ", ")
}

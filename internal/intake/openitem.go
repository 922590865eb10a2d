package intake

import (
	"cmp"
	"strconv"

	"maan/internal/calendar"
	"maan/internal/money"
	"maan/internal/sheet"
)

// rowType says what a row of a snapshot is.
type rowType string

const (
	rowCustomer   rowType = "customer"
	rowContact    rowType = "contact"
	rowInvoice    rowType = "invoice"
	rowCreditNote rowType = "credit_note"
	rowCash       rowType = "cash"
	rowTotal      rowType = "total"
	rowEnd        rowType = "end"
)

var rowTypes = words(map[rowType]string{
	rowCustomer:   "customer klant debiteur kunde debitor client",
	rowContact:    "contact contactpersoon ansprechpartner kontakt",
	rowInvoice:    "invoice factuur rechnung facture",
	rowCreditNote: "credit_note credit_memo creditnota creditfactuur gutschrift avoir note_de_crédit",
	rowCash:       "cash on_account payment_on_account betaling vooruitbetaling zahlung akontozahlung acompte paiement",
	rowTotal:      "total totaal summe",
	rowEnd:        "end eof einde ende fin",
})

// NoteNothingOpen says that a row was left out, for nothing of it is open.
const NoteNothingOpen sheet.Code = "nothing_open"

type snapshotReader struct {
	o         SnapshotOptions
	out       *Snapshot
	customers *customers
	listed    map[string]bool // numbers in out.Customers
	totals    map[money.Currency]*Total
	// sign is the sign of the first credit note, and of the first cash: ERPs write them
	// either way, but not both.
	sign                        map[rowType]int64
	invoices, creditNotes, cash numbers

	name  string // of the file being read
	tally *tally // of the file being read
}

// row reads one row and counts it.
func (in *snapshotReader) row(r *sheet.Row) error {
	kind := rowType("")
	if !r.Broken() {
		kind = in.take(r)
	}
	in.tally.count(kind, r)
	for _, n := range r.Notes {
		in.note(n)
	}
	if !r.Bad() {
		return nil
	}
	for _, f := range r.Faults {
		if len(in.out.Faults) < MaxFaults {
			in.out.Faults = append(in.out.Faults, SourceFault{Source: in.name, Fault: f})
		}
	}
	in.out.FaultCount += len(r.Faults)
	if in.o.Faulty != nil {
		return in.o.Faulty(in.name, r)
	}
	return nil
}

// take reads a row by its type.
func (in *snapshotReader) take(r *sheet.Row) rowType {
	kind, ok := word(r, "type", rowTypes, "write customer, contact, invoice, credit_note, cash, total or end")
	if !ok {
		if !r.Bad() {
			r.Need("type")
		}
		return kind
	}
	in.day(r)
	switch kind {
	case rowCustomer:
		in.customer(r)
	case rowContact:
		in.contact(r)
	case rowInvoice:
		in.invoice(r)
	case rowCreditNote:
		in.credit(r, kind, in.creditNotes, &in.out.CreditNotes)
	case rowCash:
		in.credit(r, kind, in.cash, &in.out.Cash)
	case rowTotal, rowEnd:
		in.tally.declare(r, kind)
	}
	return kind
}

// day keeps all rows to one day.
func (in *snapshotReader) day(r *sheet.Row) {
	switch day := r.Date("as_of"); {
	case day.IsZero() || day == in.out.AsOf:
	case in.out.AsOf.IsZero():
		in.out.AsOf = day
	default:
		r.Fail("as_of", CodeContradiction, "the row is of another day than the snapshot", "send one day at a time")
	}
}

func (in *snapshotReader) customer(r *sheet.Row) {
	c := in.customers.read(r)
	r.Need("name")
	if !r.Bad() && !in.listed[c.Number] {
		in.listed[c.Number] = true
		in.out.Customers = append(in.out.Customers, c)
	}
}

func (in *snapshotReader) place(r *sheet.Row) Place { return Place{Source: in.name, Line: r.Line} }

func (in *snapshotReader) contact(r *sheet.Row) {
	number := need(r, "customer_number", maxNumber)
	c := in.customers.contact(r, country(r))
	if c == nil && !r.Bad() {
		r.Fail("email", sheet.CodeMissing, "the contact has no name, address or number", "give at least one of them")
	}
	if !r.Bad() {
		in.out.Contacts = append(in.out.Contacts, CustomerContact{Place: in.place(r), CustomerNumber: number, Contact: *c})
	}
}

func (in *snapshotReader) invoice(r *sheet.Row) {
	i := OpenInvoice{
		Place: in.place(r), CustomerNumber: need(r, "customer_number", maxNumber), Number: need(r, "number", maxNumber), PurchaseOrder: line(r, "purchase_order", 200),
		PaymentReference: line(r, "payment_reference", 140),
	}
	r.Need("issue_date")
	r.Need("due_date")
	r.Need("amount")
	r.Need("open_amount")
	i.IssueDate, i.DueDate = r.Date("issue_date"), r.Date("due_date")
	checkDates(r, i.IssueDate, i.DueDate, in.o.Today)
	c := currency(r)
	amount, ok := r.Amount("amount", c)
	open, opened := r.Amount("open_amount", c)
	i.Amount, i.Open = amount, open
	switch {
	case ok && !amount.IsPositive():
		r.Fail("amount", CodeNotPositive, "an invoice is for more than zero", "give credit notes the type credit_note, and cash the type cash")
	case opened && open.IsNegative():
		r.Fail("open_amount", CodeNotPositive, "less than nothing is open", "give what was paid too much the type cash")
	case ok && opened && open.Minor > amount.Minor:
		r.Fail("open_amount", CodeOpenExceeds, "more is open than the invoice is for", "correct one of the amounts; interest and costs are no part of them")
	}
	if in.counts(r, "number", i.Number, in.invoices, &i, open) {
		in.out.Invoices = append(in.out.Invoices, i)
		in.add(func(t *Total) *money.Amount { return &t.Invoices }, open, 1)
	}
}

// counts adds a good row to what the file's own totals are compared with, and reports
// whether it is an open item that was not there before.
func (in *snapshotReader) counts(r *sheet.Row, field, number string, seen numbers, what any, open money.Amount) bool {
	if r.Bad() {
		return false
	}
	first := seen.check(r, field, number, what)
	if r.Bad() {
		return false
	}
	in.tally.add(open)
	if open.IsZero() {
		r.Note(NoteNothingOpen, "nothing is open; the row is left out")
	}
	return first && !open.IsZero()
}

// credit reads a credit note or cash.
func (in *snapshotReader) credit(r *sheet.Row, kind rowType, seen numbers, list *[]OpenCredit) {
	c := OpenCredit{
		Place: in.place(r), CustomerNumber: need(r, "customer_number", maxNumber), Number: need(r, "number", 140), AppliesTo: line(r, "applies_to", maxNumber),
	}
	r.Need("issue_date")
	r.Need("open_amount")
	c.Date = r.Date("issue_date")
	in.ahead(r, c.Date)
	code := currency(r)
	open, _ := r.Amount("open_amount", code)
	amount, stated := r.Amount("amount", code)
	if !stated {
		amount = open
	}
	sign := in.signOf(r, kind, cmp.Or(open.Minor, amount.Minor))
	c.Amount, c.Open = money.New(sign*amount.Minor, code), money.New(sign*open.Minor, code)
	switch {
	case r.Bad():
	case c.Amount.IsNegative() || (c.Amount.IsZero() && !c.Open.IsZero()):
		r.Fail("amount", CodeContradiction, "the amount has another sign than what is open of it", "give both the same sign")
	case c.Open.Minor > c.Amount.Minor:
		r.Fail("open_amount", CodeOpenExceeds, "more is open than the amount", "correct one of the amounts")
	}
	if in.counts(r, "number", c.Number, seen, &c, c.Open.Neg()) {
		*list = append(*list, c)
		part := func(t *Total) *money.Amount { return &t.CreditNotes }
		if kind == rowCash {
			part = func(t *Total) *money.Amount { return &t.Cash }
		}
		in.add(part, c.Open, -1)
	}
}

func (in *snapshotReader) ahead(r *sheet.Row, on calendar.Date) {
	if !in.o.Today.IsZero() && on.After(in.o.Today.AddDays(366)) {
		r.Fail("issue_date", CodeTooFar, "the day lies more than a year ahead", "correct the date")
	}
}

// signOf is the sign that the file gives to credits of a kind.
func (in *snapshotReader) signOf(r *sheet.Row, kind rowType, minor int64) int64 {
	if minor == 0 {
		return 1
	}
	sign := int64(1)
	if minor < 0 {
		sign = -1
	}
	if before := in.sign[kind]; before != 0 && before != sign {
		r.Fail("open_amount", CodeContradiction, "the amount has another sign than the others of its type", "write all of them with a minus, or none")
	} else {
		in.sign[kind] = sign
	}
	return sign
}

// add adds an open item to the totals of its currency; sign is that of the net.
func (in *snapshotReader) add(part func(*Total) *money.Amount, open money.Amount, sign int64) {
	t := in.totals[open.Currency]
	if t == nil {
		zero := money.New(0, open.Currency)
		t = &Total{Currency: open.Currency, Invoices: zero, CreditNotes: zero, Cash: zero, Net: zero}
		in.totals[open.Currency] = t
	}
	sum, err := part(t).Add(open)
	if err == nil {
		*part(t) = sum
		t.Net, err = t.Net.Add(money.New(sign*open.Minor, open.Currency))
	}
	if err != nil {
		in.tally.overflow = true
	}
	t.Items++
}

// wholeNumber reads a count; ok is false for an empty cell and for one with a fault.
func wholeNumber(r *sheet.Row, field string) (n int, ok bool) {
	text := r.Text(field)
	if text == "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		r.Fail(field, sheet.CodeInvalidAmount, "this is not a number of rows", "write digits only")
		return 0, false
	}
	return n, true
}

package intake

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"maan/internal/calendar"
	"maan/internal/money"
	"maan/internal/sheet"
)

// Snapshot is all that an ERP held open on a day: what is not in it is not open any
// more. That holds only where Complete: of a snapshot that is not complete the caller
// may take what is there, and must close nothing.
type Snapshot struct {
	AsOf        calendar.Date
	Customers   []Customer // each number once
	Contacts    []CustomerContact
	Invoices    []OpenInvoice
	CreditNotes []OpenCredit
	Cash        []OpenCredit // received and not yet set against an invoice
	Totals      []Total      // by currency, in the order of their codes
	Complete    bool
	Why         []string // each reason why it is not complete

	Faults     []SourceFault // the first of them, see MaxFaults
	FaultCount int           // all of them
	Notes      []SourceNote  // the first of them, see MaxFaults
}

// MaxFaults bounds the faults, and the notes, that a Snapshot keeps; SnapshotOptions.Faulty
// gets every row.
const MaxFaults = 1000

// Place is where a row stands; it is no part of what the row says.
type Place struct {
	Source string
	Line   int
}

// OpenInvoice is an invoice of which something is still owed.
type OpenInvoice struct {
	Place            Place         `json:"-"`
	CustomerNumber   string        `json:"customer_number"`
	Number           string        `json:"number"`
	IssueDate        calendar.Date `json:"issue_date"`
	DueDate          calendar.Date `json:"due_date"`
	Amount           money.Amount  `json:"amount"`
	Open             money.Amount  `json:"open"`
	PurchaseOrder    string        `json:"purchase_order,omitempty"`
	PaymentReference string        `json:"payment_reference,omitempty"`
}

// OpenCredit is a credit note, or cash on account, of which something is left. Amounts
// are positive, whatever sign the file gives them.
type OpenCredit struct {
	Place          Place         `json:"-"`
	CustomerNumber string        `json:"customer_number"`
	Number         string        `json:"number"` // of the credit note; of cash the reference of the payment
	Date           calendar.Date `json:"date"`
	Amount         money.Amount  `json:"amount"` // as Open where the file does not say
	Open           money.Amount  `json:"open"`
	AppliesTo      string        `json:"applies_to,omitempty"` // the invoice that a credit note corrects
}

// CustomerContact is a contact of the customer with the number.
type CustomerContact struct {
	Place          Place   `json:"-"`
	CustomerNumber string  `json:"customer_number"`
	Contact        Contact `json:"contact"`
}

// Total is what is open in one currency.
type Total struct {
	Currency    money.Currency
	Items       int
	Invoices    money.Amount
	CreditNotes money.Amount
	Cash        money.Amount
	Net         money.Amount // Invoices - CreditNotes - Cash
}

// SourceFault is a fault of one of the files.
type SourceFault struct {
	sheet.Fault

	Source string
}

// SourceNote is a note on one of the files.
type SourceNote struct {
	sheet.Note

	Source string
}

// Source is one file of a snapshot. Either it has a column for the type of its rows, or
// its mapping has a default for it: a file of invoices has defaults.type invoice. A flat
// list of invoices with their customers' data is given twice, once with the default
// customer.
type Source struct {
	Name    string
	Data    io.Reader
	Mapping sheet.Mapping
	// ExpectRows is how many rows the sender says it sent; nil: it does not say. Total and
	// end rows do not count.
	ExpectRows *int
}

// SnapshotOptions are how to read a snapshot.
type SnapshotOptions struct {
	Limits sheet.Limits
	// AsOf is the day of the snapshot; the zero date: a column says it.
	AsOf calendar.Date
	// Today bounds dates that cannot lie ahead; the zero date bounds nothing.
	Today calendar.Date
	// Faulty gets each row with faults, for a report; nil: nobody does. Its error ends the
	// reading.
	Faulty func(source string, row *sheet.Row) error
}

// SnapshotSchema is what a file of open items may hold. The type of a row is customer,
// contact, invoice, credit_note or cash, and there may be
//
//   - total: the sum (open_amount, else amount) of the rows above in its currency, credit
//     notes and cash as negative amounts, and, if given, their count;
//   - end: the last row; its count, if given, is that of all rows but total and end.
func SnapshotSchema() sheet.Schema {
	return schema([]string{"type"}, append([]string{
		"as_of", "customer_number", "number", "issue_date", "due_date", "amount", "currency", "open_amount", "purchase_order", "payment_reference",
		"applies_to", "count",
	}, customerFields...)...)
}

// ReadSnapshot reads the files of a snapshot. The error is a *[sheet.Refusal] where a
// file as a whole cannot be read; then nothing of the snapshot may be used.
//
// A snapshot is complete if each file proves to be whole, by an end row, the expected
// number of rows, or totals with counts for each of its currencies, if these agree with
// the rows, and if every row that is about money could be read: an invoice that could
// not be read would otherwise look as if it were paid.
func ReadSnapshot(sources []Source, o SnapshotOptions) (*Snapshot, error) {
	in := snapshotReader{
		o: o, out: &Snapshot{AsOf: o.AsOf}, customers: newCustomers(), listed: map[string]bool{}, totals: map[money.Currency]*Total{}, sign: map[rowType]int64{},
		invoices: newNumbers(), creditNotes: newNumbers(), cash: newNumbers(),
	}
	for i := range sources {
		if err := in.source(&sources[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", sources[i].Name, err)
		}
	}
	if in.out.AsOf.IsZero() {
		return nil, &sheet.Refusal{Faults: []sheet.Fault{{
			Field: "as_of", Code: sheet.CodeMissing, Message: "nothing says of which day the open items are", Mend: "add a column as_of, or state the day with the files",
		}}}
	}
	for _, c := range slices.Sorted(maps.Keys(in.totals)) {
		in.out.Totals = append(in.out.Totals, *in.totals[c])
	}
	if len(sources) == 0 {
		in.incomplete("", "there is no file")
	}
	in.out.Complete = len(in.out.Why) == 0
	return in.out, nil
}

// source reads one file.
func (in *snapshotReader) source(s *Source) error {
	in.name, in.tally = s.Name, newTally()
	t, err := sheet.Open(s.Data, SnapshotSchema(), s.Mapping, in.o.Limits)
	if refusal, ok := errors.AsType[*sheet.Refusal](err); ok && len(refusal.Faults) == 1 && refusal.Faults[0].Code == sheet.CodeHeaderOnly {
		in.whole(s) // an ERP without credit notes sends a file without rows
		return nil
	}
	if err != nil {
		return err //nolint:wrapcheck // wrapped by the caller
	}
	for _, n := range t.Notes() {
		in.note(n)
	}
	for row, err := range t.Rows() {
		if err != nil {
			return err //nolint:wrapcheck // wrapped by the caller
		}
		if err := in.row(row); err != nil {
			return err
		}
	}
	in.whole(s)
	return nil
}

func (in *snapshotReader) note(n sheet.Note) {
	if len(in.out.Notes) < MaxFaults {
		in.out.Notes = append(in.out.Notes, SourceNote{Source: in.name, Note: n})
	}
}

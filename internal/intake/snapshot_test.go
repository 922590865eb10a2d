package intake_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/intake"
	"maan/internal/money"
	"maan/internal/sheet"
)

const itemHeader = "type;customer_number;name;kind;country;email;number;issue_date;due_date;amount;open_amount;currency;applies_to;count;as_of\n"

const (
	customerRow = "customer;C1;Peeters NV;business;BE;;;;;;;;;;\n"
	contactRow  = "contact;C1;;;;an@peeters.example;;;;;;;;;\n"
	invoiceRow  = "invoice;C1;;;;;F-1;2026-05-01;2026-05-31;1.210,00;605,00;EUR;;;\n"
	invoiceRow2 = "invoice;C1;;;;;F-2;2026-05-02;2026-06-01;100,00;100,00;USD;;;\n"
	creditRow   = "credit_note;C1;;;;;N-1;2026-05-03;;-50,00;-40,00;EUR;F-1;;\n"
	cashRow     = "cash;C1;;;;;P-1;2026-05-04;;;-5,00;EUR;;;\n"
)

func snapshot(t *testing.T, rows string) *intake.Snapshot {
	t.Helper()
	s, err := intake.ReadSnapshot([]intake.Source{{Name: "items.csv", Data: strings.NewReader(itemHeader + rows)}},
		intake.SnapshotOptions{AsOf: day("2026-06-01"), Today: day("2026-06-01")})
	require.NoError(t, err)
	require.Equal(t, len(s.Why) == 0, s.Complete)
	return s
}

func TestReadSnapshot_ReadsEveryType(t *testing.T) {
	t.Parallel()
	s := snapshot(t, customerRow+contactRow+invoiceRow+invoiceRow2+creditRow+cashRow+
		"total;;;;;;;;;;560,00;EUR;;3;\ntotal;;;;;;;;;100,00;;USD;;1;\nend;;;;;;;;;;;;;6;\n")
	require.Empty(t, s.Faults)
	require.Empty(t, s.Why)
	require.True(t, s.Complete)
	require.Equal(t, day("2026-06-01"), s.AsOf)
	require.Equal(t, []intake.Customer{{Number: "C1", LegalName: "Peeters NV", Kind: dunning.KindBusiness, Country: "BE"}}, s.Customers)
	at := func(line int) intake.Place { return intake.Place{Source: "items.csv", Line: line} }
	require.Equal(t, []intake.CustomerContact{{Place: at(3), CustomerNumber: "C1", Contact: intake.Contact{Role: "accounts_payable", Email: "an@peeters.example"}}}, s.Contacts)
	require.Equal(t, []intake.OpenInvoice{
		{Place: at(4), CustomerNumber: "C1", Number: "F-1", IssueDate: day("2026-05-01"), DueDate: day("2026-05-31"), Amount: eur(121000), Open: eur(60500)},
		{Place: at(5), CustomerNumber: "C1", Number: "F-2", IssueDate: day("2026-05-02"), DueDate: day("2026-06-01"), Amount: money.New(10000, "USD"), Open: money.New(10000, "USD")},
	}, s.Invoices)
	require.Equal(t, []intake.OpenCredit{{Place: at(6), CustomerNumber: "C1", Number: "N-1", Date: day("2026-05-03"), Amount: eur(5000), Open: eur(4000), AppliesTo: "F-1"}}, s.CreditNotes)
	require.Equal(t, []intake.OpenCredit{{Place: at(7), CustomerNumber: "C1", Number: "P-1", Date: day("2026-05-04"), Amount: eur(500), Open: eur(500)}}, s.Cash)
	require.Equal(t, []intake.Total{
		{Currency: "EUR", Items: 3, Invoices: eur(60500), CreditNotes: eur(4000), Cash: eur(500), Net: eur(56000)},
		{Currency: "USD", Items: 1, Invoices: money.New(10000, "USD"), CreditNotes: money.New(0, "USD"), Cash: money.New(0, "USD"), Net: money.New(10000, "USD")},
	}, s.Totals)
}

func TestReadSnapshot_KnowsWhetherItIsWhole(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, rows string
		why        string // part of the only reason; empty: complete
	}{
		{"EndRow", invoiceRow + "end;;;;;;;;;;;;;;\n", ""},
		{"EndRowWithCount", invoiceRow + creditRow + "end;;;;;;;;;;;;;2;\n", ""},
		{"TotalsWithCounts", invoiceRow + "total;;;;;;;;;;605,00;EUR;;1;\n", ""},
		{"EndRowWithSum", invoiceRow + creditRow + "end;;;;;;;;;;565,00;EUR;;2;\n", ""},
		{"BadCustomerClosesNothing", "customer;C1;Peeters;pal;BE;;;;;;;;;;\n" + invoiceRow + "end;;;;;;;;;;;;;2;\n", ""},
		{"RepeatedRowCountsInTheFilesTotals", invoiceRow + invoiceRow + "total;;;;;;;;;;1.210,00;EUR;;2;\n", ""},
		{"SettledItemsCountAndAreLeftOut", invoiceRow + "invoice;C1;;;;;F-3;2026-05-01;2026-05-31;1,00;0,00;EUR;;;\nend;;;;;;;;;;;;;2;\n", ""},

		{"NoMark", invoiceRow + creditRow, "nothing says that the file is whole"},
		{"TotalsWithoutCount", invoiceRow + "total;;;;;;;;;;605,00;EUR;;;\n", "nothing says that the file is whole"},
		{"TotalOfOneCurrencyOnly", invoiceRow + invoiceRow2 + "total;;;;;;;;;;605,00;EUR;;1;\n", "nothing says that the file is whole"},
		{"RowsMissing", invoiceRow + "end;;;;;;;;;;;;;2;\n", "the end row counts 2 rows, and the file has 1"},
		{"RowsBehindTheEnd", invoiceRow + "end;;;;;;;;;;;;;;\n" + creditRow, "rows follow behind the end, first on line 4"},
		{"SumDiffers", invoiceRow + "total;;;;;;;;;;605,01;EUR;;1;\n", "the total says EUR 605.01, and the rows come to EUR 605.00"},
		{"CountDiffers", invoiceRow + "total;;;;;;;;;;605,00;EUR;;2;\nend;;;;;;;;;;;;;;\n", "the total of EUR counts 2 rows, and the file has 1"},
		{"TotalOfACurrencyThatIsAbsent", invoiceRow + "total;;;;;;;;;;1,00;USD;;;\nend;;;;;;;;;;;;;;\n", "the total says USD 1.00"},
		{"BadInvoice", "invoice;C1;;;;;F-1;2026-05-01;2026-04-30;1,00;1,00;EUR;;;\nend;;;;;;;;;;;;;1;\n", "1 rows about open items"},
		{"BadCash", "cash;C1;;;;;P-1;soon;;;1,00;EUR;;;\nend;;;;;;;;;;;;;1;\n", "1 rows about open items"},
		{"UnknownType", invoiceRow + "receipt;C1;;;;;;;;;;;;;\nend;;;;;;;;;;;;;2;\n", "1 rows about open items, or of no known type"},
		{"NoType", invoiceRow + ";C1;;;;;;;;;;;;;\nend;;;;;;;;;;;;;2;\n", "1 rows about open items, or of no known type"},
		{"BrokenRow", invoiceRow + "cash;C1;;;;;P\nend;;;;;;;;;;;;;2;\n", "1 rows about open items, or of no known type"},
		{"ContradictingRow", invoiceRow + strings.Replace(invoiceRow, "605,00", "606,00", 1) + "end;;;;;;;;;;;;;2;\n", "1 rows about open items"},
		{"BadTotal", invoiceRow + "total;;;;;;;;;;x;EUR;;1;\nend;;;;;;;;;;;;;1;\n", "1 total or end rows could not be read"},
		{"TotalTwice", invoiceRow + strings.Repeat("total;;;;;;;;;;605,00;EUR;;1;\n", 2), "1 total or end rows could not be read"},
		{"EndTwice", invoiceRow + strings.Repeat("end;;;;;;;;;;;;;1;\n", 2), "1 total or end rows could not be read"},
		{"TooMuchMoney", strings.NewReplacer("1.210,00", "90000000000000000,00", "605,00", "90000000000000000,00").Replace(
			invoiceRow+strings.Replace(invoiceRow, "F-1", "F-9", 1)) + "end;;;;;;;;;;;;;2;\n", "too large to be added up"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := snapshot(t, tt.rows)
			if tt.why == "" {
				require.Empty(t, s.Why)
				return
			}
			require.Len(t, s.Why, 1)
			require.True(t, strings.HasPrefix(s.Why[0], "items.csv: "))
			require.Contains(t, s.Why[0], tt.why)
		})
	}
}

// Wherever a file with an end row is cut off: it is refused, or not complete.
func TestReadSnapshot_TellsEveryTruncation(t *testing.T) {
	t.Parallel()
	whole := itemHeader + customerRow + invoiceRow + creditRow + cashRow + "end;;;;;;;;;;560,00;EUR;;4;\n"
	for n := range len(whole) - 1 {
		s, err := intake.ReadSnapshot([]intake.Source{{Name: "items.csv", Data: strings.NewReader(whole[:n])}}, intake.SnapshotOptions{AsOf: day("2026-06-01")})
		if err == nil {
			require.False(t, s.Complete, "cut off after %d bytes: %q", n, whole[:n])
		}
	}
}

func TestReadSnapshot_FaultsOfItems(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, row, want string }{
		{"InvoiceLacksAll", "invoice;;;;;;;;;;;;;;", "missing customer_number,missing number,missing issue_date,missing due_date,missing amount,missing open_amount,missing currency"},
		{"NegativeInvoice", "invoice;C1;;;;;F;2026-05-01;2026-05-31;-1,00;-1,00;EUR;;;", "not_positive amount"},
		{"NegativeOpen", "invoice;C1;;;;;F;2026-05-01;2026-05-31;1,00;-1,00;EUR;;;", "not_positive open_amount"},
		{"MoreOpenThanInvoiced", "invoice;C1;;;;;F;2026-05-01;2026-05-31;1,00;2,00;EUR;;;", "open_exceeds_amount open_amount"},
		{"CreditLacksAll", "credit_note;;;;;;;;;;;;;;", "missing customer_number,missing number,missing issue_date,missing open_amount,missing currency"},
		{"CreditOfBothSigns", "credit_note;C1;;;;;N;2026-05-01;;1,00;-1,00;EUR;;;", "contradiction amount"},
		{"MoreOpenThanCredited", "credit_note;C1;;;;;N;2026-05-01;;-1,00;-2,00;EUR;;;", "open_exceeds_amount open_amount"},
		{"CustomerWithoutName", "customer;C1;;;;;;;;;;;;;", "missing name"},
		{"ContactWithoutAnything", "contact;C1;;;;;;;;;;;;;", "missing email"},
		{"OfAnotherDay", "cash;C1;;;;;P;2026-05-04;;;5,00;EUR;;;2026-05-31", "contradiction as_of"},
		{"CountThatIsNone", "end;;;;;;;;;;;;;some;", "invalid_amount count"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range snapshot(t, tt.row+"\n").Faults {
				require.Equal(t, "items.csv", f.Source)
				require.Equal(t, 2, f.Line)
				got = append(got, string(f.Code)+" "+f.Field)
			}
			require.Equal(t, tt.want, strings.Join(got, ","))
		})
	}
}

func TestReadSnapshot_CreditsHaveOneSign(t *testing.T) {
	t.Parallel()
	s := snapshot(t, "credit_note;C1;;;;;N-1;2026-05-01;;;1,00;EUR;;;\n"+"cash;C1;;;;;P-1;2026-05-01;;;-2,00;EUR;;;\n"+
		"credit_note;C1;;;;;N-2;2026-05-01;;;-3,00;EUR;;;\n"+"credit_note;C1;;;;;N-3;2026-05-01;;4,00;0,00;EUR;;;\n")
	require.Equal(t, eur(100), s.CreditNotes[0].Open)
	require.Equal(t, eur(200), s.Cash[0].Open)
	require.Len(t, s.CreditNotes, 1)
	require.Len(t, s.Faults, 1)
	require.Equal(t, 4, s.Faults[0].Line)
	require.Equal(t, intake.CodeContradiction, s.Faults[0].Code)
	require.Equal(t, intake.NoteNothingOpen, s.Notes[len(s.Notes)-1].Code)
}

func TestReadSnapshot_SeveralFiles(t *testing.T) {
	t.Parallel()
	typed := func(kind string) sheet.Mapping {
		return sheet.Mapping{Defaults: map[string]string{"type": kind, "currency": "EUR"}}
	}
	rows := func(n int) *int { return &n }
	sources := func(cash *int) []intake.Source {
		return []intake.Source{
			{Name: "customers", Data: strings.NewReader("Klantnummer;Klantnaam;Klantsoort;Land\nC1;Peeters;b2b;BE\n"), Mapping: typed("customer"), ExpectRows: rows(1)},
			{Name: "invoices", Data: strings.NewReader("Klantnummer;Factuurnummer;Factuurdatum;Vervaldatum;Bedrag;Openstaand;Peildatum\nC1;F-1;01-05-2026;31-05-2026;5,00;5,00;01-06-2026\n"), Mapping: typed("invoice"), ExpectRows: rows(1)},
			{Name: "cash", Data: strings.NewReader("customer_number;number;issue_date;open_amount\n"), Mapping: typed("cash"), ExpectRows: cash},
		}
	}
	s, err := intake.ReadSnapshot(sources(rows(0)), intake.SnapshotOptions{})
	require.NoError(t, err)
	require.Empty(t, s.Why)
	require.True(t, s.Complete)
	require.Equal(t, day("2026-06-01"), s.AsOf)
	require.Len(t, s.Customers, 1)
	require.Len(t, s.Invoices, 1)

	s, err = intake.ReadSnapshot(sources(nil), intake.SnapshotOptions{})
	require.NoError(t, err)
	require.False(t, s.Complete)
	require.Contains(t, s.Why[0], "cash: nothing says")

	s, err = intake.ReadSnapshot(sources(rows(3)), intake.SnapshotOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"cash: 3 rows were expected, and the file has 0"}, s.Why)

	s, err = intake.ReadSnapshot(nil, intake.SnapshotOptions{AsOf: day("2026-06-01")})
	require.NoError(t, err)
	require.False(t, s.Complete, "no file is no empty ledger")
}

func TestReadSnapshot_RefusesAFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	read := func(text string, asOf calendar.Date) error {
		_, err := intake.ReadSnapshot([]intake.Source{{Name: "items.csv", Data: strings.NewReader(text)}}, intake.SnapshotOptions{AsOf: asOf})
		return err
	}
	var r *sheet.Refusal
	err := read(itemHeader+invoiceRow+"cash;\"C1", day("2026-06-01"))
	require.ErrorAs(t, err, &r)
	require.Equal(t, sheet.CodeOpenQuote, r.Faults[0].Code)
	require.ErrorContains(t, err, "items.csv: line 3")
	err = read(itemHeader+invoiceRow, calendar.Date{})
	require.ErrorAs(t, err, &r)
	require.Equal(t, "as_of", r.Faults[0].Field)
}

func TestReadSnapshot_KeepsTheFirstFaultsAndHandsOutAll(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString(itemHeader)
	for i := range intake.MaxFaults + 10 {
		fmt.Fprintf(&text, "invoice;C1;;;;;F-%d;2026-05-01;soon;1,00;1,00;EUR;;;\n", i)
	}
	handed := 0
	faulty := func(source string, row *sheet.Row) error {
		require.Equal(t, "items.csv", source)
		require.True(t, row.Bad())
		handed++
		return nil
	}
	source := func() []intake.Source {
		return []intake.Source{{Name: "items.csv", Data: strings.NewReader(text.String())}}
	}
	s, err := intake.ReadSnapshot(source(), intake.SnapshotOptions{AsOf: day("2026-06-01"), Faulty: faulty})
	require.NoError(t, err)
	require.Len(t, s.Faults, intake.MaxFaults)
	require.Equal(t, intake.MaxFaults+10, s.FaultCount)
	require.Equal(t, intake.MaxFaults+10, handed)

	stop := errors.New("enough")
	_, err = intake.ReadSnapshot(source(), intake.SnapshotOptions{AsOf: day("2026-06-01"), Faulty: func(string, *sheet.Row) error { return stop }})
	require.ErrorIs(t, err, stop)
}

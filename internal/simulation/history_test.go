package simulation_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/simulation"
)

const ibmHeader = "countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed,SettledDate,PaperlessBill,DaysToSettle,DaysLate\n"

func TestReadHistory_OwnForm(t *testing.T) {
	t.Parallel()
	want := []simulation.Invoice{
		{
			Number: "F-1", Customer: "anna", Country: "NL", Kind: dunning.KindPublicBody, Issued: date("2026-03-02"), Due: date("2026-04-01"),
			Amount: money.New(123450, "GBP"), Disputed: date("2026-03-10"), Resolved: date("2026-03-12"), Paid: date("2026-04-20"),
		},
		{
			Number: "F-2", Customer: "bert", Country: "SE", Kind: dunning.KindBusiness, Issued: date("2026-03-02"), Due: date("2026-03-02"),
			Amount: money.New(50, "EUR"),
		},
	}
	full := header + "F-1,anna,nl,public_body,2026-03-02,2026-04-01,1234.50,GBP,2026-03-10,2026-03-12,2026-04-20\nF-2,bert,SE,,2026-03-02,2026-03-02,0.5,,,,\n"
	for name, source := range map[string]string{
		"Commas":         full,
		"Semicolons":     strings.ReplaceAll(full, ",", ";"),
		"ByteOrderMark":  "\uFEFF" + full,
		"WindowsLines":   strings.ReplaceAll(full, "\n", "\r\n"),
		"QuotesAndSpace": strings.ReplaceAll(full, "anna,", `" anna ",`),
		"EmptyLines":     strings.ReplaceAll(full, "\n", "\n\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := read(t, source)
			require.Equal(t, want, h.Invoices)
			require.Empty(t, h.Faults)
		})
	}
	t.Run("FewestColumnsInAnyOrder", func(t *testing.T) {
		t.Parallel()
		h := read(t, "amount,invoice,country,customer,due_date,issue_date\n0.50,F-2,SE,bert,2026-03-02,2026-03-02\n")
		require.Equal(t, want[1:], h.Invoices)
	})
}

func TestReadHistory_IBMSample(t *testing.T) {
	t.Parallel()
	h := read(t, ibmHeader+"406,8976-AMJEO,3/3/2012,0007900770,1/26/2013,2/25/2013,61.74,Yes,3/3/2013,Electronic,36,6\n")
	require.Equal(t, []simulation.Invoice{{
		Number: "0007900770", Customer: "8976-AMJEO", Country: "BE", Kind: dunning.KindBusiness, Issued: date("2013-01-26"), Due: date("2013-02-25"),
		Amount: money.New(6174, "EUR"), Paid: date("2013-03-03"), Undated: true,
	}}, h.Invoices)
	require.Contains(t, strings.Join(h.Assumptions, "\n"), "a day drawn between delivery and settlement")
}

// Each fault names its line and column, and a row's other faults stand next to it.
func TestReadHistory_BadRows(t *testing.T) {
	t.Parallel()
	const good = "good,anna,NL,,2026-03-02,2026-04-01,10.00,,,,\n"
	tests := []struct{ name, row, want string }{
		{"NoNumber", ",a,NL,,2026-03-02,2026-04-01,1,,,,", "line 3, column invoice: give 1 to 100 printable characters"},
		{"LongNumber", strings.Repeat("9", 101) + ",a,NL,,2026-03-02,2026-04-01,1,,,,", "line 3, column invoice: give 1 to 100 printable characters"},
		{"UnprintableCustomer", "F,a\x00b,NL,,2026-03-02,2026-04-01,1,,,,", "line 3, column customer: give 1 to 100 printable characters"},
		{"BrokenText", "F,a\xffb,NL,,2026-03-02,2026-04-01,1,,,,", "line 3, column customer: give 1 to 100 printable characters"},
		{"TwiceTheSame", "good,a,NL,,2026-03-02,2026-04-01,1,,,,", "line 3, column invoice: the invoice stands on line 2 already"},
		{"CountryInFull", "F,a,Nederland,,2026-03-02,2026-04-01,1,,,,", "line 3, column country: write a country as two letters, such as NL"},
		{"UnknownKind", "F,a,NL,person,2026-03-02,2026-04-01,1,,,,", "line 3, column kind: give one of business, sole_trader, consumer, public_body, unknown"},
		{"NoDate", "F,a,NL,,,2026-04-01,1,,,,", "line 3, column issue_date: the date is missing"},
		{"NoSuchDay", "F,a,NL,,2026-03-02,2026-02-30,1,,,,", "line 3, column due_date: not a date: write an existing day as YYYY-MM-DD, such as 2026-11-23"},
		{"FarFuture", "F,a,NL,,2026-03-02,2126-04-01,1,,,,", "line 3, column due_date: the date is outside the years 1990 to 2099"},
		{"DueBeforeIssue", "F,a,NL,,2026-03-02,2026-03-01,1,,,,", "line 3, column due_date: the due date is before the issue date"},
		{"LongTerms", "F,a,NL,,2026-03-02,2029-03-06,1,,,,", "line 3, column due_date: the due date is more than three years after issue"},
		{"Grouping", "F,a,NL,,2026-03-02,2026-04-01,\"1,000.00\",,,,", "line 3, column amount: amount contains a comma: write digits with at most one dot, such as 1210.00"},
		{"Nothing", "F,a,NL,,2026-03-02,2026-04-01,0,,,,", "line 3, column amount: an invoice is for more than zero"},
		{"UnknownCurrency", "F,a,NL,,2026-03-02,2026-04-01,1,euro,,,", "line 3, column amount: currency is not an active ISO 4217 code: write three capitals, such as EUR"},
		{"DisputedBeforeIssue", "F,a,NL,,2026-03-02,2026-04-01,1,,2026-03-01,,", "line 3, column disputed_on: the dispute is before the issue date"},
		{"DisputedAfterPayment", "F,a,NL,,2026-03-02,2026-04-01,1,,2026-03-11,,2026-03-10", "line 3, column disputed_on: the dispute is after the payment: leave it out"},
		{"ResolvedFirst", "F,a,NL,,2026-03-02,2026-04-01,1,,2026-03-11,2026-03-10,", "line 3, column resolved_on: the end of a dispute needs its beginning, on the same day or before"},
		{"ResolvedOnly", "F,a,NL,,2026-03-02,2026-04-01,1,,,2026-03-10,", "line 3, column resolved_on: the end of a dispute needs its beginning, on the same day or before"},
		{"PaidBeforeIssue", "F,a,NL,,2026-03-02,2026-04-01,1,,,,2026-03-01", "line 3, column paid_on: the payment is before the issue date"},
		{"TooFewCells", "F,a,NL", "line 3: the row has 3 cells, the header 11"},
		{"Quotes", `F,a"b,NL,,2026-03-02,2026-04-01,1,,,,`, "line 3: the quotes do not match: quote a whole cell, and write a quote within it twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := read(t, header+good+tt.row+"\n"+strings.Replace(good, "good", "good-2", 1))
			require.Len(t, h.Invoices, 2, "the good rows are used")
			require.Equal(t, 1, h.LeftOut)
			require.Len(t, h.Faults, 1)
			require.Equal(t, tt.want, h.Faults[0].String())
		})
	}
	t.Run("AllFaultsOfARow", func(t *testing.T) {
		t.Parallel()
		h := read(t, header+good+"F,a,Holland,,2026-13-02,,x,,,,\n")
		require.Len(t, h.Faults, 4)
	})
	t.Run("IBM", func(t *testing.T) {
		t.Parallel()
		h := read(t, ibmHeader+"391,a,x,1,1/2/2013,2/1/2013,1,No,1/15/2013,Paper,13,0\n999,a,x,2,2013-01-02,2/1/2013,1,Maybe,,Paper,13,0\n")
		require.Equal(t, []simulation.Fault{
			{Line: 3, Column: "InvoiceDate", Reason: "not a date: write an existing day as M/D/YYYY, such as 11/23/2013"},
			{Line: 3, Column: "SettledDate", Reason: "the date is missing"},
			{Line: 3, Column: "countryCode", Reason: "give one of the sample's codes 391, 406, 770, 818 and 897"},
			{Line: 3, Column: "Disputed", Reason: "write Yes or No"},
		}, h.Faults)
	})
}

func TestReadHistory_RefusesTheFile(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, source, want string }{
		{"Empty", "", "no header"},
		{"OnlyAHeader", header, "a header and no invoices"},
		{"MissingColumns", "invoice,customer\nF,a\n", `column "due_date" is missing`},
		{"UnknownColumn", strings.Replace(header, "paid_on", "paidon", 1), "column 11 has none of the names invoice,"},
		{"DoubledColumn", strings.Replace(header, "paid_on", "amount", 1), `column "amount" stands twice`},
		{"NoGoodRow", header + "F,a\nG,b\n", "no row of the history can be used; the first of 2 faults is at line 2: the row has 2 cells"},
		{"NoEndOfFaults", header + strings.Repeat("F,a\n", 10_001), "more than 10000 faults"},
		{"TooManyRows", header + strings.Repeat(",,,,,,,,,,\n", 5_000), "more than 10000 faults"},
		{"TooLarge", header + strings.Repeat(" ", 32<<20), "larger than 32 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := simulation.ReadHistory(strings.NewReader(tt.source))
			require.ErrorContains(t, err, tt.want)
		})
	}
	t.Run("TooManyGoodRows", func(t *testing.T) {
		t.Parallel()
		var b bytes.Buffer
		b.WriteString("invoice,customer,country,issue_date,due_date,amount\n")
		for n := range 100_001 {
			b.WriteString(money.New(int64(n), "EUR").Decimal() + ",a,NL,2026-03-02,2026-04-01,1\n")
		}
		_, err := simulation.ReadHistory(&b)
		require.ErrorContains(t, err, "more than 100000 rows")
	})
	t.Run("TheFileCannotBeRead", func(t *testing.T) {
		t.Parallel()
		_, err := simulation.ReadHistory(failing{})
		require.ErrorContains(t, err, "read history: gone")
	})
	t.Run("NothingOfTheFileIsRepeated", func(t *testing.T) {
		t.Parallel()
		_, err := simulation.ReadHistory(strings.NewReader("Jan Jansen,jan@example.com\nPiet Pietersen,NL\n"))
		require.Error(t, err)
		require.NotContains(t, err.Error(), "Jansen")
		h := read(t, header+"F,a,NL,,2026-03-02,2026-04-01,1,,,,\nJan,Jansen,Jan,Jansen,Jansen,Jansen,Jansen,Jansen,Jansen,Jansen,Jansen\n")
		for _, f := range h.Faults {
			require.NotContains(t, f.String(), "Jan")
		}
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("gone") }

// Whatever a file says: it is refused with words, or it can be simulated and no rule breaks.
func FuzzReadHistory(f *testing.F) {
	sample, err := os.ReadFile("testdata/history.csv")
	require.NoError(f, err)
	f.Add(string(sample))
	f.Add(ibmHeader + "391,a,x,1,1/2/2013,2/1/2013,1,Yes,1/15/2013,Paper,13,0\n")
	f.Add(header + "F;a,\"")
	f.Add(strings.ReplaceAll(header, ",", ";") + "F;a;NL;;1990-01-01;1990-01-01;1;;;;2099-12-31\n")
	p := shipped("standard")
	f.Fuzz(func(t *testing.T, source string) {
		h, err := simulation.ReadHistory(strings.NewReader(source))
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.NotEmpty(t, h.Invoices)
		r, err := simulation.Run(p, h, simulation.Options{})
		require.NoError(t, err)
		require.False(t, r.Broken.Any())
		require.NotEmpty(t, text(t, r))
	})
}

package sheet_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/money"
	"maan/internal/sheet"
)

func itoa(n int) string { return strconv.Itoa(n) }

// faultsOf reads every typed cell and lists the faults as "line code field".
func faultsOf(row *sheet.Row) []string {
	row.Date("due")
	row.Amount("amount", money.Currency(row.Text("currency")))
	row.Bool("urgent")
	var all []string
	for _, f := range row.Faults {
		all = append(all, strings.TrimSpace(itoa(f.Line)+" "+string(f.Code)+" "+f.Field))
	}
	return all
}

func TestRow_TellsAllItsFaults(t *testing.T) {
	t.Parallel()
	table := open(t, "number;Vervaldatum;amount;currency;urgent\n1;31-02-2026;12,3.4;EUR;perhaps\n2;28-02-2026;12,50;EUR;ja\n", sheet.Mapping{})
	all := rows(t, table)
	require.Equal(t, []string{"2 invalid_date due", "2 invalid_amount amount", "2 invalid_bool urgent"}, faultsOf(all[0]))
	require.Equal(t, "Vervaldatum", all[0].Faults[0].Column)
	require.Equal(t, "line 2, column Vervaldatum: this is not a date, or not a day that exists; "+
		"write an existing day as dd-mm-yyyy, the year with four digits and no time of day", all[0].Faults[0].String())

	require.Empty(t, faultsOf(all[1]))
	require.Equal(t, "2026-02-28", all[1].Date("due").String())
	amount, ok := all[1].Amount("amount", "EUR")
	require.True(t, ok)
	require.Equal(t, money.New(1250, "EUR"), amount)
	urgent, given := all[1].Bool("urgent")
	require.True(t, urgent && given)
}

func TestRow_BrokenOnesAreToldAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	text := "number;name;currency\n" + // line 1
		"1;a;EUR\n" +
		"2;b\n" + // 3: too few
		"3;c;EUR;more\n" + // 4: too many
		"4;\"d\nd\nd\";EUR\n" + // 5 to 7
		"5;\"e\"e;EUR\n" + // 8: text behind the quote
		"6;" + strings.Repeat("f", 10_001) + ";EUR\n" + // 9: huge
		"7;\"" + strings.Repeat("g\n", 6000) + "\";EUR\n" + // 10: huge, in quotes
		"8;h;EUR\n" // 6011
	table := open(t, text, sheet.Mapping{})
	var got []string
	for _, row := range rows(t, table) {
		require.Equal(t, row.Bad(), row.Broken())
		got = append(got, itoa(row.Line)+" "+strings.Join(faultsOf(row), ","))
	}
	require.Equal(t, []string{"2 ", "3 3 ragged", "4 4 ragged", "5 ", "8 8 quote", "9 9 cell_too_long", "10 10 cell_too_long", "6011 "}, got)
}

func TestRow_NeedTellsAnEmptyCell(t *testing.T) {
	t.Parallel()
	row := rows(t, open(t, "number;name\n1;\n", sheet.Mapping{}))[0]
	require.Equal(t, "1", row.Need("number"))
	require.Empty(t, row.Need("name"))
	require.Equal(t, sheet.CodeMissing, row.Faults[0].Code)
}

func TestRow_Amount(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text     string
		currency money.Currency
		minor    int64
		fault    sheet.Code
	}{
		{"1234.50", "EUR", 123450, ""},
		{"1234.5000", "EUR", 123450, ""},
		{"1234.00", "JPY", 1234, ""},
		{"1.234", "BHD", 1234, ""},
		{"-0.01", "EUR", -1, ""},
		{"1234.567", "EUR", 0, sheet.CodeInvalidAmount},
		{"1234.50", "JPY", 0, sheet.CodeInvalidAmount},
		{"99999999999999999999", "EUR", 0, sheet.CodeInvalidAmount},
		{"12,50", "EUR", 0, sheet.CodeMixedDecimals},
		{"EUR 12.50", "EUR", 0, sheet.CodeInvalidAmount},
	}
	for _, tt := range tests {
		t.Run(tt.text+string(tt.currency), func(t *testing.T) {
			t.Parallel()
			row := rows(t, open(t, "number;amount\n1;"+tt.text+"\n", sheet.Mapping{Decimals: sheet.DecimalDot}))[0]
			a, ok := row.Amount("amount", tt.currency)
			if tt.fault != "" {
				require.False(t, ok)
				require.Equal(t, tt.fault, row.Faults[0].Code)
				return
			}
			require.Empty(t, row.Faults)
			require.True(t, ok)
			require.Equal(t, money.New(tt.minor, tt.currency), a)
		})
	}
	row := rows(t, open(t, "number;amount\n1;\n", sheet.Mapping{}))[0]
	_, ok := row.Amount("amount", "EUR")
	require.False(t, ok)
	require.Empty(t, row.Faults, "an empty cell is no fault by itself")
}

func TestRow_BoolKnowsFourLanguages(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]bool{"yes": true, "JA": true, "Oui": true, "wahr": true, "1": true, "x": true, "no": false, "Nee": false, "nein": false, "non": false, "0": false} {
		row := rows(t, open(t, "number;urgent\n1;"+word+"\n", sheet.Mapping{}))[0]
		got, given := row.Bool("urgent")
		require.True(t, given, word)
		require.Equal(t, want, got, word)
	}
}

// Nothing of a cell may come back in a fault, for it may be anybody's name.
func TestFaults_RepeatNoCell(t *testing.T) {
	t.Parallel()
	const secret = "Xantippe"
	table := open(t, "number;due;amount;currency;urgent\n1;2026-01-01;1.50;EUR;no\n"+
		strings.ReplaceAll("2;@;@;EUR;@\n3;@\n4;\"@\"@;;;\n", "@", secret), sheet.Mapping{})
	for _, row := range rows(t, table) {
		faultsOf(row)
		for _, f := range row.Faults {
			require.NotContains(t, f.String(), secret)
		}
	}
	_, err := sheet.Open(strings.NewReader(secret+";name;Name\n1;a;b\n"), schema, sheet.Mapping{}, sheet.Limits{})
	require.Error(t, err)
	require.NotContains(t, err.Error(), secret)
}

package sheet_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/money"
	"maan/internal/sheet"
)

func TestDecimalStyle_Parse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text       string
		comma, dot string // empty: refused
	}{
		{"1.234,56", "1234.56", ""},
		{"1,234.56", "", "1234.56"},
		{"1234,56", "1234.56", ""},
		{"1234.56", "", "1234.56"},
		{"1 234,56", "1234.56", ""},
		{"1\u00a0234,56", "1234.56", ""},
		{"1\u202f234\u202f567,89", "1234567.89", ""},
		{"1'234.56", "", "1234.56"},
		{"1\u2019234.56", "", "1234.56"},
		{"1.234", "1234", "1.234"},
		{"1,234", "1.234", "1234"},
		{"1.234.567", "1234567", ""},
		{"0.123", "", "0.123"},
		{"1234.567", "", "1234.567"},
		{"1234", "1234", "1234"},
		{"-5", "-5", "-5"},
		{"5-", "-5", "-5"},
		{"- 1.234,00", "-1234.00", ""},
		{"12,50-", "-12.50", ""},
		{"", "", ""},
		{"-", "", ""},
		{"--5", "", ""},
		{"+5", "", ""},
		{"12,", "", ""},
		{",5", "", ""},
		{"1.23,45", "", ""},
		{"1234.567,00", "", ""},
		{"1 234.567,00", "", ""},
		{"1,2,3", "", ""},
		{"1..234", "", ""},
		{"\u20ac 5", "", ""},
		{"5e3", "", ""},
		{"\u0665", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			for style, want := range map[sheet.DecimalStyle]string{sheet.DecimalComma: tt.comma, sheet.DecimalDot: tt.dot} {
				got, ok := style.Parse(tt.text)
				require.Equal(t, want != "", ok, style)
				if ok {
					require.Equal(t, want, got)
				}
			}
		})
	}
}

func amounts(list ...string) string {
	return "number;amount;currency\n1;" + strings.Join(list, ";EUR\n1;") + ";EUR\n"
}

func TestOpen_DecidesDecimalsFromAllValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		values  []string
		mapping sheet.Mapping
		want    int64 // of the first value
	}{
		{"Comma", []string{"1234,56"}, sheet.Mapping{}, 123456},
		{"CommaWithDots", []string{"1.234,56"}, sheet.Mapping{}, 123456},
		{"CommaWithSpaces", []string{"1 234,56"}, sheet.Mapping{}, 123456},
		{"Dot", []string{"1,234.56"}, sheet.Mapping{}, 123456},
		{"ThousandsByTheLastValue", []string{"1.234", "5.678", "0,50"}, sheet.Mapping{}, 123400},
		{"DecimalsByTheLastValue", []string{"1.230", "5.670", "0.50"}, sheet.Mapping{}, 123},
		{"ThousandsStated", []string{"1.234"}, sheet.Mapping{Decimals: sheet.DecimalComma}, 123400},
		{"Whole", []string{"1234"}, sheet.Mapping{}, 123400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			row := rows(t, open(t, amounts(tt.values...), tt.mapping))[0]
			a, _ := row.Amount("amount", "EUR")
			require.Empty(t, row.Faults)
			require.Equal(t, money.New(tt.want, "EUR"), a)
		})
	}
}

func TestOpen_MixedDecimals(t *testing.T) {
	t.Parallel()
	all := rows(t, open(t, amounts("1,50", "2,50", "3.50"), sheet.Mapping{}))
	require.Empty(t, faultsOf(all[0]))
	require.Equal(t, []string{"4 mixed_decimals amount"}, faultsOf(all[2]))

	_, err := sheet.Open(strings.NewReader(amounts("1,50", "1.234", "3.50")), schema, sheet.Mapping{}, sheet.Limits{})
	faults := refusal(t, err)
	require.Len(t, faults, 2, "1.234 would be a guess")
	require.Equal(t, []int{2, 4}, []int{faults[0].Line, faults[1].Line})
}

// Whatever the amounts of a file are: it says them back, or asks; it never says others.
func TestOpen_NeverMisreadsAnAmount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		language := rapid.SampledFrom([]string{"nl", "en", "fr", "de"}).Draw(t, "language")
		var want []money.Amount
		var text strings.Builder
		text.WriteString("number;amount\n")
		for n := rapid.IntRange(1, 4).Draw(t, "rows"); n > 0; n-- {
			a := money.New(rapid.Int64Range(-9_999_999, 9_999_999).Draw(t, "minor"), "EUR")
			want = append(want, a)
			written := strings.NewReplacer("\u2212", "-").Replace(a.Decimal())
			whole, fraction, _ := strings.Cut(written, ".")
			mark, group := ",", map[string]string{"nl": ".", "fr": "\u202f", "de": " "}[language]
			if language == "en" {
				mark, group = ".", ","
			}
			if rapid.Bool().Draw(t, "grouped") {
				whole = grouped(whole, group)
			}
			if fraction == "00" && rapid.Bool().Draw(t, "short") {
				mark, fraction = "", ""
			}
			text.WriteString("1;\"" + whole + mark + fraction + "\"\n")
		}
		table, err := sheet.Open(strings.NewReader(text.String()), schema, sheet.Mapping{}, sheet.Limits{})
		if err != nil {
			require.Contains(t, err.Error(), "state decimals")
			return
		}
		var got []money.Amount
		for row, err := range table.Rows() {
			require.NoError(t, err)
			a, ok := row.Amount("amount", "EUR")
			require.True(t, ok, row.Faults)
			got = append(got, a)
		}
		require.Equal(t, want, got)
	})
}

func grouped(digits, mark string) string {
	digits, minus := strings.TrimPrefix(digits, "-"), strings.HasPrefix(digits, "-")
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + mark + digits[i:]
	}
	if minus {
		return "-" + digits
	}
	return digits
}

func FuzzDecimalStyle(f *testing.F) {
	for _, seed := range []string{"1.234,56", "1,234.56", "1 234,56", "1'234.50", "5-", "-0,01", "1.234", "00", "1\u202f000", "9.999.999.999.999.999,99"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, style := range []sheet.DecimalStyle{sheet.DecimalComma, sheet.DecimalDot} {
			plain, ok := style.Parse(text)
			if !ok {
				require.Empty(t, plain)
				continue
			}
			require.Regexp(t, `^-?[0-9]+(\.[0-9]+)?$`, plain)
			again, ok := sheet.DecimalDot.Parse(plain)
			require.True(t, ok)
			require.Equal(t, plain, again)
		}
	})
}

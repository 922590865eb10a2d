package sheet_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"maan/internal/sheet"
)

// schema is a small one that has every kind of column.
var schema = sheet.Schema{
	{Name: "number", Kind: sheet.Text, Required: true, Headers: []string{"Invoice no", "Factuurnummer", "Numéro de facture", "Rechnungsnummer"}},
	{Name: "name", Kind: sheet.Text, Headers: []string{"Klantnaam"}},
	{Name: "due", Kind: sheet.Date, Headers: []string{"Vervaldatum", "Échéance"}},
	{Name: "amount", Kind: sheet.Decimal, Headers: []string{"Bedrag", "Betrag"}},
	{Name: "currency", Kind: sheet.Text, Headers: []string{"Valuta"}},
	{Name: "urgent", Kind: sheet.Bool},
}

func open(t *testing.T, text string, m sheet.Mapping) *sheet.Table {
	t.Helper()
	table, err := sheet.Open(strings.NewReader(text), schema, m, sheet.Limits{})
	require.NoError(t, err)
	return table
}

func rows(t *testing.T, table *sheet.Table) []*sheet.Row {
	t.Helper()
	var all []*sheet.Row
	for row, err := range table.Rows() {
		require.NoError(t, err)
		all = append(all, row)
	}
	require.Len(t, all, table.Len())
	return all
}

// texts are the cells of one field, in order.
func texts(t *testing.T, table *sheet.Table, field string) []string {
	t.Helper()
	var all []string
	for _, row := range rows(t, table) {
		require.Empty(t, row.Faults)
		all = append(all, row.Text(field))
	}
	return all
}

func refusal(t *testing.T, err error) []sheet.Fault {
	t.Helper()
	var r *sheet.Refusal
	require.ErrorAs(t, err, &r)
	for _, f := range r.Faults {
		require.NotEmpty(t, f.Message)
		require.NotEmpty(t, f.Mend)
	}
	return r.Faults
}

func TestOpen_Dialects(t *testing.T) {
	t.Parallel()
	const french = "Numéro de facture;Klantnaam\nF1;Crème brûlée €\n"
	utf16 := func(order unicode.Endianness) string {
		text, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(french)
		require.NoError(t, err)
		return text
	}
	ansi, err := charmap.Windows1252.NewEncoder().String(french)
	require.NoError(t, err)
	tests := []struct {
		name, text string
		mapping    sheet.Mapping
		want       string
	}{
		{"UTF8", french, sheet.Mapping{}, "Crème brûlée €"},
		{"UTF8WithByteOrderMark", "\ufeff" + french, sheet.Mapping{}, "Crème brûlée €"},
		{"UTF16LittleEndian", utf16(unicode.LittleEndian), sheet.Mapping{}, "Crème brûlée €"},
		{"UTF16BigEndian", utf16(unicode.BigEndian), sheet.Mapping{}, "Crème brûlée €"},
		{"Windows1252", ansi, sheet.Mapping{}, "Crème brûlée €"},
		{"Windows1252Stated", ansi, sheet.Mapping{Encoding: sheet.Windows1252}, "Crème brûlée €"},
		{"Commas", "number,name\n1,a\n", sheet.Mapping{}, "a"},
		{"Semicolons", "number;name\n1;a,b\n", sheet.Mapping{}, "a,b"},
		{"Tabs", "number\tname\n1\ta;b\n", sheet.Mapping{}, "a;b"},
		{"Bars", "number|name\n1|a;b\n", sheet.Mapping{}, "a;b"},
		{"KnownHeadersDecideBetweenDelimiters", "Bedrag (excl, incl, btw, korting);number;name\n1;2;a\n", sheet.Mapping{}, "a"},
		{"DelimiterStated", "number,name,x;due;amount;currency\n1,a,\n", sheet.Mapping{Delimiter: ","}, "a"},
		{"DelimiterHint", "sep=;\r\nnumber;name\r\n1;a,b\r\n", sheet.Mapping{}, "a,b"},
		{"CRLF", "number;name\r\n1;a\r\n", sheet.Mapping{}, "a"},
		{"OldMac", "number;name\r1;a\r", sheet.Mapping{}, "a"},
		{"NoLastLineBreak", "number;name\n1;a", sheet.Mapping{}, "a"},
		{"BlankLines", "\n\nnumber;name\n\n;\n1;a\n;\n", sheet.Mapping{}, "a"},
		{"QuotesDelimitersAndDoubledQuotes", "number;name\n1;\"a;\"\"b\"\"\"\n", sheet.Mapping{}, `a;"b"`},
		{"LineBreakInQuotes", "number;name\n1;\"a\r\nb\"\n", sheet.Mapping{}, "a\r\nb"},
		{"QuoteWithinPlainCell", "number;name\n1;5\" pipe\n", sheet.Mapping{}, `5" pipe`},
		{"SpaceAroundCells", " number ; name \n 1 ; \u00a0a \n", sheet.Mapping{}, "a"},
		{"EmptyCellsBehindTheLastColumn", "number;name\n1;a;;;\n", sheet.Mapping{}, "a"},
		{"HeaderWithoutCaseSpacesAndUnderscores", "NUMERO_DE FACTURE;KLANT_NAAM\n1;a\n", sheet.Mapping{}, "a"},
		{"ColumnStated", "Invoice no;Name;Debtor\n1;b;a\n", sheet.Mapping{Columns: map[string]sheet.Headers{"name": {"Other", "DEBTOR"}}}, "a"},
		{"OneColumnForTwoFields", "Invoice no\na\n", sheet.Mapping{Columns: map[string]sheet.Headers{"name": {"Invoice no"}, "number": {"Invoice no"}}}, "a"},
		{"ColumnThatOnlyLooksLikeIt", "number;name\n1;b\n", sheet.Mapping{Columns: map[string]sheet.Headers{"name": {}}, Defaults: map[string]string{"name": "a"}}, "a"},
		{"DefaultForAbsentColumn", "number\n1\n", sheet.Mapping{Defaults: map[string]string{"name": "a"}}, "a"},
		{"DefaultForEmptyCell", "number;name\n1;\n", sheet.Mapping{Defaults: map[string]string{"name": "a"}}, "a"},
		{"NeutralisedCell", "number;name\n1;'+31\n", sheet.Mapping{}, "+31"},
		{"Apostrophe", "number;name\n1;'s-Hertogenbosch\n", sheet.Mapping{}, "'s-Hertogenbosch"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, []string{tt.want}, texts(t, open(t, tt.text, tt.mapping), "name"))
		})
	}
}

func TestOpen_Windows1252IsTold(t *testing.T) {
	t.Parallel()
	notes := open(t, "number;name\n1;a\n2;Andr\xe9\n", sheet.Mapping{}).Notes()
	require.Len(t, notes, 1)
	require.Equal(t, sheet.NoteEncoding, notes[0].Code)
	require.Equal(t, 3, notes[0].Line)
	require.Equal(t, []string{"Andr\u00e9"}, texts(t, open(t, "number;name\n1;Andr\xe9", sheet.Mapping{}), "name"), "a lone accent at the very end is no cut-off character")
}

func TestOpen_NotesWhatItDecided(t *testing.T) {
	t.Parallel()
	var got []string
	for _, n := range open(t, "number;x;due;amount;y\n1;;05.11.2026;1,50;\n", sheet.Mapping{}).Notes() {
		got = append(got, string(n.Code)+": "+n.Message)
	}
	require.Equal(t, []string{
		"columns_unused: columns that are not used: B, E", "dates_read_as: dates are read as dd.mm.yyyy", "decimals_read_as: amounts are read with a decimal comma",
	}, got)
}

func TestOpen_RefusesTheFile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		mapping    sheet.Mapping
		want       string // of the first fault
	}{
		{"Empty", "", sheet.Mapping{}, "empty_file 0"},
		{"OnlyByteOrderMark", "\ufeff", sheet.Mapping{}, "empty_file 0"},
		{"OnlyBlankLines", "\n\n  \n", sheet.Mapping{}, "empty_file 0"},
		{"HeaderOnly", "number;name\n", sheet.Mapping{}, "header_only 0"},
		{"HeaderAndEmptyRows", "number;name\n;\n;\n", sheet.Mapping{}, "header_only 0"},
		{"MissingColumn", "name;due\na;2026-01-01\n", sheet.Mapping{}, "missing_column 0 number"},
		{"RequiredColumnSaidToBeAbsent", "number;name\n1;a\n", sheet.Mapping{Columns: map[string]sheet.Headers{"number": {}}}, "missing_column 0 number"},
		{"NoHeaderAtAll", "F-1;Jansen;2026-01-01\nF-2;Peeters;2026-01-02\n", sheet.Mapping{}, "missing_column 0 number"},
		{"SameHeaderTwice", "number;name;Name\n1;a;b\n", sheet.Mapping{}, "duplicate_column 0 name"},
		{"TwoHeadersForOneField", "number;name;Klantnaam\n1;a;b\n", sheet.Mapping{}, "duplicate_column 0 name"},
		{"StatedColumnAbsent", "number;name\n1;a\n", sheet.Mapping{Columns: map[string]sheet.Headers{"name": {"Debtor"}}}, "missing_column 0 name"},
		{"StatedFieldUnknown", "number\n1\n", sheet.Mapping{Columns: map[string]sheet.Headers{"nome": {"Debtor"}}}, "mapping 0 columns"},
		{"DefaultOfAnUnknownField", "number\n1\n", sheet.Mapping{Defaults: map[string]string{"nome": "x"}}, "mapping 0 defaults"},
		{"DefaultOfADate", "number\n1\n", sheet.Mapping{Defaults: map[string]string{"due": "2026-01-01"}}, "mapping 0 defaults"},
		{"UnknownDelimiter", "number\n1\n", sheet.Mapping{Delimiter: "#"}, "mapping 0 delimiter"},
		{"UnknownEncoding", "number\n1\n", sheet.Mapping{Encoding: "latin"}, "mapping 0 encoding"},
		{"UnknownDateFormat", "number\n1\n", sheet.Mapping{DateFormat: "d/m/y"}, "mapping 0 date_format"},
		{"UnknownDecimals", "number\n1\n", sheet.Mapping{Decimals: "point"}, "mapping 0 decimals"},
		{"ZeroByte", "number\n1\n\x002\n", sheet.Mapping{}, "zero_byte 3"},
		{"UTF16WithoutMark", "n\x00u\x00m\x00b\x00e\x00r\x00", sheet.Mapping{}, "zero_byte 1"},
		{"Spreadsheet", "PK\x03\x04rest", sheet.Mapping{}, "not_csv 0"},
		{"OldSpreadsheet", "\xd0\xcf\x11\xe0rest", sheet.Mapping{}, "not_csv 0"},
		{"PDF", "%PDF-1.7", sheet.Mapping{}, "not_csv 0"},
		{"MixedEncodings", "number;name\n1;Andr\u00e9\n2;Andr\xe9\n", sheet.Mapping{}, "encoding 3"},
		{"NotTheEncodingStated", "number;name\n1;Andr\xe9\n", sheet.Mapping{Encoding: sheet.UTF8}, "encoding 2"},
		{"NotTheEncodingOfItsMark", "\ufeffnumber;name\n1;Andr\xe9\n", sheet.Mapping{}, "encoding 2"},
		{"CutInACharacter", "number;name\n1;Andr\u00e9\n2;\xe2\x82", sheet.Mapping{}, "cut_off 0"},
		{"CutInAUTF16Character", "\xff\xfen\x00u", sheet.Mapping{}, "cut_off 0"},
		{"OpenQuote", "number;name\n1;a\n2;\"b\n3;c\n", sheet.Mapping{}, "open_quote 3"},
		{"UndecidedDates", "number;due\n1;01/02/2026\n2;03/03/2026\n", sheet.Mapping{}, "undecided_dates 2 due"},
		{"UndecidedDecimals", "number;amount\n1;100\n2;1.234\n", sheet.Mapping{}, "undecided_decimals 3 amount"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := sheet.Open(strings.NewReader(tt.text), schema, tt.mapping, sheet.Limits{})
			f := refusal(t, err)[0]
			got := strings.TrimSpace(string(f.Code) + " " + itoa(f.Line) + " " + f.Field)
			require.Equal(t, tt.want, got)
			require.NotContains(t, err.Error(), "Jansen", "a row that stands for a header is not repeated")
		})
	}
}

func TestOpen_NamesAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := sheet.Open(strings.NewReader("name;Klantnaam\na;b\n"), schema, sheet.Mapping{Columns: map[string]sheet.Headers{"due": {"Due"}}}, sheet.Limits{})
	require.Len(t, refusal(t, err), 3)
	_, err = sheet.Open(strings.NewReader("number;due;amount\n1;01/02/2026;1.234\n"), schema, sheet.Mapping{}, sheet.Limits{})
	require.Len(t, refusal(t, err), 2)
}

func TestOpen_LimitsAreTheCallers(t *testing.T) {
	t.Parallel()
	const text = "number;name\n1;a\n2;bbbbbbbb\n"
	for code, limits := range map[sheet.Code]sheet.Limits{
		sheet.CodeTooLarge:       {MaxBytes: int64(len(text)) - 1},
		sheet.CodeTooManyRows:    {MaxRows: 1},
		sheet.CodeTooManyColumns: {MaxColumns: 1},
		sheet.CodeCellTooLong:    {MaxCell: 5},
	} {
		_, err := sheet.Open(strings.NewReader(text), schema, sheet.Mapping{}, limits)
		require.Equal(t, code, refusal(t, err)[0].Code)
		_, err = sheet.Open(io.MultiReader(strings.NewReader(text)), schema, sheet.Mapping{}, limits)
		require.Equal(t, code, refusal(t, err)[0].Code, "the same for a stream")
	}
	_, err := sheet.Open(strings.NewReader(text), schema, sheet.Mapping{}, sheet.Limits{MaxBytes: int64(len(text)), MaxRows: 2, MaxColumns: 2, MaxCell: 8})
	require.NoError(t, err)
}

func TestOpen_ReadsAnyReader(t *testing.T) {
	t.Parallel()
	const text = "\ufeffnumber;name\n1;\u00e9\n2;b\n"
	for name, r := range map[string]io.Reader{
		"Stream":     io.MultiReader(strings.NewReader(text)),
		"ByteByByte": iotest.OneByteReader(strings.NewReader(text)),
	} {
		table, err := sheet.Open(r, schema, sheet.Mapping{}, sheet.Limits{})
		require.NoError(t, err, name)
		require.Equal(t, []string{"\u00e9", "b"}, texts(t, table, "name"), name)
		require.Equal(t, []string{"\u00e9", "b"}, texts(t, table, "name"), "%s: and once more", name)
	}
	behind := strings.NewReader("skip me\n" + text)
	_, err := behind.Seek(int64(len("skip me\n")), io.SeekStart)
	require.NoError(t, err)
	table, err := sheet.Open(behind, schema, sheet.Mapping{}, sheet.Limits{})
	require.NoError(t, err)
	require.Equal(t, []string{"\u00e9", "b"}, texts(t, table, "name"))

	broken := errors.New("line is down")
	_, err = sheet.Open(iotest.ErrReader(broken), schema, sheet.Mapping{}, sheet.Limits{})
	require.ErrorIs(t, err, broken)
}

// growing is a file that somebody appends to after it was opened.
type growing struct {
	*strings.Reader

	more string
}

func (g *growing) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	if errors.Is(err, io.EOF) && g.more != "" {
		n, err, g.more = copy(p, g.more), nil, ""
	}
	return n, err
}

func TestRows_TellAFileThatChanged(t *testing.T) {
	t.Parallel()
	file := &growing{Reader: strings.NewReader("number\n1\n")}
	table, err := sheet.Open(file, schema, sheet.Mapping{}, sheet.Limits{})
	require.NoError(t, err)
	file.more = "2\n"
	var last error
	for _, err := range table.Rows() {
		last = err
	}
	require.ErrorContains(t, last, "changed")
}

func TestRows_StopWhenTheCallerDoes(t *testing.T) {
	t.Parallel()
	table := open(t, "number\n1\n2\n3\n", sheet.Mapping{})
	seen := 0
	for range table.Rows() {
		seen++
		break
	}
	require.Equal(t, 1, seen)
}

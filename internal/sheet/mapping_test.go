package sheet_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/sheet"
)

func TestParseMapping(t *testing.T) {
	t.Parallel()
	want := sheet.Mapping{
		Columns:   map[string]sheet.Headers{"number": {"Belegnr."}, "name": {"Kunde", "Firma"}},
		Delimiter: "\t", Encoding: sheet.Windows1252, DateFormat: sheet.DateUS, Decimals: sheet.DecimalComma, Defaults: map[string]string{"currency": "EUR"},
	}
	const inYAML = "columns:\n  number: Belegnr.\n  name: [Kunde, Firma]\ndelimiter: \"\\t\"\nencoding: windows-1252\n" +
		"date_format: mm/dd/yyyy\ndecimals: comma\ndefaults: {currency: EUR}\n"
	const inJSON = `{"columns":{"number":"Belegnr.","name":["Kunde","Firma"]},"delimiter":"\t","encoding":"windows-1252",` +
		`"date_format":"mm/dd/yyyy","decimals":"comma","defaults":{"currency":"EUR"}}`
	for name, text := range map[string]string{"YAML": inYAML, "JSON": inJSON} {
		got, err := sheet.ParseMapping([]byte(text))
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
	var got sheet.Mapping
	require.NoError(t, json.Unmarshal([]byte(inJSON), &got))
	require.Equal(t, want, got)
	text, err := json.Marshal(want)
	require.NoError(t, err)
	again, err := sheet.ParseMapping(text)
	require.NoError(t, err)
	require.Equal(t, want, again)

	empty, err := sheet.ParseMapping(nil)
	require.NoError(t, err)
	require.Equal(t, sheet.Mapping{}, empty)
}

func TestParseMapping_Refuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"UnknownMember": "date_fromat: dd/mm/yyyy", "TwoDocuments": "delimiter: ;\n---\ndelimiter: ;", "NoMap": "[1]",
		"WrongType": "columns: {number: {a: b}}", "TooLong": strings.Repeat("#", 65<<10),
	} {
		_, err := sheet.ParseMapping([]byte(text))
		require.Error(t, err, name)
	}
}

func TestNormal(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"Numéro de facture", "NUMERO_DE_FACTURE", " numéro-de  facture: ", "Nume\u0301ro de facture"} {
		require.Equal(t, "numerodefacture", sheet.Normal(header))
	}
	require.Equal(t, "straße", sheet.Normal("Straße"))
	require.Equal(t, "no1", sheet.Normal("№ 1"))
	require.Empty(t, sheet.Normal(" _-. "))
}

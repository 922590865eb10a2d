package reference_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/money"
	"maan/internal/reference"
)

func transfer(change func(*reference.Transfer)) reference.Transfer {
	t := reference.Transfer{
		Name:      "Voorbeeld Leverancier BV",
		IBAN:      "NL91ABNA0417164300",
		Amount:    money.New(121000, "EUR"),
		Reference: "RF18539007547034",
		Note:      "Factuur 2026-0123",
	}
	if change != nil {
		change(&t)
	}
	return t
}

func TestTransfer_EPC(t *testing.T) {
	t.Parallel()
	const head = "BCD\n002\n1\nSCT\n\nVoorbeeld Leverancier BV\nNL91ABNA0417164300\nEUR1210.00\n\n"
	tests := []struct {
		name   string
		change func(*reference.Transfer)
		want   string
	}{
		{"RF", nil, head + "RF18539007547034\n\nFactuur 2026-0123"},
		{"RFAsPrinted", func(t *reference.Transfer) {
			t.Reference, t.IBAN = "rf18 5390 0754 7034", "nl91 abna 0417 1643 00"
		}, head + "RF18539007547034\n\nFactuur 2026-0123"},
		{"OGMIsTwelveDigitsInLineTen", func(t *reference.Transfer) {
			t.Reference, t.Text, t.Note = "+++010/8068/17183+++", "left out", ""
		}, head + "010806817183"},
		{"BetalingskenmerkIsText", func(t *reference.Transfer) {
			t.Reference, t.Note = "5000056789012345", ""
		}, head + "\n5000056789012345"},
		{"PlainReferenceComesBeforeTheText", func(t *reference.Transfer) {
			t.Reference, t.Text = "2026-0123", "klant 77"
		}, head + "\n2026-0123 klant 77\nFactuur 2026-0123"},
		{"OnlyText", func(t *reference.Transfer) {
			t.Reference, t.Text, t.Note = "", "Facture n°\u00a012\r\nété", ""
		}, head + "\nFacture n. 12 ete"},
		{
			"NothingToSay", func(t *reference.Transfer) { t.Reference, t.Note = "", "" },
			strings.TrimRight(head, "\n"),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			payload, err := transfer(tt.change).EPC()
			require.NoError(t, err)
			require.Equal(t, tt.want, payload)
		})
	}
}

// Without the empty purpose line the reference slips into the purpose, and the
// payment arrives without it.
func TestTransfer_EPCKeepsTheEmptyPurposeLine(t *testing.T) {
	t.Parallel()
	for _, ref := range []string{"RF18539007547034", "010806817183"} {
		payload, err := transfer(func(t *reference.Transfer) { t.Reference = ref }).EPC()
		require.NoError(t, err)
		lines := strings.Split(payload, "\n")
		require.Equal(t, "EUR1210.00", lines[7])
		require.Empty(t, lines[8], "line 9, the purpose")
		require.Equal(t, ref, lines[9], "line 10, the structured reference")
	}
	payload, err := transfer(func(t *reference.Transfer) { t.Reference = "5000056789012345" }).EPC()
	require.NoError(t, err)
	require.Equal(t, []string{"", "", "5000056789012345"}, strings.Split(payload, "\n")[8:11], "a betalingskenmerk is text, line 11")
}

func TestTransfer_EPCPublishedSizeOfTheExample(t *testing.T) {
	t.Parallel()
	payload, err := transfer(nil).EPC()
	require.NoError(t, err)
	require.Len(t, payload, 106)
}

func TestTransfer_EPCWritesNamesInASCII(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{"Franz Mustermänn", "Franz Mustermann"},
		{"Société Générale d’Électricité", "Societe Generale d'Electricite"},
		{"Straße & Söhne GmbH", "Strasse & Sohne GmbH"},
		{"Łódź Ørsted Œuvre", "Lodz Orsted OEuvre"},
		{"Cafe\u0301  Jansen\tBV\n", "Cafe Jansen BV"},
		{"Мир BV", "... BV"},
		{strings.Repeat("a", 69) + " BV", strings.Repeat("a", 69)},
		{strings.Repeat("é", 80), strings.Repeat("e", 70)},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			payload, err := transfer(func(t *reference.Transfer) { t.Name = tt.name }).EPC()
			require.NoError(t, err)
			require.Equal(t, tt.want, strings.Split(payload, "\n")[5])
		})
	}
}

func TestTransfer_EPCBIC(t *testing.T) {
	t.Parallel()
	payload, err := transfer(func(t *reference.Transfer) { t.BIC = "abna nl2a" }).EPC()
	require.NoError(t, err)
	require.Equal(t, "ABNANL2A", strings.Split(payload, "\n")[4])

	payload, err = transfer(func(t *reference.Transfer) {
		t.IBAN, t.BIC = "GB82WEST12345698765432", "WESTGB22XXX"
	}).EPC()
	require.NoError(t, err)
	require.Equal(t, "WESTGB22XXX", strings.Split(payload, "\n")[4])
}

func TestTransfer_EPCRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		field  reference.Field
		code   reference.Code
		change func(*reference.Transfer)
	}{
		{"NoName", reference.FieldName, reference.Missing, func(t *reference.Transfer) { t.Name = " \n" }},
		{"NameWithoutLatinLetters", reference.FieldName, reference.Missing, func(t *reference.Transfer) { t.Name = "株式会社" }},
		{"NoIBAN", reference.FieldIBAN, reference.BadLength, func(t *reference.Transfer) { t.IBAN = "" }},
		{"MistypedIBAN", reference.FieldIBAN, reference.BadCheckDigits, func(t *reference.Transfer) { t.IBAN = "NL91ABNA0417164301" }},
		{"IBANOutsideSEPA", reference.FieldIBAN, reference.BadCountry, func(t *reference.Transfer) { t.IBAN = "TR330006100519786457841326" }},
		{"BICNeededOutsideTheEEA", reference.FieldBIC, reference.Missing, func(t *reference.Transfer) { t.IBAN = "GB82WEST12345698765432" }},
		{"BICTooShort", reference.FieldBIC, reference.BadLength, func(t *reference.Transfer) { t.BIC = "ABNANL2" }},
		{"BICWithoutCountry", reference.FieldBIC, reference.BadCharacter, func(t *reference.Transfer) { t.BIC = "ABNA112A" }},
		{"BICWithSign", reference.FieldBIC, reference.BadCharacter, func(t *reference.Transfer) { t.BIC = "ABNANL-A" }},
		{"Pounds", reference.FieldAmount, reference.NotEUR, func(t *reference.Transfer) { t.Amount = money.New(100, "GBP") }},
		{"NoCurrency", reference.FieldAmount, reference.NotEUR, func(t *reference.Transfer) { t.Amount = money.Amount{} }},
		{"Zero", reference.FieldAmount, reference.OutOfRange, func(t *reference.Transfer) { t.Amount = money.New(0, "EUR") }},
		{"Negative", reference.FieldAmount, reference.OutOfRange, func(t *reference.Transfer) { t.Amount = money.New(-1, "EUR") }},
		{"Billion", reference.FieldAmount, reference.OutOfRange, func(t *reference.Transfer) { t.Amount = money.New(100_000_000_000, "EUR") }},
		{"LongReference", reference.FieldReference, reference.TooLong, func(t *reference.Transfer) { t.Reference = strings.Repeat("x", 141) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wrong := transfer(tt.change)
			payload, err := wrong.EPC()
			var fault *reference.TransferError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, tt.field, fault.Field)
			require.Equal(t, tt.code, fault.Code)
			require.Empty(t, payload)
			require.NotContains(t, err.Error(), wrong.Name)
			if wrong.IBAN != "" {
				require.NotContains(t, err.Error(), wrong.IBAN)
			}
		})
	}
}

// Whatever people write into the texts, the payload keeps the bounds of
// EPC069-12.
func TestTransfer_EPCKeepsTheBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := transfer(func(in *reference.Transfer) {
			in.Name = "A" + rapid.StringN(0, 100, -1).Draw(t, "name")
			in.Amount = money.New(rapid.Int64Range(1, 99_999_999_999).Draw(t, "minor"), "EUR")
			in.Reference = rapid.SampledFrom([]string{"", "RF18539007547034", "2026-0123"}).Draw(t, "reference")
			in.Text = rapid.StringN(0, 300, -1).Draw(t, "text")
			in.Note = rapid.StringN(0, 300, -1).Draw(t, "note")
			in.IBAN = rapid.SampledFrom([]string{"NL91ABNA0417164300", "MT84MALT011000012345MTLCAST001S"}).Draw(t, "iban")
			in.BIC = rapid.SampledFrom([]string{"", "MALTMTMTXXX"}).Draw(t, "bic")
		})
		payload, err := in.EPC()
		require.NoError(t, err)
		requireEPCBounds(t, payload)
	})
}

func TestTransfer_EPCFillsTheLargestPayload(t *testing.T) {
	t.Parallel()
	payload, err := reference.Transfer{
		Name: strings.Repeat("N", 99), IBAN: "MT84MALT011000012345MTLCAST001S", BIC: "MALTMTMTXXX",
		Amount: money.New(99_999_999_999, "EUR"), Text: strings.Repeat("T", 200), Note: strings.Repeat("O", 99),
	}.EPC()
	require.NoError(t, err)
	require.Len(t, payload, 331)
	requireEPCBounds(t, payload)
	_, err = reference.QRCodePNG(payload)
	require.NoError(t, err)
}

func requireEPCBounds(t require.TestingT, payload string) {
	require.LessOrEqual(t, len(payload), 331)
	require.Empty(t, strings.Trim(payload, "\n"+asciiCharacters))
	lines := strings.Split(payload+strings.Repeat("\n", 12), "\n")[:12]
	require.LessOrEqual(t, strings.Count(payload, "\n"), 11)
	require.NotEmpty(t, lines[5])
	require.LessOrEqual(t, len(lines[5]), 70)
	require.LessOrEqual(t, len(lines[9]), 35)
	require.LessOrEqual(t, len(lines[10]), 140)
	require.LessOrEqual(t, len(lines[11]), 70)
	require.True(t, lines[9] == "" || lines[10] == "", "structured reference and text exclude each other")
}

// asciiCharacters are the printable ones.
var asciiCharacters = func() string {
	var b strings.Builder
	for c := byte(' '); c <= '~'; c++ {
		b.WriteByte(c)
	}
	return b.String()
}()

package matching_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/matching"
)

// numbersIn tells which of the documents, all of customer c1, a text names.
func numbersIn(t *testing.T, text string, numbers ...string) []string {
	t.Helper()
	items := make([]matching.Item, len(numbers))
	for i, n := range numbers {
		items[i] = invoice(t, n, "1.00")
	}
	p := matching.Payment{Amount: eur(t, "999.99"), Text: text}
	return evidence(match(t, index(t, matching.Policy{}, items...), p), matching.EvidenceNumberText)
}

func TestText_NumbersFound(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text    string
		numbers []string
	}{
		"AsIssued":            {"factuur 2026-0101", []string{"2026-0101"}},
		"Alone":               {"2026-0101", []string{"2026-0101"}},
		"WithoutSeparator":    {"20260101", []string{"2026-0101"}},
		"AddedSeparators":     {"20.26/0101", []string{"20260101"}},
		"Spaces":              {"fact 2026 0101", []string{"2026-0101"}},
		"SpacedDash":          {"fact 2026 - 0101", []string{"2026-0101"}},
		"LongDash":            {"fact 2026–0101", []string{"2026-0101"}},
		"LowerCase":           {"inv-2026-a7", []string{"INV-2026-A7"}},
		"LeadingZerosOurs":    {"nr 45678", []string{"00045678"}},
		"LeadingZerosTheirs":  {"nr 0004567", []string{"4567"}},
		"ZerosBehindLetters":  {"cn 12", []string{"CN-0012"}},
		"GluedLabel":          {"FACT20260101", []string{"2026-0101"}},
		"GluedLabelAndDash":   {"Factuurnr.2026-0101", []string{"2026-0101"}},
		"PrefixOfOurs":        {"INV-2026-0055", []string{"2026-0055"}},
		"PrefixApart":         {"INV 2026 0055", []string{"INV-2026-0055"}},
		"Letters":             {"Snippet1", []string{"Snippet1"}},
		"Accents":             {"rég2026é1", []string{"RÉG-2026É-1"}},
		"Comma":               {"2026-0101,2026-0107", []string{"2026-0101", "2026-0107"}},
		"PlainComma":          {"20260101,20260107", []string{"20260101", "20260107"}},
		"Slash":               {"2026-0101/2026-0107", []string{"2026-0101", "2026-0107"}},
		"PlainSlash":          {"1001/1002/1003", []string{"1001", "1002", "1003"}},
		"Plus":                {"2026-0101+2026-0107", []string{"2026-0101", "2026-0107"}},
		"SpacesBetween":       {"2026 0101 2026 0107", []string{"2026-0101", "2026-0107"}},
		"And":                 {"20260101 en 20260107", []string{"20260101", "20260107"}},
		"LabelInBetween":      {"2026-0101/INV-2026-0107", []string{"2026-0101", "2026-0107"}},
		"NameBehind":          {"2026-0101/ACME", []string{"2026-0101"}},
		"CommaAndAPage":       {"2026-0101,12", []string{"2026-0101"}},
		"EndOfSentence":       {"Factuur 2026-0101. Bedankt.", []string{"2026-0101"}},
		"Brackets":            {"(2026-0101)", []string{"2026-0101"}},
		"Hash":                {"#2026-0101", []string{"2026-0101"}},
		"Colon":               {"factuur:2026-0101", []string{"2026-0101"}},
		"BesideAnAmount":      {"20260101 EUR 1.210,00", []string{"20260101"}},
		"BesideASign":         {"20260101 €1210", []string{"20260101"}},
		"BesideADate":         {"2026-0101 dd 07-01-2026", []string{"2026-0101"}},
		"BesideAnAccount":     {"NL91 ABNA 0417 1643 00 2026-0101", []string{"2026-0101"}},
		"BesideAPhone":        {"2026-0101 tel 0475 12 34 56", []string{"2026-0101"}},
		"LongBesideShort":     {"20260101 15", []string{"20260101"}},
		"LongestWins":         {"2026-0101-2", []string{"2026-0101-2"}},
		"DateSpelledSo":       {"factuur 2026-01-07", []string{"2026-01-07"}},
		"MonthSpelledSo":      {"factuur 2026-01", []string{"2026-01"}},
		"DottedSpelledSo":     {"factuur 1.234.567", []string{"1.234.567"}},
		"EightDigitsAreNoDay": {"factuur 20260107", []string{"20260107"}},
		"ZeroLedSpelledSo":    {"factuur 0475123456", []string{"0475123456"}},
		"MonthWithALetter":    {"factuur 2026-01-A", []string{"2026-01-A"}},
		"LabelledMonth":       {"INV-2026-01", []string{"INV-2026-01"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ElementsMatch(t, tt.numbers, numbersIn(t, tt.text, tt.numbers...))
		})
	}
}

func TestText_NotANumberOfOurs(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text string
		ours []string
	}{
		"InsideALongerNumber":      {"order 12345", []string{"123", "1234", "2345", "345"}},
		"TooShort":                 {"factuur 123", []string{"123"}},
		"TooShortBehindZeros":      {"factuur 000123", []string{"000123"}},
		"NoDigits":                 {"ABCD", []string{"ABCD"}},
		"InsideAWord":              {"XY20260101", []string{"20260101"}},
		"LettersBehind":            {"20260101X", []string{"20260101"}},
		"Year":                     {"huur 2026", []string{"2026"}},
		"YearsApart":               {"2025/2026", []string{"2025", "2026"}},
		"ADayOfThat":               {"2026-01-07", []string{"20260107", "2026-0107"}},
		"ADayTheOtherWay":          {"07-01-2026", []string{"07012026", "7012026"}},
		"ADayWithDots":             {"7.1.2026", []string{"712026"}},
		"ADayWithSpaces":           {"2026 01 07", []string{"20260107"}},
		"AShortDay":                {"07/01/26", []string{"70126"}},
		"ADayInOnePiece":           {"07012026", []string{"7012026"}},
		"AShortDayInOnePiece":      {"070126", []string{"70126"}},
		"ADayBehindAWord":          {"DATUM/2026-01-07", []string{"20260107"}},
		"AMonth":                   {"periode 2026-01", []string{"202601"}},
		"AMonthWithASpace":         {"periode 01 2026", []string{"12026"}},
		"AmountComma":              {"1210,00", []string{"1210", "121000"}},
		"AmountOneDecimal":         {"12345,5", []string{"12345"}},
		"AmountDot":                {"1210.00", []string{"1210", "121000"}},
		"AmountGrouped":            {"1.234.567", []string{"1234567"}},
		"AmountGroupedComma":       {"1.234.567,89", []string{"1234567", "567"}},
		"AmountSpaced":             {"1 234 567,89", []string{"1234567", "1234"}},
		"AmountBehindEUR":          {"EUR 1210", []string{"1210"}},
		"AmountBeforeEUR":          {"1210 EUR", []string{"1210"}},
		"AmountBehindASign":        {"€ 12345", []string{"12345"}},
		"AmountBeforeASign":        {"12345€", []string{"12345"}},
		"AmountBeforeASignAtLast":  {"betaald 12345 €", []string{"12345"}},
		"AmountBeforeASignAndText": {"12345€ betaald", []string{"12345"}},
		"AmountBesideAnother":      {"€ 12345 20", []string{"12345"}},
		"AmountSpacedDot":          {"1 234 567.00", []string{"1234", "1234567"}},
		"AmountShort":              {"1.23", []string{"123"}},
		"AccountTooLong":           {"BE68 5390 0754 7034 5390 0754 7034 5390 0754 7034", []string{"53900754"}},
		"AccountOfNowhere":         {"XX68 5390 0754 7034 5390 0754 7034 5390 0754", []string{"53900754"}},
		"AccountGrouped":           {"BE68 5390 0754 7034", []string{"5390", "7034", "07547034", "539007547034"}},
		"AccountPlain":             {"BE68539007547034", []string{"539007547034", "68539007547034"}},
		"AccountMistyped":          {"NL91 ABNA 0417 1643 01", []string{"0417", "1643", "4171643", "417164301"}},
		"Card":                     {"1234 5678 9012 3456", []string{"5678", "9012", "56789012"}},
		"PhoneMobile":              {"0475 12 34 56", []string{"475123456", "47512", "3456", "123456"}},
		"PhoneSlashed":             {"0475/12.34.56", []string{"475123456", "123456"}},
		"PhoneDutch":               {"06-12345678", []string{"612345678", "12345678"}},
		"PhoneDutchSpaced":         {"06 12345678 bellen", []string{"612345678", "12345678"}},
		"PhoneInternational":       {"+32 475 12 34 56", []string{"32475123456", "475123456"}},
		"PhonePlain":               {"+31612345678", []string{"31612345678", "612345678"}},
		"PhoneZeros":               {"0031612345678", []string{"31612345678"}},
		"PhoneLabelled":            {"Tel. 475123456", []string{"475123456"}},
		"PhoneAndMore":             {"0475 12345678901", []string{"475"}},
		"GroupsThatDoNotEnd":       {"1001 1002 9", []string{"1001", "1002", "10011002"}},
		"PartOfAnother":            {"2026-0101-77", []string{"2026-0101", "0101-77"}},
		"SuffixOfAMonth":           {"2026-01-A", []string{"2026-01"}},
		"SuffixOfAnother":          {"2026-0101-A", []string{"2026-0101"}},
		"CorrectionOfAnother":      {"2026-0101-CORR", []string{"2026-0101"}},
		"SeriesOfAnother":          {"V-2026-0101", []string{"2026-0101"}},
		"CreditNoteOfTheNumber":    {"CN-2026-0101", []string{"2026-0101"}},
		"TwoWordsOverAComma":       {"2026, 0101", []string{"20260101"}},
		"Empty":                    {"", []string{"2026-0101"}},
		"Broken":                   {"\xff2026\xfe-0101", []string{"2026-0101"}},
		"BeyondWhatIsRead":         {strings.Repeat("woord ", 700) + "2026-0101", []string{"2026-0101"}},
		"CutWhereTheReadingEnds":   {strings.Repeat(" ", 4090) + "2026-01010", []string{"2026-01", "2026-0101"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Empty(t, numbersIn(t, tt.text, tt.ours...))
		})
	}
}

// The digits of an account may be somebody's reference; they are not given as one.
func TestText_AnAccountIsNoReference(t *testing.T) {
	t.Parallel()
	ix := index(t, matching.Policy{}, referenced("539007547034", invoice(t, "A-2026-1", "40.00")))
	require.Equal(t, matching.None, match(t, ix, text(t, "40.00", "rek BE68 5390 0754 7034")).Decision)
	require.Equal(t, matching.None, match(t, ix, text(t, "40.00", "rek 1-539007547034-2")).Decision)
	require.Equal(t, matching.None, match(t, ix, text(t, "40.00", "rek 1-539007547034")).Decision)
	require.Equal(t, matching.None, match(t, ix, text(t, "40.00", "rek 539007547034-2")).Decision)
	require.Equal(t, matching.Auto, match(t, ix, text(t, "40.00", "539/0075/47034")).Decision)
}

// An amount or a date never closes an invoice that is called like it.
func TestText_AmountAndDateDoNotPay(t *testing.T) {
	t.Parallel()
	ix := index(t, matching.Policy{}, invoice(t, "20260107", "1210.00"), invoice(t, "1210", "1210.00"))
	for _, remittance := range []string{"betaling van 2026-01-07", "1.210,00", "EUR 1210", "dd 2026.01.07 1210,00 EUR"} {
		require.Equal(t, matching.None, match(t, ix, text(t, "1210.00", remittance)).Decision, remittance)
	}
}

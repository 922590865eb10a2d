package bankstatement_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement"
	"maan/internal/bankstatement/statementtest"
)

func inVersion(namespace string) string {
	return `<Document xmlns="` + namespace + `"/>`
}

// billionLaughs is the classic: entities that double each other.
func billionLaughs() string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY l0 "lol">`)
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&b, `<!ENTITY l%d "&l%d;&l%d;">`, i, i-1, i-1)
	}
	return b.String() + `]>` + strings.TrimPrefix(file(ntry(credit+"<AddtlNtryInf>&l29;</AddtlNtryInf>")), `<?xml version="1.0" encoding="UTF-8"?>`)
}

func utf16LE(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.Write([]byte{byte(u), byte(u >> 8)})
	}
	return b.String()
}

// Each of these gives one fault and nothing else.
func TestRead_HostileFilesGiveOneClearFault(t *testing.T) {
	t.Parallel()
	const iso = "urn:iso:std:iso:20022:tech:xsd:"
	good := file(ntry(credit))
	half, _, _ := strings.Cut(good, "<BookgDt>")
	long := func(name string) string { return "<" + name + ">" + strings.Repeat("x", 5000) + "</" + name + ">" }
	tests := []struct {
		name, text string
		code       bankstatement.Code
		line       int
		says       string
	}{
		{"DTD", `<!DOCTYPE Document SYSTEM "http://attacker.example/x.dtd">` + good[len(`<?xml version="1.0" encoding="UTF-8"?>`):], bankstatement.CodeDTD, 1, "document type"},
		{"BillionLaughs", billionLaughs(), bankstatement.CodeDTD, 1, "entity declaration"},
		{"UndeclaredEntity", file(ntry(credit + "<AddtlNtryInf>&x;</AddtlNtryInf>")), bankstatement.CodeMalformed, 4, "ampersand"},
		{"Truncated", half, bankstatement.CodeMalformed, 4, "stops before its end"},
		{"TruncatedByOneByte", good[:len(good)-1], bankstatement.CodeMalformed, 5, "stops before its end"},
		{"Empty", "", bankstatement.CodeMalformed, 0, "empty"},
		{"NotXML", ":20:STARTUMSE\n:25:10020030/1234567", bankstatement.CodeMalformed, 2, "text outside"},
		{"TwoFilesInOne", good + good, bankstatement.CodeMalformed, 5, "XML declaration"},
		{"NotUTF8", file(ntry(credit + "\n<AddtlNtryInf>caf\xe9</AddtlNtryInf>")), bankstatement.CodeCharset, 5, "not UTF-8"},
		{"UTF16", "\xff\xfe" + utf16LE(good), bankstatement.CodeCharset, 0, "UTF-16"},
		{"OtherCharset", strings.Replace(good, "UTF-8", "ISO-8859-2", 1), bankstatement.CodeCharset, 1, "other than UTF-8, US-ASCII, ISO-8859-1, ISO-8859-15 and windows-1252"},
		{"MarkAndCharsetDisagree", "\xef\xbb\xbf" + strings.Replace(good, "UTF-8", "ISO-8859-1", 1), bankstatement.CodeCharset, 1, "mark of UTF-8"},
		{"TooDeep", file(strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100)), bankstatement.CodeTooDeep, 4, "64 levels"},
		{"LongValue", file(ntry(credit + long("AddtlNtryInf"))), bankstatement.CodeTooLong, 4, "4000 bytes"},
		{"LongTokenThatIsNotRead", file("<SplmtryData>" + strings.Repeat("x", 2<<20) + "</SplmtryData>"), bankstatement.CodeTooLong, 4, "1048576 bytes"},
		{"HugeHead", start02 + "<Stmt>" + strings.Repeat("<Bal/>", 20_001), bankstatement.CodeTooManyElements, 3, "20000"},
		{"Version06", inVersion(iso + "camt.053.001.06"), bankstatement.CodeNotCAMT053, 1, "the file is camt.053.001.06; read are camt.053.001.02, .03, .04 and .08"},
		{"CAMT052", inVersion(iso + "camt.052.001.08"), bankstatement.CodeNotCAMT053, 1, "report during the day"},
		{"CAMT054", inVersion(iso + "camt.054.001.02"), bankstatement.CodeNotCAMT053, 1, "notification"},
		{"PaymentOrder", inVersion(iso + "pain.001.001.03"), bankstatement.CodeNotCAMT053, 1, "pain.001.001.03, which is no bank statement"},
		{"OtherNamespace", inVersion("urn:example:x"), bankstatement.CodeNotCAMT053, 1, "xmlns"},
		{"NoNamespace", "<Document/>", bankstatement.CodeNotCAMT053, 1, "xmlns"},
		{"OtherRoot", strings.ReplaceAll(good, "Document", "Dokument"), bankstatement.CodeNotCAMT053, 2, "camt.053.001.02"},
		{"NoStatement", start02 + end, bankstatement.CodeMissing, 0, "no statement"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			faults := refused(t, tt.text)
			require.Len(t, faults, 1)
			require.Equal(t, tt.code, faults[0].Code)
			require.Equal(t, tt.line, faults[0].Line)
			require.Contains(t, faults[0].Message, tt.says)
			require.True(t, strings.HasPrefix(faults[0].Path, "/"))
		})
	}
}

func TestRead_Charsets(t *testing.T) {
	t.Parallel()
	name := func(n string) string {
		return file(ntry(credit + details(tx("<RltdPties><Dbtr><Nm>"+n+"</Nm></Dbtr></RltdPties>"))))
	}
	tests := []struct{ name, text, want string }{
		{"UTF8", name("Café €"), "Café €"},
		{"UTF8WithMark", "\xef\xbb\xbf" + name("Café €"), "Café €"},
		{"NoDeclaration", strings.TrimPrefix(name("Café"), `<?xml version="1.0" encoding="UTF-8"?>`), "Café"},
		{"Latin1", strings.Replace(name("Caf\xe9"), "UTF-8", "ISO-8859-1", 1), "Café"},
		{"Latin9", strings.Replace(name("Caf\xe9 \xa4"), "UTF-8", "iso-8859-15", 1), "Café €"},
		{"Windows1252", strings.Replace(name("Caf\xe9 \x80"), "UTF-8", "Windows-1252", 1), "Café €"},
		{"ASCII", strings.Replace(name("Cafe"), "UTF-8", "us-ascii", 1), "Cafe"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, read(t, tt.text).Statements[0].Entries[0].Transactions[0].Counterparty.Name)
		})
	}
}

func TestRead_OddFormsAreRead(t *testing.T) {
	t.Parallel()
	good := file(ntry(credit))
	prefixed := strings.NewReplacer("</", "</c:", "xmlns=", "xmlns:c=", "<?", "<?", "<", "<c:").Replace(good)
	for name, text := range map[string]string{
		"Prefix":            prefixed,
		"Comments":          strings.Replace(good, ">10.00<", "><!-- a -->10<!-- b -->.00<", 1),
		"CDATA":             strings.Replace(good, ">10.00<", "><![CDATA[10.00]]><", 1),
		"ForeignElements":   strings.Replace(good, "<Ntry>", `<Ntry><Amt xmlns="urn:example:x" Ccy="EUR">99.00</Amt>`, 1),
		"SupplementaryData": strings.Replace(good, "</Ntry>", `<NtryDtls><TxDtls><SplmtryData><Envlp><x:Any xmlns:x="urn:x">1</x:Any></Envlp></SplmtryData></TxDtls></NtryDtls></Ntry>`, 1),
	} {
		doc := read(t, text)
		require.Equal(t, eur(1000), doc.Statements[0].Entries[0].Amount, name)
	}
}

// Every fault of a file is told at once, each with its place, and none holds
// what a person would mind.
func TestRead_AllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	const person = "Jan Jansen"
	parties := details(tx("<RltdPties><Dbtr><Nm>" + person + "</Nm></Dbtr></RltdPties>"))
	faults := refused(t, start02+"<Stmt>"+bal("OPBD", "x")+bal("CLBD", "1.00")+"\n"+strings.Join([]string{
		ntry(`<CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>` + dates + parties),
		ntry(amt("10.00") + `<CdtDbtInd>` + person + `</CdtDbtInd><Sts>BOOK</Sts>` + dates),
		ntry(amt("10.00") + `<CdtDbtInd>CRDT</CdtDbtInd><Sts>` + person + `</Sts>` + dates),
		ntry(amt(person) + `<CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>` + person + `</Dt></BookgDt>`),
		ntry(amt("10.00") + `<CdtDbtInd>CRDT</CdtDbtInd><RvslInd>` + person + `</RvslInd><Sts>BOOK</Sts>` + dates),
		ntry(amt("10.00") + `<CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>`),
		ntry(`<Amt Ccy="` + person + `">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>` + dates),
		ntry(`<Amt Ccy="USD">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>` + dates),
		ntry(credit + details(tx(amt("10.01")))),
		account,
	}, "\n")+"</Stmt>"+end)
	var list []string
	for _, f := range faults {
		list = append(list, fmt.Sprintf("%d %s %s", f.Line, strings.TrimPrefix(f.Path, "/Document/BkToCstmrStmt/Stmt"), f.Code))
		require.NotContains(t, f.String(), person)
		require.NotContains(t, f.String(), ownIBAN)
	}
	require.Equal(t, []string{
		"3 /Id missing", "3 /Acct/Id missing", "3 /Bal/Amt invalid_amount", "3  order",
		"4 /Ntry/Amt missing",
		"5 /Ntry[2]/CdtDbtInd invalid_code",
		"6 /Ntry[3]/Sts invalid_code",
		"7 /Ntry[4]/BookgDt/Dt invalid_date", "7 /Ntry[4]/Amt invalid_amount",
		"8 /Ntry[5]/RvslInd invalid_code",
		"9 /Ntry[6]/BookgDt missing",
		"10 /Ntry[7]/Amt/@Ccy invalid_code",
		"11 /Ntry[8]/Amt/@Ccy currency_mismatch",
		"12 /Ntry[9]/NtryDtls amounts_differ",
	}, list)
}

func TestRead_FaultsOfTheAccount(t *testing.T) {
	t.Parallel()
	require.Equal(t, []bankstatement.Code{bankstatement.CodeInvalidCode},
		codes(refused(t, strings.Replace(start02+"<Stmt><Id>S</Id>"+account+"</Stmt>"+end, "<Ccy>EUR<", "<Ccy>EURO<", 1))))
	sum := strings.Repeat(ntry(strings.Replace(credit, "10.00", "60000000000000000.00", 1)), 2)
	require.Equal(t, []bankstatement.Code{bankstatement.CodeInvalidAmount}, codes(refused(t, file(sum))))
}

func TestRead_AtMostAHundredFaults(t *testing.T) {
	t.Parallel()
	text := file(strings.Repeat(ntry(amt("x")+"<Sts>BOOK</Sts>"+dates), 1000))
	_, err := bankstatement.Read(strings.NewReader(text), bankstatement.Options{})
	refusal, ok := errors.AsType[*bankstatement.Error](err)
	require.True(t, ok)
	require.Len(t, refusal.Faults, 100)
	require.True(t, refusal.More)
	require.Contains(t, err.Error(), "100 faults")
	require.Equal(t, 101, strings.Count(err.Error(), "\n"))
	doc := read(t, file(strings.Repeat(ntry(withRef), 300)))
	require.Len(t, doc.Warnings, 100)
	require.Equal(t, 200, doc.MoreWarnings, "299 duplicates and the balance, less the 100")
}

func TestRead_LimitsAreTheCallers(t *testing.T) {
	t.Parallel()
	text := file(ntry(credit+details(tx(amt("4.00"))+tx(amt("6.00")))), ntry(credit))
	for code, options := range map[bankstatement.Code]bankstatement.Options{
		bankstatement.CodeTooLarge: {MaxBytes: int64(len(text)) - 1},
		bankstatement.CodeTooMany:  {MaxEntries: 1},
		bankstatement.CodeTooDeep:  {MaxDepth: 3},
	} {
		_, err := bankstatement.Read(strings.NewReader(text), options)
		refusal, ok := errors.AsType[*bankstatement.Error](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, []bankstatement.Code{code}, codes(refusal.Faults))
	}
	_, err := bankstatement.Read(strings.NewReader(text), bankstatement.Options{MaxBatch: 1})
	require.ErrorContains(t, err, "more than 1 transactions in one entry")
	_, err = bankstatement.Read(strings.NewReader(text), bankstatement.Options{MaxBytes: int64(len(text)), MaxEntries: 2, MaxBatch: 2, MaxDepth: 9})
	require.NoError(t, err)
}

func TestRead_ErrorOfTheReaderIsNoFault(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset")
	for _, cause := range []error{broken, fmt.Errorf("cut: %w", io.EOF)} {
		_, err := bankstatement.Read(io.MultiReader(strings.NewReader(file(ntry(credit))[:300]), iotest.ErrReader(cause)), bankstatement.Options{})
		require.ErrorIs(t, err, cause)
		_, refusal := errors.AsType[*bankstatement.Error](err)
		require.False(t, refusal)
		_, err = bankstatement.Read(io.MultiReader(strings.NewReader(file(ntry(credit))), iotest.ErrReader(cause)), bankstatement.Options{})
		require.ErrorIs(t, err, cause, "also behind the last element")
	}
}

func TestRead_SlowReaders(t *testing.T) {
	t.Parallel()
	for _, wrap := range []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.DataErrReader, iotest.HalfReader} {
		doc, err := bankstatement.Read(wrap(strings.NewReader(own(t, "balanced.xml"))), bankstatement.Options{})
		require.NoError(t, err)
		require.Len(t, doc.Statements[0].Entries, 4)
	}
}

// Generous, so that a busy machine passes: a quadratic step would take minutes.
func TestRead_LargeStatementsTakeLinearTime(t *testing.T) {
	t.Parallel()
	spec := many(statementtest.Version08, 20_000)
	batch := statementtest.Entry{Batch: spec.Entries, BankRef: "BATCH"}
	spec.Entries = []statementtest.Entry{batch}
	started := time.Now()
	doc, err := bankstatement.Read(strings.NewReader(string(written(t, spec))), bankstatement.Options{})
	require.NoError(t, err)
	require.Len(t, doc.Statements[0].Entries[0].Transactions, 20_000)
	require.Less(t, time.Since(started), time.Minute)
}

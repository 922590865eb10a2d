package document_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/document"
	"maan/internal/message"
	"maan/internal/money"
)

// Names that try to break lines, pages, the PDF and the eye.
var hostileTexts = []struct{ name, text string }{
	{"LineBreaks", "Jan\nsen\r\n\u2028\u2029\x00\x1b[31m\tB.V."},
	{"RightToLeft", "B.V. \u202eneslaH nav\u202c \u200fשלום مرحبا"},
	{"PDFSyntax", `)) Tj ET \) (( Q q endstream endobj %%EOF \`},
	{"PageAlias", "{nb} {{.Creditor}} {{define}} %!s(MISSING)"},
	{"Long", strings.Repeat("W", 300)},
	{"LongWords", strings.Repeat("Donaudampfschifffahrt ", 100)},
	{"HugeText", strings.Repeat("x y ", 5000)},
	{"OtherScripts", "株式会社 ООО Ромашка Ελλάδα 🍺🏴‍☠️ \U0010fffe \uffff"},
	{"StrayAccents", "e\u0301" + strings.Repeat("\u0300", 200)},
	{"BrokenUTF8", "a\xff\xfe\xc3(\xf0\x9f"},
	{"NoBreakSpaces", strings.Repeat("A\u00a0\u202f", 150)},
}

// hostile puts the text wherever a text can stand.
func hostile(text string) (document.InvoiceData, document.ReminderData, document.StatementData) {
	i, r, s := invoiceCopy("fr"), claiming("de"), statement("nl")
	creditor := message.Creditor{
		Name: text, LegalName: text, RegistrationNumber: text, VATNumber: text, Street: text, Postcode: text, City: text, Country: text,
		Phone: text, ContactName: text, ReplyTo: text, IBAN: text, AccountName: text, Website: text,
	}
	customer := document.Customer{
		Number: text, LegalName: text, Attention: text, Street: text, Postcode: text, City: text, Country: text + "2", RegistrationNumber: text, VATNumber: text,
	}
	for _, l := range []*document.Letterhead{&i.Letterhead, &r.Letterhead, &s.Letterhead} {
		l.Creditor, l.Customer = creditor, customer
	}
	i.Invoice.Number, i.Invoice.PaymentReference, i.Invoice.PurchaseOrder, i.Original.Channel, i.Terms.Discount = text, text, text, text, text
	r.Invoice.Number, r.Invoice.PaymentReference, r.Invoice.PurchaseOrder = text, text, text
	r.Claimed.DayCount, r.Claimed.Interest[0].Article, r.Claimed.Costs[0].Kind, r.Claimed.Costs[0].Article = text, text, text, text
	for n := range s.Items {
		s.Items[n].Number, s.Items[n].PurchaseOrder = text, text
	}
	s.Items[0].Amount, s.Items[0].Open = money.New(1<<62, "JPY"), money.New(1<<62, "JPY")
	s.Payments[0].Reference, s.Payments[0].Invoice, s.Credits[0].Reference = text, text, text
	return i, r, s
}

func hostileDocuments(t testing.TB, text string) [][]byte {
	t.Helper()
	i, r, s := hostile(text)
	invoice, err := document.Invoice(i)
	require.NoError(t, err)
	reminder, err := document.Reminder(r)
	require.NoError(t, err)
	statement, err := document.Statement(s)
	require.NoError(t, err)
	return [][]byte{invoice, reminder, statement}
}

func TestDocuments_HostileTextStaysOnThePaper(t *testing.T) {
	t.Parallel()
	for _, tt := range hostileTexts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			documents := hostileDocuments(t, tt.text)
			for _, pdf := range documents {
				requireOnPaper(t, pdf)
			}
			t.Run("RightMargin", func(t *testing.T) {
				for _, pdf := range documents {
					requireInsideRightMargin(t, pdf)
				}
			})
		})
	}
}

var wordBox = regexp.MustCompile(`<word xMin="[\d.-]+" yMin="[\d.-]+" xMax="([\d.-]+)"`)

// requireInsideRightMargin measures the right ends of the words, which needs
// the widths of the font.
func requireInsideRightMargin(t *testing.T, pdf []byte) {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed (Debian: poppler-utils): the right margin is not measured")
	}
	file := filepath.Join(t.TempDir(), "document.pdf")
	require.NoError(t, os.WriteFile(file, pdf, 0o600))
	words, err := exec.CommandContext(t.Context(), tool, "-bbox", file, "-").Output()
	require.NoError(t, err)
	found := wordBox.FindAllSubmatch(words, -1)
	require.NotEmpty(t, found)
	for _, w := range found {
		end, err := strconv.ParseFloat(string(w[1]), 64)
		require.NoError(t, err)
		require.LessOrEqual(t, end*25.4/72, 190.5)
	}
}

// requireOnPaper checks that every text begins inside the margins, that text
// and footer do not meet, and that the pages are counted.
func requireOnPaper(t testing.TB, pdf []byte) {
	t.Helper()
	const points, left, right, top, footer, lowest = 72 / 25.4, 25, 190, 15, 272, 292
	pages := pagesOf(t, pdf)
	require.Less(t, len(pages), 40)
	counted := regexp.MustCompile(`^(Page|Pagina|Seite) (\d+) (sur|van|von) ` + strconv.Itoa(len(pages)) + `$`)
	for _, page := range pages {
		below := 0
		for _, w := range page {
			x, y := w.x/points, 297-w.y/points
			require.GreaterOrEqual(t, x, left-0.1, "%q", w.text)
			require.Less(t, x, right+0.1, "%q", w.text)
			require.Greater(t, y, float64(top))
			require.Less(t, y, float64(lowest))
			require.NotRegexp(t, "[\x00-\x1f\u202a-\u202e\u2066-\u2069\u200b-\u200f]", w.text)
			switch {
			case counted.MatchString(w.text):
				below = 1
			case below > 0:
				require.Greater(t, y, float64(footer), "after the page number comes the footer only")
				below++
			default:
				require.Less(t, y, float64(footer), "%q", w.text)
			}
		}
		require.GreaterOrEqual(t, below, 2, "page number and identity")
	}
}

func TestDocuments_FontsShowTheLettersOfEurope(t *testing.T) {
	t.Parallel()
	d := invoiceCopy("fr")
	d.Customer.LegalName = "€ßŁéłŠœÆøåþĐőűžțșĠħñçĳŵŷ ΑΩ ЖЯ“”„…–—"
	require.Contains(t, invoiceText(t, d), d.Customer.LegalName)
	require.NotContains(t, invoiceText(t, d), "\ufffd")
	d.Customer.LegalName = "STRAẞE A\u030arhus Việt"
	require.Contains(t, invoiceText(t, d), "STRASSE Århus Viet", "what a font lacks has a likeness")
}

// pdftotext is a reader that is not our own.
func TestDocuments_TextIsExtractable(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed (Debian: poppler-utils): the text is not read by a foreign reader")
	}
	pdf, err := document.Reminder(claiming("fr"))
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "reminder.pdf")
	require.NoError(t, os.WriteFile(file, pdf, 0o600))
	text, err := exec.CommandContext(t.Context(), tool, "-enc", "UTF-8", file, "-").CombinedOutput()
	require.NoError(t, err)
	plain := strings.ReplaceAll(string(text), "\u00a0", " ")
	for _, want := range []string{"Brasserie Łódź & Großmann-Šimić", "12 399,54 €", "Page 2 sur 2"} {
		require.Contains(t, plain, want)
	}
	require.NotContains(t, plain, "Error")
}

func FuzzDocuments(f *testing.F) {
	for _, tt := range hostileTexts {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		i, _, _ := hostile("A " + text + " Z") // never missing
		pdf, err := document.Invoice(i)
		require.NoError(t, err)
		requireOnPaper(t, pdf)
	})
}

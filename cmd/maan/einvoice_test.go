package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/einvoice"
)

// ours holds the sample documents of the reader's own tests.
var ours = filepath.Join("..", "..", "internal", "einvoice", "testdata")

func ourSample(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(ours, name))
	require.NoError(t, err)
	return string(text)
}

func TestEinvoiceRead_ShowsWhatWasUnderstood(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file string
		says []string
	}{
		{"invoice-nl.xml", []string{
			": accepted\n", "invoice     2026-0123, type 380 (invoice)", "issued      2026-10-01", "due         2026-10-31",
			"payable     EUR 1110.05 (with VAT 1210.00, without 1000.00, prepaid 100.00)",
			"supplier    Voorbeeld Leverancier BV (Voorbeeld), Keizersgracht 1, 1015 AA Amsterdam, NL, Peppol 0106:12345678, VAT NL123456789B01, registration 0106:12345678",
			"contact none named", "contact Crediteurenadministratie, facturen@proefklant.example, +31 10 000 0000",
			"pay by      58 (SEPA credit transfer)", "account     NL91 ABNA 0417 1643 00, Voorbeeld Leverancier BV, BIC ABNANL2A",
			"reference   RF18539007547034 (rf RF18 5390 0754 7034)", "terms       Betaling binnen 30 dagen",
			"delivery    2026-09-30, Proefklant Magazijn, place 8712345000004, Maasvlakteweg 5, 3199 LZ Rotterdam, NL, despatch advice DES-88, receipt advice REC-99",
			"order       PO-4711, contract RC-2026", "lines       1", "chasing     allowed",
		}},
		{"invoice-be.xml", []string{
			"reference   +++010/8068/17183+++ (ogm +++010/8068/17183+++)", "delivery    not stated",
			"warning     /Invoice/cac:AccountingCustomerParty/cac:Party/cac:Contact\n", "contact_missing: the buyer names neither",
		}},
		{"creditnote-nl.xml", []string{
			"credit note CN-12, type 381 (credit note)", "EUR 121.00 (with VAT 121.00, without 100.00), to give back",
			"due         2026-11-09", "corrects    2026-0123, 2026-0124", "chasing     nothing to chase",
		}},
		{"invoice-factored.xml", []string{"payee       Voorbeeld Factoring NV", "chasing     blocked, factored: another payee is to be paid"}},
		{"invoice-direct-debit.xml", []string{"mandate     MANDAAT-5", "chasing     blocked, direct debit: payment means 49 or 59"}},
		{"invoice-terms-only.xml", []string{"due         2026-10-31", "due_date_assumed: the due date was taken to be 2026-10-31: 30 days"}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			out, err := run(t, "", "einvoice", "read", filepath.Join(ours, tt.file))
			require.NoError(t, err)
			for _, says := range tt.says {
				require.Contains(t, out, says)
			}
		})
	}
}

func TestEinvoiceRead_ShowsTheDiscountAndTheCodeThatBlocks(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("Betaling binnen 30 dagen", "2,5% korting binnen 8 dagen", ">380<", ">393<").Replace(ourSample(t, "invoice-nl.xml"))
	out, err := run(t, text, "einvoice", "read", "-")
	require.NoError(t, err)
	require.Contains(t, out, "-: accepted\n")
	require.Contains(t, out, "discount    2.50 % until 2026-10-09, 8 days after issue\n")
	require.Contains(t, out, "chasing     blocked, factored: type code 393\n")
}

func TestEinvoiceRead_ARefusedDocumentShowsEveryFault(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("1110.05", "-1.00", "<cbc:ID>2026-0123</cbc:ID>", "", "NL91 ABNA", "NL92 ABNA").Replace(ourSample(t, "invoice-nl.xml"))
	out, err := run(t, text, "einvoice", "read", "-")
	require.EqualError(t, err, "1 of 1 documents refused or not readable")
	require.Contains(t, out, "-: refused\n")
	for _, says := range []string{
		"error       /Invoice/cbc:ID\n              missing: the document's number is missing; add it",
		"error       /Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount\n              not_positive: the amount to pay is EUR -1.00",
		"warning     /Invoice/cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID\n              iban_invalid:",
	} {
		require.Contains(t, out, says)
	}
}

func TestEinvoiceRead_OneBadFileStopsNoOther(t *testing.T) {
	t.Parallel()
	folder, empty := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "a.XML"), []byte("<Invoice"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "b.xml"), []byte(ourSample(t, "invoice-nl.xml")), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "notes.txt"), []byte("no invoice"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "old.xml"), 0o700))
	missing := filepath.Join(folder, "missing.xml")
	last := filepath.Join(ours, "creditnote-nl.xml")

	out, err := run(t, ourSample(t, "invoice-be.xml"), "einvoice", "read", "--json", missing, folder, empty, "-", last)
	require.EqualError(t, err, "3 of 6 documents refused or not readable")
	var answers []einvoiceAnswer
	for line := range strings.Lines(out) {
		var a einvoiceAnswer
		require.NoError(t, json.Unmarshal([]byte(line), &a))
		answers = append(answers, a)
	}
	require.Len(t, answers, 6)
	files := []string{missing, filepath.Join(folder, "a.XML"), filepath.Join(folder, "b.xml"), empty, "-", last}
	numbers := []string{"", "", "2026-0123", "", "VF/2026/77", "CN-12"}
	for i, a := range answers {
		require.Equal(t, files[i], a.File)
		require.Equal(t, numbers[i] != "", a.Accepted)
		if a.Accepted {
			require.Equal(t, numbers[i], a.Document.Number)
		}
	}
	require.Contains(t, answers[0].Error, "no such file")
	require.Equal(t, einvoice.CodeMalformed, answers[1].Findings[0].Code)
	require.Contains(t, answers[3].Error, "holds no .xml file")
	require.Equal(t, einvoice.CodeContactMissing, answers[4].Findings[0].Code)
	require.Equal(t, int64(12100), answers[5].Document.Payable.Minor)

	text, err := run(t, "", "einvoice", "read", missing, last)
	require.EqualError(t, err, "1 of 2 documents refused or not readable")
	require.Contains(t, text, missing+": not readable: ")
	require.Contains(t, text, last+": accepted\n")
}

// What JSON says is the whole document.
func TestEinvoiceRead_JSONIsReadBack(t *testing.T) {
	t.Parallel()
	out, err := run(t, "", "einvoice", "read", "--json", filepath.Join(ours, "invoice-nl.xml"))
	require.NoError(t, err)
	var a einvoiceAnswer
	require.NoError(t, json.Unmarshal([]byte(out), &a))
	doc, _, err := einvoice.Read(strings.NewReader(ourSample(t, "invoice-nl.xml")), einvoice.DefaultLimits)
	require.NoError(t, err)
	require.Equal(t, doc, a.Document)
	require.Contains(t, out, `"payable":{"minor":111005,"currency":"EUR"}`)
}

func TestEinvoiceRead_OpenPeppolExamples(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("..", "..", "..", "shared", "samples", "einvoice")
	if _, err := os.Stat(folder); os.IsNotExist(err) {
		t.Skipf("the OpenPEPPOL examples are not in %s", folder)
	}
	out, err := run(t, "", "einvoice", "read", folder)
	require.EqualError(t, err, "1 of 6 documents refused or not readable", "the negative invoice")
	require.Equal(t, 5, strings.Count(out, ": accepted\n"))
	require.Contains(t, out, filepath.Join(folder, "base-negative-inv-correction.xml")+": refused\n")
	require.Contains(t, out, "discount    2.00 % until 2017-11-23, 10 days after issue")
}

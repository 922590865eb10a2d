package document_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/document"
	"maan/internal/message"
)

var (
	update = flag.Bool("update", false, "write the golden files anew")
	look   = flag.String("look", "", "write the documents into this folder, to look at them")
)

// sample is a document whose wording and bytes are kept in a golden file.
type sample struct {
	name  string
	write func(language string) ([]byte, error)
}

// western is a name of which the Helvetica of every reader has the characters, so that the
// document carries no fonts.
const western = "Brasserie “Élysée” & Großmann–Ünal"

func samples() []sample {
	invoice := func(change func(*document.InvoiceData)) func(string) ([]byte, error) {
		return func(language string) ([]byte, error) {
			d := invoiceCopy(language)
			change(&d)
			return document.Invoice(d)
		}
	}
	return []sample{
		{"invoice_copy", invoice(func(*document.InvoiceData) {})},
		{"invoice_summary", invoice(func(d *document.InvoiceData) {
			d.Original, d.Invoice.Open = nil, euro(12_000_00)
			d.Terms.Consumer, d.Terms.Discount = true, "2 % (8 d)"
		})},
		{"invoice_paid", invoice(func(d *document.InvoiceData) {
			d.Invoice.Open = euro(0)
			d.Original.Channel = "telex"
			d.Terms.Law = "NL"
		})},
		{"reminder_claim", func(l string) ([]byte, error) { return document.Reminder(claiming(l)) }},
		{"reminder_western", func(l string) ([]byte, error) {
			d := claiming(l)
			d.Customer.LegalName = western
			return document.Reminder(d)
		}},
		{"statement_western", func(l string) ([]byte, error) {
			d := statement(l)
			d.Customer.LegalName = western
			return document.Statement(d)
		}},
		{"reminder_announce", func(l string) ([]byte, error) {
			d := claiming(l)
			d.Claimed, d.Reopened = document.Claim{}, true
			d.MayAdd = document.LateTerms{Law: d.Law, Rate: "10.40"}
			return document.Reminder(d)
		}},
		{"reminder_principal", func(l string) ([]byte, error) {
			d := claiming(l)
			d.Claimed, d.Law, d.Customer.Attention = document.Claim{}, "BE", ""
			return document.Reminder(d)
		}},
		{"statement", func(l string) ([]byte, error) { return document.Statement(statement(l)) }},
	}
}

// A Go release that compresses differently changes the hashes and no text: then
// run go test -update. A changed text or layout raises Version as well.
func TestDocuments_Golden(t *testing.T) {
	t.Parallel()
	for _, language := range message.Languages() {
		for _, s := range samples() {
			t.Run(language+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				pdf, err := s.write(language)
				require.NoError(t, err)
				if *look != "" {
					require.NoError(t, os.WriteFile(filepath.Join(*look, s.name+"_"+language+".pdf"), pdf, 0o600))
				}
				golden(t, filepath.Join(language, s.name+".txt"), fmt.Sprintf("sha256 %x\n%s", sha256.Sum256(pdf), textOf(t, pdf)))
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "no golden file: run go test -update and read what it wrote")
	require.Equal(t, string(want), got, "the document changed: raise Version, run go test -update and read the difference")
}

func TestDocuments_SameInputSameBytesAtOnce(t *testing.T) {
	t.Parallel()
	const writers = 8
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var all [writers][]byte
			var group sync.WaitGroup
			for i := range all {
				group.Go(func() { all[i], _ = s.write("fr") })
			}
			group.Wait()
			require.NotEmpty(t, all[0])
			for _, pdf := range all {
				require.Equal(t, all[0], pdf)
			}
		})
	}
}

func TestDocuments_SayWhatTheyAre(t *testing.T) {
	t.Parallel()
	pdf, err := document.Invoice(invoiceCopy("de-AT"))
	require.NoError(t, err)
	require.Contains(t, string(pdf), "/Lang (de)")
	require.Contains(t, string(pdf), "/Title (\xfe\xff"+wide("Kopie der Rechnung 2026-0123")+")")
	require.Contains(t, string(pdf), "/Author (\xfe\xff"+wide("Noorderlicht Techniek B.V.")+")")
	require.Contains(t, string(pdf), "/CreationDate (D:20260902000000)")
	require.Contains(t, string(pdf), "/ModDate (D:20260902000000)")
}

// wide writes ASCII as UTF-16.
func wide(s string) string {
	var b []byte
	for i := range len(s) {
		b = append(b, 0, s[i])
	}
	return string(b)
}

func TestDocuments_RefuseAnUnknownLanguage(t *testing.T) {
	t.Parallel()
	_, err := document.Invoice(invoiceCopy("it"))
	require.ErrorIs(t, err, message.ErrLanguage)
	_, err = document.Reminder(claiming(""))
	require.ErrorIs(t, err, message.ErrLanguage)
	_, err = document.Statement(statement("xx"))
	require.ErrorIs(t, err, message.ErrLanguage)
}

package message_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/message"
	"maan/internal/money"
)

// blockName finds the blocks of a language file without parsing it.
var blockName = regexp.MustCompile(`\{\{-?\s*define "([^"]+)"`)

func TestLanguageFiles_HaveTheSameBlocks(t *testing.T) {
	t.Parallel()
	found, all := map[string]map[string]int{}, map[string]bool{}
	for _, language := range message.Languages() {
		source, err := os.ReadFile(filepath.Join("templates", language+".tmpl"))
		require.NoError(t, err)
		found[language] = map[string]int{}
		for _, match := range blockName.FindAllStringSubmatch(string(source), -1) {
			found[language][match[1]]++
			all[match[1]] = true
		}
	}
	for _, template := range message.Templates() {
		for _, part := range []string{"subject", "preheader", "title", "body"} {
			all[string(template)+"."+part] = true
		}
	}
	for language, blocks := range found {
		for name := range all {
			require.Equal(t, 1, blocks[name], "%s.tmpl must define %q exactly once", language, name)
		}
	}
}

func TestRenderMail_EveryMessageIsComplete(t *testing.T) {
	t.Parallel()
	for _, language := range message.Languages() {
		for _, c := range mailCases() {
			t.Run(language+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				m, err := message.RenderMail(c.template, language, c.data)
				require.NoError(t, err)
				require.Equal(t, c.template, m.Template)
				require.Equal(t, language, m.Language)
				require.Equal(t, message.Version, m.Version)
				require.Contains(t, m.Subject, c.data.Invoice.Number)
				require.LessOrEqual(t, len([]rune(m.Subject)), 90)
				require.Contains(t, m.HTML, `<html lang="`+language+`">`)
				require.NotContains(t, m.HTML, "ZgotmplZ")
				require.NotContains(t, m.HTML, "http://")
				for _, untidy := range []string{" \n", " ,", " .", "\n\n\n"} {
					require.NotContains(t, m.Text, untidy)
				}
				for _, part := range []string{m.HTML, m.Text} {
					for _, bad := range []string{"<no value>", "%!", "{{", "}}"} {
						require.NotContains(t, part, bad, "%q stands in the message", bad)
					}
					for _, must := range []string{
						c.data.Invoice.Number, c.data.Creditor.LegalName, c.data.Creditor.RegistrationNumber,
						c.data.Creditor.VATNumber, c.data.Creditor.Street, c.data.Creditor.ContactName,
						c.data.Creditor.ReplyTo, c.data.Invoice.DueDate.Format(language), c.data.Invoice.Amount.Format(language),
					} {
						require.Contains(t, part, must, "%q is missing", must)
					}
				}
			})
		}
	}
}

func TestRenderMail_AsksOnlyForWhatIsOpen(t *testing.T) {
	t.Parallel()
	d := sample()
	d.Invoice.Open = euro(60500)
	for _, language := range message.Languages() {
		for _, template := range []message.Template{message.Reminder, message.StricterReminder, message.FinalNotice} {
			m, err := message.RenderMail(template, language, d)
			require.NoError(t, err)
			open, invoiced := d.Invoice.Open.Format(language), d.Invoice.Amount.Format(language)
			require.GreaterOrEqual(t, strings.Count(m.Text, open), 2, "in the text and in the box")
			require.Equal(t, 1, strings.Count(m.Text, invoiced), "the invoice total is a line of the box")
		}
	}
}

func TestRenderMail_PaymentFactsAreExact(t *testing.T) {
	t.Parallel()
	m, err := message.RenderMail(message.Reminder, "nl-BE", sample())
	require.NoError(t, err)
	require.Equal(t, "nl", m.Language)
	require.Contains(t, m.Text, "IBAN: NL91 ABNA 0417 1643 00\n")
	require.Contains(t, m.Text, "Op naam van: Noorderlicht Techniek B.V.\n")
	require.Contains(t, m.Text, "Vermeld bij betaling: RF18 5390 0754 7034\n")

	d := sample()
	d.Invoice.PaymentReference = ""
	m, err = message.RenderMail(message.Reminder, "nl", d)
	require.NoError(t, err)
	require.Contains(t, m.Text, "Vermeld bij betaling: 2026-0123\n", "without a reference the invoice number")
}

func TestRenderMail_QRCode(t *testing.T) {
	t.Parallel()
	for _, template := range message.Templates() {
		m, err := message.RenderMail(template, "fr", sample())
		require.NoError(t, err)
		asks := template != message.SalesEscalation && template != message.AgencyHandOff && template != message.AgencyRecall
		require.Equal(t, asks, strings.Contains(m.HTML, `<img src="cid:qr"`), template)
		require.Len(t, m.Inline, strings.Count(m.HTML, "cid:qr"))

		d := sample()
		d.QRPNG = nil
		m, err = message.RenderMail(template, "fr", d)
		require.NoError(t, err)
		require.Empty(t, m.Inline)
		require.NotContains(t, m.HTML, "cid:")
		require.NotContains(t, strings.ToLower(m.Text), "qr")
	}
}

func TestRenderMail_TellsNoEarlierReminderThatWasNotSent(t *testing.T) {
	t.Parallel()
	d := sample()
	d.PreviousReminder = calendar.Date{}
	words := map[string]string{"nl": "herinner", "fr": "second", "de": "erinnert", "en": "we sent you"}
	for _, language := range message.Languages() {
		for _, template := range []message.Template{message.StricterReminder, message.FinalNotice} {
			m, err := message.RenderMail(template, language, d)
			require.NoError(t, err)
			story, _, _ := strings.Cut(strings.ToLower(m.Subject+m.Text), "-----")
			require.NotContains(t, story, words[language])
		}
	}
}

func TestRenderMail_ClaimsThePrincipalOnly(t *testing.T) {
	t.Parallel()
	words := map[string][]string{
		"nl": {"rente", "kosten", "ingebrekestelling", "deurwaarder"},
		"fr": {"intérêt", "frais", "indemnité", "mise en demeure", "huissier"},
		"de": {"zinsen", "kosten", "pauschale", "mahnbescheid", "gericht"},
		"en": {"interest", "costs", "compensation", "court", "legal"},
	}
	for _, language := range message.Languages() {
		for _, template := range []message.Template{message.Reminder, message.StricterReminder, message.FinalNotice} {
			m, err := message.RenderMail(template, language, sample())
			require.NoError(t, err)
			for _, word := range words[language] {
				require.NotContains(t, strings.ToLower(m.Subject+m.Text), word)
			}
		}
		d := sample()
		d.MayAdd, d.Claim = true, claimable()
		m, err := message.RenderMail(message.StricterReminder, language, d)
		require.NoError(t, err)
		require.Contains(t, strings.ToLower(m.Text), words[language][0])
		require.NotContains(t, strings.ToLower(m.Text), "mise en demeure")
	}
}

func TestRenderMail_FrenchKeepsPunctuationOnItsLine(t *testing.T) {
	t.Parallel()
	loose := regexp.MustCompile(` [:;?!]`)
	for _, c := range mailCases() {
		m, err := message.RenderMail(c.template, "fr", c.data)
		require.NoError(t, err)
		require.NotRegexp(t, loose, m.Subject+m.Text)
	}
}

func TestRenderMail_HostileNamesStayNames(t *testing.T) {
	t.Parallel()
	const hostile = "Evil\r\nBcc: x@y.example\t<script>alert('1')</script> \"O’Neil\" & {{.Creditor}} 🚀\u202e\u2028end"
	d := sample()
	d.Creditor.Name, d.Creditor.LegalName = hostile, hostile
	d.Customer.LegalName, d.AgencyName = hostile, hostile
	d.Recipient = message.Recipient{Name: hostile, FirstName: hostile}
	d.Invoice.Number = "2026\r\n\r\n0123"
	d.Creditor.ReplyTo = `"><img src=x>@example.com`
	d.Creditor.Phone = "javascript:alert(1)"
	d.Creditor.LogoURL = "javascript:alert(1)"
	d.Creditor.Website = `x" onclick="alert(1)`
	d.Escalation.Steps = []message.StepLine{{Date: d.PayBy, Label: hostile}}
	for _, language := range message.Languages() {
		for _, template := range message.Templates() {
			m, err := message.RenderMail(template, language, d)
			require.NoError(t, err)
			require.False(t, strings.ContainsFunc(m.Subject, unicode.IsControl), "%q", m.Subject)
			require.Contains(t, m.Subject, "2026 0123")
			require.NotContains(t, m.HTML, "<script")
			require.NotContains(t, m.HTML, "src=x>")
			require.NotContains(t, m.HTML, `" onclick`)
			require.NotContains(t, m.HTML, "javascript:alert(1)\"")
			require.NotContains(t, m.Text, "\nBcc")
			require.NotContains(t, m.HTML+m.Text, "\u202e")
			require.Contains(t, m.HTML, "🚀")
			require.Contains(t, m.Text, "{{.Creditor}}", "a name is never a template")
		}
	}
	require.Equal(t, hostile, d.Escalation.Steps[0].Label, "the caller's data is not touched")
}

func TestRenderMail_LinksAndLogo(t *testing.T) {
	t.Parallel()
	d := sample()
	d.Creditor.LogoURL = "https://cdn.example/logo.png"
	m, err := message.RenderMail(message.Invoice, "en", d)
	require.NoError(t, err)
	require.Contains(t, m.HTML, `<img src="https://cdn.example/logo.png" alt="Noorderlicht Techniek"`)
	require.Contains(t, m.HTML, `href="tel:&#43;31501234567"`)
	require.Contains(t, m.HTML, `href="mailto:debiteuren@noorderlicht.example"`)
	require.Contains(t, m.HTML, `href="https://www.noorderlicht.example"`)

	d.Creditor.LogoURL = "http://cdn.example/logo.png"
	d.Creditor.Phone = "+31 (0)50 123 45 67 ext. 2"
	d.Creditor.Website = ""
	m, err = message.RenderMail(message.Invoice, "en", d)
	require.NoError(t, err)
	require.NotContains(t, m.HTML, "logo.png", "nothing is fetched in the open")
	require.NotContains(t, m.HTML, "tel:", "what cannot be dialled is no link")
}

func TestRenderMail_EscalationTellsTheStory(t *testing.T) {
	t.Parallel()
	d := sample()
	d.Escalation.Steps = append(d.Escalation.Steps, message.StepLine{Date: day(11, 3), Label: "Visited at the fair"})
	m, err := message.RenderMail(message.SalesEscalation, "en", d)
	require.NoError(t, err)
	require.Contains(t, m.Text, "- 28 October 2026: Stricter reminder sent\n")
	require.Contains(t, m.Text, "- 3 November 2026: Visited at the fair\n", "an unknown code is shown as it is")
	require.NotContains(t, m.Text, "IBAN")

	d.Escalation.Steps = nil
	m, err = message.RenderMail(message.SalesEscalation, "en", d)
	require.NoError(t, err)
	require.Contains(t, m.Text, "No contact with the customer is on record yet.")
}

func TestRenderMail_CaseReference(t *testing.T) {
	t.Parallel()
	d := sample()
	m, err := message.RenderMail(message.AgencyHandOff, "en", d)
	require.NoError(t, err)
	require.Contains(t, m.Subject, "K-1042/2026-0123")
	d.CaseReference = "case-77"
	m, err = message.RenderMail(message.AgencyRecall, "en", d)
	require.NoError(t, err)
	require.Contains(t, m.Subject, "case-77")
	require.Contains(t, m.Text, "€1,210.00 is still open")
}

func TestRenderMail_HashIsStable(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, language := range message.Languages() {
		for _, c := range mailCases() {
			first, err := message.RenderMail(c.template, language, c.data)
			require.NoError(t, err)
			again, err := message.RenderMail(c.template, language, c.data)
			require.NoError(t, err)
			require.Equal(t, first, again)
			require.Regexp(t, `^[0-9a-f]{64}$`, first.SHA256)
			require.Empty(t, seen[first.SHA256], "two different mails, one hash")
			seen[first.SHA256] = language + c.name
		}
	}
}

func TestRender_RefusesUnknownLanguageAndTemplate(t *testing.T) {
	t.Parallel()
	_, err := message.RenderMail(message.Invoice, "it", sample())
	require.ErrorIs(t, err, message.ErrLanguage)
	_, err = message.RenderMail("poem", "nl", sample())
	require.ErrorIs(t, err, message.ErrTemplate)
	_, err = message.RenderSMS(message.FinalNotice, "nl", sample())
	require.ErrorIs(t, err, message.ErrTemplate)
	_, err = message.CallScript("chat", "nl", sample(), "Lotte")
	require.ErrorIs(t, err, message.ErrTemplate)
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ want, fallback, language string }{
		{"nl-BE", "fr", "nl"},
		{"NL_be", "fr", "nl"},
		{" de ", "fr", "de"},
		{"it", "fr-BE", "fr"},
		{"", "de", "de"},
		{"it", "pl", "en"},
		{"", "", "en"},
	} {
		require.Equal(t, c.language, message.Language(c.want, c.fallback), fmt.Sprint(c))
	}
	require.True(t, message.Supported("fr-CH"))
	require.False(t, message.Supported("frisian"))
}

func TestRenderMail_OtherCurrencies(t *testing.T) {
	t.Parallel()
	d := sample()
	d.Invoice.Amount, d.Invoice.Open = money.New(5000, "JPY"), money.New(5000, "JPY")
	m, err := message.RenderMail(message.Reminder, "en", d)
	require.NoError(t, err)
	require.Contains(t, m.Text, d.Invoice.Open.Format("en"))
}

func BenchmarkRenderMail(b *testing.B) {
	d := sample()
	for b.Loop() {
		if _, err := message.RenderMail(message.StricterReminder, "nl", d); err != nil {
			b.Fatal(err)
		}
	}
}

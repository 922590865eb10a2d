package message_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/message"
)

// The alphabet of 3GPP TS 23.038, written down a second time on purpose.
const (
	gsmBasic     = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtension = "\f^{}\\[~]|€"
)

func septets(t require.TestingT, text string) int {
	n := 0
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			n++
		case strings.ContainsRune(gsmExtension, r):
			n += 2
		default:
			require.Failf(t, "not in the GSM alphabet", "%q in %q", r, text)
		}
	}
	return n
}

func TestGSM7(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in, want string
		ok             bool
	}{
		{"plain text stays", "Invoice 2026-0123, EUR 12.50 (net)", "Invoice 2026-0123, EUR 12.50 (net)", true},
		{"letters of the alphabet stay", "Müller & Søn, Çà, Größe, É", "Müller & Søn, Çà, Größe, É", true},
		{"accents the alphabet lacks fall off", "François Château-Lévêque, Dvořák, Şimşek", "Francois Chateau-Léveque, Dvorak, Simsek", true},
		{"letters without an accent to drop", "Łódź, œuvre, Đorđe, ẞ", "Lodz, oeuvre, Dorde, SS", true},
		{"typographic signs", "l’échéance – «ici»… „so“", "l'échéance - \"ici\"... \"so\"", true},
		{"no-break spaces", "1\u202f234,50\u00a0€ :", "1 234,50 € :", true},
		{"invisible signs vanish", "a\u200db\u00adc\ufeff", "abc", true},
		{"a letter and its accent apart", "e\u0301te\u0302", "éte", true},
		{"what has no likeness", "東京 🚀", "?? ?", false},
		{"empty", "", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok := message.GSM7(c.in)
			require.Equal(t, c.want, got)
			require.Equal(t, c.ok, ok)
		})
	}
}

func TestGSM7_AnyTextComesOutInTheAlphabet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text, ok := message.GSM7(rapid.String().Draw(t, "text"))
		septets(t, text)
		again, unchanged := message.GSM7(text)
		require.Equal(t, text, again, "writing it twice changes nothing")
		require.True(t, unchanged)
		if ok {
			return
		}
		require.Contains(t, text, "?")
	})
}

func TestRenderSMS_FitsWhateverTheNames(t *testing.T) {
	t.Parallel()
	names := rapid.OneOf(rapid.String(), rapid.StringMatching(`[A-Za-zéçŁ€\[\] &.-]{1,200}`))
	rapid.Check(t, func(t *rapid.T) {
		d := sample()
		d.Creditor.Name = "N" + names.Draw(t, "creditor")
		d.Customer.LegalName = names.Draw(t, "customer")
		d.Invoice.Number = rapid.StringMatching(`[A-Z0-9/_-]{1,60}`).Draw(t, "number")
		d.Invoice.Open = euro(rapid.Int64Range(1, 999_999_999_99).Draw(t, "open"))
		d.Reopened = rapid.Bool().Draw(t, "reopened")
		template := rapid.SampledFrom([]message.Template{message.Reminder, message.StricterReminder}).Draw(t, "template")
		language := rapid.SampledFrom(message.Languages()).Draw(t, "language")

		s, err := message.RenderSMS(template, language, d)
		require.NoError(t, err)
		n := septets(t, s.Text)
		require.LessOrEqual(t, n, 306)
		require.LessOrEqual(t, s.Segments, 2)
		require.Equal(t, n <= 160, s.Segments == 1)
		require.True(t, utf8.ValidString(s.Text))
		require.False(t, strings.ContainsAny(s.Text, "\r\n"))
		for _, must := range []string{
			d.Invoice.Number, d.Invoice.Open.FormatSMS(language),
			d.Invoice.DueDate.FormatShort(language), d.Creditor.Phone,
		} {
			require.Contains(t, s.Text, must)
		}
		require.NotContains(t, s.Text, "NL91")
	})
}

func TestRenderSMS_CutsTheNameOnlyWhereItMust(t *testing.T) {
	t.Parallel()
	d := sample()
	s, err := message.RenderSMS(message.Reminder, "nl", d)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(s.Text, "Noorderlicht Techniek: "))
	require.Equal(t, 1, s.Segments)

	d.Creditor.Name = strings.Repeat("Zeer lange naam ", 30)
	s, err = message.RenderSMS(message.Reminder, "nl", d)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(s.Text, "Zeer lange naam Zeer lange naam"))
	require.Greater(t, septets(t, s.Text), 290)

	d.Creditor.Name = "Noorderlicht Techniek"
	d.Invoice.Number = strings.Repeat("[", 100)
	_, err = message.RenderSMS(message.Reminder, "nl", d)
	require.ErrorIs(t, err, message.ErrTooLong)
	require.NotContains(t, err.Error(), "[[")
}

func TestRenderSMS_HashIsStable(t *testing.T) {
	t.Parallel()
	first, err := message.RenderSMS(message.Reminder, "de-AT", sample())
	require.NoError(t, err)
	again, err := message.RenderSMS(message.Reminder, "de", sample())
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Regexp(t, `^[0-9a-f]{64}$`, first.SHA256)
}

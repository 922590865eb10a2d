package email_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/email"
)

// post is a form as inbound parse posts it; files are named in the order given.
func post(t *testing.T, fields map[string]string, files ...[2]string) (contentType string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range fields {
		require.NoError(t, w.WriteField(name, value))
	}
	for i, f := range files {
		part, err := w.CreateFormFile(fmt.Sprintf("attachment%d", i+1), f[0])
		require.NoError(t, err)
		_, err = part.Write([]byte(f[1]))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return w.FormDataContentType(), b.Bytes()
}

func inbound(t *testing.T, fields map[string]string, files ...[2]string) email.Inbound {
	t.Helper()
	in, err := email.ParseInbound(post(t, fields, files...))
	require.NoError(t, err)
	return in
}

const plainHead = "From: Anna <ap@buyer.example>\r\nMessage-ID: <1@buyer.example>\r\nContent-Type: text/plain\r\n"

func TestParseInbound_ReadsWhatWasWritten(t *testing.T) {
	t.Parallel()
	in := inbound(t, map[string]string{
		"headers": plainHead, "from": "Anna <ap@buyer.example>", "to": "somebody else", "subject": "R\xe9: factuur\r\nBcc: x", "text": "Al betaald\x00, gr\xfc\xdfe",
		"charsets": `{"subject":"iso-8859-1","text":"ISO-8859-1"}`, "envelope": `{"to":["reply+abc@replies.example"],"from":"ap@buyer.example"}`,
	}, [2]string{"../proof\n.pdf", "%PDF-1.7 proof"}, [2]string{"page.html", "<html><script>"}, [2]string{"big.pdf", "%PDF-1.7" + strings.Repeat("x", 5<<20)})
	require.Equal(t, []string{"reply+abc@replies.example"}, in.To, "the envelope's, which nobody can write himself")
	require.Equal(t, "Anna <ap@buyer.example>", in.From)
	require.Equal(t, "Ré: factuur Bcc: x", in.Subject, "one line")
	require.Equal(t, "Al betaald, grüße", in.Text)
	require.False(t, in.Truncated)
	require.Empty(t, in.Automatic)
	require.Len(t, in.Key, 64)
	require.Len(t, in.Files, 3)
	require.Equal(t, "application/pdf", in.Files[0].ContentType)
	require.Equal(t, []byte("%PDF-1.7 proof"), in.Files[0].Data)
	require.NotContains(t, in.Files[0].Name, "\n")
	require.Equal(t, email.FileType, in.Files[1].Refused)
	require.Equal(t, email.FileTooLarge, in.Files[2].Refused)
	require.EqualValues(t, 8+5<<20, in.Files[2].Size)
	require.Nil(t, in.Files[2].Data)

	again := inbound(t, map[string]string{"headers": plainHead, "text": "the same mail, posted once more"})
	require.Equal(t, in.Key, again.Key)
}

func TestParseInbound_HTMLOnlyAndTooLongAndRaw(t *testing.T) {
	t.Parallel()
	in := inbound(t, map[string]string{"html": `<head><title>no</title></head><style>p{}</style><p>Beste,</p>we betalen &amp; bellen<br>vrijdag`})
	require.Equal(t, "Beste,\nwe betalen & bellen\nvrijdag", in.Text)
	in = inbound(t, map[string]string{"text": strings.Repeat("é", email.MaxInboundText+1)})
	require.True(t, in.Truncated)
	require.Len(t, []rune(in.Text), email.MaxInboundText)
	in = inbound(t, map[string]string{"email": plainHead + "Auto-Submitted: auto-replied\r\n\r\nweg"})
	require.Equal(t, "auto_submitted", in.Automatic)
	require.Contains(t, in.Text, "weg", "nothing is lost")
	_, err := email.ParseInbound("application/json", []byte("{}"))
	require.Error(t, err)
	contentType, body := post(t, map[string]string{"text": "x"})
	_, err = email.ParseInbound(contentType, body[:len(body)-10])
	require.Error(t, err)
}

func TestParseInbound_KnowsWhatNoPersonWrote(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, header, subject, envelope, want string }{
		{"Person", "Auto-Submitted: no\r\nPrecedence: normal\r\n", "Re: Factuur 2026-1", `{"from":"a@b.example"}`, ""},
		{"RFC3834", "Auto-Submitted: auto-replied; owner=x\r\n", "Re: Factuur", "", "auto_submitted"},
		{"Generated", "auto-submitted: Auto-Generated\r\n", "", "", "auto_submitted"},
		{"Exchange", "X-Auto-Response-Suppress: All\r\n", "", "", "auto_response_suppress"},
		{"ExchangeNone", "X-Auto-Response-Suppress: None\r\n", "", "", ""},
		{"Bulk", "Precedence: bulk\r\n", "", "", "precedence"},
		{"OldProgram", "X-Autoreply: yes\r\n", "", "", "autoreply"},
		{"Report", "Content-Type: multipart/report; report-type=delivery-status\r\n", "", "", "report"},
		{"NullSender", "", "", `{"from":""}`, "null_sender"},
		{"English", "", "Automatic reply: Invoice", "", "subject"},
		{"Dutch", "", "Automatisch antwoord: Factuur", "", "subject"},
		{"French", "", "Réponse automatique : Facture", "", "subject"},
		{"German", "", "Abwesenheitsnotiz: Rechnung", "", "subject"},
		{"AboutOneself", "", "Re: Automatic reply missing on invoice", "", ""},
		{"FalseFriend", "", "Autoschade: factuur klopt niet", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, inbound(t, map[string]string{"headers": tt.header, "subject": tt.subject, "envelope": tt.envelope, "text": "x"}).Automatic)
		})
	}
}

func FuzzParseInbound(f *testing.F) {
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhello\r\n--x--\r\n"))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"headers\"\r\n\r\nSubject: =?utf-8?q?=FF?=\r\n--x\r\nContent-Disposition: form-data; name=\"charsets\"\r\n\r\n{\"text\":\"utf-16\"}\r\n--x--\r\n"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		in, err := email.ParseInbound(contentType, body)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len([]rune(in.Text)), email.MaxInboundText)
		require.NotContains(t, in.Text+in.Subject+in.From, "\x00")
	})
}

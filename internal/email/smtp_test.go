package email_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"mime"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/email"
	"maan/internal/provider"
)

// relay is an SMTP server that answers as it is told, and "close" by closing the
// connection, "hang" by saying nothing more.
type relay struct {
	host    string
	port    int
	says    map[string]string // by command; "greeting" and "end" are the server's other two words
	ext     []string
	cert    *tls.Certificate
	atOnce  bool   // TLS from the first byte
	onData  func() // before a mail is read
	mu      sync.Mutex
	heard   []string // commands
	mails   []string // what came after DATA, dots undone; one that broke off ends with "(broke off)"
	release chan struct{}
}

func newRelay(t *testing.T, says map[string]string, change ...func(*relay)) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	host, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	r := &relay{host: host, says: says, ext: []string{"8BITMIME", "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN"}, release: make(chan struct{})}
	r.port, err = strconv.Atoi(port)
	require.NoError(t, err)
	for _, f := range change {
		f(r)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() { r.serve(conn) })
		}
	})
	t.Cleanup(func() {
		close(r.release)
		require.NoError(t, l.Close())
		group.Wait()
	})
	return r
}

func (r *relay) client(t *testing.T, change ...func(*email.SMTPConfig)) *email.SMTP {
	t.Helper()
	cfg := email.SMTPConfig{Host: r.host, Port: r.port, Security: email.NoTLS, Timeout: 5 * time.Second}
	for _, f := range change {
		f(&cfg)
	}
	client, err := email.NewSMTP(cfg)
	require.NoError(t, err)
	return client
}

// say answers a command, and reports whether the conversation goes on.
func (r *relay) say(conn net.Conn, command, usual string) bool {
	said, ok := r.says[command]
	if !ok {
		said = usual
	}
	switch said {
	case "close":
		return false
	case "hang":
		<-r.release
		return false
	}
	_, err := fmt.Fprintf(conn, "%s\r\n", said)
	return err == nil && !strings.HasPrefix(said, "421")
}

func (r *relay) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	if r.atOnce {
		conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{*r.cert}})
	}
	in := bufio.NewReader(conn)
	if !r.say(conn, "greeting", "220 relay ready") {
		return
	}
	for {
		text, err := in.ReadString('\n')
		if err != nil {
			return
		}
		text = strings.TrimSpace(text)
		r.note(&r.heard, text)
		command, _, _ := strings.Cut(strings.ToUpper(text), " ")
		usual := map[string]string{
			"MAIL": "250 2.1.0 ok", "RCPT": "250 2.1.5 ok", "DATA": "354 go on", "AUTH": "235 2.7.0 welcome", "STARTTLS": "220 2.0.0 go on", "QUIT": "221 bye",
		}[command]
		if command == "EHLO" {
			usual = "250-relay"
			for i, ext := range r.ext {
				usual += map[bool]string{true: "\r\n250-", false: "\r\n250 "}[i < len(r.ext)-1] + ext
			}
		}
		if !r.say(conn, command, usual) {
			return
		}
		if command == "STARTTLS" && r.cert != nil {
			conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{*r.cert}})
			in = bufio.NewReader(conn)
		}
		if command == "DATA" && r.says["DATA"] == "" {
			if r.says["content"] == "close" { // in the middle of the mail
				_, _ = io.CopyN(io.Discard, in, 100)
				return
			}
			if r.onData != nil {
				r.onData()
			}
			whole := r.take(in)
			if !whole || !r.say(conn, "end", "250 2.0.0 queued") {
				return
			}
		}
	}
}

// take reads a mail to its final dot.
func (r *relay) take(in *bufio.Reader) (whole bool) {
	var text strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			r.note(&r.mails, text.String()+"(broke off)")
			return false
		}
		if line == ".\r\n" {
			r.note(&r.mails, text.String())
			return true
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
}

func (r *relay) note(list *[]string, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*list = append(*list, text)
}

func (r *relay) taken() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.mails...)
}

func (r *relay) commands() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.heard...)
}

func TestSMTPSendsTheWholeMail(t *testing.T) {
	t.Parallel()
	r := newRelay(t, nil)
	m := good()
	m.FromName, m.ToName = `Acme "Tools", B.V.`, "Zoë, Boekhouding"
	m.Subject = "Factuur 42 — € 1.210,00, vervalt 1 juli; met een onderwerp dat langer is dan één regel van een kop"
	m.Text = "Hoi\n.verborgen punt\n.\neinde"
	m.Inline = []email.Attachment{{Name: "qr.png", ContentType: "image/png", ContentID: "qr", Data: []byte("PNG")}}
	m.Attachments = []email.Attachment{{Name: "Rechnung für März.pdf", ContentType: "application/pdf", Data: bytes.Repeat([]byte("PDF"), 1000)}}
	receipt, err := r.client(t).Send(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, "m-1@acme.example", receipt.ProviderID)

	require.Len(t, r.taken(), 1)
	raw := r.taken()[0]
	for line := range strings.Lines(raw) {
		require.LessOrEqual(t, len(line), 1000, "RFC 5322 section 2.1.1")
		require.True(t, strings.HasSuffix(line, "\r\n"))
	}
	in, err := mail.ReadMessage(strings.NewReader(raw))
	require.NoError(t, err)
	require.Equal(t, "<m-1@acme.example>", in.Header.Get("Message-Id"))
	require.Equal(t, "m-1", in.Header.Get("X-Maan-Message-Id"))
	require.Equal(t, "acme", in.Header.Get("X-Maan-Creditor"))
	date, err := in.Header.Date()
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), date, time.Minute)
	subject, err := new(mime.WordDecoder).DecodeHeader(in.Header.Get("Subject"))
	require.NoError(t, err)
	require.Equal(t, m.Subject, subject)
	for header, want := range map[string]mail.Address{
		"From": {Name: m.FromName, Address: m.From}, "To": {Name: m.ToName, Address: m.To}, "Reply-To": {Address: m.ReplyTo},
	} {
		got, err := in.Header.AddressList(header)
		require.NoError(t, err)
		require.Equal(t, []*mail.Address{&want}, got, header)
	}
	require.Contains(t, raw, "Content-Id: <qr>")
	require.Contains(t, r.commands(), "MAIL FROM:<invoices@acme.example> BODY=8BITMIME")
	require.Contains(t, r.commands(), "RCPT TO:<anna@customer.example>")
	require.Equal(t, "QUIT", r.commands()[len(r.commands())-1])
}

// What each answer, or its absence, says about the mail. Until its end has left, nothing
// was taken; from then on only an answer is certain.
func TestSMTPFates(t *testing.T) {
	t.Parallel()
	const sent provider.Fate = ""
	tests := []struct {
		says  map[string]string
		fate  provider.Fate
		code  string
		mails int
	}{
		{nil, sent, "", 1},
		{map[string]string{"greeting": "close"}, provider.NotSent, "connection_lost", 0},
		{map[string]string{"greeting": "hang"}, provider.NotSent, "timeout", 0},
		{map[string]string{"greeting": "421 4.3.2 too busy"}, provider.NotSent, "smtp_421_4.3.2", 0},
		{map[string]string{"greeting": "554 no mail from you"}, provider.NotSent, "smtp_554", 0},
		{map[string]string{"greeting": "HTTP/1.1 400 Bad Request"}, provider.NotSent, "connection_lost", 0},
		{map[string]string{"EHLO": "close"}, provider.NotSent, "connection_lost", 0},
		{map[string]string{"AUTH": "535 5.7.8 wrong"}, provider.NotSent, "smtp_535_5.7.8", 0},
		{map[string]string{"AUTH": "454 4.7.0 later"}, provider.NotSent, "smtp_454_4.7.0", 0},
		{map[string]string{"AUTH": "close"}, provider.NotSent, "connection_lost", 0},
		{map[string]string{"MAIL": "451 4.3.0 later"}, provider.NotSent, "smtp_451_4.3.0", 0},
		{map[string]string{"MAIL": "530 5.7.0 sign in first"}, provider.NotSent, "smtp_530_5.7.0", 0},
		{map[string]string{"MAIL": "550 5.7.1 that sender is not yours"}, provider.NotSent, "smtp_550_5.7.1", 0},
		{map[string]string{"MAIL": "553 5.1.8 no such sender"}, provider.Rejected, "smtp_553_5.1.8", 0},
		{map[string]string{"MAIL": "552 5.3.4 too large"}, provider.Rejected, "too_large", 0},
		{map[string]string{"RCPT": "450 4.2.0 greylisted"}, provider.NotSent, "smtp_450_4.2.0", 0},
		{map[string]string{"RCPT": "550 5.1.1 no such user"}, provider.Rejected, "no_mailbox", 0},
		{map[string]string{"RCPT": "550 anna@customer.example: no such user"}, provider.Rejected, "no_mailbox", 0},
		{map[string]string{"RCPT": "556 5.1.10 takes no mail"}, provider.Rejected, "no_mailbox", 0},
		{map[string]string{"RCPT": "550 5.7.1 blocked"}, provider.Rejected, "smtp_550_5.7.1", 0},
		{map[string]string{"RCPT": "552 5.2.2 mailbox full"}, provider.Rejected, "smtp_552_5.2.2", 0},
		{map[string]string{"RCPT": "close"}, provider.NotSent, "connection_lost", 0},
		{map[string]string{"RCPT": "hang"}, provider.NotSent, "timeout", 0},
		{map[string]string{"DATA": "451 later"}, provider.NotSent, "smtp_451", 0},
		{map[string]string{"DATA": "554 no"}, provider.Rejected, "smtp_554", 0},
		{map[string]string{"DATA": "250 what?"}, provider.NotSent, "bad_answer", 0},
		{map[string]string{"end": "452 4.3.1 disk full"}, provider.NotSent, "smtp_452_4.3.1", 1},
		{map[string]string{"end": "554 5.6.0 not like this"}, provider.Rejected, "smtp_554_5.6.0", 1},
		{map[string]string{"end": "552 too large"}, provider.Rejected, "too_large", 1},
		{map[string]string{"end": "close"}, provider.Uncertain, "connection_lost", 1},
		{map[string]string{"end": "hang"}, provider.Uncertain, "timeout", 1},
		{map[string]string{"end": "nonsense"}, provider.Uncertain, "connection_lost", 1},
		{map[string]string{"end": "354 go on"}, provider.Uncertain, "bad_answer", 1},
		{map[string]string{"QUIT": "close"}, sent, "", 1},
		{map[string]string{"QUIT": "hang"}, sent, "", 1},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.says), func(t *testing.T) {
			t.Parallel()
			r := newRelay(t, tt.says)
			client := r.client(t, func(c *email.SMTPConfig) {
				c.Username, c.Password = "maan", "secret"
				if tt.code == "timeout" {
					c.Timeout = 200 * time.Millisecond
				}
			})
			_, err := client.Send(t.Context(), good())
			require.Len(t, r.taken(), tt.mails)
			if tt.fate == sent {
				require.NoError(t, err)
				return
			}
			require.Equal(t, tt.fate, provider.FateOf(err))
			require.Equal(t, tt.code, provider.CodeOf(err))
			require.NotContains(t, err.Error(), "anna")
		})
	}
}

// A connection that breaks in the middle of a mail must not leave the server with one that
// looks whole.
func TestSMTPNeverEndsAMailThatBrokeOff(t *testing.T) {
	t.Parallel()
	m := good()
	m.Attachments = []email.Attachment{{Name: "42.pdf", ContentType: "application/pdf", Data: make([]byte, 10<<20)}}
	t.Run("ServerHangsUp", func(t *testing.T) {
		t.Parallel()
		r := newRelay(t, map[string]string{"content": "close"})
		_, err := r.client(t).Send(t.Context(), m)
		require.Equal(t, provider.NotSent, provider.FateOf(err))
	})
	t.Run("CallerGivesUp", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		r := newRelay(t, nil, func(r *relay) { r.onData = cancel })
		_, err := r.client(t).Send(ctx, m)
		require.Equal(t, provider.NotSent, provider.FateOf(err))
		require.Equal(t, provider.CodeCanceled, provider.CodeOf(err))
		require.Eventually(t, func() bool { return len(r.taken()) == 1 }, 5*time.Second, time.Millisecond)
		require.True(t, strings.HasSuffix(r.taken()[0], "(broke off)"))
	})
}

func TestSMTPRefusedConnectionIsCertainlyNotSent(t *testing.T) {
	t.Parallel()
	client, err := email.NewSMTP(email.SMTPConfig{Host: "127.0.0.1", Port: 1, Security: email.NoTLS})
	require.NoError(t, err)
	_, err = client.Send(t.Context(), good())
	require.Equal(t, provider.NotSent, provider.FateOf(err))
	require.Equal(t, provider.CodeRefused, provider.CodeOf(err))
}

func TestSMTPIsEncrypted(t *testing.T) {
	t.Parallel()
	cert, roots := certificate(t)
	account := func(c *email.SMTPConfig) {
		c.Host, c.Username, c.Password, c.Roots = "localhost", "maan", "secret", roots
	}
	t.Run("StartTLS", func(t *testing.T) {
		t.Parallel()
		r := newRelay(t, nil, func(r *relay) { r.cert, r.ext = cert, append(r.ext, "STARTTLS") })
		_, err := r.client(t, account, func(c *email.SMTPConfig) { c.Security = email.StartTLS }).Send(t.Context(), good())
		require.NoError(t, err)
		require.Equal(t, "STARTTLS", r.commands()[1])
		require.Contains(t, r.commands()[3], "AUTH PLAIN")
	})
	t.Run("FromTheFirstByte", func(t *testing.T) {
		t.Parallel()
		r := newRelay(t, nil, func(r *relay) { r.cert, r.atOnce = cert, true })
		_, err := r.client(t, account, func(c *email.SMTPConfig) { c.Security = email.ImplicitTLS }).Send(t.Context(), good())
		require.NoError(t, err)
		require.Len(t, r.taken(), 1)
	})
	t.Run("NotOffered", func(t *testing.T) {
		t.Parallel()
		r := newRelay(t, nil)
		_, err := r.client(t, account, func(c *email.SMTPConfig) { c.Security = email.StartTLS }).Send(t.Context(), good())
		require.Equal(t, provider.NotSent, provider.FateOf(err))
		require.Equal(t, provider.CodeTLS, provider.CodeOf(err))
		require.NotContains(t, strings.Join(r.commands(), "\n"), "AUTH", "no password in the clear")
	})
	t.Run("UnknownAuthority", func(t *testing.T) {
		t.Parallel()
		r := newRelay(t, nil, func(r *relay) { r.cert, r.ext = cert, append(r.ext, "STARTTLS") })
		_, err := r.client(t, account, func(c *email.SMTPConfig) { c.Security, c.Roots = email.StartTLS, x509.NewCertPool() }).Send(t.Context(), good())
		require.Equal(t, provider.NotSent, provider.FateOf(err))
		require.Equal(t, provider.CodeTLS, provider.CodeOf(err))
	})
}

// certificate makes one for localhost, and the pool that trusts it.
func certificate(t *testing.T) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// An address beyond ASCII needs a server that takes it; a domain is written as DNS has it.
func TestSMTPAddressesBeyondASCII(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, to string
		ext      []string
		command  string
	}{
		{"Domain", "anna@müller.example", nil, "RCPT TO:<anna@xn--mller-kva.example>"},
		{"LocalPart", "änna@customer.example", []string{"SMTPUTF8"}, "RCPT TO:<änna@customer.example>"},
		{"LocalPartNotTaken", "änna@customer.example", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRelay(t, nil, func(r *relay) { r.ext = append(r.ext, tt.ext...) })
			m := good()
			m.To = tt.to
			_, err := r.client(t).Send(t.Context(), m)
			if tt.command == "" {
				require.Equal(t, provider.Rejected, provider.FateOf(err))
				require.Equal(t, email.CodeBadAddress, provider.CodeOf(err))
				return
			}
			require.NoError(t, err)
			require.Contains(t, r.commands(), tt.command)
		})
	}
}

// Whatever names and subjects say, the mail has the headers that it should, each once.
func TestSMTPNamesCarryNoHeader(t *testing.T) {
	t.Parallel()
	r := newRelay(t, nil)
	client := r.client(t)
	rapid.Check(t, func(rt *rapid.T) {
		m := good()
		text := rapid.StringOfN(rapid.RuneFrom([]rune("aé\"\\,;:<>@()=?_ ß日")), 0, 40, -1)
		m.ToName, m.FromName, m.Subject = text.Draw(rt, "to"), text.Draw(rt, "from"), text.Draw(rt, "subject")
		smuggled := rapid.SampledFrom([]string{"", "", "", "\r\nBcc: x@y.example", "\nX: y", "\u2028"}).Draw(rt, "smuggled")
		m.Subject += smuggled
		before := len(r.taken())
		if _, err := client.Send(t.Context(), m); err != nil {
			if smuggled != "" || strings.TrimSpace(m.Subject) == "" {
				return
			}
			rt.Fatalf("refused: %v", err)
		}
		in, err := mail.ReadMessage(strings.NewReader(r.taken()[before]))
		if err != nil {
			rt.Fatal(err)
		}
		for name, values := range in.Header {
			if len(values) > 1 || name == "Bcc" {
				rt.Fatalf("header %s: %q", name, values)
			}
		}
		to, err := in.Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != m.To || strings.ReplaceAll(to[0].Name, `\`, "/") != strings.ReplaceAll(m.ToName, `\`, "/") {
			rt.Fatalf("to %q: %v %v", m.ToName, to, err)
		}
	})
}

func TestNewSMTPNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := email.NewSMTP(email.SMTPConfig{Host: "mail:25", Username: "maan", Security: "ssl", Timeout: -1})
	for _, fault := range []string{"without a port", "port 0", "user name", "ssl", "negative"} {
		require.ErrorContains(t, err, fault)
	}
}

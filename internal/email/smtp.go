package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"maan/internal/provider"
)

// Security is how a connection to an SMTP server is encrypted.
type Security string

// The kinds of security.
const (
	StartTLS    Security = "starttls" // TLS from the command STARTTLS on, which is required (RFC 3207)
	ImplicitTLS Security = "tls"      // TLS from the first byte (RFC 8314)
	NoTLS       Security = "none"     // a server on this machine
)

// SMTPConfig configures an SMTP client.
type SMTPConfig struct {
	// Host and Port are the server's. The caller checks them with CheckSMTPHost.
	Host string
	Port int
	// Username and Password may both be empty: then the client does not sign in.
	Username, Password string
	Security           Security
	// Roots are the authorities that may have signed the server's certificate; nil means
	// the machine's.
	Roots *x509.CertPool
	// Timeout is the deadline of one attempt; zero means DefaultTimeout.
	Timeout time.Duration
}

// SMTP sends through an SMTP server, with a connection for each mail. It is safe for
// concurrent use.
type SMTP struct {
	cfg  SMTPConfig
	name string // of this machine, for the greeting
}

var _ Sender = (*SMTP)(nil)

// CheckSMTPHost refuses a server that could reach real customers by mistake, or in the
// clear: a host other than loopback needs the environment "production", or a redirect of
// every mail, and TLS.
func CheckSMTPHost(env, host string, security Security, redirected bool) error {
	if provider.IsLoopback(host) {
		return nil
	}
	if env != provider.Production && !redirected {
		return fmt.Errorf("SMTP server %q is not on this machine: only environment %q may use it, or a system that redirects every mail", host, provider.Production)
	}
	if security == NoTLS {
		return fmt.Errorf("SMTP server %q is not on this machine: use starttls or tls", host)
	}
	return nil
}

// NewSMTP returns a client. It connects to nothing yet.
func NewSMTP(cfg SMTPConfig) (*SMTP, error) {
	var errs []error
	if cfg.Host == "" || hasControl(cfg.Host) || strings.ContainsAny(cfg.Host, " /:@") && net.ParseIP(cfg.Host) == nil {
		errs = append(errs, errors.New("smtp: the host must be a name or an address without a port"))
	}
	if cfg.Port < 1 || cfg.Port > 65535 {
		errs = append(errs, fmt.Errorf("smtp: port %d is not between 1 and 65535", cfg.Port))
	}
	if (cfg.Username == "") != (cfg.Password == "") || hasControl(cfg.Username) || hasControl(cfg.Password) {
		errs = append(errs, errors.New("smtp: user name and password must both be set, each on one line, or neither"))
	}
	if cfg.Security != StartTLS && cfg.Security != ImplicitTLS && cfg.Security != NoTLS {
		errs = append(errs, fmt.Errorf("smtp: security %q is not starttls, tls or none", cfg.Security))
	}
	if cfg.Timeout < 0 {
		errs = append(errs, fmt.Errorf("smtp: time-out %s is negative", cfg.Timeout))
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	name, err := os.Hostname()
	if err != nil || name == "" || strings.ContainsAny(name, " \r\n") {
		name = "localhost"
	}
	return &SMTP{cfg: cfg, name: name}, errors.Join(errs...)
}

// Send implements Sender. It succeeds only when the server answers the end of the mail
// with 250. The receipt is the mail's Message-ID.
func (s *SMTP) Send(ctx context.Context, m Message) (Receipt, error) {
	if err := m.check(); err != nil {
		return Receipt{}, err
	}
	mail, err := newEnvelope(m)
	if err != nil {
		return Receipt{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	d := &dialog{server: s}
	defer d.hangUp()
	stop, err := d.connect(ctx)
	if err != nil {
		return Receipt{}, provider.Classify(err, false)
	}
	defer stop()
	for _, step := range []func() error{d.hello, d.signIn, func() error { return d.hand(mail) }} {
		if err := step(); err != nil {
			return Receipt{}, d.failure(ctx, err)
		}
	}
	d.goodbye()
	return Receipt{ProviderID: mail.id}, nil
}

// dialog is the conversation about one mail. It is the library's client without the part
// that sends: that one says QUIT after a mail broke off, and the text protocol below it
// then ends the mail as if it were whole.
type dialog struct {
	server *SMTP
	at     stage
	conn   net.Conn
	client *smtp.Client
}

// stage is how far a dialog has come; it decides what an answer or its absence means.
type stage int

const (
	atGreeting stage = iota // connected; the server has not named itself
	atTLS
	atAuth
	atSender
	atRecipient
	atContent // the mail is on its way, its end is not
	atEnd     // the end of the mail may have left: the server may have taken it
)

// connect opens the connection, whose every read and write ends with ctx.
func (d *dialog) connect(ctx context.Context) (stop func() bool, err error) {
	address := net.JoinHostPort(d.server.cfg.Host, strconv.Itoa(d.server.cfg.Port))
	if d.server.cfg.Security == ImplicitTLS {
		d.conn, err = (&tls.Dialer{Config: d.tls()}).DialContext(ctx, "tcp", address)
	} else {
		d.conn, err = new(net.Dialer).DialContext(ctx, "tcp", address)
	}
	if err != nil {
		d.conn = nil
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		err = d.conn.SetDeadline(deadline)
	}
	conn := d.conn
	return context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }), err
}

func (d *dialog) tls() *tls.Config {
	return &tls.Config{ServerName: d.server.cfg.Host, RootCAs: d.server.cfg.Roots, MinVersion: tls.VersionTLS12}
}

var errNoTLS = errors.New("the server offers no STARTTLS")

func (d *dialog) hello() (err error) {
	if d.client, err = smtp.NewClient(d.conn, d.server.cfg.Host); err != nil {
		return err
	}
	if err := d.client.Hello(d.server.name); err != nil {
		return err
	}
	if d.server.cfg.Security != StartTLS {
		return nil
	}
	d.at = atTLS
	if ok, _ := d.client.Extension("STARTTLS"); !ok {
		return errNoTLS
	}
	return d.client.StartTLS(d.tls())
}

var errNoAuth = errors.New("the server offers no way to sign in that the client knows")

// signIn uses the strongest way that the server offers.
func (d *dialog) signIn() error {
	cfg := d.server.cfg
	if cfg.Username == "" {
		return nil
	}
	d.at = atAuth
	_, offered := d.client.Extension("AUTH")
	ways := strings.Fields(strings.ToUpper(offered))
	for _, known := range []struct {
		name string
		auth smtp.Auth
	}{
		{"SCRAM-SHA-256", smtp.ScramSHA256Auth(cfg.Username, cfg.Password)},
		{"PLAIN", smtp.PlainAuth("", cfg.Username, cfg.Password, cfg.Host, provider.IsLoopback(cfg.Host))},
		{"LOGIN", smtp.LoginAuth(cfg.Username, cfg.Password, cfg.Host, provider.IsLoopback(cfg.Host))},
		{"CRAM-MD5", smtp.CRAMMD5Auth(cfg.Username, cfg.Password)},
	} {
		if slices.Contains(ways, known.name) {
			return d.client.Auth(known.auth)
		}
	}
	return errNoAuth
}

// hand gives the mail to the server and waits for its word.
func (d *dialog) hand(m *envelope) error {
	d.at = atSender
	international, _ := d.client.Extension("SMTPUTF8")
	if m.international && !international {
		return provider.Reject(CodeBadAddress)
	}
	d.client.SkipSMTPUTF8(!m.international)
	if err := d.client.Mail(m.from); err != nil {
		return err
	}
	d.at = atRecipient
	if err := d.client.Rcpt(m.to); err != nil {
		return err
	}
	d.at = atContent
	w, err := d.client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(m.text); err != nil {
		return err // w stays open: closing it would end the mail as if it were whole
	}
	d.at = atEnd
	return w.Close()
}

// patienceAtEnd is how long a server that has taken the mail is given to say goodbye.
const patienceAtEnd = time.Second

// goodbye ends the dialog as the protocol wants it; the mail is taken, whatever comes.
func (d *dialog) goodbye() {
	if d.conn.SetDeadline(time.Now().Add(patienceAtEnd)) == nil {
		_ = d.client.Quit()
	}
}

// hangUp closes the connection without a word, so that the server drops what it has of a mail.
func (d *dialog) hangUp() {
	if d.conn != nil {
		_ = d.conn.Close()
	}
}

package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"maan/internal/provider"
)

// SMTPUser signs in at the sandbox's SMTP server; its password is the API key.
const SMTPUser = "sandbox"

// smtpGate is the mail provider's SMTP server.
type smtpGate struct {
	sandbox *Sandbox

	mu      sync.Mutex
	addr    string
	running *smtp.Server
}

// ServeSMTP listens for mails by SMTP on a loopback address, such as 127.0.0.1:0, and
// returns it with the real port. It files them beside those that come over HTTP, and
// misbehaves as the e-mail channel is told to, in SMTP's own ways: what is not taken is
// answered with 4xx, and a server that fails after it took a mail falls silent. It sends
// no webhooks, since SMTP has none.
func (s *Sandbox) ServeSMTP(addr string) (string, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || !provider.IsLoopback(host) {
		return "", fmt.Errorf("sandbox address %q: give a loopback address as 127.0.0.1:port", addr)
	}
	s.gates.mu.Lock()
	defer s.gates.mu.Unlock()
	if s.gates.closed || s.gates.smtp != nil {
		return "", errors.New("SMTP is served already, or the sandbox is closed")
	}
	gate := &smtpGate{sandbox: s, addr: addr}
	if err := gate.StartListening(); err != nil {
		return "", err
	}
	s.gates.smtp = gate
	return gate.addr, nil
}

// StartListening listens on the gate's address.
func (g *smtpGate) StartListening() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running != nil {
		return nil
	}
	l, err := net.Listen("tcp", g.addr) //nolint:noctx // binding a loopback address does not wait
	if err != nil {
		return fmt.Errorf("sandbox: listen for SMTP: %w", err)
	}
	g.addr = l.Addr().String()
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &smtpSession{sandbox: g.sandbox, conn: c.Conn()}, nil
	}))
	server.Domain, server.AllowInsecureAuth, server.EnableSMTPUTF8 = "sandbox.invalid", true, true
	server.MaxMessageBytes, server.MaxRecipients = maxRequest, 1
	server.ErrorLog = silent{}
	server.ReadTimeout = time.Minute
	g.running = server
	go func() { _ = server.Serve(l) }() // ends when the gate closes
	return nil
}

// StopListening closes the listener and every connection.
func (g *smtpGate) StopListening() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running == nil {
		return nil
	}
	running := g.running
	g.running = nil
	if err := running.Close(); err != nil {
		return fmt.Errorf("stop the sandbox's SMTP server: %w", err)
	}
	return nil
}

// silent drops what the library says of connections that break: they do so on purpose.
type silent struct{}

// Printf implements smtp.Logger.
func (silent) Printf(string, ...any) {}

// Println implements smtp.Logger.
func (silent) Println(...any) {}

// smtpSession is one client.
type smtpSession struct {
	sandbox  *Sandbox
	conn     net.Conn
	signedIn bool
	mode     Behaviour
	to       string
}

var _ smtp.AuthSession = (*smtpSession)(nil)

// AuthMechanisms implements smtp.AuthSession.
func (s *smtpSession) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth implements smtp.AuthSession.
func (s *smtpSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != SMTPUser || password != s.sandbox.cfg.APIKey {
			return smtp.ErrAuthFailed
		}
		s.signedIn = true
		return nil
	}), nil
}

// Mail implements smtp.Session. The behaviour is chosen here, once for each mail.
func (s *smtpSession) Mail(string, *smtp.MailOptions) error {
	if !s.signedIn {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	s.mode = s.sandbox.behaviour.next(Email)
	switch s.mode.Mode {
	case Down:
		return s.conn.Close()
	case TooMany:
		return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Too many messages, slow down"}
	case Error500Early:
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Internal server error"}
	case Error503Early:
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "Service not available"}
	default:
		return nil
	}
}

// Rcpt implements smtp.Session. An address that bounces is refused at once.
func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	switch outcome(Email, to) {
	case Bounced:
		s.sandbox.store.reject()
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "The account does not exist"}
	case Dropped:
		s.sandbox.store.reject()
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Blocked"}
	default:
		return nil
	}
}

// Data implements smtp.Session.
func (s *smtpSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	switch s.mode.Mode {
	case DropBefore:
		return s.conn.Close()
	case Slow:
		s.sandbox.pass(time.Duration(s.mode.DelayMS) * time.Millisecond)
	default:
	}
	m, err := readMail(raw)
	if err != nil {
		s.sandbox.store.reject()
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "Not a mail"}
	}
	m.ID, m.To = mailID(), s.to
	if err := s.sandbox.keep(m); err != nil {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "the sandbox cannot write its journal"}
	}
	return s.taken()
}

// taken misbehaves after the mail was accepted.
func (s *smtpSession) taken() error {
	switch s.mode.Mode {
	case Error500Late, Error503Late, DropAfter:
		return s.conn.Close()
	case Restart:
		s.sandbox.restart(s.mode)
		return s.conn.Close()
	case HangAfter:
		gone := make(chan struct{})
		go func() { // the client says nothing more; reading ends when it goes
			_, _ = s.conn.Read(make([]byte, 1))
			close(gone)
		}()
		select {
		case <-gone:
		case <-s.sandbox.done:
		}
		return s.conn.Close()
	default:
		return nil
	}
}

// Reset implements smtp.Session.
func (s *smtpSession) Reset() { s.to = "" }

// Logout implements smtp.Session.
func (s *smtpSession) Logout() error { return nil }

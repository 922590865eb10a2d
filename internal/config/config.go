// Package config reads the settings of the product's processes from the environment.
// The table in the README is compared with it by a test.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"maan/internal/dunning"
	"maan/internal/email"
	"maan/internal/provider"
	"maan/internal/sms"
)

// Config holds every setting. The connection to Temporal is read from TEMPORAL_ADDRESS,
// TEMPORAL_NAMESPACE and the other variables of Temporal's own environment configuration.
type Config struct {
	Environment        string        `env:"MAAN_ENV" envDefault:"development" doc:"development or production; production refuses plain http to providers and a development clock"`
	DatabaseURL        string        `env:"DATABASE_URL,required" doc:"PostgreSQL address, postgres://user:password@host:5432/maan" secret:"true"`
	TaskQueue          string        `env:"MAAN_TASK_QUEUE" envDefault:"collections" doc:"Temporal task queue of workflows and activities"`
	WorkerBuildID      string        `env:"TEMPORAL_WORKER_BUILD_ID" doc:"turns Temporal worker versioning on; make the version current before it gets work"`
	WorkerConcurrency  int           `env:"MAAN_WORKER_CONCURRENCY" envDefault:"40" doc:"activities that one worker process runs at a time"`
	APIAddress         string        `env:"MAAN_API_ADDRESS" envDefault:"127.0.0.1:8080" doc:"address the API listens on"`
	PublicURL          string        `env:"MAAN_PUBLIC_URL" envDefault:"http://127.0.0.1:8080" doc:"the API's address as providers see it; webhook signatures cover it"`
	RequestsPerSecond  float64       `env:"MAAN_REQUESTS_PER_SECOND" envDefault:"200" doc:"requests that one API key may make in a second"`
	SendGridURL        string        `env:"MAAN_SENDGRID_URL" envDefault:"https://api.sendgrid.com" doc:"SendGrid's API; hosts other than loopback need MAAN_ENV=production or MAAN_REDIRECT_EMAIL"`
	SendGridKey        string        `env:"MAAN_SENDGRID_KEY" doc:"SendGrid API key" secret:"true"`
	SendGridWebhookKey string        `env:"MAAN_SENDGRID_WEBHOOK_KEY" doc:"public key of SendGrid's signed event webhook, base64"`
	SMTPHost           string        `env:"MAAN_SMTP_HOST" doc:"SMTP server that sends the e-mail instead of SendGrid; set this or MAAN_SENDGRID_KEY; hosts other than loopback need MAAN_ENV=production or MAAN_REDIRECT_EMAIL"`
	SMTPPort           int           `env:"MAAN_SMTP_PORT" envDefault:"587" doc:"port of the SMTP server"`
	SMTPUsername       string        `env:"MAAN_SMTP_USERNAME" doc:"account at the SMTP server; without one nobody signs in"`
	SMTPPassword       string        `env:"MAAN_SMTP_PASSWORD" doc:"password of that account" secret:"true"`
	SMTPTLS            string        `env:"MAAN_SMTP_TLS" envDefault:"starttls" doc:"starttls, tls from the first byte (often port 465), or none, which only a server on this machine may have"`
	SendGridInboundKey string        `env:"MAAN_SENDGRID_INBOUND_KEY" doc:"public key of the security policy of SendGrid's inbound parse webhook, base64"`
	EmailsPerSecond    float64       `env:"MAAN_EMAILS_PER_SECOND" envDefault:"50" doc:"e-mails that all workers together hand over in a second; 0 is no limit"`
	TwilioURL          string        `env:"MAAN_TWILIO_URL" envDefault:"https://api.twilio.com" doc:"Twilio's API; hosts other than loopback need MAAN_ENV=production or MAAN_REDIRECT_MOBILE"`
	TwilioSID          string        `env:"MAAN_TWILIO_SID" doc:"Twilio account SID"`
	TwilioToken        string        `env:"MAAN_TWILIO_TOKEN" doc:"Twilio auth token; it also signs the status webhook" secret:"true"`
	TwilioFrom         string        `env:"MAAN_TWILIO_FROM" doc:"sender number or name of SMS"`
	SMSPerSecond       float64       `env:"MAAN_SMS_PER_SECOND" envDefault:"10" doc:"SMS that all workers together hand over in a second; 0 is no limit"`
	RedirectEmail      string        `env:"MAAN_REDIRECT_EMAIL" doc:"sends every e-mail to this address instead of the customer's, marked as redirected; not in production"`
	RedirectMobile     string        `env:"MAAN_REDIRECT_MOBILE" doc:"sends every SMS to this number, +31612345678, instead of the customer's; not in production"`
	ReplyDomain        string        `env:"MAAN_REPLY_DOMAIN" doc:"domain whose mail SendGrid's inbound parse posts here; customers then answer to an address in it, and a collector reads it"`
	ReplyRetention     int           `env:"MAAN_REPLY_RETENTION_DAYS" envDefault:"90" doc:"days after which an answer that belongs to no customer is deleted"`
	ReplyPause         int           `env:"MAAN_REPLY_PAUSE_DAYS" envDefault:"3" doc:"business days for which an answer pauses the customer's ladders"`
	SettlementWait     time.Duration `env:"MAAN_SETTLEMENT_WAIT" envDefault:"15m" doc:"business time a message of unknown fate is left alone before its step decides"`
	OperatorEmail      string        `env:"MAAN_OPERATOR_EMAIL" doc:"who gets a mail when contact with customers stops, and when it goes on; without it the log and the API alone tell"`
	OperatorFrom       string        `env:"MAAN_OPERATOR_FROM" doc:"sender of these mails, one that the provider has verified; without it MAAN_OPERATOR_EMAIL"`
	MetricsAddress     string        `env:"MAAN_METRICS_ADDRESS" doc:"address of GET /metrics for Prometheus, such as 127.0.0.1:9464; for the inside only; without it nothing is measured"`
	LogLevel           string        `env:"MAAN_LOG_LEVEL" envDefault:"info" doc:"debug, info, warn or error"`
}

// Load reads the settings from the given environment and names every fault at once.
func Load(environ map[string]string) (Config, error) {
	var c Config
	err := env.ParseWithOptions(&c, env.Options{Environment: environ})
	return c, errors.Join(err, c.check())
}

// Production reports whether customers are at the other end.
func (c *Config) Production() bool { return c.Environment == provider.Production }

// CheckProviders refuses provider addresses that do not go with the environment, so that
// nobody writes to customers from a development machine.
func (c *Config) CheckProviders() error {
	var errs []error
	switch {
	case c.SMTPHost != "":
		if err := email.CheckSMTPHost(c.Environment, c.SMTPHost, email.Security(c.SMTPTLS), c.RedirectEmail != ""); err != nil {
			errs = append(errs, fmt.Errorf("MAAN_SMTP_HOST: %w", err))
		}
	case c.SendGridKey == "":
		errs = append(errs, errors.New("MAAN_SENDGRID_KEY, MAAN_SMTP_HOST: set one of them; without either no e-mail can be sent"))
		fallthrough
	default:
		if err := c.checkHost(c.SendGridURL, c.RedirectEmail); err != nil {
			errs = append(errs, fmt.Errorf("MAAN_SENDGRID_URL: %w", err))
		}
	}
	if err := c.checkHost(c.TwilioURL, c.RedirectMobile); err != nil {
		errs = append(errs, fmt.Errorf("MAAN_TWILIO_URL: %w", err))
	}
	return errors.Join(errs...)
}

// checkHost is provider.CheckHost, but lets a system whose messages are all redirected use
// a real provider as production does: it reaches nobody but the redirect's own address.
func (c *Config) checkHost(base, redirect string) error {
	err := provider.CheckHost(c.Environment, base)
	if err != nil && redirect != "" && provider.CheckHost(provider.Production, base) == nil {
		return nil
	}
	return err
}

// Redirected names the channels of which every message goes to one address or number.
func (c *Config) Redirected() []string {
	channels := []string{}
	if c.RedirectEmail != "" {
		channels = append(channels, "email")
	}
	if c.RedirectMobile != "" {
		channels = append(channels, "sms")
	}
	return channels
}

func (c *Config) checkSMTP() error {
	if c.SMTPHost == "" {
		if c.SMTPUsername != "" || c.SMTPPassword != "" {
			return errors.New("MAAN_SMTP_USERNAME, MAAN_SMTP_PASSWORD: set MAAN_SMTP_HOST too, or unset them")
		}
		return nil
	}
	var errs []error
	if c.SendGridKey != "" {
		errs = append(errs, errors.New("MAAN_SENDGRID_KEY, MAAN_SMTP_HOST: only one of them sends the e-mail; unset the other"))
	}
	if _, err := email.NewSMTP(c.SMTP()); err != nil {
		errs = append(errs, fmt.Errorf("MAAN_SMTP_*: %w", err))
	}
	return errors.Join(errs...)
}

// Unreported are the channels whose provider sends no reports on what became of a message.
func (c *Config) Unreported() []dunning.Channel {
	if c.SMTPHost == "" {
		return nil
	}
	return []dunning.Channel{dunning.ChannelEmail}
}

// OperatorSender is the sender of mails to the operator.
func (c *Config) OperatorSender() string {
	if c.OperatorFrom != "" {
		return c.OperatorFrom
	}
	return c.OperatorEmail
}

func (c *Config) checkOperator() error {
	var errs []error
	for name, address := range map[string]string{"MAAN_OPERATOR_EMAIL": c.OperatorEmail, "MAAN_OPERATOR_FROM": c.OperatorFrom} {
		if address != "" && !email.ValidAddress(address) {
			errs = append(errs, fmt.Errorf("%s: give one bare address, such as operator@example.org", name))
		}
	}
	return errors.Join(errs...)
}

// SMTP is how the SMTP server is reached.
func (c *Config) SMTP() email.SMTPConfig {
	return email.SMTPConfig{
		Host: c.SMTPHost, Port: c.SMTPPort, Username: c.SMTPUsername, Password: c.SMTPPassword, Security: email.Security(c.SMTPTLS),
	}
}

func (c *Config) checkRedirect() error {
	var errs []error
	if c.Production() && len(c.Redirected()) > 0 {
		errs = append(errs, errors.New("MAAN_REDIRECT_EMAIL, MAAN_REDIRECT_MOBILE: production writes to its customers; unset them"))
	}
	if c.RedirectEmail != "" && !email.ValidAddress(c.RedirectEmail) {
		errs = append(errs, errors.New("MAAN_REDIRECT_EMAIL: give one bare address, such as tester@example.org"))
	}
	if c.RedirectMobile != "" && !sms.ValidNumber(c.RedirectMobile) {
		errs = append(errs, errors.New("MAAN_REDIRECT_MOBILE: give one number with its country, such as +31612345678"))
	}
	return errors.Join(errs...)
}

// replyDomain is a plain host name.
var replyDomain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)

// checkReplies refuses a domain whose mail would be lost.
func (c *Config) checkReplies() error {
	var errs []error
	if c.ReplyDomain != "" && !replyDomain.MatchString(c.ReplyDomain) {
		errs = append(errs, errors.New("MAAN_REPLY_DOMAIN: give a plain domain in small letters, such as replies.example.com"))
	}
	if c.ReplyDomain != "" && c.SendGridInboundKey == "" {
		errs = append(errs, errors.New("MAAN_REPLY_DOMAIN: set MAAN_SENDGRID_INBOUND_KEY too; without it every answer would be refused"))
	}
	if c.ReplyPause < 1 || c.ReplyPause > 30 {
		errs = append(errs, errors.New("MAAN_REPLY_PAUSE_DAYS: give 1 to 30 business days"))
	}
	if c.ReplyRetention < 1 || c.ReplyRetention > 3650 {
		errs = append(errs, errors.New("MAAN_REPLY_RETENTION_DAYS: give 1 to 3650 days"))
	}
	return errors.Join(errs...)
}

// checkMetrics keeps the metrics off the API's address, which the outside reaches.
func (c *Config) checkMetrics() error {
	if c.MetricsAddress == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(c.MetricsAddress)
	if err != nil {
		return errors.New("MAAN_METRICS_ADDRESS: give host and port, such as 127.0.0.1:9464")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return errors.New("MAAN_METRICS_ADDRESS: the port must be a number from 0 to 65535")
	}
	if c.MetricsAddress == c.APIAddress {
		return errors.New("MAAN_METRICS_ADDRESS, MAAN_API_ADDRESS: give the metrics a port of their own; the API's is public")
	}
	return nil
}

func (c *Config) check() error {
	errs := []error{c.checkRedirect(), c.checkSMTP(), c.checkOperator(), c.checkReplies(), c.checkMetrics()}
	if c.Environment != "development" && !c.Production() {
		errs = append(errs, fmt.Errorf("MAAN_ENV: %q is neither development nor production", c.Environment))
	}
	if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		errs = append(errs, errors.New("MAAN_PUBLIC_URL: give an address such as https://maan.example.com"))
	}
	if c.Production() && (!strings.HasPrefix(c.PublicURL, "https://") || provider.CheckHost("development", c.PublicURL) == nil) {
		errs = append(errs, errors.New("MAAN_PUBLIC_URL: production needs the https address under which providers reach the API"))
	}
	if c.SettlementWait < 0 || c.EmailsPerSecond < 0 || c.SMSPerSecond < 0 || c.RequestsPerSecond <= 0 || c.WorkerConcurrency < 1 {
		errs = append(errs, errors.New("rates, waits and concurrency must not be negative"))
	}
	return errors.Join(errs...)
}

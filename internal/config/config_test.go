package config_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/config"
)

// load reads the given settings beside those that every system needs.
func load(t *testing.T, settings map[string]string) (config.Config, error) {
	t.Helper()
	environ := map[string]string{"DATABASE_URL": "postgres://maan@127.0.0.1/maan"}
	maps.Copy(environ, settings)
	return config.Load(environ)
}

var production = map[string]string{"MAAN_ENV": "production", "MAAN_PUBLIC_URL": "https://maan.example.com"}

// with is production's settings and some more.
func with(more map[string]string) map[string]string {
	all := maps.Clone(production)
	maps.Copy(all, more)
	return all
}

func TestProductionWritesToItsCustomers(t *testing.T) {
	t.Parallel()
	_, err := load(t, production)
	require.NoError(t, err)
	for _, name := range []string{"MAAN_REDIRECT_EMAIL", "MAAN_REDIRECT_MOBILE"} {
		value := map[string]string{"MAAN_REDIRECT_EMAIL": "tester@example.org", "MAAN_REDIRECT_MOBILE": "+31612345678"}[name]
		_, err := load(t, with(map[string]string{name: value}))
		require.ErrorContains(t, err, "unset them")
		c, err := load(t, map[string]string{name: value})
		require.NoError(t, err)
		require.Len(t, c.Redirected(), 1)
	}
}

// Every fault of the settings is told at once.
func TestLoadNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := load(t, map[string]string{
		"MAAN_ENV": "staging", "MAAN_REDIRECT_EMAIL": "Tess <tester@example.org>", "MAAN_REDIRECT_MOBILE": "0612345678",
		"MAAN_PUBLIC_URL": "maan", "MAAN_SMS_PER_SECOND": "-1", "MAAN_REPLY_RETENTION_DAYS": "0", "MAAN_SENDGRID_KEY": "SG.key",
		"MAAN_SMTP_HOST": "mail.example.com:25", "MAAN_SMTP_PORT": "70000", "MAAN_SMTP_USERNAME": "maan", "MAAN_SMTP_TLS": "ssl",
	})
	for _, fault := range []string{
		"unset the other", "without a port", "port 70000", "user name and password", `security "ssl"`,
		"MAAN_ENV", "MAAN_REDIRECT_EMAIL", "MAAN_REDIRECT_MOBILE", "MAAN_PUBLIC_URL", "negative", "MAAN_REPLY_RETENTION_DAYS",
	} {
		require.ErrorContains(t, err, fault)
	}
}

// A real provider is for production, or for a system that can reach nobody through it.
func TestRealProvidersNeedProductionOrARedirect(t *testing.T) {
	t.Parallel()
	sandbox := map[string]string{"MAAN_SENDGRID_URL": "http://127.0.0.1:8025", "MAAN_TWILIO_URL": "http://127.0.0.1:8025"}
	relay := func(more ...string) map[string]string {
		settings := map[string]string{"MAAN_SENDGRID_KEY": "", "MAAN_SMTP_HOST": "mail.acme.example", "MAAN_TWILIO_URL": "http://127.0.0.1:8025"}
		for i := 0; i < len(more); i += 2 {
			settings[more[i]] = more[i+1]
		}
		return settings
	}
	for _, tt := range []struct {
		name     string
		settings map[string]string
		faults   []string
	}{
		{"Production", production, nil},
		{"Sandbox", sandbox, nil},
		{"SandboxAndRedirect", map[string]string{
			"MAAN_SENDGRID_URL": "http://127.0.0.1:8025", "MAAN_TWILIO_URL": "http://127.0.0.1:8025", "MAAN_REDIRECT_EMAIL": "tester@example.org",
		}, nil},
		{"Development", nil, []string{"MAAN_SENDGRID_URL", "MAAN_TWILIO_URL"}},
		{"MailRedirected", map[string]string{"MAAN_REDIRECT_EMAIL": "tester@example.org"}, []string{"MAAN_TWILIO_URL"}},
		{"BothRedirected", map[string]string{"MAAN_REDIRECT_EMAIL": "tester@example.org", "MAAN_REDIRECT_MOBILE": "+31612345678"}, nil},
		{"PlainHTTP", map[string]string{
			"MAAN_SENDGRID_URL": "http://api.sendgrid.com", "MAAN_REDIRECT_EMAIL": "tester@example.org", "MAAN_TWILIO_URL": "http://127.0.0.1:1",
		}, []string{"MAAN_SENDGRID_URL"}},
		{"NoMailProvider", map[string]string{"MAAN_SENDGRID_KEY": ""}, []string{"MAAN_SENDGRID_KEY, MAAN_SMTP_HOST", "MAAN_SENDGRID_URL", "MAAN_TWILIO_URL"}},
		{"SMTPInDevelopment", relay(), []string{"MAAN_SMTP_HOST"}},
		{"SMTPRedirected", relay("MAAN_REDIRECT_EMAIL", "tester@example.org"), nil},
		{"SMTPInTheClear", relay("MAAN_REDIRECT_EMAIL", "tester@example.org", "MAAN_SMTP_TLS", "none"), []string{"use starttls or tls"}},
		{"SMTPHere", relay("MAAN_SMTP_HOST", "localhost", "MAAN_SMTP_TLS", "none", "MAAN_SMTP_PORT", "25"), nil},
		{"SMTPInProduction", with(relay("MAAN_TWILIO_URL", "https://api.twilio.com")), nil},
		{"SMTPInProductionInTheClear", with(relay("MAAN_TWILIO_URL", "https://api.twilio.com", "MAAN_SMTP_TLS", "none")), []string{"use starttls or tls"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			settings := map[string]string{"MAAN_SENDGRID_KEY": "SG.key"}
			maps.Copy(settings, tt.settings)
			c, err := load(t, settings)
			require.NoError(t, err)
			err = c.CheckProviders()
			for _, fault := range tt.faults {
				require.ErrorContains(t, err, fault)
			}
			if tt.faults == nil {
				require.NoError(t, err)
			}
		})
	}
}

// The metrics name no customer, but they are for the inside all the same.
func TestMetricsHaveAPortOfTheirOwn(t *testing.T) {
	t.Parallel()
	c, err := load(t, nil)
	require.NoError(t, err)
	require.Empty(t, c.MetricsAddress, "they are off unless somebody wants them")
	for _, good := range []string{"127.0.0.1:9464", "127.0.0.1:0", ":9464", "[::1]:9464"} {
		_, err := load(t, map[string]string{"MAAN_METRICS_ADDRESS": good})
		require.NoError(t, err, good)
	}
	for _, bad := range []string{"9464", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:70000", "127.0.0.1:8080"} {
		_, err := load(t, map[string]string{"MAAN_METRICS_ADDRESS": bad})
		require.ErrorContains(t, err, "MAAN_METRICS_ADDRESS", bad)
	}
}

func TestAnSMTPAccountNeedsItsServer(t *testing.T) {
	t.Parallel()
	_, err := load(t, map[string]string{"MAAN_SMTP_PASSWORD": "secret"})
	require.ErrorContains(t, err, "MAAN_SMTP_HOST")
	require.NotContains(t, err.Error(), "secret")
}

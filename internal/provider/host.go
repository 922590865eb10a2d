package provider

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Production is the environment name that alone may reach real providers.
const Production = "production"

// CheckHost refuses a provider address that could reach real customers by
// mistake: a host other than loopback needs the environment "production", and
// production refuses plain http.
func CheckHost(env, base string) error {
	u, err := ParseBase(base)
	if err != nil {
		return err
	}
	if env == Production && u.Scheme != "https" {
		return fmt.Errorf("provider address %q: production needs https", u.Host)
	}
	if env != Production && !IsLoopback(u.Hostname()) {
		return fmt.Errorf("provider address %q is not on this machine: only environment %q may use it; set a loopback address of the sandbox, or redirect every message with MAAN_REDIRECT_EMAIL and MAAN_REDIRECT_MOBILE", u.Host, Production)
	}
	return nil
}

// ParseBase reads a provider's base URL: http or https, a host, nothing more
// than an optional final slash. The text itself, which might hold a password,
// is not repeated in the error.
func ParseBase(base string) (*url.URL, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, errors.New("provider address is not a URL: give it as https://host")
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("provider address has scheme %q: give it as https://host", u.Scheme)
	}
	if u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("provider address must be scheme and host only, such as https://host")
	}
	u.Path = ""
	return u, nil
}

// IsLoopback reports whether host (without a port) is this machine: the name
// localhost or an address in 127.0.0.0/8 or ::1. Other names are not resolved:
// what they resolve to can change between the check and the request.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

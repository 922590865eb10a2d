package webhook

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"maan/internal/provider"
)

// Fault is one thing that is wrong with an address; it does not repeat the address.
type Fault struct {
	Code   string
	Detail string
}

const longestURL = 2000

// CheckURL names everything that is wrong with an address. local takes http to this
// machine, for development.
func CheckURL(text string, local bool) []Fault {
	u, err := url.Parse(text)
	if err != nil || len(text) > longestURL || u.Host == "" || u.Hostname() == "" || u.Opaque != "" {
		return []Fault{{"invalid_url", "give a whole address such as https://erp.example.com/maan, at most 2000 characters"}}
	}
	var faults []Fault
	if plain := local && u.Scheme == "http" && provider.IsLoopback(u.Hostname()); u.Scheme != "https" && !plain {
		faults = append(faults, Fault{"not_https", "events are posted by https only"})
	}
	if u.User != nil {
		faults = append(faults, Fault{"credentials", "leave user and password out: the signature proves who posts"})
	}
	if strings.Contains(text, "#") {
		faults = append(faults, Fault{"fragment", "leave out the part from # on: it is never sent"})
	}
	if ip, err := netip.ParseAddr(u.Hostname()); !local && (provider.IsLoopback(u.Hostname()) || (err == nil && !public(ip))) {
		faults = append(faults, Fault{"not_public", "the address is inside a network; give one that is reached from the internet"})
	}
	return faults
}

// errNotPublic is what a dial to an address inside a network ends with.
var errNotPublic = errors.New("address is not public")

// refuseInside is called with the address that is about to be connected to.
func refuseInside(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return errNotPublic
	}
	if ip, err := netip.ParseAddr(host); err != nil || !public(ip) {
		return errNotPublic
	}
	return nil
}

// inside are the networks that are nobody's on the internet or stand for others, after
// the IANA special-purpose registries of IPv4 (RFC 6890) and IPv6.
var inside = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // shared by providers
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"), // link-local: the clouds' metadata services
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), // documentation
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("198.18.0.0/15"), // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("224.0.0.0/3"), // multicast, reserved, broadcast

	netip.MustParsePrefix("2001::/23"),     // protocol assignments: Teredo and others that stand for IPv4
	netip.MustParsePrefix("2001:db8::/32"), // documentation
	netip.MustParsePrefix("2002::/16"),     // 6to4
	netip.MustParsePrefix("3fff::/20"),     // documentation
}

// unicast is all of IPv6 that is given out: what lies outside, such as loopback,
// unique-local, link-local and translated IPv4, is inside some network.
var unicast = netip.MustParsePrefix("2000::/3")

// public reports whether an address is reached over the internet.
func public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if ip.Is6() && !unicast.Contains(ip) {
		return false
	}
	for _, network := range inside {
		if network.Contains(ip) {
			return false
		}
	}
	return true
}

package outbound

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// Lookup gives the addresses of a host.
type Lookup func(ctx context.Context, host string) ([]netip.Addr, error)

func systemLookup(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// CheckURL says whether an address could ever be called: https, no user, and not plainly this
// machine or an inner network. It is for addresses that parties register; nothing is resolved, and
// what the name leads to is looked at again at every connection.
func CheckURL(text string, loopback bool) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" {
		return fmt.Errorf("%w: not an absolute address, or one with a user", ErrRefused)
	}
	return checkTarget(u, loopback, false)
}

func checkTarget(u *url.URL, loopback, plain bool) error {
	name := u.Hostname()
	here := loopback && isLoopbackName(name)
	if u.Scheme != "https" && !(u.Scheme == "http" && (here || plain)) {
		return fmt.Errorf("%w: it must begin with https://", ErrRefused)
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		return checkAddr(addr, here)
	}
	// Names such as 0x7f000001 or 127.1 are numbers to some resolvers (URL standard, "ends in a number").
	last := name[strings.LastIndexByte(strings.TrimSuffix(name, "."), '.')+1:]
	if name == "" || (last[0] >= '0' && last[0] <= '9') {
		return fmt.Errorf("%w: its host is a number in disguise", ErrRefused)
	}
	if isLoopbackName(name) && !here {
		return fmt.Errorf("%w: it is this machine", ErrRefused)
	}
	return nil
}

func isLoopbackName(name string) bool {
	if addr, err := netip.ParseAddr(name); err == nil {
		return addr.IsLoopback()
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// endpoint writes an allow-list entry as host:port. A loopback entry without a port means every
// port, written as port 0: tests and the demo listen where there is room.
func endpoint(entry string, loopback bool) string {
	if host, port, err := net.SplitHostPort(entry); err == nil {
		return net.JoinHostPort(host, port)
	}
	host := strings.Trim(entry, "[]")
	if loopback && isLoopbackName(host) {
		return net.JoinHostPort(host, "0")
	}
	return net.JoinHostPort(host, "443")
}

// permits says whether the operator named this target, and gives the key of its limits.
func (c *Client) permits(u *url.URL) (string, error) {
	if err := checkTarget(u, c.options.AllowLoopback, c.options.Plain); err != nil {
		return "", err
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	name := strings.ToLower(u.Hostname())
	key := net.JoinHostPort(name, port)
	if c.allowed[key] || (c.options.AllowLoopback && isLoopbackName(name) && c.allowed[net.JoinHostPort(name, "0")]) {
		return key, nil
	}
	return "", fmt.Errorf("%w: its host is not one that was named", ErrRefused)
}

// dialer connects to a name after looking at every address that it leads to.
type dialer struct {
	lookup   Lookup
	loopback bool
}

// connect resolves once and connects to that very answer, so that a second answer of the name
// server changes nothing; Control then looks at the address of the socket itself (attacks SS-02).
func (d dialer) connect(ctx context.Context, network, address string) (net.Conn, error) {
	name, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%w: no port", ErrRefused)
	}
	here := d.loopback && isLoopbackName(name)
	addrs, err := d.resolve(ctx, name)
	if err != nil {
		return nil, err
	}
	plain := net.Dialer{Control: func(_, socket string, _ syscall.RawConn) error { return checkSocket(socket, here) }}
	failure := fmt.Errorf("%w: its name leads nowhere", ErrRefused)
	for _, addr := range addrs {
		conn, err := plain.DialContext(ctx, network, net.JoinHostPort(addr.Unmap().String(), port))
		if err == nil {
			return conn, nil
		}
		failure = err
	}
	return nil, failure
}

func (d dialer) resolve(ctx context.Context, name string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{addr}, nil
	}
	addrs, err := d.lookup(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("resolve: %w", err)
	}
	return addrs, nil
}

func checkSocket(socket string, here bool) error {
	at, err := netip.ParseAddrPort(socket)
	if err != nil {
		return fmt.Errorf("%w: not an address", ErrRefused)
	}
	return checkAddr(at.Addr(), here)
}

// checkAddr lets public unicast addresses pass, and loopback where here says so.
func checkAddr(addr netip.Addr, here bool) error {
	bare := addr.Unmap().WithZone("")
	if here && bare.IsLoopback() {
		return nil
	}
	if here || !public(bare) {
		return fmt.Errorf("%w: it is not a public address", ErrRefused)
	}
	return nil
}

// public says whether an address is ordinary unicast (IANA's special-purpose registries). Of IPv6
// only 2000::/3 is; within it, what carries an IPv4 address inside is refused too.
func public(addr netip.Addr) bool {
	if addr.Is6() {
		return netip.MustParsePrefix("2000::/3").Contains(addr) && !within(addr,
			"2001::/23",     // protocol assignments, Teredo among them
			"2001:db8::/32", // documentation
			"2002::/16",     // 6to4 carries an IPv4 address
			"3fff::/20",     // documentation
			"2620:4f:8000::/48")
	}
	return addr.Is4() && !within(addr,
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
		"192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3")
}

func within(addr netip.Addr, networks ...string) bool {
	for _, network := range networks {
		if netip.MustParsePrefix(network).Contains(addr) {
			return true
		}
	}
	return false
}

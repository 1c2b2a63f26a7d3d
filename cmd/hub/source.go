package hub

import (
	"net/http"
	"net/netip"
	"strings"
)

// proxies are the networks whose word about a client's address is taken.
type proxies []netip.Prefix

func (p proxies) trusted(addr netip.Addr) bool {
	for _, network := range p {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// source gives the network address that a request comes from. X-Forwarded-For counts only when
// the peer is a trusted proxy, and then from its right end: the first address that is not a
// trusted proxy's. A value that cannot be read relaxes nothing (attacks HH-02).
func (p proxies) source(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap().WithZone("")
	if !p.trusted(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil || hop.Zone() != "" {
			return addr
		}
		addr = hop.Unmap()
		if !p.trusted(addr) {
			return addr
		}
	}
	return addr
}

// household widens an IPv6 address to the /64 that one household has.
func household(addr netip.Addr) netip.Addr {
	if addr.Is6() {
		wide, err := addr.Prefix(64)
		if err == nil {
			return wide.Addr()
		}
	}
	return addr
}

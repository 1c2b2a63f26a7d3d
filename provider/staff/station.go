package staff

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
)

// ErrNetwork says that a network was not written as one.
var ErrNetwork = errors.New("staff: a network is written as 10.1.2.0/24 or 2001:db8::/64")

// ParseNetworks reads networks as FormatNetworks writes them. ErrNetwork.
func ParseNetworks(text string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, word := range strings.Fields(text) {
		network, err := netip.ParsePrefix(word)
		if err != nil || network != network.Masked() {
			return nil, ErrNetwork
		}
		all = append(all, network)
	}
	return all, nil
}

// FormatNetworks writes networks with a space between them.
func FormatNetworks(all []netip.Prefix) string {
	words := make([]string, len(all))
	for i, network := range all {
		words[i] = network.String()
	}
	return strings.Join(words, " ")
}

// Admits reports whether the station may be worked at from an address.
func (s Station) Admits(from netip.Addr) bool {
	return len(s.Networks) == 0 || slices.ContainsFunc(s.Networks, func(n netip.Prefix) bool { return n.Contains(from.Unmap()) })
}

// StationsAt gives the desks of an office that may be worked at from an address.
func (p Places) StationsAt(office string, from netip.Addr) []Station {
	return slices.DeleteFunc(p.StationsOf(office), func(s Station) bool { return !s.Admits(from) })
}

// Admits reports whether people of an office may work from an address: where its desks are bound to
// networks, from one of those alone (means.md §4.2). Who belongs to no office works from everywhere.
func (p Places) Admits(office string, from netip.Addr) bool {
	all := p.StationsOf(office)
	bound := slices.ContainsFunc(all, func(s Station) bool { return len(s.Networks) > 0 })
	return !bound || len(p.StationsAt(office, from)) > 0
}

package staff

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"symbolon/connectors/identity"
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

// longestStation bounds the name of a position, in characters.
const longestStation = 60

// IsStationName reports whether a position may be called so, as citizens are told it.
func IsStationName(name string) bool {
	return strings.TrimSpace(name) != "" && utf8.RuneCountInString(name) <= longestStation && identity.Printable(name)
}

// Admits reports whether the station may be worked at from an address.
func (s Station) Admits(from netip.Addr) bool {
	return len(s.Networks) == 0 || slices.ContainsFunc(s.Networks, func(n netip.Prefix) bool { return n.Contains(from.Unmap()) })
}

// Binding says what ties the people of an office to its positions (means.md §4.2: station allow-list).
type Binding string

// The bindings. A position that names no network is at none in particular; under Network an office none of
// whose positions names one is bound to nothing.
const (
	Unbound Binding = "off"
	Network Binding = "network" // they work from the networks that its positions name
	Key     Binding = "key"     // at computers that were registered
	Both    Binding = "both"
)

// Bindings lists them in the order in which they are offered. Each has a text under "desk.binding.CODE".
func Bindings() []Binding { return []Binding{Unbound, Network, Key, Both} }

// Keyed reports whether a registered computer is asked for.
func (b Binding) Keyed() bool { return b == Key || b == Both }

// Networked reports whether addresses count.
func (b Binding) Networked() bool { return b != Unbound && b != Key }

// KeyKind says what a computer proves itself by.
type KeyKind string

// The kinds. Each has a text under "desk.key.CODE".
const (
	InBrowser     KeyKind = "browser"     // a key made in the browser, which cannot leave it
	ByCertificate KeyKind = "certificate" // a certificate shown in the TLS handshake, taken to the letter
)

// StationKey is one registered computer of a position.
type StationKey struct {
	Office, Station string
	Kind            KeyKind
	Thumb           [32]byte // SHA-256 of the public key's point, or of the certificate
	Added           time.Time
	By              string // the appointment that registered it
}

// At is where somebody works, as far as it was proved in this request.
type At struct {
	From netip.Addr
	Keys [][32]byte // thumbs of the computer's keys
}

// StationsAt gives the desks of an office that may be worked at from where somebody is.
func (p Places) StationsAt(office string, at At) []Station {
	o, _ := p.Office(office)
	return slices.DeleteFunc(p.StationsOf(office), func(s Station) bool {
		return o.Binding.Networked() && !s.Admits(at.From) || o.Binding.Keyed() && !p.keyed(s, at)
	})
}

// keyed reports whether one of the keys is of a computer of the station.
func (p Places) keyed(s Station, at At) bool {
	return slices.ContainsFunc(p.Keys, func(k StationKey) bool {
		return k.Office == s.Office && k.Station == s.ID && slices.Contains(at.Keys, k.Thumb)
	})
}

// KeysOf gives the registered computers of an office.
func (p Places) KeysOf(office string) []StationKey {
	return slices.DeleteFunc(slices.Clone(p.Keys), func(k StationKey) bool { return k.Office != office })
}

// Admits reports whether an appointment may be used from where somebody is (means.md §4.2). Who belongs to no
// office works from everywhere. A local administrator, who looks nobody up, needs no registered computer: it is
// they who register one.
func (p Places) Admits(m Member, at At) bool {
	o, known := p.Office(m.Office)
	if !known {
		return true
	}
	if o.Binding.Keyed() && m.Role != LocalAdministrator {
		return len(p.StationsAt(m.Office, at)) > 0
	}
	if !o.Binding.Networked() {
		return true
	}
	all := p.StationsOf(m.Office)
	bound := slices.ContainsFunc(all, func(s Station) bool { return len(s.Networks) > 0 })
	return !bound || slices.ContainsFunc(all, func(s Station) bool { return s.Admits(at.From) })
}

package hub

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// TestAttack_HH_02_ForwardedForIsNotBelievedFromJustAnybody (authentik CVE-2024-47070).
func TestAttack_HH_02_ForwardedForIsNotBelievedFromJustAnybody(t *testing.T) {
	trusted := proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, tt := range []struct{ name, peer, header, want string }{
		{"nobody in front", "203.0.113.9:4711", "", "203.0.113.9"},
		{"header of a stranger", "203.0.113.9:4711", "198.51.100.1", "203.0.113.9"},
		{"through our proxy", "10.1.2.3:4711", "198.51.100.1", "198.51.100.1"},
		{"what the client put in front", "10.1.2.3:4711", "1.1.1.1, 198.51.100.1", "198.51.100.1"},
		{"two proxies of ours", "10.1.2.3:4711", "198.51.100.1, 10.9.9.9", "198.51.100.1"},
		{"rubbish", "10.1.2.3:4711", "a", "10.1.2.3"},
		{"rubbish in front", "10.1.2.3:4711", "a, 198.51.100.1", "198.51.100.1"},
		{"rubbish behind", "10.1.2.3:4711", "198.51.100.1, a", "10.1.2.3"},
		{"very long", "10.1.2.3:4711", strings.Repeat("9", 10<<10), "10.1.2.3"},
		{"a zone", "10.1.2.3:4711", "fe80::1%eth0", "10.1.2.3"},
		{"mapped", "[::ffff:10.1.2.3]:4711", "::ffff:198.51.100.1", "198.51.100.1"},
		{"only proxies", "10.1.2.3:4711", "10.4.5.6", "10.4.5.6"},
		{"no header", "10.1.2.3:4711", "", "10.1.2.3"},
		{"IPv6", "[fd00::5]:4711", "2001:db8::7", "2001:db8::7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = tt.peer
			if tt.header != "" {
				r.Header.Set("X-Forwarded-For", tt.header)
			}
			if got := trusted.source(r); got.String() != tt.want {
				t.Errorf("source %s, want %s", got, tt.want)
			}
		})
	}
}

func TestOneHouseholdIsOneSource(t *testing.T) {
	a, b := netip.MustParseAddr("2001:db8:1:2:aaaa::1"), netip.MustParseAddr("2001:db8:1:2:bbbb::2")
	if household(a) != household(b) {
		t.Error("two addresses of one /64 count apart: a household has 2^64 tries")
	}
	if household(a) == household(netip.MustParseAddr("2001:db8:1:3::1")) {
		t.Error("two households count as one")
	}
}

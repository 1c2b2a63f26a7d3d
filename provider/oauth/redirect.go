package oauth

import (
	"strings"
)

// target finds the URI among the client's registered ones: equal byte for byte (RFC 9700 §4.1.3).
// For a native client the port of an IP loopback URI may vary, and nothing else (RFC 8252 §7.3).
func (c Client) target(uri string) (RedirectTarget, bool) {
	for _, registered := range c.RedirectURIs {
		if uri == registered || c.Native && sameLoopback(registered, uri) {
			return RedirectTarget{uri}, true
		}
	}
	return RedirectTarget{}, false
}

// logoutTarget finds the URI among those registered for after a logout, byte for byte.
func (c Client) logoutTarget(uri string) (RedirectTarget, bool) {
	for _, registered := range c.PostLogoutRedirectURIs {
		if uri == registered {
			return RedirectTarget{uri}, true
		}
	}
	return RedirectTarget{}, false
}

// sameLoopback compares two http URIs on the same IP loopback literal without their ports. It
// splits bytes and parses nothing, so that no two spellings of one URI are taken for equal
// (attacks RU-08).
func sameLoopback(registered, uri string) bool {
	origin, rest, ok := splitLoopback(registered)
	if !ok {
		return false
	}
	gotOrigin, gotRest, ok := splitLoopback(uri)
	return ok && origin == gotOrigin && rest == gotRest
}

// splitLoopback cuts http://127.0.0.1:PORT/rest or http://[::1]:PORT/rest into what stands before
// and after the port.
func splitLoopback(uri string) (origin, rest string, ok bool) {
	for _, origin := range []string{"http://127.0.0.1", "http://[::1]"} {
		rest, found := strings.CutPrefix(uri, origin)
		if !found {
			continue
		}
		if after, hasPort := strings.CutPrefix(rest, ":"); hasPort {
			digits := len(after) - len(strings.TrimLeft(after, "0123456789"))
			if !validPort(after[:digits]) {
				return "", "", false
			}
			rest = after[digits:]
		}
		if rest == "" || rest[0] == '/' || rest[0] == '?' {
			return origin, rest, true
		}
	}
	return "", "", false
}

func validPort(digits string) bool {
	if digits == "" || len(digits) > 5 || digits[0] == '0' {
		return false
	}
	n := 0
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return n <= 65535
}

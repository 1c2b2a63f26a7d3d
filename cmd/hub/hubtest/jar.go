package hubtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Jar keeps cookies by host name, as browsers do: ports and schemes do not matter, and Secure
// cookies and __Host- names are fine on loopback.
type Jar struct {
	now  func() time.Time
	mu   sync.Mutex
	kept []kept
}

type kept struct {
	host  string
	until time.Time // zero: until the browser closes
	http.Cookie
}

// All gives the cookies of a host.
func (j *Jar) All(host string) []http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []http.Cookie
	for _, k := range j.kept {
		if k.host == host {
			all = append(all, k.Cookie)
		}
	}
	return all
}

// Value gives the value of the first cookie of the host whose name begins so, "" if there is none.
func (j *Jar) Value(host, prefix string) string {
	for _, c := range j.All(host) {
		if strings.HasPrefix(c.Name, prefix) {
			return c.Value
		}
	}
	return ""
}

// Put plants a cookie, as an attacker on a neighbouring program could.
func (j *Jar) Put(host string, c http.Cookie) {
	u := &url.URL{Scheme: "http", Host: host, Path: "/"}
	j.take(u, []*http.Cookie{&c})
}

// Clear forgets everything.
func (j *Jar) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.kept = nil
}

// Close forgets what lasts until the browser closes.
func (j *Jar) Close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.kept = slices.DeleteFunc(j.kept, func(k kept) bool { return k.until.IsZero() })
}

func (j *Jar) take(u *url.URL, set []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range set {
		path := c.Path
		if !strings.HasPrefix(path, "/") {
			path = "/"
		}
		// RFC 6265bis §4.1.3.2: a __Host- cookie without Secure and Path=/ is not taken.
		if strings.HasPrefix(c.Name, "__Host-") && (!c.Secure || path != "/" || c.Domain != "") {
			continue
		}
		k := kept{host: u.Hostname(), Cookie: *c}
		k.Path = path
		if c.MaxAge > 0 {
			k.until = j.now().Add(time.Duration(c.MaxAge) * time.Second)
		} else if !c.Expires.IsZero() {
			k.until = c.Expires
		}
		j.drop(k)
		if c.MaxAge >= 0 && (k.until.IsZero() || k.until.After(j.now())) {
			j.kept = append(j.kept, k)
		}
	}
}

func (j *Jar) drop(k kept) {
	for i, old := range j.kept {
		if old.host == k.host && old.Name == k.Name && old.Path == k.Path {
			j.kept = append(j.kept[:i], j.kept[i+1:]...)
			return
		}
	}
}

// sent gives the cookies that go with a request. Lax cookies go along when another site leads
// here by GET, and never when it posts here (RFC 6265bis §5.2).
func (j *Jar) sent(u *url.URL, crossSite bool, method string) []*http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []*http.Cookie
	for _, k := range j.kept {
		switch {
		case k.host != u.Hostname() || !strings.HasPrefix(u.Path+"/", k.Path):
		case !k.until.IsZero() && !k.until.After(j.now()):
		case crossSite && k.SameSite == http.SameSiteStrictMode:
		case crossSite && method != http.MethodGet && k.SameSite != http.SameSiteNoneMode:
		default:
			out = append(out, &http.Cookie{Name: k.Name, Value: k.Value})
		}
	}
	return out
}

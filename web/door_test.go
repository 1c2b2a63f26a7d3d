package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"symbolon/provider/seal"
)

// openAtDoors are the only routes of our own hosts that somebody who is not logged in may reach, with
// what makes them harmless. A new route is not on this list.
func openAtDoors() []string {
	return []string{
		"/openapi.yaml",  // describes the interface for register systems
		"/open/{case}",   // leads to the case's own page, and looks nothing up
		"/begin",         // draws the browser's secret; leads to the hub's pages
		"/arrive",        // takes a handle from the browser that knocked
		"/log-out",       // takes away
		"/logged-out",    // says so
		"/static/{name}", // pictures
		"/csp",           // a count
	}
}

// LA-08 and SE-12, the census: every route of every host of our own but these asks, at each request,
// who is logged in, and answers nobody else; and no route but the arrival gives a session.
func TestAttack_LA_08_SE_12_CensusOfRoutesAtDoors(t *testing.T) {
	w := newWorld(t)
	for _, rt := range routesOf(t, w) {
		if rt.host == Hub {
			continue
		}
		guarded := !slices.Contains(openAtDoors(), rt.pattern)
		for _, method := range rt.methods {
			for _, cookie := range []string{"", "rubbish", w.logins.Mint.Encode(stolen())} {
				r := newRequest(method, addressOf(rt.pattern), url.Values{"token": {"x"}})
				r.Host = hostOf(rt.host)
				r.Header.Set("Sec-Fetch-Site", "same-origin")
				if cookie != "" {
					r.AddCookie(&http.Cookie{Name: doorCookieName(rt.host), Value: cookie})
				}
				a := w.browser(t).send(r)
				if guarded && a.status != http.StatusUnauthorized {
					t.Errorf("%s %s%s lets a stranger in: %d", method, rt.host, rt.pattern, a.status)
				}
				for _, set := range a.header.Values("Set-Cookie") {
					if strings.HasPrefix(set, doorCookieName(rt.host)+"=") && !strings.Contains(set, "Max-Age=0") {
						t.Errorf("%s %s%s gives a stranger a session", method, rt.host, rt.pattern)
					}
				}
			}
		}
	}
}

// stolen is a cookie of ours whose session there is not.
func stolen() seal.Bearer { return seal.NewBearer(seal.DoorCookie, seal.RowID{9}, 0) }

// A cookie of one host is nothing at another, and a service's cookie is nothing at any.
func TestAttack_SE_04_ACookieOfAnotherHost(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize()).prove("means-trusted-profile")
	for _, host := range []HostName{Portal, Desk} {
		for _, name := range []string{sessionName, portalName, staffName} {
			r := newRequest(http.MethodGet, "/", nil)
			r.Host = hostOf(host)
			r.AddCookie(&http.Cookie{Name: name, Value: b.cookies[sessionName]})
			if a := w.browser(t).send(r); a.status == http.StatusOK {
				t.Errorf("a session of the hub opens %s as %s", host, name)
			}
		}
	}
}

// The address of one host is not another's page, and the hub's pages are nowhere else.
func TestAttack_HH_01_EachHostHasPagesOfItsOwn(t *testing.T) {
	w := newWorld(t)
	hosts := map[string][]HostName{}
	for _, rt := range routesOf(t, w) {
		hosts[addressOf(rt.pattern)] = append(hosts[addressOf(rt.pattern)], rt.host)
	}
	for address, served := range hosts {
		for _, host := range []HostName{Hub, Portal, Desk} {
			r := newRequest(http.MethodGet, address, nil)
			r.Host = hostOf(host)
			a := w.browser(t).send(r)
			if lost := a.has("not_found"); lost == slices.Contains(served, host) && !strings.HasPrefix(address, "/static/") {
				t.Errorf("%s at %s: %d", address, host, a.status)
			}
		}
	}
}

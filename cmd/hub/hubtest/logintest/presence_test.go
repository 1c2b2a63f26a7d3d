package logintest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// SE-17 (ASVS 3.5.8): a party that a person has let nothing be remembered for asks silently, in every way
// that could tell whether somebody is logged in, how surely and since when. The answer is the same for
// nobody. Where a decision stands the party learns what OpenID Connect tells it: that it may log them in.
func TestAttack_SE_17_ASilentRequestTellsStrangersNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		somebody, nobody := w.Browser(t), w.Browser(t)
		somebody.Login(w.Country.Addresses.City, "trusted-profile", "ordinary")
		for name, asked := range map[string][]string{
			"anything": nil, "the pseudonym alone": {"scope", "openid"}, "a level that was reached": {"acr_values", "low"},
			"a level that was not": {"acr_values", "high"}, "an old login": {"max_age", "100000"}, "a new one": {"max_age", "0"},
			"a level it must have":    {"claims", `{"id_token":{"acr":{"essential":true,"values":["substantial"]}}}`},
			"a person it thinks of":   {"claims", `{"id_token":{"sub":{"value":"somebody"}}}`},
			"a birth date it guesses": {"claims", `{"userinfo":{"birthdate":{"value":"1979-11-30"}}}`},
		} {
			asked = append(asked, "prompt", "none", "state", "s")
			there, away := rp.Answered(rp.Authorize(somebody, asked...)).Values, rp.Answered(rp.Authorize(nobody, asked...)).Values
			if there.Encode() != away.Encode() || there.Get("error") != "login_required" {
				t.Errorf("%s: somebody %s, nobody %s", name, there.Encode(), away.Encode())
			}
		}
		rp.Authorize(somebody)
		somebody.Tick("remember")
		somebody.Click("approve")
		if got := rp.Answered(rp.Authorize(somebody, "prompt", "none")); got.Code() == "" {
			t.Errorf("a decision that stands: %s", got.Encode())
		}
	})
}

// SE-17: a page of a neighbour, whose requests SameSite lets take the cookie along, asks in every way in
// which nobody sees a page. It gets what it would get with nobody logged in: redirects, status, headers.
func TestAttack_SE_17_WhatAPageCanMeasure(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		through(b, rp, "trusted-profile", "ordinary")
		b.Tick("remember")
		b.Click("approve")
		rp.Authorize(b, "prompt", "consent")
		question, cookies := b.Page.URL.String(), b.Jar.All("localhost")
		addresses := map[string]string{
			"a silent request": rp.Address(rp.Request("prompt", "none", "state", "s")),
			"logging out":      w.Issuer + "/logout?" + url.Values{"client_id": {rp.ID}, "post_logout_redirect_uri": {rp.AfterLogout}}.Encode(),
			"the home page":    w.Issuer + "/",
			"a login's page":   question,
		}
		for name, address := range addresses {
			for _, dest := range []string{"image", "iframe", "script", "empty", "style", "object", "video"} {
				for _, site := range []string{"same-site", "cross-site"} {
					header := http.Header{"Sec-Fetch-Dest": {dest}, "Sec-Fetch-Site": {site}, "Sec-Fetch-Mode": {"no-cors"}}
					if with, without := measured(t, address, header, cookies), measured(t, address, header, nil); with != without {
						t.Errorf("%s as %s from a %s page: %s; with nobody logged in: %s", name, dest, site, with, without)
					}
				}
			}
		}
		silent, err := http.NewRequest(http.MethodGet, addresses["a silent request"], nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cookies {
			silent.AddCookie(&c)
		}
		silent.Header = http.Header{"Cookie": silent.Header["Cookie"], "Sec-Fetch-Dest": {"document"}, "Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}}
		resp, err := http.DefaultTransport.RoundTrip(silent)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if parse(t, resp.Header.Get("Location")).Query().Get("code") == "" || resp.Header.Get("Cross-Origin-Opener-Policy") != "same-origin" {
			t.Errorf("the same request as a page of its own: %d, opener policy %q", resp.StatusCode, resp.Header.Get("Cross-Origin-Opener-Policy"))
		}
	})
}

// measured is all that a page could tell two answers apart by, but for what is drawn anew each time.
func measured(t *testing.T, address string, header http.Header, cookies []http.Cookie) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header.Clone()
	for _, c := range cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	names := slices.Sorted(maps.Keys(resp.Header))
	return resp.Status + " " + resp.Header.Get("Location") + " " + resp.Header.Get("Content-Length") + " " + strings.Join(names, ",")
}

package attacktest

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

func TestAttack_CP_01_CodeReplay(t *testing.T) {
	from(t, "ASVS 10.4.2; RFC 9700; RFC 6749 §4.1.2")
	each(t, func(t *testing.T, c *cast) {
		for _, rp := range []*hubtest.RP{c.rp1, c.rp2, c.pub} {
			before := c.Entries(t, "code_reuse")
			code := rp.Login(c.Watched(t), "ordinary", "scope", "openid offline_access").Code()
			first := rp.Exchange(code)
			alive(t, rp.ID+" at first", rp, first.Text("access_token"))
			wants(t, rp.ID+" again", rp.Exchange(code), http.StatusBadRequest, "invalid_grant")
			dead(t, rp.ID+" after the replay", rp, first.Text("access_token"))
			wants(t, rp.ID+" refresh after the replay", rp.Refresh(first.Text("refresh_token")), http.StatusBadRequest, "invalid_grant")
			wants(t, rp.ID+" a third time", rp.Exchange(code), http.StatusBadRequest, "invalid_grant")
			if got := c.Entries(t, "code_reuse") - before; got != 1 {
				t.Errorf("G4: %s: %d entries tell of the replay, want one", rp.ID, got)
			}
		}
	})
}

func TestAttack_CP_03_CodeOfAnotherClient(t *testing.T) {
	from(t, "ZITADEL CVE-2026-55672; Pocket ID CVE-2026-28513; Keycloak CVE-2026-16089")
	each(t, func(t *testing.T, c *cast) {
		code := c.rp1.Login(c.Watched(t), "ordinary").Code()
		for _, thief := range []*hubtest.RP{c.rp2, c.rp3, c.pub, c.opt} {
			wants(t, thief.ID, thief.Exchange(code, "redirect_uri", c.rp1.Redirect, "code_verifier", c.rp1.Verifier), http.StatusBadRequest, "invalid_grant")
			wants(t, thief.ID+" without a verifier", thief.Exchange(code, "code_verifier", ""), http.StatusBadRequest, "invalid_grant")
			wants(t, thief.ID+" calls itself rp1", thief.Exchange(code, "client_id", "rp1", "redirect_uri", c.rp1.Redirect, "code_verifier", c.rp1.Verifier),
				http.StatusUnauthorized, "invalid_client")
		}
		if mine := c.rp1.Exchange(code); mine.Status != http.StatusOK {
			t.Errorf("the thieves used the code up: %s", mine.Body)
		}
	})
}

func TestAttack_CP_04_PKCEIsNotStrippedByAWrongVerifier(t *testing.T) {
	from(t, "fosite PR 883, tried at v0.49: a wrong verifier, then none, gives tokens")
	each(t, func(t *testing.T, c *cast) {
		for _, rp := range []*hubtest.RP{c.rp1, c.pub, c.opt} {
			b := c.Watched(t)
			code := rp.Login(b, "ordinary").Code()
			wants(t, rp.ID+" wrong", rp.Exchange(code, "code_verifier", strings.Repeat("x", 43)), http.StatusBadRequest, "invalid_grant")
			wants(t, rp.ID+" none after wrong", rp.Exchange(code, "code_verifier", ""), http.StatusBadRequest, "invalid_grant")
			wants(t, rp.ID+" right after wrong", rp.Exchange(code), http.StatusBadRequest, "invalid_grant")
			code = rp.Login(b, "ordinary").Code()
			wants(t, rp.ID+" none", rp.Exchange(code, "code_verifier", ""), http.StatusBadRequest, "invalid_grant")
			wants(t, rp.ID+" right after none", rp.Exchange(code), http.StatusBadRequest, "invalid_grant")
		}
	})
}

func TestAttack_CP_05_PKCEDowngrade(t *testing.T) {
	from(t, "RFC 9700 §4.8; authentik CVE-2024-23647; Keycloak PR 26808; zitadel/oidc PR 741")
	c := stage(t)
	b := c.Watched(t)
	for _, rp := range []*hubtest.RP{c.rp1, c.rp2, c.pub, c.nat} {
		v := rp.Request("code_challenge", "", "code_challenge_method", "")
		there(t, rp.ID, rp, b.Get(rp.Address(v)), "invalid_request", v.Get("state"))
	}
	code := c.opt.Login(b, "ordinary", "code_challenge", "", "code_challenge_method", "").Code()
	wants(t, "a verifier without a challenge", c.opt.Exchange(code), http.StatusBadRequest, "invalid_grant")
	code = c.opt.Login(b, "ordinary", "code_challenge", "", "code_challenge_method", "").Code()
	if reply := c.opt.Exchange(code, "code_verifier", ""); reply.Status != http.StatusOK {
		t.Errorf("a party that is registered so cannot go without PKCE: %s", reply.Body)
	}
}

func TestAttack_CP_06_OnlyS256(t *testing.T) {
	from(t, "ASVS 10.4.6")
	c := stage(t)
	b := c.Watched(t)
	for _, rp := range []*hubtest.RP{c.rp1, c.pub, c.opt} {
		for _, change := range [][]string{
			{"code_challenge_method", "plain"}, {"code_challenge_method", ""}, {"code_challenge_method", "s256"}, {"code_challenge_method", "S512"}, {"code_challenge_method", "none"},
			{"code_challenge", "short"}, {"code_challenge", strings.Repeat("a", 44)}, {"code_challenge", strings.Repeat("=", 43)}, {"code_challenge", ""},
		} {
			v := rp.Request(change...)
			there(t, rp.ID+" "+strings.Join(change, "="), rp, b.Get(rp.Address(v)), "invalid_request", v.Get("state"))
		}
	}
}

func TestAttack_CP_07_VerifiersOfAWrongForm(t *testing.T) {
	from(t, "RFC 7636 §4.1")
	c := stage(t)
	b := c.Watched(t)
	for _, verifier := range []string{strings.Repeat("a", 42), strings.Repeat("a", 129), strings.Repeat("a", 50) + " ", strings.Repeat("a", 50) + "+", strings.Repeat("ż", 30), strings.Repeat("a", 50) + "\n"} {
		sum := sha256.Sum256([]byte(verifier))
		code := c.pub.Login(b, "ordinary", "code_challenge", base64.RawURLEncoding.EncodeToString(sum[:])).Code()
		wants(t, url.QueryEscape(verifier), c.pub.Exchange(code, "code_verifier", verifier), http.StatusBadRequest, "invalid_grant")
	}
}

func TestAttack_CP_09_AnotherRedirectURIAtTheTokenEndpoint(t *testing.T) {
	from(t, "RFC 6749 §4.1.3")
	c := stage(t)
	b := c.Watched(t)
	for _, uri := range []string{"", evil, c.rp1.Redirect + "?", c.rp1.Redirect + "/", c.rp2.Redirect, strings.ToUpper(c.rp1.Redirect)} {
		code := c.rp1.Login(b, "ordinary").Code()
		wants(t, uri, c.rp1.Exchange(code, "redirect_uri", uri), http.StatusBadRequest, "invalid_grant")
	}
}

func TestAttack_CP_10_NoCredentialInAnAddress(t *testing.T) {
	from(t, "ASVS 14.2.1; RFC 6749 §3.2, §2.3.1")
	c := stage(t)
	code := c.rp3.Login(c.Watched(t), "ordinary").Code()
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.rp3.Redirect}, "code_verifier": {c.rp3.Verifier}, "client_id": {"rp3"}, "client_secret": {c.rp3.Secret},
	}
	get := c.rp3.Do(c.Ask(http.MethodGet, "/token?"+form.Encode()).WithContext(t.Context()))
	if get.Status != http.StatusMethodNotAllowed || get.Header.Get("Allow") != http.MethodPost {
		t.Errorf("GET: %d, Allow %q", get.Status, get.Header.Get("Allow"))
	}
	for _, query := range []string{form.Encode(), "code=" + code, "client_secret=" + c.rp3.Secret, "x"} {
		r := c.rp3.Prove(t.Context(), "/token?"+query, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.rp3.Redirect}, "code_verifier": {c.rp3.Verifier}})
		wants(t, "POST with a query", c.rp3.Do(r), http.StatusBadRequest, "invalid_request")
	}
	for _, kind := range []string{"application/json", "multipart/form-data; boundary=x", "text/plain", ""} {
		r := c.rp3.Prove(t.Context(), "/token", form)
		r.Header.Set("Content-Type", kind)
		wants(t, kind, c.rp3.Do(r), http.StatusBadRequest, "invalid_request")
	}
	c.Dump().HoldsNone(t, map[string]string{"the code": code, "the client's secret": c.rp3.Secret})
	if reply := c.rp3.Exchange(code); reply.Status != http.StatusOK {
		t.Errorf("the refused requests used the code up: %s", reply.Body)
	}
}

func TestAttack_CP_12_GrantsThatAreNotOffered(t *testing.T) {
	from(t, "RFC 9700 §2.4; Keycloak CVE-2026-9792, CVE-2026-79652")
	c := stage(t)
	for _, rp := range []*hubtest.RP{c.rp1, c.rp2, c.pub} {
		for _, kind := range []string{
			"password", "client_credentials", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer", "AUTHORIZATION_CODE",
			"urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:device_code", "urn:openid:params:grant-type:ciba", "authorization_code refresh_token",
		} {
			reply := rp.Token("grant_type", kind, "username", "ordinary", "password", "demo", "scope", "openid", "code", "x", "assertion", "x", "subject_token", "x")
			wants(t, rp.ID+" "+kind, reply, http.StatusBadRequest, "unsupported_grant_type")
		}
		wants(t, rp.ID+" without", rp.Token("code", "x"), http.StatusBadRequest, "invalid_request")
	}
	for _, response := range []string{"token", "id_token", "code token", "code id_token", "id_token token", "none"} {
		v := c.opt.Request("response_type", response)
		there(t, response, c.opt, c.Watched(t).Get(c.opt.Address(v)), "unsupported_response_type", v.Get("state"))
	}
}

func TestAttack_CP_15_LoggedOutBetweenCodeAndToken(t *testing.T) {
	from(t, "authentik CVE-2025-53942")
	each(t, func(t *testing.T, c *cast) {
		b := c.Watched(t)
		code := c.rp1.Login(b, "ordinary").Code()
		b.Get(c.Issuer + "/logout")
		if b.Click("logout-confirm"); !b.Page.Has("logged-out") {
			t.Fatalf("not logged out:\n%s", b.Page.Text())
		}
		wants(t, "the code of an ended session", c.rp1.Exchange(code), http.StatusBadRequest, "invalid_grant")
	})
}

// TestAttack_CP_16 and TK_06: a client or party that is switched off, and a client that lost what it
// might ask for, get nothing any more.
func TestAttack_CP_16_TK_06_PartiesThatChange(t *testing.T) {
	from(t, "Keycloak CVE-2026-3047, GHSA-895x-rfqp-jh5c; Pocket ID CVE-2026-43983")
	each(t, func(t *testing.T, c *cast) {
		b := c.Watched(t)
		held := map[string]hubtest.Reply{"rp2": c.tokens(t, c.rp2), "rp3": c.tokens(t, c.rp3)}
		narrow := c.tokens(t, c.rp1, "scope", "openid profile offline_access")
		codes := map[string]string{"rp2": c.rp2.Login(b, "ordinary").Code(), "rp3": c.rp3.Login(b, "ordinary").Code()}
		for _, id := range []string{"rp2", "rp3"} {
			if err := c.Replicas[0].Hub.Roster().Switch(t.Context(), id, false); err != nil { // parties and clients have the same ids here: the party goes
				t.Fatal(err)
			}
		}
		c.rescope(t, "rp1", "email")
		hubtest.Await(t, "the hub knows that its parties have changed", func() bool {
			v := c.rp1.Request("scope", "openid profile", "prompt", "none")
			page := c.rp1.Authorize(c.Browser(t), "scope", v.Get("scope"), "prompt", "none")
			return c.rp1.Answered(page).Get("error") == "invalid_scope"
		})
		for id, rp := range map[string]*hubtest.RP{"rp2": c.rp2, "rp3": c.rp3} {
			c.here(t, id, rp.Authorize(b))
			wants(t, id+"'s code", rp.Exchange(codes[id]), http.StatusUnauthorized, "invalid_client")
			wants(t, id+"'s refresh token", rp.Refresh(held[id].Text("refresh_token")), http.StatusUnauthorized, "invalid_client")
			dead(t, id+"'s access token", rp, held[id].Text("access_token"))
		}
		wants(t, "refresh of a client that lost a scope", c.rp1.Refresh(narrow.Text("refresh_token")), http.StatusBadRequest, "invalid_grant")
	})
}

// rescope registers a client for other scopes.
func (c *cast) rescope(t *testing.T, id string, scopes ...string) {
	t.Helper()
	roster := c.Replicas[0].Hub.Roster()
	listed, err := roster.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range listed {
		for _, client := range line.Clients {
			if client.ID == id {
				client.Scopes = scopes
				apply(t, roster, client)
			}
		}
	}
}

func TestAttack_CP_19_TokensAreNotCached(t *testing.T) {
	from(t, "OpenID Connect Core §3.1.3.3; RFC 6749 §5.1")
	c := stage(t)
	reply := c.tokens(t, c.rp1)
	for what, r := range map[string]hubtest.Reply{"token": reply, "an error": c.rp1.Exchange("x"), "userinfo": c.rp1.Userinfo(reply.Text("access_token")), "refresh": c.rp1.Refresh(reply.Text("refresh_token"))} {
		if r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Pragma") != "no-cache" || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			t.Errorf("%s: %v", what, r.Header)
		}
	}
	if kind := reply.Text("token_type"); kind != "Bearer" {
		t.Errorf("token_type is %q", kind)
	}
}

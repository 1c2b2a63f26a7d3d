package attacktest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"symbolon/cmd/hub"
	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

func TestAttack_TK_01_RefreshReuseEndsTheFamily(t *testing.T) {
	from(t, "RFC 9700 §4.14; ASVS 10.4.5")
	each(t, func(t *testing.T, c *cast) {
		before := c.Entries(t, "refresh_reuse")
		first := c.tokens(t, c.rp1)
		second := c.rp1.Refresh(first.Text("refresh_token"))
		repeat := c.rp1.Refresh(first.Text("refresh_token")) // within the grace: the same answer
		if repeat.Status != http.StatusOK || repeat.Text("access_token") != second.Text("access_token") || repeat.Text("refresh_token") != second.Text("refresh_token") {
			t.Errorf("an answer that was lost cannot be had again: %d %s", repeat.Status, repeat.Text("error"))
		}
		alive(t, "the successor, used", c.rp1, second.Text("access_token")) // ends the grace
		wants(t, "the old one after the new was used", c.rp1.Refresh(first.Text("refresh_token")), http.StatusBadRequest, "invalid_grant")
		wants(t, "the successor", c.rp1.Refresh(second.Text("refresh_token")), http.StatusBadRequest, "invalid_grant")
		dead(t, "its access token", c.rp1, second.Text("access_token"))
		dead(t, "the first access token", c.rp1, first.Text("access_token"))
		if got := c.Entries(t, "refresh_reuse") - before; got != 1 {
			t.Errorf("G4: %d entries tell of the reuse, want one", got)
		}
		public := c.tokens(t, c.pub) // no grace for who cannot prove themselves
		next := c.pub.Refresh(public.Text("refresh_token"))
		wants(t, "public: the old one at once", c.pub.Refresh(public.Text("refresh_token")), http.StatusBadRequest, "invalid_grant")
		dead(t, "public: the successor's access token", c.pub, next.Text("access_token"))
	})
}

func TestAttack_TK_05_RefreshTokenOfAnotherClient(t *testing.T) {
	from(t, "ZITADEL CVE-2026-55672")
	c := stage(t)
	held := c.tokens(t, c.rp1)
	for _, thief := range []*hubtest.RP{c.rp2, c.rp3, c.pub, c.opt} {
		wants(t, thief.ID, thief.Refresh(held.Text("refresh_token")), http.StatusBadRequest, "invalid_grant")
		wants(t, thief.ID+" as rp1", thief.Refresh(held.Text("refresh_token"), "client_id", "rp1"), http.StatusUnauthorized, "invalid_client")
	}
	if mine := c.rp1.Refresh(held.Text("refresh_token")); mine.Status != http.StatusOK {
		t.Errorf("the thieves ended rp1's family: %s", mine.Body)
	}
}

func TestAttack_TK_06_RefreshAsksForNoMore(t *testing.T) {
	from(t, "RFC 6749 §6")
	c := stage(t)
	held := c.tokens(t, c.rp1, "scope", "openid profile offline_access")
	wants(t, "more", c.rp1.Refresh(held.Text("refresh_token"), "scope", "openid profile email"), http.StatusBadRequest, "invalid_scope")
	wants(t, "rubbish", c.rp1.Refresh(held.Text("refresh_token"), "scope", "admin"), http.StatusBadRequest, "invalid_scope")
	less := c.rp1.Refresh(held.Text("refresh_token"), "scope", "openid")
	if less.Status != http.StatusOK || less.Text("scope") != "openid" {
		t.Errorf("less is refused: %s", less.Body)
	}
	if told := c.rp1.Userinfo(less.Text("access_token")); told.JSON["given_name"] != nil {
		t.Errorf("a token for less tells more: %v", told.JSON)
	}
	without := c.rp1.As(t)
	code := without.Login(c.Watched(t), "ordinary", "scope", "openid").Code()
	if reply := without.Exchange(code); reply.Text("refresh_token") != "" || reply.Status != http.StatusOK {
		t.Errorf("a refresh token without offline_access: %d", reply.Status)
	}
}

// others gives everything that is no access token but might be taken for one.
func (c *cast) others(t *testing.T, b *hubtest.Browser, rp *hubtest.RP, held hubtest.Reply) map[string]string {
	t.Helper()
	texts := map[string]string{
		"refresh token": held.Text("refresh_token"), "ID token": held.Text("id_token"), "code": rp.Login(b, "ordinary").Code(),
		"session cookie": b.Jar.Value("localhost", "__Host-sid"), "client secret": c.rp2.Secret, "client assertion": c.rp1.Assertion(nil),
	}
	c.rp1.Authorize(b, "prompt", "login")
	texts["login cookie"] = b.Jar.Value("localhost", "__Host-tx")
	for what, text := range texts {
		if text == "" {
			t.Fatalf("there is no %s to try", what)
		}
	}
	return texts
}

func TestAttack_TK_08_OnlyAccessTokensAtUserinfo(t *testing.T) {
	from(t, "ASVS 9.2.2; fosite v0.49 introspects a refresh token as an access token")
	c := stage(t)
	held := c.tokens(t, c.rp1)
	for what, text := range c.others(t, c.Watched(t), c.rp1, held) {
		dead(t, what, c.rp1, text)
		r := c.rp1.Prove(t.Context(), "/userinfo", url.Values{"access_token": {text}})
		wants(t, what+" in the body", c.rp1.Do(r), http.StatusUnauthorized, "invalid_token")
	}
	for what, r := range map[string]*http.Request{
		"in the query": c.Ask(http.MethodGet, "/userinfo?access_token="+held.Text("access_token")),
		"twice":        c.Ask(http.MethodGet, "/userinfo"),
	} {
		if what == "twice" {
			r.Header.Add("Authorization", "Bearer "+held.Text("access_token"))
			r.Header.Add("Authorization", "Bearer "+held.Text("access_token"))
		}
		wants(t, what, c.rp1.Do(r.WithContext(t.Context())), http.StatusBadRequest, "invalid_request")
	}
	for _, scheme := range []string{"Basic ", "DPoP ", "", "Token "} {
		r := c.Ask(http.MethodGet, "/userinfo").WithContext(t.Context())
		r.Header.Set("Authorization", scheme+held.Text("access_token"))
		if reply := c.rp1.Do(r); reply.Status != http.StatusUnauthorized || !strings.HasPrefix(reply.Header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("scheme %q: %d", scheme, reply.Status)
		}
	}
	alive(t, "after all this", c.rp1, held.Text("access_token"))
}

func TestAttack_TK_09_AlmostTheToken(t *testing.T) {
	from(t, "ZITADEL CVE-2026-27840")
	c := stage(t)
	held := c.tokens(t, c.rp1)
	for _, name := range []string{"access_token", "refresh_token"} {
		token := held.Text(name)
		almost := []string{
			token + "=", token + "==", token + ".", token + "A", token + "%00", "=" + token, "." + token, strings.ToUpper(token), strings.ToLower(token), token[1:], token + token,
			strings.NewReplacer("-", "+", "_", "/").Replace(token) + "!", token[:len(token)/2] + " " + token[len(token)/2:],
		}
		for n := 1; n <= 8; n++ {
			almost = append(almost, token[:len(token)-n], token[:len(token)-n]+strings.Repeat("A", n)+"A")
		}
		for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" { // spare bits at the end, too
			almost = append(almost, token[:len(token)-1]+string(last))
		}
		for i, text := range almost {
			if text == token {
				continue
			}
			if name == "access_token" {
				dead(t, "variant", c.rp1, text)
			} else if reply := c.rp2.Post("/revoke", "token", text); reply.Status != http.StatusOK {
				t.Errorf("variant %d at revocation: %d", i, reply.Status)
			}
		}
		if name == "refresh_token" {
			for _, text := range almost[:20] {
				wants(t, "variant", c.rp1.Refresh(text), http.StatusBadRequest, "invalid_grant")
			}
		}
	}
	if reply := c.rp1.Refresh(held.Text("refresh_token")); reply.Status != http.StatusOK {
		t.Errorf("the token itself is refused after its variants: %s", reply.Body)
	}
}

func TestAttack_TK_10_NoTokenIsTakenForAnother(t *testing.T) {
	from(t, "ASVS 9.2.2, 10.5.5; RFC 8725 §3.11, §3.12")
	c := stage(t)
	b := c.Watched(t)
	held := c.tokens(t, c.rp1)
	for what, text := range c.others(t, b, c.rp1, held) {
		if what != "code" {
			wants(t, what+" as a code", c.rp1.Exchange(text), http.StatusBadRequest, "invalid_grant")
		}
		if what != "refresh token" {
			wants(t, what+" as a refresh token", c.rp1.Refresh(text), http.StatusBadRequest, "invalid_grant")
		}
		if what != "client assertion" {
			wants(t, what+" as a client assertion", c.rp1.Exchange("x", "client_assertion", text), http.StatusUnauthorized, "invalid_client")
		}
		if what == "ID token" {
			continue
		}
		v := c.rp1.Request("id_token_hint", text)
		there(t, what+" as a hint", c.rp1, c.Watched(t).Get(c.rp1.Address(v)), "invalid_request", v.Get("state"))
		if page := c.Watched(t).Get(c.Issuer + "/logout?id_token_hint=" + url.QueryEscape(text)); page.Status != http.StatusBadRequest {
			t.Errorf("%s as a hint for a logout: %d", what, page.Status)
		}
	}
	wants(t, "an access token as a code", c.rp1.Exchange(held.Text("access_token")), http.StatusBadRequest, "invalid_grant")
	wants(t, "an access token as a refresh token", c.rp1.Refresh(held.Text("access_token")), http.StatusBadRequest, "invalid_grant")
	alive(t, "after all this", c.rp1, held.Text("access_token"))
}

func TestAttack_TK_11_TK_21_WhoseTokenAndWhoIsMeant(t *testing.T) {
	from(t, "RFC 9700 §4.6, §4.10; OpenID Connect Core §8.1")
	each(t, func(t *testing.T, c *cast) {
		subs := map[string]string{}
		for _, rp := range []*hubtest.RP{c.rp1, c.rp2, c.rp3, c.pub} {
			for range 2 {
				reply := c.tokens(t, rp)
				_, id := hubtest.ReadJWT(t, reply.Text("id_token"))
				if id["aud"] != rp.ID || id["iss"] != c.Issuer || id["azp"] != nil && id["azp"] != rp.ID {
					t.Errorf("%s: the ID token is for %v of %v", rp.ID, id["aud"], id["iss"])
				}
				told := rp.Userinfo(reply.Text("access_token")).Text("sub")
				if told != id["sub"] || subs[rp.ID] != "" && subs[rp.ID] != told {
					t.Errorf("%s knows the same person by several names", rp.ID)
				}
				subs[rp.ID] = told
			}
		}
		if subs["rp1"] == subs["rp2"] || subs["rp1"] == subs["pub"] || subs["rp2"] == subs["pub"] {
			t.Error("two sectors know a person by the same name")
		}
		if subs["rp2"] != subs["rp3"] {
			t.Error("one sector knows a person by two names")
		}
	})
}

func TestAttack_TK_14_NoRevocationThatIsNotOne(t *testing.T) {
	from(t, "fosite CVE-2020-15223")
	// one connection, so that what is asked once the database is back goes over a new one
	c := stage(t, hubtest.WithDialect(store.PostgreSQL), hubtest.WithFaultyDatabases(), hubtest.WithPool(1))
	for _, fault := range []hubtest.Fault{hubtest.Refuse, hubtest.Swallow} {
		for _, name := range []string{"refresh_token", "access_token"} {
			held := c.tokens(t, c.rp2)
			c.excuse(true)
			c.UsageTCP.Set(fault)
			wants(t, "revocation without a database", c.rp2.Revoke(held.Text(name)), http.StatusServiceUnavailable, "temporarily_unavailable")
			c.UsageTCP.Set(hubtest.Through)
			c.UsageTCP.Cut()
			hubtest.Await(t, "the database is back", func() bool { return c.rp2.Userinfo(held.Text("access_token")).Status != http.StatusServiceUnavailable })
			c.excuse(false)
			alive(t, "what could not be revoked", c.rp2, held.Text("access_token"))
			if reply := c.rp2.Revoke(held.Text(name)); reply.Status != http.StatusOK {
				t.Fatalf("revocation afterwards: %d %s", reply.Status, reply.Body)
			}
			dead(t, "what was revoked", c.rp2, held.Text("access_token"))
		}
	}
}

// excuse lets the hub be unavailable for a while.
func (c *cast) excuse(yes bool) {
	for _, w := range c.watches {
		w.Unavailable = yes
	}
}

func TestAttack_TK_15_WhoMayRevoke(t *testing.T) {
	from(t, "doorkeeper CVE-2018-1000211, CVE-2016-6582; RFC 7009 §2.1")
	each(t, func(t *testing.T, c *cast) {
		mine := c.tokens(t, c.rp1)
		for _, other := range []*hubtest.RP{c.rp2, c.pub} {
			for _, name := range []string{"access_token", "refresh_token"} {
				wants(t, other.ID+" revokes rp1's "+name, other.Revoke(mine.Text(name)), http.StatusBadRequest, "unauthorized_client")
			}
		}
		alive(t, "after others tried", c.rp1, mine.Text("access_token"))
		own := c.tokens(t, c.pub)
		if reply := c.pub.Revoke(own.Text("access_token")); reply.Status != http.StatusOK {
			t.Errorf("a public client cannot revoke: %s", reply.Body)
		}
		dead(t, "the public client's access token", c.pub, own.Text("access_token"))
		next := c.pub.Refresh(own.Text("refresh_token")) // an access token ends alone
		alive(t, "a new one", c.pub, next.Text("access_token"))
		for range 2 { // twice is as good as once
			if reply := c.pub.Revoke(next.Text("refresh_token")); reply.Status != http.StatusOK {
				t.Errorf("a refresh token cannot be revoked: %s", reply.Body)
			}
		}
		dead(t, "the rest of the family", c.pub, next.Text("access_token"))
		wants(t, "the refresh token", c.pub.Refresh(next.Text("refresh_token")), http.StatusBadRequest, "invalid_grant")
	})
}

func TestAttack_TK_18_NoMoreThanWasAgreedTo(t *testing.T) {
	from(t, "OpenID Connect Core §5.3.2, §5.4")
	c := stage(t)
	claims := `{"userinfo":{"email":null,"phone_number":null},"id_token":{"birthdate":null,"given_name":null}}`
	b := c.Watched(t)
	c.rp1.Authorize(b, "scope", "openid profile email phone", "claims", claims)
	b.Choose("trusted-profile")
	b.Be("ordinary")
	b.Tick("attr-email") // beside both names, which are required
	reply := c.rp1.Exchange(c.rp1.Answered(b.Click("approve")).Code())
	told := c.rp1.Userinfo(reply.Text("access_token"))
	_, id := hubtest.ReadJWT(t, reply.Text("id_token"))
	if told.JSON["given_name"] != "Konstanty" || told.JSON["email"] != "konstanty.testowy@mail.example" || id["given_name"] != "Konstanty" {
		t.Errorf("what was agreed to is missing: %v", told.JSON)
	}
	for _, name := range []string{"birthdate", "phone_number", "phone_number_verified", "name", "gender", "address", "age_over_18", "national_identifier"} {
		if told.JSON[name] != nil || id[name] != nil {
			t.Errorf("%s was told, and nobody agreed to it", name)
		}
	}
	if strings.Contains(reply.Body, "Konstanty") || id["email"] != nil {
		t.Errorf("the ID token holds what was asked for userinfo: %v", id)
	}
}

func TestAttack_TK_20_UpstreamClaimsOverloadNothing(t *testing.T) {
	from(t, "ZITADEL CVE-2024-29892; Keycloak CVE-2026-16102")
	c := stage(t)
	overlay, err := json.Marshal(map[string]any{
		"sid": "forged", "txn": "forged", "client_id": "forged", "scope": "forged", "groups": []string{"admin"}, "roles": []string{"admin"},
		"age_over_18": "forged", "is_alive": false, "cnf": "forged", "act": "forged",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Country.Profile.Switches.Set("claims", string(overlay)); err != nil {
		t.Fatal(err)
	}
	reply := c.tokens(t, c.rp1, "scope", "openid profile offline_access", "claims", `{"userinfo":{"age_over_18":null}}`)
	told := c.rp1.Userinfo(reply.Text("access_token"))
	header, id := hubtest.ReadJWT(t, reply.Text("id_token"))
	for what, claims := range map[string]map[string]any{"ID token": id, "its header": header, "userinfo": told.JSON, "token answer": reply.JSON} {
		for name, value := range claims {
			if value == "forged" || name == "groups" || name == "roles" {
				t.Errorf("%s has the upstream's %s", what, name)
			}
		}
	}
	if told.JSON["age_over_18"] != true {
		t.Errorf("age_over_18 is %v: the hub computes it itself", told.JSON["age_over_18"])
	}
	for _, reserved := range []string{"sub", "iss", "aud", "acr", "amr", "auth_time", "nonce", "sid", "txn", "azp", "exp", "at_hash"} {
		var table map[string]any
		raw, err := os.ReadFile(c.ConfigFile)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &table); err != nil {
			t.Fatal(err)
		}
		settings := table["connectors"].([]any)[0].(map[string]any)["settings"].(map[string]any)
		settings["attribute_map"].(map[string]any)["department"] = reserved
		if h, err := hub.New(t.Context(), rewritten(t, table), hub.Options{Now: c.Now}); err == nil {
			_ = h.Close()
			t.Errorf("an upstream's claim can be mapped to %s", reserved)
		}
	}
}

func TestAttack_TK_23_NothingSecretIsLogged(t *testing.T) {
	from(t, "doorkeeper OSVDB-118830; Keycloak CVE-2026-7571")
	c := stage(t)
	held := c.tokens(t, c.rp3)
	next := c.rp3.Refresh(held.Text("refresh_token"))
	c.rp3.Userinfo(next.Text("access_token"))
	public := c.tokens(t, c.pub)
	assertion := c.rp1.Assertion(nil)
	c.rp1.Exchange("x", "client_assertion", assertion)
	replayed := c.rp1.Exchange("x", "client_assertion", assertion)
	secrets := map[string]string{
		"access token": held.Text("access_token"), "refresh token": held.Text("refresh_token"), "ID token": held.Text("id_token"), "second access token": next.Text("access_token"),
		"second refresh token": next.Text("refresh_token"), "public client's token": public.Text("access_token"), "client assertion": assertion, "client secret": c.rp3.Secret,
		"verifier": c.rp3.Verifier, "national number": "87022290019",
	}
	// in every place where they do not belong, as mistakes of parties put them
	for _, secret := range []string{held.Text("access_token"), held.Text("refresh_token"), assertion, c.rp3.Secret} {
		for _, path := range []string{"/authorize?client_id=", "/userinfo?access_token=", "/token?code=", "/logout?id_token_hint=", "/callback/trusted-profile?state=", "/callback/", "/login/", "/static/", "/"} {
			r := c.Ask(http.MethodGet, path+url.QueryEscape(secret)).WithContext(t.Context())
			r.Header.Set("User-Agent", secret)
			r.Header.Set("Referer", c.Issuer+"/?"+secret)
			c.rp3.Do(r)
		}
		c.rp3.Post("/revoke", "token", secret+"x", "token_type_hint", secret)
	}
	if strings.Contains(replayed.Body, assertion) {
		t.Error("the error repeats the assertion")
	}
	dump := c.Dump()
	metrics := c.rp3.Do(mustRequest(t, c.Replicas[0].Admin+"/metrics"))
	dump.Add("metrics", []byte(metrics.Body))
	dump.HoldsNone(t, secrets)
}

func mustRequest(t *testing.T, address string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// written puts settings into a file and gives its name.
func written(t *testing.T, table map[string]any) string {
	t.Helper()
	raw, err := json.Marshal(table) // JSON is YAML
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

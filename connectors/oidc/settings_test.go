package oidc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"symbolon/connectors/identity"
)

func written(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestDecode_says_everything_that_is_wrong(t *testing.T) {
	_, err := Decode("bank", map[string]any{"isuer": "x", "colour": "red", "ceiling": "top", "clock_skew": "1h"})
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{"bank", "isuer", "colour", "top", "issuer", "client_id", "client_auth.method", "names.en", "acr_map", "clock_skew"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not said in:\n%v", want, err)
		}
	}
}

func TestDecode_refuses(t *testing.T) {
	choice := func(change map[string]any) func(map[string]any) {
		return func(raw map[string]any) {
			c := map[string]any{"id": "bank-one", "names": map[string]any{"en": "Bank One"}, "ceiling": "low"}
			for k, v := range change {
				c[k] = v
			}
			raw["choices"], raw["choice_parameter"] = []any{c}, "login_hint"
		}
	}
	set := func(key string, value any) func(map[string]any) { return func(raw map[string]any) { raw[key] = value } }
	u := newUpstream(t)
	for name, change := range map[string]func(map[string]any){
		"a signature that is none":        set("id_token_algs", []any{"ES256", "none"}),
		"a signature with a shared key":   set("id_token_algs", []any{"HS256"}),
		"two minutes of skew":             set("clock_skew", "2m"),
		"silence worth substantial":       set("level_when_absent", "substantial"),
		"a code that no page can ask for": set("resistant_amr", []any{"otp"}),
		"no ceiling":                      set("ceiling", "none"),
		"plain http":                      set("issuer", "http://profile.example"),
		"loopback without leave":          set("allow_loopback", false),
		"an issuer with a query":          set("issuer", "https://profile.example?x=1"),
		"an issuer with a fragment":       set("issuer", "https://profile.example#x"),
		"an issuer with a user":           set("issuer", "https://u@profile.example"),
		"no client":                       set("client_id", ""),
		"a secret and no file":            set("client_auth", map[string]any{"method": "client_secret_basic"}),
		"an unknown method":               set("client_auth", map[string]any{"method": "none"}),
		"TK-20: acr from an attribute":    set("attribute_map", map[string]any{"level": "acr"}),
		"TK-20: sub from an attribute":    set("attribute_map", map[string]any{"email": "sub"}),
		"TK-20: sub as an attribute":      set("attribute_map", map[string]any{"sub": "nickname"}),
		"TK-20: txn from an attribute":    set("attribute_map", map[string]any{"x": "txn"}),
		"one attribute from two claims":   set("attribute_map", map[string]any{"a": "email", "b": "email"}),
		"sub as national number":          set("identifier_claim", "sub"),
		"scheme without country":          set("identifier_scheme", "PNO"),
		"acr_values that map lower":       set("acr_values", map[string]any{"high": []any{"urn:up:low"}}),
		"a level nobody knows":            set("acr_map", map[string]any{"x": "top"}),
		"a claims parameter of its own":   set("claims", map[string]any{"access_token": map[string]any{}}),
		"choices that nothing carries":    func(raw map[string]any) { choice(nil)(raw); delete(raw, "choice_parameter") },
		"a choice that overwrites state":  func(raw map[string]any) { choice(nil)(raw); raw["choice_parameter"] = "state" },
		"a choice without a ceiling":      choice(map[string]any{"ceiling": "none"}),
		"a choice without a name":         choice(map[string]any{"names": map[string]any{"pl": "Bank"}}),
		"a choice with an odd id":         choice(map[string]any{"id": "Bank One"}),
		"a choice with an unknown key":    choice(map[string]any{"logo": "x"}),
		"a day of age":                    set("max_age", "24h"),
		"guessed auth_time":               set("auth_time", "now"),
	} {
		t.Run(name, func(t *testing.T) {
			raw := u.raw(t)
			change(raw)
			if _, err := Decode("profile", raw); err == nil {
				t.Error("taken")
			}
		})
	}
	if s, err := Decode("profile", u.raw(t)); err != nil || s.Scopes[0] != "openid" || s.Ceiling != identity.Substantial {
		t.Errorf("what an operator would write: %v", err)
	}
}

func TestNew_reads_keys_and_calls_nobody(t *testing.T) {
	u := newUpstream(t)
	u.server.Close()
	wired(t, u, "profile", nil) // an upstream that is down delays no start
	for name, auth := range map[string]map[string]any{
		"no such file":    {"method": "private_key_jwt", "key_file": "/nowhere/key.pem"},
		"not a key":       {"method": "private_key_jwt", "key_file": written(t, "hello")},
		"an empty secret": {"method": "client_secret_post", "secret_file": written(t, " \n")},
		"a wrong alg":     {"method": "private_key_jwt", "key_file": u.raw(t)["client_auth"].(map[string]any)["key_file"], "alg": "RS256"},
		"no such secret":  {"method": "client_secret_post", "secret_file": "/nowhere/secret"},
	} {
		raw := u.raw(t)
		raw["client_auth"] = auth
		s, err := Decode("profile", raw)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(s, Deps{HTTP: u.server.Client(), Log: wired(t, u, "profile", nil).Logs.Logger()}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

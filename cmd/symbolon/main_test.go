package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// installation writes settings of a new installation and gives a function that runs commands on it.
func installation(t *testing.T) (dir string, symbolon func(args ...string) (int, string)) {
	t.Helper()
	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(dir, "symbolon.yaml")
	text := fmt.Sprintf(`issuer: https://login.nowawola.example
listen: {public: "127.0.0.1:0", admin: "127.0.0.1:0"}
databases: {identity: {dsn: "sqlite:%[1]s/identity.db"}, usage: {dsn: "sqlite:%[1]s/usage.db"}}
keys: {dir: %[1]s/keys}
`, dir)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, func(args ...string) (int, string) {
		t.Helper()
		var out bytes.Buffer
		code := run(t.Context(), append([]string{"--config", settings}, args...), nil, strings.NewReader("PNOPL-87022290019\n"), &out, &out)
		return code, out.String()
	}
}

const parties = `
parties:
  - id: city
    names: {en: City services}
    domain: nowawola.example
    sector: nowawola.example
    floor: low
    means: [{id: trusted-profile, up_to: substantial}]
clients:
  - id: city-web
    party: city
    redirect_uris: ["https://nowawola.example/callback"]
    token_endpoint_auth_method: client_secret_basic
    secret_digests: ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
    pkce: optional
`

// From nothing to a party that can be switched off and on, as an operator's guide would say it.
func TestANewInstallation(t *testing.T) {
	dir, symbolon := installation(t)
	file := filepath.Join(dir, "parties.yaml")
	if err := os.WriteFile(file, []byte(parties), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		args string
		code int
		says string
	}{
		{"config check", done, "The settings hold"},
		{"doctor", failed, "there are none yet"},
		{"doctor", failed, "there are none yet"}, // it has made none
		{"migrate status", failed, "not up to date"},
		{"serve", failed, "symbolon migrate up"},
		{"migrate up", done, "up to date"},
		{"migrate status", done, "up to date"},
		{"serve", failed, "there is no"}, // keys are never made by a start
		{"keys list", failed, "there is no"},
		{"keys create", done, "Keep a copy"},
		{"keys create", failed, "not empty"},
		{"keys list", done, "signs"},
		{"keys rotate --alg ES256", done, "signs from"},
		{"keys list", done, "published, signs later"},
		{"keys rotate --alg none", misuse, "ES256"},
		{"keys evidence " + filepath.Join(dir, "a"), misuse, "usage"},
		{"keys evidence " + filepath.Join(dir, "a") + " " + filepath.Join(dir, "b"), done, "another person"},
		{"keys evidence " + filepath.Join(dir, "a") + " " + filepath.Join(dir, "c"), failed, "file exists"},
		{"proof verify " + filepath.Join(dir, "a"), misuse, "--keys"},
		{"proof verify " + filepath.Join(dir, "a") + " --keys " + filepath.Join(dir, "b"), failed, "not a key set"},
		{"proof open AAAA-AAAA", misuse, "two shares"},
		{"proof open AAAA-AAAA --share " + filepath.Join(dir, "a") + " --share " + filepath.Join(dir, "b"), failed, "no full record"},
		{"keys withdraw", misuse, "usage"},
		{"keys withdraw nobody", failed, "no signing key"},
		{"party list", done, "PARTY"},
		{"party apply " + file, done, "applied client city-web"},
		{"party apply " + file, done, "stands as the file says already"},
		{"person freeze", failed, "knows nobody"},
		{"person release", failed, "knows nobody"},
		{"registers hear " + file, failed, "registers.url is not set"},
		{"party list", done, "City services"},
		{"party show city", done, "nowawola.example/callback"},
		{"party disable city", done, "switched off"},
		{"party list", done, "off"},
		{"party enable city", done, "switched on"},
		{"party disable nobody", failed, "there is no party"},
		{"party apply " + filepath.Join(dir, "nothing.yaml"), misuse, "parties file"},
		{"doctor", done, "client city-web: may log in without PKCE"},
		{"doctor", done, "keys are those of the databases"},
		{"migrate down", misuse, "--erase-everything"},
		{"migrate down --erase-everything", done, "empty"},
		{"migrate status", failed, "not up to date"},
	} {
		code, said := symbolon(strings.Fields(step.args)...)
		if code != step.code || !strings.Contains(said, step.says) {
			t.Fatalf("symbolon %s: exit code %d, want %d and %q:\n%s", step.args, code, step.code, step.says, said)
		}
		if strings.Contains(said, "9f86d081") {
			t.Errorf("symbolon %s shows the digest of a secret", step.args)
		}
	}
}

func TestMisuseIsSaidInWords(t *testing.T) {
	dir, symbolon := installation(t)
	for _, tt := range []struct{ args, says string }{
		{"party", "needs one of its commands"},
		{"party remove x", "no command"},
		{"party show", "usage"},
		{"party show a b", "usage"},
		{"serve --shiny", "shiny"},
	} {
		if code, said := symbolon(strings.Fields(tt.args)...); code != misuse || !strings.Contains(said, tt.says) {
			t.Errorf("symbolon %s: exit code %d, want %d and %q:\n%s", tt.args, code, misuse, tt.says, said)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "symbolon.yaml"), []byte("issuer: http://x\nshiny: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, said := symbolon("config", "check")
	for _, want := range []string{"issuer", "shiny", "keys.dir", "databases.usage.dsn"} {
		if code != misuse || !strings.Contains(said, want) {
			t.Errorf("config check: exit code %d, nothing about %s:\n%s", code, want, said)
		}
	}
}

func TestEverythingWrongWithTheSettingsIsSaidAtOnce(t *testing.T) {
	dir, symbolon := installation(t)
	settings := filepath.Join(dir, "symbolon.yaml")
	text, err := os.ReadFile(settings)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, []byte(`languages: [en, tlh]
connectors:
  - id: profile
    kind: oidc
    settings:
      names: {en: Profile}
      issuer: https://profile.example
      client_id: hub
      client_auth: {method: private_key_jwt, key_file: /nowhere/profile.pem}
      acr_map: {x: low}
      ceiling: low
  - {id: card, kind: kard, settings: {}}
`)...)
	if err := os.WriteFile(settings, text, 0o600); err != nil {
		t.Fatal(err)
	}
	code, said := symbolon("config", "check")
	if code != misuse {
		t.Errorf("ended with %d", code)
	}
	for _, want := range []string{"/nowhere/profile.pem: there is no such file", `there is no kind "kard"; there are `, `there is no "tlh"`} {
		if !strings.Contains(said, want) {
			t.Errorf("does not say %s:\n%s", want, said)
		}
	}
}

// KR-02: the key that signs is withdrawn; another signs at once, and the one that is gone is not listed.
func TestAttack_KR_02_AStolenKeyIsWithdrawn(t *testing.T) {
	_, symbolon := installation(t)
	for _, args := range []string{"migrate up", "keys create"} {
		if code, said := symbolon(strings.Fields(args)...); code != done {
			t.Fatal(said)
		}
	}
	signs := func() string {
		_, said := symbolon("keys", "list")
		for line := range strings.Lines(said) {
			if words := strings.Fields(line); words[0] == "ES256" && words[3] == "signs" {
				return words[2]
			}
		}
		t.Fatalf("nothing signs:\n%s", said)
		return ""
	}
	stolen := signs()
	if code, said := symbolon("keys", "withdraw", "-"+stolen); code == done || !strings.Contains(said, "withdraw -- ID") {
		t.Errorf("a name with a dash in front: exit code %d:\n%s", code, said)
	}
	if code, said := symbolon("keys", "withdraw", "--", stolen); code != done || !strings.Contains(said, "in its place") {
		t.Fatalf("withdraw: exit code %d:\n%s", code, said)
	}
	if _, said := symbolon("keys", "list"); signs() == stolen || strings.Contains(said, stolen) {
		t.Error("the stolen key is still there")
	}
	if code, _ := symbolon("keys", "withdraw", "--", stolen); code != failed {
		t.Errorf("a second time: exit code %d", code)
	}
}

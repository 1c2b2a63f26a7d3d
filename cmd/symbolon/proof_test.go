package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"symbolon/provider/enrolment"
	"symbolon/provider/oauth"
)

// Whoever holds a record checks it with this command and a file of keys, without settings, a
// database or a network; what was changed or is something else is refused with exit code 1.
func TestVerifyingOffline(t *testing.T) {
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	token := func(typ string) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithType(jose.ContentType(typ)).WithHeader("kid", "k1"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := jwt.Signed(signer).Claims(map[string]any{"iss": "https://id.example", "jti": "1", "txn": "ABCD-EFGH", "level": "substantial"}).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	keys, good := file("keys.json", string(set)), token(oauth.TypProof)
	for _, tt := range []struct {
		name, token string
		more        []string
		code        int
		says        string
	}{
		{"good", good + "\n", nil, done, "genuine"},
		{"good, of the issuer", good, []string{"--issuer", "https://id.example"}, done, `"txn": "ABCD-EFGH"`},
		{"an enrolment", token(enrolment.RecordType), nil, done, "genuine"},
		{"an enrolment, of the issuer", token(enrolment.RecordType), []string{"--issuer", "https://id.example"}, done, "genuine"},
		{"an enrolment at another issuer", token(enrolment.RecordType), []string{"--issuer", "https://evil.example"}, failed, "another issuer"},
		{"another issuer", good, []string{"--issuer", "https://evil.example"}, failed, "another issuer"},
		{"changed", strings.Replace(good, ".ey", ".eyA", 1), nil, failed, "not a genuine"},
		{"an ID token", token("JWT"), nil, failed, "something else"},
		{"nothing", "", nil, failed, "not a signed token"},
	} {
		var out, errs strings.Builder
		args := append([]string{"proof", "verify", file("proof.jwt", tt.token), "--keys", keys}, tt.more...)
		code := run(t.Context(), args, nil, strings.NewReader(""), &out, &errs)
		if said := out.String() + errs.String(); code != tt.code || !strings.Contains(said, tt.says) {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s", tt.name, code, tt.code, tt.says, said)
		}
	}
}

package oauth

import (
	"context"
	"crypto"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"symbolon/provider/seal"
)

// remote is a signer whose key is elsewhere, as in a device.
type remote struct {
	crypto.Signer
	fail error
}

func (r remote) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if r.fail != nil {
		return nil, r.fail
	}
	return r.Signer.Sign(random, digest, opts)
}

func TestF26_any_signer_will_do(t *testing.T) {
	h := newHub(t)
	h.keys.now[0].Signer = remote{Signer: h.keys.now[0].Signer}
	h.claimsOf(h.tokens("rp1").text("id_token"))
}

// A signature that fails leaves nothing half done: no token is out, and the client may try again.
func TestFailedSignatureRedeemsNothing(t *testing.T) {
	h := newHub(t)
	code := h.code(request("rp1"))
	signer := h.keys.now[0].Signer
	h.keys.now[0].Signer = remote{Signer: signer, fail: gone{}}
	if r := h.token("rp1", redemption(code)); r.status != http.StatusServiceUnavailable {
		t.Errorf("%v", r.body)
	}
	if g := h.grants.only(t); g.State != GrantCode || g.AccessDigest != nil {
		t.Errorf("%+v", g.State)
	}
	h.keys.now[0].Signer = signer
	if r := h.token("rp1", redemption(code)); r.status != http.StatusOK {
		t.Errorf("%v", r.body)
	}
}

func TestF13_a_clients_key_set_is_bounded(t *testing.T) {
	for name, answer := range map[string]string{
		"huge": `{"keys":[]` + strings.Repeat(" ", maxKeysBody) + `}`, "no JSON": "<html>", "many": `{"keys":[` + strings.Repeat("{},", maxKeys) + `{}]}`,
		"unusable": `{"keys":[{"kty":"oct","k":"c2VjcmV0"},{"kty":"XX"},1,null]}`, "empty": "",
	} {
		h := newHub(t)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }))
		h.edit("rp1", func(c *Client) { c.JWKS, c.JWKSURI = nil, server.URL })
		r := h.asserts(h.assertion(nil))
		server.Close()
		if r.text("error") != "invalid_client" || strings.Contains(r.text("error_description"), "html") {
			t.Errorf("%s: %v", name, r.body)
		}
	}
}

// F22, and architecture §7: the engine is handed strings, and none of them is kept.
func TestF22_no_string_that_a_party_carries_is_kept(t *testing.T) {
	h := newHub(t)
	code := h.code(request("rp1"))
	r := h.token("rp1", redemption(code))
	g := h.grants.only(t)
	for kind, text := range map[seal.Kind]string{seal.Code: code, seal.AccessToken: r.text("access_token"), seal.RefreshToken: r.text("refresh_token")} {
		b, err := h.mint.Parse(kind, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, column := range [][]byte{g.Kept, g.Sealed, g.CodeDigest, g.AccessDigest, g.AccessWrap, g.RefreshDigest, g.RefreshWrap} {
			if strings.Contains(string(column), text) || strings.Contains(string(column), string(b.Secret[:])) {
				t.Errorf("a %s is kept", kind)
			}
		}
	}
	if g.CodeWrap != nil {
		t.Error("the code's wrap outlived it")
	}
}

// One read and one write a request, whatever the engine asks in between.
func TestOneReadAndOneWrite(t *testing.T) {
	h := newHub(t)
	counts := func() (int, int) { return h.grants.reads, h.grants.writes }
	expect := func(what string, reads, writes int, act func()) {
		t.Helper()
		r, w := counts()
		act()
		if r2, w2 := counts(); r2-r != reads || w2-w != writes {
			t.Errorf("%s: %d reads, %d writes", what, r2-r, w2-w)
		}
	}
	var code string
	var tokens reply
	expect("authorize", 0, 1, func() { code = h.code(request("rp1")) })
	expect("token", 1, 1, func() { tokens = h.token("rp1", redemption(code)) })
	expect("userinfo", 1, 0, func() { h.userinfo(tokens.text("access_token")) })
	expect("refresh", 1, 1, func() { tokens = h.refreshed("rp1", tokens.text("refresh_token")) })
	expect("first use of a refreshed token", 1, 1, func() { h.userinfo(tokens.text("access_token")) })
	expect("later uses", 1, 0, func() { h.userinfo(tokens.text("access_token")) })
	expect("revoke", 1, 1, func() { h.revoked("rp1", tokens.text("refresh_token")) })
	expect("authorization request", 0, 0, func() { _, _ = h.authorize(request("rp1")) })
}

func TestAttack_TK_23_nothing_secret_in_the_log(t *testing.T) {
	h := newHub(t)
	code := h.code(request("rp1"))
	h.grants.fail = gone{}
	h.token("rp1", redemption(code))
	h.grants.fail = nil
	r := h.token("rp1", redemption(code))
	h.gateSays = context.Canceled
	h.userinfo(r.text("access_token"))
	log := h.log.String()
	if !strings.Contains(log, "request failed") || !strings.Contains(log, "refused by the gate") {
		t.Errorf("the control is not found: %s", log)
	}
	for _, secret := range []string{code, r.text("access_token"), r.text("refresh_token"), r.text("id_token"), verifier, "Konstanty"} {
		if strings.Contains(log, secret) {
			t.Error("a secret stands in the log")
		}
	}
}

package oauth

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"log/slog"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/ory/fosite"
	"github.com/ory/fosite/storage"
)

func TestRegistryLeavesOutWhatItCannotRead(t *testing.T) {
	d := newDocuments(mustKey(t))
	r, err := OpenRegistry(t.Context(), spoilt{d}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := r.Client("rp2"); ok {
		t.Error("a client whose document is not JSON")
	}
	if _, ok := r.Client("rp3"); ok {
		t.Error("a client under another's name")
	}
	if _, ok := r.Client("rp1"); !ok {
		t.Error("the others went with it")
	}
	if _, ok := r.Party("shop"); ok {
		t.Error("a party whose document is not JSON")
	}
}

type spoilt struct{ *documents }

func (s spoilt) Registry(ctx context.Context) (int64, map[string][]byte, map[string][]byte, error) {
	version, parties, clients, err := s.documents.Registry(ctx)
	clients["rp2"], clients["rp3"], parties["shop"] = []byte("{"), clients["rp1"], []byte("x")
	return version, parties, clients, err
}

func TestRegistryKeepsItsLastVersion(t *testing.T) {
	h := newHub(t)
	h.docs.fail = errors.New("gone")
	h.docs.version++
	if err := h.registry.Refresh(t.Context()); err == nil {
		t.Error("no error")
	}
	if _, ok := h.registry.Client("rp1"); !ok {
		t.Error("the last version fell")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h.registry.Watch(ctx, time.Hour) // returns when the context ends
}

func TestClientSurvivesItsDocument(t *testing.T) {
	d := newDocuments(mustKey(t))
	for id, c := range d.clients {
		document, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back Client
		if err := json.Unmarshal(document, &back); err != nil {
			t.Fatal(err)
		}
		again, _ := json.Marshal(back)
		if diff := cmp.Diff(string(document), string(again)); diff != "" {
			t.Errorf("%s: %s", id, diff)
		}
		if problems := CheckClient(back); len(problems) != 0 {
			t.Errorf("%s: %v", id, problems)
		}
	}
}

func TestAttack_CA_11_JW_12_SS_01_registrations(t *testing.T) {
	key := mustKey(t)
	set := func(k any) *jose.JSONWebKeySet { return &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: k}}} }
	huge := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 16384, 1), E: 65537}
	for name, change := range map[string]func(*Client){
		"public with a secret":     func(c *Client) { c.AuthMethod = NoAuth },
		"confidential without one": func(c *Client) { c.SecretDigests = nil },
		"no method":                func(c *Client) { c.AuthMethod = "" },
		"unknown method":           func(c *Client) { c.AuthMethod = "client_secret_jwt" },
		"public without PKCE":      func(c *Client) { c.AuthMethod, c.SecretDigests, c.PKCE = NoAuth, nil, PKCEOptional },
		"unknown pkce":             func(c *Client) { c.PKCE = "plain" },
		"native with a secret":     func(c *Client) { c.Native = true },
		"keys and secret":          func(c *Client) { c.AuthMethod, c.JWKS = PrivateKeyJWT, set(key.Public()) },
		"keys nowhere":             func(c *Client) { c.AuthMethod, c.SecretDigests = PrivateKeyJWT, nil },
		"keys twice":               func(c *Client) { c.JWKS, c.JWKSURI = set(key.Public()), "https://rp.example/jwks" },
		"private key":              func(c *Client) { c.JWKS = set(key) },
		"symmetric key":            func(c *Client) { c.JWKS = set([]byte("secret")) },
		"off the curve": func(c *Client) {
			c.JWKS = set(&ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)}) //nolint:staticcheck // no other way makes a point off the curve
		},
		"other curve": func(c *Client) {
			c.JWKS = set(&ecdsa.PublicKey{Curve: elliptic.P384(), X: big.NewInt(1), Y: big.NewInt(1)}) //nolint:staticcheck // no other way makes a point off the curve
		},
		"huge RSA":          func(c *Client) { c.JWKS = set(huge) },
		"e = 1":             func(c *Client) { c.JWKS = set(&rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 2048, 1), E: 1}) },
		"no keys":           func(c *Client) { c.JWKS = &jose.JSONWebKeySet{} },
		"digest no digest":  func(c *Client) { c.SecretDigests = []string{"secret"} },
		"three secrets":     func(c *Client) { c.SecretDigests = []string{DigestSecret("a"), DigestSecret("b"), DigestSecret("c")} },
		"no redirect URI":   func(c *Client) { c.RedirectURIs = nil },
		"bad id":            func(c *Client) { c.ID = "a b" },
		"no party":          func(c *Client) { c.Party = "" },
		"bad scope":         func(c *Client) { c.Scopes = []string{"a b"} },
		"alg without a key": func(c *Client) { c.IDTokenAlg = "EdDSA" },
		"alg none":          func(c *Client) { c.IDTokenAlg = "none" },
		"http login page":   func(c *Client) { c.InitiateLoginURI = "http://rp.example/" },
	} {
		c := Client{ID: "c", Party: "p", RedirectURIs: []string{callback}, AuthMethod: ClientSecretBasic, SecretDigests: []string{DigestSecret("x")}}
		if change(&c); len(CheckClient(c)) == 0 {
			t.Errorf("%s: nothing is wrong", name)
		}
	}
	for _, uri := range []string{
		"http://169.254.169.254/latest", "https://169.254.169.254/", "https://127.0.0.1:5432/", "https://[::ffff:127.0.0.1]/", "https://0x7f000001/", "https://127.1/",
		"https://2130706433/", "https://10.0.0.1/", "https://192.168.1.1/", "https://[fd00::1]/", "https://[::1]/", "https://localhost/", "https://db/", "https://a.internal/",
		"https://a.local/", "https://0.0.0.0/", "https://a.localhost/", "http://rp.example/jwks", "https://u@rp.example/", "file:///x", "https://127.0.0.1./",
	} {
		c := Client{ID: "c", Party: "p", RedirectURIs: []string{callback}, AuthMethod: PrivateKeyJWT, JWKSURI: uri}
		if len(CheckClient(c)) == 0 {
			t.Errorf("%s may be fetched", uri)
		}
	}
	loop := Client{ID: "c", Party: "p", RedirectURIs: []string{"http://localhost:8081/cb"}, AuthMethod: PrivateKeyJWT, JWKSURI: "http://127.0.0.1:8081/jwks"}
	if problems := (Registration{AllowLoopback: true}).Check(loop); len(problems) != 0 || len(CheckClient(loop)) != 2 {
		t.Errorf("loopback: %v, %v", problems, CheckClient(loop))
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	if problems := CheckClient(Client{}); len(problems) < 4 {
		t.Errorf("%v", problems)
	}
	_, err := New(Settings{Issuer: "http://id.example/x"})
	for _, word := range []string{"issuer", "registry", "mint", "lifetime of code", "lifetime of grace"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s is not told: %v", word, err)
		}
	}
}

func TestF24_the_engine_has_no_transactions_of_its_own(t *testing.T) {
	if _, ok := any(engineStorage{}).(storage.Transactional); ok {
		t.Error("the engine would commit before the ID token is signed")
	}
}

func TestF25_every_default_is_set(t *testing.T) {
	config := newEngine(DefaultLifetimes()).Config
	ctx := context.Background()
	if reflect.ValueOf(config.GetScopeStrategy(ctx)).Pointer() != reflect.ValueOf(fosite.ExactScopeStrategy).Pointer() {
		t.Error("scope strategy")
	}
	if config.GetAuthorizeCodeLifespan(ctx) != time.Minute || config.GetAccessTokenLifespan(ctx) != 10*time.Minute || config.GetEnablePKCEPlainChallengeMethod(ctx) {
		t.Error("lifetimes or plain")
	}
}

func TestF30_sessions_share_nothing(t *testing.T) {
	s := newSession("sub")
	c := s.Clone().(*session)
	c.claims.Subject, c.headers.Extra["x"] = "other", 1
	c.SetExpiresAt(fosite.AccessToken, time.Now())
	if s.claims.Subject != "sub" || len(s.headers.Extra) != 0 || len(s.expires) != 0 {
		t.Error("the copy is shallow")
	}
}

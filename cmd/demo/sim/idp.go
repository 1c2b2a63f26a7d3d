package sim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Door is one way into a provider: the trusted profile has one, the bank provider one per bank.
// Its ID is also the name of the means in people.json.
type Door struct {
	ID, Name string
	Look     string // class of its pages
}

// Client is a program registered at a provider: by secret (client_secret_basic) or by public
// keys (private_key_jwt), never both.
type Client struct {
	ID             string
	Secret         string
	Keys           jose.JSONWebKeySet
	RedirectURIs   []string
	PostLogoutURIs []string
}

// Provider is an OpenID provider for invented people. Everything it remembers is in memory.
type Provider struct {
	Name     string
	Issuer   string
	Doors    []Door
	People   []Person
	Switches *Switches
	Now      func() time.Time

	clients  map[string]Client
	cookie   string
	pages    *pages
	keys     signingKeys
	asked    shelf[visit]   // by login id
	sessions shelf[session] // by cookie
	codes    shelf[grant]   // by code
	tokens   shelf[grant]   // by access token
	spent    shelf[bool]    // client assertions seen, by client and jti
	last     shelf[string]  // the last code and ID token, for the switches that repeat them
}

// How long things live at a provider.
const (
	loginLife   = 10 * time.Minute
	sessionLife = time.Hour
	codeLife    = time.Minute
	tokenLife   = 5 * time.Minute
	idTokenLife = 5 * time.Minute
)

type signingKeys struct {
	current, next, foreign *ecdsa.PrivateKey // foreign is never published
}

// TrustedProfile makes the government's provider.
func TrustedProfile(issuer string, people []Person, clients ...Client) (*Provider, error) {
	return newProvider("Trusted profile", issuer, people, clients, Door{"trusted-profile", "Trusted profile", "profile"})
}

// Banks makes the bank provider. Both banks speak through it, each with pages of its own.
func Banks(issuer string, people []Person, clients ...Client) (*Provider, error) {
	return newProvider("Bank provider", issuer, people, clients,
		Door{"bank-one", "Bank One", "bank-one"}, Door{"bank-two", "Bank Two", "bank-two"})
}

func newProvider(name, issuer string, people []Person, clients []Client, doors ...Door) (*Provider, error) {
	look := doors[0].Look
	if len(doors) > 1 {
		look = "banks"
	}
	pages, err := newPages(look, name)
	if err != nil {
		return nil, err
	}
	p := &Provider{
		Name: name, Issuer: issuer, Doors: doors, People: people, Switches: providerSwitches(), Now: time.Now,
		clients: map[string]Client{}, cookie: "sim_" + look, pages: pages,
	}
	for _, c := range clients {
		p.clients[c.ID] = c
	}
	for _, key := range []**ecdsa.PrivateKey{&p.keys.current, &p.keys.next, &p.keys.foreign} {
		if *key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return nil, fmt.Errorf("make a key for %s: %w", name, err)
		}
	}
	return p, nil
}

// Handler serves the provider at the root of its issuer.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	p.Switches.routes(mux, p.pages)
	at := func(pattern, endpoint string, h http.HandlerFunc) {
		mux.HandleFunc(pattern, p.Switches.misbehave(endpoint, h))
	}
	at("GET /.well-known/openid-configuration", "discovery", p.discovery)
	at("GET /jwks", "jwks", p.jwks)
	at("/authorize", "authorize", p.authorize)
	at("POST /token", "token", p.token)
	at("/userinfo", "userinfo", p.userinfo)
	at("/logout", "logout", p.logout)
	mux.HandleFunc("GET /login", p.loginPage)
	mux.HandleFunc("POST /login", p.loginAct)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		p.pages.show(w, http.StatusOK, "provider", p.Name, p)
	})
	return fence(mux)
}

// discovery is OpenID Connect Discovery 1.0 §4, with RFC 9207 §3 announced.
func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	doc := map[string]any{
		"issuer":                                           p.Issuer,
		"authorization_endpoint":                           p.Issuer + "/authorize",
		"token_endpoint":                                   p.Issuer + "/token",
		"userinfo_endpoint":                                p.Issuer + "/userinfo",
		"jwks_uri":                                         p.Issuer + "/jwks",
		"end_session_endpoint":                             p.Issuer + "/logout",
		"response_types_supported":                         []string{"code"},
		"response_modes_supported":                         []string{"query"},
		"grant_types_supported":                            []string{"authorization_code"},
		"subject_types_supported":                          []string{"pairwise"},
		"scopes_supported":                                 []string{"openid", "profile", "email", "phone", "nid"},
		"id_token_signing_alg_values_supported":            []string{"ES256"},
		"token_endpoint_auth_methods_supported":            []string{"private_key_jwt", "client_secret_basic"},
		"token_endpoint_auth_signing_alg_values_supported": []string{"ES256"},
		"code_challenge_methods_supported":                 []string{"S256"},
		"prompt_values_supported":                          []string{"none", "login"},
		"acr_values_supported":                             []string{acrLow, acrSubstantial},
		"claims_supported":                                 claimNames(),
		"authorization_response_iss_parameter_supported":   true,
	}
	overlay(doc, p.Switches.Value("metadata"))
	writeJSON(w, http.StatusOK, doc)
}

func (p *Provider) jwks(w http.ResponseWriter, _ *http.Request) {
	published := []*ecdsa.PrivateKey{p.keys.current}
	if p.Switches.Value("key") == "next" {
		published = append(published, p.keys.next)
	}
	var set jose.JSONWebKeySet
	for _, key := range published {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.Public(), KeyID: kid(key), Algorithm: "ES256", Use: "sig"})
	}
	writeJSON(w, http.StatusOK, set)
}

// overlay lays a JSON object over another: null takes a member away.
func overlay(doc map[string]any, object string) {
	if object == "" {
		return
	}
	var over map[string]any
	if json.Unmarshal([]byte(object), &over) != nil {
		return
	}
	maps.Copy(doc, over)
	maps.DeleteFunc(doc, func(_ string, v any) bool { return v == nil })
}

func (p *Provider) door(id string) (Door, bool) {
	i := slices.IndexFunc(p.Doors, func(d Door) bool { return d.ID == id })
	if i < 0 {
		return Door{}, false
	}
	return p.Doors[i], true
}

func providerSwitches() *Switches {
	return faults(
		Switch{Name: "acr", Offers: []string{"low", "substantial", "high", "unknown", "none"}, What: "asserts another level than was reached"},
		Switch{Name: "aud", Offers: []string{"other", "both", "none"}, What: "ID token for another client"},
		Switch{Name: "azp", Offers: []string{"other"}, What: "authorized party is another client"},
		Switch{Name: "iss", Offers: []string{"other"}, What: "ID token of another issuer"},
		Switch{Name: "nonce", Offers: []string{"other", "none"}, What: "ID token of another request"},
		Switch{Name: "exp", Offers: []string{"past", "none"}, What: "ID token has expired"},
		Switch{Name: "iat", Offers: []string{"future", "past", "none"}, What: "ID token issued at another time"},
		Switch{Name: "auth_time", Offers: []string{"old", "future", "none"}, What: "when the person acted"},
		Switch{Name: "sub", Offers: []string{"none", "one"}, What: "subject in ID token and userinfo"},
		Switch{Name: "userinfo_sub", Offers: []string{"somebody-else"}, What: "subject in userinfo only"},
		Switch{Name: "signature", Offers: []string{"none", "other-key", "unknown-kid", "hs256", "broken"}, What: "how the ID token is signed"},
		Switch{Name: "key", Offers: []string{"next"}, What: "signs by a newly published key"},
		Switch{Name: "claims", What: "JSON object laid over ID token and userinfo; null takes a claim away"},
		Switch{Name: "metadata", What: "JSON object laid over the discovery document"},
		Switch{Name: "iss_param", Offers: []string{"other", "none"}, What: "iss of the authorization response (RFC 9207)"},
		Switch{Name: "state", Offers: []string{"other", "none"}, What: "state of the authorization response"},
		Switch{Name: "error", Offers: []string{"access_denied", "server_error", "temporarily_unavailable"}, What: "authorization answers this error"},
		Switch{Name: "error_and_code", Offers: []string{"server_error"}, What: "authorization answers this error with a code beside it"},
		Switch{Name: "token_error", Offers: []string{"invalid_grant", "invalid_client"}, What: "token endpoint answers this error"},
		Switch{Name: "same_code", Offers: []string{"on"}, What: "gives out the last code again, and takes it again"},
		Switch{Name: "same_token", Offers: []string{"on"}, What: "gives out the last ID token again"},
		Switch{Name: "mixup", What: "authorization sends the browser to this URL instead (IdP mix-up)"},
	)
}

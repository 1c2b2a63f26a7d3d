package oauth

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"

	"github.com/go-jose/go-jose/v4"

	"symbolon/connectors/identity"
	"symbolon/consent"
)

// documents is a registry with one party and its clients: rp1 signs assertions, rp2 has a secret
// for Basic, rp3 for the form, pub is public, nat is native, old needs no PKCE, non needs a nonce.
type documents struct {
	version int64
	parties map[consent.PartyID]consent.RelyingParty
	clients map[string]Client
	fail    error
}

func newDocuments(rpKey *ecdsa.PrivateKey) *documents {
	may := []consent.Permission{}
	for _, name := range []identity.AttributeName{"name", "given_name", "given_names", "family_name", "mononym", "birthdate", "email"} {
		may = append(may, consent.Permission{Attribute: name, Basis: consent.ByConsent})
	}
	d := &documents{version: 1, clients: map[string]Client{}, parties: map[consent.PartyID]consent.RelyingParty{
		"office": {ID: "office", Names: map[string]string{"en": "Office"}, Sector: "office", Floor: identity.Low, May: may},
		"shop":   {ID: "shop", Names: map[string]string{"en": "Shop"}, Sector: "shop", Floor: identity.Low, May: may},
	}}
	base := Client{
		Party: "office", RedirectURIs: []string{callback, "https://rp1.example/cb?x=1"}, PostLogoutRedirectURIs: []string{"https://rp1.example/bye"},
		Scopes: []string{"profile:name", "email", "profile"}, RefreshTokens: true,
	}
	add := func(id string, method AuthMethod, change func(*Client)) {
		c := base
		c.ID, c.AuthMethod = id, method
		if method == ClientSecretBasic || method == ClientSecretPost {
			c.SecretDigests = []string{DigestSecret(secret2)}
		}
		if change != nil {
			change(&c)
		}
		d.clients[id] = c
	}
	add("rp1", PrivateKeyJWT, func(c *Client) {
		c.JWKS = &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: rpKey.Public(), KeyID: "rp1-key", Algorithm: "ES256", Use: "sig"}}}
	})
	add("rp2", ClientSecretBasic, func(c *Client) { c.Party = "shop" })
	add("rp3", ClientSecretPost, nil)
	add("pub", NoAuth, nil)
	add("nat", NoAuth, func(c *Client) {
		c.Native, c.RedirectURIs = true, []string{"http://127.0.0.1/cb", "http://[::1]:4000/cb"}
	})
	add("old", ClientSecretBasic, func(c *Client) { c.PKCE = PKCEOptional })
	add("non", ClientSecretBasic, func(c *Client) { c.PKCE = PKCENonce })
	return d
}

func (d *documents) Registry(context.Context) (int64, map[string][]byte, map[string][]byte, error) {
	parties, clients := map[string][]byte{}, map[string][]byte{}
	for id, p := range d.parties {
		parties[string(id)], _ = json.Marshal(p)
	}
	for id, c := range d.clients {
		clients[id], _ = json.Marshal(c)
	}
	return d.version, parties, clients, d.fail
}

func (d *documents) RegistryVersion(context.Context) (int64, error) { return d.version, d.fail }

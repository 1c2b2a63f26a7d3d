package oauth

import (
	"github.com/go-jose/go-jose/v4"
)

// hint is what is used of an ID token that comes back as a hint.
type hint struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Session  string `json:"sid"`
}

// readIDToken verifies an ID token of ours over the whole history of keys (oauth.md F10). It may
// have expired: a hint proves who was meant, not that they are there.
func (p *Provider) readIDToken(text string) (hint, error) {
	token, err := parseJWT(text)
	if err != nil || token.typ != typIDToken {
		return hint{}, errJWT
	}
	var keys []jose.JSONWebKey
	for _, key := range p.signing.History() {
		if key.ID == token.kid && key.Alg == token.alg {
			keys = append(keys, jose.JSONWebKey{Key: key.Public})
		}
	}
	var h hint
	if err := token.verify(keys, &h); err != nil {
		return hint{}, err
	}
	if h.Issuer != p.issuer || h.Subject == "" || h.Audience == "" {
		return hint{}, errJWT
	}
	return h, nil
}

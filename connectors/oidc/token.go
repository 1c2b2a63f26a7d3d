package oidc

import (
	"context"
	"crypto"
	_ "crypto/sha256" // the hashes of at_hash
	_ "crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"symbolon/connectors"
)

const (
	maxToken   = 64 << 10
	maxSubject = 255 // OpenID Connect Core §2
)

// idToken is an ID token that passed every check.
type idToken struct {
	raw       string
	algorithm string
	subject   string
	issued    time.Time
	acted     time.Time // auth_time
	claims    map[string]json.RawMessage
}

// verify checks an ID token (OpenID Connect Core §3.1.3.7). The signature is checked before
// anything in the token is looked at, so that no forgery learns how far it came (attacks JW-13).
func (c *Connector) verify(ctx context.Context, l leg, raw string, now time.Time) (idToken, error) {
	if raw == "" {
		return idToken{}, invalid("id_token_missing")
	}
	payload, algorithm, err := c.signed(ctx, raw, "JWT")
	if err != nil {
		return idToken{}, err
	}
	claims, err := object(payload)
	if err != nil {
		return idToken{}, invalid("claims_unreadable")
	}
	t := idToken{raw: raw, algorithm: algorithm, claims: claims}
	for _, check := range []func(*idToken, leg, time.Time) error{c.checkParties, c.checkTimes, c.checkNonce, c.checkActed} {
		if err := check(&t, l, now); err != nil {
			return idToken{}, err
		}
	}
	return t, nil
}

// signed checks header and signature and gives the payload. Keys come from the configured issuer
// only: a header that brings or names one is refused (attacks JW-03).
func (c *Connector) signed(ctx context.Context, raw string, types ...string) ([]byte, string, error) {
	if len(raw) > maxToken || strings.Count(raw, ".") != 2 {
		return nil, "", invalid("id_token_form")
	}
	algorithms := make([]jose.SignatureAlgorithm, len(c.settings.Algorithms))
	for i, a := range c.settings.Algorithms {
		algorithms[i] = jose.SignatureAlgorithm(a)
	}
	token, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil || len(token.Signatures) != 1 {
		return nil, "", invalid("id_token_alg")
	}
	header := token.Signatures[0].Protected
	if !plainHeader(header, raw, types) {
		return nil, "", invalid("id_token_header")
	}
	key, err := c.verifyKey(ctx, header.KeyID, header.Algorithm)
	if err != nil {
		return nil, "", err
	}
	payload, err := token.Verify(key.public)
	if err != nil {
		return nil, "", invalid("signature")
	}
	return payload, header.Algorithm, nil
}

// plainHeader says whether the header is that of the token that is waited for: no other type (RFC 8725
// §3.11), no keys in it, nothing critical, a kid of sane length.
func plainHeader(header jose.Header, raw string, types []string) bool {
	encoded, _, _ := strings.Cut(raw, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || len(header.KeyID) > maxKeyID {
		return false
	}
	members, err := object(decoded)
	if err != nil {
		return false
	}
	for _, name := range []string{"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc"} {
		if _, there := members[name]; there {
			return false
		}
	}
	kind, isText := text(members["typ"])
	named := func(one string) bool { return strings.EqualFold(kind, one) }
	return members["typ"] == nil || isText && slices.ContainsFunc(types, named)
}

func (c *Connector) checkParties(t *idToken, _ leg, _ time.Time) error {
	if err := c.checkAudience(t); err != nil {
		return err
	}
	var ok bool
	if t.subject, ok = text(t.claims["sub"]); !ok || t.subject == "" {
		return refusal{connectors.SubjectMissing, "sub_missing"}
	}
	if len(t.subject) > maxSubject {
		return invalid("sub_too_long")
	}
	return nil
}

func (c *Connector) checkAudience(t *idToken) error {
	if issuer, ok := text(t.claims["iss"]); !ok || issuer != c.settings.Issuer {
		return invalid("iss")
	}
	audience, ok := audienceOf(t.claims["aud"])
	if !ok || !slices.Contains(audience, c.settings.ClientID) {
		return invalid("aud")
	}
	party, named := t.claims["azp"]
	if azp, ok := text(party); named && (!ok || azp != c.settings.ClientID) || !named && len(audience) > 1 {
		return invalid("azp")
	}
	return nil
}

// checkTimes allows the configured difference of clocks and no other slack (attacks JW-15).
func (c *Connector) checkTimes(t *idToken, _ leg, now time.Time) error {
	expires, ok := moment(t.claims["exp"])
	if !ok {
		return invalid("exp_type")
	}
	if t.issued, ok = moment(t.claims["iat"]); !ok {
		return invalid("iat_type")
	}
	if t.issued.After(now.Add(c.settings.ClockSkew)) {
		return invalid("iat_future")
	}
	if start, there := t.claims["nbf"]; there {
		from, ok := moment(start)
		if !ok {
			return invalid("nbf_type")
		}
		if from.After(now.Add(c.settings.ClockSkew)) {
			return invalid("nbf_future")
		}
	}
	if !now.Before(expires.Add(c.settings.ClockSkew)) {
		return refusal{connectors.StaleAnswer, "expired"}
	}
	return nil
}

func (c *Connector) checkNonce(t *idToken, l leg, _ time.Time) error {
	nonce, ok := text(t.claims["nonce"])
	if !ok || nonce == "" {
		return invalid("nonce_missing")
	}
	if subtle.ConstantTimeCompare([]byte(nonce), []byte(l.Nonce)) != 1 {
		return invalid("nonce")
	}
	return nil
}

// checkActed holds the upstream to the age that was asked for. Where the party asked, silence is
// stale; where only the settings did, the operator may take the signing for the act.
func (c *Connector) checkActed(t *idToken, l leg, now time.Time) error {
	value, there := t.claims["auth_time"]
	if !there && c.settings.AuthTime == "issued" && !l.Asked {
		t.acted = t.issued
		return nil
	}
	if !there {
		return refusal{connectors.StaleAnswer, "auth_time_missing"}
	}
	var ok bool
	if t.acted, ok = moment(value); !ok {
		return invalid("auth_time_type")
	}
	if t.acted.After(now.Add(c.settings.ClockSkew)) {
		return invalid("auth_time_future")
	}
	if t.acted.After(now) { // their clock is a little ahead; towards parties nobody acts later than now
		t.acted = now
	}
	// Who acted in this very leg did so in time, however long they took to come back.
	before := t.acted.Before(time.Unix(l.Began, 0).Add(-c.settings.ClockSkew))
	if before && (l.Fresh || now.Sub(t.acted) > l.MaxAge+c.settings.ClockSkew) {
		return refusal{connectors.StaleAnswer, "auth_time_old"}
	}
	return nil
}

// hashFits checks at_hash where there is one (OpenID Connect Core §3.1.3.6).
func (t idToken) hashFits(access string) bool {
	value, there := t.claims["at_hash"]
	if !there {
		return true
	}
	hash, ok := text(value)
	if !ok {
		return false
	}
	function := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[t.algorithm[max(0, len(t.algorithm)-3):]]
	if t.algorithm == "EdDSA" {
		function = crypto.SHA512
	}
	if function == 0 {
		return false
	}
	digest := function.New()
	digest.Write([]byte(access))
	sum := digest.Sum(nil)
	return subtle.ConstantTimeCompare([]byte(hash), []byte(base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2]))) == 1
}

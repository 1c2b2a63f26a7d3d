package oauth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// skew is how far clocks of honest machines may differ.
const skew = 60 * time.Second

// errJWT says that a text is not a JWT that is taken here. It says no more on purpose.
var errJWT = errors.New("oauth: not an acceptable JWT")

// idTokenAlgs are the algorithms that ID tokens can have, the default first.
func idTokenAlgs() []string { return []string{"ES256", "RS256", "PS256", "EdDSA"} }

// signatureAlgs is the allow-list of every JWT that is read here: asymmetric only, never none
// (RFC 8725 §3.1).
func signatureAlgs() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.PS256, jose.EdDSA}
}

// signedJWT is a JWT whose signature was not verified yet.
type signedJWT struct {
	alg, kid, typ string
	jws           *jose.JSONWebSignature
}

// parseJWT reads a compact JWS of bounded size. Headers that carry or point to keys are refused
// (attacks JW-03): keys come from registrations and from our own history only.
func parseJWT(token string) (signedJWT, error) {
	if len(token) > maxJWT || strings.Count(token, ".") != 2 {
		return signedJWT{}, errJWT
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token[:strings.IndexByte(token, '.')])
	if err != nil {
		return signedJWT{}, errJWT
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(raw, &header); err != nil {
		return signedJWT{}, errJWT
	}
	for _, name := range []string{"jwk", "jku", "x5c", "x5u", "crit", "b64", "enc", "zip"} {
		if _, there := header[name]; there {
			return signedJWT{}, errJWT
		}
	}
	parsed := signedJWT{}
	for name, to := range map[string]*string{"alg": &parsed.alg, "kid": &parsed.kid, "typ": &parsed.typ} {
		if value, there := header[name]; there && json.Unmarshal(value, to) != nil {
			return signedJWT{}, errJWT
		}
	}
	if len(parsed.kid) > 256 {
		return signedJWT{}, errJWT
	}
	parsed.jws, err = jose.ParseSignedCompact(token, signatureAlgs())
	if err != nil {
		return signedJWT{}, errJWT
	}
	return parsed, nil
}

// peek reads the payload before the signature is verified: only to find whose key to try.
func (s signedJWT) peek(claims any) error {
	return decode(s.jws.UnsafePayloadWithoutVerification(), claims)
}

// verify tries the keys and reads the payload from the bytes that were verified.
func (s signedJWT) verify(keys []jose.JSONWebKey, claims any) error {
	for _, key := range keys {
		if payload, err := s.jws.Verify(key.Key); err == nil {
			return decode(payload, claims)
		}
	}
	return errJWT
}

func decode(payload []byte, claims any) error {
	d := json.NewDecoder(bytes.NewReader(payload))
	if d.Decode(claims) != nil || d.More() {
		return errJWT
	}
	return nil
}

// numericDate is seconds since the epoch, whole and positive, as a JSON number. Strings, fractions
// and exponents are refused (attacks JW-15).
type numericDate struct{ time.Time }

// UnmarshalJSON reads the number.
func (n *numericDate) UnmarshalJSON(raw []byte) error {
	var seconds int64
	if len(raw) > 12 || json.Unmarshal(raw, &seconds) != nil || seconds <= 0 {
		return errJWT
	}
	n.Time = time.Unix(seconds, 0)
	return nil
}

// fits reports whether a key is meant for signatures of the algorithm.
func fits(key jose.JSONWebKey, alg string) bool {
	return (key.Use == "" || key.Use == "sig") && (key.Algorithm == "" || key.Algorithm == alg) &&
		keyType(key.Key) == algType(alg)
}

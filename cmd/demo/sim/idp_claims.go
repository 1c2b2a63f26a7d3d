package sim

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

func claimNames() []string {
	return []string{
		"sub", "acr", "amr", "auth_time", "name", "given_name", "family_name", "birthdate", "gender",
		"national_identifier", "email", "email_verified", "phone_number", "phone_number_verified",
	}
}

// subject is this provider's own name for a person: stable, and without meaning elsewhere.
func (p *Provider) subject(s session) string {
	switch v := p.Switches.Value("sub"); v {
	case "":
	case "none":
		return ""
	default:
		return v
	}
	sum := sha256.Sum256([]byte(p.Name + "\x00" + s.Door + "\x00" + s.Person))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// told is what the provider says about the person for the scopes asked. What it does not know is
// left out: never an empty string (OpenID Connect Core §5.3.2).
func (p *Provider) told(g grant) map[string]any {
	person, _ := find(p.People, g.Session.Person)
	claims := map[string]any{}
	add := func(scope, name, value string) {
		if value != "" && slices.Contains(g.Request.Scopes, scope) {
			claims[name] = value
		}
	}
	add("profile", "name", person.Name())
	add("profile", "given_name", person.Given())
	add("profile", "family_name", person.FamilyName)
	add("profile", "birthdate", claimDate(person.Birthdate))
	add("profile", "gender", person.Gender)
	add("nid", "national_identifier", person.NumberAt(g.Session.Door))
	add("email", "email", person.Email)
	add("phone", "phone_number", person.Phone)
	for name, verified := range map[string]string{"email": "email_verified", "phone_number": "phone_number_verified"} {
		if _, told := claims[name]; told {
			claims[verified] = true
		}
	}
	return claims
}

// claimDate writes a date as OpenID Connect Core §5.1 does: YYYY alone where only that is known.
func claimDate(date string) string { return strings.TrimSuffix(date, "-00-00") }

// idToken makes the ID token, with every fault that the switches ask for.
func (p *Provider) idToken(g grant) (string, error) {
	now := p.Now()
	if last, ok := p.last.get("id_token", now); ok && p.Switches.Value("same_token") != "" {
		return last, nil
	}
	claims := p.told(g)
	claims["iss"], claims["aud"], claims["sub"] = p.Issuer, g.Request.Client, p.subject(g.Session)
	claims["iat"], claims["exp"], claims["auth_time"] = now.Unix(), now.Add(idTokenLife).Unix(), g.Session.At.Unix()
	if len(p.Doors) > 1 {
		claims["bank"] = g.Session.Door // which of the banks it was, so that nobody swaps them
	}
	claims["acr"], claims["amr"] = g.Session.ACR, g.Session.AMR
	if g.Request.Nonce != "" {
		claims["nonce"] = g.Request.Nonce
	}
	p.spoil(claims, now)
	overlay(claims, p.Switches.Value("claims"))
	token, err := p.sign(claims)
	if err == nil {
		p.last.put("id_token", token, now, sessionLife)
	}
	return token, err
}

// spoil changes claims as the switches say. The table is the whole list.
func (p *Provider) spoil(claims map[string]any, now time.Time) {
	const elsewhere = "https://somebody-else.example"
	other := map[string]any{
		"iss other": elsewhere, "nonce other": secret(), "azp other": elsewhere,
		"aud other": elsewhere, "aud both": []any{claims["aud"], elsewhere},
		"exp past": now.Add(-time.Hour).Unix(), "iat future": now.Add(time.Hour).Unix(), "iat past": now.AddDate(-1, 0, 0).Unix(),
		"auth_time old": now.Add(-30 * 24 * time.Hour).Unix(), "auth_time future": now.Add(time.Hour).Unix(),
		"acr low": acrLow, "acr substantial": acrSubstantial, "acr high": acrHigh, "acr unknown": "urn:nobody:knows:this",
	}
	for _, name := range []string{"iss", "aud", "azp", "nonce", "exp", "iat", "auth_time", "acr"} {
		how := p.Switches.Value(name)
		if v, known := other[name+" "+how]; known {
			claims[name] = v
		} else if how == "none" {
			delete(claims, name)
		}
	}
	if p.Switches.Value("sub") == "none" {
		delete(claims, "sub")
	}
}

// LogoutToken is what the provider tells a client when a person's session here ends (OpenID Connect
// Back-Channel Logout 1.0 §2.4). It names no session, so all of the person's are meant.
func (p *Provider) LogoutToken(client, door, person string) (string, error) {
	now := p.Now()
	return p.sign(map[string]any{
		"iss": p.Issuer, "aud": client, "sub": p.subject(session{Person: person, Door: door}), "iat": now.Unix(), "exp": now.Add(idTokenLife).Unix(),
		"jti": rand.Text(), "events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	})
}

func (p *Provider) sign(claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("write ID token: %w", err)
	}
	key, id := p.keys.current, kid(p.keys.current)
	if p.Switches.Value("key") == "next" {
		key, id = p.keys.next, kid(p.keys.next)
	}
	switch p.Switches.Value("signature") {
	case "none": // RFC 8725 §2.1
		return b64(`{"alg":"none","typ":"JWT"}`) + "." + b64(string(payload)) + ".", nil
	case "hs256": // RFC 8725 §2.1: the public key taken for a shared secret
		public, err := key.PublicKey.Bytes()
		if err != nil {
			return "", fmt.Errorf("write public key: %w", err)
		}
		return compact(jose.HS256, public, id, payload)
	case "other-key":
		return compact(jose.ES256, p.keys.foreign, id, payload)
	case "unknown-kid":
		return compact(jose.ES256, p.keys.foreign, kid(p.keys.foreign), payload)
	case "broken":
		token, err := compact(jose.ES256, key, id, payload)
		head, _, _ := strings.Cut(token, ".")
		return head + "." + b64(string(payload)) + "." + b64(strings.Repeat("\x01", 64)), err
	default:
		return compact(jose.ES256, key, id, payload)
	}
}

func compact(alg jose.SignatureAlgorithm, key any, id string, payload []byte) (string, error) {
	opts := (&jose.SignerOptions{}).WithType("JWT").WithHeader(jose.HeaderKey("kid"), id)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, opts)
	if err != nil {
		return "", fmt.Errorf("sign ID token: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign ID token: %w", err)
	}
	return signed.CompactSerialize()
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// kid names a key by a digest of its public half.
func kid(key *ecdsa.PrivateKey) string {
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return "" // only for a curve that is not NIST's; ours are
	}
	sum := sha256.Sum256(public)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// ownHint reads the client from an ID token of ours, expired or not
// (OpenID Connect RP-Initiated Logout 1.0 §2).
func (p *Provider) ownHint(token string) (string, bool) {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return "", false
	}
	for _, key := range []*ecdsa.PrivateKey{p.keys.current, p.keys.next} {
		var claims jwt.Claims
		if parsed.Claims(key.Public(), &claims) == nil && claims.Issuer == p.Issuer && len(claims.Audience) > 0 {
			return claims.Audience[0], true
		}
	}
	return "", false
}

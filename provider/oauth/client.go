package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"symbolon/consent"
)

// AuthMethod is how a client proves itself at the token endpoint (RFC 7591 §2).
type AuthMethod string

// The methods.
const (
	PrivateKeyJWT     AuthMethod = "private_key_jwt" // RFC 7523
	ClientSecretBasic AuthMethod = "client_secret_basic"
	ClientSecretPost  AuthMethod = "client_secret_post"
	NoAuth            AuthMethod = "none" // a public client, such as a native application
)

// PKCE says whether a client's requests need a challenge (RFC 7636, RFC 9700 §2.1.1).
type PKCE string

// The rules; the zero value is PKCERequired. A challenge once sent is always checked.
const (
	PKCERequired PKCE = "required"
	PKCENonce    PKCE = "nonce"    // a challenge or a nonce in each request
	PKCEOptional PKCE = "optional" // neither; for certification runs and old parties
)

// Client is a technical registration of a relying party. The zero value may do nothing.
type Client struct {
	ID                     string              `json:"id"`
	Party                  consent.PartyID     `json:"party"`
	RedirectURIs           []string            `json:"redirect_uris,omitempty"`
	PostLogoutRedirectURIs []string            `json:"post_logout_redirect_uris,omitempty"`
	AuthMethod             AuthMethod          `json:"auth_method,omitempty"`
	SecretDigests          []string            `json:"secret_digests,omitempty"` // SHA-256, hexadecimal; two during a change of secret
	JWKS                   *jose.JSONWebKeySet `json:"jwks,omitempty"`
	JWKSURI                string              `json:"jwks_uri,omitempty"`
	PKCE                   PKCE                `json:"pkce,omitempty"`
	Scopes                 []string            `json:"scopes,omitempty"` // beside openid
	RefreshTokens          bool                `json:"refresh_tokens,omitempty"`
	IDTokenAlg             string              `json:"id_token_alg,omitempty"`    // "" = ES256
	IDTokenClaims          bool                `json:"id_token_claims,omitempty"` // what scopes ask for goes into the ID token, too
	Native                 bool                `json:"native,omitempty"`
	InitiateLoginURI       string              `json:"initiate_login_uri,omitempty"`
	Disabled               bool                `json:"disabled,omitempty"`
}

// Public reports whether the client cannot keep a secret.
func (c Client) Public() bool { return c.AuthMethod == NoAuth }

// pkce gives the rule that holds: public clients always need a challenge (RFC 9700 §2.1.1).
func (c Client) pkce() PKCE {
	if c.Public() || c.PKCE == "" {
		return PKCERequired
	}
	return c.PKCE
}

// idTokenAlg gives the algorithm of the client's ID tokens.
func (c Client) idTokenAlg() string {
	if c.IDTokenAlg == "" {
		return string(jose.ES256)
	}
	return c.IDTokenAlg
}

// mayAsk reports whether the client may ask for a scope.
func (c Client) mayAsk(scope string) bool {
	return scope == scopeOpenID || slices.Contains(c.Scopes, scope)
}

// NewSecret draws a client secret of 256 bits and gives it with the digest to be registered.
func NewSecret() (secret, digest string) {
	var raw [32]byte
	_, _ = rand.Read(raw[:])
	secret = base64.RawURLEncoding.EncodeToString(raw[:])
	return secret, DigestSecret(secret)
}

// DigestSecret gives what a registration keeps of a secret. Secrets are drawn here with 256 bits,
// so one round is enough and costs an attacker's flood nothing to us (oauth.md F11).
func DigestSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

package oauth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"symbolon/connectors/identity"
	"symbolon/consent/claims"
)

const (
	maxURI     = 2048
	maxURIs    = 64
	maxKeys    = 32
	minRSABits = 2048
	maxRSABits = 8192
)

// CheckClient says everything that is wrong with a registration, for an installation whose
// parties are on the public network.
func CheckClient(c Client) []error { return Registration{}.Check(c) }

// Registration is what an installation lets clients register.
type Registration struct {
	// AllowLoopback lets all clients use loopback hosts, over http too. Only for an issuer that is
	// on loopback itself.
	AllowLoopback bool
	// IDTokenAlgs are those that this installation has keys for; nil stands for ES256 and RS256.
	IDTokenAlgs []string
	// Further are the claims of the installation's further sources.
	Further []identity.AttributeName
}

// Exists reports whether a party may be permitted to ask for the attribute here.
func (r Registration) Exists(name identity.AttributeName) bool {
	if _, _, further := claims.Further(name); further {
		return slices.Contains(r.Further, name)
	}
	return claims.Exists(name)
}

// Check says everything that is wrong with a registration, all at once. It is to be asked for
// every change of one, whatever was left out of it (attacks CA-09).
func (r Registration) Check(c Client) []error {
	problems := slices.Concat(checkNames(c), r.checkURIs(c), checkKeys(c), checkChoices(c), r.checkAlg(c))
	for i, err := range problems {
		problems[i] = fmt.Errorf("client %q: %w", c.ID, err)
	}
	return problems
}

func checkNames(c Client) (problems []error) {
	if !validName(c.ID) {
		problems = append(problems, errors.New("id must have 1 to 128 of the characters a-z A-Z 0-9 . _ ~ -"))
	}
	if c.Party == "" {
		problems = append(problems, errors.New("party is missing"))
	}
	known := append(claims.Scopes(), scopeOpenID)
	for _, scope := range c.Scopes {
		switch {
		case scope == scopeOffline:
			problems = append(problems, errors.New("scope offline_access is registered by refresh_tokens: true"))
		case !slices.Contains(known, scope):
			problems = append(problems, fmt.Errorf("there is no scope %q; there are %s", scope, strings.Join(known, ", ")))
		}
	}
	return problems
}

func validName(id string) bool {
	return id != "" && len(id) <= 128 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-") == ""
}

func (r Registration) checkURIs(c Client) (problems []error) {
	if len(c.RedirectURIs) == 0 || len(c.RedirectURIs) > maxURIs || len(c.PostLogoutRedirectURIs) > maxURIs {
		problems = append(problems, fmt.Errorf("1 to %d redirect URIs are needed", maxURIs))
	}
	check := func(field, uri string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("%s %q: %w", field, uri, err))
		}
	}
	for _, uri := range c.RedirectURIs {
		check("redirect_uris", uri, r.checkRedirect(uri, c.Native))
	}
	for _, uri := range c.PostLogoutRedirectURIs {
		check("post_logout_redirect_uris", uri, r.checkRedirect(uri, c.Native))
	}
	if c.JWKSURI != "" {
		check("jwks_uri", c.JWKSURI, r.checkFetched(c.JWKSURI))
	}
	if c.InitiateLoginURI != "" {
		check("initiate_login_uri", c.InitiateLoginURI, r.checkRedirect(c.InitiateLoginURI, false))
	}
	return problems
}

// checkRedirect lets https URIs through, and http on a loopback literal for native clients
// (RFC 8252 §7.3). Nothing else can be registered, so that no other scheme is ever rendered
// (attacks RU-07), and there is no wildcard to widen one (RU-19).
func (r Registration) checkRedirect(uri string, native bool) error {
	u, err := checkURI(uri)
	if err != nil {
		return err
	}
	switch {
	case u.Scheme == "https":
		return nil
	case u.Scheme != "http":
		return errors.New("the scheme must be https")
	case native:
		if _, _, ok := splitLoopback(uri); !ok {
			return errors.New("http is for 127.0.0.1 and [::1] only")
		}
		return nil
	case r.AllowLoopback && loopback(u.Hostname()):
		return nil
	default:
		return errors.New("the scheme must be https")
	}
}

// checkFetched lets a URI through that this server may fetch: https, and no address of an internal
// network by any of its spellings (attacks SS-01). The client that fetches looks again when it
// dials, because a name can point anywhere.
func (r Registration) checkFetched(uri string) error {
	u, err := checkURI(uri)
	if err != nil {
		return err
	}
	host := u.Hostname()
	if r.AllowLoopback && loopback(host) {
		return nil
	}
	if u.Scheme != "https" {
		return errors.New("the scheme must be https")
	}
	if internal(host) {
		return errors.New("the host is internal")
	}
	return nil
}

// checkURI refuses what must not stand in any registered URI (RFC 6749 §3.1.2, RFC 9700 §4.1).
func checkURI(uri string) (*url.URL, error) {
	if len(uri) > maxURI {
		return nil, fmt.Errorf("longer than %d characters", maxURI)
	}
	for _, b := range []byte(uri) {
		if b <= ' ' || b > '~' || strings.IndexByte(`"<>\^{|}*`+"`", b) >= 0 {
			return nil, errors.New("a character that does not belong into a URI, or a wildcard")
		}
	}
	u, err := url.Parse(uri)
	switch {
	case err != nil || !u.IsAbs() || u.Opaque != "" || u.Hostname() == "":
		return nil, errors.New("not an absolute URI with a host")
	case u.User != nil || strings.Contains(u.Host, "@"):
		return nil, errors.New("user information is not allowed")
	case strings.Contains(uri, "#"):
		return nil, errors.New("a fragment is not allowed")
	case u.Scheme+"://"+u.Host != uri[:min(len(uri), len(u.Scheme)+3+len(u.Host))]:
		return nil, errors.New("scheme and host must be written plainly, in lower case")
	case u.Host != strings.ToLower(u.Host):
		return nil, errors.New("the host must be in lower case")
	case slices.ContainsFunc(strings.Split(u.Path, "/"), func(s string) bool { return s == "." || s == ".." }):
		return nil, errors.New("dot segments are not allowed")
	}
	return u, nil
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// internal reports whether a host can only be, or plainly is, inside a network. A last label that
// is all digits or hexadecimal is an address in one of its older spellings (127.1, 0x7f000001).
func internal(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		addr = addr.Unmap()
		return !addr.IsGlobalUnicast() || addr.IsPrivate()
	}
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == host || last == "" || last[0] >= '0' && last[0] <= '9' {
		return true
	}
	return slices.Contains([]string{"localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa"}, last)
}

func checkKeys(c Client) (problems []error) {
	for _, d := range c.SecretDigests {
		if raw, err := hex.DecodeString(d); err != nil || len(raw) != 32 {
			problems = append(problems, errors.New("secret_digests: not a SHA-256 digest in hexadecimal"))
		}
	}
	if c.JWKS == nil {
		return problems
	}
	if len(c.JWKS.Keys) == 0 || len(c.JWKS.Keys) > maxKeys {
		problems = append(problems, fmt.Errorf("jwks: 1 to %d keys are needed", maxKeys))
	}
	for i, key := range c.JWKS.Keys {
		if err := checkKey(key); err != nil {
			problems = append(problems, fmt.Errorf("jwks: key %d: %w", i+1, err))
		}
	}
	return problems
}

// checkKey lets public keys of sane size through (attacks JW-12).
func checkKey(key jose.JSONWebKey) error {
	switch k := key.Key.(type) {
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return errors.New("the curve must be P-256")
		}
		if _, err := k.ECDH(); err != nil {
			return errors.New("the point is not on the curve")
		}
		return nil
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < minRSABits || bits > maxRSABits {
			return fmt.Errorf("an RSA key must have %d to %d bits", minRSABits, maxRSABits)
		}
		if k.E < 65537 || k.E%2 == 0 || k.N.Bit(0) == 0 {
			return errors.New("the RSA exponent or modulus is weak")
		}
		return nil
	case ed25519.PublicKey:
		if len(k) != ed25519.PublicKeySize {
			return errors.New("an Ed25519 key has 32 bytes")
		}
		return nil
	default:
		return errors.New("only public EC, RSA and Ed25519 keys can be registered")
	}
}

// checkChoices holds the fields against each other (attacks CA-11).
func checkChoices(c Client) (problems []error) {
	demand := func(ok bool, text string) {
		if !ok {
			problems = append(problems, errors.New(text))
		}
	}
	hasSecret, hasKeys := len(c.SecretDigests) > 0, c.JWKS != nil || c.JWKSURI != ""
	switch c.AuthMethod {
	case PrivateKeyJWT:
		demand(hasKeys, "private_key_jwt needs jwks or jwks_uri")
		demand(!hasSecret, "private_key_jwt goes without a secret")
	case ClientSecretBasic, ClientSecretPost:
		demand(hasSecret, "a client secret method needs secret_digests")
		demand(len(c.SecretDigests) <= 2, "at most two secrets at a time")
	case NoAuth:
		demand(!hasSecret && !hasKeys, "a public client has neither secret nor keys")
		demand(c.PKCE == "" || c.PKCE == PKCERequired, "a public client always needs PKCE")
	default:
		demand(false, "token_endpoint_auth_method must be private_key_jwt, client_secret_basic, client_secret_post or none")
	}
	demand(c.JWKS == nil || c.JWKSURI == "", "jwks and jwks_uri exclude each other") // RFC 7591 §2
	demand(!c.Native || c.AuthMethod == NoAuth, "a native client is public: token_endpoint_auth_method none")
	demand(slices.Contains([]PKCE{"", PKCERequired, PKCENonce, PKCEOptional}, c.PKCE), "pkce must be required, nonce or optional")
	return problems
}

func (r Registration) checkAlg(c Client) []error {
	algs := r.IDTokenAlgs
	if algs == nil {
		algs = []string{string(jose.ES256), string(jose.RS256)}
	}
	if slices.Contains(algs, c.idTokenAlg()) {
		return nil
	}
	return []error{fmt.Errorf("id_token_signed_response_alg must be one of %s", strings.Join(algs, ", "))}
}
